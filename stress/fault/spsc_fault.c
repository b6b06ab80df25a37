/* Faults of spsc: small rounds in the build that holds threads up in the middle of operations, refused arguments, and no
 * memory to be had. */
#include "stress/spsc_flow_p.h"
#include "stress/fault/fault.h"

static void held_up(flow_member *me) {
    jitter_thread(stress_random_next(me->random), 4 + stress_random_below(me->random, 200));
}

static weir_status push_without_memory(flow_member *me, const uint64_t *v, size_t n, size_t *moved) {
    fault_no_memory();
    weir_status st = push(me, v, n, moved);
    fault_memory_again();
    return st;
}

static weir_status pop_without_memory(flow_member *me, uint64_t *v, size_t n, size_t *moved) {
    fault_no_memory();
    weir_status st = pop(me, v, n, moved);
    fault_memory_again();
    return st;
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

/* -- arguments and memory -- */

static void refusals(fault_room *r) {
    weir_spsc *q = (weir_spsc *)r->object;
    fault_expect(weir_spsc_init(NULL, 8, r->block), WEIR_BAD_NULL);
    fault_expect(weir_spsc_init(q, 8, NULL), WEIR_BAD_NULL);
    for (size_t off = 1; off < WEIR_CACHE_LINE; off++) {
        fault_expect(weir_spsc_init((weir_spsc *)(r->object + off), 8, r->block), WEIR_BAD_ALIGN);
        fault_expect(weir_spsc_init(q, 8, r->block + off), WEIR_BAD_ALIGN);
    }
    fault_expect(weir_spsc_init(q, 0, r->block), WEIR_BAD_ZERO);
    for (uint64_t n = 3; n < 1000; n += 2) fault_expect(weir_spsc_init(q, n, r->block), WEIR_BAD_POWER_OF_TWO);
    for (unsigned bit = 32; bit < 64; bit++) {
        fault_expect(weir_spsc_init(q, (uint64_t)1 << bit, r->block), WEIR_BAD_RANGE);
        if (weir_spsc_bytes((uint64_t)1 << bit))
            stress_fail("bytes of a capacity of 2^%u, which init refuses, are not 0", bit);
    }
    fault_expect_untouched(r, "init refused");
}

static void fill_and_empty(fault_room *r, uint64_t capacity) {
    weir_spsc *q = (weir_spsc *)r->object;
    uint64_t v[FLOW_BATCH] = {0}, in = 0, out = 0;
    fault_no_memory();
    fault_expect(weir_spsc_init(q, capacity, r->block), WEIR_OK);
    for (size_t n = 1; in < 5 * capacity; n = n % FLOW_BATCH + 1) {
        in += weir_spsc_try_push_n(q, v, n);
        out += weir_spsc_try_pop_n(q, v, n / 2 + 1);
    }
    while (weir_spsc_try_push(q, 1)) in++;
    if (in - out != capacity) stress_fail("full at %lu of %lu items", in - out, capacity);
    fault_memory_again();
    fault_expect_guards(r, "five laps in batches");
}

static stress_verdict init(const stress_check *check, const stress_request *request) {
    (void)check;
    (void)request;
    for (uint64_t capacity = 1; capacity <= 256; capacity *= 2) {
        fault_room r = fault_room_make(sizeof(weir_spsc), weir_spsc_bytes(capacity));
        refusals(&r);
        fill_and_empty(&r, capacity);
        fault_room_free(&r);
    }
    return STRESS_PASS;
}

STRESS_CHECK(fault, held, "held up anywhere and hit by signals, the threads lose and double nothing; nothing allocates",
             held)
STRESS_CHECK(fault, init, "bad arguments are named and nothing is written; nothing allocates; the memory is kept to",
             init)
