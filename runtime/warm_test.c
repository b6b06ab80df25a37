/* Once warm, a command takes no memory of the system but the store's own record: allocations of the calling thread are counted. */
#include "prims/nomem_test_p.h"

#include <stdio.h>
#include <string.h>

#include "runtime/weir.h"

enum { TIMES = 1000 };

static weir_runtime *runtime;
static weir_session *session;

static int open_all(void **state) {
    (void)state;
    /* each command has its time taken, so that what that takes is there soon */
    return !weir_runtime_open(&(weir_runtime_options){.sample = 1}, &runtime, NULL) ||
           !(session = weir_session_open(runtime, NULL, NULL));
}

static int close_all(void **state) {
    (void)state;
    weir_session_close(session);
    return !weir_runtime_close(runtime, NULL);
}

static void no_error(void *arg, weir_slp_value v) {
    (void)arg;
    assert_int_not_equal(weir_slp_type_of(v), WEIR_SLP_ERROR);
}

static void eval(const char *text) { assert_true(weir_eval(session, text, strlen(text), no_error, NULL, NULL)); }

/* None of them fails; how many there were. */
static uint32_t allocations(const char *text, int times) {
    nomem_begin(UINT32_MAX, NOMEM_ONCE, NOMEM_MINE);
    for (int i = 0; i < times; i++) eval(text);
    uint32_t seen = weir_a32_load(&nomem.seen);
    nomem_end();
    return seen;
}

static uint32_t warm(const char *text) {
    for (int i = 0; i < TIMES; i++) eval(text);
    return allocations(text, TIMES);
}

static void texts(void **state) {
    (void)state;
    eval("(core/kv/set key \"a value of some length, longer than a cell\")");
    assert_int_equal(warm("(core/kv/get key)"), 0);
    assert_int_equal(warm("(core/kv/exists key)"), 0);
    assert_int_equal(warm("[1 (core/kv/get key) $result]"), 0);
    assert_int_equal(warm("(core/expr/eval {(core/kv/get key) [(core/kv/exists key)]})"), 0);
}

/* A record a set; how many that are retired must gather before they can be freed depends on others, and gathering takes a little. */
static void sets(void **state) {
    (void)state;
    assert_true(warm("(core/kv/set key \"another value of some length\")") <= 2 * TIMES);
    assert_true(warm("(core/kv/set key 1)") <= 2 * TIMES);
}

static void parsed(void **state) {
    (void)state;
    static const char text[] = "(core/kv/get key)";
    weir_slp_reader *reader = weir_slp_reader_new(NULL);
    const weir_slp *form = weir_slp_read(reader, text, sizeof text - 1, WEIR_SLP_ONE, NULL);
    for (int i = 0; i < TIMES; i++) weir_run(session, form, WEIR_SLP_ONE, no_error, NULL);
    nomem_begin(UINT32_MAX, NOMEM_ONCE, NOMEM_MINE);
    for (int i = 0; i < TIMES; i++) weir_run(session, form, WEIR_SLP_ONE, no_error, NULL);
    assert_int_equal(weir_a32_load(&nomem.seen), 0);
    nomem_end();
    weir_slp_reader_free(reader);
}

/* One script of many commands: what its values take is taken back. */
static void long_script(void **state) {
    (void)state;
    static char text[TIMES * 24];
    for (char *to = text, *end = text + sizeof text - 24; to < end;) to += sprintf(to, "(core/kv/get key) ");
    eval(text), eval(text);
    assert_int_equal(allocations(text, 1), 0);
}

static void on_event(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)arg;
    (void)channel;
    (void)topic;
    (void)v;
}

/* Events go round on their trays, and so do the tickets of those that are handled one by one; both take a while to be as many as are
 * under way at once. */
static void events(void **state) {
    (void)state;
    assert_int_equal(weir_subscribe(session, 0, 1, on_event, NULL), WEIR_DONE);
    static const char text[] = "(core/event/pub $CHANNEL_A 1 \"an event\")";
    for (int i = 0; i < 20 * TIMES; i++) eval(text);
    assert_true(allocations(text, TIMES) < TIMES / 2);
    assert_true(weir_runtime_quiet(runtime, WEIR_FOREVER));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(texts), cmocka_unit_test(sets), cmocka_unit_test(parsed),
                                       cmocka_unit_test(long_script), cmocka_unit_test(events)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
