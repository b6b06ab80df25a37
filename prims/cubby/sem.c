/* A unit of `spaces` is the right to write the slot, a unit of `items` the duty to empty it. close adds one unit to each,
 * for ever: whoever gets it sees CLOSED, puts it back and leaves. Since a popper cannot tell that unit from a true one, the
 * state decides who takes the last item. */
#include "prims/cubby/sem.h"

#include <errno.h>
#include <time.h>

enum { FULL = 1, TAKING = 2, CLOSED = 4 };

weir_status weir_cubby_sem_init_at(weir_cubby_sem *c, uint64_t start) {
    weir_status bad = weir_cubby_check(c);
    if (bad) return bad;
    sem_init(&c->spaces, 0, 1); /* cannot fail with these arguments */
    sem_init(&c->items, 0, 0);
    weir_a32_store(&c->state, 0);
    c->value = 0;
    c->pushed = c->popped = start;
    weir_a64_store(&c->pressure, 0);
    return WEIR_OK;
}

weir_status weir_cubby_sem_init(weir_cubby_sem *c) { return weir_cubby_sem_init_at(c, 0); }

void weir_cubby_sem_destroy(weir_cubby_sem *c) {
    sem_destroy(&c->spaces);
    sem_destroy(&c->items);
}

/* With a unit of spaces. R1 also when refused: nothing is published then. */
static weir_status put(weir_cubby_sem *c, uint64_t v) {
    uint32_t seen = weir_a32_load_acquire(&c->state); /* A2: pairs with R2; the place is free */
    if (!(seen & CLOSED)) {
        uint64_t ticket = c->pushed++;
        c->value = v;
        if (weir_a32_cas_release(&c->state, &seen, FULL)) { /* R1: pairs with A1. It fails only for CLOSED */
            weir_cubby_ticket_set(ticket);
            sem_post(&c->items);
            return WEIR_OK;
        }
    }
    sem_post(&c->spaces);
    return WEIR_CLOSED;
}

/* With a unit of items. */
static weir_status take(weir_cubby_sem *c, uint64_t *v) {
    uint32_t seen = weir_a32_load(&c->state);
    while (seen & FULL)
        if (weir_a32_cas_acquire(&c->state, &seen, (seen & CLOSED) | TAKING)) { /* A1: pairs with R1; the value */
            *v = c->value;
            weir_cubby_ticket_set(c->popped++);
            weir_a32_and_release(&c->state, CLOSED); /* R2: pairs with A2 */
            sem_post(&c->spaces);
            return WEIR_OK;
        }
    sem_post(&c->items);
    return WEIR_CLOSED;
}

static bool wait_until(sem_t *s, uint64_t deadline_ns) {
    struct timespec at = {(time_t)(deadline_ns / 1000000000u), (long)(deadline_ns % 1000000000u)};
    int r;
    do {
        r = deadline_ns == WEIR_FOREVER ? sem_wait(s) : sem_clockwait(s, CLOCK_MONOTONIC, &at);
    } while (r && errno == EINTR);
    return r == 0;
}

weir_status weir_cubby_sem_try_push(weir_cubby_sem *c, uint64_t v) {
    /* closed, somebody else may have the unit for a moment */
    if (sem_trywait(&c->spaces)) return weir_a32_load(&c->state) & CLOSED ? WEIR_CLOSED : WEIR_AGAIN;
    weir_status st = put(c, v);
    if (st == WEIR_OK) weir_a64_add(&c->pressure, 1);
    return st;
}

weir_status weir_cubby_sem_push_until(weir_cubby_sem *c, uint64_t v, uint64_t deadline_ns) {
    weir_a64_add(&c->pressure, 1);
    weir_status st = wait_until(&c->spaces, deadline_ns) ? put(c, v) : WEIR_TIMEOUT;
    if (st) weir_a64_sub(&c->pressure, 1);
    return st;
}

weir_status weir_cubby_sem_pop_until(weir_cubby_sem *c, uint64_t *v, uint64_t deadline_ns) {
    weir_a64_sub(&c->pressure, 1);
    weir_status st = wait_until(&c->items, deadline_ns) ? take(c, v) : WEIR_TIMEOUT;
    if (st) weir_a64_add(&c->pressure, 1);
    return st;
}

weir_status weir_cubby_sem_try_pop(weir_cubby_sem *c, uint64_t *v) {
    if (sem_trywait(&c->items)) return weir_a32_load(&c->state) == CLOSED ? WEIR_CLOSED : WEIR_AGAIN;
    weir_status st = take(c, v);
    if (st == WEIR_OK) weir_a64_sub(&c->pressure, 1);
    return st;
}

weir_status weir_cubby_sem_close(weir_cubby_sem *c) {
    if (weir_a32_or_release(&c->state, CLOSED) & CLOSED) return WEIR_OK;
    sem_post(&c->spaces);
    sem_post(&c->items);
    return WEIR_OK;
}

int64_t weir_cubby_sem_pressure(weir_cubby_sem *c) { return (int64_t)weir_a64_load(&c->pressure); }
