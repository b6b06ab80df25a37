/* libbloom: a classic Bloom filter with MurmurHash2 over the bytes of a key and one division a bit. Nothing in it is
 * atomic: it is for one thread only, and so counts as weaker. It is told an error rate; the one given makes it take
 * `bits` bits a key, the same memory as ours. */
#include <bloom.h>
#include <math.h>

#include "bench/cases/filter_data.h"
#include "bench/peers/peer.h"

typedef struct subject {
    struct bloom filter;
    bench_filter_data d;
    uint64_t sink; /* so that no answer is computed in vain */
} subject;

static void destroy(void *object) {
    subject *s = object;
    bench_filter_data_destroy(&s->d);
    bloom_free(&s->filter);
    free(s);
}

static void add(subject *s, uint64_t id) {
    if (bloom_add(&s->filter, &id, sizeof id) < 0) abort();
}
static bool may_contain(subject *s, uint64_t id) { return bloom_check(&s->filter, &id, sizeof id) == 1; }

static bool init(subject *s, const bench_params *p) {
    double rate = exp(-(double)p->bits * M_LN2 * M_LN2); /* of k = ln 2 * bits hashes, the best number */
    return bloom_init(&s->filter, (int)p->keys, rate) == 0;
}

static void *make(const bench_params *p, const char *part) {
    subject *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    if (!init(s, p) || !bench_filter_data_make(&s->d, p, BENCH_FILTER_SPARSE, part)) {
        destroy(s);
        return NULL;
    }
    for (uint64_t i = 0; i < p->keys; i++) add(s, s->d.in[i]);
    return s;
}

static void *make_insert(const bench_params *p) { return make(p, "insert"); }
static void *make_hit(const bench_params *p) { return make(p, "hit"); }
static void *make_miss(const bench_params *p) { return make(p, "miss"); }

/* The library wants 1000 keys, counts them in an int and all bits in one, too. */
static bool supports(const bench_params *p) {
    return p->keys >= 1000 && p->bits >= 1 && p->bits <= 64 && p->keys <= INT32_MAX / p->bits - 1;
}

static void insert(void *object, uint64_t n) {
    subject *s = object;
    while (n) {
        bool first;
        uint64_t part = n;
        const uint64_t *ids = bench_filter_next_batch(&s->d, &part, &first);
        if (first) bloom_reset(&s->filter);
        for (uint64_t i = 0; i < part; i++) add(s, ids[i]);
        n -= part;
    }
}

static uint64_t ask(subject *s, uint64_t n) {
    uint64_t maybe = 0;
    while (n) {
        uint64_t part = n;
        const uint64_t *ids = bench_filter_next(&s->d, &part);
        for (uint64_t i = 0; i < part; i++) maybe += may_contain(s, ids[i]);
        n -= part;
    }
    return maybe;
}

static void hit(void *object, uint64_t n) {
    if (ask(object, n) != n) bench_filter_lost("peer.libbloom");
}
static void miss(void *object, uint64_t n) { ((subject *)object)->sink += ask(object, n); }

static void measure_fp(void *object, const bench_params *p, bench_sample *sample) {
    subject *s = object;
    uint64_t wrong = 0, start = weir_now_ns();
    for (uint64_t i = 0; i < BENCH_FILTER_STRANGERS; i++) wrong += may_contain(s, bench_filter_stranger(&s->d, i));
    sample->wall_ns = sample->cpu_ns = (double)(weir_now_ns() - start);
    sample->items = BENCH_FILTER_STRANGERS;
    sample->value = 100.0 * (double)wrong / BENCH_FILTER_STRANGERS;
    bench_extra(sample, "bits_per_key", 8.0 * s->filter.bytes / (double)p->keys);
}

#define ROW(part, unit_)                                                                                               \
    .name = "filter." part, .variant = "peer.libbloom", .flags = BENCH_PEER | BENCH_WEAKER, .note = "one thread only", \
    .unit = unit_, .axes = bench_axes_filter, .supports = supports, .destroy = destroy

static const bench_row row_insert = {ROW("insert", "ns/op"), .make = make_insert, .loop = insert};
static const bench_row row_hit = {ROW("hit", "ns/op"), .make = make_hit, .loop = hit};
static const bench_row row_miss = {ROW("miss", "ns/op"), .make = make_miss, .loop = miss};
static const bench_row row_fp = {ROW("fp", "%"), .make = make_miss, .measure = measure_fp};
BENCH_ROW(row_insert)
BENCH_ROW(row_hit)
BENCH_ROW(row_miss)
BENCH_ROW(row_fp)
