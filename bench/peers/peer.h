/* peer - what the shims of this folder share. Each shim is one file a library: the library's structure behind the
 * functions of bench/case.h, used as its own documentation says first, and nothing clever on top. */
#ifndef WEIR_BENCH_PEERS_PEER_H
#define WEIR_BENCH_PEERS_PEER_H

#include <stdlib.h>
#include <string.h>

#include "bench/cases/axes.h"
#include "bench/cases/batch.h"

/* One row of a team case, in the order of bench_row. C++17 knows no designated initializers, hence the positions. */
#define PEER_TEAM(axes, case_name, variant, flags, note, supports, make, destroy, work, push_last)                   \
    {                                                                                                                \
        case_name, "peer." variant, BENCH_PEER | (flags), note, "ns/op", false, axes, supports, make, destroy, work, \
            push_last, NULL, NULL, NULL                                                                              \
    }

#define PEER_ROW_SPSC(variant, flags, note, supports, make, destroy, work, last) \
    PEER_TEAM(bench_axes_ring_spsc, "ring.spsc", variant, flags, note, supports, make, destroy, work, last)
#define PEER_ROW_MPMC(variant, flags, note, supports, make, destroy, work, last) \
    PEER_TEAM(bench_axes_ring_mpmc, "ring.mpmc", variant, flags, note, supports, make, destroy, work, last)
#define PEER_ROW_CHAN(variant, flags, note, supports, make, destroy, work, last)                                      \
    PEER_TEAM(bench_axes_chan_handoff, "chan.handoff", variant, BENCH_WAITS | (flags), note, supports, make, destroy, \
              work, last)
#define PEER_ROW_CUBBY(variant, flags, note, make, destroy, work, last)                                             \
    PEER_TEAM(bench_axes_cubby_handoff, "cubby.handoff", variant, BENCH_WAITS | (flags), note, NULL, make, destroy, \
              work, last)

/* Which columns a structure can do. */
static inline bool peer_one_by_one(const bench_params *p) {
    return p->producers == 1 && p->consumers == 1 && p->batch <= BENCH_BATCH_MAX;
}
static inline bool peer_one_item(const bench_params *p) { return peer_one_by_one(p) && p->batch == 1; }
static inline bool peer_power_of_two(const bench_params *p) {
    return p->capacity >= 2 && p->capacity <= 1u << 30 && (p->capacity & (p->capacity - 1)) == 0;
}

/* Zeroed memory on a cache line of its own; free() gives it back. NULL when there is none. */
static inline void *peer_alloc(size_t bytes) {
    bytes = (bytes + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE;
    void *block = aligned_alloc(WEIR_CACHE_LINE, bytes);
    if (block) memset(block, 0, bytes);
    return block;
}

#endif
