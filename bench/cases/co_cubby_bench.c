/* co.cubby: coroutines at both sides of one place; one row a variant of cubby at which coroutines can wait. */
#include <stdlib.h>

#include "bench/cases/axes.h"
#include "bench/cases/co_team.h"
#include "prims/cubby.h"
#include "prims/variant.h"

struct producer {
    bench_side side;
    weir_cubby_op op;
};
WEIR_COROUTINE(producer) {
    weir_status st;
    WEIR_CO_BEGIN;
    while (bench_side_next(&self->side)) {
        WEIR_CUBBY_PUSH(st, self->side.team->object, &self->op, self->side.next, WEIR_FOREVER);
        if (st) WEIR_RAISE((int)st, "push");
    }
    for (bench_side_over(&self->side); self->side.last; self->side.last--) {
        WEIR_CUBBY_PUSH(st, self->side.team->object, &self->op, BENCH_LAST, WEIR_FOREVER);
        if (st) WEIR_RAISE((int)st, "push");
    }
    WEIR_CO_END;
}

struct consumer {
    bench_side side;
    weir_cubby_op op;
};
WEIR_COROUTINE(consumer) {
    weir_status st;
    WEIR_CO_BEGIN;
    do {
        WEIR_CUBBY_POP(st, self->side.team->object, &self->op, WEIR_FOREVER);
        if (st) WEIR_RAISE((int)st, "pop");
    } while (bench_side_take(&self->side, self->op.value));
    WEIR_CO_END;
}

typedef struct place {
    weir_cubby c;
    bench_co_team team;
} place;

static void *make(const bench_params *p) {
    place *o = aligned_alloc(WEIR_CACHE_LINE, (sizeof *o + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE);
    if (!o) return NULL;
    o->team = (bench_co_team){.object = &o->c, .producer = &producer_type, .consumer = &consumer_type};
    if (weir_cubby_init(&o->c) == WEIR_OK && bench_co_team_open(&o->team, p)) return o;
    free(o);
    return NULL;
}

static void destroy(void *object) {
    place *o = object;
    bench_co_team_close(&o->team);
    weir_cubby_destroy(&o->c);
    free(o);
}

static void measure(void *o, const bench_params *p, bench_sample *s) {
    bench_co_team_measure(&((place *)o)->team, p, s);
}

static const bench_row row = {
    .name = "co.cubby",
    .variant = WEIR_STRING(WEIR_CUBBY),
    .unit = "ns/op",
    .axes = bench_axes_co_handoff,
    .make = make,
    .destroy = destroy,
    .measure = measure,
};

BENCH_ROW(row)
