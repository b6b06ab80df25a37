/* awaiting - an await of a script: it listens, parks, and has a limit in time.
 *
 * The node stays with the evaluation for its next await: among those of the session, by whom its close finds it, and with its alarm armed.
 * That rings at the deadline or before it, looks, and is armed anew if somebody waits; so an await that is answered in time has not
 * touched the clock, nor the session.
 */
#ifndef WEIR_RUNTIME_AWAITING_P_H
#define WEIR_RUNTIME_AWAITING_P_H

#include "runtime/session_p.h"

struct weir_awaiting {
    weir_waiter waiter;
    weir_alarm alarm;
    weir_a64 deadline;
    weir_a32 armed; /* the alarm is, for the deadline or before it; 0: perhaps not */
    bool parked;
    bool closed;               /* ended by the close of its session, or by who interrupts its script */
    const weir_a32 *interrupt; /* of its evaluation; constant */
    bool listed; /* among those of the session: changed by who waits, or by who closes it while it is parked */
    weir_awaiting *next, **at; /* of the session, under its lock */
};

/* Listens from now on. NULL: no memory. */
weir_awaiting *weir_awaiting_begin(weir_exec *x, weir_topic *topic);

/* Ends it, whatever has come. */
void weir_awaiting_drop(weir_exec *x, weir_awaiting *a);

/* True: x->strand is woken once. False: an event is there. */
bool weir_awaiting_park(weir_exec *x, weir_awaiting *a, uint32_t ms);
static inline bool weir_awaiting_has_parked(const weir_awaiting *a) { return a->parked; }

/* After a wake, or where it has not parked: the answer. */
weir_verdict weir_awaiting_end(weir_exec *x, weir_awaiting *a, uint32_t ms);

/* Nobody waits by it. */
void weir_awaiting_free(weir_session *s, weir_awaiting *a);

/* Ends all awaits of s that have parked; it closes, and none parks any more. interrupted: those alone whose evaluation
 * is. */
void weir_awaits_close(weir_session *s, bool interrupted);

#endif
