/* parker.eventfd - a thread that waits sleeps at once, on a descriptor of its own, so that one poll covers the wake and other
 * descriptors. Contract: weir_thread_wait in prims/wait.h; when there is no descriptor it sleeps by futex.
 *
 *   while (step(object, op) == WEIR_PARKED)
 *       for (int event; (event = weir_parker_eventfd_begin(op)) >= 0 && !weir_parker_eventfd_end(op);)
 *           poll event and the rest, serve the rest */
#ifndef WEIR_PRIMS_PARKER_EVENTFD_H
#define WEIR_PRIMS_PARKER_EVENTFD_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct weir_wait;
struct weir_learned;

bool weir_parker_eventfd_wait(struct weir_wait *w, uint64_t deadline_ns, struct weir_learned *learned);

/* For a loop that polls itself. Announces that this thread sleeps: the descriptor that becomes readable with the wake of w, a
 * node that a step left parked. It may be readable without one. -1: the wake has come, or there is no descriptor; then
 * weir_parker_eventfd_wait. Again and again, until end answers true. */
int weir_parker_eventfd_begin(struct weir_wait *w);

/* After the poll. True: woken, and armed for the next park. False: not yet. */
bool weir_parker_eventfd_end(struct weir_wait *w);

#ifdef __cplusplus
}
#endif
#endif
