/* cubby.turn - a ticket and a turn: push p waits for turn 2p, pop p for turn 2p+1, and each passes the turn on. The
 * simplest cubby that is first come first served for everybody; each hand-off of parked threads costs two wakes in
 * series. Contract: prims/cubby.h. */
#ifndef WEIR_PRIMS_CUBBY_TURN_H
#define WEIR_PRIMS_CUBBY_TURN_H

#include "op_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_cubby_turn {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 P; /* next push ticket */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 Q; /* next pop ticket */
    /* turn<<11 | closed<<10 | how many turns ahead the furthest sleeper may be */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 turn;
    uint64_t value; /* belongs to whose turn it is */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_learned push_learned;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_learned pop_learned;
} weir_cubby_turn;

weir_status weir_cubby_turn_init(weir_cubby_turn *c);
/* For tests: tickets begin at `start`. */
weir_status weir_cubby_turn_init_at(weir_cubby_turn *c, uint64_t start);
static inline void weir_cubby_turn_destroy(weir_cubby_turn *c) { (void)c; }
weir_status weir_cubby_turn_try_push(weir_cubby_turn *c, uint64_t v);
weir_status weir_cubby_turn_try_pop(weir_cubby_turn *c, uint64_t *v);
weir_status weir_cubby_turn_push_step(weir_cubby_turn *c, weir_cubby_op *op);
weir_status weir_cubby_turn_pop_step(weir_cubby_turn *c, weir_cubby_op *op);
int64_t weir_cubby_turn_pressure(weir_cubby_turn *c);

weir_status weir_cubby_turn_close(weir_cubby_turn *c);

/* A ticket once drawn stays: who left would stop all behind. */
static inline bool weir_cubby_turn_cancel(weir_cubby_turn *c, weir_cubby_op *op) {
    (void)c;
    (void)op;
    return false;
}

static inline weir_status weir_cubby_turn_push_step_(void *c, weir_wait *op) {
    return weir_cubby_turn_push_step((weir_cubby_turn *)c, (weir_cubby_op *)op);
}
static inline weir_status weir_cubby_turn_pop_step_(void *c, weir_wait *op) {
    return weir_cubby_turn_pop_step((weir_cubby_turn *)c, (weir_cubby_op *)op);
}
static inline bool weir_cubby_turn_cancel_(void *c, weir_wait *op) {
    return weir_cubby_turn_cancel((weir_cubby_turn *)c, (weir_cubby_op *)op);
}

static inline weir_status weir_cubby_turn_push_until(weir_cubby_turn *c, uint64_t v, uint64_t deadline_ns) {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_cubby_op op;
    if (deadline_ns != WEIR_FOREVER) return WEIR_NOTSUP;
    op.value = v;
    return weir_thread_run(weir_cubby_turn_push_step_, weir_cubby_turn_cancel_, c, &op.wait, deadline_ns,
                           &c->push_learned);
}

static inline weir_status weir_cubby_turn_pop_until(weir_cubby_turn *c, uint64_t *v, uint64_t deadline_ns) {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_cubby_op op;
    if (deadline_ns != WEIR_FOREVER) return WEIR_NOTSUP;
    weir_status st =
        weir_thread_run(weir_cubby_turn_pop_step_, weir_cubby_turn_cancel_, c, &op.wait, deadline_ns, &c->pop_learned);
    if (st == WEIR_OK) *v = op.value;
    return st;
}

#ifdef __cplusplus
}
#endif
#endif
