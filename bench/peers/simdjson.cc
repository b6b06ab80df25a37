// simdjson's DOM: JSON of equal content to a tape and a buffer of strings, in memory of one parser that is used again. The text
// is padded before, as it wants it.
#include <simdjson.h>

#include "bench/cases/axes.h"
#include "bench/cases/slp_data.h"

static uint64_t parse(bench_slp *d) {
    static simdjson::dom::parser parser;
    simdjson::dom::array forms;
    if (parser.parse(d->json, d->json_bytes, false).get(forms)) return 0;
    return forms.size();
}

static void measure(void *data, const bench_params *p, bench_sample *s) {
    bench_slp *d = static_cast<bench_slp *>(data);
    uint64_t forms = weir_slp_count(weir_slp_root(d->buffer));
    bench_slp_speed(d, p, s, parse, d->json_bytes, forms < 0xffffff ? forms : 0xffffff); // it counts no further
}

static void measure_command(void *data, const bench_params *p, bench_sample *s) {
    bench_slp_cost(static_cast<bench_slp *>(data), p, s, parse, 1, 1);
}

static const bench_row row_parse = {"slp.parse",
                                    "peer.simdjson",
                                    BENCH_PEER,
                                    "DOM; JSON of equal content",
                                    "MB/s",
                                    true,
                                    bench_axes_slp_parse,
                                    nullptr,
                                    bench_slp_make,
                                    bench_slp_destroy,
                                    nullptr,
                                    nullptr,
                                    nullptr,
                                    measure};
static const bench_row row_command = {"slp.command",
                                      "peer.simdjson",
                                      BENCH_PEER,
                                      "DOM; JSON of equal content",
                                      "ns/op",
                                      false,
                                      nullptr,
                                      nullptr,
                                      bench_slp_make_command,
                                      bench_slp_destroy,
                                      nullptr,
                                      nullptr,
                                      nullptr,
                                      measure_command};
BENCH_ROW(row_parse)
BENCH_ROW(row_command)
