/* What has been dropped is deleted, some of it in each transaction, so that others can write between; what a crash leaves of it
 * goes when the store is opened. A layer's links are taken over into the list of layers to be deleted. */
#include "kv/store/lmdb_p.h"

enum { REAPED_AT_ONCE = 1000 };

/* The first that is to be deleted. */
static int doomed_layer(MDB_cursor *cursor, uint64_t *layer) {
    weir_lmdb_key k;
    MDB_val value, key = *weir_lmdb_system_key(&k, 'd', weir_kv_bytes_of(NULL, 0));
    int done = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    if (done) return done;
    if (key.mv_size != 17 || memcmp(key.mv_data, k.bytes, 9) != 0) return MDB_NOTFOUND;
    *layer = weir_lmdb_number_of((char *)key.mv_data + 9);
    return 0;
}

/* Its first entry, or the mark of it when there is none. */
static int reap_one(weir_lmdb_change *c, MDB_cursor *cursor, uint64_t layer) {
    weir_lmdb_key k;
    MDB_val value, key = *weir_lmdb_key_of(&k, layer, weir_kv_bytes_of(NULL, 0), false);
    int done = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    if (done == MDB_NOTFOUND || (done == 0 && !weir_lmdb_in_layer(&key, layer)))
        return mdb_del(c->tree.txn, c->tree.dbi, weir_lmdb_layer_key(&k, 'd', layer), NULL);
    if (done) return done;
    if (!weir_lmdb_is_link(&key)) return mdb_cursor_del(cursor, 0);
    if (value.mv_size != 8) return MDB_CORRUPTED;
    uint64_t below = weir_lmdb_number_of(value.mv_data);
    done = mdb_cursor_del(cursor, 0);
    return done ? done : mdb_put(c->tree.txn, c->tree.dbi, weir_lmdb_layer_key(&k, 'd', below), &(MDB_val){0, NULL}, 0);
}

typedef struct reaping {
    weir_lmdb_request base;
    bool more;
} reaping;

static weir_kv_status run_reap(weir_lmdb_request *base, weir_lmdb_change *c) {
    reaping *q = (reaping *)base;
    MDB_cursor *cursor;
    uint64_t layer;
    int done = mdb_cursor_open(c->tree.txn, c->tree.dbi, &cursor);
    if (!weir_lmdb_did(c, done)) return weir_lmdb_status(done);
    for (int n = 0; n < REAPED_AT_ONCE && done == 0; n++) {
        done = doomed_layer(cursor, &layer);
        if (done == 0) done = reap_one(c, cursor, layer), c->changed = true;
    }
    mdb_cursor_close(cursor);
    q->more = done == 0;
    if (done == MDB_NOTFOUND) return WEIR_KV_OK;
    return weir_lmdb_did(c, done) ? WEIR_KV_OK : weir_lmdb_status(done);
}

weir_kv_status weir_lmdb_reap(weir_lmdb *s) {
    reaping q = {.base = {.run = run_reap, .whole = true}};
    weir_kv_status st;
    do st = weir_lmdb_submit(s, &q.base);
    while (st == WEIR_KV_OK && q.more);
    return st;
}
