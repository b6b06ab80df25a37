/* kv.hash - records in a hash table; readers change nothing and wait for nobody, writers lock one bucket. Tables and resizing:
 * kv/kv/hash_p.h, hash_resize.c; walking in order: hash_scan.c. */
#include <sys/random.h>

#include "kv/kv/hash_p.h"
#include "kv/rcu.h"

enum { AHEAD = 16 }; /* keys that find_n works at in lock step */
enum { FULL = 4 };   /* keys a bucket, on average: one in nine buckets has a chain then */

static weir_kv_status init(void *map_, weir_mem *mem, weir_reclaim *reclaim) {
    map *m = map_;
    memset(m, 0, sizeof *m);
    m->mem = mem;
    m->reclaim = reclaim;
    if (getrandom(&m->seed, sizeof m->seed, GRND_NONBLOCK) < 0) m->seed = (uintptr_t)m ^ weir_now_ns();
    table *t = hash_table_new(mem, BUCKETS_MIN);
    weir_aptr_store(&m->table, t);
    return t ? WEIR_KV_OK : WEIR_KV_NOMEM;
}

static void drop_all(const table *t, void (*drop)(void *arg, weir_record *r), void *arg) {
    for (uint64_t i = 0; i < t->n; i++) {
        if (weir_a32_load(&t->at[i].moved)) continue;
        for (bucket *b = &t->at[i]; b; b = weir_aptr_load(&b->more))
            for (int s = 0; s < SLOTS; s++)
                if (weir_a64_load(&b->slot[s])) drop(arg, hash_record(weir_a64_load(&b->slot[s])));
    }
}

static void destroy(void *map_, void (*drop)(void *arg, weir_record *r), void *arg) {
    map *m = map_;
    for (table *t = weir_aptr_load(&m->table), *next; t; t = next) {
        next = weir_aptr_load(&t->next);
        if (drop) drop_all(t, drop, arg);
        hash_table_free(m->mem, t, 0);
    }
}

/* -- finding ------------------------------------------------------------------------------------------------------ */

static inline weir_record *look_in(const bucket *b, uint64_t hash, const void *key, size_t size) {
    uint64_t tag = hash_tag(hash);
    do
        for (int i = 0; i < SLOTS; i++) {
            uint64_t slot = weir_a64_load_acquire(&b->slot[i]); /* H1 */
            if (slot >> TAG_SHIFT != tag) continue;
            weir_record *r = hash_record(slot);
            if (WEIR_LIKELY(r->key_size == size && weir_bytes_equal(r->bytes, key, size))) return r;
        }
    while (WEIR_UNLIKELY((b = weir_aptr_load_acquire(&b->more)) != NULL)); /* H1 */
    return NULL;
}

weir_record *weir_map_hash_find(const void *map_, const void *key, size_t size) {
    const map *m = map_;
    uint64_t hash = weir_hash(key, size, m->seed);
    const table *t = weir_aptr_load_acquire(&m->table); /* H1 */
    return look_in(hash_current(&t, hash), hash, key, size);
}

/* The lines of the record that this bucket may hold: its head and a short key. */
static inline void prefetch_record(const bucket *b, uint64_t hash) {
    for (int i = 0; i < SLOTS; i++) {
        uint64_t slot = weir_a64_load(&b->slot[i]);
        if (slot >> TAG_SHIFT == hash_tag(hash)) {
            __builtin_prefetch(hash_record(slot));
            __builtin_prefetch((char *)hash_record(slot) + 64);
        }
    }
}

static void find_few(const map *m, size_t n, const weir_kv_bytes *key, weir_record **found) {
    uint64_t hash[AHEAD];
    const bucket *b[AHEAD];
    const table *t = weir_aptr_load_acquire(&m->table); /* H1 */
    for (size_t i = 0; i < n; i++) {
        hash[i] = weir_hash(key[i].at, key[i].size, m->seed);
        __builtin_prefetch(hash_bucket(t, hash[i]));
    }
    for (size_t i = 0; i < n; i++) {
        const table *of = t;
        prefetch_record(b[i] = hash_current(&of, hash[i]), hash[i]);
    }
    for (size_t i = 0; i < n; i++) found[i] = look_in(b[i], hash[i], key[i].at, key[i].size);
}

static void find_n(const void *map_, size_t n, const weir_kv_bytes *key, weir_record **found) {
    for (size_t i = 0; i < n; i += AHEAD) find_few(map_, n - i < AHEAD ? n - i : AHEAD, key + i, found + i);
}

/* -- editing ------------------------------------------------------------------------------------------------------ */

/* The slot of this key, or the first that is empty, or NULL. Under the bucket's lock. */
static weir_a64 *place_of(bucket *b, uint64_t hash, const weir_edit *e, weir_record **now) {
    weir_a64 *empty = NULL;
    for (; b; b = weir_aptr_load(&b->more))
        for (int i = 0; i < SLOTS; i++) {
            uint64_t slot = weir_a64_load(&b->slot[i]);
            if (!slot && !empty) empty = &b->slot[i];
            if (slot >> TAG_SHIFT != hash_tag(hash) || !weir_record_is(hash_record(slot), e->key, e->size)) continue;
            *now = hash_record(slot);
            return &b->slot[i];
        }
    *now = NULL;
    return empty;
}

static void resize(map *m, const table *t, bool full) {
    if (weir_aptr_load(&t->next)) return;
    uint64_t keys = hash_count(m);
    if (full && keys > t->n * FULL) hash_want(m, t, 2 * t->n);
    if (!full && t->n > BUCKETS_MIN && keys < t->n / 2) hash_want(m, t, t->n / 2);
}

static bool is_empty(const bucket *b) {
    uint64_t any = 0;
    for (int i = 0; i < SLOTS; i++) any |= weir_a64_load(&b->slot[i]);
    return !any;
}

static void obey(map *m, weir_edit *e, uint64_t hash, weir_a64 *place, weir_record *now) {
    weir_edit_action action = e->decide(e, now);
    if (action == WEIR_EDIT_KEEP) return;
    weir_a64_store_release(place, action == WEIR_EDIT_PUT ? hash_slot(hash, e->fresh) : 0); /* H1 */
    weir_a64 *count = &m->count[weir_lane()].n;
    if (action == WEIR_EDIT_REMOVE) weir_a64_sub(count, 1);
    else if (!now) weir_a64_add(count, 1);
}

static weir_kv_status edit(void *map_, weir_edit *e) {
    map *m = map_;
    uint64_t hash = weir_hash(e->key, e->size, m->seed);
    weir_kv_status status = WEIR_KV_OK;
    weir_record *now;
    if (!weir_edit_made(e)) return WEIR_KV_NOMEM;
    weir_rcu_begin();
    hash_move(m);
    const table *t = weir_aptr_load_acquire(&m->table); /* H1 */
    bucket *b = hash_lock(&t, hash);
    weir_a64 *place = place_of(b, hash, e, &now);
    bool full = !place && e->fresh;
    if (full) {
        bucket *more = hash_bucket_new(m);
        if (more) place = hash_chain(b, more)->slot;
        else status = WEIR_KV_NOMEM;
    }
    if (status == WEIR_KV_OK) obey(m, e, hash, place, now);
    bool empty = now && is_empty(b);
    hash_unlock(b);
    if (full || empty) resize(m, t, full);
    weir_rcu_end();
    return status;
}

/* -- the rest ----------------------------------------------------------------------------------------------------- */

static weir_kv_status scan(const void *map_, const weir_map_root *root, const weir_map_range *range,
                           weir_record **found, size_t n, size_t *got) {
    (void)root;
    return hash_scan(map_, range, found, n, got);
}

static weir_kv_status freeze(void *map_, weir_map_root **root) {
    (void)map_, (void)root;
    return WEIR_KV_NOTSUP;
}

static uint32_t generation(const void *map_) {
    (void)map_;
    return 0;
}

static void retire_record(void *map_, weir_record *r) {
    map *m = map_;
    weir_reclaim_retire(m->reclaim, weir_record_reclaim, m->mem, r, weir_record_size(r));
}

static uint64_t memory(const void *map_) {
    const map *m = map_;
    uint64_t bytes = weir_a64_load(&m->chained) * sizeof(bucket);
    weir_rcu_begin();
    for (const table *t = weir_aptr_load_acquire(&m->table); t; t = weir_aptr_load_acquire(&t->next))
        bytes += t->bytes; /* H1 */
    weir_rcu_end();
    return bytes;
}

const weir_map_ops weir_map_hash = {
    .name = "hash",
    .snapshots = false,
    .size = sizeof(map),
    .init = init,
    .destroy = destroy,
    .find = weir_map_hash_find,
    .find_n = find_n,
    .edit = edit,
    .scan = scan,
    .freeze = freeze,
    .generation = generation,
    .retire_record = retire_record,
    .memory = memory,
};
