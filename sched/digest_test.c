#include "prims/test_p.h"

#include "sched/digest_p.h"

static uint64_t of(const weir_event *events, const size_t *order, size_t n) {
    uint64_t chain = weir_digest_begin(0), sum = 0;
    for (size_t i = 0; i < n; i++) sum += chain = weir_digest_event(chain, &events[order[i]]);
    return sum;
}

/* Every order of 5 events, whose keys and ranks are alike as often as can be, gives another digest. */
static void each_order_has_its_own(void **s) {
    (void)s;
    weir_event e[5] = {{.key = 1, .rank = {0, 1}},
                       {.key = 1, .rank = {1, 0}},
                       {.key = 1, .rank = {1, 1}},
                       {.key = 0, .rank = {1, 1}},
                       {.key = 0, .rank = {0, 0}}};
    size_t order[120][5];
    size_t n = 0;
    for (size_t i = 0; i < 3125; i++) {
        size_t digits = i, seen = 0;
        for (size_t k = 0; k < 5; k++, digits /= 5) seen |= (size_t)1 << (order[n][k] = digits % 5);
        if (seen == 31 && ++n == 120) break;
    }
    assert_int_equal(n, 120);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) assert_true(of(e, order[i], 5) != of(e, order[j], 5));
}

/* Two domains whose events retire in any interleaving agree; events that change domains do not. */
static void domains_need_no_order(void **s) {
    (void)s;
    weir_event a = {.key = 1}, b = {.key = 2};
    uint64_t first = weir_digest_event(weir_digest_begin(0), &a), second = weir_digest_event(weir_digest_begin(1), &b);
    uint64_t swapped = weir_digest_event(weir_digest_begin(1), &a) + weir_digest_event(weir_digest_begin(0), &b);
    assert_true(first + second != swapped);
    assert_true(weir_digest_begin(0) != weir_digest_begin(1));
}

/* A word changes it, and where it is mixed in. */
static void words_count(void **s) {
    (void)s;
    uint64_t begin = weir_digest_begin(0);
    assert_true(weir_digest_mix(begin, 0) != begin);
    assert_true(weir_digest_mix(weir_digest_mix(begin, 1), 2) != weir_digest_mix(weir_digest_mix(begin, 2), 1));
    for (uint64_t i = 1; i; i <<= 1) assert_true(weir_digest_mix(begin, i) != weir_digest_mix(begin, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_order_has_its_own),
        cmocka_unit_test(domains_need_no_order),
        cmocka_unit_test(words_count),
    };
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
