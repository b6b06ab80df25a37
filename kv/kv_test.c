/* One key at a time, opening, the budget of what is retired, levels; on every store, once a variant. */
#include "kv/kv_test_p.h"

/* -- one key ------------------------------------------------------------------------------------------------------- */

static void names(void **state) {
    weir_kv *kv = *state;
    assert_string_equal(weir_kv_variant(kv), is("lmdb") ? "btree" : WEIR_STRING(WEIR_KV));
    assert_string_equal(weir_kv_store(kv), weir_test_store);
    OK(weir_kv_fault(kv, NULL));
}

static void set_get_del(void **state) {
    weir_kv_tenant *t = weir_kv_root(*state);
    weir_kv_bytes value = {NULL, 7};
    OK(weir_kv_set(t, text("a"), text("1")));
    assert_value(t, "a", "1");
    OK(weir_kv_set(t, text("a"), text("two")));
    assert_value(t, "a", "two");
    OK(weir_kv_exists(t, text("a")));
    OK(weir_kv_del(t, text("a")));
    ANSWERS(weir_kv_del(t, text("a")), WEIR_KV_NO);
    ANSWERS(weir_kv_exists(t, text("a")), WEIR_KV_NO);
    weir_kv_read_begin(*state);
    ANSWERS(weir_kv_get(t, text("a"), &value), WEIR_KV_NO);
    weir_kv_read_end(*state);
    assert_int_equal(value.size, 7); /* untouched */
}

static void snx_cas(void **state) {
    weir_kv_tenant *t = weir_kv_root(*state);
    ANSWERS(weir_kv_cas(t, text("a"), text(""), text("1")), WEIR_KV_NO);
    OK(weir_kv_snx(t, text("a"), text("1")));
    ANSWERS(weir_kv_snx(t, text("a"), text("2")), WEIR_KV_NO);
    assert_value(t, "a", "1");
    ANSWERS(weir_kv_cas(t, text("a"), text("2"), text("3")), WEIR_KV_NO);
    ANSWERS(weir_kv_cas(t, text("a"), text("11"), text("3")), WEIR_KV_NO);
    OK(weir_kv_cas(t, text("a"), text("1"), text("")));
    assert_value(t, "a", "");
    OK(weir_kv_cas(t, text("a"), text(""), text("4")));
    assert_value(t, "a", "4");
}

static void empty_key_and_value_and_long_ones(void **state) {
    weir_kv_tenant *t = weir_kv_root(*state);
    char *big = test_calloc(WEIR_KV_KEY_MAX + 1, 1);
    weir_kv_bytes nothing = {NULL, 0}, longest = weir_kv_bytes_of(big, WEIR_KV_KEY_MAX),
                  longer = weir_kv_bytes_of(big, WEIR_KV_KEY_MAX + 1), value;
    OK(weir_kv_set(t, nothing, nothing));
    OK(weir_kv_set(t, longest, longest));
    weir_kv_read_begin(*state);
    OK(weir_kv_get(t, nothing, &value));
    assert_non_null(value.at);
    assert_int_equal(value.size, 0);
    OK(weir_kv_get(t, longest, &value));
    assert_int_equal(value.size, WEIR_KV_KEY_MAX);
    ANSWERS(weir_kv_get(t, longer, &value), WEIR_KV_KEY_LONG);
    weir_kv_read_end(*state);
    ANSWERS(weir_kv_set(t, longer, nothing), WEIR_KV_KEY_LONG);
    ANSWERS(weir_kv_del(t, longer), WEIR_KV_KEY_LONG);
    OK(weir_kv_del(t, nothing));
    OK(weir_kv_del(t, longest));
    test_free(big);
}

/* -- opening ------------------------------------------------------------------------------------------------------- */

static void options_that_cannot_be(void **state) {
    const struct {
        weir_kv_options o;
        const char *says;
    } bad[] = {
        {{.variant = "nonsense"}, "nonsense"},
        {{.store = "nonsense"}, "nonsense"},
        {{.value_max = ((size_t)1 << 30) + 1}, "value_max"},
        {{.level = (weir_kv_level)3, .level_given = true}, "level"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        weir_kv *kv = NULL;
        weir_kv_error error = {0};
        weir_kv_options o = bad[i].o, good = weir_test_store_options();
        if (!o.variant) o.variant = good.variant;
        if (!o.store) o.store = good.store;
        o.path = good.path;
        ANSWERS(weir_kv_open(&o, &kv, &error), WEIR_KV_BAD);
        ANSWERS(error.status, WEIR_KV_BAD);
        if (!strstr(error.text, bad[i].says)) fail_msg("%s", error.text);
        assert_null(kv);
        ANSWERS(weir_kv_open(&o, &kv, NULL), WEIR_KV_BAD);
    }
    OK(weir_kv_close(NULL));
    weir_test_store_remove();
}

static void value_max_counts(void **state) {
    weir_kv_options o = weir_test_store_options();
    weir_kv *kv;
    (void)state;
    o.value_max = 3;
    o.huge_pages = true;
    OK(weir_kv_open(&o, &kv, NULL));
    weir_kv_tenant *t = weir_kv_root(kv);
    OK(weir_kv_set(t, text("a"), text("123")));
    ANSWERS(weir_kv_set(t, text("a"), text("1234")), WEIR_KV_VALUE_LONG);
    ANSWERS(weir_kv_cas(t, text("a"), text("123"), text("1234")), WEIR_KV_VALUE_LONG);
    assert_value(t, "a", "123");
    OK(weir_kv_close(kv));
    weir_test_store_remove();
}

static void read_only_refuses_every_write(void **state) {
    weir_kv_options o = weir_test_store_options();
    weir_kv_op op = {.verb = WEIR_KV_SET, .key = text("a"), .value = text("1")};
    weir_kv_tenant *made;
    weir_kv *kv;
    (void)state;
    OK(weir_kv_open(&o, &kv, NULL));
    OK(weir_kv_close(kv));
    o.read_only = true;
    OK(weir_kv_open(&o, &kv, NULL));
    weir_kv_tenant *t = weir_kv_root(kv);
    ANSWERS(weir_kv_set(t, text("a"), text("1")), WEIR_KV_READONLY);
    ANSWERS(weir_kv_del(t, text("a")), WEIR_KV_READONLY);
    ANSWERS(weir_kv_batch(t, &op, 1, NULL, NULL, NULL), WEIR_KV_READONLY);
    ANSWERS(weir_kv_tenant_create(kv, text("t"), NULL, &made), WEIR_KV_READONLY);
    ANSWERS(weir_kv_tenant_drop(kv, text("t")), WEIR_KV_READONLY);
    ANSWERS(weir_kv_tenant_limit(t, NULL), WEIR_KV_READONLY);
    ANSWERS(weir_kv_compact(kv), WEIR_KV_READONLY);
    ANSWERS(weir_kv_exists(t, text("a")), WEIR_KV_NO);
    OK(weir_kv_close(kv));
    weir_test_store_remove();
}

/* -- the budget ---------------------------------------------------------------------------------------------------- */

/* A reader holds up reclamation: a write that would exceed the budget is refused, and then nothing has changed. */
static void *write_until_full(void *kv) {
    weir_kv_tenant *t = weir_kv_root(kv);
    char value[1000] = {0};
    for (int i = 0; i < 10000; i++) {
        weir_kv_status st = weir_kv_set(t, text("k"), weir_kv_bytes_of(value, sizeof value));
        if (st == WEIR_KV_FULL) st = weir_kv_set(t, text("other"), text("1"));
        if (st != WEIR_KV_OK) return (void *)(uintptr_t)st;
    }
    return NULL;
}

static void too_much_is_retired(void **state) {
    weir_kv_options o = weir_test_store_options();
    weir_kv_stats stats;
    weir_kv *kv;
    void *answer;
    (void)state;
    if (is("lmdb")) skip();
    o.retired_max = 256 << 10;
    o.full_after_ns = 1000000;
    OK(weir_kv_open(&o, &kv, NULL));
    weir_kv_read_begin(kv);
    pthread_join(weir_test_thread(write_until_full, kv), &answer);
    weir_kv_stats_read(kv, &stats);
    weir_kv_read_end(kv);
    ANSWERS((uintptr_t)answer, WEIR_KV_FULL);
    assert_true(stats.fulls > 0);
    assert_int_equal(stats.retired_max, 256 << 10);
    assert_true(stats.retired < 2 * stats.retired_max);
    ANSWERS(weir_kv_exists(weir_kv_root(kv), text("other")), WEIR_KV_NO);
    assert_usage(weir_kv_root(kv), 1, 1001);
    weir_kv_status st; /* there is room again, sooner or later */
    while ((st = weir_kv_set(weir_kv_root(kv), text("other"), text("1"))) == WEIR_KV_FULL) {}
    OK(st);
    OK(weir_kv_close(kv));
    weir_test_store_remove();
}

/* -- levels, of which memory knows one ----------------------------------------------------------------------------- */

static void levels(void **state) {
    weir_kv *kv = *state;
    weir_kv_tenant *t = weir_kv_root(kv);
    weir_kv_write how = {.level = WEIR_KV_DISK, .later = true}, no = {.level = (weir_kv_level)3};
    weir_kv_op op = OP(SET, "a", "1");
    uint64_t position = 7;
    weir_kv_stats stats;
    OK(weir_kv_apply(t, &op, &how, &position));
    assert_int_equal(position == 0, is("memory"));
    OK(weir_kv_wait(kv, position, WEIR_KV_DISK, is("memory") ? 0 : WEIR_FOREVER));
    assert_value(t, "a", "1");
    OK(weir_kv_sync(kv, WEIR_KV_DISK));
    OK(weir_kv_compact(kv));
    ANSWERS(weir_kv_apply(t, &op, &no, NULL), WEIR_KV_BAD);
    ANSWERS(weir_kv_wait(kv, 0, (weir_kv_level)3, 0), WEIR_KV_BAD);
    ANSWERS(weir_kv_wait(kv, UINT64_MAX, WEIR_KV_DISK, 0), WEIR_KV_BAD);
    ANSWERS(weir_kv_sync(kv, (weir_kv_level)3), WEIR_KV_BAD);
    weir_kv_stats_read(kv, &stats);
    assert_true(stats.memory > 0 || is("lmdb"));
    assert_int_equal(stats.retired_max, 8 << 20);
    weir_kv_idle_begin();
    weir_kv_idle_end();
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(names),
        TEST(set_get_del),
        TEST(snx_cas),
        TEST(empty_key_and_value_and_long_ones),
        cmocka_unit_test(options_that_cannot_be),
        cmocka_unit_test(value_max_counts),
        cmocka_unit_test(read_only_refuses_every_write),
        cmocka_unit_test(too_much_is_retired),
        TEST(levels),
    };
    return weir_test_every_store(tests);
}
