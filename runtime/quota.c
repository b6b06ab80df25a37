/* What scopes may come to hold: the smallest quota that any entity has there, kept by the store in the scope's tenant. */
#include <stdlib.h>
#include <string.h>

#include "runtime/entity_p.h"
#include "runtime/runtime_p.h"

typedef struct quotas {
    weir_kv *kv;
    weir_scope_rule *rule; /* with names of their own; sorted by them once all are there */
    size_t rules, room;
    weir_kv_status st; /* the first that went wrong */
} quotas;

static bool add(quotas *q, const weir_scope_rule *s) {
    if (q->rules == q->room) {
        size_t room = q->room ? q->room * 2 : 16;
        weir_scope_rule *p = realloc(q->rule, room * sizeof *p);
        if (!p) return false;
        q->rule = p;
        q->room = room;
    }
    weir_scope_rule *to = &q->rule[q->rules];
    *to = *s;
    if (!(to->scope = strdup(s->scope))) return false;
    q->rules++;
    return true;
}

/* A record that is damaged has none; who opens a session for it is told. */
static bool gather(void *arg, weir_kv_bytes name, weir_kv_bytes value) {
    quotas *q = arg;
    const char *why;
    weir_entity *e = weir_entity_read(value.at, value.size, &why);
    (void)name;
    for (size_t i = 0; e && i < e->scopes && q->st == WEIR_KV_OK; i++)
        if ((e->scope[i].keys || e->scope[i].bytes) && !add(q, &e->scope[i])) q->st = WEIR_KV_NOMEM;
    weir_entity_free(e);
    return q->st == WEIR_KV_OK;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const weir_scope_rule *)a)->scope, ((const weir_scope_rule *)b)->scope);
}

static uint64_t smaller(uint64_t a, uint64_t b) { return !a || (b && b < a) ? b : a; }

/* Sorts, and makes one of those of one scope. */
static void join(quotas *q) {
    size_t n = 0;
    if (q->rules) qsort(q->rule, q->rules, sizeof *q->rule, by_name);
    for (size_t i = 0; i < q->rules; i++) {
        weir_scope_rule *last = n ? &q->rule[n - 1] : NULL, *s = &q->rule[i];
        if (!last || by_name(last, s)) {
            q->rule[n++] = *s;
            continue;
        }
        last->keys = smaller(last->keys, s->keys);
        last->bytes = smaller(last->bytes, s->bytes);
        free((void *)(uintptr_t)s->scope);
    }
    q->rules = n;
}

static weir_kv_status limit(weir_kv_tenant *t, weir_kv_quota want) {
    weir_kv_usage usage;
    weir_kv_status st = weir_kv_tenant_usage(t, &usage);
    if (st != WEIR_KV_OK || (usage.quota.keys == want.keys && usage.quota.bytes == want.bytes)) return st;
    return weir_kv_tenant_limit(t, &want);
}

/* A scope that is there. */
static bool limit_one(void *arg, weir_kv_bytes name) {
    quotas *q = arg;
    char scope[WEIR_KV_NAME_MAX + 1];
    weir_kv_tenant *t;
    if (!name.size || !*(const char *)name.at) return true; /* no scope */
    memcpy(scope, name.at, name.size);
    scope[name.size] = 0;
    weir_scope_rule key = {.scope = scope};
    const weir_scope_rule *s = q->rules ? bsearch(&key, q->rule, q->rules, sizeof key, by_name) : NULL;
    q->st = weir_kv_tenant_open(q->kv, name, &t);
    if (q->st != WEIR_KV_OK) return false;
    q->st = limit(t, s ? (weir_kv_quota){s->keys, s->bytes} : (weir_kv_quota){0});
    weir_kv_tenant_close(t);
    return q->st == WEIR_KV_OK;
}

/* Scopes that are not there yet are made, so that their quota is there before their first key. */
static void make_scopes(quotas *q) {
    for (size_t i = 0; i < q->rules && q->st == WEIR_KV_OK; i++) {
        weir_kv_tenant *t;
        weir_kv_quota quota = {q->rule[i].keys, q->rule[i].bytes};
        weir_kv_bytes name = weir_kv_bytes_of(q->rule[i].scope, strlen(q->rule[i].scope));
        q->st = weir_kv_tenant_create(q->kv, name, &quota, &t);
        if (q->st == WEIR_KV_OK) weir_kv_tenant_close(t);
        if (q->st == WEIR_KV_PRESENT) q->st = WEIR_KV_OK;
    }
}

weir_kv_status weir_quotas_apply(weir_runtime *r) {
    quotas q = {.kv = r->kv};
    weir_kv_status st = weir_kv_iterate(r->entities.records, WEIR_KV_TEXT(""), 0, 0, gather, &q);
    if (q.st == WEIR_KV_OK) q.st = st;
    join(&q);
    make_scopes(&q);
    if (q.st == WEIR_KV_OK) {
        st = weir_kv_tenants(r->kv, limit_one, &q);
        if (q.st == WEIR_KV_OK) q.st = st;
    }
    for (size_t i = 0; i < q.rules; i++) free((void *)(uintptr_t)q.rule[i].scope);
    free(q.rule);
    return q.st;
}
