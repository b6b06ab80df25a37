/* Long runs of vectoring: a writer and a reader, words at any offset, tries, waits, deadlines and steps, and the end. */
#include "stress/vectoring_flow_p.h"

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const flow_calls calls = {
        .make = make, .unmake = unmake, .push = push, .pop = pop, .close = finish, .rest = rest};
    static const flow_plan plan = {.ways = FLOW_TRY | FLOW_FOREVER | FLOW_TIMED | FLOW_STEPS,
                                   .endings = FLOW_DRAIN | FLOW_LAST | FLOW_CLOSE | FLOW_CUT,
                                   .batch = FLOW_BATCH,
                                   .each = TALLY_EACH,
                                   .pair = true};
    (void)c;
    return flow_run(request, &calls, &plan);
}

STRESS_CHECK(laws, flow,
             "no byte lost, doubled or out of order; the end is met behind all of them; nobody is left asleep", run)
