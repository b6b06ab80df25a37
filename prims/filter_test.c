/* Unit test of filter, compiled once a variant. */
#include "prims/test_p.h"

#include <math.h>
#include <stdio.h>

#include "prims/filter.h"

#define BLOCK_DIGEST 0x7e933e87cd6f0cccu
#define WORD_DIGEST 0xa71928fef0a4d2b3u
#define CLASSIC_DIGEST 0x0e8eadfef2b80212u
#define COUNTING_DIGEST 0xb64d6a9c6e04c2c7u

static const char variant[] = WEIR_STRING(WEIR_FILTER);

static bool is(const char *name) { return strcmp(variant, name) == 0; }

static weir_filter make(uint64_t keys, unsigned bits, uint64_t seed) {
    weir_filter f;
    assert_int_equal(weir_filter_init(&f, keys, bits, seed, weir_test_alloc(weir_filter_bytes(keys, bits))), WEIR_OK);
    return f;
}

static uint64_t mix(uint64_t x) { /* splitmix64: not the filter's own */
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* Shapes of ids met in practice, and some that are hard on weak hashes. Each is injective below 2^20. */
static uint64_t f_random(uint64_t i) { return mix(i); }
static uint64_t f_dense(uint64_t i) { return i; }
static uint64_t f_down(uint64_t i) { return UINT64_MAX - i; }
static uint64_t f_line(uint64_t i) { return 0x7f3a12340000u + i * 64; }
static uint64_t f_page(uint64_t i) { return i << 12; }
static uint64_t f_high(uint64_t i) { return i << 32; }
static uint64_t f_top(uint64_t i) { return i << 44; }
static uint64_t f_stream(uint64_t i) { return (i & 15) << 48 | i >> 4; }
static uint64_t f_halves(uint64_t i) { return i << 32 | i; } /* the first round of an xor-shift by 32 cancels */
static uint64_t f_golden(uint64_t i) { return i * 0x9e3779b97f4a7c15u; }
static uint64_t f_gray(uint64_t i) { return i ^ i >> 1; }
static uint64_t f_spread(uint64_t i) { /* the bits of i, two apart */
    uint64_t x = 0;
    for (int b = 0; b < 20; b++) x |= (i >> b & 1) << 3 * b;
    return x;
}

static const struct {
    const char *name;
    uint64_t (*id)(uint64_t);
} families[] = {{"random", f_random}, {"dense", f_dense},   {"down", f_down}, {"line", f_line},
                {"page", f_page},     {"high", f_high},     {"top", f_top},   {"stream", f_stream},
                {"halves", f_halves}, {"golden", f_golden}, {"gray", f_gray}, {"spread", f_spread}};
enum { FAMILIES = sizeof families / sizeof *families };

static void init_refuses(void **state) {
    (void)state;
    weir_filter f[2];
    char *block = weir_test_alloc(4096);
    memset(f, 0x5a, sizeof f);
    memset(block, 0x5a, 4096);
    assert_int_equal(weir_filter_init(NULL, 8, 8, 0, block), WEIR_BAD_NULL);
    assert_int_equal(weir_filter_init(f, 8, 8, 0, NULL), WEIR_BAD_NULL);
    assert_int_equal(weir_filter_init(f, 8, 8, 0, block + 32), WEIR_BAD_ALIGN);
    assert_int_equal(weir_filter_init((weir_filter *)(void *)((char *)f + 4), 8, 8, 0, block), WEIR_BAD_ALIGN);
    static const struct {
        uint64_t keys;
        unsigned bits;
        weir_status bad;
    } refused[] = {{0, 8, WEIR_BAD_ZERO},
                   {8, 0, WEIR_BAD_ZERO},
                   {8, 65, WEIR_BAD_RANGE},
                   {8, UINT32_MAX, WEIR_BAD_RANGE},
                   {((uint64_t)1 << 32) + 1, 1, WEIR_BAD_RANGE},
                   {((uint64_t)1 << 29) + 1, 8, WEIR_BAD_RANGE},
                   {(uint64_t)1 << 61, 8, WEIR_BAD_RANGE}, /* the product is 0 modulo 2^64 */
                   {UINT64_MAX, 64, WEIR_BAD_RANGE}};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_int_equal(weir_filter_init(f, refused[i].keys, refused[i].bits, 0, block), refused[i].bad);
        assert_int_equal(weir_filter_bytes(refused[i].keys, refused[i].bits), 0);
    }
    for (size_t i = 0; i < sizeof f; i++) assert_int_equal(((unsigned char *)f)[i], 0x5a); /* nothing was written */
    for (size_t i = 0; i < 4096; i++) assert_int_equal(block[i], 0x5a);
    uint64_t most = (uint64_t)1 << 29; /* the largest that is not refused */
    assert_int_equal(weir_filter_bytes(most, 8), most * (is("counting") ? 4 : 1));
    free(block);
}

/* init and insert stay inside weir_filter_bytes, and clear and init leave nothing of what was there before. */
static void stays_inside(void **state) {
    (void)state;
    for (uint64_t keys = 1; keys < 300; keys += 7)
        for (unsigned bits = 1; bits <= 64; bits += 3) {
            size_t n = weir_filter_bytes(keys, bits);
            assert_true(n && n % WEIR_CACHE_LINE == 0 && n * 8 >= keys * bits);
            unsigned char *block = weir_test_alloc(n + WEIR_CACHE_LINE);
            memset(block, 0xa5, n + WEIR_CACHE_LINE);
            weir_filter f;
            assert_int_equal(weir_filter_init(&f, keys, bits, keys, block), WEIR_OK);
            for (uint64_t i = 0; i < 64; i++) assert_false(weir_filter_may_contain(&f, i));
            for (uint64_t i = 0; i < 200; i++) weir_filter_insert(&f, mix(i));
            for (size_t i = 0; i < WEIR_CACHE_LINE; i++) assert_int_equal(block[n + i], 0xa5);
            weir_filter_clear(&f);
            for (size_t i = 0; i < n; i++) assert_int_equal(block[i], 0);
            free(block);
        }
}

/* Every id that was inserted is there: by each form of insert, for each shape of ids, also beyond the expected number.
 * */
static void no_false_negative(void **state) {
    (void)state;
    static const uint64_t sizes[] = {1, 2, 63, 1000};
    static const unsigned loads[] = {1, 2, 5, 8, 10, 16, 33, 64};
    for (int fam = 0; fam < FAMILIES; fam++)
        for (int s = 0; s < 4; s++)
            for (int b = 0; b < 8; b++) {
                uint64_t n = sizes[s] * 2, ids[2000];
                weir_filter f = make(sizes[s], loads[b], (uint64_t)b);
                for (uint64_t i = 0; i < n; i++) ids[i] = families[fam].id(i);
                for (uint64_t i = 0; i < n / 2; i++) weir_filter_insert(&f, ids[i]);
                for (uint64_t i = n / 2; i < n; i++) weir_filter_insert_sp(&f, ids[i]);
                for (uint64_t i = 0; i < n; i++) assert_true(weir_filter_may_contain(&f, ids[i]));
                free(f.words);
            }
}

/* ---- false positives against what the literature's arithmetic promises for perfectly random hashes */

static double poisson_next(double p, double mean, int j) { return p * mean / (j + 1); }

static double theory_block(double bits) { /* j keys in the block; each sets one of 32 bits in each of 8 lanes */
    double mean = 256 / bits, p = exp(-mean), sum = 0;
    for (int j = 0; j < 1000; p = poisson_next(p, mean, j), j++) sum += p * pow(1 - pow(31.0 / 32, j), 8);
    return sum;
}

/* E[(occupied / 64)^k] after `balls` bits were set at random. */
static double word_filled(int balls, unsigned k) {
    double p[65] = {1}, sum = 0;
    for (int n = 0; n < balls; n++)
        for (int o = 64; o >= 0; o--) p[o] = p[o] * o / 64 + (o ? p[o - 1] * (65 - o) / 64 : 0);
    for (int o = 0; o <= 64; o++) sum += p[o] * pow(o / 64.0, k);
    return sum;
}

static double theory_word(double bits, unsigned k) {
    double mean = 64 / bits, p = exp(-mean), sum = 0;
    for (int j = 0; j < 80; p = poisson_next(p, mean, j), j++) sum += p * word_filled(j * (int)k, k);
    return sum;
}

static double theory(unsigned bits) {
    double k = round(log(2) * bits);
    if (is("block")) return theory_block(bits);
    if (is("word")) return theory_word(bits, bits < 9 ? 4 : bits < 13 ? 5 : 6);
    return pow(1 - exp(-k / bits), k);
}

enum { KEYS = 16384, QUERIES = 300000 };

static void false_positives(void **state) {
    (void)state;
    static const unsigned loads[] = {8, 10, 16};
    for (int b = 0; b < 3; b++) {
        double expected = theory(loads[b]), slack = 4 * sqrt(expected / QUERIES);
        for (int fam = 0; fam < FAMILIES; fam++) {
            weir_filter f = make(KEYS, loads[b], 1);
            uint64_t wrong = 0;
            for (uint64_t i = 0; i < KEYS; i++) weir_filter_insert(&f, families[fam].id(i));
            for (uint64_t i = 0; i < QUERIES; i++) wrong += weir_filter_may_contain(&f, families[fam].id(KEYS + i));
            double rate = (double)wrong / QUERIES;
            if (rate > 1.3 * expected + slack || (fam == 0 && rate < expected / 1.3 - slack))
                fail_msg("%s ids, %u bits: %.4f %% false positives, theory %.4f %%", families[fam].name, loads[b],
                         rate * 100, expected * 100);
            free(f.words);
        }
    }
}

/* The same for small and odd sizes, averaged over seeds: the choice of a place must be even where n is no power of two.
 * */
static void false_positives_small(void **state) {
    (void)state;
    static const uint64_t sizes[] = {300, 1000, 5000};
    for (int s = 0; s < 3; s++) {
        uint64_t wrong = 0, asked = 0;
        for (uint64_t seed = 0; seed < 20; seed++) {
            weir_filter f = make(sizes[s], 8, seed);
            for (uint64_t i = 0; i < sizes[s]; i++) weir_filter_insert(&f, i);
            for (uint64_t i = 0; i < 20000; i++) wrong += weir_filter_may_contain(&f, sizes[s] + i);
            asked += 20000;
            free(f.words);
        }
        double rate = (double)wrong / (double)asked, expected = theory(8);
        if (rate > 1.3 * expected)
            fail_msg("%d keys: %.3f %%, theory %.3f %%", (int)sizes[s], rate * 100, expected * 100);
    }
}

/* A wrong "maybe" must not survive a change of seed more often than chance allows, dense ids and small seeds included.
 * */
static void seeds_differ(void **state) {
    (void)state;
    weir_filter f = make(4096, 8, 0), g = make(4096, 8, 1);
    uint64_t wrong = 0, again = 0;
    for (uint64_t i = 0; i < 4096; i++) weir_filter_insert(&f, i), weir_filter_insert(&g, i);
    for (uint64_t i = 4096; i < 104096; i++)
        if (weir_filter_may_contain(&f, i)) {
            wrong++;
            again += weir_filter_may_contain(&g, i) || weir_filter_may_contain(&g, i ^ 1);
        }
    assert_true(wrong > 1000);
    assert_true(again < wrong / 5);
    free(f.words);
    free(g.words);
}

/* The bits are part of the contract: the same on every machine, with AVX2 and without. */
static void layout_is_fixed(void **state) {
    (void)state;
    weir_filter f = make(1000, 10, 42);
    for (uint64_t i = 0; i < 1000; i++) weir_filter_insert(&f, i * i);
    uint64_t digest = 0;
    for (size_t i = 0; i < weir_filter_bytes(1000, 10) / 8; i++) digest = mix(digest ^ weir_a64_load(f.words + i));
    uint64_t expected = is("block")     ? BLOCK_DIGEST
                        : is("word")    ? WORD_DIGEST
                        : is("classic") ? CLASSIC_DIGEST
                                        : COUNTING_DIGEST;
    if (digest != expected) fail_msg("layout of %s: 0x%016llxu", variant, (unsigned long long)digest);
    free(f.words);
}

/* ---- union */

static void subsume(void **state) {
    (void)state;
    weir_filter a = make(2000, 10, 7), b = make(2000, 10, 7), both = make(2000, 10, 7);
    for (uint64_t i = 0; i < 1000; i++) {
        weir_filter_insert(&a, i);
        weir_filter_insert(&b, i + 500);
        weir_filter_insert(&both, i);
        weir_filter_insert(&both, i + 500);
    }
    assert_int_equal(weir_filter_subsume(&a, &b), WEIR_OK);
    for (uint64_t i = 0; i < 1500; i++) assert_true(weir_filter_may_contain(&a, i));
    for (uint64_t i = 0; i < 100000; i++)
        assert_int_equal(weir_filter_may_contain(&a, i), weir_filter_may_contain(&both, i));
    assert_memory_equal(a.words, both.words, weir_filter_bytes(2000, 10));
    static const struct {
        uint64_t keys;
        unsigned bits;
        uint64_t seed;
    } others[] = {{2000, 10, 8}, {4000, 10, 7}, {2000, 64, 7}, {1, 10, 7}};
    for (int i = 0; i < 4; i++) {
        weir_filter other = make(others[i].keys, others[i].bits, others[i].seed);
        weir_filter_insert(&other, 77777);
        assert_int_equal(weir_filter_subsume(&a, &other), WEIR_BAD_GEOMETRY);
        free(other.words);
    }
    assert_memory_equal(a.words, both.words, weir_filter_bytes(2000, 10)); /* nothing was taken from those */
    free(a.words);
    free(b.words);
    free(both.words);
}

static void remove_says_what_it_can(void **state) {
    (void)state;
    weir_filter f = make(100, 10, 0);
    weir_filter_insert(&f, 5);
    assert_int_equal(weir_filter_remove(&f, 5), is("counting") ? WEIR_OK : WEIR_NOTSUP);
    assert_int_equal(weir_filter_may_contain(&f, 5), !is("counting"));
    free(f.words);
}

/* ---- threads */

enum { THREADS = 4, EACH = 4096, ROUNDS = 60 };

typedef struct team {
    weir_filter f;
    pthread_barrier_t *gate;
    unsigned index;
} team;

static uint64_t round_id(unsigned round, unsigned thread, unsigned i) { /* every fourth is inserted by all threads */
    return mix((uint64_t)round << 32 | (i % 4 ? thread << 16 : 0) | i);
}

static void *inserter(void *arg) {
    team *t = arg;
    for (unsigned round = 0; round < ROUNDS; round++) {
        pthread_barrier_wait(t->gate);
        for (unsigned i = 0; i < EACH; i++) weir_filter_insert(&t->f, round_id(round, t->index, i));
        pthread_barrier_wait(t->gate);
    }
    return NULL;
}

/* Concurrent inserts lose no bit: the result is that of one thread, bit for bit. The filter is as full
 * as it should be and no fuller, else a lost bit would be set again by a later id. */
static void concurrent_inserts(void **state) {
    (void)state;
    weir_filter f = make(THREADS * EACH, 8, 0), one = make(THREADS * EACH, 8, 0);
    pthread_barrier_t gate;
    pthread_barrier_init(&gate, NULL, THREADS + 1);
    team t[THREADS];
    pthread_t p[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        t[i] = (team){f, &gate, i}; /* a copy of the handle; the bits are shared */
        p[i] = weir_test_thread(inserter, &t[i]);
    }
    unsigned differ = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        weir_filter_clear(&f);
        weir_filter_clear(&one);
        for (unsigned k = 0; k < THREADS * EACH; k++) weir_filter_insert(&one, round_id(round, k / EACH, k % EACH));
        pthread_barrier_wait(&gate);
        pthread_barrier_wait(&gate);
        differ += memcmp(f.words, one.words, weir_filter_bytes(THREADS * EACH, 8)) != 0;
    }
    for (unsigned i = 0; i < THREADS; i++) pthread_join(p[i], NULL);
    pthread_barrier_destroy(&gate);
    assert_int_equal(differ, 0);
    free(f.words);
    free(one.words);
}

typedef struct merger {
    weir_filter *f, *from;
} merger;

static void *merge(void *arg) {
    merger *m = arg;
    weir_filter_subsume(m->f, m->from);
    return NULL;
}

/* A union made while another thread inserts has both. */
static void concurrent_subsume(void **state) {
    (void)state;
    unsigned missing = 0;
    for (uint64_t round = 0; round < 200; round++) {
        weir_filter f = make(512, 8, round), from = make(512, 8, round);
        for (uint64_t i = 0; i < 256; i++) weir_filter_insert(&from, i);
        merger m = {&f, &from};
        pthread_t p = weir_test_thread(merge, &m);
        for (uint64_t i = 256; i < 512; i++) weir_filter_insert(&f, i);
        pthread_join(p, NULL);
        for (uint64_t i = 0; i < 512; i++) missing += !weir_filter_may_contain(&f, i);
        free(f.words);
        free(from.words);
    }
    assert_int_equal(missing, 0);
}

typedef struct publisher {
    weir_filter f;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 done[2]; /* ids below done[w] of writer w are inserted */
    bool sp;
} publisher;

enum { PUBLISHED = 30000 };

static void *writer(void *arg) {
    publisher *p = arg;
    for (uint64_t i = 0; i < PUBLISHED; i++) {
        if (p->sp) weir_filter_insert_sp(&p->f, mix(i));
        else weir_filter_insert(&p->f, mix(i));
        weir_a64_store_release(&p->done[0], i + 1); /* pairs with the load of readers_see_what_is_published */
    }
    return NULL;
}

static void *second_writer(void *arg) {
    publisher *p = arg;
    for (uint64_t i = 0; i < PUBLISHED; i++) {
        weir_filter_insert(&p->f, mix(PUBLISHED + i));
        weir_a64_store_release(&p->done[1], i + 1);
    }
    return NULL;
}

/* A reader that has seen the publication sees the id, while writers go on beside it. */
static void readers_see_what_is_published(void **state) {
    (void)state;
    for (int sp = 0; sp < 2; sp++) {
        publisher *p = weir_test_alloc(sizeof *p);
        memset(p, 0, sizeof *p);
        p->f = make(2 * PUBLISHED, 8, 0);
        p->sp = sp;
        pthread_t a = weir_test_thread(writer, p), b = 0;
        if (!sp) b = weir_test_thread(second_writer, p);
        uint64_t missing = 0, seen[2] = {0, 0}, want = sp ? PUBLISHED : 2 * PUBLISHED;
        while (seen[0] + seen[1] < want)
            for (int w = 0; w < 2; w++) {
                uint64_t done = weir_a64_load_acquire(&p->done[w]);
                if (done == seen[w]) weir_yield();
                for (uint64_t i = seen[w]; i < done; i++)
                    missing += !weir_filter_may_contain(&p->f, mix((uint64_t)w * PUBLISHED + i));
                seen[w] = done;
            }
        pthread_join(a, NULL);
        if (!sp) pthread_join(b, NULL);
        assert_int_equal(missing, 0);
        free(p->f.words);
        free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(init_refuses),
                                       cmocka_unit_test(stays_inside),
                                       cmocka_unit_test(no_false_negative),
                                       cmocka_unit_test(false_positives),
                                       cmocka_unit_test(false_positives_small),
                                       cmocka_unit_test(seeds_differ),
                                       cmocka_unit_test(layout_is_fixed),
                                       cmocka_unit_test(subsume),
                                       cmocka_unit_test(remove_says_what_it_can),
                                       cmocka_unit_test(concurrent_inserts),
                                       cmocka_unit_test(concurrent_subsume),
                                       cmocka_unit_test(readers_see_what_is_published)};
    return cmocka_run_group_tests_name("filter." WEIR_STRING(WEIR_FILTER), tests, NULL, NULL);
}
