/* Unit test of filter.block: with AVX2, SSE2 and neither, the same bits and the same answers. */
#include "prims/test_p.h"

#include <stdio.h>

#include "prims/filter/block.h"

enum { KEYS = 5000, BITS = 10 };

static weir_filter_block make(bool wide) {
    weir_filter_block f;
    void *block = weir_test_alloc(weir_filter_block_bytes(KEYS, BITS));
    assert_int_equal(weir_filter_block_init(&f, KEYS, BITS, 11, block), WEIR_OK);
    f.wide = f.wide && wide;
    return f;
}

static void is_picked_at_run_time(void **state) {
    (void)state;
    weir_filter_block f = make(true);
    if (!f.wide) print_message("no AVX2 in this processor or build: only the portable form is tested\n");
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && defined(__GNUC__) && !defined(__clang__)
    assert_int_equal(f.wide, __builtin_cpu_supports("avx2") != 0);
#endif
    free(f.words);
}

/* Each form of insert, side by side. */
static void same_bits(void **state) {
    (void)state;
    weir_filter_block narrow = make(false), wide = make(true);
    weir_filter_block sp = make(true), narrow_sp = make(false);
    for (uint64_t i = 0; i < KEYS; i++) {
        uint64_t id = i * i * 77;
        weir_filter_block_insert(&narrow, id);
        weir_filter_block_insert(&wide, id);
        weir_filter_block_insert_sp(&sp, id);
        weir_filter_block_insert_sp(&narrow_sp, id);
        if (i % 500 == 0) assert_memory_equal(narrow.words, wide.words, weir_filter_block_bytes(KEYS, BITS));
    }
    assert_memory_equal(narrow.words, wide.words, weir_filter_block_bytes(KEYS, BITS));
    assert_memory_equal(narrow.words, sp.words, weir_filter_block_bytes(KEYS, BITS));
    assert_memory_equal(narrow.words, narrow_sp.words, weir_filter_block_bytes(KEYS, BITS));
    free(narrow.words);
    free(wide.words);
    free(sp.words);
    free(narrow_sp.words);
}

static void same_answers(void **state) {
    (void)state;
    enum { ASKED = 200000 };
    weir_filter_block f = make(true);
    weir_filter_block narrow = f;
    narrow.wide = false;
    for (uint64_t i = 0; i < KEYS; i++) weir_filter_block_insert(&f, i);
    size_t yes = 0;
    for (uint64_t i = 0; i < ASKED; i++) {
        bool here = weir_filter_block_may_contain(&narrow, i);
        assert_int_equal(here, weir_filter_block_may_contain(&f, i));
        uint64_t h = weir_filter_hash(i, f.seed);
        assert_int_equal(here, weir_filter_block_has_words(weir_filter_block_at(&f, h), (uint32_t)h));
        yes += here;
    }
    assert_true(yes > KEYS && yes < KEYS + ASKED / 20);
    free(f.words);
}

/* One block, every low half of a hash in steps: exactly one bit in each 32-bit lane, the same from all forms; and a
 * block that lacks any one of these bits does not have the key. */
static void one_bit_a_lane(void **state) {
    (void)state;
    weir_filter_block f = make(true);
    weir_a64 *b = f.words;
    for (uint64_t h = 0; h <= UINT32_MAX; h += 65537 * 7) {
        memset(b, 0, 64);
        weir_filter_block_add(b, (uint32_t)h);
        if (f.wide) weir_filter_block_add_wide(b + 4, (uint32_t)h);
        else weir_filter_block_add(b + 4, (uint32_t)h);
        assert_memory_equal(b, b + 4, 32);
        for (int lane = 0; lane < 8; lane++) {
            uint64_t word = weir_a64_load(b + lane / 2), bit = word & (lane % 2 ? 0xffffffff00000000u : 0xffffffffu);
            assert_true(bit && !(bit & (bit - 1)));
            weir_a64_store(b + lane / 2, word ^ bit);
            assert_false(weir_filter_block_has(b, (uint32_t)h));
            assert_false(weir_filter_block_has_words(b, (uint32_t)h));
            if (f.wide) assert_false(weir_filter_block_has_wide(b, (uint32_t)h));
            weir_a64_store(b + lane / 2, word);
        }
        assert_true(weir_filter_block_has(b, (uint32_t)h));
        assert_true(weir_filter_block_has_words(b, (uint32_t)h));
        if (f.wide) assert_true(weir_filter_block_has_wide(b, (uint32_t)h));
    }
    free(f.words);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(is_picked_at_run_time), cmocka_unit_test(same_bits),
                                       cmocka_unit_test(same_answers), cmocka_unit_test(one_bit_a_lane)};
    return cmocka_run_group_tests_name("filter.block", tests, NULL, NULL);
}
