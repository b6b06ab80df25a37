/* Faults of a scheduler, common to both families, in the build that holds threads up: signals, threads that die in a handler, closes in
 * the middle, memory that the system refuses. */
#include <signal.h>

#include "stress/fault/fault.h"
#include "stress/sched_rounds_p.h"

/* Whatever waits in the system is interrupted. */
static void on_signal(int sig) { (void)sig; }

static void held_up(rounds_member *me) {
    jitter_thread(stress_random_next(me->random), 4 + stress_random_below(me->random, 200));
}

static stress_verdict signals(const stress_check *c, const stress_request *request) {
    static const rounds_plan plans[] = {{prepare, work, judge, held_up, on_signal},
                                        {prepare_lost, work, judge, held_up, on_signal}};
    static state s;
    (void)c;
    for (unsigned size = 2; size <= 8; size *= 2)
        for (unsigned i = 0; i < 2; i++)
            if (stress_failed() || !rounds_run(size, request->seconds / 6, request->seed + size + i, &plans[i], &s))
                return STRESS_VIOLATION;
    return stress_failed() ? STRESS_VIOLATION : STRESS_PASS;
}

/* -- with threads of its own ----------------------------------------------------------------------------------------------- */

static plan_shape some_shape(stress_random *random, bool joins) {
    return (plan_shape){.units = 2 + stress_random_below(random, 150),
                        .groups = 1 + stress_random_below(random, PLAN_GROUPS),
                        .serial = stress_random_below(random, 2),
                        .no_joins = !joins,
                        .ahead = some_ahead(random)};
}

/* Neither leaves (own workers do not come again) nor waits for room. */
static run_how some_how(const plan_choice *choice, const plan_shape *shape) {
    run_how how = run_how_by_chance(STRESS_VARIANT, total(), choice);
    how.options.lookahead = shape->ahead;
    how.options.workers_max = 8;
    how.restless = false;
    how.limit = 0;
    return how;
}

static stress_verdict again_and_again(const stress_request *request, void (*once)(state *s, stress_random *random)) {
    static state s;
    stress_random random = stress_random_begin(request->seed, 0);
    do {
        once(&s, &random);
        stress_count("runs", 1);
        stress_progress(stress_elapsed() / request->seconds);
    } while (!stress_failed() && stress_elapsed() < request->seconds);
    return stress_failed() ? STRESS_VIOLATION : STRESS_PASS;
}

static void die_once(state *s, stress_random *random) {
    plan_choice choice = plan_by_chance(random);
    plan_shape shape = some_shape(random, false);
    run_how how = some_how(&choice, &shape);
    plan_make(&s->plan, &shape, &choice);
    how.options.workers = 2 + stress_random_below(random, 4);
    how.stops = choose_victim(&s->plan, random) + 1;
    how.dies = true;
    run_alone(&s->run, &s->plan, &how);
}

static stress_verdict dies(const stress_check *c, const stress_request *request) {
    (void)c;
    return again_and_again(request, die_once);
}

static void cut_once(state *s, stress_random *random) {
    plan_choice choice = plan_by_chance(random);
    plan_shape shape = some_shape(random, true);
    run_how how = some_how(&choice, &shape);
    plan_make(&s->plan, &shape, &choice);
    how.options.workers = stress_random_below(random, 5);
    unsigned behind = stress_random_below(random, s->plan.n);
    how.cut = s->plan.unit[behind].parent + 1; /* one of a source, if its parent is */
    if (s->plan.unit[how.cut - 1].parent != how.cut - 1) how.cut = 1;
    run_alone(&s->run, &s->plan, &how);
}

static stress_verdict cut(const stress_check *c, const stress_request *request) {
    (void)c;
    return again_and_again(request, cut_once);
}

/* -- memory ------------------------------------------------------------------------------------------------------------------ */

static void be_told(void *arg, const weir_sched_fault *f) {
    (void)arg;
    if (f->status != WEIR_SCHED_NOMEM) stress_fail("it is told: %s", f->text);
    stress_count("told", 1);
}

/* For every n, until there are no more. */
static void refuse_each(state *s, stress_random *random) {
    plan_choice choice = plan_by_chance(random);
    plan_shape shape = some_shape(random, true);
    run_how how = some_how(&choice, &shape);
    how.options.workers_max = 2;
    how.options.window = total() ? 2u << stress_random_below(random, 4) : 0;
    how.options.fault = be_told;
    how.refused = how.single = true;
    plan_make(&s->plan, &shape, &choice);
    for (unsigned n = 1; !stress_failed(); n++) {
        fault_refuse(n);
        run_alone(&s->run, &s->plan, &how);
        if (run_failed(&s->run)) stress_fail("allocation %u is refused: %s", n, s->run.said);
        if (!fault_refused()) break;
        stress_count("allocations refused", 1);
    }
    fault_refuse(0);
}

static stress_verdict memory(const stress_check *c, const stress_request *request) {
    (void)c;
    return again_and_again(request, refuse_each);
}

STRESS_CHECK(fault, signals, "threads that are interrupted, held up and lost: each part once, in its place", signals)
STRESS_CHECK(fault, dies, "a thread ends in a handler and is declared lost: its event and what awaits it end so, once",
             dies)
STRESS_CHECK(fault, cut, "closed in the middle: each event ends once, well or as closed, and none is left running", cut)
STRESS_CHECK(fault, memory,
             "the nth allocation is refused: no memory is the answer, nothing has changed, and the next try succeeds",
             memory)
