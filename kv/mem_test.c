/* Unit test of memory and of records in it. */
#include "prims/test_p.h"

#include "kv/record_p.h"

static void counts(void **state) {
    (void)state;
    weir_mem *m = weir_mem_new(false);
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
    weir_mem *m = weir_mem_new(false);
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
    block[0] = weir_mem_new(false);
    for (int i = 1; i <= 100; i++) block[i] = weir_mem_get(block[0], (size_t)i);
    assert_int_equal(weir_mem_used(block[0]), 5050);
    pthread_join(weir_test_thread(puts_back, block), NULL);
    assert_int_equal(weir_mem_used(block[0]), 0);
    weir_mem_free(block[0]);
}

static void records_hold_bytes(void **state) {
    (void)state;
    weir_mem *m = weir_mem_new(false);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(fails_when_told),
        cmocka_unit_test(other_threads_put),
        cmocka_unit_test(records_hold_bytes),
    };
    return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
