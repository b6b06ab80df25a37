/* Unit test of io and socket: streams over channels and descriptors alike, their ends and errors, and what they
 * cost. */
#include "sched/socket_test_p.h"

/* A stream there and back: the coroutines do not know over what. */
static void there_and_back(void **state) {
    (void)state;
    for (joint how = CHANNEL; how < JOINTS; how++) {
        weir_io *io = io_plain();
        weir_socket near, far;
        join(how, &near, &far, io);
        struct talker talker;
        struct listener listener;
        struct echo echo_;
        WEIR_SPAWN(weir_io_loop(io), talker, &talker, .to = &near, .total = 3000000, .flush = true);
        WEIR_SPAWN(weir_io_loop(io), listener, &listener, .from = &near);
        WEIR_SPAWN(weir_io_loop(io), echo, &echo_, .socket = &far);
        assert_int_equal(weir_loop_run_quiet(weir_io_loop(io)), 0);
        assert_true(talker.over && listener.got == 3000000 && listener.wrong == 0 && echo_.got == 3000000);
        assert_int_equal(weir_socket_error(&near, WEIR_SOCKET_IN), WEIR_VECTORING_EOF);
        assert_true(weir_socket_eof(&far));
        weir_io_stats stats = weir_io_stats_get(io);
        assert_int_equal(stats.rings_lent, 0); /* at rest a socket has nothing but its struct */
        assert_int_equal(stats.waiting, 0);
        assert_true(weir_socket_high(&far, WEIR_SOCKET_OUT) <= 16384);
        if (how == CHANNEL) assert_int_equal(stats.reads + stats.writes, 0); /* nothing asks the system */
        weir_socket_close(&near);
        weir_socket_close(&near); /* again does nothing */
        weir_socket_close(&far);
        assert_int_equal(weir_io_close(io), 0);
    }
}

/* Without rings to lend everything goes on, with more system calls. */
static void rings_all_lent(void **state) {
    (void)state;
    weir_io *io = io_with((weir_io_options){.rings = 1, .ring_bytes = 1024});
    enum { PAIRS = 8 };
    static weir_socket near[PAIRS], far[PAIRS];
    static struct talker talker[PAIRS];
    static struct listener listener[PAIRS];
    static struct echo echo_[PAIRS];
    for (unsigned i = 0; i < PAIRS; i++) {
        join(UNIX, &near[i], &far[i], io);
        WEIR_SPAWN(weir_io_loop(io), talker, &talker[i], .to = &near[i], .total = 300000);
        WEIR_SPAWN(weir_io_loop(io), listener, &listener[i], .from = &near[i]);
        WEIR_SPAWN(weir_io_loop(io), echo, &echo_[i], .socket = &far[i]);
    }
    assert_int_equal(weir_loop_run_quiet(weir_io_loop(io)), 0);
    for (unsigned i = 0; i < PAIRS; i++) {
        assert_true(listener[i].got == 300000 && listener[i].wrong == 0);
        weir_socket_close(&near[i]);
        weir_socket_close(&far[i]);
    }
    assert_int_equal(weir_io_stats_get(io).rings_high, 1);
    assert_int_equal(weir_io_close(io), 0);
}

/* Who does not read holds up who writes; what is inside stays within the rings, and all arrives in the end. */
static void a_full_ring_blocks(void **state) {
    (void)state;
    weir_io *io = io_plain();
    weir_socket near, far;
    join(CHANNEL, &near, &far, io);
    struct talker talker;
    struct listener listener;
    WEIR_SPAWN(weir_io_loop(io), talker, &talker, .to = &near, .total = 1000000);
    assert_int_equal(weir_loop_run_quiet(weir_io_loop(io)), 1);
    uint64_t stalled = talker.sent + talker.op.done;
    assert_int_equal(stalled, 4096);
    assert_int_equal(weir_loop_run_quiet(weir_io_loop(io)), 1);
    assert_int_equal(talker.sent + talker.op.done, stalled);
    WEIR_SPAWN(weir_io_loop(io), listener, &listener, .from = &far);
    assert_int_equal(weir_loop_run_quiet(weir_io_loop(io)), 0);
    assert_true(listener.got == 1000000 && listener.wrong == 0);
    assert_int_equal(weir_socket_high(&near, WEIR_SOCKET_OUT), 4096);
    weir_socket_close(&near);
    weir_socket_close(&far);
    assert_int_equal(weir_io_close(io), 0);
}

/* An error travels behind the bytes, and stops the writer at the other side. */
static void errors_travel(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2 * JOINTS; i++) {
        joint how = (joint)(i / 2);
        bool silent = i % 2; /* far writes nothing: it learns from reading alone */
        weir_io *io = io_plain();
        weir_socket near, far;
        join(how, &near, &far, io);
        struct listener listener;
        struct talker talker = {.st = WEIR_CLOSED};
        WEIR_SPAWN(weir_io_loop(io), listener, &listener, .from = &far);
        if (!silent) WEIR_SPAWN(weir_io_loop(io), talker, &talker, .to = &far, .total = 100000000);
        for (unsigned turns = 0; turns < 3; turns++) weir_loop_stop(weir_io_loop(io)), weir_loop_run(weir_io_loop(io));
        weir_socket_fail(&near, EIO);
        assert_int_equal(weir_loop_run_quiet(weir_io_loop(io)), 0);
        assert_int_equal(listener.st, WEIR_CLOSED);
        assert_int_equal(talker.st, WEIR_CLOSED);
        int in = weir_socket_error(&far, WEIR_SOCKET_IN), out = weir_socket_error(&far, WEIR_SOCKET_OUT);
        if (how == CHANNEL) assert_true(in == EIO && out == EIO);
        else if (silent) assert_int_equal(in, how == TCP ? ECONNRESET : 0);
        else assert_true(out == ECONNRESET || out == EPIPE);
        weir_socket_close(&far);
        assert_int_equal(weir_io_close(io), 0);
    }
}

struct reader {
    weir_co co;
    weir_socket *from;
    uint64_t wait_ns;
    size_t size, done;
    weir_status st, second;
    weir_socket_op op;
    unsigned char bytes[64];
};

WEIR_COROUTINE(reader) {
    WEIR_CO_BEGIN;
    WEIR_SOCKET_READ_ALL(self->st, self->from, &self->op, self->bytes, self->size, weir_now_ns() + self->wait_ns);
    self->done = self->op.done;
    WEIR_SOCKET_READ(self->second, self->from, &self->op, self->bytes, sizeof self->bytes,
                     weir_now_ns() + self->wait_ns);
    WEIR_CO_END;
}

static void deadlines(void **state) {
    (void)state;
    for (joint how = CHANNEL; how < JOINTS; how++) {
        weir_io *io = io_plain();
        weir_socket near, far;
        join(how, &near, &far, io);
        struct talker talker;
        struct reader reader;
        WEIR_SPAWN(weir_io_loop(io), talker, &talker, .to = &near, .total = 1);
        WEIR_SPAWN(weir_io_loop(io), reader, &reader, .from = &far, .size = 8, .wait_ns = WEIR_FOREVER / 4);
        weir_loop_run_quiet(weir_io_loop(io)); /* 1 byte of 8, and then the end */
        assert_int_equal(reader.st, WEIR_CLOSED);
        assert_int_equal(reader.done, 1);
        weir_socket_close(&near);
        weir_socket_close(&far);

        join(how, &near, &far, io);
        WEIR_SPAWN(weir_io_loop(io), reader, &reader, .from = &far, .size = 8, .wait_ns = 2000000);
        assert_int_equal(weir_loop_run_quiet(weir_io_loop(io)), 0);
        assert_true(reader.st == WEIR_TIMEOUT && reader.second == WEIR_TIMEOUT && reader.done == 0);
        WEIR_SPAWN(weir_io_loop(io), talker, &talker, .to = &near, .total = 12); /* nothing is broken by it */
        WEIR_SPAWN(weir_io_loop(io), reader, &reader, .from = &far, .size = 8, .wait_ns = WEIR_FOREVER / 4);
        assert_int_equal(weir_loop_run_quiet(weir_io_loop(io)), 0);
        assert_true(reader.st == WEIR_OK && reader.done == 8 && reader.second == WEIR_OK && reader.op.done == 4);
        assert_int_equal(reader.bytes[0], byte_at(8));
        weir_socket_close(&near);
        weir_socket_close(&far);
        assert_int_equal(weir_io_close(io), 0);
    }
}

struct patient {
    weir_co co;
    weir_socket *from;
    unsigned looks; /* at the clock, as it were */
    weir_status st;
    weir_socket_op op;
    unsigned char bytes[6];
};

WEIR_COROUTINE(patient) {
    WEIR_CO_BEGIN;
    WEIR_SOCKET_READ_ALL(self->st, self->from, &self->op, self->bytes, 6,
                         (self->looks++, weir_now_ns() + WEIR_FOREVER / 4));
    WEIR_CO_END;
}

/* Who sends a byte now and then gets no more time for it. */
static void a_deadline_is_computed_once(void **state) {
    (void)state;
    for (joint how = CHANNEL; how < JOINTS; how++) {
        weir_io *io = io_plain();
        weir_socket near, far;
        join(how, &near, &far, io);
        struct patient patient;
        struct talker talker;
        WEIR_SPAWN(weir_io_loop(io), patient, &patient, .from = &far, .st = WEIR_PARKED);
        for (unsigned i = 0; i < 6; i++) {
            WEIR_SPAWN(weir_io_loop(io), talker, &talker, .to = &near, .total = 1, .flush = true, .stays = true);
            do weir_loop_stop(weir_io_loop(io)), weir_loop_run(weir_io_loop(io));
            while (patient.op.done <= i);
        }
        assert_int_equal(patient.st, WEIR_OK);
        assert_int_equal(patient.looks, 1);
        weir_socket_close(&near);
        weir_socket_close(&far);
        assert_int_equal(weir_io_close(io), 0);
    }
}

static void one_reader_at_a_time(void **state) {
    (void)state;
    weir_io *io = io_plain();
    weir_socket near, far;
    join(UNIX, &near, &far, io);
    struct reader first, second;
    struct talker talker;
    WEIR_SPAWN(weir_io_loop(io), reader, &first, .from = &far, .size = 4, .wait_ns = WEIR_FOREVER / 4);
    WEIR_SPAWN(weir_io_loop(io), reader, &second, .from = &far, .size = 4, .wait_ns = WEIR_FOREVER / 4);
    WEIR_SPAWN(weir_io_loop(io), talker, &talker, .to = &near, .total = 4);
    assert_int_equal(weir_loop_run_quiet(weir_io_loop(io)), 0);
    assert_true(second.st == WEIR_BUSY && second.second == WEIR_BUSY);
    assert_true(first.st == WEIR_OK && first.second == WEIR_CLOSED);
    weir_socket_close(&near);
    weir_socket_close(&far);
    assert_int_equal(weir_io_close(io), 0);
}

/* A request and its answer: one read and one write each side, and no poll more than one a drain. */
struct caller {
    weir_co co;
    weir_socket *socket;
    unsigned calls;
    weir_status st;
    weir_socket_op op;
    char bytes[64];
};

WEIR_COROUTINE(caller) {
    WEIR_CO_BEGIN;
    while (self->calls > 0) {
        WEIR_SOCKET_WRITE(self->st, self->socket, &self->op, self->bytes, sizeof self->bytes, WEIR_FOREVER);
        WEIR_SOCKET_FLUSH(self->st, self->socket, &self->op, WEIR_FOREVER);
        WEIR_SOCKET_READ_ALL(self->st, self->socket, &self->op, self->bytes, sizeof self->bytes, WEIR_FOREVER);
        if (self->st != WEIR_OK) WEIR_RAISE(self->st, "no answer");
        self->calls--;
    }
    WEIR_SOCKET_END(self->st, self->socket, &self->op, WEIR_FOREVER);
    WEIR_CO_END;
}

static void system_calls_are_counted(void **state) {
    (void)state;
    enum { CALLS = 1000 };
    weir_io *io = io_plain();
    weir_socket near, far;
    join(TCP, &near, &far, io);
    struct caller caller;
    struct echo echo_;
    WEIR_SPAWN(weir_io_loop(io), caller, &caller, .socket = &near, .calls = CALLS);
    WEIR_SPAWN(weir_io_loop(io), echo, &echo_, .socket = &far);
    assert_int_equal(weir_loop_run_quiet(weir_io_loop(io)), 0);
    assert_int_equal(caller.calls, 0);
    weir_io_stats stats = weir_io_stats_get(io);
    assert_int_equal(stats.writes, 2 * CALLS);
    assert_in_range(stats.reads, 2 * CALLS, 2 * CALLS + 8); /* the first attempts, and the end */
    assert_true(stats.polls <= 2 * CALLS + 8);
    weir_socket_close(&near);
    weir_socket_close(&far);
    assert_int_equal(weir_io_close(io), 0);
}

/* Somebody closes a descriptor that is ours, and its number comes to another connection of ours. */
static void a_descriptor_closed_behind_our_back(void **state) {
    (void)state;
    weir_io *io = io_plain();
    weir_socket near, far, other_near, other_far;
    struct reader reader;
    struct listener listener;
    struct talker talker;
    int fd[2];
    join(UNIX, &near, &far, io);
    WEIR_SPAWN(weir_io_loop(io), reader, &reader, .from = &far, .size = 8, .wait_ns = WEIR_FOREVER / 4);
    weir_loop_stop(weir_io_loop(io)), weir_loop_run(weir_io_loop(io));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    int number = far.poll.fd;
    assert_int_equal(dup2(fd[1], number), number);
    close(fd[1]);
    assert_int_equal(weir_socket_open(&other_near, io, fd[0]), 0);
    assert_int_equal(weir_socket_open(&other_far, io, number), 0);
    WEIR_SPAWN(weir_io_loop(io), talker, &talker, .to = &other_near, .total = 100000);
    WEIR_SPAWN(weir_io_loop(io), listener, &listener, .from = &other_far);
    assert_int_equal(weir_loop_run_quiet(weir_io_loop(io)), 0);
    assert_int_equal(reader.st, WEIR_CLOSED);
    assert_int_equal(weir_socket_error(&far, WEIR_SOCKET_IN), EBADF);
    weir_socket_close(&far); /* is not ours to close any more */
    assert_true(listener.got == 100000 && listener.wrong == 0 && fcntl(number, F_GETFD) >= 0);
    weir_socket_close(&near);
    weir_socket_close(&other_near);
    weir_socket_close(&other_far);
    assert_int_equal(weir_socket_open(&far, io, number), EBADF);
    assert_int_equal(weir_io_close(io), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(rings_all_lent),
        cmocka_unit_test(a_full_ring_blocks),
        cmocka_unit_test(errors_travel),
        cmocka_unit_test(deadlines),
        cmocka_unit_test(a_deadline_is_computed_once),
        cmocka_unit_test(one_reader_at_a_time),
        cmocka_unit_test(system_calls_are_counted),
        cmocka_unit_test(a_descriptor_closed_behind_our_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
