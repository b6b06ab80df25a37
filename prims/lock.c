#include "prims/lock_p.h"

enum { LOCK_PAUSES = WEIR_LOOKS(40) }; /* about what a holder needs that runs on another processor */

void weir_lock_acquire_slow(weir_lock *l) {
    for (int i = 0; i < LOCK_PAUSES; i++) {
        uint32_t seen = WEIR_LOCK_FREE;
        if (weir_a32_load(&l->state) == WEIR_LOCK_FREE && weir_a32_cas_acquire(&l->state, &seen, WEIR_LOCK_HELD))
            return; /* LA */
        weir_pause();
    }
    /* It may be the only sleeper, yet it leaves CONTENDED behind: a wake too many, never one too few. */
    while (weir_a32_xchg_acquire(&l->state, WEIR_LOCK_CONTENDED) != WEIR_LOCK_FREE) /* LA */
        weir_futex_wait(&l->state, WEIR_LOCK_CONTENDED, WEIR_FOREVER);
}
