/* co.chan: coroutines at both ends of a channel; one row a variant of co. */
#include <stdlib.h>

#include "bench/cases/axes.h"
#include "bench/cases/co_team.h"
#include "prims/chan.h"
#include "prims/variant.h"

struct producer {
    bench_side side;
    weir_chan_op op;
};
WEIR_COROUTINE(producer) {
    weir_status st;
    WEIR_CO_BEGIN;
    while (bench_side_next(&self->side)) {
        WEIR_CHAN_PUSH(st, self->side.team->object, &self->op, self->side.next, WEIR_FOREVER);
        if (st) WEIR_RAISE((int)st, "push");
    }
    for (bench_side_over(&self->side); self->side.last; self->side.last--) {
        WEIR_CHAN_PUSH(st, self->side.team->object, &self->op, BENCH_LAST, WEIR_FOREVER);
        if (st) WEIR_RAISE((int)st, "push");
    }
    WEIR_CO_END;
}

struct consumer {
    bench_side side;
    weir_chan_op op;
};
WEIR_COROUTINE(consumer) {
    weir_status st;
    WEIR_CO_BEGIN;
    do {
        WEIR_CHAN_POP(st, self->side.team->object, &self->op, WEIR_FOREVER);
        if (st) WEIR_RAISE((int)st, "pop");
    } while (bench_side_take(&self->side, self->op.value));
    WEIR_CO_END;
}

typedef struct channel {
    weir_chan c;
    void *block;
    bench_co_team team;
} channel;

static void *make(const bench_params *p) {
    channel *o = aligned_alloc(WEIR_CACHE_LINE, (sizeof *o + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE);
    if (!o) return NULL;
    o->block = aligned_alloc(WEIR_CACHE_LINE, weir_chan_bytes(p->capacity));
    o->team = (bench_co_team){.object = &o->c, .producer = &producer_type, .consumer = &consumer_type};
    if (o->block && weir_chan_init(&o->c, p->capacity, o->block) == WEIR_OK && bench_co_team_open(&o->team, p))
        return o;
    free(o->block);
    free(o);
    return NULL;
}

static void destroy(void *object) {
    channel *o = object;
    bench_co_team_close(&o->team);
    free(o->block);
    free(o);
}

static void measure(void *o, const bench_params *p, bench_sample *s) {
    bench_co_team_measure(&((channel *)o)->team, p, s);
}

static const bench_row row = {
    .name = "co.chan",
    .variant = WEIR_STRING(WEIR_CO),
    .unit = "ns/op",
    .axes = bench_axes_co_chan,
    .make = make,
    .destroy = destroy,
    .measure = measure,
};

BENCH_ROW(row)
