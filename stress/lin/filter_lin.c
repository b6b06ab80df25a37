/* Short histories of filter: ids that share bits, since a few cache lines must do for them; removes where the variant has
 * them, each of an insert that the same thread has made before; one writer alone in some windows; whole filters taken in. */
#include "prims/filter.h"
#include "stress/lin/spec_set.h"
#include "stress/lin/windows.h"

enum { IDS = 6, BYTES = 1024 };

static weir_filter filter, single[IDS]; /* single[i] has only id i */
static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[BYTES], single_block[IDS][BYTES];
static bool one_writer, made;

static void make(weir_filter *f, unsigned char *at) {
    if (weir_filter_bytes(16, 8) > BYTES || weir_filter_init(f, 16, 8, 1, at) != WEIR_OK) stress_fail("init refused");
}

static void fresh(lin_window *w) {
    w->history.param[LIN_SET_MAYBE] = 1;
    one_writer = stress_random_below(&w->random, 4) == 0;
    make(&filter, block);
    for (unsigned i = 0; i < IDS && !made; i++) {
        make(&single[i], single_block[i]);
        weir_filter_insert(&single[i], i);
    }
    made = true;
}

static void insert(lin_log *log, uint64_t id, bool alone, bool by_subsume) {
    lin_invoke(log, LIN_INSERT, id);
    if (by_subsume) {
        if (weir_filter_subsume(&filter, &single[id]) != WEIR_OK) stress_fail("subsume refused");
    } else if (alone) weir_filter_insert_sp(&filter, id);
    else weir_filter_insert(&filter, id);
    lin_return(log, LIN_OK, 0);
}

static void act(const lin_window *w, lin_log *log, stress_random *r) {
    unsigned mine[IDS] = {0}; /* inserts of each id that this thread may take back */
    bool removes = stress_has("remove=yes");
    for (unsigned i = 0; i < w->each; i++) {
        uint64_t id = stress_random_below(r, IDS);
        uint32_t dice = stress_random_below(r, 8);
        if (dice < 3 && !(one_writer && log->thread)) {
            bool by_subsume = !one_writer && dice == 0;
            insert(log, id, one_writer, by_subsume);
            mine[id] += !by_subsume;
        } else if (removes && !one_writer && dice < 6 && mine[id]) {
            lin_invoke(log, LIN_REMOVE, id);
            lin_return(log, lin_ok(weir_filter_remove(&filter, id) == WEIR_OK), 0);
            mine[id]--;
        } else {
            lin_invoke(log, LIN_CONTAINS, id);
            lin_return(log, lin_yes(weir_filter_may_contain(&filter, id)), 0);
        }
    }
}

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const lin_plan plan = {&lin_set, fresh, act, NULL};
    return lin_windows(c, request, &plan);
}

STRESS_CHECK(lin, windows, "an id whose insert has returned is never \"surely not\" in, unless it was taken out", run)
