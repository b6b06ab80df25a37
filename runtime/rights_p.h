/* rights - what a session may do: an immutable set of rules, replaced as a whole while others read it.
 *
 * Readers look under RCU and never wait. Whoever replaces a set keeps the old one until all who might still look at it have gone:
 * weir_rights_settle.
 */
#ifndef WEIR_RUNTIME_RIGHTS_P_H
#define WEIR_RUNTIME_RIGHTS_P_H

#include "prims/atomic.h"
#include "prims/lock_p.h"
#include "runtime/weir.h"

typedef struct weir_rights {
    struct weir_rights *next; /* of those that were replaced together */
    unsigned scope;           /* WEIR_READ | WEIR_WRITE on the session's scope */
    unsigned others;          /* rights on topics that no rule names */
    uint32_t subscriptions;   /* the most. This and the next are the caller's to fill in */
    uint64_t steps;           /* of a form or a run; for the session's own word */
    size_t rules;
    weir_topic_rule rule[]; /* sorted by topic */
} weir_rights;

/* The rules are copied. NULL: no memory. */
weir_rights *weir_rights_new(unsigned scope, unsigned others, const weir_topic_rule *rule, size_t rules);

/* The rights on a topic; whoever has r, or under weir_rights_at. */
unsigned weir_rights_on(const weir_rights *r, uint32_t topic);

/* Where a set is published. Each command asks for the rights on the scope, so they stand there by themselves. */
typedef struct weir_granted {
    weir_aptr rights;
    weir_a32 scope;
    weir_a32 everywhere; /* what they give on every topic, known without a look at the rules */
} weir_granted;

/* The rights on a topic, and on the scope, of what is published: any thread, wait-free. */
unsigned weir_rights_topic_at(const weir_granted *g, uint32_t topic);
static inline unsigned weir_rights_scope_at(const weir_granted *g) { return weir_a32_load(&g->scope); }

/* Publishes r, and answers what was there before: for weir_rights_settle. */
weir_rights *weir_rights_replace(weir_granted *g, weir_rights *r);

/* Waits until nobody looks at these any more, linked by next, and frees them. Not in a read section. */
void weir_rights_settle(weir_rights *replaced);

/* At most `most` within a second, in a window that slides; 0: no limit. Any thread. */
typedef struct weir_rate {
    weir_lock lock;
    weir_a32 most;
    uint64_t *at;     /* a ring of the times of the last `most` */
    uint64_t counted; /* since the ring was made */
} weir_rate;

void weir_rate_init(weir_rate *r);
void weir_rate_free(weir_rate *r);

/* Another limit, with a ring for it; publishes within the last second still count. */
bool weir_rate_ring(uint32_t most, uint64_t **ring); /* false: no memory */
void weir_rate_limit(weir_rate *r, uint32_t most, uint64_t *ring);

/* One more; false: there have been as many as may be within the last second. */
bool weir_rate_take(weir_rate *r);

#endif
