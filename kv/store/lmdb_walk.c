/* The keys of a tenant in order, down and up through its layers. See lmdb_p.h. */
#include "kv/store/lmdb_p.h"

int weir_lmdb_walk_begin(weir_lmdb_walk *w, weir_lmdb_tree t, uint64_t layer) {
    w->depth = 0;
    w->layer[0] = layer;
    return mdb_cursor_open(t.txn, t.dbi, &w->cursor);
}

void weir_lmdb_walk_end(weir_lmdb_walk *w) { mdb_cursor_close(w->cursor); }

static int go_down(weir_lmdb_walk *w, const MDB_val *link, const MDB_val *below) {
    if (below->mv_size != 8 || w->depth == WEIR_LMDB_LAYERS) return MDB_CORRUPTED;
    w->link[w->depth++] = *link;
    w->layer[w->depth] = weir_lmdb_number_of(below->mv_data);
    return 0;
}

/* Behind the link that led here. */
static int go_up(weir_lmdb_walk *w, MDB_val *key, MDB_val *value) {
    *key = w->link[--w->depth];
    int done = mdb_cursor_get(w->cursor, key, value, MDB_SET_KEY);
    return done ? done : mdb_cursor_get(w->cursor, key, value, MDB_NEXT);
}

static int lend(weir_lmdb_walk *w, const MDB_val *key, const MDB_val *value) {
    size_t before = w->depth ? w->depth * WEIR_LMDB_PIECE + key->mv_size - 8 : 0;
    if (value->mv_size < before) return MDB_CORRUPTED;
    w->at.key = w->depth ? weir_kv_bytes_of(value->mv_data, before)
                         : weir_kv_bytes_of((char *)key->mv_data + 8, key->mv_size - 8);
    w->at.value = weir_kv_bytes_of((char *)value->mv_data + before, value->mv_size - before);
    return 0;
}

/* From what the cursor came to, to the next that is a key of the tenant's. */
static int settle(weir_lmdb_walk *w, int done, MDB_val *key, MDB_val *value) {
    for (;;) {
        if (done && done != MDB_NOTFOUND) return done;
        if (done || !weir_lmdb_in_layer(key, w->layer[w->depth])) {
            if (w->depth == 0) return MDB_NOTFOUND;
            done = go_up(w, key, value);
        } else if (weir_lmdb_is_link(key)) {
            weir_lmdb_key k;
            done = go_down(w, key, value);
            if (done) return done;
            *key = *weir_lmdb_key_of(&k, w->layer[w->depth], weir_kv_bytes_of(NULL, 0), false);
            done = mdb_cursor_get(w->cursor, key, value, MDB_SET_RANGE);
        } else return lend(w, key, value);
    }
}

static bool same(const MDB_val *a, const MDB_val *b) {
    return a->mv_size == b->mv_size && memcmp(a->mv_data, b->mv_data, a->mv_size) == 0;
}

int weir_lmdb_walk_seek(weir_lmdb_walk *w, weir_kv_bytes bound, bool beyond) {
    weir_lmdb_key k;
    weir_kv_bytes rest = bound;
    MDB_val key, value;
    int done;
    for (w->depth = 0;;) {
        bool link = rest.size > WEIR_LMDB_PIECE;
        weir_kv_bytes piece = weir_kv_bytes_of(rest.at, link ? WEIR_LMDB_PIECE : rest.size);
        key = *weir_lmdb_key_of(&k, w->layer[w->depth], piece, link);
        done = mdb_cursor_get(w->cursor, &key, &value, MDB_SET_RANGE);
        if (done || !same(&key, &k.val)) break; /* at the first beyond it */
        if (!link) {
            if (beyond) done = mdb_cursor_get(w->cursor, &key, &value, MDB_NEXT);
            break;
        }
        done = go_down(w, &key, &value);
        if (done) return done;
        rest = weir_kv_bytes_of((const char *)rest.at + WEIR_LMDB_PIECE, rest.size - WEIR_LMDB_PIECE);
    }
    return settle(w, done, &key, &value);
}

int weir_lmdb_walk_next(weir_lmdb_walk *w) {
    MDB_val key, value;
    int done = mdb_cursor_get(w->cursor, &key, &value, MDB_NEXT);
    return settle(w, done, &key, &value);
}
