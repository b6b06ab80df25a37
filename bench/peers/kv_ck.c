/* Concurrency Kit: ck_ht and ck_hs, hash tables for many readers and one writer, so writers take a mutex. Readers are in sections of
 * userspace RCU (memb), and what is replaced goes through call_rcu, the tables' own old arrays too. Both grow by themselves. */
#include <ck_hs.h>
#include <ck_ht.h>
#include <pthread.h>
#include <urcu/urcu-memb.h>

#include "bench/peers/kv_peer.h"

typedef struct item {
    struct rcu_head retired;
} item; /* a kv_record follows */

enum { SMALLEST = 64 };

static kv_record *record_of(item *i) { return (kv_record *)(i + 1); }
static item *item_of(kv_record *r) { return (item *)(void *)r - 1; }

typedef struct table {
    union {
        ck_hs_t hs;
        ck_ht_t ht;
    };
    WEIR_ALIGNED(WEIR_CACHE_LINE) pthread_mutex_t lock;
} table;

/* ---- memory: each block of the table's knows how it is retired */

typedef struct block {
    struct rcu_head retired;
    WEIR_ALIGNED(64) char at[];
} block;

static void *block_get(size_t bytes) {
    block *b = aligned_alloc(64, (sizeof *b + bytes + 63) / 64 * 64);
    return b ? b->at : NULL;
}
static void free_block(struct rcu_head *head) { free(caa_container_of(head, block, retired)); }
static void block_put(void *at, size_t bytes, bool defer) {
    block *b = caa_container_of(at, block, at);
    (void)bytes;
    if (defer) urcu_memb_call_rcu(&b->retired, free_block);
    else free(b);
}
static struct ck_malloc blocks = {.malloc = block_get, .free = block_put};

static void free_item(struct rcu_head *head) { free(caa_container_of(head, item, retired)); }
static void retire(kv_record *r) { urcu_memb_call_rcu(&item_of(r)->retired, free_item); }

static kv_record *record_new(const bench_kv_slot *k, const char *value) {
    item *i = kv_record_new(k, value, sizeof *i);
    return i ? record_of(i) : NULL;
}

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

static void *table_new(void) {
    table *t = aligned_alloc(WEIR_CACHE_LINE, sizeof *t);
    if (t) memset(t, 0, sizeof *t);
    if (t) pthread_mutex_init(&t->lock, NULL);
    return t;
}

/* ---- ck_hs: a set of records */

static unsigned long hs_hash(const void *record, unsigned long seed) {
    const kv_record *r = record;
    (void)seed;
    return kv_hash(r->key, r->size);
}
/* What is looked for is a slot of a trace, told from a record by the lowest bit of its address. */
static const void *wanted(const bench_kv_slot *k) { return (const char *)k + 1; }

static bool hs_same(const void *there, const void *other) {
    const kv_record *x = there, *y = other;
    if ((uintptr_t)other & 1) return kv_record_is(x, (const bench_kv_slot *)(const void *)((const char *)other - 1));
    return x->size == y->size && !memcmp(x->key, y->key, x->size);
}

static void *hs_open(const bench_kv_keys *k) {
    table *t = table_new();
    (void)k;
    if (t && ck_hs_init(&t->hs, CK_HS_MODE_SPMC | CK_HS_MODE_OBJECT, hs_hash, hs_same, &blocks, SMALLEST, 0)) return t;
    free(t);
    return NULL;
}

static inline bool hs_get(void *map, const bench_kv_slot *k, char *out) {
    table *t = map;
    urcu_memb_read_lock();
    const kv_record *r = ck_hs_get(&t->hs, kv_hash(k->key, k->size), wanted(k));
    if (r) memcpy(out, kv_record_value(r), BENCH_KV_VALUE);
    urcu_memb_read_unlock();
    return r != NULL;
}

static inline bool hs_set(void *map, const bench_kv_slot *k, const char *value) {
    table *t = map;
    void *old = NULL;
    kv_record *r = record_new(k, value);
    if (!r) return false;
    pthread_mutex_lock(&t->lock);
    bool done = ck_hs_set(&t->hs, kv_hash(k->key, k->size), r, &old);
    pthread_mutex_unlock(&t->lock);
    if (old) retire(old);
    return done;
}

static inline bool hs_del(void *map, const bench_kv_slot *k) {
    table *t = map;
    pthread_mutex_lock(&t->lock);
    kv_record *r = ck_hs_remove(&t->hs, kv_hash(k->key, k->size), wanted(k));
    pthread_mutex_unlock(&t->lock);
    if (r) retire(r);
    return r != NULL;
}

static void hs_close(void *map) {
    table *t = map;
    ck_hs_iterator_t at = CK_HS_ITERATOR_INITIALIZER;
    for (void *r; ck_hs_next(&t->hs, &at, &r);) free(item_of(r));
    urcu_memb_barrier();
    ck_hs_destroy(&t->hs);
    free(t);
}

/* ---- ck_ht: bytes to a pointer */

static void ht_hash(ck_ht_hash_t *h, const void *key, size_t size, uint64_t seed) {
    (void)seed;
    h->value = kv_hash(key, size);
}

static void *ht_open(const bench_kv_keys *k) {
    table *t = table_new();
    (void)k;
    if (t && ck_ht_init(&t->ht, CK_HT_MODE_BYTESTRING, ht_hash, &blocks, SMALLEST, 0)) return t;
    free(t);
    return NULL;
}

static inline bool ht_get(void *map, const bench_kv_slot *k, char *out) {
    table *t = map;
    ck_ht_hash_t h = {kv_hash(k->key, k->size)};
    ck_ht_entry_t e;
    ck_ht_entry_key_set(&e, k->key, k->size);
    urcu_memb_read_lock();
    bool found = ck_ht_get_spmc(&t->ht, h, &e);
    if (found) memcpy(out, kv_record_value(ck_ht_entry_value(&e)), BENCH_KV_VALUE);
    urcu_memb_read_unlock();
    return found;
}

static inline bool ht_set(void *map, const bench_kv_slot *k, const char *value) {
    table *t = map;
    ck_ht_hash_t h = {kv_hash(k->key, k->size)};
    ck_ht_entry_t e;
    kv_record *r = record_new(k, value);
    if (!r) return false;
    ck_ht_entry_set(&e, h, r->key, k->size, r);
    pthread_mutex_lock(&t->lock);
    bool done = ck_ht_set_spmc(&t->ht, h, &e);
    pthread_mutex_unlock(&t->lock);
    if (done && !ck_ht_entry_empty(&e)) retire(ck_ht_entry_value(&e)); /* what was there before */
    return done;
}

static inline bool ht_del(void *map, const bench_kv_slot *k) {
    table *t = map;
    ck_ht_hash_t h = {kv_hash(k->key, k->size)};
    ck_ht_entry_t e;
    ck_ht_entry_key_set(&e, k->key, k->size);
    pthread_mutex_lock(&t->lock);
    bool gone = ck_ht_remove_spmc(&t->ht, h, &e);
    pthread_mutex_unlock(&t->lock);
    if (gone) retire(ck_ht_entry_value(&e));
    return gone;
}

static void ht_close(void *map) {
    table *t = map;
    ck_ht_iterator_t at = CK_HT_ITERATOR_INITIALIZER;
    for (ck_ht_entry_t *e; ck_ht_next(&t->ht, &at, &e);) free(item_of(ck_ht_entry_value(e)));
    urcu_memb_barrier();
    ck_ht_destroy(&t->ht);
    free(t);
}

/* ---- rows */

#define WORKS(x)                                                                          \
    static void x##_put(bench_kv_worker *w) { bench_kv_puts(w, x##_set); }                \
    static void x##_gets(bench_kv_worker *w) { bench_kv_gets(w, x##_get); }               \
    static void x##_mixed(bench_kv_worker *w) { bench_kv_mixes(w, x##_get, x##_set); }    \
    static void x##_dels(bench_kv_worker *w) { bench_kv_dels(w, x##_del); }               \
    static void x##_paced(bench_kv_worker *w) { bench_kv_paces(w, x##_get); }             \
    static const bench_kv_store ck_##x = {.variant = "peer.ck_" #x,                       \
                                          .flags = BENCH_PEER,                            \
                                          .note = "unordered; writers take a mutex; RCU", \
                                          .open = x##_open,                               \
                                          .close = x##_close,                             \
                                          .enter = enter,                                 \
                                          .leave = leave,                                 \
                                          .settle = settle,                               \
                                          .put = x##_put,                                 \
                                          .get = x##_gets,                                \
                                          .mixed = x##_mixed,                             \
                                          .del = x##_dels,                                \
                                          .paced = x##_paced};                            \
    BENCH_KV_STORE(ck_##x, false)

WORKS(hs)
WORKS(ht)
