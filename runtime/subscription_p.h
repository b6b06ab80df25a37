/* subscription - a body, or a function, that is run for each event of a topic, one event after the other.
 *
 * Its queue lies under the topic's lock. `busy` says that it has been dispatched and will look into the queue again before it
 * goes, so whoever puts the first event in dispatches it, and nobody else.
 * Who finds it full parks on its room (room.c), or is refused.
 */
#ifndef WEIR_RUNTIME_SUBSCRIPTION_P_H
#define WEIR_RUNTIME_SUBSCRIPTION_P_H

#include "runtime/topic_p.h"
#include "runtime/weir.h"

typedef struct weir_room_waiter weir_room_waiter;

/* What who publishes writes and what the run writes lie on cache lines of their own. */
struct weir_subscription {
    weir_strand strand;
    weir_a32 references;            /* the topic's, the session's, the run's */
    weir_subscription *next, *prev; /* of the topic, under its lock */
    weir_subscription *start;       /* of those about to be dispatched, of whoever does it */
    weir_subscription *sibling;     /* of the session, under the session's lock */

    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_delivery *first; /* this and the next three under the topic's lock */
    weir_delivery *last;
    bool busy, removed;
    weir_a32 put;           /* events that were queued and not dropped; changed under the topic's lock */
    uint32_t begun_seen;    /* of `begun`, when it was last looked at; under the topic's lock */
    weir_room_waiter *room; /* those, under the runtime's room lock */
    bool parked_on_room;    /* its run is parked on another's room; this and what follows the same */
    bool parks_no_more;     /* its session closes */
    weir_subscription *parked_at;
    uint64_t id;
    void (*gone)(void *arg);

    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_session *session;
    weir_topic *topic;
    weir_program *program; /* the body; NULL: fn; neither: a processor, which runs what comes */
    weir_on_event *fn;
    void *arg;
    weir_a32 dropped;     /* what its run has taken already is not handled any more */
    weir_a32 wanted;      /* somebody is parked on its room, or was */
    weir_a32 begun;       /* events taken out of the queue; the run's own, read by who looks for room */
    uint32_t untold;      /* events begun since it last looked who waits for room; this and what follows is the run's */
    weir_delivery *batch; /* taken from the queue */
    weir_delivery *now;   /* being handled; NULL: between two */
    uint64_t since;       /* when its handling began; 0: has no time taken */
    weir_exec x;
};

/* Listens from now on. NULL: no memory. program: a reference that becomes its own, also on failure. l, id: NULL, none. */
weir_subscription *weir_subscription_begin(weir_session *session, weir_topic *topic, weir_program *program,
                                           const weir_listener *l, uint64_t *id);

/* Listens no more. What is queued is still handled; drop: it is dropped. One reference of the caller's is given back. turn: of
 * the handler that the caller is in; NULL: none. */
void weir_subscription_remove(weir_subscription *s, bool drop, weir_turn *turn);

static inline void weir_subscription_retain(weir_subscription *s) { weir_a32_add(&s->references, 1); }
void weir_subscription_release(weir_subscription *s);

/* Events that wait. Exact under the topic's lock, with the run at rest. */
static inline uint32_t weir_subscription_queued(const weir_subscription *s) {
    uint32_t begun = weir_a32_load(&s->begun); /* first: what is put later only adds */
    return weir_a32_load(&s->put) - begun;
}

/* Under the topic's lock. */
bool weir_subscription_has_room(weir_subscription *s);

/* Under the topic's lock: true: the caller has to dispatch it. */
bool weir_subscription_push(weir_subscription *s, weir_delivery *d);

#endif
