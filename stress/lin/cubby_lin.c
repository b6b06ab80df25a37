/* Short histories of cubby: tries, waits, and where the variant has them deadlines and a close in the middle. */
#include "prims/cubby.h"

static WEIR_ALIGNED(WEIR_CACHE_LINE) weir_cubby cubby, *object = &cubby;

#define HANDOFF(name) weir_cubby##name
#define HANDOFF_TIMED (stress_has("timed=yes") || stress_has("timed=bounded"))
#define HANDOFF_CLOSES stress_has("close=yes")
#include "stress/lin/handoff_lin_p.h"

#define INIT_AT WEIR_BIND(cubby, WEIR_CUBBY, _init_at)

/* In half of the windows `cells` has so few cells that operations wait for a lap. */
static weir_status make_cells(uint64_t start, uint32_t log2_cells, uint32_t *param) {
    param[LIN_CELL_CLOSE] = LIN_EARLY;
    param[LIN_CELL_CELLS] = 1u << log2_cells;
    return weir_cubby_cells_init_small((weir_cubby_cells *)(void *)object, start, log2_cells);
}

static void fresh(lin_window *w) {
    uint64_t start = flow_start(&w->random);
    uint32_t dice = stress_random_below(&w->random, 6);
    choose_sort(w);
    bool cells = !strcmp(STRESS_VARIANT, "cells");
    if ((cells ? make_cells(start, dice < 3 ? dice : 6, w->history.param) : INIT_AT(object, start)) != WEIR_OK)
        stress_fail("init refused");
}

static void over(lin_window *w) {
    (void)w;
    weir_cubby_destroy(object);
}

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const lin_plan plan = {&lin_cell, fresh, act, over};
    return lin_windows(c, request, &plan);
}

STRESS_CHECK(lin, windows, "pushes and pops take effect in turn: pop i returns the value of push i", run)
