/* Short histories of idset: few ids, neighbours in one word and on both sides of its end. */
#include "prims/idset.h"
#include "stress/lin/spec_set.h"
#include "stress/lin/windows.h"

enum { CAPACITY = 130 };

static weir_idset set;
static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[512];

static void fresh(lin_window *w) {
    w->history.param[LIN_SET_MAYBE] = 0;
    if (weir_idset_bytes(CAPACITY) > sizeof block || weir_idset_init(&set, CAPACITY, block) != WEIR_OK)
        stress_fail("init refused");
}

static void act(const lin_window *w, lin_log *log, stress_random *r) {
    static const uint64_t ids[] = {0, 1, 63, 64, 129};
    for (unsigned i = 0; i < w->each; i++) {
        uint64_t id = ids[stress_random_below(r, 5)];
        unsigned kind = stress_random_below(r, 3);
        bool yes;
        lin_invoke(log, kind, id);
        if (kind == LIN_INSERT) yes = weir_idset_insert(&set, id);
        else if (kind == LIN_REMOVE) yes = weir_idset_remove(&set, id);
        else yes = weir_idset_contains(&set, id);
        lin_return(log, lin_yes(yes), 0);
    }
}

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const lin_plan plan = {&lin_set, fresh, act, NULL};
    return lin_windows(c, request, &plan);
}

STRESS_CHECK(lin, windows, "an exact set: of several threads that change an id, one is told so", run)
