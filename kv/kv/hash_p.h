/* hash_p - the table of kv.hash: buckets of one cache line, and the next table while it is being resized. Private to kv.hash.
 *
 * A bucket has six slots. A slot is 0, or a record's address with 16 bits of its key's hash above it, so that a reader seldom looks at
 * a record in vain; Linux gives out no addresses beyond 48 bits unless asked. A slot changes under its bucket's lock; a record stays in its slot for as long as its key is there. Beyond six,
 * a chain of buckets.
 * Resizing: a table of twice or half the size is `next`; writers move bucket by bucket. A bucket that is moved stays as it was then, and
 * says so: all who want one of its keys go on in the next table. When all are moved, the next table becomes the map's.
 * H1  the slot's release publishes the record: pairs with readers' acquire of the slot.
 * H2  `moved` is released when the keys are in the next table: pairs with the acquire of whoever reads it before the slots. */
#ifndef WEIR_KV_KV_HASH_P_H
#define WEIR_KV_KV_HASH_P_H

#include "kv/bytes_p.h"
#include "kv/lane_p.h"
#include "kv/map_p.h"
#include "prims/lock_p.h"

enum { SLOTS = 6, TAG_SHIFT = 48, BUCKETS_MIN = 2 };

typedef struct bucket bucket;
struct bucket {
    weir_a64 slot[SLOTS];
    weir_aptr more; /* the next of the chain, NULL */
    weir_lock lock; /* of the whole chain; this and `moved`: only the first one's are used */
    weir_a32 moved; /* to the next table */
};

typedef struct table {
    uint64_t n;      /* buckets: a power of two */
    weir_aptr next;  /* the table that this one is moved to, NULL */
    uint64_t cursor; /* buckets before it are moved; guarded by map.moving */
    void *block;     /* what it lies in */
    size_t bytes;
    weir_mem *mem;
    bucket *at;
} table;

typedef struct map {
    weir_aptr table; /* the oldest that has buckets not moved */
    uint64_t seed;
    weir_mem *mem;
    weir_reclaim *reclaim;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 moving; /* 1: somebody is at moving */
    weir_a64 chained;                              /* buckets in chains */
    struct {
        WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 n;
    } count[WEIR_LANES]; /* of keys: their sum */
} map;

static inline uint64_t hash_tag(uint64_t hash) { return (hash | UINT64_C(1) << 63) >> TAG_SHIFT; }
static inline weir_record *hash_record(uint64_t slot) {
    return (weir_record *)(uintptr_t)(slot & ((UINT64_C(1) << TAG_SHIFT) - 1));
}
static inline uint64_t hash_slot(uint64_t hash, weir_record *r) { return hash_tag(hash) << TAG_SHIFT | (uintptr_t)r; }
static inline bucket *hash_bucket(const table *t, uint64_t hash) { return &t->at[hash & (t->n - 1)]; }
static inline uint64_t hash_of(const map *m, const weir_record *r) { return weir_hash(r->bytes, r->key_size, m->seed); }

/* The bucket of this hash that counts now, not moved when it was looked at; *t becomes its table. */
static inline bucket *hash_current(const table **t, uint64_t hash) {
    bucket *b = hash_bucket(*t, hash);
    while (WEIR_UNLIKELY(weir_a32_load_acquire(&b->moved))) { /* H2 */
        *t = weir_aptr_load_acquire(&(*t)->next);
        b = hash_bucket(*t, hash);
    }
    return b;
}

/* The same, locked and not moved; unlock it when done. In a read section. */
bucket *hash_lock(const table **t, uint64_t hash);
static inline void hash_unlock(bucket *b) { weir_lock_release(&b->lock); }

table *hash_table_new(weir_mem *mem, uint64_t n);       /* NULL: no memory */
void hash_table_free(void *mem, void *t, size_t bytes); /* with its chains; a weir_reclaim_fn */

bucket *hash_chain(bucket *b, bucket *more); /* puts `more` behind b and its chain; answers it */
bucket *hash_bucket_new(map *m);             /* for a chain; NULL: no memory */
uint64_t hash_count(const map *m);
void hash_want(map *m, const table *t, uint64_t n); /* begins to resize t to n buckets, unless that is under way */
void hash_move(map *m); /* a few buckets, if there is something to move; in a read section */

weir_kv_status hash_scan(const map *m, const weir_map_range *range, weir_record **found, size_t n, size_t *got);

#endif
