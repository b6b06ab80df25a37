/* Unit test of stats: values worked out by hand or by enumerating all arrangements of ranks. */
#include "prims/test_p.h"

#include <math.h>

#include "bench/stats.h"

#define N(x) (sizeof(x) / sizeof *(x))
#define assert_near(a, b, eps) assert_true(fabs((a) - (b)) <= (eps))

static void medians(void **state) {
    (void)state;
    assert_true(isnan(stats_median(NULL, 0)));
    assert_near(stats_median((double[]){7}, 1), 7, 0);
    assert_near(stats_median((double[]){9, 1, 5}, 3), 5, 0);
    assert_near(stats_median((double[]){4, 1, 3, 2}, 4), 2.5, 0);
}

/* n, order statistic that bounds the interval (from 1), its coverage; see any table of the sign test */
static void median_intervals(void **state) {
    (void)state;
    static const struct {
        size_t n, rank;
        double coverage;
    } table[] = {
        {5, 1, 0.9375},       {6, 1, 0.96875},     {9, 2, 0.9609375},
        {10, 2, 0.978515625}, {15, 4, 0.96484375}, {25, 8, 0.95671475},
    };
    for (size_t t = 0; t < N(table); t++) {
        double x[25];
        size_t n = table[t].n;
        for (size_t i = 0; i < n; i++)
            x[i] = (double)((i * 7) % n + 1); /* 1..n in some order: 7 divides none of them */
        stats_interval r = stats_median_interval(x, n);
        assert_near(r.mid, ((double)n + 1) / 2, 1e-12);
        assert_near(r.lo, (double)table[t].rank, 0);
        assert_near(r.hi, (double)(n + 1 - table[t].rank), 0);
        assert_near(r.coverage, table[t].coverage, 1e-7);
    }
    stats_interval one = stats_median_interval((double[]){3}, 1);
    assert_true(one.mid == 3 && one.lo == 3 && one.hi == 3 && one.coverage == 0);
    assert_true(isnan(stats_median_interval(NULL, 0).mid));
}

static void mann_whitney_exact(void **state) {
    (void)state;
    double low[] = {1, 2, 3, 4, 5}, high[] = {6, 7, 8, 9, 10}, u;
    assert_near(stats_mann_whitney(low, 5, high, 5, &u), 2.0 / 252, 1e-12);
    assert_near(u, 0, 0);
    assert_near(stats_mann_whitney(high, 5, low, 5, &u), 2.0 / 252, 1e-12);
    assert_near(u, 25, 0);
    double a[] = {1, 2, 4, 11}, b[] = {3, 5, 6, 7, 8, 9}; /* U = 7 of 24: 4 beats 3; 11 beats all six */
    double p = stats_mann_whitney(a, 4, b, 6, &u);
    assert_near(u, 7, 0);
    assert_near(p, 0.352381, 1e-6);
    double c[] = {1, 2, 3, 4, 5, 6, 8}, d[] = {7, 9, 10, 11, 12, 13, 14, 15}; /* U = 1 of 56 */
    assert_near(stats_mann_whitney(c, 7, d, 8, &u), 0.000622, 1e-6);
    assert_near(u, 1, 0);
}

static void mann_whitney_ties(void **state) {
    (void)state;
    double same[] = {5, 5, 5, 5}, a[] = {1, 2, 2, 3}, b[] = {2, 4, 4, 5}, u;
    assert_near(stats_mann_whitney(same, 4, same, 4, &u), 1, 0);
    assert_near(u, 8, 0);
    /* U = 0.5+0.5+1 = 2; ties 3 and 2: 24 + 6; variance 16/12 * (9 - 30/56); z = (6 - 0.5) / sd */
    double z = 5.5 / sqrt(16.0 / 12 * (9 - 30.0 / 56));
    assert_near(stats_mann_whitney(a, 4, b, 4, &u), erfc(z / sqrt(2)), 1e-12);
    assert_near(u, 2, 0);
    assert_true(isnan(stats_mann_whitney(NULL, 0, b, 4, &u)));
}

/* The normal approximation, which larger samples get, agrees with the exact value where both exist. */
static void mann_whitney_large(void **state) {
    (void)state;
    double a[31], b[31];
    for (size_t i = 0; i < 31; i++) {
        a[i] = (double)(2 * i);
        b[i] = (double)(2 * i) + 5;
    }
    double approximate = stats_mann_whitney(a, 31, b, 31, NULL), exact = stats_mann_whitney(a, 30, b, 30, NULL);
    assert_near(approximate, exact, 0.03);
    assert_true(approximate > 0.1 && approximate < 0.4);
}

static void ratios(void **state) {
    (void)state;
    double a[15], b[15];
    for (size_t i = 0; i < 15; i++) {
        a[i] = 10 + (double)i * 0.01;
        b[i] = 2 * a[i];
    }
    stats_interval r = stats_ratio(a, 15, b, 15);
    assert_near(r.mid, 0.5, 0.001);
    assert_true(r.lo < r.mid && r.mid < r.hi && r.hi < 0.51 && r.lo > 0.49);
    assert_true(r.coverage >= 0.95 && r.coverage < 0.97);
    stats_interval i = stats_invert(r);
    assert_near(i.mid, 2, 0.005);
    assert_true(i.lo < i.mid && i.mid < i.hi);
    assert_true(isnan(stats_ratio(a, 15, (double[]){0}, 1).mid));
    assert_true(isnan(stats_ratio(a, 0, b, 15).mid));
    /* 5 against 5, all ten pairs (differences) known: the interval leaves out 2 differences a side, 1 - 2 * 0.015873 */
    r = stats_ratio((double[]){1, 1, 1, 1, 1}, 5, (double[]){1, 2, 4, 8, 16}, 5);
    assert_near(r.mid, 0.25, 1e-12);
    assert_near(r.coverage, 1 - 0.031746, 1e-5);
}

/* The interval excludes 1 exactly when the test refuses equality at its own level. */
static void ratio_agrees_with_the_test(void **state) {
    (void)state;
    int refused = 0;
    for (int shift = 0; shift < 40; shift++) {
        double a[9], b[9];
        uint64_t seed = 12345 + (uint64_t)shift;
        for (size_t i = 0; i < 9; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            a[i] = 100 + (double)(seed >> 40) / 1e6;
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            b[i] = 100 + (double)(seed >> 40) / 1e6 + shift * 0.5;
        }
        stats_interval r = stats_ratio(a, 9, b, 9);
        bool excludes = r.hi < 1 || r.lo > 1;
        assert_int_equal(excludes, stats_mann_whitney(a, 9, b, 9, NULL) <= 1 - r.coverage + 1e-9);
        refused += excludes;
    }
    assert_in_range(refused, 5, 38);
}

/* A machine that becomes four times slower half way: the pairs still agree, the two samples overlap. */
static void paired_ratios(void **state) {
    (void)state;
    double a[10], b[10];
    for (size_t i = 0; i < 10; i++) {
        a[i] = (i < 5 ? 10 : 40) + (double)i * 0.1;
        b[i] = a[i] * (1.5 + 0.01 * (double)i);
    }
    stats_interval r = stats_ratio_rounds(a, 10, b, 10), loose = stats_ratio(a, 10, b, 10);
    assert_near(r.mid, (1 / 1.54 + 1 / 1.55) / 2, 1e-4);
    assert_near(r.lo, 1 / 1.58, 1e-9); /* second smallest and second largest of 10, see median_intervals */
    assert_near(r.hi, 1 / 1.51, 1e-9);
    assert_near(r.coverage, 0.978515625, 1e-9);
    assert_int_equal(stats_judge(r), STATS_AHEAD);
    assert_int_equal(stats_judge(loose), STATS_UNDECIDED);
    assert_near(stats_ratio_rounds(a, 5, b, 5).mid, stats_ratio(a, 5, b, 5).mid, 0);
    assert_near(stats_ratio_rounds(a, 9, b, 10).mid, stats_ratio(a, 9, b, 10).mid, 0);
    assert_true(isnan(stats_ratio_paired(a, b, 0).mid));
    a[3] = 0;
    assert_true(isnan(stats_ratio_paired(a, b, 10).mid));
}

static void holm(void **state) {
    (void)state;
    double p[] = {0.04, 0.01, 0.03, 0.005}, adjusted[4];
    stats_holm(p, 4, adjusted);
    double want[] = {0.06, 0.03, 0.06, 0.02}; /* 4*.005, 3*.01, 2*.03, then max(.06, 1*.04) */
    for (size_t i = 0; i < 4; i++) assert_near(adjusted[i], want[i], 1e-12);
    stats_holm(p, 4, p);
    for (size_t i = 0; i < 4; i++) assert_near(p[i], want[i], 1e-12);
    stats_holm(NULL, 0, NULL);
    double big[] = {0.9, 0.8};
    stats_holm(big, 2, big);
    assert_true(big[0] == 1 && big[1] == 1);
}

static void verdicts(void **state) {
    (void)state;
    static const struct {
        double lo, hi;
        stats_verdict v;
    } table[] = {
        {0.5, 0.99, STATS_AHEAD},    {0.9, 1.09, STATS_LEVEL},  {1.01, 1.10, STATS_LEVEL},
        {0.9, 1.2, STATS_UNDECIDED}, {1.01, 1.2, STATS_BEHIND}, {NAN, NAN, STATS_UNDECIDED},
    };
    for (size_t i = 0; i < N(table); i++) {
        stats_interval r = {1, table[i].lo, table[i].hi, 0.95};
        assert_int_equal(stats_judge(r), table[i].v);
    }
    assert_int_equal(stats_judge((stats_interval){0.5, 0.4, 0.6, 0.9}), STATS_UNDECIDED);
    assert_string_equal(stats_verdict_text(STATS_UNDECIDED), "not decided");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(medians),
        cmocka_unit_test(median_intervals),
        cmocka_unit_test(mann_whitney_exact),
        cmocka_unit_test(mann_whitney_ties),
        cmocka_unit_test(mann_whitney_large),
        cmocka_unit_test(ratios),
        cmocka_unit_test(ratio_agrees_with_the_test),
        cmocka_unit_test(paired_ratios),
        cmocka_unit_test(holm),
        cmocka_unit_test(verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
