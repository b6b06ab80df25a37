/* kv - the public functions: arguments are looked at, then the store does it. Reads of stores in memory are called by
 * name. */
#include "kv/kv.h"

#include <string.h>

#include "kv/io.h"
#include "kv/visible_p.h"

static const weir_store_ops *const stores[] = {
#include "kv_stores.inc"
};

const weir_store_ops *weir_store_find(const char *name) {
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++)
        if (strcmp(stores[i]->name, name) == 0) return stores[i];
    return NULL;
}

/* -- stores -------------------------------------------------------------------------------------------------------- */

static const size_t VALUE_MAX_MOST = (size_t)1 << 30;

static weir_kv_options whole(const weir_kv_options *given) {
    weir_kv_options o = {0};
    if (given) o = *given;
    if (!o.variant) o.variant = WEIR_STRING(WEIR_KV);
    if (!o.store) o.store = WEIR_STRING(WEIR_STORE);
    if (!o.value_max) o.value_max = 16 << 20;
    if (!o.retired_max) o.retired_max = 8 << 20;
    if (!o.full_after_ns) o.full_after_ns = 1000000000;
    if (!o.log_bytes) o.log_bytes = 256 << 20;
    if (!o.io) o.io = &weir_kv_io_system;
    if (!o.level_given) o.level = strcmp(o.store, "memory") == 0 ? WEIR_KV_MEMORY : WEIR_KV_DISK;
    return o;
}

static weir_kv_status bad(weir_kv_error *error, const char *what, const char *name) {
    return weir_kv_fail(error, WEIR_KV_BAD, 0, 0, "%s%s%s%s", what, name ? " '" : "", name ? name : "",
                        name ? "'" : "");
}

weir_kv_status weir_kv_open(const weir_kv_options *given, weir_kv **kv, weir_kv_error *error) {
    weir_kv_options o = whole(given);
    const weir_store_ops *store = weir_store_find(o.store);
    if (!store && strcmp(o.store, "lmdb") == 0)
        return weir_kv_fail(error, WEIR_KV_NOTSUP, 0, 0, "built without store lmdb: it needs liblmdb (liblmdb-dev)");
    if (!store) return bad(error, "there are stores memory, wal and lmdb, and none of the name", o.store);
    if (!weir_map_find(o.variant))
        return bad(error, "there are variants art, hash and lock, and none of the name", o.variant);
    if (o.value_max > VALUE_MAX_MOST) return bad(error, "value_max is more than 1 GiB", NULL);
    if ((unsigned)o.level > WEIR_KV_DISK) return bad(error, "no such level", NULL);
    if (store != &weir_store_memory && !(o.path && *o.path))
        return bad(error, "a path is needed by the store", o.store);
    return store->open(&o, kv, error);
}

weir_kv_status weir_kv_close(weir_kv *kv) {
    assert(!weir_rcu_inside());
    return kv ? kv->ops->close(kv) : WEIR_KV_OK;
}

const char *weir_kv_variant(const weir_kv *kv) { return kv->ops->variant(kv); }
const char *weir_kv_store(const weir_kv *kv) { return kv->ops->name; }
weir_kv_status weir_kv_fault(const weir_kv *kv, weir_kv_error *error) { return kv->ops->fault(kv, error); }

void weir_kv_stats_read(weir_kv *kv, weir_kv_stats *stats) {
    memset(stats, 0, sizeof *stats);
    kv->ops->stats(kv, stats);
}

/* -- tenants ------------------------------------------------------------------------------------------------------- */

weir_kv_tenant *weir_kv_root(weir_kv *kv) { return kv->ops->root(kv); }

static const weir_kv_quota no_quota = {0, 0};

weir_kv_status weir_kv_tenant_create(weir_kv *kv, weir_kv_bytes name, const weir_kv_quota *quota, weir_kv_tenant **t) {
    assert(!weir_rcu_inside());
    if (name.size > WEIR_KV_NAME_MAX) return WEIR_KV_KEY_LONG;
    if (name.size == 0) return WEIR_KV_PRESENT;
    if (kv->options.read_only) return WEIR_KV_READONLY;
    return kv->ops->tenant_create(kv, name, quota ? quota : &no_quota, t);
}

weir_kv_status weir_kv_tenant_open(weir_kv *kv, weir_kv_bytes name, weir_kv_tenant **t) {
    assert(!weir_rcu_inside());
    return name.size > WEIR_KV_NAME_MAX ? WEIR_KV_ABSENT : kv->ops->tenant_open(kv, name, t);
}

void weir_kv_tenant_close(weir_kv_tenant *t) {
    if (t) t->kv->ops->tenant_close(t);
}

weir_kv_status weir_kv_tenant_drop(weir_kv *kv, weir_kv_bytes name) {
    assert(!weir_rcu_inside());
    if (name.size == 0) return WEIR_KV_BAD;
    if (name.size > WEIR_KV_NAME_MAX) return WEIR_KV_ABSENT;
    return kv->options.read_only ? WEIR_KV_READONLY : kv->ops->tenant_drop(kv, name);
}

weir_kv_status weir_kv_tenants(weir_kv *kv, bool (*each)(void *arg, weir_kv_bytes name), void *arg) {
    assert(!weir_rcu_inside());
    return kv->ops->tenants(kv, each, arg);
}

weir_kv_status weir_kv_tenant_limit(weir_kv_tenant *t, const weir_kv_quota *quota) {
    assert(!weir_rcu_inside());
    return t->kv->options.read_only ? WEIR_KV_READONLY : t->kv->ops->tenant_limit(t, quota ? quota : &no_quota);
}

weir_kv_status weir_kv_tenant_usage(weir_kv_tenant *t, weir_kv_usage *usage) {
    assert(!weir_rcu_inside());
    return t->kv->ops->tenant_usage(t, usage);
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

void weir_kv_read_begin(weir_kv *kv) {
    if (WEIR_LIKELY(kv->resident)) weir_rcu_begin();
    else kv->ops->read_begin(kv);
}

void weir_kv_read_end(weir_kv *kv) {
    if (WEIR_LIKELY(kv->resident)) weir_rcu_end();
    else kv->ops->read_end(kv);
}

void weir_kv_idle_begin(void) { weir_rcu_offline(); }
void weir_kv_idle_end(void) { weir_rcu_online(); }

weir_kv_status weir_kv_get(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes *value) {
    if (WEIR_UNLIKELY(key.size > WEIR_KV_KEY_MAX)) return WEIR_KV_KEY_LONG;
    assert(weir_rcu_inside());
    if (WEIR_UNLIKELY(!t->map)) return t->kv->ops->get(t, key, value);
    return weir_tree_read((const weir_tree *)t, key, value);
}

weir_kv_status weir_kv_multiget(weir_kv_tenant *t, size_t n, const weir_kv_bytes *key, weir_kv_bytes *value,
                                size_t *found) {
    for (size_t i = 0; i < n; i++)
        if (key[i].size > WEIR_KV_KEY_MAX) return WEIR_KV_KEY_LONG;
    assert(weir_rcu_inside());
    return t->kv->ops->multiget(t, n, key, value, found);
}

weir_kv_status weir_kv_take(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_value **value) {
    return key.size > WEIR_KV_KEY_MAX ? WEIR_KV_KEY_LONG : t->kv->ops->take(t, key, value);
}

weir_kv_bytes weir_kv_value_bytes(const weir_kv_value *value) {
    return weir_record_value_bytes((const weir_record *)value);
}

weir_kv_value *weir_kv_value_retain(weir_kv_value *value) {
    weir_record_retain((weir_record *)value);
    return value;
}

void weir_kv_value_release(weir_kv *kv, weir_kv_value *value) {
    if (value) kv->ops->value_release(kv, value);
}

weir_kv_status weir_kv_copy(weir_kv_tenant *t, weir_kv_bytes key, void *to, size_t room, size_t *size) {
    weir_kv_bytes value;
    weir_kv_read_begin(t->kv);
    weir_kv_status st = weir_kv_get(t, key, &value);
    if (st == WEIR_KV_OK) {
        size_t n = value.size < room ? value.size : room;
        if (n) memcpy(to, value.at, n);
        *size = value.size;
    }
    weir_kv_read_end(t->kv);
    return st;
}

weir_kv_status weir_kv_exists(weir_kv_tenant *t, weir_kv_bytes key) {
    weir_kv_bytes value;
    weir_kv_read_begin(t->kv);
    weir_kv_status st = weir_kv_get(t, key, &value);
    weir_kv_read_end(t->kv);
    return st;
}

static bool range_fits(const weir_kv_range *range) {
    return range->prefix.size <= WEIR_KV_KEY_MAX && !(range->after && range->after->size > WEIR_KV_KEY_MAX);
}

weir_kv_status weir_kv_scan(weir_kv_tenant *t, const weir_kv_range *range, weir_kv_pair *pair, size_t n, size_t *got) {
    *got = 0;
    assert(weir_rcu_inside());
    return range_fits(range) ? t->kv->ops->scan(t, range, pair, n, got) : WEIR_KV_KEY_LONG;
}

weir_kv_status weir_kv_iterate(weir_kv_tenant *t, weir_kv_bytes prefix, uint64_t offset, uint64_t limit,
                               weir_kv_each *each, void *arg) {
    assert(!weir_rcu_inside());
    return prefix.size > WEIR_KV_KEY_MAX ? WEIR_KV_KEY_LONG : t->kv->ops->iterate(t, prefix, offset, limit, each, arg);
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

static weir_kv_status check(const weir_kv *kv, const weir_kv_op *op) {
    if ((unsigned)op->verb > WEIR_KV_CAS) return WEIR_KV_BAD;
    if (op->key.size > WEIR_KV_KEY_MAX) return WEIR_KV_KEY_LONG;
    if (op->verb != WEIR_KV_DEL && op->value.size > kv->options.value_max) return WEIR_KV_VALUE_LONG;
    return WEIR_KV_OK;
}

/* One by itself goes the same way, but the compiler knows what is NULL. */
static inline weir_kv_status write_all(weir_kv_tenant *t, weir_kv_op *op, size_t n, const weir_kv_write *how,
                                       uint64_t *position, size_t *failed) {
    const weir_kv *kv = t->kv;
    weir_kv_write as_options = {.level = kv->options.level};
    uint64_t nowhere;
    size_t first;
    assert(!weir_rcu_inside());
    if (!how) how = &as_options;
    if (!position) position = &nowhere;
    if (!failed) failed = &first;
    *position = *failed = 0;
    if ((unsigned)how->level > WEIR_KV_DISK) return WEIR_KV_BAD;
    for (size_t i = 0; i < n; i++)
        if ((op[i].status = check(kv, &op[i])) != WEIR_KV_OK) return *failed = i, op[i].status;
    if (kv->options.read_only) return WEIR_KV_READONLY;
    return n ? kv->ops->write(t, op, n, how, position, failed) : WEIR_KV_OK;
}

weir_kv_status weir_kv_batch(weir_kv_tenant *t, weir_kv_op *op, size_t n, const weir_kv_write *how, uint64_t *position,
                             size_t *failed) {
    return write_all(t, op, n, how, position, failed);
}

weir_kv_status weir_kv_apply(weir_kv_tenant *t, weir_kv_op *op, const weir_kv_write *how, uint64_t *position) {
    return op->status = write_all(t, op, 1, how, position, NULL);
}

static weir_kv_status write_one(weir_kv_tenant *t, weir_kv_op *op) { return write_all(t, op, 1, NULL, NULL, NULL); }

weir_kv_status weir_kv_set(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes value) {
    weir_kv_op op = {.verb = WEIR_KV_SET, .key = key, .value = value};
    return write_one(t, &op);
}

weir_kv_status weir_kv_del(weir_kv_tenant *t, weir_kv_bytes key) {
    weir_kv_op op = {.verb = WEIR_KV_DEL, .key = key};
    return write_one(t, &op);
}

weir_kv_status weir_kv_snx(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes value) {
    weir_kv_op op = {.verb = WEIR_KV_SNX, .key = key, .value = value};
    return write_one(t, &op);
}

weir_kv_status weir_kv_cas(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes expected, weir_kv_bytes value) {
    weir_kv_op op = {.verb = WEIR_KV_CAS, .key = key, .value = value, .expected = expected};
    return write_one(t, &op);
}

weir_kv_status weir_kv_wait(weir_kv *kv, uint64_t position, weir_kv_level level, uint64_t deadline_ns) {
    assert(!weir_rcu_inside());
    return (unsigned)level > WEIR_KV_DISK ? WEIR_KV_BAD : kv->ops->wait(kv, position, level, deadline_ns);
}

weir_kv_status weir_kv_sync(weir_kv *kv, weir_kv_level level) {
    assert(!weir_rcu_inside());
    return (unsigned)level > WEIR_KV_DISK ? WEIR_KV_BAD : kv->ops->sync(kv, level);
}

weir_kv_status weir_kv_compact(weir_kv *kv) {
    assert(!weir_rcu_inside());
    return kv->options.read_only ? WEIR_KV_READONLY : kv->ops->compact(kv);
}

/* -- snapshots and watches ----------------------------------------------------------------------------------------- */

weir_kv_status weir_kv_snapshot_open(weir_kv_tenant *t, weir_kv_snapshot **s) {
    assert(!weir_rcu_inside());
    return t->kv->ops->snapshot_open(t, s);
}

void weir_kv_snapshot_close(weir_kv_snapshot *s) {
    assert(!weir_rcu_inside());
    if (s) s->kv->ops->snapshot_close(s);
}

weir_kv_status weir_kv_snapshot_get(weir_kv_snapshot *s, weir_kv_bytes key, weir_kv_bytes *value) {
    return key.size > WEIR_KV_KEY_MAX ? WEIR_KV_KEY_LONG : s->kv->ops->snapshot_get(s, key, value);
}

weir_kv_status weir_kv_snapshot_scan(weir_kv_snapshot *s, const weir_kv_range *range, weir_kv_pair *pair, size_t n,
                                     size_t *got) {
    *got = 0;
    return range_fits(range) ? s->kv->ops->snapshot_scan(s, range, pair, n, got) : WEIR_KV_KEY_LONG;
}

static const size_t WATCH_MOST = (size_t)1 << 20;

weir_kv_status weir_kv_watch_open(weir_kv_tenant *t, weir_kv_bytes prefix, size_t capacity, weir_kv_watch **w) {
    assert(!weir_rcu_inside());
    if (prefix.size > WEIR_KV_KEY_MAX) return WEIR_KV_KEY_LONG;
    if (capacity == 0 || capacity > WATCH_MOST) return WEIR_KV_BAD;
    return t->kv->ops->watch_open(t, prefix, capacity, w);
}

void weir_kv_watch_close(weir_kv_watch *w) {
    assert(!weir_rcu_inside());
    if (w) w->kv->ops->watch_close(w);
}

weir_kv_status weir_kv_watch_next(weir_kv_watch *w, uint64_t deadline_ns, weir_kv_event *event) {
    assert(!weir_rcu_inside());
    return w->kv->ops->watch_next(w, deadline_ns, event);
}
