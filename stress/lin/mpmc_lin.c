/* Short histories of mpmc: single and batch operations of every thread in any order, sometimes closed in the middle. */
#include "prims/mpmc.h"
#include "stress/lin/spec_queue.h"
#include "stress/lin/windows.h"

#define INIT_AT WEIR_BIND(mpmc, WEIR_MPMC, _init_at)
enum { CAPACITY = 4, BATCH = 3 };

static WEIR_ALIGNED(WEIR_CACHE_LINE) weir_mpmc ring;
static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[16384];
static bool closing;

static void fresh(lin_window *w) {
    uint32_t *p = w->history.param;
    p[LIN_QUEUE_CAPACITY] = 1u << stress_random_below(&w->random, 3);
    p[LIN_QUEUE_EMPTY] = stress_has("empty=early") ? LIN_EARLY : LIN_STRICT;
    p[LIN_QUEUE_FULL] = !stress_has("full=early")                  ? LIN_STRICT
                        : stress_has("progress=blocking-per-slot") ? LIN_PLACE
                                                                   : LIN_EARLY;
    closing = stress_random_below(&w->random, 4) == 0;
    if (weir_mpmc_bytes(CAPACITY) > sizeof block ||
        INIT_AT(&ring, p[LIN_QUEUE_CAPACITY], block, flow_start(&w->random)) != WEIR_OK)
        stress_fail("init refused");
}

static void push(lin_log *log, unsigned i, unsigned n) {
    uint64_t v[BATCH];
    for (unsigned k = 0; k < n; k++) v[k] = lin_value(log, i + k);
    lin_invoke(log, LIN_PUSH, v[0]);
    size_t moved = n == 1 ? weir_mpmc_try_push(&ring, v[0]) : weir_mpmc_try_push_n(&ring, v, n);
    if (moved) lin_return_n(log, LIN_OK, v, NULL, (unsigned)moved);
    else lin_return(log, LIN_NO, 0);
    if (moved + !moved < n) lin_also(log, LIN_HOLD, n - moved - !moved, LIN_OK);
}

static void pop(lin_log *log, unsigned n) {
    uint64_t v[BATCH];
    lin_invoke(log, LIN_POP, 0);
    size_t moved = n == 1 ? weir_mpmc_try_pop(&ring, v) : weir_mpmc_try_pop_n(&ring, v, n);
    if (moved) lin_return_n(log, LIN_OK, NULL, v, (unsigned)moved);
    else lin_return(log, LIN_NO, 0);
}

static void end(lin_log *log, uint32_t dice) {
    switch (dice) {
    case 0:
        lin_invoke(log, LIN_CLOSE, 0);
        weir_mpmc_close(&ring);
        lin_return(log, LIN_OK, 0);
        break;
    case 1:
        lin_invoke(log, LIN_IS_CLOSED, 0);
        lin_return(log, lin_yes(weir_mpmc_closed(&ring)), 0);
        break;
    default:
        lin_invoke(log, LIN_IS_DRAINED, 0);
        lin_return(log, lin_yes(weir_mpmc_drained(&ring)), 0);
        break;
    }
}

static void act(const lin_window *w, lin_log *log, stress_random *r) {
    uint32_t taste = stress_random_below(r, 5); /* pushes in five: some threads mostly push, others mostly pop */
    for (unsigned i = 0, n; i < w->each; i += n) {
        n = stress_random_below(r, 4) ? 1 : 1 + stress_random_below(r, BATCH);
        if (n > w->each - i) n = w->each - i;
        if (closing && stress_random_below(r, 6) == 0) end(log, stress_random_below(r, 3));
        else if (stress_random_below(r, 4) < taste) push(log, i, n);
        else pop(log, n);
    }
}

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const lin_plan plan = {&lin_queue, fresh, act, NULL};
    return lin_windows(c, request, &plan);
}

STRESS_CHECK(lin, windows, "a bounded FIFO queue, with the refusals that its traits allow", run)
