/* heap.lines - two bitmaps, a bit a cache line of 64 bytes: what is used, and where an array begins. A page is a word of
 * each, so an array of up to a page is found by shifting one word upon itself, and lies within a page; a larger one begins
 * at a page. The bitmaps are 16 bytes a page, at the beginning of the heap itself. One thread at a time. Contract:
 * prims/heap.h. */
#ifndef WEIR_PRIMS_HEAP_LINES_H
#define WEIR_PRIMS_HEAP_LINES_H

#include "../heap_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_heap_lines {
    weir_heap_base base;
    uint64_t *used, *first;        /* a word a page; `first`: an array begins here */
    uint32_t hint;                 /* all pages before it are full */
    uint32_t recent, recent_lines; /* where the last array was freed: the first place to look */
    uint32_t left, least;          /* free lines now, and the fewest there have been */
} weir_heap_lines;

weir_status weir_heap_lines_begin(weir_heap_lines *h); /* after the base; again: forgets all arrays */
void weir_heap_lines_end(weir_heap_lines *h);
uint32_t weir_heap_lines_take(weir_heap_lines *h, uint32_t grains, uint32_t align);
uint32_t weir_heap_lines_count(weir_heap_lines *h, uint32_t grain, weir_heap_status *why);
weir_heap_status weir_heap_lines_give(weir_heap_lines *h, uint32_t grain, uint32_t grains);
uint32_t weir_heap_lines_together(weir_heap_lines *h);
bool weir_heap_lines_idle(weir_heap_lines *h, uint32_t page);
uint32_t weir_heap_lines_left(weir_heap_lines *h, uint32_t *least);

#ifdef __cplusplus
}
#endif
#endif
