#include "stress/lin/windows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "stress/jitter/jitter.h"
#include "stress/lin/search.h"
#include "stress/lin/text.h"

enum { KINDS = 8 }; /* of operations of one specification, at most */

typedef struct run {
    const lin_plan *plan;
    double until; /* in seconds of stress_elapsed */
    lin_searcher *searcher;
    lin_window window;
    bool open, illegal;
    uint32_t one_in; /* delays of this window */
    uint64_t windows, unknown, operations, meeting, results[KINDS][LIN_RESULTS];
    weir_a64 clock;
    lin_log log[LIN_TEAM];
    watched watched[LIN_TEAM];
} run;

/* -- a window -- */

static void open_window(run *r) {
    static const uint32_t rates[] = {0, 3, 8, 40};
    lin_window *w = &r->window;
    w->history.spec = r->plan->spec;
    w->history.count = 0;
    w->threads = 2 + stress_random_below(&w->random, LIN_TEAM - 1);
    w->each = 2 + stress_random_below(&w->random, LIN_WINDOW / w->threads - 1);
    r->one_in = rates[stress_random_below(&w->random, 4)];
    r->plan->fresh(w);
    r->open = true;
}

static void count(run *r) {
    const lin_history *h = &r->window.history;
    r->windows++;
    r->operations += h->count;
    for (unsigned i = 0; i < h->count; i++) {
        r->results[h->op[i].kind][h->op[i].result]++;
        bool met = false;
        for (unsigned j = 0; j < h->count && !met; j++)
            met = h->op[j].thread != h->op[i].thread && h->op[j].invoked < h->op[i].returned &&
                  h->op[j].returned > h->op[i].invoked;
        r->meeting += met;
    }
}

static void close_window(run *r) {
    lin_window *w = &r->window;
    for (unsigned i = 0; i < w->threads; i++) lin_collect(&w->history, &r->log[i]);
    count(r);
    lin_verdict v = lin_check(r->searcher, &w->history);
    r->unknown += v == LIN_UNKNOWN;
    r->illegal = v == LIN_ILLEGAL;
    if (r->plan->over && !stress_failed()) r->plan->over(w);
}

/* Between windows, one member alone; the thread that runs the check only waits. */
static bool turn(void *arg) {
    run *r = arg;
    double share = stress_elapsed() / r->until;
    stress_progress(share < 1 ? share : 1);
    if (r->open) close_window(r);
    if (r->illegal || stress_failed() || share >= 1) return false;
    open_window(r);
    return true;
}

static void work(team_member *me) {
    run *r = me->arg;
    lin_log *log = &r->log[me->index];
    watch_begin(&r->watched[me->index]);
    while (team_meet(me, turn)) {
        if (me->index >= r->window.threads) continue;
        jitter_thread(stress_random_next(&me->random), r->one_in);
        lin_log_begin(log, &r->clock, me->index);
        log->delay = jitter_point;
        watch_doing(&r->watched[me->index], "in a window");
        r->plan->act(&r->window, log, &me->random);
        jitter_thread(0, 0); /* not between windows */
        watch_doing(&r->watched[me->index], NULL);
        watch_step(&r->watched[me->index]);
    }
}

/* -- a violation -- */

static void say(const char *line) { stress_say("%s", line); }

/* Leaves the history in the folder; its path, or "" when there is none. */
static void save(const stress_check *c, const stress_request *r, const lin_history *h, char *path, size_t size) {
    path[0] = 0;
    if (!r->folder) return;
    snprintf(path, size, "%s/lin.%s.%s.%s.history", r->folder, c->kind, c->variant, c->name);
    FILE *f = fopen(path, "w");
    bool ok = f && lin_write(f, h);
    if ((f && fclose(f)) || !ok) {
        stress_say("the history could not be written to %s: %s", path, strerror(errno));
        path[0] = 0;
    }
}

static stress_verdict report(lin_searcher *s, lin_history *h) {
    char spec[LIN_TEXT], op[LIN_TEXT];
    unsigned culprit = lin_shrink(s, h);
    lin_describe_spec(h, spec);
    lin_describe(h->spec, &h->op[culprit], op);
    lin_columns(h, culprit, say);
    return stress_fail("not linearizable to %s: no moment within thread %u's `%s` is right for it", spec,
                       h->op[culprit].thread, op);
}

static stress_verdict violation(const stress_check *c, const stress_request *request, run *r) {
    char path[512];
    save(c, request, &r->window.history, path, sizeof path);
    if (path[0]) stress_replay("%s", path);
    return report(r->searcher, &r->window.history);
}

/* What the members of a window that does not end have recorded so far. */
static stress_verdict hung(run *r) {
    lin_history *h = &r->window.history;
    h->count = 0;
    for (unsigned i = 0; i < r->window.threads; i++) lin_collect(h, &r->log[i]);
    lin_columns(h, LIN_HISTORY, say);
    return STRESS_VIOLATION;
}

/* -- a check -- */

/* How often each kind of operation answered what is not the rule: "pop refused" is how often it was empty. */
static void count_answers(const run *r) {
    static char refused[KINDS][40], negative[KINDS][40], closed[KINDS][40], timeouts[KINDS][40];
    const lin_spec *spec = r->plan->spec;
    for (unsigned k = 0; k < spec->kinds; k++) {
        const char *name = spec->words[k].name;
        bool answers = spec->words[k].results & LIN_CAN(YES); /* then NO is no refusal */
        const uint64_t *n = r->results[k];
        snprintf(refused[k], sizeof *refused, "%s refused", name);
        snprintf(negative[k], sizeof *negative, "%s no", name);
        snprintf(closed[k], sizeof *closed, "%s closed", name);
        snprintf(timeouts[k], sizeof *timeouts, "%s timed out", name);
        if (n[LIN_NO] && answers) stress_count(negative[k], n[LIN_NO]);
        uint64_t not_now = n[LIN_AGAIN] + n[LIN_ABORT] + (answers ? 0 : n[LIN_NO]);
        if (not_now) stress_count(refused[k], not_now);
        if (n[LIN_TIMEOUT]) stress_count(timeouts[k], n[LIN_TIMEOUT]);
        if (n[LIN_CLOSED]) stress_count(closed[k], n[LIN_CLOSED]);
    }
}

static void evidence(const run *r) {
    jitter_counts j = jitter_counted();
    stress_count("windows", r->windows);
    stress_count("operations", r->operations);
    stress_count("operations that met another", r->meeting);
    count_answers(r);
    stress_count("configurations searched", lin_searcher_met(r->searcher));
    stress_count("delays", j.spins + j.yields + j.sleeps);
    if (r->unknown) stress_count("inconclusive windows", r->unknown);
}

static stress_verdict check_again(lin_searcher *s, const char *path) {
    static lin_history h;
    lin_mistake m;
    if (!lin_load(path, &h, &m)) {
        stress_say("%s:%u: %s", path, m.line, m.what);
        return STRESS_INCONCLUSIVE;
    }
    lin_verdict v = lin_check(s, &h);
    stress_count("operations", h.count);
    if (v == LIN_ILLEGAL) return report(s, &h);
    return v == LIN_LEGAL ? STRESS_PASS : STRESS_INCONCLUSIVE;
}

static stress_verdict watch(const stress_check *c, const stress_request *request, run *r) {
    team *t = team_start(LIN_TEAM, request->seed, work, r);
    if (!watch_team(t, r->watched, LIN_TEAM, false)) return hung(r); /* and leave the team behind */
    team_end(t);
    evidence(r);
    if (r->illegal) return violation(c, request, r);
    return r->unknown || r->windows == 0 ? STRESS_INCONCLUSIVE : STRESS_PASS;
}

stress_verdict lin_windows(const stress_check *c, const stress_request *request, const lin_plan *plan) {
    run *r = aligned_alloc(WEIR_CACHE_LINE, sizeof *r);
    lin_searcher *s = lin_searcher_make(1 << 17);
    if (!r || !s) abort();
    if (request->replay) return check_again(s, request->replay);
    *r = (run){.plan = plan, .until = request->seconds, .searcher = s};
    r->window.random = stress_random_begin(request->seed, LIN_TEAM);
    stress_verdict v = watch(c, request, r);
    if (v == STRESS_PASS) {
        lin_searcher_free(s);
        free(r);
    }
    return v;
}
