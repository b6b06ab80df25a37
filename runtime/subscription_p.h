/* subscription - a body, or a function, that is run for each event of a topic, one event after the other.
 *
 * What waits for it are the records of its topic's log behind `at`, as far as they are laid. `busy` says that it has been dispatched and
 * will look there again before it goes, so whoever lays an event while it is not dispatches it, and nobody else. While it is busy it
 * holds the trays from its own to the topic's last.
 * Who finds it full parks on its room (room.c), or is refused.
 */
#ifndef WEIR_RUNTIME_SUBSCRIPTION_P_H
#define WEIR_RUNTIME_SUBSCRIPTION_P_H

#include "runtime/topic_p.h"
#include "runtime/weir.h"

/* What who publishes looks at and what the run writes lie on cache lines of their own, and no two subscriptions share one: without that 4
 * publishers and 4 handlers take two to four times as long. */
struct weir_subscription {
    weir_strand strand;
    weir_a32 references;            /* the topic's, the session's, the run's */
    weir_subscription *next, *prev; /* of the topic, under its lock */
    weir_subscription *start;       /* of those about to be dispatched, of whoever does it */
    weir_subscription *sibling;     /* of the session, under the session's lock */

    /* These under the topic's lock. */
    WEIR_ALIGNED(WEIR_CACHE_LINE) bool busy;
    bool parked_on_room;  /* its run is parked on another's room; under the runtime's room lock */
    bool parks_no_more;   /* its session closes; the same */
    weir_a32 ended;       /* weir_subscription_end: DRAINS or DROPS; 0: it listens */
    weir_a32 kept;        /* places for those who were among `room`; changed under both locks, or the topic's */
    uint32_t stop_at;     /* ended: the last tray that it holds, how much there is for it, */
    weir_tray *stop;      /* NULL: it was not busy */
    uint64_t stop_events; /* and of which event on there is nothing for it */
    weir_room_waiter *room, *room_last; /* those, in order, under the runtime's room lock; as is the next */
    weir_subscription *parked_at;
    uint64_t id;

    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_session *session;
    weir_topic *topic;
    weir_program *program; /* the body; NULL: fn; neither: a processor, which runs what comes */
    weir_on_event *fn;
    void (*gone)(void *arg);
    void *arg;
    weir_a32 wanted; /* somebody is parked on its room, or was */
    /* of the topic's events: its runs have begun, or it has not listened then; the run's own, read by who looks for room */
    weir_a64 begun;
    uint64_t let_in_at; /* of `begun`, when it last let somebody in who waited for room; the run's own */
    uint32_t untold;    /* events begun since it last looked who waits for room; this and what follows is the run's */
    uint32_t at, laid;  /* on the tray: the next, and how far it knows of some */
    /* a kept place is for who is the first of `room`, when it comes free. Set by the run, cleared by anybody; under both
     * locks, but read without by the run: at worst it looks once in vain */
    weir_a32 next_kept;
    weir_tray *tray;        /* NULL: it is not busy */
    const weir_record *now; /* being handled; NULL: between two */
    uint64_t since;         /* when its handling began; 0: has no time taken */
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

enum { WEIR_SUBSCRIPTION_DRAINS = 1, WEIR_SUBSCRIPTION_DROPS };

/* Events that wait. Exact under the topic's lock, with the run at rest. S1 acquire: pairs with S2. */
static inline uint64_t weir_subscription_queued(const weir_subscription *s) {
    uint64_t begun = weir_a64_load(&s->begun);         /* first: what is laid later only adds */
    uint32_t ended = weir_a32_load_acquire(&s->ended); /* S1 */
    if (ended == WEIR_SUBSCRIPTION_DROPS) return 0;
    return (ended ? s->stop_events : weir_a64_load(&s->topic->events)) - begun;
}

/* Under the topic's lock, not busy: it is from now on, with what is laid at `at`. The tray is held for it; the caller has to dispatch
 * it. */
void weir_subscription_start(weir_subscription *s, weir_tray *tray, uint32_t at);

#endif
