/* core - the reader, but for how it looks for the ends of things: that is what its variants differ in.
 *
 * One pass over the text, one branch on the first byte of each thing. `scan` is a constant at each call, so its functions
 * are inlined. */
#ifndef WEIR_SLP_READER_CORE_P_H
#define WEIR_SLP_READER_CORE_P_H

#include "slp/assemble_p.h"
#include "slp/number_p.h"

typedef enum slp_byte { /* what a byte begins */
                        SLP_SYMBOL,
                        SLP_BLANK,
                        SLP_COMMENT,
                        SLP_STRING,
                        SLP_NUMBER, /* perhaps: digits, signs, the point */
                        SLP_OPEN,
                        SLP_CLOSE,
                        SLP_QUOTE,
                        SLP_ERROR,
                        SLP_VARIABLE
} slp_byte;

extern const uint8_t slp_byte_class[256];

/* Does this byte end an atom? */
extern const uint8_t slp_ends_atom[256];

typedef struct slp_scan {
    const char *(*blank)(const char *p, const char *end);  /* the first that is no blank */
    const char *(*string)(const char *p, const char *end); /* the first " or \ */
    /* The end of the atom that begins at p; its bytes in word[0], word[1], zeros after them, when they are at most 16. */
    const char *(*atom)(const char *p, const char *end, uint64_t word[2]);
} slp_scan;

typedef struct slp_place { /* where reading stopped, and why */
    weir_slp_class what;
    const char *at;
} slp_place;

/* Reads from p, just after the opening ", to the closing one, which *end becomes the place behind. */
weir_slp_class slp_read_escaped(slp_assembly *a, const char **p, const char *end, const char **wrong);

#define SLP_INLINE static inline __attribute__((always_inline))

/* p is just after the ". */
SLP_INLINE weir_slp_class slp_core_string(slp_assembly *a, const slp_scan *scan, const char **p, const char *end,
                                          uint32_t tag, const char **wrong) {
    const char *begin = *p, *stop = scan->string(begin, end);
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

SLP_INLINE weir_slp_class slp_core_symbol(slp_assembly *a, const slp_scan *scan, const char **p, const char *end,
                                          uint32_t tag) {
    uint64_t word[2] = {0, 0};
    const char *begin = *p, *stop = scan->atom(begin, end, word);
    uint32_t bytes = (uint32_t)(stop - begin), number;
    *p = stop;
    weir_slp_class bad;
    if (bytes > a->limits.symbol_bytes) return slp_beyond(a, WEIR_SLP_LENGTH, a->limits.symbol_bytes);
    if (bytes <= 16) bad = slp_intern_short(a, word[0], word[1], begin, bytes, &number);
    else bad = slp_intern_long(a, begin, bytes, &number);
    return bad ? bad : slp_value(a, slp_cell(number, tag));
}

/* Digits begin with a sign perhaps; most numbers are short integers. */
SLP_INLINE weir_slp_class slp_core_number(slp_assembly *a, const slp_scan *scan, const char **p, const char *end) {
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
    uint64_t word[2] = {0, 0};
    const char *stop = scan->atom(*p, end, word);
    slp_number n;
    if (q == first && !slp_number_begins(*p, stop)) return slp_core_symbol(a, scan, p, end, WEIR_SLP_TAG_SYMBOL);
    if ((size_t)(stop - *p) > a->limits.symbol_bytes) return slp_beyond(a, WEIR_SLP_LENGTH, a->limits.symbol_bytes);
    if (!slp_number_read(*p, stop, &n)) return n.nomem ? WEIR_SLP_NOMEM : WEIR_SLP_NUMBER;
    *p = stop;
    weir_slp_class bad = slp_room(a, 2);
    if (bad) return bad;
    return slp_value(a, n.real ? slp_record_64(a, &n.d, WEIR_SLP_TAG_REAL) : slp_record_integer(a, n.i));
}

/* ( ) are 28 29, [ ] 5b 5d, { } 7b 7d. */
SLP_INLINE uint32_t slp_core_bracket(char c) { return WEIR_SLP_TAG_LIST - 1 + ((unsigned char)c >> 5); }

/* A closer meets a quote that waits, nothing open, or another kind. What holds the outermost values has no bracket's tag. */
SLP_INLINE slp_place slp_core_close(slp_assembly *a, const char *text, const char *p) {
    const slp_frame *f = &a->frame[a->depth];
    if (f->tag == slp_core_bracket(*p)) return (slp_place){slp_leave(a), p};
    if (f->tag == WEIR_SLP_TAG_QUOTE) return (slp_place){WEIR_SLP_OPERAND, text + f->offset};
    return (slp_place){WEIR_SLP_STRAY, p};
}

SLP_INLINE slp_place slp_core_end(const slp_assembly *a, const char *text, const char *end) {
    const slp_frame *f = &a->frame[a->depth];
    if (a->depth)
        return (slp_place){f->tag == WEIR_SLP_TAG_QUOTE ? WEIR_SLP_OPERAND : WEIR_SLP_UNCLOSED, text + f->offset};
    return (slp_place){a->cells ? WEIR_SLP_OK : WEIR_SLP_EMPTY, end};
}

/* Reads all forms, or the first when `one` and refuses a second. The assembly has begun; its cells are the forms. */
SLP_INLINE slp_place slp_core_read(slp_assembly *a, const slp_scan *scan, const char *text, size_t bytes, bool one) {
    const char *p = text, *end = text + bytes;
    while (p < end) {
        const char *here = p, *wrong = p;
        slp_byte begins = (slp_byte)slp_byte_class[(unsigned char)*p];
        weir_slp_class bad = WEIR_SLP_OK;
        if (begins == SLP_BLANK) {
            p = scan->blank(p + 1, end);
            continue;
        }
        if (one && a->depth == 0 && a->cells && begins != SLP_COMMENT) return (slp_place){WEIR_SLP_SURPLUS, p};
        switch (begins) {
        case SLP_SYMBOL: bad = slp_core_symbol(a, scan, &p, end, WEIR_SLP_TAG_SYMBOL); break;
        case SLP_NUMBER: bad = slp_core_number(a, scan, &p, end); break;
        case SLP_STRING: p++, bad = slp_core_string(a, scan, &p, end, WEIR_SLP_TAG_STRING, &wrong); break;
        case SLP_OPEN: bad = slp_enter(a, slp_core_bracket(*p), (size_t)(p - text)), p++; break;
        case SLP_CLOSE: {
            slp_place closed = slp_core_close(a, text, p);
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
            p += 2, bad = slp_core_string(a, scan, &p, end, WEIR_SLP_TAG_ERROR, &wrong);
            break;
        default: /* a $ alone is a symbol */
            if (p + 1 == end || slp_ends_atom[(unsigned char)p[1]])
                bad = slp_core_symbol(a, scan, &p, end, WEIR_SLP_TAG_SYMBOL);
            else p++, bad = slp_core_symbol(a, scan, &p, end, WEIR_SLP_TAG_VARIABLE);
        }
        if (bad) return (slp_place){bad, bad == WEIR_SLP_ESCAPE ? wrong : here};
    }
    return slp_core_end(a, text, end);
}

#endif
