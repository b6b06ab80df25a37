/* Scripts that are started: each a strand of its own. */
#include <stdlib.h>
#include <string.h>

#include "runtime/recorded_p.h"
#include "runtime/session_p.h"

typedef struct weir_script {
    weir_strand strand;
    struct weir_script *next, **at; /* of the session, under its lock */
    weir_a32 interrupted;
    weir_program *program; /* NULL: begun, or a text to be read */
    weir_slp_extent extent;
    size_t bytes; /* of the text */
    bool begun;
    uint64_t since; /* for the slow log */
    weir_form *end;
    weir_exec x;
    char text[];
} script;

/* -- its run ----------------------------------------------------------------------------------------------------------- */

static void begin(script *c) {
    weir_program *p = c->program ? c->program : weir_exec_read(&c->x, c->text, c->bytes);
    if (p) weir_exec_begin(&c->x, p, c->extent, true); /* which says in x.result what it lacks */
    c->program = NULL;
    c->begun = true;
    c->since = weir_slow_begin(c->x.session);
}

/* It is none of the session's any more. */
static void leave(weir_session *s, script *c) {
    weir_lock_acquire(&s->lock);
    s->scripts--;
    if ((*c->at = c->next)) c->next->at = c->at;
    weir_lock_release(&s->lock);
}

void weir_scripts_interrupt(weir_session *s) {
    for (script *c = s->script; c; c = c->next) weir_a32_store(&c->interrupted, 1);
}

static void finish(script *c) {
    weir_session *s = c->x.session;
    weir_runtime *r = c->strand.runtime;
    weir_slow_end(s, c->since);
    if (c->end) c->end(c->x.arg, c->x.result);
    leave(s, c);
    weir_exec_clear(&c->x);
    free(c);
    weir_session_gone(s);
    weir_runtime_end(r);
}

static void run(weir_strand *strand, weir_turn *turn) {
    script *c = (script *)strand;
    c->x.tools = &strand->runtime->tools[weir_turn_worker(turn)];
    c->x.turn = turn;
    if (!c->begun) begin(c);
    while (weir_exec_go(&c->x) == WEIR_EXEC_PARKED) {
        if (c->x.paused) {
            weir_strand_dispatch(strand, turn);
            return;
        }
        if (weir_strand_park(strand)) return;
    }
    finish(c);
}

/* -- started ----------------------------------------------------------------------------------------------------------- */

static script *new_script(weir_session *s, const char *text, size_t bytes) {
    script *c = calloc(1, sizeof *c + bytes);
    if (!c) return NULL;
    weir_strand_init(&c->strand, s->runtime, run);
    weir_exec_init(&c->x, s);
    c->x.strand = &c->strand;
    c->x.interrupt = &c->interrupted;
    c->x.pauses = true;
    c->extent = WEIR_SLP_ALL;
    c->bytes = bytes;
    if (bytes) memcpy(c->text, text, bytes);
    return c;
}

/* Counted in its session, which then waits for it. */
static weir_answer admit(weir_session *s, script *c) {
    weir_lock_acquire(&s->lock);
    weir_answer answer = weir_a32_load(&s->closing)            ? WEIR_CLOSING
                         : s->scripts >= s->runtime->o.scripts ? WEIR_FULL
                                                               : WEIR_DONE;
    if (answer == WEIR_DONE) {
        s->scripts++;
        if ((c->next = s->script)) c->next->at = &c->next;
        c->at = &s->script;
        s->script = c;
        weir_a32_add(&s->live, 1);
    }
    weir_lock_release(&s->lock);
    return answer;
}

static weir_answer start(weir_session *s, script *c, weir_form *form, weir_form *end, void *arg) {
    weir_answer answer = weir_is_recorded(s->runtime) ? WEIR_NOT_RECORDED : admit(s, c);
    if (answer != WEIR_DONE) {
        if (c->program) weir_program_release(c->program);
        free(c);
        return answer;
    }
    c->x.form = form;
    c->x.arg = arg;
    c->end = end;
    weir_runtime_begin(s->runtime);
    weir_strand_dispatch(&c->strand, NULL);
    return WEIR_DONE;
}

weir_answer weir_start(weir_session *s, const weir_slp *buffer, weir_slp_extent extent, weir_form *form, weir_form *end,
                       void *arg) {
    script *c = new_script(s, NULL, 0);
    if (!c) return WEIR_NO_MEMORY;
    c->extent = extent;
    c->program = weir_session_body(s, buffer);
    if (c->program) return start(s, c, form, end, arg);
    free(c);
    return WEIR_NO_MEMORY;
}

weir_answer weir_start_text(weir_session *s, const char *text, size_t bytes, weir_form *form, weir_form *end,
                            void *arg) {
    script *c = new_script(s, text, bytes);
    return c ? start(s, c, form, end, arg) : WEIR_NO_MEMORY;
}
