/* Delta debugging (Zeller, Hildebrandt 2002) over the deviations of a schedule: fewer, as long as it fails in the same way.
 * What remains is what the failure needs, unless SECONDS were not enough. */
#include "stress/model/search.h"

enum { SECONDS = 3 };

static bool fails(const deviations *d, outcome o) {
    replay_set(d);
    return schedule_run() == o;
}

/* Without `count` of them from `from` on; true when it still fails, and then *d is that shorter list, as it was played. */
static bool drop(deviations *d, int from, int count, outcome o) {
    static deviations shorter;
    shorter.n = 0;
    for (int i = 0; i < d->n; i++)
        if (i < from || i >= from + count) shorter.at[shorter.n++] = d->at[i];
    if (!fails(&shorter, o)) return false;
    *d = m.made.n < shorter.n ? m.made : shorter;
    return true;
}

/* All runs of `count` deviations once; true when one could be dropped. */
static bool pass(deviations *d, int count, outcome o, double until) {
    bool dropped = false;
    for (int from = 0; from < d->n && stress_elapsed() < until;)
        if (drop(d, from, count, o)) dropped = true;
        else from += count;
    return dropped;
}

void shrink(deviations *d, outcome o) {
    double until = stress_elapsed() + SECONDS;
    m.strategy = m.lazy ? &strategy_replay_graph : &strategy_replay;
    for (int count = (d->n + 1) / 2; count > 1; count /= 2) pass(d, count, o, until);
    while (pass(d, 1, o, until)) continue;
}
