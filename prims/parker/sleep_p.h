/* sleep_p - what every parker shares: the states of a thread's word, and the sleep itself. Private to waiting. */
#ifndef WEIR_PRIMS_PARKER_SLEEP_P_H
#define WEIR_PRIMS_PARKER_SLEEP_P_H

#include "prims/wait.h"

/* weir_wait.word of a thread. The owner goes ARMED -> SLEEPING by CAS, the waker goes to WOKEN by exchange: on one word,
 * so either the waker sees a sleeper or the sleeper sees the wake. From EVENT on: sleeping on the event of that number. */
enum { WEIR_THREAD_ARMED, WEIR_THREAD_SLEEPING, WEIR_THREAD_WOKEN, WEIR_THREAD_EVENT };

/* Adds to a counter that only the calling thread writes: no locked instruction. */
static inline void weir_count(weir_a64 *counter) { weir_a64_store(counter, weir_a64_load(counter) + 1); }

weir_wait_counts *weir_wait_counts_own(void);
const weir_block_hooks *weir_thread_hooks_own(void);

/* Has the wake come? Then the node is armed again for the next park. */
static inline bool weir_thread_woken(weir_wait *w) {
    if (weir_a32_load_acquire(&w->word) != WEIR_THREAD_WOKEN) return false; /* WA: pairs with WR in weir_thread_wake */
    weir_a32_store(&w->word, WEIR_THREAD_ARMED); /* relaxed: nobody else looks before the lock of the next park */
    return true;
}

/* Sleeps in the kernel until the wake (true) or the deadline (false). */
bool weir_thread_sleep(weir_wait *w, uint64_t deadline_ns);

#endif
