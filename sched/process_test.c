/* Unit test of process: memory of its own, faults that end it alone, peers that are told, pools that do not grow. */
#include "sched/socket_test_p.h"

#include <stdio.h>
#include <sys/wait.h>

#include "prims/chan.h"
#include "sched/memory_test_p.h"
#include "sched/process.h"

/* What is wrong here is meant, and no sanitizer's business. */
#ifdef __clang__
#define WRONG __attribute__((noinline, no_sanitize("address", "undefined", "thread")))
#else
#define WRONG __attribute__((noinline, no_sanitize_address, no_sanitize_undefined, no_sanitize_thread))
#endif

typedef enum mishap { NONE, NULL_POINTER, ILLEGAL, HUNGRY, STRAY, MISHAPS } mishap;

static void *stray; /* where it does not belong */

WRONG static unsigned hungry(unsigned frames) {
    volatile char frame[4096];
    frame[frames % sizeof frame] = (char)frames;
    return frames ? hungry(frames - 1) + (unsigned)frame[0] : 0;
}

WRONG static void suffer(mishap what) {
    if (what == NULL_POINTER) *(volatile int *)NULL = 1;
    if (what == STRAY) *(volatile int *)stray = 1;
    if (what == HUNGRY) stray = (void *)(uintptr_t)hungry(UINT32_MAX);
#ifdef __x86_64__
    if (what == ILLEGAL) __asm__ volatile("ud2");
#else
    if (what == ILLEGAL) __asm__ volatile(".inst 0");
#endif
}

/* What the pools of this test report. */
static struct {
    unsigned well, faulted, other;
    int status;
    char text[256];
} ends;

static void note_end(weir_process *p, int status, const char *text) {
    (void)p;
    if (status == 0) ends.well++;
    else if (status == WEIR_CO_FAULTED) ends.faulted++;
    else ends.other++;
    ends.status = status;
    snprintf(ends.text, sizeof ends.text, "%s", text);
}

typedef struct world {
    weir_io *io;
    weir_process_pool *pool;
} world;

static world open_world(weir_process_options options) {
    world w;
    memset(&ends, 0, sizeof ends);
    assert_int_equal(weir_contain_enter(), 0); /* cmocka takes the signals, too */
    w.io = io_plain();
    if (!options.ended) options.ended = note_end;
    assert_int_equal(weir_process_pool_open(&options, w.io, &w.pool), 0);
    return w;
}

static void close_world(world *w) {
    assert_int_equal(weir_process_pool_close(w->pool), 0);
    assert_int_equal(weir_io_stats_get(w->io).rings_lent, 0);
    assert_int_equal(weir_io_close(w->io), 0);
}

static void run(world *w) { weir_loop_run_quiet(weir_io_loop(w->io)); }

/* Answers each byte with the next letter, by way of its heap; what it does about byte `at` is a mishap. */
struct session {
    weir_co co;
    mishap what;
    uint64_t at, count;
    unsigned char *data; /* in the heap */
    weir_status st;
    weir_socket_op op;
};

WEIR_COROUTINE(session) {
    weir_socket *const socket_ = weir_process_socket(co);
    WEIR_CO_BEGIN;
    self->data = WEIR_HEAP_NEW(weir_process_heap(co), unsigned char, 512, NULL);
    for (;;) {
        WEIR_SOCKET_READ(self->st, socket_, &self->op, self->data, 512, WEIR_FOREVER);
        if (self->st != WEIR_OK) break;
        if (self->count++ == self->at) suffer(self->what);
        for (size_t i = 0; i < self->op.done; i++) self->data[i]++;
        WEIR_SOCKET_WRITE(self->st, socket_, &self->op, self->data, self->op.done, WEIR_FOREVER);
        WEIR_SOCKET_FLUSH(self->st, socket_, &self->op, WEIR_FOREVER);
    }
    WEIR_CO_END;
}

/* Sends `calls` letters, one after another, and looks at the answers. */
struct peer {
    weir_co co;
    weir_socket socket;
    unsigned calls, right;
    int error; /* why it read no more */
    char byte;
    weir_status st;
    weir_socket_op op;
};

WEIR_COROUTINE(peer) {
    WEIR_CO_BEGIN;
    while (self->right < self->calls) {
        self->byte = 'a';
        WEIR_SOCKET_WRITE(self->st, &self->socket, &self->op, &self->byte, 1, WEIR_FOREVER);
        WEIR_SOCKET_FLUSH(self->st, &self->socket, &self->op, WEIR_FOREVER);
        WEIR_SOCKET_READ(self->st, &self->socket, &self->op, &self->byte, 1, WEIR_FOREVER);
        if (self->st != WEIR_OK || self->byte != 'b') break;
        self->right++;
    }
    self->error = weir_socket_error(&self->socket, WEIR_SOCKET_IN);
    WEIR_CO_FINALLY;
    weir_socket_close(&self->socket);
    WEIR_CO_END;
}

/* A session in a process, and its peer, which is not. */
static weir_process *start(world *w, joint how, struct peer *peer, unsigned calls, mishap what, uint64_t at) {
    weir_process *p = weir_process_new(w->pool);
    if (!p) return NULL;
    weir_socket near;
    join(how, &near, &p->socket, w->io);
    if (how == CHANNEL) WEIR_SPAWN(weir_io_loop(w->io), peer, peer, .socket = near, .calls = calls);
    else { /* a descriptor's socket must stay where it was opened */ int fd = dup(near.poll.fd);
        weir_socket_close(&near);
        WEIR_SPAWN(weir_io_loop(w->io), peer, peer, .calls = calls);
        assert_int_equal(weir_socket_open(&peer->socket, w->io, fd), 0);
    }
    assert_non_null(WEIR_PROCESS_SPAWN(p, session, .what = what, .at = at));
    return p;
}

static void serves(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2 * JOINTS; i++) {
        world w = open_world((weir_process_options){.protection = i % 2 ? weir_heap_probe() : WEIR_HEAP_ANYBODY});
        struct peer peer;
        start(&w, (joint)(i / 2), &peer, 100, NONE, 0);
        run(&w);
        assert_int_equal(peer.right, 100);
        assert_int_equal(ends.well, 1);
        weir_process_stats stats = weir_process_pool_stats(w.pool);
        assert_true(stats.alive == 0 && stats.pooled == 1 && stats.started == 1);
        close_world(&w);
    }
}

/* Each mishap over each joint: the process ends, its peer is told, the others go on. */
static void faults_end_one_process_alone(void **state) {
    (void)state;
    for (mishap what = NULL_POINTER; what < MISHAPS; what++)
        for (joint how = CHANNEL; how < JOINTS; how++) {
            world w = open_world((weir_process_options){.protection = WEIR_HEAP_MPROTECT});
            struct peer good, bad;
            weir_process *other = start(&w, how, &good, 200, NONE, 0);
            stray = other->heap.base.at + 8192;
            start(&w, how, &bad, 200, what, 70);
            run(&w);
            assert_int_equal(good.right, 200);
            assert_int_equal(bad.right, 70);
            assert_int_equal(bad.error, how == CHANNEL ? EOWNERDEAD : how == TCP ? ECONNRESET : 0);
            assert_true(ends.well == 1 && ends.faulted == 1 && ends.other == 0);
            close_world(&w);
        }
}

static void a_fault_is_named(void **state) {
    (void)state;
    world w = open_world((weir_process_options){.pages = 2});
    struct peer peer;
    start(&w, CHANNEL, &peer, 5, NULL_POINTER, 2);
    run(&w);
    assert_int_equal(ends.status, WEIR_CO_FAULTED);
    assert_non_null(strstr(ends.text, "SIGSEGV at address 0x0 in session, after line "));
    close_world(&w);
}

static unsigned finalised;

struct sibling {
    weir_co co;
    mishap at_end;
    weir_chan *from; /* nobody writes to it */
    weir_chan_op op;
};

WEIR_COROUTINE(sibling) {
    weir_status st;
    WEIR_CO_BEGIN;
    WEIR_CHAN_POP(st, self->from, &self->op, WEIR_FOREVER);
    WEIR_RAISE((int)st, "popped");
    WEIR_CO_FINALLY;
    finalised++;
    suffer(self->at_end);
    WEIR_CO_END;
}

/* The other coroutines of a process that has faulted leave what they wait for, and have their finalisers; a fault
 * there is one more, and no worse. */
static void siblings_are_cancelled(void **state) {
    (void)state;
    weir_chan *chan = weir_test_alloc(sizeof *chan);
    void *block = weir_test_alloc(weir_chan_bytes(4));
    for (mishap at_end = NONE; at_end <= NULL_POINTER; at_end++) {
        world w = open_world((weir_process_options){.protection = WEIR_HEAP_MPROTECT});
        struct peer peer;
        assert_int_equal(weir_chan_init(chan, 4, block), WEIR_OK);
        weir_process *p = start(&w, CHANNEL, &peer, 5, NULL_POINTER, 2);
        finalised = 0;
        for (unsigned i = 0; i < 3; i++) WEIR_PROCESS_SPAWN(p, sibling, .from = chan, .at_end = at_end);
        run(&w);
        assert_int_equal(finalised, 3);
        assert_int_equal(ends.faulted, 1);
        assert_non_null(strstr(ends.text, "in session")); /* the first fault is the reason */
        assert_int_equal(weir_process_pool_stats(w.pool).faults, at_end == NONE ? 1 : 4);
        assert_int_equal(weir_chan_try_push(chan, 7), WEIR_OK); /* nobody is left in its queue */
        assert_int_equal(weir_chan_size(chan), 1);
        close_world(&w);
    }
    free(block);
    free(chan);
}

struct glutton {
    weir_co co;
    unsigned pages;
    weir_heap_refusal why;
};

WEIR_COROUTINE(glutton) {
    WEIR_CO_BEGIN;
    while (WEIR_HEAP_NEW_PAGES(weir_process_heap(co), char, 4096, &self->why)) self->pages++;
    if (self->why.status == WEIR_HEAP_FULL) WEIR_RAISE(WEIR_CO_OWN + 1, "no room after %u pages", self->pages);
    WEIR_CO_END;
}

/* Exhaustion is a value, an error that nobody takes ends the process, and its memory is gone with it. */
static void memory_is_bounded_and_comes_back(void **state) {
    (void)state;
    world w = open_world((weir_process_options){.pages = 16, .fence = true, .most = 2});
    for (unsigned i = 0; i < 1000; i++) {
        weir_process *p = weir_process_new(w.pool);
        assert_non_null(p);
        WEIR_PROCESS_SPAWN(p, glutton);
        run(&w);
        assert_int_equal(ends.status, WEIR_CO_OWN + 1);
        assert_string_equal(ends.text, "no room after 15 pages");
    }
    assert_int_equal(ends.other, 1000);
    assert_int_equal(weir_process_pool_stats(w.pool).pooled, 1);
    weir_process *a = weir_process_new(w.pool), *b = weir_process_new(w.pool);
    assert_true(a && b && !weir_process_new(w.pool) && errno == EAGAIN); /* the limit refuses, and recovers */
    weir_process_kill(a, WEIR_CO_OWN + 2, "not needed");
    run(&w);
    assert_string_equal(ends.text, "not needed");
    assert_non_null(weir_process_new(w.pool));
    close_world(&w);
}

struct busybody {
    weir_co co;
    uint64_t turns, most;
};

WEIR_COROUTINE(busybody) {
    WEIR_CO_BEGIN;
    while (self->turns < self->most) {
        self->turns++;
        WEIR_YIELD;
    }
    WEIR_CO_END;
}

static uint64_t met; /* the turns that one had when another ended */
static struct busybody *watched;
static void note_first_end(weir_process *p, int status, const char *text) {
    if (!met) met = watched->turns;
    note_end(p, status, text);
}

/* A process that never waits does not keep others from their turns. */
static void processes_take_turns(void **state) {
    (void)state;
    met = 0;
    world w = open_world((weir_process_options){.ended = note_first_end});
    weir_process *a = weir_process_new(w.pool), *b = weir_process_new(w.pool);
    watched = WEIR_PROCESS_SPAWN(a, busybody, .most = 100000);
    WEIR_PROCESS_SPAWN(b, busybody, .most = 1000);
    run(&w);
    assert_int_equal(ends.well, 2);
    assert_true(met > 0 && met <= 1000 + 512);
    close_world(&w);
}

struct waker {
    weir_co co;
    weir_chan *to;
    weir_chan_op op;
    uint64_t i, n;
};

WEIR_COROUTINE(waker) {
    weir_status st;
    WEIR_CO_BEGIN;
    for (self->i = 1; self->i <= self->n; self->i++) {
        WEIR_CHAN_PUSH(st, self->to, &self->op, self->i, WEIR_FOREVER);
        (void)st;
    }
    weir_chan_close(self->to);
    WEIR_CO_END;
}

struct adder {
    weir_co co;
    weir_chan *from;
    weir_chan_op op;
    uint64_t *sum; /* in the heap */
    uint64_t *out;
};

WEIR_COROUTINE(adder) {
    weir_status st;
    WEIR_CO_BEGIN;
    self->sum = WEIR_HEAP_NEW(weir_process_heap(co), uint64_t, 1, NULL);
    for (;;) {
        WEIR_CHAN_POP(st, self->from, &self->op, WEIR_FOREVER);
        if (st != WEIR_OK) break;
        *self->sum += self->op.value;
    }
    *self->out = *self->sum;
    WEIR_CO_END;
}

/* Wakes come from another thread while the heap is shut. */
static void other_threads_wake(void **state) {
    (void)state;
    enum { N = 20000 };
    weir_chan *chan = weir_test_alloc(sizeof *chan);
    void *block = weir_test_alloc(weir_chan_bytes(4));
    weir_crew *crew;
    uint64_t sum[2] = {0, 0};
    assert_int_equal(weir_chan_init(chan, 4, block), WEIR_OK);
    assert_int_equal(weir_crew_open(1, &crew), WEIR_OK);
    world w = open_world((weir_process_options){.protection = WEIR_HEAP_MPROTECT});
    struct waker waker;
    for (unsigned i = 0; i < 2; i++) {
        weir_process *p = weir_process_new(w.pool);
        WEIR_PROCESS_SPAWN(p, adder, .from = chan, .out = &sum[i]);
    }
    run(&w); /* both wait */
    WEIR_SPAWN(weir_crew_loop(crew, 0), waker, &waker, .to = chan, .n = N);
    while (weir_process_pool_stats(w.pool).alive) {
        weir_loop_stop(weir_io_loop(w.io));
        weir_loop_run(weir_io_loop(w.io));
    }
    assert_int_equal(weir_crew_close(crew), 0);
    assert_int_equal(sum[0] + sum[1], (uint64_t)N * (N + 1) / 2);
    close_world(&w);
    free(block);
    free(chan);
}

enum { CROWD = 10000, CALLS = 10 };

/* 10,000 processes at once, one in seven of which faults at some point: nobody else is hurt, and nothing is kept. */
static void a_crowd_with_faults(void **state) {
    (void)state;
    static struct peer peer[CROWD];
    world w = open_world((weir_process_options){.pages = 2, .protection = WEIR_HEAP_MPROTECT});
    for (unsigned round = 0; round < 2; round++) {
        memset(&ends, 0, sizeof ends);
        unsigned faulty = 0;
        for (unsigned i = 0; i < CROWD; i++) {
            mishap what = i % 7 == 3 ? (mishap)(1 + i / 7 % (MISHAPS - 1)) : NONE;
            weir_process *p = start(&w, CHANNEL, &peer[i], CALLS, what, i % CALLS);
            assert_non_null(p);
            if (i == 0) stray = p->heap.base.at;
            faulty += what != NONE;
        }
        run(&w);
        for (unsigned i = 0; i < CROWD; i++) {
            bool faults = i % 7 == 3;
            assert_int_equal(peer[i].right, faults ? i % CALLS : CALLS);
            if (faults) assert_int_equal(peer[i].error, EOWNERDEAD);
        }
        assert_int_equal(ends.faulted, faulty);
        assert_int_equal(ends.well, CROWD - faulty);
        weir_process_stats stats = weir_process_pool_stats(w.pool);
        assert_true(stats.alive == 0 && stats.pooled == CROWD);
    }
    close_world(&w);
}

struct rester {
    weir_co co;
};
WEIR_COROUTINE(rester) {
    (void)self;
    WEIR_CO_BEGIN;
    WEIR_SLEEP_UNTIL(WEIR_FOREVER);
    WEIR_CO_END;
}

/* Ours, beside its pages, of which the heap has touched the first: sizeof(weir_process) and a coroutine. */
static void at_rest(void **state) {
    (void)state;
    enum { N = SANITIZED ? 100 : 4000 };
    world w = open_world((weir_process_options){.most = N});
    size_t before = resident();
    for (unsigned i = 0; i < N; i++) assert_non_null(WEIR_PROCESS_SPAWN(weir_process_new(w.pool), rester));
    run(&w);
    size_t each = (resident() - before) / N;
    assert_true(SANITIZED || each <= WEIR_HEAP_PAGE + 900);
    assert_true(sizeof(weir_process) <= 512);
    close_world(&w);
}

static void killed_while_they_wait(void **state) {
    (void)state;
    world w = open_world((weir_process_options){.protection = weir_heap_probe()});
    static struct peer peer[8];
    for (unsigned i = 0; i < 8; i++) start(&w, (joint)(i % JOINTS), &peer[i], 0, NONE, 0);
    for (unsigned i = 0; i < 3; i++) weir_loop_stop(weir_io_loop(w.io)), weir_loop_run(weir_io_loop(w.io));
    close_world(&w);
    assert_int_equal(ends.well + ends.other, 8);
}

/* While something shared is held, a fault ends the program. */
struct holder {
    weir_co co;
};

WEIR_COROUTINE(holder) {
    WEIR_CO_BEGIN;
    weir_shared_enter();
    suffer(NULL_POINTER);
    weir_shared_leave();
    WEIR_CO_END;
}

static void a_fault_in_common_ends_the_program(void **state) {
    (void)state;
    int fd[2];
    char said[256] = {0};
    assert_int_equal(pipe(fd), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(fd[1], STDERR_FILENO);
        signal(SIGSEGV, SIG_DFL);
        world w = open_world((weir_process_options){.name = "till"});
        WEIR_PROCESS_SPAWN(weir_process_new(w.pool), holder);
        run(&w);
        _exit(0);
    }
    close(fd[1]);
    size_t size = 0;
    for (ssize_t n; (n = read(fd[0], said + size, sizeof said - 1 - size)) > 0;) size += (size_t)n;
    close(fd[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    assert_string_equal(said, "weir: SIGSEGV at address 0x0 in till, which holds 1 shared things: the program ends\n");
}

static void refuses(void **state) {
    (void)state;
    weir_io *io = io_plain();
    weir_process_pool *pool;
    assert_int_equal(weir_process_pool_open(&(weir_process_options){.pages = UINT32_MAX}, io, &pool), EINVAL);
    if (weir_heap_probe() != WEIR_HEAP_PKEY)
        assert_int_equal(weir_process_pool_open(&(weir_process_options){.protection = WEIR_HEAP_PKEY}, io, &pool),
                         EINVAL);
    assert_int_equal(weir_io_close(io), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves),
        cmocka_unit_test(faults_end_one_process_alone),
        cmocka_unit_test(a_fault_is_named),
        cmocka_unit_test(siblings_are_cancelled),
        cmocka_unit_test(memory_is_bounded_and_comes_back),
        cmocka_unit_test(processes_take_turns),
        cmocka_unit_test(other_threads_wake),
        cmocka_unit_test(a_crowd_with_faults),
        cmocka_unit_test(killed_while_they_wait),
        cmocka_unit_test(a_fault_in_common_ends_the_program),
        cmocka_unit_test(refuses),
        cmocka_unit_test(at_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
