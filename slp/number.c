/* Reals with at most 15 digits and a power of ten up to 22 are read by one exact multiplication or division (Clinger, PLDI
 * 1990); all others by strtod of the C locale, which rounds correctly. Printing tries precisions from short to long until the
 * text reads back: printf rounds correctly, so the first that does is the shortest, and of those the nearest. */
#include "slp/number_p.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double ten_to[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { TEN_EXACT = 22, DIGITS_EXACT = 15, DIGITS_KEPT = 19, EXPONENT_CAP = 100000 };

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

/* What the digits of a number say. */
typedef struct decimal {
    uint64_t digits; /* the first DIGITS_KEPT significant ones */
    int count;       /* of significant ones */
    int exponent;    /* the value is digits * 10^exponent, if count <= DIGITS_KEPT */
    bool real;
} decimal;

static const char *digits(const char *p, const char *end, decimal *d, int step) {
    for (; p < end && digit(*p); p++) {
        if (d->count > 0 || *p != '0') d->count++;
        if (d->count <= DIGITS_KEPT) d->digits = d->digits * 10 + (uint64_t)(*p - '0');
        if (d->count <= DIGITS_KEPT ? step : !step) d->exponent += step ? -1 : 1;
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
    const char *whole = digits(p, end, d, 0), *rest = whole;
    if (rest < end && *rest == '.') {
        d->real = true;
        rest = digits(rest + 1, end, d, 1);
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

static bool read_slowly(const char *p, const char *end, double *value) {
    size_t n = (size_t)(end - p);
    char few[128], *copy = n < sizeof few ? few : malloc(n + 1);
    if (!copy) return false;
    memcpy(copy, p, n);
    copy[n] = 0;
    locale_t was = enter_c();
    *value = strtod(copy, NULL);
    leave_c(was);
    if (copy != few) free(copy);
    return *value <= 1.7976931348623157e308 && *value >= -1.7976931348623157e308;
}

static bool read_real(const char *p, const char *end, const decimal *d, bool negative, double *value) {
    if (d->count > DIGITS_EXACT || d->exponent > TEN_EXACT || d->exponent < -TEN_EXACT)
        return read_slowly(p, end, value);
    double v = (double)d->digits;
    v = d->exponent < 0 ? v / ten_to[-d->exponent] : v * ten_to[d->exponent];
    *value = negative ? -v : v;
    return true;
}

bool slp_number_read(const char *p, const char *end, slp_number *n) {
    bool negative = *p == '-';
    decimal d = {0, 0, 0, false};
    if (!scan(p + sign(*p), end, &d)) return false;
    n->real = d.real;
    if (d.real) return read_real(p, end, &d, negative, &n->d);
    if (d.count > DIGITS_KEPT || d.digits > (uint64_t)INT64_MAX + negative) return false;
    n->i = (int64_t)(negative ? 0 - d.digits : d.digits);
    return true;
}

unsigned slp_integer_print(int64_t i, char to[SLP_NUMBER_MAX]) {
    char back[20];
    uint64_t rest = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    unsigned n = 0, at = 0;
    do back[n++] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (i < 0) to[at++] = '-';
    while (n) to[at++] = back[--n];
    return at;
}

/* The digits of d, at least one and no more than needed, without sign and point: d = 0.DIGITS * 10^*point. */
static unsigned shortest(double d, char digits[SLP_NUMBER_MAX], int *point) {
    char text[SLP_NUMBER_MAX]; /* D.DDDe+XX */
    unsigned n = 0;
    locale_t was = enter_c();
    for (int more = 0; more <= 16; more++) {
        snprintf(text, sizeof text, "%.*e", more, d);
        if (strtod(text, NULL) == d) break;
    }
    leave_c(was);
    const char *e = strchr(text, 'e');
    for (const char *p = text; p < e; p++)
        if (*p != '.') digits[n++] = *p;
    *point = atoi(e + 1) + 1;
    return n;
}

enum { POINT_MIN = -4, POINT_MAX = 16 }; /* outside, an exponent is written */

static unsigned zeros(char *to, int n) {
    memset(to, '0', (size_t)n);
    return (unsigned)n;
}

/* DDD00.0, DD.DD or 0.00DDD. */
static unsigned positional(char *to, const char *digits, unsigned n, int point) {
    unsigned at = 0, whole = point > 0 ? (unsigned)point : 0;
    if (whole == 0) to[at++] = '0';
    for (unsigned i = 0; i < whole; i++) to[at++] = i < n ? digits[i] : '0';
    to[at++] = '.';
    if (point < 0) at += zeros(to + at, -point);
    if (whole >= n) to[at++] = '0';
    for (unsigned i = whole; i < n; i++) to[at++] = digits[i];
    return at;
}

static unsigned scientific(char *to, const char *digits, unsigned n, int point) {
    unsigned at = 0;
    to[at++] = digits[0];
    if (n > 1) to[at++] = '.';
    for (unsigned i = 1; i < n; i++) to[at++] = digits[i];
    to[at++] = 'e';
    return at + slp_integer_print(point - 1, to + at);
}

unsigned slp_real_print(double d, char to[SLP_NUMBER_MAX]) {
    char digits[SLP_NUMBER_MAX];
    int point;
    unsigned minus = signbit(d) ? 1 : 0, n = shortest(minus ? -d : d, digits, &point);
    to[0] = '-';
    bool plain = point >= POINT_MIN && point <= POINT_MAX;
    return minus + (plain ? positional : scientific)(to + minus, digits, n, point);
}
