/* deque.lock - a mutex round a ring: the baseline. Contract: prims/deque.h. */
#ifndef WEIR_PRIMS_DEQUE_LOCK_H
#define WEIR_PRIMS_DEQUE_LOCK_H

#include <pthread.h>

#include "../ring_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_deque_lock {
    WEIR_ALIGNED(WEIR_CACHE_LINE) pthread_mutex_t mutex; /* guards all the rest */
    uint64_t top, bottom, mask;
    uint64_t *items;
} weir_deque_lock;

size_t weir_deque_lock_bytes(uint64_t capacity);
weir_status weir_deque_lock_init(weir_deque_lock *q, uint64_t capacity, void *block);
/* For tests: counters begin at `start`, so that they can be seen to wrap. */
weir_status weir_deque_lock_init_at(weir_deque_lock *q, uint64_t capacity, void *block, uint64_t start);
bool weir_deque_lock_try_push(weir_deque_lock *q, uint64_t v);
bool weir_deque_lock_try_pop(weir_deque_lock *q, uint64_t *v);
weir_status weir_deque_lock_try_steal(weir_deque_lock *q, uint64_t *v);
size_t weir_deque_lock_size(const weir_deque_lock *q);

#ifdef __cplusplus
}
#endif
#endif
