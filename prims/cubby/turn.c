/* The turn word holds the turn modulo 2^21 and `ahead`: no sleeper waits for a turn further than that. Who passes the turn
 * on wakes only if somebody sleeps, and counts `ahead` down. A sleeper raises it by CAS on the word the waker changes, and
 * parks while the word is unchanged: no lost wake-up and no fence. A sleeper further than AHEAD_MAX pins `ahead` there for
 * good: each turn then looks for sleepers, which is slower and never wrong.
 *
 * Closed is a bit of the turn word: the turn was a push's, and that push is refused when it passes the turn on; or a pop's,
 * and that pop takes the last value. Everybody else is refused whatever his turn. It cannot withdraw one alone.
 *
 * Wrap: turns are compared for equality; nobody can be overtaken, because the turn waits for him. So 2^20 operations may
 * wait at once. */
#include "prims/cubby/turn.h"

enum { AHEAD_BITS = 10, AHEAD_MAX = (1 << AHEAD_BITS) - 1, CLOSED = 1 << AHEAD_BITS, TURN_SHIFT = AHEAD_BITS + 1 };
enum { NEW, WAITING };

static uint32_t turn_of(uint32_t word) { return word >> TURN_SHIFT; }
static uint32_t ahead_of(uint32_t word) { return word & AHEAD_MAX; }
static uint32_t pack(uint32_t turn, uint32_t rest) { return turn << TURN_SHIFT | rest; }

/* The turns of push `ticket` and of its pop, modulo 2^21. */
static uint32_t push_turn(uint64_t ticket) { return turn_of(pack((uint32_t)ticket * 2, 0)); }
static uint32_t pop_turn(uint64_t ticket) { return turn_of(pack((uint32_t)ticket * 2 + 1, 0)); }

/* Sleepers of one word that wait for different turns are told apart by this mask, mostly. */
static uint32_t mask_of(uint32_t turn) { return 1u << turn % 32; }

weir_status weir_cubby_turn_init_at(weir_cubby_turn *c, uint64_t start) {
    weir_status bad = weir_cubby_check(c);
    if (bad) return bad;
    weir_a64_store(&c->P, start);
    weir_a64_store(&c->Q, start);
    weir_a32_store(&c->turn, pack(push_turn(start), 0));
    c->value = 0;
    weir_learned_init(&c->push_learned);
    weir_learned_init(&c->pop_learned);
    return WEIR_OK;
}

weir_status weir_cubby_turn_init(weir_cubby_turn *c) { return weir_cubby_turn_init_at(c, 0); }

/* OK: it is this turn. CLOSED: it is not, and never will be. PARKED until then, or nearly. */
static weir_status reach_turn(weir_cubby_turn *c, weir_cubby_op *op, uint32_t turn) {
    for (;;) {
        uint32_t seen = weir_a32_load_acquire(&c->turn); /* A1: pairs with R1; the value, or its place, is ours */
        if (turn_of(seen) == turn) return WEIR_OK;
        if (seen & CLOSED) return WEIR_CLOSED;
        uint32_t ahead = turn_of(pack(turn, 0) - pack(turn_of(seen), 0)), told = ahead;
        if (told > AHEAD_MAX) told = AHEAD_MAX;
        uint32_t next = ahead_of(seen) < told ? pack(turn_of(seen), told) : seen;
        /* relaxed: announces a sleeper and publishes nothing */
        if (next != seen && !weir_a32_cas(&c->turn, &seen, next)) continue;
        if (weir_park(&op->wait, &c->turn, next, mask_of(turn))) return WEIR_PARKED;
    }
}

/* False: closed before, and whose turn it is can be refused. */
static bool pass_on(weir_cubby_turn *c, bool refusable) {
    uint32_t seen = weir_a32_load(&c->turn), ahead, next; /* relaxed: only sleepers and close change it in our turn */
    do {
        if (refusable && seen & CLOSED) return false;
        ahead = ahead_of(seen);
        next = pack(turn_of(seen) + 1, (seen & CLOSED) | (ahead == 0 || ahead == AHEAD_MAX ? ahead : ahead - 1));
    } while (!weir_a32_cas_weak_release(&c->turn, &seen, next)); /* R1: pairs with A1 */
    if (ahead) weir_unpark(&c->turn, mask_of(turn_of(next)), UINT32_MAX);
    return true;
}

/* In its turn. CLOSED: what it wrote is nobody's. */
static weir_status put(weir_cubby_turn *c, uint64_t ticket, uint64_t v) {
    c->value = v;
    if (!pass_on(c, true)) return WEIR_CLOSED;
    weir_cubby_ticket_set(ticket);
    return WEIR_OK;
}

static uint64_t take(weir_cubby_turn *c, uint64_t ticket) {
    uint64_t v = c->value;
    pass_on(c, false);
    weir_cubby_ticket_set(ticket);
    return v;
}

weir_status weir_cubby_turn_push_step(weir_cubby_turn *c, weir_cubby_op *op) {
    if (op->wait.at == NEW) op->ticket = weir_a64_add(&c->P, 1); /* relaxed: it chooses a turn, and publishes nothing */
    op->wait.at = WAITING;
    weir_status st = reach_turn(c, op, push_turn(op->ticket));
    return st ? st : put(c, op->ticket, op->value);
}

weir_status weir_cubby_turn_pop_step(weir_cubby_turn *c, weir_cubby_op *op) {
    if (op->wait.at == NEW) op->ticket = weir_a64_add(&c->Q, 1); /* relaxed, as above */
    op->wait.at = WAITING;
    weir_status st = reach_turn(c, op, pop_turn(op->ticket));
    if (st == WEIR_OK) op->value = take(c, op->ticket);
    return st;
}

/* The try_ forms take a ticket only when it is its turn. */
weir_status weir_cubby_turn_try_push(weir_cubby_turn *c, uint64_t v) {
    for (uint64_t p = weir_a64_load(&c->P);;) {
        uint32_t seen = weir_a32_load_acquire(&c->turn); /* A1 */
        uint64_t now = weir_a64_load(&c->P);
        if (seen & CLOSED) return WEIR_CLOSED;
        bool ready = turn_of(seen) == push_turn(p);
        if (ready && weir_a64_cas(&c->P, &p, p + 1)) return put(c, p, v);
        if (!ready && now == p) return WEIR_AGAIN;
        if (!ready) p = now; /* the ticket was taken meanwhile */
    }
}

weir_status weir_cubby_turn_try_pop(weir_cubby_turn *c, uint64_t *v) {
    for (uint64_t q = weir_a64_load(&c->Q);;) {
        uint32_t seen = weir_a32_load_acquire(&c->turn); /* A1 */
        bool ready = turn_of(seen) == pop_turn(q);
        uint64_t now = weir_a64_load(&c->Q);
        if (ready && weir_a64_cas(&c->Q, &q, q + 1)) {
            *v = take(c, q);
            return WEIR_OK;
        }
        if (!ready && now == q) return seen & CLOSED ? WEIR_CLOSED : WEIR_AGAIN;
        if (!ready) q = now;
    }
}

weir_status weir_cubby_turn_close(weir_cubby_turn *c) {
    weir_a32_or(&c->turn, CLOSED); /* relaxed: refusals promise nothing */
    weir_unpark(&c->turn, UINT32_MAX, UINT32_MAX);
    return WEIR_OK;
}

int64_t weir_cubby_turn_pressure(weir_cubby_turn *c) {
    uint32_t seen = weir_a32_load(&c->turn);
    if (seen & CLOSED) return turn_of(seen) & 1; /* all others have been refused */
    /* read one after the other: near the truth of some moment, and exact at rest */
    uint64_t q = weir_a64_load_acquire(&c->Q);
    return (int64_t)(weir_a64_load(&c->P) - q);
}
