/* cubby - a place for one 64-bit word, handed from pushers to poppers, who wait for each other.
 *
 * When to use      To hand items over one at a time, first come first served, with threads or coroutines waiting. For a
 *                  buffer of many items: chan. Without waiting: mpmc, spsc.
 * Shape, units     One item. Items are any uint64_t, 0 included. Deadlines: absolute ns of CLOCK_MONOTONIC; in the past:
 *                  try once.
 * Ownership        The caller gives the memory, aligned to WEIR_CACHE_LINE, and takes it back after destroy, when no
 *                  operation is under way. Nothing is allocated by Weir. An item belongs to the cubby once its push has
 *                  answered OK, and to the popper whose pop has.
 * Promise          Every complete history is linearizable to push0 pop0 push1 pop1 ...: pop i returns the value of push i.
 *                  Who is *parked* is served in the order the trait `waiters` says: `fifo`, longest parked first; `none`,
 *                  any. Who has not parked yet may be overtaken. No wake-up is lost; nobody polls while parked.
 *                  timed=bounded (cells): an operation that may be withdrawn (a deadline, a step) is one of the fifo if it
 *                  finds a cell. There are 64, each for a push and a pop; a withdrawn operation keeps its own until a
 *                  partner, who looks for another, has passed. Without a cell it waits at a gate, behind all that have
 *                  one, in no order, and can be withdrawn all the same.
 * Threads          Every operation by any thread at any time; init and destroy alone.
 *                  step and cancel of one op: one thread at a time.
 * Progress         Trait `progress`, of the work between parks; all forms without try_ wait for a partner.
 *                  blocking: a stopped thread that holds the lock stops all. blocking-per-pair (cells): one that stops
 *                  between taking its ticket and marking its cell stops its pair and the pushes behind; parking and waking
 *                  take a bucket's lock (wait.h). The first partner after k withdrawals takes O(k) steps, k <= 64. blocking-per-turn (turn): one that stops with the turn stops all.
 * Linearizes at    direct, lock: within the lock. sem: the CAS of the state. cells, turn: in ticket order; a ticket is
 *                  taken by a change of P or Q, the last one that the operation takes. A push that close refuses: at
 *                  close.
 * Memory order     All that happened before push i happens before the return of pop i. All that happened before pop i
 *                  began happens before the return of push i+1. Refusals promise nothing.
 * Close            A value is accepted when its push answers OK; then it is delivered once unless the cubby is destroyed.
 *                  A value whose push answered CLOSED or TIMEOUT is never delivered. close refuses every push not yet
 *                  accepted, parked ones included; pops drain what was accepted, then answer CLOSED. cells: of pushes
 *                  whose pops are under way when close comes, it may refuse one and let one behind it pass.
 * Errors           OK; AGAIN (try_: full or empty, or another operation is in the middle of making it otherwise); TIMEOUT;
 *                  CLOSED; NOTSUP: the variant lacks the capability (traits async, timed, close), nothing has moved.
 * Limits           2^63 operations. cells: a push that has been let go and is not run by the system for 2^28 * 64 further
 *                  hand-offs sleeps on. turn: 2^20 operations waiting at once. cells: fast up to 64 at once.
 *                  Not for signal handlers. Threads of one process only.
 * Source           The signed counter of the first idea is `pressure`, derived from two monotone tickets, because the
 *                  values of one counter that goes up and down are no tickets (seed). Each variant names its own source.
 * Checked by       prims/cubby_test.c, prims/cubby_ticket_test.c (which convicts seed), TSan, the sum check of every
 *                  bench run. stress: unit litmus model lin laws progress fault fuzz. Spin: stress/promela.
 */
#ifndef WEIR_PRIMS_CUBBY_H
#define WEIR_PRIMS_CUBBY_H

#include "cubby/cells.h"
#include "cubby/direct.h"
#include "cubby/lock.h"
#include "cubby/seed.h"
#include "cubby/sem.h"
#include "cubby/turn.h"
#include "variant.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_CUBBY_(op) WEIR_BIND(cubby, WEIR_CUBBY, op)

typedef WEIR_CUBBY_() weir_cubby;

/* Makes an empty, open cubby in *c. OK; BAD_NULL; BAD_ALIGN: c is not aligned to WEIR_CACHE_LINE; NOMEM (lock). After a
 * refusal nothing has been written. */
static inline weir_status weir_cubby_init(weir_cubby *c) { return WEIR_CUBBY_(_init)(c); }

/* Ends it; an item still inside is dropped. No operation may be under way, none may follow but init. */
static inline void weir_cubby_destroy(weir_cubby *c) { WEIR_CUBBY_(_destroy)(c); }

/* Puts v in when that needs no waiting. OK, AGAIN, CLOSED. */
static inline weir_status weir_cubby_try_push(weir_cubby *c, uint64_t v) { return WEIR_CUBBY_(_try_push)(c, v); }

/* Takes the item into *v when one is there. OK, AGAIN, CLOSED; *v is written only with OK. */
static inline weir_status weir_cubby_try_pop(weir_cubby *c, uint64_t *v) { return WEIR_CUBBY_(_try_pop)(c, v); }

/* Puts v in, waiting for room until the deadline. OK, TIMEOUT, CLOSED; NOTSUP when timed=no, unless it is WEIR_FOREVER. */
static inline weir_status weir_cubby_push_until(weir_cubby *c, uint64_t v, uint64_t deadline_ns) {
    return WEIR_CUBBY_(_push_until)(c, v, deadline_ns);
}

/* Takes an item into *v, waiting for one until the deadline. Answers as push_until; *v is written only with OK. */
static inline weir_status weir_cubby_pop_until(weir_cubby *c, uint64_t *v, uint64_t deadline_ns) {
    return WEIR_CUBBY_(_pop_until)(c, v, deadline_ns);
}

/* Puts v in, waiting as long as it takes. OK, CLOSED. */
static inline weir_status weir_cubby_push(weir_cubby *c, uint64_t v) {
    return weir_cubby_push_until(c, v, WEIR_FOREVER);
}

/* Takes an item into *v, waiting as long as it takes. OK, CLOSED. */
static inline weir_status weir_cubby_pop(weir_cubby *c, uint64_t *v) {
    return weir_cubby_pop_until(c, v, WEIR_FOREVER);
}

/* Pushes begun less pops begun: 0 empty, 1 filled, n > 1: n - 1 pushers wait, < 0: poppers wait; operations that were
 * withdrawn or refused excluded, and who waits at the gate (cells). Exact at rest, otherwise near the truth of some moment
 * within the call. */
static inline int64_t weir_cubby_pressure(weir_cubby *c) { return WEIR_CUBBY_(_pressure)(c); }

/* Closes it for ever, as the contract says; again does nothing more. OK; NOTSUP when close=no. */
static inline weir_status weir_cubby_close(weir_cubby *c) { return WEIR_CUBBY_(_close)(c); }

/* -- steps: for coroutines, and for whoever waits in a way of its own (prims/wait.h) ----------------------------- */

/* Makes *op ready for its first step; `wake` is called once after each PARKED. `value`: what a push puts in. */
static inline void weir_cubby_op_init(weir_cubby_op *op, uint64_t value, void (*wake)(weir_wait *)) {
    weir_wait_init(&op->wait, wake);
    op->value = value;
}

/* Begins a push of op->value, and continues it after each wake, never before. PARKED: *op belongs to the cubby until the
 * wake or a cancel that answers true. OK, CLOSED: the op is over. NOTSUP when async=no. */
static inline weir_status weir_cubby_push_step(weir_cubby *c, weir_cubby_op *op) {
    return WEIR_CUBBY_(_push_step)(c, op);
}

/* The same for a pop; with OK the item is in op->value. */
static inline weir_status weir_cubby_pop_step(weir_cubby *c, weir_cubby_op *op) {
    return WEIR_CUBBY_(_pop_step)(c, op);
}

/* Withdraws a parked op. True: it is out, nothing has moved, no wake comes. False: it has its result, or a wake has come
 * or is coming, or the variant cannot (timed=no): go on stepping. */
static inline bool weir_cubby_cancel(weir_cubby *c, weir_cubby_op *op) { return WEIR_CUBBY_(_cancel)(c, op); }

#undef WEIR_CUBBY_

#ifdef __cplusplus
}
#endif
#endif
