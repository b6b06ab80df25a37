/* topic - who listens where, and how events come to them.
 *
 * 7 channels of 65536 topics, in pages that are made when first listened to. A topic has a lock, held for a few dozen
 * instructions: under it an event is admitted, for all who listen or for none. So each listener has the events of one
 * publisher in order, and whoever listened before a publish began is reached by it.
 *
 * An event is one block: its payload, and a delivery for each listener, by which it lies in that listener's queue. It is made before the lock
 * is taken, and counted; when the last listener is done with it, its place on its tray is.
 */
#ifndef WEIR_RUNTIME_TOPIC_P_H
#define WEIR_RUNTIME_TOPIC_P_H

#include "prims/atomic.h"
#include "prims/lock_p.h"
#include "runtime/exec_p.h"
#include "runtime/strand_p.h"
#include "runtime/tray_p.h"

enum { WEIR_TOPICS = 65536, WEIR_TOPIC_PAGE = 256 };

typedef struct weir_event_block weir_event_block;
typedef struct weir_subscription weir_subscription;
typedef struct weir_waiter weir_waiter;
typedef struct weir_metrics weir_metrics;

typedef struct weir_delivery {
    struct weir_delivery *next;
    weir_event_block *block;
} weir_delivery;

struct weir_event_block {
    weir_a32 references;
    uint32_t channel, topic;
    weir_tray *tray;      /* on which it lies */
    uint64_t since;       /* when it was admitted; 0: has no times taken */
    weir_session *from;   /* a script's, that is to be run: in whose name, a hold on it; NULL: an event */
    weir_slp_value value; /* in the buffer behind the deliveries, or small */
    weir_delivery to[];
};

/* A cache line: publishers and handlers of one topic take it from each other, and not that of its neighbour. */
typedef struct weir_topic {
    WEIR_ALIGNED(64) weir_lock lock;
    uint16_t channel, number;
    weir_subscription *first, *last; /* in the order in which they came */
    weir_waiter *waiters;
    weir_a32 listeners;          /* both; changed under the lock */
    uint32_t until;              /* events until the next has its times taken */
    weir_a64 events, deliveries; /* changed under the lock: admitted, and put into queues */
    weir_aptr took;              /* weir_topic_took: histograms of its own; NULL: it has none, so far */
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
weir_topic *weir_topic_at(weir_topics *t, uint32_t channel, uint32_t number, bool make);

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
    weir_strand *strand;   /* constant */
    weir_event_block *got; /* a reference; NULL: none. Under the topic's lock until the wait has ended */
    weir_a64 state;
};

static inline void weir_waiter_init(weir_waiter *w, weir_strand *strand) { *w = (weir_waiter){.strand = strand}; }

/* Listens from now on. */
void weir_waiter_begin(weir_waiter *w, weir_topic *topic);

/* Ends the wait, whether something has come or not. Not while it is parked. The caller has the reference of w->got. */
void weir_waiter_end(weir_waiter *w);

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

/* An event of the session's for all who listen. The builder and the nest are the thread's; each may be NULL. */
typedef enum weir_admitted {
    WEIR_ADMITTED,
    WEIR_ADMIT_FULL,  /* *full has its bound of events waiting, and nobody got this one */
    WEIR_ADMIT_BYTES, /* it is large, and those that wait have as many bytes as may be */
    WEIR_ADMIT_PURSE, /* those of the session's entity that wait have as many bytes as may be */
    WEIR_ADMIT_NOMEM
} weir_admitted;
weir_admitted weir_topic_publish(weir_session *from, weir_topic *topic, weir_slp_value v, weir_slp_builder *b,
                                 weir_nest *nest, weir_turn *turn, weir_subscription **full);

void weir_event_block_release(weir_event_block *e);

/* One reference less, told by and by. */
void weir_event_block_done(weir_event_block *e, weir_tally *tally);

#endif
