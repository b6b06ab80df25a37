/* Unit test of dependencies, once a variant of pool: joins, names behind each filter, subtrees, cycles, refusals, and how a bad
 * end is passed on. */
#include "sched/pool_test_p.h"

/* A gate holds events back until the test says so: they wait for a join that it seals. */
static void gate_init(weir_join *gate) { weir_join_init(gate, NULL); }

static void check_ran(const noted *n, uint32_t times) {
    assert_int_equal(weir_a32_load(&n->ran), times);
    assert_int_equal(weir_a32_load(&n->ended), 1);
}

/* -- joins -------------------------------------------------------------------------------------------------------- */

static void a_join_is_over_with_the_last_that_counts(void **state) {
    (void)state;
    weir_sched_options o = pool_options(2);
    pool p = pool_open(&o);
    weir_join gate, outer, inner;
    noted in_inner, in_outer, after_inner, after_outer;
    gate_init(&gate);
    weir_join_init(&outer, NULL);
    weir_join_init(&inner, &outer);
    noted_after_join(noted_init(&in_inner, NULL), &gate);
    in_inner.event.join = &inner;
    noted_init(&in_outer, NULL)->event.join = &outer;
    noted_after_join(noted_init(&after_inner, NULL), &inner);
    noted_after_join(noted_init(&after_outer, NULL), &outer);
    pool_submit(&p, &in_inner.event);
    pool_submit(&p, &in_outer.event);
    pool_submit(&p, &after_inner.event);
    pool_submit(&p, &after_outer.event);
    weir_join_seal(p.s, &inner);
    weir_join_seal(p.s, &outer);
    noted_await(&in_outer);
    assert_int_equal(weir_sched_wait(p.s, weir_now_ns() + 3000000), WEIR_SCHED_TIMEOUT);
    check_ran(&in_outer, 1);
    assert_int_equal(weir_a32_load(&after_inner.ran) + weir_a32_load(&after_outer.ran), 0);
    weir_join_seal(p.s, &gate); /* nobody counts in it: it ends here, without a worker */
    pool_wait(&p);
    check_ran(&in_inner, 1), check_ran(&after_inner, 1), check_ran(&after_outer, 1);
    pool_close(&p);
}

static void a_join_that_is_over_holds_up_nobody(void **state) {
    (void)state;
    weir_sched_options o = pool_options(0);
    pool p = pool_open(&o);
    weir_join join;
    noted late;
    weir_join_init(&join, NULL);
    weir_join_seal(p.s, &join);
    noted_after_join(noted_init(&late, NULL), &join);
    pool_submit(&p, &late.event);
    pool_wait(&p);
    check_ran(&late, 1);
    pool_close(&p);
}

/* -- names -------------------------------------------------------------------------------------------------------- */

enum { NAMES = 5000 };

typedef struct looks {
    uint64_t exact, filtered;
} looks;

static uint32_t done[NAMES + 1]; /* of the event with this seq: 1 + the greatest of its dependencies */

static void named_run(weir_turn *turn, weir_event *e) {
    (void)turn;
    noted *n = (noted *)e;
    uint32_t greatest = 0;
    for (uint32_t i = 0; i < e->ndeps; i++)
        if (done[n->dep[i].on.seq] > greatest) greatest = done[n->dep[i].on.seq];
    done[e->seq] = greatest + 1;
    noted_run(turn, e);
}

static looks with_filter(const char *filter, unsigned workers) {
    weir_sched_options o = pool_options(workers);
    o.filter = filter;
    pool p = pool_open(&o);
    noted *n = calloc(NAMES + 1, sizeof *n);
    uint32_t *want = calloc(NAMES + 1, sizeof *want);
    uint64_t seed = 4711;
    for (uint32_t seq = 1; seq <= NAMES; seq++) {
        noted_init(n + seq, named_run)->event.flags = WEIR_EVENT_NAMED;
        n[seq].event.seq = seq;
        for (int k = 0; seq > 1 && k < 3; k++) {
            uint64_t on = 1 + pool_random(&seed) % (seq - 1);
            noted_dep(n + seq, WEIR_DEP_ID)->on.seq = on;
            if (want[on] > want[seq]) want[seq] = want[on];
        }
        want[seq]++;
        pool_submit(&p, &n[seq].event);
        if (seq % 1000 == 0) pool_wait(&p); /* so that some are long over, and some are not */
    }
    pool_wait(&p);
    for (uint32_t seq = 1; seq <= NAMES; seq++) {
        check_ran(n + seq, 1);
        assert_int_equal(done[seq], want[seq]);
    }
    weir_sched_stats stats;
    weir_sched_stats_get(p.s, &stats);
    assert_int_equal(stats.exact_looks + stats.filtered, 3 * (NAMES - 1));
    pool_close(&p);
    free(n), free(want);
    return (looks){stats.exact_looks, stats.filtered};
}

static void every_filter_gives_the_same(void **state) {
    (void)state;
    static const char *const filters[] = {"idset", "block", "word", "classic", "counting"};
    for (unsigned workers = 0; workers <= 2; workers++) {
        assert_int_equal(with_filter("none", workers).filtered, 0);
        assert_int_equal(with_filter("maybe", workers).filtered, 0);
        for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
            assert_true(with_filter(filters[i], workers).filtered > NAMES);
    }
}

static void an_unknown_filter_is_refused(void **state) {
    (void)state;
    weir_sched_options o = pool_options(0);
    o.filter = "sieve";
    weir_sched *s;
    weir_sched_error error;
    assert_int_equal(weir_sched_open(&o, &s, &error), WEIR_SCHED_BAD);
    assert_non_null(strstr(error.text, "sieve"));
}

/* -- refusals ----------------------------------------------------------------------------------------------------- */

static void refused(pool *p, noted *n, weir_sched_status status) {
    assert_int_equal(weir_source_submit(p->source, &n->event), status);
    assert_int_equal(weir_a32_load(&n->event.state), 0);
}

static void bad_dependencies_are_refused(void **state) {
    (void)state;
    weir_sched_options o = pool_options(1);
    pool p = pool_open(&o);
    weir_join join, inner;
    noted n, never;
    weir_join_init(&join, NULL);
    weir_join_init(&inner, &join);
    noted_init(&never, NULL);

    noted_after(noted_init(&n, NULL), &n);
    refused(&p, &n, WEIR_SCHED_SELF);
    noted_after(noted_init(&n, NULL), &never);
    refused(&p, &n, WEIR_SCHED_UNKNOWN);
    noted_dep(noted_init(&n, NULL), WEIR_DEP_EVENT);
    refused(&p, &n, WEIR_SCHED_BAD);
    noted_dep(noted_init(&n, NULL), WEIR_DEP_ID)->on.seq = 1;
    n.event.seq = 1, n.event.flags = WEIR_EVENT_NAMED;
    refused(&p, &n, WEIR_SCHED_SELF);
    noted_dep(noted_init(&n, NULL), WEIR_DEP_ID)->on.seq = 9;
    refused(&p, &n, WEIR_SCHED_UNKNOWN);
    noted_dep(noted_init(&n, NULL), WEIR_DEP_ID)->stream = 1000;
    refused(&p, &n, WEIR_SCHED_BAD);
    noted_after_join(noted_init(&n, NULL), &join);
    n.event.join = &inner; /* which counts in the one it waits for */
    refused(&p, &n, WEIR_SCHED_SELF);
    noted_dep(noted_init(&n, NULL), WEIR_DEP_JOIN);
    refused(&p, &n, WEIR_SCHED_BAD);
    noted_dep(noted_init(&n, NULL), WEIR_DEP_SUBTREE)->levels = 9;
    refused(&p, &n, WEIR_SCHED_BAD);
    noted_dep(noted_init(&n, NULL), (weir_dep_kind)77);
    refused(&p, &n, WEIR_SCHED_BAD);
    noted_init(&n, NULL)->event.ndeps = 1;
    n.event.deps = NULL;
    refused(&p, &n, WEIR_SCHED_BAD);

    noted_init(&n, NULL)->event.seq = 5;
    pool_submit(&p, &n.event);
    noted again;
    noted_init(&again, NULL)->event.seq = 5;
    refused(&p, &again, WEIR_SCHED_DUPLICATE);
    weir_join_seal(p.s, &inner); /* nothing that was refused counts */
    weir_join_seal(p.s, &join);
    noted_after_join(noted_init(&again, NULL), &join);
    pool_submit(&p, &again.event);
    pool_wait(&p);
    check_ran(&again, 1);
    pool_close(&p);
}

/* -- subtrees ----------------------------------------------------------------------------------------------------- */

static noted *placed(noted *n, uint64_t path, uint8_t levels) {
    noted_init(n, NULL)->event.path = path;
    n->event.levels = levels;
    return n;
}

static void noted_after_subtree(noted *n, uint64_t path, uint32_t levels) {
    weir_dep *d = noted_dep(n, WEIR_DEP_SUBTREE);
    d->on.path = path;
    d->levels = levels;
}

static const uint64_t a = (uint64_t)'a' << 56, ab = (uint64_t)'a' << 56 | (uint64_t)'b' << 48, b = (uint64_t)'b' << 56;

static void a_subtree_is_waited_for_as_it_was(void **state) {
    (void)state;
    weir_sched_options o = pool_options(2);
    pool p = pool_open(&o);
    weir_join gate, later_gate;
    gate_init(&gate), gate_init(&later_gate);
    noted in_ab, in_b, after_a, after_b, after_all, later_in_a, empty;
    noted_after_join(placed(&in_ab, ab, 2), &gate);
    placed(&in_b, b, 1);
    noted_after_subtree(placed(&after_a, a, 1), a, 1); /* it is below a itself, and does not wait for itself */
    noted_after_subtree(noted_init(&after_b, NULL), b, 1);
    noted_after_subtree(noted_init(&after_all, NULL), 0, 0);
    noted_after_join(placed(&later_in_a, a, 1), &later_gate);
    noted_after_subtree(noted_init(&empty, NULL), ab, 3);
    noted *order[] = {&in_ab, &in_b, &after_a, &after_b, &after_all, &later_in_a, &empty};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) pool_submit(&p, &order[i]->event);
    noted_await(&in_b), noted_await(&after_b), noted_await(&empty);
    assert_int_equal(weir_sched_wait(p.s, weir_now_ns() + 3000000), WEIR_SCHED_TIMEOUT);
    check_ran(&in_b, 1), check_ran(&after_b, 1), check_ran(&empty, 1);
    assert_int_equal(weir_a32_load(&after_a.ran) + weir_a32_load(&after_all.ran), 0);
    weir_join_seal(p.s, &gate);
    noted_await(&in_ab), noted_await(&after_a), noted_await(&after_all); /* later_in_a does not hold them up */
    check_ran(&in_ab, 1), check_ran(&after_a, 1), check_ran(&after_all, 1);
    assert_int_equal(weir_a32_load(&later_in_a.ran), 0);
    weir_join_seal(p.s, &later_gate);
    pool_wait(&p);
    check_ran(&later_in_a, 1);
    pool_close(&p);
}

enum { PLACES = 20000 };

static weir_a64 stamp;
static uint64_t began[PLACES], over[PLACES];

static void stamped_run(weir_turn *turn, weir_event *e) {
    began[e->key] = weir_a64_add_acq_rel(&stamp, 1);
    noted_run(turn, e);
    over[e->key] = weir_a64_add_acq_rel(&stamp, 1);
}

/* Does the first of them lie below the prefix? */
static bool below(const noted *n, uint64_t path, uint32_t levels) {
    return n->event.levels && n->event.levels >= levels &&
           (!levels || n->event.path >> (64 - 8 * levels) == path >> (64 - 8 * levels));
}

static void random_subtrees_as_a_list_says(void **state) {
    (void)state;
    weir_sched_options o = pool_options(2);
    pool p = pool_open(&o);
    noted *n = calloc(PLACES, sizeof *n);
    uint64_t seed = 99;
    for (uint32_t i = 0; i < PLACES; i++) {
        uint32_t r = pool_random(&seed);
        placed(n + i, (uint64_t)(r & 0x01010101) << 32 | (r >> 8 & 0x0101), r >> 20 & 7);
        n[i].event.run = stamped_run, n[i].event.key = i;
        if (r >> 30 == 0) noted_after_subtree(n + i, (uint64_t)(r >> 1 & 0x01010101) << 32, r >> 24 & 3);
        pool_submit(&p, &n[i].event);
    }
    pool_wait(&p);
    for (uint32_t i = 0; i < PLACES; i++) {
        check_ran(n + i, 1);
        if (!n[i].event.ndeps) continue;
        for (uint32_t k = i > 500 ? i - 500 : 0; k < i; k++)
            if (below(n + k, n[i].dep[0].on.path, n[i].dep[0].levels)) assert_true(over[k] < began[i]);
    }
    pool_close(&p);
    free(n);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_join_is_over_with_the_last_that_counts),
        cmocka_unit_test(a_join_that_is_over_holds_up_nobody),
        cmocka_unit_test(every_filter_gives_the_same),
        cmocka_unit_test(an_unknown_filter_is_refused),
        cmocka_unit_test(bad_dependencies_are_refused),
        cmocka_unit_test(a_subtree_is_waited_for_as_it_was),
        cmocka_unit_test(random_subtrees_as_a_list_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
