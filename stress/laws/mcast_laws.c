/* Long runs of mcast. */
#include "stress/mcast_flow_p.h"

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = work, .judge = judge};
    static state s = {.most = ITEMS};
    (void)c;
    return rounds_sizes(request, &plan, &s, MOST);
}

STRESS_CHECK(laws, follow, "every reader sees every item from its join to its leave, once and in order", run)
