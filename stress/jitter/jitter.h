/* jitter - what code compiled with -fsanitize=thread calls here instead of ThreadSanitizer: every atomic operation is done
 * for real, and now and then the thread is held up just before or just after it.
 *
 * When to use      To make narrow windows wide: a thread that stops between two of its atomic operations is what most
 *                  bugs of lock-free code need. Nothing is observed or checked here; plain accesses cost an empty call.
 * Delays           By a thread's own dice, thrown from its seed: a spin of some pauses, a yield, or seldom a sleep, long
 *                  enough for the others to lap it. The distances between delays are random round the mean that was set.
 *                  A thread that has not called jitter_thread is never delayed.
 * Memory order     Never weaker than asked. On x86-64 nothing is stronger either, so store buffers stay visible; elsewhere
 *                  loads acquire, stores release and read-modify-writes do both. Weak orders are the model's business.
 */
#ifndef WEIR_STRESS_JITTER_H
#define WEIR_STRESS_JITTER_H

#include <stdint.h>

/* From now on the calling thread is delayed at one in `one_in` of its atomic operations on average; 0: never. */
void jitter_thread(uint64_t seed, uint32_t one_in);

/* As on each side of an atomic operation: where a check itself wants to be held up. */
void jitter_point(void);

/* Of all threads, since the process began. */
typedef struct jitter_counts {
    uint64_t operations; /* atomic ones that delayable threads went through, up to their latest delays */
    uint64_t spins, yields, sleeps;
} jitter_counts;

jitter_counts jitter_counted(void);

#endif
