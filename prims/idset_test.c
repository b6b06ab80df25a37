/* Unit test of idset, compiled once a variant. */
#include "prims/test_p.h"

#include "prims/idset.h"

static weir_idset *make(uint64_t capacity, void **block) {
    weir_idset *s = weir_test_alloc(sizeof *s);
    *block = weir_test_alloc(weir_idset_bytes(capacity));
    assert_int_equal(weir_idset_init(s, capacity, *block), WEIR_OK);
    return s;
}

static void init_refuses(void **state) {
    (void)state;
    union {
        weir_idset set[2];
        unsigned char bytes[1];
    } u;
    char *block = weir_test_alloc(1024);
    memset(&u, 0x5a, sizeof u);
    memset(block, 0x5a, 1024);
    assert_int_equal(weir_idset_init(NULL, 8, block), WEIR_BAD_NULL);
    assert_int_equal(weir_idset_init(u.set, 8, NULL), WEIR_BAD_NULL);
    assert_int_equal(weir_idset_init(u.set, 8, block + 8), WEIR_BAD_ALIGN);
    assert_int_equal(weir_idset_init((weir_idset *)(void *)(u.bytes + 4), 8, block), WEIR_BAD_ALIGN);
    assert_int_equal(weir_idset_init(u.set, 0, block), WEIR_BAD_ZERO);
    assert_int_equal(weir_idset_init(u.set, ((uint64_t)1 << 36) + 1, block), WEIR_BAD_RANGE);
    assert_int_equal(weir_idset_init(u.set, UINT64_MAX, block), WEIR_BAD_RANGE);            /* + 63 would overflow */
    for (size_t i = 0; i < sizeof u; i++) assert_int_equal(((unsigned char *)&u)[i], 0x5a); /* nothing was written */
    for (size_t i = 0; i < 1024; i++) assert_int_equal(block[i], 0x5a);
    assert_int_equal(weir_idset_bytes(0), 0);
    assert_int_equal(weir_idset_bytes(((uint64_t)1 << 36) + 1), 0);
    assert_int_equal(weir_idset_bytes(UINT64_MAX), 0);
    assert_int_equal(weir_idset_bytes((uint64_t)1 << 36), (size_t)1 << 33);
    free(block);
}

static uint64_t random_next(uint64_t *x) {
    *x = *x * 6364136223846793005u + 1442695040888963407u;
    return *x >> 33;
}

static void agrees(const weir_idset *s, const bool *in, uint64_t capacity) {
    uint64_t count = 0, walk = weir_idset_next(s, 0);
    for (uint64_t id = 0; id < capacity; id++) {
        assert_int_equal(weir_idset_contains(s, id), in[id]);
        if (!in[id]) continue;
        assert_int_equal(walk, id);
        walk = weir_idset_next(s, id + 1);
        count++;
    }
    assert_true(walk == WEIR_IDSET_NONE);
    assert_int_equal(weir_idset_count(s), count);
}

/* Random changes against an array of flags, in sets of every awkward size; all, none and some. */
static void against_an_array(void **state) {
    (void)state;
    static const uint64_t sizes[] = {1, 2, 63, 64, 65, 127, 128, 129, 511, 512, 513, 2000};
    for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
        uint64_t capacity = sizes[n], x = n;
        bool in[2000] = {0};
        void *block;
        weir_idset *s = make(capacity, &block);
        agrees(s, in, capacity);
        for (int step = 0; step < 3000; step++) {
            uint64_t id = random_next(&x) % capacity;
            if (random_next(&x) % 2) {
                assert_int_equal(weir_idset_insert(s, id), !in[id]);
                in[id] = true;
            } else {
                assert_int_equal(weir_idset_remove(s, id), in[id]);
                in[id] = false;
            }
            assert_int_equal(weir_idset_contains(s, id), in[id]);
            if (step % 300 == 0) agrees(s, in, capacity);
        }
        for (uint64_t id = 0; id < capacity; id++) assert_int_equal(weir_idset_insert(s, id), !in[id]);
        assert_int_equal(weir_idset_count(s), capacity);
        assert_int_equal(weir_idset_next(s, capacity - 1), capacity - 1);
        weir_idset_clear(s);
        memset(in, 0, sizeof in);
        agrees(s, in, capacity);
        free(block);
        free(s);
    }
}

static void next_takes_any_start(void **state) {
    (void)state;
    void *block;
    weir_idset *s = make(200, &block);
    weir_idset_insert(s, 64);
    weir_idset_insert(s, 199);
    for (uint64_t from = 0; from <= 64; from++) assert_int_equal(weir_idset_next(s, from), 64);
    for (uint64_t from = 65; from < 200; from++) assert_int_equal(weir_idset_next(s, from), 199);
    for (uint64_t from = 200; from < 1000; from++) assert_true(weir_idset_next(s, from) == WEIR_IDSET_NONE);
    assert_true(weir_idset_next(s, UINT64_MAX) == WEIR_IDSET_NONE);
    free(block);
    free(s);
}

enum { THREADS = 4, IDS = 5000, ROUNDS = 4 };

typedef struct worker {
    weir_idset *s;
    uint64_t *told; /* plain, one an id: only who was told "true" may write it, so TSan sees whether that excludes */
    uint64_t index, news, gone;
} worker;

/* All threads put all ids in and take all out again, each from another corner; who is told so owns the id until it puts
 * it back. */
static void *claims(void *arg) {
    worker *w = arg;
    for (int round = 0; round < ROUNDS; round++) {
        for (uint64_t i = 0; i < IDS; i++) {
            uint64_t id = (i + w->index * IDS / THREADS) % IDS;
            if (!weir_idset_remove(w->s, id)) continue;
            w->gone++;
            w->told[id]++;
            w->news += weir_idset_insert(w->s, id);
        }
    }
    return NULL;
}

static void an_id_has_one_owner(void **state) {
    (void)state;
    static uint64_t told[IDS];
    memset(told, 0, sizeof told);
    void *block;
    weir_idset *s = make(IDS, &block);
    for (uint64_t id = 0; id < IDS; id++) weir_idset_insert(s, id);
    worker w[THREADS];
    pthread_t p[THREADS];
    for (uint64_t i = 0; i < THREADS; i++) {
        w[i] = (worker){s, told, i, 0, 0};
        p[i] = weir_test_thread(claims, &w[i]);
    }
    uint64_t news = 0, gone = 0, sum = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(p[i], NULL);
        news += w[i].news;
        gone += w[i].gone;
    }
    for (uint64_t id = 0; id < IDS; id++) sum += told[id];
    assert_int_equal(news, gone);
    assert_int_equal(sum, gone);
    assert_int_equal(weir_idset_count(s), IDS);
    free(block);
    free(s);
}

static void *puts_in(void *arg) {
    worker *w = arg;
    for (uint64_t i = 0; i < IDS; i++) w->news += weir_idset_insert(w->s, (i + w->index * 7) % IDS);
    return NULL;
}

static void *takes_out(void *arg) {
    worker *w = arg;
    for (uint64_t i = 0; i < IDS; i++) w->gone += weir_idset_remove(w->s, (i + w->index * 7) % IDS);
    return NULL;
}

static void one_is_told(void **state) {
    (void)state;
    void *block;
    weir_idset *s = make(IDS, &block);
    worker w[THREADS];
    pthread_t p[THREADS];
    for (int out = 0; out < 2; out++) {
        uint64_t sum = 0;
        for (uint64_t i = 0; i < THREADS; i++) {
            w[i] = (worker){s, NULL, i, 0, 0};
            p[i] = weir_test_thread(out ? takes_out : puts_in, &w[i]);
        }
        for (int i = 0; i < THREADS; i++) {
            pthread_join(p[i], NULL);
            sum += out ? w[i].gone : w[i].news;
        }
        assert_int_equal(sum, IDS);
        assert_int_equal(weir_idset_count(s), out ? 0 : IDS);
    }
    free(block);
    free(s);
}

static void *completes(void *arg) {
    worker *w = arg;
    for (uint64_t id = 0; id < IDS; id++) {
        w->told[id] = id + 1;
        weir_idset_insert(w->s, id);
    }
    return NULL;
}

/* A set of completed events authorises: contains carries the event's effects, and so does next. */
static void a_yes_carries_the_effects(void **state) {
    (void)state;
    static uint64_t effect[IDS];
    void *block;
    weir_idset *s = make(IDS, &block);
    worker w = {s, effect, 0, 0, 0};
    pthread_t t = weir_test_thread(completes, &w);
    uint64_t wrong = 0;
    for (uint64_t id = 0; id < IDS; id++) {
        while (id % 2 ? !weir_idset_contains(s, id) : weir_idset_next(s, id) != id) weir_yield();
        wrong += effect[id] != id + 1;
    }
    pthread_join(t, NULL);
    assert_int_equal(wrong, 0);
    free(block);
    free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(init_refuses),         cmocka_unit_test(against_an_array),
        cmocka_unit_test(next_takes_any_start), cmocka_unit_test(an_id_has_one_owner),
        cmocka_unit_test(one_is_told),          cmocka_unit_test(a_yes_carries_the_effects)};
    return cmocka_run_group_tests_name("idset." WEIR_STRING(WEIR_IDSET), tests, NULL, NULL);
}
