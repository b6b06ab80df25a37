/* Scripts that are started, waits from C, and a runtime that a foreign loop drives; on the scheduler that SCHED names. */
#include "prims/test_p.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "prims/atomic.h"
#include "runtime/weir.h"

enum { A, B, C };

static weir_runtime *open_runtime(weir_runtime_options o) {
    weir_runtime *r = NULL;
    weir_error error = {{0}};
    o.sched = SCHED;
    if (!weir_runtime_open(&o, &r, &error)) fail_msg("%s", error.text);
    return r;
}

static weir_session *open_session(weir_runtime *r) {
    weir_session *s = weir_session_open(r, NULL, NULL);
    assert_non_null(s);
    return s;
}

static void finish(weir_runtime *r, weir_session *s) {
    weir_session_close(s);
    assert_true(weir_runtime_close(r, NULL));
}

static weir_slp_value integer(int64_t i) { /* small */
    return weir_slp_value_(NULL, (uint32_t)i << WEIR_SLP_TAG_BITS | WEIR_SLP_TAG_SMALL);
}

/* What a script has told; written by one thread at a time. */
typedef struct told {
    char text[1 << 12];
    size_t used;
    weir_a32 ended;
} told;

static void tell(void *arg, weir_slp_value v) {
    told *t = arg;
    t->used += weir_slp_print(v, WEIR_SLP_CANONICAL, t->text + t->used, 500);
    t->text[t->used++] = '\n';
    t->text[t->used] = 0;
}

static void tell_end(void *arg, weir_slp_value v) {
    told *t = arg;
    memcpy(t->text + t->used, "end ", 5);
    t->used += 4;
    tell(t, v);
    weir_a32_add_release(&t->ended, 1);
}

static void start(weir_session *s, told *t, const char *text) {
    t->used = 0;
    weir_a32_store(&t->ended, 0);
    assert_int_equal(weir_start_text(s, text, strlen(text), tell, tell_end, t), WEIR_DONE);
}

static void wanted(const told *t, const char *text) {
    if (strncmp(t->text, text, strlen(text))) fail_msg("wanted:\n%s\ngot:\n%s", text, t->text);
}

static void eval(weir_session *s, const char *text, const char *answer) {
    told t = {.used = 0};
    assert_true(weir_eval(s, text, strlen(text), tell, &t, NULL));
    wanted(&t, answer);
}

/* -- started ---------------------------------------------------------------------------------------------------------- */

static void scripts_end(void **state) {
    static told t[100];
    (void)state;
    for (int foreign = 0; foreign < 2; foreign++) {
        weir_runtime *r = open_runtime((weir_runtime_options){.foreign = foreign});
        weir_session *s = open_session(r);
        start(s, &t[0], "1 [2 $result] (core/kv/get none) 4");
        start(s, &t[1], "(core/kv/get");
        start(s, &t[2], "");
        assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
        wanted(&t[0], "1\n2\n@\"notfound: none: no such key\"\n4\nend 4\n");
        wanted(&t[1], "end @\"parse: unclosed at byte 0, line 1");
        wanted(&t[2], "end @\"parse: empty");
        weir_slp_builder *b = weir_slp_builder_new(NULL);
        weir_slp_put_symbol(b, "x", 1);
        t[0].used = 0;
        assert_int_equal(weir_start(s, weir_slp_finish(b, NULL), WEIR_SLP_ONE, NULL, tell_end, &t[0]), WEIR_DONE);
        assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
        wanted(&t[0], "end x\n");
        weir_slp_builder_free(b);
        /* a hundred that wait for one event */
        for (int i = 0; i < 100; i++) start(s, &t[i], "(core/expr/await 1 $CHANNEL_B 7 100000)");
        for (int i = 0; i < 100; i++)
            while (!weir_a32_load_acquire(&t[i].ended)) {
                assert_int_equal(weir_publish(s, B, 7, integer(5), WEIR_FOREVER), WEIR_DONE);
                weir_runtime_quiet(r, weir_now_ns());
            }
        assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
        for (int i = 0; i < 100; i++) wanted(&t[i], "5\nend 5\n");
        /* close ends what they wait for */
        start(s, &t[0], "(core/expr/await 1 $CHANNEL_B 7 1000000)");
        finish(r, s);
        wanted(&t[0], "@\"closed: ");
    }
}

static void scripts_are_bounded(void **state) {
    static told t[2];
    (void)state;
    weir_runtime *r = open_runtime((weir_runtime_options){.scripts = 1});
    weir_session *s = open_session(r);
    const char *text = "(core/expr/await 1 $CHANNEL_B 7 1000000)";
    start(s, &t[0], text);
    assert_int_equal(weir_start_text(s, text, strlen(text), tell, tell_end, &t[1]), WEIR_FULL);
    while (!weir_a32_load_acquire(&t[0].ended)) weir_publish(s, B, 7, integer(5), WEIR_FOREVER);
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    start(s, &t[1], "1");
    finish(r, s);
    wanted(&t[1], "1\nend 1\n");
}

/* -- awaited ---------------------------------------------------------------------------------------------------------- */

typedef struct call {
    weir_session *session;
    int64_t value, got;
} call;

static void ask(void *arg) {
    call *c = arg;
    weir_publish(c->session, A, 1, integer(c->value), WEIR_FOREVER);
}

static void never(void *arg) {
    (void)arg;
    fail_msg("begin was called, though nobody waits");
}

static void take(void *arg, weir_slp_value v) { ((call *)arg)->got = weir_slp_integer(v); }

static void waits_from_c(void **state) {
    (void)state;
    for (int foreign = 0; foreign < 2; foreign++) {
        weir_runtime *r = open_runtime((weir_runtime_options){.foreign = foreign});
        weir_session *s = open_session(r);
        call c = {.session = s};
        eval(s, "(core/event/sub $CHANNEL_A 1 {(core/event/pub $CHANNEL_B 1 $data)})", "true\n");
        for (c.value = 0; c.value < 300; c.value++) {
            assert_int_equal(weir_await(s, B, 1, ask, take, &c, WEIR_FOREVER), WEIR_DONE);
            assert_int_equal(c.got, c.value);
        }
        assert_int_equal(weir_await(s, B, 2, NULL, take, &c, weir_now_ns() + 2000000), WEIR_NO_EVENT);
        assert_int_equal(weir_await(s, B, 2, NULL, take, &c, 0), WEIR_NO_EVENT);
        assert_int_equal(weir_await(s, 6, 2, never, take, &c, 0), WEIR_RANGE);
        assert_int_equal(weir_await(s, B, 65536, never, take, &c, 0), WEIR_RANGE);
        weir_topic_rule none = {5, 0};
        weir_session *poor = weir_session_open(r, &(weir_session_options){.topic = &none, .topics = 1}, NULL);
        assert_int_equal(weir_await(poor, B, 5, never, take, &c, 0), WEIR_DENIED);
        weir_session_close(poor);
        finish(r, s);
    }
}

/* -- driven by a loop of its own: poll(2) ------------------------------------------------------------------------------ */

static bool readable(weir_runtime *r, int ms) {
    struct pollfd p = {.fd = weir_runtime_fd(r), .events = POLLIN};
    return poll(&p, 1, ms) == 1;
}

static void loop_until(weir_runtime *r, weir_a32 *word, uint32_t value) {
    while (weir_a32_load_acquire(word) < value)
        if (readable(r, -1)) weir_runtime_step(r, 1000000);
}

static weir_a32 handled;
static pthread_t loop_thread;
static weir_a32 elsewhere;

static void handle(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)arg, (void)channel, (void)topic, (void)v;
    if (!pthread_equal(loop_thread, pthread_self())) weir_a32_add(&elsewhere, 1);
    weir_a32_add_release(&handled, 1);
}

static void nothing_runs_by_itself(void **state) {
    static told t;
    (void)state;
    weir_runtime *r = open_runtime((weir_runtime_options){0});
    assert_int_equal(weir_runtime_fd(r), -1);
    assert_false(weir_runtime_step(r, 0));
    assert_true(weir_runtime_close(r, NULL));
    r = open_runtime((weir_runtime_options){.foreign = true, .queue = 5000});
    weir_session *s = open_session(r);
    loop_thread = pthread_self();
    weir_a32_store(&handled, 0), weir_a32_store(&elsewhere, 0);
    while (readable(r, 0)) weir_runtime_step(r, WEIR_FOREVER);
    assert_int_equal(weir_subscribe(s, A, 1, handle, NULL), WEIR_DONE);
    assert_int_equal(weir_publish(s, A, 1, integer(1), 0), WEIR_DONE);
    assert_true(readable(r, 0));
    assert_int_equal(weir_a32_load(&handled), 0);
    assert_true(weir_runtime_step(r, WEIR_FOREVER));
    assert_int_equal(weir_a32_load(&handled), 1);
    assert_false(weir_runtime_step(r, WEIR_FOREVER));
    assert_false(readable(r, 0));
    /* time is part of it */
    start(s, &t, "(core/expr/await 1 $CHANNEL_B 7 5)");
    while (!weir_a32_load(&t.ended)) {
        assert_true(readable(r, 10000));
        weir_runtime_step(r, WEIR_FOREVER);
    }
    wanted(&t, "@\"timeout: ");
    while (weir_runtime_step(r, WEIR_FOREVER)) continue;
    assert_false(readable(r, 0));
    /* a step ends, though there is always more */
    eval(s, "(core/event/sub $CHANNEL_C 1 {(core/event/pub $CHANNEL_C 1 1)}) (core/event/pub $CHANNEL_C 1 1)",
         "true\ntrue\n");
    for (int i = 0; i < 10; i++) assert_true(weir_runtime_step(r, 1000));
    assert_true(readable(r, 0));
    eval(s, "(core/event/unsub $CHANNEL_C 1)", "true\n");
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    finish(r, s);
}

/* A long script does not keep the loop: others have their turn, and a step ends. */
static void count_forms(void *arg, weir_slp_value v) {
    (void)v;
    ++*(unsigned *)arg;
}

static void long_scripts(void **state) {
    enum { FORMS = 30000 };
    static char text[2 * FORMS];
    (void)state;
    for (int i = 0; i < FORMS; i++) memcpy(text + 2 * i, "1 ", 2);
    weir_runtime *r = open_runtime((weir_runtime_options){.foreign = true});
    weir_session *s = open_session(r);
    unsigned forms = 0;
    weir_a32_store(&handled, 0);
    assert_int_equal(weir_subscribe(s, A, 1, handle, NULL), WEIR_DONE);
    assert_int_equal(weir_start_text(s, text, sizeof text, count_forms, NULL, &forms), WEIR_DONE);
    assert_int_equal(weir_publish(s, A, 1, integer(1), 0), WEIR_DONE);
    assert_true(weir_runtime_step(r, 0));
    assert_true(forms < FORMS);
    while (!weir_a32_load(&handled)) weir_runtime_step(r, 0);
    assert_true(forms < FORMS);
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    assert_int_equal(forms, FORMS);
    finish(r, s);
}

/* Many publishers outside; all handlers run on the loop's thread, and the full queue makes them wait for it. */
static void *publish(void *arg) {
    for (int i = 0; i < 500; i++)
        if (weir_publish(arg, A, 1, integer(i), WEIR_FOREVER) != WEIR_DONE) abort();
    return NULL;
}

static void others_publish(void **state) {
    (void)state;
    weir_runtime *r = open_runtime((weir_runtime_options){.foreign = true, .queue = 10});
    weir_session *s = open_session(r);
    pthread_t t[3];
    loop_thread = pthread_self();
    weir_a32_store(&handled, 0), weir_a32_store(&elsewhere, 0);
    assert_int_equal(weir_subscribe(s, A, 1, handle, NULL), WEIR_DONE);
    for (int i = 0; i < 3; i++) t[i] = weir_test_thread(publish, s);
    loop_until(r, &handled, 1500);
    for (int i = 0; i < 3; i++) pthread_join(t[i], NULL);
    assert_int_equal(weir_a32_load(&elsewhere), 0);
    finish(r, s);
}

/* An eval elsewhere waits for the loop; it is not what drives. */
static void *eval_elsewhere(void *arg) {
    told *t = arg;
    weir_session *s = *(weir_session **)(void *)t->text;
    const char *text = "(core/expr/await (core/event/pub $CHANNEL_A 1 1) $CHANNEL_B 1 60000)";
    t->used = 0;
    weir_eval(s, text, strlen(text), tell, t, NULL);
    weir_a32_add_release(&t->ended, 1);
    return NULL;
}

static void others_wait(void **state) {
    static told t;
    (void)state;
    weir_runtime *r = open_runtime((weir_runtime_options){.foreign = true});
    weir_session *s = open_session(r), *other = open_session(r);
    loop_thread = pthread_self();
    weir_a32_store(&handled, 0), weir_a32_store(&elsewhere, 0), weir_a32_store(&t.ended, 0);
    assert_int_equal(weir_subscribe(s, A, 1, handle, NULL), WEIR_DONE);
    eval(s, "(core/event/sub $CHANNEL_A 1 {(core/event/pub $CHANNEL_B 1 \"seen\")})", "true\n");
    memcpy(t.text, &other, sizeof other);
    pthread_t thread = weir_test_thread(eval_elsewhere, &t);
    while (!weir_a32_load_acquire(&t.ended))
        if (readable(r, 10)) weir_runtime_step(r, 1000000);
    pthread_join(thread, NULL);
    wanted(&t, "\"seen\"\n");
    assert_int_equal(weir_a32_load(&elsewhere), 0);
    weir_session_close(other);
    finish(r, s);
}

/* A promise that another thread keeps makes the descriptor readable; one that nobody keeps ends with the session. */
static weir_aptr held;

static weir_verdict hold(weir_call *c, const weir_slp_value *args, uint32_t n) {
    (void)args, (void)n;
    weir_promise *p = weir_call_promise(c, 0);
    weir_aptr_store_release(&held, p);
    return p ? WEIR_PARK : WEIR_RETURN;
}

static void *keep(void *arg) {
    (void)arg;
    weir_promise *p;
    while (!(p = weir_aptr_load_acquire(&held))) weir_yield();
    weir_promise_keep(p, integer(9));
    return NULL;
}

static void promises(void **state) {
    static const weir_command mine[] = {{"my/hold", "", 0, hold, NULL, "until the test keeps it"}};
    static told t;
    (void)state;
    weir_runtime *r = open_runtime((weir_runtime_options){.foreign = true, .command = mine, .commands = 1});
    weir_session *s = open_session(r);
    weir_aptr_store(&held, NULL);
    pthread_t thread = weir_test_thread(keep, NULL);
    start(s, &t, "(my/hold)");
    loop_until(r, &t.ended, 1);
    pthread_join(thread, NULL);
    wanted(&t, "9\nend 9\n");
    weir_aptr_store(&held, NULL);
    start(s, &t, "(my/hold)");
    while (!weir_aptr_load(&held)) weir_runtime_step(r, 1000000);
    finish(r, s);
    wanted(&t, "@\"closed: ");
    assert_false(weir_promise_keep(weir_aptr_load(&held), integer(1)));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(scripts_end),  cmocka_unit_test(scripts_are_bounded),
                                       cmocka_unit_test(waits_from_c), cmocka_unit_test(nothing_runs_by_itself),
                                       cmocka_unit_test(long_scripts), cmocka_unit_test(others_publish),
                                       cmocka_unit_test(others_wait),  cmocka_unit_test(promises)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
