/* Runs that are recorded: sessions that publish from several threads into queues that are full, waits whose time is over, repeated
 * with other numbers of workers: the same logs, values and failures. Records that are damaged, or of something else, are refused. */
#include "prims/test_p.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prims/platform.h"
#include "runtime/recorded_p.h"
#include "runtime/weir.h"

enum { THREADS = 3, EACH = 60, TOLD = 1 << 18 };

static char path[64];

/* -- what is told --------------------------------------------------------------------------------------------------- */

typedef struct told { /* by handlers and forms, in their order */
    size_t used;
    char text[TOLD];
} told;

static void tell(told *t, const char *at, size_t bytes) {
    if (t->used + bytes + 1 >= TOLD) return;
    memcpy(t->text + t->used, at, bytes);
    t->used += bytes;
    t->text[t->used++] = '\n';
    t->text[t->used] = 0;
}

static void line(void *arg, const char *at, size_t bytes) { tell(arg, at, bytes); }

static void form(void *arg, weir_slp_value v) {
    char text[200];
    size_t n = weir_slp_print(v, WEIR_SLP_CANONICAL, text, sizeof text);
    tell(arg, text, n < sizeof text ? n : sizeof text);
}

static void form_again(void *arg, uint32_t session, weir_slp_value v) {
    assert_int_equal(session, THREADS);
    form(arg, v);
}

/* -- recorded ------------------------------------------------------------------------------------------------------- */

static weir_runtime *open_runtime(weir_runtime_options o, told *t) {
    weir_runtime *r = NULL;
    weir_error error = {{0}};
    o.log = o.error = line;
    o.arg = t;
    if (!weir_runtime_open(&o, &r, &error)) fail_msg("%s", error.text);
    return r;
}

static weir_session *open_session(weir_runtime *r) {
    weir_error error = {{0}};
    weir_session *s = weir_session_open(r, NULL, &error);
    if (!s) fail_msg("%s", error.text);
    return s;
}

static void eval(weir_session *s, const char *text, told *t) {
    assert_true(weir_eval(s, text, strlen(text), t ? form : NULL, t, NULL));
}

typedef struct publisher {
    weir_session *session;
    int64_t index;
    pthread_t thread;
} publisher;

static void *publish(void *arg) {
    publisher *p = arg;
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    for (int64_t i = 0; i < EACH; i++) {
        weir_slp_put_integer(b, p->index * 1000 + i);
        weir_slp_value v = weir_slp_root(weir_slp_finish(b, NULL));
        weir_publish(p->session, 0, (uint32_t)(i % 3), v, i % 2 ? WEIR_FOREVER : weir_now_ns() + 20000);
    }
    weir_slp_builder_free(b);
    return NULL;
}

static const char handlers[] =
    "(core/event/sub $CHANNEL_A 0 {(core/kv/set k:a $data) (core/util/log \"a\" $data)})"
    "(core/event/sub $CHANNEL_A 1 {(core/event/pub $CHANNEL_B 1 $data)})"
    "(core/event/sub $CHANNEL_A 1 {(core/event/pub $CHANNEL_A 0 $data)})"
    "(core/event/sub $CHANNEL_A 2 {(core/util/log \"c\" (core/expr/await (core/kv/set k:c $data) $CHANNEL_B 1 1))})"
    "(core/event/sub $CHANNEL_B 1 {(core/util/log \"b\" $data (core/kv/get k:a)) (core/kv/set k:b $data)})";
static const char state[] = "(core/kv/iterate k 0 100 {(core/util/log $key (core/kv/get $key))})";

static void record(const char *sched, const char *folder, told *t) {
    weir_runtime *r =
        open_runtime((weir_runtime_options){.record = path, .sched = sched, .queue = 2, .path = folder}, t);
    publisher p[THREADS];
    for (int64_t i = 0; i < THREADS; i++) p[i] = (publisher){.session = open_session(r), .index = i};
    weir_session *s = open_session(r);
    eval(s, handlers, t);
    for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&p[i].thread, NULL, publish, &p[i]), 0);
    for (int i = 0; i < 20; i++) eval(s, "(core/kv/set k:d 1) (core/expr/await [$result] $CHANNEL_B 1 1)", t);
    for (int i = 0; i < THREADS; i++) pthread_join(p[i].thread, NULL);
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    eval(s, state, NULL);
    weir_session_close(s);
    for (int i = 0; i < THREADS; i++) weir_session_close(p[i].session);
    weir_error error = {{0}};
    if (!weir_runtime_close(r, &error)) fail_msg("%s", error.text);
}

/* -- repeated ------------------------------------------------------------------------------------------------------- */

static void repeat(const char *sched, unsigned workers, told *t) {
    weir_runtime *r = open_runtime((weir_runtime_options){.replay = path, .sched = sched, .workers = workers}, t);
    weir_error error = {{0}};
    if (!weir_runtime_replay(r, NULL, form_again, t, &error)) fail_msg("%s", error.text);
    assert_false(weir_runtime_replay(r, NULL, NULL, NULL, &error));
    size_t used = t->used;
    weir_session *s = open_session(r);
    eval(s, state, NULL); /* what it told last, for the same is there */
    assert_true(t->used < 2 * used);
    assert_memory_equal(t->text + used, t->text + 2 * used - t->used, t->used - used);
    t->text[t->used = used] = 0;
    weir_session_close(s);
    if (!weir_runtime_close(r, &error)) fail_msg("%s", error.text);
}

static const char *const scheds[] = {"epoch", "double", "horizon"};
static told first, again;

static void bit_for_bit(void **unused) {
    (void)unused;
    for (int i = 0; i < 3; i++) {
        first.used = 0;
        record(scheds[i], NULL, &first);
        assert_true(first.used > 1000);
        for (unsigned workers = 1; workers <= 4; workers *= 2) {
            again.used = 0;
            repeat(scheds[i], workers, &again);
            if (again.used != first.used || memcmp(first.text, again.text, first.used) != 0)
                fail_msg("%s, %u workers: told %zu bytes, and %zu", scheds[i], workers, first.used, again.used);
        }
    }
}

static void expect_refused(weir_runtime_options o, const char *why) {
    weir_runtime *r;
    weir_error error = {{0}};
    assert_false(weir_runtime_open(&o, &r, &error));
    if (!strstr(error.text, why)) fail_msg("%s", error.text);
}

/* A log on a disk does not change what happens, and is not needed for the same again. */
static void on_a_disk(void **unused) {
    char folder[] = "/tmp/weir-repeat-XXXXXX", line[60];
    (void)unused;
    assert_non_null(mkdtemp(folder));
    first.used = again.used = 0;
    record("horizon", folder, &first);
    repeat("horizon", 3, &again);
    assert_int_equal(again.used, first.used);
    assert_memory_equal(again.text, first.text, first.used);
    expect_refused((weir_runtime_options){.record = path, .path = folder}, "empty store");
    snprintf(line, sizeof line, "rm -rf %s", folder);
    assert_int_equal(system(line), 0);
}

/* -- refused -------------------------------------------------------------------------------------------------------- */

static weir_verdict nothing_at_all(weir_call *c, const weir_slp_value *args, uint32_t n) {
    (void)args, (void)n;
    return weir_call_integer(c, 0);
}

static const weir_command mine = {"my/nothing", "", 0, nothing_at_all, NULL, "0"};

/* What a record would lack is said when it is closed. */
static void interrupted(void **unused) {
    told t = {.used = 0};
    weir_error error = {{0}};
    (void)unused;
    weir_runtime *r = open_runtime((weir_runtime_options){.record = path}, &t);
    weir_session *s = open_session(r);
    weir_interrupt(s);
    weir_session_close(s);
    assert_false(weir_runtime_close(r, &error));
    assert_non_null(strstr(error.text, "interrupted"));
}

static void refused(void **unused) {
    (void)unused;
    expect_refused((weir_runtime_options){.record = path, .sched = "counters"}, "epoch, double or horizon");
    expect_refused((weir_runtime_options){.record = path, .sched = "phase"}, "epoch, double or horizon");
    expect_refused((weir_runtime_options){.record = path, .replay = path}, "both");
    expect_refused((weir_runtime_options){.record = path, .foreign = true}, "has workers");
    expect_refused((weir_runtime_options){.record = path, .command = &mine, .commands = 1}, "no commands of the host");
    expect_refused((weir_runtime_options){.record = "/no/such/folder/x"}, "/no/such/folder/x");
    expect_refused((weir_runtime_options){.replay = "/no/such/folder/x"}, "/no/such/folder/x");
    told t = {.used = 0};
    weir_runtime *r = open_runtime((weir_runtime_options){.record = path}, &t);
    weir_session *s = open_session(r);
    weir_error error = {{0}};
    assert_null(weir_session_open(r, &(weir_session_options){.rate = 1}, &error));
    assert_null(weir_session_open(r, &(weir_session_options){.entity = "ada"}, &error));
    assert_false(weir_entity_set(r, "ada", &(weir_entity){.others = WEIR_PUBLISH}, &error));
    assert_non_null(strstr(error.text, "no entities"));
    assert_false(weir_entity_delete(r, "ada", &error));
    assert_int_equal(weir_task_pause(s, "t"), WEIR_NOT_RECORDED);
    assert_int_equal(weir_task_start(s, "t", (weir_slp_value){0}), WEIR_NOT_RECORDED);
    assert_int_equal(weir_subscribe(s, 0, 0, NULL, NULL), WEIR_NOT_RECORDED);
    assert_int_equal(weir_unsubscribe(s, 0, 0), WEIR_NOT_RECORDED);
    assert_int_equal(weir_start_text(s, "1", 1, NULL, NULL, NULL), WEIR_NOT_RECORDED);
    weir_session_close(s);
    assert_true(weir_runtime_close(r, NULL));
}

static void overwrite(long at, const void *bytes, size_t n) {
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    fseek(f, at, SEEK_SET);
    fwrite(bytes, 1, n, f);
    fclose(f);
}

static void damaged(void **unused) {
    (void)unused;
    first.used = 0;
    record("epoch", NULL, &first);
    overwrite(900, "damage", 6);
    expect_refused((weir_runtime_options){.replay = path}, "offset");
    assert_int_equal(truncate(path, 700), 0);
    expect_refused((weir_runtime_options){.replay = path}, "offset");
}

/* A record that is whole, whose inputs cannot be. */
static const void *payload(void *arg, const weir_event *e, size_t *size) {
    (void)e;
    *size = sizeof(weir_input_head) + ((const weir_input_head *)arg)->bytes;
    return arg;
}

static void nothing(weir_turn *turn, weir_event *e) { (void)turn, (void)e; }

static void foreign(void **unused) {
    (void)unused;
    struct {
        weir_input_head head;
        char bytes[64];
    } input = {.head = {.kind = WEIR_INPUT_FORM, .bytes = 64}};
    weir_record *record;
    weir_sched *s;
    weir_source *source;
    weir_event e = {.data = nothing};
    weir_error error = {{0}};
    const weir_record_options o = {WEIR_INPUT_PROGRAM, payload, &input};
    assert_int_equal(weir_record_create(path, &o, &record, NULL), WEIR_SCHED_OK);
    assert_int_equal(
        weir_sched_open(&(weir_sched_options){.variant = "epoch", .workers = 1, .record = record}, &s, NULL),
        WEIR_SCHED_OK);
    assert_int_equal(weir_source_open(s, 0, &(weir_source_options){.promise = WEIR_KEY_NONE}, &source), WEIR_SCHED_OK);
    assert_int_equal(weir_source_submit(source, &e), WEIR_SCHED_OK);
    assert_int_equal(weir_sched_wait(s, WEIR_FOREVER), WEIR_SCHED_OK);
    weir_source_close(source);
    weir_sched_close(s);
    assert_int_equal(weir_record_close(record, NULL), WEIR_SCHED_OK);
    weir_runtime *r = open_runtime((weir_runtime_options){.replay = path}, &again);
    assert_false(weir_runtime_replay(r, NULL, NULL, NULL, &error));
    assert_string_equal(error.text, "record: input 0: options stand first, and nowhere else");
    assert_false(weir_runtime_close(r, NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(bit_for_bit), cmocka_unit_test(on_a_disk),
                                       cmocka_unit_test(interrupted), cmocka_unit_test(refused),
                                       cmocka_unit_test(damaged),     cmocka_unit_test(foreign)};
    snprintf(path, sizeof path, "/tmp/weir-repeat-%d", (int)getpid());
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    remove(path);
    return failed;
}
