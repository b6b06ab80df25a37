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
        weir_slp_text t = weir_slp_text_of(args[0]);
        weir_program *p = weir_exec_read(x, t.at, t.bytes);
        verdict = p ? weir_exec_enter_program(x, p) : WEIR_RETURN;
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
