/* One cell, cell p mod M, in lap p / M:
 *
 *   push p   takes ticket p, waits until S is in its lap, writes the value, sets DEP; then waits until R says released.
 *   pop p    takes ticket p, waits until S is in its lap, sets POP, waits for DEP, reads the value, moves S to the next lap.
 *   Whoever of the two finds the other's bit set came second: the pair is complete, and it releases push p+1.
 *
 * Bits of S: DEP, the value is there. POP, a popper has come. PS, it sleeps. SL, somebody who holds a ticket of a later lap
 * sleeps. A lap ends by the exchange that moves S on, and takes all bits with it.
 * R only rises: a releaser that was preempted must not undo the release of the lap after (that would strand a pusher).
 *
 * Why no fence and no seq_cst: each sleeper announces itself by a CAS on the very word that its waker changes by an RMW,
 * and parks only while the word still has that value. One word has one order of changes: either the waker sees the bit,
 * or the sleeper sees the change. A later bit of another side only makes the sleeper look again.
 *
 * Wrap: laps are compared modulo 2^28 (S, equality: nobody can be a lap behind on S, the cell waits for him) and 2^31 (R,
 * signed: a released pusher that the system does not run for 2^30 * M hand-offs would sleep on). */
#include "prims/cubby/cells.h"

enum { SL = 1, DEP = 2, POP = 4, PS = 8, LAP_SHIFT = 4 };
enum { R_SLEEPER = 1, R_SHIFT = 1 };
enum { WAKE_POPPER = 1, WAKE_LAPPED = 2, WAKE_PUSHER = 4 };
enum { NEW, LAPPED, MEETING };

static weir_cubby_cell *cell_of(weir_cubby_cells *c, uint64_t ticket) { return &c->cell[ticket & c->mask]; }
static uint32_t lap_of(const weir_cubby_cells *c, uint64_t ticket) { return (uint32_t)(ticket >> c->shift); }

/* The S of this ticket's lap with no bit set. */
static uint32_t fresh(const weir_cubby_cells *c, uint64_t ticket) { return lap_of(c, ticket) << LAP_SHIFT; }

/* The R at which push `ticket` may return. */
static uint32_t raised(const weir_cubby_cells *c, uint64_t ticket) { return (lap_of(c, ticket) + 1) << R_SHIFT; }

static bool in_lap(uint32_t s, uint32_t want) { return s >> LAP_SHIFT == want >> LAP_SHIFT; }

static bool reached(uint32_t r, uint32_t want) { return (int32_t)((r & ~(uint32_t)R_SLEEPER) - want) >= 0; }

weir_status weir_cubby_cells_init_small(weir_cubby_cells *c, uint64_t start, uint32_t log2_m) {
    weir_status bad = weir_cubby_check(c);
    if (bad) return bad;
    if (log2_m > 31 || 1u << log2_m > WEIR_CUBBY_CELLS_MAX) return WEIR_BAD_RANGE;
    c->shift = log2_m;
    c->mask = (1u << log2_m) - 1;
    weir_a64_store(&c->P, start);
    weir_a64_store(&c->Q, start);
    weir_learned_init(&c->push_learned);
    weir_learned_init(&c->pop_learned);
    for (uint64_t t = start; t != start + c->mask + 1; t++) {
        weir_cubby_cell *cell = cell_of(c, t);
        weir_a32_store(&cell->S, fresh(c, t));
        weir_a32_store(&cell->R, raised(c, t) - (t == start ? 0 : 1u << R_SHIFT)); /* the first push is released */
        cell->value = 0;
    }
    return WEIR_OK;
}

weir_status weir_cubby_cells_init_at(weir_cubby_cells *c, uint64_t start) {
    return weir_cubby_cells_init_small(c, start, 6);
}

weir_status weir_cubby_cells_init(weir_cubby_cells *c) { return weir_cubby_cells_init_at(c, 0); }

/* Lets push `ticket` return. */
static void release(weir_cubby_cells *c, uint64_t ticket) {
    weir_a32 *R = &cell_of(c, ticket)->R;
    uint32_t want = raised(c, ticket), r = weir_a32_load(R);
    while (!reached(r, want)) /* R1: pairs with A1; push returns after the pop before it began */
        if (weir_a32_cas_weak_release(R, &r, want)) {
            if (r & R_SLEEPER) weir_unpark(R, WAKE_PUSHER, UINT32_MAX);
            return;
        }
}

/* One attempt to go to sleep on a word: sets the bit unless it is there, then parks. False: the word has changed. */
static bool sleep_on(weir_cubby_op *op, weir_a32 *word, uint32_t seen, uint32_t bit, uint32_t wakes) {
    /* relaxed: the bit announces a sleeper and publishes nothing; after the wake the word is read again with acquire */
    if (!(seen & bit) && !weir_a32_cas(word, &seen, seen | bit)) return false;
    return weir_park(&op->wait, word, seen | bit, wakes);
}

/* True: S is in the lap of op's ticket. False: parked until a lap ends. */
static bool reach_lap(weir_cubby_cells *c, weir_cubby_op *op) {
    weir_a32 *S = &cell_of(c, op->ticket)->S;
    for (uint32_t s, want = fresh(c, op->ticket);;) {
        s = weir_a32_load_acquire(S); /* A2: pairs with R2; the popper of the lap before has read the value */
        if (in_lap(s, want)) return true;
        if (sleep_on(op, S, s, SL, WAKE_LAPPED)) return false;
    }
}

/* The pusher's half of the pair; its cell is in its lap. */
static void deposit(weir_cubby_cells *c, uint64_t ticket, uint64_t v) {
    weir_cubby_cell *cell = cell_of(c, ticket);
    cell->value = v;
    uint32_t old = weir_a32_or_acq_rel(&cell->S, DEP); /* R3: pairs with A3; publishes the value. A4: pairs with R4 */
    if (old & POP) release(c, ticket + 1);
    if (old & PS) weir_unpark(&cell->S, WAKE_POPPER, 1);
}

/* The popper's arrival. */
static void arrive(weir_cubby_cells *c, uint64_t ticket) {
    /* A3: pairs with R3. R4: pairs with A4: the pusher, if second, releases the next one in our name. */
    if (weir_a32_or_acq_rel(&cell_of(c, ticket)->S, POP) & DEP) release(c, ticket + 1);
}

/* The popper's end: both have come. */
static uint64_t collect(weir_cubby_cells *c, uint64_t ticket) {
    weir_a32 *S = &cell_of(c, ticket)->S;
    uint64_t v = cell_of(c, ticket)->value;
    uint32_t next = fresh(c, ticket + c->mask + 1);
    if (weir_a32_xchg_release(S, next) & SL) weir_unpark(S, WAKE_LAPPED, UINT32_MAX); /* R2: pairs with A2 */
    weir_cubby_ticket_set(ticket);
    return v;
}

weir_status weir_cubby_cells_push_step(weir_cubby_cells *c, weir_cubby_op *op) {
    if (op->wait.at == NEW) {
        op->ticket = weir_a64_add(&c->P, 1); /* relaxed: it chooses a cell, and publishes nothing */
        op->wait.at = LAPPED;
    }
    if (op->wait.at == LAPPED) {
        if (!reach_lap(c, op)) return WEIR_PARKED;
        deposit(c, op->ticket, op->value);
        op->wait.at = MEETING;
    }
    weir_a32 *R = &cell_of(c, op->ticket)->R;
    for (uint32_t r, want = raised(c, op->ticket); r = weir_a32_load_acquire(R), !reached(r, want);) /* A1 */
        if (sleep_on(op, R, r, R_SLEEPER, WAKE_PUSHER)) return WEIR_PARKED;
    weir_cubby_ticket_set(op->ticket);
    return WEIR_OK;
}

weir_status weir_cubby_cells_pop_step(weir_cubby_cells *c, weir_cubby_op *op) {
    if (op->wait.at == NEW) {
        op->ticket = weir_a64_add(&c->Q, 1); /* relaxed, as above */
        op->wait.at = LAPPED;
    }
    if (op->wait.at == LAPPED) {
        if (!reach_lap(c, op)) return WEIR_PARKED;
        arrive(c, op->ticket);
        op->wait.at = MEETING;
    }
    weir_a32 *S = &cell_of(c, op->ticket)->S;
    for (uint32_t s; s = weir_a32_load_acquire(S), !(s & DEP);) /* A3 */
        if (sleep_on(op, S, s, PS, WAKE_POPPER)) return WEIR_PARKED;
    op->value = collect(c, op->ticket);
    return WEIR_OK;
}

/* The try_ forms take a ticket only when it can be used at once, so that no hole is left. */
weir_status weir_cubby_cells_try_push(weir_cubby_cells *c, uint64_t v) {
    for (uint64_t p = weir_a64_load(&c->P);;) {
        weir_cubby_cell *cell = cell_of(c, p);
        bool ready = in_lap(weir_a32_load_acquire(&cell->S), fresh(c, p)) && /* A2 */
                     reached(weir_a32_load_acquire(&cell->R), raised(c, p)); /* A1 */
        uint64_t now = weir_a64_load(&c->P);
        if (ready && weir_a64_cas(&c->P, &p, p + 1)) {
            deposit(c, p, v);
            weir_cubby_ticket_set(p);
            return WEIR_OK;
        }
        if (!ready && now == p) return WEIR_AGAIN;
        if (!ready) p = now; /* the ticket was taken meanwhile: what we saw of its cell says nothing */
    }
}

weir_status weir_cubby_cells_try_pop(weir_cubby_cells *c, uint64_t *v) {
    for (uint64_t q = weir_a64_load(&c->Q);;) {
        uint32_t s = weir_a32_load_acquire(&cell_of(c, q)->S); /* A3 */
        bool ready = in_lap(s, fresh(c, q)) && s & DEP;
        uint64_t now = weir_a64_load(&c->Q);
        if (ready && weir_a64_cas(&c->Q, &q, q + 1)) {
            arrive(c, q);
            *v = collect(c, q);
            return WEIR_OK;
        }
        if (!ready && now == q) return WEIR_AGAIN;
        if (!ready) q = now;
    }
}

int64_t weir_cubby_cells_pressure(weir_cubby_cells *c) {
    /* acquire: so that P is read after it, and the difference errs upwards */
    uint64_t q = weir_a64_load_acquire(&c->Q);
    return (int64_t)(weir_a64_load(&c->P) - q);
}
