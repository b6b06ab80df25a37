/* Events that wait for each other, common to both families: who can never run is told, with the cycle, and ends so, with all that
 * await it; all else runs. What must come of it: whoever waits only for those that run, runs (Kahn). */
#include "sched/sched.h"
#include "stress/rounds.h"

enum { UNITS = 60, AWAITS = 2 };

typedef struct unit {
    weir_event event; /* first */
    weir_dep dep[AWAITS];
    weir_join join;         /* counts this one alone */
    unsigned await[AWAITS]; /* by index */
    unsigned nawaits;
    bool runs; /* it must */
    weir_a32 ran, ends;
    weir_sched_status status;
} unit;

static struct {
    unit unit[UNITS];
    unsigned n, stuck;
    weir_a32 cycles; /* told */
    weir_sched_options options;
} state;

static unit *unit_of(const weir_event *e) { return (unit *)e; }

static bool awaits(const unit *u, const unit *other) {
    for (unsigned i = 0; i < u->nawaits; i++)
        if (&state.unit[u->await[i]] == other) return true;
    return false;
}

static void run(weir_turn *turn, weir_event *e) {
    (void)turn;
    unit *u = unit_of(e);
    for (unsigned i = 0; i < u->nawaits; i++)
        if (!weir_a32_load(&state.unit[u->await[i]].ran))
            stress_fail("event %u runs before what it awaits", (unsigned)(u - state.unit));
    weir_a32_add(&u->ran, 1);
}

static void end(weir_event *e, weir_sched_status status) {
    unit_of(e)->status = status;
    weir_a32_add_release(&unit_of(e)->ends, 1);
}

/* Each member waits for the one before it, the first for the last. */
static void told(void *arg, const weir_sched_fault *f) {
    (void)arg;
    if (f->status != WEIR_SCHED_CYCLE) stress_fail("told of '%s'", weir_sched_status_text(f->status));
    for (size_t i = 0; i < f->count; i++)
        if (!awaits(unit_of(f->events[(i + 1) % f->count]), unit_of(f->events[i])))
            stress_fail("told of a cycle of %zu, of which member %zu does not wait for the one before", f->count,
                        i + 1);
    weir_a32_add(&state.cycles, 1);
}

/* -- a plan -- */

/* By its join, which may come later, or by address, which has to have come. */
static void await(unit *u, unsigned other, stress_random *random) {
    if (&state.unit[other] == u || awaits(u, &state.unit[other])) return;
    bool earlier = &state.unit[other] < u, direct = earlier && stress_random_below(random, 2);
    u->dep[u->nawaits] = direct ? (weir_dep){.kind = WEIR_DEP_EVENT, .on.event = &state.unit[other].event}
                                : (weir_dep){.kind = WEIR_DEP_JOIN, .on.join = &state.unit[other].join};
    u->await[u->nawaits++] = other;
}

/* Mostly for those before them; the more wait for later ones, the more cycles. */
static void make(stress_random *random) {
    unsigned backward = 1 + stress_random_below(random, 16);
    memset(&state, 0, sizeof state);
    state.n = 2 + stress_random_below(random, UNITS - 1);
    for (unsigned i = 0; i < state.n; i++) {
        unit *u = &state.unit[i];
        weir_join_init(&u->join, NULL);
        u->event = (weir_event){
            .key = stress_random_below(random, 50), .run = run, .end = end, .join = &u->join, .deps = u->dep};
        for (unsigned tries = stress_random_below(random, AWAITS + 1); tries; tries--) {
            bool any = stress_random_below(random, backward) == 0;
            if (any || i) await(u, stress_random_below(random, any ? state.n : i), random);
        }
        u->event.ndeps = u->nawaits;
    }
}

static bool can_run(const unit *u) {
    for (unsigned i = 0; i < u->nawaits; i++)
        if (!state.unit[u->await[i]].runs) return false;
    return true;
}

/* How many can never run. */
static unsigned find_who_runs(void) {
    unsigned left = state.n;
    for (bool more = true; more;) {
        more = false;
        for (unsigned i = 0; i < state.n; i++) {
            unit *u = &state.unit[i];
            if (u->runs || !can_run(u)) continue;
            u->runs = more = true;
            left--;
        }
    }
    return left;
}

/* -- a round -- */

static void prepare(rounds *r) {
    stress_random *random = &r->random;
    make(random);
    state.stuck = find_who_runs();
    state.options =
        (weir_sched_options){.variant = STRESS_VARIANT,
                             .workers = stress_random_below(random, 4),
                             .window = stress_random_below(random, 2) ? 2u << stress_random_below(random, 6) : 0,
                             .stuck_ns = WEIR_FOREVER,
                             .fault = told};
}

static void submit_all(weir_sched *s) {
    weir_source *source;
    weir_source_open(s, 0, NULL, &source);
    for (unsigned i = 0; i < state.n; i++) {
        weir_sched_status st = weir_source_submit(source, &state.unit[i].event);
        if (st) stress_fail("event %u is refused: %s", i, weir_sched_status_text(st));
    }
    weir_source_close(source);
    for (unsigned i = 0; i < state.n; i++) weir_join_seal(s, &state.unit[i].join);
}

static void work(rounds_member *me) {
    weir_sched_error error = {0};
    weir_sched *s;
    (void)me;
    if (weir_sched_open(&state.options, &s, &error)) {
        stress_fail("a scheduler is refused: %s", error.text);
        return;
    }
    submit_all(s);
    weir_sched_status st = weir_sched_wait(s, WEIR_FOREVER);
    if (st) stress_fail("waiting answers '%s'", weir_sched_status_text(st));
    weir_sched_close(s);
}

static void judge(rounds *r) {
    uint32_t cycles = weir_a32_load(&state.cycles);
    (void)r;
    for (unsigned i = 0; i < state.n; i++) {
        const unit *u = &state.unit[i];
        unsigned ran = weir_a32_load(&u->ran), ends = weir_a32_load_acquire(&u->ends);
        weir_sched_status status = u->runs ? WEIR_SCHED_OK : WEIR_SCHED_CYCLE;
        if (ends != 1) stress_fail("event %u has ended %u times", i, ends);
        else if (u->status != status) stress_fail("event %u has ended with '%s'", i, weir_sched_status_text(u->status));
        if (ran != u->runs) stress_fail("event %u has run %u times instead of %u", i, ran, u->runs);
    }
    if (!cycles != !state.stuck) stress_fail("%u events can never run, and %u cycles were told", state.stuck, cycles);
    stress_count("cycles", cycles);
    stress_count("events", state.n);
    stress_count("stuck", state.stuck);
}

static stress_verdict cycles(const stress_check *c, const stress_request *request) {
    static const rounds_plan how = {.prepare = prepare, .work = work, .judge = judge};
    (void)c;
    rounds_run(1, request->seconds, request->seed, &how, NULL);
    return stress_failed() ? STRESS_VIOLATION : STRESS_PASS;
}

STRESS_CHECK(laws, cycles, "who waits in a circle is told, and ends so with all that awaits it; all else runs, once",
             cycles)
