/* Runs of a scheduler, common to both families: random plans by one team after another, some of whose threads submit and all of
 * which work, and come and go. */
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
