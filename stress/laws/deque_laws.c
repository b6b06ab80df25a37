/* Long runs of deque. */
#include "stress/deque_flow_p.h"

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = work, .judge = judge};
    static state s = {.most = ITEMS};
    (void)c;
    return rounds_sizes(request, &plan, &s, MOST);
}

STRESS_CHECK(laws, steal, "each item is taken once, by the owner or by a thief; thieves take the oldest first", run)
