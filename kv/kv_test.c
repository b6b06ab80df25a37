/* Every function of kv.h on every store, each answer and the state it leaves; once a variant. */
#include "prims/test_p.h"

#include <stdio.h>
#include <unistd.h>

#include "kv/store_test_p.h"

static weir_kv_bytes text(const char *s) { return weir_kv_bytes_of(s, strlen(s)); }

static bool is(const char *store) { return strcmp(weir_test_store, store) == 0; }

static int set_up(void **state) {
    *state = weir_test_store_open();
    return 0;
}

static int tear_down(void **state) {
    weir_kv_status st = weir_kv_close(*state);
    weir_test_store_remove();
    return st != WEIR_KV_OK;
}

static void assert_value(weir_kv_tenant *t, const char *key, const char *value) {
    char buffer[64];
    size_t size;
    assert_int_equal(weir_kv_copy(t, text(key), buffer, sizeof buffer, &size), WEIR_KV_OK);
    assert_int_equal(size, strlen(value));
    assert_memory_equal(buffer, value, size);
}

#define OK(call) assert_int_equal(call, WEIR_KV_OK)
#define ANSWERS(call, status) assert_int_equal(call, status)

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

/* -- ranges -------------------------------------------------------------------------------------------------------- */

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

static void assert_usage(weir_kv_tenant *t, uint64_t keys, uint64_t bytes) {
    weir_kv_usage usage;
    OK(weir_kv_tenant_usage(t, &usage));
    assert_int_equal(usage.keys, keys);
    assert_int_equal(usage.bytes, bytes);
    assert_true(is("lmdb") ? usage.memory == 0 : usage.memory >= bytes);
}

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

/* -- batches ------------------------------------------------------------------------------------------------------- */

#define OP(verb_, key_, value_) \
    { .verb = WEIR_KV_##verb_, .key = text(key_), .value = text(value_) }
#define BATCH(op, failed) weir_kv_batch(t, op, sizeof op / sizeof *op, NULL, NULL, failed)

static void a_batch_is_all(void **state) {
    weir_kv_tenant *t = weir_kv_root(*state);
    weir_kv_op op[] = {OP(SET, "a", "1"),
                       OP(SNX, "b", "2"),
                       OP(DEL, "c", ""),
                       OP(SET, "a", "3"),
                       {.verb = WEIR_KV_CAS, .key = text("b"), .value = text("4"), .expected = text("2")},
                       OP(SET, "d", "5"),
                       OP(DEL, "d", "")};
    seen all = {0};
    size_t failed = 7;
    OK(weir_kv_set(t, text("c"), text("gone")));
    OK(weir_kv_set(t, text("z"), text("stays")));
    OK(BATCH(op, &failed));
    for (size_t i = 0; i < sizeof op / sizeof *op; i++) OK(op[i].status);
    OK(weir_kv_iterate(t, text(""), 0, 0, see, &all));
    assert_string_equal(all.text, "a=3 b=4 z=stays ");
    assert_usage(t, 3, 3 + 1 + 1 + 5);
    OK(weir_kv_batch(t, NULL, 0, NULL, NULL, NULL));
}

static void a_batch_is_nothing(void **state) {
    weir_kv_tenant *t = weir_kv_root(*state);
    weir_kv_op refused[] = {OP(SET, "a", "1"), OP(SET, "new", "2"), OP(DEL, "b", ""), OP(DEL, "b", ""),
                            OP(SET, "c", "3")};
    weir_kv_op bad[] = {OP(SET, "a", "1"), {.verb = (weir_kv_verb)9, .key = text("a")}};
    seen all = {0};
    size_t failed = 7;
    OK(weir_kv_set(t, text("a"), text("old")));
    OK(weir_kv_set(t, text("b"), text("old")));
    ANSWERS(BATCH(refused, &failed), WEIR_KV_NO);
    assert_int_equal(failed, 3);
    ANSWERS(refused[3].status, WEIR_KV_NO);
    ANSWERS(BATCH(bad, &failed), WEIR_KV_BAD);
    assert_int_equal(failed, 1);
    OK(weir_kv_iterate(t, text(""), 0, 0, see, &all));
    assert_string_equal(all.text, "a=old b=old ");
    assert_usage(t, 2, 8);
    OK(weir_kv_snx(t, text("new"), text("3")));
    assert_value(t, "new", "3");
}

static void a_batch_counts_as_a_whole(void **state) {
    weir_kv_tenant *t = weir_kv_root(*state);
    weir_kv_op exchange[] = {OP(SET, "c", "3"), OP(DEL, "a", "")},
               grow[] = {OP(SET, "d", ""), OP(DEL, "b", ""), OP(SET, "e", ""), OP(SET, "f", "")};
    size_t failed = 7;
    OK(weir_kv_set(t, text("a"), text("1")));
    OK(weir_kv_set(t, text("b"), text("2")));
    OK(weir_kv_tenant_limit(t, &(weir_kv_quota){.keys = 2}));
    OK(BATCH(exchange, &failed));
    assert_usage(t, 2, 4);
    ANSWERS(BATCH(grow, &failed), WEIR_KV_QUOTA);
    assert_int_equal(failed, 0); /* the first beyond it */
    assert_usage(t, 2, 4);
}

/* -- snapshots ----------------------------------------------------------------------------------------------------- */

static void snapshot_text(weir_kv_snapshot *s, const char *prefix, char *to) {
    weir_kv_range range = {.prefix = text(prefix)};
    weir_kv_pair pair[3];
    seen all = {0};
    size_t got;
    weir_kv_bytes after;
    do {
        OK(weir_kv_snapshot_scan(s, &range, pair, 3, &got));
        for (size_t i = 0; i < got; i++) see(&all, pair[i].key, pair[i].value);
        if (got) after = pair[got - 1].key, range.after = &after; /* valid as long as the snapshot is open */
    } while (got == 3);
    strcpy(to, all.text);
}

static void a_snapshot_shows_one_moment(void **state) {
    weir_kv *kv = *state;
    weir_kv_tenant *t;
    weir_kv_snapshot *s, *later;
    weir_kv_op op[] = {OP(SET, "a", "batch"), OP(SET, "new", "batch"), OP(DEL, "b", "")};
    weir_kv_bytes value = {NULL, 7};
    char shown[4096];
    OK(weir_kv_tenant_create(kv, text("t"), NULL, &t));
    fill(t);
    if (weir_kv_snapshot_open(t, &s) == WEIR_KV_NOTSUP) {
        assert_string_equal(weir_kv_variant(kv), "hash");
        weir_kv_tenant_close(t);
        return;
    }
    OK(BATCH(op, NULL));
    OK(weir_kv_set(t, text("user:1"), text("changed")));
    OK(weir_kv_del(t, text("v")));
    OK(weir_kv_snapshot_open(t, &later));
    OK(weir_kv_set(t, text("user:1"), text("again")));
    OK(weir_kv_tenant_drop(kv, text("t"))); /* snapshots see it until they end */
    snapshot_text(s, "", shown);
    assert_string_equal(shown, "a=a b=b user:=: user:1=1 user:12=2 user:123=3 user:2=2 v=v ");
    snapshot_text(later, "", shown);
    assert_string_equal(shown, "a=batch new=batch user:=: user:1=changed user:12=2 user:123=3 user:2=2 ");
    snapshot_text(s, "user:12", shown);
    assert_string_equal(shown, "user:12=2 user:123=3 ");
    OK(weir_kv_snapshot_get(s, text("v"), &value));
    assert_memory_equal(value.at, "v", 1);
    ANSWERS(weir_kv_snapshot_get(later, text("v"), &value), WEIR_KV_NO);
    weir_kv_tenant_close(t);
    weir_kv_snapshot_close(s);
    OK(weir_kv_snapshot_get(later, text("a"), &value));
    assert_memory_equal(value.at, "batch", 5);
    weir_kv_snapshot_close(later);
    weir_kv_snapshot_close(NULL);
}

/* -- watches ------------------------------------------------------------------------------------------------------- */

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
        TEST(iterate),
        TEST(scan_by_pages),
        cmocka_unit_test(options_that_cannot_be),
        cmocka_unit_test(value_max_counts),
        cmocka_unit_test(read_only_refuses_every_write),
        TEST(multiget),
        TEST(a_value_taken_outlives_its_key),
        TEST(a_copy_tells_the_size_it_would_need),
        TEST(a_borrowed_value_stays),
        TEST(a_callback_deletes_what_it_sees),
        TEST(a_callback_drops_the_tenant),
        TEST(tenants),
        TEST(a_dropped_tenant),
        TEST(what_was_borrowed_outlives_its_tenant),
        TEST(dropping_gives_memory_back),
        cmocka_unit_test(too_much_is_retired),
        TEST(usage_and_quota),
        TEST(a_batch_is_all),
        TEST(a_batch_is_nothing),
        TEST(a_batch_counts_as_a_whole),
        TEST(a_snapshot_shows_one_moment),
        TEST(watches),
        TEST(a_watch_is_waited_for),
        TEST(levels),
    };
    return weir_test_every_store(tests);
}
