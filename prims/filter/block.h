/* filter.block - split block: the hash chooses one block of 256 bits, half a cache line, and one bit in each of its
 * eight 32-bit lanes. A query is one load and one test with AVX2, and has no branch anywhere. Contract: prims/filter.h.
 *
 *     block   | lane 0 | lane 1 | ... | lane 7 |      lane 2j is the low half of word j, lane 2j+1 the high half
 *     the bit in lane i is the n-th from its top, n the top five bits of (low half of the hash * salt i)
 */
#ifndef WEIR_PRIMS_FILTER_BLOCK_H
#define WEIR_PRIMS_FILTER_BLOCK_H

#include "../filter_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_filter_block {
    weir_a64 *words; /* four a block */
    uint64_t blocks, seed;
    bool wide; /* this processor, and this build, can use the _wide forms: same bits, same answers */
} weir_filter_block;

size_t weir_filter_block_bytes(uint64_t keys, unsigned bits_per_key);
weir_status weir_filter_block_init(weir_filter_block *f, uint64_t keys, unsigned bits_per_key, uint64_t seed,
                                   void *block);
weir_status weir_filter_block_subsume(weir_filter_block *f, const weir_filter_block *from);
void weir_filter_block_clear(weir_filter_block *f);

/* One block and the low half of a hash, in words of 64 bits; _wide in one register of 256 bits; _has in two of 128 bits
 * where there are such. All read and write the same bits. */
bool weir_filter_block_has_words(const weir_a64 *b, uint32_t h);
bool weir_filter_block_has(const weir_a64 *b, uint32_t h);
bool weir_filter_block_has_wide(const weir_a64 *b, uint32_t h);
void weir_filter_block_add(weir_a64 *b, uint32_t h);
void weir_filter_block_add_wide(weir_a64 *b, uint32_t h);
void weir_filter_block_add_sp(weir_a64 *b, uint32_t h);
void weir_filter_block_add_sp_wide(weir_a64 *b, uint32_t h);

static inline weir_a64 *weir_filter_block_at(const weir_filter_block *f, uint64_t hash) {
    return f->words + 4 * weir_filter_pick((uint32_t)(hash >> 32), f->blocks);
}

static inline void weir_filter_block_insert(weir_filter_block *f, uint64_t id) {
    uint64_t h = weir_filter_hash(id, f->seed);
    weir_a64 *b = weir_filter_block_at(f, h);
    if (WEIR_LIKELY(f->wide)) weir_filter_block_add_wide(b, (uint32_t)h);
    else weir_filter_block_add(b, (uint32_t)h);
}

static inline void weir_filter_block_insert_sp(weir_filter_block *f, uint64_t id) {
    uint64_t h = weir_filter_hash(id, f->seed);
    weir_a64 *b = weir_filter_block_at(f, h);
    if (WEIR_LIKELY(f->wide)) weir_filter_block_add_sp_wide(b, (uint32_t)h);
    else weir_filter_block_add_sp(b, (uint32_t)h);
}

static inline bool weir_filter_block_may_contain(const weir_filter_block *f, uint64_t id) {
    uint64_t h = weir_filter_hash(id, f->seed);
    const weir_a64 *b = weir_filter_block_at(f, h);
    return WEIR_LIKELY(f->wide) ? weir_filter_block_has_wide(b, (uint32_t)h) : weir_filter_block_has(b, (uint32_t)h);
}

static inline weir_status weir_filter_block_remove(weir_filter_block *f, uint64_t id) {
    (void)f;
    (void)id;
    return WEIR_NOTSUP;
}

#ifdef __cplusplus
}
#endif
#endif
