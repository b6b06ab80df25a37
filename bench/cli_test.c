/* Test of the command line: the real program with the rows of cli_test_rows.c, run as a user runs it. */
#include "bench/cli_test_p.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prims/platform.h"

/* ---- bad usage ---- */

static void bad_usage(void **state) {
    (void)state;
    static const struct {
        const char *args, *says;
    } table[] = {
        {"", "a command is needed"},
        {"walk", "unknown command 'walk'"},
        {"list --xml", "--xml"},
        {"machine 1", "'1'"},
        {"run --speed 3", "unknown option '--speed'"},
        {"run test.good", "unexpected argument 'test.good'"},
        {"run --filter", "--filter needs a value"},
        {"run --filter 'te(st'", "not a regular expression"},
        {"run --filter 'test.god'", "no case matches the filter 'test.god'"},
        {"run --filter nothing.here", "test.good"}, /* the choices */
        {"run --filter test.good --variant fien", "no selected case has a variant 'fien'"},
        {"run --filter test.good --variant fien", "test.good fine"},
        {"run --shape 0p1c", "0 threads"},
        {"run --shape 1p", "not of the form 4p2c"},
        {"run --shape 1p1c9", "not of the form 4p2c"},
        {"run --shape 300p300c", "more than 512 threads"},
        {"run --shape ''", "not of the form 4p2c"},
        {"run --threads 0", "no selected case has this axis"},
        {"run --order sideways", "choose of up,down"},
        {"run --dist zipf", "dist 'zipf': choose uniform, or zipf:S"},
        {"run --dist zipf:1.5", "S between 0 and 1"},
        {"run --dist zipf:0.9x", "S between 0 and 1"},
        {"run --mix 95r6w", "not of the form 95r5w"},
        {"run --mix 95w5r", "not of the form 95r5w"},
        {"run --mix words", "choose of 95r5w;50r50w"},
        {"run --tenants 0", "not a count above 0"},
        {"run --size 0", "not a count above 0"},
        {"run --size 1z", "not a count above 0"},
        {"run --size 99999999999999999999", "not a count above 0"},
        {"run --size 9999999999999999M", "not a count above 0"},
        {"run --load loud", "choose quiet, busy or both"},
        {"run --reps 0", "--reps '0'"},
        {"run --reps 1.5", "whole number"},
        {"run --reps many", "--reps 'many'"},
        {"run --seconds -1", "--seconds '-1'"},
        {"run --seconds nan", "--seconds 'nan'"},
        {"run --total 0", "--total '0'"},
        {"run --limit soon", "--limit 'soon'"},
        {"run --suite slow", "choose quick or full"},
        {"run --format xml", "choose table, json or csv"},
        {"run --seed -4", "--seed '-4'"},
        {"run --pin 100000", "processor 100000"},
        {"run --pin sideways", "choose none, compact, scatter"},
        {"run --pin 0,", "choose none, compact, scatter"},
        {"run --out ''", "--out needs"},
        {"run --out /proc/nowhere/at/all", "cannot write '/proc/nowhere/at/all'"},
        {"run --out /dev/null/x", "cannot write '/dev/null/x'"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int status = bench(table[i].args);
        if (status != 2 || out[0] || !strstr(err, table[i].says))
            fail_msg("bench %s: exit %d, standard output '%.80s', standard error '%.300s'", table[i].args, status, out,
                     err);
    }
}

/* ---- results ---- */

static void good_run(void **state) {
    (void)state;
    static const char *const keys[] = {"case", "variant", "default",   "peer",          "params",
                                       "unit", "better",  "status",    "reps",          "median",
                                       "lo",   "hi",      "ops_per_s", "cpu_ns_per_op", "extra"};
    json_t *d, *c = first_cell("run --filter '^test.good$' --load both" QUICK, 0, "ok", &d);
    assert_int_equal(json_integer_value(json_object_get(d, "schema")), 1);
    assert_true(json_is_object(json_object_get(d, "machine")));
    assert_non_null(strstr(text_of(d, "command"), "'^test.good$'"));
    assert_int_equal(json_array_size(json_object_get(d, "cells")), 10); /* 5 rows, 2 loads, 1 shape */
    assert_true(json_is_number(json_object_get(json_object_get(d, "machine"), "steal_percent")));
    assert_int_equal(json_array_size(json_object_get(d, "aa")), 2);
    assert_int_equal(json_array_size(json_object_get(d, "noise")), 2);
    assert_true(json_number_value(json_object_get(d, "noise_floor")) >= 1);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) assert_non_null(json_object_get(c, keys[i]));
    assert_string_equal(text_of(c, "variant"), "fine"); /* the default stands first */
    assert_true(json_is_true(json_object_get(c, "default")));
    assert_int_equal(json_array_size(json_object_get(c, "reps")), 3);
    double lo = json_real_value(json_object_get(c, "lo")), hi = json_real_value(json_object_get(c, "hi"));
    double median = json_real_value(json_object_get(c, "median"));
    assert_true(0 < lo && lo <= median && median <= hi);
    assert_true(json_real_value(json_object_get(c, "ops_per_s")) > 0);
    assert_true(json_real_value(json_object_get(c, "cpu_ns_per_op")) > 0);
    assert_string_equal(text_of(json_object_get(c, "params"), "load"), "quiet");
    assert_string_equal(text_of(json_object_get(cell(d, 9), "params"), "load"), "busy");
    assert_string_equal(text_of(cell(d, 4), "status"), "absent");
    assert_non_null(strstr(text_of(cell(d, 4), "error"), "libmissing-dev"));
    assert_true(json_is_null(json_object_get(cell(d, 4), "median")));
    json_decref(d);
}

static size_t reps_of(const json_t *d) { return json_array_size(json_object_get(cell(d, 0), "reps")); }

/* A total leaves at least three rounds; what is asked for by number is done. */
static void lengths(void **state) {
    (void)state;
    json_t *d;
    first_cell("run --filter test.measure --format json", 0, "ok", &d);
    assert_int_equal(reps_of(d), 15);
    json_decref(d);
    first_cell("run --filter test.measure --format json --total 1 --reps 40", 0, "ok", &d);
    assert_in_range(reps_of(d), 3, 40);
    json_decref(d);
    first_cell("run --filter test.measure --format json --seconds 0.07 --reps 7 --pin compact", 0, "ok", &d);
    assert_int_equal(reps_of(d), 7);
    json_t *plan = json_object_get(d, "plan");
    assert_string_equal(text_of(plan, "pin"), "compact");
    assert_true(json_real_value(json_object_get(plan, "seconds")) > 0.0099);
    json_decref(d);
}

static void fairness_of_teams(void **state) {
    (void)state;
    json_t *d, *c = first_cell("run --filter test.good --variant fine --shape 3p2c --load quiet" QUICK, 0, "ok", &d);
    assert_string_equal(text_of(json_object_get(c, "params"), "shape"), "3p2c");
    double fairness = json_real_value(json_object_get(json_object_get(c, "extra"), "fairness"));
    assert_true(json_is_real(json_object_get(json_object_get(c, "extra"), "fairness")));
    assert_true(fairness >= 0 && fairness <= 1);
    json_decref(d);
}

static void other_formats(void **state) {
    (void)state;
    assert_int_equal(
        bench("run --filter test.good --variant fine,lock,peer.strong --load quiet --reps 5 --seconds 0.05 --limit 60"),
        0);
    assert_non_null(strstr(out, "test.good, quiet, ns/op"));
    assert_non_null(strstr(out, "fine (default, provisional)"));
    assert_non_null(strstr(out, "fine : best peer"));
    assert_non_null(strstr(out, "fine : lock"));
    assert_null(strstr(out, "strong : lock"));
    assert_int_equal(bench("run --filter test.good --format csv --load quiet --reps 1 --seconds 0.01"), 0);
    int lines = 0;
    for (const char *at = out; (at = strchr(at, '\n')); at++) lines++;
    assert_int_equal(lines, 6); /* heading and 5 rows */
    assert_memory_equal(out, "case,variant,params,", 20);
    assert_int_equal(bench("list --json"), 0);
    json_t *d = document();
    assert_int_equal(json_array_size(json_object_get(d, "cases")), 13);
    json_decref(d);
    assert_int_equal(bench("machine --json"), 0);
    d = document();
    assert_true(json_is_array(json_object_get(d, "warnings")));
    json_decref(d);
}

static void other_ways_to_measure(void **state) {
    (void)state;
    json_t *d, *c = first_cell("run --filter test.measure --size 3,4k --load busy" QUICK, 0, "ok", &d);
    assert_true(json_real_value(json_object_get(c, "median")) == 3);
    assert_true(json_real_value(json_object_get(cell(d, 1), "median")) == 4096);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(cell(d, 1), "params"), "size")), 4096);
    assert_true(json_real_value(json_object_get(json_object_get(c, "extra"), "busy")) == 1);
    assert_true(json_real_value(json_object_get(json_object_get(c, "extra"), "seconds")) == 0.01);
    assert_non_null(strstr(err, "a library that prints"));
    json_decref(d);
    c = first_cell("run --filter test.loop" QUICK, 0, "ok", &d);
    double median = json_real_value(json_object_get(c, "median"));
    assert_true(median > 0 && median < 1000);
    json_decref(d);
}

/* ---- rows that go wrong ---- */

static void wrong_values(void **state) {
    (void)state;
    json_t *d, *c = first_cell("run --filter test.lost" QUICK, 1, "wrong", &d);
    assert_non_null(strstr(text_of(c, "error"), "were pushed and"));
    json_decref(d);
    c = first_cell("run --filter test.changed" QUICK, 1, "wrong", &d);
    assert_non_null(strstr(text_of(c, "error"), "not the ones"));
    json_decref(d);
    first_cell("run --filter test.control" QUICK, 0, "wrong", &d); /* it is there to be wrong */
    json_decref(d);
}

static void failures(void **state) {
    (void)state;
    json_t *d, *c = first_cell("run --filter test.crash" QUICK, 0, "failed", &d);
    assert_non_null(strstr(text_of(c, "error"), "signal 9"));
    json_decref(d);
    c = first_cell("run --filter test.nothing" QUICK, 0, "failed", &d);
    assert_non_null(strstr(text_of(c, "error"), "make()"));
    json_decref(d);
    first_cell("run --filter test.nonsense" QUICK, 0, "failed", &d);
    json_decref(d);
}

/* ---- processes that must not stay ---- */

static bool is_alive(long pid) {
    char path[64], state = 'X';
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f) return false;
    if (fscanf(f, "%*d %*s %c", &state) != 1) state = 'X';
    fclose(f);
    return state != 'Z' && state != 'X';
}

/* Processes that the hanging row has noted; -1 when one of them is still there after some seconds. */
static int noted_and_gone(void) {
    char text[4096], *at = text;
    int n = 0;
    read_file("pids", text, sizeof text);
    for (char *end; *at; at = end + 1, n++) {
        long pid = strtol(at, &end, 10);
        for (int i = 0; is_alive(pid); i++) {
            if (i == 500) return -1;
            usleep(10000);
        }
    }
    return n;
}

static void forget_processes(void) {
    char path[128];
    snprintf(path, sizeof path, "%s/pids", dir);
    unlink(path);
    setenv("BENCH_TEST_PIDS", path, 1);
}

static void timeouts(void **state) {
    (void)state;
    forget_processes();
    json_t *d,
        *c = first_cell("run --filter test.hang --format json --reps 3 --seconds 0.03 --limit 0.3", 0, "timeout", &d);
    assert_non_null(strstr(text_of(c, "error"), "no end within 0.3 s, at repetition 1"));
    assert_int_equal(json_array_size(json_object_get(c, "reps")), 0);
    assert_int_equal(noted_and_gone(),
                     4); /* the row and its child, and their A/A twins: once each, not once a repetition */
    json_decref(d);
}

/* Starts a run that hangs and returns when two processes of it are there. */
static pid_t start_hanging(void) {
    forget_processes();
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(dir) || !freopen("out", "w", stdout) || !freopen("err", "w", stderr)) _exit(99);
        execl(BENCH_PROGRAM, "bench", "run", "--filter", "test.hang", "--limit", "60", "--load", "both", "--format",
              "json", (char *)NULL);
        _exit(99);
    }
    char text[4096] = "";
    for (int i = 0; i < 1000 && (!strchr(text, '\n') || strchr(text, '\n') == strrchr(text, '\n')); i++) {
        usleep(10000);
        read_file("pids", text, sizeof text);
    }
    return pid;
}

static void broken_off(void **state) {
    (void)state;
    int how;
    pid_t pid = start_hanging();
    kill(pid, SIGINT);
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 130);
    read_file("out", out, sizeof out);
    json_t *d = document();
    assert_true(json_is_true(json_object_get(d, "interrupted")));
    json_decref(d);
    assert_int_equal(noted_and_gone(), 2);
}

static void killed(void **state) {
    (void)state;
    int how;
    pid_t pid = start_hanging();
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &how, 0), pid);
    char text[64]; /* the child of the engine must go with it; what that had started is not ours to find */
    read_file("pids", text, sizeof text);
    text[strcspn(text, "\n")] = '\0';
    for (int i = 0; i < 500 && is_alive(strtol(text, NULL, 10)); i++) usleep(10000);
    assert_false(is_alive(strtol(text, NULL, 10)));
    read_file("pids", text, sizeof text);
    for (char *at = text; *at; at = strchr(at, '\n') + 1) kill((pid_t)strtol(at, NULL, 10), SIGKILL);
}

/* ---- the folder ---- */

static void out_folder(void **state) {
    (void)state;
    static const char *const files[] = {"raw.json", "command.txt", "machine.json", "report.md"};
    assert_int_equal(bench("run --filter test.good --load quiet --reps 5 --seconds 0.05 --format json --out a/b/c"), 0);
    json_t *printed = document(), *kept;
    read_file("a/b/c/raw.json", out, sizeof out);
    kept = document();
    assert_true(json_equal(printed, kept));
    json_decref(printed);
    json_decref(kept);
    for (size_t i = 0; i < 4; i++) {
        char path[160];
        snprintf(path, sizeof path, "%s/a/b/c/%s", dir, files[i]);
        assert_int_equal(access(path, R_OK), 0);
    }
    read_file("a/b/c/command.txt", out, sizeof out);
    assert_non_null(strstr(out, "bench run --filter test.good"));
}

int main(void) {
    if (!mkdtemp(dir)) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_usage),    cmocka_unit_test(good_run),      cmocka_unit_test(fairness_of_teams),
        cmocka_unit_test(lengths),      cmocka_unit_test(other_formats), cmocka_unit_test(other_ways_to_measure),
        cmocka_unit_test(wrong_values), cmocka_unit_test(failures),      cmocka_unit_test(timeouts),
        cmocka_unit_test(broken_off),   cmocka_unit_test(killed),        cmocka_unit_test(out_folder),
    };
    return cmocka_run_group_tests(tests, NULL, clean);
}
