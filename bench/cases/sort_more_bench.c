/* sort.events, the rows that are not one a variant: `merge` that is not told of the sorted part, `runs` with a team,
 * and the references. */
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include "bench/cases/axes.h"
#include "bench/cases/sort_data.h"
#include "bench/pin.h"

#define SORT_ROW                                                                                        \
    .name = "sort.events", .unit = "ns/event", .axes = bench_axes_sort_events, .make = bench_sort_make, \
    .destroy = bench_sort_destroy

/* ---- not told ---------------------------------------------------------------------------------------------------- */

static void untold(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch) {
    (void)sorted;
    weir_sort_merge(items, 0, n, scratch);
}

static void measure_untold(void *data, const bench_params *p, bench_sample *s) {
    bench_sort_measure(data, p, s, untold);
}

static bool is_sorted90(const bench_params *p) { return strcmp(p->order, "sorted90") == 0; }

static const bench_row row_untold = {SORT_ROW, .variant = "merge.untold",
                                     .note = "merge that has to find the sorted part itself", .supports = is_sorted90,
                                     .measure = measure_untold};
BENCH_ROW(row_untold)

/* ---- teams ------------------------------------------------------------------------------------------------------- */
enum { TEAM_MAX = 4 };

/* The workers wait for the next sort as the engine's threads wait for room, by short spins and yields; each on a
 * processor of its own, else the scheduler leaves both on one, where one's wait is the other's delay. */
static struct crew {
    weir_sort_team team;
    unsigned workers;
    pin_plan pins;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 round; /* 0: end; else the number of the sort to take part in */
} crew;

static void *work(void *arg) {
    unsigned index = (unsigned)(uintptr_t)arg;
    pin_thread(&crew.pins, index, crew.workers);
    for (uint32_t done = 1, next;; done = next) {
        while ((next = weir_a32_load_acquire(&crew.round)) == done) bench_retry(); /* A1: pairs with R1 */
        if (next == 0) return NULL;
        weir_sort_runs_team_run(&crew.team, index);
    }
}

/* R1: publishes the team, or the end. */
static void start_round(uint32_t round) { weir_a32_store_release(&crew.round, round); }

static void sort_by_team(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch) {
    weir_sort_runs_team_init(&crew.team, items, sorted, n, scratch, crew.workers);
    start_round(weir_a32_load(&crew.round) % UINT32_MAX + 1);
    weir_sort_runs_team_run(&crew.team, 0);
}

static void measure_team(void *data, const bench_params *p, bench_sample *s, unsigned workers) {
    pthread_t threads[TEAM_MAX];
    crew.workers = workers;
    crew.pins.count = pin_allowed(crew.pins.cpu);
    start_round(1);
    for (unsigned i = 1; i < workers; i++)
        if (pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)i)) abort();
    pin_thread(&crew.pins, 0, workers);
    bench_sort_measure(data, p, s, sort_by_team);
    start_round(0);
    for (unsigned i = 1; i < workers; i++) pthread_join(threads[i], NULL);
}

static void measure_2(void *data, const bench_params *p, bench_sample *s) { measure_team(data, p, s, 2); }
static void measure_4(void *data, const bench_params *p, bench_sample *s) { measure_team(data, p, s, 4); }

static bool has(unsigned processors) {
    static int cpu[PIN_MAX];
    return pin_allowed(cpu) >= processors;
}

static bool has_2(const bench_params *p) { return (void)p, has(2); }
static bool has_4(const bench_params *p) { return (void)p, has(4); }

#define TEAM_ROW(n)                                                               \
    SORT_ROW, .variant = "runs." #n, .supports = has_##n, .measure = measure_##n, \
              .note = "a team of " #n " threads, one a processor"

static const bench_row row_2 = {TEAM_ROW(2)};
static const bench_row row_4 = {TEAM_ROW(4)};
BENCH_ROW(row_2)
BENCH_ROW(row_4)

/* ---- references -------------------------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b) {
    uint64_t x = ((const weir_sort_item *)a)->key, y = ((const weir_sort_item *)b)->key;
    return x < y ? -1 : x > y;
}

static void sort_qsort(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch) {
    (void)sorted, (void)scratch;
    qsort(items, n, sizeof *items, by_key);
}

/* Not a sort: the array copied away and back. The empty assembly hides that nothing changes. */
static void copy(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch) {
    (void)sorted;
    memcpy(scratch, items, n * sizeof *items);
    __asm__ volatile("" : : "r"(scratch) : "memory");
    memcpy(items, scratch, n * sizeof *items);
}

static void measure_qsort(void *data, const bench_params *p, bench_sample *s) {
    bench_sort_measure(data, p, s, sort_qsort);
}

static void measure_copy(void *data, const bench_params *p, bench_sample *s) {
    bench_sort_measure(data, p, s, copy);
    s->wrong = false; /* it does not sort */
    s->error[0] = 0;
}

static const bench_row row_qsort = {SORT_ROW, .variant = "ref.qsort", .flags = BENCH_REFERENCE, .note = "glibc",
                                    .measure = measure_qsort};
static const bench_row row_copy = {SORT_ROW, .variant = "ref.memcpy", .flags = BENCH_REFERENCE,
                                   .note = "the array copied away and back, not sorted", .measure = measure_copy};
BENCH_ROW(row_qsort)
BENCH_ROW(row_copy)
