/* filter.block in vector registers: 128 bits, which every x86-64 has, and 256 bits where cpuid tells of AVX2. Same bits
 * and same answers as the words of block.c. Private to filter.block. */
#ifndef WEIR_PRIMS_FILTER_BLOCK_X86_P_H
#define WEIR_PRIMS_FILTER_BLOCK_X86_P_H

#include <immintrin.h>

#include "prims/filter/block.h"
#include "prims/filter/block_p.h"

#define WIDE __attribute__((target("avx2")))

static WIDE WEIR_ALWAYS_INLINE __m256i load_wide(const weir_a64 *b) {
    return _mm256_load_si256((const __m256i *)(const void *)b);
}

/* The number of the bit in each lane. */
static WIDE WEIR_ALWAYS_INLINE __m256i numbers_wide(uint32_t h) {
    const __m256i salt = _mm256_setr_epi32((int)SALT0, (int)SALT1, (int)SALT2, (int)SALT3, (int)SALT4, (int)SALT5,
                                           (int)SALT6, (int)SALT7);
    return _mm256_srli_epi32(_mm256_mullo_epi32(_mm256_set1_epi32((int)h), salt), 27);
}

static WIDE WEIR_ALWAYS_INLINE __m256i mask_wide(__m256i n) {
    return _mm256_srlv_epi32(_mm256_set1_epi32(INT32_MIN), n);
}

/* Makes each bit the sign of its lane and gathers the signs. */
static WIDE WEIR_ALWAYS_INLINE bool has_wide(const weir_a64 *b, __m256i n) {
    return _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_sllv_epi32(load_wide(b), n))) == 255;
}

static WIDE WEIR_ALWAYS_INLINE void add_wide(weir_a64 *b, __m256i n) {
    if (has_wide(b, n)) return;
    __m256i m = mask_wide(n);
    weir_a64_or(b, (uint64_t)_mm256_extract_epi64(m, 0));
    weir_a64_or(b + 1, (uint64_t)_mm256_extract_epi64(m, 1));
    weir_a64_or(b + 2, (uint64_t)_mm256_extract_epi64(m, 2));
    weir_a64_or(b + 3, (uint64_t)_mm256_extract_epi64(m, 3));
}

/* SSE2 multiplies every second lane only and shifts all lanes by one number. So the products of even and odd lanes are
 * joined, and 2^(31-n) is made as a float and converted. n = 0 overflows, to the integer that has only the sign: the
 * one wanted. */
static inline __m128i bits_narrow(uint32_t h, uint32_t salt0, uint32_t salt1, uint32_t salt2, uint32_t salt3) {
    __m128i all = _mm_set1_epi32((int)h), five = _mm_set1_epi64x((long long)0xf8000000u);
    __m128i even = _mm_and_si128(_mm_mul_epu32(all, _mm_setr_epi32((int)salt0, 0, (int)salt2, 0)), five);
    __m128i odd = _mm_and_si128(_mm_mul_epu32(all, _mm_setr_epi32((int)salt1, 0, (int)salt3, 0)), five);
    __m128i n = _mm_or_si128(_mm_srli_epi64(even, 4), _mm_slli_epi64(odd, 28)); /* times 2^23, where a float keeps it */
    return _mm_cvttps_epi32(_mm_castsi128_ps(_mm_sub_epi32(_mm_set1_epi32((127 + 31) << 23), n)));
}

static inline bool has_narrow(const weir_a64 *b, uint32_t h) {
    const __m128i *p = (const __m128i *)(const void *)b;
    __m128i first = bits_narrow(h, SALT0, SALT1, SALT2, SALT3), second = bits_narrow(h, SALT4, SALT5, SALT6, SALT7);
    first = _mm_andnot_si128(_mm_load_si128(p), first); /* what is missing */
    second = _mm_andnot_si128(_mm_load_si128(p + 1), second);
    return _mm_movemask_epi8(_mm_cmpeq_epi32(_mm_or_si128(first, second), _mm_setzero_si128())) == 0xffff;
}

#endif
