/* resident_p - what all stores in memory have in common: one tree a tenant, over the maps of a variant. Private to kv.
 *
 *   tenants.c, tree.c   which there are, by name; how long each lives
 *   write.c, batch.c     one operation: judged, accounted, logged, put; several as one step
 *   settle.c             what is as safe as asked: older versions go
 *   visible_p.h, read.c  which version of a key a reader sees; get, multiget, take, scan, iterate
 *   account.c            keys and bytes, quotas
 *   snapshot.c, watch.c  a tree at one moment; changes, told
 *   restore.c            what a log asks: recovery, compaction
 *
 * A store with a log opens so: weir_resident_new; the log is opened and tells what it has to weir_resident_events; then
 * weir_resident_attach, and from then on what is written goes to the log, and weir_resident_close ends it, too. */
#ifndef WEIR_KV_RESIDENT_P_H
#define WEIR_KV_RESIDENT_P_H

#include <pthread.h>

#include "kv/gate_p.h"
#include "kv/kv_p.h"
#include "kv/log_p.h"
#include "kv/map_p.h"
#include "prims/lock_p.h"

typedef struct weir_resident weir_resident;
typedef struct weir_tree weir_tree;

/* -- for the stores ------------------------------------------------------------------------------------------------ */

/* An empty store with the root tenant, variant and limits as o says (which is whole), without a log. ops: the store's.
 * BAD, NOMEM. Its weir_kv is (weir_kv *)*s. */
weir_kv_status weir_resident_new(const weir_kv_options *o, const weir_store_ops *ops, weir_resident **s,
                                 weir_kv_error *error);

/* What the log had is put here; by one thread, before attach. Nothing is logged, no quota refuses, all is visible at
 * once. CORRUPT: a tenant that is not there, or is there already; NOMEM. */
weir_log_events weir_resident_events(weir_resident *s);

/* From now on writes go to the log, which is started. The store is whole then; otherwise it is still to be closed. */
weir_kv_status weir_resident_attach(weir_resident *s, weir_log *log);

/* A weir_log_walk; store: a weir_resident. Variants without snapshots keep the writers of a tenant out while it is
 * walked. */
weir_kv_status weir_resident_walk(void *store, const weir_log_events *to, void (*begun)(void *arg));

/* Ends it, and its log when there is one; answers what the log's close did. As weir_store_ops.close, and for an open
 * that failed. */
weir_kv_status weir_resident_close(weir_kv *kv);

/* The members of weir_store_ops that stores in memory share; name and open are their own. */
#define WEIR_RESIDENT_OPS                                                                                             \
    .close = weir_resident_close, .fault = weir_resident_fault, .variant = weir_resident_variant,                     \
    .root = weir_tenant_root, .tenant_create = weir_tenant_create, .tenant_open = weir_tenant_open,                   \
    .tenant_close = weir_tenant_close, .tenant_drop = weir_tenant_drop, .tenants = weir_tenants_each,                 \
    .tenant_limit = weir_tenant_limit, .tenant_usage = weir_tenant_usage, .read_begin = weir_resident_read_begin,     \
    .read_end = weir_resident_read_end, .get = weir_tree_get, .multiget = weir_tree_multiget, .take = weir_tree_take, \
    .value_release = weir_resident_value_release, .scan = weir_tree_scan, .iterate = weir_tree_iterate,               \
    .write = weir_tree_write, .compact = weir_resident_compact, .wait = weir_resident_wait,                           \
    .sync = weir_resident_sync, .snapshot_open = weir_tree_snapshot_open, .snapshot_close = weir_tree_snapshot_close, \
    .snapshot_get = weir_tree_snapshot_get, .snapshot_scan = weir_tree_snapshot_scan,                                 \
    .watch_open = weir_tree_watch_open, .watch_close = weir_tree_watch_close, .watch_next = weir_tree_watch_next,     \
    .stats = weir_resident_stats

weir_kv_status weir_resident_fault(const weir_kv *kv, weir_kv_error *error);
const char *weir_resident_variant(const weir_kv *kv);
weir_kv_tenant *weir_tenant_root(weir_kv *kv);
weir_kv_status weir_tenant_create(weir_kv *kv, weir_kv_bytes name, const weir_kv_quota *quota, weir_kv_tenant **t);
weir_kv_status weir_tenant_open(weir_kv *kv, weir_kv_bytes name, weir_kv_tenant **t);
void weir_tenant_close(weir_kv_tenant *t);
weir_kv_status weir_tenant_drop(weir_kv *kv, weir_kv_bytes name);
weir_kv_status weir_tenants_each(weir_kv *kv, bool (*each)(void *arg, weir_kv_bytes name), void *arg);
weir_kv_status weir_tenant_limit(weir_kv_tenant *t, const weir_kv_quota *quota);
weir_kv_status weir_tenant_usage(weir_kv_tenant *t, weir_kv_usage *usage);
void weir_resident_read_begin(weir_kv *kv);
void weir_resident_read_end(weir_kv *kv);
weir_kv_status weir_tree_get(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes *value);
weir_kv_status weir_tree_multiget(weir_kv_tenant *t, size_t n, const weir_kv_bytes *key, weir_kv_bytes *value,
                                  size_t *found);
weir_kv_status weir_tree_take(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_value **value);
void weir_resident_value_release(weir_kv *kv, weir_kv_value *value);
weir_kv_status weir_tree_scan(weir_kv_tenant *t, const weir_kv_range *range, weir_kv_pair *pair, size_t n, size_t *got);
weir_kv_status weir_tree_iterate(weir_kv_tenant *t, weir_kv_bytes prefix, uint64_t offset, uint64_t limit,
                                 weir_kv_each *each, void *arg);
weir_kv_status weir_tree_write(weir_kv_tenant *t, weir_kv_op *op, size_t n, const weir_kv_write *how,
                               uint64_t *position, size_t *failed);
weir_kv_status weir_resident_wait(weir_kv *kv, uint64_t position, weir_kv_level level, uint64_t deadline_ns);
weir_kv_status weir_resident_sync(weir_kv *kv, weir_kv_level level);
weir_kv_status weir_resident_compact(weir_kv *kv);
weir_kv_status weir_tree_snapshot_open(weir_kv_tenant *t, weir_kv_snapshot **s);
void weir_tree_snapshot_close(weir_kv_snapshot *s);
weir_kv_status weir_tree_snapshot_get(weir_kv_snapshot *s, weir_kv_bytes key, weir_kv_bytes *value);
weir_kv_status weir_tree_snapshot_scan(weir_kv_snapshot *s, const weir_kv_range *range, weir_kv_pair *pair, size_t n,
                                       size_t *got);
weir_kv_status weir_tree_watch_open(weir_kv_tenant *t, weir_kv_bytes prefix, size_t capacity, weir_kv_watch **w);
void weir_tree_watch_close(weir_kv_watch *w);
weir_kv_status weir_tree_watch_next(weir_kv_watch *w, uint64_t deadline_ns, weir_kv_event *event);
void weir_resident_stats(weir_kv *kv, weir_kv_stats *stats);

#endif
