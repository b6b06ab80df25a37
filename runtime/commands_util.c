/* What helps. */
#include <stdio.h>
#include <stdlib.h>

#include "runtime/exec_p.h"
#include "runtime/session_p.h"

/* Strings as they are, all else as it is written. Answers how many bytes that takes; writes at most room of them. */
static size_t show(weir_slp_value v, char *to, size_t room) {
    if (weir_slp_type_of(v) != WEIR_SLP_STRING) return weir_slp_print(v, WEIR_SLP_CANONICAL, to, room);
    weir_slp_text t = weir_slp_text_of(v);
    for (size_t i = 0; i < t.bytes && i < room; i++) to[i] = t.at[i];
    return t.bytes;
}

static size_t line(const weir_slp_value *args, uint32_t n, char *to, size_t room) {
    size_t used = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0) {
            if (used < room) to[used] = ' ';
            used++;
        }
        used += show(args[i], used < room ? to + used : NULL, used < room ? room - used : 0);
    }
    return used;
}

static weir_verdict log_line(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    const weir_runtime_options *o = &x->session->runtime->o;
    char small[512], *to = small;
    size_t bytes = line(args, n, small, sizeof small);
    if (bytes > sizeof small) {
        if (!(to = malloc(bytes))) return weir_fail(x, "nomem", "no memory for a line of %zu bytes", bytes);
        line(args, n, to, bytes);
    }
    o->log(o->arg, to, bytes);
    if (to != small) free(to);
    return weir_return(x, weir_value_true());
}

const weir_command weir_util_commands[] = {
    {"core/util/log", "v+", 0, log_line, NULL, "VALUE...: writes a line, with blanks between; true"}, {0}};
