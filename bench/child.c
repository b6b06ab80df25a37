#include "bench/child.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/gbench.h"
#include "bench/team.h"

void bench_extra(bench_sample *s, const char *name, double value) {
    unsigned i = 0;
    while (i < s->extras && strcmp(s->extra[i].name, name)) i++;
    if (i == BENCH_EXTRAS) return;
    if (i == s->extras) snprintf(s->extra[s->extras++].name, sizeof s->extra[i].name, "%s", name);
    s->extra[i].value = value;
}

static void fail(child_answer *a, const char *why) {
    a->failed = true;
    if (why != a->sample.error) snprintf(a->sample.error, sizeof a->sample.error, "%s", why);
}

static void run_loop(const child_order *o, void *object, const bench_params *p, child_answer *a) {
    const bench_row *row = o->of->row;
    pin_thread(p->pins, 0, 1);
    a->iterations = o->iterations;
    if (a->iterations)
        row->loop(object, a->iterations / 10 + 1); /* warm up; the first repetition does it by searching */
    else a->iterations = gbench_iterations(row->loop, object, p->seconds);
    if (!gbench_run(row->loop, object, a->iterations, &a->sample.wall_ns, &a->sample.cpu_ns))
        fail(a, "Google Benchmark reported nothing");
    a->sample.items = (double)a->iterations;
    a->sample.value = a->sample.wall_ns / a->sample.items;
}

static bench_params params_of(const child_order *o, const pin_plan *pins) {
    bench_params p = o->of->params;
    p.seconds = o->seconds;
    p.seed = o->seed;
    p.pins = pins;
    return p;
}

static void measure(const child_order *o, void *object, const bench_params *p, child_answer *a) {
    const bench_row *row = o->of->row;
    if (row->work) team_run(row, object, p, p->pins, &a->sample, a->moved);
    else if (row->loop) run_loop(o, object, p, a);
    else row->measure(object, p, &a->sample);
    if (!a->failed && !a->sample.wrong && !(isfinite(a->sample.value) && a->sample.value >= 0))
        fail(a, a->sample.error[0] ? a->sample.error : "the measured value is not a number");
}

static void answer(const child_answer *a, int fd) {
    if (send(fd, a, sizeof *a, MSG_NOSIGNAL) != (ssize_t)sizeof *a) _exit(1);
}

static _Noreturn void serve(void *object, const pin_plan *pins, child_answer *a, int fd) {
    answer(a, fd); /* it is made */
    for (child_order o; recv(fd, &o, sizeof o, 0) == (ssize_t)sizeof o;) {
        bench_params p = params_of(&o, pins);
        memset(a, 0, sizeof *a);
        measure(&o, object, &p, a);
        answer(a, fd);
    }
    _exit(0);
}

_Noreturn void child_main(const child_order *first, const pin_plan *pins, int fd) {
    static child_answer a;
    const bench_row *row = first->of->row;
    bench_params p = params_of(first, pins);
    dup2(STDERR_FILENO, STDOUT_FILENO); /* whatever a library prints is no result */
    void *object = row->make ? row->make(&p) : NULL;
    if (row->make && !object) fail(&a, "make() failed");
    else if (first->of->dear.key) serve(object, pins, &a, fd);
    else measure(first, object, &p, &a);
    if (object && row->destroy) row->destroy(object);
    answer(&a, fd);
    _exit(0);
}
