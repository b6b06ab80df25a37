/* Delta debugging (Zeller, Hildebrandt 2002) over the deviations of a schedule: fewer, as long as it fails in the same way.
 * What remains is what the failure needs. */
#include <string.h>

#include "stress/model/search.h"

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

void shrink(deviations *d, outcome o) {
    const strategy *was = m.strategy;
    m.strategy = &strategy_replay;
    for (int count = d->n > 1 ? d->n / 2 : 1; count >= 1; count /= 2)
        for (bool again = true; again;) {
            again = false;
            for (int from = 0; from < d->n;)
                if (drop(d, from, count, o)) again = true;
                else from += count;
        }
    m.strategy = was;
}
