/* lmdb_p - the parts of store.lmdb, one a file. Private to kv/store.
 *
 *   lmdb.c          opened, checked, closed; what it is doing
 *   lmdb_key.c      keys of any length among LMDB's short ones: found, put, removed
 *   lmdb_walk.c     the same in order
 *   lmdb_section.c  read sections: which transaction a thread reads in
 *   lmdb_read.c     get, multiget, take, scan, iterate, snapshots
 *   lmdb_group.c    who writes: one commits for all that wait
 *   lmdb_write.c    operations and batches: judged, accounted, put
 *   lmdb_tenants.c  which tenants there are; limits; drops
 *   lmdb_reap.c     what has been dropped is deleted
 *   lmdb_mark.c     whether the machine has stopped over writes that were not on the disk
 *
 * The directory   lock: who has it open. data.mdb, lock.mdb: LMDB's. unsynced: see lmdb_mark.c.
 * Keys            All lie in LMDB's one unnamed tree. A layer is a number, 8 bytes with the highest first, that begins the keys in it;
 *                 each tenant has one. A key of at most WEIR_LMDB_PIECE bytes follows its layer as it is. Of a longer one the
 *                 first piece and a zero byte lead to a layer of their own, where the rest lies: nothing else in a layer is that long,
 *                 and it stands where the key would. So order is kept, prefixes stay prefixes, and long keys share what they share.
 *                 Below the first layer a value has the whole key before it, so that a scan can lend it.
 *                 Layers are never numbered twice.
 * Layer 0         "v": version. "n": the next layer. "t" NAME: the layer of a tenant. "u" LAYER: its keys, bytes and quota.
 *                 "d" LAYER: to be deleted, piece by piece. */
#ifndef WEIR_KV_STORE_LMDB_P_H
#define WEIR_KV_STORE_LMDB_P_H

#include <lmdb.h>
#include <pthread.h>

#include "kv/lane_p.h"
#include "kv/record_p.h"
#include "kv/store/wal_p.h"
#include "prims/lock_p.h"

typedef struct weir_lmdb_reader weir_lmdb_reader;
typedef struct weir_lmdb_request weir_lmdb_request;

enum { WEIR_LMDB_VERSION = 1, WEIR_LMDB_READERS = 16384, WEIR_LMDB_ROOT = 1 };

/* One a tenant that somebody has a handle to. */
typedef struct weir_lmdb_tenant {
    weir_kv_tenant base;
    uint64_t layer;
    weir_a32 dropped;
    unsigned handles;
    struct weir_lmdb_tenant *next;
} weir_lmdb_tenant;

typedef struct weir_lmdb {
    weir_kv base;
    weir_wal_dir dir;
    MDB_env *env;
    MDB_dbi dbi;
    weir_mem *mem;
    bool weak; /* opened at a level below DISK: not every commit is synced */

    pthread_mutex_t registry; /* of live; held while a tenant is made or dropped */
    weir_lmdb_tenant root, *live;

    struct {
        WEIR_ALIGNED(WEIR_CACHE_LINE) weir_lock lock;
        weir_lmdb_reader *free; /* in no section */
    } pool[WEIR_LANES];

    WEIR_ALIGNED(WEIR_CACHE_LINE)
    weir_a64 committed; /* number of the last transaction that anybody knows of: weir_lmdb_tell */
    weir_a64 synced;    /* and of the last on the disk */
    weir_a64 syncs, records;
    weir_lock queue; /* of the three below */
    weir_lmdb_request *first, **last;
    bool led;
    pthread_mutex_t syncing;
    pthread_mutex_t failing; /* of fault, which is written once */
    weir_a32 failed;
    weir_kv_error fault;
} weir_lmdb;

/* -- lmdb.c -------------------------------------------------------------------------------------------------------- */

weir_kv_status weir_lmdb_status(int error); /* of LMDB or the system */
/* Writing ends by this: answers its status. */
weir_kv_status weir_lmdb_ends(weir_lmdb *s, int error, const char *what);

/* -- lmdb_key.c, lmdb_walk.c --------------------------------------------------------------------------------------- */

/* As many as fit, with the layer before and the zero behind, in what LMDB is built for everywhere. */
enum { WEIR_LMDB_PIECE = 502, WEIR_LMDB_LAYERS = WEIR_KV_KEY_MAX / WEIR_LMDB_PIECE + 1 };

typedef struct weir_lmdb_tree {
    MDB_txn *txn;
    MDB_dbi dbi;
} weir_lmdb_tree;

typedef struct weir_lmdb_key {
    MDB_val val;
    unsigned char bytes[8 + WEIR_LMDB_PIECE + 1];
} weir_lmdb_key;

/* LMDB's own key: layer, then at most a piece. link: the way to the layer below it. The second: of layer 0, TAG and rest. */
MDB_val *weir_lmdb_key_of(weir_lmdb_key *k, uint64_t layer, weir_kv_bytes piece, bool link);
MDB_val *weir_lmdb_system_key(weir_lmdb_key *k, char tag, weir_kv_bytes rest);
MDB_val *weir_lmdb_layer_key(weir_lmdb_key *k, char tag, uint64_t layer); /* the same with a number */
void weir_lmdb_number(unsigned char to[8], uint64_t n);
uint64_t weir_lmdb_number_of(const void *at);

/* 0, or LMDB's or the system's number: MDB_NOTFOUND. */
int weir_lmdb_find(weir_lmdb_tree t, uint64_t layer, weir_kv_bytes key, weir_kv_bytes *value);
int weir_lmdb_put(weir_lmdb_tree t, uint64_t layer, weir_kv_bytes key, weir_kv_bytes value);
int weir_lmdb_remove(weir_lmdb_tree t, uint64_t layer, weir_kv_bytes key); /* it is there */
int weir_lmdb_new_layer(weir_lmdb_tree t, uint64_t *layer);
bool weir_lmdb_in_layer(const MDB_val *key, uint64_t layer);
static inline bool weir_lmdb_is_link(const MDB_val *key) { return key->mv_size == 8 + WEIR_LMDB_PIECE + 1; }

/* A place in a tenant that is only read. */
typedef struct weir_lmdb_walk {
    MDB_cursor *cursor;
    weir_kv_pair at;
    unsigned depth;
    uint64_t layer[WEIR_LMDB_LAYERS + 1]; /* that it is in, from the tenant's own to the deepest */
    MDB_val link[WEIR_LMDB_LAYERS];       /* by which it went down from each */
} weir_lmdb_walk;

int weir_lmdb_walk_begin(weir_lmdb_walk *w, weir_lmdb_tree t, uint64_t layer);
void weir_lmdb_walk_end(weir_lmdb_walk *w);
int weir_lmdb_walk_seek(weir_lmdb_walk *w, weir_kv_bytes key, bool beyond); /* the first at or beyond key */
int weir_lmdb_walk_next(weir_lmdb_walk *w);

/* -- lmdb_section.c ------------------------------------------------------------------------------------------------ */

/* A section: the transaction that it began with, which keeps all that was lent since, and the newest one when that is another.
 * Kept for the next section when it ends; renewed, not opened again. */
struct weir_lmdb_reader {
    weir_lmdb *store;
    weir_lmdb_reader *next; /* in a pool; or in the next section of the thread, in another store */
    unsigned depth;
    int error; /* of the transaction that it could not have */
    MDB_txn *pin, *now;
    uint64_t pin_id, now_id; /* 0: not in use */
};

void weir_lmdb_section_begin(weir_kv *kv);
void weir_lmdb_section_end(weir_kv *kv);
/* What the calling thread reads in now, in a section: at least all that was committed before the call. */
int weir_lmdb_section_tree(weir_lmdb *s, weir_lmdb_tree *t);
void weir_lmdb_section_forget(weir_lmdb *s);    /* at the end */
void weir_lmdb_tell(weir_lmdb *s, uint64_t id); /* a transaction of this number is committed */

/* -- lmdb_group.c -------------------------------------------------------------------------------------------------- */

/* Keys, bytes and quota as they lie in the store. */
typedef struct weir_lmdb_account {
    uint64_t keys, bytes, quota_keys, quota_bytes;
} weir_lmdb_account;

/* A transaction that is being written. */
typedef struct weir_lmdb_change {
    weir_lmdb *store;
    weir_lmdb_tree tree;
    uint64_t of; /* whose account is here; 0: nobody's */
    weir_lmdb_account account;
    bool account_changed, changed;
    uint64_t records;
    int error; /* of LMDB: nothing of the transaction may stay */
} weir_lmdb_change;

/* Something that is to be written. */
struct weir_lmdb_request {
    /* OK: it is in the transaction. Another answer: nothing of it is, unless `whole`, or c->error says that it failed. */
    weir_kv_status (*run)(weir_lmdb_request *q, weir_lmdb_change *c);
    bool whole; /* it is several changes: what it has done is taken back when it does not answer OK */
    weir_kv_level level;
    weir_kv_status status;
    uint64_t position; /* of its transaction */
    weir_lmdb_request *next;
    weir_a32 turn;
};

/* Waits until it has been run, and is as safe as it says; answers status. By a thread that is in no section. */
weir_kv_status weir_lmdb_submit(weir_lmdb *s, weir_lmdb_request *q);
/* False: c->error says why. */
bool weir_lmdb_did(weir_lmdb_change *c, int error);
/* The account of a tenant, to be changed; DROPPED, or what LMDB says. */
weir_kv_status weir_lmdb_account_of(weir_lmdb_change *c, uint64_t layer);
weir_kv_status weir_lmdb_wait(weir_kv *kv, uint64_t position, weir_kv_level level, uint64_t deadline_ns);
weir_kv_status weir_lmdb_sync(weir_kv *kv, weir_kv_level level);

/* -- lmdb_tenants.c ------------------------------------------------------------------------------------------------ */

bool weir_lmdb_dropped(const weir_lmdb_tenant *t);
void weir_lmdb_tenant_retain(weir_kv_tenant *t); /* one more to close */
weir_kv_status weir_lmdb_make_tenant(weir_lmdb_change *c, weir_kv_bytes name, const weir_kv_quota *quota,
                                     uint64_t *layer);

/* -- lmdb_reap.c --------------------------------------------------------------------------------------------------- */

weir_kv_status weir_lmdb_reap(weir_lmdb *s); /* deletes what has been dropped */

/* -- lmdb_mark.c --------------------------------------------------------------------------------------------------- */

/* OK; CORRUPT: the machine has been started anew since. *there: it is marked. */
weir_kv_status weir_lmdb_mark_look(const weir_wal_dir *d, bool *there, weir_kv_error *error);
weir_kv_status weir_lmdb_mark_set(const weir_wal_dir *d, weir_kv_error *error);
int weir_lmdb_mark_remove(const weir_wal_dir *d);

/* -- for the table of operations ----------------------------------------------------------------------------------- */

weir_kv_tenant *weir_lmdb_root(weir_kv *kv);
weir_kv_status weir_lmdb_tenant_create(weir_kv *kv, weir_kv_bytes name, const weir_kv_quota *quota, weir_kv_tenant **t);
weir_kv_status weir_lmdb_tenant_open(weir_kv *kv, weir_kv_bytes name, weir_kv_tenant **t);
void weir_lmdb_tenant_close(weir_kv_tenant *t);
weir_kv_status weir_lmdb_tenant_drop(weir_kv *kv, weir_kv_bytes name);
weir_kv_status weir_lmdb_tenants(weir_kv *kv, bool (*each)(void *arg, weir_kv_bytes name), void *arg);
weir_kv_status weir_lmdb_tenant_limit(weir_kv_tenant *t, const weir_kv_quota *quota);
weir_kv_status weir_lmdb_tenant_usage(weir_kv_tenant *t, weir_kv_usage *usage);
weir_kv_status weir_lmdb_get(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes *value);
weir_kv_status weir_lmdb_multiget(weir_kv_tenant *t, size_t n, const weir_kv_bytes *key, weir_kv_bytes *value,
                                  size_t *found);
weir_kv_status weir_lmdb_take(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_value **value);
weir_kv_status weir_lmdb_scan(weir_kv_tenant *t, const weir_kv_range *range, weir_kv_pair *pair, size_t n, size_t *got);
weir_kv_status weir_lmdb_iterate(weir_kv_tenant *t, weir_kv_bytes prefix, uint64_t offset, uint64_t limit,
                                 weir_kv_each *each, void *arg);
weir_kv_status weir_lmdb_write(weir_kv_tenant *t, weir_kv_op *op, size_t n, const weir_kv_write *how,
                               uint64_t *position, size_t *failed);
weir_kv_status weir_lmdb_snapshot_open(weir_kv_tenant *t, weir_kv_snapshot **s);
void weir_lmdb_snapshot_close(weir_kv_snapshot *s);
weir_kv_status weir_lmdb_snapshot_get(weir_kv_snapshot *s, weir_kv_bytes key, weir_kv_bytes *value);
weir_kv_status weir_lmdb_snapshot_scan(weir_kv_snapshot *s, const weir_kv_range *range, weir_kv_pair *pair, size_t n,
                                       size_t *got);

#endif
