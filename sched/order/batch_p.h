/* batch_p - events to be read by many: an array that is filled, and then taken in chunks. Private to sched. */
#ifndef WEIR_SCHED_ORDER_BATCH_P_H
#define WEIR_SCHED_ORDER_BATCH_P_H

#include "sched/sched_p.h"

/* Events to be resolved and read, taken in chunks by any number of workers. Filled by one at a time, or, between
 * reserve and the next phase, by all. */
typedef struct weir_batch {
    weir_event **events;
    size_t n, capacity;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 next; /* the first that nobody has taken */
} weir_batch;

void weir_batch_reserve_all(weir_worker *w, weir_batch *b, size_t n); /* room for n more; waits for memory */
void weir_batch_add(weir_worker *w, weir_batch *b, weir_event *e);
void weir_batch_clear(weir_batch *b);
void weir_batch_free(weir_batch *b);

#endif
