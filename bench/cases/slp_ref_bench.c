/* What no slp can go below: a text only copied, and items looked at in a plain array. */
#include <stdlib.h>
#include <string.h>

#include "bench/cases/axes.h"
#include "bench/cases/slp_data.h"

/* A repetition has a process of its own. */
static char *room;
static uint32_t *array;

static uint64_t copy(bench_slp *d) {
    memcpy(room, d->text.slp, d->text.slp_bytes);
    __asm__ volatile("" : : "r"(room) : "memory"); /* it is wanted */
    return d->text.slp_bytes;
}

static void measure_copy(void *data, const bench_params *p, bench_sample *s) {
    bench_slp *d = data;
    room = malloc(d->text.slp_bytes);
    if (room) bench_slp_speed(d, p, s, copy, d->text.slp_bytes, d->text.slp_bytes);
    else bench_slp_unready(s);
    free(room);
}

static uint64_t at(bench_slp *d) {
    uint64_t right = 0;
    for (int i = 0; i < BENCH_SLP_LOOKS; i++) right += array[d->which[i]] == d->which[i];
    return right;
}

static void measure_at(void *data, const bench_params *p, bench_sample *s) {
    array = malloc(p->size * sizeof *array);
    for (uint64_t i = 0; array && i < p->size; i++) array[i] = (uint32_t)i;
    if (array) bench_slp_cost(data, p, s, at, BENCH_SLP_LOOKS, BENCH_SLP_LOOKS);
    else bench_slp_unready(s);
    free(array);
}

static const bench_row row_parse = {.name = "slp.parse",
                                    .variant = "ref.memcpy",
                                    .flags = BENCH_REFERENCE,
                                    .note = "the text copied",
                                    .unit = "MB/s",
                                    .higher_is_better = true,
                                    .axes = bench_axes_slp_parse,
                                    .make = bench_slp_make,
                                    .destroy = bench_slp_destroy,
                                    .measure = measure_copy};
static const bench_row row_print = {.name = "slp.print",
                                    .variant = "ref.memcpy",
                                    .flags = BENCH_REFERENCE,
                                    .note = "the text copied",
                                    .unit = "MB/s",
                                    .higher_is_better = true,
                                    .axes = bench_axes_slp_buffer,
                                    .make = bench_slp_make,
                                    .destroy = bench_slp_destroy,
                                    .measure = measure_copy};
static const bench_row row_at = {.name = "slp.at",
                                 .variant = "ref.array",
                                 .flags = BENCH_REFERENCE,
                                 .note = "integers one after the other",
                                 .unit = "ns/op",
                                 .axes = bench_axes_slp_at,
                                 .make = bench_slp_make_list,
                                 .destroy = bench_slp_destroy,
                                 .measure = measure_at};
BENCH_ROW(row_parse)
BENCH_ROW(row_print)
BENCH_ROW(row_at)
