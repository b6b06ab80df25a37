/* RocksDB, through its C functions. In memory alone: the memtable is larger than all keys, nothing is compacted; without its log
 * (peer.rocksdb) and with it, not synced (peer.rocksdb_wal). kv.durable: each write synced, and it groups those of many threads. */
#include <rocksdb/c.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/cases/kv_data.h"

static const size_t memtable_bytes = (size_t)16 << 30;

typedef struct store {
    rocksdb_t *db;
    rocksdb_options_t *options;
    rocksdb_writeoptions_t *writing;
    rocksdb_readoptions_t *reading;
} store;

static bool good(char *error) {
    bool yes = error == NULL;
    rocksdb_free(error);
    return yes;
}

static void close_db(void *object) {
    store *s = object;
    if (s->db) rocksdb_close(s->db);
    rocksdb_options_destroy(s->options);
    rocksdb_writeoptions_destroy(s->writing);
    rocksdb_readoptions_destroy(s->reading);
    free(s);
}

static void *open_db(const char *folder, bool log, bool sync) {
    char path[4200], *error = NULL;
    store *s = calloc(1, sizeof *s);
    if (!s || !folder) return NULL;
    snprintf(path, sizeof path, "%s/rocksdb", folder);
    s->options = rocksdb_options_create();
    s->writing = rocksdb_writeoptions_create();
    s->reading = rocksdb_readoptions_create();
    rocksdb_options_set_create_if_missing(s->options, 1);
    rocksdb_options_set_write_buffer_size(s->options, memtable_bytes);
    rocksdb_options_set_disable_auto_compactions(s->options, 1);
    rocksdb_writeoptions_disable_WAL(s->writing, !log);
    rocksdb_writeoptions_set_sync(s->writing, sync);
    s->db = rocksdb_open(s->options, path, &error);
    if (good(error)) return s;
    close_db(s);
    return NULL;
}

static void *open_plain(const bench_kv_keys *k) { return k ? open_db(bench_folder(), false, false) : NULL; }
static void *open_wal(const bench_kv_keys *k) { return k ? open_db(bench_folder(), true, false) : NULL; }
static void *open_disk(const char *folder, unsigned threads) { return threads ? open_db(folder, true, true) : NULL; }

static void *enter(void *object, unsigned index) {
    (void)index;
    return object;
}
static void leave(void *object) { (void)object; }

static inline bool get(void *object, const bench_kv_slot *k, char *out) {
    store *s = object;
    char *error = NULL;
    size_t bytes = 0;
    rocksdb_pinnableslice_t *found = rocksdb_get_pinned(s->db, s->reading, k->key, k->size, &error);
    if (!good(error) || !found) return false;
    const char *value = rocksdb_pinnableslice_value(found, &bytes);
    bool right = bytes == BENCH_KV_VALUE;
    if (right) memcpy(out, value, BENCH_KV_VALUE);
    rocksdb_pinnableslice_destroy(found);
    return right;
}

static inline bool set(void *object, const bench_kv_slot *k, const char *value) {
    store *s = object;
    char *error = NULL;
    rocksdb_put(s->db, s->writing, k->key, k->size, value, BENCH_KV_VALUE, &error);
    return good(error);
}

static inline bool del(void *object, const bench_kv_slot *k) {
    store *s = object;
    char *error = NULL;
    rocksdb_delete(s->db, s->writing, k->key, k->size, &error);
    return good(error);
}

static inline bool multiget(void *object, unsigned n, const bench_kv_slot *const *k, char (*out)[BENCH_KV_VALUE]) {
    store *s = object;
    const char *key[BENCH_KV_BATCH_MAX];
    char *value[BENCH_KV_BATCH_MAX], *error[BENCH_KV_BATCH_MAX];
    size_t size[BENCH_KV_BATCH_MAX], bytes[BENCH_KV_BATCH_MAX];
    bool all = true;
    for (unsigned i = 0; i < n; i++) key[i] = k[i]->key, size[i] = k[i]->size;
    rocksdb_multi_get(s->db, s->reading, n, key, size, value, bytes, error);
    for (unsigned i = 0; i < n; i++) {
        bool right = good(error[i]) && value[i] && bytes[i] == BENCH_KV_VALUE;
        if (right) memcpy(out[i], value[i], BENCH_KV_VALUE);
        all = all && right;
        rocksdb_free(value[i]);
    }
    return all;
}

static inline unsigned scan(void *object, const bench_kv_slot *k, unsigned prefix, unsigned n, uint64_t *sum) {
    store *s = object;
    unsigned got = 0;
    rocksdb_iterator_t *at = rocksdb_create_iterator(s->db, s->reading);
    for (rocksdb_iter_seek(at, k->key, prefix); got < n && rocksdb_iter_valid(at); rocksdb_iter_next(at), got++) {
        size_t bytes;
        const char *key = rocksdb_iter_key(at, &bytes);
        if (bytes < prefix || memcmp(key, k->key, prefix)) break;
        uint64_t word;
        memcpy(&word, rocksdb_iter_value(at, &bytes), sizeof word);
        *sum += word;
    }
    rocksdb_iter_destroy(at);
    return got;
}

static bool commit(void *object, unsigned n, const bench_kv_slot *const *k, const char *value) {
    store *s = object;
    char *error = NULL;
    rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    for (unsigned i = 0; i < n; i++) rocksdb_writebatch_put(batch, k[i]->key, k[i]->size, value, BENCH_KV_VALUE);
    rocksdb_write(s->db, s->writing, batch, &error);
    rocksdb_writebatch_destroy(batch);
    return good(error);
}

BENCH_KV_WORKS(get, set, del)
static void work_multiget(bench_kv_worker *w) { bench_kv_multigets(w, multiget); }
static void work_scan(bench_kv_worker *w) { bench_kv_scans(w, scan); }

#define STORE(variant_, note_, open_)                                                                      \
    {                                                                                                      \
        .variant = "peer." variant_, .flags = BENCH_PEER, .note = note_, .open = open_, .close = close_db, \
        .enter = enter, .leave = leave, .put = work_put, .get = work_get, .mixed = work_mixed,             \
        .multiget = work_multiget, .scan = work_scan, .del = work_del, .paced = work_paced                 \
    }

static const bench_kv_store rocksdb = STORE("rocksdb", "all in the memtable, no log", open_plain);
static const bench_kv_store rocksdb_wal =
    STORE("rocksdb_wal", "all in the memtable, a log that is not synced", open_wal);
BENCH_KV_STORE(rocksdb, false)
BENCH_KV_STORE(rocksdb_wal, false)

static const bench_kv_disk rocksdb_disk = {.variant = "peer.rocksdb",
                                           .flags = BENCH_PEER,
                                           .open = open_disk,
                                           .close = close_db,
                                           .enter = enter,
                                           .leave = leave,
                                           .commit = commit,
                                           .get = get};
BENCH_KV_DISK(rocksdb_disk)
