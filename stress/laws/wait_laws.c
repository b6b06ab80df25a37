/* Long runs of parking, with deadlines and nodes taken back. */
#include "stress/wait_rounds_p.h"

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = work, .judge = judge};
    static state s;
    (void)c;
    return rounds_sizes(request, &plan, &s, MOST);
}

STRESS_CHECK(laws, parking,
             "each parked node is woken exactly once or taken back; wakes are counted; nobody left asleep", run)
