#include "prims/mcast/lock.h"

size_t weir_mcast_lock_bytes(uint64_t capacity, unsigned readers) {
    return weir_mcast_block_bytes(capacity, readers, sizeof(weir_mcast_lock_reader));
}

weir_status weir_mcast_lock_init_at(weir_mcast_lock *q, uint64_t capacity, unsigned readers, void *block,
                                    uint64_t start) {
    weir_status bad = weir_mcast_check(q, capacity, readers, block);
    if (bad) return bad;
    if (pthread_mutex_init(&q->mutex, NULL)) return WEIR_NOMEM;
    q->tail = start;
    q->mask = capacity - 1;
    q->readers = block;
    q->items = (uint64_t *)(q->readers + readers);
    q->slots = readers;
    for (unsigned i = 0; i < readers; i++) q->readers[i].joined = false;
    return WEIR_OK;
}

weir_status weir_mcast_lock_init(weir_mcast_lock *q, uint64_t capacity, unsigned readers, void *block) {
    return weir_mcast_lock_init_at(q, capacity, readers, block, 0);
}

weir_mcast_lock_reader *weir_mcast_lock_join(weir_mcast_lock *q) {
    weir_mcast_lock_reader *r = NULL;
    pthread_mutex_lock(&q->mutex);
    for (unsigned i = 0; i < q->slots && !r; i++)
        if (!q->readers[i].joined) r = &q->readers[i];
    if (r) {
        r->joined = true;
        r->cursor = q->tail;
    }
    pthread_mutex_unlock(&q->mutex);
    return r;
}

void weir_mcast_lock_leave(weir_mcast_lock *q, weir_mcast_lock_reader *r) {
    pthread_mutex_lock(&q->mutex);
    r->joined = false;
    pthread_mutex_unlock(&q->mutex);
}

/* Items that the slowest reader has not read. */
static uint64_t held(const weir_mcast_lock *q) {
    uint64_t most = 0;
    for (unsigned i = 0; i < q->slots; i++)
        if (q->readers[i].joined && q->tail - q->readers[i].cursor > most) most = q->tail - q->readers[i].cursor;
    return most;
}

size_t weir_mcast_lock_try_push_n(weir_mcast_lock *q, const uint64_t *v, size_t n) {
    pthread_mutex_lock(&q->mutex);
    uint64_t room = q->mask + 1 - held(q);
    if (n > room) n = (size_t)room;
    for (size_t i = 0; i < n; i++) q->items[q->tail++ & q->mask] = v[i];
    pthread_mutex_unlock(&q->mutex);
    return n;
}

size_t weir_mcast_lock_try_pop_n(weir_mcast_lock *q, weir_mcast_lock_reader *r, uint64_t *v, size_t n) {
    pthread_mutex_lock(&q->mutex);
    uint64_t ready = q->tail - r->cursor;
    if (n > ready) n = (size_t)ready;
    for (size_t i = 0; i < n; i++) v[i] = q->items[r->cursor++ & q->mask];
    pthread_mutex_unlock(&q->mutex);
    return n;
}

bool weir_mcast_lock_try_push(weir_mcast_lock *q, uint64_t v) { return weir_mcast_lock_try_push_n(q, &v, 1) == 1; }

bool weir_mcast_lock_try_pop(weir_mcast_lock *q, weir_mcast_lock_reader *r, uint64_t *v) {
    return weir_mcast_lock_try_pop_n(q, r, v, 1) == 1;
}

size_t weir_mcast_lock_lag(const weir_mcast_lock *q, const weir_mcast_lock_reader *r) {
    weir_mcast_lock *w = (weir_mcast_lock *)q; /* a mutex has no const lock */
    pthread_mutex_lock(&w->mutex);
    size_t n = (size_t)(w->tail - r->cursor);
    pthread_mutex_unlock(&w->mutex);
    return n;
}
