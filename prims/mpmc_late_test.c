/* A producer that stops between claiming its place and filling it: what the progress traits of mpmc are about. The stop is
 * played by hand, with the variants' own inner steps, so the test is exact and on one thread. */
#include "prims/test_p.h"

#include "prims/mpmc.h"

static void *make(size_t size, size_t bytes, void **block) {
    *block = weir_test_alloc(bytes);
    return weir_test_alloc(size);
}

/* The promise of empty=early: items behind the late one wait with it, and nothing is lost. */
static void vyukov_waits_for_it(void **state) {
    (void)state;
    void *block;
    weir_mpmc_vyukov *q = make(sizeof *q, weir_mpmc_vyukov_bytes(4), &block);
    assert_int_equal(weir_mpmc_vyukov_init(q, 4, block), WEIR_OK);
    uint64_t late = 0, v;
    assert_true(weir_a64_cas(&q->tail, &late, 2)); /* claims position 0 */
    assert_true(weir_mpmc_vyukov_try_push(q, 11));
    assert_false(weir_mpmc_vyukov_try_pop(q, &v));
    assert_int_equal(weir_mpmc_vyukov_size(q), 2);
    weir_mpmc_vyukov_close(q);
    assert_false(weir_mpmc_vyukov_drained(q));
    q->cells[0].value = 10;
    weir_a64_store_release(&q->cells[0].turn, 1); /* and goes on */
    assert_true(weir_mpmc_vyukov_try_pop(q, &v) && v == 10);
    assert_true(weir_mpmc_vyukov_try_pop(q, &v) && v == 11);
    assert_true(weir_mpmc_vyukov_drained(q));
    free(block);
    free(q);
}

/* capacity producers stop; poppers pass them; they come back and find their cells taken. Around the ring many times, so
 * that the value cells change places with the spares. */
static void scq_passes_it(void **state) {
    (void)state;
    for (uint64_t capacity = 1; capacity <= 4; capacity *= 2) {
        void *block;
        weir_mpmc_scq *q = make(sizeof *q, weir_mpmc_scq_bytes(capacity), &block);
        assert_int_equal(weir_mpmc_scq_init_at(q, capacity, block, UINT64_MAX - 40), WEIR_OK);
        for (uint64_t round = 0; round < 200; round++) {
            uint64_t p[4] = {0}, e[4] = {0}, v = 0, late = round % capacity + 1;
            for (uint64_t i = 0; i < late; i++) assert_int_equal(weir_mpmc_scq_claim(q, &p[i], &e[i], 1), 1);
            assert_int_equal(weir_mpmc_scq_try_push(q, round), late < capacity);
            assert_int_equal(weir_mpmc_scq_try_pop(q, &v), late < capacity); /* passes `late` positions */
            if (late < capacity) assert_int_equal(v, round);
            assert_false(weir_mpmc_scq_try_pop(q, &v));
            for (uint64_t i = 0; i < capacity; i++) assert_true(weir_mpmc_scq_try_push(q, 1000 + i)); /* others go on */
            for (uint64_t i = 0; i < late; i++) assert_false(weir_mpmc_scq_publish(q, p[i], e[i], 666));
            for (uint64_t i = 0; i < capacity; i++) {
                assert_true(weir_mpmc_scq_try_pop(q, &v));
                assert_int_equal(v, 1000 + i);
            }
            assert_int_equal(weir_mpmc_scq_size(q), 0);
        }
        free(block);
        free(q);
    }
}

/* All value cells are somewhere exactly once: in an entry or among the spares. */
static void scq_keeps_its_cells(const weir_mpmc_scq *q, uint64_t expected_spares) {
    unsigned char seen[4 + WEIR_MPMC_SCQ_SPARES] = {0};
    uint64_t n = 0;
    for (uint64_t i = 0; i <= q->mask; i++) seen[weir_a64_load(&q->cells[i].entry) & (q->full - 1)]++;
    for (uint64_t s = weir_a64_load(&q->spares) & UINT32_MAX; s; s = weir_a64_load(&q->cells[s - 1].value), n++)
        seen[s - 1]++;
    assert_int_equal(n, expected_spares);
    for (size_t i = 0; i <= q->mask + expected_spares; i++) assert_in_range(seen[i], 0, 1);
}

/* More late producers than spares: pop says empty, as the header tells, and all is well when they come back. */
static void scq_out_of_spares(void **state) {
    (void)state;
    enum { LATE = WEIR_MPMC_SCQ_SPARES };
    void *block;
    weir_mpmc_scq *q = make(sizeof *q, weir_mpmc_scq_bytes(4), &block);
    assert_int_equal(weir_mpmc_scq_init(q, 4, block), WEIR_OK);
    uint64_t p[LATE + 1] = {0}, e[LATE + 1] = {0}, v = 0;
    for (int i = 0; i < LATE; i++) {
        assert_int_equal(weir_mpmc_scq_claim(q, &p[i], &e[i], 1), 1);
        assert_false(weir_mpmc_scq_try_pop(q, &v));
        scq_keeps_its_cells(q, WEIR_MPMC_SCQ_SPARES - 1 - (unsigned)i);
    }
    assert_int_equal(weir_mpmc_scq_claim(q, &p[LATE], &e[LATE], 1), 1);
    assert_true(weir_mpmc_scq_try_push(q, 5));
    assert_false(weir_mpmc_scq_try_pop(q, &v)); /* early now: none left to take it away with */
    assert_true(weir_mpmc_scq_publish(q, p[LATE], e[LATE], 4));
    for (int i = 0; i < LATE; i++) assert_false(weir_mpmc_scq_publish(q, p[i], e[i], 666));
    assert_true(weir_mpmc_scq_try_pop(q, &v) && v == 4);
    assert_true(weir_mpmc_scq_try_pop(q, &v) && v == 5);
    assert_false(weir_mpmc_scq_try_pop(q, &v));
    scq_keeps_its_cells(q, WEIR_MPMC_SCQ_SPARES);
    free(block);
    free(q);
}

/* A batch whose first cell is taken away keeps its order in the cells it has. */
static void scq_batch_keeps_order(void **state) {
    (void)state;
    void *block;
    weir_mpmc_scq *q = make(sizeof *q, weir_mpmc_scq_bytes(4), &block);
    assert_int_equal(weir_mpmc_scq_init(q, 4, block), WEIR_OK);
    uint64_t p = 0, e[4], v[4] = {1, 2, 3, 4}, got[4];
    assert_int_equal(weir_mpmc_scq_claim(q, &p, e, 3), 3);
    assert_false(weir_mpmc_scq_try_pop(q, got)); /* takes all three away */
    size_t done = 0;
    for (size_t i = 0; i < 3; i++) done += weir_mpmc_scq_publish(q, p + 2 * i, e[i], v[done]);
    assert_int_equal(done, 0);
    done = weir_mpmc_scq_try_push_n(q, v, 4);
    assert_int_equal(done, 4);
    assert_int_equal(weir_mpmc_scq_try_pop_n(q, got, 4), 4);
    for (size_t i = 0; i < 4; i++) assert_int_equal(got[i], v[i]);
    weir_mpmc_scq_close(q);
    assert_true(weir_mpmc_scq_drained(q));
    scq_keeps_its_cells(q, WEIR_MPMC_SCQ_SPARES);
    free(block);
    free(q);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(vyukov_waits_for_it), cmocka_unit_test(scq_passes_it),
                                       cmocka_unit_test(scq_out_of_spares), cmocka_unit_test(scq_batch_keeps_order)};
    return cmocka_run_group_tests_name("mpmc_late", tests, NULL, NULL);
}
