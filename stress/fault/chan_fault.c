/* Faults of chan, in the build that holds threads up in the middle of operations: deadlines that pass while a partner
 * comes, closes and cancels in the middle of everything, signals, refused arguments, and no memory to be had. */
#include "stress/chan_flow_p.h"
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

static stress_verdict deadlines(const stress_check *c, const stress_request *request) {
    (void)c;
    return run(request, (flow_plan){.ways = FLOW_TIMED | FLOW_STEPS, .endings = endings(), .each = 300});
}

static stress_verdict closes(const stress_check *c, const stress_request *request) {
    (void)c;
    return run(request, (flow_plan){.ways = handoff_ways(), .endings = FLOW_CUT, .each = 40});
}

static stress_verdict signals(const stress_check *c, const stress_request *request) {
    (void)c;
    return run(request, (flow_plan){.ways = handoff_ways(), .endings = endings(), .each = 2000, .signals = true});
}

static void refusals(fault_room *r) {
    weir_chan *c = (weir_chan *)r->object;
    fault_expect(weir_chan_init(NULL, 8, r->block), WEIR_BAD_NULL);
    fault_expect(weir_chan_init(c, 8, NULL), WEIR_BAD_NULL);
    for (size_t off = 1; off < WEIR_CACHE_LINE; off++) {
        fault_expect(weir_chan_init((weir_chan *)(r->object + off), 8, r->block), WEIR_BAD_ALIGN);
        fault_expect(weir_chan_init(c, 8, r->block + off), WEIR_BAD_ALIGN);
    }
    fault_expect(weir_chan_init(c, 0, r->block), WEIR_BAD_ZERO);
    for (uint64_t n = 3; n < 1000; n += 2) fault_expect(weir_chan_init(c, n, r->block), WEIR_BAD_POWER_OF_TWO);
    for (unsigned bit = 32; bit < 64; bit++)
        fault_expect(weir_chan_init(c, (uint64_t)1 << bit, r->block), WEIR_BAD_RANGE);
    fault_expect_untouched(r, "init refused");
}

static void fill_and_empty(fault_room *r, uint64_t capacity) {
    weir_chan *c = (weir_chan *)r->object;
    uint64_t v;
    fault_no_memory();
    fault_expect(weir_chan_init(c, capacity, r->block), WEIR_OK);
    for (uint64_t i = 0; i < 3 * capacity; i++) {
        if (i >= capacity) fault_expect(weir_chan_pop(c, &v), WEIR_OK);
        fault_expect(weir_chan_push(c, i), WEIR_OK);
    }
    weir_chan_close(c);
    for (uint64_t i = 0; i < capacity; i++) fault_expect(weir_chan_pop(c, &v), WEIR_OK);
    fault_expect(weir_chan_pop(c, &v), WEIR_CLOSED);
    fault_memory_again();
    fault_expect_guards(r, "filled three times and emptied");
}

static stress_verdict init(const stress_check *check, const stress_request *request) {
    (void)check;
    (void)request;
    for (uint64_t capacity = 1; capacity <= 256; capacity *= 2) {
        fault_room r = fault_room_make(sizeof(weir_chan), weir_chan_bytes(capacity));
        refusals(&r);
        fill_and_empty(&r, capacity);
        fault_room_free(&r);
    }
    return STRESS_PASS;
}

STRESS_CHECK(fault, deadlines,
             "what answered TIMEOUT never moves, what answered OK moves once; an op withdrawn is left alone", deadlines)
STRESS_CHECK(fault, closes, "a close at any moment: what was accepted is popped, what was refused never; all are woken",
             closes)
STRESS_CHECK(fault, signals, "a signal ends no wait and loses no wake", signals)
STRESS_CHECK(fault, init, "bad arguments are named and nothing is written; nothing allocates; the memory is kept to",
             init)
