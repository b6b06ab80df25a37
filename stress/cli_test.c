/* Test of the command line: the real program beside programs with the checks of cli_test_checks.c, run as a user runs it. */
#include "prims/test_p.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/weir-stress-cli-XXXXXX";
static char out[1 << 20], err[1 << 16]; /* of the last run */

static void read_file(const char *name, char *text, size_t bytes) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, bytes - 1, f) : 0;
    text[n] = '\0';
    if (f) fclose(f);
}

/* Runs `stress args` in a shell and returns its exit status, as a shell counts it. */
static int stress(const char *args) {
    char line[1024];
    snprintf(line, sizeof line, "cd %s && %s %s >out 2>err </dev/null", dir, STRESS_PROGRAM, args);
    int how = system(line);
    read_file("out", out, sizeof out);
    read_file("err", err, sizeof err);
    return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

static json_t *document(void) {
    json_error_t bad;
    json_t *d = json_loads(out, 0, &bad);
    if (!d) fail_msg("%s at %d in: %.200s", bad.text, bad.position, out);
    return d;
}

static json_t *part(const json_t *d, const char *list, size_t i) { return json_array_get(json_object_get(d, list), i); }
static const char *text_of(const json_t *o, const char *key) { return json_string_value(json_object_get(o, key)); }

/* Runs one check as JSON and checks the exit status and its verdict; what it has told is borrowed from *d. */
static json_t *one_check(const char *id, const char *more, int exit_status, const char *verdict, json_t **d) {
    char args[256];
    snprintf(args, sizeof args, "run --filter '%s' --seconds 0.1 --format json %s", id, more);
    assert_int_equal(stress(args), exit_status);
    *d = document();
    json_t *c = part(*d, "checks", 0);
    assert_non_null(c);
    assert_string_equal(text_of(c, "id"), id);
    assert_string_equal(text_of(c, "verdict"), verdict);
    return c;
}

static void says(const char *what) {
    if (!strstr(out, what)) fail_msg("'%s' is not in: %.3000s", what, out);
}

/* ---- bad usage ---- */

static void bad_usage(void **state) {
    (void)state;
    static const struct {
        const char *args, *says;
    } table[] = {
        {"", "a command is needed"},
        {"walk", "unknown command 'walk'"},
        {"list --xml", "'--xml'"},
        {"run --speed 3", "unknown option '--speed'"},
        {"run laws", "unexpected argument 'laws'"},
        {"run --filter", "--filter needs a value"},
        {"run --filter 'la(ws'", "not a regular expression"},
        {"run --filter no.such.check", "no check matches --filter no.such.check"},
        {"run --filter no.such.check", "laws.spsc.cached"}, /* the choices */
        {"run --rung lows", "'lows'"},
        {"run --rung lows", "unit litmus model lin laws progress fault fuzz"},
        {"run --variant cashed", "'cashed'"},
        {"run --variant spsc.scq", "spsc.plain"},
        {"run --rung litmus", "no check matches"},
        {"run --seconds 0", "--seconds '0'"},
        {"run --seconds -1", "--seconds '-1'"},
        {"run --seconds nan", "--seconds 'nan'"},
        {"run --seconds 1e9", "--seconds '1e9'"},
        {"run --seconds soon", "--seconds 'soon'"},
        {"run --limit 0", "--limit '0'"},
        {"run --seed -4", "--seed '-4'"},
        {"run --seed x", "--seed 'x'"},
        {"run --format xml", "choose table, json or tap"},
        {"run --out ''", "--out needs"},
        {"run --out /proc/nowhere/at/all", "cannot write '/proc/nowhere/at/all'"},
        {"run --out /dev/null/x", "cannot write '/dev/null/x'"},
        {"selftest --rung laws", "unknown option '--rung'"},
        {"selftest --filter nobody", "no seeded bug matches 'nobody'"},
        {"selftest --filter nobody", "found"}, /* the choices */
        {"replay", "which failure?"},
        {"replay laws.spsc.cached.past", "laws.spsc.cached.past"},
        {"replay laws.spsc.cached.past", "laws.spsc.cached.pass"}, /* the choices */
        {"replay broken/nobody/laws.spsc.plain.sees@w1", "broken/nobody/laws.spsc.plain.sees"},
        {"replay /no/such/file", "/no/such/file"},
        {"replay laws.spsc.cached.pass twice", "'twice'"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int status = stress(table[i].args);
        if (status != 2 || out[0] || !strstr(err, table[i].says))
            fail_msg("stress %s: exit %d, standard output '%.80s', standard error '%.300s'", table[i].args, status, out,
                     err);
    }
}

/* ---- verdicts ---- */

static void passes(void **state) {
    (void)state;
    json_t *d, *c = one_check("laws.spsc.cached.pass", "--seed 5", 0, "pass", &d);
    assert_int_equal(json_integer_value(json_object_get(d, "schema")), 1);
    assert_int_equal(json_integer_value(json_object_get(d, "seed")), 5);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(c, "counts"), "operations")), 1234567);
    json_decref(d);
    assert_int_equal(stress("run --filter laws.spsc.cached --seconds 0.1"), 0);
    assert_int_equal(strncmp(out, "seed ", 5), 0);
    assert_int_equal(strncmp(err, "stress: seed ", 13), 0);
    says("1,234,567 operations");
    says("  laws.pass                  always keeps its promise\n");
    says("provisional: no unit, no litmus, no model, no lin, no progress, no fault, no fuzz");
    says("  | seed ");
}

static void same_seed_same_run(void **state) {
    (void)state;
    json_t *a, *b, *c, *x = one_check("laws.spsc.cached.pass", "--seed 5", 0, "pass", &a);
    json_t *y = one_check("laws.spsc.cached.pass", "--seed 5", 0, "pass", &b);
    json_t *z = one_check("laws.spsc.cached.pass", "--seed 6", 0, "pass", &c);
    assert_true(json_equal(json_object_get(x, "say"), json_object_get(y, "say")));
    assert_false(json_equal(json_object_get(x, "say"), json_object_get(z, "say")));
    json_decref(a), json_decref(b), json_decref(c);
}

static void violations(void **state) {
    (void)state;
    json_t *d, *c = one_check("laws.spsc.plain.violation", "", 1, "violation", &d);
    assert_string_equal(text_of(c, "law"), "lost: item 7");
    assert_int_equal(json_integer_value(json_object_get(c, "more")), 1);
    assert_string_equal(text_of(c, "replay"), "'laws.spsc.plain.violation@w41'");
    json_decref(d);
    assert_int_equal(stress("run --filter laws.spsc.plain --seconds 0.1"), 1);
    says("VIOLATION laws.spsc.plain.violation");
    says("broken: lost: item 7");
    says("  | A: push 7    B: pop -> 8");
    says("replay: stress replay 'laws.spsc.plain.violation@w41'");
}

static void crashes(void **state) {
    (void)state;
    json_t *d, *c = one_check("laws.mpmc.vyukov.crash", "", 1, "violation", &d);
    assert_non_null(strstr(text_of(c, "law"), "signal 6 (Aborted)"));
    assert_int_equal(json_array_size(json_object_get(c, "say")), 2); /* what was said before is not lost */
    assert_non_null(strstr(text_of(c, "replay"), "@seed"));
    json_decref(d);
    c = one_check("laws.chan.lock.silent", "", 1, "violation", &d);
    assert_non_null(strstr(text_of(c, "law"), "without a verdict"));
    json_decref(d);
}

static void cannot_tell(void **state) {
    (void)state;
    json_t *d;
    one_check("laws.spsc.lock.inconclusive", "", 3, "inconclusive", &d);
    json_decref(d);
    assert_int_equal(stress("run --variant spsc.lock,spsc.cached --seconds 0.1"), 3);
    assert_int_equal(stress("run --variant spsc.lock,spsc.plain --seconds 0.1"), 1); /* the graver one */
}

static void floods(void **state) {
    (void)state;
    json_t *d, *c = one_check("laws.mpmc.lock.flood", "", 0, "pass", &d);
    assert_int_equal(json_array_size(json_object_get(c, "say")), 400);
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

/* Processes that the hanging check has noted; -1 when one of them is still there after some seconds. */
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
    setenv("STRESS_TEST_PIDS", path, 1);
}

static void hangs(void **state) {
    (void)state;
    forget_processes();
    json_t *d, *c = one_check("laws.mpmc.scq.hang", "--limit 0.5", 1, "violation", &d);
    assert_non_null(strstr(text_of(c, "law"), "lost wake-up, deadlock or endless loop"));
    json_decref(d);
    one_check("model.chan.vyukov.hang", "--limit 0.5", 3, "inconclusive", &d);
    json_decref(d);
    assert_int_equal(noted_and_gone(), 4);
    c = one_check("laws.chan.scq.slow", "--limit 0.5", 3, "inconclusive", &d);
    assert_non_null(strstr(text_of(c, "law"), "no answer within"));
    json_decref(d);
}

/* Starts a run that hangs and returns when both processes of its check are there. */
static pid_t start_hanging(void) {
    forget_processes();
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(dir) || !freopen("out", "w", stdout) || !freopen("err", "w", stderr)) _exit(99);
        execl(STRESS_PROGRAM, "stress", "run", "--variant", "scq", "--filter", "hang", "--seconds", "60", "--out",
              "kept", "--format", "json", (char *)NULL);
        _exit(99);
    }
    char text[4096] = "";
    for (int i = 0; i < 1000 && (!strchr(text, '\n') || strchr(text, '\n') == strrchr(text, '\n')); i++) {
        usleep(10000);
        read_file("pids", text, sizeof text);
    }
    return pid;
}

static bool is_there(const char *name) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return !access(path, F_OK);
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
    read_file("err", err, sizeof err);
    assert_non_null(strstr(err, "interrupted by signal 2"));
    json_t *d = document();
    assert_true(json_is_true(json_object_get(d, "interrupted")));
    assert_string_equal(text_of(part(d, "checks", 0), "verdict"), "not run");
    json_decref(d);
    assert_int_equal(noted_and_gone(), 2);
    assert_false(is_there("kept"));
}

static void killed(void **state) {
    (void)state;
    int how;
    char text[64];
    pid_t pid = start_hanging();
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &how, 0), pid);
    read_file("err", text, sizeof text);
    assert_int_equal(strncmp(text, "stress: seed ", 13), 0); /* known whatever happens */
    read_file("pids", text, sizeof text); /* the child must go with it; what that had started is not ours to find */
    text[strcspn(text, "\n")] = '\0';
    for (int i = 0; i < 500 && is_alive(strtol(text, NULL, 10)); i++) usleep(10000);
    assert_false(is_alive(strtol(text, NULL, 10)));
    assert_false(is_there("kept/stress.json"));
    read_file("pids", text, sizeof text);
    for (char *at = text; *at; at = strchr(at, '\n') + 1) kill((pid_t)strtol(at, NULL, 10), SIGKILL);
}

/* ---- the ladder ---- */

static void control_is_convicted(void **state) {
    (void)state;
    assert_int_equal(stress("run --variant seed --seconds 0.1"), 0);
    says("convicted (negative control)");
    assert_int_equal(stress("run --variant seed --rung model --seconds 0.1"), 0);
    says("not convicted by what ran");
    setenv("STRESS_TEST_BLIND", "1", 1);
    assert_int_equal(stress("run --variant seed --seconds 0.1"), 1);
    unsetenv("STRESS_TEST_BLIND");
    says("VIOLATION: a negative control that nothing convicts");
}

static void unit_programs(void **state) {
    (void)state;
    json_t *d, *c = one_check("unit.idset.bitmap.good", "", 0, "pass", &d);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(c, "counts"), "tests")), 3);
    json_decref(d);
    c = one_check("unit.idset.lock.bad", "", 1, "violation", &d);
    assert_string_equal(text_of(c, "law"), "unit test fails: of_that");
    assert_string_equal(text_of(c, "replay"), "'unit.idset.lock.bad'");
    json_decref(d);
}

static void lists(void **state) {
    (void)state;
    assert_int_equal(stress("list"), 0);
    says("laws.spsc.cached.pass ");
    says("not built: stress-jitter, stress-model");
    assert_int_equal(stress("list --json"), 0);
    json_t *d = document();
    assert_int_equal(json_array_size(json_object_get(d, "checks")), 15);
    assert_int_equal(json_array_size(json_object_get(d, "bugs")), 4); /* with the control */
    json_decref(d);
}

static void lines(void **state) {
    (void)state;
    assert_int_equal(stress("run --filter laws.spsc --seconds 0.3 --format tap"), 1);
    says("\nok - laws.spsc.cached.pass: 1,234,567 operations in ");
    says("\nnot ok - laws.spsc.plain.violation: violation: lost: item 7\n");
    says("\n#   | A: push 7    B: pop -> 8\n");
    says("\nnot ok - laws.spsc.lock.inconclusive: inconclusive: a budget ended first\n");
    says("\nnot ok - lin.spsc.cached: there is none, and there must be one\n");
    assert_int_equal(stress("run --variant seed --seconds 0.1 --format tap"), 0);
    says("\nok - cubby.seed: convicted (negative control)\n");
    assert_int_equal(stress("selftest --seconds 0.3 --format tap"), 1);
    says("\nok - found: convicted by laws.spsc.plain.violation: lost: item 7\n");
    says("\nnot ok - hidden: escaped\n");
}

/* ---- selftest, replay, the folder ---- */

static void selftests(void **state) {
    (void)state;
    assert_int_equal(stress("selftest --filter 'found|cubby' --seconds 1"), 0);
    says("convicted by laws.violation after 41 windows");
    says("replay  stress replay 'broken/found/laws.spsc.plain.violation@w41'");
    says("2 seeded bugs");
    assert_int_equal(stress("selftest --filter 'hidden|unbuilt' --seconds 0.3"), 1);
    says("ESCAPED hidden (spsc.plain)");
    says("ESCAPED unbuilt (mpmc.scq)");
    says("no check looks for it");
    says("2 seeded bugs in 0 s: 0 convicted, 2 escaped");
    assert_int_equal(stress("selftest --seconds 0.3 --format json"), 1);
    json_t *d = document();
    assert_int_equal(json_integer_value(json_object_get(d, "escaped")), 2);
    assert_int_equal(json_array_size(json_object_get(d, "bugs")), 4);
    json_decref(d);
}

static void replays(void **state) {
    (void)state;
    assert_int_equal(stress("replay laws.spsc.plain.violation@w41"), 1);
    says("broken: lost: item 7");
    assert_int_equal(stress("replay broken/found/laws.spsc.plain.violation@w41"), 1);
    says("broken: lost: item 7");
    assert_int_equal(stress("replay laws.spsc.cached.pass@seed77"), 0);
    says("seed 77 replay none");
    assert_int_equal(stress("replay laws.spsc.cached.pass@abc"), 0);
    says("replay abc");
    assert_int_equal(stress("replay laws.spsc.lock.inconclusive"), 3);
    assert_int_equal(stress("replay unit.idset.lock.bad"), 1);
}

static void write_file(const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void histories(void **state) {
    (void)state;
    write_file("good", "weir history 1\nset answers=exact\n0 1 2 insert 7 -> yes\n1 3 4 contains 7 -> yes\n");
    write_file("bad", "weir history 1\nset answers=exact\n0 1 2 insert 7 -> yes\n1 3 4 contains 7 -> no\n");
    write_file("none", "weir history 1\nset answers=exact\n0 1 2 inhale 7 -> yes\n");
    assert_int_equal(stress("replay good"), 0);
    says("linearizable to set answers=exact");
    assert_int_equal(stress("replay bad"), 1);
    says("thread 1's `contains 7 -> no`");
    assert_int_equal(stress("replay none"), 2);
    assert_non_null(strstr(err, "none:3: "));
    assert_int_equal(stress("replay pids/nowhere"), 2);
    assert_int_equal(stress("replay lin.spsc.lock.windows@good"), 0);
    assert_int_equal(stress("replay lin.spsc.lock.windows@gone"), 2);
    assert_non_null(strstr(err, "gone"));
}

static void out_folder(void **state) {
    (void)state;
    static char text[sizeof out];
    assert_int_equal(stress("run --filter laws.spsc.cached --seconds 0.1 --out a/b/c"), 0);
    read_file("a/b/c/stress.txt", text, sizeof text);
    assert_string_equal(text, out);
    assert_int_equal(stress("run --filter laws.spsc.cached --seconds 0.1 --out a/b/c --format json"), 0);
    read_file("a/b/c/stress.json", text, sizeof text);
    assert_string_equal(text, out);
    assert_int_equal(stress("selftest --filter found --seconds 0.3 --out a/b/c"), 0);
    read_file("a/b/c/selftest.txt", text, sizeof text);
    assert_string_equal(text, out);
}

static int clean(void **state) {
    (void)state;
    char line[128];
    snprintf(line, sizeof line, "rm -rf %s", dir);
    return system(line);
}

int main(void) {
    if (!mkdtemp(dir)) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_usage),
        cmocka_unit_test(passes),
        cmocka_unit_test(same_seed_same_run),
        cmocka_unit_test(violations),
        cmocka_unit_test(crashes),
        cmocka_unit_test(cannot_tell),
        cmocka_unit_test(floods),
        cmocka_unit_test(hangs),
        cmocka_unit_test(broken_off),
        cmocka_unit_test(killed),
        cmocka_unit_test(control_is_convicted),
        cmocka_unit_test(unit_programs),
        cmocka_unit_test(lists),
        cmocka_unit_test(lines),
        cmocka_unit_test(selftests),
        cmocka_unit_test(replays),
        cmocka_unit_test(histories),
        cmocka_unit_test(out_folder),
    };
    return cmocka_run_group_tests(tests, NULL, clean);
}
