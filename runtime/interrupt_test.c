/* weir_interrupt: a script ends wherever it is, and the session serves on. On the scheduler that SCHED names. */
#include "prims/test_p.h"

#include <stdio.h>
#include <string.h>

#include "prims/platform.h"
#include "runtime/weir.h"

static weir_runtime *runtime;
static weir_session *session;
static weir_a32 ticks, entered, gate_open, promised;
static weir_promise *promise;

/* -- commands that the scripts call --------------------------------------------------------------------------------- */

static weir_verdict tick(weir_call *call, const weir_slp_value *args, uint32_t n) {
    (void)args, (void)n;
    weir_a32_add(&ticks, 1);
    return weir_call_truth(call, true);
}

static weir_verdict stop(weir_call *call, const weir_slp_value *args, uint32_t n) {
    (void)args, (void)n;
    weir_interrupt(weir_call_session(call));
    return weir_call_truth(call, true);
}

static weir_verdict wait(weir_call *call, const weir_slp_value *args, uint32_t n) {
    (void)args, (void)n;
    promise = weir_call_promise(call, 0);
    weir_a32_store_release(&promised, 1);
    return promise ? WEIR_PARK : WEIR_RETURN;
}

static const weir_command own[] = {{"tick", "", 0, tick, NULL, ": counts"},
                                   {"stop", "", 0, stop, NULL, ": interrupts"},
                                   {"wait", "", 0, wait, NULL, ": for ever"}};

static void ignore_line(void *arg, const char *line, size_t bytes) { (void)arg, (void)line, (void)bytes; }

static int open_all(void **state) {
    weir_runtime_options o = {
        .sched = SCHED, .workers = 2, .queue = 4, .command = own, .commands = 3, .error = ignore_line};
    (void)state;
    return !weir_runtime_open(&o, &runtime, NULL) || !(session = weir_session_open(runtime, NULL, NULL));
}

static int close_all(void **state) {
    (void)state;
    weir_session_close(session);
    return !weir_runtime_close(runtime, NULL);
}

/* -- what a script answered ------------------------------------------------------------------------------------------ */

static char out[4096];

static void show(void *arg, weir_slp_value v) {
    size_t used = strlen(out), n;
    (void)arg;
    n = weir_slp_print(v, WEIR_SLP_CANONICAL, out + used, sizeof out - used - 2);
    memcpy(out + used + n, "\n", 2);
}

static void *run(void *text) {
    *out = '\0';
    return weir_eval(session, text, strlen(text), show, NULL, NULL) ? text : NULL;
}

static void expect(const char *text, const char *wanted) {
    assert_non_null(run((void *)text));
    if (strcmp(out, wanted)) fail_msg("%s\nwanted:\n%s\ngot:\n%s", text, wanted, out);
}

static void metric(void *arg, const weir_metric *m) {
    if (!strcmp(m->name, "weir_parked_awaits")) *(uint64_t *)arg = m->value;
}

static void wait_for_await(void) {
    for (uint64_t parked = 0; parked == 0; weir_yield()) assert_true(weir_metrics_read(runtime, metric, &parked));
}

/* -- tests ----------------------------------------------------------------------------------------------------------- */

#define INTERRUPTED "@\"closed: interrupted\"\n"

static void nothing_runs(void **state) {
    (void)state;
    weir_interrupt(session);
    expect("1 $result", "1\n1\n");
}

/* No command behind it is called, nor a form; the next script is whole again. */
static void between_commands(void **state) {
    (void)state;
    weir_a32_store(&ticks, 0);
    expect("(core/kv/set p/a 1) (core/kv/set p/b 1) (core/kv/iterate p/ 0 9 {(tick) (stop)}) (tick)",
           "true\ntrue\n" INTERRUPTED);
    assert_int_equal(weir_a32_load(&ticks), 1);
    expect("[(tick) (stop) (tick)] (tick)", INTERRUPTED);
    expect("(core/expr/eval \"(tick) (stop) (tick)\")", INTERRUPTED);
    expect("(stop) 2", "true\n"); /* what is under way is not cut short */
    expect("(core/expr/await (stop) $CHANNEL_A 1 60000) 2", INTERRUPTED);
    assert_int_equal(weir_a32_load(&ticks), 3);
    expect("(tick)", "true\n");
}

static void in_an_await(void **state) {
    (void)state;
    pthread_t t = weir_test_thread(run, "[1 (core/expr/await [] $CHANNEL_A 1 600000)] (tick)");
    wait_for_await();
    weir_interrupt(session);
    pthread_join(t, NULL);
    assert_string_equal(out, INTERRUPTED);
    expect("(core/expr/await (core/event/pub $CHANNEL_A 1 7) $CHANNEL_A 1)", "7\n");
}

/* What is interrupted is the script, and not the handlers of the session. */
static void handlers_go_on(void **state) {
    (void)state;
    expect("(core/event/sub $CHANNEL_B 1 {(core/kv/set got (core/expr/await [] $CHANNEL_B 2 600000))})"
           "(core/event/pub $CHANNEL_B 1 0)",
           "true\ntrue\n");
    wait_for_await();
    weir_interrupt(session);
    expect("(core/event/pub $CHANNEL_B 2 5)", "true\n");
    assert_true(weir_runtime_quiet(runtime, WEIR_FOREVER));
    expect("(core/kv/get got) (core/event/unsub $CHANNEL_B 1)", "5\ntrue\n");
}

static void in_a_promise(void **state) {
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    (void)state;
    pthread_t t = weir_test_thread(run, "(wait) (tick)");
    while (!weir_a32_load_acquire(&promised)) weir_yield();
    weir_interrupt(session);
    pthread_join(t, NULL);
    assert_string_equal(out, INTERRUPTED);
    weir_slp_put_integer(b, 1);
    assert_false(weir_promise_keep(promise, weir_slp_root(weir_slp_finish(b, NULL)))); /* nobody waits any more */
    weir_slp_builder_free(b);
}

static void block(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)arg, (void)channel, (void)topic, (void)v;
    weir_a32_add(&entered, 1);
    while (!weir_a32_load_acquire(&gate_open)) weir_yield();
}

static void shut_gate(void) {
    weir_a32_store(&gate_open, 0);
    weir_a32_store(&entered, 0);
    assert_int_equal(weir_subscribe(session, 2, 1, block, NULL), WEIR_DONE);
    expect("(core/event/pub $CHANNEL_C 1 0)", "true\n");
    while (weir_a32_load(&entered) == 0) weir_yield();
    expect("(core/event/pub $CHANNEL_C 1 1) (core/event/pub $CHANNEL_C 1 2) (core/event/pub $CHANNEL_C 1 3) "
           "(core/event/pub $CHANNEL_C 1 4)",
           "true\ntrue\ntrue\ntrue\n");
}

static void open_gate(void) {
    weir_a32_store_release(&gate_open, 1);
    assert_true(weir_runtime_quiet(runtime, WEIR_FOREVER));
    assert_int_equal(weir_unsubscribe(session, 2, 1), WEIR_DONE);
}

/* The queue is full and stays so. */
static void while_it_waits_for_room(void **state) {
    (void)state;
    shut_gate();
    for (int i = 0; i < 150; i++) {
        weir_a32_store(&ticks, 0);
        pthread_t t = weir_test_thread(run, "[(tick) (core/event/pub $CHANNEL_C 1 5) (tick)] 1");
        while (weir_a32_load(&ticks) == 0) weir_pause();
        for (int k = 0; k < i % 64; k++) weir_pause(); /* before it has parked, while it does, and behind it */
        weir_interrupt(session);
        pthread_join(t, NULL);
        assert_string_equal(out, INTERRUPTED);
        assert_int_equal(weir_a32_load(&ticks), 1);
    }
    open_gate();
    expect("(core/event/pub $CHANNEL_C 1 5)", "true\n");
}

/* The same of an await, whose event comes at the same time: one of the two, and nothing is left behind. */
static void at_any_moment(void **state) {
    static const char *const wanted[] = {"true\n6\n7\n", "true\n6\n", "true\n", ("true\n" INTERRUPTED)};
    weir_session *other = weir_session_open(runtime, NULL, NULL);
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    (void)state;
    weir_slp_put_integer(b, 6);
    weir_slp_value six = weir_slp_root(weir_slp_finish(b, NULL));
    for (int i = 0; i < 200; i++) {
        weir_a32_store(&ticks, 0);
        pthread_t t = weir_test_thread(run, "(tick) (core/expr/await [] $CHANNEL_A 9 600000) 7");
        while (weir_a32_load(&ticks) == 0) weir_yield();
        if (i % 2) wait_for_await();
        weir_publish(other, 0, 9, six, WEIR_FOREVER); /* nobody may listen yet */
        weir_interrupt(session);
        pthread_join(t, NULL);
        bool known = false;
        for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++) known |= !strcmp(out, wanted[k]);
        if (!known) fail_msg("%s", out);
    }
    expect("(core/expr/await (core/event/pub $CHANNEL_A 9 8) $CHANNEL_A 9)", "8\n");
    weir_slp_builder_free(b);
    weir_session_close(other);
}

/* -- scripts that were started ------------------------------------------------------------------------------------- */

/* Ten keys, so 10^9 commands. */
#define SPIN                                                                                                          \
    "(core/kv/iterate s/ 0 10 {(core/kv/iterate s/ 0 10 {(core/kv/iterate s/ 0 10 {(core/kv/iterate s/ 0 10 {"        \
    "(core/kv/iterate s/ 0 10 {(core/kv/iterate s/ 0 10 {(core/kv/iterate s/ 0 10 {(core/kv/iterate s/ 0 10 {(tick)}" \
    ")})})})})})})})"

/* A full queue whose handler keeps no worker; nobody interrupts it. */
static void fill_queue(void) {
    expect("(core/event/sub $CHANNEL_D 1 {(core/expr/await [] $CHANNEL_D 2 600000)}) (core/event/pub $CHANNEL_D 1 0)",
           "true\ntrue\n");
    wait_for_await();
    expect("(core/event/pub $CHANNEL_D 1 1) (core/event/pub $CHANNEL_D 1 2) (core/event/pub $CHANNEL_D 1 3) "
           "(core/event/pub $CHANNEL_D 1 4)",
           "true\ntrue\ntrue\ntrue\n");
}

static void empty_queue(void) {
    expect("(core/event/unsub $CHANNEL_D 1) (core/event/pub $CHANNEL_D 2 0)", "true\ntrue\n");
    assert_true(weir_runtime_quiet(runtime, WEIR_FOREVER));
}

typedef struct started {
    char last[100];
    weir_a32 forms, ended;
} started;

static void count_form(void *arg, weir_slp_value v) {
    (void)v;
    weir_a32_add(&((started *)arg)->forms, 1);
}

static void keep_last(void *arg, weir_slp_value v) {
    started *s = arg;
    s->last[weir_slp_print(v, WEIR_SLP_CANONICAL, s->last, sizeof s->last - 1)] = 0;
    weir_a32_store_release(&s->ended, 1);
}

static void start(started *s, const char *text) {
    *s = (started){{0}, {0}, {0}};
    assert_int_equal(weir_start_text(session, text, strlen(text), count_form, keep_last, s), WEIR_DONE);
}

static void wait_for_end(const started *s, const char *wanted, uint32_t forms) {
    while (!weir_a32_load_acquire(&s->ended)) weir_yield();
    assert_string_equal(s->last, wanted);
    assert_int_equal(weir_a32_load(&s->forms), forms);
}

/* Wherever they are: one awaits, one waits for a promise, one for room, one runs; and none that is started later. */
static void started_ones(void **state) {
    started awaits, promises, room, spins, later;
    (void)state;
    for (char key[] = "(core/kv/set s/0 1)", *at = strchr(key, '0'); *at <= '9'; ++*at) expect(key, "true\n");
    for (int round = 0; round < 3; round++) {
        fill_queue();
        weir_a32_store(&promised, 0);
        weir_a32_store(&ticks, 0);
        start(&awaits, "(tick) (core/expr/await [] $CHANNEL_A 1 600000) 2");
        while (weir_a32_load(&ticks) == 0) weir_yield();
        start(&promises, "[(wait) (tick)] 2");
        while (!weir_a32_load_acquire(&promised)) weir_yield();
        start(&room, "(tick) (core/event/pub $CHANNEL_D 1 5) 2");
        while (weir_a32_load(&ticks) < 2) weir_yield();
        start(&spins, SPIN " 2");
        while (weir_a32_load(&ticks) < 100) weir_yield();
        weir_interrupt(session);
        wait_for_end(&awaits, "@\"closed: interrupted\"", 2);
        wait_for_end(&promises, "@\"closed: interrupted\"", 1);
        wait_for_end(&room, "@\"closed: interrupted\"", 2);
        wait_for_end(&spins, "@\"closed: interrupted\"", 1);
        weir_promise_break(promise, "io", "too late");
        start(&later, "(tick) (core/expr/await (core/event/pub $CHANNEL_A 1 3) $CHANNEL_A 1)");
        wait_for_end(&later, "3", 2);
        empty_queue();
    }
}

/* At whatever moment of its start, its waits, its end; each ends once, and the session serves on. */
static void started_at_any_moment(void **state) {
    started one[4];
    (void)state;
    fill_queue();
    for (int i = 0; i < 100; i++) {
        for (int k = 0; k < 4; k++)
            start(&one[k], k % 2 ? "(core/event/pub $CHANNEL_D 1 5)" : "(core/expr/await [] $CHANNEL_A 9 600000)");
        for (int k = 0; k < i * 8; k++) weir_pause();
        weir_interrupt(session);
        for (int k = 0; k < 4; k++) wait_for_end(&one[k], "@\"closed: interrupted\"", 1);
    }
    empty_queue();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_runs),   cmocka_unit_test(between_commands), cmocka_unit_test(in_an_await),
        cmocka_unit_test(handlers_go_on), cmocka_unit_test(in_a_promise),     cmocka_unit_test(while_it_waits_for_room),
        cmocka_unit_test(at_any_moment),  cmocka_unit_test(started_ones),     cmocka_unit_test(started_at_any_moment),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
