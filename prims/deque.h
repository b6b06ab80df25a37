/* deque - bounded stack of 64-bit words for one owner, from whose other end anybody may steal.
 *
 * When to use      A worker keeps its own tasks here, newest first; idle workers steal the oldest. Every taker alike: mpmc.
 * Shape, units     capacity in items, a power of two, 1 .. 2^31; full is a result. Items are any uint64_t, 0 included.
 * Ownership        The caller gives the memory: sizeof(weir_deque) and weir_deque_bytes(capacity), both aligned to
 *                  WEIR_CACHE_LINE, and takes it back when nobody uses the deque any more. Nothing is allocated; there is
 *                  no destroy. A word belongs to whoever try_pop or try_steal has returned it to.
 * Threads          One owner at a time: try_push, try_pop. Handing that role on needs a synchronisation of the caller's
 *                  own. try_steal, size: anyone, the owner included.
 *                               push  pop  steal  init
 *                      push/pop  X     X    -             X: the caller must exclude    -: free
 *                      steal     -     -    -      X
 * Order            try_pop takes the newest item, try_steal the oldest.
 * Progress         `chaselev`: every call returns after a fixed number of steps. Lock-free: ABORT means that another
 *                  thread has taken the item. Whoever stops, wherever, keeps none of the others from any item, but for
 *                  the one that the owner may be about to pop. `lock`: blocking.
 * Linearizes at    push: the store of bottom. pop: the store of bottom, for the last item the CAS on top. steal: the CAS
 *                  on top. Full: the load of top. Empty: pop, a load of top or its CAS; steal, the load of bottom, where
 *                  an item that the owner is just then popping counts as popped. ABORT is no operation on the deque.
 * Memory order     All that happened before a push happens before the pop or steal that returns its word. All that
 *                  happened before a steal happens before the push that reuses its place. A refusal orders nothing.
 * Errors           init: see weir_deque_init. try_push false: full, nothing stored. try_pop false, try_steal AGAIN: empty,
 *                  *v untouched. try_steal ABORT: another thread took the item first, *v untouched; there may be more, try
 *                  again (never from `lock`: trait abort=no).
 * Reclaim, ABA     Positions are 64 bits wide: 2^64 steals before one repeats.
 * Limits           Not for signal handlers (`lock`); otherwise signal-safe as long as the handler's thread is not the owner
 *                  within a call, or the handler only steals.
 * Source           Chase, Lev, Dynamic Circular Work-Stealing Deque (SPAA 2005); Le, Pop, Cohen, Zappa Nardelli (PPoPP
 *                  2013). Ours has a fixed array and needs no fence: see deque/chaselev.h.
 * Checked by       prims/deque_test.c; TSan; count and sum of every bench run; stress: model, progress, litmus, lin, laws,
 *                  fault, fuzz (deque_*.c below stress/), with seeded bugs in stress/broken/deque_*.patch.
 */
#ifndef WEIR_PRIMS_DEQUE_H
#define WEIR_PRIMS_DEQUE_H

#include "deque/chaselev.h"
#include "deque/lock.h"
#include "variant.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_DEQUE_(op) WEIR_BIND(deque, WEIR_DEQUE, op)

typedef WEIR_DEQUE_() weir_deque;

/* Bytes of the block for this capacity; 0 when init would refuse the capacity. */
static inline size_t weir_deque_bytes(uint64_t capacity) { return WEIR_DEQUE_(_bytes)(capacity); }

/* Makes an empty deque in *q and block. OK; BAD_NULL; BAD_ALIGN: q or block is not aligned to WEIR_CACHE_LINE;
 * BAD_ZERO, BAD_POWER_OF_TWO, BAD_RANGE: the capacity; NOMEM: no mutex (`lock`). After a refusal nothing has been
 * written. */
static inline weir_status weir_deque_init(weir_deque *q, uint64_t capacity, void *block) {
    return WEIR_DEQUE_(_init)(q, capacity, block);
}

/* Puts v on top of the owner's stack; false when full. Owner only. */
static inline bool weir_deque_try_push(weir_deque *q, uint64_t v) { return WEIR_DEQUE_(_try_push)(q, v); }

/* Takes the newest word into *v; false when empty. Owner only. */
static inline bool weir_deque_try_pop(weir_deque *q, uint64_t *v) { return WEIR_DEQUE_(_try_pop)(q, v); }

/* Takes the oldest word into *v: OK; AGAIN: empty; ABORT: lost a race for it, worth another try at once. */
static inline weir_status weir_deque_try_steal(weir_deque *q, uint64_t *v) { return WEIR_DEQUE_(_try_steal)(q, v); }

/* Items inside: exact when nobody else uses the deque, otherwise true of some moment near the call; an item that the
 * owner is about to pop may not be counted. At most the capacity. */
static inline size_t weir_deque_size(const weir_deque *q) { return WEIR_DEQUE_(_size)(q); }

#undef WEIR_DEQUE_

#ifdef __cplusplus
}
#endif
#endif
