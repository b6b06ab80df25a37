/* chan_flow_p - the channel as a flow: how one is made, and its laws at rest. Included once by a file of checks. */
#include "prims/chan.h"

#define HANDOFF(name) weir_chan##name
#define HANDOFF_TIMED true
#define HANDOFF_STEPS true
#include "stress/handoff_p.h"

#define RING_INIT_AT WEIR_BIND(mpmc, WEIR_MPMC, _init_at)

static void make(flow *f, stress_random *r) {
    f->capacity = (uint64_t)1 << (stress_random_below(r, 4) ? stress_random_below(r, 3) : stress_random_below(r, 9));
    f->start = flow_start(r);
    f->object = rounds_alloc(sizeof(weir_chan));
    f->block = rounds_alloc(weir_chan_bytes(f->capacity));
    weir_chan *c = f->object;
    if (weir_chan_init(c, f->capacity, f->block) != WEIR_OK ||
        RING_INIT_AT(&c->ring, f->capacity, f->block, f->start) != WEIR_OK)
        stress_fail("init refused");
}

static void unmake(flow *f) {
    free(f->object);
    free(f->block);
}

/* Marks of sleepers may be left over, so the pressure of a channel is exact but for one. */
static void expect(flow *f, uint64_t items, const char *when) {
    uint64_t now = weir_chan_size(f->object);
    int64_t pressure = weir_chan_pressure(f->object), off = pressure - (int64_t)items;
    if (now != items || off < -1 || off > 1)
        stress_fail("at rest, %s: size %lu and pressure %ld instead of %lu", when, now, pressure, items);
}

static void rest(flow *f, bool closed) {
    weir_chan *c = f->object;
    uint64_t v = 0, n = 0;
    expect(f, 0, closed ? "closed and drained" : "empty");
    if (closed) {
        if (weir_chan_push(c, 1) != WEIR_CLOSED || weir_chan_try_push(c, 1) != WEIR_CLOSED)
            stress_fail("at rest: a closed channel did not refuse a push");
        if (weir_chan_pop(c, &v) != WEIR_CLOSED) stress_fail("at rest: a closed and drained channel did not say so");
        return;
    }
    while (n <= f->capacity && weir_chan_try_push(c, n) == WEIR_OK) n++;
    if (n != f->capacity) stress_fail("at rest: a channel for %lu items took %lu", f->capacity, n);
    expect(f, n, "filled");
    for (uint64_t i = 0; i < n; i++)
        if (weir_chan_try_pop(c, &v) != WEIR_OK || v != i)
            stress_fail("at rest: item %lu of %lu did not come out", i, n);
    if (weir_chan_try_pop(c, &v) != WEIR_AGAIN) stress_fail("at rest: an item came out of an empty channel");
}

static unsigned endings(void) { return FLOW_DRAIN | FLOW_LAST | FLOW_CLOSE | FLOW_CUT; }
