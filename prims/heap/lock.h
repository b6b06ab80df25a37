/* heap.lock - a mutex round a table of runs, searched from the beginning: first fit, the baseline. An entry of four bytes a
 * grain, at the beginning of the heap itself: at the first grain of a run its length, negative when the run is free. Any
 * thread. Contract: prims/heap.h. */
#ifndef WEIR_PRIMS_HEAP_LOCK_H
#define WEIR_PRIMS_HEAP_LOCK_H

#include <pthread.h>

#include "../heap_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_heap_lock {
    weir_heap_base base;
    pthread_mutex_t mutex; /* guards all below, and the table */
    int32_t *run;
    uint32_t left, least; /* free grains now, and the fewest there have been */
} weir_heap_lock;

weir_status weir_heap_lock_begin(weir_heap_lock *h); /* after the base; again: forgets all arrays */
void weir_heap_lock_end(weir_heap_lock *h);
uint32_t weir_heap_lock_take(weir_heap_lock *h, uint32_t grains, uint32_t align);
uint32_t weir_heap_lock_count(weir_heap_lock *h, uint32_t grain, weir_heap_status *why);
weir_heap_status weir_heap_lock_give(weir_heap_lock *h, uint32_t grain, uint32_t grains);
uint32_t weir_heap_lock_together(weir_heap_lock *h);
bool weir_heap_lock_idle(weir_heap_lock *h, uint32_t page);
uint32_t weir_heap_lock_left(weir_heap_lock *h, uint32_t *least);

#ifdef __cplusplus
}
#endif
#endif
