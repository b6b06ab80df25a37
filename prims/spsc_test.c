/* Unit test of spsc, compiled once a variant. */
#include "prims/test_p.h"

#include "prims/spsc.h"

#define INIT_AT WEIR_BIND(spsc, WEIR_SPSC, _init_at)

static weir_spsc *make(uint64_t capacity, uint64_t start, void **block) {
    weir_spsc *q = weir_test_alloc(sizeof *q);
    *block = weir_test_alloc(weir_spsc_bytes(capacity));
    assert_int_equal(INIT_AT(q, capacity, *block, start), WEIR_OK);
    return q;
}

static void init_refuses(void **state) {
    (void)state;
    weir_spsc *q = weir_test_alloc(2 * sizeof *q);
    char *block = weir_test_alloc(1024);
    memset(q, 0x5a, sizeof *q);
    assert_int_equal(weir_spsc_init(NULL, 8, block), WEIR_BAD_NULL);
    assert_int_equal(weir_spsc_init(q, 8, NULL), WEIR_BAD_NULL);
    assert_int_equal(weir_spsc_init(q, 8, block + 8), WEIR_BAD_ALIGN);
    assert_int_equal(weir_spsc_init((weir_spsc *)((char *)q + 8), 8, block), WEIR_BAD_ALIGN);
    assert_int_equal(weir_spsc_init(q, 0, block), WEIR_BAD_ZERO);
    assert_int_equal(weir_spsc_init(q, 12, block), WEIR_BAD_POWER_OF_TWO);
    assert_int_equal(weir_spsc_init(q, (uint64_t)1 << 32, block), WEIR_BAD_RANGE);
    assert_int_equal(weir_spsc_init(q, (uint64_t)1 << 63, block), WEIR_BAD_RANGE);
    assert_int_equal(weir_spsc_bytes(0), 0);
    assert_int_equal(weir_spsc_bytes(3), 0);
    assert_int_equal(weir_spsc_bytes((uint64_t)1 << 32), 0);
    assert_int_equal(((unsigned char *)q)[0], 0x5a); /* nothing was written */
    free(block);
    free(q);
}

/* Every string of 12 operations against a counter model, at each small capacity, with the counters about to wrap. */
static void short_strings(void **state) {
    (void)state;
    for (uint64_t capacity = 1; capacity <= 4; capacity *= 2)
        for (uint32_t word = 0; word < 1u << 12; word++) {
            void *block;
            weir_spsc *q = make(capacity, UINT64_MAX - 3, &block);
            uint64_t pushed = 0, popped = 0, v = 0;
            for (int i = 0; i < 12; i++) {
                if (word >> i & 1) {
                    assert_int_equal(weir_spsc_try_push(q, pushed), pushed - popped < capacity);
                    pushed += pushed - popped < capacity;
                } else {
                    bool some = pushed != popped;
                    v = 77;
                    assert_int_equal(weir_spsc_try_pop(q, &v), some);
                    assert_int_equal(v, some ? popped : 77);
                    popped += some;
                }
                assert_int_equal(weir_spsc_size(q), pushed - popped);
            }
            free(block);
            free(q);
        }
}

/* Batches of every length 0..9 at every offset of a ring of 8, across the end of the array and of the counter. */
static void batches(void **state) {
    (void)state;
    for (uint64_t start = UINT64_MAX - 8; start != 2; start++)
        for (size_t n = 0; n <= 9; n++)
            for (size_t inside = 0; inside <= 8; inside++) {
                void *block;
                weir_spsc *q = make(8, start, &block);
                uint64_t in[9], out[20];
                for (size_t i = 0; i < inside; i++) assert_true(weir_spsc_try_push(q, i));
                for (size_t i = 0; i < n; i++) in[i] = 100 + i;
                size_t k = weir_spsc_try_push_n(q, in, n), room = 8 - inside;
                assert_int_equal(k, n < room ? n : room);
                size_t got = weir_spsc_try_pop_n(q, out, n);        /* a part ... */
                got += weir_spsc_try_pop_n(q, out + got, 20 - got); /* ... and the rest */
                assert_int_equal(got, inside + k);
                for (size_t i = 0; i < got; i++) assert_int_equal(out[i], i < inside ? i : 100 + i - inside);
                assert_int_equal(weir_spsc_try_pop_n(q, out, 5), 0);
                free(block);
                free(q);
            }
}

enum { MOVED = 200000 };

static void *produce(void *arg) {
    weir_spsc *q = arg;
    uint64_t batch[7];
    for (uint64_t next = 0; next < MOVED;) {
        size_t n = next % 3 == 0 ? 7 : 1, k;
        if (n > MOVED - next) n = MOVED - next;
        for (size_t i = 0; i < n; i++) batch[i] = next + i;
        k = n == 1 ? weir_spsc_try_push(q, next) : weir_spsc_try_push_n(q, batch, n);
        if (!k) weir_yield();
        next += k;
    }
    return NULL;
}

/* Order and number of the words across two threads; under TSan also the publication of the items. */
static void two_threads(void **state) {
    (void)state;
    for (uint64_t capacity = 1; capacity <= 64; capacity *= 8) {
        void *block;
        weir_spsc *q = make(capacity, UINT64_MAX - 1000, &block);
        pthread_t t = weir_test_thread(produce, q);
        uint64_t v[5], expected = 0, wrong = 0;
        while (expected < MOVED) {
            size_t k = expected % 5 ? weir_spsc_try_pop(q, v) : weir_spsc_try_pop_n(q, v, 5);
            if (!k) weir_yield();
            for (size_t i = 0; i < k; i++) wrong += v[i] != expected++;
        }
        pthread_join(t, NULL);
        assert_int_equal(wrong, 0);
        assert_int_equal(weir_spsc_size(q), 0);
        free(block);
        free(q);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(init_refuses), cmocka_unit_test(short_strings),
                                       cmocka_unit_test(batches), cmocka_unit_test(two_threads)};
    return cmocka_run_group_tests_name("spsc." WEIR_STRING(WEIR_SPSC), tests, NULL, NULL);
}
