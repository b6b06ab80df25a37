#include "bench/cases/sort_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BATCH_ITEMS = 16384, /* sorted between two looks at the clock: 256 KiB, so that short arrays stay in the L2 cache */
    SOURCE_ITEMS = 4 * 65536
};

typedef struct sort_data {
    size_t n, told;        /* items in an array; how many of them the sort is told to be in order */
    size_t batch, sources; /* arrays in a batch; different ones in all */
    weir_sort_item *source, *items, *scratch;
} sort_data;

/* ---- arrays ------------------------------------------------------------------------------------------------------ */

static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u; /* splitmix64 */
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static int by_key(const void *a, const void *b) {
    uint64_t x = ((const weir_sort_item *)a)->key, y = ((const weir_sort_item *)b)->key;
    return x < y ? -1 : x > y;
}

/* Each item stays less than 16 places from where it belongs: keys 16 apart, moved by less than 256. */
static uint64_t displaced(size_t i, uint64_t random) { return i * 16 + random % 256; }

static void fill(weir_sort_item *a, size_t sorted, size_t n, const char *order, uint64_t *state) {
    for (size_t i = 0; i < n; i++) {
        uint64_t random = next_random(state);
        a[i].payload = i;
        if (strcmp(order, "random64") == 0) a[i].key = random;
        else if (strcmp(order, "displaced") == 0) a[i].key = displaced(i, random);
        else a[i].key = random >> 32;
    }
    qsort(a, sorted, sizeof *a, by_key);
    for (size_t i = 0; i < n; i++) a[i].payload = i;
}

/* The part put in order. Of a wholly sorted array nobody is told. */
static size_t sorted_part(const char *order, size_t n) {
    if (strcmp(order, "sorted") == 0) return n;
    return strcmp(order, "sorted90") == 0 ? n - n / 10 : 0;
}

static bool known(const char *order) {
    static const char *const orders[] = {"random", "random64", "sorted90", "displaced", "sorted"};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        if (strcmp(order, orders[i]) == 0) return true;
    return false;
}

static weir_sort_item *items_new(size_t n) {
    size_t line = WEIR_CACHE_LINE, bytes = (n * sizeof(weir_sort_item) + line - 1) / line * line;
    weir_sort_item *p = aligned_alloc(line, bytes);
    if (p) memset(p, 0, bytes); /* no page fault inside the timed region */
    return p;
}

void bench_sort_destroy(void *data) {
    sort_data *d = data;
    free(d->source);
    free(d->items);
    free(d->scratch);
    free(d);
}

static size_t at_least(size_t low, size_t v) { return v < low ? low : v; }

void *bench_sort_make(const bench_params *p) {
    if (p->size == 0 || p->size > (1u << 26) || !known(p->order)) return NULL;
    sort_data *d = calloc(1, sizeof *d);
    if (!d) return NULL;
    d->n = (size_t)p->size;
    size_t sorted = sorted_part(p->order, d->n);
    d->told = sorted < d->n ? sorted : 0;
    d->batch = at_least(1, BATCH_ITEMS / d->n);
    d->sources = at_least(2 * d->batch, SOURCE_ITEMS / d->n) / d->batch * d->batch;
    d->source = items_new(d->sources * d->n);
    d->items = items_new(d->batch * d->n);
    d->scratch = items_new(d->n);
    if (!d->source || !d->items || !d->scratch) return bench_sort_destroy(d), NULL;
    uint64_t state = p->seed;
    for (size_t k = 0; k < d->sources; k++) fill(d->source + k * d->n, sorted, d->n, p->order, &state);
    return d;
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

static double cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Order, and that nothing was lost or doubled: each key is still beside its payload, and the payloads, which are places
 * of the array as it was, add up. Stability is not asked: not all libraries promise it. */
static bool right(const weir_sort_item *a, const weir_sort_item *before, size_t n) {
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && a[i - 1].key > a[i].key) return false;
        if (a[i].payload >= n || a[i].key != before[a[i].payload].key) return false;
        sum += a[i].payload * a[i].payload - i * i;
    }
    return sum == 0;
}

static void check(const sort_data *d, const weir_sort_item *before, bench_sample *s) {
    for (size_t k = 0; k < d->batch && !s->wrong; k++)
        if (!right(d->items + k * d->n, before + k * d->n, d->n)) {
            s->wrong = true;
            snprintf(s->error, sizeof s->error, "array of %zu events not sorted, or an event lost or doubled", d->n);
        }
}

/* Copies a batch, sorts it, adds the time to *s. */
static void one_batch(sort_data *d, const weir_sort_item *source, bench_sample *s, bench_sort_fn *sort) {
    memcpy(d->items, source, d->batch * d->n * sizeof *source);
    double cpu = cpu_ns();
    uint64_t begin = weir_now_ns();
    for (size_t k = 0; k < d->batch; k++) sort(d->items + k * d->n, d->told, d->n, d->scratch);
    s->wall_ns += (double)(weir_now_ns() - begin);
    s->cpu_ns += cpu_ns() - cpu;
    s->items += (double)(d->batch * d->n);
    check(d, source, s);
}

void bench_sort_measure(void *data, const bench_params *p, bench_sample *s, bench_sort_fn *sort) {
    sort_data *d = data;
    bench_sample warm_up = {0};
    one_batch(d, d->source, &warm_up, sort);
    uint64_t end = weir_now_ns() + (uint64_t)(p->seconds * 1e9);
    for (size_t k = 0;; k += d->batch) {
        if (k == d->sources) k = 0;
        one_batch(d, d->source + k * d->n, s, sort);
        if (weir_now_ns() >= end) break;
    }
    s->value = s->wall_ns / s->items;
}
