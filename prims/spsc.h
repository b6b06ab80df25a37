/* spsc - bounded FIFO ring of 64-bit words between one producer thread and one consumer thread.
 *
 * When to use      One writer, one reader, as fast as it goes. More of either: mpmc. To wait for room or items: chan.
 * Shape, units     capacity in items, a power of two, 1 .. 2^31. Items are any uint64_t, 0 included.
 * Ownership        The caller gives the memory: sizeof(weir_spsc) and weir_spsc_bytes(capacity), both aligned to
 *                  WEIR_CACHE_LINE, and takes it back when both threads have stopped. Nothing is allocated; there is no
 *                  destroy. A word belongs to the consumer once try_pop has returned it.
 * Threads          One producer at a time: try_push, try_push_n. One consumer at a time: try_pop, try_pop_n.
 *                  Handing a role to another thread needs a synchronisation of the caller's own. size: anyone.
 *                               push  pop  init
 *                      push      X     -    X        X: the caller must exclude    -: free
 *                      pop       -     X    X
 * Progress         Wait-free, both sides; `lock`: blocking.
 * Linearizes at    push: the store of tail. pop: the store of head. A refusal: the load of the other side's index.
 * Memory order     All that happened before a push happens before the pop that returns its word; all that happened
 *                  before a pop happens before the push that reuses its place. A refusal promises nothing.
 *                  "Full" and "empty" are true at some moment within the call.
 * Errors           init: see weir_spsc_init. try_push false: full, nothing stored. try_pop false: empty, *v untouched.
 * Limits           2^64 items in the life of a ring. Not for signal handlers (`lock`); otherwise signal-safe and usable
 *                  in shared memory.
 * Source           Lamport, Specifying Concurrent Program Modules (1983); cached indices as in FastForward (Giacomoni et
 *                  al., PPoPP 2008) and Rigtorp's SPSCQueue. We add batches, and publish once a batch.
 * Checked by       prims/spsc_test.c; TSan; sum check of every bench run. stress: unit litmus model lin laws progress
 *                  fault fuzz.
 */
#ifndef WEIR_PRIMS_SPSC_H
#define WEIR_PRIMS_SPSC_H

#include "spsc/cached.h"
#include "spsc/lock.h"
#include "spsc/plain.h"
#include "variant.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_SPSC_(op) WEIR_BIND(spsc, WEIR_SPSC, op)

typedef WEIR_SPSC_() weir_spsc;

/* Bytes of the block for this capacity; 0 when init would refuse the capacity. */
static inline size_t weir_spsc_bytes(uint64_t capacity) { return WEIR_SPSC_(_bytes)(capacity); }

/* Makes an empty ring in *q and block. OK; BAD_NULL; BAD_ALIGN: q or block is not aligned to WEIR_CACHE_LINE;
 * BAD_ZERO, BAD_POWER_OF_TWO, BAD_RANGE: the capacity. After a refusal nothing has been written. */
static inline weir_status weir_spsc_init(weir_spsc *q, uint64_t capacity, void *block) {
    return WEIR_SPSC_(_init)(q, capacity, block);
}

/* Appends v; false when full. Producer only. */
static inline bool weir_spsc_try_push(weir_spsc *q, uint64_t v) { return WEIR_SPSC_(_try_push)(q, v); }

/* Removes the oldest word into *v; false when empty. Consumer only. */
static inline bool weir_spsc_try_pop(weir_spsc *q, uint64_t *v) { return WEIR_SPSC_(_try_pop)(q, v); }

/* Appends the first k <= n of v[0..n) in order and returns k; less than n only when that filled the ring. Producer only.
 * The consumer sees none of them before the last is written. */
static inline size_t weir_spsc_try_push_n(weir_spsc *q, const uint64_t *v, size_t n) {
    return WEIR_SPSC_(_try_push_n)(q, v, n);
}

/* Removes the oldest k <= n words into v[0..k) and returns k; 0 when empty. Consumer only. */
static inline size_t weir_spsc_try_pop_n(weir_spsc *q, uint64_t *v, size_t n) {
    return WEIR_SPSC_(_try_pop_n)(q, v, n);
}

/* Items inside: exact for a thread that excludes both sides. Otherwise what was popped or pushed during the call may count;
 * at most the capacity. */
static inline size_t weir_spsc_size(const weir_spsc *q) { return WEIR_SPSC_(_size)(q); }

#undef WEIR_SPSC_

#ifdef __cplusplus
}
#endif
#endif
