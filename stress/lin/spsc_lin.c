/* Short histories of spsc: one thread pushes, one pops, singly and in batches. */
#include "prims/spsc.h"
#include "stress/lin/spec_queue.h"
#include "stress/lin/windows.h"

#define INIT_AT WEIR_BIND(spsc, WEIR_SPSC, _init_at)
enum { CAPACITY = 4, BATCH = 3 };

static WEIR_ALIGNED(WEIR_CACHE_LINE) weir_spsc ring;
static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[1024];

static void fresh(lin_window *w) {
    uint32_t *p = w->history.param;
    p[LIN_QUEUE_CAPACITY] = 1u << stress_random_below(&w->random, 3);
    p[LIN_QUEUE_EMPTY] = p[LIN_QUEUE_FULL] = LIN_STRICT;
    w->threads = 2;
    if (weir_spsc_bytes(CAPACITY) > sizeof block ||
        INIT_AT(&ring, p[LIN_QUEUE_CAPACITY], block, flow_start(&w->random)) != WEIR_OK)
        stress_fail("init refused");
}

/* A batch that was cut short filled the ring, so a push right after it is refused. */
static void push(lin_log *log, unsigned i, unsigned n) {
    uint64_t v[BATCH];
    for (unsigned k = 0; k < n; k++) v[k] = lin_value(log, i + k);
    lin_invoke(log, LIN_PUSH, v[0]);
    size_t moved = n == 1 ? weir_spsc_try_push(&ring, v[0]) : weir_spsc_try_push_n(&ring, v, n);
    if (moved) lin_return_n(log, LIN_OK, v, NULL, (unsigned)moved);
    else lin_return(log, LIN_NO, 0);
}

static void pop(lin_log *log, unsigned n) {
    uint64_t v[BATCH];
    lin_invoke(log, LIN_POP, 0);
    size_t moved = n == 1 ? weir_spsc_try_pop(&ring, v) : weir_spsc_try_pop_n(&ring, v, n);
    if (moved) lin_return_n(log, LIN_OK, NULL, v, (unsigned)moved);
    else lin_return(log, LIN_NO, 0);
}

static void act(const lin_window *w, lin_log *log, stress_random *r) {
    for (unsigned i = 0, n; i < w->each; i += n) {
        n = stress_random_below(r, 2) ? 1 : 1 + stress_random_below(r, BATCH);
        if (n > w->each - i) n = w->each - i;
        if (log->thread == 0) push(log, i, n);
        else pop(log, n);
    }
}

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const lin_plan plan = {&lin_queue, fresh, act, NULL};
    return lin_windows(c, request, &plan);
}

STRESS_CHECK(lin, windows, "a bounded FIFO queue; full and empty are true at a moment within the call", run)
