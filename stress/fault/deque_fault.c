/* Faults of deque: a signal handler that steals in the middle of a push, pop or steal of its thread, in the build that holds
 * threads up; refused arguments, and no memory to be had. */
#include <signal.h>

#include "stress/deque_flow_p.h"
#include "stress/fault/fault.h"

static state shared = {.most = 1000};
static WEIR_THREAD_LOCAL volatile sig_atomic_t inside; /* 1 + index of the thread, while its handler may steal */

static void on_signal(int sig) {
    (void)sig;
    if (inside) steal_one(&shared, MOST + (unsigned)inside - 1);
}

static void work_and_be_hit(rounds_member *me) {
    fault_no_memory();
    if (!stress_has("progress=blocking")) inside = 1 + (sig_atomic_t)me->index; /* `lock` is not for handlers */
    work(me);
    inside = 0;
    fault_memory_again();
}

static void judge_and_count(rounds *r) {
    for (unsigned i = MOST; i < TAKERS; i++) stress_count("items stolen by handlers", shared.gots[i]);
    judge(r);
}

static void held_up(rounds_member *me) {
    jitter_thread(stress_random_next(me->random), 4 + stress_random_below(me->random, 200));
}

static stress_verdict signals(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {prepare, work_and_be_hit, judge_and_count, held_up, on_signal};
    (void)c;
    return rounds_sizes(request, &plan, &shared, MOST);
}

/* -- arguments and memory -- */

static void refusals(fault_room *r) {
    weir_deque *q = (weir_deque *)r->object;
    fault_expect(weir_deque_init(NULL, 8, r->block), WEIR_BAD_NULL);
    fault_expect(weir_deque_init(q, 8, NULL), WEIR_BAD_NULL);
    for (size_t off = 1; off < WEIR_CACHE_LINE; off++) {
        fault_expect(weir_deque_init((weir_deque *)(r->object + off), 8, r->block), WEIR_BAD_ALIGN);
        fault_expect(weir_deque_init(q, 8, r->block + off), WEIR_BAD_ALIGN);
    }
    fault_expect(weir_deque_init(q, 0, r->block), WEIR_BAD_ZERO);
    for (uint64_t n = 3; n < 1000; n += 2) fault_expect(weir_deque_init(q, n, r->block), WEIR_BAD_POWER_OF_TWO);
    for (unsigned bit = 32; bit < 64; bit++) {
        fault_expect(weir_deque_init(q, (uint64_t)1 << bit, r->block), WEIR_BAD_RANGE);
        if (weir_deque_bytes((uint64_t)1 << bit))
            stress_fail("bytes of a capacity of 2^%u, which init refuses, are not 0", bit);
    }
    fault_expect_untouched(r, "init refused");
}

static void fill_and_empty(fault_room *r, uint64_t capacity) {
    weir_deque *q = (weir_deque *)r->object;
    uint64_t v, in = 0, out = 0;
    fault_no_memory();
    fault_expect(weir_deque_init(q, capacity, r->block), WEIR_OK);
    while (in < 5 * capacity) {
        in += weir_deque_try_push(q, in);
        in += weir_deque_try_push(q, in);
        out += in % 3 ? weir_deque_try_steal(q, &v) == WEIR_OK : weir_deque_try_pop(q, &v);
    }
    while (weir_deque_try_push(q, 1)) in++;
    if (in - out != capacity) stress_fail("full at %lu of %lu items", in - out, capacity);
    fault_memory_again();
    fault_expect_guards(r, "five laps");
}

static stress_verdict init(const stress_check *check, const stress_request *request) {
    (void)check;
    (void)request;
    for (uint64_t capacity = 1; capacity <= 256; capacity *= 2) {
        fault_room r = fault_room_make(sizeof(weir_deque), weir_deque_bytes(capacity));
        refusals(&r);
        fill_and_empty(&r, capacity);
        fault_room_free(&r);
    }
    return STRESS_PASS;
}

STRESS_CHECK(fault, signals,
             "held up anywhere, and with handlers that steal, each item is taken once; nothing allocates", signals)
STRESS_CHECK(fault, init, "bad arguments are named and nothing is written; nothing allocates; the memory is kept to",
             init)
