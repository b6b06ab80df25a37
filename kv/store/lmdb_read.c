/* get, multiget, take, scan, iterate, snapshots. */
#include "kv/store/lmdb_p.h"

static weir_lmdb *store_of(const weir_lmdb_tenant *t) { return (weir_lmdb *)t->base.kv; }

static weir_kv_status answer(int done) {
    if (done == 0) return WEIR_KV_OK;
    return done == MDB_NOTFOUND ? WEIR_KV_NO : weir_lmdb_status(done);
}

/* -- single keys --------------------------------------------------------------------------------------------------- */

weir_kv_status weir_lmdb_get(weir_kv_tenant *handle, weir_kv_bytes key, weir_kv_bytes *value) {
    weir_lmdb_tenant *t = (weir_lmdb_tenant *)handle;
    weir_lmdb_tree tree;
    if (weir_lmdb_dropped(t)) return WEIR_KV_DROPPED;
    int done = weir_lmdb_section_tree(store_of(t), &tree);
    return answer(done ? done : weir_lmdb_find(tree, t->layer, key, value));
}

weir_kv_status weir_lmdb_multiget(weir_kv_tenant *handle, size_t n, const weir_kv_bytes *key, weir_kv_bytes *value,
                                  size_t *found) {
    weir_lmdb_tenant *t = (weir_lmdb_tenant *)handle;
    weir_lmdb_tree tree;
    *found = 0;
    if (weir_lmdb_dropped(t)) return WEIR_KV_DROPPED;
    int done = weir_lmdb_section_tree(store_of(t), &tree);
    for (size_t i = 0; i < n && done == 0; i++) {
        done = weir_lmdb_find(tree, t->layer, key[i], &value[i]);
        *found += done == 0;
        if (done != MDB_NOTFOUND) continue;
        value[i] = weir_kv_bytes_of(NULL, 0);
        done = 0;
    }
    return answer(done);
}

weir_kv_status weir_lmdb_take(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_value **taken) {
    weir_kv_bytes value;
    weir_lmdb_section_begin(t->kv);
    weir_kv_status st = weir_lmdb_get(t, key, &value);
    if (st == WEIR_KV_OK) {
        weir_record *r = weir_record_make(((weir_lmdb *)t->kv)->mem, weir_kv_bytes_of(NULL, 0), value, false);
        if (r) *taken = (weir_kv_value *)r;
        else st = WEIR_KV_NOMEM;
    }
    weir_lmdb_section_end(t->kv);
    return st;
}

/* -- pages ----------------------------------------------------------------------------------------------------------- */

static bool begins(weir_kv_bytes key, weir_kv_bytes prefix) {
    return key.size >= prefix.size && (prefix.size == 0 || memcmp(key.at, prefix.at, prefix.size) == 0);
}

/* To the first key of the range. */
static int seek(weir_lmdb_walk *w, const weir_kv_range *range) {
    const weir_kv_bytes *after = range->after;
    if (after && weir_key_compare(after->at, after->size, range->prefix.at, range->prefix.size) >= 0)
        return weir_lmdb_walk_seek(w, *after, true);
    return weir_lmdb_walk_seek(w, range->prefix, false);
}

static weir_kv_status page(weir_lmdb_tree tree, uint64_t layer, const weir_kv_range *range, weir_kv_pair *pair,
                           size_t n, size_t *got) {
    weir_lmdb_walk w;
    uint64_t skip = range->skip;
    *got = 0;
    if (n == 0) return WEIR_KV_OK;
    int done = weir_lmdb_walk_begin(&w, tree, layer);
    if (done) return answer(done);
    for (done = seek(&w, range); done == 0 && begins(w.at.key, range->prefix); done = weir_lmdb_walk_next(&w)) {
        if (skip) skip--;
        else pair[(*got)++] = w.at;
        if (*got == n) break;
    }
    weir_lmdb_walk_end(&w);
    return done == MDB_NOTFOUND ? WEIR_KV_OK : answer(done);
}

weir_kv_status weir_lmdb_scan(weir_kv_tenant *handle, const weir_kv_range *range, weir_kv_pair *pair, size_t n,
                              size_t *got) {
    weir_lmdb_tenant *t = (weir_lmdb_tenant *)handle;
    weir_lmdb_tree tree;
    *got = 0;
    if (weir_lmdb_dropped(t)) return WEIR_KV_DROPPED;
    int done = weir_lmdb_section_tree(store_of(t), &tree);
    return done ? answer(done) : page(tree, t->layer, range, pair, n, got);
}

/* -- iterate: a page is copied, so that no transaction is open while the caller looks at it ------------------------------- */

enum { FEW = 32, FEW_BYTES = 1 << 20 }; /* a page has at least one */

typedef struct copies {
    weir_record *record[FEW];
    size_t n;
    bool end;
} copies;

static weir_kv_status copy_page(weir_kv_tenant *t, const weir_kv_range *range, size_t most, copies *c) {
    weir_mem *mem = ((weir_lmdb *)t->kv)->mem;
    weir_kv_pair pair[FEW];
    size_t got, bytes = 0;
    c->n = 0;
    weir_lmdb_section_begin(t->kv);
    weir_kv_status st = weir_lmdb_scan(t, range, pair, most, &got);
    while (c->n < got && bytes < FEW_BYTES) {
        weir_record *r = weir_record_make(mem, pair[c->n].key, pair[c->n].value, false);
        if (!r) {
            st = WEIR_KV_NOMEM;
            break;
        }
        c->record[c->n++] = r;
        bytes += r->value_size;
    }
    c->end = c->n == got && got < most;
    weir_lmdb_section_end(t->kv);
    return st;
}

static bool show(copies *c, weir_kv_each *each, void *arg) {
    for (size_t i = 0; i < c->n; i++) {
        const weir_record *r = c->record[i];
        if (!each(arg, weir_kv_bytes_of(r->bytes, r->key_size), weir_kv_bytes_of(weir_record_value(r), r->value_size)))
            return false;
    }
    return true;
}

weir_kv_status weir_lmdb_iterate(weir_kv_tenant *handle, weir_kv_bytes prefix, uint64_t offset, uint64_t limit,
                                 weir_kv_each *each, void *arg) {
    weir_mem *mem = ((weir_lmdb *)handle->kv)->mem;
    weir_kv_range range = {.prefix = prefix, .skip = offset};
    weir_record *last = NULL;
    weir_kv_bytes after;
    uint64_t left = limit ? limit : UINT64_MAX;
    weir_kv_status st;
    copies c;
    bool go_on;
    weir_lmdb_tenant_retain(handle); /* `each` may close it */
    do {
        st = copy_page(handle, &range, left < FEW ? (size_t)left : FEW, &c);
        go_on = show(&c, each, arg) && st == WEIR_KV_OK && !c.end && (left -= c.n);
        if (last) weir_record_release(mem, last);
        last = c.n ? c.record[c.n - 1] : NULL;
        for (size_t i = 0; i + 1 < c.n; i++) weir_record_release(mem, c.record[i]);
        if (last) after = weir_kv_bytes_of(last->bytes, last->key_size), range.after = &after;
        range.skip = 0;
    } while (go_on);
    if (last) weir_record_release(mem, last);
    weir_lmdb_tenant_close(handle);
    return st;
}

/* -- snapshots ---------------------------------------------------------------------------------------------------------- */

typedef struct snapshot {
    weir_kv_snapshot base;
    uint64_t layer;
    pthread_mutex_t lock; /* LMDB wants one thread at a time in a transaction */
    weir_lmdb_tree tree;
} snapshot;

weir_kv_status weir_lmdb_snapshot_open(weir_kv_tenant *handle, weir_kv_snapshot **made) {
    weir_lmdb_tenant *t = (weir_lmdb_tenant *)handle;
    snapshot *s = malloc(sizeof *s);
    if (!s) return WEIR_KV_NOMEM;
    *s = (snapshot){.base.kv = handle->kv, .layer = t->layer, .tree.dbi = store_of(t)->dbi};
    int done = mdb_txn_begin(store_of(t)->env, NULL, MDB_RDONLY, &s->tree.txn);
    if (done == 0 && !weir_lmdb_dropped(t)) {
        weir_lmdb_tell(store_of(t), mdb_txn_id(s->tree.txn));
        pthread_mutex_init(&s->lock, NULL);
        *made = &s->base;
        return WEIR_KV_OK;
    }
    if (done == 0) mdb_txn_abort(s->tree.txn);
    free(s);
    return done ? answer(done) : WEIR_KV_DROPPED;
}

void weir_lmdb_snapshot_close(weir_kv_snapshot *handle) {
    snapshot *s = (snapshot *)handle;
    mdb_txn_abort(s->tree.txn);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

weir_kv_status weir_lmdb_snapshot_get(weir_kv_snapshot *handle, weir_kv_bytes key, weir_kv_bytes *value) {
    snapshot *s = (snapshot *)handle;
    pthread_mutex_lock(&s->lock);
    int done = weir_lmdb_find(s->tree, s->layer, key, value);
    pthread_mutex_unlock(&s->lock);
    return answer(done);
}

weir_kv_status weir_lmdb_snapshot_scan(weir_kv_snapshot *handle, const weir_kv_range *range, weir_kv_pair *pair,
                                       size_t n, size_t *got) {
    snapshot *s = (snapshot *)handle;
    pthread_mutex_lock(&s->lock);
    weir_kv_status st = page(s->tree, s->layer, range, pair, n, got);
    pthread_mutex_unlock(&s->lock);
    return st;
}
