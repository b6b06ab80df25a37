#include "runtime/rights_p.h"

#include <stdlib.h>
#include <string.h>

#include "kv/rcu.h"

static int by_topic(const void *a, const void *b) {
    uint32_t x = ((const weir_topic_rule *)a)->topic, y = ((const weir_topic_rule *)b)->topic;
    return (x > y) - (x < y);
}

weir_rights *weir_rights_new(unsigned scope, unsigned others, const weir_topic_rule *rule, size_t rules) {
    weir_rights *r = malloc(sizeof *r + rules * sizeof *rule);
    if (!r) return NULL;
    *r = (weir_rights){.scope = scope, .others = others, .rules = rules};
    if (!rules) return r;
    memcpy(r->rule, rule, rules * sizeof *rule);
    qsort(r->rule, rules, sizeof *rule, by_topic);
    return r;
}

unsigned weir_rights_on(const weir_rights *r, uint32_t topic) {
    weir_topic_rule key = {topic, 0};
    const weir_topic_rule *rule = r->rules ? bsearch(&key, r->rule, r->rules, sizeof key, by_topic) : NULL;
    return rule ? rule->rights : r->others;
}

/* A1 acquire: pairs with A2: the rules are whole. */
unsigned weir_rights_topic_at(const weir_granted *g, uint32_t topic) {
    weir_rcu_begin();
    unsigned rights = weir_rights_on(weir_aptr_load_acquire(&g->rights), topic); /* A1 */
    weir_rcu_end();
    return rights;
}

/* A2 release: pairs with A1. One at a time, under the session's lock. */
weir_rights *weir_rights_replace(weir_granted *g, weir_rights *r) {
    weir_rights *before = weir_aptr_load(&g->rights);
    weir_a32_store(&g->scope, r->scope);
    weir_a32_store(&g->everywhere, r->rules ? 0 : r->others);
    weir_aptr_store_release(&g->rights, r); /* A2 */
    return before;
}

void weir_rights_settle(weir_rights *replaced) {
    if (replaced) weir_rcu_synchronize();
    for (weir_rights *next; replaced; replaced = next) {
        next = replaced->next;
        free(replaced);
    }
}

/* -- rates --------------------------------------------------------------------------------------------------------- */

enum { SECOND = 1000000000 };

void weir_rate_init(weir_rate *r) {
    weir_lock_init(&r->lock);
    weir_a32_store(&r->most, 0);
    r->at = NULL;
    r->counted = 0;
}

void weir_rate_free(weir_rate *r) { free(r->at); }

/* The newest of the times so far, as many as fit, in the ring that takes their place. */
static uint64_t carry_over(const weir_rate *r, uint32_t before, uint64_t *to, uint32_t room) {
    uint64_t have = r->counted < before ? r->counted : before, n = have < room ? have : room;
    for (uint64_t i = 0; i < n; i++) to[i] = r->at[(r->counted - n + i) % before];
    return n;
}

bool weir_rate_ring(uint32_t most, uint64_t **ring) {
    *ring = most ? calloc(most, sizeof **ring) : NULL;
    return *ring || !most;
}

void weir_rate_limit(weir_rate *r, uint32_t most, uint64_t *ring) {
    weir_lock_acquire(&r->lock);
    uint32_t before = weir_a32_load(&r->most);
    uint64_t *old = r->at, counted = before && most ? carry_over(r, before, ring, most) : 0;
    r->at = ring;
    r->counted = counted;
    weir_a32_store(&r->most, most);
    weir_lock_release(&r->lock);
    free(old);
}

bool weir_rate_take(weir_rate *r) {
    if (!weir_a32_load(&r->most)) return true; /* looked at again under the lock */
    weir_lock_acquire(&r->lock);
    uint32_t most = weir_a32_load(&r->most);
    uint64_t now = weir_now_ns(), *oldest = most ? &r->at[r->counted % most] : NULL;
    bool good = !oldest || *oldest == 0 || now - *oldest >= SECOND;
    if (oldest && good) {
        *oldest = now;
        r->counted++;
    }
    weir_lock_release(&r->lock);
    return good;
}
