/* Bad input: stored bytes that were tampered with, keys and values at their limits, storms of events, topics everywhere. Named errors,
 * and the runtime serves on. */
#include "prims/test_p.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prims/platform.h"
#include "runtime/session_p.h"
#include "runtime/tasks_p.h"

static void no_line(void *arg, const char *line, size_t bytes) { (void)arg, (void)line, (void)bytes; }

static weir_runtime *open_runtime(weir_runtime_options o) {
    weir_runtime *r = NULL;
    weir_error error = {{0}};
    o.log = o.error = no_line;
    if (!weir_runtime_open(&o, &r, &error)) fail_msg("%s", error.text);
    return r;
}

static weir_session *open_session(weir_runtime *r, const char *scope) {
    weir_session *s = weir_session_open(r, &(weir_session_options){.scope = scope}, NULL);
    assert_non_null(s);
    return s;
}

typedef struct seen {
    unsigned forms, errors;
    char first[64]; /* error */
} seen;

/* Every error has a class of its own word. */
static void look(void *arg, weir_slp_value v) {
    seen *s = arg;
    s->forms++;
    if (weir_slp_type_of(v) != WEIR_SLP_ERROR) return;
    weir_slp_text t = weir_slp_text_of(v);
    const char *colon = memmem(t.at, t.bytes, ": ", 2);
    assert_true(colon && colon > t.at && colon - t.at < 10);
    if (s->errors++ == 0) snprintf(s->first, sizeof s->first, "%.*s", (int)(colon - t.at), t.at);
}

static seen run(weir_session *s, const char *text) {
    seen all = {0};
    assert_true(weir_eval(s, text, strlen(text), look, &all, NULL));
    return all;
}

static void good(weir_session *s, const char *text) {
    seen all = run(s, text);
    if (all.errors) fail_msg("%s: %s", text, all.first);
}

static void bad(weir_session *s, const char *text, const char *class) {
    seen all = run(s, text);
    if (strcmp(all.first, class)) fail_msg("%.99s: %s, not %s", text, all.first, class);
}

/* -- tampered values ------------------------------------------------------------------------------------------------- */

typedef struct stored {
    weir_kv_tenant *tenant;
    weir_kv_bytes key;
    uint8_t bytes[1024];
    size_t size;
} stored;

static void keep(stored *k, weir_kv_tenant *t, weir_kv_bytes key) {
    *k = (stored){.tenant = t, .key = key};
    assert_int_equal(weir_kv_copy(t, key, k->bytes, sizeof k->bytes, &k->size), WEIR_KV_OK);
    assert_in_range(k->size, 1, sizeof k->bytes);
}

static void put(const stored *k, const uint8_t *bytes, size_t size) {
    assert_int_equal(weir_kv_set(k->tenant, k->key, weir_kv_bytes_of(bytes, size)), WEIR_KV_OK);
}

/* Calls `use` with each byte changed in three ways, and with each length that is too short; then all is as it was. */
static void tamper(const stored *k, void (*use)(void *arg), void *arg) {
    uint8_t changed[sizeof k->bytes];
    for (size_t i = 0; i < k->size; i++) {
        const uint8_t to[] = {k->bytes[i] ^ 1, k->bytes[i] ^ 0x80, 0xff};
        for (size_t n = 0; n < 3; n++) {
            memcpy(changed, k->bytes, k->size);
            changed[i] = to[n];
            put(k, changed, k->size);
            use(arg);
        }
        put(k, k->bytes, i);
        use(arg);
    }
    put(k, k->bytes, k->size);
}

static void use_value(void *arg) {
    static const char text[] =
        "(core/kv/get v) (core/util/log (core/kv/get v)) (core/expr/eval (core/kv/get v)) (core/kv/cas v 0 1)"
        "(core/event/pub $CHANNEL_A 1 (core/kv/get v)) (core/kv/set w (core/kv/get v)) (core/kv/get w)"
        "(core/kv/iterate \"\" 0 9 {(core/kv/get $key)}) (core/expr/await (core/event/pub $CHANNEL_B 1 (core/kv/get v)) $CHANNEL_B 1 1)";
    assert_int_equal(run(arg, text).forms, 9);
}

static void tampered_values(void **state) {
    static const char *const values[] = {"1",
                                         "\"some text\"",
                                         "symbol",
                                         "'(a (b \"c\") [2.5] {e 99999999999} $f 'g)",
                                         "{(core/util/log $v)}",
                                         "-9223372036854775808",
                                         "''x"};
    (void)state;
    weir_runtime *r = open_runtime((weir_runtime_options){.workers = 1, .steps = 1000});
    weir_session *s = open_session(r, "main");
    good(s, "(core/event/sub $CHANNEL_A 1 {(core/util/log $data) (core/kv/set x $data) (core/expr/eval $data)})");
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[200];
        stored k;
        snprintf(text, sizeof text, "(core/kv/set v %s)", values[i]);
        good(s, text);
        keep(&k, s->tenant, WEIR_KV_TEXT("v"));
        tamper(&k, use_value, s);
        good(s, "(core/kv/get v)");
    }
    assert_int_equal(weir_kv_set(s->tenant, WEIR_KV_TEXT("v"), WEIR_KV_TEXT("what is this?")), WEIR_KV_OK);
    bad(s, "(core/kv/get v)", "type");
    weir_session_close(s);
    assert_true(weir_runtime_close(r, NULL));
}

static void read_record(void *arg) {
    weir_runtime *r = arg;
    weir_error error = {{0}};
    weir_entity *e = weir_entity_get(r, "ada", &error);
    assert_true(e || !strncmp(error.text, "entity ada: its record", 22));
    for (size_t i = 0; e && i < e->scopes; i++) assert_in_range(strlen(e->scope[i].scope), 1, 255);
    for (size_t i = 0; e && i < e->topics; i++) assert_true(e->topic[i].topic < 65536 && e->topic[i].rights <= 3);
    weir_entity_free(e);
    weir_session *s = weir_session_open(r, &(weir_session_options){.entity = "ada", .scope = "shop"}, NULL);
    weir_session_close(s);
}

static void tampered_entities(void **state) {
    (void)state;
    weir_runtime *r = open_runtime((weir_runtime_options){.workers = 1});
    const weir_scope_rule scope[] = {{"shop", WEIR_READ, 5, 0}, {"log", WEIR_WRITE, 0, 0}};
    const weir_topic_rule topic[] = {{5, WEIR_PUBLISH}, {65535, WEIR_SUBSCRIBE}};
    const weir_entity e = {.scope = scope, .scopes = 2, .topic = topic, .topics = 2, .rate = 3, .others = 1};
    assert_true(weir_entity_set(r, "ada", &e, NULL));
    stored k;
    keep(&k, r->entities.records, WEIR_KV_TEXT("ada"));
    tamper(&k, read_record, r);
    assert_true(weir_entity_set(r, "ada", &e, NULL));
    assert_true(weir_runtime_close(r, NULL));
}

/* -- tampered tasks: what a scope has of them, with one byte changed, is what another scope begins with ---------------------- */

enum { HIDDEN = 8 };

typedef struct tasks {
    weir_runtime *runtime;
    stored all[HIDDEN];
    uint8_t key[HIDDEN][64];
    size_t count;
} tasks;

static bool keep_hidden(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    tasks *t = arg;
    stored *k = &t->all[t->count];
    assert_true(t->count < HIDDEN && key.size <= sizeof t->key[0] && value.size <= sizeof k->bytes);
    memcpy(t->key[t->count], key.at, key.size);
    memcpy(k->bytes, value.at, value.size);
    k->key = weir_kv_bytes_of(t->key[t->count++], key.size);
    k->size = value.size;
    return true;
}

static void begin_with(tasks *t, size_t which, size_t at, uint8_t to) {
    static unsigned scopes;
    char scope[32];
    weir_kv_tenant *tenant;
    snprintf(scope, sizeof scope, "scope %u", scopes++);
    assert_int_equal(weir_kv_tenant_create(t->runtime->kv, weir_kv_bytes_of(scope, strlen(scope)), NULL, &tenant),
                     WEIR_KV_OK);
    for (size_t i = 0; i < t->count; i++) {
        stored k = t->all[i];
        k.tenant = tenant;
        if (i == which) k.bytes[at] = to;
        put(&k, k.bytes, k.size);
    }
    weir_kv_tenant_close(tenant);
    weir_session *s = open_session(t->runtime, scope);
    assert_int_equal(
        run(s, "(core/task/list) (core/task/state t) (core/task/resume t) (core/task/pause t) (core/task/cancel t)"
               "(core/task/start t {1})")
            .forms,
        6);
    weir_session_close(s);
    weir_kv_tenant_drop(t->runtime->kv, weir_kv_bytes_of(scope, strlen(scope)));
}

static void tampered_tasks(void **state) {
    (void)state;
    static tasks t;
    t = (tasks){.runtime = open_runtime((weir_runtime_options){.workers = 2, .steps = 1000, .await_ms = 1})};
    weir_session *s = open_session(t.runtime, "main");
    good(
        s,
        "(core/task/start t {(core/kv/set n 1) (core/expr/await 1 $CHANNEL_A 1 3600000) (core/kv/set n 2)}) (core/task/pause t)");
    assert_int_equal(weir_kv_iterate(s->tenant, WEIR_KV_TEXT("\xff"), 0, 0, keep_hidden, &t), WEIR_KV_OK);
    assert_in_range(t.count, 2, HIDDEN);
    for (size_t i = 0; i < t.count; i++)
        for (size_t at = 0; at < t.all[i].size; at += 1 + at / 32) {
            begin_with(&t, i, at, t.all[i].bytes[at] ^ 1);
            begin_with(&t, i, at, 0xff);
        }
    good(s, "(core/task/state t) (core/task/cancel t)");
    weir_session_close(s);
    assert_true(weir_runtime_close(t.runtime, NULL));
}

/* -- keys and values at their limits --------------------------------------------------------------------------------------- */

static char text[40 << 20];

/* [ "kkk..." (FORM) ]: keys longer than a symbol may be come by a variable. */
static const char *with_key(size_t bytes, const char *form) {
    text[0] = '[', text[1] = '"';
    memset(text + 2, 'k', bytes);
    sprintf(text + 2 + bytes, "\" %s]", form);
    return text;
}

static const char *with_value(size_t bytes, const char *form) {
    size_t n = (size_t)sprintf(text, "(%s \"", form);
    memset(text + n, 'v', bytes);
    strcpy(text + n + bytes, "\")");
    return text;
}

static void at_the_limits(void **state) {
    static const char *const forms[] = {"(core/kv/get $result)",
                                        "(core/kv/del $result)",
                                        "(core/kv/exists $result)",
                                        "(core/kv/set $result 1)",
                                        "(core/kv/snx $result 1)",
                                        "(core/kv/cas $result 1 2)",
                                        "(core/kv/iterate $result 0 1 {1})"};
    (void)state;
    weir_error error = {{0}};
    weir_runtime *r = NULL;
    const weir_runtime_options beyond = {.limits = {128, 1 << 30, 1000000, 70000}};
    assert_false(weir_runtime_open(&beyond, &r, &error));
    assert_non_null(strstr(error.text, "bytes 1073741820"));
    r = open_runtime((weir_runtime_options){.workers = 1, .limits = {128, (1 << 30) - 4, 1000000, 70000}});
    weir_session *s = open_session(r, "main");
    good(s, with_key(65536, "(core/kv/set $result 1)"));
    good(s, with_key(65536, "(core/kv/cas $result 1 2)"));
    good(s, with_key(65535, "(core/kv/iterate $result 0 9 {(core/kv/get $key)})"));
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) bad(s, with_key(65537, forms[i]), "range");
    sprintf(text, "(core/kv/set ");
    memset(text + 13, 'k', 65537), strcpy(text + 13 + 65537, " 1)");
    bad(s, text, "range");
    enum { MOST = 16 << 20, HEAD = WEIR_SLP_HEADER * 4 + 4 };
    good(s, with_value(MOST - HEAD, "core/kv/set v"));
    bad(s, with_value(MOST - HEAD + 1, "core/kv/set v"), "range");
    bad(s, with_value(MOST, "core/kv/cas v 1"), "range");
    good(s, with_value(MOST, "core/event/pub $CHANNEL_A 1")); /* nobody listens */
    good(s, "(core/event/sub $CHANNEL_A 1 {(core/kv/set w $data)})");
    good(s, with_value(MOST - HEAD, "core/event/pub $CHANNEL_A 1"));
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    good(s, "(core/kv/get w)");
    weir_session_close(s);
    assert_true(weir_runtime_close(r, NULL));
}

/* -- storms ---------------------------------------------------------------------------------------------------------------- */

enum { PUBLISHERS = 4, EACH = 5000, QUEUE = 50 };

static weir_a32 admitted, handled, most;

static void slowly(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)arg, (void)channel, (void)topic, (void)v;
    uint32_t waiting = weir_a32_load_acquire(&admitted) - weir_a32_add(&handled, 1);
    if (waiting > weir_a32_load(&most) && waiting < 1u << 31) weir_a32_store(&most, waiting);
    for (volatile int i = 0; i < 300; i++) {}
}

/* Counts before it publishes, and takes back what was refused: so what is counted is never less than what there is. */
static void *publish_all(void *arg) {
    weir_session *s = arg;
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    weir_slp_put_integer(b, 1);
    weir_slp_value one = weir_slp_root(weir_slp_finish(b, NULL));
    for (int i = 0; i < EACH; i++) {
        weir_a32_add_release(&admitted, 1);
        weir_answer how = weir_publish(s, 0, 1, one, i % 2 ? 0 : weir_now_ns() + 100000);
        assert_true(how == WEIR_DONE || how == WEIR_FULL);
        if (how == WEIR_FULL) weir_a32_sub(&admitted, 1);
    }
    weir_slp_builder_free(b);
    return NULL;
}

/* Publishers that are faster than the handler: what waits is never more than may. */
static void storm(void **state) {
    (void)state;
    weir_runtime *r = open_runtime((weir_runtime_options){.workers = 1, .queue = QUEUE});
    weir_session *s = open_session(r, "main");
    pthread_t thread[PUBLISHERS];
    assert_int_equal(weir_subscribe(s, 0, 1, slowly, NULL), WEIR_DONE);
    for (int i = 0; i < PUBLISHERS; i++) assert_int_equal(pthread_create(&thread[i], NULL, publish_all, s), 0);
    for (int i = 0; i < PUBLISHERS; i++) pthread_join(thread[i], NULL);
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    assert_int_equal(weir_a32_load(&handled), weir_a32_load(&admitted));
    assert_in_range(weir_a32_load(&most), 1, QUEUE + 64 + PUBLISHERS); /* and those that its run has taken */
    good(s, "(core/kv/set after 1)");
    weir_session_close(s);
    assert_true(weir_runtime_close(r, NULL));
}

static weir_a32 gate;

static void hold(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)arg, (void)channel, (void)topic, (void)v;
    while (!weir_a32_load_acquire(&gate)) weir_futex_wait(&gate, 0, WEIR_FOREVER);
}

/* Large events are refused by their bytes, long before the queue is full, and are welcome again when those are gone. */
static void large_events(void **state) {
    (void)state;
    enum { EVENT = 64 << 10, ROOM = 64 };
    weir_runtime *r = open_runtime((weir_runtime_options){.workers = 1, .event_bytes = ROOM * EVENT});
    weir_session *s = open_session(r, "main");
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    memset(text, 'v', EVENT);
    weir_slp_put_string(b, text, EVENT);
    weir_slp_value v = weir_slp_root(weir_slp_finish(b, NULL));
    assert_int_equal(weir_subscribe(s, 0, 1, hold, NULL), WEIR_DONE);
    for (int round = 0; round < 3; round++) {
        int sent = 0;
        weir_a32_store(&gate, 0);
        while (weir_publish(s, 0, 1, v, WEIR_FOREVER) == WEIR_DONE) sent++;
        assert_int_equal(sent, ROOM - 1);
        bad(s, with_value(EVENT, "core/event/pub $CHANNEL_A 1"), "full");
        good(s, "(core/event/pub $CHANNEL_A 1 small)");
        weir_a32_store_release(&gate, 1);
        weir_futex_wake(&gate, 1);
        assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    }
    weir_slp_builder_free(b);
    weir_session_close(s);
    assert_true(weir_runtime_close(r, NULL));
}

/* -- topics everywhere ------------------------------------------------------------------------------------------------------ */

static weir_a32 heard;

static void hear(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)arg;
    assert_int_equal(weir_slp_integer(v), (channel << 16 | topic) & 0xffffff);
    weir_a32_add(&heard, 1);
}

static void every_topic(void **state) {
    (void)state;
    weir_runtime *r = open_runtime((weir_runtime_options){.workers = 1});
    weir_session *s = open_session(r, "main");
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    uint32_t sent = 0;
    for (uint32_t c = 0; c < WEIR_CHANNELS; c++)
        for (uint32_t t = 0; t < WEIR_TOPICS; t += c ? 61 : 7, sent++) {
            weir_slp_put_integer(b, (c << 16 | t) & 0xffffff);
            assert_int_equal(weir_subscribe(s, c, t, hear, NULL), WEIR_DONE);
            assert_int_equal(weir_publish(s, c, t, weir_slp_root(weir_slp_finish(b, NULL)), WEIR_FOREVER), WEIR_DONE);
            if (sent % 1024 == 1023) assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
        }
    assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    assert_int_equal(weir_a32_load(&heard), sent);
    weir_slp_builder_free(b);
    weir_session_close(s);
    assert_true(weir_runtime_close(r, NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(tampered_values), cmocka_unit_test(tampered_entities),
                                       cmocka_unit_test(tampered_tasks),  cmocka_unit_test(at_the_limits),
                                       cmocka_unit_test(storm),           cmocka_unit_test(large_events),
                                       cmocka_unit_test(every_topic)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
