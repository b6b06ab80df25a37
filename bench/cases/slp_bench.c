/* slp.walk, slp.verify, slp.print, slp.at, slp.build: what is done with a buffer, and how one is made without a text. */
#include <stdlib.h>

#define WEIR_CHOSEN 1 /* each is the only one of its kind */

#include "bench/cases/axes.h"
#include "bench/cases/slp_data.h"

static bool is_list(weir_slp_type type) {
    return type == WEIR_SLP_LIST || type == WEIR_SLP_SEQUENCE || type == WEIR_SLP_BODY;
}

/* By recursion, as a caller would who knows how deep it goes. */
static uint64_t sum_of(weir_slp_value v) {
    uint64_t sum = 1;
    weir_slp_type type = weir_slp_type_of(v);
    if (type == WEIR_SLP_INTEGER) return sum + (uint64_t)weir_slp_integer(v);
    if (type == WEIR_SLP_REAL) return sum + (uint64_t)weir_slp_real(v);
    if (!is_list(type)) return sum + weir_slp_text_of(v).bytes;
    for (uint32_t i = 0, n = weir_slp_count(v); i < n; i++) sum += sum_of(weir_slp_at(v, i));
    return sum;
}

static uint64_t walk(bench_slp *d) { return sum_of(weir_slp_root(d->buffer)); }

static uint64_t verify(bench_slp *d) {
    const weir_slp *s = weir_slp_verify(d->buffer, weir_slp_bytes(d->buffer), &bench_slp_limits, NULL);
    return s ? weir_slp_nodes(s) : 0;
}

/* A repetition has a process of its own. */
static char *printed;

static uint64_t print(bench_slp *d) {
    return weir_slp_print_forms(weir_slp_root(d->buffer), WEIR_SLP_CANONICAL, printed, 2 * d->text.slp_bytes);
}

static uint64_t at(bench_slp *d) {
    weir_slp_value list = weir_slp_root(d->buffer);
    uint64_t right = 0;
    for (int i = 0; i < BENCH_SLP_LOOKS; i++) right += weir_slp_integer(weir_slp_at(list, d->which[i])) == d->which[i];
    return right;
}

static weir_slp_builder *builder;

/* Value by value, as one who has them elsewhere: weir_slp_put would take the whole at once. */
static void build_of(weir_slp_value v) {
    weir_slp_type type = weir_slp_type_of(v);
    if (type == WEIR_SLP_INTEGER) {
        weir_slp_put_integer(builder, weir_slp_integer(v));
    } else if (type == WEIR_SLP_REAL) {
        weir_slp_put_real(builder, weir_slp_real(v));
    } else if (is_list(type)) {
        weir_slp_open(builder, type);
        for (uint32_t i = 0; i < weir_slp_count(v); i++) build_of(weir_slp_at(v, i));
        weir_slp_close(builder);
    } else {
        weir_slp_text t = weir_slp_text_of(v);
        (type == WEIR_SLP_SYMBOL ? weir_slp_put_symbol : weir_slp_put_string)(builder, t.at, t.bytes);
    }
}

static uint64_t build(bench_slp *d) {
    build_of(weir_slp_root(d->buffer));
    const weir_slp *s = weir_slp_finish(builder, NULL);
    return s ? weir_slp_bytes(s) : 0;
}

static void measure_walk(void *data, const bench_params *p, bench_sample *s) {
    bench_slp *d = data;
    bench_slp_cost(d, p, s, walk, d->text.nodes, d->text.sum);
}

static void measure_verify(void *data, const bench_params *p, bench_sample *s) {
    bench_slp *d = data;
    bench_slp_cost(d, p, s, verify, d->text.nodes, d->text.nodes);
}

static void measure_print(void *data, const bench_params *p, bench_sample *s) {
    bench_slp *d = data;
    printed = malloc(2 * d->text.slp_bytes);
    if (!printed) {
        bench_slp_unready(s);
        return;
    }
    uint64_t bytes = print(d);
    bench_slp_speed(d, p, s, print, bytes, bytes);
    free(printed);
}

static void measure_at(void *data, const bench_params *p, bench_sample *s) {
    bench_slp_cost(data, p, s, at, BENCH_SLP_LOOKS, BENCH_SLP_LOOKS);
}

static void measure_build(void *data, const bench_params *p, bench_sample *s) {
    bench_slp *d = data;
    builder = weir_slp_builder_new(&bench_slp_limits);
    if (!builder) {
        bench_slp_unready(s);
        return;
    }
    bench_slp_cost(d, p, s, build, d->text.nodes, weir_slp_bytes(d->buffer));
    bench_extra(s, "bytes_per_byte", (double)weir_slp_bytes(d->buffer) / (double)d->text.slp_bytes);
    weir_slp_builder_free(builder);
}

#define ROW(part, unit_, axes_, make_, ...)                                                 \
    {                                                                                       \
        .name = "slp." part, .variant = "slp", .unit = unit_, .axes = axes_, .make = make_, \
        .destroy = bench_slp_destroy, __VA_ARGS__                                           \
    }

static const bench_row row_walk =
    ROW("walk", "ns/node", bench_axes_slp_buffer, bench_slp_make, .measure = measure_walk);
static const bench_row row_verify =
    ROW("verify", "ns/node", bench_axes_slp_buffer, bench_slp_make, .measure = measure_verify);
static const bench_row row_print =
    ROW("print", "MB/s", bench_axes_slp_buffer, bench_slp_make, .higher_is_better = true, .measure = measure_print);
static const bench_row row_at = ROW("at", "ns/op", bench_axes_slp_at, bench_slp_make_list, .measure = measure_at);
static const bench_row row_build =
    ROW("build", "ns/node", bench_axes_slp_buffer, bench_slp_make, .measure = measure_build);
BENCH_ROW(row_walk)
BENCH_ROW(row_verify)
BENCH_ROW(row_print)
BENCH_ROW(row_at)
BENCH_ROW(row_build)
