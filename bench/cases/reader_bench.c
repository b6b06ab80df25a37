/* slp.parse and slp.command, one row a variant of the reader: text to a buffer that can be walked, in memory kept from one
 * text to the next. */
#include "bench/cases/axes.h"
#include "bench/cases/slp_data.h"
#include "prims/variant.h"
#include "slp/reader/reader_p.h"

#define READ_(variant) slp_reader_##variant##_read
#define READ(variant) READ_(variant)

static weir_slp_reader *reader; /* a repetition has a process of its own */

static uint64_t read_as(weir_slp_extent extent, const bench_text *t) {
    const weir_slp *s = slp_read_by(READ(WEIR_READER), reader, t->slp, t->slp_bytes, extent, NULL);
    return s ? weir_slp_nodes(s) : 0;
}

static uint64_t parse(bench_slp *d) { return read_as(WEIR_SLP_ALL, &d->text); }

static uint64_t command(bench_slp *d) { return read_as(WEIR_SLP_ONE, &d->text); }

static void measure(void *data, const bench_params *p, bench_sample *s) {
    bench_slp *d = data;
    reader = weir_slp_reader_new(&bench_slp_limits);
    bench_slp_speed(d, p, s, parse, d->text.slp_bytes, d->text.nodes);
    bench_extra(s, "bytes_per_byte", (double)weir_slp_bytes(d->buffer) / (double)d->text.slp_bytes);
    weir_slp_reader_free(reader);
}

static void measure_command(void *data, const bench_params *p, bench_sample *s) {
    bench_slp *d = data;
    reader = weir_slp_reader_new(&bench_slp_limits);
    bench_slp_cost(d, p, s, command, 1, d->text.nodes);
    weir_slp_reader_free(reader);
}

static const bench_row row_parse = {.name = "slp.parse",
                                    .variant = WEIR_STRING(WEIR_READER),
                                    .unit = "MB/s",
                                    .higher_is_better = true,
                                    .axes = bench_axes_slp_parse,
                                    .make = bench_slp_make,
                                    .destroy = bench_slp_destroy,
                                    .measure = measure};
static const bench_row row_command = {.name = "slp.command",
                                      .variant = WEIR_STRING(WEIR_READER),
                                      .unit = "ns/op",
                                      .make = bench_slp_make_command,
                                      .destroy = bench_slp_destroy,
                                      .measure = measure_command};
BENCH_ROW(row_parse)
BENCH_ROW(row_command)
