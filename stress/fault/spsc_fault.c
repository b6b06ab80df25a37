/* Faults of spsc: small rounds in the build that holds threads up in the middle of operations, refused arguments, and no
 * memory to be had. */
#include "stress/spsc_flow_p.h"
#include "stress/fault/flow_fault_p.h"

#define RING weir_spsc
#define RING_(f) weir_spsc_##f
#include "stress/fault/ring_fault_p.h"

static void held_up(flow_member *me) {
    jitter_thread(stress_random_next(me->random), 4 + stress_random_below(me->random, 200));
}

static stress_verdict held(const stress_check *c, const stress_request *request) {
    static const flow_calls calls = {.make = make,
                                     .unmake = unmake,
                                     .push = push_without_memory,
                                     .pop = pop_without_memory,
                                     .rest = rest,
                                     .thread = held_up};
    static const flow_plan plan = {.ways = FLOW_TRY,
                                   .endings = FLOW_DRAIN | FLOW_LAST,
                                   .batch = FLOW_BATCH,
                                   .each = 500,
                                   .pair = true,
                                   .signals = true};
    (void)c;
    return flow_run(request, &calls, &plan);
}

STRESS_CHECK(fault, held, "held up anywhere and hit by signals, the threads lose and double nothing; nothing allocates",
             held)
STRESS_CHECK(fault, init, "bad arguments are named and nothing is written; nothing allocates; the memory is kept to",
             init)
