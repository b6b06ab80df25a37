/* idset.bitmap - one bit an id. Contract: prims/idset.h. */
#ifndef WEIR_PRIMS_IDSET_BITMAP_H
#define WEIR_PRIMS_IDSET_BITMAP_H

#include "../idset_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_idset_bitmap {
    weir_a64 *words;
    uint64_t capacity;
} weir_idset_bitmap;

static inline size_t weir_idset_bitmap_bytes(uint64_t capacity) { return weir_idset_block_bytes(capacity); }

static inline void weir_idset_bitmap_clear(weir_idset_bitmap *s) {
    memset(s->words, 0, (size_t)weir_idset_words(s->capacity) * sizeof *s->words);
}

static inline weir_status weir_idset_bitmap_init(weir_idset_bitmap *s, uint64_t capacity, void *block) {
    weir_status bad = weir_idset_check(s, sizeof(uint64_t), capacity, block);
    if (bad) return bad;
    s->words = (weir_a64 *)block;
    s->capacity = capacity;
    weir_idset_bitmap_clear(s);
    return WEIR_OK;
}

/* A1 acquire: pairs with R1 and R2, the last change of this id. */
static inline bool weir_idset_bitmap_contains(const weir_idset_bitmap *s, uint64_t id) {
    assert(id < s->capacity);
    return (weir_a64_load_acquire(s->words + id / 64) & weir_idset_bit(id)) != 0;
}

/* Looks first: an id that is in costs no locked write, and its cache line stays with its readers. */
static inline bool weir_idset_bitmap_insert(weir_idset_bitmap *s, uint64_t id) {
    if (weir_idset_bitmap_contains(s, id)) return false;
    /* R1 release: pairs with A1; what preceded the insert. A2 acquire: pairs with R2; what preceded the remove before.
     * */
    return !(weir_a64_or_acq_rel(s->words + id / 64, weir_idset_bit(id)) & weir_idset_bit(id));
}

static inline bool weir_idset_bitmap_remove(weir_idset_bitmap *s, uint64_t id) {
    if (!weir_idset_bitmap_contains(s, id)) return false;
    /* R2 release: pairs with A1, A2. A3 acquire: pairs with R1. */
    return (weir_a64_and_acq_rel(s->words + id / 64, ~weir_idset_bit(id)) & weir_idset_bit(id)) != 0;
}

static inline uint64_t weir_idset_bitmap_next(const weir_idset_bitmap *s, uint64_t from) {
    uint64_t words = weir_idset_words(s->capacity), i = from / 64;
    if (i >= words) return WEIR_IDSET_NONE;
    uint64_t rest = weir_a64_load_acquire(s->words + i) & ~(weir_idset_bit(from) - 1); /* A1 */
    while (!rest && ++i < words) rest = weir_a64_load_acquire(s->words + i);           /* A1 */
    return rest ? i * 64 + (uint64_t)__builtin_ctzll(rest) : WEIR_IDSET_NONE;
}

static inline uint64_t weir_idset_bitmap_count(const weir_idset_bitmap *s) {
    uint64_t n = 0;
    for (uint64_t i = 0; i < weir_idset_words(s->capacity); i++)
        n += (uint64_t)__builtin_popcountll(weir_a64_load(s->words + i)); /* relaxed: a number names no id */
    return n;
}

#ifdef __cplusplus
}
#endif
#endif
