/* Test of compare: known differences are found, noise is not, and many cells do not make one significant. */
#include "bench/report_test_p.h"

#include "bench/compare.h"

static int compare(const char *a, const char *b, const char *format) {
    char *argv[] = {"compare", test_path(a), test_path(b), "--format", (char *)(uintptr_t)format, NULL};
    return test_run(bench_compare_main, format ? 5 : 3, argv);
}

static json_t *compared(const char *a, const char *b, int code) {
    assert_int_equal(compare(a, b, "json"), code);
    json_error_t e;
    json_t *o = json_loads(test_out, 0, &e);
    if (!o) fail_msg("%s: %.200s", e.text, test_out);
    return o;
}

static const char *verdict_of(const json_t *o, size_t i) {
    return json_string_value(json_object_get(json_array_get(json_object_get(o, "cells"), i), "verdict"));
}

/* One run of `n` cells, the first of them `factor` as slow, drawn with this seed. */
static json_t *run_of(unsigned n, unsigned reps, double factor, double spread, unsigned seed) {
    json_t *doc = test_document();
    for (unsigned i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof name, "v%u", i);
        test_cell(doc, "ring.mpmc", name, "1p1c", test_reps(i ? 100 : 100 * factor, spread, reps, seed * 1000 + i));
    }
    return doc;
}

static void differences(void **state) {
    (void)state;
    static const struct {
        double factor;
        const char *verdict;
        int code;
    } table[] = {{1.3, "slower", 4}, {1.1, "slower", 4}, {1.03, "same", 0},
                 {1, "same", 0},     {0.97, "same", 0},  {0.8, "faster", 0}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        test_save(run_of(5, 15, 1, 0.02, 1), "a");
        test_save(run_of(5, 15, table[i].factor, 0.02, 2), "b");
        json_t *o = compared("a", "b", table[i].code);
        assert_string_equal(verdict_of(o, 0), table[i].verdict);
        for (size_t k = 1; k < 5; k++) assert_string_equal(verdict_of(o, k), "same");
        json_decref(o);
    }
}

static void higher_is_better_turns_it_round(void **state) {
    (void)state;
    json_t *a = run_of(1, 15, 1, 0.02, 1), *b = run_of(1, 15, 1.3, 0.02, 2);
    json_object_set_new(json_array_get(json_object_get(a, "cells"), 0), "better", json_string("higher"));
    json_object_set_new(json_array_get(json_object_get(b, "cells"), 0), "better", json_string("higher"));
    test_save(a, "a");
    test_save(b, "b");
    json_t *o = compared("a", "b", 0);
    assert_string_equal(verdict_of(o, 0), "faster");
    json_decref(o);
    o = compared("b", "a", 4);
    assert_string_equal(verdict_of(o, 0), "slower");
    json_decref(o);
}

/* Pairs of draws of one wide distribution, 40 cells each. Holm allows one pair in twenty to show anything; unadjusted, two
 * cells of every pair would. */
static void noise_is_not_a_difference(void **state) {
    (void)state;
    int shown = 0;
    for (unsigned seed = 1; seed <= 40; seed++) {
        test_save(run_of(40, 8, 1, 0.6, 2 * seed), "a");
        test_save(run_of(40, 8, 1, 0.6, 2 * seed + 1), "b");
        assert_true((compare("a", "b", "table") & ~4) == 0);
        shown += !strstr(test_out, "0 slower, 0 broken, 0 faster");
    }
    assert_in_range(shown, 0, 5);
}

/* The difference that one test shows is not shown among two hundred. */
static void holm_counts_the_cells(void **state) {
    (void)state;
    test_save(run_of(1, 6, 1, 0.02, 1), "a");
    test_save(run_of(1, 6, 1.2, 0.02, 2), "b");
    json_t *o = compared("a", "b", 4);
    assert_string_equal(verdict_of(o, 0), "slower");
    json_decref(o);
    test_save(run_of(150, 6, 1, 0.02, 1), "a");
    test_save(run_of(150, 6, 1.2, 0.02, 2), "b");
    o = compared("a", "b", 0);
    assert_string_equal(verdict_of(o, 0), "same");
    assert_non_null(strstr(test_err, "150 of 150 cells have too few repetitions"));
    json_decref(o);
    test_save(run_of(150, 15, 1, 0.02, 1), "a");
    test_save(run_of(150, 15, 1.2, 0.02, 2), "b");
    o = compared("a", "b", 4);
    assert_string_equal(verdict_of(o, 0), "slower");
    json_decref(o);
}

/* A significant difference below the noise floor of the case stays noise. */
static void the_noise_floor_counts(void **state) {
    (void)state;
    json_t *a = run_of(1, 15, 1, 0.02, 1);
    json_object_set_new(json_array_get(json_object_get(a, "noise"), 0), "floor", json_real(0.25));
    test_save(a, "a");
    test_save(run_of(1, 15, 1.2, 0.02, 2), "b");
    json_t *o = compared("a", "b", 0);
    assert_string_equal(verdict_of(o, 0), "same");
    json_decref(o);
}

static void status_changes(void **state) {
    (void)state;
    static const char *const names[] = {"ok", "timeout", "absent", "wrong"};
    static const char *const verdict[4][4] = {{"same", "broken", "uncompared", "broken"},
                                              {"repaired", "same", "uncompared", "uncompared"},
                                              {"uncompared", "uncompared", "same", "uncompared"},
                                              {"repaired", "uncompared", "uncompared", "same"}};
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 4; k++) {
            json_t *a = run_of(1, 15, 1, 0.02, 1), *b = run_of(1, 15, 1, 0.02, 2);
            if (i) test_status(json_array_get(json_object_get(a, "cells"), 0), names[i], "x");
            if (k) test_status(json_array_get(json_object_get(b, "cells"), 0), names[k], "x");
            test_save(a, "a");
            test_save(b, "b");
            json_t *o = compared("a", "b", strcmp(verdict[i][k], "broken") == 0 ? 4 : 0);
            assert_string_equal(verdict_of(o, 0), verdict[i][k]);
            json_decref(o);
        }
}

static void what_cannot_be_compared_is_said(void **state) {
    (void)state;
    json_t *a = run_of(3, 15, 1, 0.02, 1), *b = run_of(2, 15, 1, 0.02, 2);
    json_object_set_new(json_array_get(json_object_get(b, "cells"), 0), "unit", json_string("us/op"));
    json_object_set_new(json_array_get(json_object_get(b, "cells"), 1), "unit", json_string("us/op"));
    test_cell(b, "ring.spsc", "new", "1p1c", test_reps(1, 0.1, 5, 1));
    json_object_set_new(json_object_get(b, "machine"), "cpu", json_string("Other\x1b[2J"));
    test_save(a, "a");
    test_save(b, "b");
    assert_int_equal(compare("a", "b", NULL), 0);
    assert_non_null(strstr(test_err, "the machines differ in cpu"));
    assert_non_null(strstr(test_err, "ring.mpmc v0: ns/op, lower is better in A, and us/op, lower is better in B"));
    assert_null(strchr(test_err, '\x1b'));
    assert_null(strchr(test_out, '\x1b'));
    assert_non_null(strstr(test_out, "Only in A:\n  ring.mpmc v2 shape=1p1c"));
    assert_non_null(strstr(test_out, "Only in B:\n  ring.spsc new shape=1p1c"));
    assert_non_null(strstr(test_out, "2 not comparable"));
}

static void zeros_have_no_ratio_but_a_direction(void **state) {
    (void)state;
    json_t *a = test_document(), *b = test_document();
    test_cell(a, "filter.fp", "exact", "-", test_reps(0, 0, 15, 1));
    test_cell(b, "filter.fp", "exact", "-", test_reps(3, 0.1, 15, 1));
    test_save(a, "a");
    test_save(b, "b");
    json_t *o = compared("a", "b", 4);
    assert_string_equal(verdict_of(o, 0), "slower");
    assert_true(json_is_null(json_object_get(json_array_get(json_object_get(o, "cells"), 0), "ratio")));
    json_decref(o);
}

static void usage(void **state) {
    (void)state;
    static const struct {
        const char *args[5];
        const char *says;
    } table[] = {{{NULL}, "two runs are needed"},
                 {{"a"}, "two runs are needed"},
                 {{"a", "b", "c"}, "more than two runs: c"},
                 {{"a", "b", "--format"}, "--format takes table or json"},
                 {{"a", "b", "--format", "xml"}, "not xml"},
                 {{"a", "b", "--format=xml"}, "not xml"},
                 {{"--fast", "a", "b"}, "unknown option --fast"},
                 {{"/nowhere/a", "/nowhere/b"}, "/nowhere/a: No such file"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *argv[7] = {"compare"};
        int argc = 1;
        for (; argc < 6 && table[i].args[argc - 1]; argc++) argv[argc] = (char *)(uintptr_t)table[i].args[argc - 1];
        assert_int_equal(test_run(bench_compare_main, argc, argv), 2);
        if (!strstr(test_err, table[i].says)) fail_msg("%zu: %s", i, test_err);
        assert_string_equal(test_out, "");
    }
    test_write("broken", "{\"schema\":1", 11);
    test_save(run_of(1, 5, 1, 0, 1), "a");
    assert_int_equal(compare("a", "broken", NULL), 2);
    assert_non_null(strstr(test_err, "broken: line 1"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences),
        cmocka_unit_test(higher_is_better_turns_it_round),
        cmocka_unit_test(noise_is_not_a_difference),
        cmocka_unit_test(holm_counts_the_cells),
        cmocka_unit_test(the_noise_floor_counts),
        cmocka_unit_test(status_changes),
        cmocka_unit_test(what_cannot_be_compared_is_said),
        cmocka_unit_test(zeros_have_no_ratio_but_a_direction),
        cmocka_unit_test(usage),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_remove);
}
