/* Unit test of io: connections that come and go, pipes, other threads, and what is refused. */
#include "sched/socket_test_p.h"

#include "prims/chan.h"

struct server {
    weir_co co;
    weir_socket *socket;
    int accepted[4];
    unsigned count, refusals;
    weir_status st;
    weir_socket_op op;
};

WEIR_COROUTINE(server) {
    WEIR_CO_BEGIN;
    while (self->count < 3) {
        WEIR_SOCKET_ACCEPT(self->st, self->socket, &self->op, WEIR_FOREVER);
        if (self->st == WEIR_OK) self->accepted[self->count++] = (int)self->op.done;
        else if (self->st == WEIR_NOMEM) {
            self->refusals++;
            WEIR_SLEEP(1000000);
        } else WEIR_RAISE(self->st, "accept");
    }
    WEIR_CO_END;
}

/* No descriptors left: the listener says so, and goes on when there are again. */
static void accept_survives_a_lack_of_descriptors(void **state) {
    (void)state;
    weir_io *io = io_plain();
    struct sockaddr_in at;
    weir_socket listener_;
    struct server server;
    struct rlimit was, few;
    int fd, clients[3];
    tcp_listen(&fd, &at);
    assert_int_equal(weir_socket_open(&listener_, io, fd), 0);
    for (unsigned i = 0; i < 3; i++) clients[i] = tcp_connect(&at);
    int next = dup(0);
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    few = (struct rlimit){.rlim_cur = (rlim_t)next + 1, .rlim_max = was.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    WEIR_SPAWN(weir_io_loop(io), server, &server, .socket = &listener_);
    while (!(server.refusals >= 2)) weir_loop_stop(weir_io_loop(io)), weir_loop_run(weir_io_loop(io));
    unsigned count = server.count;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
    assert_int_equal(count, 1);
    assert_int_equal(weir_loop_run_quiet(weir_io_loop(io)), 0);
    assert_int_equal(server.count, 3);
    for (unsigned i = 0; i < 3; i++) {
        close(clients[i]);
        close(server.accepted[i]);
    }
    weir_socket_close(&listener_);
    assert_int_equal(weir_io_close(io), 0);
}

struct client {
    weir_co co;
    weir_socket *socket;
    weir_status st;
    weir_socket_op op;
};

WEIR_COROUTINE(client) {
    WEIR_CO_BEGIN;
    WEIR_SOCKET_CONNECT(self->st, self->socket, &self->op, weir_now_ns() + UINT64_C(20000000000));
    WEIR_CO_END;
}

static void connects_or_says_why_not(void **state) {
    (void)state;
    weir_io *io = io_plain();
    struct sockaddr_in at;
    weir_socket socket_;
    struct client client;
    int listener;
    tcp_listen(&listener, &at);
    for (unsigned refused = 0; refused < 2; refused++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (connect(fd, (struct sockaddr *)&at, sizeof at)) assert_true(errno == EINPROGRESS || errno == ECONNREFUSED);
        assert_int_equal(weir_socket_open(&socket_, io, fd), 0);
        WEIR_SPAWN(weir_io_loop(io), client, &client, .socket = &socket_);
        assert_int_equal(weir_loop_run_quiet(weir_io_loop(io)), 0);
        assert_int_equal(client.st, refused ? WEIR_CLOSED : WEIR_OK);
        if (refused) assert_int_equal(weir_socket_error(&socket_, WEIR_SOCKET_OUT), ECONNREFUSED);
        weir_socket_close(&socket_);
        if (!refused) close(listener);
    }
    assert_int_equal(weir_io_close(io), 0);
}

/* What is no socket is written to as well, and tells when nobody reads any more. */
static void pipes(void **state) {
    (void)state;
    weir_io *io = io_plain();
    weir_socket in, out;
    struct talker talker;
    struct listener listener;
    int fd[2];
    signal(SIGPIPE, SIG_IGN);
    for (unsigned broken = 0; broken < 2; broken++) {
        assert_int_equal(pipe(fd), 0);
        assert_int_equal(weir_socket_open(&in, io, fd[0]), 0);
        assert_int_equal(weir_socket_open(&out, io, fd[1]), 0);
        WEIR_SPAWN(weir_io_loop(io), talker, &talker, .to = &out, .total = 1000000);
        if (broken) weir_socket_close(&in);
        else WEIR_SPAWN(weir_io_loop(io), listener, &listener, .from = &in);
        while (!talker.over && talker.st != WEIR_CLOSED)
            weir_loop_stop(weir_io_loop(io)), weir_loop_run(weir_io_loop(io));
        assert_int_equal(weir_socket_error(&out, WEIR_SOCKET_OUT), broken ? EPIPE : 0);
        weir_socket_close(&out); /* the end of a pipe is its close */
        assert_int_equal(weir_loop_run_quiet(weir_io_loop(io)), 0);
        if (!broken) {
            assert_true(listener.got == 1000000 && listener.wrong == 0);
            weir_socket_close(&in);
        }
    }
    assert_int_equal(weir_io_close(io), 0);
}

/* The two sides of a channel on two threads. */
static void channels_between_loops(void **state) {
    (void)state;
    weir_crew *crew;
    weir_socket near, far;
    struct talker talker;
    struct echo echo_;
    struct listener listener;
    assert_int_equal(weir_crew_open(1, &crew), WEIR_OK);
    weir_io *io = io_plain();
    weir_channel *channel = weir_channel_open(1024);
    weir_socket_pair(&near, io, &far, NULL, channel);
    WEIR_SPAWN(weir_crew_loop(crew, 0), echo, &echo_, .socket = &far);
    WEIR_SPAWN(weir_io_loop(io), talker, &talker, .to = &near, .total = 2000000);
    WEIR_SPAWN(weir_io_loop(io), listener, &listener, .from = &near);
    while (!weir_socket_eof(&near)) {
        weir_loop_stop(weir_io_loop(io));
        weir_loop_run(weir_io_loop(io));
    }
    assert_int_equal(weir_loop_run_quiet(weir_io_loop(io)), 0);
    assert_true(listener.got == 2000000 && listener.wrong == 0);
    assert_int_equal(weir_crew_close(crew), 0);
    weir_socket_close(&near);
    weir_socket_close(&far);
    assert_int_equal(weir_io_close(io), 0);
}

struct waiter {
    weir_co co;
    weir_chan *from;
    uint64_t until_ns;
    weir_status st;
    weir_chan_op op;
};

WEIR_COROUTINE(waiter) {
    WEIR_CO_BEGIN;
    WEIR_CHAN_POP(self->st, self->from, &self->op, self->until_ns);
    WEIR_CO_END;
}

static void *push_soon(void *arg) {
    for (uint64_t until = weir_now_ns() + 30000; weir_now_ns() < until;) weir_pause();
    weir_chan_push(arg, 1);
    return NULL;
}

/* A wake from another thread and the deadline come together; then all is over, and nobody touches the loop any more. */
static void a_late_poke_finds_the_loop_still_there(void **state) {
    (void)state;
    weir_chan *chan = weir_test_alloc(sizeof *chan);
    void *block = weir_test_alloc(weir_chan_bytes(4));
    for (unsigned i = 0; i < 300; i++) {
        struct waiter waiter;
        assert_int_equal(weir_chan_init(chan, 4, block), WEIR_OK);
        weir_io *io = io_plain();
        pthread_t thread = weir_test_thread(push_soon, chan);
        WEIR_SPAWN(weir_io_loop(io), waiter, &waiter, .from = chan, .until_ns = weir_now_ns() + 20000 + i % 40 * 1000);
        while (weir_loop_run_quiet(weir_io_loop(io))) {} /* the push has taken it, and its wake is under way */
        assert_int_equal(weir_io_close(io), 0);
        assert_true(waiter.st == WEIR_OK || waiter.st == WEIR_TIMEOUT);
        pthread_join(thread, NULL);
    }
    free(block);
    free(chan);
}

static void refuses(void **state) {
    (void)state;
    weir_io *io;
    weir_socket s;
    assert_int_equal(weir_io_open(&(weir_io_options){.ring_bytes = 100}, &io), EINVAL);
    assert_null(weir_channel_open(0));
    assert_null(weir_channel_open(100));
    io = io_with((weir_io_options){.descriptors = 8});
    assert_int_equal(weir_socket_open(&s, io, -1), EBADF);
    int high = fcntl(0, F_DUPFD, 8);
    assert_int_equal(weir_socket_open(&s, io, high), EMFILE);
    assert_int_equal(fcntl(high, F_GETFD) >= 0, 1); /* still the caller's */
    close(high);
    assert_int_equal(weir_io_close(io), 0);
    assert_true(sizeof(weir_socket) <= 192);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accept_survives_a_lack_of_descriptors),
        cmocka_unit_test(connects_or_says_why_not),
        cmocka_unit_test(pipes),
        cmocka_unit_test(channels_between_loops),
        cmocka_unit_test(a_late_poke_finds_the_loop_still_there),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
