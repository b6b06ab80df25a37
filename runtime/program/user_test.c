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
    }
}

/* What --stats says there is of it. */
static unsigned long counted(const char *name) {
    const char *at = strstr(err, name);
    return at ? strtoul(at + strlen(name), NULL, 10) : 0;
}

/* At disk each write waits for its sync; at the others the log is synced by and by. */
static void levels(void **state) {
    enum { WRITES = 50 };
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
        assert_string_equal(out, "50\n"); /* whoever is closed is safe at any level */
    }
    static const mistake wrong[] = {{"eval --level none 1", 2, "no level 'none': there are memory, os, disk"},
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(levels, fill, empty),
        cmocka_unit_test_setup_teardown(steps, fill, empty),
        cmocka_unit_test_setup_teardown(steps, fill_lmdb, empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
