#include "bench/cases/order_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/cases/axes.h"

typedef struct subject {
    const bench_sorter *sorter;
    void *object;
    bench_order order;
} subject;

static uint64_t next_random(uint64_t *state) { /* splitmix64 */
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int by_key(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* ---- keys ---- */

static bool is_known(const bench_params *p) {
    return (!strcmp(p->order, "random") || !strcmp(p->order, "sorted90")) &&
           (!strcmp(p->mix, "plain") || !strcmp(p->mix, "children"));
}

static bool fill(bench_order *o, const bench_params *p) {
    uint64_t state = p->seed;
    o->n = (uint32_t)p->size;
    o->first = strcmp(p->mix, "children") ? o->n : o->n - o->n / 2;
    o->key = malloc(o->n * sizeof *o->key);
    if (!o->key) return false;
    for (uint32_t i = 0; i < o->first; i++) o->key[i] = next_random(&state) >> 32;
    if (!strcmp(p->order, "sorted90")) qsort(o->key, o->first - o->first / 10, sizeof *o->key, by_key);
    for (uint32_t i = o->first; i < o->n; i++) o->key[i] = o->key[i - o->first] + (next_random(&state) >> 36);
    for (uint32_t i = 0; i < o->n; i++) o->expected += bench_order_fold(i, o->key[i]);
    return true;
}

/* ---- rounds ---- */

static double cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void check(const bench_order *o, bench_sample *s) {
    uint64_t n = o->n, sum = (n - 1) * n * (2 * n - 1) / 6; /* of the squares below n */
    if (o->taken == n && o->sum == sum && o->fold == o->expected && !o->early) return;
    s->wrong = true;
    snprintf(s->error, sizeof s->error,
             "of %u events %u ran, or others than there were; %u before one with a lower key", o->n, o->taken,
             o->early);
}

static void one_round(subject *s, bench_sample *sample) {
    s->order.taken = s->order.early = 0;
    s->order.last = s->order.sum = s->order.fold = 0;
    double cpu = cpu_ns();
    uint64_t start = weir_now_ns();
    s->sorter->run(s->object);
    sample->wall_ns += (double)(weir_now_ns() - start);
    sample->cpu_ns += cpu_ns() - cpu;
    sample->items += s->order.n;
    check(&s->order, sample);
}

static void measure(void *o, const bench_params *p, bench_sample *sample) {
    bench_sample warm_up = {0};
    one_round(o, &warm_up);
    if (warm_up.wrong) *sample = warm_up;
    while (!sample->wrong && sample->wall_ns < p->seconds * 1e9) one_round(o, sample);
    sample->value = sample->wall_ns / sample->items;
}

/* ---- rows ---- */

static void destroy(void *o) {
    subject *s = o;
    if (s->object) s->sorter->close(s->object);
    free(s->order.key);
    free(s);
}

void *bench_sorter_make(const bench_sorter *sorter, const bench_params *p) {
    subject *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->sorter = sorter;
    if (fill(&s->order, p)) s->object = sorter->open(sorter->variant, &s->order, p->threads);
    if (s->object) return s;
    destroy(s);
    return NULL;
}

bool bench_sorter_supports(const bench_sorter *s, const bench_params *p) {
    return is_known(p) && p->size > 0 && p->size <= (s->most ? s->most : 1u << 24) && !(s->alone && p->threads > 1) &&
           !(s->childless && !strcmp(p->mix, "children"));
}

void bench_sorter_register(const bench_sorter *s, bench_row *row, void *(*make)(const bench_params *),
                           bool (*supports)(const bench_params *), bool chosen) {
    *row = (bench_row){.name = "sched.sortphase",
                       .variant = s->variant,
                       .flags = s->flags,
                       .note = s->note,
                       .unit = "ns/event",
                       .axes = bench_axes_sched_sortphase,
                       .supports = supports,
                       .make = make,
                       .destroy = destroy,
                       .measure = measure};
    bench_register(row, chosen);
}
