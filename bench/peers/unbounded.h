/* unbounded - the loop of a team on a queue that has no capacity.
 *
 * Two things differ from the bounded loop. Memory: the producers together run at most UNBOUNDED_AHEAD items ahead,
 * counted once in 64 items so that the counting does not show. The end: where order is kept per producer only, a last
 * item could overtake others. So there are leaves beside the queue, one for each consumer, given when all producers have
 * returned; a consumer takes one and goes when the queue is then empty.
 */
#ifndef WEIR_BENCH_PEERS_UNBOUNDED_H
#define WEIR_BENCH_PEERS_UNBOUNDED_H

#include "bench/peers/peer.h"

enum { UNBOUNDED_AHEAD = 65536, UNBOUNDED_STEP = 64 };

typedef struct unbounded {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 ahead;  /* written by all, once in UNBOUNDED_STEP items */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 leaves; /* 0 while producers run, and again when all consumers are gone */
} unbounded;

static inline bool unbounded_step(uint64_t n) { return n % UNBOUNDED_STEP == UNBOUNDED_STEP - 1; }

/* relaxed: a count, it publishes nothing. Signed, because consumers may report first. */
static inline void unbounded_pushed(unbounded *u) {
    int64_t ahead = (int64_t)weir_a64_add(&u->ahead, UNBOUNDED_STEP);
    for (; ahead > UNBOUNDED_AHEAD; ahead = (int64_t)weir_a64_load(&u->ahead)) bench_retry();
}

static inline void unbounded_popped(unbounded *u) { weir_a64_sub(&u->ahead, UNBOUNDED_STEP); }

/* L1 release: pairs with L2; what the producers pushed is there for whoever sees a leave. */
static inline void unbounded_last(unbounded *u) { weir_a32_add_release(&u->leaves, 1); }

static inline void unbounded_leave(unbounded *u) { weir_a32_sub(&u->leaves, 1); }

/* False when the queue was empty after all producers had returned. */
static WEIR_ALWAYS_INLINE bool unbounded_next(unbounded *u, void *q, bool (*pop)(void *, uint64_t *), uint64_t *v) {
    while (!pop(q, v)) {
        if (weir_a32_load_acquire(&u->leaves)) return pop(q, v); /* L2 acquire: pairs with L1 */
        bench_retry();
    }
    return true;
}

static WEIR_ALWAYS_INLINE void unbounded_team(bench_worker *w, unbounded *u, void (*push)(void *, uint64_t),
                                              bool (*pop)(void *, uint64_t *)) {
    void *q = w->object;
    uint64_t n = 0, sum = 0, v;
    if (w->producer) {
        for (; !weir_a32_load(w->stop); n++) {
            v = bench_value(w, n);
            push(q, v);
            sum += v;
            if (unbounded_step(n)) unbounded_pushed(u);
        }
    } else {
        for (; unbounded_next(u, q, pop, &v); n++) {
            sum += v;
            if (unbounded_step(n)) unbounded_popped(u);
        }
        unbounded_leave(u);
    }
    w->items = n;
    w->sum = sum;
}

#endif
