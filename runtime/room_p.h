/* room - what happens when a queue is full.
 *
 * Who publishes from outside waits. A handler parks only on a queue that will drain without a run that is itself parked on room:
 * not its own, and not that of a subscription whose run is parked. So whoever is waited for is not waiting, at the moment the
 * wait begins; a circle of waits would need one that was. Otherwise, and when many are parked already, it is refused: `full`.
 *
 * Those who wait are woken in the order in which they came, each with a place that is kept for it: who comes later finds the queue full
 * as long as what waits and what is kept are as many as may be. They are woken when half of the queue is free; or one, when eight queues'
 * worth of events have begun since the last: so nobody waits for ever where handlers keep it full.
 */
#ifndef WEIR_RUNTIME_ROOM_P_H
#define WEIR_RUNTIME_ROOM_P_H

#include "runtime/subscription_p.h"

struct weir_room_waiter {
    weir_room_waiter *next;
    weir_strand *strand;
    weir_subscription *self; /* whose run it is; NULL: from outside */
    weir_subscription *kept; /* that keeps a place for it, a reference; NULL: none does */
};

typedef enum weir_room { WEIR_ROOM_PARKED, WEIR_ROOM_RETRY, WEIR_ROOM_REFUSED } weir_room;

/* PARKED: the strand is woken when there is room. RETRY: there is. Gives back the caller's reference of `full`. */
weir_room weir_room_park(weir_subscription *full, weir_room_waiter *w);

/* True: w, from outside, is out, and nobody will wake it. False: somebody does. */
bool weir_room_withdraw(weir_subscription *full, weir_room_waiter *w);

/* The place kept for w is not used. NULL is nothing. */
void weir_room_give_back(weir_room_waiter *w, weir_turn *turn);

/* Under the topic's lock: w publishes there now, and its place is one like others. Answers whose it was; NULL: it had none. The caller
 * tells with weir_room_spent what came of it, without the lock. */
weir_subscription *weir_room_spend(weir_room_waiter *w);
void weir_room_spent(weir_subscription *s, bool admitted, weir_turn *turn);

/* The run of s has begun an event. Who waits for room is told now and then, and when nothing more is at hand: weir_room_tell. */
void weir_room_left(weir_subscription *s, weir_turn *turn);

/* To be called before the run of s stops, for whatever reason. */
void weir_room_tell(weir_subscription *s, weir_turn *turn);

/* The session of s closes: its run does not wait for room, now or later, but is refused. */
void weir_room_end(weir_subscription *s, weir_turn *turn);

/* Nobody need wait for room of s any more. */
void weir_room_open(weir_subscription *s, weir_turn *turn);

#endif
