/* arena - memory of one evaluation: taken from the front, given back all at once or back to a mark. One thread. */
#ifndef WEIR_RUNTIME_ARENA_P_H
#define WEIR_RUNTIME_ARENA_P_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prims/atomic.h"

typedef struct weir_chunk weir_chunk;
struct weir_chunk {
    weir_chunk *before;
    size_t used, room;
    uint64_t at[];
};

typedef struct weir_arena {
    weir_chunk *last;  /* NULL: nothing has been taken */
    weir_chunk *spare; /* a small one that was given back, for what comes next; NULL: none */
    uint32_t held;     /* bytes of all chunks */
    uint32_t most;     /* `held` does not go beyond it */
    weir_a64 *all;     /* bytes of all arenas together; NULL: nobody counts them */
} weir_arena;

typedef struct weir_mark {
    weir_chunk *last;
    size_t used;
} weir_mark;

/* most: bytes that it may hold. What it holds is added to *all. */
static inline void weir_arena_init(weir_arena *a, uint32_t most, weir_a64 *all) {
    a->last = a->spare = NULL;
    a->held = 0;
    a->most = most;
    a->all = all;
}
void weir_arena_clear(weir_arena *a); /* what it gave is gone */
void weir_arena_reset(weir_arena *a); /* the same, but keeps a little memory for what comes next */

/* bytes, aligned to 8. NULL: the system refused memory, or there is as much as may be: weir_arena_is_full tells. */
void *weir_arena_take(weir_arena *a, size_t bytes);
static inline bool weir_arena_is_full(const weir_arena *a, size_t bytes) { return bytes > a->most - a->held; }

static inline weir_mark weir_arena_mark(const weir_arena *a) {
    return (weir_mark){a->last, a->last ? a->last->used : 0};
}
void weir_arena_back(weir_arena *a, weir_mark to);         /* what was taken since the mark is gone */
size_t weir_arena_since(const weir_arena *a, weir_mark m); /* bytes taken since, about */

#endif
