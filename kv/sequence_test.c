/* All short sequences of operations and batches, against a model that is an array: answers, what is there, usage, what
 * a snapshot of the middle shows, and what a watch was told. With and without a quota, once a variant, on every
 * store. */
#include "prims/test_p.h"

#include <stdio.h>

#include "kv/io_sim.h"
#include "kv/store_test_p.h"

enum { KEYS = 3, STEPS = 4, NONE = 0 };

static weir_kv_bytes text(const char *s) { return weir_kv_bytes_of(s, strlen(s)); }

static const char *const keys[KEYS] = {"", "a", "ab"};
static const char *const values[] = {NULL, "", "12", "345"}; /* [NONE]: not there */

typedef struct model {
    unsigned value[KEYS];
    uint64_t quota_keys, quota_bytes;
} model;

/* -- the model ----------------------------------------------------------------------------------------------------- */

typedef struct simple {
    weir_kv_verb verb;
    unsigned key, value, expected;
} simple;

static void usage_of(const model *m, uint64_t *n, uint64_t *bytes) {
    *n = *bytes = 0;
    for (unsigned k = 0; k < KEYS; k++)
        if (m->value[k] != NONE) ++*n, *bytes += strlen(keys[k]) + strlen(values[m->value[k]]);
}

static weir_kv_status judge(model *m, const simple *o) {
    unsigned *now = &m->value[o->key];
    if (o->verb == WEIR_KV_SNX && *now != NONE) return WEIR_KV_NO;
    if (o->verb == WEIR_KV_CAS && *now != o->expected) return WEIR_KV_NO;
    if (o->verb == WEIR_KV_DEL && *now == NONE) return WEIR_KV_NO;
    *now = o->verb == WEIR_KV_DEL ? NONE : o->value;
    return WEIR_KV_OK;
}

static bool exceeds(const model *before, const model *after) {
    uint64_t n, bytes, n_before, bytes_before;
    usage_of(after, &n, &bytes);
    usage_of(before, &n_before, &bytes_before);
    return (after->quota_keys && n > n_before && n > after->quota_keys) ||
           (after->quota_bytes && bytes > bytes_before && bytes > after->quota_bytes);
}

/* All or nothing; *failed is which is to blame. */
static weir_kv_status model_apply(model *m, const simple *o, size_t n, size_t *failed) {
    model after = *m, tried = *m;
    *failed = 0;
    for (size_t i = 0; i < n; i++) {
        weir_kv_status st = judge(&after, &o[i]);
        if (st != WEIR_KV_OK) return *failed = i, st;
    }
    if (!exceeds(m, &after)) return *m = after, WEIR_KV_OK;
    for (size_t i = 0; i < n; i++) {
        judge(&tried, &o[i]);
        if (exceeds(m, &tried)) return *failed = i, WEIR_KV_QUOTA;
    }
    abort();
}

/* -- the store ----------------------------------------------------------------------------------------------------- */

static weir_kv_op op_of(const simple *o) {
    weir_kv_op op = {.verb = o->verb, .key = text(keys[o->key]), .status = WEIR_KV_STATUS_COUNT};
    if (o->verb != WEIR_KV_DEL) op.value = text(values[o->value]);
    if (o->verb == WEIR_KV_CAS) op.expected = text(values[o->expected]);
    return op;
}

static unsigned value_of(weir_kv_bytes value) {
    for (unsigned v = 1; v < sizeof values / sizeof *values; v++)
        if (strlen(values[v]) == value.size && memcmp(values[v], value.at, value.size) == 0) return v;
    fail_msg("a value nobody wrote");
    return NONE;
}

static unsigned key_of(weir_kv_bytes key) {
    for (unsigned k = 0; k < KEYS; k++)
        if (strlen(keys[k]) == key.size && memcmp(keys[k], key.at, key.size) == 0) return k;
    fail_msg("a key nobody wrote");
    return 0;
}

static void same_pairs(const model *m, const weir_kv_pair *pair, size_t n) {
    size_t i = 0;
    for (unsigned k = 0; k < KEYS; k++) {
        if (m->value[k] == NONE) continue;
        assert_true(i < n);
        assert_int_equal(key_of(pair[i].key), k); /* in order */
        assert_int_equal(value_of(pair[i].value), m->value[k]);
        i++;
    }
    assert_int_equal(i, n);
}

static void same_tenant(weir_kv *kv, weir_kv_tenant *t, const model *m) {
    weir_kv_pair pair[KEYS + 1];
    weir_kv_usage usage;
    uint64_t n, bytes;
    size_t got;
    weir_kv_read_begin(kv);
    for (unsigned k = 0; k < KEYS; k++) {
        weir_kv_bytes value;
        weir_kv_status st = weir_kv_get(t, text(keys[k]), &value);
        assert_int_equal(st, m->value[k] == NONE ? WEIR_KV_NO : WEIR_KV_OK);
        if (st == WEIR_KV_OK) assert_int_equal(value_of(value), m->value[k]);
    }
    assert_int_equal(weir_kv_scan(t, &(weir_kv_range){0}, pair, KEYS + 1, &got), WEIR_KV_OK);
    same_pairs(m, pair, got);
    weir_kv_read_end(kv);
    usage_of(m, &n, &bytes);
    assert_int_equal(weir_kv_tenant_usage(t, &usage), WEIR_KV_OK);
    assert_int_equal(usage.keys, n);
    assert_int_equal(usage.bytes, bytes);
}

static void same_snapshot(weir_kv_snapshot *s, const model *m) {
    weir_kv_pair pair[KEYS + 1];
    size_t got;
    assert_int_equal(weir_kv_snapshot_scan(s, &(weir_kv_range){0}, pair, KEYS + 1, &got), WEIR_KV_OK);
    same_pairs(m, pair, got);
}

static void follow(weir_kv_watch *w, model *told) {
    weir_kv_event e;
    while (weir_kv_watch_next(w, 0, &e) == WEIR_KV_OK) {
        assert_true(e.change == WEIR_KV_WAS_SET || e.change == WEIR_KV_WAS_DELETED);
        told->value[key_of(e.key)] = e.change == WEIR_KV_WAS_SET ? value_of(e.value) : NONE;
    }
}

/* -- all sequences ------------------------------------------------------------------------------------------------- */

enum { SINGLES = 15, BATCHES = 5, ALPHABET = SINGLES + BATCHES };

static const simple single[SINGLES] = {
    {WEIR_KV_SET, 0, 1, 0}, {WEIR_KV_SET, 1, 2, 0}, {WEIR_KV_SET, 1, 3, 0}, {WEIR_KV_SET, 2, 1, 0},
    {WEIR_KV_SET, 2, 3, 0}, {WEIR_KV_DEL, 0, 0, 0}, {WEIR_KV_DEL, 1, 0, 0}, {WEIR_KV_DEL, 2, 0, 0},
    {WEIR_KV_SNX, 0, 2, 0}, {WEIR_KV_SNX, 1, 1, 0}, {WEIR_KV_SNX, 2, 2, 0}, {WEIR_KV_CAS, 0, 3, 2},
    {WEIR_KV_CAS, 1, 1, 2}, {WEIR_KV_CAS, 1, 2, 3}, {WEIR_KV_CAS, 2, 1, 3},
};
static const simple batch[BATCHES][3] = {
    {{WEIR_KV_SET, 1, 2, 0}, {WEIR_KV_SET, 2, 3, 0}, {WEIR_KV_DEL, 0, 0, 0}},
    {{WEIR_KV_DEL, 1, 0, 0}, {WEIR_KV_SNX, 1, 3, 0}, {WEIR_KV_SET, 0, 1, 0}},
    {{WEIR_KV_SNX, 2, 2, 0}, {WEIR_KV_CAS, 2, 3, 2}, {WEIR_KV_DEL, 2, 0, 0}},
    {{WEIR_KV_SET, 0, 3, 0}, {WEIR_KV_SET, 0, 1, 0}, {WEIR_KV_CAS, 1, 3, 2}},
    {{WEIR_KV_SET, 1, 1, 0}, {WEIR_KV_SET, 2, 1, 0}, {WEIR_KV_SET, 0, 1, 0}},
};

static weir_kv_status run_step(weir_kv_tenant *t, model *m, unsigned what) {
    const simple *o = what < SINGLES ? &single[what] : batch[what - SINGLES];
    size_t n = what < SINGLES ? 1 : 3, expected, failed = 9;
    weir_kv_op op[3];
    for (size_t i = 0; i < n; i++) op[i] = op_of(&o[i]);
    weir_kv_status want = model_apply(m, o, n, &expected);
    weir_kv_status st = weir_kv_batch(t, op, n, NULL, NULL, &failed);
    assert_int_equal(st, want);
    if (st != WEIR_KV_OK) assert_int_equal(failed, expected), assert_int_equal(op[failed].status, st);
    return st;
}

static void clear(weir_kv_tenant *t) {
    for (unsigned k = 0; k < KEYS; k++) weir_kv_del(t, text(keys[k]));
}

static void run_sequence(weir_kv *kv, weir_kv_tenant *t, weir_kv_watch *w, unsigned number, weir_kv_quota quota) {
    model m = {.quota_keys = quota.keys, .quota_bytes = quota.bytes}, told = {0}, middle = {0};
    weir_kv_snapshot *s = NULL;
    for (unsigned i = 0; i < STEPS; i++, number /= ALPHABET) {
        run_step(t, &m, number % ALPHABET);
        if (i == STEPS / 2 - 1 && weir_kv_snapshot_open(t, &s) == WEIR_KV_OK) middle = m;
        if (i != STEPS - 2) same_tenant(kv, t, &m);
    }
    if (w) follow(w, &told);
    if (w) assert_memory_equal(told.value, m.value, sizeof m.value);
    if (s) same_snapshot(s, &middle);
    weir_kv_snapshot_close(s);
    clear(t);
    if (w) follow(w, &told);
}

static void sequences(weir_kv *kv, weir_kv_quota quota, unsigned stride) {
    unsigned all = 1;
    weir_kv_watch *w = NULL;
    for (unsigned i = 0; i < STEPS; i++) all *= ALPHABET;
    weir_kv_tenant *t = weir_kv_root(kv);
    assert_int_equal(weir_kv_tenant_limit(t, &quota), WEIR_KV_OK);
    weir_kv_status watched = weir_kv_watch_open(t, text(""), 64, &w);
    assert_int_equal(watched, strcmp(weir_kv_store(kv), "lmdb") == 0 ? WEIR_KV_NOTSUP : WEIR_KV_OK);
    for (unsigned i = 0; i < all; i += stride) run_sequence(kv, t, w, i, quota);
    weir_kv_watch_close(w);
    assert_int_equal(weir_kv_close(kv), WEIR_KV_OK);
}

/* On stores with files only some. */
static void all_sequences(weir_kv_quota quota, unsigned stride) {
    if (strcmp(weir_test_store, "memory") != 0) stride *= 11;
    sequences(weir_test_store_open(), quota, stride);
    weir_test_store_remove();
}

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { STRIDE = 7 }; /* coprime to the alphabet: every short ending is met */
#else
enum { STRIDE = 1 };
#endif

static void without_quota(void **state) {
    (void)state;
    all_sequences((weir_kv_quota){0, 0}, STRIDE);
}

static void with_quotas(void **state) {
    (void)state;
    all_sequences((weir_kv_quota){.keys = 2}, STRIDE);
    all_sequences((weir_kv_quota){.bytes = 6}, STRIDE);
}

/* Every write waits for the disk, which is in memory. */
static void for_the_disk(void **state) {
    weir_sim *disk = weir_sim_new();
    weir_kv_options o = {.variant = WEIR_STRING(WEIR_KV), .store = "wal", .path = "/store", .io = weir_sim_io(disk)};
    weir_kv *kv;
    (void)state;
    assert_int_equal(weir_kv_open(&o, &kv, NULL), WEIR_KV_OK);
    sequences(kv, (weir_kv_quota){.bytes = 6}, 97);
    weir_sim_free(disk);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(without_quota), cmocka_unit_test(with_quotas)};
    const struct CMUnitTest disk_test[] = {cmocka_unit_test(for_the_disk)};
    return weir_test_every_store(tests) + cmocka_run_group_tests(disk_test, NULL, NULL);
}
