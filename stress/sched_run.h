/* sched_run - runs a plan on a scheduler, with threads that come and go, and judges what has become of it.
 *
 * A run            run_open; then one thread a group in run_group and any number in run_worker; then one in run_finish, which
 *                  waits until the scheduler is quiet, sends the workers home, judges and closes.
 * Alone            run_alone does all of it on one thread, or with the scheduler's own; `between` is called behind each submit.
 * Judged           Each part of each event has run once, after the end of all that it awaits, by stamps and by values that are
 *                  plain data. `end` was called once, with OK. Data parts of a domain never overlap. With `total` they followed
 *                  the total order; with lookahead those of each domain did.
 */
#ifndef WEIR_STRESS_SCHED_RUN_H
#define WEIR_STRESS_SCHED_RUN_H

#include "stress/sched_plan.h"

typedef struct run run;

typedef struct run_how {
    weir_sched_options options;
    bool total;     /* the variant is of the order family, and nothing runs late */
    bool restless;  /* workers leave now and then, and come again */
    bool pulled;    /* sources are pulled, not pushed; the plan is serial */
    uint64_t limit; /* of sources, where somebody works all the time and the plan is serial; 0: much */
    unsigned spin;  /* pauses of a part, at most */
    unsigned
        stops; /* 1 + the unit whose run part stops until all else is over, and whose worker is declared lost; 0: none.
                       run_finish is called by who has not worked, and others work */
    bool
        comes_back; /* that worker is declared lost by its own handler, which then returns: no other thread is needed */
    bool dies;      /* that worker's thread ends there; it is the scheduler's own */
    bool refused;   /* an allocation may be refused: open may answer NOMEM, and who submits tries once more */
    unsigned cut;   /* 1 + the unit behind whose submit the scheduler is closed; 0: none. In run_alone */
    void (*between)(run *r, plan_unit *u); /* run_alone: behind the submit of u; NULL: nothing */
    void *arg;                             /* the caller's */
    bool single; /* the caller is the only thread there is, and asks what was wrong; else stress_fail is called */
} run_how;

/* What two runs of a plan must have in common, if the variant is deterministic. */
typedef struct run_log {
    unsigned data[PLAN_UNITS], n; /* data parts in the order in which they ran; with `total`, without lookahead */
    uint64_t state[PLAN_DOMAINS];
    weir_sched_stats stats;
} run_log;

struct run {
    weir_a32 wrongs; /* broken laws, and the first of them */
    char said[200];
    plan *plan;
    run_how how;
    weir_sched *sched;
    run_log log;
    weir_a64 clock;
    weir_a32 begun, groups_left, done, guests, stopped, goes_on, inside[PLAN_DOMAINS];
    weir_source *source[PLAN_GROUPS * PLAN_STREAMS];
    unsigned next[PLAN_GROUPS]; /* the unit from which on to look for what the group has still to submit */
};

/* A law is broken. */
void run_wrong(run *r, const char *law, ...) __attribute__((format(printf, 2, 3)));
bool run_failed(const run *r);

/* False: run_wrong has been called. */
bool run_open(run *r, plan *p, const run_how *how);

/* Submits what belongs to the group. */
void run_group(run *r, unsigned group);

/* Works until run_finish sends it home. */
void run_worker(run *r);

/* By one thread, beside groups and workers that are still at it. */
void run_finish(run *r);

/* All by the calling thread, and the scheduler's own. */
void run_alone(run *r, plan *p, const run_how *how);

/* Calls stress_fail when they differ. */
void run_expect_same(const run_log *a, const char *of_a, const run_log *b, const char *of_b);

/* Options, chosen by chance, that change nothing of what is promised. */
run_how run_how_by_chance(const char *variant, bool total, const plan_choice *choice);

#endif
