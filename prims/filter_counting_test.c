/* Unit test of what only filter.counting has: remove, refusal of an underflow, sticky counters. */
#include "prims/test_p.h"

#include "prims/filter/counting.h"

static weir_filter_counting make(uint64_t keys, unsigned bits) {
    weir_filter_counting f;
    void *block = weir_test_alloc(weir_filter_counting_bytes(keys, bits));
    assert_int_equal(weir_filter_counting_init(&f, keys, bits, 5, block), WEIR_OK);
    return f;
}

static bool all_zero(const weir_filter_counting *f) {
    uint64_t any = 0;
    for (uint64_t i = 0; i < f->counters / 16; i++) any |= weir_a64_load(f->words + i);
    return any == 0;
}

static uint64_t next(uint64_t *x) {
    *x = *x * 6364136223846793005u + 1442695040888963407u;
    return *x >> 33;
}

/* Random inserts and removes of ids that are in, against an exact multiset: never a false negative, and removing all
 * leaves nothing, since no counter was full. */
static void against_a_multiset(void **state) {
    (void)state;
    enum { IDS = 400, STEPS = 60000 };
    for (uint64_t seed = 1; seed <= 5; seed++) {
        weir_filter_counting f = make(IDS, 16);
        int in[IDS] = {0}, wrong = 0;
        uint64_t x = seed;
        for (int step = 0; step < STEPS; step++) {
            uint64_t id = next(&x) % IDS;
            if (in[id] && next(&x) % 2) {
                assert_int_equal(weir_filter_counting_remove(&f, id), WEIR_OK);
                in[id]--;
            } else if (in[id] < 2) {
                if (next(&x) % 2) weir_filter_counting_insert(&f, id);
                else weir_filter_counting_insert_sp(&f, id);
                in[id]++;
            }
            uint64_t other = next(&x) % IDS;
            bool maybe = weir_filter_counting_may_contain(&f, other);
            assert_true(maybe || !in[other]);
            wrong += maybe && !in[other];
        }
        assert_true(wrong < STEPS / 20);
        for (uint64_t id = 0; id < IDS; id++)
            for (; in[id]; in[id]--) assert_int_equal(weir_filter_counting_remove(&f, id), WEIR_OK);
        assert_true(all_zero(&f));
        free(f.words);
    }
}

static void absent_is_refused(void **state) {
    (void)state;
    weir_filter_counting f = make(1000, 10);
    size_t bytes = weir_filter_counting_bytes(1000, 10), refused = 0;
    assert_int_equal(weir_filter_counting_remove(&f, 1), WEIR_ABSENT);
    assert_true(all_zero(&f));
    for (uint64_t i = 0; i < 1000; i++) weir_filter_counting_insert(&f, i);
    void *before = malloc(bytes);
    memcpy(before, f.words, bytes);
    for (uint64_t i = 1000; i < 20000; i++)
        if (!weir_filter_counting_may_contain(&f, i)) {
            refused++;
            assert_int_equal(weir_filter_counting_remove(&f, i), WEIR_ABSENT);
        }
    assert_true(refused > 18000);
    assert_memory_equal(before, f.words, bytes);
    for (uint64_t i = 0; i < 1000; i++) assert_true(weir_filter_counting_may_contain(&f, i));
    free(before);
    free(f.words);
}

static void set_counter(weir_filter_counting *f, uint64_t place, uint64_t v) {
    uint64_t shift = place % 16 * 4, word = weir_a64_load(f->words + place / 16);
    weir_a64_store(f->words + place / 16, (word & ~((uint64_t)15 << shift)) | v << shift);
}

/* Two probes of one key fall on one counter that says 1: the second finds 0, and what the others took is given back.
 * Counters that are full are left alone on the way there and back. */
static void half_an_underflow_is_undone(void **state) {
    (void)state;
    weir_filter_counting f = make(10, 10);
    size_t bytes = weir_filter_counting_bytes(10, 10);
    uint64_t *before = malloc(bytes);
    int found = 0;
    for (uint64_t id = 0; id < 100000 && found < 50; id++) {
        uint64_t h = weir_filter_hash(id, f.seed);
        unsigned twice = 0;
        for (unsigned i = 1; i < f.k; i++)
            twice += weir_filter_probe(h, i, f.counters) == weir_filter_probe(h, i - 1, f.counters);
        if (!twice) continue;
        found++;
        weir_filter_counting_clear(&f);
        set_counter(&f, weir_filter_probe(h, 0, f.counters), 15);
        for (unsigned i = 1; i < f.k; i++) set_counter(&f, weir_filter_probe(h, i, f.counters), 1);
        memcpy(before, f.words, bytes);
        assert_true(weir_filter_counting_may_contain(&f, id));
        assert_int_equal(weir_filter_counting_remove(&f, id), WEIR_ABSENT);
        assert_memory_equal(before, f.words, bytes);
    }
    assert_true(found > 10);
    free(before);
    free(f.words);
}

/* 14 come and go exactly; the 15th makes the counters forget, and from then on the key stays. */
static void full_is_sticky(void **state) {
    (void)state;
    weir_filter_counting f = make(1000, 8);
    uint64_t id = 0;
    for (int i = 0; i < 14; i++) weir_filter_counting_insert(&f, id);
    for (int i = 0; i < 14; i++) {
        assert_true(weir_filter_counting_may_contain(&f, id));
        assert_int_equal(weir_filter_counting_remove(&f, id), WEIR_OK);
    }
    assert_true(all_zero(&f));
    for (int sp = 0; sp < 2; sp++) {
        for (int i = 0; i < 100; i++) {
            if (sp) weir_filter_counting_insert_sp(&f, id);
            else weir_filter_counting_insert(&f, id);
        }
        for (int i = 0; i < 200; i++) assert_int_equal(weir_filter_counting_remove(&f, id), WEIR_OK);
        assert_true(weir_filter_counting_may_contain(&f, id));
        weir_filter_counting_clear(&f);
        assert_false(weir_filter_counting_may_contain(&f, id));
    }
    free(f.words);
}

/* Full counters stay with those who share them: crowd a small filter, take the crowd out again, and whoever was
 * inserted once and not removed is still there. */
static void a_crowd_does_no_harm(void **state) {
    (void)state;
    weir_filter_counting f = make(64, 8);
    for (uint64_t id = 0; id < 64; id++) weir_filter_counting_insert(&f, id);
    for (uint64_t id = 1000; id < 3000; id++) weir_filter_counting_insert(&f, id);
    for (uint64_t id = 1000; id < 3000; id++) assert_int_equal(weir_filter_counting_remove(&f, id), WEIR_OK);
    for (uint64_t id = 0; id < 64; id++) assert_true(weir_filter_counting_may_contain(&f, id));
    free(f.words);
}

/* A union counts: it can be taken apart again, up to what is full. */
static void subsume_adds(void **state) {
    (void)state;
    weir_filter_counting a = make(500, 12), b = make(500, 12);
    for (uint64_t id = 0; id < 100; id++) weir_filter_counting_insert(&a, id);
    for (uint64_t id = 50; id < 150; id++) weir_filter_counting_insert(&b, id);
    assert_int_equal(weir_filter_counting_subsume(&a, &b), WEIR_OK);
    for (uint64_t id = 50; id < 150; id++) assert_int_equal(weir_filter_counting_remove(&a, id), WEIR_OK);
    for (uint64_t id = 0; id < 100; id++) assert_true(weir_filter_counting_may_contain(&a, id));
    for (uint64_t id = 0; id < 100; id++) assert_int_equal(weir_filter_counting_remove(&a, id), WEIR_OK);
    assert_true(all_zero(&a));
    for (int i = 0; i < 20; i++) weir_filter_counting_insert(&a, 1);
    for (int i = 0; i < 3; i++) assert_int_equal(weir_filter_counting_subsume(&a, &a), WEIR_OK);
    for (int i = 0; i < 500; i++) assert_int_equal(weir_filter_counting_remove(&a, 1), WEIR_OK);
    assert_true(weir_filter_counting_may_contain(&a, 1)); /* 15 + 15 is 15, not 14 */
    free(a.words);
    free(b.words);
}

enum { THREADS = 4, ROUNDS = 300, OWN = 50 };

typedef struct worker {
    weir_filter_counting *f;
    uint64_t index, refused, missing;
} worker;

static void *comes_and_goes(void *arg) {
    worker *w = arg;
    for (int round = 0; round < ROUNDS; round++) {
        for (uint64_t i = 0; i < OWN; i++) weir_filter_counting_insert(w->f, w->index * OWN + i);
        for (uint64_t i = 0; i < OWN; i++) w->missing += !weir_filter_counting_may_contain(w->f, w->index * OWN + i);
        for (uint64_t i = 0; i < OWN; i++)
            w->refused += weir_filter_counting_remove(w->f, w->index * OWN + i) != WEIR_OK;
        for (uint64_t i = 0; i < OWN; i++) w->missing += !weir_filter_counting_may_contain(w->f, 100000 + i);
    }
    return NULL;
}

/* No increment and no decrement is lost, and who stays is never missed meanwhile. */
static void concurrent(void **state) {
    (void)state;
    weir_filter_counting f = make(300, 16); /* sparse enough that no counter gets full */
    for (uint64_t i = 0; i < OWN; i++) weir_filter_counting_insert(&f, 100000 + i);
    worker w[THREADS];
    pthread_t p[THREADS];
    for (uint64_t i = 0; i < THREADS; i++) {
        w[i] = (worker){&f, i, 0, 0};
        p[i] = weir_test_thread(comes_and_goes, &w[i]);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(p[i], NULL);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(w[i].missing, 0);
        assert_int_equal(w[i].refused, 0);
    }
    for (uint64_t i = 0; i < OWN; i++) assert_int_equal(weir_filter_counting_remove(&f, 100000 + i), WEIR_OK);
    assert_true(all_zero(&f));
    free(f.words);
}

typedef struct event {
    weir_filter_counting f;
    uint64_t effect[100]; /* plain: the filter alone orders these */
} event;

static void *completes(void *arg) {
    event *e = arg;
    for (uint64_t i = 0; i < 100; i++) {
        e->effect[i] = i + 1;
        weir_filter_counting_remove(&e->f, i);
    }
    return NULL;
}

/* A filter of pending events: "surely not pending" carries the event's effects. TSan is the judge of this one. */
static void a_no_carries_the_effects(void **state) {
    (void)state;
    event *e = weir_test_alloc(sizeof *e);
    memset(e, 0, sizeof *e);
    e->f = make(100, 32);
    for (uint64_t i = 0; i < 100; i++) weir_filter_counting_insert(&e->f, i);
    pthread_t t = weir_test_thread(completes, e);
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < 100; i++) {
        while (weir_filter_counting_may_contain(&e->f, i)) weir_yield();
        wrong += e->effect[i] != i + 1;
    }
    pthread_join(t, NULL);
    assert_int_equal(wrong, 0);
    free(e->f.words);
    free(e);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(against_a_multiset),
                                       cmocka_unit_test(absent_is_refused),
                                       cmocka_unit_test(half_an_underflow_is_undone),
                                       cmocka_unit_test(full_is_sticky),
                                       cmocka_unit_test(a_crowd_does_no_harm),
                                       cmocka_unit_test(subsume_adds),
                                       cmocka_unit_test(concurrent),
                                       cmocka_unit_test(a_no_carries_the_effects)};
    return cmocka_run_group_tests_name("filter.counting", tests, NULL, NULL);
}
