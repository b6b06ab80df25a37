/* Unit test of deque, compiled once a variant. */
#include "prims/test_p.h"

#include "prims/deque.h"

#define INIT_AT WEIR_BIND(deque, WEIR_DEQUE, _init_at)

static weir_deque *make(uint64_t capacity, uint64_t start, void **block) {
    weir_deque *q = weir_test_alloc(sizeof *q);
    *block = weir_test_alloc(weir_deque_bytes(capacity));
    assert_int_equal(INIT_AT(q, capacity, *block, start), WEIR_OK);
    return q;
}

static void unmake(weir_deque *q, void *block) {
    free(block);
    free(q);
}

static void init_refuses(void **state) {
    (void)state;
    weir_deque *q = weir_test_alloc(2 * sizeof *q);
    char *block = weir_test_alloc(1024);
    memset(q, 0x5a, sizeof *q);
    assert_int_equal(weir_deque_init(NULL, 8, block), WEIR_BAD_NULL);
    assert_int_equal(weir_deque_init(q, 8, NULL), WEIR_BAD_NULL);
    assert_int_equal(weir_deque_init(q, 8, block + 8), WEIR_BAD_ALIGN);
    assert_int_equal(weir_deque_init((weir_deque *)((char *)q + 8), 8, block), WEIR_BAD_ALIGN);
    assert_int_equal(weir_deque_init(q, 0, block), WEIR_BAD_ZERO);
    assert_int_equal(weir_deque_init(q, 12, block), WEIR_BAD_POWER_OF_TWO);
    assert_int_equal(weir_deque_init(q, (uint64_t)1 << 32, block), WEIR_BAD_RANGE);
    assert_int_equal(weir_deque_bytes(0), 0);
    assert_int_equal(weir_deque_bytes(3), 0);
    assert_int_equal(weir_deque_bytes((uint64_t)1 << 32), 0);
    for (size_t i = 0; i < sizeof *q; i++) assert_int_equal(((unsigned char *)q)[i], 0x5a); /* nothing was written */
    free(block);
    free(q);
}

/* One operation on the deque and on a model of it: the numbers top .. bottom - 1 with their items in a plain array. */
typedef struct model {
    uint64_t items[16];
    unsigned top, bottom;
} model;

static void step(weir_deque *q, model *m, unsigned op, uint64_t capacity, uint64_t item) {
    uint64_t v = 77, size = m->bottom - m->top;
    if (op == 0) {
        assert_int_equal(weir_deque_try_push(q, item), size < capacity);
        if (size < capacity) m->items[m->bottom++] = item;
    } else if (op == 1) {
        assert_int_equal(weir_deque_try_pop(q, &v), size > 0);
        assert_int_equal(v, size ? m->items[--m->bottom] : 77);
    } else {
        assert_int_equal(weir_deque_try_steal(q, &v), size ? WEIR_OK : WEIR_AGAIN);
        assert_int_equal(v, size ? m->items[m->top++] : 77);
    }
    assert_int_equal(weir_deque_size(q), m->bottom - m->top);
}

/* Every string of 9 operations, at each small capacity, with the counters at 0 and about to wrap. */
static void short_strings(void **state) {
    (void)state;
    for (uint64_t capacity = 1; capacity <= 4; capacity *= 2)
        for (unsigned word = 0; word < 2 * 19683; word++) {
            void *block;
            weir_deque *q = make(capacity, word & 1 ? UINT64_MAX - 2 : 0, &block);
            model m = {.top = 0};
            unsigned rest = word / 2;
            for (unsigned i = 0; i < 9; i++, rest /= 3) step(q, &m, rest % 3, capacity, i);
            unmake(q, block);
        }
}

/* A team: the owner pushes the numbers 0 .. items - 1 and pops some; thieves steal. Who takes a number notes it. */
enum { THIEVES_MAX = 7, ITEMS_MAX = 60000 };
typedef struct taker {
    struct team *team;
    unsigned char took[ITEMS_MAX];
    uint64_t disorder;
} taker;
typedef struct team {
    weir_deque *q;
    uint64_t items;
    weir_a32 over;
    taker owner, thieves[THIEVES_MAX];
} team;

/* What is inside is in order of number, so a thief meets ever higher numbers. */
static void *steal(void *arg) {
    taker *me = arg;
    uint64_t v = 0, last = 0;
    for (;;) {
        bool over = weir_a32_load_acquire(&me->team->over);
        weir_status st = weir_deque_try_steal(me->team->q, &v);
        if (st == WEIR_AGAIN) {
            if (over) return NULL;
            weir_yield();
        } else if (st == WEIR_OK) {
            me->disorder += v < last || v >= ITEMS_MAX;
            last = v;
            me->took[v % ITEMS_MAX]++;
        }
    }
}

/* Pushes and pops in short runs of all lengths, so that the deque is often empty or at its last item. */
static void own(team *t, bool leave_rest) {
    taker *me = &t->owner;
    uint64_t next = 0, v = 0, seed = 1;
    while (next < t->items) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        for (unsigned n = seed >> 61; n && next < t->items && weir_deque_try_push(t->q, next); n--) next++;
        for (unsigned n = seed >> 58 & 7; n && weir_deque_try_pop(t->q, &v); n--) {
            me->disorder += v >= next;
            me->took[v % ITEMS_MAX]++;
        }
    }
    while (!leave_rest && weir_deque_try_pop(t->q, &v)) me->took[v % ITEMS_MAX]++;
}

/* The laws: each number is taken once by somebody; nobody sees disorder. */
static void laws(uint64_t capacity, unsigned thieves, uint64_t items, bool leave_rest) {
    static team t;
    void *block;
    memset(&t, 0, sizeof t);
    t.q = make(capacity, UINT64_MAX - 1000, &block);
    t.items = items;
    pthread_t thread[THIEVES_MAX];
    for (unsigned i = 0; i < thieves; i++) {
        t.thieves[i].team = &t;
        thread[i] = weir_test_thread(steal, &t.thieves[i]);
    }
    own(&t, leave_rest);
    weir_a32_store_release(&t.over, 1);
    for (unsigned i = 0; i < thieves; i++) pthread_join(thread[i], NULL);
    assert_int_equal(t.owner.disorder, 0);
    for (unsigned i = 0; i < thieves; i++) assert_int_equal(t.thieves[i].disorder, 0);
    for (uint64_t v = 0; v < items; v++) {
        unsigned taken = t.owner.took[v];
        for (unsigned i = 0; i < thieves; i++) taken += t.thieves[i].took[v];
        if (taken != 1) fail_msg("item %u was taken %u times", (unsigned)v, taken);
    }
    assert_int_equal(weir_deque_size(t.q), 0);
    unmake(t.q, block);
}

static void teams(void **state) {
    (void)state;
    static const uint64_t capacities[] = {1, 2, 8, 1024};
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++)
        for (unsigned thieves = 1; thieves <= 4; thieves *= 2) {
            laws(capacities[i], thieves, 20000, false);
            laws(capacities[i], thieves, 20000, true);
        }
}

static void oversubscribed(void **state) {
    (void)state;
    laws(2, THIEVES_MAX, ITEMS_MAX, true);
    laws(1024, THIEVES_MAX, ITEMS_MAX, false);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(init_refuses), cmocka_unit_test(short_strings),
                                       cmocka_unit_test(teams), cmocka_unit_test(oversubscribed)};
    return cmocka_run_group_tests_name("deque." WEIR_STRING(WEIR_DEQUE), tests, NULL, NULL);
}
