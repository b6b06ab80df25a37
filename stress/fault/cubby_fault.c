/* Faults of cubby, in the build that holds threads up in the middle of operations: deadlines that pass while a partner
 * comes, closes and cancels in the middle of everything, signals, refused arguments, and no memory to be had. */
#include "stress/cubby_flow_p.h"
#include "stress/fault/fault.h"

static void held_up(flow_member *me) {
    stepper_of(me); /* gets its memory */
    jitter_thread(stress_random_next(me->random), 4 + stress_random_below(me->random, 200));
}

static weir_status push(flow_member *me, const uint64_t *v, size_t n, size_t *moved) {
    fault_no_memory();
    weir_status st = handoff_push(me, v, n, moved);
    fault_memory_again();
    return st;
}

static weir_status pop(flow_member *me, uint64_t *v, size_t n, size_t *moved) {
    fault_no_memory();
    weir_status st = handoff_pop(me, v, n, moved);
    fault_memory_again();
    return st;
}

static stress_verdict run(const stress_request *request, flow_plan plan) {
    static const flow_calls calls = {.make = make,
                                     .unmake = unmake,
                                     .push = push,
                                     .pop = pop,
                                     .close = handoff_close,
                                     .rest = rest,
                                     .thread = held_up};
    plan.batch = 1;
    return flow_run(request, &calls, &plan);
}

/* -- what a variant lacks it refuses, and nothing moves -- */

static void refuse_deadlines(weir_cubby *c) {
    uint64_t v = 3;
    for (int filled = 0; filled < 2; filled++) {
        for (uint64_t deadline = 0; deadline < 3; deadline++) {
            fault_expect(weir_cubby_push_until(c, 9, deadline), WEIR_NOTSUP);
            fault_expect(weir_cubby_pop_until(c, &v, weir_now_ns() + 1000), WEIR_NOTSUP);
        }
        if (v != 3 || weir_cubby_pressure(c) != filled) stress_fail("a refused operation has moved something");
        fault_expect(weir_cubby_try_push(c, 9), filled ? WEIR_AGAIN : WEIR_OK);
    }
    fault_expect(weir_cubby_try_pop(c, &v), WEIR_OK);
}

static stress_verdict lacks_deadlines(void) {
    weir_cubby *c = rounds_alloc(sizeof *c);
    fault_expect(weir_cubby_init(c), WEIR_OK);
    refuse_deadlines(c);
    weir_cubby_destroy(c);
    free(c);
    return STRESS_PASS;
}

static stress_verdict lacks_close(void) {
    weir_cubby *c = rounds_alloc(sizeof *c);
    uint64_t v;
    fault_expect(weir_cubby_init(c), WEIR_OK);
    fault_expect(weir_cubby_close(c), WEIR_NOTSUP);
    fault_expect(weir_cubby_push(c, 1), WEIR_OK);
    fault_expect(weir_cubby_close(c), WEIR_NOTSUP);
    fault_expect(weir_cubby_pop(c, &v), WEIR_OK);
    weir_cubby_destroy(c);
    free(c);
    return STRESS_PASS;
}

/* -- checks -- */

static stress_verdict deadlines(const stress_check *c, const stress_request *request) {
    (void)c;
    if (!HANDOFF_TIMED) return lacks_deadlines();
    return run(request,
               (flow_plan){.ways = FLOW_TIMED | (HANDOFF_STEPS ? FLOW_STEPS : 0), .endings = endings(), .each = 300});
}

static stress_verdict closes(const stress_check *c, const stress_request *request) {
    (void)c;
    if (!stress_has("close=yes")) return lacks_close();
    return run(request, (flow_plan){.ways = handoff_ways(), .endings = FLOW_CUT, .each = 40});
}

static stress_verdict signals(const stress_check *c, const stress_request *request) {
    (void)c;
    return run(request, (flow_plan){.ways = handoff_ways(), .endings = endings(), .each = 2000, .signals = true});
}

static stress_verdict init(const stress_check *check, const stress_request *request) {
    fault_room r = fault_room_make(sizeof(weir_cubby), 0);
    weir_cubby *c = (weir_cubby *)r.object;
    uint64_t v;
    (void)check;
    (void)request;
    fault_expect(weir_cubby_init(NULL), WEIR_BAD_NULL);
    for (size_t off = 1; off < WEIR_CACHE_LINE; off++)
        fault_expect(weir_cubby_init((weir_cubby *)(r.object + off)), WEIR_BAD_ALIGN);
    fault_expect_untouched(&r, "init refused");
    for (int i = 0; i < 3; i++) { /* the memory may be used again after destroy */
        fault_no_memory();
        fault_expect(weir_cubby_init(c), WEIR_OK);
        for (uint64_t n = 0; n < 300; n++) {
            fault_expect(weir_cubby_push(c, n), WEIR_OK);
            fault_expect(weir_cubby_pop(c, &v), WEIR_OK);
        }
        weir_cubby_destroy(c);
        fault_memory_again();
        fault_expect_guards(&r, "300 hand-offs");
    }
    fault_room_free(&r);
    return STRESS_PASS;
}

STRESS_CHECK(fault, deadlines,
             "what answered TIMEOUT never moves, what answered OK moves once; without deadlines: refused", deadlines)
STRESS_CHECK(fault, closes, "a close at any moment: what was accepted is popped, what was refused never; all are woken",
             closes)
STRESS_CHECK(fault, signals, "a signal ends no wait and loses no wake", signals)
STRESS_CHECK(fault, init, "bad arguments are named and nothing is written; nothing allocates; the memory is kept to",
             init)
