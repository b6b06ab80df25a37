/* lock_p - the short lock inside waiting and cubby.direct: one word, a brief spin, then the kernel. Private to prims.
 *
 * Held for a few dozen instructions, never across a call out. On a loaded machine its holder may be preempted all the
 * same, so a waiter spins only briefly and then sleeps; the holder's time slice is not burnt by those it keeps waiting.
 * Progress    blocking. Not fair: who comes while it is free may overtake those that sleep.
 * Source      Drepper, Futexes Are Tricky (2011), mutex 3. */
#ifndef WEIR_PRIMS_LOCK_P_H
#define WEIR_PRIMS_LOCK_P_H

#include "platform.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WEIR_LOCK_FREE, WEIR_LOCK_HELD, WEIR_LOCK_CONTENDED }; /* CONTENDED: held, and somebody may sleep */

typedef struct weir_lock {
    weir_a32 state;
} weir_lock;

void weir_lock_acquire_slow(weir_lock *l);

static inline void weir_lock_init(weir_lock *l) { weir_a32_store(&l->state, WEIR_LOCK_FREE); }

static inline void weir_lock_acquire(weir_lock *l) {
    uint32_t seen = WEIR_LOCK_FREE;
    if (WEIR_UNLIKELY(!weir_a32_cas_acquire(&l->state, &seen, WEIR_LOCK_HELD))) /* LA: pairs with LR */
        weir_lock_acquire_slow(l);
}

/* The exchange is the last touch of the lock; its memory may be gone before the wake, which uses only the address. */
static inline void weir_lock_release(weir_lock *l) {
    if (WEIR_UNLIKELY(weir_a32_xchg_release(&l->state, WEIR_LOCK_FREE) == WEIR_LOCK_CONTENDED)) /* LR: pairs with LA */
        weir_futex_wake(&l->state, 1);
}

#ifdef __cplusplus
}
#endif
#endif
