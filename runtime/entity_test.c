/* Entities: rights by scope and topic, rates, quotas, places for sessions; kept in the store, changed under open sessions. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prims/platform.h"
#include "runtime/session_p.h"
#include "runtime/shown_test_p.h"

enum { A };

static weir_runtime *open_runtime(const char *store, const char *path) {
    weir_runtime *r = NULL;
    weir_error error = {{0}};
    weir_runtime_options o = {.store = store, .path = path, .workers = 2};
    if (!weir_runtime_open(&o, &r, &error)) fail_msg("%s", error.text);
    return r;
}

/* `wanted` ends with * where more may come. */
static weir_session *enter(weir_runtime *r, const char *entity, const char *scope) {
    weir_error error = {{0}};
    weir_session *s = weir_session_open(r, &(weir_session_options){.entity = entity, .scope = scope}, &error);
    if (!s) fail_msg("%s", error.text);
    return s;
}

static void refused(weir_runtime *r, const char *entity, const char *scope, const char *why) {
    weir_error error = {{0}};
    assert_null(weir_session_open(r, &(weir_session_options){.entity = entity, .scope = scope}, &error));
    assert_string_equal(error.text, why);
}

static void set(weir_runtime *r, const char *name, weir_entity e) {
    weir_error error = {{0}};
    if (!weir_entity_set(r, name, &e, &error)) fail_msg("%s", error.text);
}

static const weir_scope_rule shop_rw = {"shop", WEIR_READ | WEIR_WRITE, 0, 0}, shop_r = {"shop", WEIR_READ, 0, 0};

static void rights(void **state) {
    (void)state;
    weir_runtime *r = open_runtime(NULL, NULL);
    const weir_scope_rule scope[] = {shop_r, {"log", WEIR_WRITE, 0, 0}, {"quiet", 0, 0, 0}};
    const weir_topic_rule topic[] = {{9, WEIR_PUBLISH}, {5, WEIR_SUBSCRIBE}, {7, WEIR_PUBLISH | WEIR_SUBSCRIBE}};
    set(r, "ada", (weir_entity){.scope = scope, .scopes = 3, .topic = topic, .topics = 3});
    weir_session *s = enter(r, "ada", "shop"), *l = enter(r, "ada", "log"), *q = enter(r, "ada", "quiet");
    expect_of(s, "(core/kv/exists a)", "false\n");
    expect_of(s, "(core/kv/set a 1)", "@\"denied: core/kv/set needs the right to write\"\n");
    expect_of(l, "(core/kv/set a 1) (core/kv/get a)", "true\n@\"denied: core/kv/get needs the right to read\"\n");
    expect_begin_of(q, "(core/kv/get a) (core/kv/del a)", "@\"denied: ");
    expect_of(s, "(core/event/pub $CHANNEL_A 9 1) (core/event/sub $CHANNEL_A 9 {1})",
              "true\n@\"denied: no right to subscribe to topic 9\"\n");
    expect_of(s, "(core/event/sub $CHANNEL_F 5 {1}) (core/event/pub $CHANNEL_F 5 1)",
              "true\n@\"denied: no right to publish on topic 5\"\n");
    expect_of(s, "(core/event/sub $CHANNEL_A 7 {1}) (core/event/pub $CHANNEL_A 7 1)", "true\ntrue\n");
    expect_begin_of(s, "(core/event/pub $CHANNEL_A 8 1)", "@\"denied: ");
    expect_begin_of(s, "(core/expr/await 1 $CHANNEL_A 9)", "@\"denied: ");
    refused(r, "ada", "main", "entity ada: it has no right to scope main");
    refused(r, "bob", "main", "entity bob: there is none of this name");
    weir_session_close(s), weir_session_close(l), weir_session_close(q);
    assert_true(weir_runtime_close(r, NULL));
}

static bool count_one(void *arg, const weir_session_info *info) {
    if (!strcmp(info->entity, "ada") && !strcmp(info->scope, "shop")) ++*(int *)arg;
    return true;
}

static void places(void **state) {
    (void)state;
    weir_runtime *r = open_runtime(NULL, NULL);
    set(r, "ada", (weir_entity){.scope = &shop_rw, .scopes = 1, .sessions = 2});
    set(r, "bob", (weir_entity){.scope = &shop_rw, .scopes = 1});
    weir_session *all[12];
    all[0] = enter(r, "ada", "shop");
    all[1] = enter(r, "ada", "shop");
    refused(r, "ada", "shop", "entity ada: it has 2 sessions open, and may have 2");
    for (int i = 2; i < 12; i++) all[i] = enter(r, "bob", "shop");
    refused(r, "bob", "shop", "entity bob: it has 10 sessions open, and may have 10");
    int ada = 0;
    size_t count = 0;
    assert_true(weir_session_list(r, count_one, &ada, &count));
    assert_int_equal(ada, 2);
    assert_int_equal(count, 12);
    weir_session_close(all[0]);
    all[0] = enter(r, "ada", "shop");
    set(r, "ada", (weir_entity){.scope = &shop_rw, .scopes = 1, .sessions = 3}); /* counts from now on */
    weir_session_close(enter(r, "ada", "shop"));
    for (int i = 0; i < 12; i++) weir_session_close(all[i]);
    assert_true(weir_session_list(r, NULL, NULL, &count));
    assert_int_equal(count, 0);
    assert_true(weir_runtime_close(r, NULL));
}

/* A form that would run for ever ends; a change holds from the next form on; more than the runtime allows is not to be had. */
static void steps(void **state) {
    char deep[2 * 101 + 2] = "";
    (void)state;
    weir_runtime *r = NULL;
    assert_true(weir_runtime_open(&(weir_runtime_options){.workers = 1, .steps = 100}, &r, NULL));
    set(r, "ada", (weir_entity){.scope = &shop_rw, .scopes = 1, .steps = 4});
    weir_session *s = enter(r, "ada", "shop");
    expect_of(s, "[[[[1]]]] [[[[[1]]]]] [[[[2]]]]",
              "1\n@\"steps: more lists than one form or one run of a handler may evaluate: 4\"\n2\n");
    set(r, "ada", (weir_entity){.scope = &shop_rw, .scopes = 1, .steps = 1000});
    expect_of(s, "[[[[[1]]]]]", "1\n");
    memset(deep, '[', 101);
    deep[101] = '1';
    memset(deep + 102, ']', 101);
    expect_of(s, deep, "@\"steps: more lists than one form or one run of a handler may evaluate: 100\"\n");
    weir_session_close(s);
    assert_true(weir_runtime_close(r, NULL));
}

/* -- bytes of events --------------------------------------------------------------------------------------------------- */

static weir_a32 gate;

static void hold(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)arg, (void)channel, (void)topic, (void)v;
    while (!weir_a32_load_acquire(&gate)) weir_futex_wait(&gate, 0, WEIR_FOREVER);
}

/* Small ones count, too, from C and from scripts; others publish all the same; what was handled is given back, also when the entity has no
 * session any more. */
static void event_bytes(void **state) {
    enum { ROOM = 4096 };
    (void)state;
    weir_runtime *r = open_runtime(NULL, NULL);
    weir_entity e = {.scope = &shop_rw, .scopes = 1, .event_bytes = ROOM, .others = WEIR_PUBLISH | WEIR_SUBSCRIBE};
    set(r, "ada", e);
    weir_session *host = weir_session_open(r, NULL, NULL);
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    weir_slp_put_integer(b, 1);
    weir_slp_value one = weir_slp_root(weir_slp_finish(b, NULL));
    assert_int_equal(weir_subscribe(host, A, 1, hold, NULL), WEIR_DONE);
    for (int round = 0; round < 3; round++) {
        weir_session *s = enter(r, "ada", "shop"), *t = enter(r, "ada", "shop");
        int sent = 0;
        weir_a32_store(&gate, 0);
        while (weir_publish(sent % 2 ? s : t, A, 1, one, WEIR_FOREVER) == WEIR_DONE) sent++;
        assert_in_range(sent, ROOM / 256, ROOM / 16);
        expect_of(s, "(core/event/pub $CHANNEL_A 1 1)",
                  "@\"full: events of entity ada that wait may have 4096 bytes\"\n");
        assert_int_equal(weir_publish(host, A, 1, one, 0), WEIR_DONE);
        weir_session_close(s), weir_session_close(t);
        s = enter(r, "ada", "shop"); /* which does not begin anew */
        assert_int_equal(weir_publish(s, A, 1, one, 0), WEIR_FULL);
        weir_session_close(s);
        weir_a32_store_release(&gate, 1);
        weir_futex_wake(&gate, 1);
        assert_true(weir_runtime_quiet(r, WEIR_FOREVER));
    }
    weir_session *s = enter(r, "ada", "shop");
    weir_a32_store(&gate, 0);
    while (weir_publish(s, A, 1, one, WEIR_FOREVER) == WEIR_DONE) continue;
    e.event_bytes = 0;
    set(r, "ada", e);
    assert_int_equal(weir_publish(s, A, 1, one, 0), WEIR_DONE);
    weir_a32_store_release(&gate, 1);
    weir_futex_wake(&gate, 1);
    weir_slp_builder_free(b);
    weir_session_close(s);
    weir_session_close(host);
    assert_true(weir_runtime_close(r, NULL));
}

/* A change holds for open sessions when it returns: rights, subscriptions, rate. */
static void changed_while_open(void **state) {
    (void)state;
    weir_runtime *r = open_runtime(NULL, NULL);
    const weir_topic_rule five = {5, WEIR_PUBLISH | WEIR_SUBSCRIBE};
    set(r, "ada", (weir_entity){.scope = &shop_rw, .scopes = 1, .topic = &five, .topics = 1, .others = WEIR_SUBSCRIBE});
    weir_session *s = enter(r, "ada", "shop");
    expect_of(s,
              "(core/event/sub $CHANNEL_A 5 {1}) (core/event/sub $CHANNEL_A 6 {1}) (core/event/sub $CHANNEL_A 5 {2})",
              "true\ntrue\ntrue\n");
    set(r, "ada", (weir_entity){.scope = &shop_r, .scopes = 1, .topic = &five, .topics = 1});
    expect_begin_of(s, "(core/kv/set a 1)", "@\"denied: ");
    expect_of(s, "(core/event/unsub $CHANNEL_A 6) (core/event/unsub $CHANNEL_A 5)", "false\ntrue\n");
    set(r, "ada", (weir_entity){.scope = &shop_r, .scopes = 1, .others = WEIR_PUBLISH, .rate = 2});
    expect_of(s, "(core/event/pub $CHANNEL_B 1 1) (core/event/pub $CHANNEL_B 1 1) (core/event/pub $CHANNEL_B 1 1)",
              "true\ntrue\n@\"rate: more than 2 publishes within a second\"\n");
    set(r, "ada", (weir_entity){.scope = &shop_r, .scopes = 1, .others = WEIR_PUBLISH, .rate = 1});
    expect_of(s, "(core/event/pub $CHANNEL_B 1 1)", "@\"rate: more than 1 publishes within a second\"\n");
    weir_session *t = enter(r, "ada", "shop");
    expect_begin_of(t, "(core/event/pub $CHANNEL_B 1 1)", "@\"rate: "); /* its sessions share it */
    assert_true(weir_entity_delete(r, "ada", NULL));
    expect_of(s, "(core/kv/get a) (core/event/pub $CHANNEL_B 1 1) (core/expr/eval \"7\")",
              "@\"denied: core/kv/get needs the right to read\"\n@\"denied: no right to publish on topic 1\"\n7\n");
    refused(r, "ada", "shop", "entity ada: there is none of this name");
    set(r, "ada", (weir_entity){.scope = &shop_rw, .scopes = 1});
    expect_of(s, "(core/kv/set a 1)", "true\n");
    weir_session_close(s), weir_session_close(t);
    assert_false(weir_entity_delete(r, "nobody", NULL));
    assert_true(weir_runtime_close(r, NULL));
}

static void quotas(void **state) {
    (void)state;
    weir_runtime *r = open_runtime(NULL, NULL);
    const weir_scope_rule three = {"shop", WEIR_READ | WEIR_WRITE, 3, 0}, two = {"shop", WEIR_WRITE, 2, 1000};
    set(r, "ada", (weir_entity){.scope = &three, .scopes = 1});
    set(r, "bob", (weir_entity){.scope = &two, .scopes = 1});
    weir_session *s = enter(r, "ada", "shop");
    expect_of(s, "(core/kv/set a 1) (core/kv/set b 1) (core/kv/set c 1)",
              "true\ntrue\n@\"full: c: the scope would have more than 2 keys or 1000 bytes, its quota\"\n");
    assert_true(weir_entity_delete(r, "bob", NULL));
    expect_of(s, "(core/kv/set c 1) (core/kv/snx d 1) (core/kv/set a 2) (core/kv/del a) (core/kv/set d 1)",
              "true\n@\"full: d: the scope would have more than 3 keys, its quota\"\ntrue\ntrue\ntrue\n");
    set(r, "ada", (weir_entity){.scope = &shop_rw, .scopes = 1});
    expect_of(s, "(core/kv/set e 1)", "true\n");
    weir_session_close(s);
    assert_true(weir_runtime_close(r, NULL));
}

/* What cannot be is refused by its name, and nothing has changed. */
static void refusals(void **state) {
    (void)state;
    weir_runtime *r = open_runtime(NULL, NULL);
    char name[300];
    memset(name, 'n', sizeof name), name[256] = 0;
    const weir_scope_rule twice[] = {shop_rw, shop_r}, none = {"", 1, 0, 0}, odd = {"shop", 4, 0, 0};
    const weir_topic_rule far = {65536, 1}, topics[] = {{1, 1}, {1, 2}};
    const struct {
        const char *name, *says;
        weir_entity entity;
    } table[] = {
        {"", "the name of an entity has 1 to 255 bytes", {0}},
        {name, "the name of an entity has 1 to 255 bytes", {0}},
        {"a", "scope shop is there twice", {.scope = twice, .scopes = 2}},
        {"a", "scope 1: its name has 1 to 255 bytes", {.scope = &none, .scopes = 1}},
        {"a", "scope shop: no such rights, or a quota above 2^63 - 1", {.scope = &odd, .scopes = 1}},
        {"a", "topic 65536: is beyond 65535, has no such rights, or is there twice", {.topic = &far, .topics = 1}},
        {"a", "topic 1: is beyond 65535, has no such rights, or is there twice", {.topic = topics, .topics = 2}},
        {"a", "no such rights on other topics", {.others = 8}},
        {"a", "rate 1000001: at most 1000000", {.rate = 1000001}},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        weir_error error = {{0}};
        assert_false(weir_entity_set(r, table[i].name, &table[i].entity, &error));
        assert_string_equal(error.text, table[i].says);
    }
    assert_null(weir_entity_get(r, "a", NULL));
    refused(r, NULL, "", "the name of a scope has 1 to 255 bytes");
    refused(r, NULL, name, "the name of a scope has 1 to 255 bytes");
    assert_true(weir_runtime_close(r, NULL));
}

/* -- kept in the store --------------------------------------------------------------------------------------------- */

static bool gather(void *arg, const char *name, const weir_entity *e) {
    char *to = arg;
    sprintf(to + strlen(to), "%s %zu ", name, e ? e->topics : 999);
    return true;
}

static void kept_in(const char *store) {
    char dir[] = "/tmp/weir-entity-XXXXXX", line[64];
    assert_non_null(mkdtemp(dir));
    weir_runtime *r = open_runtime(store, dir);
    weir_topic_rule topic[100];
    for (uint32_t i = 0; i < 100; i++) topic[i] = (weir_topic_rule){i * 650, 1 + i % 3};
    const weir_scope_rule scope[] = {shop_r, {"with a blank \" and a quote", WEIR_WRITE, 77, 1ull << 40}};
    set(r, "ada", (weir_entity){scope, 2, topic, 100, WEIR_PUBLISH, 100, 3, 9, 1000, 65536});
    set(r, "bob", (weir_entity){0});
    assert_true(weir_runtime_close(r, NULL));

    r = open_runtime(store, dir);
    char all[100] = "";
    assert_true(weir_entity_list(r, gather, all, NULL));
    assert_string_equal(all, "ada 100 bob 0 ");
    weir_entity *e = weir_entity_get(r, "ada", NULL);
    assert_non_null(e);
    assert_int_equal(e->scopes, 2);
    assert_string_equal(e->scope[1].scope, scope[1].scope);
    assert_true(e->scope[1].rights == WEIR_WRITE && e->scope[1].keys == 77 && e->scope[1].bytes == 1ull << 40);
    assert_memory_equal(e->topic, topic, sizeof topic);
    assert_true(e->others == WEIR_PUBLISH && e->rate == 100 && e->sessions == 3 && e->subscriptions == 9 &&
                e->steps == 1000 && e->event_bytes == 65536);
    weir_entity_free(e);
    /* no scope is the tenant of the records */
    weir_session *s = enter(r, NULL, "entity");
    expect_of(s, "(core/kv/exists ada)", "false\n");
    weir_session_close(s);
    /* a damaged record says so, and can be set again */
    weir_kv_set(r->entities.records, WEIR_KV_TEXT("ada"), WEIR_KV_TEXT("nonsense"));
    refused(r, "ada", "shop", "entity ada: its record is damaged");
    *all = 0;
    assert_true(weir_entity_list(r, gather, all, NULL));
    assert_string_equal(all, "ada 999 bob 0 ");
    assert_true(weir_entity_delete(r, "ada", NULL));
    set(r, "ada", (weir_entity){scope, 2, NULL, 0, 0, 0, 0, 0, 0, 0});
    weir_session_close(enter(r, "ada", "shop"));
    assert_true(weir_runtime_close(r, NULL));
    snprintf(line, sizeof line, "rm -rf %s", dir);
    assert_int_equal(system(line), 0);
}

static void kept(void **state) {
    weir_kv *kv;
    (void)state;
    kept_in("wal");
    if (weir_kv_open(&(weir_kv_options){.store = "lmdb", .path = "/dev/null"}, &kv, NULL) != WEIR_KV_NOTSUP)
        kept_in("lmdb");
}

/* -- many at once -------------------------------------------------------------------------------------------------- */

enum { ROUNDS = 200, USERS = 3 };

static void ignore(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)arg, (void)channel, (void)topic, (void)v;
}

/* Each version of the entity allows one topic alone, and no other: a publish sees the one or the other. */
static void *use(void *arg) {
    weir_runtime *r = arg;
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    weir_slp_put_integer(b, 1);
    weir_slp_value one = weir_slp_root(weir_slp_finish(b, NULL));
    uintptr_t bad = 0;
    for (int i = 0; i < ROUNDS; i++) {
        weir_session *s = enter(r, "ada", "shop");
        for (int k = 0; k < 20; k++) {
            weir_answer one_is = weir_publish(s, A, 1, one, 0), two_is = weir_publish(s, A, 2, one, 0);
            bad += one_is != WEIR_DONE && one_is != WEIR_DENIED && one_is != WEIR_FULL;
            bad += two_is != WEIR_DONE && two_is != WEIR_DENIED && two_is != WEIR_FULL;
            weir_subscribe(s, A, 1 + (uint32_t)k % 2, ignore, NULL);
        }
        weir_session_close(s);
    }
    weir_slp_builder_free(b);
    return (void *)bad;
}

/* While rights change, a session never has more subscriptions than they allow when the change is over. */
static void races(void **state) {
    (void)state;
    weir_runtime *r = open_runtime(NULL, NULL);
    const weir_topic_rule one = {1, 3}, two = {2, 3};
    const weir_entity e[] = {{.scope = &shop_rw, .scopes = 1, .topic = &one, .topics = 1},
                             {.scope = &shop_rw, .scopes = 1, .topic = &two, .topics = 1}};
    set(r, "ada", e[0]);
    pthread_t user[USERS];
    weir_session *mine = enter(r, "ada", "shop");
    for (int i = 0; i < USERS; i++) assert_int_equal(pthread_create(&user[i], NULL, use, r), 0);
    for (int i = 0; i < ROUNDS; i++) {
        set(r, "ada", e[i % 2]);
        assert_int_equal(weir_subscribe(mine, A, 1 + (uint32_t)i % 2, ignore, NULL), WEIR_DONE);
        assert_int_equal(weir_subscribe(mine, A, 2 - (uint32_t)i % 2, ignore, NULL), WEIR_DENIED);
        assert_int_equal(weir_unsubscribe(mine, A, 2 - (uint32_t)i % 2), WEIR_NOT_THERE);
    }
    for (int i = 0; i < USERS; i++) {
        void *bad;
        pthread_join(user[i], &bad);
        assert_null(bad);
    }
    weir_session_close(mine);
    assert_true(weir_runtime_close(r, NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rights), cmocka_unit_test(places),   cmocka_unit_test(changed_while_open),
        cmocka_unit_test(quotas), cmocka_unit_test(refusals), cmocka_unit_test(kept),
        cmocka_unit_test(races),  cmocka_unit_test(steps),    cmocka_unit_test(event_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
