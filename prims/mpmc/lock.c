#include "prims/mpmc/lock.h"

size_t weir_mpmc_lock_bytes(uint64_t capacity) { return weir_ring_bytes(capacity, sizeof(uint64_t)); }

weir_status weir_mpmc_lock_init_at(weir_mpmc_lock *q, uint64_t capacity, void *block, uint64_t start) {
    weir_status bad = weir_ring_check(q, capacity, block);
    if (bad) return bad;
    if (pthread_mutex_init(&q->mutex, NULL)) return WEIR_NOMEM;
    q->head = q->tail = start;
    q->mask = capacity - 1;
    q->items = block;
    q->closed = false;
    return WEIR_OK;
}

weir_status weir_mpmc_lock_init(weir_mpmc_lock *q, uint64_t capacity, void *block) {
    return weir_mpmc_lock_init_at(q, capacity, block, 0);
}

size_t weir_mpmc_lock_try_push_n(weir_mpmc_lock *q, const uint64_t *v, size_t n) {
    pthread_mutex_lock(&q->mutex);
    uint64_t room = q->closed ? 0 : q->mask + 1 - (q->tail - q->head);
    if (n > room) n = (size_t)room;
    for (size_t i = 0; i < n; i++) q->items[q->tail++ & q->mask] = v[i];
    pthread_mutex_unlock(&q->mutex);
    return n;
}

size_t weir_mpmc_lock_try_pop_n(weir_mpmc_lock *q, uint64_t *v, size_t n) {
    pthread_mutex_lock(&q->mutex);
    uint64_t ready = q->tail - q->head;
    if (n > ready) n = (size_t)ready;
    for (size_t i = 0; i < n; i++) v[i] = q->items[q->head++ & q->mask];
    pthread_mutex_unlock(&q->mutex);
    return n;
}

bool weir_mpmc_lock_try_push(weir_mpmc_lock *q, uint64_t v) { return weir_mpmc_lock_try_push_n(q, &v, 1) == 1; }

bool weir_mpmc_lock_try_pop(weir_mpmc_lock *q, uint64_t *v) { return weir_mpmc_lock_try_pop_n(q, v, 1) == 1; }

void weir_mpmc_lock_close(weir_mpmc_lock *q) {
    pthread_mutex_lock(&q->mutex);
    q->closed = true;
    pthread_mutex_unlock(&q->mutex);
}

static void look(const weir_mpmc_lock *q, size_t *size, bool *closed) {
    weir_mpmc_lock *w = (weir_mpmc_lock *)q; /* a mutex has no const lock */
    pthread_mutex_lock(&w->mutex);
    *size = (size_t)(w->tail - w->head);
    *closed = w->closed;
    pthread_mutex_unlock(&w->mutex);
}

size_t weir_mpmc_lock_size(const weir_mpmc_lock *q) {
    size_t size;
    bool closed;
    look(q, &size, &closed);
    return size;
}

bool weir_mpmc_lock_closed(const weir_mpmc_lock *q) {
    size_t size;
    bool closed;
    look(q, &size, &closed);
    return closed;
}

bool weir_mpmc_lock_drained(const weir_mpmc_lock *q) {
    size_t size;
    bool closed;
    look(q, &size, &closed);
    return closed && size == 0;
}
