/* Unit test of mcast, compiled once a variant. */
#include "prims/test_p.h"

#include "prims/mcast.h"

#define INIT_AT WEIR_BIND(mcast, WEIR_MCAST, _init_at)

static weir_mcast *make(uint64_t capacity, unsigned readers, uint64_t start, void **block) {
    weir_mcast *q = weir_test_alloc(sizeof *q);
    *block = weir_test_alloc(weir_mcast_bytes(capacity, readers));
    assert_int_equal(INIT_AT(q, capacity, readers, *block, start), WEIR_OK);
    return q;
}

static void unmake(weir_mcast *q, void *block) {
    free(block);
    free(q);
}

static void init_refuses(void **state) {
    (void)state;
    weir_mcast *q = weir_test_alloc(2 * sizeof *q);
    char *block = weir_test_alloc(4096);
    memset(q, 0x5a, sizeof *q);
    assert_int_equal(weir_mcast_init(NULL, 8, 2, block), WEIR_BAD_NULL);
    assert_int_equal(weir_mcast_init(q, 8, 2, NULL), WEIR_BAD_NULL);
    assert_int_equal(weir_mcast_init(q, 8, 2, block + 8), WEIR_BAD_ALIGN);
    assert_int_equal(weir_mcast_init((weir_mcast *)((char *)q + 8), 8, 2, block), WEIR_BAD_ALIGN);
    assert_int_equal(weir_mcast_init(q, 0, 2, block), WEIR_BAD_ZERO);
    assert_int_equal(weir_mcast_init(q, 8, 0, block), WEIR_BAD_ZERO);
    assert_int_equal(weir_mcast_init(q, 12, 2, block), WEIR_BAD_POWER_OF_TWO);
    assert_int_equal(weir_mcast_init(q, (uint64_t)1 << 32, 2, block), WEIR_BAD_RANGE);
    assert_int_equal(weir_mcast_init(q, 8, 1025, block), WEIR_BAD_RANGE);
    assert_int_equal(weir_mcast_bytes(3, 2), 0);
    assert_int_equal(weir_mcast_bytes(8, 0), 0);
    assert_int_equal(weir_mcast_bytes(8, 1025), 0);
    for (size_t i = 0; i < sizeof *q; i++) assert_int_equal(((unsigned char *)q)[i], 0x5a); /* nothing was written */
    free(block);
    free(q);
}

/* A model: how many were pushed, and what the two readers have still to read. Item = its number. */
typedef struct model {
    weir_mcast_reader *reader[2];
    uint64_t pushed, next[2];
} model;

static uint64_t room(const model *m, uint64_t capacity) {
    uint64_t most = 0;
    for (int i = 0; i < 2; i++)
        if (m->reader[i] && m->pushed - m->next[i] > most) most = m->pushed - m->next[i];
    return capacity - most;
}

static void step(weir_mcast *q, model *m, unsigned op, uint64_t capacity) {
    unsigned i = op & 1;
    uint64_t v = 77;
    if (op == 4) {
        bool free_place = room(m, capacity) > 0;
        assert_int_equal(weir_mcast_try_push(q, m->pushed), free_place);
        m->pushed += free_place;
    } else if (op < 2 && !m->reader[i]) {
        m->reader[i] = weir_mcast_join(q);
        m->next[i] = m->pushed;
        assert_non_null(m->reader[i]);
    } else if (op < 2) {
        weir_mcast_leave(q, m->reader[i]);
        m->reader[i] = NULL;
    } else if (m->reader[i]) {
        bool some = m->next[i] < m->pushed;
        assert_int_equal(weir_mcast_try_pop(q, m->reader[i], &v), some);
        assert_int_equal(v, some ? m->next[i] : 77);
        m->next[i] += some;
    }
    for (i = 0; i < 2; i++)
        if (m->reader[i]) assert_int_equal(weir_mcast_lag(q, m->reader[i]), m->pushed - m->next[i]);
    if (m->reader[0] && m->reader[1]) assert_null(weir_mcast_join(q));
}

/* Every string of 7 operations: push, and for each of two readers pop, and join or leave. */
static void short_strings(void **state) {
    (void)state;
    for (uint64_t capacity = 1; capacity <= 4; capacity *= 2)
        for (unsigned word = 0; word < 2 * 78125; word++) {
            void *block;
            weir_mcast *q = make(capacity, 2, word & 1 ? UINT64_MAX - 2 : 0, &block);
            model m = {.pushed = 0};
            unsigned rest = word / 2;
            for (int i = 0; i < 7; i++, rest /= 5) step(q, &m, rest % 5, capacity);
            unmake(q, block);
        }
}

/* Batches of every length 0..9 at every offset of a ring of 8, across the end of the array and of the counter, with one
 * reader that has `inside` items before it and one that has none. */
static void batches(void **state) {
    (void)state;
    for (uint64_t start = UINT64_MAX - 8; start != 2; start++)
        for (size_t n = 0; n <= 9; n++)
            for (size_t inside = 0; inside <= 8; inside++) {
                void *block;
                weir_mcast *q = make(8, 3, start, &block);
                weir_mcast_reader *slow = weir_mcast_join(q), *late;
                uint64_t in[9], out[20];
                for (size_t i = 0; i < inside; i++) assert_true(weir_mcast_try_push(q, i));
                late = weir_mcast_join(q);
                for (size_t i = 0; i < n; i++) in[i] = 100 + i;
                size_t k = weir_mcast_try_push_n(q, in, n), places = 8 - inside;
                assert_int_equal(k, n < places ? n : places);
                size_t got = weir_mcast_try_pop_n(q, slow, out, n);        /* a part ... */
                got += weir_mcast_try_pop_n(q, slow, out + got, 20 - got); /* ... and the rest */
                assert_int_equal(got, inside + k);
                for (size_t i = 0; i < got; i++) assert_int_equal(out[i], i < inside ? i : 100 + i - inside);
                assert_int_equal(weir_mcast_try_pop_n(q, late, out, 20), k);
                for (size_t i = 0; i < k; i++) assert_int_equal(out[i], 100 + i);
                assert_int_equal(weir_mcast_try_pop_n(q, late, out, 5), 0);
                unmake(q, block);
            }
}

/* Nobody waits for nobody; and a batch longer than the ring is cut to it all the same. */
static void without_readers(void **state) {
    (void)state;
    void *block;
    weir_mcast *q = make(4, 1, 0, &block);
    uint64_t v[9] = {0}, got = 0;
    for (uint64_t i = 0; i < 100; i++) assert_true(weir_mcast_try_push(q, i));
    assert_int_equal(weir_mcast_try_push_n(q, v, 9), 4);
    weir_mcast_reader *r = weir_mcast_join(q);
    assert_false(weir_mcast_try_pop(q, r, &got)); /* what was before is not for it */
    for (uint64_t i = 0; i < 4; i++) assert_true(weir_mcast_try_push(q, 200 + i));
    assert_false(weir_mcast_try_push(q, 204));
    assert_true(weir_mcast_try_pop(q, r, &got) && got == 200);
    weir_mcast_leave(q, r);
    for (uint64_t i = 0; i < 100; i++) assert_true(weir_mcast_try_push(q, i));
    unmake(q, block);
}

/* A team: one writer of the numbers 0 .. items - 1, readers that stay, and readers that come and go. */
enum { TEAM_MAX = 8, STAYS_MAX = 4096 };
typedef struct visitor {
    struct team *team;
    uint64_t wrong;
    weir_a32 stays;                               /* how often it has joined so far */
    uint64_t before[STAYS_MAX], first[STAYS_MAX]; /* pushed before that join; the first item it then saw, or items */
    uint64_t after[STAYS_MAX];                    /* writer's: the first item pushed after the join was known */
} visitor;
typedef struct team {
    weir_mcast *q;
    uint64_t items;
    weir_a64 pushed;
    unsigned comers;
    weir_mcast_reader *stayer[TEAM_MAX];
    visitor member[TEAM_MAX];
} team;

/* Reads from `from` on, checking that no number is missing; ends when it has seen all, or after `most`. */
static uint64_t follow(visitor *me, weir_mcast_reader *r, uint64_t from, uint64_t most) {
    uint64_t next = from, v[5], idle = 0;
    while (next < me->team->items && next - from < most && idle < 1000000) {
        size_t k = next % 3 ? weir_mcast_try_pop(me->team->q, r, v) : weir_mcast_try_pop_n(me->team->q, r, v, 5);
        if (!k) weir_yield();
        idle = k ? 0 : idle + 1;
        for (size_t i = 0; i < k; i++) me->wrong += v[i] != next++;
    }
    return next;
}

static void *stay(void *arg) {
    visitor *me = arg;
    me->wrong += follow(me, me->team->stayer[me - me->team->member], 0, UINT64_MAX) != me->team->items;
    return NULL;
}

static void *come_and_go(void *arg) {
    visitor *me = arg;
    team *t = me->team;
    for (uint32_t stays = 0; stays < STAYS_MAX && weir_a64_load(&t->pushed) < t->items; stays++) {
        me->before[stays] = weir_a64_load_acquire(&t->pushed); /* those happen before the join */
        weir_mcast_reader *r = weir_mcast_join(t->q);
        weir_a32_store_release(&me->stays, stays + 1); /* pairs with push_all: its next push happens after the join */
        me->wrong += !r;
        if (!r) return NULL;
        uint64_t v = t->items;
        while (!weir_mcast_try_pop(t->q, r, &v) && weir_a64_load(&t->pushed) < t->items) weir_yield();
        me->first[stays] = v;
        if (v < t->items) follow(me, r, v + 1, stays % 50);
        weir_mcast_leave(t->q, r);
    }
    return NULL;
}

static void push_all(team *t) {
    uint64_t batch[7], next = 0;
    uint32_t seen[TEAM_MAX] = {0}, stays;
    while (next < t->items) {
        for (unsigned i = 0; i < t->comers; i++)
            for (stays = weir_a32_load_acquire(&t->member[i].stays); seen[i] < stays; seen[i]++)
                t->member[i].after[seen[i]] = next;
        size_t n = next % 3 == 0 ? 7 : 1, k;
        if (n > t->items - next) n = (size_t)(t->items - next);
        for (size_t i = 0; i < n; i++) batch[i] = next + i;
        k = n == 1 ? weir_mcast_try_push(t->q, next) : weir_mcast_try_push_n(t->q, batch, n);
        if (!k) weir_yield();
        next += k;
        weir_a64_store_release(&t->pushed, next);
    }
    for (unsigned i = 0; i < t->comers; i++)
        for (; seen[i] < STAYS_MAX; seen[i]++) t->member[i].after[seen[i]] = t->items;
}

/* The laws: who stays sees all; who comes sees from its join on, no item less, no item more, and none is missing. */
static void laws(uint64_t capacity, unsigned comers, unsigned stayers, uint64_t items) {
    static team t;
    void *block;
    pthread_t thread[TEAM_MAX];
    memset(&t, 0, sizeof t);
    t.q = make(capacity, comers + stayers, UINT64_MAX - 1000, &block);
    t.items = items;
    t.comers = comers;
    for (unsigned i = comers; i < comers + stayers; i++) t.stayer[i] = weir_mcast_join(t.q);
    for (unsigned i = 0; i < comers + stayers; i++) {
        t.member[i].team = &t;
        thread[i] = weir_test_thread(i < comers ? come_and_go : stay, &t.member[i]);
    }
    push_all(&t);
    for (unsigned i = 0; i < comers + stayers; i++) pthread_join(thread[i], NULL);
    for (unsigned i = 0; i < comers + stayers; i++) {
        visitor *m = &t.member[i];
        assert_int_equal(m->wrong, 0);
        for (uint32_t s = 0; s < weir_a32_load(&m->stays); s++) {
            assert_true(m->before[s] <= m->first[s]);
            assert_true(m->first[s] <= m->after[s]);
        }
    }
    unmake(t.q, block);
}

static void teams(void **state) {
    (void)state;
    static const uint64_t capacities[] = {1, 2, 8, 1024};
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        laws(capacities[i], 0, 1, 50000);
        laws(capacities[i], 0, 4, 10000);
        laws(capacities[i], 2, 0, 50000);
        laws(capacities[i], 2, 2, 10000);
    }
}

static void oversubscribed(void **state) {
    (void)state;
    laws(4, 4, 4, 5000);
    laws(1024, 4, 4, 50000);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(init_refuses), cmocka_unit_test(short_strings),
                                       cmocka_unit_test(batches),      cmocka_unit_test(without_readers),
                                       cmocka_unit_test(teams),        cmocka_unit_test(oversubscribed)};
    return cmocka_run_group_tests_name("mcast." WEIR_STRING(WEIR_MCAST), tests, NULL, NULL);
}
