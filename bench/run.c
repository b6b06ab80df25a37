#include "bench/run.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/spinners.h"

static const double quick_total = 285; /* of the 300 promised */
static const double overhead_guess =
    0.015; /* fork, making the object, warm-up: seconds a repetition, beside its length */
static const double shortest = 0.02, usual = 0.1; /* of a repetition */
enum { REPS_LEAST = 6, REPS_PUBLISHED = 15, ROUNDS_LEAST = 3 };

static volatile sig_atomic_t interrupted;

static void on_signal(int signal_number) { interrupted = signal_number; }

static double clampd(double x, double lo, double hi) { return x < lo ? lo : x > hi ? hi : x; }

/* What the whole run may take; 0: as long as it needs. Whoever says how long a cell takes has said enough. */
static double total_of(const bench_options *o) {
    if (o->total > 0) return o->total;
    return o->full || o->reps || o->seconds > 0 ? 0 : quick_total;
}

bench_plan run_plan(const bench_options *o, const selection *s) {
    double cells = (double)select_live(s) + 1e-9;
    bench_plan p = {.seed = o->seed, .limit = o->limit, .reps = o->reps, .total = total_of(o), .seconds = usual};
    double budget = p.total * 0.95 / cells; /* of one cell */
    if (!p.reps && p.total > 0)
        p.reps = (unsigned)clampd(budget / (usual + overhead_guess), REPS_LEAST, REPS_PUBLISHED);
    if (!p.reps) p.reps = REPS_PUBLISHED;
    if (p.total > 0) p.seconds = clampd(budget / p.reps - overhead_guess, shortest, usual);
    if (o->seconds > 0) p.seconds = o->seconds / p.reps;
    p.estimate = cells * p.reps * (p.seconds * 1.1 + overhead_guess);
    if (p.total > 0) p.estimate = fmin(p.estimate, p.total);
    return p;
}

/* ---- progress ---- */

typedef struct progress {
    uint64_t start, last;
    size_t done, all;
    unsigned reps;
    bool tty;
} progress;

static double seconds_since(uint64_t then) { return (double)(weir_now_ns() - then) / 1e9; }

static void show(progress *p, const cell *c, unsigned round) {
    uint64_t now = weir_now_ns(), every = p->tty ? 200000000u : 10000000000u;
    if (now - p->last < every) return;
    p->last = now;
    double left = p->done ? seconds_since(p->start) / (double)p->done * (double)(p->all - p->done) : 0;
    fprintf(stderr, "%sbench: %3.0f %%, %d:%02d left, repetition %u of %u: %s %s", p->tty ? "\r" : "",
            100.0 * (double)p->done / (double)p->all, (int)left / 60, (int)left % 60, round + 1, p->reps, c->row->name,
            c->row->variant);
    for (unsigned i = 0; i < c->axes; i++) fprintf(stderr, " %s", c->axis[i].value);
    fputs(p->tty ? "\033[K" : "\n", stderr);
}

static void wipe(const progress *p) {
    if (p->tty) fputs("\r\033[K", stderr);
}

/* ---- rounds ---- */

static uint64_t next_random(uint64_t *state) { /* splitmix64 */
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void shuffle(size_t *order, size_t n, uint64_t *random) {
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)(next_random(random) % i), t = order[i - 1];
        order[i - 1] = order[j];
        order[j] = t;
    }
}

/* Appends the cells still in play of the column that begins at `first`, in random order. */
static size_t line_up_column(const selection *s, size_t first, size_t *order, uint64_t *random) {
    size_t n = 0;
    for (size_t i = first; i < s->count && s->cells[i].column == s->cells[first].column; i++)
        if (s->cells[i].status == CELL_OK) order[n++] = i;
    shuffle(order, n, random);
    return n;
}

/* One round. Columns come in random order, those of one load together, so that the spinners start once a round. The rows
 * of a column come in random order one right after the other: a virtual machine changes its pace within seconds, and
 * what is compared must meet it in the same state. */
static size_t line_up(const selection *s, size_t *order, unsigned round, uint64_t *random) {
    size_t n = 0, *columns = malloc(s->columns * sizeof *columns);
    if (!columns) abort();
    for (unsigned half = 0; half < 2; half++) {
        bool busy = (round + half) % 2 != 0;
        size_t found = 0;
        for (size_t i = 0; i < s->count; i++)
            if (s->cells[i].params.busy == busy && (i == 0 || s->cells[i].column != s->cells[i - 1].column))
                columns[found++] = i;
        shuffle(columns, found, random);
        for (size_t i = 0; i < found; i++) n += line_up_column(s, columns[i], order + n, random);
    }
    free(columns);
    return n;
}

/* The length of this round's repetitions that keeps the promise, given what those before really took. */
static double round_seconds(const bench_plan *plan, const progress *p, double overhead, unsigned round, size_t cells) {
    if (plan->total == 0 || cells == 0) return plan->seconds;
    double left = plan->total - seconds_since(p->start);
    return clampd(left / (plan->reps - round) / (double)cells - overhead, fmin(shortest, plan->seconds), plan->seconds);
}

static double limit_of(const bench_plan *plan, double seconds) {
    return plan->limit > 0 ? plan->limit : 3 + 5 * seconds;
}

static bool run_round(selection *s, const bench_plan *plan, const pin_plan *pins, progress *p, const size_t *order,
                      size_t n, double seconds, unsigned round) {
    for (size_t i = 0; i < n && !interrupted; i++) {
        cell *c = &s->cells[order[i]];
        uint64_t seed = plan->seed * 1000003 + round; /* the same for all rows, so that all get the same keys */
        show(p, c, round);
        spinners_set(c->params.busy);
        if (!cell_repeat(c, pins, seconds, limit_of(plan, seconds), seed, &interrupted)) return false;
        p->done++;
    }
    return !interrupted;
}

static bool run_rounds(selection *s, const bench_plan *plan, const pin_plan *pins, size_t *order) {
    uint64_t random = plan->seed, start = weir_now_ns();
    progress p = {start, start, 0, select_live(s) * plan->reps, plan->reps, isatty(STDERR_FILENO)};
    double overhead = overhead_guess;
    for (unsigned round = 0; round < plan->reps; round++) {
        if (plan->total > 0 && round >= ROUNDS_LEAST && seconds_since(start) > plan->total) break;
        size_t n = line_up(s, order, round, &random);
        double seconds = round_seconds(plan, &p, overhead, round, n);
        uint64_t began = weir_now_ns();
        p.done = p.all / plan->reps * round;
        if (!run_round(s, plan, pins, &p, order, n, seconds, round)) return wipe(&p), false;
        if (n) overhead = seconds_since(began) / (double)n - seconds;
    }
    return wipe(&p), true;
}

bool run_cells(selection *s, const bench_plan *plan, const pin_plan *pins) {
    size_t *order = malloc(s->count * sizeof *order);
    if (!order) abort();
    struct sigaction act, before[3];
    const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    memset(&act, 0, sizeof act);
    act.sa_handler = on_signal;
    for (int i = 0; i < 3; i++) sigaction(signals[i], &act, &before[i]);
    bool whole = run_rounds(s, plan, pins, order);
    spinners_set(false);
    for (int i = 0; i < 3; i++) sigaction(signals[i], &before[i], NULL);
    free(order);
    return whole;
}
