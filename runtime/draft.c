#include "runtime/draft_p.h"

#include <stdlib.h>
#include <string.h>

void weir_draft_init(weir_draft *d, weir_kv *kv, weir_kv_tenant *tenant, weir_a64 *all) {
    memset(d, 0, sizeof *d);
    d->kv = kv;
    d->tenant = tenant;
    d->ops = 1;
    weir_arena_init(&d->arena, WEIR_DRAFT_BYTES, all);
}

void weir_draft_reset(weir_draft *d) {
    weir_arena_reset(&d->arena);
    d->ops = 1;
    d->keys = 0;
}

void weir_draft_clear(weir_draft *d) {
    weir_arena_clear(&d->arena);
    free(d->op);
    free(d->latest);
    d->op = NULL;
    d->latest = NULL;
    d->room = d->keys = 0;
}

/* -- the keys in order --------------------------------------------------------------------------------------------- */

static int compare(weir_kv_bytes a, weir_kv_bytes b) {
    size_t n = a.size < b.size ? a.size : b.size;
    int c = n ? memcmp(a.at, b.at, n) : 0;
    return c ? c : (a.size > b.size) - (a.size < b.size);
}

/* The first place whose key is not below `key`, or, with beyond, is above it. */
static uint32_t place_of(const weir_draft *d, weir_kv_bytes key, bool beyond) {
    uint32_t low = 0, high = d->keys;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int c = compare(d->op[d->latest[middle]].key, key);
        if (c < 0 || (c == 0 && beyond)) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* The last write of a key; NULL: there is none. */
static const weir_kv_op *find(const weir_draft *d, weir_kv_bytes key) {
    uint32_t at = place_of(d, key, false);
    if (at == d->keys || compare(d->op[d->latest[at]].key, key)) return NULL;
    return &d->op[d->latest[at]];
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

weir_kv_status weir_draft_get(const weir_draft *d, weir_kv_bytes key, weir_kv_bytes *value) {
    const weir_kv_op *op = find(d, key);
    if (!op) return weir_kv_get(d->tenant, key, value);
    *value = op->value;
    return op->verb == WEIR_KV_DEL ? WEIR_KV_NO : WEIR_KV_OK;
}

static bool begins(weir_kv_bytes key, weir_kv_bytes prefix) {
    return key.size >= prefix.size && (!prefix.size || !memcmp(key.at, prefix.at, prefix.size));
}

static weir_kv_status copy(weir_arena *to, weir_kv_bytes from, weir_kv_bytes *key) {
    void *at = weir_arena_take(to, from.size + 1);
    if (!at) return WEIR_KV_NOMEM;
    if (from.size) memcpy(at, from.at, from.size);
    *key = weir_kv_bytes_of(at, from.size);
    return WEIR_KV_OK;
}

/* The first that the form itself has written. */
static bool next_written(const weir_draft *d, weir_kv_bytes prefix, const weir_kv_bytes *after, weir_kv_bytes *key) {
    bool beyond = after && compare(*after, prefix) >= 0;
    for (uint32_t i = place_of(d, beyond ? *after : prefix, beyond); i < d->keys; i++) {
        const weir_kv_op *op = &d->op[d->latest[i]];
        if (!begins(op->key, prefix)) return false;
        *key = op->key;
        if (op->verb != WEIR_KV_DEL) return true;
    }
    return false;
}

/* The first of the store that the form has not removed. In a read section. */
static weir_kv_status next_stored(const weir_draft *d, weir_kv_bytes prefix, const weir_kv_bytes *after,
                                  weir_kv_bytes *key) {
    weir_kv_range range = {.prefix = prefix, .after = after};
    weir_kv_pair pair;
    for (size_t got;; range.after = key) {
        weir_kv_status st = weir_kv_scan(d->tenant, &range, &pair, 1, &got);
        if (st != WEIR_KV_OK || got == 0) return st != WEIR_KV_OK ? st : WEIR_KV_NO;
        *key = pair.key;
        const weir_kv_op *op = find(d, *key);
        if (!op || op->verb != WEIR_KV_DEL) return WEIR_KV_OK;
    }
}

weir_kv_status weir_draft_next(const weir_draft *d, weir_kv_bytes prefix, const weir_kv_bytes *after, weir_arena *to,
                               weir_kv_bytes *key) {
    weir_kv_bytes stored = {NULL, 0}, written = {NULL, 0};
    bool own = next_written(d, prefix, after, &written);
    weir_kv_read_begin(d->kv);
    weir_kv_status st = next_stored(d, prefix, after, &stored);
    if (st == WEIR_KV_OK && own && compare(written, stored) < 0) st = copy(to, written, key);
    else if (st == WEIR_KV_OK) st = copy(to, stored, key);
    else if (st == WEIR_KV_NO && own) st = copy(to, written, key);
    weir_kv_read_end(d->kv);
    return st;
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

static bool grow(weir_draft *d) {
    uint32_t room = d->room ? d->room * 2 : 16;
    weir_kv_op *op = realloc(d->op, room * sizeof *op);
    if (op) d->op = op;
    uint32_t *latest = realloc(d->latest, room * sizeof *latest);
    if (latest) d->latest = latest;
    if (!op || !latest) return false;
    d->room = room;
    return true;
}

static void remember(weir_draft *d, const weir_kv_op *op) {
    uint32_t at = place_of(d, op->key, false);
    if (at == d->keys || compare(d->op[d->latest[at]].key, op->key)) {
        memmove(d->latest + at + 1, d->latest + at, (d->keys - at) * sizeof *d->latest);
        d->keys++;
    }
    d->latest[at] = d->ops;
    d->op[d->ops++] = *op;
}

static weir_kv_status keep(weir_draft *d, weir_kv_op op) {
    size_t bytes = op.key.size + op.value.size + op.expected.size;
    if (d->ops > WEIR_DRAFT_WRITES || weir_arena_is_full(&d->arena, bytes)) return WEIR_KV_FULL;
    if (d->ops >= d->room && !grow(d)) return WEIR_KV_NOMEM;
    if (copy(&d->arena, op.key, &op.key) != WEIR_KV_OK) return WEIR_KV_NOMEM;
    if (op.verb != WEIR_KV_DEL && copy(&d->arena, op.value, &op.value) != WEIR_KV_OK) return WEIR_KV_NOMEM;
    if (op.verb == WEIR_KV_CAS && copy(&d->arena, op.expected, &op.expected) != WEIR_KV_OK) return WEIR_KV_NOMEM;
    remember(d, &op);
    return WEIR_KV_OK;
}

/* What the store would answer. */
static weir_kv_status judge(const weir_draft *d, const weir_kv_op *op) {
    weir_kv_bytes now;
    if (op->key.size > WEIR_KV_KEY_MAX) return WEIR_KV_KEY_LONG;
    if (op->verb == WEIR_KV_SET) return WEIR_KV_OK;
    weir_kv_read_begin(d->kv);
    weir_kv_status st = weir_draft_get(d, op->key, &now);
    if (st == WEIR_KV_OK && op->verb == WEIR_KV_CAS && compare(now, op->expected)) st = WEIR_KV_NO;
    weir_kv_read_end(d->kv);
    if (op->verb != WEIR_KV_SNX || (st != WEIR_KV_OK && st != WEIR_KV_NO)) return st;
    return st == WEIR_KV_OK ? WEIR_KV_NO : WEIR_KV_OK;
}

weir_kv_status weir_draft_write(weir_draft *d, weir_kv_verb verb, weir_kv_bytes key, weir_kv_bytes value,
                                weir_kv_bytes expected) {
    weir_kv_op op = {.verb = verb, .key = key, .value = value, .expected = expected};
    weir_kv_status st = judge(d, &op);
    return st == WEIR_KV_OK ? keep(d, op) : st;
}

weir_kv_status weir_draft_commit(weir_draft *d, const weir_kv_op *first, size_t *failed) {
    *failed = 0;
    if (!d->room && !grow(d)) return WEIR_KV_NOMEM;
    d->op[0] = *first;
    return weir_kv_batch(d->tenant, d->op, d->ops, NULL, NULL, failed);
}
