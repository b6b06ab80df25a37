#include "runtime/strand_p.h"

#include <sched.h>
#include <stdlib.h>

#include "runtime/runtime_p.h"

/* One dispatch: an event of the scheduler, whose memory is its own until it has ended. */
typedef struct ticket {
    weir_event event;
    weir_strand *strand;
} ticket;

static void run_ticket(weir_turn *turn, weir_event *e) {
    weir_strand *s = ((ticket *)e)->strand;
    s->run(s, turn);
}

static void end_ticket(weir_event *e, weir_sched_status status) {
    (void)status;
    free(e);
}

/* The system's refusal is waited out: what has been admitted must run. */
static ticket *new_ticket(void) {
    ticket *t;
    while (!(t = malloc(sizeof *t))) sched_yield();
    return t;
}

void weir_strand_dispatch(weir_strand *s, weir_turn *turn) {
    weir_runtime *r = s->runtime;
    ticket *t = new_ticket();
    *t = (ticket){.event = {.end = end_ticket}, .strand = s};
    *(r->ordered ? &t->event.data : &t->event.run) = run_ticket;
    if (turn) {
        t->event.key = weir_turn_now(turn) + 1; /* time goes on, so that what comes from outside has its turn */
        weir_sched_submit(turn, &t->event);
        return;
    }
    weir_lock_acquire(&r->outside);
    weir_source_submit_until(r->source, &t->event, WEIR_FOREVER);
    weir_lock_release(&r->outside);
}

bool weir_strand_wait(weir_strand *s, uint64_t deadline_ns) {
    while (weir_a32_load_acquire(&s->state) == WEIR_STRAND_RUNS) /* S1 */
        if (!weir_futex_wait(&s->state, WEIR_STRAND_RUNS, deadline_ns) && weir_now_ns() >= deadline_ns)
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
    if (weir_a32_cas_acq_rel(&s->state, &seen, WEIR_STRAND_WOKEN)) { /* S2 */
        if (thread) weir_futex_wake(&s->state, 1);                   /* the address only */
        return;
    }
    weir_a32_store(&s->state, WEIR_STRAND_RUNS); /* S4: the CAS that failed has acquired; the scheduler publishes it */
    weir_strand_dispatch(s, turn);
}
