/* slp_peer - the rows of the cases slp.* for libraries. A shim says what its library makes of a content before the clock runs
 * (`prepare`, false: it could not), and what one round of work is and answers. A repetition has a process of its own, so that
 * what it makes may be static, and nobody cleans up behind it.
 *
 *   case          a round of work answers                   value
 *   slp.parse     d->text.items, having read its text       MB/s of `bytes`, which are its own form of the content
 *   slp.command   the same, of one small command            ns
 *   slp.build     bytes of what was built                   ns a value, taken from our buffer in the order of the text
 *   slp.walk      d->text.sum, having looked at all values  ns a value
 *   slp.verify    1                                         ns a value
 *   slp.print     bytes written                             MB/s of these
 *   slp.at        looks, all right                          ns a look
 */
#ifndef WEIR_BENCH_PEERS_SLP_PEER_H
#define WEIR_BENCH_PEERS_SLP_PEER_H

#include <string.h>

#include "bench/cases/axes.h"
#include "bench/cases/slp_data.h"

/* By position, because C++17 knows no designated initializers. */
#define PEER_SLP_ROW(part, variant, flags, note, unit, more, axes, supports, make, prepare, timing) \
    static void measure_##part(void *data, const bench_params *p, bench_sample *s) {                \
        bench_slp *d = (bench_slp *)data;                                                           \
        if (prepare(d)) timing;                                                                     \
        else bench_slp_unready(s);                                                                  \
    }                                                                                               \
    static const bench_row row_##part = {"slp." #part,                                              \
                                         "peer." variant,                                           \
                                         BENCH_PEER | (flags),                                      \
                                         note,                                                      \
                                         unit,                                                      \
                                         more,                                                      \
                                         axes,                                                      \
                                         supports,                                                  \
                                         make,                                                      \
                                         bench_slp_destroy,                                         \
                                         NULL,                                                      \
                                         NULL,                                                      \
                                         NULL,                                                      \
                                         measure_##part,                                            \
                                         NULL};                                                     \
    BENCH_ROW(row_##part)

#define PEER_SLP_PARSE(variant, flags, note, supports, prepare, work, bytes)                                         \
    PEER_SLP_ROW(parse, variant, flags, note, "MB/s", true, bench_axes_slp_parse, supports, bench_slp_make, prepare, \
                 bench_slp_speed(d, p, s, work, bytes, d->text.items))
#define PEER_SLP_COMMAND(variant, flags, note, prepare, work)                                                \
    PEER_SLP_ROW(command, variant, flags, note, "ns/op", false, NULL, NULL, bench_slp_make_command, prepare, \
                 bench_slp_cost(d, p, s, work, 1, d->text.items))
#define PEER_SLP_BUFFER(part, variant, flags, note, unit, more, supports, prepare, timing)                         \
    PEER_SLP_ROW(part, variant, flags, note, unit, more, bench_axes_slp_buffer, supports, bench_slp_make, prepare, \
                 timing)
#define PEER_SLP_BUILD(variant, flags, note, supports, prepare, work) \
    PEER_SLP_BUFFER(build, variant, flags, note, "ns/node", false, supports, prepare, peer_slp_build(d, p, s, work))
#define PEER_SLP_WALK(variant, flags, note, supports, prepare, work)                 \
    PEER_SLP_BUFFER(walk, variant, flags, note, "ns/node", false, supports, prepare, \
                    bench_slp_cost(d, p, s, work, d->text.nodes, d->text.sum))
#define PEER_SLP_VERIFY(variant, flags, note, supports, prepare, work)                 \
    PEER_SLP_BUFFER(verify, variant, flags, note, "ns/node", false, supports, prepare, \
                    bench_slp_cost(d, p, s, work, d->text.nodes, 1))
#define PEER_SLP_PRINT(variant, flags, note, supports, prepare, work) \
    PEER_SLP_BUFFER(print, variant, flags, note, "MB/s", true, supports, prepare, peer_slp_print(d, p, s, work))
#define PEER_SLP_AT(variant, flags, note, prepare, work, looks)                                                   \
    PEER_SLP_ROW(at, variant, flags, note, "ns/op", false, bench_axes_slp_at, NULL, bench_slp_make_list, prepare, \
                 bench_slp_cost(d, p, s, work, looks, looks))

static inline void peer_slp_print(bench_slp *d, const bench_params *p, bench_sample *s, bench_slp_work *print) {
    uint64_t bytes = print(d);
    bench_slp_speed(d, p, s, print, bytes, bytes);
}

static inline void peer_slp_build(bench_slp *d, const bench_params *p, bench_sample *s, bench_slp_work *build) {
    uint64_t bytes = build(d);
    bench_slp_cost(d, p, s, build, d->text.nodes, bytes);
    bench_extra(s, "bytes_per_byte", (double)bytes / (double)d->text.slp_bytes);
}

/* For those that go down less than 100 levels: every content but the nested one. */
static inline bool peer_slp_flat(const bench_params *p) { return strcmp(p->mix, "nested") != 0; }

/* Nothing to make: it reads the text. */
static inline bool peer_slp_text(bench_slp *d) { return d != NULL; }

/* Where item i is found by stepping over those before it, fewer looks do. */
enum { PEER_SLP_LOOKS_LINEAR = 64 };

#endif
