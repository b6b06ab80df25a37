/* kv_oracle_p - what a tenant ought to be: a sorted array of keys with their values. */
#ifndef WEIR_STRESS_FUZZ_KV_ORACLE_P_H
#define WEIR_STRESS_FUZZ_KV_ORACLE_P_H

#include <stdlib.h>
#include <string.h>

#include "kv/kv.h"

typedef struct oracle {
    weir_kv_pair *at; /* in order; owned, with what they point to */
    size_t n, room;
    uint64_t bytes;
    weir_kv_quota quota;
} oracle;

static inline weir_kv_bytes bytes_copy(weir_kv_bytes b) {
    void *at = malloc(b.size + 1);
    if (!at) abort();
    return weir_kv_bytes_of(b.size ? memcpy(at, b.at, b.size) : at, b.size);
}

static inline void bytes_free(weir_kv_bytes b) { free((void *)(uintptr_t)b.at); }

static inline bool bytes_same(weir_kv_bytes a, weir_kv_bytes b) {
    return a.size == b.size && (!a.size || memcmp(a.at, b.at, a.size) == 0);
}

static inline int bytes_order(weir_kv_bytes a, weir_kv_bytes b) {
    size_t least = a.size < b.size ? a.size : b.size;
    int order = least ? memcmp(a.at, b.at, least) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static inline bool bytes_begin(weir_kv_bytes key, weir_kv_bytes prefix) {
    return key.size >= prefix.size && (!prefix.size || memcmp(key.at, prefix.at, prefix.size) == 0);
}

/* The first that is not before key. */
static inline size_t oracle_place(const oracle *o, weir_kv_bytes key) {
    size_t i = 0;
    while (i < o->n && bytes_order(o->at[i].key, key) < 0) i++;
    return i;
}

static inline weir_kv_pair *oracle_find(const oracle *o, weir_kv_bytes key) {
    size_t i = oracle_place(o, key);
    return i < o->n && bytes_same(o->at[i].key, key) ? &o->at[i] : NULL;
}

static inline void oracle_remove(oracle *o, weir_kv_bytes key) {
    weir_kv_pair *p = oracle_find(o, key);
    if (!p) return;
    o->bytes -= p->key.size + p->value.size;
    bytes_free(p->key);
    bytes_free(p->value);
    memmove(p, p + 1, (size_t)(o->at + o->n - (p + 1)) * sizeof *p);
    o->n--;
}

static inline void oracle_put(oracle *o, weir_kv_bytes key, weir_kv_bytes value) {
    weir_kv_pair fresh = {bytes_copy(key), bytes_copy(value)};
    oracle_remove(o, key);
    size_t i = oracle_place(o, fresh.key);
    if (o->n == o->room) o->at = realloc(o->at, (o->room = 2 * o->room + 8) * sizeof *o->at);
    if (!o->at) abort();
    memmove(o->at + i + 1, o->at + i, (o->n++ - i) * sizeof *o->at);
    o->at[i] = fresh;
    o->bytes += key.size + value.size;
}

static inline oracle oracle_copy(const oracle *o) {
    oracle copy = {.quota = o->quota};
    for (size_t i = 0; i < o->n; i++) oracle_put(&copy, o->at[i].key, o->at[i].value);
    return copy;
}

static inline void oracle_free(oracle *o) {
    for (size_t i = 0; i < o->n; i++) bytes_free(o->at[i].key), bytes_free(o->at[i].value);
    free(o->at);
    *o = (oracle){NULL, 0, 0, 0, {0, 0}};
}

/* What one operation answers, quotas apart; done when the answer is OK. */
static inline weir_kv_status oracle_apply(oracle *o, const weir_kv_op *op) {
    const weir_kv_pair *p = oracle_find(o, op->key);
    bool yes = op->verb == WEIR_KV_SET || (op->verb == WEIR_KV_SNX && !p) || (op->verb == WEIR_KV_DEL && p) ||
               (op->verb == WEIR_KV_CAS && p && bytes_same(p->value, op->expected));
    if (!yes) return WEIR_KV_NO;
    if (op->verb == WEIR_KV_DEL) oracle_remove(o, op->key);
    else oracle_put(o, op->key, op->value);
    return WEIR_KV_OK;
}

/* Does the quota of `before` refuse what `after` is? It takes nothing away that is there. */
static inline bool oracle_refuses(const oracle *before, const oracle *after) {
    const weir_kv_quota *q = &before->quota;
    return (q->keys && after->n > before->n && after->n > q->keys) ||
           (q->bytes && after->bytes > before->bytes && after->bytes > q->bytes);
}

#endif
