/* ring_fault_p - a ring's arguments and memory: what is refused, and that it writes where it may. RING is its type, RING_(f) its
 * function f. */
#ifndef WEIR_STRESS_FAULT_RING_FAULT_P_H
#define WEIR_STRESS_FAULT_RING_FAULT_P_H

#include "stress/fault/fault.h"

static void refusals(fault_room *r) {
    RING *q = (RING *)r->object;
    fault_expect(RING_(init)(NULL, 8, r->block), WEIR_BAD_NULL);
    fault_expect(RING_(init)(q, 8, NULL), WEIR_BAD_NULL);
    for (size_t off = 1; off < WEIR_CACHE_LINE; off++) {
        fault_expect(RING_(init)((RING *)(r->object + off), 8, r->block), WEIR_BAD_ALIGN);
        fault_expect(RING_(init)(q, 8, r->block + off), WEIR_BAD_ALIGN);
    }
    fault_expect(RING_(init)(q, 0, r->block), WEIR_BAD_ZERO);
    for (uint64_t n = 3; n < 1000; n += 2) fault_expect(RING_(init)(q, n, r->block), WEIR_BAD_POWER_OF_TWO);
    for (unsigned bit = 32; bit < 64; bit++) {
        fault_expect(RING_(init)(q, (uint64_t)1 << bit, r->block), WEIR_BAD_RANGE);
        if (RING_(bytes)((uint64_t)1 << bit))
            stress_fail("bytes of a capacity of 2^%u, which init refuses, are not 0", bit);
    }
    fault_expect_untouched(r, "init refused");
}

static void fill_and_empty(fault_room *r, uint64_t capacity) {
    RING *q = (RING *)r->object;
    uint64_t v[FLOW_BATCH] = {0}, in = 0, out = 0;
    fault_no_memory();
    fault_expect(RING_(init)(q, capacity, r->block), WEIR_OK);
    for (size_t n = 1; in < 5 * capacity; n = n % FLOW_BATCH + 1) {
        in += RING_(try_push_n)(q, v, n);
        out += RING_(try_pop_n)(q, v, n / 2 + 1);
    }
    while (RING_(try_push)(q, 1)) in++;
    if (in - out != capacity) stress_fail("full at %lu of %lu items", in - out, capacity);
    fault_memory_again();
    fault_expect_guards(r, "five laps in batches");
}

static stress_verdict init(const stress_check *check, const stress_request *request) {
    (void)check;
    (void)request;
    for (uint64_t capacity = 1; capacity <= 256; capacity *= 2) {
        fault_room r = fault_room_make(sizeof(RING), RING_(bytes)(capacity));
        refusals(&r);
        fill_and_empty(&r, capacity);
        fault_room_free(&r);
    }
    return STRESS_PASS;
}

#endif
