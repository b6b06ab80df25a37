/* Evaluation within evaluation. */
#include "runtime/exec_p.h"
#include "runtime/session_p.h"

/* A text is read and run, form by form up to the first error; a body runs as it is. */
static weir_verdict eval(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    weir_slp_type type = weir_slp_type_of(args[0]);
    (void)n;
    if (x->evals == WEIR_EXEC_EVALS)
        return weir_fail(x, "depth", "evals within evals, the limit is %d", WEIR_EXEC_EVALS);
    if (type != WEIR_SLP_STRING && type != WEIR_SLP_BODY)
        return weir_fail(x, "type", "core/expr/eval takes a string or a body");
    weir_verdict verdict;
    if (type == WEIR_SLP_BODY) {
        verdict = weir_exec_enter(x, args[0]);
    } else {
        weir_slp_error e;
        weir_slp_text t = weir_slp_text_of(args[0]);
        const weir_slp *s = weir_slp_read(x->tools->reader, t.at, t.bytes, WEIR_SLP_ALL, &e);
        if (!s && e.what == WEIR_SLP_NOMEM) return weir_fail(x, "nomem", "no memory to read a text");
        if (!s)
            return weir_fail(x, "parse", "%s at byte %u, line %u: %s", weir_slp_class_name(e.what), e.offset, e.line,
                             e.message);
        weir_program *p = weir_program_new(s, x->words->names);
        if (!p) return weir_fail(x, "nomem", "no memory for a program");
        verdict = weir_exec_enter_program(x, p);
    }
    x->evals += verdict == WEIR_ENTER;
    return verdict;
}

static weir_verdict eval_more(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    (void)args, (void)n;
    x->evals--;
    return WEIR_RETURN;
}

const weir_command weir_expr_commands[] = {{"core/expr/eval", "v", 0, eval, eval_more,
                                            "TEXT: reads and runs it; the value of its last form, or its first error"},
                                           {0}};
