/* Memory order: everything is guarded by the lock, except that the owner of a parked op reads it after the wake, which
 * its completer called after writing it (WR, WA in prims/wait.c). */
#include "prims/cubby/direct.h"

enum { NEW, PARKED_PUSH, PARKED_POP };

weir_status weir_cubby_direct_init_at(weir_cubby_direct *c, uint64_t start) {
    weir_status bad = weir_cubby_check(c);
    if (bad) return bad;
    weir_lock_init(&c->lock);
    c->waiting = 0;
    c->value = 0;
    c->pushed = c->popped = start;
    c->waiters.first = c->waiters.last = NULL;
    c->closed = 0;
    weir_learned_init(&c->push_learned);
    weir_learned_init(&c->pop_learned);
    return WEIR_OK;
}

weir_status weir_cubby_direct_init(weir_cubby_direct *c) { return weir_cubby_direct_init_at(c, 0); }

/* A parked op that the running one completes. It is written after the lock: its owner may be spinning on its line, and
 * would take the line back between two writes. Unlinked, it belongs to its completer until the wake. */
typedef struct partner {
    weir_cubby_op *op;
    uint64_t value, ticket;
} partner;

static void leave(weir_cubby_direct *c, const partner *p) {
    weir_lock_release(&c->lock);
    if (!p->op) return;
    p->op->value = p->value;
    p->op->ticket = p->ticket;
    p->op->wait.status = WEIR_OK;
    p->op->wait.wake(&p->op->wait);
}

/* Under the lock. AGAIN: full. */
static weir_status put(weir_cubby_direct *c, uint64_t v, partner *p) {
    if (c->closed) return WEIR_CLOSED;
    if (c->waiting < 0) {
        c->waiting++;
        *p = (partner){(weir_cubby_op *)weir_wait_take(&c->waiters), v, c->popped++};
        __builtin_prefetch(p->op, 1);
    } else if (c->pushed == c->popped) {
        c->value = v;
    } else {
        return WEIR_AGAIN;
    }
    weir_cubby_ticket_set(c->pushed++);
    return WEIR_OK;
}

/* Under the lock. AGAIN: empty. */
static weir_status take(weir_cubby_direct *c, uint64_t *v, partner *p) {
    if (c->pushed == c->popped) return c->closed ? WEIR_CLOSED : WEIR_AGAIN;
    *v = c->value;
    weir_cubby_ticket_set(c->popped++);
    if (c->waiting > 0) {
        c->waiting--;
        weir_cubby_op *op = (weir_cubby_op *)weir_wait_take(&c->waiters);
        c->value = op->value;
        *p = (partner){op, op->value, c->pushed++};
    }
    return WEIR_OK;
}

weir_status weir_cubby_direct_try_push(weir_cubby_direct *c, uint64_t v) {
    partner p = {NULL, 0, 0};
    weir_lock_acquire(&c->lock);
    weir_status st = put(c, v, &p);
    leave(c, &p);
    return st;
}

weir_status weir_cubby_direct_try_pop(weir_cubby_direct *c, uint64_t *v) {
    partner p = {NULL, 0, 0};
    weir_lock_acquire(&c->lock);
    weir_status st = take(c, v, &p);
    leave(c, &p);
    return st;
}

/* An op that was parked is stepped after its wake: a partner, or close, has left the result in it. */
static weir_status finish(const weir_cubby_op *op) {
    if (op->wait.status == WEIR_OK) weir_cubby_ticket_set(op->ticket);
    return (weir_status)op->wait.status;
}

static weir_status park(weir_cubby_direct *c, weir_cubby_op *op, uint32_t at) {
    op->wait.at = at;
    c->waiting += at == PARKED_PUSH ? 1 : -1;
    weir_wait_append(&c->waiters, &op->wait);
    return WEIR_PARKED;
}

weir_status weir_cubby_direct_push_step(weir_cubby_direct *c, weir_cubby_op *op) {
    if (op->wait.at != NEW) return finish(op);
    partner p = {NULL, 0, 0};
    weir_lock_acquire(&c->lock);
    weir_status st = put(c, op->value, &p);
    if (st == WEIR_AGAIN) st = park(c, op, PARKED_PUSH);
    leave(c, &p);
    return st;
}

weir_status weir_cubby_direct_pop_step(weir_cubby_direct *c, weir_cubby_op *op) {
    if (op->wait.at != NEW) return finish(op);
    partner p = {NULL, 0, 0};
    weir_lock_acquire(&c->lock);
    weir_status st = take(c, &op->value, &p);
    if (st == WEIR_AGAIN) st = park(c, op, PARKED_POP);
    leave(c, &p);
    return st;
}

bool weir_cubby_direct_cancel(weir_cubby_direct *c, weir_cubby_op *op) {
    weir_lock_acquire(&c->lock);
    bool here = weir_wait_queued(&c->waiters, &op->wait);
    if (here) {
        weir_wait_remove(&c->waiters, &op->wait);
        c->waiting += op->wait.at == PARKED_PUSH ? -1 : 1;
    }
    weir_lock_release(&c->lock);
    return here;
}

weir_status weir_cubby_direct_close(weir_cubby_direct *c) {
    weir_lock_acquire(&c->lock);
    c->closed = 1;
    weir_wait *first = weir_wait_take_all(&c->waiters);
    for (weir_wait *w = first; w; w = w->next) w->status = WEIR_CLOSED;
    c->waiting = 0;
    weir_lock_release(&c->lock);
    weir_wait_wake_all(first);
    return WEIR_OK;
}

int64_t weir_cubby_direct_pressure(weir_cubby_direct *c) {
    weir_lock_acquire(&c->lock);
    int64_t pressure = (int64_t)(c->pushed - c->popped) + c->waiting;
    weir_lock_release(&c->lock);
    return pressure;
}
