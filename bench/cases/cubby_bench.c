/* cubby.handoff: items through one place, both sides waiting. cubby.idle_cpu: what it costs to wait. Compiled once a
 * variant, and once more for each other parker, as rows "direct.futex". */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/cases/axes.h"
#include "prims/cubby.h"
#include "prims/variant.h"

#ifndef BENCH_SUFFIX
#define BENCH_SUFFIX ""
#endif
#define VARIANT WEIR_STRING(WEIR_CUBBY) BENCH_SUFFIX

/* 0 for every variant but the negative control. */
static unsigned control_flag(void) { return strcmp(WEIR_STRING(WEIR_CUBBY), "seed") ? 0 : BENCH_CONTROL; }

static void *make(const bench_params *p) {
    (void)p;
    weir_cubby *c = aligned_alloc(WEIR_CACHE_LINE, sizeof *c);
    if (c && weir_cubby_init(c) == WEIR_OK) return c;
    free(c);
    return NULL;
}

static void destroy(void *c) {
    weir_cubby_destroy(c);
    free(c);
}

static void push(void *c, uint64_t v) { weir_cubby_push(c, v); }

static uint64_t pop(void *c) {
    uint64_t v = BENCH_LAST;
    weir_cubby_pop(c, &v);
    return v;
}

static void work(bench_worker *w) { bench_team_wait(w, push, pop); }
static void push_last(void *c) { push(c, BENCH_LAST); }

static bench_row handoff = {
    .name = "cubby.handoff",
    .variant = VARIANT,
    .flags = BENCH_WAITS,
    .unit = "ns/op",
    .axes = bench_axes_cubby_handoff,
    .make = make,
    .destroy = destroy,
    .work = work,
    .push_last = push_last,
};

/* -- cubby.idle_cpu: 4 consumers, an item a millisecond; processor time of the whole team, its producer included -- */

enum { WAITERS = 4, PERIOD_NS = 1000000 };

typedef struct consumer {
    pthread_t thread;
    void *cubby;
    uint64_t sum, items;
} consumer;

static void *consume(void *arg) {
    consumer *me = arg;
    for (uint64_t v; (v = pop(me->cubby)) != BENCH_LAST; me->items++) me->sum += v;
    return NULL;
}

/* Pushes at fixed times until `end`; returns how many. */
static uint64_t trickle(void *c, uint64_t start, uint64_t end) {
    uint64_t n = 0;
    for (uint64_t at = start; (at += PERIOD_NS) < end;) {
        struct timespec t = {(time_t)(at / 1000000000u), (long)(at % 1000000000u)};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL)) {}
        push(c, n++);
    }
    return n;
}

static double process_cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void check(bench_sample *s, const consumer *consumers, uint64_t n) {
    uint64_t sum = 0, items = 0;
    for (int i = 0; i < WAITERS; i++) {
        sum += consumers[i].sum;
        items += consumers[i].items;
    }
    if (items == n && sum == (n ? n * (n - 1) / 2 : 0)) return;
    s->wrong = true;
    strcpy(s->error, "a value was lost, doubled or invented");
}

static void measure_idle(void *c, const bench_params *p, bench_sample *s) {
    consumer consumers[WAITERS];
    memset(consumers, 0, sizeof consumers);
    for (int i = 0; i < WAITERS; i++) {
        consumers[i].cubby = c;
        if (pthread_create(&consumers[i].thread, NULL, consume, &consumers[i])) abort();
    }
    uint64_t start = weir_now_ns();
    double cpu = process_cpu_ns();
    uint64_t n = trickle(c, start, start + (uint64_t)(p->seconds * 1e9));
    s->cpu_ns = process_cpu_ns() - cpu;
    s->wall_ns = (double)(weir_now_ns() - start);
    for (int i = 0; i < WAITERS; i++) push(c, BENCH_LAST);
    for (int i = 0; i < WAITERS; i++) pthread_join(consumers[i].thread, NULL);
    s->items = (double)n;
    s->value = 100 * s->cpu_ns / s->wall_ns;
    check(s, consumers, n);
}

static const bench_axis idle_axes[] = {{"load", "quiet,busy", "quiet"}, {NULL, NULL, NULL}};

static bench_row idle = {
    .name = "cubby.idle_cpu",
    .variant = VARIANT,
    .flags = BENCH_WAITS,
    .unit = "%",
    .note = NULL,
    .axes = idle_axes,
    .make = make,
    .destroy = destroy,
    .measure = measure_idle,
};

__attribute__((constructor)) static void register_rows(void) {
    handoff.flags |= control_flag();
    idle.flags |= control_flag();
    bench_register(&handoff, WEIR_CHOSEN);
    bench_register(&idle, WEIR_CHOSEN);
}
