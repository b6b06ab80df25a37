/* Test of the program as somebody meets it: what he gets wrong, what the machine refuses him, what he can choose. */
#include "runtime/program/store_test_p.h"

/* Each ends with this, and says so. */
typedef struct mistake {
    const char *args;
    int end;
    const char *says;
} mistake;

static void each(const mistake *m, size_t n) {
    for (size_t i = 0; i < n; i++) {
        char script[400];
        snprintf(script, sizeof script, "$weir %s", m[i].args);
        int end = shell(script);
        if (end != m[i].end) fail_msg("weir %s: %d, not %d: <%s> <%s>", m[i].args, end, m[i].end, out, err);
        says(err, m[i].says);
        if (end == 2 && strchr(err, '\n') != strrchr(err, '\n'))
            fail_msg("weir %s: <%s>", m[i].args, err); /* one line */
    }
}

/* What --stats says there is of it. */
static unsigned long counted(const char *name) {
    const char *at = strstr(err, name);
    return at ? strtoul(at + strlen(name), NULL, 10) : 0;
}

/* At disk each write waits for its sync; at the others the log is synced by and by. */
static void levels(void **state) {
    enum { WRITES = 60 }; /* of which a log that is synced once a second cannot sync each within the time of a test */
    static const char *const levels[] = {"memory", "os", "disk"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        char script[200];
        snprintf(
            script, sizeof script,
            "for i in $(seq %d); do echo \"(core/kv/set k$i $i)\"; done | $weir run --store l%d --level %s --stats -",
            WRITES, i, levels[i]);
        assert_int_equal(shell(script), 0);
        unsigned long syncs = counted("store_syncs_total");
        assert_true(i < 2 ? syncs < WRITES : syncs >= WRITES);
        snprintf(script, sizeof script, "$weir eval --store l%d '(core/kv/get k%d)'", i, WRITES);
        assert_int_equal(shell(script), 0);
        assert_string_equal(out, "60\n"); /* whoever is closed is safe at any level */
    }
    static const mistake wrong[] = {{"eval --store s --level none 1", 2, "no level 'none': there are memory, os, disk"},
                                    {"eval --level os 1", 2, "--level: a store in memory has none"},
                                    {"eval --level", 2, "--level needs a value"},
                                    {"eval --level= 1", 2, "--level needs a value"}};
    each(wrong, sizeof wrong / sizeof *wrong);
}

/* A script that would never end does, by what the command line or the entity says. */
static void steps(void **state) {
    static const mistake wrong[] = {
        {"eval --steps 0 1", 2, "--steps: a whole number from 1 to 4294967295 is needed"},
        {"eval --steps x 1", 2, "--steps: a whole number"},
        {"eval --steps 3 '[[[[1]]]]'", 1, "steps: more lists than one form or one run of a handler may evaluate: 3"},
        {"eval --store s --kind $kind --entity ada '[[[[[1]]]]]'", 1, "may evaluate: 4"}};
    (void)state;
    if (!store[0]) skip();
    assert_int_equal(shell("$weir eval --steps 4 '[[[[1]]]]' '[[[[2]]]]'"), 0);
    assert_int_equal(shell("$weir entity set --store s ada scope=main:RW steps=4"), 0);
    each(wrong, sizeof wrong / sizeof *wrong);
    assert_int_equal(shell("$weir eval --store s --kind $kind --entity ada '[[[[1]]]]'"), 0);
}

/* Each says what is wrong and, where there is a choice, what there is; in one line. */
static void mistakes(void **state) {
    static const mistake wrong[] = {
        {"run", 2, "run: a file is needed, or '-' for standard input; see weir --help"},
        {"eval", 2, "eval: a text is needed; see weir --help"},
        {"run --sotre s x.slp", 2, "unknown option '--sotre'; see weir --help"},
        {"eval --kind foo 1", 2, "--kind foo: --store DIR is needed, too"},
        {"eval --kind foo --store t 1", 2, "there are stores memory, wal and lmdb, and none of the name 'foo'"},
        {"eval --kind memory --store t 1", 2, "--kind memory keeps nothing in --store t: leave out one"},
        {"eval --kind wal 1", 2, "--kind wal: --store DIR is needed, too"},
        {"eval --sched foo 1", 2, "counters, lock, epoch, double, horizon and phase, and no 'foo'"},
        {"eval --store gone/t 1", 2, "cannot make gone/t: No such file or directory"},
        {"eval --store out 1", 2, "out: Not a directory"},
        {"run gone.slp", 2, "gone.slp: No such file or directory"},
        {"run s", 2, "s: Is a directory"},
        {"eval --setup gone 1", 2, "gone: No such file or directory"},
        {"eval --entity ada 1", 2, "entity ada: there is none of this name"},
        {"repl x", 2, "repl: takes options alone, not 'x'"},
        {"store verify", 2, "store: a directory is needed"},
        {"store look s", 2, "store: unknown command 'look'"},
        {"task list", 2, "task: --store DIR is needed"},
        {"task state --store s t", 2, "task t: there is none of this name"},
    };
    (void)state;
    each(wrong, sizeof wrong / sizeof *wrong);
}

/* A store is opened as what it is, whatever is not said; and no other is made beside it. */
static void kinds(void **state) {
    (void)state;
    if (!store[0]) skip();
    assert_int_equal(shell("$weir eval --store s '(core/kv/set a 1)' && ls s"), 0);
    if (!strcmp(kind, "lmdb")) assert_string_equal(out, "true\ndata.mdb\nlock\nlock.mdb\n");
    else assert_string_equal(out, "true\nlock\nlog-0000000000000000\n");
    assert_int_equal(shell("$weir eval --store s --kind $kind '(core/kv/get a)'"), 0);
    assert_int_equal(
        shell("$weir task list --store s && $weir entity set --store s ada && $weir entity list --store s"), 0);
    assert_string_equal(out, "ada\n");
    assert_int_equal(
        shell("test $kind = wal && other=lmdb || other=wal; for c in eval 'entity list' 'task list'; do "
              "$weir $c --store s --kind $other $(test \"$c\" = eval && echo 1) && exit 9; done; ls s | wc -l"),
        0);
    says(err, strcmp(kind, "lmdb") ? "s holds a store of kind wal, not lmdb" : "s holds a store of kind lmdb, not wal");
    assert_string_equal(out, strcmp(kind, "lmdb") ? "2\n" : "3\n");
}

/* A signal ends the form that waits, no other follows, all is shut in order, and whoever looks sees which signal it was. A shell has what it
 * puts aside ignore SIGINT, and so does the program. The form is under way when its handler has complained. */
static void stopped(void **state) {
    static const char *const how[] = {"TERM", "HUP"}, *const status[] = {"143\n", "129\n"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        char script[600];
        snprintf(
            script, sizeof script,
            "rm -f e; $weir eval --store s --stats '(core/kv/set a 1)' '(core/event/sub $CHANNEL_A 1 {(gone)})' "
            "'[(core/event/pub $CHANNEL_A 1 1) (core/expr/await [] $CHANNEL_A 2 3600000)]' '(core/kv/set b 1)' 2>e & "
            "until grep -qs 'handler on A 1' e; do sleep 0.01; done; kill -INT $!; kill -%s $!; wait $!; "
            "echo $?; cat e >&2",
            how[i]);
        assert_int_equal(shell(script), 0);
        if (strncmp(out, "true\ntrue\n", 10) != 0 || strcmp(out + 10, status[i]) != 0)
            fail_msg("%s: <%s> <%s>", how[i], out, err);
        says(err, "weir: form 3: closed: interrupted\n");
        assert_int_equal(counted("core/kv/set"), 1);
        assert_int_equal(shell("$weir store verify s && $weir eval --store s '(core/kv/exists b)'"), 0);
        says(out, "false\n");
    }
}

/* What is recorded ends whole, and can be repeated. */
static void stopped_while_recorded(void **state) {
    (void)state;
    assert_int_equal(
        shell("$weir eval --record r '(core/event/sub $CHANNEL_A 1 {(gone)})' "
              "'[(core/event/pub $CHANNEL_A 1 1) (core/expr/await [] $CHANNEL_A 2 300)]' '(core/kv/set b 1)' 2>e & "
              "until grep -qs 'handler on A 1' e; do sleep 0.01; done; kill -TERM $!; wait $!; echo $?; "
              "$weir eval --replay r"),
        1);
    says(out, "true\n143\ntrue\n");
    says(err, "form 2: timeout: no event came within 300 ms");
}

static void damaged(void **state) {
    (void)state;
    assert_int_equal(
        shell("printf x | dd of=s/log-0000000000000000 bs=1 seek=200 conv=notrunc 2>gone; $weir eval --store s 1"), 2);
    says(err, "s/log-0000000000000000 is damaged at byte ");
    says(err, "; weir store dump s shows what is before it\n");
}

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined __SANITIZE_THREAD__ || __has_feature(thread_sanitizer) /* under which a program takes a second to begin */
enum { SLOW = 1 };
#else
enum { SLOW = 0 };
#endif

int main(void) {
    const struct CMUnitTest threads[] = {
        cmocka_unit_test_setup_teardown(stopped, fill, empty),
        cmocka_unit_test_setup_teardown(stopped_while_recorded, fill, empty),
    };
    const struct CMUnitTest others[] = {
        cmocka_unit_test_setup_teardown(mistakes, fill, empty),   cmocka_unit_test_setup_teardown(kinds, fill, empty),
        cmocka_unit_test_setup_teardown(kinds, fill_lmdb, empty), cmocka_unit_test_setup_teardown(damaged, fill, empty),
        cmocka_unit_test_setup_teardown(levels, fill, empty),     cmocka_unit_test_setup_teardown(steps, fill, empty),
        cmocka_unit_test_setup_teardown(steps, fill_lmdb, empty),
    };
    int failed = cmocka_run_group_tests(threads, NULL, NULL);
    return SLOW ? failed : failed + cmocka_run_group_tests(others, NULL, NULL);
}
