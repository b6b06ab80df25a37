/* Unit test of poller, compiled once a variant. */
#include "prims/test_p.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sched/poller.h"

/* A registration that counts its wakes. */
typedef struct watch {
    weir_poll poll;
    unsigned wakes;
} watch;

static void count_wake(weir_poll *poll) { ((watch *)poll)->wakes++; }

static void make(weir_poller *p) { assert_int_equal(weir_poller_init(p, 0), 0); }

static void add(weir_poller *p, watch *w, int fd) {
    *w = (watch){.poll = {.wake = count_wake}};
    assert_int_equal(weir_poller_add(p, &w->poll, fd), 0);
    assert_true(weir_poll_ready(&w->poll, WEIR_READABLE) && weir_poll_ready(&w->poll, WEIR_WRITABLE));
}

/* What an owner does that got EAGAIN and now waits. */
static void want(watch *w, unsigned direction) {
    weir_poll_again(&w->poll, direction);
    assert_false(weir_poll_ready(&w->poll, direction));
    w->poll.wanted |= (uint8_t)direction;
}

/* Waits once; how many descriptors told something. */
static uint64_t told(weir_poller *p, uint64_t deadline_ns) {
    uint64_t before = p->told;
    weir_poller_wait(p, deadline_ns);
    return p->told - before;
}

/* Takes what the system tells at once, the news of registrations included. */
static void drain(weir_poller *p) {
    while (told(p, 0)) {}
}

static uint64_t in_ms(unsigned ms) { return weir_now_ns() + (uint64_t)ms * 1000000; }

static void put(int fd) { assert_int_equal(write(fd, "x", 1), 1); }

static void tells_readiness_once(void **state) {
    (void)state;
    weir_poller p;
    watch w;
    int fd[2];
    char c;
    make(&p);
    assert_int_equal(pipe2(fd, O_NONBLOCK), 0);
    add(&p, &w, fd[0]);
    drain(&p);
    for (unsigned round = 1; round <= 3; round++) {
        want(&w, WEIR_READABLE);
        assert_int_equal(told(&p, 0), 0);
        put(fd[1]);
        assert_int_equal(told(&p, in_ms(10000)), 1);
        assert_int_equal(w.wakes, round);
        assert_true(weir_poll_ready(&w.poll, WEIR_READABLE));
        assert_int_equal(told(&p, 0), 0); /* once, though it was not read */
        assert_int_equal(read(fd[0], &c, 1), 1);
    }
    weir_poll_short(&w.poll, WEIR_READABLE); /* not wanted: noted, nobody woken */
    put(fd[1]);
    assert_int_equal(told(&p, in_ms(10000)), 1);
    assert_int_equal(w.wakes, 3);
    assert_true(weir_poll_ready(&w.poll, WEIR_READABLE));
    weir_poller_destroy(&p);
    close(fd[0]);
    close(fd[1]);
}

static void the_end_outlives_a_short_read(void **state) {
    (void)state;
    weir_poller p;
    watch w;
    int fd[2];
    char c[8];
    make(&p);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
    add(&p, &w, fd[0]);
    drain(&p);
    want(&w, WEIR_READABLE);
    put(fd[1]);
    shutdown(fd[1], SHUT_WR);
    assert_int_equal(told(&p, in_ms(10000)), 1);
    assert_int_equal(read(fd[0], c, sizeof c), 1);
    weir_poll_short(&w.poll, WEIR_READABLE);
    assert_true(weir_poll_ready(&w.poll, WEIR_READABLE)); /* else nobody would ever see the end */
    assert_int_equal(read(fd[0], c, sizeof c), 0);
    while (write(fd[0], c, sizeof c) > 0) {}
    want(&w, WEIR_WRITABLE); /* a peer that only listens is no reason to write without end */
    assert_int_equal(told(&p, 0), 0);
    close(fd[1]);
    assert_int_equal(told(&p, in_ms(10000)), 1);
    assert_int_equal(w.wakes, 2);
    weir_poller_destroy(&p);
    close(fd[0]);
}

/* A connection that is reset, and a pipe that nobody reads. */
static void errors_wake_both_directions(void **state) {
    (void)state;
    weir_poller p;
    watch w;
    int fd[2];
    make(&p);
    assert_int_equal(pipe2(fd, O_NONBLOCK), 0);
    add(&p, &w, fd[1]);
    char full[4096] = {0};
    while (write(fd[1], full, sizeof full) > 0) {}
    drain(&p);
    want(&w, WEIR_WRITABLE);
    close(fd[0]);
    assert_int_equal(told(&p, in_ms(10000)), 1);
    assert_int_equal(w.wakes, 1);
    weir_poller_forget(&p, &w.poll);
    close(fd[1]);

    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
    fd[0] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd[0], (struct sockaddr *)&at, size), 0);
    fd[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    add(&p, &w, fd[1]);
    drain(&p);
    want(&w, WEIR_READABLE);
    struct linger reset = {.l_onoff = 1};
    assert_int_equal(setsockopt(fd[0], SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
    close(fd[0]);
    assert_int_equal(told(&p, in_ms(10000)), 1);
    assert_int_equal(w.wakes, 1);
    assert_int_equal(read(fd[1], full, 1), -1);
    assert_int_equal(errno, ECONNRESET);
    weir_poller_destroy(&p);
    close(fd[1]);
    close(listener);
}

/* The number is closed, and used by another file, which is added before the first owner forgets; the first file
 * stays open elsewhere. Neither is taken for the other. */
static void a_number_used_again(void **state) {
    (void)state;
    weir_poller p;
    watch old, new;
    int a[2], b[2];
    make(&p);
    assert_int_equal(pipe2(a, O_NONBLOCK), 0);
    assert_int_equal(pipe2(b, O_NONBLOCK), 0);
    add(&p, &old, a[0]);
    want(&old, WEIR_READABLE);
    int elsewhere = dup(a[0]);
    assert_int_equal(dup2(b[0], a[0]), a[0]); /* closes it, and gives its number to the other pipe */
    add(&p, &new, a[0]);
    assert_int_equal(old.poll.fd, -1);
    assert_int_equal(old.wakes, 1); /* to find its descriptor gone */
    drain(&p);
    want(&new, WEIR_READABLE);
    put(a[1]); /* the old file: the kernel still tells of it */
    assert_int_equal(told(&p, 0), 0);
    assert_int_equal(new.wakes, 0);
    weir_poller_forget(&p, &old.poll); /* late: it must not end the watch of the other */
    put(b[1]);
    assert_int_equal(told(&p, in_ms(10000)), 1);
    assert_int_equal(new.wakes, 1);
    assert_int_equal(old.wakes, 1);

    add(&p, &old, a[0]); /* the same file once more: the one before is displaced */
    assert_int_equal(new.poll.fd, -1);
    drain(&p);
    weir_poller_forget(&p, &old.poll);
    weir_poller_forget(&p, &old.poll); /* again does nothing */
    want(&old, WEIR_READABLE);
    put(b[1]);
    assert_int_equal(told(&p, 0), 0);
    assert_int_equal(old.wakes, 0);
    close(a[0]);
    add(&p, &new, b[0]); /* the first number is free now: both files are as new */
    weir_poller_destroy(&p);
    int all[] = {a[1], b[0], b[1], elsewhere};
    for (unsigned i = 0; i < 4; i++) close(all[i]);
}

static void bad_descriptors_are_refused(void **state) {
    (void)state;
    weir_poller p;
    watch w = {.poll = {.wake = count_wake, .fd = -1}};
    int fd[2];
    assert_int_equal(weir_poller_init(&p, 64), 0);
    assert_int_equal(weir_poller_add(&p, &w.poll, -1), EBADF);
    assert_int_equal(weir_poller_add(&p, &w.poll, 63), EBADF);
    assert_int_equal(weir_poller_add(&p, &w.poll, 64), EMFILE);
    assert_int_equal(weir_poller_add(&p, &w.poll, 1 << 30), EMFILE);
    assert_int_equal(w.poll.fd, -1);
    assert_int_equal(pipe2(fd, O_NONBLOCK), 0);
    add(&p, &w, fd[0]);
    close(fd[0]);
    weir_poller_forget(&p, &w.poll); /* closed already */
    assert_int_equal(told(&p, 0), 0);
    close(fd[1]);
    weir_poller_destroy(&p);
}

static void files_are_always_ready(void **state) {
    (void)state;
    weir_poller p;
    watch w;
    make(&p);
    int fd = open("/proc/self/exe", O_RDONLY);
    add(&p, &w, fd);
    weir_poll_short(&w.poll, WEIR_READABLE);
    assert_true(weir_poll_ready(&w.poll, WEIR_READABLE));
    weir_poller_forget(&p, &w.poll);
    weir_poller_destroy(&p);
    close(fd);
}

/* Without descriptors left it is not made, and says so; with them it is. */
static void no_descriptors_left(void **state) {
    (void)state;
    weir_poller p;
    struct rlimit was, few;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    int next = dup(0);
    close(next);
    for (int spare = 0; spare < 2; spare++) {
        few = (struct rlimit){.rlim_cur = (rlim_t)(next + spare), .rlim_max = was.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        int error = weir_poller_init(&p, 0);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
        assert_int_equal(error, EMFILE);
        assert_int_equal(dup(0), next); /* nothing leaked */
        close(next);
    }
    make(&p);
    weir_poller_destroy(&p);
}

enum { MANY = 200 };

static void more_than_a_batch(void **state) {
    (void)state;
    weir_poller p;
    static watch w[MANY];
    int fd[MANY][2];
    make(&p);
    for (unsigned i = 0; i < MANY; i++) {
        assert_int_equal(pipe2(fd[i], O_NONBLOCK), 0);
        add(&p, &w[i], fd[i][0]);
        want(&w[i], WEIR_READABLE);
        put(fd[i][1]);
    }
    drain(&p);
    for (unsigned i = 0; i < MANY; i++) {
        assert_int_equal(w[i].wakes, 1);
        weir_poller_forget(&p, &w[i].poll);
        close(fd[i][0]);
        close(fd[i][1]);
    }
    weir_poller_destroy(&p);
}

typedef struct waking {
    weir_poller p;
    unsigned said; /* plain: the wake must carry it */
} waking;

static void *wake_it(void *arg) {
    waking *w = arg;
    w->said = 7;
    weir_poller_wake(&w->p);
    return NULL;
}

static void another_thread_wakes(void **state) {
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        waking w = {.said = 0};
        make(&w.p);
        pthread_t t = weir_test_thread(wake_it, &w);
        assert_true(weir_poller_wait(&w.p, WEIR_FOREVER));
        assert_int_equal(w.said, 7);
        pthread_join(t, NULL);
        weir_poller_destroy(&w.p);
    }
}

static void wakes_are_kept_and_are_one(void **state) {
    (void)state;
    weir_poller p;
    make(&p);
    for (unsigned i = 0; i < 3; i++) weir_poller_wake(&p);
    assert_true(weir_poller_wait(&p, WEIR_FOREVER));
    uint64_t deadline = in_ms(20);
    while (weir_now_ns() < deadline) assert_false(weir_poller_wait(&p, deadline)); /* none is left */
    assert_true(p.waits <= 4);
    weir_poller_wake(&p);
    assert_true(weir_poller_wait(&p, WEIR_FOREVER));
    weir_poller_destroy(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_readiness_once),        cmocka_unit_test(the_end_outlives_a_short_read),
        cmocka_unit_test(errors_wake_both_directions), cmocka_unit_test(a_number_used_again),
        cmocka_unit_test(bad_descriptors_are_refused), cmocka_unit_test(files_are_always_ready),
        cmocka_unit_test(no_descriptors_left),         cmocka_unit_test(more_than_a_batch),
        cmocka_unit_test(another_thread_wakes),        cmocka_unit_test(wakes_are_kept_and_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
