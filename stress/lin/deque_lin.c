/* Short histories of deque: one thread owns, the others steal. */
#include "prims/deque.h"
#include "stress/lin/spec_deque.h"
#include "stress/lin/windows.h"

#define INIT_AT WEIR_BIND(deque, WEIR_DEQUE, _init_at)
enum { CAPACITY = 4 };

static WEIR_ALIGNED(WEIR_CACHE_LINE) weir_deque deque;
static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[1024];

static void fresh(lin_window *w) {
    uint32_t *p = w->history.param;
    p[LIN_DEQUE_CAPACITY] = 1u << stress_random_below(&w->random, 3);
    if (weir_deque_bytes(CAPACITY) > sizeof block ||
        INIT_AT(&deque, p[LIN_DEQUE_CAPACITY], block, flow_start(&w->random)) != WEIR_OK)
        stress_fail("init refused");
}

/* What the operation answered, and in *v its item. */
static lin_result operate(unsigned kind, uint64_t *v) {
    if (kind == LIN_DEQUE_PUSH) return lin_ok(weir_deque_try_push(&deque, *v));
    if (kind == LIN_DEQUE_POP) return lin_ok(weir_deque_try_pop(&deque, v));
    weir_status st = weir_deque_try_steal(&deque, v);
    return st == WEIR_ABORT ? LIN_ABORT : lin_of(st);
}

static void act(const lin_window *w, lin_log *log, stress_random *r) {
    unsigned n = log->thread == 0 ? w->each : 1 + w->each / 3; /* else thieves mostly find it empty */
    for (unsigned i = 0; i < n; i++) {
        uint32_t dice = log->thread == 0 ? stress_random_below(r, 8) : 7; /* the owner steals too, now and then */
        unsigned kind = dice < 4 ? LIN_DEQUE_PUSH : dice < 7 ? LIN_DEQUE_POP : LIN_DEQUE_STEAL;
        uint64_t v = lin_value(log, i);
        lin_invoke(log, kind, v);
        lin_result result = operate(kind, &v);
        lin_return(log, result, v);
    }
}

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const lin_plan plan = {&lin_deque, fresh, act, NULL};
    return lin_windows(c, request, &plan);
}

STRESS_CHECK(lin, windows, "the owner's end is a stack, the thieves' a queue, and no item goes to two", run)
