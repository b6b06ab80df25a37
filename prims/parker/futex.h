/* parker.futex - a thread that waits sleeps at once. Contract: weir_thread_wait in prims/wait.h. */
#ifndef WEIR_PRIMS_PARKER_FUTEX_H
#define WEIR_PRIMS_PARKER_FUTEX_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct weir_wait;
struct weir_learned;

bool weir_parker_futex_wait(struct weir_wait *w, uint64_t deadline_ns, struct weir_learned *learned);

#ifdef __cplusplus
}
#endif
#endif
