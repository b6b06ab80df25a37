/* Faults of mpmc: closes in the build that holds threads up in the middle of operations, refused arguments, and no
 * memory to be had. */
#include <signal.h>

#include "stress/mpmc_flow_p.h"
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

static stress_verdict closes(const stress_check *c, const stress_request *request) {
    static const flow_calls calls = {.make = make,
                                     .unmake = unmake,
                                     .push = push_without_memory,
                                     .pop = pop_without_memory,
                                     .close = close_it,
                                     .rest = rest,
                                     .thread = held_up};
    static const flow_plan plan = {.ways = FLOW_TRY, .endings = FLOW_CUT, .batch = FLOW_BATCH, .each = 100};
    (void)c;
    return flow_run(request, &calls, &plan);
}

/* -- a signal handler that uses the ring in the middle of a push or pop of the thread it interrupts -- */

static struct {
    weir_mpmc ring;
    weir_a64 in, out, sum_in, sum_out;
    void *block;
} shared;
static WEIR_THREAD_LOCAL volatile sig_atomic_t inside; /* a round: the handler may use the ring */
static WEIR_THREAD_LOCAL uint64_t values;

static void push_one(void) {
    uint64_t v = ++values * 0x9e3779b97f4a7c15u;
    if (!weir_mpmc_try_push(&shared.ring, v)) return;
    weir_a64_add(&shared.in, 1);
    weir_a64_add(&shared.sum_in, v);
}

static bool pop_one(void) {
    uint64_t v;
    if (!weir_mpmc_try_pop(&shared.ring, &v)) return false;
    weir_a64_add(&shared.out, 1);
    weir_a64_add(&shared.sum_out, v);
    return true;
}

static void on_signal(int sig) {
    (void)sig;
    if (!inside) return;
    push_one();
    pop_one();
}

static void prepare(rounds *r) {
    uint64_t capacity = (uint64_t)1 << stress_random_below(&r->random, 5);
    weir_a64_store(&shared.in, 0);
    weir_a64_store(&shared.out, 0);
    weir_a64_store(&shared.sum_in, 0);
    weir_a64_store(&shared.sum_out, 0);
    if (INIT_AT(&shared.ring, capacity, shared.block, flow_start(&r->random)) != WEIR_OK) stress_fail("init refused");
}

static void work(rounds_member *me) {
    inside = !stress_has("progress=blocking"); /* `lock` is not for handlers: there they only interrupt */
    for (int i = 0; i < 2000; i++) {
        if (stress_random_below(me->random, 2)) push_one();
        else pop_one();
        watch_step(me->watched);
    }
    inside = 0;
}

static void judge(rounds *r) {
    (void)r;
    while (pop_one()) {}
    uint64_t in = weir_a64_load(&shared.in), out = weir_a64_load(&shared.out);
    if (in != out || weir_a64_load(&shared.sum_in) != weir_a64_load(&shared.sum_out))
        stress_fail("%lu items went in and %lu came out, or not the same", in, out);
    stress_count("items", in);
}

static void hold_up(rounds_member *me) {
    jitter_thread(stress_random_next(me->random), 4 + stress_random_below(me->random, 200));
}

static stress_verdict signals(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {prepare, work, judge, hold_up, on_signal};
    (void)c;
    shared.block = rounds_alloc(weir_mpmc_bytes(16));
    return rounds_sizes(request, &plan, NULL, 64);
}

/* -- arguments and memory -- */

static void refusals(fault_room *r) {
    weir_mpmc *q = (weir_mpmc *)r->object;
    fault_expect(weir_mpmc_init(NULL, 8, r->block), WEIR_BAD_NULL);
    fault_expect(weir_mpmc_init(q, 8, NULL), WEIR_BAD_NULL);
    for (size_t off = 1; off < WEIR_CACHE_LINE; off++) {
        fault_expect(weir_mpmc_init((weir_mpmc *)(r->object + off), 8, r->block), WEIR_BAD_ALIGN);
        fault_expect(weir_mpmc_init(q, 8, r->block + off), WEIR_BAD_ALIGN);
    }
    fault_expect(weir_mpmc_init(q, 0, r->block), WEIR_BAD_ZERO);
    for (uint64_t n = 3; n < 1000; n += 2) fault_expect(weir_mpmc_init(q, n, r->block), WEIR_BAD_POWER_OF_TWO);
    for (unsigned bit = 32; bit < 64; bit++) {
        fault_expect(weir_mpmc_init(q, (uint64_t)1 << bit, r->block), WEIR_BAD_RANGE);
        if (weir_mpmc_bytes((uint64_t)1 << bit))
            stress_fail("bytes of a capacity of 2^%u, which init refuses, are not 0", bit);
    }
    fault_expect_untouched(r, "init refused");
}

static void fill_and_empty(fault_room *r, uint64_t capacity) {
    weir_mpmc *q = (weir_mpmc *)r->object;
    uint64_t v[FLOW_BATCH] = {0}, in = 0, out = 0;
    fault_no_memory();
    fault_expect(weir_mpmc_init(q, capacity, r->block), WEIR_OK);
    for (size_t n = 1; in < 5 * capacity; n = n % FLOW_BATCH + 1) {
        in += weir_mpmc_try_push_n(q, v, n);
        out += weir_mpmc_try_pop_n(q, v, n / 2 + 1);
    }
    while (weir_mpmc_try_push(q, 1)) in++;
    if (in - out != capacity) stress_fail("full at %lu of %lu items", in - out, capacity);
    fault_memory_again();
    fault_expect_guards(r, "five laps in batches");
}

static stress_verdict init(const stress_check *check, const stress_request *request) {
    (void)check;
    (void)request;
    for (uint64_t capacity = 1; capacity <= 256; capacity *= 2) {
        fault_room r = fault_room_make(sizeof(weir_mpmc), weir_mpmc_bytes(capacity));
        refusals(&r);
        fill_and_empty(&r, capacity);
        fault_room_free(&r);
    }
    return STRESS_PASS;
}

STRESS_CHECK(fault, closes,
             "a close at any moment: what was accepted is popped, what was refused never; nothing allocates", closes)
STRESS_CHECK(fault, signals, "a signal handler may use the ring in the middle of a push or pop of its thread", signals)
STRESS_CHECK(fault, init, "bad arguments are named and nothing is written; nothing allocates; the memory is kept to",
             init)
