/* kv.hash, tables: made, and moved bucket by bucket to one of another size; see hash_p.h. One thread at a time moves, a few buckets
 * with each edit; the others go on. Without memory for what a bucket needs it stays where it is, and the next edit tries again. */
#include "kv/kv/hash_p.h"

enum { MOVES = 8 };                /* buckets an edit */
enum { RETIRED_BYTES = 64 << 10 }; /* what a table counts in the budget, which is for what piles up */

table *hash_table_new(weir_mem *mem, uint64_t n) {
    size_t bytes = sizeof(table) + (n + 1) * sizeof(bucket); /* one more: to begin at a cache line */
    char *block = weir_mem_get_zero(mem, bytes);
    if (!block) return NULL;
    uintptr_t end = (uintptr_t)block + sizeof(table);
    table *t = (table *)(void *)block;
    t->n = n;
    t->bytes = bytes;
    t->mem = mem;
    t->at = (bucket *)(void *)(block + sizeof(table) + (-end & (sizeof(bucket) - 1)));
    return t;
}

static void free_chain(weir_mem *mem, bucket *b) {
    for (bucket *next; b; b = next) {
        next = weir_aptr_load(&b->more);
        weir_mem_put(mem, b, sizeof *b);
    }
}

void hash_table_free(void *mem, void *t_, size_t bytes) {
    table *t = t_;
    (void)bytes;
    for (uint64_t i = 0; i < t->n; i++) free_chain(mem, weir_aptr_load(&t->at[i].more));
    weir_mem_put(mem, t, t->bytes);
}

bucket *hash_bucket_new(map *m) {
    bucket *b = weir_mem_get_zero(m->mem, sizeof *b);
    if (b) weir_a64_add(&m->chained, 1);
    return b;
}

bucket *hash_chain(bucket *b, bucket *more) {
    for (bucket *next; (next = weir_aptr_load(&b->more)); b = next) {}
    weir_aptr_store_release(&b->more, more); /* H1 */
    return more;
}

uint64_t hash_count(const map *m) {
    uint64_t sum = 0;
    for (int i = 0; i < WEIR_LANES; i++) sum += weir_a64_load(&m->count[i].n);
    return sum;
}

bucket *hash_lock(const table **t, uint64_t hash) {
    for (;; *t = weir_aptr_load_acquire(&(*t)->next)) { /* H1 */
        bucket *b = hash_bucket(*t, hash);
        weir_lock_acquire(&b->lock);
        if (!weir_a32_load(&b->moved)) return b; /* relaxed: it changes under the lock */
        weir_lock_release(&b->lock);
    }
}

/* -- moving ------------------------------------------------------------------------------------------------------- */

static bool begin(map *m) {
    uint32_t none = 0;
    return !weir_a32_load(&m->moving) && weir_a32_cas_acquire(&m->moving, &none, 1); /* HB acquire: pairs with HE */
}

static void end(map *m) { weir_a32_store_release(&m->moving, 0); } /* HE release: pairs with HB */

void hash_want(map *m, const table *t, uint64_t n) {
    if (!begin(m)) return;
    table *now = weir_aptr_load(&m->table);
    if (now == t && !weir_aptr_load(&now->next))
        weir_aptr_store_release(&now->next, hash_table_new(m->mem, n)); /* H1 */
    end(m);
}

/* How many keys a chain has; and their records are on their way. */
static size_t keys_in(const bucket *b) {
    size_t n = 0;
    for (; b; b = weir_aptr_load(&b->more))
        for (int i = 0; i < SLOTS; i++) {
            uint64_t slot = weir_a64_load(&b->slot[i]);
            if (!slot) continue;
            n++;
            __builtin_prefetch(hash_record(slot));
        }
    return n;
}

/* Buckets for all chains that n keys can need where they go, at worst. */
static bool provide(map *m, size_t n, bool wider, bucket **spare) {
    size_t buckets = (n + SLOTS - 1) / SLOTS;
    if (wider && buckets) buckets--; /* they go to one that is empty, or to two */
    for (*spare = NULL; buckets; buckets--) {
        bucket *b = hash_bucket_new(m);
        if (!b) return false;
        weir_aptr_store(&b->more, *spare);
        *spare = b;
    }
    return true;
}

static weir_a64 *empty_slot(bucket *b) {
    for (; b; b = weir_aptr_load(&b->more))
        for (int i = 0; i < SLOTS; i++)
            if (!weir_a64_load(&b->slot[i])) return &b->slot[i];
    return NULL;
}

static void move_slot(const map *m, const table *to, uint64_t slot, bucket **spare) {
    bucket *b = hash_bucket(to, hash_of(m, hash_record(slot)));
    weir_a64 *place = empty_slot(b);
    if (!place) {
        bucket *more = *spare;
        *spare = weir_aptr_load(&more->more);
        weir_aptr_store(&more->more, NULL);
        place = hash_chain(b, more)->slot;
    }
    weir_a64_store_release(place, slot); /* H1 */
}

/* one: of a narrower table, where all of it goes and others work already: they are kept out until it is there, for what is
 * provided is enough for what is free then. NULL: the table is wider, and nobody comes there before. */
static bool move_bucket(map *m, bucket *old, const table *to, bucket *one) {
    bucket *spare;
    weir_lock_acquire(&old->lock);
    if (one) weir_lock_acquire(&one->lock);
    bool moves = provide(m, keys_in(old), !one, &spare);
    for (bucket *b = old; moves && b; b = weir_aptr_load(&b->more))
        for (int i = 0; i < SLOTS; i++) {
            uint64_t slot = weir_a64_load(&b->slot[i]);
            if (slot) move_slot(m, to, slot, &spare);
        }
    if (moves) weir_a32_store_release(&old->moved, 1); /* H2 */
    if (one) weir_lock_release(&one->lock);
    weir_lock_release(&old->lock);
    for (bucket *b = spare; b; b = weir_aptr_load(&b->more)) weir_a64_sub(&m->chained, 1);
    free_chain(m->mem, spare);
    return moves;
}

static void table_gone(map *m, table *t) {
    for (uint64_t i = 0; i < t->n; i++)
        for (const bucket *b = weir_aptr_load(&t->at[i].more); b; b = weir_aptr_load(&b->more))
            weir_a64_sub(&m->chained, 1);
    weir_reclaim_retire(m->reclaim, hash_table_free, m->mem, t, RETIRED_BYTES);
}

void hash_move(map *m) {
    table *t = weir_aptr_load_acquire(&m->table); /* H1 */
    if (WEIR_LIKELY(!weir_aptr_load(&t->next)) || !begin(m)) return;
    t = weir_aptr_load(&m->table);
    table *to = weir_aptr_load(&t->next);
    for (int i = 0; to && i < MOVES && t->cursor < t->n; i++, t->cursor++) {
        bucket *one = to->n > t->n ? NULL : hash_bucket(to, t->cursor);
        if (!move_bucket(m, &t->at[t->cursor], to, one)) break;
    }
    if (to && t->cursor == t->n) {
        weir_aptr_store_release(&m->table, to); /* H1 */
        table_gone(m, t);
    }
    end(m);
}
