/* Long runs of spsc: one producer, one consumer, single words and batches mixed. */
#include "stress/spsc_flow_p.h"

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const flow_calls calls = {.make = make, .unmake = unmake, .push = push, .pop = pop, .rest = rest};
    static const flow_plan plan = {
        .ways = FLOW_TRY, .endings = FLOW_DRAIN | FLOW_LAST, .batch = FLOW_BATCH, .each = TALLY_EACH, .pair = true};
    (void)c;
    return flow_run(request, &calls, &plan);
}

STRESS_CHECK(laws, flow, "nothing lost, doubled or invented; in order; full and empty are true", run)
