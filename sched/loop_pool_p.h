/* loop_pool_p - memory of one size class each for the coroutines of one loop: free lists over slabs. Private to loop.c. */
#ifndef WEIR_SCHED_LOOP_POOL_P_H
#define WEIR_SCHED_LOOP_POOL_P_H

#include <stddef.h>
#include <stdlib.h>

enum { WEIR_LOOP_STEP = 16, WEIR_LOOP_CLASSES = 64, WEIR_LOOP_SLAB = 64 << 10 };

typedef struct weir_loop_hole {
    struct weir_loop_hole *next;
} weir_loop_hole;

typedef struct weir_loop_pool {
    weir_loop_hole *free[WEIR_LOOP_CLASSES]; /* of (i + 1) * STEP bytes; larger ones are malloc's */
    weir_loop_hole *slabs;
    char *at, *end; /* what is left of the newest slab */
} weir_loop_pool;

static inline void *weir_loop_pool_cut(weir_loop_pool *pool, size_t bytes) {
    if (bytes > (size_t)(pool->end - pool->at)) {
        char *slab = malloc(WEIR_LOOP_SLAB);
        if (!slab) return NULL;
        ((weir_loop_hole *)slab)->next = pool->slabs;
        pool->slabs = (weir_loop_hole *)slab;
        pool->at = slab + WEIR_LOOP_STEP;
        pool->end = slab + WEIR_LOOP_SLAB;
    }
    void *p = pool->at;
    pool->at += bytes;
    return p;
}

static inline void *weir_loop_pool_take(weir_loop_pool *pool, size_t bytes) {
    size_t class = (bytes - 1) / WEIR_LOOP_STEP;
    if (class >= WEIR_LOOP_CLASSES) return malloc(bytes);
    weir_loop_hole *p = pool->free[class];
    if (!p) return weir_loop_pool_cut(pool, (class + 1) * WEIR_LOOP_STEP);
    pool->free[class] = p->next;
    return p;
}

static inline void weir_loop_pool_give(weir_loop_pool *pool, void *memory, size_t bytes) {
    size_t class = (bytes - 1) / WEIR_LOOP_STEP;
    weir_loop_hole *p = memory;
    if (class >= WEIR_LOOP_CLASSES) {
        free(p);
        return;
    }
    p->next = pool->free[class];
    pool->free[class] = p;
}

static inline void weir_loop_pool_end(weir_loop_pool *pool) {
    for (weir_loop_hole *slab = pool->slabs, *next; slab; slab = next) {
        next = slab->next;
        free(slab);
    }
}

#endif
