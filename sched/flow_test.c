/* What a program of these parts promises as a whole: one queue of a path may grow and the others hold up their
 * writers, up to strangers over the network; nothing inside asks the system; equal input gives an equal trace; who
 * is idle costs next to nothing. */
#include "sched/socket_test_p.h"

#include <stdio.h>

#include "sched/growing.h"
#include "sched/memory_test_p.h"
#include "sched/path.h"
#include "sched/process.h"

enum { GIGABYTE = SANITIZED ? 1 << 24 : 1 << 30 }; /* a sanitizer looks at each byte */

static bool flat(size_t before, size_t more) { return SANITIZED || resident() < before + more; }

/* -- source > A > B > sink
 * ------------------------------------------------------------------------------------------- */

enum { RING = 4096, BURST = 1 << 20 };

/* From a socket into the queue that may grow. */
struct filler {
    weir_co co;
    weir_socket *from;
    weir_growing *to;
    weir_status st;
    weir_socket_op op;
    size_t got;
    unsigned char bytes[3000];
};

WEIR_COROUTINE(filler) {
    WEIR_CO_BEGIN;
    for (;;) {
        WEIR_SOCKET_READ(self->st, self->from, &self->op, self->bytes, sizeof self->bytes, WEIR_FOREVER);
        self->got = self->op.done;
        if (self->st != WEIR_OK) break;
        WEIR_GROWING_WRITE(self->st, self->to, &self->op, self->bytes, self->got, WEIR_FOREVER);
        if (self->st != WEIR_OK) break;
    }
    weir_growing_end(self->to, WEIR_VECTORING_EOF);
    WEIR_CO_END;
}

/* From there to a socket. */
struct emptier {
    weir_co co;
    weir_growing *from;
    weir_socket *to;
    weir_status st;
    weir_socket_op op;
    size_t got;
    unsigned char bytes[5000];
};

WEIR_COROUTINE(emptier) {
    WEIR_CO_BEGIN;
    for (;;) {
        WEIR_GROWING_READ(self->st, self->from, &self->op, self->bytes, sizeof self->bytes, WEIR_FOREVER);
        self->got = self->op.done;
        if (self->st != WEIR_OK) break;
        WEIR_SOCKET_WRITE(self->st, self->to, &self->op, self->bytes, self->got, WEIR_FOREVER);
        if (self->st != WEIR_OK) break;
    }
    WEIR_SOCKET_END(self->st, self->to, &self->op, WEIR_FOREVER);
    WEIR_CO_END;
}

static uint64_t high_of(const void *socket_) { return weir_socket_high(socket_, WEIR_SOCKET_OUT); }

static void a_stalled_sink_holds_up_a_gigabyte(void **state) {
    (void)state;
    weir_io *io = io_plain();
    weir_loop *loop = weir_io_loop(io);
    weir_socket source, a, b, sink;
    weir_growing burst;
    join(CHANNEL, &source, &a, io);
    join(CHANNEL, &b, &sink, io);
    weir_growing_init(&burst, BURST);
    weir_path path = {0};
    weir_stage stages[] = {{.name = "source"}, {.name = "A"}, {.name = "B"}, {.name = "sink"}};
    weir_queue queues[] = {{.name = "in", .limit = RING, .high = high_of, .of = &source},
                           {.name = "burst", .limit = BURST, .grows = true, .high = weir_growing_high, .of = &burst},
                           {.name = "out", .limit = RING, .high = high_of, .of = &b}};
    for (unsigned i = 0; i < 3; i++) assert_true(weir_path_join(&path, &queues[i], &stages[i], &stages[i + 1]));

    static struct talker talker;
    static struct filler filler;
    static struct emptier emptier;
    static struct listener listener;
    WEIR_SPAWN(loop, talker, &talker, .to = &source, .total = GIGABYTE);
    WEIR_SPAWN(loop, filler, &filler, .from = &a, .to = &burst);
    WEIR_SPAWN(loop, emptier, &emptier, .from = &burst, .to = &b);
    size_t before = resident();
    assert_int_equal(weir_loop_run_quiet(loop), 3); /* nobody reads at the sink: all wait */
    uint64_t held = talker.sent + talker.op.done;
    uint64_t in_hand = sizeof filler.bytes + sizeof emptier.bytes; /* the stages' own */
    assert_in_range(held, BURST, weir_path_limit(&path) + in_hand);
    assert_true(flat(before, 2 * BURST + (1 << 22)));
    assert_int_equal(weir_loop_run_quiet(loop), 3);
    assert_int_equal(talker.sent + talker.op.done, held);

    WEIR_SPAWN(loop, listener, &listener, .from = &sink);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_true(listener.got == GIGABYTE && listener.wrong == 0);
    assert_null(weir_path_exceeded(&path));
    assert_true(flat(before, 2 * BURST + (1 << 22))); /* flat, whatever went through */
    weir_io_stats stats = weir_io_stats_get(io);
    assert_int_equal(stats.reads + stats.writes, 0);
    weir_growing_destroy(&burst);
    weir_socket_close(&source);
    weir_socket_close(&a);
    weir_socket_close(&b);
    weir_socket_close(&sink);
    assert_int_equal(weir_io_close(io), 0);
}

/* -- a hundred fast writers and one slow reader, over TCP
 * ------------------------------------------------------------ */

enum { WRITERS = 100, EACH = 500000, BITE = 2000 };

struct slow {
    weir_co co;
    weir_socket *from;
    unsigned turn, open;
    uint64_t got[WRITERS], wrong;
    bool over[WRITERS];
    weir_status st;
    weir_socket_op op;
    unsigned char bytes[BITE];
};

static void taste(struct slow *s) {
    for (size_t i = 0; i < s->op.done; i++) s->wrong += s->bytes[i] != byte_at(s->got[s->turn] + i);
    s->got[s->turn] += s->op.done;
    if (s->st == WEIR_OK) return;
    s->over[s->turn] = true;
    s->open--;
}

/* A bite of each in turn, and all others run in between. */
WEIR_COROUTINE(slow) {
    WEIR_CO_BEGIN;
    while (self->open > 0) {
        self->turn = (self->turn + 1) % WRITERS;
        if (self->over[self->turn]) continue;
        WEIR_SOCKET_READ(self->st, &self->from[self->turn], &self->op, self->bytes, BITE, WEIR_FOREVER);
        taste(self);
        WEIR_YIELD;
    }
    WEIR_CO_END;
}

static void a_slow_reader_holds_up_fast_writers(void **state) {
    (void)state;
    weir_io *io = io_with((weir_io_options){.ring_bytes = 4096, .rings = 300});
    weir_loop *loop = weir_io_loop(io);
    static weir_socket near[WRITERS], far[WRITERS];
    static struct talker talker[WRITERS];
    static struct slow slow;
    int small = 1 << 16; /* smaller ones make the system wait for its own timers */
    for (unsigned i = 0; i < WRITERS; i++) {
        int fd[2];
        tcp_pair(fd);
        setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
        setsockopt(fd[1], SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        assert_int_equal(weir_socket_open(&near[i], io, fd[0]), 0);
        assert_int_equal(weir_socket_open(&far[i], io, fd[1]), 0);
        WEIR_SPAWN(loop, talker, &talker[i], .to = &near[i], .total = EACH);
    }
    while (weir_io_stats_get(io).waiting < WRITERS) weir_loop_stop(loop), weir_loop_run(loop);
    uint64_t taken = 0; /* all windows are closed: every writer waits */
    for (unsigned i = 0; i < WRITERS; i++) taken += talker[i].sent + talker[i].op.done;
    assert_true(taken < (uint64_t)WRITERS * EACH);
    size_t before = resident();
    WEIR_SPAWN(loop, slow, &slow, .from = far, .open = WRITERS);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_int_equal(slow.wrong, 0);
    for (unsigned i = 0; i < WRITERS; i++) {
        assert_int_equal(slow.got[i], EACH);
        assert_true(weir_socket_high(&near[i], WEIR_SOCKET_OUT) <= 4096);
        assert_true(weir_socket_high(&far[i], WEIR_SOCKET_IN) <= 4096);
        weir_socket_close(&near[i]);
        weir_socket_close(&far[i]);
    }
    assert_true(flat(before, 1 << 22));
    assert_true(weir_io_stats_get(io).rings_high <= 2 * WRITERS);
    assert_int_equal(weir_io_close(io), 0);
}

/* -- within a process
 * ------------------------------------------------------------------------------------------------ */

enum { STEPS = 3000, TRACE = 64 };
static unsigned char trace[2][STEPS * TRACE];
static unsigned traced;

/* Passes what it reads on, one byte more at a time; notes each of its steps. */
struct passer {
    weir_co co;
    unsigned char who, *to;
    weir_socket *in, *out;
    unsigned left;
    weir_status st;
    weir_socket_op op;
    unsigned char bytes[16];
};

WEIR_COROUTINE(passer) {
    WEIR_CO_BEGIN;
    while (self->left-- > 0) {
        self->to[traced++] = self->who;
        WEIR_SOCKET_READ(self->st, self->in, &self->op, self->bytes, self->left % 16 + 1, WEIR_FOREVER);
        if (self->st != WEIR_OK) break;
        WEIR_SOCKET_WRITE(self->st, self->out, &self->op, self->bytes, self->op.done, WEIR_FOREVER);
        if (self->who % 3 == 0) WEIR_YIELD;
    }
    WEIR_SOCKET_END(self->st, self->out, &self->op, WEIR_FOREVER);
    WEIR_CO_END;
}

/* A ring of coroutines in one process: all hand-offs are inside, none asks the system, and the order is the same
 * each time. */
static void inside_nothing_asks_the_system(void **state) {
    (void)state;
    enum { RING_OF = 9 };
    for (unsigned run = 0; run < 2; run++) {
        weir_io *io = io_plain();
        weir_process_pool *pool;
        assert_int_equal(weir_process_pool_open(&(weir_process_options){.pages = 1}, io, &pool), 0);
        weir_process *p = weir_process_new(pool);
        weir_socket end[RING_OF][2];
        traced = 0;
        for (unsigned i = 0; i < RING_OF; i++) join(CHANNEL, &end[i][0], &end[i][1], io);
        for (unsigned i = 0; i < RING_OF; i++)
            WEIR_PROCESS_SPAWN(p, passer, .who = (unsigned char)i, .to = trace[run], .in = &end[i][1],
                               .out = &end[(i + 1) % RING_OF][0], .left = STEPS);
        weir_vectoring_write(end[0][0].ring[WEIR_SOCKET_OUT], "there is work to be done", 24);
        uint64_t polls = weir_io_stats_get(io).polls, turns = weir_process_pool_stats(pool).turns;
        weir_loop_run_quiet(weir_io_loop(io));
        weir_io_stats stats = weir_io_stats_get(io);
        turns = weir_process_pool_stats(pool).turns - turns;
        assert_true(traced > STEPS);
        assert_int_equal(stats.reads + stats.writes, 0);
        assert_true(stats.polls - polls <=
                    turns / 64 + 2); /* a look outside now and then, however much goes on inside */
        for (unsigned i = 0; i < RING_OF; i++)
            for (unsigned side = 0; side < 2; side++) weir_socket_close(&end[i][side]);
        assert_int_equal(weir_process_pool_close(pool), 0);
        assert_int_equal(weir_io_close(io), 0);
    }
    assert_memory_equal(trace[0], trace[1], sizeof trace[0]);
}

/* -- idle connections
 * ------------------------------------------------------------------------------------------------ */

struct sleeper {
    weir_co co;
    weir_socket socket;
    weir_status st;
    weir_socket_op op;
    unsigned char byte;
};

WEIR_COROUTINE(sleeper) {
    WEIR_CO_BEGIN;
    for (;;) {
        WEIR_SOCKET_READ(self->st, &self->socket, &self->op, &self->byte, 1, WEIR_FOREVER);
        if (self->st != WEIR_OK) break;
        WEIR_SOCKET_WRITE(self->st, &self->socket, &self->op, &self->byte, 1, WEIR_FOREVER);
        WEIR_SOCKET_FLUSH(self->st, &self->socket, &self->op, WEIR_FOREVER);
    }
    WEIR_CO_FINALLY;
    weir_socket_close(&self->socket);
    WEIR_CO_END;
}

static void idle_connections_are_small(void **state) {
    (void)state;
    struct rlimit files;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    unsigned n = files.rlim_cur > 4200 ? 2000 : (unsigned)(files.rlim_cur / 2 - 60);
    weir_io *io = io_plain();
    weir_loop *loop = weir_io_loop(io);
    int *client = malloc(n * sizeof *client);
    size_t before = resident();
    for (unsigned i = 0; i < n; i++) {
        int fd[2];
        char byte = 'x';
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
        client[i] = fd[0];
        struct sleeper *s = WEIR_SPAWN_NEW(loop, sleeper, .st = WEIR_OK);
        assert_int_equal(weir_socket_open(&s->socket, io, fd[1]), 0);
        assert_int_equal(write(client[i], &byte, 1), 1);
    }
    while (weir_io_stats_get(io).waiting < n) weir_loop_stop(loop), weir_loop_run(loop); /* each has answered */
    size_t each = (resident() - before) / n;
    weir_io_stats stats = weir_io_stats_get(io);
    assert_int_equal(stats.rings_lent, 0);
    assert_true(stats.rings <= 2);
    assert_true(SANITIZED || each < 2048);
    for (unsigned i = 0; i < n; i++) {
        char byte;
        assert_int_equal(read(client[i], &byte, 1), 1);
        close(client[i]);
    }
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    free(client);
    assert_int_equal(weir_io_close(io), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stalled_sink_holds_up_a_gigabyte),
        cmocka_unit_test(a_slow_reader_holds_up_fast_writers),
        cmocka_unit_test(inside_nothing_asks_the_system),
        cmocka_unit_test(idle_connections_are_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
