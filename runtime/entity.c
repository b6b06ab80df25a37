#include "runtime/entity_p.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/session_p.h"

#define RECORDS WEIR_KV_TEXT("\0entity")

static weir_kv_bytes bytes_of(const char *text) { return weir_kv_bytes_of(text, strlen(text)); }

static bool refuse(weir_error *error, const char *name, const char *why) {
    weir_error_set(error, "entity %s: %s", name, why);
    return false;
}

/* -- records ------------------------------------------------------------------------------------------------------- */

/* What the store has of that name; NULL: *error. Under the lock, as long as nobody may delete it meanwhile. */
static weir_entity *load(weir_runtime *r, const char *name, weir_error *error) {
    weir_kv_value *value;
    const char *why;
    weir_kv_status st = r->entities.records ? weir_kv_take(r->entities.records, bytes_of(name), &value) : WEIR_KV_NO;
    if (st != WEIR_KV_OK) {
        refuse(error, name, st == WEIR_KV_NO ? "there is none of this name" : weir_kv_status_text(st));
        return NULL;
    }
    weir_kv_bytes bytes = weir_kv_value_bytes(value);
    weir_entity *e = weir_entity_read(bytes.at, bytes.size, &why);
    weir_kv_value_release(r->kv, value);
    if (!e) refuse(error, name, why);
    return e;
}

static weir_kv_status make_records(weir_runtime *r) {
    return r->entities.records ? WEIR_KV_OK : weir_kv_tenant_create(r->kv, RECORDS, NULL, &r->entities.records);
}

static bool store(weir_runtime *r, const char *name, const weir_entity *e, weir_error *error) {
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    const weir_slp *s = b ? weir_entity_write(e, b) : NULL;
    weir_kv_status st = s ? make_records(r) : WEIR_KV_NOMEM;
    if (st == WEIR_KV_OK) st = weir_kv_set(r->entities.records, bytes_of(name), weir_kv_bytes_of(s, weir_slp_bytes(s)));
    weir_slp_builder_free(b);
    return st == WEIR_KV_OK || refuse(error, name, weir_kv_status_text(st));
}

/* -- sessions ------------------------------------------------------------------------------------------------------ */

static weir_holder **find(weir_runtime *r, const char *name) {
    weir_holder **at = &r->entities.holders;
    while (*at && strcmp((*at)->name, name)) at = &(*at)->next;
    return at;
}

static weir_rights *rights_of(const weir_session *s, const weir_entity *e) {
    const weir_scope_rule *scope = weir_entity_scope(e, s->scope);
    weir_rights *r = weir_rights_new(scope ? scope->rights : 0, e->others, e->topic, e->topics);
    if (!r) return NULL;
    r->subscriptions = e->subscriptions ? e->subscriptions : s->runtime->o.subscriptions;
    r->steps = e->steps && e->steps < s->runtime->o.steps ? e->steps : s->runtime->o.steps;
    return r;
}

static void limit_purse(weir_holder *h, uint64_t bytes) { weir_a64_store(&h->purse->most, bytes ? bytes : UINT64_MAX); }

/* The one that is there, or a new one, without a session. NULL: no memory. */
static weir_holder *holder(weir_runtime *r, const char *name, const weir_entity *e) {
    weir_holder **at = find(r, name), *h = *at;
    uint64_t *ring;
    if (h) return h;
    if (!weir_rate_ring(e->rate, &ring)) return NULL;
    h = calloc(1, sizeof *h);
    weir_purse *purse = h ? weir_purse_new() : NULL;
    if (!purse) return free(ring), free(h), NULL;
    h->purse = purse;
    limit_purse(h, e->event_bytes);
    memcpy(h->name, name, strlen(name) + 1);
    weir_rate_init(&h->rate);
    weir_rate_limit(&h->rate, e->rate, ring);
    return *at = h;
}

/* Nobody has it: no session, nor an event that waits, which would not count when a session of this name is opened. */
static bool is_empty(const weir_holder *h) { return !h->open && !h->tasks && !weir_purse_is_shared(h->purse); }

static void forget_holders(weir_runtime *r, bool all) {
    for (weir_holder **at = &r->entities.holders, *h; (h = *at);) {
        if (!all && !is_empty(h)) {
            at = &h->next;
            continue;
        }
        *at = h->next;
        weir_rate_free(&h->rate);
        weir_purse_release(h->purse);
        free(h);
    }
}

static void link_in(weir_session *s, weir_session **list) {
    s->number = ++s->runtime->entities.sessions;
    s->peer = *list;
    if (s->peer) s->peer->at = &s->peer;
    s->at = list;
    *list = s;
}

static bool enter_as(weir_session *s, const char *name, const weir_entity *e, weir_error *error) {
    weir_runtime *r = s->runtime;
    if (!weir_entity_scope(e, s->scope)) {
        weir_error_set(error, "entity %s: it has no right to scope %s", name, s->scope);
        return false;
    }
    weir_holder *h = holder(r, name, e);
    weir_rights *rights = h ? rights_of(s, e) : NULL;
    if (!rights) {
        forget_holders(r, false);
        return refuse(error, name, "no memory for a session");
    }
    if (!s->of_task && h->open >= e->sessions) {
        weir_error_set(error, "entity %s: it has %u sessions open, and may have %u", name, h->open, e->sessions);
        return free(rights), false;
    }
    weir_rights_replace(&s->granted, rights);
    weir_a64_store(&s->steps, rights->steps);
    s->purse = h->purse;
    s->holder = h;
    s->rate = &h->rate;
    *(s->of_task ? &h->tasks : &h->open) += 1;
    link_in(s, &h->sessions);
    return true;
}

bool weir_session_enter(weir_session *s, const char *name, weir_error *error) {
    weir_runtime *r = s->runtime;
    bool good = true;
    weir_lock_acquire(&r->entities.lock);
    if (name) {
        weir_entity *e = load(r, name, error);
        good = e && enter_as(s, name, e, error);
        weir_entity_free(e);
    } else {
        link_in(s, &r->entities.nobody);
    }
    weir_lock_release(&r->entities.lock);
    return good;
}

void weir_session_leave(weir_session *s) {
    weir_runtime *r = s->runtime;
    if (!s->number) return;
    weir_lock_acquire(&r->entities.lock);
    *s->at = s->peer;
    if (s->peer) s->peer->at = s->at;
    if (s->holder) {
        *(s->of_task ? &s->holder->tasks : &s->holder->open) -= 1;
        forget_holders(r, false);
    }
    weir_lock_release(&r->entities.lock);
}

/* -- changed ------------------------------------------------------------------------------------------------------- */

/* All that open sessions will need, so that nothing can fail once the store has the new record. */
typedef struct change {
    weir_holder *holder; /* NULL: no session is open */
    weir_rights *rights; /* one for each of its sessions in turn, by next */
    uint64_t *ring;
    uint32_t rate;
    uint64_t event_bytes;
} change;

static void drop(change *c) {
    for (weir_rights *next; c->rights; c->rights = next) {
        next = c->rights->next;
        free(c->rights);
    }
    free(c->ring);
}

static bool prepare(change *c, weir_runtime *r, const char *name, const weir_entity *e) {
    *c = (change){.holder = *find(r, name), .rate = e->rate, .event_bytes = e->event_bytes};
    weir_rights **end = &c->rights;
    if (!c->holder) return true;
    bool good = weir_rate_ring(e->rate, &c->ring);
    for (weir_session *s = c->holder->sessions; s && good; s = s->peer) {
        if ((good = (*end = rights_of(s, e)) != NULL)) end = &(*end)->next;
    }
    if (!good) drop(c);
    return good;
}

/* Answers what has been replaced. */
static weir_rights *apply(change *c) {
    weir_rights *replaced = NULL;
    if (!c->holder) return NULL;
    weir_rate_limit(&c->holder->rate, c->rate, c->ring);
    limit_purse(c->holder, c->event_bytes);
    for (weir_session *s = c->holder->sessions; s; s = s->peer) {
        weir_rights *now = c->rights;
        c->rights = now->next;
        weir_rights *before = weir_session_allow(s, now);
        before->next = replaced;
        replaced = before;
    }
    return replaced;
}

static bool has_quota(const weir_entity *e) {
    for (size_t i = 0; e && i < e->scopes; i++)
        if (e->scope[i].keys || e->scope[i].bytes) return true;
    return false;
}

/* Under the lock. */
static bool set(weir_runtime *r, const char *name, const weir_entity *e, weir_rights **replaced, weir_error *error) {
    change c;
    weir_entity *before = load(r, name, NULL);
    bool quota = has_quota(e) || has_quota(before);
    weir_entity_free(before);
    if (!prepare(&c, r, name, e)) return refuse(error, name, "no memory for the rights of its sessions");
    if (!store(r, name, e, error)) return drop(&c), false;
    *replaced = apply(&c);
    weir_kv_status st = quota ? weir_quotas_apply(r) : WEIR_KV_OK;
    return st == WEIR_KV_OK || refuse(error, name, weir_kv_status_text(st));
}

/* A quota would hold for sessions of nobody's, too. */
static bool may_change(const weir_runtime *r, const char *name, weir_error *error) {
    return !r->recorded || refuse(error, name, "a run that is recorded or repeated has no entities");
}

bool weir_entity_set(weir_runtime *r, const char *name, const weir_entity *e, weir_error *error) {
    weir_rights *replaced = NULL;
    if (!may_change(r, name, error) || !weir_entity_check(name, e, error)) return false;
    weir_lock_acquire(&r->entities.lock);
    bool good = set(r, name, e, &replaced, error);
    weir_lock_release(&r->entities.lock);
    weir_rights_settle(replaced);
    return good;
}

/* Under the lock. A record that is damaged can be deleted, too. */
static bool end_it(weir_runtime *r, const char *name, weir_rights **replaced, weir_error *error) {
    const weir_entity nothing = {0};
    change c;
    if (!prepare(&c, r, name, &nothing)) return refuse(error, name, "no memory to take the rights of its sessions");
    weir_kv_status st = r->entities.records ? weir_kv_del(r->entities.records, bytes_of(name)) : WEIR_KV_NO;
    if (st != WEIR_KV_OK) {
        drop(&c);
        return refuse(error, name, st == WEIR_KV_NO ? "there is none of this name" : weir_kv_status_text(st));
    }
    *replaced = apply(&c);
    st = weir_quotas_apply(r);
    return st == WEIR_KV_OK || refuse(error, name, weir_kv_status_text(st));
}

bool weir_entity_delete(weir_runtime *r, const char *name, weir_error *error) {
    weir_rights *replaced = NULL;
    if (!may_change(r, name, error)) return false;
    weir_lock_acquire(&r->entities.lock);
    bool good = end_it(r, name, &replaced, error);
    weir_lock_release(&r->entities.lock);
    weir_rights_settle(replaced);
    return good;
}

/* -- looked at ----------------------------------------------------------------------------------------------------- */

weir_entity *weir_entity_get(weir_runtime *r, const char *name, weir_error *error) {
    weir_lock_acquire(&r->entities.lock);
    weir_entity *e = load(r, name, error);
    weir_lock_release(&r->entities.lock);
    return e;
}

typedef struct listing {
    bool (*each)(void *arg, const char *name, const weir_entity *entity);
    void *arg;
} listing;

static bool list_one(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    listing *l = arg;
    char name[256];
    const char *why;
    size_t n = key.size < sizeof name ? key.size : sizeof name - 1;
    memcpy(name, key.at, n);
    name[n] = 0;
    weir_entity *e = weir_entity_read(value.at, value.size, &why);
    bool more = l->each(l->arg, name, e);
    weir_entity_free(e);
    return more;
}

bool weir_entity_list(weir_runtime *r, bool (*each)(void *arg, const char *name, const weir_entity *entity), void *arg,
                      weir_error *error) {
    listing l = {each, arg};
    weir_lock_acquire(&r->entities.lock);
    weir_kv_tenant *records = r->entities.records; /* stays once it is there */
    weir_lock_release(&r->entities.lock);
    weir_kv_status st = records ? weir_kv_iterate(records, WEIR_KV_TEXT(""), 0, 0, list_one, &l) : WEIR_KV_OK;
    if (st != WEIR_KV_OK) weir_error_set(error, "entities: %s", weir_kv_status_text(st));
    return st == WEIR_KV_OK;
}

static size_t count_all(const weir_entities *e) {
    size_t n = 0;
    for (weir_session *s = e->nobody; s; s = s->peer) n++;
    for (weir_holder *h = e->holders; h; h = h->next) n += h->open;
    return n;
}

static void tell(weir_session *s, weir_session_info *to) {
    *to = (weir_session_info){.number = s->number};
    if (s->holder) memcpy(to->entity, s->holder->name, sizeof to->entity);
    memcpy(to->scope, s->scope, sizeof to->scope);
    weir_lock_acquire(&s->lock);
    to->subscriptions = s->listening;
    weir_lock_release(&s->lock);
}

bool weir_session_list(weir_runtime *r, bool (*each)(void *arg, const weir_session_info *info), void *arg,
                       size_t *count) {
    weir_entities *e = &r->entities;
    weir_lock_acquire(&e->lock);
    size_t n = 0, all = count_all(e);
    weir_session_info *info = malloc((all + 1) * sizeof *info);
    for (weir_session *s = e->nobody; info && s; s = s->peer)
        if (!s->of_task) tell(s, &info[n++]);
    for (weir_holder *h = e->holders; info && h; h = h->next)
        for (weir_session *s = h->sessions; s; s = s->peer)
            if (!s->of_task) tell(s, &info[n++]);
    weir_lock_release(&e->lock);
    if (!info) return false;
    for (size_t i = 0; each && i < n && each(arg, &info[i]);) i++;
    if (count) *count = n;
    free(info);
    return true;
}

/* -- opened and closed --------------------------------------------------------------------------------------------- */

weir_kv_status weir_entities_open(weir_runtime *r) {
    weir_lock_init(&r->entities.lock);
    weir_kv_status st = weir_kv_tenant_open(r->kv, RECORDS, &r->entities.records);
    return st == WEIR_KV_OK ? weir_quotas_apply(r) : st == WEIR_KV_ABSENT ? WEIR_KV_OK : st;
}

/* No session is open, and what is left of their events holds its purse itself. */
void weir_entities_close(weir_runtime *r) {
    forget_holders(r, true);
    if (r->entities.records) weir_kv_tenant_close(r->entities.records);
}
