/* heap - memory of one process: a fixed number of pages in one mapping, from which arrays are taken until it is exhausted.
 *
 * When to use      All memory of a unit of work that may fail or end as a whole: bounded beforehand, protected while another
 *                  one runs, and gone in one call. For what lives longer, or has no bound: malloc.
 * Shape, units     1 .. 2^24 pages of 4096 bytes, and not a byte more: what the heap needs for itself (16 bytes a page for
 *                  `lines`, 256 for `lock`) is at the beginning of its pages. Arrays are rounded up to grains of 64 bytes.
 *                  Alignments are powers of two, 1 .. 4096.
 * Ownership        sizeof(weir_heap) is the caller's; the pages are the heap's from open to close, and of an array the
 *                  caller's from alloc to free. What alloc gives is not cleared, WEIR_HEAP_NEW clears.
 * Promise          An array is given out once until it is freed; arrays do not overlap. free in any order, at once of use
 *                  again; what is no array, or no longer, is refused by name and nothing changes. Exhaustion is a result, which
 *                  says what was asked for and what is left; the heap works on. Not told apart: a place that was freed and
 *                  given out again, and is freed once more by its first owner.
 * Threads          `threads=one`: one thread at a time, whatever the call. `threads=any` (`lock`): alloc, free, size, usage by
 *                  anyone; all else excludes all others.
 * Protection       leave makes the pages inaccessible, enter accessible again; open leaves it entered. In between nobody may
 *                  call anything else. MPROTECT: for the whole program, a system call each. PKEY: for the calling thread, tens
 *                  of cycles; there are 15 keys at most, so every fifteenth heap or so has the same one.
 *                  fence: what runs over the ends of the pages faults.
 * Debug heaps      fill what is free, and a grain behind each array, and look whether it is still so when it is given out and
 *                  freed. With AddressSanitizer every heap tells it, to the byte, what may be touched.
 * Progress         alloc: a search over pages, `lines` a word a page; free: the length of the array. `lock`: blocking.
 * Memory order     `lock`: all that happened before a free happens before the alloc that gives the place again.
 * Errors           open: see there. alloc: NULL, and why. free: see weir_heap_status in heap_p.h.
 * Limits           Not for signal handlers; owns may be asked there. An array of more than a page begins at a page, in `lines`;
 *                  a smaller one does not lie over the end of one.
 * Source           Each variant names its own. The idea of a heap a process: the mapped stacks of mnvkd.
 * Checked by       prims/heap_test.c, under AddressSanitizer too. stress: unit model laws fault fuzz; `lock` also litmus
 *                  progress.
 */
#ifndef WEIR_PRIMS_HEAP_H
#define WEIR_PRIMS_HEAP_H

#include <string.h>

#include "heap/lines.h"
#include "heap/lock.h"
#include "variant.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_HEAP_(op) WEIR_BIND(heap, WEIR_HEAP, op)

typedef WEIR_HEAP_() weir_heap;

/* Why alloc gave nothing. */
typedef struct weir_heap_refusal {
    weir_heap_status status;
    size_t count, size, align; /* what was asked for */
    size_t left, together;     /* bytes left; the most of them that one array could have */
    uint32_t pages;
} weir_heap_refusal;

/* What a heap holds, in bytes: left + used + own == pages * 4096. */
typedef struct weir_heap_usage {
    uint32_t pages;
    size_t own;  /* the heap's own */
    size_t used; /* in arrays, as rounded up */
    size_t most; /* the most that was used at any time */
    size_t left;
} weir_heap_usage;

/* The best protection that this system has: PKEY, or MPROTECT. The first call takes all keys of the program that are free. */
weir_heap_protection weir_heap_probe(void);

/* One line in English, static. A value outside the enum gives "unknown status". */
const char *weir_heap_status_text(weir_heap_status status);

/* One line for a person: the place, what was asked for, the limit. As snprintf. */
int weir_heap_refusal_text(const weir_heap_refusal *refusal, char *to, size_t size);

/* Makes an empty heap, entered. OK; BAD_NULL; BAD_ZERO, BAD_RANGE: the pages; BAD_ALIGN: block is not aligned to a page; NOTSUP:
 * this system has no keys, or block with protection or fence; NOMEM: the system refused. After a refusal there is no heap. */
static inline weir_status weir_heap_open(weir_heap *h, const weir_heap_options *options) {
    weir_status bad = weir_heap_map(h ? &h->base : NULL, options);
    if (bad) return bad;
    bad = WEIR_HEAP_(_begin)(h);
    if (bad) weir_heap_unmap(&h->base);
    else weir_heap_taken(&h->base, h->base.own, weir_heap_grains(&h->base) - h->base.own);
    return bad;
}

/* Gives the pages back to the system, with all arrays in them. Entered or not. */
static inline void weir_heap_close(weir_heap *h) {
    WEIR_HEAP_(_end)(h);
    weir_heap_unmap(&h->base);
}

/* The pages may be touched, or not. OK; NOMEM: the system refused (it splits mappings, of which there is a greatest number);
 * then nothing has changed. */
static inline weir_status weir_heap_enter(weir_heap *h) { return weir_heap_open_pages(&h->base); }
static inline weir_status weir_heap_leave(weir_heap *h) { return weir_heap_shut_pages(&h->base); }

/* Does the address lie within its pages? Entered or not. */
static inline bool weir_heap_owns(const weir_heap *h, const void *p) {
    return (uintptr_t)p - (uintptr_t)h->base.at < (uintptr_t)h->base.pages * WEIR_HEAP_PAGE;
}

/* -- inner part -------------------------------------------------------------------------------------------------- */

static inline void *weir_heap_refuse_(weir_heap *h, weir_heap_refusal *why, weir_heap_status status) {
    uint32_t least;
    if (!why) return NULL;
    why->status = status;
    why->pages = h->base.pages;
    why->left = (size_t)WEIR_HEAP_(_left)(h, &least) * WEIR_HEAP_GRAIN;
    why->together = (size_t)WEIR_HEAP_(_together)(h) * WEIR_HEAP_GRAIN;
    return NULL;
}

/* The grain of an address where an array begins, and how many it has; 0: it is none, and why. */
static inline uint32_t weir_heap_find_(weir_heap *h, const void *p, uint32_t *grain, weir_heap_status *why) {
    uintptr_t offset = (uintptr_t)p - (uintptr_t)h->base.at;
    *why = WEIR_HEAP_OUTSIDE;
    if (!weir_heap_owns(h, p)) return 0;
    *grain = (uint32_t)(offset / WEIR_HEAP_GRAIN);
    uint32_t n = WEIR_HEAP_(_count)(h, *grain, why);
    if (n == 0 || offset % WEIR_HEAP_GRAIN == 0) return n;
    *why = WEIR_HEAP_MIDDLE;
    return 0;
}

/* -- arrays ------------------------------------------------------------------------------------------------------ */

/* An array of count times size bytes, one grain at least; NULL: *why says why. why may be NULL. */
static inline void *weir_heap_alloc(weir_heap *h, size_t count, size_t size, size_t align, weir_heap_refusal *why) {
    size_t bytes, most = (size_t)weir_heap_grains(&h->base) * WEIR_HEAP_GRAIN;
    if (why) {
        memset(why, 0, sizeof *why);
        why->count = count;
        why->size = size;
        why->align = align;
    }
    if (align == 0 || (align & (align - 1)) || align > WEIR_HEAP_PAGE)
        return weir_heap_refuse_(h, why, WEIR_HEAP_ALIGN);
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > most)
        return weir_heap_refuse_(h, why, WEIR_HEAP_TOO_BIG);
    uint32_t grains = bytes ? (uint32_t)((bytes + WEIR_HEAP_GRAIN - 1) / WEIR_HEAP_GRAIN) : 1;
    uint32_t step = align > WEIR_HEAP_GRAIN ? (uint32_t)(align / WEIR_HEAP_GRAIN) : 1;
    if (WEIR_UNLIKELY(h->base.debug)) grains++; /* the guard */
    uint32_t at = WEIR_HEAP_(_take)(h, grains, step);
    if (WEIR_UNLIKELY(at == WEIR_HEAP_NONE)) return weir_heap_refuse_(h, why, WEIR_HEAP_FULL);
    if (WEIR_UNLIKELY(!weir_heap_given(&h->base, at, grains, bytes)))
        return weir_heap_refuse_(h, why, WEIR_HEAP_DAMAGED);
    return weir_heap_grain(&h->base, at);
}

/* The same, of zeros. */
static inline void *weir_heap_clear(weir_heap *h, size_t count, size_t size, size_t align, weir_heap_refusal *why) {
    void *p = weir_heap_alloc(h, count, size, align, why);
    return p ? memset(p, 0, count * size) : NULL;
}

/* An array of `count` of a type, of zeros, on cache lines or on pages of its own. */
#define WEIR_HEAP_NEW(h, type, count, why) ((type *)weir_heap_clear(h, count, sizeof(type), WEIR_CACHE_LINE, why))
#define WEIR_HEAP_NEW_PAGES(h, type, count, why) ((type *)weir_heap_clear(h, count, sizeof(type), WEIR_HEAP_PAGE, why))

/* Gives an array back. OK: also for NULL, which does nothing. OUTSIDE, MIDDLE, FREED: it is none, nothing has changed. OVERRUN
 * (debug heaps): written behind its end, and kept as it is. */
static inline weir_heap_status weir_heap_free(weir_heap *h, void *p) {
    weir_heap_status why;
    uint32_t grain, n;
    if (!p) return WEIR_HEAP_OK;
    if ((n = weir_heap_find_(h, p, &grain, &why)) == 0) return why;
    if (!weir_heap_intact(&h->base, grain, n)) return WEIR_HEAP_OVERRUN;
    weir_heap_taken(&h->base, grain, n);
    return WEIR_HEAP_(_give)(h, grain, n);
}

/* Bytes that may be used at p, as rounded up; 0: no array begins there. */
static inline size_t weir_heap_size(weir_heap *h, const void *p) {
    weir_heap_status why;
    uint32_t grain, n = weir_heap_find_(h, p, &grain, &why);
    return n ? (size_t)(n - h->base.debug) * WEIR_HEAP_GRAIN : 0;
}

static inline weir_heap_usage weir_heap_usage_of(weir_heap *h) {
    weir_heap_usage u;
    uint32_t least;
    size_t all = (size_t)weir_heap_grains(&h->base) * WEIR_HEAP_GRAIN;
    u.pages = h->base.pages;
    u.own = (size_t)h->base.own * WEIR_HEAP_GRAIN;
    u.left = (size_t)WEIR_HEAP_(_left)(h, &least) * WEIR_HEAP_GRAIN;
    u.used = all - u.own - u.left;
    u.most = all - u.own - (size_t)least * WEIR_HEAP_GRAIN;
    return u;
}

/* Forgets all arrays, which are gone. What was in them may be seen by who is given the place next, unless trimmed. OK; NOMEM
 * (`lock`): then only close may follow. */
static inline weir_status weir_heap_reset(weir_heap *h) {
    WEIR_HEAP_(_end)(h);
    weir_status bad = WEIR_HEAP_(_begin)(h);
    weir_heap_taken(&h->base, h->base.own, weir_heap_grains(&h->base) - h->base.own);
    return bad;
}

/* Gives the memory of whole pages that no array uses back to the system, which gives it again, of zeros, when they are touched.
 * Returns how many; none of a debug heap. */
static inline uint32_t weir_heap_trim(weir_heap *h) {
    uint32_t n = 0, first;
    for (uint32_t page = 0; page < h->base.pages && !h->base.debug; page++) {
        for (first = page; page < h->base.pages && WEIR_HEAP_(_idle)(h, page);) page++;
        if (page > first) weir_heap_forget_pages(&h->base, first, page - first);
        n += page - first;
    }
    return n;
}

#undef WEIR_HEAP_

#ifdef __cplusplus
}
#endif
#endif
