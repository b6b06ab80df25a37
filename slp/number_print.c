/* Reals by Schubfach (Giulietti 2020): of the decimals that read back as the same real, one of the shortest, and of those the
 * nearest. Three products with one power of ten say where the real and the ends of what rounds to it lie among the decimals of
 * one length; the next shorter length needs a division by 10. */
#include <math.h>
#include <string.h>

#include "slp/number_p.h"
#include "slp/ten_p.h"

static void two_digits(char *to, unsigned i) {
    static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                                "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    memcpy(to, pairs + 2 * i, 2);
}

/* Writes the digits of i, without leading zeros; 20 bytes at `to` are written over. */
static unsigned natural(uint64_t i, char *to) {
    char back[40] = {0}, *at = back + 20;
    for (; i >= 100; i /= 100) two_digits(at -= 2, (unsigned)(i % 100));
    if (i >= 10) two_digits(at -= 2, (unsigned)i);
    else *--at = (char)('0' + i);
    memcpy(to, at, 20);
    return (unsigned)(back + 20 - at);
}

unsigned slp_integer_print(int64_t i, char to[SLP_NUMBER_MAX]) {
    to[0] = '-';
    return (i < 0) + natural(i < 0 ? 0 - (uint64_t)i : (uint64_t)i, to + (i < 0));
}

/* A decimal: digits * 10^exponent. */
typedef struct decimal {
    uint64_t digits;
    int exponent;
} decimal;

/* The upper half of power * n, made odd when something lies below it: as much as comparing needs. The power is cut off, or one
 * more than that, so the lowest unit says nothing. */
static uint64_t scaled(slp_ten power, uint64_t n) {
    __uint128_t low = (__uint128_t)power.low * n, high = (__uint128_t)power.high * n + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* The least above 10^e that has 128 bits; 10^e itself when it has. */
static slp_ten ten_above(int e) {
    slp_ten t = slp_ten_to(e);
    if (e >= 0 && e <= 55) return t;
    t.high += ++t.low == 0;
    return t;
}

/* All in quarters of units: 4 c is c * 2^q, between its neighbours' halves. */
static decimal nearest(uint64_t c, int q, bool closer_below) {
    uint64_t odd = c & 1;
    int k = (q * 1262611 - (closer_below ? 524031 : 0)) >> 22; /* floor of the log10 of 2^q, or of 3/4 2^q */
    int shift = q + slp_ten_log2(-k) + 1;
    slp_ten power = ten_above(-k);
    uint64_t low = scaled(power, (4 * c - 2 + closer_below) << shift) + odd; /* an even c has its ends for itself */
    uint64_t high = scaled(power, (4 * c + 2) << shift) - odd, at = scaled(power, (4 * c) << shift);
    uint64_t s = at / 4, tenth = s / 10;
    bool down = low <= 40 * tenth, up = 40 * tenth + 40 <= high;
    if (s >= 10 && down != up) return (decimal){tenth + up, k + 1};
    down = low <= 4 * s;
    up = 4 * s + 4 <= high;
    if (down == up) up = at > 4 * s + 2 || (at == 4 * s + 2 && s & 1);
    return (decimal){s + up, k};
}

/* d > 0 */
static decimal shortest(double d) {
    uint64_t bits, one = (uint64_t)1 << 52;
    memcpy(&bits, &d, sizeof bits);
    uint64_t fraction = bits & (one - 1);
    int exponent = (int)(bits >> 52);
    uint64_t c = exponent ? one | fraction : fraction;
    int q = (exponent ? exponent : 1) - 1075;
    if (q <= 0 && q > -53 && !(c & (((uint64_t)1 << -q) - 1))) return (decimal){c >> -q, 0}; /* a whole number */
    return nearest(c, q, fraction == 0 && exponent > 1);
}

static decimal without_zeros(decimal d) {
    for (; d.digits % 100000000 == 0; d.digits /= 100000000) d.exponent += 8;
    for (; d.digits % 100 == 0; d.digits /= 100) d.exponent += 2;
    for (; d.digits % 10 == 0; d.digits /= 10) d.exponent++;
    return d;
}

/* Outside of these an exponent is written. Copies of all the digits there may be are faster than exact ones; there is room. */
enum { POINT_MIN = -4, POINT_MAX = 16, DIGITS_MAX = 17 };

/* 0.DIGITS * 10^point as DDD00.0, DD.DD or 0.00DDD. */
static unsigned positional(char *to, const char *digits, int n, int point) {
    if (point <= 0) {
        memcpy(to, "0.0000", 6);
        memcpy(to + 2 - point, digits, DIGITS_MAX);
        return (unsigned)(2 - point + n);
    }
    memcpy(to, digits, DIGITS_MAX);
    if (point >= n) {
        memset(to + n, '0', (size_t)(point - n));
        memcpy(to + point, ".0", 2);
        return (unsigned)point + 2;
    }
    to[point] = '.';
    memcpy(to + point + 1, digits + point, (size_t)(n - point));
    return (unsigned)n + 1;
}

static unsigned scientific(char *to, const char *digits, int n, int point) {
    unsigned at = n > 1 ? (unsigned)n + 1 : 1;
    to[0] = digits[0];
    to[1] = '.';
    memcpy(to + 2, digits + 1, DIGITS_MAX - 1);
    to[at++] = 'e';
    return at + slp_integer_print(point - 1, to + at);
}

unsigned slp_real_print(double d, char to[SLP_NUMBER_MAX]) {
    char digits[SLP_NUMBER_MAX] = {0};
    unsigned minus = signbit(d) ? 1 : 0;
    decimal v = d == 0 ? (decimal){0, 0} : without_zeros(shortest(minus ? -d : d));
    int n = (int)natural(v.digits, digits), point = v.exponent + n;
    to[0] = '-';
    return minus + (point >= POINT_MIN && point <= POINT_MAX ? positional : scientific)(to + minus, digits, n, point);
}
