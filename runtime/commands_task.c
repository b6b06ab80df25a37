/* The commands of tasks. */
#include <string.h>

#include "runtime/exec_p.h"
#include "runtime/session_p.h"
#include "runtime/tasks_p.h"

static weir_verdict failed(weir_exec *x, weir_answer answer, weir_slp_value name) {
    weir_slp_text t = weir_slp_text_of(name);
    int bytes = t.bytes < 200 ? (int)t.bytes : 200;
    switch (answer) {
    case WEIR_RANGE:
        return weir_fail(
            x, "range",
            "%.*s: names of tasks have 1 to %d bytes, none of them 00 or FF, within others %d; a body and its "
            "bindings have at most %d",
            bytes, t.at, WEIR_TASK_NAME, WEIR_TASK_BASE, WEIR_TASK_BYTES);
    case WEIR_FULL:
        return weir_fail(x, "full", "%.*s: there are %u tasks, or the store has no room", bytes, t.at,
                         x->session->runtime->o.tasks);
    case WEIR_NOT_THERE: return weir_fail(x, "notfound", "%.*s: no such task", bytes, t.at);
    case WEIR_CLOSING: return weir_fail(x, "closed", "%.*s: the runtime closes", bytes, t.at);
    case WEIR_NO_MEMORY: return weir_fail(x, "nomem", "%.*s: no memory for a task", bytes, t.at);
    case WEIR_DENIED: return weir_fail(x, "denied", "%.*s: the store is read-only", bytes, t.at);
    default: return weir_fail(x, "io", "%.*s: the store has failed", bytes, t.at);
    }
}

static weir_verdict truth(weir_exec *x, weir_answer answer, weir_slp_value name) {
    if (answer == WEIR_DONE) return weir_return(x, weir_value_true());
    if (answer == WEIR_NOT_THERE || answer == WEIR_PRESENT) return weir_return(x, weir_value_false());
    return failed(x, answer, name);
}

static weir_verdict start(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    weir_slp_text t = weir_slp_text_of(args[0]);
    (void)n;
    return truth(x, weir_tasks_start(x, t.at, t.bytes, args[1]), args[0]);
}

static weir_verdict change(weir_exec *x, weir_slp_value name, weir_task_stage to) {
    weir_slp_text t = weir_slp_text_of(name);
    return truth(x, weir_tasks_change(x, t.at, t.bytes, to), name);
}

static weir_verdict pause(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    (void)n;
    return change(x, args[0], WEIR_TASK_PAUSED);
}

static weir_verdict resume(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    (void)n;
    return change(x, args[0], WEIR_TASK_RUNNING);
}

static weir_verdict cancel(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    (void)n;
    return change(x, args[0], WEIR_TASK_CANCELLED);
}

static weir_verdict state(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    weir_slp_text t = weir_slp_text_of(args[0]);
    weir_slp_value v;
    (void)n;
    weir_answer answer = weir_tasks_state(x, t.at, t.bytes, &v);
    return answer == WEIR_DONE ? weir_return(x, v) : failed(x, answer, args[0]);
}

static bool put_name(void *builder, const char *name, size_t bytes) {
    weir_slp_put_string(builder, name, bytes);
    return true;
}

static weir_verdict list(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    weir_slp_builder *b = x->tools->builder;
    weir_slp_error e;
    (void)args, (void)n;
    weir_slp_open(b, WEIR_SLP_LIST);
    weir_answer answer = weir_tasks_list(x, put_name, b);
    weir_slp_close(b);
    const weir_slp *s = weir_slp_finish(b, &e);
    if (answer != WEIR_DONE) return weir_fail(x, "io", "the store has failed");
    if (!s) return weir_fail(x, e.what == WEIR_SLP_NOMEM ? "nomem" : "full", "a list of tasks: %s", e.message);
    return weir_return(x, weir_value_copy(&x->arena, b, weir_slp_root(s)));
}

/* -- frames -------------------------------------------------------------------------------------------------------- */

/* Where it may stand the task sees it before it is called. */
static weir_verdict frame(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    (void)args, (void)n;
    return weir_fail(x, "depth", "core/task/frame {...} is a form of a task, or of a frame of one, not part of a form");
}

static weir_verdict outer(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    (void)n;
    if (!x->task || !x->task->space) return weir_fail(x, "depth", "there is nothing outside");
    size_t *space = weir_exec_state(x, sizeof *space);
    if (!space) return weir_fail(x, "nomem", "no memory for a body");
    *space = x->task->space;
    x->task->space = weir_task_space_outside(x->task->at, *space);
    weir_verdict verdict = weir_exec_enter(x, args[0]);
    if (verdict == WEIR_RETURN) x->task->space = *space;
    return verdict;
}

static weir_verdict outer_more(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    size_t *space = weir_exec_state(x, sizeof *space);
    (void)args, (void)n;
    x->task->space = *space;
    return WEIR_RETURN;
}

const weir_command weir_task_commands[] = {
    {"core/task/start", "kb", WEIR_WRITE, start, NULL,
     "NAME {BODY}: a task that runs the body by itself; false when one of this name has not ended"},
    {"core/task/state", "k", WEIR_READ, state, NULL, "NAME: (STATE COMPLETED RESULT); notfound"},
    {"core/task/list", "", WEIR_READ, list, NULL, "the names of all tasks, in order"},
    {"core/task/pause", "k", WEIR_WRITE, pause, NULL, "NAME: stops it between two forms; false when there is none"},
    {"core/task/resume", "k", WEIR_WRITE, resume, NULL, "NAME: lets it go on; false when there is none"},
    {"core/task/cancel", "k", WEIR_WRITE, cancel, NULL,
     "NAME: ends it; of one that has ended, removes its record; false when there is none"},
    {"core/task/frame", "b", WEIR_WRITE, frame, NULL,
     "{BODY}: a form of a task: runs the body form by form with keys of its own, which go when it has ended; its value"},
    {"core/task/outer", "b", 0, outer, outer_more, "{BODY}: in a task: runs it with the keys of the frame outside"},
    {0}};
