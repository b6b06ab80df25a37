/* Tenants, what outlives them, and their quotas; on every store, once a variant. */
#include "kv/kv_test_p.h"

/* -- tenants ------------------------------------------------------------------------------------------------------- */

static bool see_name(void *arg, weir_kv_bytes name) { return see(arg, name, text("")); }

static void tenants(void **state) {
    weir_kv *kv = *state;
    weir_kv_tenant *a, *b, *again, *other;
    seen all = {0}, two = {.most = 2};
    char longest[WEIR_KV_NAME_MAX + 1] = "";
    memset(longest, 'n', sizeof longest);
    OK(weir_kv_tenant_create(kv, text("b"), NULL, &b));
    OK(weir_kv_tenant_create(kv, text("a"), NULL, &a));
    ANSWERS(weir_kv_tenant_create(kv, text("a"), NULL, &other), WEIR_KV_PRESENT);
    ANSWERS(weir_kv_tenant_create(kv, text(""), NULL, &other), WEIR_KV_PRESENT);
    ANSWERS(weir_kv_tenant_create(kv, weir_kv_bytes_of(longest, sizeof longest), NULL, &other), WEIR_KV_KEY_LONG);
    ANSWERS(weir_kv_tenant_open(kv, weir_kv_bytes_of(longest, sizeof longest), &other), WEIR_KV_ABSENT);
    ANSWERS(weir_kv_tenant_open(kv, text("c"), &other), WEIR_KV_ABSENT);
    OK(weir_kv_tenant_open(kv, text("a"), &again));
    OK(weir_kv_set(a, text("k"), text("of a")));
    OK(weir_kv_set(b, text("k"), text("of b")));
    assert_value(again, "k", "of a");
    assert_value(b, "k", "of b");
    ANSWERS(weir_kv_exists(weir_kv_root(kv), text("k")), WEIR_KV_NO);
    OK(weir_kv_tenants(kv, see_name, &all));
    assert_string_equal(all.text, "= a= b= ");
    OK(weir_kv_tenants(kv, see_name, &two));
    assert_string_equal(two.text, "= a= ");
    OK(weir_kv_tenant_open(kv, text(""), &other));
    assert_ptr_equal(other, weir_kv_root(kv));
    weir_kv_tenant_close(other);
    OK(weir_kv_tenant_create(kv, weir_kv_bytes_of(longest, WEIR_KV_NAME_MAX), NULL, &other));
    weir_kv_tenant_close(other);
    weir_kv_tenant_close(NULL);
    weir_kv_tenant_close(a);
    weir_kv_tenant_close(b);
    weir_kv_tenant_close(again);
}

static void everything_answers_dropped(weir_kv *kv, weir_kv_tenant *t) {
    weir_kv_op op[2] = {{.verb = WEIR_KV_SET, .key = text("x")}, {.verb = WEIR_KV_SET, .key = text("y")}};
    weir_kv_range all = {0};
    weir_kv_bytes key = text("k"), value = {NULL, 7};
    weir_kv_pair pair;
    weir_kv_value *taken;
    weir_kv_usage usage;
    weir_kv_snapshot *s;
    weir_kv_watch *w;
    seen none = {0};
    size_t n;
    ANSWERS(weir_kv_set(t, key, key), WEIR_KV_DROPPED);
    ANSWERS(weir_kv_del(t, key), WEIR_KV_DROPPED);
    ANSWERS(weir_kv_batch(t, op, 2, NULL, NULL, &n), WEIR_KV_DROPPED);
    ANSWERS(weir_kv_exists(t, key), WEIR_KV_DROPPED);
    ANSWERS(weir_kv_take(t, key, &taken), WEIR_KV_DROPPED);
    ANSWERS(weir_kv_iterate(t, text(""), 0, 0, see, &none), WEIR_KV_DROPPED);
    ANSWERS(weir_kv_tenant_usage(t, &usage), WEIR_KV_DROPPED);
    ANSWERS(weir_kv_tenant_limit(t, NULL), WEIR_KV_DROPPED);
    weir_kv_status snapshot = weir_kv_snapshot_open(t, &s);
    assert_true(snapshot == WEIR_KV_DROPPED || (snapshot == WEIR_KV_NOTSUP && !is("lmdb")));
    ANSWERS(weir_kv_watch_open(t, text(""), 1, &w), WEIR_KV_DROPPED);
    weir_kv_read_begin(kv);
    ANSWERS(weir_kv_multiget(t, 1, &key, &value, &n), WEIR_KV_DROPPED);
    ANSWERS(weir_kv_scan(t, &all, &pair, 1, &n), WEIR_KV_DROPPED);
    weir_kv_read_end(kv);
}

static void a_dropped_tenant(void **state) {
    weir_kv *kv = *state;
    weir_kv_tenant *t, *again;
    OK(weir_kv_tenant_create(kv, text("t"), NULL, &t));
    OK(weir_kv_set(t, text("k"), text("v")));
    ANSWERS(weir_kv_tenant_drop(kv, text("")), WEIR_KV_BAD);
    ANSWERS(weir_kv_tenant_drop(kv, text("u")), WEIR_KV_ABSENT);
    OK(weir_kv_tenant_drop(kv, text("t")));
    ANSWERS(weir_kv_tenant_drop(kv, text("t")), WEIR_KV_ABSENT);
    everything_answers_dropped(kv, t);
    ANSWERS(weir_kv_tenant_open(kv, text("t"), &again), WEIR_KV_ABSENT);
    OK(weir_kv_tenant_create(kv, text("t"), NULL, &again));
    ANSWERS(weir_kv_exists(again, text("k")), WEIR_KV_NO);
    everything_answers_dropped(kv, t);
    weir_kv_tenant_close(again);
    /* t is left to close */
}

static void *drop_t(void *kv) { return (void *)(uintptr_t)weir_kv_tenant_drop(kv, text("t")); }

static void what_was_borrowed_outlives_its_tenant(void **state) {
    weir_kv *kv = *state;
    weir_kv_tenant *t;
    weir_kv_bytes value;
    weir_kv_value *taken;
    OK(weir_kv_tenant_create(kv, text("t"), NULL, &t));
    OK(weir_kv_set(t, text("k"), text("borrowed")));
    OK(weir_kv_take(t, text("k"), &taken));
    weir_kv_read_begin(kv);
    OK(weir_kv_get(t, text("k"), &value));
    pthread_join(weir_test_thread(drop_t, kv), NULL);
    assert_memory_equal(value.at, "borrowed", 8);
    ANSWERS(weir_kv_get(t, text("k"), &value), WEIR_KV_DROPPED);
    weir_kv_read_end(kv);
    assert_memory_equal(weir_kv_value_bytes(taken).at, "borrowed", 8);
    weir_kv_value_release(kv, taken);
    weir_kv_tenant_close(t);
}

static void dropping_gives_memory_back(void **state) {
    weir_kv *kv = *state;
    weir_kv_stats before, with, after;
    weir_kv_tenant *t;
    if (is("lmdb")) skip(); /* nothing of it is in memory */
    weir_kv_stats_read(kv, &before);
    OK(weir_kv_tenant_create(kv, text("t"), NULL, &t));
    for (int i = 0; i < 1000; i++) {
        char key[16];
        snprintf(key, sizeof key, "key %d", i);
        OK(weir_kv_set(t, text(key), text(key)));
    }
    weir_kv_stats_read(kv, &with);
    assert_true(with.memory > before.memory + 1000 * 24);
    OK(weir_kv_tenant_drop(kv, text("t"))); /* the handle stays */
    weir_kv_idle_begin();
    for (int i = 0; i < 10000; i++) {
        weir_kv_stats_read(kv, &after);
        if (after.memory < with.memory - 1000 * 24) break;
        weir_kv_idle_begin();
        usleep(1000);
        weir_kv_idle_end();
    }
    weir_kv_idle_end();
    assert_true(after.memory < with.memory - 1000 * 24);
    weir_kv_tenant_close(t);
}

/* -- quotas -------------------------------------------------------------------------------------------------------- */

static void usage_and_quota(void **state) {
    weir_kv_tenant *t = weir_kv_root(*state);
    weir_kv_usage usage;
    OK(weir_kv_set(t, text("aa"), text("111")));
    OK(weir_kv_set(t, text("bb"), text("")));
    assert_usage(t, 2, 7);
    OK(weir_kv_tenant_limit(t, &(weir_kv_quota){.keys = 3, .bytes = 12}));
    assert_usage(t, 2, 7);
    OK(weir_kv_set(t, text("c"), text("1234")));
    assert_usage(t, 3, 12);
    ANSWERS(weir_kv_set(t, text("d"), text("")), WEIR_KV_QUOTA);
    ANSWERS(weir_kv_snx(t, text("d"), text("")), WEIR_KV_QUOTA);
    ANSWERS(weir_kv_snx(t, text("c"), text("12345678")), WEIR_KV_NO);
    ANSWERS(weir_kv_cas(t, text("c"), text("1234"), text("12345")), WEIR_KV_QUOTA);
    assert_value(t, "c", "1234");
    OK(weir_kv_cas(t, text("c"), text("1234"), text("1")));
    ANSWERS(weir_kv_set(t, text("c"), text("12345")), WEIR_KV_QUOTA);
    OK(weir_kv_del(t, text("aa")));
    assert_usage(t, 2, 4);
    OK(weir_kv_tenant_limit(t, &(weir_kv_quota){.keys = 1})); /* takes nothing away */
    assert_usage(t, 2, 4);
    OK(weir_kv_set(t, text("c"), text("123456789")));
    ANSWERS(weir_kv_set(t, text("e"), text("")), WEIR_KV_QUOTA);
    OK(weir_kv_tenant_usage(t, &usage));
    assert_int_equal(usage.quota.keys, 1);
    assert_int_equal(usage.quota.bytes, 0);
    OK(weir_kv_tenant_limit(t, NULL));
    OK(weir_kv_set(t, text("e"), text("")));
    assert_usage(t, 3, 13);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(tenants),
        TEST(a_dropped_tenant),
        TEST(what_was_borrowed_outlives_its_tenant),
        TEST(dropping_gives_memory_back),
        TEST(usage_and_quota),
    };
    return weir_test_every_store(tests);
}
