#include "bench/run.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/keep.h"
#include "bench/spinners.h"

static const double quick_total = 285; /* of the 300 promised */
static const double overhead_guess =
    0.015; /* fork, making the object, warm-up: seconds a repetition, beside its length */
static const double shortest = 0.02, usual = 0.1; /* of a repetition */
enum { REPS_LEAST = 6, REPS_PUBLISHED = 15, ROUNDS_LEAST = 3, ROUNDS_OF_ONE = 5 };

static volatile sig_atomic_t interrupted;

static void on_signal(int signal_number) { interrupted = signal_number; }

static double clampd(double x, double lo, double hi) { return x < lo ? lo : x > hi ? hi : x; }

/* What the whole run may take; 0: as long as it needs. Whoever says how long a cell takes has said enough. */
static double total_of(const bench_options *o) {
    if (o->total > 0) return o->total;
    return o->full || o->reps || o->seconds > 0 ? 0 : quick_total;
}

/* ---- dear objects ---- */

/* A published run makes each object several times: which places memory it got must not decide its figures. */
static bool made_anew(const bench_plan *p, unsigned round) {
    return p->reps >= REPS_PUBLISHED && round % ROUNDS_OF_ONE == 0;
}

static bool first_of_its_object(const selection *s, size_t at) {
    const cell *c = &s->cells[at];
    for (size_t i = 0; i < at; i++) {
        const cell *d = &s->cells[i];
        if (d->dear.key == c->dear.key && d->row->make == c->row->make && d->twin == c->twin && d->status == CELL_OK)
            return false;
    }
    return true;
}

/* Seconds for making the objects of one key, or all of them for 0, once. */
static double making_of(const selection *s, uint64_t dear) {
    double sum = 0;
    for (size_t i = 0; i < s->count; i++) {
        const cell *c = &s->cells[i];
        if (!c->dear.key || (dear && c->dear.key != dear) || c->status != CELL_OK || !first_of_its_object(s, i))
            continue;
        sum += c->dear.seconds;
    }
    return sum;
}

/* Seconds a round spends on objects that are made for each repetition. */
static double remaking_of(const selection *s) {
    double sum = 0;
    for (size_t i = 0; i < s->count; i++)
        if (!s->cells[i].dear.key && s->cells[i].status == CELL_OK) sum += s->cells[i].dear.seconds;
    return sum;
}

bench_plan run_plan(const bench_options *o, const selection *s) {
    double cells = (double)select_live(s) + 1e-9, making = making_of(s, 0), remaking = remaking_of(s);
    bench_plan p = {.seed = o->seed, .limit = o->limit, .reps = o->reps, .total = total_of(o), .seconds = usual};
    double budget = fmax(p.total * 0.95 - making - remaking * (p.reps ? p.reps : REPS_LEAST), 0.1 * p.total) /
                    cells; /* of one cell */
    if (!p.reps && p.total > 0)
        p.reps = (unsigned)clampd(budget / (usual + overhead_guess), REPS_LEAST, REPS_PUBLISHED);
    if (!p.reps) p.reps = REPS_PUBLISHED;
    if (p.total > 0) p.seconds = clampd(budget / p.reps - overhead_guess, shortest, usual);
    if (o->seconds > 0) p.seconds = o->seconds / p.reps;
    for (unsigned round = 1; round < p.reps; round++)
        if (made_anew(&p, round)) p.estimate += making;
    p.estimate += making + remaking * p.reps + cells * p.reps * (p.seconds * 1.1 + overhead_guess);
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

/* What is done: cells whose dear objects have the same key are a group, measured before the next, so that not all objects are there
 * at once; the cells without such an object are the group 0. */
typedef struct job {
    selection *s;
    const bench_plan *plan;
    const pin_plan *pins;
    size_t *order;
    uint64_t random;
    progress p;
} job;

static bool in_group(const cell *c, uint64_t dear) { return c->status == CELL_OK && c->dear.key == dear; }

/* Appends the cells still in play of the column that begins at `first`, in random order. */
static size_t line_up_column(job *j, uint64_t dear, size_t first, size_t *order) {
    const selection *s = j->s;
    size_t n = 0;
    for (size_t i = first; i < s->count && s->cells[i].column == s->cells[first].column; i++)
        if (in_group(&s->cells[i], dear)) order[n++] = i;
    shuffle(order, n, &j->random);
    return n;
}

/* One round. Columns come in random order, those of one load together, so that the spinners start once a round. The rows
 * of a column come in random order one right after the other: a virtual machine changes its pace within seconds, and
 * what is compared must meet it in the same state. */
static size_t line_up(job *j, uint64_t dear, unsigned round) {
    const selection *s = j->s;
    size_t n = 0, *columns = malloc(s->columns * sizeof *columns);
    if (!columns) abort();
    for (unsigned half = 0; half < 2; half++) {
        bool busy = (round + half) % 2 != 0;
        size_t found = 0;
        for (size_t i = 0; i < s->count; i++)
            if (s->cells[i].params.busy == busy && (i == 0 || s->cells[i].column != s->cells[i - 1].column))
                columns[found++] = i;
        shuffle(columns, found, &j->random);
        for (size_t i = 0; i < found; i++) n += line_up_column(j, dear, columns[i], j->order + n);
    }
    free(columns);
    return n;
}

static double limit_of(const bench_plan *plan, const cell *c, double seconds) {
    double made = c->dear.key ? 0 : c->dear.seconds;
    return plan->limit > 0 ? plan->limit : 3 + 5 * seconds + 10 * made;
}

static bool run_round(job *j, size_t n, double seconds, unsigned round) {
    for (size_t i = 0; i < n && !interrupted; i++) {
        cell *c = &j->s->cells[j->order[i]];
        uint64_t seed = j->plan->seed * 1000003 + round; /* the same for all rows, so that all get the same keys */
        show(&j->p, c, round);
        spinners_set(c->params.busy);
        if (!cell_repeat(c, j->pins, seconds, limit_of(j->plan, c, seconds), seed, &interrupted)) return false;
        j->p.done++;
    }
    return !interrupted;
}

static size_t cells_of(const selection *s, uint64_t dear) {
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++) n += in_group(&s->cells[i], dear);
    return n;
}

/* Rounds of one group, in `share` seconds; 0: as long as they take. Their length is what keeps the promise, given what those before
 * really took. */
static bool run_group(job *j, uint64_t dear, double share) {
    const bench_plan *plan = j->plan;
    uint64_t start = weir_now_ns();
    size_t before = j->p.done, all = cells_of(j->s, dear);
    double overhead = overhead_guess, to_make = making_of(j->s, dear);
    for (unsigned round = 0; round < plan->reps; round++) {
        double left = share - seconds_since(start), seconds = plan->seconds, made = cell_making();
        if (share > 0 && round >= ROUNDS_LEAST && left < 0) break;
        if (made_anew(plan, round)) keep_end();
        size_t n = line_up(j, dear, round);
        if (share > 0 && n)
            seconds = clampd((left - to_make) / (plan->reps - round) / (double)n - overhead,
                             fmin(shortest, plan->seconds), plan->seconds);
        uint64_t began = weir_now_ns();
        j->p.done = before + all * round;
        if (!run_round(j, n, seconds, round)) return false;
        if (n) overhead = (seconds_since(began) - (cell_making() - made)) / (double)n - seconds;
        to_make = 0;
    }
    j->p.done = before + all * plan->reps;
    return true;
}

/* The groups one after the other; what is left of the total is divided by their cells, once their objects are paid for. */
static bool run_groups(job *j) {
    const selection *s = j->s;
    size_t rest = select_live(s);
    double to_make = making_of(s, 0);
    bool whole = true;
    for (size_t i = 0; i < s->count && whole; i++) {
        uint64_t dear = s->cells[i].dear.key;
        bool seen = s->cells[i].status == CELL_ABSENT;
        for (size_t k = 0; k < i && !seen; k++)
            seen = s->cells[k].dear.key == dear && s->cells[k].status != CELL_ABSENT;
        if (seen) continue;
        size_t n = cells_of(s, dear);
        double mine = dear ? making_of(s, dear) : 0, share = 0;
        if (j->plan->total > 0)
            share =
                fmax((j->plan->total - seconds_since(j->p.start) - to_make) * (double)n / (double)rest, 0.001) + mine;
        whole = run_group(j, dear, share);
        keep_end();
        rest -= n;
        to_make -= mine;
    }
    return whole;
}

bool run_cells(selection *s, const bench_plan *plan, const pin_plan *pins) {
    size_t *order = malloc(s->count * sizeof *order);
    if (!order) abort();
    struct sigaction act, before[3];
    const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    memset(&act, 0, sizeof act);
    act.sa_handler = on_signal;
    for (int i = 0; i < 3; i++) sigaction(signals[i], &act, &before[i]);
    uint64_t now = weir_now_ns();
    progress p = {now, now, 0, select_live(s) * plan->reps, plan->reps, isatty(STDERR_FILENO)};
    job j = {s, plan, pins, order, plan->seed, p};
    bool whole = run_groups(&j);
    wipe(&p);
    spinners_set(false);
    for (int i = 0; i < 3; i++) sigaction(signals[i], &before[i], NULL);
    free(order);
    return whole;
}
