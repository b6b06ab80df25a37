/* Long runs of a scheduler, common to both families: random plans by one team after another, some of whose threads submit and
 * all of which work, and come and go. */
#include <stdio.h>

#include "stress/rounds.h"
#include "stress/sched_run.h"

enum { MOST = 32 };

typedef struct state {
    plan plan;
    run run;
} state;

static bool total(void) { return stress_has("order=total"); }

static uint64_t some_ahead(stress_random *random) {
    return stress_random_below(random, 2) ? 0 : 1 + stress_random_below(random, 40);
}

static void prepare(rounds *r) {
    state *s = r->arg;
    plan_shape shape = {.units = 2 + stress_random_below(&r->random, PLAN_UNITS - 2),
                        .groups = 1 + stress_random_below(&r->random, PLAN_GROUPS),
                        .serial = stress_random_below(&r->random, 2),
                        .no_joins = stress_random_below(&r->random, 4) == 0,
                        .no_data = stress_random_below(&r->random, 8) == 0,
                        .ahead = some_ahead(&r->random)};
    plan_choice choice = plan_by_chance(&r->random);
    run_how how = run_how_by_chance(STRESS_VARIANT, total(), &choice);
    how.options.lookahead = shape.ahead;
    how.pulled = shape.serial && stress_random_below(&r->random, 3) == 0;
    if (how.pulled && how.limit) how.limit += 16; /* it promises only what the next event is not below */
    if (!shape.serial || r->size <= shape.groups) how.limit = 0;
    plan_make(&s->plan, &shape, &choice);
    run_open(&s->run, &s->plan, &how);
}

static void work(rounds_member *me) {
    state *s = me->arg;
    if (stress_failed()) return;
    for (unsigned g = me->index; g < s->plan.shape.groups; g += me->rounds->size) run_group(&s->run, g);
    if (me->index) run_worker(&s->run);
    else run_finish(&s->run);
}

static void judge(rounds *r) { (void)r; }

static stress_verdict dags(const stress_check *c, const stress_request *request) {
    static const rounds_plan how = {.prepare = prepare, .work = work, .judge = judge};
    static state s;
    (void)c;
    return rounds_sizes(request, &how, &s, MOST);
}

STRESS_CHECK(
    laws, dags,
    "random events with dependencies: each part once, after all that it awaits, whoever comes and goes meanwhile", dags)

/* -- a worker stops for good ------------------------------------------------------------------------------------------- */

/* A unit that others may await, but of which nothing else hangs. */
static unsigned choose_victim(plan *p, stress_random *random) {
    for (unsigned tries = 0; tries < 100; tries++) {
        const plan_unit *u = &p->unit[stress_random_below(random, p->n)];
        if (u->event.run && !u->children) return u->id;
    }
    return UINT32_MAX;
}

static void prepare_lost(rounds *r) {
    state *s = r->arg;
    plan_shape shape = {.units = 2 + stress_random_below(&r->random, PLAN_UNITS - 2),
                        .groups = 1 + stress_random_below(&r->random, PLAN_GROUPS),
                        .serial = stress_random_below(&r->random, 2),
                        .no_joins = true,
                        .ahead = some_ahead(&r->random)};
    plan_choice choice = plan_by_chance(&r->random);
    run_how how = run_how_by_chance(STRESS_VARIANT, total(), &choice);
    how.options.lookahead = shape.ahead;
    how.limit = 0;
    how.restless = false;
    plan_make(&s->plan, &shape, &choice);
    unsigned victim = choose_victim(&s->plan, &r->random);
    how.stops = victim + 1;
    run_open(&s->run, &s->plan, &how);
    if (how.stops) plan_lose(&s->plan, victim);
}

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
