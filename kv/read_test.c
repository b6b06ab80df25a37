/* Ranges, many keys at once, values kept, and what callbacks may do; on every store, once a variant. */
#include "kv/kv_test_p.h"

/* -- ranges -------------------------------------------------------------------------------------------------------- */

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

/* -- many at once, and values kept --------------------------------------------------------------------------------- */

enum { MANY = 100 };

static void multiget(void **state) {
    weir_kv_tenant *t = weir_kv_root(*state);
    weir_kv_bytes key[MANY], value[MANY];
    char name[MANY][8];
    size_t found;
    for (int i = 0; i < MANY; i++) {
        snprintf(name[i], sizeof name[i], "k%d", i);
        key[i] = text(name[i]);
        if (i % 3) OK(weir_kv_set(t, key[i], i % 3 == 1 ? key[i] : text("")));
    }
    weir_kv_read_begin(*state);
    OK(weir_kv_multiget(t, MANY, key, value, &found));
    assert_int_equal(found, MANY - (MANY + 2) / 3);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(value[i].at != NULL, i % 3 != 0);
        assert_int_equal(value[i].size, i % 3 == 1 ? key[i].size : 0);
        if (value[i].size) assert_memory_equal(value[i].at, name[i], value[i].size);
    }
    OK(weir_kv_multiget(t, 0, NULL, NULL, &found));
    assert_int_equal(found, 0);
    weir_kv_read_end(*state);
}

static void a_value_taken_outlives_its_key(void **state) {
    weir_kv *kv = *state;
    weir_kv_tenant *t = weir_kv_root(kv);
    weir_kv_value *value = NULL;
    ANSWERS(weir_kv_take(t, text("a"), &value), WEIR_KV_NO);
    OK(weir_kv_set(t, text("a"), text("kept")));
    OK(weir_kv_take(t, text("a"), &value));
    assert_ptr_equal(weir_kv_value_retain(value), value);
    OK(weir_kv_del(t, text("a")));
    weir_kv_value_release(kv, value);
    assert_memory_equal(weir_kv_value_bytes(value).at, "kept", 4);
    weir_kv_value_release(kv, value);
    weir_kv_value_release(kv, NULL);
}

static void a_copy_tells_the_size_it_would_need(void **state) {
    weir_kv_tenant *t = weir_kv_root(*state);
    char two[2] = "..";
    size_t size = 0;
    OK(weir_kv_set(t, text("a"), text("long")));
    OK(weir_kv_copy(t, text("a"), two, 2, &size));
    assert_int_equal(size, 4);
    assert_memory_equal(two, "lo", 2);
    OK(weir_kv_copy(t, text("a"), NULL, 0, &size));
    ANSWERS(weir_kv_copy(t, text("b"), two, 2, &size), WEIR_KV_NO);
}

static void *change_a(void *t) { return (void *)(uintptr_t)weir_kv_set(t, text("a"), text("new")); }

/* What was borrowed in a section stays what it was. */
static void a_borrowed_value_stays(void **state) {
    weir_kv *kv = *state;
    weir_kv_tenant *t = weir_kv_root(kv);
    weir_kv_bytes value;
    pthread_t thread;
    OK(weir_kv_set(t, text("a"), text("old")));
    weir_kv_read_begin(kv);
    OK(weir_kv_get(t, text("a"), &value));
    weir_kv_read_begin(kv); /* nested */
    weir_kv_read_end(kv);
    thread = weir_test_thread(change_a, t);
    pthread_join(thread, NULL);
    assert_memory_equal(value.at, "old", 3);
    OK(weir_kv_get(t, text("a"), &value));
    assert_memory_equal(value.at, "new", 3);
    weir_kv_read_end(kv);
}

/* -- iterate and its callback -------------------------------------------------------------------------------------- */

typedef struct meddler {
    weir_kv *kv;
    weir_kv_tenant *t;
    unsigned seen;
    bool drops;
} meddler;

static bool meddle(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    meddler *m = arg;
    char copy[16];
    assert_true(key.size < sizeof copy);
    memcpy(copy, key.at, key.size);
    if (m->drops) {
        if (m->seen == 0) OK(weir_kv_tenant_drop(m->kv, text("meddled")));
    } else {
        OK(weir_kv_del(m->t, key));
        OK(weir_kv_set(m->t, text("0 before all"), text("")));
    }
    assert_memory_equal(key.at, copy, key.size);
    assert_memory_equal(value.at, copy, value.size);
    m->seen++;
    return true;
}

static weir_kv_tenant *meddled(weir_kv *kv) {
    weir_kv_tenant *t;
    OK(weir_kv_tenant_create(kv, text("meddled"), NULL, &t));
    for (int i = 0; i < MANY; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%02d", i);
        OK(weir_kv_set(t, text(key), text(key)));
    }
    return t;
}

static void a_callback_deletes_what_it_sees(void **state) {
    meddler m = {.kv = *state, .t = meddled(*state)};
    weir_kv_usage usage;
    OK(weir_kv_iterate(m.t, text("k"), 0, 0, meddle, &m));
    assert_int_equal(m.seen, MANY);
    OK(weir_kv_tenant_usage(m.t, &usage));
    assert_int_equal(usage.keys, 1);
    weir_kv_tenant_close(m.t);
}

static void a_callback_drops_the_tenant(void **state) {
    meddler m = {.kv = *state, .t = meddled(*state), .drops = true};
    ANSWERS(weir_kv_iterate(m.t, text("k"), 0, 0, meddle, &m), WEIR_KV_DROPPED);
    assert_true(m.seen > 0 && m.seen < MANY);
    weir_kv_tenant_close(m.t);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(iterate),
        TEST(scan_by_pages),
        TEST(multiget),
        TEST(a_value_taken_outlives_its_key),
        TEST(a_copy_tells_the_size_it_would_need),
        TEST(a_borrowed_value_stays),
        TEST(a_callback_deletes_what_it_sees),
        TEST(a_callback_drops_the_tenant),
    };
    return weir_test_every_store(tests);
}
