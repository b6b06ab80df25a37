/* 64 bytes as two vectors of 32. Two tables of 16 say what a byte may be by its upper and its lower half. */
#include "slp/reader/reader_p.h"

#ifdef __x86_64__
#include <immintrin.h>

#include "slp/reader/tokens_p.h"

#define FOR_AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,pclmul")))

FOR_AVX2 static inline __m256i load(const char *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }

FOR_AVX2 static inline uint64_t bits(__m256i low, __m256i high) {
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

FOR_AVX2 static inline uint64_t are(const char *p, char c) {
    __m256i v = _mm256_set1_epi8(c);
    return bits(_mm256_cmpeq_epi8(load(p), v), _mm256_cmpeq_epi8(load(p + 32), v));
}

FOR_AVX2 static inline __m256i kinds(__m256i v) {
    const __m256i of_low = _mm256_setr_epi8(SLP_OF_LOW_HALF, SLP_OF_LOW_HALF),
                  of_high = _mm256_setr_epi8(SLP_OF_HIGH_HALF, SLP_OF_HIGH_HALF);
    __m256i high = _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(15));
    return _mm256_and_si256(_mm256_shuffle_epi8(of_low, v), _mm256_shuffle_epi8(of_high, high));
}

FOR_AVX2 static inline slp_sight see(const char *p) {
    const __m256i ends = _mm256_set1_epi8((char)SLP_KIND_ENDS), special = _mm256_set1_epi8(SLP_KIND_SPECIAL),
                  none = _mm256_setzero_si256();
    __m256i a = load(p), b = load(p + 32), x = kinds(a), y = kinds(b), quote = _mm256_set1_epi8('"');
    slp_sight s;
    s.atom =
        bits(_mm256_cmpeq_epi8(_mm256_and_si256(x, ends), none), _mm256_cmpeq_epi8(_mm256_and_si256(y, ends), none));
    s.bracket = bits(_mm256_or_si256(x, _mm256_add_epi8(x, x)), _mm256_or_si256(y, _mm256_add_epi8(y, y)));
    s.quote = bits(_mm256_cmpeq_epi8(a, quote), _mm256_cmpeq_epi8(b, quote));
    s.special = !_mm256_testz_si256(_mm256_or_si256(x, y), special);
    return s;
}

FOR_AVX2 static inline slp_rare see_rare(const char *p) { return (slp_rare){are(p, '\\'), are(p, ';'), are(p, '\n')}; }

FOR_AVX2 static inline uint64_t between(uint64_t quotes) {
    __m128i sums = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)quotes), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(sums);
}

FOR_AVX2 static inline uint32_t copy_32(char *to, const char *p) {
    __m256i v = load(p);
    _mm256_storeu_si256((__m256i *)(void *)to, v);
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\')));
}

static const slp_eyes eyes = {see, see_rare, between, slp_index_put, copy_32};

FOR_AVX2 static void index_blocks(slp_index *x, const char *p, uint32_t at, uint32_t bytes) {
    slp_index_blocks(x, &eyes, p, at, bytes);
}

FOR_AVX2 static bool things(slp_pen *pen, slp_index *x, uint32_t n) { return slp_pen_things(pen, &eyes, x, n); }

bool slp_reader_avx2(slp_assembly *a, const char *text, size_t bytes, bool one) {
    static const slp_passes passes = {index_blocks, things};
    return slp_two_passes(&passes, a, text, bytes, one);
}
#endif
