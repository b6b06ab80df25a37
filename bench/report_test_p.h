/* report_test_p - raw.json files made up for a test, and what a command printed about them. */
#ifndef WEIR_BENCH_REPORT_TEST_P_H
#define WEIR_BENCH_REPORT_TEST_P_H

#include "prims/test_p.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "bench/report.h"

enum { TEST_TEXT = 1 << 20 };
static char test_folder[64];
static char test_out[TEST_TEXT], test_err[TEST_TEXT]; /* of the last test_run */

static inline int test_folder_make(void **state) {
    (void)state;
    strcpy(test_folder, "/tmp/weir-report-XXXXXX");
    return mkdtemp(test_folder) == NULL;
}

static inline int test_folder_remove(void **state) {
    char line[128];
    (void)state;
    snprintf(line, sizeof line, "rm -r %s", test_folder);
    return system(line);
}

/* test_folder/name; valid until the fourth call from now. */
static inline char *test_path(const char *name) {
    static char paths[4][160];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", test_folder, name);
    return path;
}

static inline void test_write(const char *name, const char *text, size_t size) {
    FILE *f = fopen(test_path(name), "w");
    if (!f || fwrite(text, 1, size, f) != size || fclose(f)) abort();
}

/* The file as a string, which the caller frees; NULL when there is none. */
static inline char *test_read(const char *path) {
    struct stat s;
    FILE *f = stat(path, &s) == 0 ? fopen(path, "r") : NULL;
    if (!f) return NULL;
    char *text = calloc(1, (size_t)s.st_size + 1);
    if (!text || fread(text, 1, (size_t)s.st_size, f) != (size_t)s.st_size) abort();
    fclose(f);
    return text;
}

static inline void test_capture(const char *name, char *into) {
    char *text = test_read(test_path(name));
    snprintf(into, TEST_TEXT, "%s", text);
    free(text);
}

/* Calls a command with its output and errors in test_out and test_err; returns its exit code. */
static inline int test_run(int (*command)(int, char **), int argc, char **argv) {
    int kept[2] = {dup(1), dup(2)};
    fflush(NULL);
    if (!freopen(test_path("out"), "w", stdout) || !freopen(test_path("err"), "w", stderr)) abort();
    int code = command(argc, argv);
    fflush(NULL);
    for (int i = 0; i < 2; i++) {
        dup2(kept[i], i + 1);
        close(kept[i]);
    }
    test_capture("out", test_out);
    test_capture("err", test_err);
    return code;
}

/* `bench report` of test_folder/what. */
static inline int test_report(const char *what) {
    char *argv[] = {"report", test_path(what), NULL};
    return test_run(bench_report_main, 2, argv);
}

/* Values around `middle`, `spread` of it wide, the same for the same seed. */
static inline json_t *test_reps(double middle, double spread, unsigned n, unsigned seed) {
    json_t *reps = json_array();
    uint64_t x = seed * 2654435761u + 1;
    for (unsigned i = 0; i < n; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        json_array_append_new(reps, json_real(middle * (1 + spread * ((double)(x >> 40) / (1 << 24) - 0.5))));
    }
    return reps;
}

static inline json_t *test_document(void) {
    return json_pack("{s:i, s:{s:s, s:i, s:b, s:[s]}, s:s, s:[], s:[{s:s, s:s, s:f}]}", "schema", 1, "machine", "cpu",
                     "Test", "processors", 2, "virtual", 0, "warnings", "not a real run", "command", "bench run",
                     "cells", "noise", "case", "ring.mpmc", "load", "quiet", "floor", 0.02);
}

/* Adds a cell; the caller may change what is returned (borrowed). */
static inline json_t *test_cell(json_t *doc, const char *of, const char *variant, const char *shape, json_t *reps) {
    json_t *cell = json_pack("{s:s, s:s, s:{s:s}, s:s, s:s, s:s, s:o, s:f, s:{s:f}}", "case", of, "variant", variant,
                             "params", "shape", shape, "unit", "ns/op", "better", "lower", "status", "ok", "reps", reps,
                             "ops_per_s", 1e6, "extra", "fairness", 0.9);
    if (!cell || json_array_append_new(json_object_get(doc, "cells"), cell)) abort();
    return cell;
}

static inline void test_flag(json_t *cell, const char *name) { json_object_set_new(cell, name, json_true()); }

/* A cell without figures. */
static inline void test_status(json_t *cell, const char *status, const char *error) {
    json_object_set_new(cell, "status", json_string(status));
    json_object_set_new(cell, "error", json_string(error));
    json_object_set_new(cell, "reps", json_array());
}

/* ours as given, and 8; lock 100; peers 5 (weaker) and 20; reference 1; control 2 */
static inline void test_known(json_t *root, const char *of, double ours) {
    test_flag(test_cell(root, of, "mine", "1p1c", test_reps(ours, 0.02, 15, 1)), "default");
    test_cell(root, of, "other", "1p1c", test_reps(8, 0.02, 15, 2));
    test_cell(root, of, "lock", "1p1c", test_reps(100, 0.02, 15, 3));
    json_t *weaker = test_cell(root, of, "peer.weak", "1p1c", test_reps(5, 0.02, 15, 4));
    test_flag(weaker, "peer");
    test_flag(weaker, "weaker");
    test_flag(test_cell(root, of, "peer.slow", "1p1c", test_reps(20, 0.02, 15, 5)), "peer");
    test_flag(test_cell(root, of, "ref.add", "1p1c", test_reps(1, 0.02, 15, 6)), "reference");
    test_flag(test_cell(root, of, "seed", "1p1c", test_reps(2, 0.02, 15, 7)), "control");
}

/* Writes and gives back. */
static inline void test_save(json_t *doc, const char *name) {
    if (json_dump_file(doc, test_path(name), 0)) abort();
    json_decref(doc);
}

#endif
