/* spsc.lock - a mutex round a ring: the baseline. Contract: prims/spsc.h. */
#ifndef WEIR_PRIMS_SPSC_LOCK_H
#define WEIR_PRIMS_SPSC_LOCK_H

#include <pthread.h>

#include "../ring_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_spsc_lock {
    WEIR_ALIGNED(WEIR_CACHE_LINE) pthread_mutex_t mutex; /* guards head, tail and the items */
    uint64_t head, tail, mask;
    uint64_t *items;
} weir_spsc_lock;

size_t weir_spsc_lock_bytes(uint64_t capacity);
weir_status weir_spsc_lock_init(weir_spsc_lock *q, uint64_t capacity, void *block);
/* For tests: counters begin at `start`, so that they can be seen to wrap. */
weir_status weir_spsc_lock_init_at(weir_spsc_lock *q, uint64_t capacity, void *block, uint64_t start);
bool weir_spsc_lock_try_push(weir_spsc_lock *q, uint64_t v);
bool weir_spsc_lock_try_pop(weir_spsc_lock *q, uint64_t *v);
size_t weir_spsc_lock_try_push_n(weir_spsc_lock *q, const uint64_t *v, size_t n);
size_t weir_spsc_lock_try_pop_n(weir_spsc_lock *q, uint64_t *v, size_t n);
size_t weir_spsc_lock_size(const weir_spsc_lock *q);

#ifdef __cplusplus
}
#endif
#endif
