#include "prims/deque/lock.h"

size_t weir_deque_lock_bytes(uint64_t capacity) { return weir_ring_bytes(capacity, sizeof(uint64_t)); }

weir_status weir_deque_lock_init_at(weir_deque_lock *q, uint64_t capacity, void *block, uint64_t start) {
    weir_status bad = weir_ring_check(q, capacity, block);
    if (bad) return bad;
    if (pthread_mutex_init(&q->mutex, NULL)) return WEIR_NOMEM;
    q->top = q->bottom = start;
    q->mask = capacity - 1;
    q->items = block;
    return WEIR_OK;
}

weir_status weir_deque_lock_init(weir_deque_lock *q, uint64_t capacity, void *block) {
    return weir_deque_lock_init_at(q, capacity, block, 0);
}

bool weir_deque_lock_try_push(weir_deque_lock *q, uint64_t v) {
    pthread_mutex_lock(&q->mutex);
    bool room = q->bottom - q->top <= q->mask;
    if (room) q->items[q->bottom++ & q->mask] = v;
    pthread_mutex_unlock(&q->mutex);
    return room;
}

bool weir_deque_lock_try_pop(weir_deque_lock *q, uint64_t *v) {
    pthread_mutex_lock(&q->mutex);
    bool some = q->bottom != q->top;
    if (some) *v = q->items[--q->bottom & q->mask];
    pthread_mutex_unlock(&q->mutex);
    return some;
}

weir_status weir_deque_lock_try_steal(weir_deque_lock *q, uint64_t *v) {
    pthread_mutex_lock(&q->mutex);
    bool some = q->bottom != q->top;
    if (some) *v = q->items[q->top++ & q->mask];
    pthread_mutex_unlock(&q->mutex);
    return some ? WEIR_OK : WEIR_AGAIN;
}

size_t weir_deque_lock_size(const weir_deque_lock *q) {
    weir_deque_lock *w = (weir_deque_lock *)q; /* a mutex has no const lock */
    pthread_mutex_lock(&w->mutex);
    size_t n = (size_t)(w->bottom - w->top);
    pthread_mutex_unlock(&w->mutex);
    return n;
}
