/* chan.handoff: a channel of 1024 whose two sides wait for each other; one row a variant of the ring inside. */
#include <stdlib.h>

#include "bench/cases/axes.h"
#include "prims/chan.h"
#include "prims/variant.h"

typedef struct channel {
    weir_chan c;
    void *block;
} channel;

static void *make(const bench_params *p) {
    channel *o = aligned_alloc(WEIR_CACHE_LINE, (sizeof *o + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE);
    if (!o) return NULL;
    o->block = aligned_alloc(WEIR_CACHE_LINE, weir_chan_bytes(p->capacity));
    if (o->block && weir_chan_init(&o->c, p->capacity, o->block) == WEIR_OK) return o;
    free(o->block);
    free(o);
    return NULL;
}

static void destroy(void *object) {
    channel *o = object;
    free(o->block);
    free(o);
}

static void push(void *o, uint64_t v) { weir_chan_push(&((channel *)o)->c, v); }

static uint64_t pop(void *o) {
    uint64_t v = BENCH_LAST; /* never closed here */
    weir_chan_pop(&((channel *)o)->c, &v);
    return v;
}

static void work(bench_worker *w) { bench_team_wait(w, push, pop); }
static void push_last(void *o) { push(o, BENCH_LAST); }

static const bench_row row = {
    .name = "chan.handoff",
    .variant = WEIR_STRING(WEIR_MPMC),
    .flags = BENCH_WAITS,
    .unit = "ns/op",
    .axes = bench_axes_chan_handoff,
    .make = make,
    .destroy = destroy,
    .work = work,
    .push_last = push_last,
};
BENCH_ROW(row)
