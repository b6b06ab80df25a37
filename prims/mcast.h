/* mcast - bounded ring of 64-bit words from one writer to many readers, each of which sees every word.
 *
 * When to use      One stream that several threads follow, such as events and their subscribers. Each word for one of them
 *                  only: mpmc. One reader: spsc, unless it comes and goes.
 * Shape, units     capacity in items, a power of two, 1 .. 2^31; readers at once: 1 .. 1024. Items are any uint64_t.
 * Ownership        The caller gives the memory: sizeof(weir_mcast) and weir_mcast_bytes(capacity, readers), both aligned to
 *                  WEIR_CACHE_LINE, and takes it back when nobody uses the ring any more. Nothing is allocated; there is
 *                  no destroy. A weir_mcast_reader is part of that memory and the caller's from join to leave.
 * Promise          A reader sees every item whose push takes effect after its join, once, in order, until it leaves. The
 *                  writer waits for the slowest reader that has joined: try_push refuses while that one has `capacity`
 *                  items before it. Without readers nobody waits: pushes succeed and the items are lost.
 * Threads          One writer at a time: try_push, try_push_n. Each reader by one thread at a time: try_pop, try_pop_n,
 *                  leave. Handing either role on needs a synchronisation of the caller's own. join: anyone at any time.
 *                  lag: anyone, while that reader is joined.
 *                                       push  pop, leave of r  join  init
 *                      push              X           -          -      X      X: the caller must exclude    -: free
 *                      pop, leave of r   -           X          -      X
 *                      join              -           -          -      X
 * Progress         `sequence`: wait-free, all of it; a push that has used up its room looks at every reader's place. A
 *                  reader that stops without leaving stops the writer, once it is `capacity` behind; that is the promise.
 *                  `lock`: blocking.
 * Linearizes at    push: the store of tail. pop: the store of the cursor. join: the load of tail, or the writer's store of
 *                  the cursor, whichever gives the reader its first position. leave: the store that frees the place.
 *                  Refusals: push, the load of the slowest cursor; pop, the load of tail; join, some moment when the place
 *                  looked at was taken: NULL means that each place was taken once within the call.
 * Memory order     All that happened before a push happens before each pop that returns its word. All that happened before
 *                  a pop, or a leave, happens before the push that needed it for its room. A refusal orders nothing. A join
 *                  that happens before a push sees its item.
 * Errors           init: see weir_mcast_init. try_push false: full, nothing stored. try_pop false: no item that this reader
 *                  has not seen, *v untouched. join NULL: all places for readers taken.
 * Reclaim, ABA     Positions are 63 bits wide: 2^63 items before one repeats.
 * Limits           Not for signal handlers (`lock`); otherwise signal-safe, and usable in shared memory by one process (the
 *                  struct holds the block's address).
 * Source           The ring of the Disruptor (Thompson, Farley, Barker, Gee, Stewart, 2011). Where and why we differ, in
 *                  how readers join: mcast/sequence.h.
 * Checked by       prims/mcast_test.c; TSan; count and sum of every bench run; stress: model, progress, litmus, lin, laws,
 *                  fault, fuzz (mcast_*.c below stress/), with seeded bugs in stress/broken/mcast_*.patch.
 */
#ifndef WEIR_PRIMS_MCAST_H
#define WEIR_PRIMS_MCAST_H

#include "mcast/lock.h"
#include "mcast/sequence.h"
#include "variant.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_MCAST_(op) WEIR_BIND(mcast, WEIR_MCAST, op)

typedef WEIR_MCAST_() weir_mcast;
typedef WEIR_MCAST_(_reader) weir_mcast_reader;

/* Bytes of the block; 0 when init would refuse this shape. */
static inline size_t weir_mcast_bytes(uint64_t capacity, unsigned readers) {
    return WEIR_MCAST_(_bytes)(capacity, readers);
}

/* Makes an empty ring without readers in *q and block. OK; BAD_NULL; BAD_ALIGN: q or block is not aligned to
 * WEIR_CACHE_LINE; BAD_ZERO, BAD_POWER_OF_TWO, BAD_RANGE: the capacity, or the number of readers (BAD_ZERO, BAD_RANGE);
 * NOMEM: no mutex (`lock`). After a refusal nothing has been written. */
static inline weir_status weir_mcast_init(weir_mcast *q, uint64_t capacity, unsigned readers, void *block) {
    return WEIR_MCAST_(_init)(q, capacity, readers, block);
}

/* A new reader, who will see what is pushed from now on; NULL when as many as init was told are there. */
static inline weir_mcast_reader *weir_mcast_join(weir_mcast *q) { return WEIR_MCAST_(_join)(q); }

/* Ends the reader: what it has not read no longer holds up the writer. r means nothing afterwards. */
static inline void weir_mcast_leave(weir_mcast *q, weir_mcast_reader *r) { WEIR_MCAST_(_leave)(q, r); }

/* Appends v for all readers; false when the slowest is `capacity` behind. Writer only. */
static inline bool weir_mcast_try_push(weir_mcast *q, uint64_t v) { return WEIR_MCAST_(_try_push)(q, v); }

/* The next word for this reader into *v; false when it has seen all. */
static inline bool weir_mcast_try_pop(weir_mcast *q, weir_mcast_reader *r, uint64_t *v) {
    return WEIR_MCAST_(_try_pop)(q, r, v);
}

/* Appends the first k <= n of v[0..n) in order and returns k; less than n only when the slowest reader is then `capacity`
 * behind, or, without readers, when n is more than the capacity. Writer only. No reader sees any of them before the last
 * is written. */
static inline size_t weir_mcast_try_push_n(weir_mcast *q, const uint64_t *v, size_t n) {
    return WEIR_MCAST_(_try_push_n)(q, v, n);
}

/* The next k <= n words for this reader into v[0..k); returns k, 0 when it has seen all. */
static inline size_t weir_mcast_try_pop_n(weir_mcast *q, weir_mcast_reader *r, uint64_t *v, size_t n) {
    return WEIR_MCAST_(_try_pop_n)(q, r, v, n);
}

/* Items that this reader has still to read: exact for a thread that excludes reader and writer, otherwise true of some
 * moment near the call. At most the capacity. */
static inline size_t weir_mcast_lag(const weir_mcast *q, const weir_mcast_reader *r) { return WEIR_MCAST_(_lag)(q, r); }

#undef WEIR_MCAST_

#ifdef __cplusplus
}
#endif
#endif
