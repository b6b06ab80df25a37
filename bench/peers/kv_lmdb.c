/* LMDB: a B+ tree in a mapped file, readers without locks, one writer. For the cases in memory neither synced nor written by the
 * process (MDB_NOSYNC, MDB_WRITEMAP), one transaction for each set; a reader keeps its transaction and renews it for each get. For
 * kv.durable as it comes: every commit is synced. */
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "bench/cases/kv_data.h"

enum { READERS = 1024 };
static const size_t map_bytes = (size_t)64 << 30; /* of addresses */

typedef struct store {
    MDB_env *env;
    MDB_dbi dbi;
} store;

typedef struct session {
    store *s;
    MDB_txn *reading; /* reset between gets */
    MDB_cursor *cursor;
} session;

static void close_env(void *object) {
    store *s = object;
    mdb_env_close(s->env);
    free(s);
}

static bool open_tree(store *s) {
    MDB_txn *t;
    return mdb_txn_begin(s->env, NULL, 0, &t) == 0 && mdb_dbi_open(t, NULL, 0, &s->dbi) == 0 && mdb_txn_commit(t) == 0;
}

static void *open_env(const char *folder, unsigned flags) {
    char path[4200];
    store *s = calloc(1, sizeof *s);
    if (!s || !folder || mdb_env_create(&s->env)) return NULL;
    snprintf(path, sizeof path, "%s/lmdb", folder);
    if (mkdir(path, 0700) == 0 && mdb_env_set_mapsize(s->env, map_bytes) == 0 &&
        mdb_env_set_maxreaders(s->env, READERS) == 0 && mdb_env_open(s->env, path, flags | MDB_NOTLS, 0600) == 0 &&
        open_tree(s))
        return s;
    close_env(s);
    return NULL;
}

static void *open_memory(const bench_kv_keys *k) {
    (void)k;
    return open_env(bench_folder(), MDB_NOSYNC | MDB_WRITEMAP);
}

static void leave(void *object) {
    session *n = object;
    if (n->cursor) mdb_cursor_close(n->cursor);
    if (n->reading) mdb_txn_abort(n->reading);
    free(n);
}

static void *enter(void *object, unsigned index) {
    session *n = calloc(1, sizeof *n);
    (void)index;
    if (!n) return NULL;
    n->s = object;
    if (mdb_txn_begin(n->s->env, NULL, MDB_RDONLY, &n->reading) == 0 &&
        mdb_cursor_open(n->reading, n->s->dbi, &n->cursor) == 0) {
        mdb_txn_reset(n->reading);
        return n;
    }
    leave(n);
    return NULL;
}

static MDB_val key_of(const bench_kv_slot *k) { return (MDB_val){k->size, (void *)(uintptr_t)k->key}; }

static bool read_one(session *n, const bench_kv_slot *k, char *out) {
    MDB_val key = key_of(k), value;
    if (mdb_get(n->reading, n->s->dbi, &key, &value) || value.mv_size != BENCH_KV_VALUE) return false;
    memcpy(out, value.mv_data, BENCH_KV_VALUE);
    return true;
}

static inline bool get(void *object, const bench_kv_slot *k, char *out) {
    session *n = object;
    bool found = mdb_txn_renew(n->reading) == 0 && read_one(n, k, out);
    mdb_txn_reset(n->reading);
    return found;
}

static inline bool multiget(void *object, unsigned count, const bench_kv_slot *const *k, char (*out)[BENCH_KV_VALUE]) {
    session *n = object;
    bool all = mdb_txn_renew(n->reading) == 0;
    for (unsigned i = 0; all && i < count; i++) all = read_one(n, k[i], out[i]);
    mdb_txn_reset(n->reading);
    return all;
}

static inline unsigned scan(void *object, const bench_kv_slot *k, unsigned prefix, unsigned limit, uint64_t *sum) {
    session *n = object;
    MDB_val key = {prefix, (void *)(uintptr_t)k->key}, value;
    unsigned got = 0;
    if (mdb_txn_renew(n->reading)) return 0;
    if (mdb_cursor_renew(n->reading, n->cursor) == 0)
        for (int end = mdb_cursor_get(n->cursor, &key, &value, MDB_SET_RANGE);
             !end && got < limit && key.mv_size >= prefix && !memcmp(key.mv_data, k->key, prefix);
             end = mdb_cursor_get(n->cursor, &key, &value, MDB_NEXT), got++) {
            uint64_t word;
            memcpy(&word, value.mv_data, sizeof word);
            *sum += word;
        }
    mdb_txn_reset(n->reading);
    return got;
}

static bool commit(void *object, unsigned count, const bench_kv_slot *const *k, const char *value) {
    session *n = object;
    MDB_txn *t;
    if (mdb_txn_begin(n->s->env, NULL, 0, &t)) return false;
    for (unsigned i = 0; i < count; i++) {
        MDB_val key = key_of(k[i]), data = {BENCH_KV_VALUE, (void *)(uintptr_t)value};
        if (mdb_put(t, n->s->dbi, &key, &data, 0) == 0) continue;
        mdb_txn_abort(t);
        return false;
    }
    return mdb_txn_commit(t) == 0;
}

static inline bool set(void *object, const bench_kv_slot *k, const char *value) { return commit(object, 1, &k, value); }

static inline bool del(void *object, const bench_kv_slot *k) {
    session *n = object;
    MDB_txn *t;
    MDB_val key = key_of(k);
    if (mdb_txn_begin(n->s->env, NULL, 0, &t)) return false;
    if (mdb_del(t, n->s->dbi, &key, NULL) == 0) return mdb_txn_commit(t) == 0;
    mdb_txn_abort(t);
    return false;
}

BENCH_KV_WORKS(get, set, del)
static void work_multiget(bench_kv_worker *w) { bench_kv_multigets(w, multiget); }
static void work_scan(bench_kv_worker *w) { bench_kv_scans(w, scan); }

static const bench_kv_store lmdb = {.variant = "peer.lmdb",
                                    .flags = BENCH_PEER,
                                    .note = "a mapped file, never synced; a transaction for each set",
                                    .open = open_memory,
                                    .close = close_env,
                                    .enter = enter,
                                    .leave = leave,
                                    .put = work_put,
                                    .get = work_get,
                                    .mixed = work_mixed,
                                    .multiget = work_multiget,
                                    .scan = work_scan,
                                    .del = work_del,
                                    .paced = work_paced};
BENCH_KV_STORE(lmdb, false)

static void *open_disk(const char *folder, unsigned threads) {
    (void)threads;
    return open_env(folder, 0);
}

static const bench_kv_disk lmdb_disk = {.variant = "peer.lmdb",
                                        .flags = BENCH_PEER,
                                        .open = open_disk,
                                        .close = close_env,
                                        .enter = enter,
                                        .leave = leave,
                                        .commit = commit,
                                        .get = get};
BENCH_KV_DISK(lmdb_disk)
