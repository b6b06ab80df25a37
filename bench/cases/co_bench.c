/* co.yield, spawn, memory: coroutines on one loop; one row a variant. */
#include <stdlib.h>

#include "bench/cases/co_data.h"
#include "prims/variant.h"
#include "sched/loop.h"

/* ---- yield ---- */

struct turns {
    weir_co co;
    uint64_t *left, *count;
};
WEIR_COROUTINE(turns) {
    WEIR_CO_BEGIN;
    while (*self->left) {
        --*self->left;
        ++*self->count;
        WEIR_YIELD;
    }
    WEIR_CO_END;
}

static uint64_t yield(void *loop, uint64_t n) {
    struct turns ring[BENCH_CO_RING];
    uint64_t left = n, count = 0;
    for (int i = 0; i < BENCH_CO_RING; i++) WEIR_SPAWN(loop, turns, &ring[i], .left = &left, .count = &count);
    weir_loop_run_quiet(loop);
    return count;
}

/* ---- spawn ---- */

struct once {
    weir_co co;
    uint64_t *count;
};
WEIR_COROUTINE(once) {
    WEIR_CO_BEGIN;
    ++*self->count;
    WEIR_CO_END;
}

struct parent {
    weir_co co;
    weir_loop *loop;
    uint64_t left, *count;
};
WEIR_COROUTINE(parent) {
    WEIR_CO_BEGIN;
    for (; self->left; self->left -= BENCH_CO_BATCH) {
        for (int i = 0; i < BENCH_CO_BATCH; i++)
            if (!WEIR_SPAWN_NEW(self->loop, once, .count = self->count)) WEIR_RAISE(WEIR_NOMEM, "no memory");
        WEIR_YIELD; /* behind all of them */
    }
    WEIR_CO_END;
}

static uint64_t spawn(void *loop, uint64_t n) {
    struct parent parent;
    uint64_t count = 0;
    WEIR_SPAWN(loop, parent, &parent, .loop = loop, .left = n, .count = &count);
    weir_loop_run_quiet(loop);
    return count;
}

/* ---- memory ---- */

struct sleeper {
    weir_co co;
    uint64_t *count;
};
WEIR_COROUTINE(sleeper) {
    WEIR_CO_BEGIN;
    ++*self->count;
    WEIR_SLEEP_UNTIL(WEIR_FOREVER);
    WEIR_CO_END;
}

static bool fill(void *loop, uint64_t n) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < n; i++)
        if (!WEIR_SPAWN_NEW(loop, sleeper, .count = &count)) return false;
    return weir_loop_run_quiet(loop) == n && count == n;
}

/* ---- a loop ---- */

static void *start(void) {
    weir_loop *loop;
    return weir_loop_open(NULL, &loop) == WEIR_OK ? loop : NULL;
}

static void end(void *loop) { weir_loop_close(loop); }

static const bench_co co = {
    .variant = WEIR_STRING(WEIR_CO), .open = start, .close = end, .yield = yield, .spawn = spawn, .fill = fill};
BENCH_CO(co, WEIR_CHOSEN)
