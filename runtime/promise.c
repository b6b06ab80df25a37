#include "runtime/promise_p.h"

#include <stdlib.h>

#include "runtime/session_p.h"
#include "runtime/task_p.h"

enum { MADE, KEPT, LATE, CLOSED };

struct weir_promise {
    weir_alarm alarm; /* first: it is found by it */
    bool armed;
    uint32_t ms;
    weir_a32 references; /* the host's, the call's */
    weir_a32 state;
    weir_session *session;
    weir_strand *strand;
    const weir_a32 *interrupt; /* of the call's evaluation */
    weir_promise *next, *prev; /* of the session, under its lock */
    weir_slp_object *value;    /* KEPT; NULL: there was no memory */
};

/* P1 acq_rel: pairs with itself: what the other did with it happens before it is freed. */
static void release(weir_promise *p) {
    if (weir_a32_sub_acq_rel(&p->references, 1) != 1) return;
    if (p->value) weir_slp_release(p->value);
    free(p);
}

/* -- settled --------------------------------------------------------------------------------------------------------- */

/* True: the caller has it, and wakes. P2 release: pairs with P3; the value is there before the state. */
static bool win(weir_promise *p, uint32_t how) {
    uint32_t made = MADE;
    return weir_a32_cas_acq_rel(&p->state, &made, how); /* P2 */
}

/* Under the session's lock. */
static void take_out(weir_promise *p) {
    *(p->prev ? &p->prev->next : &p->session->promises) = p->next;
    if (p->next) p->next->prev = p->prev;
}

/* The winner's way out; after it the session may be gone. */
static void wake(weir_promise *p) {
    weir_session *s = p->session;
    weir_total_add(&s->runtime->metrics, WEIR_TOTAL_PROMISES_GONE);
    weir_strand_wake(p->strand, NULL);                                                /* p may be gone */
    if (weir_a32_sub_release(&s->promised, 1) == 1) weir_futex_wake(&s->promised, 1); /* P4: pairs with P5 */
}

static void end_wait(weir_promise *p) {
    weir_session *s = p->session;
    weir_lock_acquire(&s->lock);
    take_out(p);
    weir_lock_release(&s->lock);
    wake(p);
}

static bool settle(weir_promise *p, uint32_t how) {
    if (!win(p, how)) return false;
    end_wait(p);
    return true;
}

/* The call sleeps until then. */
static void late_wakes(weir_alarm *alarm) { end_wait((weir_promise *)alarm); }

/* Under the clock's lock. */
static void late(weir_alarm *alarm) {
    weir_promise *p = (weir_promise *)alarm;
    if (!win(p, LATE)) return;
    alarm->ring = late_wakes;
    weir_clock_later(&p->session->runtime->clock, alarm);
}

bool weir_promise_keep(weir_promise *p, weir_slp_value value) {
    p->value = weir_slp_detach(value);
    bool in_time = settle(p, KEPT);
    release(p);
    return in_time;
}

bool weir_promise_break(weir_promise *p, const char *class, const char *text) {
    weir_arena a;
    weir_arena_init(&a, 4096, NULL);
    bool in_time = weir_promise_keep(p, weir_value_error(&a, class, "%s", text));
    weir_arena_clear(&a);
    return in_time;
}

/* -- made, and taken ------------------------------------------------------------------------------------------------- */

/* Among those of the session; false: it closes, or the script is interrupted. */
static bool put_in(weir_promise *p, const weir_call *x) {
    weir_session *s = p->session;
    weir_lock_acquire(&s->lock);
    bool open = !weir_a32_load(&s->closing) && !weir_exec_interrupted(x);
    if (open) {
        p->next = s->promises;
        if (p->next) p->next->prev = p;
        s->promises = p;
        weir_a32_add(&s->promised, 1);
        weir_total_add(&s->runtime->metrics, WEIR_TOTAL_PROMISES);
    }
    weir_lock_release(&s->lock);
    return open;
}

weir_promise *weir_call_promise(weir_call *x, uint32_t ms) {
    weir_clock *clock = &x->session->runtime->clock;
    if (x->promise) return weir_fail(x, "type", "a call waits for one promise at a time"), NULL;
    weir_promise *p = weir_exec_may_park(x) ? calloc(1, sizeof *p) : NULL;
    if (!p) return weir_fail(x, "nomem", "no memory for a promise"), NULL;
    p->session = x->session;
    p->strand = x->strand;
    p->interrupt = x->interrupt;
    p->ms = ms;
    weir_a32_store(&p->references, 2);
    if (!put_in(p, x)) return free(p), weir_closed(x), NULL;
    x->promise = p;
    if (x->task && weir_task_has_ended(x->task)) settle(p, CLOSED); /* or whoever ends it finds p */
    p->alarm.ring = late;
    p->armed = ms && weir_clock_add(clock, &p->alarm, weir_now_ns() + (uint64_t)ms * 1000000);
    if (ms && !p->armed) settle(p, LATE); /* no thread for the clock: time is over at once */
    return p;
}

void weir_promise_take(weir_exec *x) {
    weir_promise *p = x->promise;
    x->promise = NULL;
    if (p->armed) weir_clock_cancel(&x->session->runtime->clock, &p->alarm);
    switch (weir_a32_load_acquire(&p->state)) { /* P3 */
    case LATE: weir_fail(x, "timeout", "no answer came within %u ms", p->ms); break;
    case CLOSED: weir_closed(x); break;
    default:
        if (p->value)
            x->result = weir_value_copy(&x->arena, x->tools->builder, weir_slp_root(weir_slp_object_buffer(p->value)));
        else weir_fail(x, "nomem", "no memory for what was promised");
    }
    release(p);
}

/* -- the session closes ---------------------------------------------------------------------------------------------- */

/* One that nobody has settled; others are about to leave the list. */
static weir_promise *take_one(weir_session *s, bool interrupted) {
    weir_lock_acquire(&s->lock);
    weir_promise *p = s->promises;
    while (p && ((interrupted && !weir_interrupt_told(p->interrupt)) || !win(p, CLOSED))) p = p->next;
    if (p) take_out(p);
    weir_lock_release(&s->lock);
    return p;
}

void weir_promises_close(weir_session *s, bool interrupted) {
    for (weir_promise *p; (p = take_one(s, interrupted));) wake(p);
}

void weir_promises_wait(weir_session *s) {
    for (uint32_t left; (left = weir_a32_load_acquire(&s->promised));) /* P5 */
        weir_futex_wait(&s->promised, left, WEIR_FOREVER);
}
