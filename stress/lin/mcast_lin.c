/* Short histories of mcast: one thread writes, the others join, read and leave. */
#include "prims/mcast.h"
#include "stress/lin/spec_mcast.h"
#include "stress/lin/windows.h"

#define INIT_AT WEIR_BIND(mcast, WEIR_MCAST, _init_at)
enum { CAPACITY = 4, BATCH = 3 };

static WEIR_ALIGNED(WEIR_CACHE_LINE) weir_mcast ring;
static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[4096];

static void fresh(lin_window *w) {
    uint32_t *p = w->history.param;
    p[LIN_MCAST_CAPACITY] = 1u << stress_random_below(&w->random, 3);
    p[LIN_MCAST_READERS] = 1 + stress_random_below(&w->random, w->threads - 1);
    if (weir_mcast_bytes(CAPACITY, LIN_TEAM - 1) > sizeof block ||
        INIT_AT(&ring, p[LIN_MCAST_CAPACITY], p[LIN_MCAST_READERS], block, flow_start(&w->random)) != WEIR_OK)
        stress_fail("init refused");
}

static void push(lin_log *log, unsigned i, unsigned n) {
    uint64_t v[BATCH];
    for (unsigned k = 0; k < n; k++) v[k] = lin_value(log, i + k);
    lin_invoke(log, LIN_MCAST_PUSH, v[0]);
    size_t moved = n == 1 ? weir_mcast_try_push(&ring, v[0]) : weir_mcast_try_push_n(&ring, v, n);
    if (moved) lin_return_n(log, LIN_OK, v, NULL, (unsigned)moved);
    else lin_return(log, LIN_NO, 0);
}

static void pop(lin_log *log, weir_mcast_reader *reader, unsigned n) {
    uint64_t v[BATCH];
    lin_invoke(log, LIN_MCAST_POP, log->thread);
    size_t moved = n == 1 ? weir_mcast_try_pop(&ring, reader, v) : weir_mcast_try_pop_n(&ring, reader, v, n);
    if (moved) lin_return_n(log, LIN_OK, NULL, v, (unsigned)moved);
    else lin_return(log, LIN_NO, 0);
}

static weir_mcast_reader *join(lin_log *log) {
    lin_invoke(log, LIN_MCAST_JOIN, log->thread);
    weir_mcast_reader *reader = weir_mcast_join(&ring);
    lin_return(log, lin_ok(reader != NULL), 0);
    return reader;
}

static void leave(lin_log *log, weir_mcast_reader *reader) {
    lin_invoke(log, LIN_MCAST_LEAVE, log->thread);
    weir_mcast_leave(&ring, reader);
    lin_return(log, LIN_OK, 0);
}

static void act(const lin_window *w, lin_log *log, stress_random *r) {
    weir_mcast_reader *reader = NULL;
    for (unsigned i = 0, n; i < w->each; i += n) {
        n = stress_random_below(r, 3) ? 1 : 1 + stress_random_below(r, BATCH);
        if (n > w->each - i) n = w->each - i;
        if (log->thread == 0) push(log, i, n);
        else if (!reader) reader = join(log);
        else if (stress_random_below(r, 5)) pop(log, reader, n);
        else {
            leave(log, reader);
            reader = NULL;
        }
    }
}

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const lin_plan plan = {&lin_mcast, fresh, act, NULL};
    return lin_windows(c, request, &plan);
}

STRESS_CHECK(lin, windows, "every reader sees every item pushed between its join and its leave, in order", run)
