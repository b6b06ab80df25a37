/* The exact sets in the cases of filters: better wherever ids are dense. */
#include <stdlib.h>

#include "bench/cases/filter_data.h"
#include "prims/idset.h"
#include "prims/variant.h"

#define VARIANT "idset." WEIR_STRING(WEIR_IDSET)

typedef struct subject {
    weir_idset set;
    void *block;
    bench_filter_data d;
    uint64_t sink;
} subject;

static void destroy(void *object) {
    subject *s = object;
    bench_filter_data_destroy(&s->d);
    free(s->block);
    free(s);
}

static bool init(subject *s, uint64_t capacity) {
    size_t bytes = weir_idset_bytes(capacity);
    s->block = bytes ? aligned_alloc(WEIR_CACHE_LINE, bytes) : NULL;
    return s->block && weir_idset_init(&s->set, capacity, s->block) == WEIR_OK;
}

static void *make(const bench_params *p, const char *part) {
    subject *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    if (init(s, 2 * p->keys) && bench_filter_data_make(&s->d, p, BENCH_FILTER_DENSE, part)) {
        for (uint64_t i = 0; i < p->keys; i++) weir_idset_insert(&s->set, s->d.in[i]);
        if (weir_idset_count(&s->set) == p->keys) return s;
        bench_filter_lost(VARIANT);
    }
    destroy(s);
    return NULL;
}

static void *make_insert(const bench_params *p) { return make(p, "insert"); }
static void *make_hit(const bench_params *p) { return make(p, "hit"); }
static void *make_miss(const bench_params *p) { return make(p, "miss"); }

static void insert(void *object, uint64_t n) {
    subject *s = object;
    uint64_t news = 0;
    while (n) {
        bool first;
        uint64_t part = n;
        const uint64_t *ids = bench_filter_next_batch(&s->d, &part, &first);
        if (first) weir_idset_clear(&s->set);
        for (uint64_t i = 0; i < part; i++) news += weir_idset_insert(&s->set, ids[i]);
        n -= part;
    }
    s->sink += news;
}

static uint64_t ask(subject *s, uint64_t n) {
    uint64_t in = 0;
    while (n) {
        uint64_t part = n;
        const uint64_t *ids = bench_filter_next(&s->d, &part);
        for (uint64_t i = 0; i < part; i++) in += weir_idset_contains(&s->set, ids[i]);
        n -= part;
    }
    return in;
}

static uint64_t ask_chain(subject *s, uint64_t n, bool usual) {
    uint64_t in = 0;
    bool answer = usual;
    while (n) {
        uint64_t part = n;
        const uint64_t *ids = bench_filter_next(&s->d, &part);
        for (uint64_t i = 0; i < part; i++) in += answer = weir_idset_contains(&s->set, ids[i] ^ (answer ^ usual));
        n -= part;
    }
    return in;
}

static void must_be(uint64_t in, uint64_t n) {
    if (in != n) bench_filter_lost(VARIANT);
}

static void hit(void *s, uint64_t n) { must_be(ask(s, n), n); }
static void hit_chain(void *s, uint64_t n) { must_be(ask_chain(s, n, true), n); }
static void miss(void *s, uint64_t n) { must_be(ask(s, n), 0); }
static void miss_chain(void *s, uint64_t n) { must_be(ask_chain(s, n, false), 0); }

static void measure_fp(void *object, const bench_params *p, bench_sample *sample) {
    subject *s = object;
    uint64_t wrong = 0, start = weir_now_ns();
    for (uint64_t i = 0; i < BENCH_FILTER_STRANGERS; i++)
        wrong += weir_idset_contains(&s->set, bench_filter_stranger(&s->d, i));
    sample->wall_ns = sample->cpu_ns = (double)(weir_now_ns() - start);
    sample->items = BENCH_FILTER_STRANGERS;
    sample->value = 100.0 * (double)wrong / BENCH_FILTER_STRANGERS;
    bench_extra(sample, "bits_per_key", 8.0 * (double)weir_idset_bytes(2 * p->keys) / (double)p->keys);
}

#define DENSE "exact; ids below 2 * keys, 2 bits a key whatever `bits`: better wherever ids are dense"

#define ROW(part, suffix)                                                                                              \
    .name = "filter." part, .variant = VARIANT suffix, .unit = "ns/op", .axes = bench_axes_filter, .destroy = destroy, \
    .note = DENSE

static const bench_row row_insert = {ROW("insert", ""), .make = make_insert, .loop = insert};
static const bench_row row_hit = {ROW("hit", ""), .make = make_hit, .loop = hit};
static const bench_row row_hit_chain = {ROW("hit", ".chain"), .make = make_hit, .loop = hit_chain};
static const bench_row row_miss = {ROW("miss", ""), .make = make_miss, .loop = miss};
static const bench_row row_miss_chain = {ROW("miss", ".chain"), .make = make_miss, .loop = miss_chain};
static const bench_row row_fp = {.name = "filter.fp",
                                 .variant = VARIANT,
                                 .unit = "%",
                                 .axes = bench_axes_filter,
                                 .make = make_miss,
                                 .destroy = destroy,
                                 .measure = measure_fp,
                                 .note = DENSE};

/* The default of these cases is a filter. */
__attribute__((constructor)) static void register_rows(void) {
    bench_register(&row_insert, false);
    bench_register(&row_hit, false);
    bench_register(&row_hit_chain, false);
    bench_register(&row_miss, false);
    bench_register(&row_miss_chain, false);
    bench_register(&row_fp, false);
}
