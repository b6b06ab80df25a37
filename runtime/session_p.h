/* session - who runs something: a tenant of the store, rights, subscriptions; and the runtime it is a session of. */
#ifndef WEIR_RUNTIME_SESSION_P_H
#define WEIR_RUNTIME_SESSION_P_H

#include "runtime/entity_p.h"
#include "runtime/exec_p.h"
#include "runtime/runtime_p.h"
#include "runtime/subscription_p.h"

struct weir_session {
    weir_runtime *runtime;
    weir_kv_tenant *tenant;
    void *arg;            /* the host's */
    weir_granted granted; /* replaced under the lock */
    weir_rate *rate;      /* its own, or that of its entity */
    weir_rate own_rate;
    weir_purse *purse; /* of its entity; NULL: of none */
    weir_a64 steps;    /* lists that a form of a script, or a run of a handler, may evaluate */

    /* under the lock of weir_entities, but constant while it is open: number, holder */
    weir_session *peer, **at; /* of its entity */
    weir_holder *holder;      /* NULL: of no entity */
    uint64_t number;          /* 0: it is not in */
    char scope[256];
    bool of_task; /* and does not count among those of its entity */

    weir_lock lock;
    weir_subscription *subscriptions; /* by sibling, newest first; under the lock */
    uint32_t listening;
    weir_promise *promises;            /* not settled yet; under the lock */
    weir_awaiting *awaits;             /* those that have parked are among them; under the lock */
    struct weir_room_wait *room_waits; /* of those that can be interrupted; under the lock */
    weir_a32 interrupted;              /* its script is to end */
    weir_program *body;       /* of its latest subscription by a script, a reference; NULL: none yet; under the lock */
    weir_a32 closing;         /* changed under the lock */
    uint32_t place;           /* of those recorded */
    struct weir_input *input; /* the form that runs, of a recorded runtime */
    struct weir_script *script; /* those that were started and have not ended; under the lock, as how many */
    uint32_t scripts;
    weir_a32 promised; /* promises that are not settled, or whose settler has not gone yet */
    weir_a32 live;     /* subscriptions whose memory is there, scripts that have not ended, and one until close */

    /* of the one thread that uses it */
    weir_strand strand;
    weir_tools tools;
    weir_slp_reader *reader; /* of its scripts; that of the tools is for texts within them */
    weir_program program;    /* the one that runs, lent */
    weir_exec x;
};

/* WEIR_READ | WEIR_WRITE. */
static inline unsigned weir_session_rights(const weir_session *s) { return weir_rights_scope_at(&s->granted); }

/* A session as by weir_session_open, which leaves tasks alone, and does not count among those of its entity. */
weir_session *weir_session_open_for_task(weir_runtime *r, const weir_session_options *options, weir_error *error);

/* Ends such a one, without waiting: it goes when all that was sent in its name has run. */
void weir_session_retire(weir_session *s);

/* WEIR_PUBLISH or WEIR_SUBSCRIBE. */
static inline bool weir_session_may(const weir_session *s, uint32_t topic, unsigned right) {
    return (weir_a32_load(&s->granted.everywhere) & right) || (weir_rights_topic_at(&s->granted, topic) & right);
}

/* One publish more; false: there have been as many as may be within the last second. */
static inline bool weir_session_rate(weir_session *s) {
    return !weir_a32_load(&s->rate->most) || weir_rate_take(s->rate);
}

/* Other rights from now on; subscriptions that they do not allow end. Answers those before: for weir_rights_settle. One thread at a
 * time. */
weir_rights *weir_session_allow(weir_session *s, weir_rights *rights);

typedef enum weir_listen {
    WEIR_LISTEN_OK,
    WEIR_LISTEN_DENIED,
    WEIR_LISTEN_FULL,
    WEIR_LISTEN_CLOSED,
    WEIR_LISTEN_NOMEM
} weir_listen;

/* A body as a program, a reference: that of the subscription before, when it was the same body, so that many with one body hold it once.
 * NULL: no memory. */
weir_program *weir_session_body(weir_session *s, const weir_slp *body);

/* The most subscriptions that it may have. */
uint32_t weir_session_most(weir_session *s);

/* A subscription with a body or a function. The reference of the program becomes its own, also on failure. */
weir_listen weir_session_listen(weir_session *s, const weir_listener *l, weir_program *program, uint64_t *id);

/* Ends the waits for room of those who are interrupted. */
void weir_pub_interrupt(weir_session *s);

/* Tells all scripts that were started that they are; under the lock. */
void weir_scripts_interrupt(weir_session *s);

/* Ends all its subscriptions there; true: there was one. */
bool weir_session_unlisten(weir_session *s, uint32_t channel, uint32_t topic, weir_turn *turn);

/* Ends that one; false: it is not there. */
bool weir_session_unlisten_one(weir_session *s, uint64_t id, weir_turn *turn);

/* One thing more that its close waits for, and one less. Held by a caller who holds it already, or by its thread. */
static inline void weir_session_hold(weir_session *s) { weir_a32_add(&s->live, 1); }
void weir_session_gone(weir_session *s);

/* From now on it takes on nothing new, and what waits ends. turn: of the handler that the caller is in; NULL: none. */
void weir_session_stop(weir_session *s, weir_turn *turn);

/* Of the runtime's own, without rights, in which nothing can be run. NULL: no memory. */
weir_session *weir_session_bare(weir_runtime *r);

/* A handler has failed, or a script that was sent to a processor: tells options.error. */
void weir_session_complain(weir_session *s, const weir_exec *x, const weir_topic *t, bool script);

#endif
