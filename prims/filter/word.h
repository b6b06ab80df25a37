/* filter.word - all k bits of a key in one 64-bit word, so that an insert is one atomic or and a key is never seen half
 * inserted. Costs false positives: keys share words unevenly. Contract: prims/filter.h. */
#ifndef WEIR_PRIMS_FILTER_WORD_H
#define WEIR_PRIMS_FILTER_WORD_H

#include "../filter_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_filter_word {
    weir_a64 *words;
    uint64_t n, seed;
    unsigned k;
} weir_filter_word;

static inline size_t weir_filter_word_bytes(uint64_t keys, unsigned bits_per_key) {
    return (size_t)(weir_filter_bits(keys, bits_per_key) / 8);
}

/* The k with the fewest false positives at this load. More than 6 gains less than a tenth up to 24 bits a key, and
 * would take more hash bits than the place leaves. */
static inline unsigned weir_filter_word_probes(unsigned bits_per_key) {
    static const unsigned char least[] = {3, 4, 6, 9, 13}; /* bits per key from which k = 2, 3 ... is best */
    unsigned k = 1;
    while (k < 6 && bits_per_key >= least[k - 1]) k++;
    return k;
}

/* Quiescence: nobody else uses the filter. */
static inline void weir_filter_word_clear(weir_filter_word *f) { memset(f->words, 0, f->n * sizeof *f->words); }

static inline weir_status weir_filter_word_init(weir_filter_word *f, uint64_t keys, unsigned bits_per_key,
                                                uint64_t seed, void *block) {
    weir_status bad = weir_filter_check(f, keys, bits_per_key, block);
    if (bad) return bad;
    f->words = (weir_a64 *)block;
    f->n = weir_filter_bits(keys, bits_per_key) / 64;
    f->seed = weir_filter_seed(seed);
    f->k = weir_filter_word_probes(bits_per_key);
    weir_filter_word_clear(f);
    return WEIR_OK;
}

static inline weir_a64 *weir_filter_word_at(const weir_filter_word *f, uint64_t hash) {
    return f->words + weir_filter_pick((uint32_t)(hash >> 32), f->n);
}

static inline uint64_t weir_filter_word_mask(const weir_filter_word *f, uint64_t hash) {
    uint64_t mask = 0;
    for (unsigned i = f->k; i; i--, hash >>= 6) mask |= (uint64_t)1 << (hash & 63);
    return mask;
}

static inline void weir_filter_word_insert(weir_filter_word *f, uint64_t id) {
    uint64_t h = weir_filter_hash(id, f->seed);
    weir_filter_set(weir_filter_word_at(f, h), weir_filter_word_mask(f, h));
}

static inline void weir_filter_word_insert_sp(weir_filter_word *f, uint64_t id) {
    uint64_t h = weir_filter_hash(id, f->seed);
    weir_filter_set_sp(weir_filter_word_at(f, h), weir_filter_word_mask(f, h));
}

static inline bool weir_filter_word_may_contain(const weir_filter_word *f, uint64_t id) {
    uint64_t h = weir_filter_hash(id, f->seed);
    return (weir_filter_word_mask(f, h) & ~weir_a64_load(weir_filter_word_at(f, h))) == 0;
}

static inline weir_status weir_filter_word_remove(weir_filter_word *f, uint64_t id) {
    (void)f;
    (void)id;
    return WEIR_NOTSUP;
}

static inline weir_status weir_filter_word_subsume(weir_filter_word *f, const weir_filter_word *from) {
    if (f->n != from->n || f->k != from->k || f->seed != from->seed) return WEIR_BAD_GEOMETRY;
    for (uint64_t i = 0; i < f->n; i++) weir_filter_set(f->words + i, weir_a64_load(from->words + i));
    return WEIR_OK;
}

#ifdef __cplusplus
}
#endif
#endif
