/* slp.walk, slp.verify, slp.print, slp.at: what is done with a buffer. */
#include <stdlib.h>

#include "bench/cases/axes.h"
#include "bench/cases/slp_data.h"
#include "slp/walk_p.h"

/* Every value looked at once; integers are added up, so that they are really loaded. */
static uint64_t walk(bench_slp *d) {
    static slp_walk w;
    uint64_t seen = 0, sum = 0;
    for (slp_walk_begin(&w, weir_slp_root(d->buffer)); slp_walk_next(&w);) {
        if (w.event == SLP_WALK_LEAVE) continue;
        seen++;
        weir_slp_type type = weir_slp_type_of(w.value);
        if (slp_is_list(w.value.cell) || type == WEIR_SLP_QUOTE) slp_walk_enter(&w);
        else if (type == WEIR_SLP_INTEGER) sum += (uint64_t)weir_slp_integer(w.value);
        else if (type != WEIR_SLP_REAL) sum += weir_slp_text_of(w.value).bytes;
    }
    __asm__ volatile("" : : "r"(sum));
    return seen;
}

static uint64_t verify(bench_slp *d) {
    static const weir_slp_limits all = {128, 1u << 29, WEIR_SLP_UNITS_MAX, 4096};
    const weir_slp *s = weir_slp_verify(d->buffer, weir_slp_bytes(d->buffer), &all, NULL);
    return s ? weir_slp_nodes(s) : 0;
}

static uint64_t print(bench_slp *d) {
    return weir_slp_print_forms(weir_slp_root(d->buffer), WEIR_SLP_CANONICAL, d->own, 2 * d->slp_bytes);
}

static void measure_walk(void *data, const bench_params *p, bench_sample *s) {
    bench_slp *d = data;
    bench_slp_cost(d, p, s, walk, d->nodes, d->nodes);
}

static void measure_verify(void *data, const bench_params *p, bench_sample *s) {
    bench_slp *d = data;
    bench_slp_cost(d, p, s, verify, d->nodes, d->nodes);
}

static void measure_print(void *data, const bench_params *p, bench_sample *s) {
    bench_slp *d = data;
    d->own = malloc(2 * d->slp_bytes);
    if (!d->own) return;
    uint64_t bytes = print(d);
    bench_slp_speed(d, p, s, print, bytes, bytes);
    free(d->own);
}

/* Children of one list in an order that no prefetcher guesses. */
enum { LOOKS = 4096 };

static void *make_list(const bench_params *p) {
    bench_slp *d = calloc(1, sizeof *d);
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    if (!d || !b) return NULL;
    weir_slp_open(b, WEIR_SLP_LIST);
    for (uint64_t i = 0; i < p->size; i++) weir_slp_put_integer(b, (int64_t)i);
    weir_slp_close(b);
    d->own = b;
    d->buffer = weir_slp_finish(b, NULL);
    d->nodes = p->size;
    return d;
}

static void destroy_list(void *data) {
    weir_slp_builder_free(((bench_slp *)data)->own);
    free(data);
}

static uint32_t which[LOOKS];

static uint64_t at(bench_slp *d) {
    weir_slp_value list = weir_slp_root(d->buffer);
    uint64_t right = 0;
    for (int i = 0; i < LOOKS; i++) right += weir_slp_integer(weir_slp_at(list, which[i])) == which[i];
    return right;
}

static void measure_at(void *data, const bench_params *p, bench_sample *s) {
    uint32_t dice = (uint32_t)p->seed | 1;
    for (int i = 0; i < LOOKS; i++) {
        dice = dice * 1664525 + 1013904223;
        which[i] = (uint32_t)(dice * p->size >> 32);
    }
    bench_slp_cost(data, p, s, at, LOOKS, LOOKS);
}

#define ROW(part, unit_, ...)                                                                                        \
    {                                                                                                                \
        .name = "slp." part, .variant = "slp", .unit = unit_, .axes = bench_axes_slp_buffer, .make = bench_slp_make, \
        .destroy = bench_slp_destroy, __VA_ARGS__                                                                    \
    }

static const bench_row row_walk = ROW("walk", "ns/node", .measure = measure_walk);
static const bench_row row_verify = ROW("verify", "ns/node", .measure = measure_verify);
static const bench_row row_print = ROW("print", "MB/s", .higher_is_better = true, .measure = measure_print);
static const bench_row row_at = {.name = "slp.at",
                                 .variant = "slp",
                                 .unit = "ns/op",
                                 .axes = bench_axes_slp_at,
                                 .make = make_list,
                                 .destroy = destroy_list,
                                 .measure = measure_at};
BENCH_ROW(row_walk)
BENCH_ROW(row_verify)
BENCH_ROW(row_print)
BENCH_ROW(row_at)
