/* kv.durable: our stores on a disk, through the public header: a set, or a batch, that returns when the disk has it. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/cases/kv_data.h"
#include "kv/kv.h"
#include "prims/variant.h"

static void *open_store(const char *name, const char *folder) {
    char path[4200];
    weir_kv *kv;
    weir_kv_error error;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    weir_kv_options o = {.store = name, .path = path, .level = WEIR_KV_DISK, .level_given = true};
    if (weir_kv_open(&o, &kv, &error) == WEIR_KV_OK) return kv;
    fprintf(stderr, "bench: %s: %s\n", name, error.text);
    return NULL;
}

static void *open_wal(const char *folder, unsigned threads) { return threads ? open_store("wal", folder) : NULL; }
static void *open_lmdb(const char *folder, unsigned threads) { return threads ? open_store("lmdb", folder) : NULL; }
static void close_store(void *kv) { weir_kv_close(kv); }

static void *enter(void *kv, unsigned index) {
    (void)index;
    weir_kv_idle_end();
    return kv;
}
static void leave(void *kv) {
    (void)kv;
    weir_kv_idle_begin();
}

static bool commit(void *kv, unsigned n, const bench_kv_slot *const *k, const char *value) {
    weir_kv_op op[BENCH_KV_BATCH_MAX];
    weir_kv_tenant *t = weir_kv_root(kv);
    for (unsigned i = 0; i < n; i++)
        op[i] = (weir_kv_op){.verb = WEIR_KV_SET,
                             .key = weir_kv_bytes_of(k[i]->key, k[i]->size),
                             .value = weir_kv_bytes_of(value, BENCH_KV_VALUE)};
    if (n == 1) return weir_kv_apply(t, op, NULL, NULL) == WEIR_KV_OK;
    return weir_kv_batch(t, op, n, NULL, NULL, NULL) == WEIR_KV_OK;
}

static bool get(void *kv, const bench_kv_slot *k, char *out) {
    size_t size;
    weir_kv_bytes key = weir_kv_bytes_of(k->key, k->size);
    return weir_kv_copy(weir_kv_root(kv), key, out, BENCH_KV_VALUE, &size) == WEIR_KV_OK && size == BENCH_KV_VALUE;
}

#define DISK(name, open_)                                                                                       \
    {                                                                                                           \
        .variant = name, .open = open_, .close = close_store, .enter = enter, .leave = leave, .commit = commit, \
        .get = get                                                                                              \
    }

static const bench_kv_disk wal = DISK("wal", open_wal);
static const bench_kv_disk lmdb = DISK("lmdb", open_lmdb);

static void *wal_make(const bench_params *p) { return bench_kv_disk_make(&wal, p); }
static void *lmdb_make(const bench_params *p) { return bench_kv_disk_make(&lmdb, p); }

/* The default of this case is the store that a program would choose for it. */
__attribute__((constructor)) static void register_rows(void) {
    static bench_row rows[2];
    bench_kv_disk_register(&wal, &rows[0], wal_make, true);
    bench_kv_disk_register(&lmdb, &rows[1], lmdb_make, false);
}
