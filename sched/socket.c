#include "sched/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sched/io_p.h"

static const uint8_t bit[] = {[WEIR_SOCKET_IN] = WEIR_READABLE, [WEIR_SOCKET_OUT] = WEIR_WRITABLE};

/* -- waiting for a descriptor -- */

static weir_status park(weir_socket *s, weir_socket_op *op) {
    unsigned d = op->direction;
    if (s->waits[d]) return WEIR_BUSY;
    s->waits[d] = &op->wait;
    s->poll.wanted |= bit[d];
    s->io->stats.waiting++;
    return WEIR_PARKED;
}

static weir_wait *unpark(weir_socket *s, unsigned d) {
    weir_wait *wait = s->waits[d];
    s->waits[d] = NULL;
    s->io->stats.waiting--;
    return wait;
}

/* The poller's: what is not wanted any more has come. */
static void wake(weir_poll *poll) {
    weir_socket *s = (weir_socket *)poll;
    for (unsigned d = WEIR_SOCKET_IN; d <= WEIR_SOCKET_OUT; d++)
        if (s->waits[d] && !(poll->wanted & bit[d])) {
            weir_wait *wait = unpark(s, d);
            wait->wake(wait);
        }
}

bool weir_socket_cancel(weir_socket *s, weir_socket_op *op) {
    unsigned d = op->direction;
    if (s->channel) return weir_vectoring_cancel(s->ring[d], &op->ring);
    if (s->waits[d] != &op->wait) return false;
    s->poll.wanted &= (uint8_t)~bit[d];
    unpark(s, d);
    return true;
}

/* Before an attempt: OK, or why there is none. */
static weir_status attempt(weir_socket *s, weir_socket_op *op) {
    unsigned d = op->direction;
    if (s->poll.fd < 0 && s->ended[d] == WEIR_VECTORING_OPEN) s->ended[d] = EBADF; /* was closed by somebody else */
    if (s->ended[d] != WEIR_VECTORING_OPEN) return WEIR_CLOSED;
    return s->waits[d] ? WEIR_BUSY : weir_poll_ready(&s->poll, bit[d]) ? WEIR_OK : park(s, op);
}

/* An attempt was refused with errno. */
static void refused(weir_socket *s, unsigned d) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) weir_poll_again(&s->poll, bit[d]);
    else s->ended[d] = errno;
}

/* -- rings of a descriptor -- */

static weir_vectoring *borrow(weir_socket *s, unsigned d) {
    if (!s->ring[d]) s->ring[d] = weir_io_lend(s->io);
    return s->ring[d];
}

static void give_back(weir_socket *s, unsigned d) {
    if (!s->ring[d]) return;
    uint32_t high = (uint32_t)weir_vectoring_high(s->ring[d]);
    if (high > s->high[d]) s->high[d] = high;
    weir_io_give_back(s->io, s->ring[d]);
    s->ring[d] = NULL;
}

static void give_back_empty(weir_socket *s, unsigned d) {
    if (s->ring[d] && weir_vectoring_size(s->ring[d]) == 0) give_back(s, d);
}

/* -- reading -- */

/* One system call: what is there, into what is left of the operation and, if that is little, a ring. */
static void fill(weir_socket *s, weir_socket_op *op) {
    size_t rest = op->size - op->done, room = 0;
    struct iovec iov[3] = {{.iov_base = op->bytes + op->done, .iov_len = rest}};
    if (rest < s->io->ring_bytes && borrow(s, WEIR_SOCKET_IN))
        room = weir_vectoring_writable(s->ring[WEIR_SOCKET_IN], SIZE_MAX, iov + 1);
    ssize_t n;
    do n = readv(s->poll.fd, iov, room ? 3 : 1);
    while (n < 0 && errno == EINTR);
    s->io->stats.reads++;
    if (n < 0) refused(s, WEIR_SOCKET_IN);
    else if (n == 0) s->ended[WEIR_SOCKET_IN] = WEIR_VECTORING_EOF;
    else if ((size_t)n < rest + room) weir_poll_short(&s->poll, WEIR_READABLE);
    if (n > 0) {
        size_t direct = (size_t)n < rest ? (size_t)n : rest;
        op->done += direct;
        if ((size_t)n > direct) weir_vectoring_wrote(s->ring[WEIR_SOCKET_IN], (size_t)n - direct);
    }
    give_back_empty(s, WEIR_SOCKET_IN);
}

weir_status weir_socket_read_fd_(weir_socket *s, weir_socket_op *op) {
    for (;;) {
        weir_vectoring *ring = s->ring[WEIR_SOCKET_IN];
        if (ring) op->done += weir_vectoring_read(ring, op->bytes + op->done, op->size - op->done);
        give_back_empty(s, WEIR_SOCKET_IN);
        if (op->done >= op->least) return WEIR_OK;
        weir_status st = attempt(s, op);
        if (st != WEIR_OK) return st;
        fill(s, op);
    }
}

/* -- writing -- */

/* writev that raises no SIGPIPE where that can be had. */
static ssize_t send_all(weir_socket *s, struct iovec *iov, int n) {
    struct msghdr message = {.msg_iov = iov, .msg_iovlen = (size_t)n};
    ssize_t sent;
    do sent = s->no_socket ? writev(s->poll.fd, iov, n) : sendmsg(s->poll.fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    s->io->stats.writes++;
    if (sent >= 0 || errno != ENOTSOCK || s->no_socket) return sent;
    s->no_socket = true;
    return send_all(s, iov, n);
}

/* One system call: what is in the ring, and behind it what is left of the operation. */
static void drain(weir_socket *s, weir_socket_op *op) {
    size_t held = 0, rest = op->size - op->done;
    struct iovec iov[3] = {{0}};
    if (s->ring[WEIR_SOCKET_OUT]) held = weir_vectoring_readable(s->ring[WEIR_SOCKET_OUT], SIZE_MAX, iov);
    if (rest) iov[2] = (struct iovec){.iov_base = op->bytes + op->done, .iov_len = rest};
    ssize_t n = send_all(s, iov, 3);
    if (n < 0) {
        refused(s, WEIR_SOCKET_OUT);
        if (s->ended[WEIR_SOCKET_OUT] != WEIR_VECTORING_OPEN) give_back(s, WEIR_SOCKET_OUT);
        return;
    }
    if ((size_t)n < held + rest) weir_poll_short(&s->poll, WEIR_WRITABLE);
    size_t first = (size_t)n < held ? (size_t)n : held;
    if (first) weir_vectoring_consumed(s->ring[WEIR_SOCKET_OUT], first);
    op->done += (size_t)n - first;
    give_back_empty(s, WEIR_SOCKET_OUT);
}

weir_status weir_socket_write_fd_(weir_socket *s, weir_socket_op *op) {
    for (;;) {
        size_t rest = op->size - op->done;
        bool open = s->ended[WEIR_SOCKET_OUT] == WEIR_VECTORING_OPEN;
        if (open && rest < s->io->ring_bytes && borrow(s, WEIR_SOCKET_OUT))
            op->done += weir_vectoring_write(s->ring[WEIR_SOCKET_OUT], op->bytes + op->done, rest);
        if (op->done == op->size) return open ? WEIR_OK : WEIR_CLOSED;
        weir_status st = attempt(s, op);
        if (st != WEIR_OK) return st;
        drain(s, op);
    }
}

weir_status weir_socket_flush_step(weir_socket *s, weir_socket_op *op) {
    op->direction = WEIR_SOCKET_OUT;
    if (!s->channel)
        while (s->ring[WEIR_SOCKET_OUT]) {
            weir_status st = attempt(s, op);
            if (st != WEIR_OK) return st;
            drain(s, op);
        }
    int error = weir_socket_error(s, WEIR_SOCKET_OUT);
    return error == WEIR_VECTORING_OPEN ? WEIR_OK : WEIR_CLOSED;
}

weir_status weir_socket_end_step(weir_socket *s, weir_socket_op *op) {
    op->direction = WEIR_SOCKET_OUT;
    if (s->ended[WEIR_SOCKET_OUT] == WEIR_VECTORING_EOF) return WEIR_OK;
    weir_status st = weir_socket_flush_step(s, op);
    if (st != WEIR_OK) return st;
    s->ended[WEIR_SOCKET_OUT] = WEIR_VECTORING_EOF;
    if (s->channel) weir_vectoring_end(s->ring[WEIR_SOCKET_OUT], WEIR_VECTORING_EOF);
    else shutdown(s->poll.fd, SHUT_WR); /* what is no socket tells its end when it is closed */
    return WEIR_OK;
}

/* -- connections -- */

weir_status weir_socket_accept_step(weir_socket *s, weir_socket_op *op) {
    op->direction = WEIR_SOCKET_IN;
    weir_status st;
    while ((st = attempt(s, op)) == WEIR_OK) {
        int fd = accept4(s->poll.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) return op->done = (size_t)fd, WEIR_OK;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return WEIR_NOMEM;
        /* of the connection that was to be accepted, not of the listener: accept(2) */
        bool theirs = errno == EINTR || errno == ECONNABORTED || errno == EPROTO || errno == ENETDOWN ||
                      errno == EPERM || errno == ENONET || errno == EHOSTUNREACH || errno == ENETUNREACH ||
                      errno == EHOSTDOWN;
        if (!theirs) refused(s, WEIR_SOCKET_IN);
    }
    return st;
}

weir_status weir_socket_connect_step(weir_socket *s, weir_socket_op *op) {
    op->direction = WEIR_SOCKET_OUT;
    for (;;) {
        weir_status st = attempt(s, op);
        if (st != WEIR_OK) return st;
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer, int_size = sizeof(int);
        int error = 0;
        if (getsockopt(s->poll.fd, SOL_SOCKET, SO_ERROR, &error, &int_size)) error = errno;
        if (error) s->ended[WEIR_SOCKET_IN] = s->ended[WEIR_SOCKET_OUT] = error;
        else if (!getpeername(s->poll.fd, (struct sockaddr *)&peer, &size)) return WEIR_OK;
        else weir_poll_again(&s->poll, WEIR_WRITABLE);
    }
}

/* -- open, close -- */

int weir_socket_open(weir_socket *s, weir_io *io, int fd) {
    *s = (weir_socket){.poll = {.wake = wake, .fd = -1}, .io = io, .ended = {WEIR_VECTORING_OPEN, WEIR_VECTORING_OPEN}};
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags | O_NONBLOCK))) return errno;
    return weir_poller_add(&io->poller, &s->poll, fd);
}

struct weir_channel {
    weir_vectoring ring[2];
    weir_a32 sides; /* that are open */
};

weir_channel *weir_channel_open(uint32_t bytes) {
    size_t head = (sizeof(weir_channel) + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE;
    size_t each = bytes < WEIR_CACHE_LINE ? WEIR_CACHE_LINE : bytes;
    if (bytes == 0 || bytes & (bytes - 1) || bytes > WEIR_VECTORING_CAPACITY_MAX) return NULL;
    weir_channel *c = aligned_alloc(WEIR_CACHE_LINE, head + 2 * each);
    if (!c) return NULL;
    for (unsigned i = 0; i < 2; i++)
        if (weir_vectoring_init(&c->ring[i], bytes, (char *)c + head + i * each)) return free(c), NULL;
    weir_a32_store(&c->sides, 2);
    return c;
}

static void attach(weir_socket *s, weir_io *io, weir_channel *c, unsigned side) {
    *s = (weir_socket){.poll = {.fd = -1},
                       .io = io,
                       .channel = c,
                       .ring = {&c->ring[side], &c->ring[1 - side]},
                       .ended = {WEIR_VECTORING_OPEN, WEIR_VECTORING_OPEN}};
}

void weir_socket_pair(weir_socket *a, weir_io *of_a, weir_socket *b, weir_io *of_b, weir_channel *channel) {
    attach(a, of_a, channel, 0);
    attach(b, of_b, channel, 1);
}

static void leave_channel(weir_socket *s) {
    for (unsigned d = WEIR_SOCKET_IN; d <= WEIR_SOCKET_OUT; d++) {
        s->high[d] = (uint32_t)weir_vectoring_high(s->ring[d]);
        s->ring[d] = NULL;
    }
    /* acq_rel: what either side did with the rings happens before the last one frees them */
    if (weir_a32_sub_acq_rel(&s->channel->sides, 1) == 1) free(s->channel);
    s->channel = NULL;
}

static void close_descriptor(weir_socket *s, int error) {
    int fd = s->poll.fd;
    give_back(s, WEIR_SOCKET_IN);
    give_back(s, WEIR_SOCKET_OUT);
    if (fd < 0) return;
    struct linger reset = {.l_onoff = 1};
    if (error) setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    weir_poller_forget(&s->io->poller, &s->poll);
    close(fd);
}

void weir_socket_tell(weir_socket *s, int error) {
    if (s->channel) {
        weir_vectoring_end(s->ring[WEIR_SOCKET_OUT], error);
        weir_vectoring_close(s->ring[WEIR_SOCKET_IN], error);
    } else close_descriptor(s, error);
    for (unsigned d = WEIR_SOCKET_IN; d <= WEIR_SOCKET_OUT; d++) {
        if (s->ended[d] == WEIR_VECTORING_OPEN) s->ended[d] = error;
        if (!s->waits[d]) continue;
        weir_wait *wait = unpark(s, d);
        wait->wake(wait);
    }
}

void weir_socket_fail(weir_socket *s, int error) {
    weir_socket_tell(s, error);
    if (s->channel) leave_channel(s);
}

void weir_socket_none(weir_socket *s) { *s = (weir_socket){.poll = {.fd = -1}, .ended = {EBADF, EBADF}}; }

void weir_socket_close(weir_socket *s) { weir_socket_fail(s, WEIR_VECTORING_EOF); }

int weir_socket_error(const weir_socket *s, unsigned direction) {
    if (!s->channel || s->ended[direction] != WEIR_VECTORING_OPEN) return s->ended[direction];
    return direction == WEIR_SOCKET_IN ? weir_vectoring_ended(s->ring[WEIR_SOCKET_IN])
                                       : weir_vectoring_closed(s->ring[WEIR_SOCKET_OUT]);
}

uint32_t weir_socket_high(const weir_socket *s, unsigned direction) {
    uint32_t now = s->ring[direction] ? (uint32_t)weir_vectoring_high(s->ring[direction]) : 0;
    return now > s->high[direction] ? now : s->high[direction];
}
