/* Long runs of a scheduler, common to both families. */
#include <stdio.h>

#include "stress/sched_rounds_p.h"

static stress_verdict dags(const stress_check *c, const stress_request *request) {
    static const rounds_plan how = {.prepare = prepare, .work = work, .judge = judge};
    static state s;
    (void)c;
    return rounds_sizes(request, &how, &s, MOST);
}

STRESS_CHECK(
    laws, dags,
    "random events with dependencies: each part once, after all that it awaits, whoever comes and goes meanwhile", dags)

static stress_verdict lost(const stress_check *c, const stress_request *request) {
    static const rounds_plan how = {.prepare = prepare_lost, .work = work, .judge = judge};
    static state s;
    (void)c;
    for (unsigned size = 2; size <= 8 && !stress_failed(); size *= 2)
        if (!rounds_run(size, request->seconds / 3, request->seed + size, &how, &s)) break;
    return stress_failed() ? STRESS_VIOLATION : STRESS_PASS;
}

STRESS_CHECK(
    laws, lost,
    "a worker stops in a run part and is declared lost: its event and what awaits it end so, once; all else goes on",
    lost)

/* -- the same, whatever the number of workers and the options ------------------------------------------------------------ */

static void run_both(state *s, run_log *first, stress_random *random, unsigned workers) {
    char name[64];
    plan_choice choice = plan_by_chance(random);
    run_how how = run_how_by_chance(STRESS_VARIANT, total(), &choice);
    how.options.workers = workers;
    how.options.lookahead = stress_random_below(random, 2) ? 0 : s->plan.shape.ahead;
    how.pulled = s->plan.shape.serial && stress_random_below(random, 2);
    if (how.pulled && how.limit) how.limit += 16; /* it promises only what the next event is not below */
    /* Own workers that leave do not come again; and one thread that waits for room cannot submit what the order waits for. */
    if (!workers || how.restless || !s->plan.shape.serial || s->plan.shape.groups > 1) how.limit = 0;
    run_alone(&s->run, &s->plan, &how);
    if (!first->stats.ended) *first = s->run.log;
    snprintf(name, sizeof name, "%u workers, window %u", workers, how.options.window);
    if (!stress_failed()) run_expect_same(first, "no worker", &s->run.log, name);
}

static stress_verdict alike(const stress_check *c, const stress_request *request) {
    static state s;
    stress_random random = stress_random_begin(request->seed, 0);
    (void)c;
    do {
        run_log first = {.n = 0};
        plan_shape shape = {.units = 2 + stress_random_below(&random, PLAN_UNITS - 2),
                            .groups = 1 + stress_random_below(&random, PLAN_GROUPS),
                            .serial = stress_random_below(&random, 2),
                            .ahead = some_ahead(&random)};
        plan_choice choice = plan_by_chance(&random);
        plan_make(&s.plan, &shape, &choice);
        run_both(&s, &first, &random, 0);
        for (unsigned workers = 1; workers <= 8 && !stress_failed(); workers *= 2)
            run_both(&s, &first, &random, workers);
        stress_count("plans", 1);
        stress_progress(stress_elapsed() / request->seconds);
    } while (!stress_failed() && stress_elapsed() < request->seconds);
    return stress_failed() ? STRESS_VIOLATION : STRESS_PASS;
}
