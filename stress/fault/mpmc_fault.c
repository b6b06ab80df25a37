/* Faults of mpmc: closes in the build that holds threads up in the middle of operations, refused arguments, and no
 * memory to be had. */
#include <signal.h>

#include "stress/mpmc_flow_p.h"
#include "stress/fault/flow_fault_p.h"

#define RING weir_mpmc
#define RING_(f) weir_mpmc_##f
#include "stress/fault/ring_fault_p.h"

static void held_up(flow_member *me) {
    jitter_thread(stress_random_next(me->random), 4 + stress_random_below(me->random, 200));
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

STRESS_CHECK(fault, closes,
             "a close at any moment: what was accepted is popped, what was refused never; nothing allocates", closes)
STRESS_CHECK(fault, signals, "a signal handler may use the ring in the middle of a push or pop of its thread", signals)
STRESS_CHECK(fault, init, "bad arguments are named and nothing is written; nothing allocates; the memory is kept to",
             init)
