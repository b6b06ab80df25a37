/* Long runs of mpmc: single words and batches mixed, closed at any moment or not at all. */
#include "stress/mpmc_flow_p.h"

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const flow_calls calls = {
        .make = make, .unmake = unmake, .push = push, .pop = pop, .close = close_it, .rest = rest};
    static const flow_plan plan = {.ways = FLOW_TRY,
                                   .endings = FLOW_DRAIN | FLOW_LAST | FLOW_CLOSE | FLOW_CUT,
                                   .batch = FLOW_BATCH,
                                   .each = TALLY_EACH};
    (void)c;
    return flow_run(request, &calls, &plan);
}

STRESS_CHECK(
    laws, flow,
    "nothing lost, doubled or invented; in order; at rest full and empty are true; what was accepted before a close is popped",
    run)
