/* log_p - what the common part of the stores in memory needs of a log behind them. Private to kv; kv/store/wal*.c is one.
 *
 * Positions are bytes of log ever written, and grow by one record after the other. 0 is before the first. */
#ifndef WEIR_KV_LOG_P_H
#define WEIR_KV_LOG_P_H

#include "kv/wal.h"
#include "prims/atomic.h"

typedef struct weir_log weir_log;

/* How far the log has each level. Readers compare a record's stamp with it. MEMORY is always UINT64_MAX: what has a position has that
 * level. */
typedef struct weir_log_marks {
    weir_a64 at[3]; /* OS: written; DISK: synced. M1 release by the log: pairs with M2 acquire of readers */
} weir_log_marks;

/* Tells a store as it is now: every tenant by `created` (the root, which always is there, by `limited`), and then for each all
 * its keys, as a snapshot of it has them, by `changed`. Calls begun(arg) first, at a moment when no tenant is being created, limited or
 * dropped, and tells those that there are at that moment; of one that is dropped later, no keys. What is written meanwhile may be told
 * or not: the log tells it again. */
typedef weir_kv_status weir_log_walk(void *store, const weir_log_events *to, void (*begun)(void *arg));

typedef struct weir_log_ops {
    /* One record with n operations of one tenant, which are those that took effect (SET, DEL; others are taken as SET). Called under the
     * locks of their keys, so records of one key lie in the order of its changes; never waits for a disk. *position is the
     * end of the record. IO, NOSPACE, READONLY: the log has ended; NOMEM. Nothing of this record counts then. */
    weir_kv_status (*append)(weir_log *log, uint64_t tenant, const weir_kv_op *op, size_t n, uint64_t *position);
    weir_kv_status (*tenant_created)(weir_log *log, uint64_t tenant, weir_kv_bytes name, const weir_kv_quota *quota,
                                     uint64_t *position);
    weir_kv_status (*tenant_limited)(weir_log *log, uint64_t tenant, const weir_kv_quota *quota, uint64_t *position);
    weir_kv_status (*tenant_dropped)(weir_log *log, uint64_t tenant, uint64_t *position);
    /* Before a write, outside of locks and sections: waits, writing itself, while too much is not written yet. */
    weir_kv_status (*admit)(weir_log *log);
    /* Until position has that level. TIMEOUT, IO, NOSPACE, READONLY. By whoever waits: one of them writes and syncs for all. */
    weir_kv_status (*wait)(weir_log *log, uint64_t position, weir_kv_level level, uint64_t deadline_ns);
    uint64_t (*given)(weir_log *log); /* the end of the last record that has a position */
    /* The store is complete: from now on the log may write snapshots of it, in a thread of its own. */
    weir_kv_status (*start)(weir_log *log, weir_log_walk *walk, void *store);
    weir_kv_status (*compact)(weir_log *log, weir_kv_error *error); /* one snapshot now; after start */
    weir_kv_status (*fault)(const weir_log *log, weir_kv_error *error);
    void (*stats)(weir_log *log, weir_kv_stats *stats); /* position, syncs, records */
    /* Ends it. What was appended reaches the level OS; answers how that went, or what had ended it before. */
    weir_kv_status (*close)(weir_log *log);
} weir_log_ops;

/* First member of each kind of log. */
struct weir_log {
    const weir_log_ops *ops;
    weir_log_marks marks;
};

/* The log in o->path, which is made when it is not there and may be. Tells all that is in it; *error is filled. */
weir_kv_status weir_wal_open(const weir_kv_options *o, const weir_log_events *to, weir_log **log, weir_kv_error *error);

#endif
