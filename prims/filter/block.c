#include "prims/filter/block.h"
#include "prims/filter/block_p.h"

/* The vector forms read a block with loads wider than a word while other threads set bits in it by atomic or. x86-64
 * reads each aligned 64-bit word of such a load whole, which is all that is asked of it: bits only appear, and a reader
 * synchronised with an insert finds every word at least as that insert left it. C11 cannot say this, so builds watched
 * by a race checker go word by word. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WATCHED 1
#endif
#endif
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(WATCHED) && !defined(WEIR_MODEL)
#define HAVE_VECTORS 1
#include "prims/filter/block_x86_p.h"
#else
#define HAVE_VECTORS 0
#endif

/* ---- word by word: any machine */

/* Two lanes of a word. Number n is the n-th bit from the top of its lane. */
static inline uint64_t pair(uint32_t h, uint32_t low_salt, uint32_t high_salt) {
    return 0x80000000u >> (h * low_salt >> 27) | (uint64_t)1 << 63 >> (h * high_salt >> 27);
}

typedef struct masks {
    uint64_t word[4];
} masks;

static inline masks masks_of(uint32_t h) {
    return (masks){{pair(h, SALT0, SALT1), pair(h, SALT2, SALT3), pair(h, SALT4, SALT5), pair(h, SALT6, SALT7)}};
}

/* No early exit: with the filter as full as it should be, whether a lane answers is a coin toss, and a wrong guess of
 * the processor costs more than the lanes that are left. */
static inline bool has_masks(const weir_a64 *b, const masks *m) {
    uint64_t missing = 0;
    for (int i = 0; i < 4; i++) missing |= m->word[i] & ~weir_a64_load(b + i);
    return missing == 0;
}

bool weir_filter_block_has_words(const weir_a64 *b, uint32_t h) {
    masks m = masks_of(h);
    return has_masks(b, &m);
}

/* All four words or none: they share a cache line, so that skipping one of them would save no traffic, and which one
 * could be skipped is another coin toss. */
void weir_filter_block_add(weir_a64 *b, uint32_t h) {
    masks m = masks_of(h);
    if (has_masks(b, &m)) return;
    for (int i = 0; i < 4; i++) weir_a64_or(b + i, m.word[i]);
}

void weir_filter_block_add_sp(weir_a64 *b, uint32_t h) {
    masks m = masks_of(h);
    for (int i = 0; i < 4; i++) weir_filter_set_sp(b + i, m.word[i]);
}

/* ---- in vectors; elsewhere the same names, so that the header needs to know nothing */
#if HAVE_VECTORS

static bool can_be_wide(void) { return __builtin_cpu_supports("avx2"); }
bool weir_filter_block_has(const weir_a64 *b, uint32_t h) { return has_narrow(b, h); }
WIDE bool weir_filter_block_has_wide(const weir_a64 *b, uint32_t h) { return has_wide(b, numbers_wide(h)); }
WIDE void weir_filter_block_add_wide(weir_a64 *b, uint32_t h) { add_wide(b, numbers_wide(h)); }

WIDE void weir_filter_block_add_sp_wide(weir_a64 *b, uint32_t h) {
    _mm256_store_si256((__m256i *)(void *)b, _mm256_or_si256(load_wide(b), mask_wide(numbers_wide(h))));
}

#else

static bool can_be_wide(void) { return false; }
bool weir_filter_block_has(const weir_a64 *b, uint32_t h) { return weir_filter_block_has_words(b, h); }
bool weir_filter_block_has_wide(const weir_a64 *b, uint32_t h) { return weir_filter_block_has_words(b, h); }
void weir_filter_block_add_wide(weir_a64 *b, uint32_t h) { weir_filter_block_add(b, h); }
void weir_filter_block_add_sp_wide(weir_a64 *b, uint32_t h) { weir_filter_block_add_sp(b, h); }

#endif

/* ---- the whole filter */

size_t weir_filter_block_bytes(uint64_t keys, unsigned bits_per_key) {
    return (size_t)(weir_filter_bits(keys, bits_per_key) / 8);
}

weir_status weir_filter_block_init(weir_filter_block *f, uint64_t keys, unsigned bits_per_key, uint64_t seed,
                                   void *block) {
    weir_status bad = weir_filter_check(f, keys, bits_per_key, block);
    if (bad) return bad;
    f->words = block;
    f->blocks = weir_filter_bits(keys, bits_per_key) / 256;
    f->seed = weir_filter_seed(seed);
    f->wide = can_be_wide();
    weir_filter_block_clear(f);
    return WEIR_OK;
}

weir_status weir_filter_block_subsume(weir_filter_block *f, const weir_filter_block *from) {
    if (f->blocks != from->blocks || f->seed != from->seed) return WEIR_BAD_GEOMETRY;
    for (uint64_t i = 0; i < 4 * f->blocks; i++) weir_filter_set(f->words + i, weir_a64_load(from->words + i));
    return WEIR_OK;
}

void weir_filter_block_clear(weir_filter_block *f) { memset(f->words, 0, f->blocks * 32); }
