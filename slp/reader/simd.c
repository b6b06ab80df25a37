/* The ends of strings and atoms are looked for in 16 bytes at a time, with SSE2, which every x86-64 has; other
 * processors get the scalar reader. An atom's first 16 bytes are also its two words, once what lies behind it is masked off.
 * Nothing is read behind the end of the text. */
#include "slp/reader/reader_p.h"

#ifdef __SSE2__
#include <emmintrin.h>

SLP_INLINE __m128i is(__m128i v, char c) { return _mm_cmpeq_epi8(v, _mm_set1_epi8(c)); }

/* Bit i: byte i is \t \n \v \f \r or a space. Unsigned comparison as saturation: v - 9 > 4 leaves something. */
SLP_INLINE unsigned blanks(__m128i v) {
    __m128i controls =
        _mm_cmpeq_epi8(_mm_subs_epu8(_mm_sub_epi8(v, _mm_set1_epi8(9)), _mm_set1_epi8(4)), _mm_setzero_si128());
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(controls, is(v, ' ')));
}

/* Bit i: byte i ends an atom. ( ) differ in bit 0; [ ] { } are 5b 5d 7b 7d. */
SLP_INLINE unsigned ends(__m128i v) {
    __m128i folded = _mm_and_si128(v, _mm_set1_epi8((char)0xdf));
    __m128i square = _mm_or_si128(is(folded, 0x5b), is(folded, 0x5d));
    __m128i round = is(_mm_and_si128(v, _mm_set1_epi8((char)0xfe)), 0x28);
    __m128i other = _mm_or_si128(is(v, '"'), is(v, ';'));
    return blanks(v) | (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(square, round), other));
}

SLP_INLINE __m128i load(const char *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }

/* What is left of the text, less than 16 bytes, with zeros behind it. */
SLP_INLINE __m128i load_rest(const char *p, const char *end) {
    uint32_t left = (uint32_t)(end - p);
    uint64_t low = slp_load_up_to_8(p, left < 8 ? left : 8), high = 0;
    if (left > 8) high = slp_load_up_to_8(end - 8, 8) >> 8 * (16 - left);
    return _mm_set_epi64x((long long)high, (long long)low);
}

SLP_INLINE const char *blank(const char *p, const char *end) {
    if (p < end && slp_byte_class[(unsigned char)*p] != SLP_BLANK) return p; /* one blank between things is the rule */
    for (; end - p >= 16; p += 16) {
        unsigned other = ~blanks(load(p)) & 0xffff;
        if (other) return p + __builtin_ctz(other);
    }
    while (p < end && slp_byte_class[(unsigned char)*p] == SLP_BLANK) p++;
    return p;
}

SLP_INLINE unsigned string_stops(__m128i v) {
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(is(v, '"'), is(v, '\\')));
}

SLP_INLINE const char *string(const char *p, const char *end) {
    for (; end - p >= 16; p += 16) {
        unsigned stop = string_stops(load(p));
        if (stop) return p + __builtin_ctz(stop);
    }
    return p + __builtin_ctz(string_stops(load_rest(p, end)) | 1u << (end - p));
}

SLP_INLINE uint64_t first_bytes(uint64_t word, unsigned n) {
    return n >= 8 ? word : word & (((uint64_t)1 << 8 * n) - 1);
}

SLP_INLINE const char *first_16(__m128i v, unsigned stop, const char *p, uint64_t word[2]) {
    unsigned n = stop ? (unsigned)__builtin_ctz(stop) : 16;
    word[0] = first_bytes((uint64_t)_mm_cvtsi128_si64(v), n);
    word[1] = n > 8 ? first_bytes((uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(v, v)), n - 8) : 0;
    return p + n;
}

SLP_INLINE const char *atom(const char *p, const char *end, uint64_t word[2]) {
    const char *q = p;
    for (; end - q >= 16; q += 16) {
        __m128i v = load(q);
        unsigned stop = ends(v);
        if (q == p) first_16(v, stop, p, word);
        if (stop) return q + __builtin_ctz(stop);
    }
    __m128i v = load_rest(q, end);
    unsigned stop = ends(v) | 1u << (end - q);
    if (q == p) first_16(v, stop, p, word);
    return q + __builtin_ctz(stop);
}

static const slp_scan scan = {blank, string, atom};

slp_place slp_reader_simd_read(slp_assembly *a, const char *text, size_t bytes, bool one) {
    return slp_core_read(a, &scan, text, bytes, one);
}
#else
slp_place slp_reader_simd_read(slp_assembly *a, const char *text, size_t bytes, bool one) {
    return slp_reader_scalar_read(a, text, bytes, one);
}
#endif
