/* cubby.cells - ticketed cells. Push p and pop p meet in cell p mod M; the value is deposited before anybody parks, and
 * whichever of the two arrives second completes the pair and releases push p+1. The counters P and Q choose cells and
 * publish nothing. How it works, and why it needs no fence: cubby/cells.c. Contract: prims/cubby.h. */
#ifndef WEIR_PRIMS_CUBBY_CELLS_H
#define WEIR_PRIMS_CUBBY_CELLS_H

#include "../lock_p.h"
#include "op_p.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Cells. More operations than that at once still work, but then wait for a cell, woken once a lap: in order when they have
 * no deadline, otherwise at the gate, in any. */
enum { WEIR_CUBBY_CELLS_MAX = 64 };

typedef struct weir_cubby_cell {
    /* lap<<6 | CLO CAN PS POP DEP SL: what has happened in this cell */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 S;
    weir_a32 R;     /* lap<<3 | CLO CAN sleeper: up to which lap pushes may return; only ever raised */
    uint64_t value; /* written by the pusher of the lap, read by its popper */
} weir_cubby_cell;

typedef struct weir_cubby_cells {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 P; /* next push ticket<<1 | closed */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 Q; /* next pop ticket<<1 */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_learned push_learned;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_learned pop_learned;
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint32_t mask, shift; /* M - 1, log2 M; constant */
    uint64_t end;                                       /* the first push ticket never drawn; written by close */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 balance; /* tickets that moved nothing: those of pops less those of pushes */
    weir_lock closing;
    weir_cubby_cell cell[WEIR_CUBBY_CELLS_MAX];
} weir_cubby_cells;

weir_status weir_cubby_cells_init(weir_cubby_cells *c);
/* For tests: tickets begin at `start`, with 1 << log2_m cells, at most WEIR_CUBBY_CELLS_MAX. */
weir_status weir_cubby_cells_init_small(weir_cubby_cells *c, uint64_t start, uint32_t log2_m);
weir_status weir_cubby_cells_init_at(weir_cubby_cells *c, uint64_t start);
static inline void weir_cubby_cells_destroy(weir_cubby_cells *c) { (void)c; }
weir_status weir_cubby_cells_try_push(weir_cubby_cells *c, uint64_t v);
weir_status weir_cubby_cells_try_pop(weir_cubby_cells *c, uint64_t *v);
weir_status weir_cubby_cells_push_step(weir_cubby_cells *c, weir_cubby_op *op);
weir_status weir_cubby_cells_pop_step(weir_cubby_cells *c, weir_cubby_op *op);
int64_t weir_cubby_cells_pressure(weir_cubby_cells *c);

bool weir_cubby_cells_cancel(weir_cubby_cells *c, weir_cubby_op *op);
weir_status weir_cubby_cells_close(weir_cubby_cells *c);

/* As the steps, for ops that are never cancelled: they keep their order however many they are. */
weir_status weir_cubby_cells_push_on(weir_cubby_cells *c, weir_cubby_op *op);
weir_status weir_cubby_cells_pop_on(weir_cubby_cells *c, weir_cubby_op *op);

static inline weir_status weir_cubby_cells_push_step_(void *c, weir_wait *op) {
    return weir_cubby_cells_push_step((weir_cubby_cells *)c, (weir_cubby_op *)op);
}
static inline weir_status weir_cubby_cells_pop_step_(void *c, weir_wait *op) {
    return weir_cubby_cells_pop_step((weir_cubby_cells *)c, (weir_cubby_op *)op);
}
static inline bool weir_cubby_cells_cancel_(void *c, weir_wait *op) {
    return weir_cubby_cells_cancel((weir_cubby_cells *)c, (weir_cubby_op *)op);
}

static inline weir_status weir_cubby_cells_push_on_(void *c, weir_wait *op) {
    return weir_cubby_cells_push_on((weir_cubby_cells *)c, (weir_cubby_op *)op);
}
static inline weir_status weir_cubby_cells_pop_on_(void *c, weir_wait *op) {
    return weir_cubby_cells_pop_on((weir_cubby_cells *)c, (weir_cubby_op *)op);
}

static inline weir_status weir_cubby_cells_push_until(weir_cubby_cells *c, uint64_t v, uint64_t deadline_ns) {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_cubby_op op;
    op.value = v;
    weir_step *step = deadline_ns == WEIR_FOREVER ? weir_cubby_cells_push_on_ : weir_cubby_cells_push_step_;
    return weir_thread_run(step, weir_cubby_cells_cancel_, c, &op.wait, deadline_ns, &c->push_learned);
}

static inline weir_status weir_cubby_cells_pop_until(weir_cubby_cells *c, uint64_t *v, uint64_t deadline_ns) {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_cubby_op op;
    weir_step *step = deadline_ns == WEIR_FOREVER ? weir_cubby_cells_pop_on_ : weir_cubby_cells_pop_step_;
    weir_status st = weir_thread_run(step, weir_cubby_cells_cancel_, c, &op.wait, deadline_ns, &c->pop_learned);
    if (st == WEIR_OK) *v = op.value;
    return st;
}

#ifdef __cplusplus
}
#endif
#endif
