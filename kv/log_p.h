/* log_p - what the common part of the stores in memory needs of a log behind them. Private to kv; kv/store/wal.c is one.
 *
 * Positions are bytes of log ever written, and grow by one record after the other. */
#ifndef WEIR_KV_LOG_P_H
#define WEIR_KV_LOG_P_H

#include "kv/kv.h"
#include "prims/atomic.h"

typedef struct weir_log weir_log;

/* How far the log has each level. Readers compare a record's stamp with it. */
typedef struct weir_log_marks {
    weir_a64 at
        [3]; /* WEIR_KV_MEMORY: given out; OS: written; DISK: synced. M1 release by the log: pairs with M2 acquire of readers */
} weir_log_marks;

typedef struct weir_log_ops {
    /* One record with n operations of one tenant, which are those that took effect (SET, DEL). Called under the locks of their keys, so
     * records of one key lie in the order of its changes: must not wait for a disk. *position is the end of the record. urgent: somebody
     * will wait for this level. IO, NOSPACE: the log has ended, nothing of this record counts. */
    weir_kv_status (*append)(weir_log *log, uint64_t tenant, const weir_kv_op *op, size_t n, weir_kv_level level,
                             uint64_t *position);
    weir_kv_status (*tenant_created)(weir_log *log, uint64_t tenant, weir_kv_bytes name, const weir_kv_quota *quota,
                                     uint64_t *position);
    weir_kv_status (*tenant_limited)(weir_log *log, uint64_t tenant, const weir_kv_quota *quota, uint64_t *position);
    weir_kv_status (*tenant_dropped)(weir_log *log, uint64_t tenant, uint64_t *position);
    /* Until position has that level. TIMEOUT, IO, NOSPACE. By whoever waits: one of them writes and syncs for all. */
    weir_kv_status (*wait)(weir_log *log, uint64_t position, weir_kv_level level, uint64_t deadline_ns);
    weir_kv_status (*fault)(const weir_log *log, weir_kv_error *error);
    void (*stats)(weir_log *log, weir_kv_stats *stats);
    /* Ends it. What was appended reaches the level OS. */
    weir_kv_status (*close)(weir_log *log);
} weir_log_ops;

/* First member of each kind of log. */
struct weir_log {
    const weir_log_ops *ops;
    weir_log_marks marks;
};

#endif
