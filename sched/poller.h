/* poller - how a loop waits for descriptors, and for a wake from another thread.
 *
 * When to use      Below a loop, which gives each drain of its run queue one poll. Coroutines use a socket instead.
 * Shape, units     Descriptors below `limit`, at most 2^20. Deadlines are absolute ns of CLOCK_MONOTONIC.
 * Ownership        The caller gives the weir_poller and each weir_poll, which belongs to the poller from add to forget
 *                  and must stay where it is. init maps 16 bytes for each descriptor below the limit, which cost memory
 *                  once used. The poller never closes a descriptor that it was given.
 * Readiness        Is kept in weir_poll: a direction is ready from the moment that the system told so until the owner
 *                  says that an attempt moved less than it asked for (weir_poll_short), or nothing (weir_poll_again). A
 *                  new registration is taken to be ready for both: the first attempt tells. So a wait costs no system
 *                  call, and a descriptor two: add, forget. Who finds a direction not ready sets its bit in `wanted`
 *                  and returns to the loop; when it is, the bit is cleared and `wake` is called, once. The end of a
 *                  stream is readiness that a short attempt does not end: after the last data comes an attempt that
 *                  tells the end.
 * Descriptors      May be closed, and the number be used and added again, before or after the forget of its first
 *                  owner: what was told of the one is never taken for the other.
 * Threads          One at a time; but weir_poller_wake anyone at any time, also from a signal handler.
 * Memory order     All that happened before weir_poller_wake happens before the return of the wait that it ends, or of
 *                  the next.
 * Sockets          Are added after their connect or listen.
 * Errors           errno values, named at the functions. After a refusal nothing has changed. No descriptor, however
 *                  bad, ends the program.
 * Limits           After fork the child may only exit or exec: the kernel's side is shared with it.
 * Checked by       sched/poller_test.c.
 */
#ifndef WEIR_SCHED_POLLER_H
#define WEIR_SCHED_POLLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../prims/platform.h"
#include "../prims/variant.h"
#include "../sched/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Directions, as a set. In `ready` also the same << 2: for good, as far as is known. */
enum { WEIR_READABLE = 1, WEIR_WRITABLE = 2, WEIR_POLL_END = 2 };

typedef struct weir_poll weir_poll; /* one descriptor */
struct weir_poll {
    void (*wake)(
        weir_poll *poll); /* called by wait when a wanted direction is ready; must not run the owner, add or forget */
    int fd;               /* -1: in no poller, or its number has been added again by another */
    uint8_t ready, wanted;
};

/* In which of these directions may an attempt tell something new? */
static inline unsigned weir_poll_ready(const weir_poll *poll, unsigned directions) {
    return directions & (poll->ready | (unsigned)poll->ready >> WEIR_POLL_END);
}

/* An attempt has moved less than it asked for: the rest has yet to come, but for the end. */
static inline void weir_poll_short(weir_poll *poll, unsigned direction) { poll->ready &= (uint8_t)~direction; }

/* An attempt was answered EAGAIN. */
static inline void weir_poll_again(weir_poll *poll, unsigned direction) {
    poll->ready &= (uint8_t) ~(direction | direction << WEIR_POLL_END);
}

#ifdef __cplusplus
}
#endif

#include "poller/epoll.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_POLLER_(op) WEIR_BIND(poller, WEIR_POLLER, op)

typedef WEIR_POLLER_() weir_poller;

/* Makes a poller for descriptors below `limit`; 0: as many as the process may ever have, at most 2^20. 0; EMFILE,
 * ENFILE: no descriptors left for the poller's own two; ENOMEM. */
static inline int weir_poller_init(weir_poller *p, unsigned limit) { return WEIR_POLLER_(_init)(p, limit); }

/* Gives back what init took. Registrations end; their descriptors stay open. */
static inline void weir_poller_destroy(weir_poller *p) { WEIR_POLLER_(_destroy)(p); }

/* Begins to watch fd; poll->wake is set by the caller, the rest is written here. 0; EBADF: not open; EMFILE: fd is
 * not below the limit; ENOSPC: the user's limit of watches (/proc/sys/fs/epoll/max_user_watches); ENOMEM. Files that
 * are always ready are taken as such. A number that another poll still holds has been closed meanwhile: that one is
 * forgotten, and woken if it waits. */
static inline int weir_poller_add(weir_poller *p, weir_poll *poll, int fd) { return WEIR_POLLER_(_add)(p, poll, fd); }

/* Ends the watch: wake will not be called any more. Before or after the descriptor is closed; again does nothing. */
static inline void weir_poller_forget(weir_poller *p, weir_poll *poll) { WEIR_POLLER_(_forget)(p, poll); }

/* Sleeps until something is ready, a wake, or the deadline, and takes note of what is ready: at most one system
 * call, and one more after a wake. A deadline in the past only looks. True: there was a wake. May return early. */
static inline bool weir_poller_wait(weir_poller *p, uint64_t deadline_ns) {
    return WEIR_POLLER_(_wait)(p, deadline_ns);
}

/* Ends the wait under way, or the next one. Its last touch is seen by the wait that says so. Wakes that nobody has
 * waited for are one. */
static inline void weir_poller_wake(weir_poller *p) { WEIR_POLLER_(_wake)(p); }

#undef WEIR_POLLER_

#ifdef __cplusplus
}
#endif
#endif
