/* kv.*: our store in memory, each of its variants, through the public header alone. Beside the default: .huge - with huge pages for
 * keys and nodes; .snap - kv.mixed with a snapshot always open, a new one every 100 ms. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/cases/kv_data.h"
#include "kv/kv.h"
#include "prims/variant.h"

#define VARIANT WEIR_STRING(WEIR_KV)

typedef struct map {
    weir_kv *kv;
    uint32_t tenants;
    weir_kv_tenant *tenant[]; /* by number; one: the root */
} map;

static void close_map(void *object) {
    map *m = object;
    for (uint32_t i = 0; m->tenants > 1 && i < m->tenants; i++) weir_kv_tenant_close(m->tenant[i]);
    weir_kv_close(m->kv);
    free(m);
}

static bool open_tenants(map *m) {
    m->tenant[0] = weir_kv_root(m->kv);
    for (uint32_t i = 0; m->tenants > 1 && i < m->tenants; i++) {
        char name[16];
        size_t size = (size_t)snprintf(name, sizeof name, "%u", i);
        m->tenant[i] = NULL;
        if (weir_kv_tenant_create(m->kv, weir_kv_bytes_of(name, size), NULL, &m->tenant[i]) != WEIR_KV_OK) return false;
    }
    return true;
}

static void *open_with(const bench_kv_keys *k, bool huge_pages) {
    map *m = calloc(1, sizeof *m + k->tenants * sizeof *m->tenant);
    weir_kv_options o = {.variant = VARIANT, .store = "memory", .huge_pages = huge_pages};
    if (!m) return NULL;
    m->tenants = k->tenants;
    if (weir_kv_open(&o, &m->kv, NULL) != WEIR_KV_OK) {
        free(m);
        return NULL;
    }
    if (open_tenants(m)) return m;
    close_map(m);
    return NULL;
}

static void *open_map(const bench_kv_keys *k) { return open_with(k, false); }

static void *enter(void *object, unsigned index) {
    (void)index;
    weir_kv_idle_end();
    return object;
}

static void leave(void *object) {
    (void)object;
    weir_kv_idle_begin();
}

static double accounted(void *object) {
    weir_kv_stats s;
    weir_kv_stats_read(((map *)object)->kv, &s);
    return (double)s.memory;
}

static inline weir_kv_bytes key_of(const bench_kv_slot *k) {
    return weir_kv_bytes_of(k->key + k->prefix, (size_t)(k->size - k->prefix));
}
static inline weir_kv_tenant *tenant_of(const map *m, const bench_kv_slot *k) { return m->tenant[k->tenant]; }

static inline bool get(void *object, const bench_kv_slot *k, char *out) {
    map *m = object;
    weir_kv_bytes value;
    weir_kv_read_begin(m->kv);
    bool found = weir_kv_get(tenant_of(m, k), key_of(k), &value) == WEIR_KV_OK && value.size == BENCH_KV_VALUE;
    if (found) memcpy(out, value.at, BENCH_KV_VALUE);
    weir_kv_read_end(m->kv);
    return found;
}

static inline bool set(void *object, const bench_kv_slot *k, const char *value) {
    return weir_kv_set(tenant_of(object, k), key_of(k), weir_kv_bytes_of(value, BENCH_KV_VALUE)) == WEIR_KV_OK;
}

static inline bool del(void *object, const bench_kv_slot *k) {
    return weir_kv_del(tenant_of(object, k), key_of(k)) == WEIR_KV_OK;
}

static inline bool multiget(void *object, unsigned n, const bench_kv_slot *const *k, char (*out)[BENCH_KV_VALUE]) {
    map *m = object;
    weir_kv_bytes key[BENCH_KV_BATCH_MAX], value[BENCH_KV_BATCH_MAX];
    size_t found;
    for (unsigned i = 0; i < n; i++) key[i] = key_of(k[i]);
    weir_kv_read_begin(m->kv);
    bool all = weir_kv_multiget(m->tenant[0], n, key, value, &found) == WEIR_KV_OK && found == n;
    for (unsigned i = 0; all && i < n; i++) memcpy(out[i], value[i].at, BENCH_KV_VALUE);
    weir_kv_read_end(m->kv);
    return all;
}

static inline unsigned scan(void *object, const bench_kv_slot *k, unsigned prefix, unsigned n, uint64_t *sum) {
    map *m = object;
    weir_kv_pair pair[BENCH_KV_BATCH_MAX];
    weir_kv_range range = {.prefix = {k->key, prefix}};
    size_t got = 0;
    weir_kv_read_begin(m->kv);
    if (weir_kv_scan(m->tenant[0], &range, pair, n, &got) != WEIR_KV_OK) got = 0;
    for (size_t i = 0; i < got; i++) {
        uint64_t word;
        memcpy(&word, pair[i].value.at, sizeof word);
        *sum += word;
    }
    weir_kv_read_end(m->kv);
    return (unsigned)got;
}

BENCH_KV_WORKS(get, set, del)
static void work_multiget(bench_kv_worker *w) { bench_kv_multigets(w, multiget); }
static void work_scan(bench_kv_worker *w) { bench_kv_scans(w, scan); }

/* An insert into a sorted array moves half of it, and a hash table is sorted anew for each scan. */
static bool can(const bench_params *p) { return strcmp(VARIANT, "lock") != 0 || p->keys <= 65536; }

#define COMMON .close = close_map, .enter = enter, .leave = leave, .accounted = accounted, .put = work_put

static const bench_kv_store plain = {.variant = VARIANT,
                                     .open = open_map,
                                     .can = can,
                                     .get = work_get,
                                     .mixed = work_mixed,
                                     .multiget = work_multiget,
                                     .scan = work_scan,
                                     .del = work_del,
                                     .paced = work_paced,
                                     COMMON};
BENCH_KV_STORE(plain, WEIR_CHOSEN)

#if WEIR_CHOSEN

static const uint64_t snapshot_ns = 100000000;

static void *open_huge(const bench_kv_keys *k) { return open_with(k, true); }

/* The first thread sees to the snapshot. */
static void work_snap(bench_kv_worker *w) {
    const map *m = w->session;
    weir_kv_snapshot *open = NULL;
    uint64_t due = w->index ? UINT64_MAX : 0;
    do {
        uint64_t now = weir_now_ns();
        if (now >= due) {
            if (open) weir_kv_snapshot_close(open);
            open = NULL;
            w->wrong += weir_kv_snapshot_open(m->tenant[0], &open) != WEIR_KV_OK;
            due = now + snapshot_ns;
        }
        bench_kv_mix(w, get, set);
    } while (!weir_a32_load(w->stop));
    if (open) weir_kv_snapshot_close(open);
}

static bool can_snap(const bench_params *p) { return can(p) && p->tenants == 1 && strcmp(VARIANT, "hash") != 0; }

static const bench_kv_store huge = {.variant = VARIANT ".huge",
                                    .note = "huge pages",
                                    .open = open_huge,
                                    .can = can,
                                    .get = work_get,
                                    .mixed = work_mixed,
                                    COMMON};
static const bench_kv_store snap = {.variant = VARIANT ".snap",
                                    .note = "a snapshot is open, a new one every 100 ms",
                                    .open = open_map,
                                    .can = can_snap,
                                    .mixed = work_snap,
                                    COMMON};
BENCH_KV_STORE(huge, false)
BENCH_KV_STORE(snap, false)

#endif
