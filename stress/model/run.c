/* A check from its request to its verdict. */
#include <stdarg.h>
#include <stdio.h>

#include "stress/model/search.h"

static uint64_t seed, number;

uint64_t search_seed(void) { return seed + number * 0xd1342543de82ef95u; }

/* -- what the program calls -- */

int model_self(void) { return schedule_threads() ? m.running : -1; }

void model_violation(const char *law, ...) {
    va_list ap;
    va_start(ap, law);
    vsnprintf(m.law, sizeof m.law, law, ap);
    va_end(ap);
    schedule_stop(LAW);
}

/* -- evidence -- */

enum { SITES = 1024, NOTES = 8 };

static struct note {
    const char *what;
    uint64_t n;
} notes[NOTES];

void model_count(const char *what) {
    int i = 0;
    while (i < NOTES - 1 && notes[i].what && notes[i].what != what) i++;
    notes[i].what = what;
    notes[i].n++;
}

static const void *sites[SITES];
static uint64_t site_n;

void trace_site(const void *site) {
    size_t i = (uintptr_t)site * 0x9e3779b97f4a7c15u >> 54;
    for (; sites[i]; i = (i + 1) % SITES)
        if (sites[i] == site) return;
    if (site_n < SITES / 2) sites[i] = site, site_n++;
}

void search_tell_counts(void) {
    stress_count("schedules", m.counts.schedules);
    stress_count("steps", m.counts.steps);
    stress_count("preemptions", m.counts.preemptions);
    stress_count("stale reads", m.counts.stale);
    stress_count("late stores", m.counts.late);
    stress_count("sites", site_n);
    for (int i = 0; i < NOTES && notes[i].what; i++) stress_count(notes[i].what, notes[i].n);
}

/* -- runs -- */

bool search_prepare(const model_program *p, const stress_request *r) {
    if (!fibre_setup()) {
        stress_fail("the model cannot begin: no memory for its stacks, or too many thread-locals");
        return false;
    }
    crash_catch();
    m.program = p;
    m.thread_count = 0;
    while (m.thread_count < MODEL_THREADS_MAX && p->thread[m.thread_count]) m.thread_count++;
    m.frozen = NOBODY;
    m.blocking = p->expect == MODEL_BLOCKING;
    if (p->expect == MODEL_AS_TRAIT)
        m.blocking = !strstr(p->traits, " progress=lock-free ") && !strstr(p->traits, " progress=wait-free ");
    seed = r->seed;
    return true;
}

/* A schedule by dice that stays long when shortened: is there one that the exhaustive search comes to soon? It begins with
 * the fewest preemptions. */
static void look_for_shorter(deviations *d) {
    enum { SHORT = 6, SECONDS = 3 };
    static deviations other;
    exhausted e;
    if (d->n <= SHORT || m.frozen != NOBODY) return;
    outcome o = exhaustive_search(stress_elapsed() + SECONDS, 1e9, &e);
    if (!outcome_bad(o)) return;
    other = m.made;
    shrink(&other, o);
    if (other.n < d->n) *d = other;
}

/* The schedule that has just failed: shortened, told. */
stress_verdict search_tell(outcome o) {
    static deviations d;
    d = m.made;
    search_tell_counts();
    shrink(&d, o);
    look_for_shorter(&d);
    return report(&d);
}

/* The same for one that the search of graphs has found: it repeats only as such. */
static stress_verdict tell_graph(outcome o) {
    static deviations d;
    d = m.made;
    search_tell_counts();
    m.lazy = true;
    graphs_know_all();
    shrink(&d, o);
    stress_verdict v = report(&d);
    return v == STRESS_PASS ? stress_fail("%s", m.law) : v;
}

stress_verdict search_replay(const char *text) {
    static deviations d;
    m.lazy = text[0] == 'g' && text[1];
    graphs_know_all();
    if (!replay_read(&d, text + m.lazy)) return stress_fail("not a schedule: %s", text);
    return report(&d);
}

/* Schedules of one strategy until `until` seconds since the check began. */
static outcome search(const strategy *s, double until, double whole) {
    outcome o = FINISHED;
    m.strategy = s;
    while (!outcome_bad(o) && stress_elapsed() < until) {
        stress_progress(stress_elapsed() / whole);
        for (int i = 0; i < 256 && !outcome_bad(o); i++) o = search_next();
    }
    return o;
}

outcome search_next(void) {
    number++;
    return schedule_run();
}

/* Evidence of what the exhaustive searches have settled. */
static void tell_exhausted(const exhausted *e) {
    if (e->complete) stress_count("complete: every schedule", 1);
    else if (e->bound >= 0) stress_count("complete up to preemptions", (uint64_t)e->bound);
}

/* A few schedules by dice, which find what is easy; then all graphs; if these are too many, all orders, or all within a
 * bound; then by dice again. */
stress_verdict model_run_model(const stress_check *check, const stress_request *request) {
    if (!search_prepare(check->arg, request)) return STRESS_INCONCLUSIVE;
    if (request->replay) return search_replay(request->replay);
    double whole = request->seconds;
    exhausted graphs, orders = {.bound = -1};
    graphs_forget();
    outcome o = search(&strategy_random, whole * 0.05, whole);
    if (outcome_bad(o)) return search_tell(o);
    o = graphs_search(whole * 0.35, whole, &graphs);
    if (outcome_bad(o)) return tell_graph(o);
    if (!graphs.complete) o = exhaustive_search(whole * 0.75, whole, &orders);
    bool complete = graphs.complete || orders.complete;
    if (!outcome_bad(o) && !complete) o = search(&strategy_pct, whole * 0.87, whole);
    if (!outcome_bad(o) && !complete) o = search(&strategy_random, whole, whole);
    if (outcome_bad(o)) return search_tell(o);
    search_tell_counts();
    stress_count("schedules by graphs", graphs.states);
    stress_count("states by orders", orders.states);
    tell_exhausted(graphs.complete ? &graphs : &orders);
    return STRESS_PASS;
}
