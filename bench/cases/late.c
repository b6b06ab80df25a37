#include "bench/cases/late.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

double bench_cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double bench_resident(void) {
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f) return 0;
    if (fscanf(f, "%*u %lu", &pages) != 1) pages = 0;
    fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void bench_late(const uint64_t *due, uint64_t *at, uint64_t n, double q, bench_sample *s) {
    static const struct {
        const char *name;
        double q;
    } extras[] = {{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}, {"max", 1}};
    for (uint64_t i = 0; i < n; i++) at[i] -= due[i];
    qsort(at, n, sizeof *at, by_size);
    s->value = (double)at[(size_t)((double)(n - 1) * q)];
    for (int i = 0; i < 4; i++) bench_extra(s, extras[i].name, (double)at[(size_t)((double)(n - 1) * extras[i].q)]);
}

static uint64_t some(bool (*op)(void *, uint32_t), void *object, uint32_t n, bench_sample *s) {
    double cpu = bench_cpu_ns();
    uint64_t start = weir_now_ns();
    s->wrong |= !op(object, n);
    uint64_t wall = weir_now_ns() - start;
    s->cpu_ns += bench_cpu_ns() - cpu;
    s->wall_ns += (double)wall;
    s->items += n;
    if (s->wrong) snprintf(s->error, sizeof s->error, "one of %u operations had another answer than it should", n);
    return wall;
}

void bench_timed(bool (*op)(void *, uint32_t), void *object, const bench_params *p, bench_sample *s) {
    bench_sample warm_up = {0};
    uint32_t n = 64;
    while (some(op, object, n, &warm_up) < (uint64_t)(p->seconds * 1e8) && !warm_up.wrong) n *= 2;
    if (warm_up.wrong) *s = warm_up;
    while (!s->wrong && s->wall_ns < p->seconds * 1e9) some(op, object, n, s);
    s->value = s->wall_ns / s->items;
}
