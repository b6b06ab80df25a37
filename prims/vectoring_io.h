/* vectoring_io - vectorings and descriptors: bytes in, bytes out, from ring to ring, and past the ring within the kernel.
 *
 * When to use      The edge where a stream leaves the process. The descriptor should not block (O_NONBLOCK); who waits for it is
 *                  the caller, by a poller.
 * Ends             travel: the end of a file, or an error of read, becomes the vectoring's end, behind the bytes read before;
 *                  an error of write becomes its close. Nobody has to carry them by hand.
 * Threads          fill: as the writer. drain: as the reader. splice: reader of one, writer of the other. relay: both.
 * Errors           OK: something moved, *n says how much. AGAIN: nothing moved, the ring is full (fill, splice) or empty
 *                  (drain, splice). BUSY: nothing moved, the descriptor is not ready. CLOSED: nothing moved and nothing will;
 *                  weir_vectoring_ended and weir_vectoring_closed say why. *n is written in each case.
 * Signals          An interrupted call is made again. A socket raises no SIGPIPE by drain; a pipe does, and by relay a socket
 *                  too: programs ignore it.
 * Checked by       prims/vectoring_io_test.c.
 */
#ifndef WEIR_PRIMS_VECTORING_IO_H
#define WEIR_PRIMS_VECTORING_IO_H

#include <errno.h>

#include "vectoring.h"

#ifdef __cplusplus
extern "C" {
#endif

/* readv and writev until they are not interrupted; bytes, or an error of errno below 0. */
int64_t weir_fd_read(int fd, const struct iovec iov[2]);
int64_t weir_fd_write(int fd, const struct iovec iov[2]);

/* Moves at most n bytes within the kernel, by splice or sendfile. 0: nothing moved, for whatever reason; read and write will
 * tell. */
size_t weir_fd_move(int from, int to, size_t n);

/* Cuts a view behind its first n bytes. */
static inline void weir_iovec_cut(struct iovec iov[2], size_t n) {
    if (n < iov[0].iov_len) iov[0].iov_len = n;
    if (n - iov[0].iov_len < iov[1].iov_len) iov[1].iov_len = n - iov[0].iov_len;
}

/* Why nothing can be moved: it is over, or only for now. */
static inline weir_status weir_vectoring_idle_(weir_vectoring *v) {
    bool open = weir_vectoring_closed(v) == WEIR_VECTORING_OPEN && weir_vectoring_ended(v) == WEIR_VECTORING_OPEN;
    return open ? WEIR_AGAIN : WEIR_CLOSED;
}

/* Reads what is there, as much as there is room for, by one call. AGAIN also when ended, until it has been drained. */
static inline weir_status weir_vectoring_fill(weir_vectoring *v, int fd, size_t *n) {
    struct iovec iov[2];
    *n = 0;
    if (weir_vectoring_writable(v, SIZE_MAX, iov) == 0) return weir_vectoring_idle_(v);
    int64_t got = weir_fd_read(fd, iov);
    if (got == -EAGAIN) return WEIR_BUSY;
    if (got <= 0) {
        weir_vectoring_end(v, (int)-got);
        return WEIR_CLOSED;
    }
    weir_vectoring_wrote(v, *n = (size_t)got);
    return WEIR_OK;
}

/* Writes what is inside, by one call. CLOSED with weir_vectoring_closed still OPEN: all has been written, and it has ended. */
static inline weir_status weir_vectoring_drain(weir_vectoring *v, int fd, size_t *n) {
    struct iovec iov[2];
    *n = 0;
    if (weir_vectoring_readable(v, SIZE_MAX, iov) == 0) return weir_vectoring_idle_(v);
    int64_t put = weir_fd_write(fd, iov);
    if (put == -EAGAIN) return WEIR_BUSY;
    if (put < 0) {
        weir_vectoring_close(v, (int)-put);
        return WEIR_CLOSED;
    }
    weir_vectoring_consumed(v, *n = (size_t)put);
    return WEIR_OK;
}

/* Moves at most `most` bytes from one ring to another; then the end of `from` becomes that of `to`, and the close of `to` that
 * of `from`. */
static inline weir_status weir_vectoring_splice(weir_vectoring *from, weir_vectoring *to, size_t most, size_t *n) {
    struct iovec iov[2];
    weir_vectoring_readable(from, most, iov);
    weir_iovec_cut(iov, most);
    size_t moved = weir_vectoring_write(to, iov[0].iov_base, iov[0].iov_len);
    if (moved && moved == iov[0].iov_len) moved += weir_vectoring_write(to, iov[1].iov_base, iov[1].iov_len);
    weir_vectoring_consumed(from, *n = moved);
    if (moved) return WEIR_OK;
    int closed = weir_vectoring_closed(to), ended = weir_vectoring_ended(from);
    if (closed != WEIR_VECTORING_OPEN) weir_vectoring_close(from, closed);
    else if (ended != WEIR_VECTORING_OPEN) weir_vectoring_end(to, ended);
    return weir_vectoring_idle_(from);
}

/* Moves at most `most` bytes from one descriptor to another: first what is in the ring; then within the kernel, where it can
 * (one is a pipe, or `from` is a file); else through the ring. BUSY: `to` is not ready if the ring holds bytes, else `from`. */
static inline weir_status weir_vectoring_relay(weir_vectoring *v, int from, int to, size_t most, size_t *n) {
    weir_status st = weir_vectoring_drain(v, to, n);
    if (st != WEIR_AGAIN) return st;
    if ((*n = weir_fd_move(from, to, most)) != 0) return WEIR_OK;
    st = weir_vectoring_fill(v, from, n);
    return st == WEIR_OK ? weir_vectoring_drain(v, to, n) : st;
}

#ifdef __cplusplus
}
#endif
#endif
