/* example_echo - a server on loopback that sends each line back, drops who is silent for too long, and outlives what
 * goes wrong in one connection: each is a process.
 *
 *     example_echo         plays a hundred clients, one that is silent and one that crashes its session, and prints
 *     example_echo PORT    serves that port of 127.0.0.1 until it is killed: nc 127.0.0.1 PORT
 *
 *     | 100 clients had 1000 lines back
 *     | the silent one was told: idle for too long
 *     | the one that crashed its session was cut off: Connection reset by peer
 *     | sessions: 101 ended well, 1 by a fault
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <weir/sched/process.h>

enum { CLIENTS = 100, LINES = 10, LINE = 64, MS = 1000000 };

static uint64_t idle_ns = (uint64_t)10000 * MS; /* silence after which a connection is dropped */
static weir_process_pool *sessions;
static weir_loop *loop;
static unsigned well, faulted;
static unsigned awaited; /* ends of sessions and clients; then the loop stops */

static void one_has_ended(void) {
    if (--awaited == 0) weir_loop_stop(loop);
}

static void must(int error, const char *what) {
    if (!error) return;
    fprintf(stderr, "example_echo: %s: %s\n", what, strerror(error));
    exit(1);
}

/* -- the server
 * ----------------------------------------------------------------------------------------------------- */

/* Takes the letter '!' for an address. */
static WEIR_NEVER_INLINE void make_a_mistake(const char *line) { *(volatile char *)(uintptr_t)*line = 0; }

/* One connection. The line is in the heap of its process, which is shut while another one runs. */
struct session {
    weir_co co;
    char *line;
    uint64_t idle_ns;
    weir_status st;
    weir_socket_op op;
};

WEIR_COROUTINE(session) {
    static const char dropped[] = "idle for too long";
    weir_socket *const s = weir_process_socket(co);
    WEIR_CO_BEGIN;
    self->line = WEIR_HEAP_NEW(weir_process_heap(co), char, LINE, NULL);
    for (;;) {
        WEIR_SOCKET_READ(self->st, s, &self->op, self->line, LINE, weir_co_now(co) + self->idle_ns);
        if (self->st == WEIR_CLOSED) WEIR_RETURN;
        if (self->st == WEIR_TIMEOUT) break;
        if (self->line[0] == '!') make_a_mistake(self->line);
        WEIR_SOCKET_WRITE(self->st, s, &self->op, self->line, self->op.done, WEIR_FOREVER);
        WEIR_SOCKET_FLUSH(self->st, s, &self->op, weir_co_now(co) + self->idle_ns);
        if (self->st != WEIR_OK) WEIR_RETURN;
    }
    WEIR_SOCKET_WRITE(self->st, s, &self->op, dropped, sizeof dropped - 1, WEIR_FOREVER);
    WEIR_SOCKET_FLUSH(self->st, s, &self->op, weir_co_now(co) + self->idle_ns);
    WEIR_CO_END;
}

static void session_ended(weir_process *p, int status, const char *text) {
    (void)p;
    if (status == 0) well++;
    else faulted++;
    one_has_ended();
    if (status && status != WEIR_CO_FAULTED) fprintf(stderr, "example_echo: a session ended: %s\n", text);
}

/* A process for the connection; one that cannot be had costs the connection only. */
static void admit(weir_io *io, int fd, uint64_t silence_ns) {
    weir_process *p = weir_process_new(sessions);
    if (p && weir_socket_open(&p->socket, io, fd) == 0) {
        if (!WEIR_PROCESS_SPAWN(p, session, .idle_ns = silence_ns)) weir_process_kill(p, WEIR_NOMEM, "no memory");
        return;
    }
    if (p) weir_process_kill(p, WEIR_NOMEM, "no room for its descriptor");
    close(fd);
}

struct server {
    weir_co co;
    weir_io *io;
    weir_socket *listener;
    weir_status st;
    weir_socket_op op;
};

WEIR_COROUTINE(server) {
    WEIR_CO_BEGIN;
    for (;;) {
        WEIR_SOCKET_ACCEPT(self->st, self->listener, &self->op, WEIR_FOREVER);
        if (self->st == WEIR_OK) admit(self->io, (int)self->op.done, idle_ns);
        else if (self->st == WEIR_NOMEM) WEIR_SLEEP(10 * MS); /* no descriptors left: some will come back */
        else WEIR_RAISE(self->st, "accept: %s", strerror(weir_socket_error(self->listener, WEIR_SOCKET_IN)));
    }
    WEIR_CO_FINALLY;
    weir_socket_close(self->listener);
    WEIR_CO_END;
}

/* -- the clients
 * ---------------------------------------------------------------------------------------------------- */

struct client {
    weir_co co;
    weir_io *io;
    const struct sockaddr_in *at;
    const char *say; /* NULL: nothing */
    unsigned lines, back;
    int error;
    weir_socket socket;
    char line[LINE];
    weir_status st;
    weir_socket_op op;
};

static int begin_connect(struct client *c) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    if (connect(fd, (const struct sockaddr *)c->at, sizeof *c->at) && errno != EINPROGRESS) return close(fd), errno;
    int error = weir_socket_open(&c->socket, c->io, fd);
    if (error) close(fd);
    return error;
}

WEIR_COROUTINE(client) {
    WEIR_CO_BEGIN;
    must(begin_connect(self), "connect");
    WEIR_SOCKET_CONNECT(self->st, &self->socket, &self->op, WEIR_FOREVER);
    while (self->back < self->lines) {
        WEIR_SOCKET_WRITE(self->st, &self->socket, &self->op, self->say, strlen(self->say), WEIR_FOREVER);
        WEIR_SOCKET_FLUSH(self->st, &self->socket, &self->op, WEIR_FOREVER);
        WEIR_SOCKET_READ_ALL(self->st, &self->socket, &self->op, self->line, strlen(self->say), WEIR_FOREVER);
        if (self->st != WEIR_OK || memcmp(self->line, self->say, strlen(self->say)) != 0) break;
        self->back++;
    }
    if (!self->say) { /* hears why it is dropped */
        WEIR_SOCKET_READ_ALL(self->st, &self->socket, &self->op, self->line, LINE - 1, WEIR_FOREVER);
        self->line[self->op.done] = 0;
    }
    self->error = weir_socket_error(&self->socket, WEIR_SOCKET_IN);
    WEIR_CO_FINALLY;
    weir_socket_close(&self->socket);
    one_has_ended();
    WEIR_CO_END;
}

static void play(weir_io *io, const struct sockaddr_in *at) {
    static struct client client[CLIENTS], silent, bad;
    unsigned back = 0, happy = 0;
    for (unsigned i = 0; i < CLIENTS; i++)
        WEIR_SPAWN(loop, client, &client[i], .io = io, .at = at, .say = "all work and no play\n", .lines = LINES);
    WEIR_SPAWN(loop, client, &bad, .io = io, .at = at, .say = "!", .lines = 1);
    awaited = 2 * (CLIENTS + 1); /* each client and its session */
    weir_loop_run(loop);
    idle_ns = 20 * MS;
    WEIR_SPAWN(loop, client, &silent, .io = io, .at = at);
    awaited = 2;
    weir_loop_run(loop);
    for (unsigned i = 0; i < CLIENTS; i++) {
        back += client[i].back;
        happy += client[i].back == LINES;
    }
    printf("%u clients had %u lines back\n", happy, back);
    printf("the silent one was told: %s\n", silent.line);
    printf("the one that crashed its session was cut off: %s\n", strerror(bad.error));
    printf("sessions: %u ended well, %u by a fault\n", well, faulted);
}

int main(int argc, char **argv) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    weir_io *io;
    weir_socket listener;
    static struct server server;
    if (argc > 1) at.sin_port = htons((uint16_t)atoi(argv[1]));
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) ||
        bind(fd, (struct sockaddr *)&at, size) || listen(fd, 128) || getsockname(fd, (struct sockaddr *)&at, &size))
        must(errno, "listen");
    must(weir_io_open(NULL, &io), "io");
    must(weir_socket_open(&listener, io, fd), "listener");
    weir_process_options options = {.protection = weir_heap_probe(), .name = "session", .ended = session_ended};
    must(weir_process_pool_open(&options, io, &sessions), "pool");
    loop = weir_io_loop(io);
    WEIR_SPAWN(loop, server, &server, .io = io, .listener = &listener);
    if (argc > 1) weir_loop_run(loop);
    else play(io, &at);
    return weir_process_pool_close(sessions) || weir_io_close(io); /* which cancels the server */
}
