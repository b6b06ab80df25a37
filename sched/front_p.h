/* front - the filter in front of an exact look, of a kind chosen by name when the program runs. Private to sched.
 *
 * Kinds       those of prims/filter.h by their names; idset: one bit a place, the place being the id's hash; none, maybe:
 *             nothing is remembered and the answer is always "maybe". NULL: the build's WEIR_FILTER.
 * Promise     "surely not" is never wrong. An id that has left may read "maybe" until the filter is made anew, which
 *             weir_front_stale asks for from time to time (`counting` forgets by itself).
 * Threads     One at a time.
 */
#ifndef WEIR_SCHED_FRONT_P_H
#define WEIR_SCHED_FRONT_P_H

#include "prims/filter.h"
#include "prims/idset.h"

typedef struct weir_front weir_front;

typedef struct weir_front_kind {
    const char *name;
    size_t (*bytes)(uint64_t keys); /* 0: it needs no memory */
    void (*init)(weir_front *f, uint64_t keys);
    void (*clear)(weir_front *f);
    void (*insert)(weir_front *f, uint64_t id);
    bool (*remove)(weir_front *f, uint64_t id); /* false: it cannot */
    bool (*may_contain)(const weir_front *f, uint64_t id);
} weir_front_kind;

struct weir_front {
    const weir_front_kind *kind;
    union {
        weir_filter_block block;
        weir_filter_word word;
        weir_filter_classic classic;
        weir_filter_counting counting;
        weir_idset idset;
    } of;
    void *block;
    uint64_t keys, left; /* it was made for; have left since and still read "maybe" */
};

/* NULL: there is no kind of this name. */
const weir_front_kind *weir_front_find(const char *name);

/* Makes an empty one for so many ids in *f, of which nothing is read but `kind`. False: no memory, nothing is changed. */
bool weir_front_make(weir_front *f, uint64_t keys);
void weir_front_free(weir_front *f);

static inline void weir_front_insert(weir_front *f, uint64_t id) { f->kind->insert(f, id); }
static inline void weir_front_remove(weir_front *f, uint64_t id) { f->left += !f->kind->remove(f, id); }
static inline bool weir_front_may_contain(const weir_front *f, uint64_t id) { return f->kind->may_contain(f, id); }

/* Should it be cleared and be told again of the `in` ids that are in? Not before as many have left, and an eighth of what it was
 * made for: so that it costs each that leaves a few bytes. */
static inline bool weir_front_stale(const weir_front *f, uint64_t in) {
    return f->left >= f->keys / 8 && f->left >= in;
}
void weir_front_clear(weir_front *f);

#endif
