/* wal - a store of kind `wal` as it lies in its directory, to be looked at without opening it.
 *
 *   lock                who has it open
 *   log-POSITION        a piece of the log, from that position on; POSITION as 16 hexadecimal digits
 *   snapshot-POSITION   all there was at that position, and perhaps some of what came after; the log is read from there
 *   new-*               not finished when its writer died; removed by the next who opens
 *
 * A record is 24 bytes, numbers in the order of the machine, and then what happened, padded to a multiple of 8:
 *   CRC32C of all that follows, begun with the store's id; bytes of what happened; its own position; how far the log was synced when it
 *   was made. The last tells a torn tail from damage: records behind a bad place may only then be ignored when none of
 *   them knows that place to be synced.
 */
#ifndef WEIR_KV_WAL_H
#define WEIR_KV_WAL_H

#include "kv.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What happened to a store, one after the other. A status other than OK ends the telling and is its answer. Pointers are valid during
 * the call. The root, tenant 0, is never created: it is there. */
typedef struct weir_log_events {
    void *arg;
    weir_kv_status (*created)(void *arg, uint64_t tenant, weir_kv_bytes name, const weir_kv_quota *quota);
    weir_kv_status (*limited)(void *arg, uint64_t tenant, const weir_kv_quota *quota);
    weir_kv_status (*dropped)(void *arg, uint64_t tenant);
    weir_kv_status (*changed)(void *arg, uint64_t tenant, const weir_kv_op *op, size_t n); /* SET and DEL */
} weir_log_events;

typedef struct weir_wal_totals {
    uint64_t files, bytes;        /* read */
    uint64_t records, operations; /* told: of the snapshot and of the log behind it */
    uint64_t snapshot;            /* its position; 0: there is none */
    uint64_t position; /* the end of what is being told; of a snapshot, its position; in the end that of the log */
    uint64_t torn;     /* bytes behind the end that were never safe, and are not counted */
} weir_wal_totals;

/* Reads all of the store in o->path and checks every byte that counts; tells what is in it up to o->until, when that is given.
 * Writes nothing. *totals grows meanwhile. Answers as weir_kv_open does, by the first damage. */
weir_kv_status weir_wal_inspect(const weir_kv_options *o, const weir_log_events *to, weir_wal_totals *totals,
                                weir_kv_error *error);

#ifdef __cplusplus
}
#endif
#endif
