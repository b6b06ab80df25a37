/* The conformance cases, by the program: ctest asks for every scheduler in memory, and for every store. A case is a folder of runtime/cases with
 * script.slp, expect.txt and perhaps setup.txt. In expect.txt `= *` is any value that is no error, `! class` any error of that
 * class, `a | b` either, `P class` any place; lines `log~ TEXT` that follow one another come in any order. */
#include "prims/test_p.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINES = 256, LINE = 4096 };

typedef struct page {
    char line[LINES][LINE];
    int lines;
} page;

static page wanted, got;

static bool read_page(page *p, FILE *f) {
    if (!f) return false;
    for (p->lines = 0; p->lines < LINES && fgets(p->line[p->lines], LINE, f); p->lines++)
        p->line[p->lines][strcspn(p->line[p->lines], "\n")] = 0;
    return true;
}

static bool begins(const char *line, const char *with) { return !strncmp(line, with, strlen(with)); }

/* One alternative against one line. */
static bool fits_one(const char *want, const char *line) {
    size_t n = strlen(want);
    if (!strcmp(want, "= *")) return begins(line, "= ");
    if (begins(want, "log~ ")) return begins(line, "log ") && !strcmp(want + 5, line + 4);
    if (begins(want, "! ")) return begins(line, want) && line[n] == ':';
    if (begins(want, "P ") && n > 2 && !strcmp(want + n - 2, " *")) n -= 2;
    if (begins(want, "P ") && !strncmp(want, line, n) && line[n] == ' ' && !strpbrk(want, "0123456789")) return true;
    return !strcmp(want, line);
}

static bool fits(const char *want, const char *line) {
    char all[LINE], *rest = all, *bar;
    snprintf(all, sizeof all, "%s", want);
    while (!begins(all, "log") && (bar = strstr(rest, " | "))) {
        *bar = 0;
        if (fits_one(rest, line)) return true;
        rest = bar + 3;
    }
    return fits_one(rest, line);
}

/* Moves the line of got[at..end) that fits to `at`. */
static bool bring(const char *want, int at, int end) {
    for (int i = at; i < end && i < got.lines; i++) {
        if (!fits(want, got.line[i])) continue;
        char line[LINE];
        memcpy(line, got.line[i], LINE);
        memmove(got.line[at + 1], got.line[at], (size_t)(i - at) * LINE);
        memcpy(got.line[at], line, LINE);
        return true;
    }
    return false;
}

static void compare(const char *what) {
    for (int i = 0; i < wanted.lines; i++) {
        int end = i + 1;
        if (begins(wanted.line[i], "log~ "))
            while (end < wanted.lines && begins(wanted.line[end], "log~ ")) end++;
        if (!bring(wanted.line[i], i, end))
            fail_msg("%s, line %d: wanted: %s, got: %s", what, i + 1, wanted.line[i],
                     i < got.lines ? got.line[i] : "nothing");
    }
    if (got.lines > wanted.lines) fail_msg("%s: one line more: %s", what, got.line[wanted.lines]);
}

/* Of a handler, a task, or a script on the execution channel: that is no result. */
static bool is_complaint(const char *line) {
    return begins(line, "weir: handler ") || begins(line, "weir: task ") || begins(line, "weir: script ");
}

static void run_case(const char *name, const char *with) {
    char command[2048], path[600], what[700];
    snprintf(path, sizeof path, "%s/%s/expect.txt", CASES, name);
    FILE *f = fopen(path, "r");
    if (!read_page(&wanted, f)) fail_msg("cannot read %s", path);
    fclose(f);
    snprintf(path, sizeof path, "%s/%s/setup.txt", CASES, name);
    snprintf(command, sizeof command, "timeout 60 %s run --results %s %s %s %s/%s/script.slp 2>&1", WEIR_PROGRAM, with,
             access(path, R_OK) == 0 ? "--setup" : "", access(path, R_OK) == 0 ? path : "", CASES, name);
    f = popen(command, "r");
    assert_true(read_page(&got, f));
    int rc = pclose(f);
    snprintf(what, sizeof what, "%s%s%s", name, *with ? " with " : "", with);
    if (rc != 0 && rc != 256)
        fail_msg("%s: exit %d, last line: %s", what, rc, got.lines ? got.line[got.lines - 1] : "");
    int kept = 0;
    for (int i = 0; i < got.lines; i++)
        if (!is_complaint(got.line[i])) memmove(got.line[kept++], got.line[i], LINE);
    got.lines = kept;
    compare(what);
}

static const char *options = "", *kind; /* kind: of the store, which needs a folder of its own for each case */

static void all_cases(void **state) {
    char folder[] = "/tmp/weir-cases-XXXXXX", command[64];
    DIR *d = opendir(CASES);
    int cases = 0;
    (void)state;
    assert_non_null(d);
    if (kind) assert_non_null(mkdtemp(folder));
    for (struct dirent *e; (e = readdir(d));) {
        char all[400];
        if (*e->d_name == '.') continue;
        if (kind) snprintf(all, sizeof all, "%s --kind %s --store %s/%s", options, kind, folder, e->d_name);
        run_case(e->d_name, kind ? all : options);
        cases++;
    }
    closedir(d);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (kind) assert_int_equal(system(command), 0);
    assert_true(cases > 100);
}

/* cases_test [OPTIONS [KIND OF STORE]] */
int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_cases)};
    if (argc > 1) options = argv[1];
    if (argc > 2) kind = argv[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
