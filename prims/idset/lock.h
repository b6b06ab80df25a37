/* idset.lock - a mutex round a bitmap: the baseline. Contract: prims/idset.h. */
#ifndef WEIR_PRIMS_IDSET_LOCK_H
#define WEIR_PRIMS_IDSET_LOCK_H

#include <pthread.h>

#include "../idset_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_idset_lock {
    pthread_mutex_t mutex; /* guards the bits */
    uint64_t *words, capacity;
} weir_idset_lock;

size_t weir_idset_lock_bytes(uint64_t capacity);
weir_status weir_idset_lock_init(weir_idset_lock *s, uint64_t capacity, void *block);
bool weir_idset_lock_insert(weir_idset_lock *s, uint64_t id);
bool weir_idset_lock_remove(weir_idset_lock *s, uint64_t id);
bool weir_idset_lock_contains(const weir_idset_lock *s, uint64_t id);
uint64_t weir_idset_lock_next(const weir_idset_lock *s, uint64_t from);
uint64_t weir_idset_lock_count(const weir_idset_lock *s);
void weir_idset_lock_clear(weir_idset_lock *s);

#ifdef __cplusplus
}
#endif
#endif
