/* Unit test of the graphs of sched.*: that the check after a round finds what a scheduler may do wrong. */
#include "prims/test_p.h"

#include "bench/cases/graph.h"

enum { N = 1000 };

static bench_graph *begun(bench_graph_kind kind) {
    bench_graph *g = bench_graph_new(kind, N, 7);
    assert_non_null(g);
    bench_graph_begin(g);
    return g;
}

static void run_all(bench_graph *g) {
    for (uint32_t i = 0; i < g->n; i++) bench_node_run(g, i);
}

static void is_wrong(bench_graph *g, const char *what) {
    bench_sample s = {0};
    assert_false(bench_graph_check(g, &s));
    assert_true(s.wrong);
    assert_non_null(strstr(s.error, what));
    bench_graph_free(g);
}

static void right_rounds_pass(void **state) {
    (void)state;
    for (int kind = BENCH_GRAPH_NONE; kind <= BENCH_GRAPH_RANDOM; kind++) {
        bench_graph *g = bench_graph_new((bench_graph_kind)kind, N, 7);
        bench_sample s = {0};
        for (int round = 0; round < 3; round++) {
            bench_graph_begin(g);
            run_all(g);
            assert_true(bench_graph_check(g, &s));
        }
        bench_graph_free(g);
    }
}

static void one_left_out(void **state) {
    (void)state;
    bench_graph *g = begun(BENCH_GRAPH_NONE);
    for (uint32_t i = 0; i < N; i++)
        if (i != 500) bench_node_run(g, i);
    is_wrong(g, "event 500 of 1000 did not run");
}

static void one_twice(void **state) {
    (void)state;
    bench_graph *g = begun(BENCH_GRAPH_NONE);
    run_all(g);
    bench_node_run(g, 3);
    is_wrong(g, "event 3 of 1000 ran twice");
}

/* In the second round, when what the dependency left behind in the first looks like a result. */
static void one_too_early(void **state) {
    (void)state;
    bench_graph *g = begun(BENCH_GRAPH_RANDOM);
    run_all(g);
    bench_graph_begin(g);
    bench_node_run(g, 900);
    for (uint32_t i = 0; i < N; i++)
        if (i != 900) bench_node_run(g, i);
    is_wrong(g, "event 900 of 1000 ran before one that it depends on");
}

static void dependents_are_the_dependencies_turned_round(void **state) {
    (void)state;
    bench_graph *g = begun(BENCH_GRAPH_RANDOM), *same = begun(BENCH_GRAPH_RANDOM);
    uint32_t edges = 0;
    assert_int_equal(g->nroots, 1);
    for (uint32_t i = 0; i < N; i++) {
        assert_memory_equal(g->dep[i], same->dep[i], sizeof g->dep[i]);
        for (unsigned k = 0; k < bench_node_deps(g, i); k++, edges++) assert_true(g->dep[i][k] < i);
        if (bench_node_deps(g, i) == 2) assert_int_not_equal(g->dep[i][0], g->dep[i][1]);
        for (uint32_t k = g->first[i]; k < g->first[i + 1]; k++) {
            const uint32_t *of = g->dep[g->dependents[k]];
            assert_true(of[0] == i || of[1] == i);
        }
    }
    assert_int_equal(edges, g->first[N]);
    bench_graph_free(g);
    bench_graph_free(same);
}

static void shuffled_is_each_once(void **state) {
    (void)state;
    bench_graph *g = begun(BENCH_GRAPH_RANDOM);
    unsigned seen[N] = {0}, moved = 0;
    assert_true(bench_graph_line_up(g, true, 7));
    for (uint32_t i = 0; i < N; i++) {
        seen[g->order[i]]++;
        moved += g->order[i] != i;
    }
    for (uint32_t i = 0; i < N; i++) assert_int_equal(seen[i], 1);
    assert_true(moved > N / 2);
    bench_graph_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_rounds_pass),
        cmocka_unit_test(one_left_out),
        cmocka_unit_test(one_twice),
        cmocka_unit_test(one_too_early),
        cmocka_unit_test(dependents_are_the_dependencies_turned_round),
        cmocka_unit_test(shuffled_is_each_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
