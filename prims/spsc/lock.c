#include "prims/spsc/lock.h"

size_t weir_spsc_lock_bytes(uint64_t capacity) { return weir_ring_bytes(capacity, sizeof(uint64_t)); }

weir_status weir_spsc_lock_init_at(weir_spsc_lock *q, uint64_t capacity, void *block, uint64_t start) {
    weir_status bad = weir_ring_check(q, capacity, block);
    if (bad) return bad;
    if (pthread_mutex_init(&q->mutex, NULL)) return WEIR_NOMEM;
    q->head = q->tail = start;
    q->mask = capacity - 1;
    q->items = block;
    return WEIR_OK;
}

weir_status weir_spsc_lock_init(weir_spsc_lock *q, uint64_t capacity, void *block) {
    return weir_spsc_lock_init_at(q, capacity, block, 0);
}

size_t weir_spsc_lock_try_push_n(weir_spsc_lock *q, const uint64_t *v, size_t n) {
    pthread_mutex_lock(&q->mutex);
    uint64_t room = q->mask + 1 - (q->tail - q->head);
    if (n > room) n = (size_t)room;
    for (size_t i = 0; i < n; i++) q->items[q->tail++ & q->mask] = v[i];
    pthread_mutex_unlock(&q->mutex);
    return n;
}

size_t weir_spsc_lock_try_pop_n(weir_spsc_lock *q, uint64_t *v, size_t n) {
    pthread_mutex_lock(&q->mutex);
    uint64_t ready = q->tail - q->head;
    if (n > ready) n = (size_t)ready;
    for (size_t i = 0; i < n; i++) v[i] = q->items[q->head++ & q->mask];
    pthread_mutex_unlock(&q->mutex);
    return n;
}

bool weir_spsc_lock_try_push(weir_spsc_lock *q, uint64_t v) { return weir_spsc_lock_try_push_n(q, &v, 1) == 1; }

bool weir_spsc_lock_try_pop(weir_spsc_lock *q, uint64_t *v) { return weir_spsc_lock_try_pop_n(q, v, 1) == 1; }

size_t weir_spsc_lock_size(const weir_spsc_lock *q) {
    weir_spsc_lock *w = (weir_spsc_lock *)q; /* a mutex has no const lock */
    pthread_mutex_lock(&w->mutex);
    size_t n = (size_t)(w->tail - w->head);
    pthread_mutex_unlock(&w->mutex);
    return n;
}
