/* Commands of a host program: answers, bodies, state, promises kept from other threads, in time, late, and when the session
 * closes; on the scheduler that SCHED names. */

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "prims/atomic.h"
#include "prims/lock_p.h"
#include "runtime/shown_test_p.h"

/* -- commands --------------------------------------------------------------------------------------------------------- */

enum { HELD = 2000 };

typedef struct host { /* options.arg */
    weir_lock lock;
    weir_promise *held[HELD]; /* made by my/hold, not settled */
    uint32_t number[HELD];
    uint64_t at[HELD]; /* when */
    uint32_t holds;
    weir_a32 failed; /* handlers */
    char last[600];
} host;

static host *the_host;

static weir_verdict twice(weir_call *c, const weir_slp_value *args, uint32_t n) {
    (void)n;
    return weir_call_integer(c, 2 * weir_slp_integer(args[0]));
}

static weir_verdict count(weir_call *c, const weir_slp_value *args, uint32_t n) {
    (void)args;
    return weir_call_integer(c, n);
}

static weir_verdict pair(weir_call *c, const weir_slp_value *args, uint32_t n) {
    weir_slp_builder *b = weir_call_builder(c);
    (void)n;
    weir_slp_open(b, WEIR_SLP_LIST);
    weir_slp_put(b, args[0]);
    weir_slp_put(b, args[1]);
    weir_slp_close(b);
    return weir_call_built(c);
}

static weir_verdict broken(weir_call *c, const weir_slp_value *args, uint32_t n) {
    (void)args, (void)n;
    weir_slp_open(weir_call_builder(c), WEIR_SLP_LIST);
    return weir_call_built(c);
}

static weir_verdict refuse(weir_call *c, const weir_slp_value *args, uint32_t n) {
    (void)n;
    return weir_call_fail(c, "mine", "%d is refused", (int)weir_slp_integer(args[0]));
}

static weir_verdict who(weir_call *c, const weir_slp_value *args, uint32_t n) {
    const char *scope = weir_session_scope(weir_call_session(c));
    (void)args, (void)n;
    if (weir_session_arg(weir_call_session(c)) != the_host || weir_call_arg(c) != the_host)
        return weir_call_fail(c, "mine", "who is the host?");
    return weir_call_string(c, scope, strlen(scope));
}

/* Runs its body some times, and answers how often it did not fail. */
typedef struct times {
    int64_t left, good;
} times;

static weir_verdict repeat_next(weir_call *c, times *t, const weir_slp_value *args) {
    return t->left-- ? weir_call_enter(c, args[1]) : weir_call_integer(c, t->good);
}

static weir_verdict repeat(weir_call *c, const weir_slp_value *args, uint32_t n) {
    times *t = weir_call_state(c, sizeof *t);
    (void)n;
    if (!t) return weir_call_fail(c, "nomem", "no memory");
    t->left = weir_slp_integer(args[0]);
    return repeat_next(c, t, args);
}

static weir_verdict repeat_more(weir_call *c, const weir_slp_value *args, uint32_t n) {
    times *t = weir_call_state(c, sizeof *t);
    (void)n;
    t->good += weir_slp_type_of(weir_call_result(c)) != WEIR_SLP_ERROR;
    return repeat_next(c, t, args);
}

static weir_verdict enter(weir_call *c, const weir_slp_value *args, uint32_t n) {
    (void)n;
    return weir_call_enter(c, args[0]);
}

/* N MS: for the test to settle. */
static weir_verdict hold(weir_call *c, const weir_slp_value *args, uint32_t n) {
    host *h = weir_call_arg(c);
    weir_promise *p = weir_call_promise(c, n > 1 ? (uint32_t)weir_slp_integer(args[1]) : 0);
    if (!p) return WEIR_RETURN;
    weir_lock_acquire(&h->lock);
    h->number[h->holds] = (uint32_t)weir_slp_integer(args[0]);
    h->at[h->holds] = weir_now_ns();
    h->held[h->holds++] = p;
    weir_lock_release(&h->lock);
    return WEIR_PARK;
}

/* Waits for nothing; and makes two, of which there is but one. */
static weir_verdict for_ever(weir_call *c, const weir_slp_value *args, uint32_t n) {
    (void)c, (void)args, (void)n;
    return WEIR_PARK;
}

static weir_verdict two(weir_call *c, const weir_slp_value *args, uint32_t n) {
    weir_promise *p = weir_call_promise(c, 0), *second = weir_call_promise(c, 0);
    (void)n;
    weir_promise_keep(p, args[0]);
    return second ? WEIR_PARK : WEIR_RETURN; /* RETURN: what was promised holds */
}

/* Has its answer before it parks. */
static weir_verdict at_once(weir_call *c, const weir_slp_value *args, uint32_t n) {
    (void)n;
    weir_promise *p = weir_call_promise(c, 1000000);
    if (p) weir_promise_keep(p, args[0]);
    return p ? WEIR_PARK : WEIR_RETURN;
}

static weir_verdict at_once_more(weir_call *c, const weir_slp_value *args, uint32_t n) {
    (void)n;
    return weir_call_truth(c, weir_slp_equal(weir_call_result(c), args[0]));
}

static const weir_command mine[] = {
    {"my/twice", "i", 0, twice, NULL, "N: twice as much"},
    {"my/count", "v+", 0, count, NULL, "VALUE...: how many"},
    {"my/pair", "vv", 0, pair, NULL, "A B: the list of both"},
    {"my/broken", "", 0, broken, NULL, "what cannot be built"},
    {"my/refuse", "i", WEIR_WRITE, refuse, NULL, "N: the error mine"},
    {"my/who", "", 0, who, NULL, "the scope"},
    {"my/repeat", "nb", 0, repeat, repeat_more, "N {BODY}: runs it; how often it was good"},
    {"my/enter", "f", 0, enter, NULL, "FORM: its value"},
    {"my/hold", "n?n", 0, hold, NULL, "N [MS]: what the test says"},
    {"my/for-ever", "", 0, for_ever, NULL, "parks without a promise"},
    {"my/two", "v", 0, two, NULL, "VALUE: the same"},
    {"my/at-once", "v", 0, at_once, at_once_more, "VALUE: promised and kept"},
};
enum { MINE = sizeof mine / sizeof *mine };

/* -- a world ---------------------------------------------------------------------------------------------------------- */

static weir_runtime *runtime;
static weir_session *session;

static void failed(void *arg, const char *line, size_t bytes) {
    host *h = arg;
    weir_lock_acquire(&h->lock);
    snprintf(h->last, sizeof h->last, "%.*s", (int)bytes, line);
    weir_lock_release(&h->lock);
    weir_a32_add(&h->failed, 1);
}

static int open_all(void **state) {
    (void)state;
    the_host = calloc(1, sizeof *the_host);
    weir_lock_init(&the_host->lock);
    weir_runtime_options o = {
        .sched = SCHED, .workers = 2, .command = mine, .commands = MINE, .error = failed, .arg = the_host};
    return !weir_runtime_open(&o, &runtime, NULL) ||
           !(session = weir_session_open(runtime, &(weir_session_options){.scope = "here", .arg = the_host}, NULL));
}

static int close_all(void **state) {
    (void)state;
    weir_session_close(session);
    bool good = weir_runtime_close(runtime, NULL);
    free(the_host);
    session = NULL;
    runtime = NULL;
    return !good;
}

/* What it answers begins like that. */
static uint32_t holds(void) {
    weir_lock_acquire(&the_host->lock);
    uint32_t n = the_host->holds;
    weir_lock_release(&the_host->lock);
    return n;
}

static void wait_for_holds(uint32_t n) {
    while (holds() < n) weir_yield();
}

static weir_slp_value integer(weir_slp_builder *b, int64_t i) {
    weir_slp_put_integer(b, i);
    return weir_slp_root(weir_slp_finish(b, NULL));
}

/* -- answers ---------------------------------------------------------------------------------------------------------- */

static void answers(void **state) {
    (void)state;
    expect_begin_of(session, "(my/twice 21) (my/twice -4611686018427387904)", "42\n-9223372036854775808\n");
    expect_begin_of(session, "(my/count 1 2 3) (my/pair a '(b \"c\"))", "3\n(a (b \"c\"))\n");
    expect_begin_of(session, "(my/who) (my/twice (my/count x))", "\"here\"\n2\n");
    expect_begin_of(session, "(my/refuse 7)", "@\"mine: 7 is refused\"\n");
    expect_begin_of(session, "(my/twice (my/refuse 7))", "@\"mine: ");
    expect_begin_of(session, "(my/broken)", "@\"nomem: an answer cannot be built");
    expect_begin_of(session, "(my/pair 1 2)", "(1 2)\n"); /* the builder goes on */
    expect_begin_of(session, "(my/twice)", "@\"arity: ");
    expect_begin_of(session, "(my/twice x)", "@\"type: ");
    weir_session *other = weir_session_open(runtime, &(weir_session_options){.restricted = true}, NULL);
    expect_begin_of(other, "(my/refuse 7)", "@\"denied: ");
    weir_session_close(other);
}

static void bodies(void **state) {
    (void)state;
    expect_begin_of(session, "(my/repeat 3 {(my/twice 1)})", "3\n");
    expect_begin_of(session, "(my/repeat 2 {(my/repeat 3 {1}) (my/twice x)})", "0\n");
    expect_begin_of(session, "(my/repeat 1000 {(my/count (my/repeat 2 {1}))})", "1000\n");
    expect_begin_of(session, "(my/enter [1 (my/twice 2)]) (my/enter (my/refuse 1)) (my/enter x)",
                    "4\n@\"mine: 1 is refused\"\nx\n");
}

static void table(void **state) {
    (void)state;
    uint32_t n = 0, own = 0;
    for (const weir_command *c; (c = weir_command_at(runtime, n)); n++) {
        assert_true(c->name && c->takes && c->doc);
        own += !strncmp(c->name, "my/", 3);
    }
    assert_int_equal(own, MINE);
    assert_true(n > MINE + 10);
    weir_runtime *r;
    weir_error error;
    const weir_command twins[] = {mine[0], mine[0]}, odd[] = {{"my/odd", "ix!", 0, twice, NULL, ""}};
    assert_false(weir_runtime_open(&(weir_runtime_options){.command = twins, .commands = 2}, &r, &error));
    assert_non_null(strstr(error.text, "my/twice"));
    assert_false(weir_runtime_open(&(weir_runtime_options){.command = odd, .commands = 1}, &r, &error));
    assert_non_null(strstr(error.text, "my/odd"));
}

/* -- promises ---------------------------------------------------------------------------------------------------------- */

/* Two workers, and many more calls that wait; each has its own answer. */
static void calls_hold_no_worker(void **state) {
    enum { MANY = 500 };
    (void)state;
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    for (int i = 0; i < MANY; i++) {
        char text[128];
        snprintf(text, sizeof text, "(core/event/sub $CHANNEL_A 1 {(core/kv/set got:%d (my/hold %d))})", i, i);
        expect_begin_of(session, text, "true\n");
    }
    expect_begin_of(session, "(core/event/pub $CHANNEL_A 1 0)", "true\n");
    wait_for_holds(MANY);
    expect_begin_of(session, "(my/twice 1)", "2\n");
    for (int i = 0; i < MANY; i++)
        assert_true(weir_promise_keep(the_host->held[i], integer(b, the_host->number[i] + 1000)));
    assert_true(weir_runtime_quiet(runtime, WEIR_FOREVER));
    for (int i = 0; i < MANY; i += 7) {
        char text[64], wanted[32];
        snprintf(text, sizeof text, "(core/kv/get got:%d)", i);
        snprintf(wanted, sizeof wanted, "%d\n", i + 1000);
        expect_begin_of(session, text, wanted);
    }
    weir_slp_builder_free(b);
}

static void *settle_soon(void *arg) {
    wait_for_holds(1);
    if (arg) weir_promise_break(the_host->held[0], "io", "the line is dead");
    else
        weir_promise_keep(the_host->held[0],
                          weir_slp_value_(NULL, (uint32_t)-5 << WEIR_SLP_TAG_BITS | WEIR_SLP_TAG_SMALL));
    return NULL;
}

/* The thread of weir_eval waits itself. */
static void kept_and_broken(void **state) {
    (void)state;
    for (intptr_t how = 0; how < 2; how++) {
        the_host->holds = 0;
        pthread_t t = weir_test_thread(settle_soon, (void *)how);
        expect_begin_of(session, "(my/pair (my/hold 1) 1)", how ? "@\"io: the line is dead\"\n" : "(-5 1)\n");
        pthread_join(t, NULL);
    }
    for (int i = 0; i < 100; i++)
        expect_begin_of(session, "(my/at-once (a b \"c\")) (my/at-once '(a b \"c\"))", "@\"unknown: ");
    expect_begin_of(session, "(my/for-ever) (my/two x)", "@\"closed: my/for-ever waits for nothing\"\nx\n");
    expect_begin_of(session, "(my/at-once '(a b \"c\")) (my/at-once 7)", "true\ntrue\n");
}

static void too_late(void **state) {
    (void)state;
    expect_begin_of(session, "(my/hold 1 5)", "@\"timeout: no answer came within 5 ms\"\n");
    assert_false(weir_promise_keep(the_host->held[0], weir_slp_value_(NULL, WEIR_SLP_TAG_SMALL)));
}

/* Kept while time runs out: one of the two it is, and says so. */
static void *keep_all(void *arg) {
    uint32_t *kept = arg;
    for (uint32_t i = 0; i < 300; i++) {
        wait_for_holds(i + 1);
        for (uint64_t at = the_host->at[i] + 950000 + i % 32 * 5000; weir_now_ns() < at;) continue;
        *kept +=
            weir_promise_keep(the_host->held[i], weir_slp_value_(NULL, 1 << WEIR_SLP_TAG_BITS | WEIR_SLP_TAG_SMALL));
    }
    return NULL;
}

static void kept_or_late(void **state) {
    (void)state;
    uint32_t kept = 0;
    pthread_t t = weir_test_thread(keep_all, &kept);
    uint32_t good = 0;
    for (int i = 0; i < 300; i++) {
        seen out = {.used = 0};
        const char *text = "(my/hold 1 1)";
        assert_true(weir_eval(session, text, strlen(text), show, &out, NULL));
        bool late = !strncmp(out.text, "@\"timeout: ", 11);
        assert_true(late || !strcmp(out.text, "1\n"));
        good += !late;
    }
    pthread_join(t, NULL);
    assert_int_equal(good, kept);
}

/* What waits when its session closes ends; whoever comes later finds nobody, also when the runtime is gone. */
static void session_closes(void **state) {
    enum { MANY = 20 };
    (void)state;
    for (int i = 0; i < MANY; i++)
        expect_begin_of(session, "(core/event/sub $CHANNEL_B 1 {(my/hold 1) (my/hold 2)})", "true\n");
    expect_begin_of(session, "(core/event/pub $CHANNEL_B 1 0)", "true\n");
    wait_for_holds(MANY);
    assert_true(weir_promise_keep(the_host->held[0], weir_slp_value_(NULL, WEIR_SLP_TAG_SMALL)));
    weir_session_close(session);
    session = NULL;
    assert_int_equal(weir_a32_load(&the_host->failed), MANY); /* one in its second call, or that was refused */
    assert_non_null(strstr(the_host->last, "closed: the session closes"));
    assert_true(weir_runtime_close(runtime, NULL));
    runtime = NULL;
    for (uint32_t i = 1; i < the_host->holds; i++)
        assert_false(weir_promise_break(the_host->held[i], "io", "nobody hears it"));
}

/* A task whose form waits is ended by cancel, and by the close of the runtime. */
static void tasks_end(void **state) {
    (void)state;
    expect_begin_of(session, "(core/task/start t {(my/hold 1)}) (core/task/start u {(my/hold 2)})", "true\ntrue\n");
    wait_for_holds(2);
    uint32_t t = the_host->number[0] == 1 ? 0 : 1;
    expect_begin_of(session, "(core/task/cancel t)", "true\n");
    assert_false(weir_promise_break(the_host->held[t], "io", "nobody hears it"));
    weir_session_close(session);
    session = NULL;
    assert_true(weir_runtime_close(runtime, NULL));
    runtime = NULL;
    assert_false(weir_promise_break(the_host->held[1 - t], "io", "nobody hears it"));
}

/* Settled by one thread, while the session closes on another. */
static void *settle_all(void *arg) {
    weir_promise **p = arg;
    for (int i = 0; i < 50; i++) weir_promise_keep(p[i], weir_slp_value_(NULL, WEIR_SLP_TAG_SMALL));
    return NULL;
}

static void closes_while_kept(void **state) {
    (void)state;
    for (int round = 0; round < 10; round++) {
        weir_session *s = weir_session_open(runtime, NULL, NULL);
        the_host->holds = 0;
        for (int i = 0; i < 50; i++) expect_begin_of(s, "(core/event/sub $CHANNEL_C 1 {(my/hold 1)})", "true\n");
        expect_begin_of(s, "(core/event/pub $CHANNEL_C 1 0)", "true\n");
        wait_for_holds(50);
        pthread_t t = weir_test_thread(settle_all, the_host->held);
        weir_session_close(s);
        pthread_join(t, NULL);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(answers),  TEST(bodies),       TEST(table),          TEST(kept_and_broken),   TEST(calls_hold_no_worker),
        TEST(too_late), TEST(kept_or_late), TEST(session_closes), TEST(closes_while_kept), TEST(tasks_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
