/* Test of the keys and traces of kv.*: that keys differ, fit, and are all loaded; that traces are as skewed as they say. */
#include "prims/test_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cases/kv_keys.h"

enum { KEYS = 20000 };

static const char *const kinds[] = {"decimal", "url", "binary", "prefix"};

static bench_kv_keys keys_of(const char *mix, uint64_t keys, uint64_t tenants) {
    bench_params p = {.keys = keys, .tenants = tenants};
    bench_kv_keys k;
    snprintf(p.mix, sizeof p.mix, "%s", mix);
    assert_true(bench_kv_keys_of(&k, &p));
    return k;
}

static const bench_kv_slot *slot_at(const bench_kv_keys *k, const char *slots, size_t i) {
    return (const bench_kv_slot *)(const void *)(slots + i * k->stride);
}

static int by_key(const void *a, const void *b) {
    const bench_kv_slot *x = a, *y = b;
    int c = memcmp(x->key, y->key, x->size < y->size ? x->size : y->size);
    return c ? c : x->size - y->size;
}

/* All of them loaded, each once, all different, none longer than its slot. */
static void check_keys(const bench_kv_keys *k) {
    static unsigned char seen[KEYS];
    char *slots = malloc((size_t)k->keys * k->stride);
    memset(seen, 0, sizeof seen);
    bench_kv_load_order(k, 0, k->keys, slots);
    for (uint32_t i = 0; i < k->keys; i++) {
        const bench_kv_slot *s = slot_at(k, slots, i);
        assert_true(s->id < k->keys && !seen[s->id]++);
        assert_true(sizeof *s + s->size <= k->stride && s->size - s->prefix >= 11);
        assert_true(s->tenant == s->id % k->tenants && (s->prefix > 0) == (k->tenants > 1));
        if (s->prefix) assert_true(s->key[s->prefix - 1] == ':' && (unsigned)atoi(s->key) == s->tenant);
    }
    qsort(slots, k->keys, k->stride, by_key);
    for (uint32_t i = 1; i < k->keys; i++) assert_true(by_key(slot_at(k, slots, i - 1), slot_at(k, slots, i)) < 0);
    free(slots);
}

static void keys_differ_and_fit(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (unsigned tenants = 1; tenants <= 1000; tenants += 999) {
            bench_kv_keys k = keys_of(kinds[i], KEYS, tenants);
            check_keys(&k);
        }
    bench_kv_keys k = keys_of("95r5w", 1024, 1); /* a power of two, and a mix that says nothing of keys */
    check_keys(&k);
    assert_true(k.kind == 0);
}

/* The longest: what is true of 20,000 keys is not of all. */
static void the_longest_fit(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        bench_kv_keys k = keys_of(kinds[i], 100000000, 65535);
        bench_kv_slot *s = malloc(k.stride + 64);
        for (uint32_t id = k.keys - 200000; id < k.keys; id++) {
            bench_kv_slot_write(&k, id, s);
            assert_true(sizeof *s + s->size + 1 <= k.stride); /* sprintf writes a zero behind */
        }
        free(s);
    }
}

static void what_is_refused(void **state) {
    (void)state;
    bench_kv_keys k;
    assert_false(bench_kv_keys_of(&k, &(bench_params){.keys = 1000, .tenants = 1, .mix = "roman"}));
    assert_false(bench_kv_keys_of(&k, &(bench_params){.keys = 100000001, .tenants = 1}));
    assert_false(bench_kv_keys_of(&k, &(bench_params){.keys = 100000, .tenants = 65536}));
    assert_false(bench_kv_keys_of(&k, &(bench_params){.keys = 10, .tenants = 11}));
}

static void numbers_tell_keys_apart(void **state) {
    (void)state;
    bench_kv_keys a = keys_of("decimal", 1000, 1), b = keys_of("url", 1000, 1), c = keys_of("decimal", 1000, 2);
    uint64_t x = bench_kv_keys_number(&a), y = bench_kv_keys_number(&b), z = bench_kv_keys_number(&c);
    assert_true(x && x != y && y != z && x != z);
}

/* How often the most frequent key of a trace comes, of `count`; dice are counted, too. */
static unsigned most_frequent(double zipf, unsigned count, unsigned *writes, unsigned *distinct) {
    static unsigned times[KEYS];
    bench_kv_keys k = keys_of("decimal", KEYS, 1);
    char *trace = bench_kv_trace(&k, count, zipf, 42);
    unsigned most = 0;
    memset(times, 0, sizeof times);
    *writes = *distinct = 0;
    for (unsigned i = 0; i < count; i++) {
        const bench_kv_slot *s = slot_at(&k, trace, i);
        assert_true(s->id < KEYS && s->dice < 100);
        *writes += s->dice < 5;
        *distinct += !times[s->id]++;
        if (times[s->id] > most) most = times[s->id];
    }
    free(trace);
    return most;
}

/* Seeds are fixed, so these bounds hold always or never. zipf 0.99 over 20,000: the first has 1/zeta = 9.6 %. */
static void traces_are_as_skewed_as_they_say(void **state) {
    (void)state;
    unsigned writes, distinct, most = most_frequent(0, 200000, &writes, &distinct);
    assert_in_range(most, 10, 40);
    assert_in_range(writes, 9500, 10500);
    assert_true(distinct > KEYS * 99 / 100);
    most = most_frequent(0.99, 200000, &writes, &distinct);
    assert_in_range(most, 17500, 20500);
    assert_in_range(distinct, KEYS / 2, KEYS * 99 / 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_differ_and_fit),
        cmocka_unit_test(the_longest_fit),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(numbers_tell_keys_apart),
        cmocka_unit_test(traces_are_as_skewed_as_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
