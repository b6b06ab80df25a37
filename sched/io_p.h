/* io_p - what sockets and processes know of their io. Private to sched. */
#ifndef WEIR_SCHED_IO_P_H
#define WEIR_SCHED_IO_P_H

#include "sched/socket.h"

/* A ring to be lent: its bytes follow. */
typedef struct weir_io_ring {
    weir_vectoring bytes; /* first */
    struct weir_io_ring *next;
} weir_io_ring;

struct weir_io {
    weir_poller poller;
    weir_loop *loop;
    weir_io_ring *rings; /* not lent */
    uint32_t ring_bytes, rings_max;
    weir_io_stats stats;
};

/* An empty ring; NULL: all are lent, or no memory. */
weir_vectoring *weir_io_lend(weir_io *io);
void weir_io_give_back(weir_io *io, weir_vectoring *ring);

/* The first half of weir_socket_fail: the other side knows, whoever waits here is woken to see it; a channel's rings
 * are still there for those who must withdraw. */
void weir_socket_tell(weir_socket *s, int error);

#endif
