#include "bench/cases/co_team.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "prims/wait.h"

static double cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void sleep_s(double seconds) {
    struct timespec d = {(time_t)seconds, (long)((seconds - floor(seconds)) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &d, &d)) {}
}

/* ---- members ---- */

static void ended(weir_co *co, int status) {
    bench_co_team *t = ((bench_side *)co)->team;
    if (status) abort(); /* the cell is "failed" */
    uint64_t now = weir_now_ns();
    if (weir_a32_sub_acq_rel(&t->left, 1) != 1) return;
    t->end_ns = now;
    weir_a32_store_release(&t->left, UINT32_MAX); /* R1: pairs with A1; counts and sums of all */
    weir_futex_wake(&t->left, 1);
}

/* Where member i lives. */
static unsigned home(const bench_co_team *t, unsigned i) {
    unsigned half = t->loops / 2;
    if (!half) return 0;
    return i < t->producers ? i % half : half + (i - t->producers) % (t->loops - half);
}

static void spawn(bench_co_team *t, unsigned i) {
    bench_side *s = t->sides[i];
    const weir_co_type *type = i < t->producers ? t->producer : t->consumer;
    memset(s, 0, type->size);
    s->team = t;
    s->next = ((uint64_t)i + 1) << 48;
    s->co.end = ended;
    weir_loop_spawn(weir_crew_loop(t->crew, home(t, i)), &s->co, type);
}

/* ---- phases ---- */

/* One phase; the time when it began. */
static uint64_t play(bench_co_team *t, double seconds) {
    unsigned n = t->producers + t->consumers;
    weir_a32_store(&t->stop, 0);
    weir_a32_store(&t->producing, t->producers);
    weir_a32_store(&t->left, n);
    uint64_t start = weir_now_ns();
    for (unsigned i = n; i-- > 0;) spawn(t, i);
    sleep_s(seconds);
    weir_a32_store(&t->stop, 1);
    for (uint32_t left; (left = weir_a32_load_acquire(&t->left)) != UINT32_MAX;) /* A1: pairs with R1 */
        weir_futex_wait(&t->left, left, weir_now_ns() + 10000000);               /* nobody wakes for each that ends */
    return start;
}

static void count(const bench_co_team *t, bench_sample *s) {
    uint64_t items[2] = {0, 0}, sum[2] = {0, 0};
    for (unsigned i = 0; i < t->producers + t->consumers; i++) {
        items[i < t->producers] += t->sides[i]->items;
        sum[i < t->producers] += t->sides[i]->sum;
    }
    s->items = (double)items[0];
    s->wrong = items[0] != items[1] || sum[0] != sum[1];
    if (s->wrong)
        snprintf(s->error, sizeof s->error, "%llu values were pushed and %llu popped, or others",
                 (unsigned long long)items[1], (unsigned long long)items[0]);
}

void bench_co_team_measure(bench_co_team *t, const bench_params *p, bench_sample *s) {
    play(t, fmin(fmax(p->seconds / 10, 0.002), 0.1));
    count(t, s);
    if (s->wrong) return;
    double cpu = cpu_ns();
    uint64_t start = play(t, p->seconds);
    s->cpu_ns = cpu_ns() - cpu;
    s->wall_ns = (double)(t->end_ns - start);
    count(t, s);
    s->value = s->wall_ns / s->items;
}

/* ---- making ---- */

bool bench_co_team_open(bench_co_team *t, const bench_params *p) {
    unsigned n = p->producers + p->consumers;
    t->producers = p->producers;
    t->consumers = p->consumers;
    t->loops = p->threads;
    t->sides = calloc(n, sizeof *t->sides);
    if (!t->sides || weir_crew_open(t->loops, &t->crew)) return free(t->sides), false;
    for (unsigned i = 0; i < n; i++) {
        size_t bytes = (i < t->producers ? t->producer : t->consumer)->size;
        bytes = (bytes + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE;
        t->sides[i] = aligned_alloc(WEIR_CACHE_LINE, bytes);
        if (!t->sides[i]) abort(); /* the cell is "failed" */
    }
    return true;
}

void bench_co_team_close(bench_co_team *t) {
    weir_crew_close(t->crew);
    for (unsigned i = 0; i < t->producers + t->consumers; i++) free(t->sides[i]);
    free(t->sides);
}
