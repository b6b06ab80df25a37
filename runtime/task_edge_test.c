/* Tasks at their edges: other writers, limits, owners, records that were tampered with, a foreign loop, many at once. */

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "prims/platform.h"
#include "runtime/session_p.h"
#include "runtime/shown_test_p.h"

static char folder[64], complaint[1000];
static weir_a32 complaints;
static weir_runtime *runtime;
static weir_session *session, *other;

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER; /* workers complain */

static void complain(void *arg, const char *line, size_t bytes) {
    (void)arg;
    pthread_mutex_lock(&one);
    snprintf(complaint, sizeof complaint, "%.*s", (int)bytes, line);
    pthread_mutex_unlock(&one);
    weir_a32_store_release(&complaints, 1);
}

static void expect(const char *text, const char *wanted) { expect_of(session, text, wanted); }

static void expect_begin(const char *text, const char *wanted) { expect_begin_of(session, text, wanted); }

/* -- a command that lets another session write while a form runs ---------------------------------------------------- */

static uint32_t meddled;
static weir_a32 ticks;

static void eval_in(weir_session *s, const char *text) {
    assert_true(weir_eval(s, text, strlen(text), NULL, NULL, NULL));
}

static weir_verdict meddle(weir_call *call, const weir_slp_value *args, uint32_t n) {
    weir_slp_text t = weir_slp_text_of(args[0]);
    char text[200];
    (void)n;
    snprintf(text, sizeof text, "%.*s", (int)t.bytes, t.at);
    meddled++;
    eval_in(other, text);
    return weir_call_truth(call, true);
}

static weir_verdict tick(weir_call *call, const weir_slp_value *args, uint32_t n) {
    (void)args, (void)n;
    weir_a32_add(&ticks, 1);
    return weir_call_truth(call, true);
}

static const weir_command mine[] = {{"test/tick", "", 0, tick, NULL, ": counts"},
                                    {"test/meddle", "s", 0, meddle, NULL, "TEXT: another session runs it"}};

static void open_with(weir_runtime_options o, const weir_session_options *s) {
    weir_error error = {{0}};
    if (!o.workers) o.workers = 2;
    o.error = complain;
    o.command = mine;
    o.commands = 2;
    *complaint = 0;
    weir_a32_store(&complaints, 0);
    meddled = 0;
    if (!weir_runtime_open(&o, &runtime, &error)) fail_msg("%s", error.text);
    session = weir_session_open(runtime, s, &error);
    other = weir_session_open(runtime, NULL, NULL);
    if (!session || !other) fail_msg("%s", error.text);
}

static void close_all(void) {
    weir_session_close(session);
    weir_session_close(other);
    assert_true(weir_runtime_close(runtime, NULL));
}

/* Starts it, waits for its end, and looks. */
static void task(const char *body, const char *wanted) {
    static char text[1 << 16];
    snprintf(text, sizeof text, "(core/task/start t {%s})", body);
    expect(text, "true\n");
    assert_true(weir_task_wait(runtime, WEIR_FOREVER));
    expect_begin("(core/task/state t)", wanted);
}

/* -- other writers -------------------------------------------------------------------------------------------------- */

/* What a form relies on changes before it ends: it is run again, and finds what is there then. */
static void runs_again(void **state) {
    (void)state;
    open_with((weir_runtime_options){0}, NULL);
    expect("(core/kv/set k 0)", "true\n");
    task("[(core/task/outer {(core/kv/cas k 0 1)}) (core/event/pub A 1 0) (test/meddle \"(core/kv/cas k 0 5)\")"
         " (core/task/outer {(core/kv/get k)})]",
         "(done 1 5)\n");
    assert_int_equal(meddled, 2);
    expect("(core/kv/get k)", "5\n");
    task(
        "[(core/task/outer {(core/kv/snx s 1)}) (test/meddle \"(core/kv/snx s 2)\") (core/task/outer {(core/kv/get s)})]",
        "(done 1 2)\n");
    expect("(core/kv/set d 1)", "true\n");
    task("[(core/task/outer {(core/kv/del d)}) (test/meddle \"(core/kv/del d)\") $result]", "(done 1 true)\n");
    task("[(core/task/outer {(core/kv/set k 6)}) (test/meddle \"(core/kv/set k 7)\")]", "(done 1 true)\n");
    expect("(core/kv/get k)", "6\n"); /* set relies on nothing */
    close_all();
}

static void not_for_ever(void **state) {
    (void)state;
    open_with((weir_runtime_options){0}, NULL);
    task(
        "[(test/meddle \"(core/kv/del k)\") (core/task/outer {(core/kv/snx k 1)}) (test/meddle \"(core/kv/set k 2)\")]",
        "(failed 0 @\"timeout: others changed what a form relies on, 100 times\")\n");
    assert_int_equal(meddled, 200);
    assert_string_equal(complaint, "task t: timeout: others changed what a form relies on, 100 times");
    close_all();
}

/* -- limits --------------------------------------------------------------------------------------------------------- */

/* A body run 130 * 130 times: more than a form may write or publish. */
static void often(const char *what, const char *wanted) {
    static char text[1 << 15];
    size_t n = 0;
    for (int i = 0; i < 130; i++) n += (size_t)snprintf(text + n, sizeof text - n, "(core/kv/set k%d 0)", i);
    snprintf(text + n, sizeof text - n,
             "(core/kv/iterate k 0 1000 {(core/kv/iterate k 0 1000 {%s})}) (core/task/outer {(core/kv/set x 1)})",
             what);
    task(text, wanted);
    expect("(core/kv/exists x)", "false\n");
}

static void writes_of_a_form(void **state) {
    (void)state;
    open_with((weir_runtime_options){0}, NULL);
    often("(core/kv/set y 1)", "(failed 130 @\"full: ");
    often("(core/event/pub A 1 0)", "(failed 130 @\"full: more than 16384 events of one form\")\n");
    close_all();
}

/* A quota that has not even room for the error: it has failed all the same. */
static void no_room_for_the_error(void **state) {
    (void)state;
    weir_kv_usage usage;
    open_with((weir_runtime_options){0}, NULL);
    expect(
        "(core/task/start t {(core/expr/await [] A 1 3600000) (core/kv/set k \"a long value, which has no room there\")})",
        "true\n");
    assert_int_equal(weir_kv_tenant_usage(session->tenant, &usage), WEIR_KV_OK);
    assert_int_equal(weir_kv_tenant_limit(session->tenant, &(weir_kv_quota){.bytes = usage.bytes}), WEIR_KV_OK);
    while (!weir_task_wait(runtime, weir_now_ns() + 1000000)) expect("(core/event/pub A 1 0)", "true\n");
    expect("(core/task/state t)", "(failed 1 0)\n");
    close_all();
}

static void body_too_large(void **state) {
    (void)state;
    open_with((weir_runtime_options){0}, NULL);
    size_t bytes = (4 << 20) + 100;
    char *text = malloc(bytes + 100);
    int n = sprintf(text, "(core/task/start t {\"");
    memset(text + n, 'a', bytes);
    strcpy(text + (size_t)n + bytes, "\"})");
    expect_begin(text, "@\"range: t: ");
    text[(size_t)n + 3000000] = '"';
    strcpy(text + n + 3000001, "})");
    expect(text, "true\n");
    assert_true(weir_task_wait(runtime, WEIR_FOREVER));
    expect("(core/task/cancel t)", "true\n");
    free(text);
    close_all();
}

/* Names within names until there is no room for one more. Each waits, for what is in a task ends with it. */
static void tasks_too_deep(void **state) {
    static char text[20000];
    enum { DEEP = 20 };
    char name[201];
    size_t n = 0;
    (void)state;
    open_with((weir_runtime_options){0}, NULL);
    memset(name, 'n', 200);
    name[200] = 0;
    for (int i = 0; i < DEEP; i++) n += (size_t)snprintf(text + n, sizeof text - n, "(core/task/start %s {", name);
    for (int i = 0; i < DEEP; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "(core/expr/await [] A 1 3600000)})");
    expect(text, "true\n");
    while (!weir_a32_load_acquire(&complaints)) sched_yield();
    assert_non_null(strstr(complaint, "nnn: range: nnn"));
    close_all();
}

/* -- owners --------------------------------------------------------------------------------------------------------- */

/* An entity's tasks have its rights, as they are then; they do not count among its sessions. */
static void of_an_entity(void **state) {
    weir_scope_rule scope = {.scope = "main", .rights = WEIR_READ | WEIR_WRITE};
    weir_entity ada = {.scope = &scope, .scopes = 1, .others = WEIR_PUBLISH | WEIR_SUBSCRIBE, .sessions = 1};
    weir_runtime_options o = {.store = "wal", .path = folder};
    (void)state;
    open_with(o, NULL);
    assert_true(weir_entity_set(runtime, "ada", &ada, NULL));
    weir_session *s = weir_session_open(runtime, &(weir_session_options){.entity = "ada"}, NULL);
    assert_non_null(s);
    eval_in(s, "(core/task/start t {(core/expr/await [] A 1 3600000) (core/task/outer {(core/kv/set k 1)})})"
               "(core/task/start u {(core/expr/await [] A 2 3600000)})");
    size_t sessions;
    assert_true(weir_session_list(runtime, NULL, NULL, &sessions));
    assert_int_equal(sessions, 3);
    weir_session_close(s);
    close_all();
    open_with(o, NULL);
    s = weir_session_open(runtime, &(weir_session_options){.entity = "ada"}, NULL);
    assert_non_null(s);
    assert_true(weir_session_list(runtime, NULL, NULL, &sessions));
    assert_int_equal(sessions, 3);
    scope.rights = WEIR_READ;
    assert_true(weir_entity_set(runtime, "ada", &ada, NULL));
    weir_session_close(s);
    while (!weir_a32_load_acquire(&complaints)) expect("(core/event/pub A 1 0)", "true\n");
    assert_string_equal(complaint, "task t: denied: core/kv/set needs the right to write");
    assert_true(weir_entity_delete(runtime, "ada", NULL));
    close_all();
    open_with(o, NULL); /* nobody whose task it could be */
    assert_non_null(strstr(complaint, "task u: "));
    expect("(core/task/state t) (core/task/state u) (core/task/cancel u)",
           "(failed 1 @\"denied: core/kv/set needs the right to write\")\n(running 0 true)\ntrue\n");
    close_all();
}

/* -- tampered with -------------------------------------------------------------------------------------------------- */

/* text NULL: what is no value. */
static void put(char key, const char *text) {
    char name[] = {(char)0xff, 't', 0, key};
    weir_slp_reader *reader = weir_slp_reader_new(NULL);
    const weir_slp *s = text ? weir_slp_read(reader, text, strlen(text), WEIR_SLP_ONE, NULL) : NULL;
    weir_kv_bytes value = s ? weir_kv_bytes_of(s, weir_slp_bytes(s)) : WEIR_KV_TEXT("junk");
    assert_int_equal(weir_kv_set(session->tenant, weir_kv_bytes_of(name, sizeof name), value), WEIR_KV_OK);
    weir_slp_reader_free(reader);
}

/* What a task has there is something else: it is told, nothing runs, and cancel removes it. */
static void damaged(void **state) {
    static const struct {
        char key;         /* '0' the record, '1' what never changes */
        bool readable;    /* as a record */
        const char *text; /* NULL: no value at all */
    } table[] = {{'0', false, NULL},
                 {'0', false, "1"},
                 {'0', false, "(running 0 1)"},
                 {'0', false, "(running () 1)"},
                 {'0', false, "(running (-1) 1)"},
                 {'0', false, "(running (x) 1)"},
                 {'0', false, "(walking (0) 1)"},
                 {'0', false, "(running (0) 1 1)"},
                 {'0', true, "(running (7) 1)"},
                 {'0', true, "(running (0 0) 1)"},
                 {'0', true, "(running (2 2) 1)"},
                 {'0', true, "(running (3 0) 1)"},
                 {'1', true, NULL},
                 {'1', true, "1"},
                 {'1', true, "({1} 1 ())"},
                 {'1', true, "({1} (3 0 (1)) ())"},
                 {'1', true, "({1} (3 0 (1 x)) ())"},
                 {'1', true, "({1} (3 0 ()) (9 1))"},
                 {'1', true, "(1 (3 0 ()) ())"},
                 {'1', true, "({1} \"gone\" ())"}};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *text = table[i].text;
        open_with((weir_runtime_options){.hold_tasks = true}, NULL);
        put('0', "(running (2 0) 1)");
        put('1', "({1 2 (core/task/frame {3})} (3 0 ()) ())");
        put(table[i].key, text);
        assert_true(weir_task_recover(session, NULL));
        if (!strstr(complaint, "task t: ")) fail_msg("%c %s: nothing was told", table[i].key, text);
        expect_begin("(core/task/state t)", table[i].readable ? "(running " : "@\"io: ");
        expect("(core/task/cancel t)", "true\n");
        if (table[i].readable) expect("(core/task/cancel t)", "true\n"); /* its record, too */
        expect("(core/task/list) (core/task/cancel t)", "()\nfalse\n");
        close_all();
    }
}

/* -- otherwise ------------------------------------------------------------------------------------------------------ */

/* Without threads: who waits, steps. */
static void in_a_foreign_loop(void **state) {
    (void)state;
    open_with((weir_runtime_options){.foreign = true}, NULL);
    task("(core/kv/set a 1) (core/expr/await (core/event/pub A 1 7) A 1) (core/task/start c {1})", "(done 3 true)\n");
    expect("(core/task/start u {(core/expr/await [] A 1 3600000)})", "true\n");
    assert_true(weir_runtime_quiet(runtime, WEIR_FOREVER));
    expect("(core/task/cancel u)", "true\n");
    assert_true(weir_task_wait(runtime, WEIR_FOREVER));
    expect("(core/task/start v {(core/expr/await [] A 1 3600000)})", "true\n");
    close_all();
}

/* Ten keys, so 10^8 commands. */
#define SPIN                                                                                                   \
    "(core/task/outer {(core/kv/iterate s/ 0 10 {(core/kv/iterate s/ 0 10 {(core/kv/iterate s/ 0 10 {"         \
    "(core/kv/iterate s/ 0 10 {(core/kv/iterate s/ 0 10 {(core/kv/iterate s/ 0 10 {(core/kv/iterate s/ 0 10 {" \
    "(core/kv/iterate s/ 0 10 {(test/tick)})})})})})})})})})"

/* A form that does not end does so when its task is cancelled, and when the runtime is closed. */
static void endless_forms(void **state) {
    (void)state;
    open_with((weir_runtime_options){.workers = 1}, NULL);
    for (char key[] = "(core/kv/set s/0 1)", *at = strchr(key, '0'); *at <= '9'; ++*at) expect(key, "true\n");
    expect("(core/task/start t {1 " SPIN "})", "true\n");
    while (weir_a32_load(&ticks) < 100) sched_yield();
    expect("(core/task/cancel t)", "true\n");
    assert_true(weir_task_wait(runtime, WEIR_FOREVER));
    expect("(core/task/state t)", "(cancelled 1 1)\n");
    weir_a32_store(&ticks, 0);
    expect("(core/task/start u {" SPIN "})", "true\n");
    while (weir_a32_load(&ticks) < 100) sched_yield();
    close_all();
}

/* What a task sends to a processor may outlive it, and runs in its name: the only worker does not wait for it. */
static void sends_scripts(void **state) {
    (void)state;
    open_with((weir_runtime_options){.workers = 1, .processors = 1}, NULL);
    for (int i = 0; i < 20; i++) task("(core/event/pub $CHANNEL_X 0 {(core/kv/set ran 1)})", "(done 1 true)\n");
    assert_true(weir_runtime_quiet(runtime, WEIR_FOREVER));
    expect("(core/kv/get ran)", "1\n");
    task("(core/event/pub $CHANNEL_X 0 {(core/expr/await [] A 9 3600000)})", "(done 1 true)\n");
    close_all();
}

enum { MANY = 300 };

static void many(void **state) {
    char text[200];
    (void)state;
    open_with((weir_runtime_options){0}, NULL);
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof text,
                 "(core/task/start t%d {(core/expr/await [] A 1 3600000) (core/task/outer {(core/kv/set k%d 1)})})", i,
                 i);
        expect(text, "true\n");
    }
    assert_true(weir_runtime_quiet(runtime, WEIR_FOREVER)); /* all of them wait */
    expect("(core/event/pub A 1 0)", "true\n");
    assert_true(weir_task_wait(runtime, WEIR_FOREVER));
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "(core/kv/get k%d)", i);
        expect(text, "1\n");
    }
    close_all();
}

/* -- all at once ---------------------------------------------------------------------------------------------------- */

enum { STORMERS = 3, STROKES = 400 };

static void *storm(void *arg) {
    static const char *const forms[] = {
        "(core/task/start %c {1 (core/task/start z {(core/expr/await [] A 1 3600000)}) (core/expr/await [] A 2 1) 2})",
        "(core/task/start %c {(core/task/frame {(core/kv/set a 1) (core/expr/await [] A 2 3600000)})})",
        "(core/task/cancel %c)",
        "(core/task/pause %c)",
        "(core/task/resume %c)",
        "[(core/task/state %c)]",
        "[(core/task/list) (core/event/pub A 2 %c)]"};
    uint64_t random = (uint64_t)(uintptr_t)arg;
    weir_session *s = weir_session_open(runtime, NULL, NULL);
    char text[200];
    for (int i = 0; s && i < STROKES; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        snprintf(text, sizeof text, forms[(random >> 33) % (sizeof forms / sizeof *forms)],
                 'a' + (int)(random >> 50) % 3);
        weir_eval(s, text, strlen(text), NULL, NULL, NULL);
    }
    weir_session_close(s);
    return s;
}

/* Started, paused, cancelled by several at once, with tasks within them; then nothing of them is left but records. */
static void storms(void **state) {
    pthread_t t[STORMERS];
    (void)state;
    open_with((weir_runtime_options){0}, NULL);
    for (uintptr_t i = 0; i < STORMERS; i++) t[i] = weir_test_thread(storm, (void *)(i + 1));
    for (int i = 0; i < STORMERS; i++) {
        void *end;
        pthread_join(t[i], &end);
        assert_non_null(end);
    }
    expect_begin("(core/task/cancel a) (core/task/cancel b) (core/task/cancel c)", "");
    assert_true(weir_task_wait(runtime, WEIR_FOREVER));
    assert_true(weir_runtime_quiet(runtime, WEIR_FOREVER));
    size_t got;
    weir_kv_pair pair[8];
    weir_kv_range hidden = {.prefix = WEIR_KV_TEXT("\xff")};
    weir_kv_read_begin(runtime->kv);
    assert_int_equal(weir_kv_scan(session->tenant, &hidden, pair, 8, &got), WEIR_KV_OK);
    assert_in_range(got, 0, 3);
    for (size_t i = 0; i < got; i++) assert_int_equal(pair[i].key.size, 4);
    weir_kv_read_end(runtime->kv);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_again),
        cmocka_unit_test(not_for_ever),
        cmocka_unit_test(writes_of_a_form),
        cmocka_unit_test(no_room_for_the_error),
        cmocka_unit_test(body_too_large),
        cmocka_unit_test(tasks_too_deep),
        cmocka_unit_test_setup_teardown(of_an_entity, make_folder, remove_folder),
        cmocka_unit_test(damaged),
        cmocka_unit_test(in_a_foreign_loop),
        cmocka_unit_test(endless_forms),
        cmocka_unit_test(sends_scripts),
        cmocka_unit_test(many),
        cmocka_unit_test(storms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
