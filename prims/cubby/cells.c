/* One cell, cell p mod M, in lap p / M:
 *
 *   push p   takes ticket p, waits until S is in its lap, writes the value, sets DEP; then waits until R says released.
 *   pop p    takes ticket p, waits until S is in its lap, sets POP, waits for DEP, reads the value, moves S to the next lap.
 *   Whoever of the two finds the other's bit set came second: the pair is complete, and it releases push p+1.
 *
 * Bits of S: DEP, the value is there. POP, a popper has come. PS, it sleeps. SL, somebody waits for a later lap. CAN, who
 * came first has been withdrawn. CLO, closed. A lap ends by the CAS that moves S on, and takes all bits but CLO with it.
 * R only rises: a releaser that was preempted must not undo the release of the lap after (that would strand a pusher).
 *
 * Withdrawn   Parked pop: POP -> POP|CAN, unless DEP has come. The push that meets it goes on to another ticket.
 *             Parked push: DEP -> DEP|CAN, unless POP has come. The pop that meets it goes on to another ticket. And its
 *             permission to return, which nobody would use, goes to the next: at once when R has it already, else R_CAN
 *             asks for it, and whoever raises R goes on. Without that cascade a pusher stays parked before an empty place.
 * The gate    Who may be withdrawn draws a ticket only when its cell is free, since a ticket without a cell cannot be given
 *             up. Till then it waits without one, for the lap of that cell to end. Withdrawn tickets hold their cells until
 *             a partner passes, so it may come to that; the order at the gate is any.
 * Closed      R decides. close freezes every R, then marks every S. A push that is not released by then is refused; a
 *             popper raises R for the value it is about to take, and leaves what it cannot. `end` is the first push that
 *             never was: from there on pops are refused, and before it those whose push was.
 *
 * Why no fence and no seq_cst: each sleeper announces itself by a CAS on the very word that its waker changes by an RMW,
 * and parks only while the word still has that value. One word has one order of changes: either the waker sees the bit,
 * or the sleeper sees the change. A later bit of another side only makes the sleeper look again. The same holds for who
 * comes first of push and pop, of either and a cancel (on S), of release and cancel, of release and close (on R).
 *
 * Wrap: laps are compared modulo 2^26 (S, equality: nobody can be a lap behind on S, the cell waits for him) and 2^29 (R,
 * signed: a released pusher that the system does not run for 2^28 * M hand-offs would sleep on). */
#include "prims/cubby/cells.h"

enum { SL = 1, DEP = 2, POP = 4, PS = 8, CAN = 16, CLO = 32, LAP_SHIFT = 6 };
enum { R_SLEEPER = 1, R_CAN = 2, R_CLO = 4, R_SHIFT = 3 };
enum { CLOSED = 1, TICKET = 2 }; /* in P; Q is counted alike */
enum { WAKE_POPPER = 1, WAKE_LAPPED = 2, WAKE_PUSHER = 4 };
enum { NEW, LAPPED, PUSHED, POPPING };

static weir_cubby_cell *cell_of(weir_cubby_cells *c, uint64_t ticket) { return &c->cell[ticket & c->mask]; }
static uint32_t lap_of(const weir_cubby_cells *c, uint64_t ticket) { return (uint32_t)(ticket >> c->shift); }

/* The S of this ticket's lap with no bit set. */
static uint32_t fresh(const weir_cubby_cells *c, uint64_t ticket) { return lap_of(c, ticket) << LAP_SHIFT; }

/* The R at which push `ticket` may return. */
static uint32_t raised(const weir_cubby_cells *c, uint64_t ticket) { return (lap_of(c, ticket) + 1) << R_SHIFT; }

static bool in_lap(uint32_t s, uint32_t want) { return s >> LAP_SHIFT == want >> LAP_SHIFT; }

static bool reached(uint32_t r, uint32_t want) { return (int32_t)((r >> R_SHIFT << R_SHIFT) - want) >= 0; }

weir_status weir_cubby_cells_init_small(weir_cubby_cells *c, uint64_t start, uint32_t log2_m) {
    weir_status bad = weir_cubby_check(c);
    if (bad) return bad;
    if (log2_m > 31 || 1u << log2_m > WEIR_CUBBY_CELLS_MAX) return WEIR_BAD_RANGE;
    start = start * TICKET / TICKET; /* tickets have 63 bits */
    c->shift = log2_m;
    c->mask = (1u << log2_m) - 1;
    weir_a64_store(&c->P, start * TICKET);
    weir_a64_store(&c->Q, start * TICKET);
    weir_a64_store(&c->balance, 0);
    weir_lock_init(&c->closing);
    c->end = 0;
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

/* -- R: who may return ------------------------------------------------------------------------------------------- */

/* Lets push `ticket` return, and behind it the next, as long as they are withdrawn. Nothing after close. */
static void release(weir_cubby_cells *c, uint64_t ticket) {
    for (uint32_t r = R_CAN; r & R_CAN; ticket++) {
        weir_a32 *R = &cell_of(c, ticket)->R;
        uint32_t want = raised(c, ticket);
        r = weir_a32_load(R);
        do
            if (reached(r, want) || r & R_CLO) return;
        while (!weir_a32_cas_weak_release(R, &r, want)); /* R1: pairs with A1; the pop before it has begun */
        if (r & R_SLEEPER) weir_unpark(R, WAKE_PUSHER, UINT32_MAX);
        /* a wish of an earlier lap needs no answer: the pop that met that push has released the next itself */
        if ((r >> R_SHIFT << R_SHIFT) + (1u << R_SHIFT) != want) return;
    }
}

/* Push `ticket` is withdrawn: its permission goes to the next, now or as soon as it comes. */
static void pass_on(weir_cubby_cells *c, uint64_t ticket) {
    weir_a32 *R = &cell_of(c, ticket)->R;
    uint32_t want = raised(c, ticket), wish = (want - (1u << R_SHIFT)) | R_CAN;
    uint32_t r = weir_a32_load_acquire(R); /* A1 */
    do {
        if (r & R_CLO) return;
        if (reached(r, want)) {
            release(c, ticket + 1);
            return;
        }
    } while (!weir_a32_cas_weak_acq_rel(R, &r, wish)); /* A1; R1: it may raise R, for pushes of earlier laps */
    if (r & R_SLEEPER) weir_unpark(R, WAKE_PUSHER, UINT32_MAX);
}

/* Was close before the release of this push? */
static bool refused(weir_cubby_cells *c, uint64_t ticket) {
    uint32_t r = weir_a32_load(&cell_of(c, ticket)->R); /* relaxed: refusals promise nothing */
    return r & R_CLO && !reached(r, raised(c, ticket));
}

/* After CLO was seen: has no push had this ticket, ever? */
static bool past_end(const weir_cubby_cells *c, uint64_t ticket) { return (int64_t)((ticket - c->end) * TICKET) >= 0; }

/* A ticket has moved nothing. So many more pushes than pops have withdrawn or been refused, in `balance`. */
static void give_up_push(weir_cubby_cells *c) { weir_a64_sub(&c->balance, 1); }
static void give_up_pop(weir_cubby_cells *c) { weir_a64_add(&c->balance, 1); }

/* -- S: the meeting of push and pop ------------------------------------------------------------------------------ */

/* One attempt to go to sleep on a word: sets the bit unless it is there, then parks. False: the word has changed. */
static bool sleep_on(weir_cubby_op *op, weir_a32 *word, uint32_t seen, uint32_t bit, uint32_t wakes) {
    /* relaxed: the bit announces a sleeper and publishes nothing; after the wake the word is read again with acquire */
    if (!(seen & bit) && !weir_a32_cas(word, &seen, seen | bit)) return false;
    return weir_park(&op->wait, word, seen | bit, wakes);
}

/* The end of a lap. */
static void next_lap(weir_cubby_cells *c, uint64_t ticket) {
    weir_a32 *S = &cell_of(c, ticket)->S;
    uint32_t next = fresh(c, ticket + c->mask + 1), s = weir_a32_load(S);
    while (!weir_a32_cas_weak_release(S, &s, next | (s & CLO))) {} /* R2: pairs with A2 */
    if (s & SL) weir_unpark(S, WAKE_LAPPED, UINT32_MAX);
}

/* At the gate: a ticket whose cell is free, or will be, since it is closed. PARKED until a lap ends. */
static weir_status draw(weir_cubby_cells *c, weir_a64 *counter, weir_cubby_op *op) {
    for (uint64_t word = weir_a64_load(counter);;) {
        weir_a32 *S = &cell_of(c, word / TICKET)->S;
        uint32_t s = weir_a32_load_acquire(S); /* A2 */
        uint64_t now = weir_a64_load(counter);
        if (now & CLOSED) return WEIR_CLOSED;
        if (now != word) word = now; /* the ticket was taken meanwhile: what we saw of its cell says nothing */
        else if (!in_lap(s, fresh(c, word / TICKET)) && !(s & CLO)) {
            if (sleep_on(op, S, s, SL, WAKE_LAPPED)) return WEIR_PARKED;
        } else if (weir_a64_cas_acq_rel(counter, &word, word + TICKET)) { /* RQ, AQ, when it is Q */
            op->ticket = word / TICKET;
            op->wait.at = LAPPED;
            return WEIR_OK;
        }
    }
}

/* OK: S is in the lap of op's ticket. PARKED until a lap ends. CLOSED: the ticket is good for nothing. */
static weir_status reach_lap(weir_cubby_cells *c, weir_cubby_op *op) {
    weir_a32 *S = &cell_of(c, op->ticket)->S;
    for (uint32_t s, want = fresh(c, op->ticket);;) {
        s = weir_a32_load_acquire(S); /* A2: pairs with R2; the popper of the lap before has read the value. AC */
        if (in_lap(s, want)) return WEIR_OK;
        if (s & CLO && (refused(c, op->ticket) || past_end(c, op->ticket))) return WEIR_CLOSED;
        if (sleep_on(op, S, s, SL, WAKE_LAPPED)) return WEIR_PARKED;
    }
}

/* The pusher's half of the pair; its cell is in its lap. False: the popper was withdrawn, and so is the ticket. */
static bool deposit(weir_cubby_cells *c, uint64_t ticket, uint64_t v) {
    weir_cubby_cell *cell = cell_of(c, ticket);
    cell->value = v;
    uint32_t old = weir_a32_or_acq_rel(&cell->S, DEP); /* R3: pairs with A3; publishes the value. A4: pairs with R4 */
    if (old & POP) release(c, ticket + 1);
    if (WEIR_UNLIKELY(old & CAN)) {
        next_lap(c, ticket);
        give_up_push(c);
        return false;
    }
    if (old & PS) weir_unpark(&cell->S, WAKE_POPPER, 1);
    return true;
}

/* The popper's arrival. */
static void arrive(weir_cubby_cells *c, uint64_t ticket) {
    /* R4: pairs with A4: the pusher, if second, releases the next one in our name. The value is not looked at here. */
    if (weir_a32_or_release(&cell_of(c, ticket)->S, POP) & DEP) release(c, ticket + 1);
}

/* OK: the pusher has come. PARKED until then. CLOSED: it will not come, or not be heard. */
static weir_status meet(weir_cubby_cells *c, weir_cubby_op *op) {
    weir_a32 *S = &cell_of(c, op->ticket)->S;
    for (uint32_t s; s = weir_a32_load_acquire(S), !(s & DEP);) { /* A3. AC */
        if (s & CLO && (refused(c, op->ticket) || past_end(c, op->ticket))) return WEIR_CLOSED;
        if (sleep_on(op, S, s, PS, WAKE_POPPER)) return WEIR_PARKED;
    }
    return WEIR_OK;
}

/* The popper's end: both have come. False: the push was withdrawn, or close was first. */
static bool collect(weir_cubby_cells *c, uint64_t ticket, uint64_t *v) {
    weir_cubby_cell *cell = cell_of(c, ticket);
    bool valid = !(weir_a32_load(&cell->S) & CAN); /* relaxed: final since both have come */
    if (WEIR_LIKELY(valid)) {
        release(c, ticket); /* mostly done long ago; now nobody can refuse it any more, unless it is refused */
        valid = !refused(c, ticket);
    }
    if (WEIR_LIKELY(valid)) *v = cell->value;
    next_lap(c, ticket);
    if (WEIR_LIKELY(valid)) weir_cubby_ticket_set(ticket);
    else give_up_pop(c);
    return valid;
}

/* -- push -------------------------------------------------------------------------------------------------------- */

/* A ticket come what may, for those that are never withdrawn. */
static weir_status draw_push(weir_cubby_cells *c, weir_cubby_op *op) {
    uint64_t word = weir_a64_add(&c->P, TICKET); /* relaxed: it chooses a cell, and publishes nothing */
    op->ticket = word / TICKET;
    op->wait.at = LAPPED;
    if (WEIR_LIKELY(!(word & CLOSED))) return WEIR_OK;
    give_up_push(c);
    return WEIR_CLOSED;
}

static weir_status refuse_push(weir_cubby_cells *c) {
    give_up_push(c);
    return WEIR_CLOSED;
}

static WEIR_ALWAYS_INLINE weir_status push(weir_cubby_cells *c, weir_cubby_op *op, bool timed) {
    weir_status st;
    while (op->wait.at != PUSHED) {
        if (op->wait.at == NEW && (st = timed ? draw(c, &c->P, op) : draw_push(c, op))) return st;
        if ((st = reach_lap(c, op))) return st == WEIR_PARKED ? st : refuse_push(c);
        op->wait.at = deposit(c, op->ticket, op->value) ? PUSHED : NEW;
    }
    weir_a32 *R = &cell_of(c, op->ticket)->R;
    for (uint32_t r, want = raised(c, op->ticket); r = weir_a32_load_acquire(R), !reached(r, want);) { /* A1 */
        if (r & R_CLO) return refuse_push(c);
        if (sleep_on(op, R, r, R_SLEEPER, WAKE_PUSHER)) return WEIR_PARKED;
    }
    weir_cubby_ticket_set(op->ticket);
    return WEIR_OK;
}

weir_status weir_cubby_cells_push_step(weir_cubby_cells *c, weir_cubby_op *op) { return push(c, op, true); }
weir_status weir_cubby_cells_push_on(weir_cubby_cells *c, weir_cubby_op *op) { return push(c, op, false); }

/* The try_ forms take a ticket only when it can be used at once, so that no hole is left. */
weir_status weir_cubby_cells_try_push(weir_cubby_cells *c, uint64_t v) {
    for (uint64_t word = weir_a64_load(&c->P); !(word & CLOSED);) {
        uint64_t p = word / TICKET;
        weir_cubby_cell *cell = cell_of(c, p);
        bool ready = in_lap(weir_a32_load_acquire(&cell->S), fresh(c, p)) && /* A2 */
                     reached(weir_a32_load_acquire(&cell->R), raised(c, p)); /* A1 */
        uint64_t now = weir_a64_load(&c->P);
        if (!ready && now == word) return WEIR_AGAIN;
        if (ready && now == word && weir_a64_cas(&c->P, &now, word + TICKET) && deposit(c, p, v)) {
            weir_cubby_ticket_set(p);
            return WEIR_OK;
        }
        word = now;
    }
    return WEIR_CLOSED;
}

/* -- pop --------------------------------------------------------------------------------------------------------- */

static weir_status draw_pop(weir_cubby_cells *c, weir_cubby_op *op) {
    /* RQ, AQ: pairs with itself. All pops of lower tickets have begun before this one gets further, and so before what
     * their ends, or their withdrawal, make the pushers see. */
    op->ticket = weir_a64_add_acq_rel(&c->Q, TICKET) / TICKET;
    op->wait.at = LAPPED;
    return WEIR_OK;
}

static WEIR_ALWAYS_INLINE weir_status pop(weir_cubby_cells *c, weir_cubby_op *op, bool timed) {
    for (weir_status st;; op->wait.at = NEW) {
        if (op->wait.at == NEW && (st = timed ? draw(c, &c->Q, op) : draw_pop(c, op))) return st;
        st = op->wait.at == LAPPED ? reach_lap(c, op) : WEIR_OK;
        if (!st && op->wait.at == LAPPED) {
            arrive(c, op->ticket);
            op->wait.at = POPPING;
        }
        if (!st) st = meet(c, op);
        if (st == WEIR_PARKED) return st;
        if (!st && collect(c, op->ticket, &op->value)) return WEIR_OK;
        if (!st) continue;
        give_up_pop(c);
        if (past_end(c, op->ticket)) return WEIR_CLOSED;
    }
}

weir_status weir_cubby_cells_pop_step(weir_cubby_cells *c, weir_cubby_op *op) { return pop(c, op, true); }
weir_status weir_cubby_cells_pop_on(weir_cubby_cells *c, weir_cubby_op *op) { return pop(c, op, false); }

weir_status weir_cubby_cells_try_pop(weir_cubby_cells *c, uint64_t *v) {
    for (uint64_t word = weir_a64_load(&c->Q);;) {
        uint64_t q = word / TICKET;
        uint32_t s = weir_a32_load_acquire(&cell_of(c, q)->S); /* A3. AC */
        if (s & CLO && past_end(c, q)) return WEIR_CLOSED;
        bool met = in_lap(s, fresh(c, q)) && s & DEP, hopeless = !met && s & CLO && refused(c, q);
        uint64_t now = weir_a64_load(&c->Q);
        if (!met && !hopeless && now == word) return WEIR_AGAIN;
        if (now == word && weir_a64_cas_acq_rel(&c->Q, &now, word + TICKET)) { /* RQ, AQ */
            if (met) arrive(c, q);
            if (met && collect(c, q, v)) return WEIR_OK;
            if (!met) give_up_pop(c);
        }
        word = now;
    }
}

/* -- the ends ---------------------------------------------------------------------------------------------------- */

/* Marks the ticket of an op that is in no queue any more. False: the partner was first. */
static bool withdraw(weir_cubby_cells *c, const weir_cubby_op *op) {
    weir_a32 *S = &cell_of(c, op->ticket)->S;
    uint32_t partner = op->wait.at == PUSHED ? POP : DEP, s = weir_a32_load_acquire(S); /* A4 */
    do
        if (!in_lap(s, fresh(c, op->ticket)) || s & partner) return false;
    while (!weir_a32_cas_weak_acquire(S, &s, s | CAN)); /* who meets it reads what our mark before it has released */
    return true;
}

bool weir_cubby_cells_cancel(weir_cubby_cells *c, weir_cubby_op *op) {
    if (op->wait.at == LAPPED || !weir_park_cancel(&op->wait)) return false;
    if (op->wait.at == NEW) return true; /* at the gate it has no ticket */
    if (withdraw(c, op)) {
        if (op->wait.at == PUSHED) pass_on(c, op->ticket), give_up_push(c);
        else give_up_pop(c);
        return true;
    }
    /* It has its result, or would soon: its pop has come, so all before have, and it need not wait for who is to say so. */
    if (op->wait.at == PUSHED) release(c, op->ticket);
    op->wait.wake(&op->wait); /* nobody else can, now */
    return false;
}

weir_status weir_cubby_cells_close(weir_cubby_cells *c) {
    weir_lock_acquire(&c->closing); /* so that who comes second finds it closed on return */
    uint64_t word = weir_a64_or(&c->P, CLOSED);
    if (!(word & CLOSED)) c->end = word / TICKET;
    for (uint32_t i = 0; i <= c->mask; i++) weir_a32_or(&c->cell[i].R, R_CLO);
    for (uint32_t i = 0; i <= c->mask; i++) weir_a32_or_release(&c->cell[i].S, CLO); /* RC: pairs with AC; R and end */
    weir_lock_release(&c->closing);
    for (uint32_t i = 0; i <= c->mask; i++) {
        weir_unpark(&c->cell[i].R, WAKE_PUSHER, UINT32_MAX);
        weir_unpark(&c->cell[i].S, WAKE_POPPER | WAKE_LAPPED, UINT32_MAX);
    }
    return WEIR_OK;
}

int64_t weir_cubby_cells_pressure(weir_cubby_cells *c) {
    /* acquire: so that P is read after it, and the difference errs upwards */
    uint64_t q = weir_a64_load_acquire(&c->Q);
    int64_t begun = (int64_t)((weir_a64_load(&c->P) & ~(uint64_t)CLOSED) - q) / TICKET;
    return begun + (int64_t)weir_a64_load(&c->balance);
}
