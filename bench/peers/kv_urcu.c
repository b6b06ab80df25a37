/* Userspace RCU: rculfhash, lock-free, in the flavour memb. Two rows: with as many buckets as keys from the start, and growing by
 * itself with AUTO_RESIZE and ACCOUNTING (without the second it grows by the length of chains, which ends in kilobytes a key). The
 * latter begins with a sixteenth of the buckets: from very few it can stop growing on a busy machine, and a load then takes minutes.
 * What a set replaces goes through call_rcu. The library's functions are called, not inlined. */
#include <urcu/urcu-memb.h>
#include <urcu/rculfhash.h>

#include "bench/peers/kv_peer.h"

typedef struct node {
    struct cds_lfht_node link;
    struct rcu_head retired;
} node; /* a kv_record follows */

static const kv_record *record_of(const node *n) { return (const kv_record *)(n + 1); }

static void *open_table(const bench_kv_keys *k, bool automatic) {
    unsigned long buckets = 16;
    while (buckets < k->keys) buckets *= 2;
    if (!automatic) return cds_lfht_new_flavor(buckets, buckets, buckets, 0, &urcu_memb_flavor, NULL);
    return cds_lfht_new_flavor(buckets / 16, buckets / 16, 0, CDS_LFHT_AUTO_RESIZE | CDS_LFHT_ACCOUNTING,
                               &urcu_memb_flavor, NULL);
}
static void *open_sized(const bench_kv_keys *k) { return open_table(k, false); }
static void *open_auto(const bench_kv_keys *k) { return open_table(k, true); }

static void *enter(void *map, unsigned index) {
    (void)index;
    urcu_memb_register_thread();
    return map;
}
static void leave(void *map) {
    (void)map;
    urcu_memb_unregister_thread();
}

static void settle(void *map) {
    (void)map;
    urcu_memb_barrier();
}

static int match(struct cds_lfht_node *n, const void *key) {
    const node *found = caa_container_of(n, node, link);
    return kv_record_is(record_of(found), key);
}

static node *find(struct cds_lfht *t, const bench_kv_slot *k, struct cds_lfht_iter *at) {
    cds_lfht_lookup(t, kv_hash(k->key, k->size), match, k, at);
    struct cds_lfht_node *n = cds_lfht_iter_get_node(at);
    return n ? caa_container_of(n, node, link) : NULL;
}

static inline bool get(void *t, const bench_kv_slot *k, char *out) {
    struct cds_lfht_iter at;
    urcu_memb_read_lock();
    const node *n = find(t, k, &at);
    if (n) memcpy(out, kv_record_value(record_of(n)), BENCH_KV_VALUE);
    urcu_memb_read_unlock();
    return n != NULL;
}

static void free_node(struct rcu_head *head) { free(caa_container_of(head, node, retired)); }
static void retire(node *n) { urcu_memb_call_rcu(&n->retired, free_node); }

static inline bool set(void *t, const bench_kv_slot *k, const char *value) {
    node *n = kv_record_new(k, value, sizeof *n);
    if (!n) return false;
    cds_lfht_node_init(&n->link);
    urcu_memb_read_lock();
    struct cds_lfht_node *old = cds_lfht_add_replace(t, kv_hash(k->key, k->size), match, k, &n->link);
    urcu_memb_read_unlock();
    if (old) retire(caa_container_of(old, node, link));
    return true;
}

static inline bool del(void *t, const bench_kv_slot *k) {
    struct cds_lfht_iter at;
    urcu_memb_read_lock();
    node *n = find(t, k, &at);
    bool gone = n && cds_lfht_del(t, &n->link) == 0;
    urcu_memb_read_unlock();
    if (gone) retire(n);
    return gone;
}

static void close_table(void *map) {
    struct cds_lfht_iter at;
    struct cds_lfht_node *n;
    enter(map, 0);
    urcu_memb_read_lock();
    cds_lfht_for_each(map, &at, n) if (cds_lfht_del(map, n) == 0) retire(caa_container_of(n, node, link));
    urcu_memb_read_unlock();
    leave(map);
    urcu_memb_barrier();
    cds_lfht_destroy(map, NULL);
}

BENCH_KV_WORKS(get, set, del)

#define STORE(variant_, note_, open_)                                                                            \
    {                                                                                                            \
        .variant = "peer." variant_, .flags = BENCH_PEER, .note = note_, .open = open_, .close = close_table,    \
        .enter = enter, .leave = leave, .settle = settle, .put = work_put, .get = work_get, .mixed = work_mixed, \
        .del = work_del, .paced = work_paced                                                                     \
    }

static const bench_kv_store lfht = STORE("lfht", "unordered; as many buckets as keys", open_sized);
static const bench_kv_store lfht_auto =
    STORE("lfht_auto", "unordered; grows by itself, from a sixteenth of the buckets", open_auto);
BENCH_KV_STORE(lfht, false)
BENCH_KV_STORE(lfht_auto, false)
