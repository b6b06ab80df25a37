/* bell - how any number of threads sleep until something may have changed: an event count on one word.
 *
 * A sleeper listens, looks once more for what it wants, and waits only when it has not found it. Who brings something
 * brings it first and rings after. Both change the word, so one of them sees the other (no lost wake-up):
 *     the word     rings so far, modulo 2^20, and below them how many listen (at most 4095)
 * Source           Vyukov's eventcount; folly EventCount.
 */
#ifndef WEIR_SCHED_BELL_P_H
#define WEIR_SCHED_BELL_P_H

#include "prims/wait.h"

typedef struct weir_bell {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 word;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_learned learned; /* of those who wait */
    weir_a32 latest;                                    /* bit of who has gone to sleep last; advice */
} weir_bell;

enum { WEIR_BELL_LISTENERS = (1 << 12) - 1, WEIR_BELL_RING = 1 << 12 };

/* The caller listens from here on; what was brought before a ring that it has missed, it sees. Ends by
 * weir_bell_leave. */
static inline uint32_t weir_bell_listen(weir_bell *b) {
    return weir_a32_add_acquire(&b->word, 1) & ~(uint32_t)WEIR_BELL_LISTENERS; /* BA: pairs with BR in weir_bell_ring */
}

static inline void weir_bell_leave(weir_bell *b) { weir_a32_sub(&b->word, 1); } /* relaxed: carries nothing */

/* How many listen. */
static inline uint32_t weir_bell_listeners(const weir_bell *b) {
    return weir_a32_load(&b->word) & (uint32_t)WEIR_BELL_LISTENERS;
}

/* Sleeps until the bell rings after listen has answered `heard`. False: the deadline has passed. */
bool weir_bell_wait(weir_bell *b, uint32_t heard, uint64_t deadline_ns);

/* The same of number `who`: of those, the one that went to sleep last is woken first, whose caches are warm. */
bool weir_bell_wait_as(weir_bell *b, unsigned who, uint32_t heard, uint64_t deadline_ns);

void weir_bell_wake(weir_bell *b, unsigned max);

/* Wakes at most `max` of those who listen. What the caller did before is seen by those that it wakes or that listen
 * later. */
static inline void weir_bell_ring(weir_bell *b, unsigned max) {
    if (weir_a32_add_release(&b->word, WEIR_BELL_RING) & WEIR_BELL_LISTENERS) /* BR: pairs with BA */
        weir_bell_wake(b, max);
}

/* The same without a locked instruction when nobody seems to listen: may miss who begins to listen at that moment. For
 * those who go on working themselves, so that what they brought is not forgotten. */
static inline void weir_bell_hint(weir_bell *b, unsigned max) {
    if (weir_a32_load(&b->word) & WEIR_BELL_LISTENERS) weir_bell_ring(b, max);
}

#endif
