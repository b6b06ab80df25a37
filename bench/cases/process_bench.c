/* process.memory: processes at rest, each with a coroutine that waits: bytes of ours beside the pages of their heaps. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/case.h"
#include "sched/process.h"

typedef struct subject {
    weir_io *io;
    weir_process_pool *pool;
} subject;

struct waiter {
    weir_co co;
    uint64_t *count;
};
WEIR_COROUTINE(waiter) {
    WEIR_CO_BEGIN;
    ++*self->count;
    WEIR_SLEEP_UNTIL(WEIR_FOREVER);
    WEIR_CO_END;
}

static void destroy(void *object) {
    subject *s = object;
    if (s->pool) weir_process_pool_close(s->pool);
    if (s->io) weir_io_close(s->io);
    free(s);
}

static void *make(const bench_params *p) {
    const weir_process_options o = {.most = (uint32_t)p->size};
    subject *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    if (!weir_io_open(NULL, &s->io) && !weir_process_pool_open(&o, s->io, &s->pool)) return s;
    destroy(s);
    return NULL;
}

static double resident(void) {
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f) return 0;
    if (fscanf(f, "%*u %lu", &pages) != 1) pages = 0;
    fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* Of the heap's pages, those that have been touched. */
static double touched(const weir_process *p) {
    unsigned char there[64];
    double sum = 0;
    uint32_t pages = p->heap.base.pages;
    if (pages > sizeof there || mincore(p->heap.base.at, (size_t)pages * WEIR_HEAP_PAGE, there)) return 0;
    for (uint32_t i = 0; i < pages; i++) sum += (there[i] & 1) * WEIR_HEAP_PAGE;
    return sum;
}

static void measure(void *object, const bench_params *p, bench_sample *sample) {
    subject *s = object;
    uint64_t count = 0, n = p->size, start = weir_now_ns();
    double before = resident(), pages = 0;
    for (uint64_t i = 0; i < n && !sample->wrong; i++) {
        weir_process *new = weir_process_new(s->pool);
        sample->wrong = !new || !WEIR_PROCESS_SPAWN(new, waiter, .count = &count);
        if (!sample->wrong) pages += touched(new);
    }
    weir_loop_run_quiet(weir_io_loop(s->io));
    sample->wrong |= count != n;
    if (sample->wrong)
        snprintf(sample->error, sizeof sample->error, "of %llu processes %llu run", (unsigned long long)n,
                 (unsigned long long)count);
    double all = resident() - before;
    sample->items = (double)n;
    sample->wall_ns = (double)(weir_now_ns() - start);
    sample->value = (all - pages) / (double)n;
    bench_extra(sample, "with_pages", all / (double)n);
    bench_extra(sample, "sizeof", sizeof(weir_process));
}

static bench_dear many(const bench_params *p) {
    return (bench_dear){0, 6000.0 * (double)p->size, 3e-5 * (double)p->size};
}

static const bench_axis axes[] = {{"size", "10000", "2000"}, {NULL, NULL, NULL}};

static const bench_row row = {
    .name = "process.memory",
    .variant = "process",
    .unit = "B",
    .note = "one coroutine each, its frame included",
    .axes = axes,
    .make = make,
    .destroy = destroy,
    .measure = measure,
    .dear = many,
};
BENCH_ROW(row)
