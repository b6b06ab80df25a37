/* tokens - the second of two passes: what the first has found becomes values. That something is wrong is only noticed here
 * and not explained: the scalar reader then reads the text again. */
#ifndef WEIR_SLP_READER_TOKENS_P_H
#define WEIR_SLP_READER_TOKENS_P_H

#include "slp/number_p.h"
#include "slp/reader/index_p.h"

/* A list that is open stands among the cells before its items, as a cell too: its tag, and where the items begin of the list
 * that it is in. The outermost values are items of one that no bracket closes. */
typedef struct slp_pen {
    slp_assembly *a;
    const char *text, *end;
    uintptr_t near; /* where the text would begin of which what is read is a part; 64 bytes behind that can be read */
    uint32_t *unit, *cell; /* all of them, */
    uint32_t used, cells;  /* and how many there are */
    uint32_t first;        /* item of the innermost list */
    uint32_t deeper;       /* how many more lists and quotes may open */
    uint32_t short_symbol; /* bytes of one that is not too long, and fits two words */
    uint32_t nodes;        /* in closed lists and in quotes */
    uint32_t string;       /* the tag of the next string: of an error, behind an @ */
    bool waiting;          /* the innermost is a quote */
} slp_pen;

/* What is rare is compiled once, and aside: the common cases then keep their registers. False: something is wrong. */
typedef bool slp_pen_rare(slp_pen *n, uint32_t at, uint32_t bytes, uint32_t tag);
slp_pen_rare slp_pen_quoted, slp_pen_any_symbol, slp_pen_any_string, slp_pen_any_number;

/* Goes on while a quote waits, or begins; at most to begin number `last`. */
bool slp_pen_quotes(slp_pen *n, slp_index *x, uint32_t last);

SLP_INLINE bool slp_pen_aside(slp_pen *n, slp_pen_rare *rare, uint32_t at, uint32_t bytes, uint32_t tag) {
    slp_pen m = *n; /* whose address is known, so that n's is not */
    bool ok = rare(&m, at, bytes, tag);
    *n = m;
    return ok;
}

SLP_INLINE void slp_pen_value(slp_pen *n, uint32_t cell) { n->cell[n->cells++] = cell; }

SLP_INLINE bool slp_pen_enter(slp_pen *n, uint32_t tag) {
    n->cell[n->cells++] = slp_cell(n->first, tag);
    n->first = n->cells;
    return n->deeper-- != 0;
}

/* Four by four, what lies behind included, as most lists are short and how long they are is hard to guess; and not as vectors,
 * see slp_copy_units. */
SLP_INLINE void slp_pen_copy(uint32_t *to, const uint32_t *from, uint32_t n) {
    volatile uint32_t *one = to;
    for (uint32_t i = 0; i < 4; i++) one[i] = from[i];
    if (n <= 4) return;
    for (uint32_t i = 4; i < n && i < 16; i++) one[i] = from[i];
    if (slp_rarely(n > 16)) memcpy(to, from, n * sizeof *to);
}

SLP_INLINE bool slp_pen_leave(slp_pen *p, uint32_t tag) {
    uint32_t first = p->first, n = p->cells - first, at = 0, opener = p->cell[first - 1];
    if (slp_rarely((opener & WEIR_SLP_TAG_MASK) != tag)) return false;
    if (n) {
        at = p->used;
        p->unit[at] = n;
        slp_pen_copy(p->unit + at + 1, p->cell + first, n);
        p->used = at + n + 1;
    }
    p->nodes += n;
    p->deeper++;
    p->first = opener >> WEIR_SLP_TAG_BITS;
    p->cells = first;
    p->cell[first - 1] = slp_cell(at, tag);
    if (slp_rarely((p->cell[p->first - 1] & WEIR_SLP_TAG_MASK) == WEIR_SLP_TAG_QUOTE))
        return slp_pen_aside(p, slp_pen_quoted, 0, 0, 0);
    return true;
}

extern const uint64_t slp_first_8[17], slp_second_8[17]; /* of two words, the bytes that belong to so many */

/* p: the symbol, behind which 16 bytes can be read. */
SLP_INLINE bool slp_pen_symbol(slp_pen *n, const char *p, uint32_t at, uint32_t bytes, uint32_t tag) {
    if (slp_rarely(bytes > n->short_symbol)) return slp_pen_aside(n, slp_pen_any_symbol, at, bytes, tag);
    uint64_t low, high;
    uint32_t place, number;
    memcpy(&low, p, 8);
    memcpy(&high, p + 8, 8);
    low &= slp_first_8[bytes], high &= slp_second_8[bytes];
    if (!slp_known_short(n->a, low, high, bytes, &place, &number))
        number = slp_intern_short(n->a, low, high, n->text + at, bytes, place);
    slp_pen_value(n, slp_cell(number, tag));
    return true;
}

/* p: behind the ", where 64 bytes can be read. */
SLP_INLINE bool slp_pen_string(slp_pen *n, const slp_eyes *eyes, const char *p, uint32_t at, uint32_t bytes,
                               uint32_t tag) {
    if (slp_rarely(bytes - 1 >= 64)) return slp_pen_aside(n, slp_pen_any_string, at, bytes, tag);
    uint32_t units = slp_text_units(bytes), record = n->used;
    char *to = (char *)(n->unit + record + 1);
    uint64_t slashes = eyes->copy_32(to, p);
    if (bytes > 32) slashes |= (uint64_t)eyes->copy_32(to + 32, p + 32) << 32;
    if (slp_rarely((slashes & UINT64_MAX >> (64 - bytes)) != 0))
        return slp_pen_aside(n, slp_pen_any_string, at, bytes, tag);
    n->unit[record] = bytes;
    n->unit[record + units - 1] &= UINT32_MAX >> (-bytes & 3) * 8; /* the padding is zero */
    n->used = record + units;
    slp_pen_value(n, slp_cell(record, tag));
    return true;
}

SLP_INLINE void slp_pen_64(slp_pen *n, const void *eight, uint32_t tag) {
    memcpy(n->unit + n->used, eight, 8);
    slp_pen_value(n, slp_cell(n->used, tag));
    n->used += 2;
}

SLP_INLINE void slp_pen_number(slp_pen *n, const slp_number *v) {
    if (v->real) slp_pen_64(n, &v->d, WEIR_SLP_TAG_REAL);
    else if (slp_is_small(v->i)) slp_pen_value(n, slp_cell((uint32_t)v->i, WEIR_SLP_TAG_SMALL));
    else slp_pen_64(n, &v->i, WEIR_SLP_TAG_INTEGER);
}

/* p: an atom that begins with a digit, of which 32 bytes can be read; most are short integers. */
SLP_INLINE bool slp_pen_digits(slp_pen *n, const char *p, uint32_t at, uint32_t bytes) {
    slp_number v;
    if (bytes <= 8) {
        uint64_t other = 0, i = slp_digits_up_to_8(p, bytes, &other);
        if (!other) {
            slp_pen_value(n, slp_cell((uint32_t)i, WEIR_SLP_TAG_SMALL));
            return true;
        }
    }
    if (!slp_number_quick(p, bytes, &v)) return slp_pen_aside(n, slp_pen_any_number, at, bytes, 0);
    slp_pen_number(n, &v);
    return true;
}

SLP_INLINE bool slp_pen_sign(slp_pen *n, const char *p, uint32_t at, uint32_t bytes) {
    slp_number v;
    if (*p != '-' || !slp_number_quick(p, bytes, &v)) return slp_pen_aside(n, slp_pen_any_number, at, bytes, 0);
    slp_pen_number(n, &v);
    return true;
}

SLP_INLINE void slp_pen_pause(slp_pen *pen, const slp_pen *n, slp_index *x, const uint32_t *begin,
                              const uint32_t *end) {
    *pen = *n;
    x->begins_taken = (uint32_t)(begin - x->begin);
    x->ends_taken = (uint32_t)(end - x->end);
}

/* The next `things` of what has begun, all of which have ended. */
SLP_INLINE bool slp_pen_things(slp_pen *pen, const slp_eyes *eyes, slp_index *x, uint32_t things) {
    const uint32_t *begin, *last = x->begin + x->begins_taken + things, *end;
    slp_pen n;
quotes:
    if (!slp_pen_quotes(pen, x, (uint32_t)(last - x->begin))) return false;
    n = *pen, begin = x->begin + x->begins_taken, end = x->end + x->ends_taken;
    while (begin < last) {
        uint32_t at = *begin++;
        const char *p = (const char *)(n.near + at);
        switch ((slp_thing)slp_thing_of[(unsigned char)*p]) {
        case SLP_THING_LIST:
            if (slp_rarely(!slp_pen_enter(&n, WEIR_SLP_TAG_LIST))) return false;
            continue;
        case SLP_THING_SEQUENCE:
            if (slp_rarely(!slp_pen_enter(&n, WEIR_SLP_TAG_SEQUENCE))) return false;
            continue;
        case SLP_THING_BODY:
            if (slp_rarely(!slp_pen_enter(&n, WEIR_SLP_TAG_BODY))) return false;
            continue;
        case SLP_THING_LIST_END:
            if (slp_rarely(!slp_pen_leave(&n, WEIR_SLP_TAG_LIST))) return false;
            continue;
        case SLP_THING_SEQUENCE_END:
            if (slp_rarely(!slp_pen_leave(&n, WEIR_SLP_TAG_SEQUENCE))) return false;
            continue;
        case SLP_THING_BODY_END:
            if (slp_rarely(!slp_pen_leave(&n, WEIR_SLP_TAG_BODY))) return false;
            continue;
        case SLP_THING_STRING:
            if (slp_rarely(!slp_pen_string(&n, eyes, p + 1, at + 1, *end++ - (at + 1), n.string))) return false;
            n.string = WEIR_SLP_TAG_STRING;
            continue;
        case SLP_THING_DIGIT:
            if (slp_rarely(!slp_pen_digits(&n, p, at, *end++ - at))) return false;
            continue;
        case SLP_THING_SIGN:
            if (slp_rarely(!slp_pen_sign(&n, p, at, *end++ - at))) return false;
            continue;
        case SLP_THING_QUOTE: slp_pen_pause(pen, &n, x, begin - 1, end); goto quotes;
        case SLP_THING_ERROR:
            if (*end++ != at + 1 || p[1] != '"') return false;
            n.string = WEIR_SLP_TAG_ERROR;
            continue;
        case SLP_THING_VARIABLE:
            if (*end > at + 1) {
                if (slp_rarely(!slp_pen_symbol(&n, p + 1, at + 1, *end++ - at - 1, WEIR_SLP_TAG_VARIABLE)))
                    return false;
                continue;
            } /* fall through */
        case SLP_THING_SYMBOL:
            if (slp_rarely(!slp_pen_symbol(&n, p, at, *end++ - at, WEIR_SLP_TAG_SYMBOL))) return false;
            continue;
        default: __builtin_unreachable();
        }
    }
    slp_pen_pause(pen, &n, x, begin, end);
    return true;
}

void slp_pen_begin(slp_pen *n, slp_assembly *a, const char *text, size_t bytes);

/* Room for what a pass over so many bytes may put, and so many units besides: a byte makes less than two, the cells that are
 * moved included. */
bool slp_pen_reserve(slp_pen *n, uint32_t bytes, uint32_t units);

/* Are all lists closed, and nothing beyond a limit? */
bool slp_pen_end(slp_pen *n, bool one);

typedef struct slp_passes { /* compiled for one processor */
    void (*index)(slp_index *x, const char *p, uint32_t at, uint32_t bytes);
    bool (*things)(slp_pen *pen, slp_index *x, uint32_t things);
} slp_passes;

bool slp_two_passes(const slp_passes *by, slp_assembly *a, const char *text, size_t bytes, bool one);

#endif
