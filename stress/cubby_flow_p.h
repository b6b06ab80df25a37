/* cubby_flow_p - the cubby as a flow: how one is made, and its laws at rest. Included once by a file of checks. */
#include "prims/cubby.h"

#define HANDOFF(name) weir_cubby##name
#define HANDOFF_TIMED (stress_has("timed=yes") || stress_has("timed=bounded"))
#define HANDOFF_STEPS stress_has("async=yes")
#include "stress/handoff_p.h"

/* `cells` also with so few of them that operations wait for one. */
#define INIT(name) INIT_(name)
#define INIT_(name) INIT_##name
#define INIT_cells(c, start, r) weir_cubby_cells_init_small(c, start, stress_random_below(r, 7))
#define INIT_direct(c, start, r) WEIR_BIND(cubby, WEIR_CUBBY, _init_at)(c, start)
#define INIT_turn INIT_direct
#define INIT_sem INIT_direct
#define INIT_lock INIT_direct
#define INIT_seed INIT_direct

static void make(flow *f, stress_random *r) {
    f->capacity = 1;
    f->start = flow_start(r);
    f->object = rounds_alloc(sizeof(weir_cubby));
    if (INIT(WEIR_CUBBY)(f->object, f->start, r) != WEIR_OK) stress_fail("init refused");
}

static void unmake(flow *f) {
    weir_cubby_destroy(f->object);
    free(f->object);
}

static void expect(flow *f, int64_t pressure, const char *when) {
    int64_t now = weir_cubby_pressure(f->object);
    if (now != pressure) stress_fail("at rest, %s: pressure is %ld instead of %ld", when, now, pressure);
}

static void rest(flow *f, bool closed) {
    weir_cubby *c = f->object;
    uint64_t v = 0;
    expect(f, 0, closed ? "closed and drained" : "empty");
    if (closed) {
        if (weir_cubby_push(c, 1) != WEIR_CLOSED || weir_cubby_try_push(c, 1) != WEIR_CLOSED)
            stress_fail("at rest: a closed cubby did not refuse a push");
        if (weir_cubby_pop(c, &v) != WEIR_CLOSED) stress_fail("at rest: a closed and drained cubby did not say so");
        return;
    }
    if (weir_cubby_try_pop(c, &v) != WEIR_AGAIN) stress_fail("at rest: something came out of an empty cubby");
    if (weir_cubby_try_push(c, 7) != WEIR_OK) stress_fail("at rest: an empty cubby refused a push");
    expect(f, 1, "filled");
    if (weir_cubby_try_push(c, 8) != WEIR_AGAIN) stress_fail("at rest: a filled cubby took a second item");
    if (weir_cubby_try_pop(c, &v) != WEIR_OK || v != 7)
        stress_fail("at rest: the item of a filled cubby did not come out");
    expect(f, 0, "emptied");
}

/* Ways of ending a round that the variant has. */
static unsigned endings(void) { return FLOW_DRAIN | FLOW_LAST | (stress_has("close=yes") ? FLOW_CLOSE | FLOW_CUT : 0); }
