/* Test of weir entity: the real program, on stores of each kind. */
#include "runtime/program/store_test_p.h"

/* What show tells is what set takes. */
static void entities(void **state) {
    (void)state;
    static const char all[] =
        "scope=main:RW\nquota=main:2:0\nscope=a:b:none\ntopic=5:PS\ntopic=*:S\nrate=9\nsessions=3\nsubscriptions=7\n"
        "steps=1000\nevent_bytes=65536\n";
    if (!store[0]) skip();
    assert_int_equal(
        shell("$weir entity set --store s ada scope=main:RW quota=main:2:0 scope=a:b:none topic=5:PS 'topic=*:S' "
              "rate=9 sessions=3 subscriptions=7 steps=1000 event_bytes=65536"),
        0);
    assert_int_equal(shell("$weir entity show --store s ada"), 0);
    assert_string_equal(out, all);
    assert_int_equal(
        shell("$weir entity show --store s ada | xargs $weir entity set --store=s bob; "
              "$weir entity delete --store s ada; $weir entity list --store s; $weir entity show --store s bob"),
        0);
    assert_string_equal(strchr(out, '\n') + 1, all);
    assert_memory_equal(out, "bob\n", 4);
    char run[400];
    snprintf(run, sizeof run,
             "$weir eval --store s --kind %s --entity bob "
             "'(core/kv/set a 1)(core/kv/set b 1)(core/kv/set c 1)(core/event/pub $CHANNEL_A 6 1)'",
             kind);
    assert_int_equal(shell(run), 1);
    assert_string_equal(out, "true\ntrue\n");
    says(err, "form 3: full: c: the scope would have more than 2 keys, its quota");
    says(err, "form 4: denied: no right to publish on topic 6");
}

static void entities_refused(void **state) {
    (void)state;
    static const struct {
        const char *args, *says;
    } table[] = {
        {"", "entity: set, show, list or delete is needed"},
        {"list", "entity: --store DIR is needed"},
        {"show --store s", "entity: a name is needed"},
        {"list --store s x", "entity: 'x' is too much"},
        {"list --stare s", "unknown option '--stare'"},
        {"show --store s ada", "entity ada: there is none of this name"},
        {"delete --store s ada", "entity ada: there is none of this name"},
        {"list --store gone", "no store at gone"},
        {"set --store s ada scope=main", "scope=main: SCOPE:R, W, RW or none is needed"},
        {"set --store s ada scope=main:RWX", "scope=main:RWX: SCOPE:R, W, RW or none is needed"},
        {"set --store s ada scope=:R", "scope 1: its name has 1 to 255 bytes"},
        {"set --store s ada quota=main:-1:2", "quota=main:-1:2: SCOPE:KEYS:BYTES, whole numbers"},
        {"set --store s ada topic=65536:P", "topic=65536:P: N:P, S, PS or none, where N is 0 to 65535"},
        {"set --store s ada topic=1:P topic=1:S", "topic 1: is beyond 65535, has no such rights, or is there twice"},
        {"set --store s ada rate=4294967296", "rate=4294967296: a whole number"},
        {"set --store s ada rate=1000001", "rate 1000001: at most 1000000"},
        {"set --store s ada speed=1",
         "'speed=1' is none of scope= quota= topic= rate= sessions= subscriptions= steps= event_bytes="},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char script[200];
        snprintf(script, sizeof script, "$weir entity %s", table[i].args);
        assert_int_equal(shell(script), 2);
        says(err, table[i].says);
    }
    assert_int_equal(shell("$weir eval --store s --entity ada 1"), 2);
    says(err, "entity ada: there is none of this name");
    assert_int_equal(shell("$weir entity list --store s"), 0);
    assert_string_equal(out, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(entities, fill, empty),
        cmocka_unit_test_setup_teardown(entities, fill_lmdb, empty),
        cmocka_unit_test_setup_teardown(entities_refused, fill, empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
