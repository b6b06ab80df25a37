/* cubby.lock - a mutex and two conditions, signal after unlock: the baseline. Contract: prims/cubby.h. */
#ifndef WEIR_PRIMS_CUBBY_LOCK_H
#define WEIR_PRIMS_CUBBY_LOCK_H

#include <pthread.h>

#include "op_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_cubby_lock {
    WEIR_ALIGNED(WEIR_CACHE_LINE) pthread_mutex_t mutex; /* guards all that follows */
    pthread_cond_t space, item;
    uint64_t value, pushed, popped; /* completed; they differ by 0 or 1 */
    int64_t pushers, poppers;       /* waiting */
    bool closed;
} weir_cubby_lock;

weir_status weir_cubby_lock_init(weir_cubby_lock *c);
/* For tests: linearization numbers begin at `start`. */
weir_status weir_cubby_lock_init_at(weir_cubby_lock *c, uint64_t start);
void weir_cubby_lock_destroy(weir_cubby_lock *c);
weir_status weir_cubby_lock_try_push(weir_cubby_lock *c, uint64_t v);
weir_status weir_cubby_lock_try_pop(weir_cubby_lock *c, uint64_t *v);
weir_status weir_cubby_lock_push_until(weir_cubby_lock *c, uint64_t v, uint64_t deadline_ns);
weir_status weir_cubby_lock_pop_until(weir_cubby_lock *c, uint64_t *v, uint64_t deadline_ns);
weir_status weir_cubby_lock_close(weir_cubby_lock *c);
int64_t weir_cubby_lock_pressure(weir_cubby_lock *c);
#define weir_cubby_lock_push_step weir_cubby_no_step
#define weir_cubby_lock_pop_step weir_cubby_no_step
#define weir_cubby_lock_cancel weir_cubby_no_cancel

#ifdef __cplusplus
}
#endif
#endif
