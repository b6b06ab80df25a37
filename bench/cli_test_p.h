/* cli_test_p - what the tests of the command line share: the real program with the rows of cli_test_rows.c, run as a user runs it. */
#ifndef WEIR_BENCH_CLI_TEST_P_H
#define WEIR_BENCH_CLI_TEST_P_H

#include "prims/test_p.h"

#include <jansson.h>
#include <stdio.h>
#include <sys/wait.h>

static char dir[] = "/tmp/weir-bench-cli-XXXXXX";
static char out[1 << 20], err[1 << 16]; /* of the last run */

static inline void read_file(const char *name, char *text, size_t bytes) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, bytes - 1, f) : 0;
    text[n] = '\0';
    if (f) fclose(f);
}

/* Runs `bench args` in a shell and returns its exit status, as a shell counts it. */
static inline int bench(const char *args) {
    char line[1024];
    snprintf(line, sizeof line, "cd %s && %s %s >out 2>err </dev/null", dir, BENCH_PROGRAM, args);
    int how = system(line);
    read_file("out", out, sizeof out);
    read_file("err", err, sizeof err);
    return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

static inline json_t *document(void) {
    json_error_t bad;
    json_t *d = json_loads(out, 0, &bad);
    if (!d) fail_msg("%s at %d in: %.200s", bad.text, bad.position, out);
    return d;
}

static inline json_t *cell(const json_t *d, size_t i) { return json_array_get(json_object_get(d, "cells"), i); }
static inline const char *text_of(const json_t *o, const char *key) {
    return json_string_value(json_object_get(o, key));
}

/* Runs one case as JSON and checks the exit status and the status of its first cell, which is borrowed from *d. */
static inline json_t *first_cell(const char *args, int exit_status, const char *status, json_t **d) {
    assert_int_equal(bench(args), exit_status);
    *d = document();
    json_t *c = cell(*d, 0);
    assert_non_null(c);
    assert_string_equal(text_of(c, "status"), status);
    return c;
}

/* The limit is one that a crowded machine keeps, too: how long something takes decides no test. */
#define QUICK " --format json --reps 3 --seconds 0.03 --limit 60 "

static inline int clean(void **state) {
    (void)state;
    char line[128];
    snprintf(line, sizeof line, "rm -rf %s", dir);
    return system(line);
}

#endif
