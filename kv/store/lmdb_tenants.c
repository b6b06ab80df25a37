/* Which tenants there are; limits; drops. A drop is one small transaction: the name is free, and the tenant's layer is marked to be
 * deleted; lmdb_reap.c does that. */
#include "kv/store/lmdb_p.h"

bool weir_lmdb_dropped(const weir_lmdb_tenant *t) {
    return WEIR_UNLIKELY(
        weir_a32_load(&t->dropped)); /* relaxed: who knows of the drop has it ordered by what told him */
}

/* -- in a transaction -------------------------------------------------------------------------------------------------- */

static int put_number(weir_lmdb_tree t, MDB_val *key, uint64_t n) {
    unsigned char to[8];
    weir_lmdb_number(to, n);
    return mdb_put(t.txn, t.dbi, key, &(MDB_val){.mv_data = to, .mv_size = 8}, 0);
}

static int find_layer(weir_lmdb_tree t, weir_kv_bytes name, uint64_t *layer) {
    weir_lmdb_key k;
    MDB_val found;
    int done = mdb_get(t.txn, t.dbi, weir_lmdb_system_key(&k, 't', name), &found);
    if (done) return done;
    if (found.mv_size != 8) return MDB_CORRUPTED;
    *layer = weir_lmdb_number_of(found.mv_data);
    return 0;
}

typedef struct request {
    weir_lmdb_request base;
    weir_kv_bytes name;
    const weir_kv_quota *quota;
    uint64_t layer;
} request;

weir_kv_status weir_lmdb_make_tenant(weir_lmdb_change *c, weir_kv_bytes name, const weir_kv_quota *quota,
                                     uint64_t *layer) {
    weir_lmdb_account a = {.quota_keys = quota->keys, .quota_bytes = quota->bytes};
    weir_lmdb_key k;
    MDB_val value = {.mv_data = &a, .mv_size = sizeof a};
    if (!weir_lmdb_did(c, weir_lmdb_new_layer(c->tree, layer)) ||
        !weir_lmdb_did(c, put_number(c->tree, weir_lmdb_system_key(&k, 't', name), *layer)) ||
        !weir_lmdb_did(c, mdb_put(c->tree.txn, c->tree.dbi, weir_lmdb_layer_key(&k, 'u', *layer), &value, 0)))
        return weir_lmdb_status(c->error);
    c->changed = true;
    return WEIR_KV_OK;
}

static weir_kv_status run_create(weir_lmdb_request *base, weir_lmdb_change *c) {
    request *q = (request *)base;
    int done = find_layer(c->tree, q->name, &q->layer);
    if (done == 0) return WEIR_KV_PRESENT;
    if (done != MDB_NOTFOUND) return weir_lmdb_did(c, done), weir_lmdb_status(done);
    return weir_lmdb_make_tenant(c, q->name, q->quota, &q->layer);
}

static weir_kv_status run_drop(weir_lmdb_request *base, weir_lmdb_change *c) {
    request *q = (request *)base;
    weir_lmdb_key k;
    int done = find_layer(c->tree, q->name, &q->layer);
    if (done == MDB_NOTFOUND) return WEIR_KV_ABSENT;
    if (done == 0) done = mdb_del(c->tree.txn, c->tree.dbi, weir_lmdb_system_key(&k, 't', q->name), NULL);
    if (done == 0) done = mdb_del(c->tree.txn, c->tree.dbi, weir_lmdb_layer_key(&k, 'u', q->layer), NULL);
    if (done == 0)
        done = mdb_put(c->tree.txn, c->tree.dbi, weir_lmdb_layer_key(&k, 'd', q->layer), &(MDB_val){0, NULL}, 0);
    if (c->of == q->layer) c->of = 0, c->account_changed = false;
    c->changed = true;
    return weir_lmdb_did(c, done) ? WEIR_KV_OK : weir_lmdb_status(done);
}

static weir_kv_status run_limit(weir_lmdb_request *base, weir_lmdb_change *c) {
    request *q = (request *)base;
    weir_kv_status st = weir_lmdb_account_of(c, q->layer);
    if (st != WEIR_KV_OK) return st;
    c->account.quota_keys = q->quota->keys;
    c->account.quota_bytes = q->quota->bytes;
    c->changed = c->account_changed = true;
    return WEIR_KV_OK;
}

/* -- handles ---------------------------------------------------------------------------------------------------------------- */

weir_kv_tenant *weir_lmdb_root(weir_kv *kv) { return &((weir_lmdb *)kv)->root.base; }

/* The tenant of this layer, with a handle more. Under the lock of the registry. */
static weir_lmdb_tenant *handle_of(weir_lmdb *s, uint64_t layer) {
    if (layer == WEIR_LMDB_ROOT) return &s->root;
    weir_lmdb_tenant *t = s->live;
    while (t && t->layer != layer) t = t->next;
    if (!t && (t = calloc(1, sizeof *t))) {
        t->base.kv = &s->base;
        t->layer = layer;
        t->next = s->live;
        s->live = t;
    }
    if (t) t->handles++;
    return t;
}

weir_kv_status weir_lmdb_tenant_open(weir_kv *kv, weir_kv_bytes name, weir_kv_tenant **made) {
    weir_lmdb *s = (weir_lmdb *)kv;
    weir_lmdb_tree tree;
    weir_lmdb_tenant *t = NULL;
    uint64_t layer;
    pthread_mutex_lock(&s->registry); /* tenants are made and dropped under it */
    weir_lmdb_section_begin(kv);
    int done = weir_lmdb_section_tree(s, &tree);
    if (done == 0) done = find_layer(tree, name, &layer);
    weir_lmdb_section_end(kv);
    if (done == 0) t = handle_of(s, layer);
    pthread_mutex_unlock(&s->registry);
    if (done) return done == MDB_NOTFOUND ? WEIR_KV_ABSENT : weir_lmdb_status(done);
    if (!t) return WEIR_KV_NOMEM;
    *made = &t->base;
    return WEIR_KV_OK;
}

weir_kv_status weir_lmdb_tenant_create(weir_kv *kv, weir_kv_bytes name, const weir_kv_quota *quota,
                                       weir_kv_tenant **made) {
    weir_lmdb *s = (weir_lmdb *)kv;
    request q = {.base = {.run = run_create, .whole = true, .level = kv->options.level}, .name = name, .quota = quota};
    weir_lmdb_tenant *t = calloc(1, sizeof *t);
    if (!t) return WEIR_KV_NOMEM;
    pthread_mutex_lock(&s->registry);
    weir_kv_status st = weir_lmdb_submit(s, &q.base);
    if (st == WEIR_KV_OK) {
        *t = (weir_lmdb_tenant){.base.kv = kv, .layer = q.layer, .handles = 1, .next = s->live};
        s->live = t;
        *made = &t->base;
    }
    pthread_mutex_unlock(&s->registry);
    if (st != WEIR_KV_OK) free(t);
    return st;
}

void weir_lmdb_tenant_retain(weir_kv_tenant *handle) {
    weir_lmdb_tenant *t = (weir_lmdb_tenant *)handle;
    weir_lmdb *s = (weir_lmdb *)handle->kv;
    if (t == &s->root) return;
    pthread_mutex_lock(&s->registry);
    t->handles++;
    pthread_mutex_unlock(&s->registry);
}

void weir_lmdb_tenant_close(weir_kv_tenant *handle) {
    weir_lmdb_tenant *t = (weir_lmdb_tenant *)handle;
    weir_lmdb *s = (weir_lmdb *)handle->kv;
    if (t == &s->root) return;
    pthread_mutex_lock(&s->registry);
    bool last = --t->handles == 0;
    weir_lmdb_tenant **link = &s->live;
    while (last && *link != t) link = &(*link)->next;
    if (last) *link = t->next;
    pthread_mutex_unlock(&s->registry);
    if (last) free(t);
}

weir_kv_status weir_lmdb_tenant_drop(weir_kv *kv, weir_kv_bytes name) {
    weir_lmdb *s = (weir_lmdb *)kv;
    request q = {.base = {.run = run_drop, .whole = true, .level = kv->options.level}, .name = name};
    pthread_mutex_lock(&s->registry);
    weir_kv_status st = weir_lmdb_submit(s, &q.base);
    for (weir_lmdb_tenant *t = s->live; t && st == WEIR_KV_OK; t = t->next)
        if (t->layer == q.layer) weir_a32_store(&t->dropped, 1);
    pthread_mutex_unlock(&s->registry);
    if (st != WEIR_KV_OK) return st;
    weir_lmdb_reap(s); /* what it cannot delete now goes later: the tenant is gone */
    return WEIR_KV_OK;
}

/* -- names, limits, usage ------------------------------------------------------------------------------------------------- */

/* The first name at or beyond *name, into the same room. MDB_NOTFOUND: there is none. */
static int next_name(weir_lmdb *s, unsigned char *name, size_t *size, bool beyond) {
    weir_lmdb_key k;
    weir_lmdb_tree tree;
    MDB_cursor *cursor;
    MDB_val value, key = *weir_lmdb_system_key(&k, 't', weir_kv_bytes_of(name, *size));
    int done = weir_lmdb_section_tree(s, &tree);
    if (done == 0) done = mdb_cursor_open(tree.txn, tree.dbi, &cursor);
    if (done) return done;
    done = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    bool same = done == 0 && key.mv_size == k.val.mv_size && memcmp(key.mv_data, k.bytes, key.mv_size) == 0;
    if (same && beyond) done = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    if (done == 0 && (!weir_lmdb_in_layer(&key, 0) || ((char *)key.mv_data)[8] != 't')) done = MDB_NOTFOUND;
    if (done == 0) memcpy(name, (char *)key.mv_data + 9, *size = key.mv_size - 9);
    mdb_cursor_close(cursor);
    return done;
}

weir_kv_status weir_lmdb_tenants(weir_kv *kv, bool (*each)(void *arg, weir_kv_bytes name), void *arg) {
    unsigned char name[WEIR_KV_NAME_MAX];
    size_t size = 0;
    int done;
    for (bool beyond = false;; beyond = true) {
        weir_lmdb_section_begin(kv);
        done = next_name((weir_lmdb *)kv, name, &size, beyond);
        weir_lmdb_section_end(kv);
        if (done || !each(arg, weir_kv_bytes_of(name, size))) break;
    }
    return done && done != MDB_NOTFOUND ? weir_lmdb_status(done) : WEIR_KV_OK;
}

weir_kv_status weir_lmdb_tenant_limit(weir_kv_tenant *t, const weir_kv_quota *quota) {
    request q = {.base = {.run = run_limit, .level = t->kv->options.level},
                 .quota = quota,
                 .layer = ((weir_lmdb_tenant *)t)->layer};
    return weir_lmdb_submit((weir_lmdb *)t->kv, &q.base);
}

weir_kv_status weir_lmdb_tenant_usage(weir_kv_tenant *t, weir_kv_usage *usage) {
    weir_lmdb_change c = {.store = (weir_lmdb *)t->kv};
    weir_lmdb_section_begin(t->kv);
    int done = weir_lmdb_section_tree(c.store, &c.tree);
    weir_kv_status st = done ? weir_lmdb_status(done) : weir_lmdb_account_of(&c, ((weir_lmdb_tenant *)t)->layer);
    weir_lmdb_section_end(t->kv);
    if (st != WEIR_KV_OK) return st;
    *usage = (weir_kv_usage){.keys = c.account.keys,
                             .bytes = c.account.bytes,
                             .quota = {.keys = c.account.quota_keys, .bytes = c.account.quota_bytes}};
    return WEIR_KV_OK;
}
