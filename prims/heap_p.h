/* heap_p - what all variants of heap share: pages from the system, their protection, what a debug heap looks at. Private to
 * prims; the variants deal in grains. Contract: prims/heap.h. */
#ifndef WEIR_PRIMS_HEAP_P_H
#define WEIR_PRIMS_HEAP_P_H

#include <stddef.h>

#include "platform.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    WEIR_HEAP_PAGE = 4096,
    WEIR_HEAP_GRAIN = 64, /* bytes: what arrays are rounded up to */
    WEIR_HEAP_GRAINS = WEIR_HEAP_PAGE / WEIR_HEAP_GRAIN
};
#define WEIR_HEAP_PAGES_MAX ((uint32_t)1 << 24)
#define WEIR_HEAP_NONE UINT32_MAX /* no grain */

/* Who may touch the pages while the heap is not running. */
typedef enum weir_heap_protection {
    WEIR_HEAP_ANYBODY,  /* everybody: entering and leaving cost nothing */
    WEIR_HEAP_MPROTECT, /* nobody: a system call each way */
    WEIR_HEAP_PKEY      /* only threads that have entered a heap of the same key, of which there are at most 15 */
} weir_heap_protection;

typedef struct weir_heap_options {
    uint32_t pages; /* 1 .. 2^24 */
    weir_heap_protection protection;
    bool fence;  /* an inaccessible page of addresses, which costs no memory, before the first and behind the last */
    bool debug;  /* fills what is free and a grain behind each array, and looks whether that is still so */
    void *block; /* NULL, or `pages` pages of the caller's to use: no protection, no fence */
} weir_heap_options;

typedef enum weir_heap_status {
    WEIR_HEAP_OK = 0,
    WEIR_HEAP_FULL,    /* alloc: no place for so much together */
    WEIR_HEAP_TOO_BIG, /* alloc: more than the heap has at all, or the size overflows */
    WEIR_HEAP_ALIGN,   /* alloc: not a power of two up to a page */
    WEIR_HEAP_OUTSIDE, /* free: not of this heap */
    WEIR_HEAP_MIDDLE,  /* free: within an array, or the heap's own; not where an array begins */
    WEIR_HEAP_FREED,   /* free: nothing is there; it has been freed before, or never given */
    WEIR_HEAP_OVERRUN, /* free, debug: written behind its end; it stays as it is */
    WEIR_HEAP_DAMAGED, /* alloc, debug: written after it was freed; what was hit is not given out any more */
    WEIR_HEAP_STATUS_COUNT
} weir_heap_status;

typedef struct weir_heap_base {
    unsigned char *at;
    uint32_t pages, own; /* own: grains at the beginning that the heap needs for itself */
    int key;             /* PKEY */
    uint8_t protection;
    bool fence, debug, borrowed;
    bool watched; /* debug, or AddressSanitizer is there: the functions below have something to do */
} weir_heap_base;

/* -- heap.c ------------------------------------------------------------------------------------------------------ */

weir_status weir_heap_map(weir_heap_base *b, const weir_heap_options *options);
void weir_heap_unmap(weir_heap_base *b);
weir_status weir_heap_open_pages(weir_heap_base *b);
weir_status weir_heap_shut_pages(weir_heap_base *b);
void weir_heap_forget_pages(weir_heap_base *b, uint32_t page, uint32_t pages);

/* Grains that are given out, with the bytes of them that the user asked for, or taken back: for debug heaps and sanitizers.
 * given: false, DAMAGED. taken: only after `intact`. */
bool weir_heap_watch_given(weir_heap_base *b, uint32_t grain, uint32_t grains, size_t bytes);
bool weir_heap_watch_intact(const weir_heap_base *b, uint32_t grain, uint32_t grains);
void weir_heap_watch_taken(weir_heap_base *b, uint32_t grain, uint32_t grains);

static inline bool weir_heap_given(weir_heap_base *b, uint32_t grain, uint32_t grains, size_t bytes) {
    return WEIR_LIKELY(!b->watched) || weir_heap_watch_given(b, grain, grains, bytes);
}

static inline bool weir_heap_intact(const weir_heap_base *b, uint32_t grain, uint32_t grains) {
    return WEIR_LIKELY(!b->watched) || weir_heap_watch_intact(b, grain, grains);
}

static inline void weir_heap_taken(weir_heap_base *b, uint32_t grain, uint32_t grains) {
    if (WEIR_UNLIKELY(b->watched)) weir_heap_watch_taken(b, grain, grains);
}

static inline void *weir_heap_grain(const weir_heap_base *b, uint32_t grain) {
    return b->at + (size_t)grain * WEIR_HEAP_GRAIN;
}

static inline uint32_t weir_heap_grains(const weir_heap_base *b) { return b->pages * WEIR_HEAP_GRAINS; }

#ifdef __cplusplus
}
#endif
#endif
