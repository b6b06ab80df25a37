/* Test of weir store, weir entity and weir task: the real program, on stores that are whole, torn, damaged, and open elsewhere. */
#include "runtime/program/store_test_p.h"

static void usage(void **state) {
    (void)state;
    static const struct {
        const char *args, *says;
    } table[] = {
        {"store", "store: verify, dump or compact is needed"},
        {"store look s", "store: unknown command 'look'"},
        {"store verify", "store: a directory is needed"},
        {"store verify s t", "one directory is needed, not 't' too"},
        {"store verify --limit 3 s", "unknown option '--limit'"},
        {"store dump --limit", "--limit needs a value"},
        {"store dump --limit=0 s", "--limit '0': a whole number from 1 to 4294967295 is needed"},
        {"store verify nothing", "weir: no store at nothing: No such file or directory"},
        {"store compact nothing", "weir: no store at nothing: No such file or directory"},
        {"store verify .", "weir: no store at ."},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char script[200];
        snprintf(script, sizeof script, "$weir %s", table[i].args);
        assert_int_equal(shell(script), 2);
        assert_string_equal(out, "");
        says(err, table[i].says);
    }
}

static void whole(void **state) {
    (void)state;
    assert_int_equal(shell("$weir store verify s"), 0);
    assert_string_equal(err, "");
    says(out, "s: good\n  1 files, 6 records,"); /* the last is the mark of its close */
    says(out, "1 tenants besides the root; 3 keys set, 1 deleted\n");
    says(out, "snapshot of position 0, log up to ");
    assert_int_equal(shell("$weir store dump s"), 0);
    assert_string_equal(err, "");
    says(out, " 1 created \"shop\" limits keys 7 bytes 0\n");
    says(out, " 1 set \"one\" \"1\\x0a\"\n");
    says(out, " 1 set \"two\" \"b\\x00\\x00");
    says(out, "\" (the first of 100 bytes)\n");
    says(out, " 0 set \"k\" \"\"\n");
    says(out, " 0 del \"k\"\n");
    assert_int_equal(shell("$weir store dump --limit=2 s | wc -l; $weir store dump --limit 2 s | grep -c two"), 1);
    assert_string_equal(out, "2\n0\n");
    says(err, "weir: there is more");
}

static void compacted(void **state) {
    (void)state;
    assert_int_equal(shell("$weir store compact s && $weir store verify -- s && ls s"), 0);
    says(out, "s: good\n  2 files,");
    says(out, "1 tenants besides the root; 2 keys set, 0 deleted\n");
    says(out, "snapshot-");
    assert_int_equal(shell("$weir store dump s"), 0);
    says(out, " 1 set \"one\" \"1\\x0a\"\n");
    assert_null(strstr(out, "del"));
}

static void torn(void **state) {
    (void)state;
    assert_int_equal(shell("printf x | dd of=s/log-0000000000000000 bs=1 seek=1048576 conv=notrunc"), 0);
    assert_int_equal(shell("$weir store verify s"), 0);
    says(out, "were not safe when their writer died, and do not count");
}

static void damaged(void **state) {
    (void)state;
    assert_int_equal(shell("printf x | dd of=s/log-0000000000000000 bs=1 seek=200 conv=notrunc"), 0);
    assert_int_equal(shell("$weir store verify s"), 1);
    says(out, "s: damaged; before the damage:\n");
    says(err, "weir: s/log-0000000000000000 is damaged at byte ");
    assert_int_equal(shell("$weir store dump s"), 1);
    says(out, " 1 created \"shop\"");
    says(err, " is damaged at byte ");
    assert_int_equal(shell("$weir store compact s"), 1);
    assert_int_equal(shell("ls s | grep -c snap"), 1);
}

static void of_kind_lmdb(void **state) {
    (void)state;
    if (!store[0]) skip();
    assert_int_equal(shell("cp -r s before && $weir store verify s && cmp s/data.mdb before/data.mdb"), 0);
    assert_string_equal(err, "");
    says(out, "s: good\n  1 files, 2 records, 108 bytes\n  1 tenants besides the root; 2 keys set, 0 deleted\n");
    says(out, "LMDB has no checksums");
    assert_int_equal(shell("$weir store dump s"), 0);
    says(out, " 1 created \"shop\" limits keys 7 bytes 0\n");
    says(out, " 1 set \"one\" \"1\\x0a\"\n");
    assert_int_equal(shell("$weir store dump --limit 2 s"), 0);
    says(err, "weir: there is more");
    assert_int_equal(shell("$weir store compact s"), 2);
    says(err, "s: is of kind lmdb, which has no log to replace");
    assert_int_equal(shell("truncate -s 12288 s/data.mdb && $weir store verify s"), 1);
    says(err, "weir: s/data.mdb is damaged at byte 12288");
}

/* A value's bytes are changed in the file: a log notices when it is opened; a value in LMDB is looked at when it is read, and what is
 * no value any more is said to be none, and can be written again. */
static void changed_beneath(void **state) {
    (void)state;
    char run[300];
    if (!store[0]) skip();
    static const char *const with = "--store s --kind";
    snprintf(run, sizeof run,
             "$weir eval %s %s '(core/kv/set v \"abc\") (core/kv/set w 1)' && LC_ALL=C sed -i s/SLP1/XLP1/g s/*", with,
             kind);
    assert_int_equal(shell(run), 0);
    snprintf(run, sizeof run,
             "$weir eval %s %s '(core/kv/get v)' '(core/kv/cas v 1 2)' '(core/kv/set v 7)' '(core/kv/get v)'", with,
             kind);
    bool log = !strcmp(kind, "wal");
    assert_int_equal(shell(run), log ? 2 : 1);
    assert_string_equal(out, log ? "" : "false\ntrue\n7\n");
    says(err, log ? " is damaged at byte " : "form 1: type: the store has 32 bytes there that are no value: ");
}

static void tasks(void **state) {
    (void)state;
    char run[300];
    if (!store[0]) skip();
    snprintf(run, sizeof run,
             "$weir eval --store s --kind %s --scope x '(core/task/start t {1 (core/expr/await [] A 1 3600000) 3})"
             "(core/task/start u {7})(core/task/pause t)(core/event/pub A 1 2)'",
             kind);
    assert_int_equal(shell(run), 0);
    assert_int_equal(shell("$weir task list --store s --scope x; $weir task state --scope=x --store=s u"), 0);
    assert_string_equal(out, "t paused 2\nu done 1\n(done 1 7)\n");
    assert_int_equal(shell("$weir task list --store s"), 0);
    assert_string_equal(out, "");
    assert_int_equal(shell("$weir task cancel --store s --scope x t && $weir task state --store s --scope x t"), 0);
    assert_string_equal(out, "(cancelled 2 2)\n");
    static const struct {
        const char *args, *says;
    } table[] = {
        {"", "task: list, state, pause, resume or cancel is needed"},
        {"list", "task: --store DIR is needed"},
        {"state --store s", "task: a name is needed"},
        {"list --store s t", "task: 't' is too much"},
        {"list --stare s", "unknown option '--stare'"},
        {"list --store s --scope", "--scope needs a value"},
        {"list --store gone", "no store at gone"},
        {"pause --store s --scope x u", "task u: there is none of this name, or it has ended"},
        {"cancel --store s ''", "no task can have this name"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        snprintf(run, sizeof run, "$weir task %s", table[i].args);
        assert_int_equal(shell(run), 2);
        says(err, table[i].says);
    }
}

static void open_elsewhere(void **state) {
    (void)state;
    if (!store[0]) skip();
    char expected[100];
    weir_kv *kv = open_store();
    snprintf(expected, sizeof expected, "weir: s is open in process %ld", (long)getpid());
    static const char *const verbs[] = {"verify", "dump", "compact"};
    for (size_t i = 0; i < (strcmp(kind, "wal") ? 2 : 3); i++) {
        char script[64];
        snprintf(script, sizeof script, "$weir store %s s", verbs[i]);
        assert_int_equal(shell(script), 2);
        says(err, expected);
    }
    assert_int_equal(weir_kv_close(kv), WEIR_KV_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(usage, fill, empty),
        cmocka_unit_test_setup_teardown(whole, fill, empty),
        cmocka_unit_test_setup_teardown(compacted, fill, empty),
        cmocka_unit_test_setup_teardown(torn, fill, empty),
        cmocka_unit_test_setup_teardown(damaged, fill, empty),
        cmocka_unit_test_setup_teardown(open_elsewhere, fill, empty),
        cmocka_unit_test_setup_teardown(of_kind_lmdb, fill_lmdb, empty),
        cmocka_unit_test_setup_teardown(changed_beneath, fill, empty),
        cmocka_unit_test_setup_teardown(changed_beneath, fill_lmdb, empty),
        cmocka_unit_test_setup_teardown(tasks, fill, empty),
        cmocka_unit_test_setup_teardown(tasks, fill_lmdb, empty),
        cmocka_unit_test_setup_teardown(open_elsewhere, fill_lmdb, empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
