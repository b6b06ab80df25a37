/* The execution channel: order on one processor, several beside each other, in whose name, bounds, what is refused; on the
 * scheduler that SCHED names. */

#include <stdio.h>
#include <string.h>

#include "prims/atomic.h"
#include "prims/lock_p.h"
#include "runtime/shown_test_p.h"

enum { PROCESSORS = 3 };

typedef struct lines {
    weir_lock lock;
    char text[1 << 14];
    size_t used;
} lines;

static lines logged, failed;

static void put(lines *l, const char *line, size_t bytes) {
    weir_lock_acquire(&l->lock);
    l->used += (size_t)snprintf(l->text + l->used, sizeof l->text - l->used, "%.*s\n", (int)bytes, line);
    weir_lock_release(&l->lock);
}

static void log_line(void *arg, const char *line, size_t bytes) { (void)arg, put(&logged, line, bytes); }
static void error_line(void *arg, const char *line, size_t bytes) { (void)arg, put(&failed, line, bytes); }

static weir_runtime *runtime;
static weir_session *session;

static int open_with(uint32_t queue, bool foreign) {
    weir_runtime_options o = {.sched = SCHED,
                              .workers = 2,
                              .processors = PROCESSORS,
                              .queue = queue,
                              .foreign = foreign,
                              .log = log_line,
                              .error = error_line};
    logged.used = failed.used = 0;
    *logged.text = *failed.text = 0;
    weir_lock_init(&logged.lock), weir_lock_init(&failed.lock);
    return !weir_runtime_open(&o, &runtime, NULL) || !(session = weir_session_open(runtime, NULL, NULL));
}

static int open_all(void **state) { return (void)state, open_with(0, false); }

static int close_all(void **state) {
    (void)state;
    weir_session_close(session);
    session = NULL;
    return !weir_runtime_close(runtime, NULL);
}

static bool has_logged(void) {
    weir_lock_acquire(&logged.lock);
    bool any = logged.used > 0;
    weir_lock_release(&logged.lock);
    return any;
}

static void quiet(void) { assert_true(weir_runtime_quiet(runtime, WEIR_FOREVER)); }

static void runs_bodies_and_texts(void **state) {
    (void)state;
    expect_begin_of(session, "(core/event/pub $CHANNEL_X 0 {(core/util/log \"body\" $channel $topic) 1 (nope) 2})",
                    "true\n");
    quiet();
    expect_begin_of(session, "(core/event/pub $CHANNEL_X 2 \"(core/util/log text)\")", "true\n");
    quiet();
    assert_string_equal(logged.text, "body X 0\ntext\n");
    assert_string_equal(failed.text, "script on X 0: unknown: no command nope\n");
    failed.used = 0;
    expect_begin_of(session, "(core/event/pub $CHANNEL_X 1 \"(core\")", "true\n");
    quiet();
    assert_string_equal(failed.text,
                        "script on X 1: parse: unclosed at byte 0, line 1: a bracket or a string is not closed\n");
}

static void refuses(void **state) {
    (void)state;
    expect_begin_of(session, "(core/event/pub $CHANNEL_X 3 {1})", "@\"range: processors are 0 to 2\"\n");
    expect_begin_of(session, "(core/event/pub $CHANNEL_X 0 1)", "@\"type: ");
    expect_begin_of(session, "(core/event/sub $CHANNEL_X 0 {1})", "@\"channel: ");
    expect_begin_of(session, "(core/event/unsub $CHANNEL_X 0)", "@\"channel: ");
    expect_begin_of(session, "(core/expr/await 1 $CHANNEL_X 0)", "@\"channel: ");
    expect_begin_of(session, "(core/event/pub $CHANNEL_Y 0 {1})", "@\"channel: ");
    weir_slp_value small = weir_slp_value_(NULL, WEIR_SLP_TAG_SMALL);
    assert_int_equal(weir_publish(session, WEIR_EXECUTION, 0, small, 0), WEIR_NO_SCRIPT);
    assert_int_equal(weir_publish(session, WEIR_EXECUTION, 3, small, 0), WEIR_RANGE);
    assert_int_equal(weir_subscribe(session, WEIR_EXECUTION, 0, NULL, NULL), WEIR_RANGE);
    assert_int_equal(weir_unsubscribe(session, WEIR_EXECUTION, 0), WEIR_RANGE);
}

/* One after the other on one, in the order in which they were sent, from C and from SLP. */
static void in_order(void **state) {
    enum { EACH = 200 };
    char wanted[1 << 13] = "", text[128];
    size_t used = 0;
    (void)state;
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    for (int i = 0; i < EACH; i++) {
        int n = snprintf(text, sizeof text,
                         "(core/util/log %d) (core/expr/await (core/event/pub $CHANNEL_A 1 1) $CHANNEL_B 1)", i);
        if (i == 0)
            expect_begin_of(session, "(core/event/sub $CHANNEL_A 1 {(core/event/pub $CHANNEL_B 1 1)})", "true\n");
        weir_slp_put_string(b, text, (size_t)n);
        weir_slp_value v = weir_slp_root(weir_slp_finish(b, NULL));
        assert_int_equal(weir_publish(session, WEIR_EXECUTION, 1, v, WEIR_FOREVER), WEIR_DONE);
        used += (size_t)snprintf(wanted + used, sizeof wanted - used, "%d\n", i);
    }
    quiet();
    assert_string_equal(logged.text, wanted);
    assert_string_equal(failed.text, "");
    weir_slp_builder_free(b);
}

/* Each waits for what the other sends: one processor could not do both. */
static void beside_each_other(void **state) {
    (void)state;
    expect_begin_of(session,
                    "(core/event/pub $CHANNEL_X 0 {(core/util/log (core/expr/await (core/event/pub $CHANNEL_X 1 {"
                    "(core/event/pub $CHANNEL_A 5 \"from 1\")}) $CHANNEL_A 5 100000))})",
                    "true\n");
    quiet();
    assert_string_equal(logged.text, "from 1\n");
    /* a parked script holds its processor, and no worker */
    expect_begin_of(
        session,
        "(core/event/pub $CHANNEL_X 0 {(core/util/log (core/expr/await 1 $CHANNEL_A 6 100000))})"
        "(core/event/pub $CHANNEL_X 0 {(core/util/log \"second\")})"
        "(core/event/pub $CHANNEL_X 2 {(core/event/sub $CHANNEL_A 7 {(core/event/pub $CHANNEL_A 6 $data)})})",
        "true\ntrue\ntrue\n");
    while (!weir_runtime_quiet(runtime, weir_now_ns() + 1000000))
        expect_begin_of(session, "(core/event/pub $CHANNEL_A 7 \"first\")", "true\n");
    assert_string_equal(logged.text, "from 1\nfirst\nsecond\n");
}

/* With the rights and the scope of who sent it. */
static void in_whose_name(void **state) {
    (void)state;
    weir_topic_rule none = {2, 0};
    weir_session *reader = weir_session_open(
        runtime,
        &(weir_session_options){.scope = "r", .restricted = true, .rights = WEIR_READ, .topic = &none, .topics = 1},
        NULL);
    weir_session *writer = weir_session_open(runtime, &(weir_session_options){.scope = "w"}, NULL);
    const char *set = "(core/event/pub $CHANNEL_X 0 {(core/kv/set k 1)})";
    expect_begin_of(writer, set, "true\n");
    expect_begin_of(reader, set, "true\n");
    expect_begin_of(reader, "(core/event/pub $CHANNEL_X 2 {1})", "@\"denied: ");
    quiet();
    assert_string_equal(failed.text, "script on X 0: denied: core/kv/set needs the right to write\n");
    expect_begin_of(writer, "(core/kv/get k)", "1\n");
    expect_begin_of(session, "(core/kv/exists k)", "false\n");
    weir_session_close(reader);
    weir_session_close(writer);
}

/* A session's close waits for what it has sent. */
static void close_drains(void **state) {
    (void)state;
    weir_session *s = weir_session_open(runtime, NULL, NULL);
    for (int i = 0; i < 300; i++) expect_begin_of(s, "(core/event/pub $CHANNEL_X 1 {(core/util/log x)})", "true\n");
    weir_session_close(s);
    assert_int_equal(logged.used, 600);
}

/* A full queue: from outside it is waited for or refused; a script that sends to its own processor is refused. */
static void bounded(void **state) {
    (void)state;
    close_all(state);
    for (int foreign = 0; foreign < 2; foreign++) {
        assert_int_equal(open_with(2, foreign), 0);
        expect_begin_of(session,
                        "(core/event/pub $CHANNEL_X 0 {(core/expr/await (core/util/log x) $CHANNEL_A 6 1000000)})",
                        "true\n");
        weir_slp_builder *b = weir_slp_builder_new(NULL);
        weir_slp_put_string(b, "(core/util/log x)", 17);
        weir_slp_value v = weir_slp_root(weir_slp_finish(b, NULL));
        int sent = 1; /* this one has begun, and holds up all others */
        while (!has_logged()) weir_runtime_quiet(runtime, weir_now_ns() + 1000000);
        while (weir_publish(session, WEIR_EXECUTION, 0, v, 0) == WEIR_DONE) sent++;
        assert_int_equal(weir_publish(session, WEIR_EXECUTION, 0, v, weir_now_ns() + 1000000), WEIR_FULL);
        while (!weir_runtime_quiet(runtime, weir_now_ns()))
            expect_begin_of(session, "(core/event/pub $CHANNEL_A 6 1)", "true\n");
        assert_int_equal(sent, 3);
        assert_int_equal(logged.used, 2 * sent);
        expect_begin_of(
            session,
            "(core/event/pub $CHANNEL_X 0 {[(core/event/pub $CHANNEL_X 0 {1}) (core/event/pub $CHANNEL_X 0 {2}) "
            "(core/event/pub $CHANNEL_X 0 {3})]})",
            "true\n");
        quiet();
        assert_non_null(strstr(failed.text, "script on X 0: full: "));
        weir_slp_builder_free(b);
        if (!foreign) close_all(state);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(runs_bodies_and_texts), TEST(refuses),      TEST(in_order), TEST(beside_each_other),
        TEST(in_whose_name),         TEST(close_drains), TEST(bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
