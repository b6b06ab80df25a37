/* filter.insert, filter.hit, filter.miss, filter.fp: one thread, random 64-bit ids, hashing included. Rows beside the
 * plain one of each variant: .sp - the single writer's insert; .chain - the next id depends on the answer, so
 * that the latency of one query shows instead of how many overlap. */
#include <stdlib.h>

#include "bench/cases/filter_data.h"
#include "prims/filter.h"
#include "prims/variant.h"

#define VARIANT WEIR_STRING(WEIR_FILTER)

typedef struct subject {
    weir_filter f;
    void *block;
    bench_filter_data d;
    uint64_t sink; /* so that no answer is computed in vain */
} subject;

static void destroy(void *object) {
    subject *s = object;
    bench_filter_data_destroy(&s->d);
    free(s->block);
    free(s);
}

static bool init(subject *s, const bench_params *p) {
    size_t bytes = weir_filter_bytes(p->keys, p->bits);
    s->block = bytes ? aligned_alloc(WEIR_CACHE_LINE, bytes) : NULL;
    return s->block && weir_filter_init(&s->f, p->keys, p->bits, p->seed, s->block) == WEIR_OK;
}

static bool all_in(const subject *s) {
    uint64_t missing = 0;
    for (uint64_t i = 0; i < s->d.keys; i++) missing += !weir_filter_may_contain(&s->f, s->d.in[i]);
    return missing == 0;
}

static void *make(const bench_params *p, const char *part) {
    subject *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    if (init(s, p) && bench_filter_data_make(&s->d, p, BENCH_FILTER_SPARSE, part)) {
        for (uint64_t i = 0; i < p->keys; i++) weir_filter_insert(&s->f, s->d.in[i]);
        if (all_in(s)) return s;
        bench_filter_lost(VARIANT);
    }
    destroy(s);
    return NULL;
}

static void *make_insert(const bench_params *p) { return make(p, "insert"); }
static void *make_hit(const bench_params *p) { return make(p, "hit"); }
static void *make_miss(const bench_params *p) { return make(p, "miss"); }

static bool supports(const bench_params *p) { return weir_filter_bytes(p->keys, p->bits) > 0; }

/* ---- insert */

static WEIR_ALWAYS_INLINE void inserting(subject *s, uint64_t n, void (*insert)(weir_filter *, uint64_t)) {
    while (n) {
        bool first;
        uint64_t part = n;
        const uint64_t *ids = bench_filter_next_batch(&s->d, &part, &first);
        if (first) weir_filter_clear(&s->f);
        for (uint64_t i = 0; i < part; i++) insert(&s->f, ids[i]);
        n -= part;
    }
}

static void insert(void *s, uint64_t n) { inserting(s, n, weir_filter_insert); }
static void insert_sp(void *s, uint64_t n) { inserting(s, n, weir_filter_insert_sp); }

/* ---- hit and miss: each returns how many said "maybe" */

static uint64_t ask(subject *s, uint64_t n) {
    uint64_t maybe = 0;
    while (n) {
        uint64_t part = n;
        const uint64_t *ids = bench_filter_next(&s->d, &part);
        for (uint64_t i = 0; i < part; i++) maybe += weir_filter_may_contain(&s->f, ids[i]);
        n -= part;
    }
    return maybe;
}

/* The usual answer changes nothing in the next id, but nobody who computes it knows. */
static uint64_t ask_chain(subject *s, uint64_t n, bool usual) {
    uint64_t maybe = 0;
    bool answer = usual;
    while (n) {
        uint64_t part = n;
        const uint64_t *ids = bench_filter_next(&s->d, &part);
        for (uint64_t i = 0; i < part; i++) maybe += answer = weir_filter_may_contain(&s->f, ids[i] ^ (answer ^ usual));
        n -= part;
    }
    return maybe;
}

static void must_be(uint64_t maybe, uint64_t n) {
    if (maybe != n) bench_filter_lost(VARIANT);
}

static void hit(void *s, uint64_t n) { must_be(ask(s, n), n); }
static void hit_chain(void *s, uint64_t n) { must_be(ask_chain(s, n, true), n); }
static void miss(void *s, uint64_t n) { ((subject *)s)->sink += ask(s, n); }
static void miss_chain(void *s, uint64_t n) { ((subject *)s)->sink += ask_chain(s, n, false); }

/* ---- false positives */

static void measure_fp(void *object, const bench_params *p, bench_sample *sample) {
    subject *s = object;
    uint64_t wrong = 0, start = weir_now_ns();
    for (uint64_t i = 0; i < BENCH_FILTER_STRANGERS; i++)
        wrong += weir_filter_may_contain(&s->f, bench_filter_stranger(&s->d, i));
    sample->wall_ns = sample->cpu_ns = (double)(weir_now_ns() - start);
    sample->items = BENCH_FILTER_STRANGERS;
    sample->value = 100.0 * (double)wrong / BENCH_FILTER_STRANGERS;
    bench_extra(sample, "bits_per_key", 8.0 * (double)weir_filter_bytes(p->keys, p->bits) / (double)p->keys);
}

/* ---- rows */

#define ROW(part, suffix)                                                                          \
    .name = "filter." part, .variant = VARIANT suffix, .unit = "ns/op", .axes = bench_axes_filter, \
    .supports = supports, .destroy = destroy

#define INSERT_NOTE "cleared once per `keys` inserts"

static const bench_row row_insert = {ROW("insert", ""), .make = make_insert, .loop = insert, .note = INSERT_NOTE};
static const bench_row row_insert_sp = {ROW("insert", ".sp"), .make = make_insert, .loop = insert_sp,
                                        .note = "one writer only: no atomic or"};
static const bench_row row_hit = {ROW("hit", ""), .make = make_hit, .loop = hit};
static const bench_row row_hit_chain = {ROW("hit", ".chain"), .make = make_hit, .loop = hit_chain,
                                        .note = "the next id depends on the answer: latency"};
static const bench_row row_miss = {ROW("miss", ""), .make = make_miss, .loop = miss};
static const bench_row row_miss_chain = {ROW("miss", ".chain"), .make = make_miss, .loop = miss_chain,
                                         .note = "the next id depends on the answer: latency"};
static const bench_row row_fp = {.name = "filter.fp",
                                 .variant = VARIANT,
                                 .unit = "%",
                                 .axes = bench_axes_filter,
                                 .supports = supports,
                                 .make = make_miss,
                                 .destroy = destroy,
                                 .measure = measure_fp,
                                 .note = "bits_per_key in extra: what it really takes"};
BENCH_ROW(row_insert)
BENCH_ROW(row_hit)
BENCH_ROW(row_miss)
BENCH_ROW(row_fp)

/* These are not the choice of the build, even where their variant is. */
__attribute__((constructor)) static void register_beside(void) {
    bench_register(&row_insert_sp, false);
    bench_register(&row_hit_chain, false);
    bench_register(&row_miss_chain, false);
}
