/* Unit test of mpmc, compiled once a variant. */
#include "prims/test_p.h"

#include "prims/mpmc.h"

#define INIT_AT WEIR_BIND(mpmc, WEIR_MPMC, _init_at)

static weir_mpmc *make(uint64_t capacity, uint64_t start, void **block) {
    weir_mpmc *q = weir_test_alloc(sizeof *q);
    *block = weir_test_alloc(weir_mpmc_bytes(capacity));
    assert_int_equal(INIT_AT(q, capacity, *block, start), WEIR_OK);
    return q;
}

static void unmake(weir_mpmc *q, void *block) {
    free(block);
    free(q);
}

/* Numbers of first items just before something wraps: nothing, the 55 bits of a small scq's laps, positions. */
enum { STARTS = 3 };
static uint64_t start_of(int i, uint64_t capacity) {
    return i == 0 ? 0 : i == 1 ? ((uint64_t)capacity << 55) - 3 : UINT64_MAX - 3;
}

static void init_refuses(void **state) {
    (void)state;
    weir_mpmc *q = weir_test_alloc(2 * sizeof *q);
    char *block = weir_test_alloc(4096);
    memset(q, 0x5a, sizeof *q);
    assert_int_equal(weir_mpmc_init(NULL, 8, block), WEIR_BAD_NULL);
    assert_int_equal(weir_mpmc_init(q, 8, NULL), WEIR_BAD_NULL);
    assert_int_equal(weir_mpmc_init(q, 8, block + 8), WEIR_BAD_ALIGN);
    assert_int_equal(weir_mpmc_init((weir_mpmc *)((char *)q + 8), 8, block), WEIR_BAD_ALIGN);
    assert_int_equal(weir_mpmc_init(q, 0, block), WEIR_BAD_ZERO);
    assert_int_equal(weir_mpmc_init(q, 12, block), WEIR_BAD_POWER_OF_TWO);
    assert_int_equal(weir_mpmc_init(q, (uint64_t)1 << 32, block), WEIR_BAD_RANGE);
    assert_int_equal(weir_mpmc_init(q, (uint64_t)1 << 63, block), WEIR_BAD_RANGE);
    assert_int_equal(weir_mpmc_bytes(0), 0);
    assert_int_equal(weir_mpmc_bytes(3), 0);
    assert_int_equal(weir_mpmc_bytes((uint64_t)1 << 32), 0);
    for (size_t i = 0; i < sizeof *q; i++) assert_int_equal(((unsigned char *)q)[i], 0x5a); /* nothing was written */
    free(block);
    free(q);
}

/* Every string of 11 operations against a counter model, at each small capacity and start; close after the 8th. */
static void short_strings(void **state) {
    (void)state;
    for (uint64_t capacity = 1; capacity <= 4; capacity *= 2)
        for (uint32_t word = 0; word < STARTS << 11; word++) {
            void *block;
            weir_mpmc *q = make(capacity, start_of((int)(word >> 11), capacity), &block);
            uint64_t pushed = 0, popped = 0, v = 0;
            for (int i = 0; i < 11; i++) {
                if (i == 8) weir_mpmc_close(q);
                assert_int_equal(weir_mpmc_closed(q), i >= 8);
                if (word >> i & 1) {
                    bool room = pushed - popped < capacity && i < 8;
                    assert_int_equal(weir_mpmc_try_push(q, pushed), room);
                    pushed += room;
                } else {
                    bool some = pushed != popped;
                    v = 77;
                    assert_int_equal(weir_mpmc_try_pop(q, &v), some);
                    assert_int_equal(v, some ? popped : 77);
                    popped += some;
                }
                assert_int_equal(weir_mpmc_size(q), pushed - popped);
                assert_int_equal(weir_mpmc_drained(q), i >= 8 && pushed == popped);
            }
            unmake(q, block);
        }
}

/* Batches of every length 0..40 at every offset of a ring of 32, across the end of the array and of the counters. */
static void batches(void **state) {
    (void)state;
    uint64_t in[40], out[80];
    for (uint64_t start = UINT64_MAX - 32; start != 2; start++)
        for (size_t n = 0; n <= 40; n++)
            for (size_t inside = 0; inside <= 32; inside += 8) {
                void *block;
                weir_mpmc *q = make(32, start, &block);
                for (size_t i = 0; i < inside; i++) assert_true(weir_mpmc_try_push(q, i));
                for (size_t i = 0; i < n; i++) in[i] = 100 + i;
                size_t k = weir_mpmc_try_push_n(q, in, n), room = 32 - inside;
                assert_int_equal(k, n < room ? n : room);
                size_t got = weir_mpmc_try_pop_n(q, out, n); /* a part ... */
                assert_int_equal(got, n < inside + k ? n : inside + k);
                got += weir_mpmc_try_pop_n(q, out + got, 80 - got); /* ... and the rest */
                assert_int_equal(got, inside + k);
                for (size_t i = 0; i < got; i++) assert_int_equal(out[i], i < inside ? i : 100 + i - inside);
                assert_int_equal(weir_mpmc_try_pop_n(q, out, 5), 0);
                assert_int_equal(weir_mpmc_size(q), 0);
                unmake(q, block);
            }
}

/* A team. Item = producer << 32 | number, so a consumer can check the order; what is popped is also counted per producer. */
enum { PRODUCERS_MAX = 8, TEAM_MAX = 16 };
typedef struct team team;
typedef struct member {
    team *team;
    unsigned id;
    uint64_t moved[PRODUCERS_MAX], sum[PRODUCERS_MAX], disorder; /* by producer */
} member;
struct team {
    weir_mpmc *q;
    uint64_t each; /* items a producer pushes, unless the ring is closed before */
    weir_a32 producing;
    member members[TEAM_MAX];
};

static void *produce(void *arg) {
    member *m = arg;
    weir_mpmc *q = m->team->q;
    uint64_t batch[5], base = (uint64_t)m->id << 32, next = 0;
    while (next < m->team->each) {
        size_t n = next % 3 == 0 ? 5 : 1, k;
        if (n > m->team->each - next) n = (size_t)(m->team->each - next);
        for (size_t i = 0; i < n; i++) batch[i] = base | (next + i);
        k = n == 1 ? weir_mpmc_try_push(q, base | next) : weir_mpmc_try_push_n(q, batch, n);
        for (size_t i = 0; i < k; i++) m->sum[m->id] += next + i;
        next += k;
        if (!k) {
            if (weir_mpmc_closed(q)) break;
            weir_yield();
        }
    }
    m->moved[m->id] = next;
    weir_a32_sub_release(&m->team->producing, 1); /* pairs with the acquire in consume */
    return NULL;
}

static void *consume(void *arg) {
    member *m = arg;
    weir_mpmc *q = m->team->q;
    uint64_t v[4], expected[PRODUCERS_MAX] = {0}, n = 0;
    for (;;) {
        bool over = weir_mpmc_drained(q) || weir_a32_load_acquire(&m->team->producing) == 0;
        size_t k = n % 3 ? weir_mpmc_try_pop(q, v) : weir_mpmc_try_pop_n(q, v, 4);
        if (!k && over) break;
        if (!k) weir_yield();
        n += k;
        for (size_t i = 0; i < k; i++) {
            unsigned p = (unsigned)(v[i] >> 32) % PRODUCERS_MAX;
            uint64_t number = v[i] & UINT32_MAX;
            m->disorder += number < expected[p] || v[i] >> 32 >= PRODUCERS_MAX;
            expected[p] = number + 1;
            m->moved[p]++;
            m->sum[p] += number;
        }
    }
    return NULL;
}

/* The laws: of every producer's items, none is lost, doubled or invented, and each consumer sees them in order. */
static void laws(uint64_t capacity, unsigned producers, unsigned consumers, uint64_t each, int close_after_yields) {
    void *block;
    static team t;
    memset(&t, 0, sizeof t);
    t.q = make(capacity, start_of(close_after_yields < 0 ? 2 : 1, capacity), &block);
    t.each = each;
    weir_a32_store(&t.producing, producers);
    pthread_t thread[TEAM_MAX];
    for (unsigned i = 0; i < producers + consumers; i++) {
        t.members[i].team = &t;
        t.members[i].id = i;
        thread[i] = weir_test_thread(i < producers ? produce : consume, &t.members[i]);
    }
    for (int i = 0; i < close_after_yields; i++) weir_yield();
    if (close_after_yields >= 0) weir_mpmc_close(t.q);
    for (unsigned i = 0; i < producers + consumers; i++) pthread_join(thread[i], NULL);
    for (unsigned p = 0; p < producers; p++) {
        uint64_t moved = 0, sum = 0;
        for (unsigned i = producers; i < producers + consumers; i++) {
            moved += t.members[i].moved[p];
            sum += t.members[i].sum[p];
            assert_int_equal(t.members[i].disorder, 0);
        }
        assert_int_equal(moved, t.members[p].moved[p]);
        assert_int_equal(sum, t.members[p].sum[p]);
        if (close_after_yields < 0) assert_int_equal(moved, each);
    }
    assert_int_equal(weir_mpmc_size(t.q), 0);
    unmake(t.q, block);
}

static void teams(void **state) {
    (void)state;
    static const uint64_t capacities[] = {1, 2, 8, 1024};
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        uint64_t capacity = capacities[i];
        laws(capacity, 1, 1, 20000, -1);
        laws(capacity, 2, 2, 10000, -1);
        laws(capacity, 1, 4, 10000, -1);
        laws(capacity, 4, 1, 5000, -1);
    }
}

static void oversubscribed(void **state) {
    (void)state;
    laws(1, 8, 8, 1500, -1);
    laws(2, 8, 8, 2000, -1);
    laws(1024, 8, 8, 10000, -1);
}

/* What was pushed before close is popped, nothing else; with the close at many different moments. */
static void closing(void **state) {
    (void)state;
    for (int i = 0; i < 60; i++) laws((uint64_t)1 << i % 4, 2, 2, 1u << 20, i);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(init_refuses),   cmocka_unit_test(short_strings),
                                       cmocka_unit_test(batches),        cmocka_unit_test(teams),
                                       cmocka_unit_test(oversubscribed), cmocka_unit_test(closing)};
    return cmocka_run_group_tests_name("mpmc." WEIR_STRING(WEIR_MPMC), tests, NULL, NULL);
}
