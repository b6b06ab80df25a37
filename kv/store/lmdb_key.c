/* Keys of any length among LMDB's short ones: found, put, removed. See lmdb_p.h. */
#include "kv/store/lmdb_p.h"

void weir_lmdb_number(unsigned char to[8], uint64_t n) {
    for (int i = 8; i-- > 0; n >>= 8) to[i] = (unsigned char)n;
}

uint64_t weir_lmdb_number_of(const void *at) {
    const unsigned char *from = at;
    uint64_t n = 0;
    for (int i = 0; i < 8; i++) n = n << 8 | from[i];
    return n;
}

MDB_val *weir_lmdb_key_of(weir_lmdb_key *k, uint64_t layer, weir_kv_bytes piece, bool link) {
    weir_lmdb_number(k->bytes, layer);
    if (piece.size) memcpy(k->bytes + 8, piece.at, piece.size);
    if (link) k->bytes[8 + piece.size] = 0;
    k->val = (MDB_val){.mv_data = k->bytes, .mv_size = 8 + piece.size + link};
    return &k->val;
}

MDB_val *weir_lmdb_system_key(weir_lmdb_key *k, char tag, weir_kv_bytes rest) {
    unsigned char piece[1 + WEIR_KV_NAME_MAX];
    piece[0] = (unsigned char)tag;
    if (rest.size) memcpy(piece + 1, rest.at, rest.size);
    return weir_lmdb_key_of(k, 0, weir_kv_bytes_of(piece, 1 + rest.size), false);
}

MDB_val *weir_lmdb_layer_key(weir_lmdb_key *k, char tag, uint64_t layer) {
    unsigned char id[8];
    weir_lmdb_number(id, layer);
    return weir_lmdb_system_key(k, tag, weir_kv_bytes_of(id, 8));
}

bool weir_lmdb_in_layer(const MDB_val *key, uint64_t layer) {
    return key->mv_size >= 8 && weir_lmdb_number_of(key->mv_data) == layer;
}

static weir_kv_bytes first_piece(weir_kv_bytes *rest) {
    weir_kv_bytes piece = weir_kv_bytes_of(rest->at, WEIR_LMDB_PIECE);
    *rest = weir_kv_bytes_of((const char *)rest->at + WEIR_LMDB_PIECE, rest->size - WEIR_LMDB_PIECE);
    return piece;
}

static int follow(weir_lmdb_tree t, uint64_t *layer, weir_kv_bytes piece) {
    weir_lmdb_key k;
    MDB_val below;
    int done = mdb_get(t.txn, t.dbi, weir_lmdb_key_of(&k, *layer, piece, true), &below);
    if (done) return done;
    if (below.mv_size != 8) return MDB_CORRUPTED;
    *layer = weir_lmdb_number_of(below.mv_data);
    return 0;
}

int weir_lmdb_find(weir_lmdb_tree t, uint64_t layer, weir_kv_bytes key, weir_kv_bytes *value) {
    weir_lmdb_key k;
    weir_kv_bytes rest = key;
    MDB_val found;
    int done = 0;
    while (done == 0 && rest.size > WEIR_LMDB_PIECE) done = follow(t, &layer, first_piece(&rest));
    if (done == 0) done = mdb_get(t.txn, t.dbi, weir_lmdb_key_of(&k, layer, rest, false), &found);
    if (done) return done;
    size_t before = key.size > WEIR_LMDB_PIECE ? key.size : 0;
    if (found.mv_size < before) return MDB_CORRUPTED;
    *value = weir_kv_bytes_of((char *)found.mv_data + before, found.mv_size - before);
    return 0;
}

int weir_lmdb_new_layer(weir_lmdb_tree t, uint64_t *layer) {
    weir_lmdb_key k;
    MDB_val next, *key = weir_lmdb_system_key(&k, 'n', weir_kv_bytes_of(NULL, 0));
    unsigned char after[8];
    int done = mdb_get(t.txn, t.dbi, key, &next);
    if (done == 0 && next.mv_size != 8) done = MDB_CORRUPTED;
    if (done) return done == MDB_NOTFOUND ? MDB_CORRUPTED : done;
    *layer = weir_lmdb_number_of(next.mv_data);
    weir_lmdb_number(after, *layer + 1);
    return mdb_put(t.txn, t.dbi, key, &(MDB_val){.mv_data = after, .mv_size = 8}, 0);
}

/* As follow, through a new layer where there is none. */
static int dig(weir_lmdb_tree t, uint64_t *layer, weir_kv_bytes piece) {
    weir_lmdb_key k;
    unsigned char below[8];
    uint64_t above = *layer;
    int done = follow(t, layer, piece);
    if (done != MDB_NOTFOUND) return done;
    done = weir_lmdb_new_layer(t, layer);
    if (done) return done;
    weir_lmdb_number(below, *layer);
    return mdb_put(t.txn, t.dbi, weir_lmdb_key_of(&k, above, piece, true), &(MDB_val){.mv_data = below, .mv_size = 8},
                   0);
}

int weir_lmdb_put(weir_lmdb_tree t, uint64_t layer, weir_kv_bytes key, weir_kv_bytes value) {
    weir_lmdb_key k;
    weir_kv_bytes rest = key;
    int done = 0;
    while (done == 0 && rest.size > WEIR_LMDB_PIECE) done = dig(t, &layer, first_piece(&rest));
    size_t before = key.size > WEIR_LMDB_PIECE ? key.size : 0;
    MDB_val room = {.mv_size = before + value.size};
    if (done == 0) done = mdb_put(t.txn, t.dbi, weir_lmdb_key_of(&k, layer, rest, false), &room, MDB_RESERVE);
    if (done) return done;
    if (before) memcpy(room.mv_data, key.at, before);
    if (value.size) memcpy((char *)room.mv_data + before, value.at, value.size);
    return 0;
}

/* MDB_NOTFOUND: it is. */
static int look_into(weir_lmdb_tree t, uint64_t layer) {
    weir_lmdb_key k;
    MDB_cursor *c;
    MDB_val value, key = *weir_lmdb_key_of(&k, layer, weir_kv_bytes_of(NULL, 0), false);
    int done = mdb_cursor_open(t.txn, t.dbi, &c);
    if (done) return done;
    done = mdb_cursor_get(c, &key, &value, MDB_SET_RANGE);
    if (done == 0 && !weir_lmdb_in_layer(&key, layer)) done = MDB_NOTFOUND;
    mdb_cursor_close(c);
    return done;
}

/* Layers that are left empty go, too. */
int weir_lmdb_remove(weir_lmdb_tree t, uint64_t layer, weir_kv_bytes key) {
    uint64_t way[WEIR_LMDB_LAYERS + 1] = {layer};
    unsigned depth = 0;
    weir_lmdb_key k;
    weir_kv_bytes rest = key;
    int done = 0;
    while (done == 0 && rest.size > WEIR_LMDB_PIECE) {
        way[depth + 1] = way[depth];
        done = follow(t, &way[++depth], first_piece(&rest));
    }
    if (done == 0) done = mdb_del(t.txn, t.dbi, weir_lmdb_key_of(&k, way[depth], rest, false), NULL);
    while (done == 0 && depth > 0) {
        done = look_into(t, way[depth]);
        if (done != MDB_NOTFOUND) break;
        depth--;
        weir_kv_bytes piece = weir_kv_bytes_of((const char *)key.at + depth * WEIR_LMDB_PIECE, WEIR_LMDB_PIECE);
        done = mdb_del(t.txn, t.dbi, weir_lmdb_key_of(&k, way[depth], piece, true), NULL);
    }
    return done;
}
