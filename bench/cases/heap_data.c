#include "bench/cases/heap_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const bench_axis bench_axes_heap_alloc[] = {{"mix", "small,mixed", "small,mixed"}, {NULL, NULL, NULL}};

static uint64_t next_random(uint64_t *state) { /* splitmix64 */
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A multiple of 8, between two powers of two. */
static uint32_t any_size(uint64_t random, unsigned powers) {
    uint32_t base = (uint32_t)16 << random % powers;
    return base + (uint32_t)(random >> 8) % (base + 1) / 8 * 8;
}

bool bench_heap_supports(const bench_params *p) { return !strcmp(p->mix, "small") || !strcmp(p->mix, "mixed"); }

bench_heap *bench_heap_new(const bench_params *p) {
    bench_heap *h = calloc(1, sizeof *h);
    uint64_t state = p->seed;
    for (uint32_t i = 0; h && i < BENCH_HEAP_OPS; i++) {
        h->trace[i].slot = (uint32_t)(next_random(&state) % BENCH_HEAP_ARRAYS);
        h->trace[i].size = any_size(next_random(&state), strcmp(p->mix, "small") ? 9 : 5);
    }
    return h;
}

void bench_heap_measure(void *allocator, bench_heap *h, const bench_params *p, bench_sample *s,
                        bench_heap_round *round) {
    round(allocator, h); /* fills it and warms up */
    uint64_t start = weir_now_ns(), end = start + (uint64_t)(p->seconds * 1e9);
    do {
        round(allocator, h);
        s->items += BENCH_HEAP_OPS;
    } while (weir_now_ns() < end);
    s->wall_ns = s->cpu_ns = (double)(weir_now_ns() - start); /* one thread that never waits */
    s->value = s->wall_ns / s->items;
    s->wrong = h->wrong || h->refused;
    if (s->wrong)
        snprintf(s->error, sizeof s->error, "%llu arrays overlap, %llu were refused", (unsigned long long)h->wrong,
                 (unsigned long long)h->refused);
}
