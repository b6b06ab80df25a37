/* What is in a store of kind lmdb, told as a log would: each tenant, and all its keys. See store.h. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "runtime/program/store.h"

typedef struct telling {
    const weir_log_events *to;
    weir_kv *kv;
    weir_wal_totals *totals;
    uint64_t tenant, keys, bytes; /* of the one that is told now */
    weir_kv_status st;
    weir_kv_error *error;
} telling;

static bool tell_key(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    telling *t = arg;
    weir_kv_op op = {.verb = WEIR_KV_SET, .key = key, .value = value};
    t->keys++;
    t->bytes += key.size + value.size;
    t->totals->records++;
    t->totals->operations++;
    t->totals->bytes += key.size + value.size;
    t->st = t->to->changed(t->to->arg, t->tenant, &op, 1);
    return t->st == WEIR_KV_OK;
}

static weir_kv_status tell_begin(telling *t, weir_kv_bytes name, const weir_kv_quota *quota) {
    if (t->tenant) return t->to->created(t->to->arg, t->tenant, name, quota);
    bool limited = quota->keys || quota->bytes;
    return limited ? t->to->limited(t->to->arg, 0, quota) : WEIR_KV_OK;
}

static void says(telling *t, const char *what) {
    t->error->status = t->st;
    snprintf(t->error->text, sizeof t->error->text, "tenant %" PRIu64 ": %s", t->tenant, what);
}

/* Its keys, and whether they are as many as it says. */
static void tell_all(telling *t, weir_kv_tenant *of, weir_kv_bytes name) {
    weir_kv_usage usage;
    t->keys = t->bytes = 0;
    t->st = weir_kv_tenant_usage(of, &usage);
    if (t->st == WEIR_KV_OK) t->st = tell_begin(t, name, &usage.quota);
    if (t->st != WEIR_KV_OK) return;
    weir_kv_status st = weir_kv_iterate(of, WEIR_KV_TEXT(""), 0, 0, tell_key, t);
    if (t->st != WEIR_KV_OK) return;
    t->st = st;
    if (st != WEIR_KV_OK) says(t, weir_kv_status_text(st));
    else if (t->keys != usage.keys || t->bytes != usage.bytes) {
        t->st = WEIR_KV_CORRUPT;
        says(t, "its count of keys and bytes is not that of its keys");
    }
}

static bool tell_tenant(void *arg, weir_kv_bytes name) {
    telling *t = arg;
    weir_kv_tenant *of;
    t->st = weir_kv_tenant_open(t->kv, name, &of);
    if (t->st != WEIR_KV_OK) return false;
    tell_all(t, of, name);
    weir_kv_tenant_close(of);
    t->tenant++;
    return t->st == WEIR_KV_OK;
}

weir_kv_status weir_lmdb_inspect(const weir_kv_options *o, const weir_log_events *to, weir_wal_totals *totals,
                                 weir_kv_error *error) {
    weir_kv_options read = *o;
    telling t = {.to = to, .totals = totals, .error = error};
    *totals = (weir_wal_totals){.files = 1};
    read.store = "lmdb";
    read.read_only = true;
    weir_kv_status st = weir_kv_open(&read, &t.kv, error);
    if (st != WEIR_KV_OK) return st;
    weir_kv_stats stats;
    weir_kv_stats_read(t.kv, &stats);
    totals->position = stats.position[WEIR_KV_MEMORY];
    st = weir_kv_tenants(t.kv, tell_tenant, &t);
    weir_kv_close(t.kv);
    return t.st != WEIR_KV_OK ? t.st : st;
}

bool weir_is_lmdb(const char *path) {
    char file[4096];
    struct stat s;
    int n = snprintf(file, sizeof file, "%s/data.mdb", path);
    return n > 0 && (size_t)n < sizeof file && stat(file, &s) == 0;
}
