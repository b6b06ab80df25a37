#include "prims/filter/block.h"

/* The vector forms read a block with one 32-byte load while other threads set bits in it by atomic or. On x86-64 each
 * aligned 64-bit word of such a load is read whole, which is all that is asked of it: bits only appear, and a reader
 * synchronised with an insert finds every word at least as that insert left it. C11 has no word for this, so builds
 * that are watched by a race checker use the portable forms. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WATCHED 1
#endif
#endif
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(WATCHED) && !defined(WEIR_MODEL)
#define HAVE_WIDE 1
#include <immintrin.h>
#else
#define HAVE_WIDE 0
#endif

/* The third round of the hash puts the numbers of lanes 0, 2, 4, 6 in the low half of g from the top down, five bits each,
 * and those of lanes 1, 3, 5, 7 in the high half. Number n is the n-th bit from the top of its lane, so that a shift to the
 * left by n makes it the sign. */
static inline uint64_t spread(uint64_t h) { return h * 0x9e3779b97f4a7c15u; }
static inline uint32_t low(uint64_t g, int j) { return (uint32_t)(g << 5 * j) >> 27; }
static inline uint32_t high(uint64_t g, int j) { return (uint32_t)(g << 5 * j >> 59); }

static inline uint64_t mask(uint64_t g, int j) {
    return 0x80000000u >> low(g, j) | (uint64_t)0x80000000u << 32 >> high(g, j);
}

/* The sign of both lanes of word j. */
static inline uint32_t lanes(const weir_a64 *b, uint64_t g, int j) {
    uint64_t w = weir_a64_load(b + j);
    return (uint32_t)w << low(g, j) & (uint32_t)(w >> 32) << high(g, j);
}

/* No early exit: with the filter as full as it should be, whether a lane answers is a coin toss, and a wrong guess of the
 * processor costs more than the lanes that are left. */
bool weir_filter_block_has(const weir_a64 *b, uint64_t h) {
    uint64_t g = spread(h);
    return (lanes(b, g, 0) & lanes(b, g, 1) & lanes(b, g, 2) & lanes(b, g, 3)) >> 31;
}

void weir_filter_block_add(weir_a64 *b, uint64_t h) {
    uint64_t g = spread(h);
    for (int j = 0; j < 4; j++) weir_filter_set(b + j, mask(g, j));
}

void weir_filter_block_add_sp(weir_a64 *b, uint64_t h) {
    uint64_t g = spread(h);
    for (int j = 0; j < 4; j++) weir_filter_set_sp(b + j, mask(g, j));
}

#if HAVE_WIDE
#define WIDE __attribute__((target("avx2")))

static WIDE WEIR_ALWAYS_INLINE __m256i numbers(uint64_t h) {
    __m256i shift = _mm256_setr_epi32(0, 0, 5, 5, 10, 10, 15, 15);
    return _mm256_srli_epi32(_mm256_sllv_epi32(_mm256_set1_epi64x((long long)spread(h)), shift), 27);
}

static WIDE WEIR_ALWAYS_INLINE __m256i load(const weir_a64 *b) {
    return _mm256_load_si256((const __m256i *)(const void *)b);
}

static WIDE WEIR_ALWAYS_INLINE __m256i mask_wide(__m256i n) { return _mm256_srlv_epi32(_mm256_set1_epi32(INT32_MIN), n); }

static WIDE WEIR_ALWAYS_INLINE bool has_wide(const weir_a64 *b, __m256i n) {
    return _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_sllv_epi32(load(b), n))) == 255;
}

static WIDE WEIR_ALWAYS_INLINE void add_wide(weir_a64 *b, __m256i n) {
    if (has_wide(b, n)) return;
    __m256i m = mask_wide(n);
    weir_filter_set(b, (uint64_t)_mm256_extract_epi64(m, 0));
    weir_filter_set(b + 1, (uint64_t)_mm256_extract_epi64(m, 1));
    weir_filter_set(b + 2, (uint64_t)_mm256_extract_epi64(m, 2));
    weir_filter_set(b + 3, (uint64_t)_mm256_extract_epi64(m, 3));
}

WIDE bool weir_filter_block_has_wide(const weir_a64 *b, uint64_t h) { return has_wide(b, numbers(h)); }

WIDE void weir_filter_block_add_wide(weir_a64 *b, uint64_t h) { add_wide(b, numbers(h)); }

WIDE void weir_filter_block_add_sp_wide(weir_a64 *b, uint64_t h) {
    _mm256_store_si256((__m256i *)(void *)b, _mm256_or_si256(load(b), mask_wide(numbers(h))));
}

static WIDE void insert_n_wide(weir_filter_block *f, const uint64_t *ids, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint64_t h = weir_filter_hash(ids[i], f->seed);
        add_wide(weir_filter_block_at(f, h), numbers(h));
    }
}

static WIDE size_t may_contain_n_wide(const weir_filter_block *f, const uint64_t *ids, size_t n, bool *maybe) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t h = weir_filter_hash(ids[i], f->seed);
        count += maybe[i] = has_wide(weir_filter_block_at(f, h), numbers(h));
    }
    return count;
}

static bool can_be_wide(void) { return __builtin_cpu_supports("avx2"); }

#else /* the same names, so that the header needs to know nothing; f->wide is never set */

bool weir_filter_block_has_wide(const weir_a64 *b, uint64_t h) { return weir_filter_block_has(b, h); }
void weir_filter_block_add_wide(weir_a64 *b, uint64_t h) { weir_filter_block_add(b, h); }
void weir_filter_block_add_sp_wide(weir_a64 *b, uint64_t h) { weir_filter_block_add_sp(b, h); }
static bool can_be_wide(void) { return false; }
#define insert_n_wide weir_filter_block_insert_n
#define may_contain_n_wide weir_filter_block_may_contain_n

#endif

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

void weir_filter_block_insert_n(weir_filter_block *f, const uint64_t *ids, size_t n) {
    if (f->wide) insert_n_wide(f, ids, n);
    else
        for (size_t i = 0; i < n; i++) weir_filter_block_insert(f, ids[i]);
}

size_t weir_filter_block_may_contain_n(const weir_filter_block *f, const uint64_t *ids, size_t n, bool *maybe) {
    if (f->wide) return may_contain_n_wide(f, ids, n, maybe);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) count += maybe[i] = weir_filter_block_may_contain(f, ids[i]);
    return count;
}

weir_status weir_filter_block_subsume(weir_filter_block *f, const weir_filter_block *from) {
    if (f->blocks != from->blocks || f->seed != from->seed) return WEIR_BAD_GEOMETRY;
    for (uint64_t i = 0; i < 4 * f->blocks; i++) weir_filter_set(f->words + i, weir_a64_load(from->words + i));
    return WEIR_OK;
}

void weir_filter_block_clear(weir_filter_block *f) { memset(f->words, 0, f->blocks * 32); }
