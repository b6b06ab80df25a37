/* Reals of at most 2^53 in digits and a power of ten up to 22 are read by one exact multiplication or division (Clinger, PLDI
 * 1990), most others by one or two products of 128 bits (Lemire 2021); what these cannot decide by strtod of the C locale. All
 * of them round correctly. */
#include "slp/number_p.h"

#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "slp/ten_p.h"

static const double ten_to[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { TEN_EXACT = 22, EXPONENT_CAP = 100000000 };

static locale_t
    c_locale; /* (locale_t)0 when there is no memory for it: then the thread's own, which is C unless changed */
static void make_locale(void) { c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); }

static locale_t enter_c(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_locale);
    return c_locale ? uselocale(c_locale) : (locale_t)0;
}
static void leave_c(locale_t was) {
    if (was) uselocale(was);
}

static bool digit(char c) { return (unsigned char)(c - '0') <= 9; }
static bool sign(char c) { return c == '+' || c == '-'; }

bool slp_number_begins(const char *p, const char *end) {
    if (digit(*p)) return true;
    if (*p == '.' && end - p == 1) return true;
    if (sign(*p)) p++;
    if (p < end && *p == '.') p++;
    return p < end && digit(*p);
}

/* What the digits of a number say: digits * 10^exponent. */
typedef struct decimal {
    uint64_t digits; /* 19 significant ones at most */
    int exponent;
    bool real;
    bool cut; /* there were more */
} decimal;

#define ROOM_FOR_8 100000000000u        /* below it 8 more digits are not too many */
#define ROOM_FOR_1 1000000000000000000u /* one more */

/* Takes digits, behind the point or before it. */
static const char *digits(const char *p, const char *end, decimal *d, bool fraction) {
    static const uint32_t ten_to_n[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    for (unsigned n = 8; n == 8 && end - p >= 8 && d->digits < ROOM_FOR_8; p += n) {
        uint64_t some = 0;
        n = slp_digits_of_8(p, &some);
        d->digits = d->digits * ten_to_n[n] + some;
        if (fraction) d->exponent -= (int)n;
    }
    for (; p < end && digit(*p); p++) {
        if (d->digits < ROOM_FOR_1) {
            d->digits = d->digits * 10 + (uint64_t)(*p - '0');
            d->exponent -= fraction;
        } else {
            d->cut = true;
            d->exponent += !fraction;
        }
    }
    return p;
}

/* e, perhaps a sign, digits; NULL when these are missing. */
static const char *exponent(const char *p, const char *end, decimal *d) {
    bool negative = ++p < end && *p == '-';
    int e = 0;
    if (p < end && sign(*p)) p++;
    if (p == end || !digit(*p)) return NULL;
    for (; p < end && digit(*p); p++)
        if (e < EXPONENT_CAP) e = e * 10 + (*p - '0');
    d->exponent += negative ? -e : e;
    return p;
}

/* The grammar. At least one digit, before the point or after. */
static bool scan(const char *p, const char *end, decimal *d) {
    const char *whole = digits(p, end, d, false), *rest = whole;
    if (rest < end && *rest == '.') {
        d->real = true;
        rest = digits(rest + 1, end, d, true);
        if (whole == p && rest == whole + 1) return false;
    } else if (whole == p) {
        return false;
    }
    if (rest < end && (*rest | 0x20) == 'e') {
        d->real = true;
        rest = exponent(rest, end, d);
    }
    return rest == end;
}

static bool read_slowly(const char *p, const char *end, slp_number *n) {
    size_t bytes = (size_t)(end - p);
    char few[128], *copy = bytes < sizeof few ? few : malloc(bytes + 1);
    n->nomem = !copy;
    if (!copy) return false;
    memcpy(copy, p, bytes);
    copy[bytes] = 0;
    locale_t was = enter_c();
    n->d = strtod(copy, NULL);
    leave_c(was);
    if (copy != few) free(copy);
    return n->d - n->d == 0; /* not infinite */
}

static bool read_short(const decimal *d, double *value) {
    if (d->cut || d->digits > (uint64_t)1 << 53 || d->exponent > TEN_EXACT || d->exponent < -TEN_EXACT) return false;
    double v = (double)d->digits;
    *value = d->exponent < 0 ? v / ten_to[-d->exponent] : v * ten_to[d->exponent];
    return true;
}

/* digits * 10^exponent, digits > 0, by the leading bits of the power. False: they do not suffice, or it is no normal number. */
static bool read_product(uint64_t digits, int exponent, double *value) {
    if (exponent < SLP_TEN_MIN || exponent > SLP_TEN_MAX) return false;
    int zeros = __builtin_clzll(digits);
    slp_ten ten = slp_ten_to(exponent);
    uint64_t n = digits << zeros;
    __uint128_t product = (__uint128_t)ten.high * n;
    if (((uint64_t)(product >> 64) & 511) == 511 &&
        (uint64_t)product + n < n) { /* the lower half of ten may carry into it */
        __uint128_t more = (__uint128_t)ten.low * n;
        product += (uint64_t)(more >> 64);
        if (((uint64_t)(product >> 64) & 511) == 511 && (uint64_t)product == UINT64_MAX && (uint64_t)more + n < n)
            return false;
    }
    uint64_t high = (uint64_t)(product >> 64);
    unsigned top = (unsigned)(high >> 63);
    uint64_t mantissa = high >> (top + 9); /* 54 bits: the last one rounds */
    if ((uint64_t)product == 0 && (high & 511) == 0 && (mantissa & 3) == 1) return false; /* a tie, perhaps */
    mantissa = (mantissa + (mantissa & 1)) >> 1;
    int biased = slp_ten_log2(exponent) + 64 + 1023 - zeros - !top;
    if (mantissa >> 53) mantissa >>= 1, biased++;
    if (biased <= 0 || biased >= 2047) return false;
    uint64_t bits = (uint64_t)biased << 52 | (mantissa & (((uint64_t)1 << 52) - 1));
    memcpy(value, &bits, sizeof bits);
    return true;
}

/* Digits beyond those kept make the number a little larger: it lies between two whose product may round the same. */
static bool read_long(const decimal *d, double *value) {
    double above;
    if (d->digits == 0 || !read_product(d->digits, d->exponent, value)) return false;
    return !d->cut || (read_product(d->digits + 1, d->exponent, &above) && above == *value);
}

static bool read_real(const char *p, const char *end, const decimal *d, bool negative, slp_number *n) {
    if (!read_short(d, &n->d) && !read_long(d, &n->d)) return read_slowly(p, end, n);
    if (negative) n->d = -n->d;
    return true;
}

bool slp_number_read(const char *p, const char *end, slp_number *n) {
    bool negative = *p == '-';
    decimal d = {0, 0, false, false};
    n->nomem = false;
    if (!scan(p + sign(*p), end, &d)) return false;
    n->real = d.real;
    if (d.real) return read_real(p, end, &d, negative, n);
    if (d.cut || d.digits > (uint64_t)INT64_MAX + negative) return false;
    n->i = (int64_t)(negative ? 0 - d.digits : d.digits);
    return true;
}

static const uint32_t whole_ten_to[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};

static bool quick_real(const char *p, uint32_t before, uint32_t behind, double *d) {
    uint64_t other = 0, whole = slp_digits_up_to_8(p, before, &other),
             part = slp_digits_up_to_8(p + before + 1, behind, &other);
    uint64_t digits = whole * whole_ten_to[behind] + part;
    *d = (double)digits / (double)whole_ten_to[behind];
    return !other && digits <= (uint64_t)1 << 53;
}

static bool quick_integer(const char *p, uint32_t bytes, uint64_t *i) {
    uint64_t other = 0;
    *i = 0;
    for (uint32_t n; bytes; p += n, bytes -= n) {
        n = bytes < 8 ? bytes : 8;
        *i = *i * whole_ten_to[n] + slp_digits_up_to_8(p, n, &other);
    }
    return !other;
}

/* Of 9 bytes; 9 when there is none. */
static uint32_t bytes_before_point(const char *p) {
    uint64_t w;
    memcpy(&w, p, 8);
    w ^= 0x2e2e2e2e2e2e2e2eu;
    w = (w - 0x0101010101010101u) & ~w & 0x8080808080808080u; /* its lowest bit is right */
    return w ? (uint32_t)__builtin_ctzll(w) / 8 : 8;
}

bool slp_number_quick(const char *p, uint32_t bytes, slp_number *n) {
    bool negative = *p == '-';
    uint64_t i;
    p += negative, bytes -= negative;
    if (bytes == 0 || bytes > 19) return false;
    uint32_t point = bytes_before_point(p);
    n->real = point < bytes && p[point] == '.';
    if (n->real) {
        uint32_t behind = bytes - point - 1;
        if (point == 0 || behind - 1 >= 8 || !quick_real(p, point, behind, &n->d)) return false;
        if (negative) n->d = -n->d;
        return true;
    }
    if (!quick_integer(p, bytes, &i) || i > INT64_MAX) return false;
    n->i = negative ? -(int64_t)i : (int64_t)i;
    return true;
}
