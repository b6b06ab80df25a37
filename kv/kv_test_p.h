/* kv_test_p - what the tests of kv.h share: a fresh store for each, what is seen as text, batches in short. Together they
 * are every function on every store, each answer and the state it leaves: kv_test.c, read_test.c, tenants_test.c,
 * batch_test.c, watch_test.c. Private to tests of kv. */
#ifndef WEIR_KV_KV_TEST_P_H
#define WEIR_KV_KV_TEST_P_H

#include "prims/test_p.h"

#include <stdio.h>
#include <unistd.h>

#include "kv/store_test_p.h"

static inline weir_kv_bytes text(const char *s) { return weir_kv_bytes_of(s, strlen(s)); }

static inline bool is(const char *store) { return strcmp(weir_test_store, store) == 0; }

static inline int set_up(void **state) {
    *state = weir_test_store_open();
    return 0;
}

static inline int tear_down(void **state) {
    weir_kv_status st = weir_kv_close(*state);
    weir_test_store_remove();
    return st != WEIR_KV_OK;
}

#define OK(call) assert_int_equal(call, WEIR_KV_OK)
#define ANSWERS(call, status) assert_int_equal(call, status)

static inline void assert_value(weir_kv_tenant *t, const char *key, const char *value) {
    char buffer[64];
    size_t size;
    assert_int_equal(weir_kv_copy(t, text(key), buffer, sizeof buffer, &size), WEIR_KV_OK);
    assert_int_equal(size, strlen(value));
    assert_memory_equal(buffer, value, size);
}

static inline void assert_usage(weir_kv_tenant *t, uint64_t keys, uint64_t bytes) {
    weir_kv_usage usage;
    OK(weir_kv_tenant_usage(t, &usage));
    assert_int_equal(usage.keys, keys);
    assert_int_equal(usage.bytes, bytes);
    assert_true(is("lmdb") ? usage.memory == 0 : usage.memory >= bytes);
}

typedef struct seen {
    char text[4096];
    unsigned n, most; /* stops after most; 0: never */
} seen;

static inline bool see(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    seen *s = arg;
    size_t at = strlen(s->text);
    snprintf(s->text + at, sizeof s->text - at, "%.*s=%.*s ", (int)key.size, (const char *)key.at, (int)value.size,
             (const char *)value.at);
    return ++s->n != s->most;
}

static inline void fill(weir_kv_tenant *t) {
    static const char *const keys[] = {"b", "user:1", "user:12", "user:", "a", "user:2", "v", "user:123"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        OK(weir_kv_set(t, text(keys[i]), text(keys[i] + strlen(keys[i]) - 1)));
}

#define OP(verb_, key_, value_) \
    { .verb = WEIR_KV_##verb_, .key = text(key_), .value = text(value_) }
#define BATCH(op, failed) weir_kv_batch(t, op, sizeof op / sizeof *op, NULL, NULL, failed)

#endif
