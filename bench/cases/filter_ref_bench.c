/* References for the cases of filters: what one hash and one access to an array of the same size cost, and what one
 * access costs when the next depends on it. No filter can be faster than these. */
#include <stdlib.h>

#include "bench/cases/filter_data.h"
#include "prims/filter_p.h"

typedef struct subject {
    bench_filter_data d;
    uint64_t words, at, sink;
    weir_a64 *word;
} subject;

static void destroy(void *object) {
    subject *s = object;
    bench_filter_data_destroy(&s->d);
    free(s->word);
    free(s);
}

static void *make(const bench_params *p) {
    subject *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    size_t bytes = (size_t)(weir_filter_bits(p->keys, p->bits) / 8);
    s->words = bytes / sizeof *s->word;
    s->word = bytes ? aligned_alloc(WEIR_CACHE_LINE, bytes) : NULL;
    if (s->word && bench_filter_data_make(&s->d, p, BENCH_FILTER_SPARSE, "miss")) {
        memset(s->word, 0, bytes);
        return s;
    }
    destroy(s);
    return NULL;
}

/* One ring through the first word of each cache line, in random order. */
static void *make_chase(const bench_params *p) {
    subject *s = make(p);
    if (!s) return NULL;
    uint64_t per_line = WEIR_CACHE_LINE / sizeof *s->word, lines = s->words / per_line;
    for (uint64_t i = 0; i < lines; i++) weir_a64_store(s->word + i * per_line, i * per_line);
    for (uint64_t i = lines; --i;) { /* Sattolo: one cycle */
        uint64_t j = weir_filter_pick((uint32_t)weir_filter_mix(i ^ p->seed), i) * per_line;
        uint64_t other = weir_a64_load(s->word + j);
        weir_a64_store(s->word + j, weir_a64_load(s->word + i * per_line));
        weir_a64_store(s->word + i * per_line, other);
    }
    return s;
}

static bool supports(const bench_params *p) { return weir_filter_bits(p->keys, p->bits) > 0; }

static weir_a64 *place(const subject *s, uint64_t id) {
    return s->word + weir_filter_pick((uint32_t)(weir_filter_mix(id) >> 32), s->words);
}

static void load(void *object, uint64_t n) {
    subject *s = object;
    while (n) {
        uint64_t part = n, sum = 0;
        const uint64_t *ids = bench_filter_next(&s->d, &part);
        for (uint64_t i = 0; i < part; i++) sum += weir_a64_load(place(s, ids[i]));
        s->sink += sum;
        n -= part;
    }
}

static void fetch_or(void *object, uint64_t n) {
    subject *s = object;
    while (n) {
        uint64_t part = n;
        const uint64_t *ids = bench_filter_next(&s->d, &part);
        for (uint64_t i = 0; i < part; i++) weir_a64_or(place(s, ids[i]), (uint64_t)1 << (ids[i] & 63));
        n -= part;
    }
}

static void chase(void *object, uint64_t n) {
    subject *s = object;
    uint64_t at = s->at;
    while (n--) at = weir_a64_load(s->word + at);
    s->at = at;
}

#define ROW(part, what, why)                                                                                \
    .name = "filter." part, .variant = "ref." what, .flags = BENCH_REFERENCE, .note = why, .unit = "ns/op", \
    .axes = bench_axes_filter, .supports = supports, .destroy = destroy

#define CHASE "a load that depends on the one before, array of the same size: compare with .chain"

#define LOAD "hash and one load"

static const bench_row row_or = {ROW("insert", "fetch_or", "hash and one atomic or"), .make = make, .loop = fetch_or};
static const bench_row row_hit = {ROW("hit", "load", LOAD), .make = make, .loop = load};
static const bench_row row_miss = {ROW("miss", "load", LOAD), .make = make, .loop = load};
static const bench_row row_hit_chase = {ROW("hit", "pointer_chase", CHASE), .make = make_chase, .loop = chase};
static const bench_row row_miss_chase = {ROW("miss", "pointer_chase", CHASE), .make = make_chase, .loop = chase};
BENCH_ROW(row_or)
BENCH_ROW(row_hit)
BENCH_ROW(row_miss)
BENCH_ROW(row_hit_chase)
BENCH_ROW(row_miss_chase)
