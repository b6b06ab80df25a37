/* kv_p - a store from inside: what kv.c dispatches on. Private to kv.
 *
 *   kv.c          public functions: arguments checked, then the store's own
 *   resident.c    stores whose maps lie in memory (memory, wal): visibility, levels, quotas, batches over weir_map_ops
 *   store/lmdb.c  the store that does not */
#ifndef WEIR_KV_KV_P_H
#define WEIR_KV_KV_P_H

#include "kv/kv.h"

/* What a store must supply; see kv.h for what each promises. Arguments have been checked. */
typedef struct weir_store_ops {
    const char *name;
    weir_kv_status (*open)(const weir_kv_options *o, weir_kv **kv,
                           weir_kv_error *error); /* o is whole: defaults filled in */
    weir_kv_status (*close)(weir_kv *kv);
    weir_kv_status (*fault)(const weir_kv *kv, weir_kv_error *error);
    const char *(*variant)(const weir_kv *kv);

    weir_kv_tenant *(*root)(weir_kv *kv);
    weir_kv_status (*tenant_create)(weir_kv *kv, weir_kv_bytes name, const weir_kv_quota *quota, weir_kv_tenant **t);
    weir_kv_status (*tenant_open)(weir_kv *kv, weir_kv_bytes name, weir_kv_tenant **t);
    void (*tenant_close)(weir_kv_tenant *t);
    weir_kv_status (*tenant_drop)(weir_kv *kv, weir_kv_bytes name);
    weir_kv_status (*tenants)(weir_kv *kv, bool (*each)(void *arg, weir_kv_bytes name), void *arg);
    weir_kv_status (*tenant_limit)(weir_kv_tenant *t, const weir_kv_quota *quota);
    weir_kv_status (*tenant_usage)(weir_kv_tenant *t, weir_kv_usage *usage);

    void (*read_begin)(weir_kv *kv);
    void (*read_end)(weir_kv *kv);
    weir_kv_status (*get)(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes *value);
    weir_kv_status (*multiget)(weir_kv_tenant *t, size_t n, const weir_kv_bytes *key, weir_kv_bytes *value,
                               size_t *found);
    /* The value is a weir_record of weir_kv's own memory (kv/record_p.h), whatever the store. */
    weir_kv_status (*take)(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_value **value);
    void (*value_release)(weir_kv *kv, weir_kv_value *value);
    weir_kv_status (*scan)(weir_kv_tenant *t, const weir_kv_range *range, weir_kv_pair *pair, size_t n, size_t *got);
    weir_kv_status (*iterate)(weir_kv_tenant *t, weir_kv_bytes prefix, uint64_t offset, uint64_t limit,
                              weir_kv_each *each, void *arg);

    /* n > 1: a batch. Levels: not above what the store has. */
    weir_kv_status (*write)(weir_kv_tenant *t, weir_kv_op *op, size_t n, const weir_kv_write *how, uint64_t *position,
                            size_t *failed);
    weir_kv_status (*wait)(weir_kv *kv, uint64_t position, weir_kv_level level, uint64_t deadline_ns);
    weir_kv_status (*sync)(weir_kv *kv, weir_kv_level level);
    weir_kv_status (*compact)(weir_kv *kv);

    weir_kv_status (*snapshot_open)(weir_kv_tenant *t, weir_kv_snapshot **s);
    void (*snapshot_close)(weir_kv_snapshot *s);
    weir_kv_status (*snapshot_get)(weir_kv_snapshot *s, weir_kv_bytes key, weir_kv_bytes *value);
    weir_kv_status (*snapshot_scan)(weir_kv_snapshot *s, const weir_kv_range *range, weir_kv_pair *pair, size_t n,
                                    size_t *got);

    weir_kv_status (*watch_open)(weir_kv_tenant *t, weir_kv_bytes prefix, size_t capacity, weir_kv_watch **w);
    void (*watch_close)(weir_kv_watch *w);
    weir_kv_status (*watch_next)(weir_kv_watch *w, uint64_t deadline_ns, weir_kv_event *event);

    void (*stats)(weir_kv *kv, weir_kv_stats *stats);
} weir_store_ops;

/* First member of each store, tenant, snapshot, watch and value of a store's own. */
struct weir_kv {
    const weir_store_ops *ops;
    weir_kv_options options; /* whole */
    bool resident;           /* it is a weir_resident, and its tenants are weir_trees: kv.c knows its reads by name */
};
struct weir_kv_tenant {
    weir_kv *kv;
    const struct weir_map_ops *map; /* of a weir_tree; NULL in stores that are not in memory */
};
struct weir_kv_snapshot {
    weir_kv *kv;
};
struct weir_kv_watch {
    weir_kv *kv;
};

const weir_store_ops *weir_store_find(const char *name); /* NULL: none */
extern const weir_store_ops weir_store_memory, weir_store_wal, weir_store_lmdb;

/* Fills *error (when not NULL) and answers its status. */
weir_kv_status weir_kv_fail(weir_kv_error *error, weir_kv_status status, int system, uint64_t offset,
                            const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
