/* Events: order, no overlap, exactly once, backpressure inside and outside handlers, await, sessions that close; on the scheduler
 * that WEIR_TEST_SCHED names. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "prims/platform.h"
#include "runtime/shown_test_p.h"
#include "runtime/value_p.h"

enum { A, B, C };

static weir_runtime *open_runtime(weir_runtime_options o) {
    weir_runtime *r = NULL;
    weir_error error = {{0}};
    o.sched = SCHED;
    if (!weir_runtime_open(&o, &r, &error)) fail_msg("%s", error.text);
    return r;
}

static void ignore_line(void *arg, const char *line, size_t bytes) { (void)arg, (void)line, (void)bytes; }

static weir_session *open_session(weir_runtime *r) {
    weir_session *s = weir_session_open(r, NULL, NULL);
    assert_non_null(s);
    return s;
}

static void finish(weir_runtime *r, weir_session *s) {
    weir_session_close(s);
    assert_true(weir_runtime_close(r, NULL));
}

static weir_slp_value integer(weir_slp_builder *b, int64_t i) {
    weir_slp_put_integer(b, i);
    return weir_slp_root(weir_slp_finish(b, NULL));
}

/* -- order ---------------------------------------------------------------------------------------------------------- */

enum { PUBLISHERS = 4, LISTENERS = 3, EACH = 1000 };

typedef struct listener {
    weir_a32 inside;
    uint64_t next[PUBLISHERS]; /* what each publisher's next event must be */
    weir_a64 wrong;
} listener;

/* Values are publisher * 2^32 + number. */
static void listen(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    listener *l = arg;
    uint64_t i = (uint64_t)weir_slp_integer(v), p = i >> 32;
    if (weir_a32_add(&l->inside, 1) != 0 || channel != A || topic != 7) weir_a64_add(&l->wrong, 1);
    if (p >= PUBLISHERS || l->next[p]++ != (uint32_t)i) weir_a64_add(&l->wrong, 1);
    weir_a32_sub(&l->inside, 1);
}

typedef struct publisher {
    weir_session *session;
    uint64_t index;
    pthread_t thread;
} publisher;

static void *publish(void *arg) {
    publisher *p = arg;
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    for (uint64_t i = 0; i < EACH; i++)
        if (weir_publish(p->session, A, 7, integer(b, (int64_t)(p->index << 32 | i)), WEIR_FOREVER) != WEIR_DONE) break;
    weir_slp_builder_free(b);
    return NULL;
}

static void publish_all(weir_runtime *r) {
    weir_session *s = open_session(r);
    static listener l[LISTENERS];
    publisher p[PUBLISHERS];
    memset(l, 0, sizeof l);
    for (int i = 0; i < LISTENERS; i++) assert_int_equal(weir_subscribe(s, A, 7, listen, &l[i]), WEIR_DONE);
    for (uint64_t i = 0; i < PUBLISHERS; i++) {
        p[i] = (publisher){.session = s, .index = i};
        assert_int_equal(pthread_create(&p[i].thread, NULL, publish, &p[i]), 0);
    }
    for (int i = 0; i < PUBLISHERS; i++) pthread_join(p[i].thread, NULL);
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    for (int i = 0; i < LISTENERS; i++) {
        assert_int_equal(weir_a64_load(&l[i].wrong), 0);
        for (int k = 0; k < PUBLISHERS; k++) assert_int_equal(l[i].next[k], EACH);
    }
    finish(r, s);
}

static void each_in_order(void **state) {
    (void)state;
    publish_all(open_runtime((weir_runtime_options){0}));
}

/* With room for two, publishers wait all the time. */
static void through_full_queues(void **state) {
    (void)state;
    publish_all(open_runtime((weir_runtime_options){.queue = 2}));
}

static void one_worker(void **state) {
    (void)state;
    publish_all(open_runtime((weir_runtime_options){.queue = 1, .workers = 1}));
}

/* -- full ----------------------------------------------------------------------------------------------------------- */

static weir_a32 gate, entered, handled;

static void hold(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)arg, (void)channel, (void)topic, (void)v;
    weir_a32_add_release(&entered, 1);
    weir_futex_wake(&entered, 1);
    while (!weir_a32_load_acquire(&gate)) weir_futex_wait(&gate, 0, WEIR_FOREVER);
    weir_a32_add(&handled, 1);
}

static void open_gate(void) {
    weir_a32_store_release(&gate, 1);
    weir_futex_wake(&gate, 100);
}

/* Each event that is handled is followed by as many as there is room for, so the queue is full for ever; whoever waits outside gets in. */
static weir_session *keeper;
static weir_a32 keeps_on, outside;

static void keep_full(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)arg;
    if (weir_slp_integer(v) == 2) weir_a32_add(&outside, 1);
    if (weir_a32_load_acquire(&keeps_on))
        while (weir_publish(keeper, channel, topic, weir_value_integer(1), 0) == WEIR_DONE) continue;
}

static void *come_from_outside(void *arg) {
    for (int i = 0; i < 20; i++) /* the deadline is far more than it takes */
        if (weir_publish(arg, A, 7, weir_value_integer(2), weir_now_ns() + 20000000000) != WEIR_DONE) break;
    return NULL;
}

static void nobody_waits_for_ever(void **state) {
    (void)state;
    pthread_t thread[3];
    weir_runtime *r = open_runtime((weir_runtime_options){.queue = 4, .workers = 2});
    weir_session *s = keeper = open_session(r);
    weir_a32_store(&outside, 0), weir_a32_store(&keeps_on, 1);
    assert_int_equal(weir_subscribe(s, A, 7, keep_full, NULL), WEIR_DONE);
    assert_int_equal(weir_publish(s, A, 7, weir_value_integer(1), 0), WEIR_DONE);
    for (int i = 0; i < 3; i++) assert_int_equal(pthread_create(&thread[i], NULL, come_from_outside, s), 0);
    for (int i = 0; i < 3; i++) pthread_join(thread[i], NULL);
    weir_a32_store_release(&keeps_on, 0);
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    assert_int_equal(weir_a32_load(&outside), 60);
    finish(r, s);
}

/* One event is handled and two wait: the fourth is refused for all, the other subscription included. */
static void all_or_none(void **state) {
    (void)state;
    weir_runtime *r = open_runtime((weir_runtime_options){.queue = 2, .workers = 2});
    weir_session *s = open_session(r);
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    static listener l;
    memset(&l, 0, sizeof l);
    weir_a32_store(&gate, 0), weir_a32_store(&entered, 0), weir_a32_store(&handled, 0);
    assert_int_equal(weir_subscribe(s, A, 7, hold, NULL), WEIR_DONE);
    assert_int_equal(weir_publish(s, A, 7, integer(b, 0), 0), WEIR_DONE);
    while (!weir_a32_load_acquire(&entered)) weir_futex_wait(&entered, 0, WEIR_FOREVER);
    assert_int_equal(weir_subscribe(s, A, 7, listen, &l), WEIR_DONE);
    assert_int_equal(weir_publish(s, A, 7, integer(b, 0), 0), WEIR_DONE);
    assert_int_equal(weir_publish(s, A, 7, integer(b, 1), 0), WEIR_DONE);
    assert_int_equal(weir_publish(s, A, 7, integer(b, 2), 0), WEIR_FULL);
    assert_int_equal(weir_publish(s, A, 7, integer(b, 2), weir_now_ns() + 1000000), WEIR_FULL);
    open_gate();
    assert_int_equal(weir_publish(s, A, 7, integer(b, 2), WEIR_FOREVER), WEIR_DONE);
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    assert_int_equal(weir_a32_load(&handled), 4);
    assert_int_equal(l.next[0], 3);
    assert_int_equal(weir_a64_load(&l.wrong), 0);
    weir_slp_builder_free(b);
    finish(r, s);
}

/* Handlers that publish to themselves and to each other, more than there is room for: some are refused, none waits for ever. */
static void loops_end(void **state) {
    (void)state;
    for (unsigned workers = 1; workers <= 4; workers *= 4) {
        weir_runtime *r = open_runtime((weir_runtime_options){.queue = 2, .workers = workers, .error = ignore_line});
        weir_session *s = open_session(r);
        expect_of(s, "(core/event/sub $CHANNEL_A 1 {(core/event/pub $CHANNEL_A 1 1) (core/event/pub $CHANNEL_A 1 2)})",
                  "true\n");
        expect_of(s, "(core/event/pub $CHANNEL_A 1 0)", "true\n");
        expect_of(s,
                  "(core/event/sub $CHANNEL_B 1 {(core/event/pub $CHANNEL_C 1 1) (core/event/pub $CHANNEL_C 1 2)})"
                  "(core/event/sub $CHANNEL_C 1 {(core/event/pub $CHANNEL_B 1 1) (core/event/pub $CHANNEL_B 1 2)})",
                  "true\ntrue\n");
        for (int i = 0; i < 4; i++) expect_of(s, "(core/event/pub $CHANNEL_B 1 0)", "true\n");
        /* they go on for ever; what was refused did not end them */
        assert_false(weir_runtime_quiet(r, weir_now_ns() + 20000000));
        expect_of(s, "(core/event/unsub $CHANNEL_A 1) (core/event/unsub $CHANNEL_B 1) (core/event/unsub $CHANNEL_C 1)",
                  "true\ntrue\ntrue\n");
        assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
        finish(r, s);
    }
}

/* -- subscriptions --------------------------------------------------------------------------------------------------- */

static void come_and_go(void **state) {
    (void)state;
    weir_runtime *r = open_runtime((weir_runtime_options){0});
    weir_session *s = open_session(r);
    expect_of(s, "(core/event/unsub $CHANNEL_A 1)", "false\n");
    /* one that removes itself, one that makes another */
    expect_of(s,
              "(core/event/sub $CHANNEL_A 1 {(core/kv/set once $data) (core/event/unsub $CHANNEL_A 1)})"
              "(core/event/pub $CHANNEL_A 1 1)",
              "true\ntrue\n");
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    expect_of(s, "(core/event/pub $CHANNEL_A 1 2)", "true\n");
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    expect_of(s, "(core/kv/get once)", "1\n");
    expect_of(s,
              "(core/event/sub $CHANNEL_B 65535 {(core/event/sub $CHANNEL_C 0 {(core/kv/set inner [$channel])})})"
              "(core/event/pub $CHANNEL_B 65535 0)",
              "true\ntrue\n");
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    expect_of(s, "(core/event/pub $CHANNEL_C 0 0)", "true\n");
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    expect_of(s, "(core/kv/get inner)", "C\n");
    assert_int_equal(weir_publish(s, 7, 0, weir_slp_value_(NULL, 0), 0), WEIR_RANGE);
    assert_int_equal(weir_publish(s, 0, 65536, weir_slp_value_(NULL, 0), 0), WEIR_RANGE);
    assert_int_equal(weir_unsubscribe(s, A, 9), WEIR_NOT_THERE);
    finish(r, s);
}

static void limits(void **state) {
    (void)state;
    weir_runtime *r = open_runtime((weir_runtime_options){.subscriptions = 2});
    weir_session *s = weir_session_open(r, &(weir_session_options){.rate = 3}, NULL);
    seen out = {.used = 0};
    const char *text =
        "(core/event/sub $CHANNEL_A 1 {1}) (core/event/sub $CHANNEL_A 2 {1}) (core/event/sub $CHANNEL_A 3 {1})";
    assert_true(weir_eval(s, text, strlen(text), show, &out, NULL));
    assert_non_null(strstr(out.text, "true\ntrue\n@\"full: 2 subscriptions"));
    out.used = 0;
    text =
        "(core/event/pub $CHANNEL_A 1 1) (core/event/pub $CHANNEL_A 1 1) (core/event/pub $CHANNEL_A 1 1) (core/event/pub $CHANNEL_A 1 1)";
    assert_true(weir_eval(s, text, strlen(text), show, &out, NULL));
    assert_non_null(strstr(out.text, "true\ntrue\ntrue\n@\"rate: more than 3"));
    finish(r, s);
}

/* -- one by one ------------------------------------------------------------------------------------------------------ */

typedef struct single {
    weir_session *session;
    uint64_t id;
    weir_a32 seen, gone, wrong;
} single;

/* Ends itself at the first event; those behind it in the queue are not for it any more. */
static void once(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    single *o = arg;
    (void)channel, (void)topic, (void)v;
    weir_a32_add(&o->seen, 1);
    if (weir_subscription_end(o->session, o->id) != WEIR_DONE) weir_a32_add(&o->wrong, 1);
    if (weir_subscription_end(o->session, o->id) != WEIR_NOT_THERE) weir_a32_add(&o->wrong, 1);
    if (weir_a32_load(&o->gone)) weir_a32_add(&o->wrong, 1);
}

static void is_gone(void *arg) { weir_a32_add_release(&((single *)arg)->gone, 1); }

static void ends_itself(void **state) {
    (void)state;
    for (int i = 0; i < 20; i++) {
        weir_runtime *r = open_runtime((weir_runtime_options){.workers = 2});
        weir_session *s = open_session(r);
        single o = {.session = s};
        weir_a32_store(&gate, 0), weir_a32_store(&entered, 0), weir_a32_store(&handled, 0);
        weir_slp_builder *b = weir_slp_builder_new(NULL);
        assert_int_equal(weir_subscribe(s, A, 1, hold, NULL), WEIR_DONE);
        assert_int_equal(weir_subscription_open(s, &(weir_listener){A, 1, once, &o, is_gone}, &o.id), WEIR_DONE);
        for (int k = 0; k < 10; k++) assert_int_equal(weir_publish(s, A, 1, integer(b, k), 0), WEIR_DONE);
        open_gate();
        assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
        assert_int_equal(weir_a32_load_acquire(&o.gone), 1);
        assert_int_equal(weir_a32_load(&o.seen), 1);
        assert_int_equal(weir_a32_load(&o.wrong), 0);
        assert_int_equal(weir_a32_load(&handled), 10); /* the other has all */
        weir_slp_builder_free(b);
        finish(r, s);
    }
}

static void listed(void **state) {
    (void)state;
    weir_runtime *r = open_runtime((weir_runtime_options){.workers = 2});
    weir_session *s = open_session(r), *other = open_session(r);
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    weir_subscribed all[4];
    single o = {.session = s};
    weir_a32_store(&gate, 0), weir_a32_store(&entered, 0), weir_a32_store(&handled, 0);
    expect_of(s, "(core/event/subs)", "()\n");
    expect_of(s, "(core/event/sub $CHANNEL_B 7 {1})", "true\n");
    assert_int_equal(weir_subscription_open(s, &(weir_listener){C, 65535, hold, &o, is_gone}, &o.id), WEIR_DONE);
    for (int k = 0; k < 4; k++) assert_int_equal(weir_publish(s, C, 65535, integer(b, k), 0), WEIR_DONE);
    while (!weir_a32_load_acquire(&entered)) weir_futex_wait(&entered, 0, WEIR_FOREVER);
    assert_int_equal(weir_subscription_list(s, all, 4), 2);
    assert_true(all[0].id == o.id && all[0].channel == C && all[0].topic == 65535 && all[0].queued == 3);
    assert_true(!all[0].script && all[1].script && all[1].channel == B && all[1].topic == 7 && all[1].queued == 0);
    assert_int_equal(weir_subscription_list(s, NULL, 0), 2);
    assert_int_equal(weir_subscription_end(other, o.id), WEIR_NOT_THERE);
    assert_int_equal(weir_subscription_end(s, o.id), WEIR_DONE);
    assert_int_equal(weir_a32_load(&o.gone), 0); /* it runs */
    open_gate();
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    assert_int_equal(weir_a32_load(&handled), 1);
    assert_int_equal(weir_a32_load(&o.gone), 1);
    char text[64];
    snprintf(text, sizeof text, "((%d B 7 0))\n", (int)all[1].id);
    expect_of(s, "(core/event/subs)", text);
    snprintf(text, sizeof text, "(core/event/leave %d) (core/event/leave %d)", (int)all[1].id, (int)all[1].id);
    expect_of(s, text, "true\nfalse\n");
    seen out = {.used = 0};
    assert_true(weir_eval(s, "(core/event/leave)", 18, show, &out, NULL));
    assert_non_null(strstr(out.text, "@\"notfound: "));
    /* a script's handler that ends itself, and not its like */
    expect_of(s,
              "(core/event/sub $CHANNEL_A 1 {(core/kv/snx first $data) (core/event/leave)})"
              "(core/event/sub $CHANNEL_A 1 {(core/kv/set last $data)})"
              "(core/event/pub $CHANNEL_A 1 1) (core/event/pub $CHANNEL_A 1 2) (core/event/pub $CHANNEL_A 1 3)",
              "true\ntrue\ntrue\ntrue\ntrue\n");
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    expect_of(s, "(core/kv/get first) (core/kv/get last)", "1\n3\n");
    assert_int_equal(weir_subscription_list(s, NULL, 0), 1);
    weir_slp_builder_free(b);
    weir_session_close(other);
    finish(r, s);
}

/* -- await ----------------------------------------------------------------------------------------------------------- */

/* Many more handlers wait than there are workers, and all are answered. */
static void awaits_hold_no_worker(void **state) {
    enum { MANY = 1000 };
    (void)state;
    weir_runtime *r = open_runtime((weir_runtime_options){.await_ms = 60000});
    weir_session *s = open_session(r);
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    for (int i = 0; i < MANY; i++) {
        char text[200];
        snprintf(
            text, sizeof text,
            "(core/event/sub $CHANNEL_A 1 {(core/kv/set got:%d (core/expr/await (core/event/pub $CHANNEL_C 0 %d) $CHANNEL_B %d))})",
            i, i, i);
        expect_of(s, text, "true\n");
    }
    expect_of(s, "(core/event/sub $CHANNEL_C 0 {(core/kv/set waits: 1)})", "true\n");
    expect_of(s, "(core/event/pub $CHANNEL_A 1 0)", "true\n");
    assert_false(weir_runtime_quiet(r, weir_now_ns() + 50000000)); /* they wait */
    for (int i = 0; i < MANY; i++) /* who has not begun to wait yet misses it, so it comes again */
        assert_int_equal(weir_publish(s, B, (uint32_t)i, integer(b, i), WEIR_FOREVER), WEIR_DONE);
    for (int round = 0; !weir_runtime_quiet(r, weir_now_ns() + 100000000); round++) {
        assert_true(round < 300);
        for (int i = 0; i < MANY; i++) weir_publish(s, B, (uint32_t)i, integer(b, i), WEIR_FOREVER);
    }
    for (int i = 0; i < MANY; i += 99) {
        char text[64], wanted[32];
        snprintf(text, sizeof text, "(core/kv/get got:%d)", i);
        snprintf(wanted, sizeof wanted, "%d\n", i);
        expect_of(s, text, wanted);
    }
    weir_slp_builder_free(b);
    finish(r, s);
}

static void await_round_trips(void **state) {
    (void)state;
    weir_runtime *r = open_runtime((weir_runtime_options){0});
    weir_session *s = open_session(r);
    expect_of(s, "(core/event/sub $CHANNEL_A 1 {(core/event/pub $CHANNEL_B 1 $data)})", "true\n");
    for (int i = 0; i < 500; i++) {
        char text[100], wanted[32];
        snprintf(text, sizeof text, "(core/expr/await (core/event/pub $CHANNEL_A 1 %d) $CHANNEL_B 1)", i);
        snprintf(wanted, sizeof wanted, "%d\n", i);
        expect_of(s, text, wanted);
    }
    seen out = {.used = 0};
    const char *text = "(core/expr/await 1 $CHANNEL_B 5 20)"; /* nobody answers */
    assert_true(weir_eval(s, text, strlen(text), show, &out, NULL));
    assert_non_null(strstr(out.text, "@\"timeout: "));
    finish(r, s);
}

/* The alarm of an await that was answered is used for the next, whose limit comes later or sooner. */
static void limits_are_each_ones_own(void **state) {
    (void)state;
    static const char *const text[] = {
        "(core/expr/await (core/event/pub $CHANNEL_A 1 1) $CHANNEL_B 1 100)(core/expr/await 1 $CHANNEL_B 5 150)",
        "(core/expr/await (core/event/pub $CHANNEL_A 1 1) $CHANNEL_B 1 3600000)(core/expr/await 1 $CHANNEL_B 5 30)"};
    weir_runtime *r = open_runtime((weir_runtime_options){0});
    weir_session *s = open_session(r);
    expect_of(s, "(core/event/sub $CHANNEL_A 1 {(core/event/pub $CHANNEL_B 1 $data)})", "true\n");
    for (int i = 0; i < 6; i++) {
        seen out = {.used = 0};
        assert_true(weir_eval(s, text[i % 2], strlen(text[i % 2]), show, &out, NULL));
        assert_non_null(strstr(out.text, "@\"timeout: no event came within"));
    }
    finish(r, s);
}

static weir_a32 told_late;

static void count_late(void *arg, const char *line, size_t bytes) {
    (void)arg;
    if (memmem(line, bytes, "timeout: no event came", 22)) weir_a32_add(&told_late, 1);
}

/* More than the scheduler takes from outside at once, for which the clock may have to wait; and each goes on to the clock. */
static void many_limits_at_once(void **state) {
    (void)state;
    enum { WAITERS = 6000 };
    const char *text =
        "(core/event/sub $CHANNEL_A 1 {(core/expr/await (core/expr/await 1 $CHANNEL_B 2 300) $CHANNEL_B 2 300)})";
    weir_a32_store(&told_late, 0);
    weir_runtime *r = open_runtime((weir_runtime_options){.error = count_late});
    weir_session *s = open_session(r);
    for (int i = 0; i < WAITERS; i++) assert_true(weir_eval(s, text, strlen(text), NULL, NULL, NULL));
    expect_of(s, "(core/event/pub $CHANNEL_A 1 1)", "true\n");
    assert_true(weir_runtime_quiet(r, weir_now_ns() + 60000000000));
    finish(r, s);
    assert_int_equal(weir_a32_load(&told_late), WAITERS);
}

/* -- sessions -------------------------------------------------------------------------------------------------------- */

static weir_a64 counted;
static void count(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)arg, (void)channel, (void)topic, (void)v;
    weir_a64_add(&counted, 1);
}

/* What was admitted before close has been handled when it returns, and nothing comes after. */
static void close_drains(void **state) {
    (void)state;
    for (int i = 0; i < 10; i++) {
        weir_runtime *r = open_runtime((weir_runtime_options){0});
        weir_session *s = open_session(r), *other = open_session(r);
        weir_slp_builder *b = weir_slp_builder_new(NULL);
        weir_a64_store(&counted, 0);
        assert_int_equal(weir_subscribe(s, A, 1, count, NULL), WEIR_DONE);
        for (int k = 0; k < 500; k++)
            assert_int_equal(weir_publish(other, A, 1, integer(b, k), WEIR_FOREVER), WEIR_DONE);
        weir_session_close(s);
        assert_int_equal(weir_a64_load(&counted), 500);
        assert_int_equal(weir_publish(other, A, 1, integer(b, 1), WEIR_FOREVER), WEIR_DONE);
        weir_slp_builder_free(b);
        finish(r, other);
        assert_int_equal(weir_a64_load(&counted), 500);
    }
}

static weir_a32 told_closed;

static void count_closed(void *arg, const char *line, size_t bytes) {
    (void)arg;
    if (memmem(line, bytes, "closed: the session closes", 26)) weir_a32_add(&told_closed, 1);
}

/* Handlers that have parked for an hour, that are about to, and that have not begun. */
static void close_ends_awaits(void **state) {
    (void)state;
    enum { WAITERS = 100 };
    weir_a32_store(&told_closed, 0);
    weir_runtime *r = open_runtime((weir_runtime_options){.error = count_closed});
    weir_session *s = open_session(r);
    for (int i = 0; i < WAITERS; i++)
        expect_of(s, "(core/event/sub $CHANNEL_A 1 {(core/expr/await 1 $CHANNEL_B 2 3600000)})", "true\n");
    expect_of(s, "(core/event/pub $CHANNEL_A 1 1)(core/event/pub $CHANNEL_A 1 1)", "true\ntrue\n");
    weir_session_close(s);
    assert_int_equal(weir_a32_load(&told_closed), 2 * WAITERS);
    assert_true(weir_runtime_close(r, NULL));
}

/* Handlers that wait for room in a queue that does not drain, for its handler awaits something for an hour. */
static void close_ends_waiting_for_room(void **state) {
    (void)state;
    for (int i = 0; i < 10; i++) {
        weir_runtime *r = open_runtime((weir_runtime_options){.queue = 1, .error = ignore_line});
        weir_session *s = open_session(r), *slow = open_session(r);
        expect_of(slow, "(core/event/sub $CHANNEL_B 1 {(core/expr/await 1 $CHANNEL_C 1 3600000)})", "true\n");
        for (int k = 0; k < 4; k++)
            expect_of(s,
                      "(core/event/sub $CHANNEL_A 1 {(core/event/pub $CHANNEL_B 1 1) (core/event/pub $CHANNEL_B 1 2)})",
                      "true\n");
        expect_of(s, "(core/event/pub $CHANNEL_A 1 1)", "true\n");
        weir_session_close(s);
        weir_session_close(slow);
        assert_true(weir_runtime_close(r, NULL));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_in_order),
                                       cmocka_unit_test(through_full_queues),
                                       cmocka_unit_test(one_worker),
                                       cmocka_unit_test(nobody_waits_for_ever),
                                       cmocka_unit_test(all_or_none),
                                       cmocka_unit_test(loops_end),
                                       cmocka_unit_test(come_and_go),
                                       cmocka_unit_test(ends_itself),
                                       cmocka_unit_test(listed),
                                       cmocka_unit_test(limits),
                                       cmocka_unit_test(awaits_hold_no_worker),
                                       cmocka_unit_test(await_round_trips),
                                       cmocka_unit_test(limits_are_each_ones_own),
                                       cmocka_unit_test(many_limits_at_once),
                                       cmocka_unit_test(close_drains),
                                       cmocka_unit_test(close_ends_awaits),
                                       cmocka_unit_test(close_ends_waiting_for_room)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
