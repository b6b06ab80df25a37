/* Reals both ways against the C library, which is slow and right: random ones, the ends of each power of two, halfway points. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h> /* before cmocka */

#include <cmocka.h>

#include "slp/number_p.h"

enum { ROUNDS = 20000 };

static uint64_t state = 88172645463325252u;
static uint64_t roll(void) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static double real_of(uint64_t bits) {
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static bool same(double a, double b) { return a == b && !signbit(a) == !signbit(b); }

/* Significant digits, without zeros at either end. */
static int digits_in(const char *text) {
    int n = 0, zeros = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (n == 0 && *text == '0')) continue;
        n++;
        zeros = *text == '0' ? zeros + 1 : 0;
    }
    return n - zeros;
}

static void reads(const char *text) {
    slp_number n = {0};
    double right = strtod(text, NULL);
    bool read = slp_number_read(text, text + strlen(text), &n);
    if (isinf(right) ? read : !read || !n.real || !same(n.d, right)) fail_msg("%s read as %.17g", text, n.d);
}

/* Reads back; C needs at least as many digits; and no decimal as short is nearer. */
static void prints(double d) {
    char text[SLP_NUMBER_MAX], c[SLP_NUMBER_MAX], near[SLP_NUMBER_MAX];
    if (!isfinite(d)) return;
    text[slp_real_print(d, text)] = 0;
    if (!same(strtod(text, NULL), d)) fail_msg("%.17g printed as %s", d, text);
    reads(text);
    for (int more = 0; more <= 16; more++) {
        snprintf(c, sizeof c, "%.*e", more, d);
        if (strtod(c, NULL) == d) break;
    }
    int n = digits_in(text);
    if (n > digits_in(c)) fail_msg("%s printed as %s", c, text);
    snprintf(near, sizeof near, "%.*e", n ? n - 1 : 0, d);
    long double there = fabsl(strtold(near, NULL) - d), here = fabsl(strtold(text, NULL) - d);
    if (strtod(near, NULL) == d && here > there * 1.001L) fail_msg("%s is nearer than %s", near, text);
}

static void test_prints_shortest(void **unused) {
    (void)unused;
    prints(0.0), prints(-0.0);
    for (int e = -1074; e < 1024; e++) {
        double d = ldexp(1, e);
        prints(d), prints(-nextafter(d, 0)), prints(nextafter(d, INFINITY));
    }
    for (int i = 0; i < ROUNDS; i++) {
        prints(real_of(roll()));
        prints((double)(roll() % 100000000) / 1000);
        prints((double)(roll() >> roll() % 64));
    }
}

static void test_reads_as_c_does(void **unused) {
    (void)unused;
    char t[128];
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t a = roll() >> roll() % 64, b = roll() >> roll() % 64;
        snprintf(t, sizeof t, "%lu.%lue%d", a, b, (int)(roll() % 680) - 345), reads(t);
        snprintf(t, sizeof t, "-%lu%020lu.%lu", a, b, roll()), reads(t);
        snprintf(t, sizeof t, "%.*e", (int)(roll() % 40) + 17, fabs(real_of(roll() >> 2))), reads(t);
        uint64_t half = roll() >> 11 | (uint64_t)1 << 52; /* and a half lies between two reals */
        snprintf(t, sizeof t, "%lu.5", half), reads(t);
        snprintf(t, sizeof t, "%lu.50000000000000000000000000%lu", half, roll() % 2), reads(t);
        snprintf(t, sizeof t, "%lu.49999999999999999999999999", half), reads(t);
        snprintf(t, sizeof t, "%lue0", 2 * half + 1), reads(t); /* a tie that the product shows as one */
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_prints_shortest), cmocka_unit_test(test_reads_as_c_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
