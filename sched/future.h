/* future - a 64-bit word that somebody will supply, once, and for which any number of threads and coroutines can wait.
 *
 * When to use      The result of something that runs elsewhere, or its end. Many words: chan. Answers within a loop:
 *                  request.h.
 * Shape, units     The word is any uint64_t, or a pointer as one. Deadlines: absolute ns of CLOCK_MONOTONIC.
 * Ownership        The caller gives the memory, and takes it back when the word was supplied and nobody waits any more;
 *                  all zero is a future without its word. The supplier's last touch comes before any waiter's return.
 * Threads          Everything by anyone at any time.
 * Progress         set: wait-free, but for the wake of sleepers, which takes a bucket's lock (wait.h).
 * Linearizes at    set: the first RMW of the word, which decides who supplies; ready: the load that sees SET.
 * Memory order     All that happened before the set that answered true happens before the return of each wait.
 * Errors           set false: somebody else has supplied it, or is about to. TIMEOUT: nothing has changed.
 * Source           Baker, Hewitt (1977); the parking of wait.h.
 * Checked by       sched/future_test.c, TSan.
 */
#ifndef WEIR_SCHED_FUTURE_H
#define WEIR_SCHED_FUTURE_H

#include "co.h"

#ifdef __cplusplus
extern "C" {
#endif

/* word: who supplies it is decided; the value is there; somebody may be parked. */
enum { WEIR_FUTURE_CLAIMED = 1, WEIR_FUTURE_SET = 2, WEIR_FUTURE_WAITED = 4 };

typedef struct weir_future {
    weir_a32 word;
    weir_learned learned;
    uint64_t value; /* written by who claimed, before SET */
} weir_future;

typedef struct weir_future_op {
    weir_wait wait; /* first */
} weir_future_op;

/* Supplies the word. False: it has been supplied before. */
static inline bool weir_future_set(weir_future *f, uint64_t value) {
    if (weir_a32_or(&f->word, WEIR_FUTURE_CLAIMED) & WEIR_FUTURE_CLAIMED) return false; /* relaxed: only who is first */
    f->value = value;
    weir_a32 *word = &f->word;
    uint32_t seen = weir_a32_or_release(word, WEIR_FUTURE_SET); /* R1: pairs with A1; the value and what precedes it */
    if (seen & WEIR_FUTURE_WAITED) weir_unpark(word, 1, UINT32_MAX);
    return true;
}

/* Is it there? Then f->value may be read. */
static inline bool weir_future_ready(const weir_future *f) {
    return weir_a32_load_acquire(&f->word) & WEIR_FUTURE_SET; /* A1: pairs with R1 */
}

/* A step: OK, or PARKED. */
static inline weir_status weir_future_step(weir_future *f, weir_future_op *op) {
    for (;;) {
        if (weir_future_ready(f)) return WEIR_OK;
        /* relaxed: WAITED publishes nothing, and a change since then makes the park fail */
        uint32_t seen = weir_a32_or(&f->word, WEIR_FUTURE_WAITED) | WEIR_FUTURE_WAITED;
        if (!(seen & WEIR_FUTURE_SET) && weir_park(&op->wait, &f->word, seen, 1)) return WEIR_PARKED;
    }
}

/* Withdraws a parked op. False: the wake has come or is coming. */
static inline bool weir_future_cancel(weir_future *f, weir_future_op *op) {
    (void)f;
    return weir_park_cancel(&op->wait);
}

static inline weir_status weir_future_step_(void *f, weir_wait *w) {
    return weir_future_step((weir_future *)f, (weir_future_op *)w);
}
static inline bool weir_future_cancel_(void *f, weir_wait *w) {
    return weir_future_cancel((weir_future *)f, (weir_future_op *)w);
}

/* A thread waits until the deadline. OK: f->value may be read. TIMEOUT. */
static inline weir_status weir_future_wait(weir_future *f, uint64_t deadline_ns) {
    weir_future_op op;
    if (weir_future_ready(f)) return WEIR_OK;
    return weir_thread_run(weir_future_step_, weir_future_cancel_, f, &op.wait, deadline_ns, &f->learned);
}

/* A coroutine does. OK, TIMEOUT. */
#define WEIR_FUTURE(st, future, op, deadline) WEIR_AWAIT(st, weir_future_step, weir_future_cancel, future, op, deadline)

#ifdef __cplusplus
}
#endif
#endif
