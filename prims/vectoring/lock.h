/* vectoring.lock - a mutex round a ring of bytes, with waiters in lists of its own: the baseline. Contract:
 * prims/vectoring.h. */
#ifndef WEIR_PRIMS_VECTORING_LOCK_H
#define WEIR_PRIMS_VECTORING_LOCK_H

#include <pthread.h>

#include "../vectoring_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_vectoring_lock {
    WEIR_ALIGNED(WEIR_CACHE_LINE) pthread_mutex_t mutex; /* guards all but the bytes, which belong to a side each */
    uint64_t tail, head, high;
    int ended, closed; /* WEIR_VECTORING_OPEN, EOF, or an error */
    weir_wait_list readers, writers;
    weir_learned learned[2]; /* the reader's, the writer's */
    unsigned char *block;
    uint32_t capacity;
} weir_vectoring_lock;

weir_status weir_vectoring_lock_init(weir_vectoring_lock *v, uint64_t capacity, void *block);
/* For tests: positions begin at `start`, so that they can be seen to wrap. */
weir_status weir_vectoring_lock_init_at(weir_vectoring_lock *v, uint64_t capacity, void *block, uint64_t start);
size_t weir_vectoring_lock_writable(weir_vectoring_lock *v, size_t want, struct iovec iov[2]);
size_t weir_vectoring_lock_readable(weir_vectoring_lock *v, size_t want, struct iovec iov[2]);
void weir_vectoring_lock_wrote(weir_vectoring_lock *v, size_t n);
void weir_vectoring_lock_consumed(weir_vectoring_lock *v, size_t n);
void weir_vectoring_lock_end(weir_vectoring_lock *v, int error);
void weir_vectoring_lock_close(weir_vectoring_lock *v, int error);
int weir_vectoring_lock_ended(weir_vectoring_lock *v);
int weir_vectoring_lock_closed(weir_vectoring_lock *v);
weir_status weir_vectoring_lock_room_step(weir_vectoring_lock *v, weir_vectoring_op *op);
weir_status weir_vectoring_lock_bytes_step(weir_vectoring_lock *v, weir_vectoring_op *op);
bool weir_vectoring_lock_cancel(weir_vectoring_lock *v, weir_vectoring_op *op);
size_t weir_vectoring_lock_size(const weir_vectoring_lock *v);
size_t weir_vectoring_lock_high(const weir_vectoring_lock *v);

static inline weir_learned *weir_vectoring_lock_learned(weir_vectoring_lock *v, bool writer) {
    return &v->learned[writer];
}

#ifdef __cplusplus
}
#endif
#endif
