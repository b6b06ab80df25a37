/* Watches: what they are told, in what order, and what is lost; on every store, once a variant. */
#include "kv/kv_test_p.h"

static void assert_event(weir_kv_watch *w, weir_kv_change change, const char *key, const char *value) {
    weir_kv_event e;
    OK(weir_kv_watch_next(w, 0, &e));
    assert_int_equal(e.change, change);
    if (key) assert_int_equal(e.key.size, strlen(key)), assert_memory_equal(e.key.at, key, e.key.size);
    if (value) assert_int_equal(e.value.size, strlen(value)), assert_memory_equal(e.value.at, value, e.value.size);
}

static void assert_no_event(weir_kv_watch *w) {
    weir_kv_event e;
    ANSWERS(weir_kv_watch_next(w, weir_now_ns() + 1000, &e), WEIR_KV_TIMEOUT);
}

static void assert_lost(weir_kv_watch *w, uint64_t n) {
    weir_kv_event e;
    OK(weir_kv_watch_next(w, 0, &e));
    assert_int_equal(e.change, WEIR_KV_LOST);
    assert_int_equal(e.lost, n);
}

static void watches(void **state) {
    weir_kv *kv = *state;
    weir_kv_tenant *t;
    weir_kv_watch *all, *users;
    weir_kv_op op[] = {OP(SET, "user:1", "b"), OP(SET, "other", ""), OP(DEL, "user:1", "")};
    weir_kv_op refused[] = {OP(SET, "user:3", ""), OP(DEL, "nothing", "")};
    if (is("lmdb")) {
        ANSWERS(weir_kv_watch_open(weir_kv_root(kv), text(""), 1, &all), WEIR_KV_NOTSUP);
        return;
    }
    OK(weir_kv_tenant_create(kv, text("t"), NULL, &t));
    OK(weir_kv_set(t, text("user:0"), text("before")));
    ANSWERS(weir_kv_watch_open(t, text(""), 0, &all), WEIR_KV_BAD);
    ANSWERS(weir_kv_watch_open(t, text(""), (1 << 20) + 1, &all), WEIR_KV_BAD);
    OK(weir_kv_watch_open(t, text(""), 16, &all));
    OK(weir_kv_watch_open(t, text("user:"), 2, &users));
    assert_no_event(all);
    OK(weir_kv_set(t, text("user:0"), text("1")));
    ANSWERS(weir_kv_snx(t, text("user:0"), text("2")), WEIR_KV_NO);
    OK(weir_kv_del(t, text("user:0")));
    assert_event(users, WEIR_KV_WAS_SET, "user:0", "1");
    assert_event(users, WEIR_KV_WAS_DELETED, "user:0", NULL);
    assert_no_event(users);
    OK(weir_kv_batch(t, op, 3, NULL, NULL, NULL));
    ANSWERS(weir_kv_batch(t, refused, 2, NULL, NULL, NULL), WEIR_KV_NO);
    assert_event(all, WEIR_KV_WAS_SET, "user:0", "1");
    assert_event(all, WEIR_KV_WAS_DELETED, "user:0", NULL);
    assert_event(all, WEIR_KV_WAS_SET, "user:1", "b");
    assert_event(all, WEIR_KV_WAS_SET, "other", "");
    assert_event(all, WEIR_KV_WAS_DELETED, "user:1", NULL);
    assert_no_event(all);
    for (int i = 0; i < 5; i++) OK(weir_kv_set(t, text("user:9"), text("x"))); /* 2 wait already: 5 are lost */
    assert_event(users, WEIR_KV_WAS_SET, "user:1", "b");
    OK(weir_kv_set(t, text("user:9"), text("y")));
    assert_event(users, WEIR_KV_WAS_DELETED, "user:1", NULL);
    assert_lost(users, 5);
    assert_event(users, WEIR_KV_WAS_SET, "user:9", "y");
    for (int i = 0; i < 3; i++) OK(weir_kv_set(t, text("user:9"), text("z")));
    OK(weir_kv_tenant_drop(kv, text("t")));
    assert_event(users, WEIR_KV_WAS_SET, "user:9", "z");
    assert_event(users, WEIR_KV_WAS_SET, "user:9", "z");
    assert_lost(users, 1);
    assert_event(users, WEIR_KV_TENANT_DROPPED, NULL, NULL);
    assert_event(users, WEIR_KV_TENANT_DROPPED, NULL, NULL);
    weir_kv_watch_close(users);
    weir_kv_watch_close(all); /* with events in it */
    weir_kv_watch_close(NULL);
    weir_kv_tenant_close(t);
}

static void *set_soon(void *t) {
    usleep(2000);
    return (void *)(uintptr_t)weir_kv_set(t, text("k"), text("v"));
}

static void a_watch_is_waited_for(void **state) {
    weir_kv_tenant *t = weir_kv_root(*state);
    weir_kv_watch *w;
    weir_kv_event e;
    if (is("lmdb")) skip();
    OK(weir_kv_watch_open(t, text("k"), 1, &w));
    pthread_t thread = weir_test_thread(set_soon, t);
    OK(weir_kv_watch_next(w, WEIR_FOREVER, &e));
    assert_memory_equal(e.value.at, "v", 1);
    pthread_join(thread, NULL);
    weir_kv_watch_close(w);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(watches),
        TEST(a_watch_is_waited_for),
    };
    return weir_test_every_store(tests);
}
