/* One pass over the text, one branch on the first byte of each thing. */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "slp/number_p.h"
#include "slp/reader/reader_p.h"

SLP_INLINE const char *blank_end(const char *p, const char *end) {
    while (p < end && slp_byte_class[(unsigned char)*p] == SLP_BLANK) p++;
    return p;
}

/* Sixteen bytes at once, where there are so many: a bit for each that is looked for. The loops behind them finish, or do it all. */
#ifdef __SSE2__
SLP_INLINE __m128i sixteen(const char *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }
SLP_INLINE __m128i are(__m128i some, char c) { return _mm_cmpeq_epi8(some, _mm_set1_epi8(c)); }
SLP_INLINE __m128i either(__m128i a, __m128i b) { return _mm_or_si128(a, b); }
SLP_INLINE unsigned bits(__m128i of) { return (unsigned)_mm_movemask_epi8(of); }

SLP_INLINE unsigned end_strings(const char *p) { return bits(either(are(sixteen(p), '"'), are(sixteen(p), '\\'))); }

/* As slp_ends_atom: \t to \r and the blank, ( and ), which differ in one bit, [ and {, ] and }, which do in another, " and ;. */
SLP_INLINE unsigned end_atoms(const char *p) {
    __m128i some = sixteen(p), since = _mm_sub_epi8(some, _mm_set1_epi8('\t'));
    __m128i blanks = either(_mm_cmpeq_epi8(_mm_min_epu8(since, _mm_set1_epi8('\r' - '\t')), since), are(some, ' '));
    __m128i curly = either(some, _mm_set1_epi8('{' ^ '['));
    __m128i brackets =
        either(either(are(curly, '{'), are(curly, '}')), are(either(some, _mm_set1_epi8('(' ^ ')')), ')'));
    return bits(either(either(blanks, brackets), either(are(some, '"'), are(some, ';'))));
}
#endif

/* The first " or \. */
SLP_INLINE const char *string_end(const char *p, const char *end) {
#ifdef __SSE2__
    for (unsigned stops; end - p >= 16; p += 16)
        if ((stops = end_strings(p))) return p + __builtin_ctz(stops);
#endif
    while (p < end && *p != '"' && *p != '\\') p++;
    return p;
}

SLP_INLINE const char *atom_end(const char *p, const char *end) {
#ifdef __SSE2__
    for (unsigned stops; end - p >= 16; p += 16)
        if ((stops = end_atoms(p))) return p + __builtin_ctz(stops);
#endif
    while (p < end && !slp_ends_atom[(unsigned char)*p]) p++;
    return p;
}

/* p is just after the ". */
SLP_INLINE weir_slp_class string(slp_assembly *a, const char **p, const char *end, uint32_t tag, const char **wrong) {
    const char *begin = *p, *stop = string_end(begin, end);
    uint32_t at = a->used;
    if (stop == end) return WEIR_SLP_UNCLOSED;
    if (*stop == '"') {
        uint32_t bytes = (uint32_t)(stop - begin), units = slp_text_units(bytes);
        weir_slp_class bad = slp_room(a, units);
        if (bad) return bad;
        a->unit[at] = bytes;
        if (bytes <= 32 && end - begin >= 32) memcpy(a->unit + at + 1, begin, 32);
        else memcpy(a->unit + at + 1, begin, bytes);
        if (bytes % 4) a->unit[at + units - 1] &= UINT32_MAX >> (32 - bytes % 4 * 8); /* the padding is zero */
        a->used += units;
        *p = stop + 1;
    } else {
        const char *next = begin, *where = begin; /* so that the caller's need not be in memory */
        weir_slp_class bad = slp_read_escaped(a, &next, end, &where);
        *p = next, *wrong = where;
        if (bad) return bad;
    }
    if (a->unit[at] == 0) a->used = at, at = 0; /* an empty one needs no record */
    return slp_value(a, slp_cell(at, tag));
}

SLP_INLINE weir_slp_class symbol(slp_assembly *a, const char **p, const char *end, uint32_t tag) {
    const char *begin = *p;
    *p = atom_end(begin, end);
    size_t bytes = (size_t)(*p - begin);
    if (bytes > a->limits.symbol_bytes) return slp_beyond(a, WEIR_SLP_LENGTH, a->limits.symbol_bytes);
    weir_slp_class bad = slp_room_names(a, 1);
    return bad ? bad : slp_value(a, slp_cell(slp_intern(a, begin, (uint32_t)bytes), tag));
}

/* Digits begin with a sign perhaps; most numbers are short integers. */
SLP_INLINE weir_slp_class number(slp_assembly *a, const char **p, const char *end) {
    const char *q = *p + (**p == '-'), *first = q;
    int64_t i = 0;
    if (end - q >= 8) {
        uint64_t some = 0;
        q += slp_digits_of_8(q, &some);
        i = (int64_t)some;
    }
    if (q == first + 8 || end - q < 8)
        while (q < end && q - first < 18 && (unsigned char)(*q - '0') <= 9) i = i * 10 + (*q++ - '0');
    if (q > first && (q == end || slp_ends_atom[(unsigned char)*q])) {
        if (**p == '-') i = -i;
        *p = q;
        if (slp_is_small(i)) return slp_value(a, slp_cell((uint32_t)i, WEIR_SLP_TAG_SMALL));
        weir_slp_class bad = slp_room(a, 2);
        return bad ? bad : slp_value(a, slp_record_64(a, &i, WEIR_SLP_TAG_INTEGER));
    }
    const char *stop = atom_end(*p, end);
    slp_number n;
    if (q == first && !slp_number_begins(*p, stop)) return symbol(a, p, end, WEIR_SLP_TAG_SYMBOL);
    if ((size_t)(stop - *p) > a->limits.symbol_bytes) return slp_beyond(a, WEIR_SLP_LENGTH, a->limits.symbol_bytes);
    if (!slp_number_read(*p, stop, &n)) return n.nomem ? WEIR_SLP_NOMEM : WEIR_SLP_NUMBER;
    *p = stop;
    weir_slp_class bad = slp_room(a, 2);
    if (bad) return bad;
    return slp_value(a, n.real ? slp_record_64(a, &n.d, WEIR_SLP_TAG_REAL) : slp_record_integer(a, n.i));
}

/* ( ) are 28 29, [ ] 5b 5d, { } 7b 7d. */
SLP_INLINE uint32_t bracket(char c) { return WEIR_SLP_TAG_LIST - 1 + ((unsigned char)c >> 5); }

/* A closer meets a quote that waits, nothing open, or another kind. What holds the outermost values has no bracket's tag. */
SLP_INLINE slp_place close_list(slp_assembly *a, const char *text, const char *p) {
    const slp_frame *f = &a->frame[a->depth];
    if (f->tag == bracket(*p)) return (slp_place){slp_leave(a), p};
    if (f->tag == WEIR_SLP_TAG_QUOTE) return (slp_place){WEIR_SLP_OPERAND, text + f->offset};
    return (slp_place){WEIR_SLP_STRAY, p};
}

SLP_INLINE slp_place at_end(const slp_assembly *a, const char *text, const char *end) {
    const slp_frame *f = &a->frame[a->depth];
    if (a->depth)
        return (slp_place){f->tag == WEIR_SLP_TAG_QUOTE ? WEIR_SLP_OPERAND : WEIR_SLP_UNCLOSED, text + f->offset};
    return (slp_place){a->cells ? WEIR_SLP_OK : WEIR_SLP_EMPTY, end};
}

/* Reads all forms, or the first when `one` and refuses a second. The assembly has begun; its cells are the forms. */
slp_place slp_reader_scalar_read(slp_assembly *a, const char *text, size_t bytes, bool one) {
    const char *p = text, *end = text + bytes;
    while (p < end) {
        const char *here = p, *wrong = p;
        slp_byte begins = (slp_byte)slp_byte_class[(unsigned char)*p];
        weir_slp_class bad = WEIR_SLP_OK;
        if (begins == SLP_BLANK) {
            p = blank_end(p + 1, end);
            continue;
        }
        if (one && a->depth == 0 && a->cells && begins != SLP_COMMENT) return (slp_place){WEIR_SLP_SURPLUS, p};
        switch (begins) {
        case SLP_SYMBOL: bad = symbol(a, &p, end, WEIR_SLP_TAG_SYMBOL); break;
        case SLP_NUMBER: bad = number(a, &p, end); break;
        case SLP_STRING: p++, bad = string(a, &p, end, WEIR_SLP_TAG_STRING, &wrong); break;
        case SLP_OPEN: bad = slp_enter(a, bracket(*p), (size_t)(p - text)), p++; break;
        case SLP_CLOSE: {
            slp_place closed = close_list(a, text, p);
            if (closed.what) return closed;
            p++;
            break;
        }
        case SLP_COMMENT:
            p = (const char *)memchr(p, '\n', (size_t)(end - p));
            if (!p) p = end;
            break;
        case SLP_QUOTE: bad = slp_enter(a, WEIR_SLP_TAG_QUOTE, (size_t)(p - text)), p++; break;
        case SLP_ERROR:
            if (p + 1 == end || p[1] != '"') return (slp_place){WEIR_SLP_OPERAND, p};
            p += 2, bad = string(a, &p, end, WEIR_SLP_TAG_ERROR, &wrong);
            break;
        default: /* a $ alone is a symbol */
            if (p + 1 == end || slp_ends_atom[(unsigned char)p[1]]) bad = symbol(a, &p, end, WEIR_SLP_TAG_SYMBOL);
            else p++, bad = symbol(a, &p, end, WEIR_SLP_TAG_VARIABLE);
        }
        if (bad) return (slp_place){bad, bad == WEIR_SLP_ESCAPE ? wrong : here};
    }
    return at_end(a, text, end);
}
