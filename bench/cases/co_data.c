#include "bench/cases/co_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench/cases/axes.h"

typedef struct subject {
    const bench_co *co;
    void *object;
} subject;

static double cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double resident(void) {
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f) return 0;
    if (fscanf(f, "%*u %lu", &pages) != 1) pages = 0;
    fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* ---- operations ---- */

typedef uint64_t operations(void *object, uint64_t n);

static uint64_t up_to(uint64_t n) { return n % 2 ? (n + 1) / 2 * n : n / 2 * (n + 1); } /* 1 + 2 + ... */

static uint64_t some(void *object, uint64_t n, operations *op, uint64_t counted, bench_sample *s) {
    double cpu = cpu_ns();
    uint64_t start = weir_now_ns(), got = op(object, n), wall = weir_now_ns() - start;
    s->cpu_ns += cpu_ns() - cpu;
    s->wall_ns += (double)wall;
    s->items += (double)n;
    s->wrong |= got != counted;
    if (s->wrong)
        snprintf(s->error, sizeof s->error, "%llu operations should count %llu, and counted %llu",
                 (unsigned long long)n, (unsigned long long)counted, (unsigned long long)got);
    return wall;
}

/* How many at a time is found by doubling, which warms up. */
static void measure(void *object, const bench_params *p, bench_sample *s, operations *op,
                    uint64_t (*counted)(uint64_t)) {
    bench_sample warm_up = {0};
    uint64_t n = 64 * BENCH_CO_BATCH;
    while (some(object, n, op, counted(n), &warm_up) < (uint64_t)(p->seconds * 1e8) && !warm_up.wrong) n *= 2;
    if (warm_up.wrong) *s = warm_up;
    while (!s->wrong && s->wall_ns < p->seconds * 1e9) some(object, n, op, counted(n), s);
    s->value = s->wall_ns / s->items;
}

static uint64_t each(uint64_t n) { return n; }
static uint64_t answers(uint64_t n) { return 3 * up_to(n); }

static void measure_yield(void *o, const bench_params *p, bench_sample *s) {
    measure(((subject *)o)->object, p, s, ((subject *)o)->co->yield, each);
}
static void measure_spawn(void *o, const bench_params *p, bench_sample *s) {
    measure(((subject *)o)->object, p, s, ((subject *)o)->co->spawn, each);
}
static void measure_request(void *o, const bench_params *p, bench_sample *s) {
    measure(((subject *)o)->object, p, s, ((subject *)o)->co->request, answers);
}
static void measure_message(void *o, const bench_params *p, bench_sample *s) {
    measure(((subject *)o)->object, p, s, ((subject *)o)->co->message, up_to);
}

static void measure_memory(void *o, const bench_params *p, bench_sample *s) {
    subject *me = o;
    double before = resident(), cpu = cpu_ns();
    uint64_t start = weir_now_ns();
    s->wrong = !me->co->fill(me->object, p->size);
    s->wall_ns = (double)(weir_now_ns() - start);
    s->cpu_ns = cpu_ns() - cpu;
    s->items = (double)p->size;
    s->value = (resident() - before) / s->items;
    if (s->wrong) snprintf(s->error, sizeof s->error, "they are not all there");
}

/* ---- rows ---- */

static void destroy(void *o) {
    subject *s = o;
    s->co->close(s->object);
    free(s);
}

void *bench_co_make(const bench_co *c) {
    subject *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->co = c;
    s->object = c->open();
    if (s->object) return s;
    free(s);
    return NULL;
}

/* A goroutine takes 2.7 kB and 1.5 us. */
bench_dear bench_co_many(const bench_params *p) {
    return (bench_dear){0, 3000.0 * (double)p->size, 2e-6 * (double)p->size};
}

static const struct {
    const char *name, *unit;
    const bench_axis *axes;
    void (*measure)(void *, const bench_params *, bench_sample *);
} cases[BENCH_CO_CASES] = {
    {"co.yield", "ns/op", bench_axes_co_one, measure_yield},
    {"co.spawn", "ns/op", bench_axes_co_one, measure_spawn},
    {"co.request", "ns/op", bench_axes_co_one, measure_request},
    {"co.message", "ns/op", bench_axes_co_one, measure_message},
    {"co.memory", "B", bench_axes_co_memory, measure_memory},
};

static bool has(const bench_co *c, enum bench_co_case which) {
    if (which == BENCH_CO_MEMORY) return c->fill != NULL;
    operations *const needs[] = {c->yield, c->spawn, c->request, c->message};
    return needs[which] != NULL;
}

void bench_co_register(const bench_co *c, bench_row rows[BENCH_CO_CASES], void *(*make)(const bench_params *),
                       bool chosen) {
    for (int i = 0; i < BENCH_CO_CASES; i++) {
        if (!has(c, (enum bench_co_case)i)) continue;
        rows[i] = (bench_row){.name = cases[i].name,
                              .variant = c->variant,
                              .flags = c->flags,
                              .note = c->note,
                              .unit = cases[i].unit,
                              .axes = cases[i].axes,
                              .make = make,
                              .destroy = destroy,
                              .measure = cases[i].measure,
                              .dear = i == BENCH_CO_MEMORY ? bench_co_many : NULL};
        bench_register(&rows[i], chosen);
    }
}
