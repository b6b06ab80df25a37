/* session - who runs something: a tenant of the store, rights, subscriptions; and the runtime it is a session of. */
#ifndef WEIR_RUNTIME_SESSION_P_H
#define WEIR_RUNTIME_SESSION_P_H

#include "runtime/exec_p.h"
#include "runtime/runtime_p.h"
#include "runtime/subscription_p.h"

struct weir_session {
    weir_runtime *runtime;
    weir_kv_tenant *tenant;
    char *scope;
    void *arg; /* the host's */
    unsigned rights;
    weir_topic_rule *rule; /* sorted by topic; constant */
    size_t rules;
    uint32_t rate;     /* publishes a second; 0: no limit */
    uint64_t *publish; /* a ring of the times of the last `rate`; under the lock */
    uint32_t published;

    weir_lock lock;
    weir_subscription *subscriptions; /* by sibling, newest first; under the lock */
    uint32_t listening;
    weir_promise *promises; /* not settled yet; under the lock */
    bool closing;
    weir_a32 promised; /* promises that are not settled, or whose settler has not gone yet */
    weir_a32 live;     /* subscriptions whose memory is there, and one until close */

    /* of the one thread that uses it */
    weir_strand strand;
    weir_tools tools;
    weir_exec x;
};

static inline unsigned weir_session_rights(const weir_session *s) { return s->rights; }

/* WEIR_PUBLISH or WEIR_SUBSCRIBE. */
bool weir_session_may(const weir_session *s, uint32_t topic, unsigned right);

/* One publish more; false: there have been as many as may be within the last second. */
bool weir_session_rate(weir_session *s);

typedef enum weir_listen { WEIR_LISTEN_OK, WEIR_LISTEN_FULL, WEIR_LISTEN_CLOSED, WEIR_LISTEN_NOMEM } weir_listen;

/* A subscription with a body or a function. The reference of the program becomes its own, also on failure. */
weir_listen weir_session_listen(weir_session *s, uint32_t channel, uint32_t topic, weir_program *program,
                                weir_on_event *fn, void *arg);

/* Ends all its subscriptions there; true: there was one. */
bool weir_session_unlisten(weir_session *s, uint32_t channel, uint32_t topic, weir_turn *turn);

/* A subscription's memory is gone. */
void weir_session_gone(weir_session *s);

/* A handler has failed: tells options.error. */
void weir_session_complain(weir_session *s, const weir_exec *x, const weir_event_block *e);

#endif
