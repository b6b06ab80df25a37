#include "stress/child.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "stress/matrix.h"
#include "stress/text.h"

enum { LINE_MAX_BYTES = 8192 };

typedef struct stream { /* lines of one pipe */
    int fd;
    size_t used;
    char line[LINE_MAX_BYTES];
} stream;

struct child {
    child_plan plan;
    outcome *outcome;
    pid_t pid;
    double began, alive, share; /* moments; alive: of the last progress */
    stream streams[2];          /* standard output, standard error */
};

double now_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- processes ---- */

/* In the child: a group of its own, which cannot outlive the parent, and leaves no core file. */
static void become(char *const *arguments, pid_t parent, int out, int err) {
    const struct rlimit none = {0, 0};
    int nothing = open("/dev/null", O_RDONLY);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &none);
    if (getppid() != parent || dup2(nothing, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) _exit(127);
    execv(arguments[0], arguments);
    fprintf(stderr, "cannot run %s: %s\n", arguments[0], strerror(errno));
    fflush(stderr);
    _exit(127);
}

static pid_t start(char *const *arguments, int out[2], int err[2]) {
    pid_t parent = getpid();
    if (pipe2(out, O_CLOEXEC)) return -1;
    if (pipe2(err, O_CLOEXEC)) return close(out[0]), close(out[1]), -1;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) become(arguments, parent, out[1], err[1]);
    if (pid > 0) setpgid(pid, pid); /* as the child does: whoever comes first */
    close(out[1]);
    close(err[1]);
    if (pid < 0) close(out[0]), close(err[0]);
    return pid;
}

static int wait_for(pid_t pid, int flags, int *how) {
    int got;
    while ((got = waitpid(pid, how, flags)) < 0 && errno == EINTR) {}
    return got;
}

char *child_output(char *const *arguments) {
    int out[2], err[2], how;
    char *text = text_make("%s", ""), part[4096];
    pid_t pid = start(arguments, out, err);
    if (pid < 0) return stress_refuse("no child process: %s", strerror(errno)), text;
    close(err[0]);
    for (ssize_t n; (n = read(out[0], part, sizeof part)) > 0 || (n < 0 && errno == EINTR);)
        if (n > 0) text_add(&text, "%.*s", (int)n, part);
    close(out[0]);
    wait_for(pid, 0, &how);
    return text;
}

child *child_start(const child_plan *plan, outcome *o) {
    const check *k = plan->check;
    const bool unit = k->rung == matrix_rung_index("unit"), suffix = plan->replay && *plan->replay;
    char *id = text_make("%s%s%s", k->id, suffix ? "@" : "", suffix ? plan->replay : "");
    char *seed = text_make("%" PRIu64, plan->seed), *seconds = text_make("%.3f", plan->seconds);
    const char *const arguments[] = {k->program,   unit ? NULL : plan->replay ? "replay" : "run",
                                     id,           "--seed",
                                     seed,         "--seconds",
                                     seconds,      plan->folder ? "--folder" : NULL,
                                     plan->folder, NULL};
    int out[2], err[2];
    outcome_clear(o);
    o->began = now_seconds();
    o->allotted = plan->seconds;
    o->seed = plan->seed;
    pid_t pid = start((char *const *)(uintptr_t)arguments, out, err);
    free(id), free(seed), free(seconds);
    if (pid < 0) return stress_refuse("no child process: %s", strerror(errno)), NULL;
    child *c = calloc(1, sizeof *c);
    if (!c) abort();
    c->plan = *plan;
    c->outcome = o;
    c->pid = pid;
    c->began = c->alive = now_seconds();
    c->streams[0].fd = out[0];
    c->streams[1].fd = err[0];
    for (int i = 0; i < 2; i++) fcntl(c->streams[i].fd, F_SETFL, O_NONBLOCK);
    return c;
}

/* ---- reading ---- */

static void take_line(child *c, stream *s) {
    double share = -1;
    s->line[s->used] = '\0';
    s->used = 0;
    outcome_line(c->outcome, c->plan.check, s->line, s == &c->streams[1], &share);
    if (share < 0) return;
    c->share = share;
    c->alive = now_seconds();
}

/* All that is there; the descriptor is closed at the end of the stream. A line that is too long is cut. */
static void drain(child *c, stream *s) {
    char part[4096];
    ssize_t n = 0;
    while (s->fd >= 0 && ((n = read(s->fd, part, sizeof part)) > 0 || (n < 0 && errno == EINTR)))
        for (ssize_t i = 0; i < n; i++)
            if (part[i] == '\n') take_line(c, s);
            else if (s->used < LINE_MAX_BYTES - 1) s->line[s->used++] = part[i];
    if (s->fd < 0 || (n < 0 && errno == EAGAIN)) return;
    close(s->fd);
    s->fd = -1;
}

void child_descriptors(const child *c, struct pollfd p[2]) {
    for (int i = 0; i < 2; i++) p[i] = (struct pollfd){c->streams[i].fd, POLLIN, 0};
}

double child_share(const child *c) {
    double by_time = (now_seconds() - c->began) / (c->plan.seconds + 1e-9);
    double share = c->share > by_time ? c->share : by_time;
    return share < 1 ? share : 1;
}

static void destroy(child *c) {
    kill(-c->pid, SIGKILL); /* what it may have started */
    for (int i = 0; i < 2; i++) {
        drain(c, &c->streams[i]);
        if (c->streams[i].used) take_line(c, &c->streams[i]);
        if (c->streams[i].fd >= 0) close(c->streams[i].fd);
    }
}

void child_kill(child *c) {
    int how;
    kill(-c->pid, SIGKILL);
    wait_for(c->pid, 0, &how);
    destroy(c);
    free(c);
}

bool child_step(child *c) {
    int how;
    for (int i = 0; i < 2; i++) drain(c, &c->streams[i]);
    double now = now_seconds(), spent = now - c->began;
    bool ended = wait_for(c->pid, WNOHANG, &how) == c->pid, late = !ended && spent > c->plan.limit;
    if (!ended && !late) return false;
    outcome *o = c->outcome;
    const child_plan plan = c->plan;
    double still = now - c->alive;
    if (ended) destroy(c), free(c);
    else child_kill(c);
    o->seconds = spent;
    if (ended) outcome_end(o, plan.check, how);
    else outcome_late(o, plan.check, plan.limit, still);
    return true;
}
