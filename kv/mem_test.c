/* Unit test of memory and of records in it. */
#include "prims/test_p.h"

#include "kv/record_p.h"

static bool huge; /* of the test that runs: where its memory comes from */

static void counts(void **state) {
    (void)state;
    weir_mem *m = weir_mem_new(huge);
    assert_non_null(m);
    void *a = weir_mem_get(m, 100), *b = weir_mem_get(m, 7);
    assert_int_equal(weir_mem_used(m), 107);
    assert_int_equal((uintptr_t)a % 16, 0);
    assert_int_equal((uintptr_t)b % 16, 0);
    memset(a, 1, 100);
    weir_mem_put(m, a, 100);
    weir_mem_put(m, b, 7);
    weir_mem_put(m, NULL, 7);
    assert_int_equal(weir_mem_used(m), 0);
    weir_mem_free(m);
    weir_mem_free(NULL);
}

static void fails_when_told(void **state) {
    (void)state;
    weir_mem *m = weir_mem_new(huge);
    weir_mem_fail_after(m, 1);
    void *a = weir_mem_get(m, 10);
    assert_non_null(a);
    for (int i = 0; i < 3; i++) assert_null(weir_mem_get(m, 10));
    weir_mem_fail_after(m, UINT64_MAX);
    void *b = weir_mem_get(m, 10);
    assert_non_null(b);
    weir_mem_put(m, a, 10);
    weir_mem_put(m, b, 10);
    assert_int_equal(weir_mem_used(m), 0);
    weir_mem_free(m);
}

/* Gets here, puts_back there: counts of a lane go below zero, their sum does not. */
static void *puts_back(void *arg) {
    void **block = arg;
    for (int i = 1; i <= 100; i++) weir_mem_put(block[0], block[i], (size_t)i);
    return NULL;
}

static void other_threads_put(void **state) {
    (void)state;
    void *block[101];
    block[0] = weir_mem_new(huge);
    for (int i = 1; i <= 100; i++) block[i] = weir_mem_get(block[0], (size_t)i);
    assert_int_equal(weir_mem_used(block[0]), 5050);
    pthread_join(weir_test_thread(puts_back, block), NULL);
    assert_int_equal(weir_mem_used(block[0]), 0);
    weir_mem_free(block[0]);
}

static void records_hold_bytes(void **state) {
    (void)state;
    weir_mem *m = weir_mem_new(huge);
    for (size_t key = 0; key < 20; key++)
        for (int room = 0; room < 2; room++) {
            char k[20], v[30];
            memset(k, 'k', sizeof k);
            memset(v, 'v', sizeof v);
            weir_record *r = weir_record_make(m, weir_kv_bytes_of(k, key), weir_kv_bytes_of(v, 30), room);
            assert_int_equal(weir_mem_used(m), weir_record_size(r));
            assert_null(weir_aptr_load(&r->pending));
            if (room) {
                weir_pending *p = weir_record_pend(r, 42, r);
                assert_ptr_equal(weir_aptr_load(&r->pending), p);
                assert_int_equal((uintptr_t)p % 8, 0);
                assert_true((char *)(p + 1) <= (char *)r + weir_record_size(r));
            }
            assert_true(weir_record_is(r, k, key));
            assert_memory_equal(weir_record_value(r), v, 30);
            weir_record_retain(r);
            weir_record_release(m, r);
            assert_int_equal(weir_mem_used(m), weir_record_size(r));
            weir_record_reclaim(m, r, 0);
            assert_int_equal(weir_mem_used(m), 0);
        }
    weir_mem_fail_after(m, 0);
    assert_null(weir_record_make(m, WEIR_KV_TEXT("k"), WEIR_KV_TEXT("v"), false));
    weir_mem_free(m);
}

/* -- blocks of all sizes, from threads that put back what others got ----------------------------------------------------- */

enum { HANDS = 64, THREADS = 3, TURNS = 30000 };

typedef struct hand {
    weir_aptr block; /* begins with its size, and is full of a byte that depends on it */
} hand;

typedef struct table {
    weir_mem *mem;
    hand of[HANDS];
    weir_a32 bad;
} table;

static size_t some_size(uint32_t r) { return sizeof(size_t) + (r % 100 ? r % 300 : r % 5000); }

static void write_block(void *at, size_t size) {
    memset(at, (int)(size & 0xff), size);
    memcpy(at, &size, sizeof size);
}

static bool put_block(weir_mem *m, unsigned char *at) {
    size_t size;
    if (!at) return true;
    memcpy(&size, at, sizeof size);
    bool whole = true;
    for (size_t i = sizeof size; i < size; i++) whole &= at[i] == (size & 0xff);
    weir_mem_put(m, at, size);
    return whole;
}

static void *trades(void *arg) {
    table *t = arg;
    uint32_t r = (uint32_t)(uintptr_t)&r;
    for (int i = 0; i < TURNS; i++) {
        r = r * 1664525 + 1013904223;
        size_t size = some_size(r >> 8);
        void *mine = r >> 30 ? weir_mem_get(t->mem, size) : NULL;
        if (mine) write_block(mine, size);
        bool whole = put_block(t->mem, weir_aptr_xchg_acq_rel(&t->of[(r >> 20) % HANDS].block, mine));
        if (!whole) weir_a32_add(&t->bad, 1);
    }
    return NULL;
}

static void blocks_change_hands(void **state) {
    (void)state;
    static table t;
    memset(&t, 0, sizeof t);
    t.mem = weir_mem_new(huge);
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++) thread[i] = weir_test_thread(trades, &t);
    for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
    for (int i = 0; i < HANDS; i++) assert_true(put_block(t.mem, weir_aptr_load(&t.of[i].block)));
    assert_int_equal(weir_a32_load(&t.bad), 0);
    assert_int_equal(weir_mem_used(t.mem), 0);
    weir_mem_free(t.mem);
}

static void zero_is_zero(void **state) {
    (void)state;
    static const size_t size[] = {1, 16, 64, 2048, 2049, 100000, (2 << 20) - 1, 2 << 20, (4 << 20) + 5};
    weir_mem *m = weir_mem_new(huge);
    for (size_t i = 0; i < sizeof size / sizeof *size; i++)
        for (int round = 0; round < 2; round++) {
            unsigned char *at = weir_mem_get_zero(m, size[i]), any = 0;
            assert_int_equal((uintptr_t)at % 16, 0);
            for (size_t b = 0; b < size[i]; b++) any |= at[b];
            assert_int_equal(any, 0);
            memset(at, 0xff, size[i]);
            weir_mem_put(m, at, size[i]);
        }
    weir_mem_free(m);
}

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>

/* AddressSanitizer sees who uses a block after it was put back, also one out of a slab. */
static void what_is_put_back_is_poisoned(void **state) {
    (void)state;
    weir_mem *m = weir_mem_new(huge);
    char *at = weir_mem_get(m, 100);
    assert_false(__asan_address_is_poisoned(at) || __asan_address_is_poisoned(at + 99));
    weir_mem_put(m, at, 100);
    assert_true(__asan_address_is_poisoned(at) && __asan_address_is_poisoned(at + 99));
    weir_mem_free(m);
}
#endif

/* What has been put back is got again: memory does not grow. */
static void blocks_are_used_again(void **state) {
    (void)state;
    weir_mem *m = weir_mem_new(true);
    void *at[1000];
    uintptr_t least = UINTPTR_MAX, most = 0;
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 1000; i++) {
            at[i] = weir_mem_get(m, 100);
            if ((uintptr_t)at[i] < least) least = (uintptr_t)at[i];
            if ((uintptr_t)at[i] > most) most = (uintptr_t)at[i];
        }
        for (int i = 0; i < 1000; i++) weir_mem_put(m, at[i], 100);
    }
    assert_true(most - least < 4 << 20); /* two slabs, were they side by side: 11 MB would have been needed otherwise */
    weir_mem_free(m);
}

static int choose(bool h) {
    huge = h;
    return 0;
}
static int plainly(void **state) {
    (void)state;
    return choose(false);
}
static int hugely(void **state) {
    (void)state;
    return choose(true);
}

#define BOTH(test) \
    {#test ", the C library", test, plainly, NULL, NULL}, { #test ", huge pages", test, hugely, NULL, NULL }

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(counts),
        BOTH(fails_when_told),
        BOTH(other_threads_put),
        BOTH(records_hold_bytes),
        BOTH(blocks_change_hands),
        BOTH(zero_is_zero),
#ifdef __SANITIZE_ADDRESS__
        BOTH(what_is_put_back_is_poisoned),
#endif
        cmocka_unit_test(blocks_are_used_again),
    };
    return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
