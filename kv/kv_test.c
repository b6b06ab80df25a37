/* Every function of kv.h on the store in memory, each answer and the state it leaves; once a variant. */
#include "prims/test_p.h"

#include <stdio.h>

#include "kv/kv.h"
#include "prims/variant.h"

static weir_kv_bytes text(const char *s) { return weir_kv_bytes_of(s, strlen(s)); }

static weir_kv *open_store(void) {
    weir_kv_options o = {.variant = WEIR_STRING(WEIR_KV), .store = "memory"};
    weir_kv_error error;
    weir_kv *kv;
    if (weir_kv_open(&o, &kv, &error) != WEIR_KV_OK) fail_msg("%s", error.text);
    return kv;
}

static int set_up(void **state) {
    *state = open_store();
    return 0;
}

static int tear_down(void **state) { return weir_kv_close(*state) != WEIR_KV_OK; }

static void assert_value(weir_kv_tenant *t, const char *key, const char *value) {
    char buffer[64];
    size_t size;
    assert_int_equal(weir_kv_copy(t, text(key), buffer, sizeof buffer, &size), WEIR_KV_OK);
    assert_int_equal(size, strlen(value));
    assert_memory_equal(buffer, value, size);
}

#define OK(call) assert_int_equal(call, WEIR_KV_OK)
#define ANSWERS(call, status) assert_int_equal(call, status)

/* -- one key -------------------------------------------------------------------------------------------------------- */

static void names(void **state) {
    weir_kv *kv = *state;
    assert_string_equal(weir_kv_variant(kv), WEIR_STRING(WEIR_KV));
    assert_string_equal(weir_kv_store(kv), "memory");
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

/* -- ranges ----------------------------------------------------------------------------------------------------------- */

typedef struct seen {
    char text[4096];
    unsigned n, most; /* stops after most; 0: never */
} seen;

static bool see(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    seen *s = arg;
    size_t at = strlen(s->text);
    snprintf(s->text + at, sizeof s->text - at, "%.*s=%.*s ", (int)key.size, (const char *)key.at, (int)value.size,
             (const char *)value.at);
    return ++s->n != s->most;
}

static void fill(weir_kv_tenant *t) {
    static const char *const keys[] = {"b", "user:1", "user:12", "user:", "a", "user:2", "v", "user:123"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        OK(weir_kv_set(t, text(keys[i]), text(keys[i] + strlen(keys[i]) - 1)));
}

static void iterate(void **state) {
    weir_kv_tenant *t = weir_kv_root(*state);
    fill(t);
    seen all = {0}, page = {0}, two = {.most = 2}, none = {0};
    OK(weir_kv_iterate(t, text(""), 0, 0, see, &all));
    assert_string_equal(all.text, "a=a b=b user:=: user:1=1 user:12=2 user:123=3 user:2=2 v=v ");
    OK(weir_kv_iterate(t, text("user:"), 1, 3, see, &page));
    assert_string_equal(page.text, "user:1=1 user:12=2 user:123=3 ");
    OK(weir_kv_iterate(t, text("user:1"), 0, 0, see, &two));
    assert_string_equal(two.text, "user:1=1 user:12=2 ");
    OK(weir_kv_iterate(t, text("user:1"), 3, 0, see, &none));
    OK(weir_kv_iterate(t, text("x"), 0, 0, see, &none));
    assert_int_equal(none.n, 0);
}

static void scan_by_pages(void **state) {
    weir_kv_tenant *t = weir_kv_root(*state);
    weir_kv_pair pair[2];
    weir_kv_range range = {.prefix = text("user:")};
    char last[16];
    weir_kv_bytes after;
    size_t got, n = 0;
    fill(t);
    do {
        weir_kv_read_begin(*state);
        OK(weir_kv_scan(t, &range, pair, 2, &got));
        n += got;
        if (got) {
            memcpy(last, pair[got - 1].key.at, pair[got - 1].key.size);
            after = weir_kv_bytes_of(last, pair[got - 1].key.size);
            range.after = &after;
        }
        weir_kv_read_end(*state);
    } while (got == 2);
    assert_int_equal(n, 5);
    range = (weir_kv_range){.prefix = text(""), .skip = 7};
    weir_kv_read_begin(*state);
    OK(weir_kv_scan(t, &range, pair, 2, &got));
    assert_int_equal(got, 1);
    assert_memory_equal(pair[0].key.at, "v", 1);
    weir_kv_read_end(*state);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(names),   TEST(set_get_del),   TEST(snx_cas), TEST(empty_key_and_value_and_long_ones),
        TEST(iterate), TEST(scan_by_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
