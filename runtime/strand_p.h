/* strand - something that runs one piece at a time, on whichever worker: a subscription, a script.
 *
 * A piece may park; whoever has what it waits for wakes the strand, perhaps before the piece has come to its end, which the
 * state remembers. Only one waits to be woken, so a wake is for what is parked and nothing else.
 *
 *     RUNS -- parks --> PARKED -- wake --> (dispatched) RUNS
 *     RUNS -- wake --> WOKEN -- parks --> goes on at once
 *
 * The same of a thread that waits (run is NULL): it looks a while, then is PARKED as long as it sleeps.
 */
#ifndef WEIR_RUNTIME_STRAND_P_H
#define WEIR_RUNTIME_STRAND_P_H

#include "prims/atomic.h"
#include "prims/wait.h"
#include "sched/sched.h"

typedef struct weir_runtime weir_runtime;
typedef struct weir_strand weir_strand;

enum { WEIR_STRAND_RUNS, WEIR_STRAND_PARKED, WEIR_STRAND_WOKEN };

struct weir_strand {
    weir_runtime *runtime;
    void (*run)(weir_strand *s, weir_turn *turn); /* on a worker. NULL: a thread waits in weir_strand_park */
    bool uncounted; /* while it is parked, it keeps nobody from being quiet; written by who parks it */
    weir_a32 state;
};

static inline void weir_strand_init(weir_strand *s, weir_runtime *runtime, void (*run)(weir_strand *, weir_turn *)) {
    s->runtime = runtime;
    s->run = run;
    s->uncounted = false;
    weir_a32_store(&s->state, WEIR_STRAND_RUNS);
}

/* Has `run` called on a worker. turn: of the handler that the caller is in; NULL: none. */
void weir_strand_dispatch(weir_strand *s, weir_turn *turn);

/* Does the calling thread run a handler of this runtime? */
bool weir_strand_is_here(const weir_runtime *r);

/* An event that runs s, to be submitted, and which it is of. NULL: no memory. */
weir_event *weir_ticket_event(weir_runtime *r, weir_strand *s);
weir_strand *weir_ticket_strand(const weir_event *e);

/* The piece that runs has nothing to do until a wake. True: the strand may already run elsewhere, and the caller must not touch it
 * any more. False: the wake has come, go on. A strand without `run`: waits, and answers false. */
bool weir_strand_park(weir_strand *s);

/* A strand without `run`: waits for its wake. False: the deadline has passed, and the wake may still come. */
bool weir_strand_wait(weir_strand *s, uint64_t deadline_ns);

/* Ends a park, this one or the next. Once a park. Any thread. */
void weir_strand_wake(weir_strand *s, weir_turn *turn);

#endif
