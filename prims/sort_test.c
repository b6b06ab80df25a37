/* Unit test of the event sorts, compiled once a variant. The payload of an item is the place it came from, so that a
 * result can be judged by itself: a permutation of what went in, in strict order of (key, payload). */
#include "prims/test_p.h"

#include "prims/sort.h"

static bool is(const char *variant) { return strcmp(WEIR_STRING(WEIR_SORT), variant) == 0; }

static uint64_t random_state;

static uint64_t rnd(void) {
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* ---- inputs ------------------------------------------------------------------------------------------------------ */
/* clang-format off */
enum pattern {
    RANDOM64, RANDOM32, FEW, EQUAL, SORTED, STEPS, REVERSE, REVERSE_STEPS, SAWTOOTH, DISPLACED, ALMOST, ALL_ONES, TOP,
    MIDDLE, CLUSTERS, PAIRS, PATTERNS
};
/* clang-format on */

static uint64_t key_of(enum pattern pattern, size_t i, size_t n) {
    switch (pattern) {
    case RANDOM64: return rnd();
    case RANDOM32: return rnd() >> 32;
    case FEW: return rnd() % 4;
    case EQUAL: return 42;
    case SORTED: return i;
    case STEPS: return i / 3;
    case REVERSE: return n - i;
    case REVERSE_STEPS: return (n - i) / 3; /* falling, with equals that must not be turned round */
    case SAWTOOTH: return i % 17;
    case DISPLACED: return i + rnd() % 17;
    case ALMOST: return i < n - n / 10 ? i * 7 : rnd() % (7 * n);
    case ALL_ONES: return rnd() % 3 ? UINT64_MAX : UINT64_MAX - rnd() % 2 * rnd();
    case TOP: return rnd() << 56;
    case MIDDLE: return 0xff000000000000ffu | (rnd() % 5000) << 20;
    case CLUSTERS: return (rnd() % 5) << 60 | (rnd() % 3) << 30 | rnd() % 1000; /* leading digits part few of them */
    case PAIRS: return (rnd() % (n / 2 + 1)) * 0x40000000001u % 0xfffffffffffu;
    default: abort();
    }
}

static int by_key(const void *a, const void *b) {
    uint64_t x = ((const weir_sort_item *)a)->key, y = ((const weir_sort_item *)b)->key;
    return x < y ? -1 : x > y;
}

static void fill(weir_sort_item *items, enum pattern pattern, size_t sorted, size_t n) {
    for (size_t i = 0; i < n; i++) items[i].key = key_of(pattern, i, n);
    qsort(items, sorted, sizeof *items, by_key);
    for (size_t i = 0; i < n; i++) items[i].payload = i;
}

/* ---- judging ----------------------------------------------------------------------------------------------------- */
typedef struct arrays {
    size_t room;
    weir_sort_item *before, *items, *scratch; /* items and scratch have one item more, to be left alone */
    unsigned char *seen;
} arrays;

static arrays arrays_for(size_t room) {
    return (arrays){.room = room,
                    .before = weir_test_alloc((room + 1) * sizeof(weir_sort_item)),
                    .items = weir_test_alloc((room + 1) * sizeof(weir_sort_item)),
                    .scratch = weir_test_alloc((room + 1) * sizeof(weir_sort_item)),
                    .seen = weir_test_alloc(room + 1)};
}

static void arrays_free(arrays *x) {
    free(x->before);
    free(x->items);
    free(x->scratch);
    free(x->seen);
}

static const weir_sort_item GUARD = {0x6d6d6d6d6d6d6d6du, 0x6d6d6d6d6d6d6d6du};

static void prepare(arrays *x, enum pattern pattern, size_t sorted, size_t n) {
    fill(x->before, pattern, sorted, n);
    memcpy(x->items, x->before, n * sizeof *x->items);
    memset(x->scratch, 0xa5, n * sizeof *x->scratch);
    x->items[n] = x->scratch[n] = GUARD;
}

static bool is_the_stable_sort(arrays *x, size_t n) {
    const weir_sort_item *a = x->items;
    memset(x->seen, 0, n);
    for (size_t i = 0; i < n; i++) {
        if (a[i].payload >= n || x->seen[a[i].payload]++) return false;
        if (a[i].key != x->before[a[i].payload].key) return false;
        if (i > 0 && (a[i - 1].key > a[i].key || (a[i - 1].key == a[i].key && a[i - 1].payload >= a[i].payload)))
            return false;
    }
    return memcmp(&x->items[n], &GUARD, sizeof GUARD) == 0 && memcmp(&x->scratch[n], &GUARD, sizeof GUARD) == 0;
}

static void one(arrays *x, enum pattern pattern, size_t sorted, size_t told, size_t n) {
    prepare(x, pattern, sorted, n);
    assert_int_equal(weir_sort(x->items, told, n, x->scratch), WEIR_OK);
    if (!is_the_stable_sort(x, n)) fail_msg("pattern %d, sorted %zu, told %zu, n %zu", (int)pattern, sorted, told, n);
}

/* ---- one thread -------------------------------------------------------------------------------------------------- */

/* Every length up to 200; every ordered beginning of the shorter ones, told and not told. */
static void small(void **state) {
    (void)state;
    arrays x = arrays_for(200);
    for (size_t n = 0; n <= 200; n++)
        for (int pattern = 0; pattern < PATTERNS; pattern++)
            for (size_t sorted = 0; sorted <= n; sorted += n <= 40 || sorted + 41 > n ? 1 : 40) {
                one(&x, (enum pattern)pattern, sorted, sorted, n);
                one(&x, (enum pattern)pattern, sorted, 0, n);
            }
    arrays_free(&x);
}

static void large(void **state) {
    (void)state;
    static const size_t sizes[] = {1000, 2047, 4096, 10007, 65536, 100000};
    size_t limit = is("insertion") ? 3000 : 100000;
    arrays x = arrays_for(100000);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes && sizes[s] <= limit; s++)
        for (int pattern = 0; pattern < PATTERNS; pattern++) {
            size_t n = sizes[s];
            one(&x, (enum pattern)pattern, 0, 0, n);
            one(&x, (enum pattern)pattern, n / 20, n / 20, n);
            one(&x, (enum pattern)pattern, n / 2, n / 2, n);
            one(&x, (enum pattern)pattern, n - n / 10, n - n / 10, n);
            one(&x, (enum pattern)pattern, n - 3, n / 3, n); /* told less than is true */
            one(&x, (enum pattern)pattern, n, n, n);
        }
    arrays_free(&x);
}

/* What is in order costs a scan: scratch is not used. */
static void ordered_is_left_alone(void **state) {
    (void)state;
    arrays x = arrays_for(1000);
    prepare(&x, SORTED, 1000, 1000);
    memcpy(x.scratch, x.before, sizeof *x.scratch * 1000);
    assert_int_equal(weir_sort(x.items, 0, 1000, x.scratch), WEIR_OK);
    assert_memory_equal(x.scratch, x.before, sizeof *x.scratch * 1000);
    assert_true(is_the_stable_sort(&x, 1000));
    arrays_free(&x);
}

static void refuses(void **state) {
    (void)state;
    weir_sort_item a[4] = {{3, 0}, {2, 1}, {1, 2}, {0, 3}}, b[4], was[4];
    memcpy(was, a, sizeof a);
    assert_int_equal(weir_sort(NULL, 0, 4, b), WEIR_BAD_NULL);
    assert_int_equal(weir_sort(a, 5, 4, b), WEIR_BAD_RANGE);
    assert_int_equal(weir_sort(a, 0, WEIR_SORT_MAX + 1, b), WEIR_BAD_RANGE);
    assert_int_equal(weir_sort((weir_sort_item *)((char *)a + 4), 0, 3, b), WEIR_BAD_ALIGN);
    assert_int_equal(weir_sort(a, 0, 3, (weir_sort_item *)((char *)b + 4)), WEIR_BAD_ALIGN);
    if (weir_sort_scratch(4)) assert_int_equal(weir_sort(a, 0, 4, NULL), WEIR_BAD_NULL);
    assert_memory_equal(a, was, sizeof a);
    assert_int_equal(weir_sort(NULL, 0, 0, NULL), WEIR_OK);
    assert_int_equal(weir_sort(a, 0, 0, NULL), WEIR_OK);
    assert_int_equal(weir_sort_scratch(0), 0);
    if (weir_sort_scratch(4) == 0) {
        assert_int_equal(weir_sort(a, 0, 4, NULL), WEIR_OK);
        assert_int_equal(a[0].key, 0);
    }
}

static void team_refuses(void **state) {
    (void)state;
    weir_sort_item a[4] = {{3, 0}, {2, 1}, {1, 2}, {0, 3}}, b[4];
    weir_sort_team *t = weir_test_alloc(2 * sizeof *t);
    memset(t, 0x5a, sizeof *t);
    assert_int_equal(weir_sort_team_init(NULL, a, 0, 4, b, 2), WEIR_BAD_NULL);
    assert_int_equal(weir_sort_team_init((weir_sort_team *)((char *)t + 8), a, 0, 4, b, 2), WEIR_BAD_ALIGN);
    assert_int_equal(weir_sort_team_init(t, a, 0, 4, b, 0), WEIR_BAD_ZERO);
    assert_int_equal(weir_sort_team_init(t, a, 0, 4, b, WEIR_SORT_WORKERS_MAX + 1), WEIR_BAD_RANGE);
    assert_int_equal(weir_sort_team_init(t, NULL, 0, 4, b, 2), WEIR_BAD_NULL);
    assert_int_equal(weir_sort_team_init(t, a, 5, 4, b, 2), WEIR_BAD_RANGE);
    if (weir_sort_scratch(4)) assert_int_equal(weir_sort_team_init(t, a, 0, 4, NULL, 2), WEIR_BAD_NULL);
    assert_int_equal(((unsigned char *)t)[0], 0x5a); /* nothing was written */
    free(t);
}

/* ---- a team ------------------------------------------------------------------------------------------------------ */
enum { WORKERS = 7 };

typedef struct member {
    weir_sort_team *team;
    unsigned index;
    const weir_sort_item *items; /* what team_run promises is looked at by every worker, not only by the first */
    size_t n;
    bool in_order;
} member;

static void *run_member(void *arg) {
    member *m = arg;
    weir_sort_team_run(m->team, m->index);
    m->in_order = weir_sort_ordered(m->items, 0, m->n) == m->n;
    return NULL;
}

static void run_team(arrays *x, weir_sort_team *team, unsigned workers, size_t n) {
    pthread_t threads[WORKERS];
    member members[WORKERS];
    for (unsigned i = 0; i < workers; i++) members[i] = (member){team, i, x->items, n, false};
    for (unsigned i = 1; i < workers; i++) threads[i] = weir_test_thread(run_member, &members[i]);
    run_member(&members[0]);
    for (unsigned i = 1; i < workers; i++) pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < workers; i++) assert_true(members[i].in_order);
    assert_true(is_the_stable_sort(x, n));
}

static void team(void **state) {
    (void)state;
    static const unsigned workers[] = {1, 2, 3, 4, 7};
    static const size_t sizes[] = {0, 1, 5, 700, 1024, 5001, 20000};
    size_t limit = is("insertion") ? 1024 : 20000;
    arrays x = arrays_for(20000);
    weir_sort_team *t = weir_test_alloc(sizeof *t);
    for (size_t w = 0; w < sizeof workers / sizeof *workers; w++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes && sizes[s] <= limit; s++)
            for (int pattern = 0; pattern < PATTERNS; pattern++) {
                size_t n = sizes[s], sorted = pattern % 2 ? n * 6 / 10 : 0;
                prepare(&x, (enum pattern)pattern, sorted, n);
                assert_int_equal(weir_sort_team_init(t, x.items, sorted, n, x.scratch, workers[w]), WEIR_OK);
                run_team(&x, t, workers[w], n);
            }
    free(t);
    arrays_free(&x);
}

typedef struct servant {
    weir_sort_team *team;
    weir_a32 *round;
    unsigned index, rounds;
} servant;

static void *serve(void *arg) {
    servant *s = arg;
    for (uint32_t r = 1; r <= s->rounds; r++) {
        while (weir_a32_load_acquire(s->round) < r) weir_yield();
        weir_sort_team_run(s->team, s->index);
    }
    return NULL;
}

/* Worker 0 begins the next sort at once: the team must be its own again when team_run returns. */
static void team_again(void **state) {
    (void)state;
    enum { ROUNDS = 300, SERVANTS = 2 };
    const size_t many = is("insertion") ? 500 : 5000;
    arrays x = arrays_for(many);
    weir_sort_team *t = weir_test_alloc(sizeof *t);
    weir_a32 round = {0};
    pthread_t threads[SERVANTS];
    servant servants[SERVANTS];
    unsigned wrong = 0;
    for (unsigned i = 0; i < SERVANTS; i++) {
        servants[i] = (servant){t, &round, i + 1, ROUNDS};
        threads[i] = weir_test_thread(serve, &servants[i]);
    }
    for (uint32_t r = 1; r <= ROUNDS; r++) {
        prepare(&x, RANDOM64, 0, r % 3 ? many : 40);
        wrong += weir_sort_team_init(t, x.items, 0, r % 3 ? many : 40, x.scratch, SERVANTS + 1) != WEIR_OK;
        weir_a32_store_release(&round, r);
        weir_sort_team_run(t, 0);
        wrong += !is_the_stable_sort(&x, r % 3 ? many : 40);
        memset(t, 0, sizeof *t);
    }
    for (unsigned i = 0; i < SERVANTS; i++) pthread_join(threads[i], NULL);
    assert_int_equal(wrong, 0);
    free(t);
    arrays_free(&x);
}

/* Runs of a few items each, so that every shape of the merges occurs: fewer items than workers, odd numbers of runs,
 * an old part of every length, keys that are mostly equal. */
static void team_of_short_runs(void **state) {
    (void)state;
    if (!is("runs")) return;
    arrays x = arrays_for(64);
    weir_sort_team *t = weir_test_alloc(sizeof *t);
    for (unsigned workers = 1; workers <= WORKERS; workers++)
        for (size_t n = 0; n <= 24; n++)
            for (size_t sorted = 0; sorted <= n; sorted += n < 10 ? 1 : 5) {
                prepare(&x, n % 2 ? FEW : RANDOM64, sorted, n);
                assert_int_equal(weir_sort_runs_team_init_at(t, x.items, sorted, n, x.scratch, workers, 1), WEIR_OK);
                run_team(&x, t, workers, n);
            }
    free(t);
    arrays_free(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(refuses),      cmocka_unit_test(small),
                                       cmocka_unit_test(large),        cmocka_unit_test(ordered_is_left_alone),
                                       cmocka_unit_test(team_refuses), cmocka_unit_test(team),
                                       cmocka_unit_test(team_again),   cmocka_unit_test(team_of_short_runs)};
    return cmocka_run_group_tests_name("sort." WEIR_STRING(WEIR_SORT), tests, NULL, NULL);
}
