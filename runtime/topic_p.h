/* topic - who listens where, and how events come to them.
 *
 * 7 channels of 65536 topics, in pages that are made when first listened to. A topic has a lock, held for a few dozen
 * instructions: under it an event is admitted, for all who listen or for none. So each listener has the events of one
 * publisher in order, and whoever listened before a publish began is reached by it.
 *
 * Events lie once, whoever listens: in records one behind the other, on trays one behind the other, the topic's log. Each subscription goes
 * through them by itself, without the lock. When all have nothing more to do the topic has no tray.
 */
#ifndef WEIR_RUNTIME_TOPIC_P_H
#define WEIR_RUNTIME_TOPIC_P_H

#include "prims/atomic.h"
#include "prims/lock_p.h"
#include "prims/platform.h"
#include "runtime/exec_p.h"
#include "runtime/strand_p.h"
#include "runtime/tray_p.h"

enum { WEIR_TOPICS = 65536, WEIR_TOPIC_PAGE = 256 };

typedef struct weir_subscription weir_subscription;
typedef struct weir_waiter weir_waiter;
typedef struct weir_metrics weir_metrics;

/* An event, as it lies on a tray. */
typedef struct weir_record {
    uint64_t since;     /* when it was admitted; 0: has no times taken */
    weir_session *from; /* a script's, that is to be run: in whose name, a hold on it; NULL: an event */
    uint32_t bytes;     /* of all of it, a multiple of 8 */
    uint32_t buffer[];
} weir_record;

static inline weir_slp_value weir_record_value(const weir_record *e) {
    return weir_slp_value_(e->buffer, e->buffer[WEIR_SLP_ROOT]);
}

/* Of those who subscribe; all under the topic's lock. */
typedef struct weir_log {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_tray *tray; /* on which events are laid, a hold; NULL: all have been handled */
    uint32_t subscribed, busy;                     /* of these: have something to handle */
    uint64_t limit;                                /* as many events all have room for */
    weir_a64 deliveries;
    weir_subscription *last;
} weir_log;

/* A cache line: publishers of one topic take it from each other, and not that of its neighbour. */
typedef struct weir_topic {
    WEIR_ALIGNED(64) weir_lock lock;
    uint16_t channel, number;
    weir_a32 listeners;       /* who subscribe and who wait; changed under the lock */
    uint32_t until;           /* events until the next has its times taken */
    weir_a64 events;          /* admitted for somebody; changed under the lock */
    weir_subscription *first; /* in the order in which they came; under the lock */
    weir_waiter *waiters;     /* under the lock */
    weir_aptr log;            /* weir_log; NULL: nobody has ever subscribed; made under the lock */
    weir_aptr took;           /* weir_topic_took: histograms of its own; NULL: it has none, so far */
} weir_topic;

typedef struct weir_topics {
    weir_aptr
        *page; /* WEIR_CHANNELS_ALL * WEIR_TOPICS / WEIR_TOPIC_PAGE, of arrays of topics; NULL: never listened to */
} weir_topics;

bool weir_topics_init(weir_topics *t);
void weir_topics_free(weir_topics *t);

/* The next topic of those that have been made; *at is 0 at first. NULL: there is none. */
weir_topic *weir_topic_next(weir_topics *t, uint32_t *at);

/* The topic; NULL: nobody has ever listened near it, or, with make, no memory. */
weir_topic *weir_topic_make(weir_aptr *page, uint32_t channel, uint32_t number);

/* T2 acquire: pairs with T1 in topic.c. */
static inline weir_topic *weir_topic_at(weir_topics *t, uint32_t channel, uint32_t number, bool make) {
    weir_aptr *place = &t->page[channel * (WEIR_TOPICS / WEIR_TOPIC_PAGE) + number / WEIR_TOPIC_PAGE];
    weir_topic *page = weir_aptr_load_acquire(place); /* T2 */
    if (WEIR_LIKELY(page != NULL)) return &page[number % WEIR_TOPIC_PAGE];
    return make ? weir_topic_make(place, channel, number) : NULL;
}

/* Events put into queues, so far. */
uint64_t weir_topic_deliveries(const weir_topic *t);

/* Under the lock, before the first subscription: the log. NULL: no memory. */
weir_log *weir_topic_log(weir_topic *t);

/* Under the lock: nobody has anything more to do. The tray to be let go of behind it; NULL: none. */
weir_tray *weir_log_end(weir_log *l);

/* One who waits for one event, and then perhaps for another. Memory of the caller; its wait has ended before it goes.
 *
 *     LISTENS -- park --> PARKED -- an event --> GOT      -- whoever gives it up --> OVER
 *     LISTENS -- an event --> GOT
 *
 * Whoever takes it out of PARKED wakes the strand, once. The word counts the waits too: who has looked at one ends none that came later.
 */
struct weir_waiter {
    weir_waiter *next, **at; /* of the topic, under its lock; at NULL: it is not among them */
    weir_topic *topic;
    weir_strand *strand;    /* constant */
    const weir_record *got; /* NULL: none. Under the topic's lock until the wait has ended, as the next */
    weir_tray *tray;        /* on which that lies, a hold */
    weir_a64 state;
};

static inline void weir_waiter_init(weir_waiter *w, weir_strand *strand) { *w = (weir_waiter){.strand = strand}; }

/* Listens from now on. */
void weir_waiter_begin(weir_waiter *w, weir_topic *topic);

/* Ends the wait, whether something has come or not. Not while it is parked. What has come is there until weir_waiter_done. */
void weir_waiter_end(weir_waiter *w);

/* Of one whose wait has ended. */
static inline void weir_waiter_done(weir_waiter *w) {
    if (w->got) weir_tray_let_go(w->tray, 1);
    w->got = NULL;
}

/* Under the lock: each who waits has e, which lies on t, unless he has given up. Those to be woken, linked by next. */
weir_waiter *weir_waiters_answer(weir_topic *topic, weir_tray *t, const weir_record *e);

/* Something has come: w->got is there. */
bool weir_waiter_has_come(const weir_waiter *w);

/* True: nothing has come yet, and whoever ends the wait wakes the strand. False: w->got is there. */
bool weir_waiter_park(weir_waiter *w);

/* Of others: the wait that is parked now, 0: none; and its end, if it still waits: true: the caller wakes the strand. */
uint64_t weir_waiter_look(weir_waiter *w);
bool weir_waiter_give_up_one(weir_waiter *w, uint64_t seen);
bool weir_waiter_give_up(weir_waiter *w);

/* Ends the wait and wakes the strand, if it still waits. */
void weir_waiter_late(weir_waiter *w);

typedef struct weir_room_waiter weir_room_waiter;

/* An event of the session's for all who listen. The builder is the thread's, and may be NULL. w: who has waited for room, and has a place
 * kept for it (room_p.h), which is used or given back; NULL: nobody has. */
typedef enum weir_admitted {
    WEIR_ADMITTED,
    WEIR_ADMIT_FULL,  /* *full has its bound of events waiting, and nobody got this one */
    WEIR_ADMIT_BYTES, /* it is large, and those that wait have as many bytes as may be */
    WEIR_ADMIT_PURSE, /* those of the session's entity that wait have as many bytes as may be */
    WEIR_ADMIT_NOMEM
} weir_admitted;
weir_admitted weir_topic_publish(weir_session *from, weir_topic *topic, weir_slp_value v, weir_slp_builder *b,
                                 weir_room_waiter *w, weir_turn *turn, weir_subscription **full);

/* The same of what has been made ready: weir_payload_of. */
weir_admitted weir_topic_lay(weir_session *from, weir_topic *topic, const weir_payload *p, weir_room_waiter *w,
                             weir_turn *turn, weir_subscription **full);

#endif
