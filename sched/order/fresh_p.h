/* fresh_p - children that may retire in the go in which their parents did: handles, the first in the total order on top.
 *
 * They are put in as their parents retire, so their ranks rise, and where delays are constant their keys do too: those that come
 * in order stand in a line, and only the others are put in a heap. */
#ifndef WEIR_SCHED_ORDER_FRESH_P_H
#define WEIR_SCHED_ORDER_FRESH_P_H

#include "sched/order/heap_p.h"
#include "sched/order/window_p.h"

typedef struct weir_fresh {
    weir_sort_item *line;
    size_t head, end, capacity; /* line[head] .. line[end - 1], in order */
    weir_heap heap;
} weir_fresh;

/* e's rank is above those of all that were put in before. False: no memory. */
bool weir_fresh_put(weir_fresh *f, weir_event *e);

/* NULL: it is empty. */
const weir_sort_item *weir_fresh_first(const weir_fresh *f);

/* It is not empty. */
void weir_fresh_drop_first(weir_fresh *f);

void weir_fresh_close(weir_fresh *f); /* it is empty */

#endif
