/* number - integers and reals, from text and to text. */
#ifndef WEIR_SLP_NUMBER_P_H
#define WEIR_SLP_NUMBER_P_H

#include <string.h>

#include "slp/slp.h"

typedef struct slp_number {
    bool real, nomem;
    int64_t i;
    double d;
} slp_number;

/* Does an atom that begins with these bytes claim to be a number? A digit; a sign or a point before a digit, or a sign and a
 * point; or a point alone. */
bool slp_number_begins(const char *p, const char *end);

/* The whole of p .. end. Integers out of range, reals that overflow, and all that is no number: false. Correctly rounded;
 * a few with very many digits need memory for it: false, and nomem, when there is none. */
bool slp_number_read(const char *p, const char *end, slp_number *n);

/* The digits that 8 bytes begin with: how many, and what they say. Each step joins neighbours: digits to pairs, to fours, to
 * one number; what is no digit has been shifted out. */
static inline unsigned slp_digits_of_8(const char *p, uint64_t *value) {
    uint64_t w;
    memcpy(&w, p, 8);
    w ^= 0x3030303030303030u;
    uint64_t other = ((w + 0x7676767676767676u) | w) & 0x8080808080808080u; /* its lowest bit is right, carries go up */
    unsigned n = other ? (unsigned)__builtin_ctzll(other) / 8 : 8;
    if (n == 0) return 0;
    w <<= 64 - 8 * n;
    w = (w * (10 << 8 | 1) >> 8) & 0x00ff00ff00ff00ffu;
    w = (w * (100 << 16 | 1) >> 16) & 0x0000ffff0000ffffu;
    *value = w * ((uint64_t)10000 << 32 | 1) >> 32;
    return n;
}

/* What n bytes at p say, 1 <= n <= 8, where 8 can be read. What is no digit leaves something in *other. */
static inline uint64_t slp_digits_up_to_8(const char *p, uint32_t n, uint64_t *other) {
    uint64_t w;
    memcpy(&w, p, 8);
    w = (w ^ 0x3030303030303030u) << (-n * 8 & 63);
    *other |= ((w + 0x7676767676767676u) | w) & 0x8080808080808080u;
    w = (w * (10 << 8 | 1) >> 8) & 0x00ff00ff00ff00ffu;
    w = (w * (100 << 16 | 1) >> 16) & 0x0000ffff0000ffffu;
    return w * ((uint64_t)10000 << 32 | 1) >> 32;
}

/* Integers of up to 19 digits, reals of up to 8 before and behind the point, and no exponent; 32 bytes at p can be read.
 * False: something else, which is for slp_number_read. */
bool slp_number_quick(const char *p, uint32_t bytes, slp_number *n);

enum { SLP_NUMBER_MAX = 48 }; /* more than any number takes: some bytes behind it are written over */

/* Writes the text that reads back as the same, the shortest one for a real; answers its bytes. */
unsigned slp_integer_print(int64_t i, char to[SLP_NUMBER_MAX]);
unsigned slp_real_print(double d, char to[SLP_NUMBER_MAX]);

#endif
