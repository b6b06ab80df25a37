/* platform - the few things C11 cannot say: cache lines, pause, the clock, the kernel futex, eventfds.
 *
 * Everything here that is not a macro or weir_pause is an external function, so that a model checker can supply its own.
 * Threads     any function by any thread at any time.
 */
#ifndef WEIR_PRIMS_PLATFORM_H
#define WEIR_PRIMS_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "../prims/config.h"
#include "atomic.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fields written by different threads stand on lines of their own: `WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 head;`.
 * WEIR_CACHE_LINE is a choice of the build (config.h), in bytes; weir_cache_line_probe() tells what this processor has. */
#define WEIR_ALIGNED(n) __attribute__((aligned(n)))
#define WEIR_NEVER_INLINE __attribute__((noinline))
#define WEIR_ALWAYS_INLINE inline __attribute__((always_inline))
#define WEIR_LIKELY(x) __builtin_expect(!!(x), 1)
#define WEIR_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define WEIR_THREAD_LOCAL __thread

/* Tells the processor that this is a spin loop. In a model build it is a scheduling point that also shows the newest
 * stores, else a spin loop may read a stale value for ever. */
#ifdef WEIR_MODEL
void weir_pause(void);
#elif defined(__x86_64__) || defined(__i386__)
static inline void weir_pause(void) { __builtin_ia32_pause(); }
#else
static inline void weir_pause(void) { __asm__ volatile("yield" ::: "memory"); }
#endif

/* How often a spin loop looks before it does something else. Two looks show a model all that any number would. */
#ifdef WEIR_MODEL
#define WEIR_LOOKS(n) 2
#else
#define WEIR_LOOKS(n) (n)
#endif

/* Gives up the processor to another runnable thread. */
void weir_yield(void);

/* Nanoseconds of CLOCK_MONOTONIC, the clock of all deadlines. */
uint64_t weir_now_ns(void);

/* No deadline: wait for ever. */
#define WEIR_FOREVER UINT64_MAX

/* Sleeps while *word == seen, until woken or until deadline_ns. False only when the deadline has passed. May return true
 * for no reason at all (a signal, a wake meant for an earlier user of the address): the caller looks at its word again.
 * Gives no memory order; the word's own accesses do. */
bool weir_futex_wait(weir_a32 *word, uint32_t seen, uint64_t deadline_ns);

/* Wakes up to n sleepers of word. Uses the address only: the word may already be gone. */
void weir_futex_wake(weir_a32 *word, int n);

/* The calling thread's event: a descriptor that poll finds readable after a signal. Opened by the first call, handed on to
 * another thread when this one ends, and never closed, so that a late signal makes its next owner look once more, and is
 * nothing worse. -1: the system has no descriptor left, or none below 65536. */
int weir_event_mine(void);

/* Makes an event readable. Any thread, at any time after its owner has announced it. */
void weir_event_signal(int event);

/* Sleeps until a signal, and takes it; or until deadline_ns. False only when the deadline has passed. May return true for no
 * reason at all: the caller looks at its word again. What happened before a signal happens before the return that takes it.
 * The owner alone. */
bool weir_event_wait(int event, uint64_t deadline_ns);

/* Bytes in a data cache line of this processor, 0 when the system does not tell. */
unsigned weir_cache_line_probe(void);

#ifdef __cplusplus
}
#endif
#endif
