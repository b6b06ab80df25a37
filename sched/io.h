/* io - a loop that also waits for descriptors: its sleep is a poll.
 *
 * When to use      Coroutines with sockets. Without: a loop by itself (loop.h).
 * Waiting          When nothing can run the loop sleeps until the next alarm, readiness, or a wake from another thread:
 *                  one system call for each drain of its queue. A loop that is never idle looks at descriptors every
 *                  1024 turns. What passes between coroutines of the loop makes no system call.
 * Rings            Sockets borrow memory for bytes on their way from the loop, and give it back when they are empty:
 *                  `rings` of `ring_bytes` at most, made when first needed and kept. Who finds none left moves its
 *                  bytes without.
 * Ownership        open takes all it needs; the loop is part of it, and ends with it.
 * Threads          As loop.h.
 * Errors           errno values.
 * Checked by       sched/connect_test.c, sched/socket_test.c, sched/flow_test.c.
 */
#ifndef WEIR_SCHED_IO_H
#define WEIR_SCHED_IO_H

#include "../prims/vectoring.h"
#include "loop.h"
#include "poller.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_io weir_io;

/* Zeros are the defaults. */
typedef struct weir_io_options {
    const char *name;     /* of the loop; NULL: "io" */
    unsigned descriptors; /* below this number; 0: as many as the process may have */
    uint32_t ring_bytes;  /* a power of two; 0: 16384 */
    uint32_t rings;       /* at most; 0: 1024 */
} weir_io_options;

typedef struct weir_io_stats {
    uint64_t polls;                         /* system calls to wait or look */
    uint64_t reads, writes;                 /* system calls of sockets */
    uint32_t rings, rings_lent, rings_high; /* made; lent now; lent at once at most */
    uint32_t waiting;                       /* sockets' operations that wait for a descriptor */
} weir_io_stats;

/* Makes one. options NULL: all defaults. 0; EINVAL: ring_bytes; ENOMEM; EMFILE, ENFILE. */
int weir_io_open(const weir_io_options *options, weir_io **out);

/* Closes the loop and gives all back. How many coroutines could not be ended: see weir_loop_close; then nothing is
 * given back and close may be called again. Sockets have been closed before, or were those of coroutines that close
 * them when cancelled. */
size_t weir_io_close(weir_io *io);

weir_loop *weir_io_loop(weir_io *io);
weir_io_stats weir_io_stats_get(const weir_io *io);

#ifdef __cplusplus
}
#endif
#endif
