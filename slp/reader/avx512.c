/* 64 bytes as one vector. Two tables of 16 say what a byte may be by its upper and its lower half. */
#include "slp/reader/reader_p.h"

#ifdef __x86_64__
#include <immintrin.h>

#include "slp/reader/tokens_p.h"

#define FOR_AVX512 \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi,bmi2,lzcnt,popcnt,pclmul")))

FOR_AVX512 static inline __m512i load(const char *p) { return _mm512_loadu_si512((const void *)p); }

FOR_AVX512 static inline uint64_t are(const char *p, char c) {
    return _mm512_cmpeq_epi8_mask(load(p), _mm512_set1_epi8(c));
}

FOR_AVX512 static inline __m512i kinds(__m512i v) {
    const __m512i of_low = _mm512_broadcast_i32x4(_mm_setr_epi8(SLP_OF_LOW_HALF)),
                  of_high = _mm512_broadcast_i32x4(_mm_setr_epi8(SLP_OF_HIGH_HALF));
    __m512i high = _mm512_and_si512(_mm512_srli_epi16(v, 4), _mm512_set1_epi8(15));
    return _mm512_and_si512(_mm512_shuffle_epi8(of_low, v), _mm512_shuffle_epi8(of_high, high));
}

FOR_AVX512 static inline slp_sight see(const char *p) {
    __m512i x = kinds(load(p));
    slp_sight s;
    s.atom = _mm512_testn_epi8_mask(x, _mm512_set1_epi8((char)SLP_KIND_ENDS));
    s.bracket = _mm512_test_epi8_mask(x, _mm512_set1_epi8((char)(SLP_KIND_ROUND | SLP_KIND_SQUARE)));
    s.quote = _mm512_test_epi8_mask(x, _mm512_set1_epi8(SLP_KIND_QUOTE));
    s.special = _mm512_test_epi8_mask(x, _mm512_set1_epi8(SLP_KIND_SPECIAL)) != 0;
    return s;
}

FOR_AVX512 static inline slp_rare see_rare(const char *p) {
    return (slp_rare){are(p, '\\'), are(p, ';'), are(p, '\n')};
}

FOR_AVX512 static inline uint64_t between(uint64_t quotes) {
    __m128i sums = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)quotes), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(sums);
}

FOR_AVX512 static inline uint32_t copy_32(char *to, const char *p) {
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
    _mm256_storeu_si256((__m256i *)(void *)to, v);
    return _mm256_cmpeq_epi8_mask(v, _mm256_set1_epi8('\\'));
}

FOR_AVX512 static inline void put_16(uint32_t *to, __m512i base, __m128i places) {
    _mm512_storeu_si512(to, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(places)));
}

FOR_AVX512 static inline uint32_t put(uint32_t *to, uint32_t at, uint64_t bits) {
    const __m512i all =
        _mm512_set_epi8(63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40,
                        39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,
                        15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    __m512i places = _mm512_maskz_compress_epi8(bits, all), base = _mm512_set1_epi32((int)at);
    uint32_t n = (uint32_t)__builtin_popcountll(bits);
    put_16(to, base, _mm512_castsi512_si128(places));
    if (slp_rarely(n > 16)) {
        put_16(to + 16, base, _mm512_extracti32x4_epi32(places, 1));
        if (n > 32) {
            put_16(to + 32, base, _mm512_extracti32x4_epi32(places, 2));
            put_16(to + 48, base, _mm512_extracti32x4_epi32(places, 3));
        }
    }
    return n;
}

static const slp_eyes eyes = {see, see_rare, between, put, copy_32};

FOR_AVX512 static void index_blocks(slp_index *x, const char *p, uint32_t at, uint32_t bytes) {
    slp_index_blocks(x, &eyes, p, at, bytes);
}

FOR_AVX512 static bool things(slp_pen *pen, slp_index *x, uint32_t n) { return slp_pen_things(pen, &eyes, x, n); }

bool slp_reader_avx512(slp_assembly *a, const char *text, size_t bytes, bool one) {
    static const slp_passes passes = {index_blocks, things};
    return slp_two_passes(&passes, a, text, bytes, one);
}
#endif
