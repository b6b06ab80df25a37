/* heap_p - a heap of handles, the first in the total order on top. Four children a node: few levels, a line each. */
#ifndef WEIR_SCHED_ORDER_HEAP_P_H
#define WEIR_SCHED_ORDER_HEAP_P_H

#include "sched/sched_p.h"

typedef struct weir_heap {
    weir_sort_item *items;
    size_t n, capacity;
} weir_heap;

bool weir_heap_put(weir_heap *h, weir_event *e); /* false: no memory */
void weir_heap_drop_first(weir_heap *h);         /* it is not empty */

static inline weir_event *weir_heap_first(const weir_heap *h) {
    return h->n ? (weir_event *)(uintptr_t)h->items[0].payload : NULL;
}

#endif
