/* mpmc - bounded FIFO ring of 64-bit words between any number of producers and consumers.
 *
 * When to use      Several writers or several readers, none of which waits. One of each: spsc. To wait: chan.
 * Shape, units     capacity in items, a power of two, 1 .. 2^31. Items are any uint64_t, 0 included.
 * Ownership        The caller gives the memory: sizeof(weir_mpmc) and weir_mpmc_bytes(capacity), both aligned to
 *                  WEIR_CACHE_LINE, and takes it back when nobody uses the ring any more. Nothing is allocated; there is
 *                  no destroy. A word belongs to the consumer once try_pop has returned it.
 * Threads          Everything by anyone at any time; init excludes all others.
 * Order            Items leave in the order in which their pushes took effect. So one producer's items reach any one
 *                  consumer in the order they were pushed. A batch is not one step: others' items may come between its
 *                  own, which keep their order.
 * Progress         `vyukov`: blocking per slot: a try_ form always returns, but while a producer stands between claiming a
 *                  place and filling it, pops answer empty although later items are in; likewise a consumer that stands
 *                  between claim and release makes pushes answer full once the ring has come round to it.
 *                  `scq`: lock-free: whoever stops, wherever, the others' pops reach all items whose pushes returned, and
 *                  their pushes get all places but the one a stopped producer holds, and that only until a pop passes it.
 *                  Holds for up to 64 producers stopped at once, then as vyukov. `lock`: blocking.
 * Linearizes at    push: the claim by CAS on tail that succeeds last in the call. pop: the CAS on head (`vyukov`) or on
 *                  the entry (`scq`). A refusal under `strict`: a moment within the call when the ring was empty (or full).
 *                  Under `early` it is no operation on the queue and promises only this:
 *                      empty=early  all items whose pushes returned before the call may still be inside, behind an earlier
 *                                   place whose push has not returned - even items of the calling thread.
 *                      full=early   places count as taken from claim to release: those of pushes that have not returned, a
 *                                   batch's all; for `vyukov` also those of pops, and places are used in turn: a push
 *                                   refuses while the pop from the next place has not returned, though others are free.
 *                  Variants: traits empty= and full= in variants.def.
 * Memory order     All that happened before a push happens before the pop that returns its word; all that happened
 *                  before a pop happens before the push that reuses its place. A refusal orders nothing, but one that
 *                  weir_mpmc_closed or weir_mpmc_drained confirms happens after the close.
 * Close            After weir_mpmc_close no push succeeds that had not claimed its place: the ring looks full for ever. Items
 *                  inside, and those of pushes already under way, stay to be popped; when weir_mpmc_drained says true none
 *                  is left and none can come.
 * Errors           init: see weir_mpmc_init. try_push false: full or closed, nothing stored. try_pop false: empty, *v
 *                  untouched.
 * Reclaim, ABA     Positions are 63 bits wide: 2^63 items before one repeats. Laps in the entries of `scq` repeat after
 *                  2^(61-n) laps of 2^n cells, at least 2^54 items for the smallest ring, centuries at any speed; its list
 *                  of spare cells after 2^32 changes, which are rare, within one thread's stay between two instructions.
 * Limits           Not for signal handlers (`lock`); otherwise signal-safe and usable in shared memory by one process (the
 *                  struct holds the block's address).
 * Source           Vyukov, Bounded MPMC queue (1024cores, 2010); `scq` after Nikolaev, A Scalable, Portable, and
 *                  Memory-Efficient Lock-Free FIFO Queue (DISC 2019), close after LCRQ (Morrison, Afek, PPoPP 2013). Where
 *                  and why we differ: at the top of each variant.
 * Checked by       prims/mpmc_test.c, mpmc_late_test.c (a stopped producer); TSan; sum check of every bench run.
 *                  stress: unit litmus model lin laws progress fault fuzz.
 */
#ifndef WEIR_PRIMS_MPMC_H
#define WEIR_PRIMS_MPMC_H

#include "mpmc/lock.h"
#include "mpmc/scq.h"
#include "mpmc/vyukov.h"
#include "variant.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_MPMC_(op) WEIR_BIND(mpmc, WEIR_MPMC, op)

typedef WEIR_MPMC_() weir_mpmc;

/* Bytes of the block for this capacity; 0 when init would refuse the capacity. */
static inline size_t weir_mpmc_bytes(uint64_t capacity) { return WEIR_MPMC_(_bytes)(capacity); }

/* Makes an empty open ring in *q and block. OK; BAD_NULL; BAD_ALIGN: q or block is not aligned to WEIR_CACHE_LINE;
 * BAD_ZERO, BAD_POWER_OF_TWO, BAD_RANGE: the capacity; NOMEM: no mutex (`lock`). After a refusal nothing has been
 * written. */
static inline weir_status weir_mpmc_init(weir_mpmc *q, uint64_t capacity, void *block) {
    return WEIR_MPMC_(_init)(q, capacity, block);
}

/* Appends v; false when full or closed. */
static inline bool weir_mpmc_try_push(weir_mpmc *q, uint64_t v) { return WEIR_MPMC_(_try_push)(q, v); }

/* Removes the oldest word into *v; false when empty. */
static inline bool weir_mpmc_try_pop(weir_mpmc *q, uint64_t *v) { return WEIR_MPMC_(_try_pop)(q, v); }

/* Appends the first k <= n of v[0..n) in order and returns k. k < n says no more than that places were wanting, 0 that
 * try_push would have refused. Other producers' words may come in between. */
static inline size_t weir_mpmc_try_push_n(weir_mpmc *q, const uint64_t *v, size_t n) {
    return WEIR_MPMC_(_try_push_n)(q, v, n);
}

/* Removes k <= n of the oldest words into v[0..k), oldest first, and returns k; 0 when try_pop would have refused. */
static inline size_t weir_mpmc_try_pop_n(weir_mpmc *q, uint64_t *v, size_t n) {
    return WEIR_MPMC_(_try_pop_n)(q, v, n);
}

/* Items inside, counting those of pushes under way: exact when nobody else uses the ring. Otherwise what was popped or pushed
 * near the call may count. At most the capacity. Not 0 in a thread that knows of an item inside. */
static inline size_t weir_mpmc_size(const weir_mpmc *q) { return WEIR_MPMC_(_size)(q); }

/* Refuses all pushes from now on. May be called again. */
static inline void weir_mpmc_close(weir_mpmc *q) { WEIR_MPMC_(_close)(q); }

/* Whether close has been called. */
static inline bool weir_mpmc_closed(const weir_mpmc *q) { return WEIR_MPMC_(_closed)(q); }

/* Closed, every item popped, and no push or pop under way that could still change that: true for ever. May be false for
 * a moment after the last pop has taken effect, until that pop has returned. */
static inline bool weir_mpmc_drained(const weir_mpmc *q) { return WEIR_MPMC_(_drained)(q); }

#undef WEIR_MPMC_

#ifdef __cplusplus
}
#endif
#endif
