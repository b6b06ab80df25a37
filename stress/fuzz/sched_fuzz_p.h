/* Programs of events that bytes choose, common to both families: the scheduler has no threads, so all is done by one, which works a
 * while between two submits, leaves and comes again, is declared lost in a handler that returns all the same, submits what must be
 * refused, and closes in the middle. The oracle is the plan's, one event at a time. */
#include "stress/fuzz/fuzz.h"
#include "stress/sched_run.h"

static plan the_plan;
static run the_run;
static fuzz_input *bytes;

static bool total(void) { return stress_has("order=total"); }

static uint32_t below_by_bytes(void *in, uint32_t n) { return fuzz_below(in, n); }

/* -- what must be refused, and change nothing ------------------------------------------------------------------------- */

enum { REFUSALS = 9 };

/* One that is bad in way k; behind u in its stream. */
static weir_sched_status make_bad(weir_event *e, weir_dep *d, const plan_unit *u, uint32_t k) {
    static weir_event never;
    *e = (weir_event){.key = u->event.key, .run = u->event.run ? u->event.run : u->event.data, .deps = d, .ndeps = 1};
    *d = (weir_dep){.kind = WEIR_DEP_EVENT, .on.event = e};
    if (!e->run) e->flags = WEIR_EVENT_NAMED;
    if (k == 0) return WEIR_SCHED_SELF;
    if (k == 1) d->on.event = &never;
    if (k == 1) return WEIR_SCHED_UNKNOWN;
    e->ndeps = 0;
    if (k == 2) e->seq = 1 + u->event.seq / 2;
    if (k == 2) return WEIR_SCHED_DUPLICATE;
    if (k == 3) e->key = WEIR_KEY_NONE;
    if (k == 4) e->domain = PLAN_DOMAINS;
    if (k == 5) e->levels = 9;
    if (k == 6) e->deps = NULL;
    if (k == 7) *d = (weir_dep){.kind = WEIR_DEP_ID, .stream = UINT32_MAX, .on.seq = 1};
    if (k == 8) *d = (weir_dep){.kind = (weir_dep_kind)17};
    if (k >= 6) e->ndeps = 1;
    return WEIR_SCHED_BAD;
}

static void refuse(run *r, const plan_unit *u, uint32_t k) {
    weir_event e;
    weir_dep d;
    weir_sched_status want = make_bad(&e, &d, u, k), got = weir_source_submit(r->source[u->event.stream], &e);
    fuzz_say("behind %u: bad event %u: %s", u->id, k, weir_sched_status_text(got));
    if (got != want)
        run_wrong(r, "bad event %u is '%s', not '%s'", k, weir_sched_status_text(got), weir_sched_status_text(want));
}

/* -- one program ------------------------------------------------------------------------------------------------------- */

static void between(run *r, plan_unit *u) {
    uint32_t how = fuzz_below(bytes, 8);
    if (how < 2) {
        fuzz_say("behind %u: work", u->id);
        weir_sched_wait(r->sched, 0);
    } else if (how == 2) {
        refuse(r, u, fuzz_below(bytes, REFUSALS));
    }
}

static void say_plan(const plan *p, const run_how *how) {
    fuzz_say("window %u, lookahead %lu, stops %u, cut %u, pulled %d, restless %d", how->options.window,
             how->options.lookahead, how->stops, how->cut, how->pulled, how->restless);
    for (unsigned i = 0; i < p->n; i++) {
        const plan_unit *u = &p->unit[i];
        fuzz_say("%u: %u:%lu key %lu domain %u parent %u awaits %u%s%s", i, u->event.stream, u->event.seq, u->event.key,
                 u->event.domain, u->parent, u->nawaits, u->event.run ? " run" : "", u->event.data ? " data" : "");
    }
}

static bool ops(fuzz_input *in) {
    plan_choice choice = {below_by_bytes, in};
    uint32_t special = fuzz_below(in, 8); /* 1: one is lost; 2: cut; 3: pulled */
    bytes = in;
    plan_shape shape = {.units = 2 + fuzz_below(in, 100),
                        .groups = 1 + fuzz_below(in, PLAN_GROUPS),
                        .serial = fuzz_below(in, 2) || special == 3,
                        .no_joins = special == 1,
                        .no_data = fuzz_below(in, 8) == 1,
                        .ahead = fuzz_below(in, 3) * 7};
    run_how how = run_how_by_chance(STRESS_VARIANT, total(), &choice);
    how.options.lookahead = shape.ahead;
    how.between = between;
    how.single = true;
    how.limit = how.spin = 0;
    how.options.workers_max = 2; /* whose places are made each time, and so is the window */
    if (total() && !how.options.window) how.options.window = 1024;
    how.pulled = special == 3;
    plan_make(&the_plan, &shape, &choice);
    in->operations += the_plan.n;
    unsigned chosen = fuzz_byte(in) % the_plan.n;
    if (special == 1 && the_plan.unit[chosen].event.run && !the_plan.unit[chosen].children) how.stops = chosen + 1;
    if (special == 2 && the_plan.unit[chosen].parent == chosen) how.cut = chosen + 1;
    how.comes_back = how.stops;
    say_plan(&the_plan, &how);
    run_alone(&the_run, &the_plan, &how);
    return !run_failed(&the_run) || fuzz_wrong("%s", the_run.said);
}

FUZZ_TARGET(
    ops,
    "any program of events, on one thread: each part once, in its place; what is bad is refused and changes nothing")
