/* mcast.lock - a mutex round a ring and its cursors: the baseline. Contract: prims/mcast.h. */
#ifndef WEIR_PRIMS_MCAST_LOCK_H
#define WEIR_PRIMS_MCAST_LOCK_H

#include <pthread.h>

#include "../mcast_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_mcast_lock_reader {
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t cursor; /* next to read */
    bool joined;
} weir_mcast_lock_reader;

typedef struct weir_mcast_lock {
    WEIR_ALIGNED(WEIR_CACHE_LINE) pthread_mutex_t mutex; /* guards all the rest */
    uint64_t tail, mask;
    weir_mcast_lock_reader *readers;
    uint64_t *items;
    unsigned slots;
} weir_mcast_lock;

size_t weir_mcast_lock_bytes(uint64_t capacity, unsigned readers);
weir_status weir_mcast_lock_init(weir_mcast_lock *q, uint64_t capacity, unsigned readers, void *block);
/* For tests: counters begin at `start`, so that they can be seen to wrap. */
weir_status weir_mcast_lock_init_at(weir_mcast_lock *q, uint64_t capacity, unsigned readers, void *block,
                                    uint64_t start);
weir_mcast_lock_reader *weir_mcast_lock_join(weir_mcast_lock *q);
void weir_mcast_lock_leave(weir_mcast_lock *q, weir_mcast_lock_reader *r);
bool weir_mcast_lock_try_push(weir_mcast_lock *q, uint64_t v);
bool weir_mcast_lock_try_pop(weir_mcast_lock *q, weir_mcast_lock_reader *r, uint64_t *v);
size_t weir_mcast_lock_try_push_n(weir_mcast_lock *q, const uint64_t *v, size_t n);
size_t weir_mcast_lock_try_pop_n(weir_mcast_lock *q, weir_mcast_lock_reader *r, uint64_t *v, size_t n);
size_t weir_mcast_lock_lag(const weir_mcast_lock *q, const weir_mcast_lock_reader *r);

#ifdef __cplusplus
}
#endif
#endif
