/* What a command of the host's sees of its call. */
#include <stdarg.h>
#include <stdio.h>

#include "runtime/exec_p.h"
#include "runtime/session_p.h"

const weir_command *weir_command_at(const weir_runtime *r, uint32_t i) {
    return i < r->words.words ? &r->words.word[i].command : NULL;
}

weir_verdict weir_call_return(weir_call *x, weir_slp_value value) {
    return weir_return(x, weir_value_copy(&x->arena, x->tools->builder, value));
}

weir_verdict weir_call_truth(weir_call *x, bool truth) { return weir_return(x, weir_value_truth(truth)); }

weir_verdict weir_call_string(weir_call *x, const char *at, size_t bytes) {
    return weir_return(x, weir_value_string(&x->arena, at, bytes));
}

weir_slp_builder *weir_call_builder(weir_call *x) { return x->tools->builder; }

weir_verdict weir_call_built(weir_call *x) {
    weir_slp_error e;
    const weir_slp *s = weir_slp_finish(x->tools->builder, &e);
    return s ? weir_call_return(x, weir_slp_root(s))
             : weir_fail(x, "nomem", "an answer cannot be built: %s", e.message);
}

weir_verdict weir_call_integer(weir_call *x, int64_t i) {
    weir_slp_put_integer(x->tools->builder, i);
    return weir_call_built(x);
}

weir_verdict weir_call_fail(weir_call *x, const char *class, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return weir_fail(x, class, "%s", text);
}

weir_verdict weir_call_enter(weir_call *x, weir_slp_value body) { return weir_exec_enter(x, body); }
weir_slp_value weir_call_result(const weir_call *x) { return x->result; }
void *weir_call_state(weir_call *x, size_t bytes) { return weir_exec_state(x, bytes); }
weir_session *weir_call_session(const weir_call *x) { return x->session; }
void *weir_call_arg(const weir_call *x) { return x->session->runtime->o.arg; }
