/* socket_test_p - coroutines that talk over sockets, and connections to talk over, for tests. */
#ifndef WEIR_SCHED_SOCKET_TEST_P_H
#define WEIR_SCHED_SOCKET_TEST_P_H

#include "prims/test_p.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sched/socket.h"

/* Byte i of every stream; 251 is no power of two, so a ring's worth too much or too little shows. */
static inline unsigned char byte_at(uint64_t i) { return (unsigned char)(i % 251); }

/* Writes `total` bytes in pieces of 1 .. 7919, flushes when `flush` asks for it, ends. */
struct talker {
    weir_co co;
    weir_socket *to;
    uint64_t total, sent, pieces;
    size_t piece;
    bool flush, stays, over; /* stays: does not tell its end; over: has told it */
    weir_status st;
    weir_socket_op op;
    unsigned char bytes[7919];
};

static inline size_t next_piece(struct talker *t) {
    size_t n = (size_t)(t->pieces++ * 127 % sizeof t->bytes) + 1;
    if (n > t->total - t->sent) n = (size_t)(t->total - t->sent);
    for (size_t i = 0; i < n; i++) t->bytes[i] = byte_at(t->sent + i);
    return n;
}

WEIR_COROUTINE(talker) {
    WEIR_CO_BEGIN;
    while (self->sent < self->total) {
        self->piece = next_piece(self);
        WEIR_SOCKET_WRITE(self->st, self->to, &self->op, self->bytes, self->piece, WEIR_FOREVER);
        self->sent += self->op.done;
        if (self->st != WEIR_OK) WEIR_RETURN;
        if (self->flush) WEIR_SOCKET_FLUSH(self->st, self->to, &self->op, WEIR_FOREVER);
    }
    if (self->stays) WEIR_RETURN;
    WEIR_SOCKET_END(self->st, self->to, &self->op, WEIR_FOREVER);
    self->over = true;
    WEIR_CO_END;
}

/* Reads to the end, looks at each byte. */
struct listener {
    weir_co co;
    weir_socket *from;
    uint64_t got, wrong;
    weir_status st;
    weir_socket_op op;
    unsigned char bytes[5003];
};

WEIR_COROUTINE(listener) {
    WEIR_CO_BEGIN;
    for (;;) {
        WEIR_SOCKET_READ(self->st, self->from, &self->op, self->bytes, sizeof self->bytes, WEIR_FOREVER);
        for (size_t i = 0; i < self->op.done; i++) self->wrong += self->bytes[i] != byte_at(self->got + i);
        self->got += self->op.done;
        if (self->st != WEIR_OK) break;
    }
    WEIR_CO_END;
}

/* Gives back what it reads, until the end; then ends, too. */
struct echo {
    weir_co co;
    weir_socket *socket;
    uint64_t got;
    weir_status st;
    weir_socket_op op;
    unsigned char bytes[3001];
};

WEIR_COROUTINE(echo) {
    WEIR_CO_BEGIN;
    for (;;) {
        WEIR_SOCKET_READ(self->st, self->socket, &self->op, self->bytes, sizeof self->bytes, WEIR_FOREVER);
        if (self->st != WEIR_OK) break;
        self->got += self->op.done;
        WEIR_SOCKET_WRITE(self->st, self->socket, &self->op, self->bytes, self->op.done, WEIR_FOREVER);
        if (self->st != WEIR_OK) break;
        WEIR_SOCKET_FLUSH(self->st, self->socket, &self->op, WEIR_FOREVER);
        if (self->st != WEIR_OK) break;
    }
    WEIR_SOCKET_END(self->st, self->socket, &self->op, WEIR_FOREVER);
    WEIR_CO_END;
}

/* What two sockets are joined by. */
typedef enum joint { CHANNEL, UNIX, TCP, JOINTS } joint;

static inline void tcp_listen(int *listener, struct sockaddr_in *at) {
    socklen_t size = sizeof *at;
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(*listener, (struct sockaddr *)at, size), 0);
    assert_int_equal(listen(*listener, 128), 0);
    assert_int_equal(getsockname(*listener, (struct sockaddr *)at, &size), 0);
}

static inline int tcp_connect(const struct sockaddr_in *at) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)at, sizeof *at), 0);
    return fd;
}

static inline void tcp_pair(int fd[2]) {
    struct sockaddr_in at;
    int listener;
    tcp_listen(&listener, &at);
    fd[0] = tcp_connect(&at);
    fd[1] = accept(listener, NULL, NULL);
    assert_true(fd[1] >= 0);
    close(listener);
}

static inline void join(joint how, weir_socket *a, weir_socket *b, weir_io *io) {
    int fd[2];
    if (how == CHANNEL) {
        weir_channel *channel = weir_channel_open(4096);
        assert_non_null(channel);
        weir_socket_pair(a, io, b, io, channel);
        return;
    }
    if (how == UNIX) assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    else tcp_pair(fd);
    assert_int_equal(weir_socket_open(a, io, fd[0]), 0);
    assert_int_equal(weir_socket_open(b, io, fd[1]), 0);
}

static inline weir_io *io_with(weir_io_options options) {
    weir_io *io;
    assert_int_equal(weir_io_open(&options, &io), 0);
    return io;
}

static inline weir_io *io_plain(void) { return io_with((weir_io_options){0}); }

#endif
