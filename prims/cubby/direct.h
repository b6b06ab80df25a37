/* cubby.direct - a short lock, a FIFO list of waiters, and direct transfer: who arrives second does the work of both. A
 * push hands its value to the first parked popper; a pop takes the value and puts that of the first parked pusher in its
 * place. So an operation wakes at most one other, and nobody wakes in vain. The algorithm of a Go channel without buffer
 * but one place. Contract: prims/cubby.h. */
#ifndef WEIR_PRIMS_CUBBY_DIRECT_H
#define WEIR_PRIMS_CUBBY_DIRECT_H

#include "../lock_p.h"
#include "op_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_cubby_direct {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_lock lock; /* guards the rest of its line, and the ops in the list */
    int32_t waiting;                              /* > 0: pushers parked, < 0: poppers; so one list is enough */
    uint64_t value;                               /* the item inside, if pushed != popped */
    uint64_t pushed, popped;                      /* completed; they differ by 0 or 1 */
    weir_wait_list waiters;                       /* longest parked first */
    uint32_t closed;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_learned push_learned;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_learned pop_learned;
} weir_cubby_direct;

weir_status weir_cubby_direct_init(weir_cubby_direct *c);
/* For tests: linearization numbers begin at `start`. */
weir_status weir_cubby_direct_init_at(weir_cubby_direct *c, uint64_t start);
static inline void weir_cubby_direct_destroy(weir_cubby_direct *c) { (void)c; }
weir_status weir_cubby_direct_try_push(weir_cubby_direct *c, uint64_t v);
weir_status weir_cubby_direct_try_pop(weir_cubby_direct *c, uint64_t *v);
weir_status weir_cubby_direct_push_step(weir_cubby_direct *c, weir_cubby_op *op);
weir_status weir_cubby_direct_pop_step(weir_cubby_direct *c, weir_cubby_op *op);
bool weir_cubby_direct_cancel(weir_cubby_direct *c, weir_cubby_op *op);
weir_status weir_cubby_direct_close(weir_cubby_direct *c);
int64_t weir_cubby_direct_pressure(weir_cubby_direct *c);

static inline weir_status weir_cubby_direct_push_step_(void *c, weir_wait *op) {
    return weir_cubby_direct_push_step((weir_cubby_direct *)c, (weir_cubby_op *)op);
}
static inline weir_status weir_cubby_direct_pop_step_(void *c, weir_wait *op) {
    return weir_cubby_direct_pop_step((weir_cubby_direct *)c, (weir_cubby_op *)op);
}
static inline bool weir_cubby_direct_cancel_(void *c, weir_wait *op) {
    return weir_cubby_direct_cancel((weir_cubby_direct *)c, (weir_cubby_op *)op);
}

static inline weir_status weir_cubby_direct_push_until(weir_cubby_direct *c, uint64_t v, uint64_t deadline_ns) {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_cubby_op op;
    op.value = v;
    return weir_thread_run(weir_cubby_direct_push_step_, weir_cubby_direct_cancel_, c, &op.wait, deadline_ns,
                           &c->push_learned);
}

static inline weir_status weir_cubby_direct_pop_until(weir_cubby_direct *c, uint64_t *v, uint64_t deadline_ns) {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_cubby_op op;
    weir_status st = weir_thread_run(weir_cubby_direct_pop_step_, weir_cubby_direct_cancel_, c, &op.wait, deadline_ns,
                                     &c->pop_learned);
    if (st == WEIR_OK) *v = op.value;
    return st;
}

#ifdef __cplusplus
}
#endif
#endif
