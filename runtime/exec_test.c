/* Scripts through weir_eval: values, errors, parking of nothing, limits, memory. */
#include "prims/test_p.h"

#include <stdio.h>
#include <string.h>

#include "runtime/weir.h"

typedef struct seen {
    char text[1 << 16];
    size_t used;
} seen;

static void show(void *arg, weir_slp_value v) {
    seen *s = arg;
    size_t n = weir_slp_print(v, WEIR_SLP_CANONICAL, s->text + s->used, sizeof s->text - s->used - 2);
    s->used += n < 200 ? n : 200;
    s->text[s->used++] = '\n';
    s->text[s->used] = 0;
}

static void log_line(void *arg, const char *line, size_t bytes) {
    seen *s = arg;
    s->used += (size_t)snprintf(s->text + s->used, sizeof s->text - s->used, "log %.*s\n", (int)bytes, line);
}

static seen out;

static void run(weir_session *s, const char *text) {
    out.used = 0;
    *out.text = 0;
    assert_true(weir_eval(s, text, strlen(text), show, &out, NULL));
}

static void expect(weir_session *s, const char *text, const char *wanted) {
    run(s, text);
    if (strcmp(out.text, wanted)) fail_msg("%s\nwanted:\n%s\ngot:\n%s", text, wanted, out.text);
}

static void expect_error(weir_session *s, const char *text, const char *class) {
    char wanted[64];
    run(s, text);
    snprintf(wanted, sizeof wanted, "@\"%s: ", class);
    if (strncmp(out.text, wanted, strlen(wanted))) fail_msg("%s\nwanted: %s\ngot: %s", text, wanted, out.text);
}

static weir_runtime *runtime;
static weir_session *session;

static int open_all(void **state) {
    weir_runtime_options o = {.log = log_line, .arg = &out};
    (void)state;
    return !weir_runtime_open(&o, &runtime, NULL) || !(session = weir_session_open(runtime, NULL, NULL));
}

static int close_all(void **state) {
    (void)state;
    weir_session_close(session);
    return !weir_runtime_close(runtime, NULL);
}

static void values(void **state) {
    (void)state;
    expect(session, "1 -2.5 \"s\" sym 'x '(a b) {x} [] [1 [2 3]]", "1\n-2.5\n\"s\"\nsym\nx\n(a b)\n{x}\n0\n3\n");
    expect(session, "$CHANNEL_A $CHANNEL_F", "A\nF\n");
    expect_error(session, "$nothing", "unbound");
    expect_error(session, "$key", "unbound");
    expect_error(session, "$CHANNEL_G", "unbound");
    expect_error(session, "()", "unknown");
    expect_error(session, "(1 2)", "unknown");
    expect_error(session, "(result 1)", "unknown");
    expect(session, "@\"own: error\"", "@\"own: error\"\n");
}

/* $result is the value of the form before, also of the script before. */
static void results(void **state) {
    (void)state;
    expect(session, "7 $result [8 $result] $result", "7\n7\n8\n8\n");
    expect(session, "$result", "8\n");
    expect(session, "[1 [$result 2] $result]", "2\n");
    expect(session, "[1 (core/expr/eval \"$result\")]", "1\n");
    expect(session, "\"kept\"", "\"kept\"\n");
    expect(session, "$result", "\"kept\"\n");
}

static void errors_pass_through(void **state) {
    (void)state;
    expect_error(session, "(core/kv/set a (core/kv/get gone))", "notfound");
    expect_error(session, "(core/kv/set a @\"mine: x\")", "mine");
    expect_error(session, "(core/kv/set a [1 (core/kv/get gone) 2])", "notfound");
    expect(session, "(core/kv/exists a)", "false\n");
    expect_error(session, "(core/util/log (nope))", "unknown");
    expect_error(session, "(core/expr/eval \"(core/expr/eval \\\"(\\\")\")", "parse");
}

static void arguments(void **state) {
    (void)state;
    expect_error(session, "(core/kv/set \"a\" 1)", "type"); /* a string only by a variable */
    expect_error(session, "(core/kv/set (core/kv/get x) 1)", "type");
    expect_error(session, "(core/kv/get 5)", "type");
    expect_error(session, "(core/kv/set)", "arity");
    expect_error(session, "(core/kv/set a 1 2)", "arity");
    expect_error(session, "(core/kv/iterate a -1 1 {1})", "range");
    expect_error(session, "(core/kv/iterate a 1.5 1 {1})", "type");
    expect_error(session, "(core/kv/iterate a 0 1 [1])", "type");
    expect_error(session, "(core/expr/eval 5)", "type");
    expect(session, "[\"by variable\" (core/kv/set $result 1)] (core/kv/iterate by 0 9 {(core/util/log $key)})",
           "true\nlog by variable\ntrue\n");
}

/* All types come back as they went. */
static void stored_values(void **state) {
    static const char *const all[] = {"1",    "-134217728", "134217728", "9223372036854775807",          "0.5",
                                      "\"\"", "\"x y\"",    "sym",       "'(a (b \"c\") [d] {e} $f 'g)", "{(run $me)}"};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char text[256], wanted[256];
        snprintf(text, sizeof text, "(core/kv/set v %s) (core/kv/get v) (core/kv/cas v %s 1) (core/kv/cas v %s 2)",
                 all[i], all[i], all[i]);
        snprintf(wanted, sizeof wanted, "true\n%s\ntrue\n%s\n", all[i] + (*all[i] == '\''),
                 i == 0 ? "true" : "false"); /* 1 is then 1 again */
        expect(session, text, wanted);
    }
    expect(session, "(core/kv/set v {(core/util/log \"ran\" $result)}) (core/expr/eval (core/kv/get v))",
           "true\nlog ran true\ntrue\n");
}

static void iterates(void **state) {
    (void)state;
    for (int i = 0; i < 100; i++) {
        char text[64];
        snprintf(text, sizeof text, "(core/kv/set it:%02d %d)", i, i);
        run(session, text);
    }
    expect(session, "(core/kv/iterate it: 97 10 {(core/util/log $key)})", "log it:97\nlog it:98\nlog it:99\ntrue\n");
    expect(session, "(core/kv/iterate it: 0 0 {(nope)})", "true\n");
    expect_error(session, "(core/kv/iterate it: 0 100 {(nope)})", "unknown");
    /* within another, and the outer key is there again */
    expect(session,
           "(core/kv/iterate it:0 0 1 {(core/kv/iterate it:1 0 2 {(core/util/log $key)}) (core/util/log $key)})",
           "log it:10\nlog it:11\nlog it:00\ntrue\n");
    /* removing what it walks over, over several pages */
    expect(session,
           "(core/kv/iterate it: 0 1000 {(core/kv/del $key)}) (core/kv/iterate it: 0 9 {(core/util/log $key)})",
           "true\ntrue\n");
    expect_error(session, "$key", "unbound");
}

static void deep(void **state) {
    static char text[1 << 13];
    (void)state;
    expect(session, "(core/kv/set e \"(core/expr/eval (core/kv/get e))\")", "true\n");
    expect_error(session, "(core/expr/eval (core/kv/get e))", "depth");
    expect(session, "(core/kv/exists e)", "true\n"); /* and goes on */
    for (int i = 0; i < 120; i++) strcat(text, "[");
    strcat(text, "1");
    for (int i = 0; i < 120; i++) strcat(text, "]");
    expect(session, text, "1\n");
}

/* What would run for longer than the world stands ends with an error, form by form and handler by handler, and all goes on. */
static void steps(void **state) {
    (void)state;
    weir_runtime *r;
    static seen told; /* of the handler, by its worker */
    weir_runtime_options o = {.steps = 1000, .error = log_line, .arg = &told};
    assert_true(weir_runtime_open(&o, &r, NULL));
    weir_session *s = weir_session_open(r, NULL, NULL);
    expect(s, "(core/kv/set e {(core/expr/eval (core/kv/get e)) 1})", "true\n");
    expect_error(s, "(core/expr/eval (core/kv/get e))", "depth");
    expect(s, "(core/kv/set a 1)(core/kv/set b 1)(core/kv/set c 1)(core/kv/set d 1)", "true\ntrue\ntrue\ntrue\n");
    static const char loop[] = "(core/kv/iterate \"\" 0 9 {(core/kv/iterate \"\" 0 9 {(core/kv/iterate \"\" 0 9 "
                               "{(core/kv/iterate \"\" 0 9 {(core/kv/iterate \"\" 0 9 {[1]})})})})})";
    expect_error(s, loop, "steps");
    expect(s, "[[[1]]]", "1\n");
    char text[1000];
    snprintf(text, sizeof text, "(core/event/sub $CHANNEL_A 1 {%s}) (core/event/pub $CHANNEL_A 1 1)", loop);
    run(s, text);
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    if (!strstr(told.text, "log handler on A 1: steps: ")) fail_msg("%s", told.text);
    weir_session_close(s);
    assert_true(weir_runtime_close(r, NULL));
}

static void rights(void **state) {
    (void)state;
    weir_session *s =
        weir_session_open(runtime, &(weir_session_options){.restricted = true, .rights = WEIR_READ}, NULL);
    assert_non_null(s);
    expect_error(s, "(core/kv/set a 1)", "denied");
    expect_error(s, "(core/kv/cas a 1 2)", "denied");
    expect(s, "(core/kv/exists nothing)", "false\n");
    weir_session_close(s);
    s = weir_session_open(runtime, &(weir_session_options){.scope = "other"}, NULL);
    expect(s, "(core/kv/set mine 1) (core/kv/iterate \"\" 0 9 {(core/util/log $key)})", "true\nlog mine\ntrue\n");
    weir_session_close(s);
}

/* A script of many large values takes no more than its largest form. */
static void memory_is_steady(void **state) {
    static char text[1 << 21];
    (void)state;
    size_t used = (size_t)sprintf(text, "(core/kv/set big \"");
    memset(text + used, 'x', 1 << 20);
    strcpy(text + used + (1 << 20), "\")");
    expect(session, text, "true\n");
    used = (size_t)sprintf(text, "[");
    for (int i = 0; i < 2000; i++) used += (size_t)sprintf(text + used, "(core/kv/get big)");
    strcpy(text + used, "1]");
    expect(session, text, "1\n"); /* 2 GB of values, 256 MB may be held */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(values),
                                       cmocka_unit_test(results),
                                       cmocka_unit_test(errors_pass_through),
                                       cmocka_unit_test(arguments),
                                       cmocka_unit_test(stored_values),
                                       cmocka_unit_test(iterates),
                                       cmocka_unit_test(deep),
                                       cmocka_unit_test(rights),
                                       cmocka_unit_test(steps),
                                       cmocka_unit_test(memory_is_steady)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
