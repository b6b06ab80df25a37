/* Test of --stats, --slow and `weir version`: what the program shows of a run. */
#include "prims/test_p.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "runtime/program/stats.h"

static char out[1 << 16];

/* What a line of shell writes, on both; its exit status. */
static int shell(const char *line) {
    FILE *f = popen(line, "r");
    assert_non_null(f);
    out[fread(out, 1, sizeof out - 1, f)] = '\0';
    return WEXITSTATUS(pclose(f));
}

/* The line that begins with this, up to its end; fails when there is none. */
static const char *line_of(const char *text, const char *begin) {
    static char line[256];
    for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n')
        if (!strncmp(p, begin, strlen(begin))) {
            snprintf(line, sizeof line, "%.*s", (int)strcspn(p, "\n"), p);
            return line;
        }
    fail_msg("no line %s in:\n%s", begin, text);
    return NULL;
}

static void a_run(void **state) {
    unsigned long long count, errors;
    (void)state;
    assert_int_equal(shell(WEIR_PROGRAM " eval --stats '(core/kv/set a 1)' '(core/kv/get a) (core/kv/get gone)' 2>&1"),
                     1);
    assert_int_equal(sscanf(line_of(out, "core/kv/set "), "core/kv/set %llu %llu", &count, &errors), 2);
    assert_true(count == 1 && errors == 0);
    assert_int_equal(sscanf(line_of(out, "core/kv/get "), "core/kv/get %llu %llu", &count, &errors), 2);
    assert_true(count == 2 && errors == 1);
    line_of(out, "command ");
    line_of(out, "store ");
    line_of(out, "sessions_total ");
    assert_null(strstr(out, "core/kv/del")); /* was not used */
    assert_null(strstr(out, "handlers on"));
    assert_int_equal(shell(WEIR_PROGRAM " eval --stats '(core/kv/set a 1)' 2>/dev/null"), 0);
    assert_string_equal(out, "true\n"); /* the table is on standard error */
}

static void what_was_slow(void **state) {
    (void)state;
    assert_int_equal(
        shell(WEIR_PROGRAM " eval --slow 20 '(core/kv/exists a)' '(core/expr/await [] $CHANNEL_A 1 25)' 2>&1"), 1);
    const char *line = line_of(out, "slow 20");
    assert_non_null(strstr(line, " main "));
    assert_non_null(strstr(out, " main core/expr/await\n"));
    assert_non_null(strstr(out, " main script\n"));
    assert_int_equal(shell(WEIR_PROGRAM " eval --slow 60000 1 2>&1"), 0);
    assert_string_equal(out, "1\n");
    assert_int_equal(shell(WEIR_PROGRAM " eval --slow 0 1 2>&1"), 2);
    assert_int_equal(shell(WEIR_PROGRAM " eval --slow 2>&1"), 2);
}

static void nap(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    struct timespec t = {0, 30000000};
    (void)arg, (void)channel, (void)topic, (void)v;
    nanosleep(&t, NULL);
}

/* The four durations of channel C's row, of one run; it took ms, or on a crowded machine seconds. */
static void in_ms(const char *line, double to[4]) {
    char unit[4][3];
    int n = sscanf(line, "C 1 %lf %2s %lf %2s %lf %2s %lf %2s", &to[0], unit[0], &to[1], unit[1], &to[2], unit[2],
                   &to[3], unit[3]);
    assert_int_equal(n, 8);
    for (int i = 0; i < 4; i++)
        if (!strcmp(unit[i], "s")) to[i] *= 1000;
        else assert_string_equal(unit[i], "ms");
}

static void keep_max(void *arg, const weir_metric *m) {
    if (!strcmp(m->name, "weir_handler_seconds")) *(double *)arg = (double)weir_histogram_max(m->histogram) / 1e6;
}

/* Durations have three digits and a unit. */
static void quantiles(void **state) {
    weir_runtime *r;
    char *text;
    size_t bytes;
    (void)state;
    assert_true(weir_runtime_open(&(weir_runtime_options){.sample = 1}, &r, NULL));
    weir_session *s = weir_session_open(r, NULL, NULL);
    assert_int_equal(weir_subscribe(s, 2, 5, nap, NULL), WEIR_DONE);
    assert_true(weir_eval(s, "(core/event/pub $CHANNEL_C 5 1)", 31, NULL, NULL, NULL));
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    FILE *f = open_memstream(&text, &bytes);
    assert_true(weir_stats_show(f, r));
    fclose(f);
    const char *handlers = strstr(text, "handlers on");
    double ms[4];
    assert_non_null(handlers);
    in_ms(line_of(handlers, "C "), ms);
    double max;
    assert_true(weir_metrics_read(r, keep_max, &max));
    assert_true(ms[3] > max * 0.99 && ms[3] < max * 1.01);
    assert_true(ms[0] >= 30 && ms[0] <= ms[1] && ms[1] <= ms[2] && ms[2] <= ms[3]);
    free(text);
    weir_session_close(s);
    weir_runtime_close(r, NULL);
}

static void version(void **state) {
    (void)state;
    assert_int_equal(shell(WEIR_PROGRAM " version"), 0);
    assert_ptr_equal(strstr(out, "weir 0."), out);
    assert_non_null(strstr(line_of(out, "prims "), " spsc="));
    assert_non_null(strstr(line_of(out, "sched "), " order="));
    assert_non_null(strstr(line_of(out, "kv "), " rcu="));
    line_of(out, "build ");
    line_of(out, "libraries ");
    assert_int_equal(shell(WEIR_PROGRAM " version now 2>&1"), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_run), cmocka_unit_test(what_was_slow),
                                       cmocka_unit_test(quantiles), cmocka_unit_test(version)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
