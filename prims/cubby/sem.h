/* cubby.sem - two POSIX semaphores and a slot: the textbook. Contract: prims/cubby.h. */
#ifndef WEIR_PRIMS_CUBBY_SEM_H
#define WEIR_PRIMS_CUBBY_SEM_H

#include <semaphore.h>

#include "op_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_cubby_sem {
    WEIR_ALIGNED(WEIR_CACHE_LINE) sem_t spaces; /* 1 while empty; after close at least 1 for ever */
    sem_t items;                                /* 1 while full; after close at least 1 for ever */
    weir_a32 state;                             /* FULL, TAKING, CLOSED */
    uint64_t value, pushed, popped;             /* guarded by the semaphores */
    weir_a64 pressure;
} weir_cubby_sem;

weir_status weir_cubby_sem_init(weir_cubby_sem *c);
/* For tests: linearization numbers begin at `start`. */
weir_status weir_cubby_sem_init_at(weir_cubby_sem *c, uint64_t start);
void weir_cubby_sem_destroy(weir_cubby_sem *c);
weir_status weir_cubby_sem_try_push(weir_cubby_sem *c, uint64_t v);
weir_status weir_cubby_sem_try_pop(weir_cubby_sem *c, uint64_t *v);
weir_status weir_cubby_sem_push_until(weir_cubby_sem *c, uint64_t v, uint64_t deadline_ns);
weir_status weir_cubby_sem_pop_until(weir_cubby_sem *c, uint64_t *v, uint64_t deadline_ns);
weir_status weir_cubby_sem_close(weir_cubby_sem *c);
int64_t weir_cubby_sem_pressure(weir_cubby_sem *c);
#define weir_cubby_sem_push_step weir_cubby_no_step
#define weir_cubby_sem_pop_step weir_cubby_no_step
#define weir_cubby_sem_cancel weir_cubby_no_cancel

#ifdef __cplusplus
}
#endif
#endif
