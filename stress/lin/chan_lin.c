/* Short histories of chan: tries, waits, deadlines, and a close in the middle. */
#include "prims/chan.h"

static WEIR_ALIGNED(WEIR_CACHE_LINE) weir_chan channel, *object = &channel;

#define HANDOFF(name) weir_chan##name
#define HANDOFF_TIMED true
#define HANDOFF_CLOSES true
#include "stress/lin/handoff_lin_p.h"

#define RING_INIT_AT WEIR_BIND(mpmc, WEIR_MPMC, _init_at)

static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[16384];

static void fresh(lin_window *w) {
    uint32_t *p = w->history.param;
    p[LIN_QUEUE_CAPACITY] = 1u << stress_random_below(&w->random, 3);
    p[LIN_QUEUE_EMPTY] = stress_has("empty=early") ? LIN_EARLY : LIN_STRICT;
    p[LIN_QUEUE_FULL] = !stress_has("full=early")                  ? LIN_STRICT
                        : stress_has("progress=blocking-per-slot") ? LIN_PLACE
                                                                   : LIN_EARLY;
    choose_sort(w);
    if (weir_chan_bytes(4) > sizeof block || weir_chan_init(object, p[LIN_QUEUE_CAPACITY], block) != WEIR_OK ||
        RING_INIT_AT(&object->ring, p[LIN_QUEUE_CAPACITY], block, flow_start(&w->random)) != WEIR_OK)
        stress_fail("init refused");
}

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const lin_plan plan = {&lin_queue, fresh, act, NULL};
    return lin_windows(c, request, &plan);
}

STRESS_CHECK(lin, windows, "a bounded FIFO queue with a close: what was accepted comes out once, CLOSED is final", run)
