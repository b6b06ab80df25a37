#include "runtime/strand_p.h"

#include <sched.h>
#include <stdlib.h>

#include "runtime/runtime_p.h"

/* One dispatch: an event of the scheduler, whose memory is its own until it has ended. */
struct weir_ticket {
    weir_event event;
    weir_strand *strand;
    weir_ticket *next; /* of those brought from outside, with a foreign loop */
};

/* The handler that this thread is in, for callbacks that publish or start something: they may not wait for room of the source. */
static _Thread_local struct here {
    weir_runtime *runtime;
    weir_turn *turn;
} here;

static void run_ticket(weir_turn *turn, weir_event *e) {
    weir_strand *s = ((weir_ticket *)e)->strand;
    struct here outer = here; /* a handler may step another runtime */
    here = (struct here){s->runtime, turn};
    s->run(s, turn); /* s may be gone */
    here = outer;
}

static void end_ticket(weir_event *e, weir_sched_status status) {
    (void)status;
    free(e);
}

/* The system's refusal is waited out: what has been admitted must run. */
static weir_ticket *new_ticket(void) {
    weir_ticket *t;
    while (!(t = malloc(sizeof *t))) sched_yield();
    return t;
}

/* The scheduler's bound would have the driver wait for itself, so there is a list before it. */
static void keep(weir_runtime *r, weir_ticket *t) {
    weir_lock_acquire(&r->outside);
    *(r->ready ? r->ready_end : &r->ready) = t;
    r->ready_end = &t->next;
    weir_lock_release(&r->outside);
    weir_drive_poke(r);
}

bool weir_tickets_submit(weir_runtime *r) {
    weir_sched_status st = WEIR_SCHED_OK;
    weir_lock_acquire(&r->outside);
    for (weir_ticket *t; (t = r->ready) && st == WEIR_SCHED_OK;) {
        weir_ticket *next = t->next;
        st = weir_source_submit(r->source, &t->event);
        if (st == WEIR_SCHED_OK) r->ready = next; /* t may be gone */
    }
    weir_lock_release(&r->outside);
    return st == WEIR_SCHED_OK;
}

void weir_strand_dispatch(weir_strand *s, weir_turn *turn) {
    weir_runtime *r = s->runtime;
    weir_ticket *t = new_ticket();
    *t = (weir_ticket){.event = {.end = end_ticket}, .strand = s};
    *(r->ordered ? &t->event.data : &t->event.run) = run_ticket;
    if (!turn && here.runtime == r) turn = here.turn;
    if (turn) {
        t->event.key = weir_turn_now(turn) + 1; /* time goes on, so that what comes from outside has its turn */
        weir_sched_submit(turn, &t->event);
        return;
    }
    if (weir_runtime_is_foreign(r)) {
        keep(r, t);
        return;
    }
    weir_lock_acquire(&r->outside);
    weir_source_submit_until(r->source, &t->event, WEIR_FOREVER);
    weir_lock_release(&r->outside);
}

bool weir_strand_wait(weir_strand *s, uint64_t deadline_ns) {
    while (weir_a32_load_acquire(&s->state) == WEIR_STRAND_RUNS) /* S1 */
        if (!weir_runtime_wait(s->runtime, &s->state, WEIR_STRAND_RUNS, deadline_ns) && weir_now_ns() >= deadline_ns)
            return weir_a32_load_acquire(&s->state) != WEIR_STRAND_RUNS; /* S1 */
    weir_a32_store(&s->state, WEIR_STRAND_RUNS);
    return true;
}

/* S1 acquire: pairs with S2. The piece goes on behind all that its waker did. S3 release: pairs with S4; what the piece did so far
 * happens before whatever runs it next. */
bool weir_strand_park(weir_strand *s) {
    uint32_t seen = WEIR_STRAND_RUNS;
    if (!s->run) return weir_strand_wait(s, WEIR_FOREVER), false;
    if (weir_a32_cas_acq_rel(&s->state, &seen, WEIR_STRAND_PARKED)) return true; /* S3 */
    weir_a32_store(&s->state, WEIR_STRAND_RUNS);                                 /* S1: by the failed CAS */
    return false;
}

void weir_strand_wake(weir_strand *s, weir_turn *turn) {
    uint32_t seen = WEIR_STRAND_RUNS;
    bool thread = !s->run;
    weir_runtime *r = s->runtime;
    if (weir_a32_cas_acq_rel(&s->state, &seen, WEIR_STRAND_WOKEN)) { /* S2 */
        if (thread) weir_futex_wake(&s->state, 1);                   /* the address only */
        if (thread) weir_drive_poke(r);
        return;
    }
    weir_a32_store(&s->state, WEIR_STRAND_RUNS); /* S4: the CAS that failed has acquired; the scheduler publishes it */
    if (s->uncounted) weir_runtime_begin(s->runtime);
    s->uncounted = false;
    weir_strand_dispatch(s, turn);
}
