#include "bench/cell.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/child.h"
#include "bench/folder.h"
#include "bench/keep.h"

const char *const cell_status_text[] = {"ok", "timeout", "absent", "failed", "wrong"};

pid_t cell_fork(void) {
    pid_t parent = getpid(), pid = fork();
    if (pid != 0) {
        if (pid > 0) setpgid(pid, pid); /* in both, so that neither depends on who runs first */
        return pid;
    }
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1); /* it died before the line above */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    return 0;
}

void cell_kill(pid_t pid) {
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}

enum heard { HEARD, HEARD_NOTHING, HEARD_TIMEOUT, HEARD_SIGNAL };

/* Waits for the answer until the limit. */
static enum heard listen_to(int in, child_answer *a, double limit, const volatile sig_atomic_t *interrupted) {
    uint64_t end = weir_now_ns() + (uint64_t)(limit * 1e9);
    for (;;) {
        uint64_t now = weir_now_ns();
        if (*interrupted) return HEARD_SIGNAL;
        if (now >= end) return HEARD_TIMEOUT;
        uint64_t left_ms = (end - now) / 1000000 + 1;
        struct pollfd p = {in, POLLIN, 0};
        /* at most 100 ms, because a signal that comes just before poll does not end it */
        if (poll(&p, 1, left_ms < 100 ? (int)left_ms : 100) > 0)
            return recv(in, a, sizeof *a, 0) == (ssize_t)sizeof *a ? HEARD : HEARD_NOTHING;
    }
}

static void add_extras(cell *c, const bench_sample *s) {
    for (unsigned i = 0; i < s->extras; i++) {
        unsigned j = 0;
        while (j < c->extras && strcmp(c->extra[j].name, s->extra[i].name)) j++;
        if (j == BENCH_EXTRAS) return;
        if (j == c->extras) memcpy(c->extra[c->extras++].name, s->extra[i].name, sizeof c->extra[j].name);
        c->extra[j].sum += s->extra[i].value;
        c->extra[j].count++;
    }
}

static void add(cell *c, const child_answer *a) {
    double *reps = realloc(c->reps, (c->count + 1) * sizeof *reps);
    if (!reps) {
        c->status = CELL_FAILED;
        snprintf(c->error, sizeof c->error, "out of memory for the repetitions");
        return;
    }
    c->reps = reps;
    c->reps[c->count++] = a->sample.value;
    c->iterations = a->iterations;
    c->items += a->sample.items;
    c->wall_ns += a->sample.wall_ns;
    c->cpu_ns += a->sample.cpu_ns;
    for (unsigned i = 0; i < BENCH_THREADS_MAX; i++) c->moved[i] += a->moved[i];
    add_extras(c, &a->sample);
}

static void take(cell *c, const child_answer *a) {
    if (!a->failed && !a->sample.wrong) {
        add(c, a);
        return;
    }
    c->status = a->failed ? CELL_FAILED : CELL_WRONG;
    snprintf(c->error, sizeof c->error, "%s", a->sample.error[0] ? a->sample.error : "values were lost or invented");
}

static void autopsy(cell *c, int how) {
    c->status = CELL_FAILED;
    if (WIFSIGNALED(how))
        snprintf(c->error, sizeof c->error, "killed by signal %d (%s)", WTERMSIG(how), strsignal(WTERMSIG(how)));
    else snprintf(c->error, sizeof c->error, "ended without an answer, exit status %d", WEXITSTATUS(how));
}

/* The child has closed its end: how did it end? */
static void bury(cell *c, pid_t pid) {
    int how = 0;
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR) {}
    kill(-pid, SIGKILL); /* what it may have started */
    autopsy(c, how);
}

static bool start(const child_order *o, const pin_plan *pins, keep_child *child) {
    int fd[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd)) return false;
    child->pid = cell_fork();
    child->fd = fd[0];
    if (child->pid == 0) {
        close(fd[0]);
        child_main(o, pins, fd[1]);
    }
    close(fd[1]);
    if (child->pid < 0) close(fd[0]);
    return child->pid > 0;
}

static bool refuse(cell *c, const char *what, const char *why) {
    c->status = CELL_FAILED;
    snprintf(c->error, sizeof c->error, "%s%s", what, why);
    return false;
}

/* What became of it. A dear object stays for the next repetition while all is well. */
static void conclude(cell *c, keep_child child, enum heard heard, const child_answer *a) {
    if (heard == HEARD) take(c, a);
    if (heard == HEARD && c->status == CELL_OK && c->dear.key) {
        keep_put(c, child);
        return;
    }
    close(child.fd);
    if (heard == HEARD_NOTHING) bury(c, child.pid);
    else cell_kill(child.pid);
    folder_remove(child.pid);
}

static double making;

double cell_making(void) { return making; }

/* Starts a child; one with a dear object answers when that is made. */
static enum heard begin(cell *c, const child_order *o, const pin_plan *pins, keep_child *child, child_answer *a,
                        const volatile sig_atomic_t *interrupted) {
    if (!start(o, pins, child)) {
        refuse(c, "no child process: ", strerror(errno));
        return HEARD;
    }
    if (!c->dear.key) return HEARD;
    uint64_t before = weir_now_ns();
    double limit = 10 + 10 * c->dear.seconds;
    enum heard heard = listen_to(child->fd, a, limit, interrupted);
    making += (double)(weir_now_ns() - before) / 1e9;
    if (heard == HEARD_TIMEOUT) {
        c->status = CELL_TIMEOUT;
        snprintf(c->error, sizeof c->error, "its object was not made within %.3g s", limit);
    }
    return heard;
}

bool cell_repeat(cell *c, const pin_plan *pins, double seconds, double limit, uint64_t seed,
                 const volatile sig_atomic_t *interrupted) {
    static child_answer a;
    char why[120];
    keep_child child;
    enum heard heard = HEARD;
    child_order order = {c, seconds, seed, c->iterations};
    bool dear = c->dear.key != 0, there = dear && keep_take(c, &child);
    memset(&a, 0, sizeof a);
    if (c->dear.bytes > 0 && !there && !keep_room(c, why, sizeof why)) return refuse(c, "", why), true;
    if (!there) heard = begin(c, &order, pins, &child, &a, interrupted);
    if (heard == HEARD && c->status != CELL_OK) return true; /* not even started */
    bool made = heard == HEARD && !a.failed;
    if (made && dear && send(child.fd, &order, sizeof order, MSG_NOSIGNAL) < 0) heard = HEARD_NOTHING;
    if (made && heard == HEARD) {
        heard = listen_to(child.fd, &a, limit, interrupted);
        if (heard == HEARD_TIMEOUT) {
            c->status = CELL_TIMEOUT;
            snprintf(c->error, sizeof c->error, "no end within %.3g s, at repetition %u", limit, c->count + 1);
        }
    }
    conclude(c, child, heard, &a);
    return heard != HEARD_SIGNAL;
}

static double side_fairness(const uint64_t *moved, unsigned n) {
    uint64_t least = UINT64_MAX, most = 0;
    for (unsigned i = 0; i < n; i++) {
        if (moved[i] < least) least = moved[i];
        if (moved[i] > most) most = moved[i];
    }
    return n > 1 && most ? (double)least / (double)most : NAN;
}

double cell_fairness(const cell *c) {
    if (!c->row->work) return NAN;
    return fmin(side_fairness(c->moved, c->params.producers), /* fmin prefers a number to NAN */
                side_fairness(c->moved + c->params.producers, c->params.consumers));
}
