/* flow - threads that move items through a queue of some kind, round after round, and the laws that must hold.
 *
 * When to use      For whatever takes words in at one end and gives them out at another: the kind's file says how to make it
 *                  and how one push and one pop are made (flow_calls), and what may be done to it (flow_plan).
 * A round          A fresh object of random capacity and starting number. Producers offer numbered values, consumers keep
 *                  lists. It ends in one of the ways of `endings`; then tally.h compares, and `rest` looks at the object.
 *                  Half of the rounds are short, since what is wrong often shows only when the flow stops.
 * Shapes           1, 2 and 4 threads a processor, one and many, many and one; each a slice of the time, in random order.
 * Laws             tally.h; never more items are accepted than the capacity and what pops under way or over may have taken,
 *                  so those of a cubby alternate; a pop that begins after all pushes have returned and answers "empty" is right; a push that
 *                  begins after close has returned is not accepted; CLOSED is final; nobody is left asleep (watch.h).
 */
#ifndef WEIR_STRESS_FLOW_H
#define WEIR_STRESS_FLOW_H

#include "prims/wait.h"
#include "stress/rounds.h"
#include "stress/tally.h"

enum { FLOW_BATCH = 8 };

/* How an operation is made; the kind's file does what `way` says. */
typedef enum flow_way { FLOW_TRY = 1, FLOW_FOREVER = 2, FLOW_TIMED = 4, FLOW_STEPS = 8 } flow_way;

/* How a round ends, by the last producer out, or at any moment. */
typedef enum flow_ending {
    FLOW_DRAIN = 1, /* consumers take until they find it empty: with FLOW_TRY and FLOW_TIMED alone */
    FLOW_LAST = 2,  /* a last item for each consumer */
    FLOW_CLOSE = 4, /* closed, and drained */
    FLOW_CUT = 8    /* closed while others push */
} flow_ending;

typedef struct flow flow;

typedef struct flow_member {
    watched *watched;
    flow *flow;
    stress_random *random;
    unsigned index; /* among the producers, or among the consumers */
    flow_way way;   /* of the operation under way */
    void *own;      /* the kind's own, NULL at first; stays from round to round */
} flow_member;

typedef struct flow_calls {
    /* Makes f->object, filling f->capacity and f->start; unmake ends it. */
    void (*make)(flow *f, stress_random *r);
    void (*unmake)(flow *f);
    /* One operation of at most n items, *moved of which it moved: OK, or why it moved none. */
    weir_status (*push)(flow_member *me, const uint64_t *v, size_t n, size_t *moved);
    weir_status (*pop)(flow_member *me, uint64_t *v, size_t n, size_t *moved);
    void (*close)(flow *f); /* or NULL */
    /* Laws at rest: the round is over, the object empty. May use it; calls stress_fail. */
    void (*rest)(flow *f, bool closed);
    void (*thread)(flow_member *me); /* at the beginning of each thread; or NULL */
} flow_calls;

typedef struct flow_plan {
    unsigned ways, endings; /* flow_way, flow_ending: sums */
    unsigned batch;         /* most items of one operation, at most FLOW_BATCH */
    uint32_t each;          /* most items of a producer in a round, at most TALLY_EACH */
    bool pair, signals;     /* one producer and one consumer only; all threads are hit by signals */
} flow_plan;

struct flow {
    const flow_calls *calls;
    const flow_plan *plan;
    tally tally;
    void *object, *block; /* the kind's own */
    uint64_t capacity, start;
    /* of this round */
    unsigned ways, batch;
    flow_ending ending;
    uint32_t each, cut_after;
    uint64_t until_ns;
    flow_member members[2 * TALLY_SIDE];
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 producing; /* producers at work */
    weir_a32 closed, done;                            /* close has returned; no push is under way any more */
    bool counted;                                     /* in this round: */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 accepted;  /* by pushes that have returned */
    weir_a64 asked, ungiven; /* by pops that have begun; of these, not given by those that have returned */
};

/* A deadline as the timed ways use it: long past, now, or some microseconds ahead. */
uint64_t flow_deadline(flow_member *me);

/* A number to begin with: 0, or so near below a power of two, or below 0, that a round passes it. */
uint64_t flow_start(stress_random *r);

stress_verdict flow_run(const stress_request *request, const flow_calls *calls, const flow_plan *plan);

#endif
