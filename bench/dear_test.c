/* Test of objects that are dear to make (bench_row.dear), and of the folders of children. */
#include "bench/cli_test_p.h"

#include <stdlib.h>
#include <unistd.h>

/* The reps of cell i, added up: 1 + 2 + .. + n when one object was measured n times for it. */
static double sum_of(const json_t *reps) {
    double sum = 0;
    for (size_t i = 0; i < json_array_size(reps); i++) sum += json_number_value(json_array_get(reps, i));
    return sum;
}

static const json_t *reps_of(const json_t *d, size_t i) { return json_object_get(cell(d, i), "reps"); }

/* Nothing of what children left in their folders is there any more. */
static bool nothing_left(void) {
    char line[200];
    snprintf(line, sizeof line, "test -z \"$(ls -A %s | grep weir-bench)\"", dir);
    return system(line) == 0;
}

static void one_object_for_all_repetitions(void **state) {
    (void)state;
    json_t *d;
    first_cell("run --filter '^test.dear$'" QUICK, 0, "ok", &d);
    assert_true(sum_of(reps_of(d, 0)) == 1 + 2 + 3);
    const json_t *twin = json_array_get(json_object_get(d, "aa"), 0); /* it has one of its own */
    assert_true(sum_of(json_object_get(twin, "b")) == 1 + 2 + 3);
    json_decref(d);
    assert_true(nothing_left());
}

static void one_object_for_all_columns(void **state) {
    (void)state;
    json_t *d;
    first_cell("run --filter '^test.dear$' --mix 95r5w,70r30w" QUICK, 0, "ok", &d);
    assert_true(sum_of(reps_of(d, 0)) + sum_of(reps_of(d, 1)) == 1 + 2 + 3 + 4 + 5 + 6);
    json_decref(d);
}

/* 95r5w with 1, 3 and 4 tenants, 50r50w with 1. */
static void one_value_from_behind_a_semicolon(void **state) {
    (void)state;
    json_t *d;
    first_cell("run --filter '^test.dear$' --suite full" QUICK, 0, "ok", &d);
    assert_int_equal(json_array_size(json_object_get(d, "cells")), 4);
    json_decref(d);
    first_cell("run --filter '^test.dear$' --mix 50r50w --suite full" QUICK, 0, "ok",
               &d); /* what is asked for counts not */
    assert_int_equal(json_array_size(json_object_get(d, "cells")), 3);
    json_decref(d);
}

static void made_anew_in_published_runs(void **state) {
    (void)state;
    json_t *d;
    first_cell("run --filter '^test.dear$' --format json --reps 15 --seconds 0.1 --limit 60", 0, "ok", &d);
    assert_true(sum_of(reps_of(d, 0)) == 3 * (1 + 2 + 3 + 4 + 5));
    json_decref(d);
}

static void no_memory_for_it(void **state) {
    (void)state;
    json_t *d, *c = first_cell("run --filter '^test.dear$' --tenants 2" QUICK, 0, "failed", &d);
    assert_non_null(strstr(text_of(c, "error"), "GiB of memory"));
    json_decref(d);
}

static void trouble_with_a_kept_one(void **state) {
    (void)state;
    json_t *d, *c = first_cell("run --filter test.dearcrash" QUICK, 0, "failed", &d);
    assert_non_null(strstr(text_of(c, "error"), "signal 9"));
    assert_int_equal(json_array_size(json_object_get(c, "reps")), 1);
    json_decref(d);
    c = first_cell("run --filter test.dearhang --format json --reps 3 --seconds 0.03 --limit 0.3", 0, "timeout", &d);
    assert_non_null(strstr(text_of(c, "error"), "at repetition 2"));
    json_decref(d);
    assert_true(nothing_left());
}

static void what_a_killed_program_left(void **state) {
    (void)state;
    char line[200];
    snprintf(line, sizeof line, "mkdir -p %s/.weir-bench-999999999/x", dir); /* no process has such a number */
    assert_int_equal(system(line), 0);
    json_t *d;
    first_cell("run --filter '^test.dear$'" QUICK, 0, "ok", &d);
    json_decref(d);
    assert_true(nothing_left());
}

int main(void) {
    if (!mkdtemp(dir)) return 1;
    setenv("TMPDIR", dir, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_object_for_all_repetitions),    cmocka_unit_test(one_object_for_all_columns),
        cmocka_unit_test(made_anew_in_published_runs),       cmocka_unit_test(no_memory_for_it),
        cmocka_unit_test(one_value_from_behind_a_semicolon), cmocka_unit_test(trouble_with_a_kept_one),
        cmocka_unit_test(what_a_killed_program_left),
    };
    return cmocka_run_group_tests(tests, NULL, clean);
}
