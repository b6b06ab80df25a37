/* Faults of vectoring, in the build that holds threads up in the middle of operations: deadlines, signals, a reader that
 * closes at any moment, refused arguments, and no memory to be had. */
#include "stress/vectoring_flow_p.h"
#include "stress/fault/flow_fault_p.h"

static void held_up(flow_member *me) {
    stepper_of(me); /* gets its memory */
    jitter_thread(stress_random_next(me->random), 4 + stress_random_below(me->random, 200));
}

static stress_verdict run(const stress_request *request, flow_plan plan) {
    static const flow_calls calls = {.make = make,
                                     .unmake = unmake,
                                     .push = push_without_memory,
                                     .pop = pop_without_memory,
                                     .close = finish,
                                     .rest = rest,
                                     .thread = held_up};
    plan.batch = FLOW_BATCH;
    plan.pair = true;
    return flow_run(request, &calls, &plan);
}

static stress_verdict deadlines(const stress_check *c, const stress_request *request) {
    (void)c;
    return run(
        request,
        (flow_plan){.ways = FLOW_TIMED | FLOW_STEPS, .endings = FLOW_DRAIN | FLOW_LAST | FLOW_CLOSE, .each = 300});
}

static stress_verdict signals(const stress_check *c, const stress_request *request) {
    (void)c;
    return run(request, (flow_plan){.ways = FLOW_TRY | FLOW_FOREVER | FLOW_TIMED | FLOW_STEPS,
                                    .endings = FLOW_LAST | FLOW_CLOSE | FLOW_CUT,
                                    .each = 1000,
                                    .signals = true});
}

/* -- a reader that closes -- */

typedef struct pair {
    weir_vectoring *v;
    void *block;
    uint64_t said; /* plain: before the close, read after it */
} pair;

static void prepare(rounds *r) {
    pair *p = r->arg;
    uint64_t capacity = (uint64_t)1 << stress_random_below(&r->random, 6);
    p->said = 0;
    if (INIT_AT(p->v, capacity, p->block, flow_start(&r->random)) != WEIR_OK) stress_fail("init refused");
}

static void write_until_closed(rounds_member *me) {
    pair *p = me->arg;
    uint8_t bytes[40] = {0};
    weir_status st;
    while ((st = weir_vectoring_wait_room(p->v, 1 + stress_random_below(me->random, 8), WEIR_FOREVER)) == WEIR_OK) {
        weir_vectoring_write(p->v, bytes, 1 + stress_random_below(me->random, sizeof bytes));
        watch_step(me->watched);
    }
    if (st != WEIR_CLOSED) stress_fail("a wait for room answered \"%s\"", weir_status_text(st));
    if (weir_vectoring_closed(p->v) != ENDED_BY) stress_fail("closed with %d", weir_vectoring_closed(p->v));
    if (p->said != 1) stress_fail("closed, without what came before the close");
    if (weir_vectoring_write(p->v, bytes, 1)) stress_fail("known to be closed, and a byte was taken");
}

static void read_and_close(rounds_member *me) {
    pair *p = me->arg;
    uint8_t bytes[40];
    for (uint32_t n = stress_random_below(me->random, 200); n; n--) {
        if (stress_random_below(me->random, 2)) weir_vectoring_wait_bytes(p->v, 1, WEIR_FOREVER);
        weir_vectoring_read(p->v, bytes, 1 + stress_random_below(me->random, sizeof bytes));
        watch_step(me->watched);
    }
    p->said = 1;
    weir_vectoring_close(p->v, ENDED_BY);
    if (weir_vectoring_read(p->v, bytes, 1)) stress_fail("closed by this side, and a byte came out");
}

static void meet(rounds_member *me) {
    if (me->index == 0) write_until_closed(me);
    else read_and_close(me);
}

static void judge(rounds *r) { (void)r; }

static void held_up_too(rounds_member *me) {
    jitter_thread(stress_random_next(me->random), 4 + stress_random_below(me->random, 200));
}

static stress_verdict closes(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = meet, .judge = judge, .thread = held_up_too};
    pair p = {rounds_alloc(sizeof *p.v), rounds_alloc(64), 0};
    (void)c;
    if (rounds_run(2, request->seconds, request->seed, &plan, &p)) { /* hung: left as it lies */
        free(p.v);
        free(p.block);
    }
    return STRESS_PASS;
}

/* -- arguments and memory -- */

static void refusals(fault_room *r) {
    weir_vectoring *v = (weir_vectoring *)r->object;
    fault_expect(weir_vectoring_init(NULL, 8, r->block), WEIR_BAD_NULL);
    fault_expect(weir_vectoring_init(v, 8, NULL), WEIR_BAD_NULL);
    for (size_t off = 1; off < WEIR_CACHE_LINE; off++) {
        fault_expect(weir_vectoring_init((weir_vectoring *)(r->object + off), 8, r->block), WEIR_BAD_ALIGN);
        fault_expect(weir_vectoring_init(v, 8, r->block + off), WEIR_BAD_ALIGN);
    }
    fault_expect(weir_vectoring_init(v, 0, r->block), WEIR_BAD_ZERO);
    for (uint64_t n = 3; n < 1000; n += 2) fault_expect(weir_vectoring_init(v, n, r->block), WEIR_BAD_POWER_OF_TWO);
    for (unsigned bit = 30; bit < 64; bit++)
        fault_expect(weir_vectoring_init(v, (uint64_t)1 << bit, r->block), WEIR_BAD_RANGE);
    fault_expect_untouched(r, "init refused");
}

static void fill_and_empty(fault_room *r, uint64_t capacity) {
    weir_vectoring *v = (weir_vectoring *)r->object;
    uint8_t bytes[FLOW_BATCH] = {0};
    uint64_t in = 0, out = 0;
    fault_no_memory();
    fault_expect(weir_vectoring_init(v, capacity, r->block), WEIR_OK);
    for (size_t n = 1; in < 5 * capacity; n = n % FLOW_BATCH + 1) {
        in += weir_vectoring_write(v, bytes, n);
        out += weir_vectoring_read(v, bytes, n / 2 + 1);
    }
    while (weir_vectoring_write(v, bytes, 1)) in++;
    if (in - out != capacity) stress_fail("full with %lu of %lu bytes", in - out, capacity);
    fault_memory_again();
    fault_expect_guards(r, "five laps");
}

static stress_verdict init(const stress_check *check, const stress_request *request) {
    (void)check;
    (void)request;
    for (uint64_t capacity = 1; capacity <= 1024; capacity *= 2) {
        fault_room r = fault_room_make(sizeof(weir_vectoring), capacity);
        refusals(&r);
        fill_and_empty(&r, capacity);
        fault_room_free(&r);
    }
    return STRESS_PASS;
}

STRESS_CHECK(fault, deadlines, "what was timed out has moved nothing, and an op withdrawn is left alone", deadlines)
STRESS_CHECK(fault, signals, "a signal ends no wait and loses no wake; nothing allocates", signals)
STRESS_CHECK(fault, closes, "a reader that closes at any moment is told to a writer at work or asleep", closes)
STRESS_CHECK(fault, init, "bad arguments are named and nothing is written; nothing allocates; the memory is kept to",
             init)
