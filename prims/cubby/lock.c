#include "prims/cubby/lock.h"

#include <errno.h>
#include <time.h>

weir_status weir_cubby_lock_init_at(weir_cubby_lock *c, uint64_t start) {
    weir_status bad = weir_cubby_check(c);
    if (bad) return bad;
    pthread_condattr_t monotonic;
    if (pthread_mutex_init(&c->mutex, NULL)) return WEIR_NOMEM;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&c->space, &monotonic); /* these cannot fail on Linux */
    pthread_cond_init(&c->item, &monotonic);
    pthread_condattr_destroy(&monotonic);
    c->value = 0;
    c->pushed = c->popped = start;
    c->pushers = c->poppers = 0;
    c->closed = false;
    return WEIR_OK;
}

weir_status weir_cubby_lock_init(weir_cubby_lock *c) { return weir_cubby_lock_init_at(c, 0); }

void weir_cubby_lock_destroy(weir_cubby_lock *c) {
    pthread_cond_destroy(&c->item);
    pthread_cond_destroy(&c->space);
    pthread_mutex_destroy(&c->mutex);
}

static bool full(const weir_cubby_lock *c) { return c->pushed != c->popped; }

/* One wait of a loop, counted. False: the deadline has passed. */
static bool wait_once(weir_cubby_lock *c, pthread_cond_t *cond, int64_t *waiting, uint64_t deadline_ns) {
    struct timespec at = {(time_t)(deadline_ns / 1000000000u), (long)(deadline_ns % 1000000000u)};
    ++*waiting;
    int r =
        deadline_ns == WEIR_FOREVER ? pthread_cond_wait(cond, &c->mutex) : pthread_cond_timedwait(cond, &c->mutex, &at);
    --*waiting;
    return r != ETIMEDOUT;
}

/* Unlocks, and wakes one of the other side when something has moved. */
static weir_status leave(weir_cubby_lock *c, pthread_cond_t *other, weir_status st) {
    pthread_mutex_unlock(&c->mutex);
    if (st == WEIR_OK) pthread_cond_signal(other);
    return st;
}

static weir_status put(weir_cubby_lock *c, uint64_t v, weir_status otherwise) {
    if (c->closed) return leave(c, &c->item, WEIR_CLOSED);
    if (full(c)) return leave(c, &c->item, otherwise);
    c->value = v;
    weir_cubby_ticket_set(c->pushed++);
    return leave(c, &c->item, WEIR_OK);
}

static weir_status take(weir_cubby_lock *c, uint64_t *v, weir_status otherwise) {
    if (!full(c)) return leave(c, &c->space, c->closed ? WEIR_CLOSED : otherwise);
    *v = c->value;
    weir_cubby_ticket_set(c->popped++);
    return leave(c, &c->space, WEIR_OK);
}

weir_status weir_cubby_lock_push_until(weir_cubby_lock *c, uint64_t v, uint64_t deadline_ns) {
    pthread_mutex_lock(&c->mutex);
    while (full(c) && !c->closed && wait_once(c, &c->space, &c->pushers, deadline_ns)) {}
    return put(c, v, WEIR_TIMEOUT);
}

weir_status weir_cubby_lock_pop_until(weir_cubby_lock *c, uint64_t *v, uint64_t deadline_ns) {
    pthread_mutex_lock(&c->mutex);
    while (!full(c) && !c->closed && wait_once(c, &c->item, &c->poppers, deadline_ns)) {}
    return take(c, v, WEIR_TIMEOUT);
}

weir_status weir_cubby_lock_try_push(weir_cubby_lock *c, uint64_t v) {
    pthread_mutex_lock(&c->mutex);
    return put(c, v, WEIR_AGAIN);
}

weir_status weir_cubby_lock_try_pop(weir_cubby_lock *c, uint64_t *v) {
    pthread_mutex_lock(&c->mutex);
    return take(c, v, WEIR_AGAIN);
}

weir_status weir_cubby_lock_close(weir_cubby_lock *c) {
    pthread_mutex_lock(&c->mutex);
    c->closed = true;
    pthread_mutex_unlock(&c->mutex);
    pthread_cond_broadcast(&c->space);
    pthread_cond_broadcast(&c->item);
    return WEIR_OK;
}

int64_t weir_cubby_lock_pressure(weir_cubby_lock *c) {
    pthread_mutex_lock(&c->mutex);
    int64_t pressure = (int64_t)(c->pushed - c->popped) + c->pushers - c->poppers;
    pthread_mutex_unlock(&c->mutex);
    return pressure;
}
