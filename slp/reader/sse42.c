/* 64 bytes as four vectors of 16. Two tables of 16 say what a byte may be by its upper and its lower half. */
#include "slp/reader/reader_p.h"

#ifdef __x86_64__
#include <immintrin.h>

#include "slp/reader/tokens_p.h"

#define FOR_SSE42 __attribute__((target("sse4.2,popcnt,pclmul")))

FOR_SSE42 static inline __m128i load(const char *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }

FOR_SSE42 static inline uint64_t bits(__m128i v) { return (uint32_t)_mm_movemask_epi8(v); }

FOR_SSE42 static inline uint64_t are(const char *p, char c) {
    uint64_t all = 0;
    for (unsigned i = 0; i < 64; i += 16) all |= bits(_mm_cmpeq_epi8(load(p + i), _mm_set1_epi8(c))) << i;
    return all;
}

FOR_SSE42 static inline __m128i kinds(__m128i v) {
    __m128i high = _mm_and_si128(_mm_srli_epi16(v, 4), _mm_set1_epi8(15));
    return _mm_and_si128(_mm_shuffle_epi8(_mm_setr_epi8(SLP_OF_LOW_HALF), v),
                         _mm_shuffle_epi8(_mm_setr_epi8(SLP_OF_HIGH_HALF), high));
}

FOR_SSE42 static inline slp_sight see(const char *p) {
    const __m128i ends = _mm_set1_epi8((char)SLP_KIND_ENDS), none = _mm_setzero_si128(), quote = _mm_set1_epi8('"');
    slp_sight s = {0, 0, 0, false};
    __m128i all = none;
    for (unsigned i = 0; i < 64; i += 16) {
        __m128i v = load(p + i), x = kinds(v);
        s.atom |= bits(_mm_cmpeq_epi8(_mm_and_si128(x, ends), none)) << i;
        s.bracket |= bits(_mm_or_si128(x, _mm_add_epi8(x, x))) << i;
        s.quote |= bits(_mm_cmpeq_epi8(v, quote)) << i;
        all = _mm_or_si128(all, x);
    }
    s.special = !_mm_testz_si128(all, _mm_set1_epi8(SLP_KIND_SPECIAL));
    return s;
}

FOR_SSE42 static inline slp_rare see_rare(const char *p) { return (slp_rare){are(p, '\\'), are(p, ';'), are(p, '\n')}; }

FOR_SSE42 static inline uint64_t between(uint64_t quotes) {
    __m128i sums = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)quotes), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(sums);
}

FOR_SSE42 static inline uint32_t copy_16(char *to, const char *p) {
    __m128i v = load(p);
    _mm_storeu_si128((__m128i *)(void *)to, v);
    return (uint32_t)bits(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
}

FOR_SSE42 static inline uint32_t copy_32(char *to, const char *p) {
    return copy_16(to, p) | copy_16(to + 16, p + 16) << 16;
}

static const slp_eyes eyes = {see, see_rare, between, slp_index_put, copy_32};

FOR_SSE42 static void index_blocks(slp_index *x, const char *p, uint32_t at, uint32_t bytes) {
    slp_index_blocks(x, &eyes, p, at, bytes);
}

FOR_SSE42 static bool things(slp_pen *pen, slp_index *x, uint32_t n) { return slp_pen_things(pen, &eyes, x, n); }

bool slp_reader_sse42(slp_assembly *a, const char *text, size_t bytes, bool one) {
    static const slp_passes passes = {index_blocks, things};
    return slp_two_passes(&passes, a, text, bytes, one);
}
#endif
