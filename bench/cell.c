#include "bench/cell.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/gbench.h"
#include "bench/team.h"

const char *const cell_status_text[] = {"ok", "timeout", "absent", "failed", "wrong"};

typedef struct answer {
    bool failed; /* error says why */
    uint64_t iterations;
    bench_sample sample;
    uint64_t moved[BENCH_THREADS_MAX];
} answer;

void bench_extra(bench_sample *s, const char *name, double value) {
    unsigned i = 0;
    while (i < s->extras && strcmp(s->extra[i].name, name)) i++;
    if (i == BENCH_EXTRAS) return;
    if (i == s->extras) snprintf(s->extra[s->extras++].name, sizeof s->extra[i].name, "%s", name);
    s->extra[i].value = value;
}

/* ---- in the child ---- */

static void fail(answer *a, const char *why) {
    a->failed = true;
    snprintf(a->sample.error, sizeof a->sample.error, "%s", why);
}

static void run_loop(const cell *c, void *object, const bench_params *p, const pin_plan *pins, answer *a) {
    pin_thread(pins, 0, 1);
    a->iterations = c->iterations;
    if (a->iterations)
        c->row->loop(object, a->iterations / 10 + 1); /* warm up; the first repetition does it by searching */
    else a->iterations = gbench_iterations(c->row->loop, object, p->seconds);
    if (!gbench_run(c->row->loop, object, a->iterations, &a->sample.wall_ns, &a->sample.cpu_ns))
        fail(a, "Google Benchmark reported nothing");
    a->sample.items = (double)a->iterations;
    a->sample.value = a->sample.wall_ns / a->sample.items;
}

static void measure(const cell *c, const bench_params *p, const pin_plan *pins, answer *a) {
    const bench_row *row = c->row;
    void *object = row->make ? row->make(p) : NULL;
    if (row->make && !object) {
        fail(a, "make() failed");
        return;
    }
    if (row->work) team_run(row, object, p, pins, &a->sample, a->moved);
    else if (row->loop) run_loop(c, object, p, pins, a);
    else row->measure(object, p, &a->sample);
    if (row->destroy) row->destroy(object);
    if (!a->failed && !a->sample.wrong && !(isfinite(a->sample.value) && a->sample.value >= 0))
        fail(a, a->sample.error[0] ? a->sample.error : "the measured value is not a number");
}

static _Noreturn void child(const cell *c, const pin_plan *pins, double seconds, uint64_t seed, int out) {
    static answer a;
    bench_params p = c->params;
    p.seconds = seconds;
    p.seed = seed;
    dup2(STDERR_FILENO, STDOUT_FILENO); /* whatever a library prints is no result */
    measure(c, &p, pins, &a);
    ssize_t sent = write(out, &a, sizeof a); /* below PIPE_BUF: whole or not at all */
    _exit(sent == (ssize_t)sizeof a ? 0 : 1);
}

_Static_assert(sizeof(answer) <= 4096, "an answer is one atomic write");

/* ---- in the parent ---- */

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
static enum heard listen_to(int in, answer *a, double limit, const volatile sig_atomic_t *interrupted) {
    uint64_t end = weir_now_ns() + (uint64_t)(limit * 1e9);
    for (;;) {
        uint64_t now = weir_now_ns();
        if (*interrupted) return HEARD_SIGNAL;
        if (now >= end) return HEARD_TIMEOUT;
        uint64_t left_ms = (end - now) / 1000000 + 1;
        struct pollfd p = {in, POLLIN, 0};
        /* at most 100 ms, because a signal that comes just before poll does not end it */
        if (poll(&p, 1, left_ms < 100 ? (int)left_ms : 100) > 0)
            return read(in, a, sizeof *a) == (ssize_t)sizeof *a ? HEARD : HEARD_NOTHING;
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

static void add(cell *c, const answer *a) {
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

static void take(cell *c, const answer *a) {
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

bool cell_repeat(cell *c, const pin_plan *pins, double seconds, double limit, uint64_t seed,
                 const volatile sig_atomic_t *interrupted) {
    int fd[2];
    static answer a;
    pid_t pid = pipe(fd) ? -1 : cell_fork();
    if (pid == 0) {
        close(fd[0]);
        child(c, pins, seconds, seed, fd[1]);
    }
    if (pid < 0) {
        c->status = CELL_FAILED;
        snprintf(c->error, sizeof c->error, "no child process: %s", strerror(errno));
        return true;
    }
    close(fd[1]);
    enum heard heard = listen_to(fd[0], &a, limit, interrupted);
    close(fd[0]);
    if (heard == HEARD_NOTHING) return bury(c, pid), true;
    cell_kill(pid);
    if (heard == HEARD) take(c, &a);
    if (heard == HEARD_TIMEOUT) {
        c->status = CELL_TIMEOUT;
        snprintf(c->error, sizeof c->error, "no end within %.3g s, at repetition %u", limit, c->count + 1);
    }
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
