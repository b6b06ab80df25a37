#include "prims/cubby/seed.h"

weir_status weir_cubby_seed_init_at(weir_cubby_seed *c, uint64_t start) {
    weir_status bad = weir_cubby_check(c);
    if (bad) return bad;
    weir_a64_store(&c->counter, 0);
    weir_a64_store(&c->value, 0);
    weir_a32_store(&c->full, 0);
    weir_a32_store(&c->closed, 0);
    weir_a64_store(&c->pushed, start);
    weir_a64_store(&c->popped, start);
    return WEIR_OK;
}

weir_status weir_cubby_seed_init(weir_cubby_seed *c) { return weir_cubby_seed_init_at(c, 0); }

static weir_status put(weir_cubby_seed *c, uint64_t v) {
    weir_cubby_ticket_set(weir_a64_add(&c->pushed, 1));
    weir_a64_store(&c->value, v);
    weir_a32_store_release(&c->full, 1); /* pairs with the acquire in reached */
    return WEIR_OK;
}

static weir_status take(weir_cubby_seed *c, uint64_t *v) {
    weir_cubby_ticket_set(weir_a64_add(&c->popped, 1));
    *v = weir_a64_load(&c->value);
    weir_a32_store_release(&c->full, 0); /* pairs with the acquire in reached */
    return WEIR_OK;
}

static bool reached(weir_cubby_seed *c, uint32_t full) { return weir_a32_load_acquire(&c->full) == full; }

/* Waits until the slot is full, or empty. True also after a millisecond, or when closed; false after the deadline. */
static bool await(weir_cubby_seed *c, uint32_t full, uint64_t deadline_ns) {
    for (uint64_t now = weir_now_ns(), limit = now + 1000000; !reached(c, full); now = weir_now_ns()) {
        if (weir_a32_load(&c->closed)) return true;
        if (now >= deadline_ns) return false;
        if (now >= limit && deadline_ns == WEIR_FOREVER) return true;
        weir_yield();
    }
    return true;
}

weir_status weir_cubby_seed_push_until(weir_cubby_seed *c, uint64_t v, uint64_t deadline_ns) {
    int64_t old = (int64_t)weir_a64_add(&c->counter, 1);
    bool in_time = old <= 0 || await(c, 0, deadline_ns);
    if (in_time && !weir_a32_load(&c->closed)) return put(c, v);
    weir_a64_sub(&c->counter, 1);
    return in_time ? WEIR_CLOSED : WEIR_TIMEOUT;
}

weir_status weir_cubby_seed_pop_until(weir_cubby_seed *c, uint64_t *v, uint64_t deadline_ns) {
    int64_t old = (int64_t)weir_a64_sub(&c->counter, 1);
    bool in_time = old >= 1 || await(c, 1, deadline_ns);
    if (in_time && (reached(c, 1) || !weir_a32_load(&c->closed))) return take(c, v);
    weir_a64_add(&c->counter, 1);
    return in_time ? WEIR_CLOSED : WEIR_TIMEOUT;
}

weir_status weir_cubby_seed_try_push(weir_cubby_seed *c, uint64_t v) {
    uint64_t seen = weir_a64_load(&c->counter);
    if (weir_a32_load(&c->closed)) return WEIR_CLOSED;
    if ((int64_t)seen > 0 || !weir_a64_cas(&c->counter, &seen, seen + 1)) return WEIR_AGAIN;
    return put(c, v);
}

weir_status weir_cubby_seed_try_pop(weir_cubby_seed *c, uint64_t *v) {
    uint64_t seen = weir_a64_load(&c->counter);
    if ((int64_t)seen <= 0) return weir_a32_load(&c->closed) ? WEIR_CLOSED : WEIR_AGAIN;
    return weir_a64_cas(&c->counter, &seen, seen - 1) ? take(c, v) : WEIR_AGAIN;
}

weir_status weir_cubby_seed_close(weir_cubby_seed *c) {
    weir_a32_store(&c->closed, 1);
    return WEIR_OK;
}

int64_t weir_cubby_seed_pressure(weir_cubby_seed *c) { return (int64_t)weir_a64_load(&c->counter); }
