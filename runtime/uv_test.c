/* libuv drives the runtime: its loop polls the descriptor, and has timers of its own beside those of the scripts. */
#include "prims/test_p.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "runtime/weir.h"

enum { TICKS = 200, SCRIPTS = 50 };

typedef struct world {
    weir_runtime *runtime;
    weir_session *session;
    uv_poll_t poll;
    uv_timer_t timer;
    unsigned ticks, handled, answered, timed_out, kept;
    weir_promise *promise; /* settled at the next tick */
} world;

static weir_slp_value integer(int64_t i) { /* small */
    return weir_slp_value_(NULL, (uint32_t)i << WEIR_SLP_TAG_BITS | WEIR_SLP_TAG_SMALL);
}

static void step(uv_poll_t *p, int status, int events) {
    (void)status, (void)events;
    weir_runtime_step(((world *)p->data)->runtime, 1000000);
}

static void handle(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)channel, (void)topic, (void)v;
    ((world *)arg)->handled++;
}

/* The value of a started script: an answer, or that none came. */
static void ended(void *arg, weir_slp_value v) {
    world *w = arg;
    if (weir_slp_type_of(v) != WEIR_SLP_ERROR) w->answered++;
    else w->timed_out += !strncmp(weir_slp_text_of(v).at, "timeout: ", 9);
}

static void kept(void *arg, weir_slp_value v) { ((world *)arg)->kept += weir_slp_type_of(v) == WEIR_SLP_INTEGER; }

static void start(world *w, const char *text, weir_form *end) {
    assert_int_equal(weir_start_text(w->session, text, strlen(text), NULL, end, w), WEIR_DONE);
}

static bool over(const world *w) {
    return w->handled == TICKS && w->answered == SCRIPTS && w->timed_out == SCRIPTS && w->kept == 1;
}

static void tick(uv_timer_t *t) {
    world *w = t->data;
    if (w->ticks++ < TICKS) assert_int_equal(weir_publish(w->session, 0, 1, integer(1), 0), WEIR_DONE);
    if (w->ticks == 10) start(w, "(my/wait)", kept);
    if (w->ticks < SCRIPTS + 1) {
        start(w, "(core/expr/await (core/event/pub $CHANNEL_B 1 7) $CHANNEL_C 1 100000)", ended);
        start(w, "(core/expr/await 1 $CHANNEL_C 2 3)", ended);
    }
    if (w->promise) {
        assert_true(weir_promise_keep(w->promise, integer(3)));
        w->promise = NULL;
    }
    if (over(w)) uv_stop(t->loop);
}

static weir_verdict wait(weir_call *c, const weir_slp_value *args, uint32_t n) {
    world *w = weir_call_arg(c);
    (void)args, (void)n;
    w->promise = weir_call_promise(c, 0);
    return w->promise ? WEIR_PARK : WEIR_RETURN;
}

static const weir_command mine[] = {{"my/wait", "", 0, wait, NULL, "until the next tick"}};

static void driven_by_libuv(void **state) {
    (void)state;
    world w = {0};
    uv_loop_t loop;
    weir_runtime_options o = {
        .foreign = true, .sched = SCHED, .command = mine, .commands = 1, .queue = TICKS, .arg = &w};
    assert_true(weir_runtime_open(&o, &w.runtime, NULL));
    w.session = weir_session_open(w.runtime, NULL, NULL);
    assert_non_null(w.session);
    assert_int_equal(weir_subscribe(w.session, 0, 1, handle, &w), WEIR_DONE);
    const char *text = "(core/event/sub $CHANNEL_B 1 {(core/event/pub $CHANNEL_C 1 $data)})";
    assert_true(weir_eval(w.session, text, strlen(text), NULL, NULL, NULL));
    assert_int_equal(uv_loop_init(&loop), 0);
    w.poll.data = w.timer.data = &w;
    assert_int_equal(uv_poll_init(&loop, &w.poll, weir_runtime_fd(w.runtime)), 0);
    assert_int_equal(uv_poll_start(&w.poll, UV_READABLE, step), 0);
    uv_timer_init(&loop, &w.timer);
    uv_timer_start(&w.timer, tick, 1, 1);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(over(&w));
    uv_close((uv_handle_t *)&w.poll, NULL);
    uv_close((uv_handle_t *)&w.timer, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    weir_session_close(w.session);
    assert_true(weir_runtime_close(w.runtime, NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(driven_by_libuv)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
