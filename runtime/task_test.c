/* Tasks: forms as one step, frames, events, pausing, cancelling, what a store remembers; on the scheduler SCHED, with the stores that
 * are there. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "prims/platform.h"
#include "runtime/shown_test_p.h"

static const char *kind; /* of the store */
static char folder[64], complaint[1000];
static weir_runtime *runtime;
static weir_session *session;

static void quiet_log(void *arg, const char *line, size_t bytes) { (void)arg, (void)line, (void)bytes; }

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER; /* workers complain */

static void complain(void *arg, const char *line, size_t bytes) {
    (void)arg;
    pthread_mutex_lock(&one);
    snprintf(complaint, sizeof complaint, "%.*s", (int)bytes, line);
    pthread_mutex_unlock(&one);
}

static void open_with(weir_runtime_options o, const weir_session_options *s) {
    weir_error error = {{0}};
    o.sched = SCHED;
    o.workers = 2;
    o.store = kind;
    o.path = strcmp(kind, "memory") ? folder : NULL;
    o.log = quiet_log;
    o.error = complain;
    *complaint = 0;
    if (!weir_runtime_open(&o, &runtime, &error)) fail_msg("%s", error.text);
    if (!(session = weir_session_open(runtime, s, &error))) fail_msg("%s", error.text);
}

static void open_all(void) { open_with((weir_runtime_options){0}, NULL); }

static void close_all(void) {
    weir_session_close(session);
    assert_true(weir_runtime_close(runtime, NULL));
}

static void expect(const char *text, const char *wanted) { expect_of(session, text, wanted); }

static void expect_error(const char *text, const char *class) { expect_error_of(session, text, class); }

/* $result from now on. */
static void let(const char *text) { assert_true(weir_eval(session, text, strlen(text), NULL, NULL, NULL)); }

/* Starts it, waits for its end, and looks. */
static void task(const char *body, const char *wanted) {
    char text[2000];
    snprintf(text, sizeof text, "(core/task/start t {%s})", body);
    expect(text, "true\n");
    assert_true(weir_task_wait(runtime, WEIR_FOREVER));
    expect("(core/task/state t)", wanted);
}

static bool count_one(void *arg, const char *name, size_t bytes) {
    (void)name, (void)bytes;
    return ++*(int *)arg;
}

/* -- forms --------------------------------------------------------------------------------------------------------- */

static void its_value(void **state) {
    (void)state;
    open_all();
    task("1 2 $result", "(done 3 2)\n");
    task("", "(done 0 0)\n");
    task("(core/kv/set a 1) (core/kv/get b) 3", "(failed 1 @\"notfound: b: no such key\")\n");
    assert_string_equal(complaint, "task t: notfound: b: no such key");
    expect("5 (core/task/start u {$result})", "5\ntrue\n");
    assert_true(weir_task_wait(runtime, WEIR_FOREVER));
    expect("(core/task/state u) (core/task/list)", "(done 1 5)\n(\"t\" \"u\")\n");
    expect("(core/task/cancel t) (core/task/cancel t) (core/task/list)", "true\nfalse\n(\"u\")\n");
    expect_error("(core/task/state t)", "notfound");
    close_all();
}

/* A form sees what it writes, nobody else does before it has ended, and its keys are its own. */
static void its_keys(void **state) {
    (void)state;
    open_all();
    expect("(core/kv/set k 1)", "true\n");
    task("(core/kv/exists k) (core/kv/set k 2) [(core/kv/set l 3) (core/kv/snx l 4)] (core/kv/get l)", "(done 4 3)\n");
    expect("(core/kv/get k) (core/kv/exists l)", "1\nfalse\n");
    task("[(core/kv/set a 1) (core/kv/del a) (core/kv/del a)]", "(done 1 false)\n");
    task("[(core/kv/snx a 1) (core/kv/cas a 1 2) (core/kv/cas a 1 3) (core/kv/get a)]", "(done 1 2)\n");
    task("(core/kv/set a 1) [(core/kv/del a) (core/kv/exists a)] [(core/kv/snx a 7) (core/kv/get a)]", "(done 3 7)\n");
    task("(core/task/outer {(core/kv/set k 5)}) (core/task/outer {(core/kv/set m 6) (core/kv/get k)})", "(done 2 5)\n");
    expect("(core/kv/get k) (core/kv/get m)", "5\n6\n");
    expect("(core/kv/iterate \"\" 0 100 {(core/kv/del $key)}) (core/task/state t)", "true\n(done 2 5)\n");
    let("\"\\xffa\"");
    expect_error("(core/kv/set $result 1)", "range");
    let("\"\\xffa\"");
    expect_error("(core/kv/iterate $result 0 1 {1})", "range");
    close_all();
}

/* What a form has written and what was there before, in one order. */
static void walks(void **state) {
    (void)state;
    open_all();
    task("(core/kv/set b 1) (core/kv/set d 1) (core/kv/set f 1) (core/kv/set x 1)"
         "[(core/kv/set a 1) (core/kv/del d) (core/kv/set e 1) (core/kv/set b 2) (core/kv/set g 0)"
         " (core/kv/iterate \"\" 1 4 {(core/task/outer {(core/kv/set $key 1)})})]",
         "(done 5 true)\n");
    expect("(core/kv/exists a) (core/kv/exists b) (core/kv/exists d) (core/kv/exists e) (core/kv/exists f)",
           "false\ntrue\nfalse\ntrue\ntrue\n");
    expect("(core/kv/exists g) (core/kv/exists x)", "true\nfalse\n");
    close_all();
}

/* An error leaves nothing of its form, and nothing of the task but its record. */
static void all_or_nothing(void **state) {
    (void)state;
    open_all();
    task("(core/task/outer {(core/kv/set one 1)}) [(core/task/outer {(core/kv/set two 2)}) (core/kv/get none)]",
         "(failed 1 @\"notfound: none: no such key\")\n");
    expect("(core/kv/exists one) (core/kv/exists two)", "true\nfalse\n");
    task("[(core/event/pub A 1 7) (core/kv/get none)]", "(failed 0 @\"notfound: none: no such key\")\n");
    close_all();
}

/* -- frames -------------------------------------------------------------------------------------------------------- */

static void frames(void **state) {
    (void)state;
    open_all();
    task(
        "(core/kv/set a 1) (core/task/frame {(core/kv/exists a) (core/kv/set a 2) (core/task/outer {(core/kv/get a)})})"
        " $result (core/kv/get a)",
        "(done 4 1)\n");
    task("(core/task/frame {(core/kv/set a 2)}) (core/task/frame {(core/kv/exists a)})", "(done 2 false)\n");
    task("(core/task/frame {(core/task/frame {(core/task/outer {(core/task/outer {(core/kv/set deep 3)})})})})"
         "(core/kv/get deep)",
         "(done 2 3)\n");
    task("(core/task/frame {})", "(done 1 0)\n");
    task("(core/task/outer {(core/task/outer {1})})", "(failed 0 @\"depth: there is nothing outside\")\n");
    expect_error("(core/task/outer {1})", "depth");
    expect_error("(core/task/frame {1})", "depth");
    char deep[4000] = "";
    for (int i = 0; i < 32; i++) strcat(deep, "(core/task/frame {");
    strcat(deep, "1");
    for (int i = 0; i < 32; i++) strcat(deep, "})");
    task(deep, "(failed 0 @\"depth: frames within frames, the limit is 32\")\n");
    close_all();
}

/* One that was started in another lies in its frame; its start is part of the form. */
static void tasks_in_tasks(void **state) {
    (void)state;
    open_all();
    expect(
        "(core/expr/await (core/task/start t {(core/task/start c {(core/task/outer {(core/kv/set got 5)}) (core/event/pub A 1 0)})"
        " (core/expr/await [] A 2 60000) (core/kv/get got) (core/task/outer {(core/kv/set got $result)})}) A 1)",
        "0\n");
    while (!weir_task_wait(runtime, weir_now_ns() + 1000000)) expect("(core/event/pub A 2 0)", "true\n");
    expect("(core/kv/get got) (core/task/list)", "5\n(\"t\")\n");
    task("[(core/task/start c {1}) (core/task/start c {1})]", "(done 1 false)\n");
    task("(core/task/start c {(core/expr/await [] A 3 3600000)}) (core/task/list)", "(done 2 (\"c\"))\n");
    assert_true(weir_runtime_quiet(runtime, WEIR_FOREVER)); /* it has ended with the frame it was in */
    task("[(core/task/start c {(core/task/outer {(core/kv/set x 1)})}) (core/kv/get none)]",
         "(failed 0 @\"notfound: none: no such key\")\n");
    close_all();
}

/* -- events -------------------------------------------------------------------------------------------------------- */

/* Sent when the form is completed, but for what an await brings about. */
static void events(void **state) {
    (void)state;
    open_all();
    expect("(core/event/sub A 1 {(core/event/pub A 2 $data)})", "true\n");
    task("(core/expr/await (core/event/pub A 1 7) A 2)", "(done 1 7)\n");
    task("(core/expr/await 0 A 2 1)", "(failed 0 @\"timeout: no event came within 1 ms\")\n");
    task("[(core/event/pub A 1 8) (core/expr/await 0 A 2 1)]", "(failed 0 @\"timeout: no event came within 1 ms\")\n");
    task("(core/event/sub A 1 {1})", "(failed 0 @\"denied: a task has no handlers, which would not outlive a crash: "
                                     "let it await\")\n");
    expect("(core/event/sub A 3 {(core/task/start h {$data $topic})})", "true\n");
    expect("(core/event/pub A 3 9)", "true\n");
    assert_true(weir_runtime_quiet(runtime, WEIR_FOREVER));
    assert_true(weir_task_wait(runtime, WEIR_FOREVER));
    expect("(core/task/state h)", "(done 2 3)\n");
    close_all();
}

static void take_one(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    uint64_t *sum = arg;
    (void)channel, (void)topic;
    *sum = *sum * 10 + (uint64_t)weir_slp_integer(v);
}

/* In order, and waiting for room holds no worker. */
static void many_events(void **state) {
    uint64_t sum = 0;
    (void)state;
    open_with((weir_runtime_options){.queue = 1}, NULL);
    assert_int_equal(weir_subscribe(session, 0, 1, take_one, &sum), WEIR_DONE);
    task("[(core/event/pub A 1 1) (core/event/pub A 1 2) (core/event/pub A 1 3)] (core/event/pub A 1 4)",
         "(done 2 true)\n");
    assert_true(weir_runtime_quiet(runtime, WEIR_FOREVER));
    assert_int_equal(sum, 1234);
    close_all();
}

/* -- from outside -------------------------------------------------------------------------------------------------- */

static void until(const char *name, const char *wanted) {
    seen out;
    do {
        out.used = 0;
        assert_int_equal(weir_task_state(session, name, show, &out), WEIR_DONE);
    } while (strcmp(out.text, wanted));
}

static void paused(void **state) {
    (void)state;
    open_all();
    expect("(core/expr/await (core/task/start t {1 (core/expr/await (core/event/pub A 2 0) A 1 3600000) 3}) A 2)",
           "0\n");
    expect("(core/task/pause t) (core/task/pause t) (core/task/start t {1})", "true\ntrue\nfalse\n");
    assert_false(weir_task_wait(runtime, 1));
    while (true) { /* until it has heard */
        expect("(core/event/pub A 1 2)", "true\n");
        if (weir_task_wait(runtime, weir_now_ns() + 1000000)) break;
    }
    expect("(core/task/state t)", "(paused 2 2)\n");
    assert_int_equal(weir_task_resume(session, "t"), WEIR_DONE);
    assert_true(weir_task_wait(runtime, WEIR_FOREVER));
    expect("(core/task/state t) (core/task/resume t) (core/task/pause t)", "(done 3 3)\nfalse\nfalse\n");
    assert_int_equal(weir_task_resume(session, "nobody"), WEIR_NOT_THERE);
    close_all();
}

static void cancelled(void **state) {
    (void)state;
    open_all();
    expect("(core/task/start t {(core/kv/set a 1) [(core/task/outer {(core/kv/set b 1)})"
           " (core/expr/await [] A 1 3600000)]})",
           "true\n");
    until("t", "(running 1 true)\n");
    expect("(core/task/cancel t)", "true\n");
    assert_true(weir_runtime_quiet(runtime, WEIR_FOREVER));
    expect("(core/task/state t) (core/kv/exists b)", "(cancelled 1 true)\nfalse\n");
    expect("(core/task/start t {(core/expr/await [] A 1 3600000)}) (core/task/pause t) (core/task/cancel t)",
           "true\ntrue\ntrue\n");
    assert_true(weir_runtime_quiet(runtime, WEIR_FOREVER));
    task("(core/kv/exists a)", "(done 1 false)\n");
    close_all();
}

/* Whoever starts it may go; its rights are his. */
static void rights(void **state) {
    static const weir_topic_rule rule = {.topic = 1, .rights = WEIR_SUBSCRIBE};
    (void)state;
    open_with((weir_runtime_options){.tasks = 1}, NULL);
    weir_session_options o = {.restricted = true, .rights = WEIR_WRITE, .topic = &rule, .topics = 1};
    weir_session *s = weir_session_open(runtime, &o, NULL);
    expect_of(s, "(core/task/start a {(core/expr/await [] A 2 3600000) (core/event/pub A 1 1)})", "true\n");
    expect_error("(core/task/start b {1})", "full");
    assert_int_equal(weir_task_state(s, "a", show, NULL), WEIR_DENIED);
    weir_session_close(s);
    until("a", "(running 0 0)\n");
    while (!weir_task_wait(runtime, weir_now_ns() + 1000000)) expect("(core/event/pub A 2 0)", "true\n");
    expect("(core/task/state a)", "(failed 1 @\"denied: no right to publish on topic 1\")\n");
    o.rights = WEIR_READ;
    s = weir_session_open(runtime, &o, NULL);
    assert_int_equal(weir_task_cancel(s, "a"), WEIR_DENIED);
    weir_session_close(s);
    close_all();
}

static void bad_names(void **state) {
    char text[400];
    (void)state;
    open_all();
    snprintf(text, sizeof text, "(core/task/start %201s {1})", "");
    memset(text + 17, 'a', 201);
    expect_error(text, "range");
    let("\"\"");
    expect_error("(core/task/start $result {1})", "range");
    let("\"a\\x00\"");
    expect_error("(core/task/start $result {1})", "range");
    expect_error("(core/task/start t 1)", "type");
    expect_error("(core/task/start t)", "arity");
    assert_int_equal(weir_task_start(session, "", (weir_slp_value){0}), WEIR_RANGE);
    int n = 0;
    assert_int_equal(weir_task_list(session, count_one, &n), WEIR_DONE);
    assert_int_equal(n, 0);
    close_all();
}

/* -- what a store remembers ------------------------------------------------------------------------------------------ */

/* Closed between two forms, tasks go on where they were; those that are paused stay so. */
static void goes_on(void **state) {
    (void)state;
    if (!strcmp(kind, "memory")) return;
    open_all();
    expect("(core/task/start t {(core/kv/set a 4) (core/task/frame {(core/kv/set b 5)"
           " [(core/kv/snx c 6) (core/expr/await [] A 1 3600000)] [(core/kv/exists a) $result (core/kv/get b)]})"
           " [(core/kv/exists b) (core/kv/get a)]})",
           "true\n");
    expect("(core/task/start p {(core/expr/await [] A 1 3600000)}) (core/task/pause p)", "true\ntrue\n");
    until("t", "(running 1 true)\n");
    close_all();
    open_with((weir_runtime_options){.hold_tasks = true}, NULL);
    expect("(core/task/list) (core/task/start t {1})", "(\"p\" \"t\")\nfalse\n");
    assert_true(weir_task_wait(runtime, 1));
    assert_true(weir_task_recover(session, NULL));
    while (!weir_task_wait(runtime, weir_now_ns() + 1000000)) expect("(core/event/pub A 1 7)", "true\n");
    expect("(core/task/state t) (core/task/state p)", "(done 3 4)\n(paused 0 true)\n");
    close_all();
    open_all();
    expect("(core/task/state t) (core/task/cancel t) (core/task/cancel p) (core/task/list)",
           "(done 3 4)\ntrue\ntrue\n(\"p\")\n");
    close_all();
}

/* One of a scope that is not opened waits for it. */
static void of_another_scope(void **state) {
    (void)state;
    if (!strcmp(kind, "memory")) return;
    open_with((weir_runtime_options){0}, &(weir_session_options){.scope = "other"});
    expect("(core/task/start t {(core/expr/await [] A 1 3600000)})", "true\n");
    close_all();
    open_all();
    expect("(core/task/list)", "()\n");
    assert_true(weir_task_wait(runtime, 1));
    weir_session *s = weir_session_open(runtime, &(weir_session_options){.scope = "other"}, NULL);
    assert_false(weir_task_wait(runtime, 1));
    expect_of(s, "(core/task/cancel t)", "true\n");
    weir_session_close(s);
    close_all();
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/weir-task-XXXXXX");
    return !mkdtemp(folder);
}

static int remove_folder(void **state) {
    char line[100];
    (void)state;
    snprintf(line, sizeof line, "rm -rf %s", folder);
    return system(line);
}

/* Whether this build has it. */
static bool has(const char *store) {
    weir_runtime_options o = {.store = store, .path = strcmp(store, "memory") ? folder : NULL};
    weir_runtime *r;
    make_folder(NULL);
    bool good = weir_runtime_open(&o, &r, NULL) && weir_runtime_close(r, NULL);
    remove_folder(NULL);
    return good;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {TEST(its_value), TEST(its_keys),        TEST(walks),  TEST(all_or_nothing),
                                       TEST(frames),    TEST(tasks_in_tasks),  TEST(events), TEST(many_events),
                                       TEST(paused),    TEST(cancelled),       TEST(rights), TEST(bad_names),
                                       TEST(goes_on),   TEST(of_another_scope)};
    static const char *const kinds[] = {"memory", "wal", "lmdb"};
    int failed = 0;
    for (int i = 0; i < 3; i++) {
        kind = kinds[i];
        if (has(kind)) failed += cmocka_run_group_tests_name(kind, tests, NULL, NULL);
    }
    return failed;
}
