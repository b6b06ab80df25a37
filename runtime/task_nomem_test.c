/* The nth allocation fails, for every n, while a task is started, runs, and ends: it fails with nomem or has its way, nothing crashes or
 * leaks, and another of its name runs after it. With a foreign loop, so that each n is another place. */
#include "prims/nomem_test_p.h"

#include <stdio.h>
#include <string.h>

#include "prims/platform.h"
#include "runtime/weir.h"

static const char body[] =
    "(core/task/start t {(core/kv/set a '(1 2 3)) [(core/kv/snx b \"text\") (core/kv/cas b \"text\" 2) (core/kv/del a)]"
    " (core/task/frame {(core/kv/set c 1) (core/task/start inner {(core/kv/set d 1)})})"
    " (core/event/pub A 1 '(1 2)) (core/kv/iterate \"\" 0 10 {(core/kv/get $key)})"
    " (core/expr/await (core/event/pub A 2 1) A 2) (core/task/outer {(core/kv/set done 1)})})";

typedef struct seen {
    char text[1000];
    size_t used;
} seen;

static void show(void *arg, weir_slp_value v) {
    seen *s = arg;
    size_t room = sizeof s->text - s->used - 2, n = weir_slp_print(v, WEIR_SLP_CANONICAL, s->text + s->used, room);
    s->used += n < room ? n : room;
    s->text[s->used++] = '\n';
    s->text[s->used] = 0;
}

static void handle(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)arg, (void)channel, (void)topic, (void)v;
}

static void ignore_line(void *arg, const char *line, size_t bytes) { (void)arg, (void)line, (void)bytes; }

static void run(weir_session *s, const char *text, seen *out) {
    out->used = 0;
    *out->text = 0;
    weir_eval(s, text, strlen(text), show, out, NULL); /* false: no memory, and it has not run */
}

/* True: something has failed. */
static bool with_nth(uint32_t n) {
    weir_runtime_options o = {.foreign = true, .error = ignore_line};
    weir_runtime *r;
    seen out;
    assert_true(weir_runtime_open(&o, &r, NULL));
    weir_session *s = weir_session_open(r, NULL, NULL);
    assert_non_null(s);
    assert_int_equal(weir_subscribe(s, 0, 1, handle, NULL), WEIR_DONE);
    nomem_begin(n, NOMEM_ONCE, NOMEM_ALL);
    run(s, body, &out);
    bool ended = weir_task_wait(r, weir_now_ns() + 20000000000u);
    bool failed = nomem_end();
    assert_true(ended);
    run(s, "(core/task/state t)", &out);
    bool fits =
        !strncmp(out.text, "(done ", 6) || strstr(out.text, "nomem: ") || !strncmp(out.text, "@\"notfound: ", 12);
    if (!fits || (!failed && strncmp(out.text, "(done 7 ", 8))) fail_msg("allocation %u: %s", n, out.text);
    bool done = !strncmp(out.text, "(done ", 6);
    run(s, "(core/kv/exists done)", &out);
    assert_string_equal(out.text, done ? "true\n" : "false\n");
    run(s, "(core/task/start t {(core/kv/exists a)})", &out);
    assert_string_equal(out.text, "true\n");
    assert_true(weir_task_wait(r, WEIR_FOREVER));
    run(s, "(core/task/state t)", &out);
    assert_string_equal(out.text, "(done 1 false)\n");
    weir_session_close(s);
    assert_true(weir_runtime_close(r, NULL));
    return failed;
}

static void each_allocation(void **state) {
    uint32_t n = 0;
    (void)state;
    while (with_nth(n)) n++;
    assert_true(n > 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
