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

/* Unlinks the first waiter and gives it its result; the caller wakes it after the lock. */
static weir_cubby_op *complete_first(weir_cubby_direct *c, uint64_t ticket) {
    weir_cubby_op *op = (weir_cubby_op *)weir_wait_take(&c->waiters);
    c->waiting += c->waiting < 0 ? 1 : -1;
    op->status = WEIR_OK;
    op->ticket = ticket;
    return op;
}

/* Under the lock. AGAIN: full. *second: the partner to wake, if any. */
static weir_status put(weir_cubby_direct *c, uint64_t v, weir_cubby_op **second) {
    if (c->closed) return WEIR_CLOSED;
    if (c->waiting < 0) {
        *second = complete_first(c, c->popped++);
        (*second)->value = v;
    } else if (c->pushed == c->popped) {
        c->value = v;
    } else {
        return WEIR_AGAIN;
    }
    weir_cubby_ticket_set(c->pushed++);
    return WEIR_OK;
}

/* Under the lock. AGAIN: empty. */
static weir_status take(weir_cubby_direct *c, uint64_t *v, weir_cubby_op **second) {
    if (c->pushed == c->popped) return c->closed ? WEIR_CLOSED : WEIR_AGAIN;
    *v = c->value;
    weir_cubby_ticket_set(c->popped++);
    if (c->waiting > 0) {
        *second = complete_first(c, c->pushed++);
        c->value = (*second)->value;
    }
    return WEIR_OK;
}

static void leave(weir_cubby_direct *c, weir_cubby_op *second) {
    weir_lock_release(&c->lock);
    if (second) second->wait.wake(&second->wait);
}

weir_status weir_cubby_direct_try_push(weir_cubby_direct *c, uint64_t v) {
    weir_cubby_op *second = NULL;
    weir_lock_acquire(&c->lock);
    weir_status st = put(c, v, &second);
    leave(c, second);
    return st;
}

weir_status weir_cubby_direct_try_pop(weir_cubby_direct *c, uint64_t *v) {
    weir_cubby_op *second = NULL;
    weir_lock_acquire(&c->lock);
    weir_status st = take(c, v, &second);
    leave(c, second);
    return st;
}

/* An op that was parked is stepped after its wake: a partner, or close, has left the result in it. */
static weir_status finish(const weir_cubby_op *op) {
    if (op->status == WEIR_OK) weir_cubby_ticket_set(op->ticket);
    return (weir_status)op->status;
}

static weir_status park(weir_cubby_direct *c, weir_cubby_op *op, uint32_t at) {
    op->at = at;
    c->waiting += at == PARKED_PUSH ? 1 : -1;
    weir_wait_append(&c->waiters, &op->wait);
    return WEIR_PARKED;
}

weir_status weir_cubby_direct_push_step(weir_cubby_direct *c, weir_cubby_op *op) {
    if (op->at != NEW) return finish(op);
    weir_cubby_op *second = NULL;
    weir_lock_acquire(&c->lock);
    weir_status st = put(c, op->value, &second);
    if (st == WEIR_AGAIN) st = park(c, op, PARKED_PUSH);
    leave(c, second);
    return st;
}

weir_status weir_cubby_direct_pop_step(weir_cubby_direct *c, weir_cubby_op *op) {
    if (op->at != NEW) return finish(op);
    weir_cubby_op *second = NULL;
    weir_lock_acquire(&c->lock);
    weir_status st = take(c, &op->value, &second);
    if (st == WEIR_AGAIN) st = park(c, op, PARKED_POP);
    leave(c, second);
    return st;
}

bool weir_cubby_direct_cancel(weir_cubby_direct *c, weir_cubby_op *op) {
    weir_lock_acquire(&c->lock);
    bool here = op->wait.queued;
    if (here) {
        weir_wait_remove(&c->waiters, &op->wait);
        c->waiting += op->at == PARKED_PUSH ? -1 : 1;
    }
    weir_lock_release(&c->lock);
    return here;
}

weir_status weir_cubby_direct_close(weir_cubby_direct *c) {
    weir_lock_acquire(&c->lock);
    c->closed = 1;
    weir_wait *first = c->waiters.first;
    for (weir_wait *w = first; w; w = w->next) {
        w->queued = 0;
        ((weir_cubby_op *)w)->status = WEIR_CLOSED;
    }
    c->waiters.first = c->waiters.last = NULL;
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
