/* parker.adaptive - a thread that waits spins first, as long as spinning has paid of late on this side of this
 * primitive, then sleeps. Contract: weir_thread_wait in prims/wait.h; how the budget is learned: parker/adaptive.c. */
#ifndef WEIR_PRIMS_PARKER_ADAPTIVE_H
#define WEIR_PRIMS_PARKER_ADAPTIVE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct weir_wait;
struct weir_learned;

bool weir_parker_adaptive_wait(struct weir_wait *w, uint64_t deadline_ns, struct weir_learned *learned);

#ifdef __cplusplus
}
#endif
#endif
