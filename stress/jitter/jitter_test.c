/* The runtime of the jitter build: this file is compiled with -fsanitize=thread and linked with it instead of ThreadSanitizer's.
 * Every operation of atomic.h must do what it does without; delays come as often as asked, and to those who asked. */
#include "stress/jitter/jitter.h"

#include "prims/test_p.h"

static void operations32(void) {
    weir_a32 a;
    uint32_t seen = 6;
    weir_a32_store(&a, 5);
    assert_int_equal(weir_a32_load(&a), 5);
    weir_a32_store_release(&a, 6);
    assert_int_equal(weir_a32_load_acquire(&a), 6);
    assert_int_equal(weir_a32_xchg_acq_rel(&a, 7), 6);
    assert_int_equal(weir_a32_add(&a, 3), 7);
    assert_int_equal(weir_a32_sub_release(&a, 1), 10);
    assert_int_equal(weir_a32_or_acquire(&a, 6), 9);
    assert_int_equal(weir_a32_and(&a, 12), 15);
    assert_false(weir_a32_cas_acq_rel(&a, &seen, 1));
    assert_int_equal(seen, 12);
    assert_true(weir_a32_cas(&a, &seen, 1));
    while (!weir_a32_cas_weak_release(&a, &(uint32_t){1}, 2)) continue;
    assert_int_equal(weir_a32_load(&a), 2);
}

static void operations64(void) {
    const uint64_t big = (uint64_t)1 << 40;
    weir_a64 a;
    uint64_t seen = 6;
    weir_a64_store(&a, big);
    assert_int_equal(weir_a64_load(&a), big);
    weir_a64_store_release(&a, big + 1);
    assert_int_equal(weir_a64_load_acquire(&a), big + 1);
    assert_int_equal(weir_a64_xchg(&a, big + 7), big + 1);
    assert_int_equal(weir_a64_add_release(&a, big), big + 7);
    assert_int_equal(weir_a64_sub(&a, 7), 2 * big + 7);
    assert_int_equal(weir_a64_or(&a, big | 1), 2 * big);
    assert_int_equal(weir_a64_and_acq_rel(&a, big | 1), 3 * big + 1);
    assert_false(weir_a64_cas_release(&a, &seen, 1));
    assert_int_equal(seen, big + 1);
    assert_true(weir_a64_cas_acquire(&a, &seen, 1));
    while (!weir_a64_cas_weak(&a, &(uint64_t){1}, big)) continue;
    assert_int_equal(weir_a64_load(&a), big);
}

static void pointers(void) {
    int x, y;
    weir_aptr a;
    void *seen = &y;
    weir_aptr_store_release(&a, &x);
    assert_ptr_equal(weir_aptr_load_acquire(&a), &x);
    assert_false(weir_aptr_cas_acq_rel(&a, &seen, NULL));
    assert_ptr_equal(seen, &x);
    assert_true(weir_aptr_cas_acq_rel(&a, &seen, &y));
    assert_ptr_equal(weir_aptr_xchg_acq_rel(&a, NULL), &y);
}

static void same_results(void **state) {
    (void)state;
    for (uint32_t one_in = 0; one_in < 4; one_in++) { /* 1: a delay on both sides of every operation */
        jitter_thread(one_in, one_in);
        for (int i = 0; i < 20; i++) {
            operations32();
            operations64();
            pointers();
        }
    }
    jitter_thread(0, 0);
}

static uint64_t delays(jitter_counts c) { return c.spins + c.yields + c.sleeps; }

static void delays_as_asked(void **state) {
    (void)state;
    static weir_a32 a; /* changed, not only loaded, and in memory that others might see: else clang leaves it out */
    jitter_counts before = jitter_counted();
    for (int i = 0; i < 1000; i++) weir_a32_add(&a, 1); /* nobody asked */
    assert_int_equal(delays(jitter_counted()), delays(before));
    jitter_thread(1, 10);
    for (int i = 0; i < 50000; i++) weir_a32_add(&a, 1); /* 100,000 points */
    jitter_thread(1, 0);
    jitter_counts after = jitter_counted();
    assert_int_equal(weir_a32_load(&a), 51000);
    assert_in_range(delays(after) - delays(before), 9000, 11000);
    assert_in_range(after.operations - before.operations, 99000, 100000);
    assert_true(after.spins > before.spins && after.yields > before.yields && after.sleeps > before.sleeps);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_results), cmocka_unit_test(delays_as_asked)};
    return cmocka_run_group_tests_name("jitter", tests, NULL, NULL);
}
