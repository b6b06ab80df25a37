/* Histograms against a sorted list of what was recorded. */
#include "prims/test_p.h"

#include <pthread.h>
#include <stdlib.h>

#include "runtime/histogram_p.h"

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint64_t next(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    return *seed ^= *seed << 17;
}

/* Each bucket begins where the one before ends, holds its ends, and is narrow. */
static void buckets(void **state) {
    uint64_t lower = 0;
    (void)state;
    assert_int_equal(weir_histogram_bucket(0), 0);
    for (uint32_t i = 0; i < WEIR_HISTOGRAM_BUCKETS - 1; i++) {
        uint64_t upper = weir_histogram_upper(i);
        assert_int_equal(weir_histogram_bucket(lower + 1), i);
        assert_int_equal(weir_histogram_bucket(upper), i);
        assert_true((upper - (lower + 1)) * 32 <= lower + 1);
        lower = upper;
    }
    assert_int_equal(weir_histogram_bucket(lower + 1), WEIR_HISTOGRAM_BUCKETS - 1);
    assert_int_equal(weir_histogram_bucket(UINT64_MAX), WEIR_HISTOGRAM_BUCKETS - 1);
    for (int k = 0; k < WEIR_HISTOGRAM_TOP; k++) /* powers of two are ends */
        assert_int_equal(weir_histogram_upper(weir_histogram_bucket(UINT64_C(1) << k)), UINT64_C(1) << k);
}

static void empty(void **state) {
    weir_histogram *h = weir_histogram_new();
    (void)state;
    assert_int_equal(weir_histogram_quantile(h, 0.5), 0);
    assert_int_equal(weir_histogram_count(h), 0);
    assert_int_equal(weir_histogram_max(h), 0);
    assert_int_equal(weir_histogram_at_most(h, UINT64_MAX), 0);
    weir_histogram_free(h);
    weir_histogram_free(NULL);
}

enum { VALUES = 20000 };

static void check_quantiles(const weir_histogram *h, const uint64_t *sorted, size_t n) {
    static const double q[] = {0, 0.0001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 0.99999, 1};
    for (size_t i = 0; i < sizeof q / sizeof *q; i++) {
        size_t rank = (size_t)(q[i] * (double)n);
        if ((double)rank < q[i] * (double)n || rank == 0) rank++;
        uint64_t exact = sorted[rank - 1], got = weir_histogram_quantile(h, q[i]);
        if (got < exact || got - exact > exact / 32)
            fail_msg("quantile %f of %zu: %llu, not %llu", q[i], n, (unsigned long long)got, (unsigned long long)exact);
    }
}

/* Values of all sizes, in two histograms that are merged. */
static void quantiles(void **state) {
    static uint64_t value[VALUES];
    weir_histogram *a = weir_histogram_new(), *b = weir_histogram_new();
    uint64_t seed = 1, sum = 0;
    (void)state;
    for (int i = 0; i < VALUES; i++) {
        value[i] = 1 + (next(&seed) >> (25 + next(&seed) % 38));
        sum += value[i];
        weir_histogram_record(i % 3 ? a : b, value[i]);
    }
    weir_histogram_merge(a, b);
    qsort(value, VALUES, sizeof *value, by_value);
    check_quantiles(a, value, VALUES);
    assert_int_equal(weir_histogram_count(a), VALUES);
    assert_int_equal(weir_histogram_sum(a), sum);
    assert_int_equal(weir_histogram_max(a), value[VALUES - 1]);
    for (int k = 0; k < WEIR_HISTOGRAM_TOP; k++) {
        uint64_t n = 0;
        while (n < VALUES && value[n] <= UINT64_C(1) << k) n++;
        assert_int_equal(weir_histogram_at_most(a, UINT64_C(1) << k), n);
    }
    weir_histogram_free(a);
    weir_histogram_free(b);
}

static void beyond_the_top(void **state) {
    weir_histogram *h = weir_histogram_new();
    (void)state;
    weir_histogram_record(h, 5);
    weir_histogram_record(h, UINT64_C(1) << 50);
    assert_int_equal(weir_histogram_quantile(h, 0.5), 5);
    assert_int_equal(weir_histogram_quantile(h, 0.9), UINT64_C(1) << 50);
    assert_int_equal(weir_histogram_count(h), 2);
    weir_histogram_free(h);
}

enum { THREADS = 4, EACH = 5000 };

static void *record(void *arg) {
    for (uint64_t i = 1; i <= EACH; i++) weir_histogram_record(arg, i);
    return NULL;
}

static void no_sample_is_lost(void **state) {
    weir_histogram *h = weir_histogram_new();
    pthread_t thread[THREADS];
    (void)state;
    for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&thread[i], NULL, record, h), 0);
    for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
    assert_int_equal(weir_histogram_count(h), THREADS * EACH);
    assert_int_equal(weir_histogram_sum(h), (uint64_t)THREADS * EACH * (EACH + 1) / 2);
    assert_int_equal(weir_histogram_max(h), EACH);
    weir_histogram_free(h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets),           cmocka_unit_test(empty),
        cmocka_unit_test(quantiles),         cmocka_unit_test(beyond_the_top),
        cmocka_unit_test(no_sample_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
