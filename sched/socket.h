/* socket - a stream of bytes each way: the same read, write, flush, end and close on a descriptor and on a channel to
 * another coroutine.
 *
 *     WEIR_SOCKET_READ(st, &self->socket, &self->op, self->bytes, sizeof self->bytes, deadline);
 *     if (st == WEIR_OK) ...                                             self->op.done bytes are there
 *     WEIR_SOCKET_WRITE(st, &self->socket, &self->op, self->bytes, self->op.done, deadline);
 *     WEIR_SOCKET_FLUSH(st, &self->socket, &self->op, deadline);
 *
 * When to use      As the standard input and output of a coroutine, which need not know what is at the other end.
 * Backpressure     A write into what is full, and a read from what is empty, block the coroutine and nothing else.
 *                  Nothing is dropped and nothing grows: who does not read is not read for, so a peer over the network
 *                  finds its window closed.
 * Descriptor       Bytes written go to the system when the ring is full, by flush, and by end. Rings are borrowed from
 *                  the io while they hold bytes: a socket at rest is its struct. A read asks for what the caller wants
 *                  and a ring full more, in one call; large reads and writes go past the ring.
 * Channel          Two rings, one each way, of a weir_channel: bytes are there for the other side once written; flush
 *                  has nothing to do. The two sides may be on different loops.
 * Ends             end: nothing more will be written; the other side reads the end behind the bytes. close: neither
 *                  read nor written any more; bytes not flushed are lost. fail: the same with an error, which the other
 *                  side of a channel reads behind the bytes, and the peer of a TCP connection as a reset.
 *                  weir_socket_error says why an operation answered CLOSED.
 * Shape, units     Bytes; deadlines absolute ns of CLOCK_MONOTONIC. After TIMEOUT op.done says what has moved.
 * Ownership        The struct is the caller's; a descriptor the socket's from open to close. A channel is freed when both
 *                  sides are closed. An op is the caller's, and must stay where it is while it waits; so
 *                  must its bytes.
 * Threads          The loop's. One reader and one writer at a time (BUSY: there is one), which may be two coroutines.
 * Memory order     As vectoring.h.
 * Errors           See each function. Errors of the system are errno values. SIGPIPE does not come from sockets; from
 *                  pipes it does, and programs ignore it.
 * Checked by       sched/socket_test.c, sched/flow_test.c.
 */
#ifndef WEIR_SCHED_SOCKET_H
#define WEIR_SCHED_SOCKET_H

#include "contain.h"
#include "io.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WEIR_SOCKET_IN, WEIR_SOCKET_OUT };

typedef struct weir_channel weir_channel; /* what lies between two sockets */

typedef struct weir_socket weir_socket;
struct weir_socket {
    weir_poll poll; /* first */
    weir_io *io;
    weir_vectoring *ring[2]; /* IN, OUT. A descriptor's: NULL at rest */
    weir_wait *waits[2];     /* a descriptor's: parked operations */
    int32_t ended[2];        /* WEIR_VECTORING_OPEN, EOF, or an error. A channel's: only what this side has done */
    uint32_t high[2];        /* a descriptor's: most bytes in its rings so far */
    weir_channel *channel;   /* NULL: a descriptor's, or closed */
    weir_socket *next;       /* of its owner's (process.h) */
    bool no_socket;          /* the descriptor is of another kind */
};

/* One operation: weir_socket_op_init, then steps. */
typedef struct weir_socket_op {
    union {
        weir_wait wait;
        weir_vectoring_op ring;
    };
    unsigned char *bytes;
    size_t size, least; /* at most, at least so many */
    size_t done;        /* moved so far; of an accept: the descriptor */
    unsigned direction;
} weir_socket_op;

/* -- open, close -------------------------------------------------------------------------------------------------- */

/* Makes a socket of a descriptor: of a connection, a pipe, a terminal, a file; of a listener for accept only. It is
 * set not to block. 0, or an errno value as weir_poller_add: then fd is still the caller's. */
int weir_socket_open(weir_socket *s, weir_io *io, int fd);

/* Two rings, one each way, `bytes` each: a power of two. NULL: no memory, or no such size. */
weir_channel *weir_channel_open(uint32_t bytes);

/* Makes the two sides of a channel, which are on one io or on two; NULL: that side's loop waits for no descriptors.
 * The channel is freed when both are closed. */
void weir_socket_pair(weir_socket *a, weir_io *of_a, weir_socket *b, weir_io *of_b, weir_channel *channel);

/* Makes a closed socket. */
void weir_socket_none(weir_socket *s);

/* See Ends above. Nobody waits at it. Again does nothing. */
void weir_socket_close(weir_socket *s);

/* The other side is told `error`, an errno value. Then as close. */
void weir_socket_fail(weir_socket *s, int error);

/* Why reading (IN) or writing (OUT) is over: WEIR_VECTORING_OPEN (-1): it is not; 0: in good order; else an errno
 * value. */
int weir_socket_error(const weir_socket *s, unsigned direction);

/* Nothing will be read any more: all has been, and the other side has ended, or failed. */
static inline bool weir_socket_eof(const weir_socket *s) {
    return weir_socket_error(s, WEIR_SOCKET_IN) != WEIR_VECTORING_OPEN;
}

/* Most bytes that were on their way at once in that direction, in our memory. */
uint32_t weir_socket_high(const weir_socket *s, unsigned direction);

/* -- steps, as prims/wait.h describes ------------------------------------------------------------------------------ */

/* Makes *op ready for its first step: at most `size` bytes, at least `least` of them. */
static inline void weir_socket_op_init(weir_socket_op *op, const void *bytes, size_t size, size_t least) {
    weir_vectoring_op_init(&op->ring, 1, NULL);
    op->bytes = (unsigned char *)(uintptr_t)bytes;
    op->size = size;
    op->least = least < size ? least : size;
    op->done = 0;
}

weir_status weir_socket_read_fd_(weir_socket *s, weir_socket_op *op);
weir_status weir_socket_write_fd_(weir_socket *s, weir_socket_op *op);

/* OK: at least op->least bytes have been read, op->done in all. PARKED. CLOSED: the stream is over, with op->done
 * less than op->least. BUSY: another reads. */
static inline weir_status weir_socket_read_step(weir_socket *s, weir_socket_op *op) {
    op->direction = WEIR_SOCKET_IN;
    if (!s->channel) return weir_socket_read_fd_(s, op);
    for (weir_vectoring *ring = s->ring[WEIR_SOCKET_IN];;) {
        op->done += weir_vectoring_read(ring, op->bytes + op->done, op->size - op->done);
        if (op->done >= op->least) return WEIR_OK;
        weir_shared_enter(); /* it may park: in a list that all share */
        weir_status st = weir_vectoring_bytes_step(ring, &op->ring);
        weir_shared_leave();
        if (st != WEIR_OK) return st;
    }
}

/* OK: all op->size bytes are on their way. PARKED. CLOSED: the other side reads no more, or this one has ended;
 * op->done of them had been taken, and may be lost. BUSY: another writes. */
static inline weir_status weir_socket_write_step(weir_socket *s, weir_socket_op *op) {
    op->direction = WEIR_SOCKET_OUT;
    if (!s->channel) return weir_socket_write_fd_(s, op);
    for (weir_vectoring *ring = s->ring[WEIR_SOCKET_OUT];;) {
        op->done += weir_vectoring_write(ring, op->bytes + op->done, op->size - op->done);
        if (op->done == op->size) return WEIR_OK;
        weir_shared_enter();
        weir_status st = weir_vectoring_room_step(ring, &op->ring);
        weir_shared_leave();
        if (st != WEIR_OK) return st;
    }
}

/* OK: what was written is with the system, or there for the other side. PARKED, CLOSED, BUSY as write. */
weir_status weir_socket_flush_step(weir_socket *s, weir_socket_op *op);

/* Flushes, and tells the other side that nothing more will come. As flush; again does nothing. */
weir_status weir_socket_end_step(weir_socket *s, weir_socket_op *op);

/* Of a listener. OK: op->done is a descriptor, the caller's. NOMEM: the program or the system has no descriptors or
 * memory left; the listener is as good as before: try again later. PARKED. CLOSED: it cannot accept any more. BUSY:
 * another accepts. */
weir_status weir_socket_accept_step(weir_socket *s, weir_socket_op *op);

/* After a connect(2) that has begun. OK: connected. PARKED. CLOSED: weir_socket_error(s, WEIR_SOCKET_OUT) says why
 * not. */
weir_status weir_socket_connect_step(weir_socket *s, weir_socket_op *op);

/* Withdraws a parked operation. True: no wake will come. False: it has come or is coming. What has moved has moved:
 * op->done. */
bool weir_socket_cancel(weir_socket *s, weir_socket_op *op);

/* -- for coroutines (co.h): st is a weir_status; TIMEOUT: the deadline has passed
 * ------------------------------------ */

/* Reads 1 .. size bytes: op->done. */
#define WEIR_SOCKET_READ(st, socket, op, memory, size, deadline) \
    WEIR_SOCKET_DO_(st, read, socket, op, memory, size, 1, deadline)

/* Reads exactly `size` bytes. */
#define WEIR_SOCKET_READ_ALL(st, socket, op, memory, size, deadline) \
    WEIR_SOCKET_DO_(st, read, socket, op, memory, size, size, deadline)

#define WEIR_SOCKET_WRITE(st, socket, op, memory, size, deadline) \
    WEIR_SOCKET_DO_(st, write, socket, op, memory, size, 0, deadline)
#define WEIR_SOCKET_FLUSH(st, socket, op, deadline) WEIR_SOCKET_DO_(st, flush, socket, op, NULL, 0, 0, deadline)
#define WEIR_SOCKET_END(st, socket, op, deadline) WEIR_SOCKET_DO_(st, end, socket, op, NULL, 0, 0, deadline)
#define WEIR_SOCKET_ACCEPT(st, socket, op, deadline) WEIR_SOCKET_DO_(st, accept, socket, op, NULL, 0, 0, deadline)
#define WEIR_SOCKET_CONNECT(st, socket, op, deadline) WEIR_SOCKET_DO_(st, connect, socket, op, NULL, 0, 0, deadline)

#define WEIR_SOCKET_DO_(st, what, socket, op, memory, size, least, deadline)                 \
    do {                                                                                     \
        weir_socket_op_init(op, memory, size, least);                                        \
        WEIR_AWAIT(st, weir_socket_##what##_step, weir_socket_cancel, socket, op, deadline); \
    } while (0)

#ifdef __cplusplus
}
#endif
#endif
