/* Long runs of chan: threads that try, wait, wait until a deadline, and step, all at once. */
#include "stress/chan_flow_p.h"

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const flow_calls calls = {
        .make = make, .unmake = unmake, .push = handoff_push, .pop = handoff_pop, .close = handoff_close, .rest = rest};
    const flow_plan plan = {.ways = handoff_ways(), .endings = endings(), .batch = 1, .each = TALLY_EACH};
    (void)c;
    return flow_run(request, &calls, &plan);
}

STRESS_CHECK(laws, flow, "nothing lost, doubled or invented; in order; refused is not delivered; nobody is left asleep",
             run)
