/* index - the first of two passes over a text: where its things begin and end, 64 bytes at a time, as bits.
 *
 * What begins: every bracket, atom and string. What ends: every atom, with the first byte behind it, and every string, with
 * its closing quote. So the n-th thing that is no bracket has the n-th end. Quotes alternate between opening and closing, so
 * the bits between them are a prefix sum; only where a backslash or a ; stands, bits are looked at one by one.
 *
 * `see` is a constant at each call, and the functions are inlined into one that is compiled for a given processor. */
#ifndef WEIR_SLP_READER_INDEX_P_H
#define WEIR_SLP_READER_INDEX_P_H

#include "slp/reader/core_p.h"

enum { SLP_BLOCK = 64, SLP_CHUNK = 32 * SLP_BLOCK };

/* Bits of what a byte is; the tables have those that it may be by one half of it. */
enum {
    SLP_KIND_CONTROL = 1, /* \t \n \v \f \r */
    SLP_KIND_SPACE = 2,
    SLP_KIND_QUOTE = 4,     /* " */
    SLP_KIND_SEMICOLON = 8, /* ; */
    SLP_KIND_SLASH = 16,    /* \ */
    SLP_KIND_ROUND = 64,    /* ( ) */
    SLP_KIND_SQUARE = 128,  /* [ ] { } */
    SLP_KIND_ENDS = 0xff - SLP_KIND_SLASH,
    SLP_KIND_SPECIAL = SLP_KIND_SEMICOLON | SLP_KIND_SLASH
};
#define SLP_OF_LOW_HALF 2, 0, 4, 0, 0, 0, 0, 0, 64, 1 | 64, 1, 1 | 8 | -128, 1 | 16, 1 | -128, 0, 0
#define SLP_OF_HIGH_HALF 1, 0, 2 | 4 | 64, 8, 0, 16 | -128, 0, -128, 0, 0, 0, 0, 0, 0, 0, 0

typedef enum slp_thing { /* what the byte says with which it begins */
                         SLP_THING_SYMBOL,
                         SLP_THING_STRING,
                         SLP_THING_DIGIT,
                         SLP_THING_SIGN,
                         SLP_THING_LIST, /* the brackets, in the order of the tags */
                         SLP_THING_SEQUENCE,
                         SLP_THING_BODY,
                         SLP_THING_LIST_END,
                         SLP_THING_SEQUENCE_END,
                         SLP_THING_BODY_END,
                         SLP_THING_QUOTE,
                         SLP_THING_ERROR,
                         SLP_THING_VARIABLE
} slp_thing;

extern const uint8_t slp_thing_of[256];

typedef struct slp_sight { /* of 64 bytes: a bit each */
    uint64_t atom;         /* may stand in an atom */
    uint64_t bracket;
    uint64_t quote;
    bool special; /* is there a backslash or a ; ? */
} slp_sight;

typedef struct slp_rare {
    uint64_t slash, semicolon, newline;
} slp_rare;

SLP_INLINE bool slp_rarely(bool c) { return __builtin_expect(c, false); }

typedef struct slp_eyes {
    slp_sight (*see)(const char *p);
    slp_rare (*see_rare)(const char *p);
    uint64_t (*between)(uint64_t quotes); /* bit i: the number of quotes up to i is odd */
    uint32_t (*put)(uint32_t *to, uint32_t base,
                    uint64_t bits);               /* where the ones are, how many; 16 more may be written */
    uint32_t (*copy_32)(char *to, const char *p); /* bit i: byte i is a backslash */
} slp_eyes;

typedef struct slp_before { /* what the byte before was in: all ones; in an atom: 1 */
    uint64_t string, comment, atom;
    bool escaped; /* it was the backslash of an escape */
} slp_before;

typedef struct slp_index {
    slp_before before;
    uint32_t begins, ends;             /* how many in these, */
    uint32_t begins_taken, ends_taken; /* and of these, how many are done with */
    uint32_t begin[SLP_CHUNK + 2 * SLP_BLOCK], end[SLP_CHUNK + 2 * SLP_BLOCK];
} slp_index;

SLP_INLINE void slp_index_begin(slp_index *x) {
    x->before = (slp_before){0, 0, 0, false};
    x->begins = x->ends = x->begins_taken = x->ends_taken = 0;
}

SLP_INLINE void slp_index_forget(slp_index *x) {
    x->begins -= x->begins_taken, x->ends -= x->ends_taken;
    memmove(x->begin, x->begin + x->begins_taken, x->begins * sizeof *x->begin);
    memmove(x->end, x->end + x->ends_taken, x->ends * sizeof *x->end);
    x->begins_taken = x->ends_taken = 0;
}

SLP_INLINE uint64_t slp_bits_from(unsigned i) { return i < 64 ? UINT64_MAX << i : 0; }

typedef struct slp_regions {
    uint64_t string, comment, open, close;
} slp_regions;

/* Quotes, backslashes, ; and newlines one after the other. */
static inline slp_regions slp_index_with_care(slp_before *x, uint64_t quote, slp_rare r) {
    slp_regions to = {x->string, x->comment, 0, 0};
    unsigned escaped = x->escaped ? 0 : UINT32_MAX;
    bool string = x->string != 0, comment = x->comment != 0;
    for (uint64_t todo = quote | r.slash | r.semicolon | r.newline; todo; todo &= todo - 1) {
        unsigned i = (unsigned)__builtin_ctzll(todo);
        uint64_t bit = todo & -todo;
        if (comment) {
            if (r.newline & bit) comment = false, to.comment &= ~slp_bits_from(i);
        } else if (!string) {
            if (r.semicolon & bit) comment = true, to.comment |= slp_bits_from(i);
            if (quote & bit) string = true, to.string |= slp_bits_from(i), to.open |= bit;
        } else if (i != escaped) {
            if (r.slash & bit) escaped = i + 1;
            if (quote & bit) string = false, to.string &= ~slp_bits_from(i), to.close |= bit;
        }
    }
    x->escaped = escaped == SLP_BLOCK;
    x->comment = comment ? UINT64_MAX : 0;
    x->string = string ? UINT64_MAX : 0;
    return to;
}

SLP_INLINE slp_regions slp_index_regions(slp_before *x, const slp_eyes *eyes, const char *p, const slp_sight *s) {
    if (slp_rarely(s->special | x->escaped | (x->comment != 0))) {
        slp_before y = *x; /* whose address is known, so that x's is not */
        slp_regions r = slp_index_with_care(&y, s->quote, eyes->see_rare(p));
        *x = y;
        return r;
    }
    uint64_t string = eyes->between(s->quote) ^ x->string;
    x->string = 0 - (string >> 63);
    return (slp_regions){string, 0, s->quote & string, s->quote & ~string};
}

/* The places of the ones of bits, without vectors. Guessing how many eights there are is cheaper than counting to n. */
SLP_INLINE uint32_t slp_index_put(uint32_t *to, uint32_t at, uint64_t bits) {
    const uint64_t last =
        (uint64_t)1 << 63; /* so that there is one to find: what is written behind the n does not matter */
    uint32_t n = (uint32_t)__builtin_popcountll(bits);
    for (uint32_t i = 0; i < n; i += 8)
        for (uint32_t j = i; j < i + 8; j++, bits &= bits - 1) to[j] = at + (uint32_t)__builtin_ctzll(bits | last);
    return n;
}

/* So many bytes at p, by 64, which are those from `at` on. */
SLP_INLINE void slp_index_blocks(slp_index *x, const slp_eyes *eyes, const char *p, uint32_t at, uint32_t bytes) {
    slp_before was = x->before;
    uint32_t *begin = x->begin + x->begins, *end = x->end + x->ends;
    for (const char *last = p + bytes; p < last; p += SLP_BLOCK, at += SLP_BLOCK) {
        slp_sight s = eyes->see(p);
        slp_regions r = slp_index_regions(&was, eyes, p, &s);
        uint64_t inside = r.string | r.comment, atom = s.atom & ~inside, before = atom << 1 | was.atom;
        was.atom = atom >> 63;
        begin += eyes->put(begin, at, (s.bracket & ~inside) | r.open | (atom & ~before));
        end += eyes->put(end, at, r.close | (before & ~atom));
    }
    x->before = was;
    x->begins = (uint32_t)(begin - x->begin);
    x->ends = (uint32_t)(end - x->end);
}

#endif
