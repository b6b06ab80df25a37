/* Operations and batches: judged by what is there, accounted, put. */
#include "kv/store/lmdb_p.h"

typedef struct write {
    weir_lmdb_request request;
    const weir_lmdb_tenant *tenant;
    weir_kv_op *op;
    size_t n;
    size_t failed;
} write;

typedef struct sums {
    int64_t keys, bytes;
    bool beyond; /* some first operations make more than the quota: up to op[first] */
    size_t first;
} sums;

static bool exceeds(uint64_t quota, uint64_t now, int64_t more) {
    return quota && more > 0 && now + (uint64_t)more > quota;
}

static bool fits(const weir_lmdb_account *a, const sums *s) {
    return !exceeds(a->quota_keys, a->keys, s->keys) && !exceeds(a->quota_bytes, a->bytes, s->bytes);
}

/* last.at NULL: there is none. */
static bool agrees(const weir_kv_op *op, weir_kv_bytes last) {
    if (op->verb == WEIR_KV_SET) return true;
    if (op->verb == WEIR_KV_SNX) return !last.at;
    if (op->verb == WEIR_KV_DEL || !last.at) return last.at;
    return last.size == op->expected.size && (last.size == 0 || memcmp(last.at, op->expected.at, last.size) == 0);
}

static void add_up(sums *s, const weir_kv_op *op, weir_kv_bytes last) {
    bool stays = op->verb != WEIR_KV_DEL;
    int64_t keys = (int64_t)stays - (last.at ? 1 : 0);
    s->keys += keys;
    s->bytes += keys * (int64_t)op->key.size + (stays ? (int64_t)op->value.size : 0) - (int64_t)last.size;
}

/* One of them. Alone it is weighed first; in a batch the whole is, in the end. */
static weir_kv_status step(weir_lmdb_change *c, write *w, size_t i, sums *s) {
    weir_kv_op *op = &w->op[i];
    weir_kv_bytes last = {NULL, 0};
    int done = weir_lmdb_find(c->tree, w->tenant->layer, op->key, &last);
    if (done != MDB_NOTFOUND && !weir_lmdb_did(c, done)) return weir_lmdb_status(done);
    if (!agrees(op, last)) return WEIR_KV_NO;
    add_up(s, op, last);
    if (!s->beyond && !fits(&c->account, s)) s->beyond = true, s->first = i;
    if (w->n == 1 && s->beyond) return WEIR_KV_QUOTA;
    if (op->verb == WEIR_KV_DEL) done = weir_lmdb_remove(c->tree, w->tenant->layer, op->key);
    else done = weir_lmdb_put(c->tree, w->tenant->layer, op->key, op->value);
    return weir_lmdb_did(c, done) ? WEIR_KV_OK : weir_lmdb_status(done);
}

static weir_kv_status run(weir_lmdb_request *q, weir_lmdb_change *c) {
    write *w = (write *)q;
    sums s = {0, 0, false, 0};
    w->failed = 0;
    weir_kv_status st = weir_lmdb_account_of(c, w->tenant->layer);
    for (size_t i = 0; i < w->n && st == WEIR_KV_OK; i++)
        if ((st = step(c, w, i, &s)) != WEIR_KV_OK) w->failed = i;
    if (st != WEIR_KV_OK) return st;
    if (!fits(&c->account, &s)) return w->failed = s.first, WEIR_KV_QUOTA;
    c->account.keys += (uint64_t)s.keys;
    c->account.bytes += (uint64_t)s.bytes;
    c->account_changed |= s.keys || s.bytes;
    c->changed = true;
    c->records += w->n;
    return WEIR_KV_OK;
}

weir_kv_status weir_lmdb_write(weir_kv_tenant *t, weir_kv_op *op, size_t n, const weir_kv_write *how,
                               uint64_t *position, size_t *failed) {
    write w = {.request = {.run = run, .whole = n > 1, .level = how->level},
               .tenant = (const weir_lmdb_tenant *)t,
               .op = op,
               .n = n};
    weir_kv_status st = weir_lmdb_submit((weir_lmdb *)t->kv, &w.request);
    *position = w.request.position;
    *failed = w.failed;
    for (size_t i = 0; i < n && st == WEIR_KV_OK; i++) op[i].status = WEIR_KV_OK;
    if (st != WEIR_KV_OK) op[w.failed].status = st;
    return st;
}
