/* Go channels, in a process of their own: goroutines park in user space, which is what these rows are for. The program
 * (go/chan.go) does the same work as our team, checks its sums, and prints one line. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/peers/peer.h"

static void *no_object(const bench_params *p) {
    (void)p;
    static char object;
    return access(PEER_GO_CHAN, X_OK) == 0 ? &object : NULL;
}

/* Between fork and exec, so only calls that are safe there. */
static _Noreturn void become(int out, char *const args[]) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* no orphan when the cell is killed */
    dup2(out, STDOUT_FILENO);
    execv(PEER_GO_CHAN, args);
    _exit(127);
}

static void read_all(int fd, char *text, size_t bytes) {
    size_t got = 0;
    for (ssize_t n; got < bytes - 1 && (n = read(fd, text + got, bytes - 1 - got)) > 0;) got += (size_t)n;
    text[got] = 0;
}

/* Runs the program; what it printed. False when it could not run or did not exit with 0. */
static bool ask(char *const args[], char *answer, size_t bytes) {
    int fd[2], how = -1;
    if (pipe(fd) != 0) return false;
    pid_t pid = fork();
    if (pid == 0) become(fd[1], args);
    close(fd[1]);
    read_all(fd[0], answer, bytes);
    close(fd[0]);
    return pid > 0 && waitpid(pid, &how, 0) == pid && how == 0;
}

static void read_answer(const char *line, bench_sample *s) {
    double switches, fairness;
    int ok;
    if (sscanf(line, "%lf %lf %lf %lf %lf %d", &s->items, &s->wall_ns, &s->cpu_ns, &switches, &fairness, &ok) != 6) {
        snprintf(s->error, sizeof s->error, "go-chan: cannot read its answer");
        return;
    }
    s->wrong = !ok;
    if (s->wrong) snprintf(s->error, sizeof s->error, "go-chan: sums differ");
    s->value = s->wall_ns / s->items;
    bench_extra(s, "switches_per_op", switches / s->items);
    bench_extra(s, "fairness", fairness);
}

static void measure(unsigned long long capacity, const bench_params *p, bench_sample *s) {
    char text[4][24], answer[200];
    snprintf(text[0], sizeof text[0], "%u", p->producers);
    snprintf(text[1], sizeof text[1], "%u", p->consumers);
    snprintf(text[2], sizeof text[2], "%llu", capacity);
    snprintf(text[3], sizeof text[3], "%.9f", p->seconds);
    s->value = NAN; /* until it is known */
    if (ask((char *[]){"go-chan", text[0], text[1], text[2], text[3], NULL}, answer, sizeof answer))
        read_answer(answer, s);
    else snprintf(s->error, sizeof s->error, "go-chan failed");
}

static void measure_chan(void *object, const bench_params *p, bench_sample *s) {
    (void)object;
    measure(p->capacity, p, s);
}
static void measure_one(void *object, const bench_params *p, bench_sample *s) {
    (void)object;
    measure(1, p, s);
}
static void measure_unbuffered(void *object, const bench_params *p, bench_sample *s) {
    (void)object;
    measure(0, p, s);
}

#define GO_ROW(case_name, case_axes, row_variant, row_note, function)                                   \
    {                                                                                                   \
        .name = case_name, .variant = row_variant, .flags = BENCH_PEER | BENCH_WAITS, .note = row_note, \
        .unit = "ns/op", .axes = case_axes, .make = no_object, .measure = function                      \
    }

static const bench_row chan =
    GO_ROW("chan.handoff", bench_axes_chan_handoff, "peer.go_chan", "goroutines, own process", measure_chan);
static const bench_row cell = GO_ROW("cubby.handoff", bench_axes_cubby_handoff, "peer.go_chan",
                                     "goroutines, own process; buffer of 1", measure_one);
static const bench_row unbuffered = GO_ROW("cubby.handoff", bench_axes_cubby_handoff, "peer.go_unbuffered",
                                           "goroutines, own process; no buffer", measure_unbuffered);
BENCH_ROW(chan)
BENCH_ROW(cell)
BENCH_ROW(unbuffered)
