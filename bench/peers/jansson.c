/* jansson: JSON of equal content to a tree of counted nodes, and back. It allocates each node; that is its way. */
#include <jansson.h>

#include "bench/cases/slp_data.h"
#include "bench/peers/peer.h"

static uint64_t parse(bench_slp *d) {
    json_error_t e;
    json_t *j = json_loadb(d->json, d->json_bytes, 0, &e);
    uint64_t forms = j ? json_array_size(j) : 0;
    json_decref(j);
    return forms;
}

static void measure(void *data, const bench_params *p, bench_sample *s) {
    bench_slp *d = data;
    bench_slp_speed(d, p, s, parse, d->json_bytes, weir_slp_count(weir_slp_root(d->buffer)));
}

static void measure_command(void *data, const bench_params *p, bench_sample *s) {
    bench_slp_cost(data, p, s, parse, 1, 1);
}

static uint64_t print(bench_slp *d) {
    char *text = json_dumps(d->own, JSON_COMPACT);
    uint64_t bytes = text ? strlen(text) : 0;
    free(text);
    return bytes;
}

static void measure_print(void *data, const bench_params *p, bench_sample *s) {
    bench_slp *d = data;
    d->own = json_loadb(d->json, d->json_bytes, 0, NULL);
    if (!d->own) return;
    uint64_t bytes = print(d);
    bench_slp_speed(d, p, s, print, bytes, bytes);
    json_decref(d->own);
}

#define ROW(part, unit_, ...)                                                                                 \
    {                                                                                                         \
        .name = "slp." part, .variant = "peer.jansson", .flags = BENCH_PEER, .note = "JSON of equal content", \
        .unit = unit_, .destroy = bench_slp_destroy, __VA_ARGS__                                              \
    }

static const bench_row row_parse = ROW("parse", "MB/s", .higher_is_better = true, .axes = bench_axes_slp_parse,
                                       .make = bench_slp_make, .measure = measure);
static const bench_row row_command =
    ROW("command", "ns/op", .make = bench_slp_make_command, .measure = measure_command);
static const bench_row row_print = ROW("print", "MB/s", .higher_is_better = true, .axes = bench_axes_slp_buffer,
                                       .make = bench_slp_make, .measure = measure_print);
BENCH_ROW(row_parse)
BENCH_ROW(row_command)
BENCH_ROW(row_print)
