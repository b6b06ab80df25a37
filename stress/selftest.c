#include "stress/selftest.h"

#include "stress/matrix.h"
#include "stress/pool.h"
#include "stress/run.h"
#include "stress/text.h"

/* Rounds: in the first each check has a little time, in each further round four times as much, with another seed. Most
 * bugs are found at once, so the time is left to those that hide. */
static const double shortest = 0.1, longest = 2; /* seconds of a check in the first round */
static const double first_share = 0.2;           /* of all the time, for the first round */
enum { GROWTH = 4, FIRST_RUNG = 3 };             /* the rung that is expected to convict has so many times more */

typedef struct hunt {
    suspect *suspects;
    size_t count;
    const options *options;
    const char *folder;
    double end, slice;
    unsigned at_once;
    bool alone; /* now those that run one at a time */
    unsigned round;
} hunt;

suspect *selftest_suspects(const bug *const *bugs, size_t count) {
    suspect *list = grow(NULL, count, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        const bug *b = bugs[i];
        list[i] = (suspect){
            .bug = b, .trials = grow(NULL, b->count + 1, sizeof(trial)), .complete = grow(NULL, b->count + 1, 1)};
        for (size_t k = 0; k < b->count; k++) {
            list[i].trials[k] = (trial){.check = &b->checks[k]};
            list[i].complete[k] = false;
        }
    }
    return list;
}

/* ---- one round ---- */

static double slice_of(const hunt *h, const suspect *s, const check *c) {
    double seconds = h->slice * (c->rung == s->bug->checks[0].rung ? FIRST_RUNG : 1), left = h->end - now_seconds();
    return h->round == 0 || seconds < left ? seconds : left;
}

/* The next check of this suspect is one that may run now. */
static bool ready(const hunt *h, suspect *s) {
    while (s->at < s->bug->count && s->complete[s->at]) s->at++;
    if (s->by || s->running || s->at == s->bug->count) return false;
    return matrix_rungs[s->bug->checks[s->at].rung].alone == h->alone;
}

static bool next(void *context, child_plan *plan, outcome **o) {
    hunt *h = context;
    if (h->round && h->end - now_seconds() < shortest) return false;
    for (size_t i = 0; i < h->count; i++) {
        suspect *s = &h->suspects[i];
        if (!ready(h, s)) continue;
        const check *c = &s->bug->checks[s->at];
        double seconds = slice_of(h, s, c);
        *plan = (child_plan){.check = c,
                             .folder = h->folder,
                             .seed = run_seed(h->options->seed + h->round, c),
                             .seconds = seconds,
                             .limit = run_limit(h->options, c, seconds)};
        *o = &s->trials[s->at].outcome;
        s->running = true;
        return true;
    }
    return false;
}

static void done(void *context, outcome *o) {
    hunt *h = context;
    size_t i = 0;
    while (&h->suspects[i].trials[h->suspects[i].at].outcome != o || !h->suspects[i].running) i++;
    suspect *s = &h->suspects[i];
    s->running = false;
    s->runs++;
    s->seconds += o->seconds;
    if (o->verdict == STRESS_VIOLATION) s->by = &s->trials[s->at];
    s->complete[s->at] = o->verdict == STRESS_PASS && o->seconds < 0.7 * o->allotted;
    s->at++;
}

static double left(void *context) { return ((const hunt *)context)->end - now_seconds(); }

static bool waits(const hunt *h) { /* some suspect has a check left in this round */
    for (size_t i = 0; i < h->count; i++)
        if (!h->suspects[i].by && h->suspects[i].at < h->suspects[i].bug->count) return true;
    return false;
}

/* Those of one thread several at once, then those of many one by one, and again while a bug has them in turn. */
static bool run_round(hunt *h, pool *p) {
    for (size_t i = 0; i < h->count; i++) h->suspects[i].at = 0;
    do {
        size_t before = p->finished;
        for (int alone = 0; alone < 2; alone++) {
            h->alone = alone;
            if (!pool_run(p, alone ? 1 : h->at_once)) return false;
        }
        if (p->finished == before) break; /* the time is over */
    } while (waits(h));
    return true;
}

/* ---- all rounds ---- */

static double first_slice(const hunt *h, double seconds) {
    double shares = 0;
    for (size_t i = 0; i < h->count; i++)
        for (size_t k = 0; k < h->suspects[i].bug->count; k++)
            shares += matrix_rungs[h->suspects[i].bug->checks[k].rung].alone ? 1 : 1.0 / h->at_once;
    double slice = shares > 0 ? first_share * seconds / shares : longest;
    return slice < shortest ? shortest : slice > longest ? longest : slice;
}

static bool unfinished(const hunt *h) { /* somebody could still be convicted */
    for (size_t i = 0; i < h->count; i++)
        for (size_t k = 0; !h->suspects[i].by && k < h->suspects[i].bug->count; k++)
            if (!h->suspects[i].complete[k]) return true;
    return false;
}

bool selftest_run(suspect *suspects, size_t count, const options *o, const char *folder) {
    hunt h = {suspects, count, o, folder, now_seconds() + o->seconds, 0, pool_processors(), false, 0};
    pool p = {next, done, left, &h, 0, 0};
    h.slice = first_slice(&h, o->seconds);
    for (; unfinished(&h) && (h.round == 0 || h.end - now_seconds() > shortest); h.round++, h.slice *= GROWTH) {
        p.total = p.finished;
        for (size_t i = 0; i < count; i++) p.total += suspects[i].by ? 0 : suspects[i].bug->count;
        if (!run_round(&h, &p)) return false;
    }
    return true;
}

size_t selftest_escapes(const suspect *suspects, size_t count) {
    size_t n = 0;
    for (size_t i = 0; i < count; i++) n += !suspects[i].by;
    return n;
}
