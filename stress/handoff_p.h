/* handoff_p - a cubby or a channel as a flow (stress/flow.h): the two have the same calls. Included once by each file of
 * checks that needs it, after
 *     #define HANDOFF(name) weir_chan##name            the names of its kind
 *     #define HANDOFF_TIMED true                       have deadlines and cancel; may be an expression
 *     #define HANDOFF_STEPS true
 * It gives handoff_push, handoff_pop and handoff_close, for flow_calls.
 *
 * An op given back is overwritten, and looked at before its next use: whoever writes to it after the wake is found. So is,
 * now and then, the stack where the op of a blocking call was. */
#include <stdlib.h>

#include "stress/flow.h"

/* -- memory that was given back -- */

enum { GIVEN_BACK = 0xa5, STACK_BYTES = 512 };

static bool untouched(const unsigned char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (p[i] != GIVEN_BACK) return false;
    return true;
}

/* Occupies the stack where the callee was that has just returned, and lets others run. */
static WEIR_NEVER_INLINE void stack_is_mine(void) {
    unsigned char here[STACK_BYTES];
    memset(here, GIVEN_BACK, sizeof here);
    __asm__ volatile("" : : "r"(here) : "memory");
    weir_yield();
    __asm__ volatile("" : : "r"(here) : "memory");
    if (!untouched(here, sizeof here)) stress_fail("a call has returned, and somebody writes to the stack it used");
}

/* -- steps, by a waiter that is no weir_thread: its wake runs on another thread -- */

typedef struct stepper {
    WEIR_ALIGNED(WEIR_CACHE_LINE) HANDOFF(_op) op; /* first */
    weir_a32 wakes;
} stepper;

static void count_wake(weir_wait *w) {
    weir_a32 *wakes = &((stepper *)(void *)w)->wakes;
    weir_a32_add_release(wakes, 1); /* R1: pairs with A1; the last touch */
    weir_futex_wake(wakes, 1);
}

static stepper *stepper_of(flow_member *me) {
    stepper *s = me->own;
    if (!s) {
        me->own = s = rounds_alloc(sizeof *s);
        memset(&s->op, GIVEN_BACK, sizeof s->op);
    }
    if (!untouched((unsigned char *)&s->op, sizeof s->op))
        stress_fail("an op was written to after it had been given back");
    weir_a32_store(&s->wakes, 0);
    return s;
}

/* Waits for wake number n. False: patience ended before, and the op is withdrawn. */
static bool await_wake(flow_member *me, stepper *s, uint32_t n) {
    uint32_t patience =
        HANDOFF_TIMED && stress_random_below(me->random, 2) ? stress_random_below(me->random, 20) : UINT32_MAX;
    for (uint32_t seen, polls = 0; seen = weir_a32_load_acquire(&s->wakes), seen < n; polls++) { /* A1 */
        if (polls == patience && HANDOFF(_cancel)(me->flow->object, &s->op)) return false;
        if (polls < 20 || patience == polls) weir_yield();
        else weir_futex_wait(&s->wakes, seen, WEIR_FOREVER);
    }
    return true;
}

static weir_status step_through(flow_member *me, weir_status (*step)(HANDOFF() *, HANDOFF(_op) *), uint64_t *v) {
    stepper *s = stepper_of(me);
    uint32_t parks = 0;
    weir_status st;
    HANDOFF(_op_init)(&s->op, *v, count_wake);
    while ((st = step(me->flow->object, &s->op)) == WEIR_PARKED) {
        if (await_wake(me, s, ++parks)) continue;
        parks--;
        st = WEIR_TIMEOUT;
        break;
    }
    if (st == WEIR_OK) *v = s->op.value;
    memset(&s->op, GIVEN_BACK, sizeof s->op);
    if (weir_a32_load(&s->wakes) != parks)
        stress_fail("%u wakes for an op that was left parked %u times", weir_a32_load(&s->wakes), parks);
    return st;
}

/* -- one operation in each way -- */

static weir_status tried(weir_status st) { return st == WEIR_NOTSUP ? WEIR_AGAIN : st; } /* out of capacity for now */

static weir_status handoff_push(flow_member *me, const uint64_t *v, size_t n, size_t *moved) {
    HANDOFF() *c = me->flow->object;
    uint64_t copy = *v;
    weir_status st = WEIR_NOTSUP;
    (void)n;
    switch (me->way) {
    case FLOW_TRY: st = HANDOFF(_try_push)(c, copy); break;
    case FLOW_FOREVER: st = HANDOFF(_push)(c, copy); break;
    case FLOW_TIMED: st = tried(HANDOFF(_push_until)(c, copy, flow_deadline(me))); break;
    case FLOW_STEPS: st = step_through(me, HANDOFF(_push_step), &copy); break;
    }
    if (stress_random_below(me->random, 16) == 0) stack_is_mine();
    if (me->way == FLOW_FOREVER && st != WEIR_OK && st != WEIR_CLOSED)
        stress_fail("a push without deadline answered \"%s\"", weir_status_text(st));
    *moved = st == WEIR_OK;
    return st;
}

static weir_status handoff_pop(flow_member *me, uint64_t *v, size_t n, size_t *moved) {
    HANDOFF() *c = me->flow->object;
    const uint64_t mark = 0x5a5a5a5a5a5a5a5au;
    weir_status st = WEIR_NOTSUP;
    (void)n;
    *v = mark;
    switch (me->way) {
    case FLOW_TRY: st = HANDOFF(_try_pop)(c, v); break;
    case FLOW_FOREVER: st = HANDOFF(_pop)(c, v); break;
    case FLOW_TIMED: st = tried(HANDOFF(_pop_until)(c, v, flow_deadline(me))); break;
    case FLOW_STEPS: st = step_through(me, HANDOFF(_pop_step), v); break;
    }
    if (stress_random_below(me->random, 16) == 0) stack_is_mine();
    if (me->way == FLOW_FOREVER && st != WEIR_OK && st != WEIR_CLOSED)
        stress_fail("a pop without deadline answered \"%s\"", weir_status_text(st));
    if (st != WEIR_OK && *v != mark) stress_fail("a pop answered \"%s\" and wrote an item", weir_status_text(st));
    *moved = st == WEIR_OK;
    return st;
}

static void handoff_close(flow *f) { HANDOFF(_close)(f->object); }

static unsigned handoff_ways(void) {
    return FLOW_TRY | FLOW_FOREVER | (HANDOFF_TIMED ? FLOW_TIMED : 0) | (HANDOFF_STEPS ? FLOW_STEPS : 0);
}
