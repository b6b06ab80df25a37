/* Sources that promise nothing, and whose keys may lie below what has run: held, rejected or run, as the policy says. */
#include "sched/sched.h"
#include "stress/check.h"

enum { EVENTS = 500, STREAMS = 2 };

typedef struct unit {
    weir_event event; /* first */
    uint64_t key;     /* that it was submitted with */
    unsigned datas, ends;
    weir_sched_status status;
} unit;

static struct {
    unit unit[EVENTS];
    const unit *log[EVENTS];
    unsigned n;
} state;

static void data(weir_turn *turn, weir_event *e) {
    (void)turn;
    ((unit *)e)->datas++;
    if (state.n < EVENTS) state.log[state.n++] = (unit *)e;
}

static void end(weir_event *e, weir_sched_status status) {
    ((unit *)e)->ends++;
    ((unit *)e)->status = status;
}

static void untold(void *arg, const weir_sched_fault *fault) { (void)arg, (void)fault; }

/* Keys that rise slowly, and now and then fall far. */
static void submit_all(weir_source *const *source, stress_random *random) {
    uint64_t base = 100;
    for (unsigned i = 0; i < EVENTS; i++) {
        unit *u = &state.unit[i];
        base += stress_random_below(random, 3);
        u->key = base - stress_random_below(random, stress_random_below(random, 4) ? 4 : 100);
        u->event = (weir_event){.key = u->key, .data = data, .end = end};
        weir_sched_status st = weir_source_submit(source[stress_random_below(random, STREAMS)], &u->event);
        if (st == WEIR_SCHED_LATE) end(&u->event, st);
        else if (st) stress_fail("event %u is refused: %s", i, weir_sched_status_text(st));
        if (stress_random_below(random, 64) == 0) weir_yield();
    }
}

static void judge_unit(const unit *u, weir_late policy) {
    unsigned i = (unsigned)(u - state.unit);
    bool rejected = u->status == WEIR_SCHED_LATE;
    if (u->ends != 1) stress_fail("event %u has ended %u times", i, u->ends);
    if (u->status && !(rejected && policy == WEIR_LATE_REJECT))
        stress_fail("event %u has ended with '%s'", i, weir_sched_status_text(u->status));
    if (u->datas != !rejected) stress_fail("event %u has run %u times", i, u->datas);
    if (policy == WEIR_LATE_HOLD ? u->event.key < u->key : u->event.key != u->key)
        stress_fail("event %u of key %lu has run at %lu", i, u->key, u->event.key);
    stress_count("events held", u->event.key > u->key);
    stress_count("events rejected", rejected);
}

/* With the keys that they have now, they have run in order. */
static void judge_order(void) {
    for (unsigned i = 1; i < state.n; i++) {
        const weir_event *a = &state.log[i - 1]->event, *b = &state.log[i]->event;
        if (a->key > b->key || (a->key == b->key && a->stream == b->stream && a->rank[1] > b->rank[1]))
            stress_fail("an event of key %lu has run behind one of key %lu", b->key, a->key);
    }
}

static void round_of(weir_late policy, stress_random *random) {
    const weir_source_options nothing = {.promise = WEIR_KEY_NONE};
    weir_sched_options o = {.variant = STRESS_VARIANT,
                            .workers = 1 + stress_random_below(random, 3),
                            .late = policy,
                            .window = stress_random_below(random, 2) ? 4 : 0,
                            .stuck_ns = WEIR_FOREVER,
                            .fault = untold};
    weir_sched_error error = {0};
    weir_sched_stats stats;
    weir_source *source[STREAMS];
    weir_sched *s;
    memset(&state, 0, sizeof state);
    if (weir_sched_open(&o, &s, &error)) {
        stress_fail("a scheduler is refused: %s", error.text);
        return;
    }
    for (unsigned i = 0; i < STREAMS; i++) weir_source_open(s, i, &nothing, &source[i]);
    submit_all(source, random);
    weir_sched_wait(s, WEIR_FOREVER);
    weir_sched_stats_get(s, &stats);
    for (unsigned i = 0; i < STREAMS; i++) weir_source_close(source[i]);
    weir_sched_close(s);
    for (unsigned i = 0; i < EVENTS; i++) judge_unit(&state.unit[i], policy);
    if (policy != WEIR_LATE_RUN) judge_order();
    if (stats.deterministic != (policy != WEIR_LATE_RUN || !stats.late))
        stress_fail("%lu have run late, and it calls itself %s", stats.late,
                    stats.deterministic ? "deterministic" : "not so");
    stress_count("rounds", 1);
}

static stress_verdict late(const stress_check *c, const stress_request *request) {
    static const weir_late policy[] = {WEIR_LATE_HOLD, WEIR_LATE_REJECT, WEIR_LATE_RUN};
    stress_random random = stress_random_begin(request->seed, 0);
    (void)c;
    for (unsigned i = 0; !stress_failed() && (i < 3 || stress_elapsed() < request->seconds); i++) {
        round_of(policy[i % 3], &random);
        stress_progress(stress_elapsed() / request->seconds);
    }
    return stress_failed() ? STRESS_VIOLATION : STRESS_PASS;
}

STRESS_CHECK(laws, late,
             "keys below what has run are held, rejected or run, as the policy says; the order of keys stays", late)
