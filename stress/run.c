#include "stress/run.h"

#include <string.h>

#include "stress/check.h"
#include "stress/matrix.h"
#include "stress/pool.h"

static const double least = 0.05;     /* seconds for a check, however many there are */
static const double unit_limit = 300; /* which take what they take */

/* What the selected checks still need, in shares of time. Those of one thread run on all processors, the others have more
 * threads than processors and run one by one, for which they need as many times more of the wall's time. */
typedef struct work {
    trial *trials;
    size_t count;
    const options *options;
    const char *folder;
    double end;       /* of the whole run */
    unsigned at_once; /* of checks of one thread */
    int rung;         /* now */
} work;

uint64_t run_seed(uint64_t seed, const check *c) {
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (const char *p = c->id; *p; p++) h = (h ^ (unsigned char)*p) * 0x100000001b3u;
    stress_random r = stress_random_begin(seed, h);
    return stress_random_next(&r) >> 32; /* short, since it is part of what is typed to repeat a failure */
}

double run_limit(const options *o, const check *c, double seconds) {
    if (o->limit > 0) return o->limit;
    return c->rung == matrix_rung_index("unit") ? unit_limit : 2 * seconds + 30;
}

static double wall_share(const work *w, const check *c) {
    const matrix_rung *r = &matrix_rungs[c->rung];
    return r->weight / (r->alone ? 1 : w->at_once);
}

/* Wall time that those which run now still need: they share the processors. */
static double promised(const work *w) {
    double sum = 0, now = now_seconds();
    for (size_t i = 0; i < w->count; i++) {
        const trial *t = &w->trials[i];
        double left = t->started && !t->outcome.over ? t->outcome.began + t->outcome.allotted - now : 0;
        if (left > 0) sum += left / (matrix_rungs[t->check->rung].alone ? 1 : w->at_once);
    }
    return sum;
}

/* What is left goes to those that are left, so what a complete search gives back is used by those after it. */
static double allot(const work *w, const check *c) {
    double shares = 0, left = w->end - now_seconds() - promised(w);
    for (size_t i = 0; i < w->count; i++)
        if (!w->trials[i].started) shares += wall_share(w, w->trials[i].check);
    double seconds = shares > 0 ? left / shares * matrix_rungs[c->rung].weight : 0;
    return seconds > least ? seconds : least;
}

static bool next(void *context, child_plan *plan, outcome **o) {
    work *w = context;
    for (size_t i = 0; i < w->count; i++) {
        trial *t = &w->trials[i];
        if (t->started || t->check->rung != w->rung) continue;
        double seconds = allot(w, t->check);
        t->started = true;
        *plan = (child_plan){.check = t->check,
                             .folder = w->folder,
                             .seed = run_seed(w->options->seed, t->check),
                             .seconds = seconds,
                             .limit = run_limit(w->options, t->check, seconds)};
        *o = &t->outcome;
        return true;
    }
    return false;
}

static void done(void *context, outcome *o) { (void)context, (void)o; }

static double left(void *context) { return ((const work *)context)->end - now_seconds(); }

/* First what ends by itself, so that what it leaves of its time is spent by those that get better with time. */
bool run_trials(trial *trials, size_t count, const options *o, const char *folder) {
    static const char *const order[RUNGS] = {"unit", "model", "progress", "fuzz", "litmus", "fault", "lin", "laws"};
    work w = {trials, count, o, folder, now_seconds() + o->seconds, pool_processors(), 0};
    pool p = {next, done, left, &w, 0, count};
    for (int i = 0; i < RUNGS; i++) {
        w.rung = matrix_rung_index(order[i]);
        if (!pool_run(&p, matrix_rungs[w.rung].alone ? 1 : w.at_once)) return false;
    }
    return true;
}
