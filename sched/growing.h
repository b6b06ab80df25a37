/* growing - a queue of bytes that takes memory as it needs it, up to a limit: the one of its path that may grow
 * (path.h).
 *
 * When to use      Where bursts are to be taken in that no fixed ring should be made for. Everywhere else: socket.h,
 *                  whose rings are fixed.
 * Shape, units     limit in bytes, 1 .. 2^63; held in pieces of 4096, each allocated when first needed and freed when
 *                  read, but one.
 * Ownership        The struct is the caller's, from init to destroy. An op as of socket.h.
 * Backpressure     A writer waits when `limit` bytes are inside.
 * Ends             end: the reader meets it behind the bytes. close: the reader wants no more; what is inside is lost,
 *                  and the writer is told. Errors are errno values, 0 is an end in good order; the first counts.
 * Threads          One loop's; one reader and one writer at a time (BUSY: there is one).
 * Errors           See each function.
 * Checked by       sched/growing_test.c.
 */
#ifndef WEIR_SCHED_GROWING_H
#define WEIR_SCHED_GROWING_H

#include "socket.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_growing_piece weir_growing_piece;

typedef struct weir_growing {
    uint64_t limit, held, high;       /* bytes; high: the most that it has held */
    weir_growing_piece *first, *last; /* the library's */
    uint32_t from, to;                /* in the first piece, in the last */
    weir_wait *waits[2];              /* the reader, the writer */
    int32_t ended, closed;            /* WEIR_VECTORING_OPEN, EOF, or an error */
} weir_growing;

void weir_growing_init(weir_growing *g, uint64_t limit);
void weir_growing_destroy(weir_growing *g); /* nobody waits at it */

/* OK: all op->size bytes are inside. PARKED. CLOSED: ended or closed. NOMEM: the system refused; may be tried again,
 * for the rest. BUSY. op->done says how many are inside. */
weir_status weir_growing_write_step(weir_growing *g, weir_socket_op *op);

/* OK: at least op->least bytes have been read, op->done in all. PARKED. CLOSED: ended, with less than that. BUSY. */
weir_status weir_growing_read_step(weir_growing *g, weir_socket_op *op);

/* Withdraws a parked operation. True: no wake will come. */
bool weir_growing_cancel(weir_growing *g, weir_socket_op *op);

void weir_growing_end(weir_growing *g, int error);
void weir_growing_close(weir_growing *g, int error);

/* For path.h. */
uint64_t weir_growing_high(const void *growing);

/* For coroutines, as WEIR_SOCKET_WRITE and WEIR_SOCKET_READ. */
#define WEIR_GROWING_WRITE(st, growing, op, memory, size, deadline)                          \
    do {                                                                                     \
        weir_socket_op_init(op, memory, size, 0);                                            \
        WEIR_AWAIT(st, weir_growing_write_step, weir_growing_cancel, growing, op, deadline); \
    } while (0)
#define WEIR_GROWING_READ(st, growing, op, memory, size, deadline)                          \
    do {                                                                                    \
        weir_socket_op_init(op, memory, size, 1);                                           \
        WEIR_AWAIT(st, weir_growing_read_step, weir_growing_cancel, growing, op, deadline); \
    } while (0)

#ifdef __cplusplus
}
#endif
#endif
