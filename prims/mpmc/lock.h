/* mpmc.lock - a mutex round a ring: the baseline. Contract: prims/mpmc.h. */
#ifndef WEIR_PRIMS_MPMC_LOCK_H
#define WEIR_PRIMS_MPMC_LOCK_H

#include <pthread.h>

#include "../ring_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_mpmc_lock {
    WEIR_ALIGNED(WEIR_CACHE_LINE) pthread_mutex_t mutex; /* guards all the rest */
    uint64_t head, tail, mask;
    uint64_t *items;
    bool closed;
} weir_mpmc_lock;

size_t weir_mpmc_lock_bytes(uint64_t capacity);
weir_status weir_mpmc_lock_init(weir_mpmc_lock *q, uint64_t capacity, void *block);
/* For tests: counters begin at `start`, so that they can be seen to wrap. */
weir_status weir_mpmc_lock_init_at(weir_mpmc_lock *q, uint64_t capacity, void *block, uint64_t start);
bool weir_mpmc_lock_try_push(weir_mpmc_lock *q, uint64_t v);
bool weir_mpmc_lock_try_pop(weir_mpmc_lock *q, uint64_t *v);
size_t weir_mpmc_lock_try_push_n(weir_mpmc_lock *q, const uint64_t *v, size_t n);
size_t weir_mpmc_lock_try_pop_n(weir_mpmc_lock *q, uint64_t *v, size_t n);
size_t weir_mpmc_lock_size(const weir_mpmc_lock *q);
void weir_mpmc_lock_close(weir_mpmc_lock *q);
bool weir_mpmc_lock_closed(const weir_mpmc_lock *q);
bool weir_mpmc_lock_drained(const weir_mpmc_lock *q);

#ifdef __cplusplus
}
#endif
#endif
