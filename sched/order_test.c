/* What every scheduler of the order family promises: the total order, exactly once, dependencies, whatever the workers,
 * the window and the sort. */
#include "sched/order_test_p.h"

#define VARIANT WEIR_STRING(WEIR_ORDER)
#define SEED 20260611

static weir_sched *open_with(weir_sched_options o) {
    weir_sched *s = NULL;
    weir_sched_error error = {.text = ""};
    o.variant = VARIANT;
    weir_sched_status status = weir_sched_open(&o, &s, &error);
    if (status) fail_msg("%s", error.text);
    return s;
}

/* Streams take turns, each submits all of its own in the end. */
static void submit_all(weir_sched *s, world *w) {
    const load *l = &w->load;
    weir_source *sources[16];
    node *all[1 << 14];
    uint32_t n = 0;
    for (uint32_t k = 0; k < l->streams; k++)
        assert_int_equal(weir_source_open(s, k, &(weir_source_options){.limit = 1 << 15}, &sources[k]), WEIR_SCHED_OK);
    for (uint32_t i = 0; i < l->each; i++)
        for (uint32_t k = 0; k < l->streams; k++) {
            node *e = source_node(k, i, all, n);
            all[n++] = e;
            assert_int_equal(weir_source_submit(sources[k], &e->event), WEIR_SCHED_OK);
        }
    for (uint32_t k = 0; k < l->streams; k++) weir_source_close(sources[k]);
}

static void check_once(const world *w) {
    for (size_t i = 0; i < weir_a64_load(&w->used); i++) {
        const node *n = &w->nodes[i];
        assert_int_equal(n->status, WEIR_SCHED_OK);
        assert_int_equal(weir_a32_load(&n->ended), 1);
        assert_int_equal(weir_a32_load(&n->ran), n->event.run != NULL);
        assert_int_equal(weir_a32_load(&n->done), n->event.data != NULL);
    }
}

/* Runs the load and compares it with the sequential machine; returns the digest. */
static uint64_t run_load(load l, weir_sched_options o) {
    world w;
    world_open(&w, l);
    the_world = &w;
    weir_sched *s = open_with(o);
    submit_all(s, &w);
    assert_int_equal(weir_sched_wait(s, weir_now_ns() + 120000000000u), WEIR_SCHED_OK);
    weir_sched_stats stats;
    weir_sched_stats_get(s, &stats);
    weir_sched_close(s);
    uint64_t *trace = weir_test_alloc(NODES_MAX * sizeof *trace);
    size_t traced, n = machine_run(&l, trace, &traced);
    assert_int_equal(weir_a32_load(&w.wrong), 0);
    assert_int_equal(weir_a64_load(&w.used), n);
    assert_int_equal(stats.submitted, n);
    assert_int_equal(stats.ended, n);
    assert_int_equal(stats.data_parts, traced);
    assert_int_equal(w.traced, traced);
    assert_memory_equal(w.trace, trace, traced * sizeof *trace);
    assert_true(stats.deterministic);
    assert_true(stats.digest);
    check_once(&w);
    free(trace);
    world_close(&w);
    return stats.digest;
}

static const unsigned workers[] = {0, 1, 2, 4, 8};

static void test_total_order(void **state) {
    (void)state;
    load l = {.seed = SEED, .streams = 3, .each = 300, .spread = 2000, .depth = 3};
    uint64_t digest = run_load(l, (weir_sched_options){.workers = 0});
    for (size_t i = 0; i < 5; i++) assert_int_equal(run_load(l, (weir_sched_options){.workers = workers[i]}), digest);
}

/* All keys equal, then few: ranks alone decide. */
static void test_ties(void **state) {
    (void)state;
    for (uint64_t spread = 1; spread <= 8; spread *= 8) {
        load l = {.seed = SEED + spread, .streams = 4, .each = 100, .spread = spread, .depth = 3};
        uint64_t digest = run_load(l, (weir_sched_options){.workers = 1});
        assert_int_equal(run_load(l, (weir_sched_options){.workers = 3}), digest);
    }
}

static void test_dependencies(void **state) {
    (void)state;
    load l = {.seed = SEED, .streams = 4, .each = 400, .spread = 5000, .depth = 2, .deps = true};
    uint64_t digest = run_load(l, (weir_sched_options){.workers = 1});
    assert_int_equal(run_load(l, (weir_sched_options){.workers = 4}), digest);
}

/* Most of it in the spill, most of the time. */
static void test_small_window(void **state) {
    (void)state;
    load l = {.seed = SEED + 2, .streams = 3, .each = 300, .spread = 900, .depth = 3, .deps = true};
    uint64_t digest = run_load(l, (weir_sched_options){.workers = 1});
    for (uint32_t window = 2; window <= 512; window *= 4)
        assert_int_equal(run_load(l, (weir_sched_options){.workers = 2, .window = window}), digest);
}

static void test_sorts(void **state) {
    (void)state;
    static const char *const sorts[] = {"merge", "radix", "runs", "insertion"};
    load l = {.seed = SEED + 3, .streams = 2, .each = 300, .spread = 100, .depth = 2};
    uint64_t digest = run_load(l, (weir_sched_options){.workers = 1});
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(run_load(l, (weir_sched_options){.workers = 2, .sort = sorts[i]}), digest);
}

/* Sources promise step by step, while workers run. */
static void test_promises(void **state) {
    (void)state;
    world w;
    load l = {.seed = SEED, .streams = 1, .each = 0, .spread = 100};
    world_open(&w, l);
    the_world = &w;
    weir_sched *s = open_with((weir_sched_options){.workers = 2});
    weir_source *source;
    assert_int_equal(weir_source_open(s, 0, NULL, &source), WEIR_SCHED_OK);
    for (uint64_t key = 1; key <= 200; key++) {
        node *n = node_new(4, key, 0);
        n->event.run = NULL;
        n->event.data = node_data;
        assert_int_equal(weir_source_submit(source, &n->event), WEIR_SCHED_OK);
        assert_int_equal(weir_source_promise(source, key + 1), WEIR_SCHED_OK);
        if (key % 50) continue;
        assert_int_equal(weir_sched_wait(s, weir_now_ns() + 60000000000u), WEIR_SCHED_OK);
        assert_int_equal(w.traced, key);
    }
    assert_int_equal(weir_source_promise(source, 7), WEIR_SCHED_BACKWARDS);
    node *held = node_new(4, 300, 0);
    held->event.data = node_data;
    assert_int_equal(weir_source_submit(source, &held->event), WEIR_SCHED_OK);
    assert_int_equal(weir_sched_wait(s, weir_now_ns() + 50000000),
                     WEIR_SCHED_TIMEOUT); /* 300 may still come before it */
    assert_int_equal(weir_a32_load(&held->done), 0);
    weir_source_close(source);
    assert_int_equal(weir_sched_wait(s, weir_now_ns() + 60000000000u), WEIR_SCHED_OK);
    assert_int_equal(weir_a32_load(&held->done), 1);
    weir_sched_close(s);
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_total_order),  cmocka_unit_test(test_ties),  cmocka_unit_test(test_dependencies),
        cmocka_unit_test(test_small_window), cmocka_unit_test(test_sorts), cmocka_unit_test(test_promises),
    };
    return cmocka_run_group_tests_name("order." VARIANT, tests, NULL, NULL);
}
