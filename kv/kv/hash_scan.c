/* kv.hash, in order: the keys of a page are the least of those that match, kept while the whole table is walked. Time grows with the
 * table, memory with the page and what is skipped. */
#include <stdlib.h>

#include "kv/kv/hash_p.h"

/* The least keys so far, not in order; when there are twice as many as wanted, the greater half goes. */
typedef struct page {
    const map *map;
    const weir_map_range *range;
    weir_record **at;
    size_t n, room, want;
    const weir_record *last; /* keys from its on are not wanted; NULL: all are */
    bool failed;             /* no memory */
} page;

static int by_key(const void *a_, const void *b_) {
    const weir_record *a = *(weir_record *const *)a_, *b = *(weir_record *const *)b_;
    return weir_key_compare(a->bytes, a->key_size, b->bytes, b->key_size);
}

/* Sorts, drops the second of two with one key (met twice: see gather; or gone and come back), and all beyond those wanted. */
static void cut(page *p) {
    size_t n = 0;
    if (p->n) qsort(p->at, p->n, sizeof *p->at, by_key);
    for (size_t i = 0; i < p->n; i++)
        if (!n || by_key(&p->at[n - 1], &p->at[i])) p->at[n++] = p->at[i];
    p->n = n < p->want ? n : p->want;
    if (p->n == p->want) p->last = p->at[p->n - 1];
}

static void make_room(page *p) {
    if (p->room / 2 >= p->want) cut(p);
    if (p->n < p->room) return;
    size_t room = p->room ? 2 * p->room : 64;
    weir_record **at = weir_mem_get(p->map->mem, room * sizeof *at);
    p->failed = !at;
    if (!at) return;
    if (p->n) memcpy(at, p->at, p->n * sizeof *at);
    weir_mem_put(p->map->mem, p->at, p->room * sizeof *p->at);
    p->at = at;
    p->room = room;
}

static bool wanted(const page *p, const weir_record *r) {
    weir_kv_bytes prefix = p->range->prefix, after = p->range->after;
    if (r->key_size < prefix.size || (prefix.size && memcmp(r->bytes, prefix.at, prefix.size) != 0)) return false;
    if (after.at && weir_key_compare(r->bytes, r->key_size, after.at, after.size) <= 0) return false;
    return !p->last || by_key(&r, &p->last) < 0;
}

static void add(page *p, weir_record *r) {
    if (p->failed || !wanted(p, r)) return;
    if (p->n == p->room) make_room(p);
    if (!p->failed) p->at[p->n++] = r;
}

/* All keys of bucket i of t, wherever they are by now; and after a move to a smaller table those that share a bucket with them. */
static void gather(page *p, const table *t, uint64_t i) {
    if (weir_a32_load_acquire(&t->at[i].moved)) {             /* H2 */
        const table *next = weir_aptr_load_acquire(&t->next); /* H1 */
        gather(p, next, i & (next->n - 1));
        if (next->n > t->n) gather(p, next, i + t->n);
        return;
    }
    for (const bucket *b = &t->at[i]; b; b = weir_aptr_load_acquire(&b->more)) /* H1 */
        for (int s = 0; s < SLOTS; s++) {
            uint64_t slot = weir_a64_load_acquire(&b->slot[s]); /* H1 */
            if (slot) add(p, hash_record(slot));
        }
}

weir_kv_status hash_scan(const map *m, const weir_map_range *range, weir_record **found, size_t n, size_t *got) {
    page p = {.map = m, .range = range, .want = n + range->skip};
    const table *t = weir_aptr_load_acquire(&m->table); /* H1 */
    *got = 0;
    if (!n) return WEIR_KV_OK;
    if (p.want < n || range->skip > SIZE_MAX / 32) p.want = SIZE_MAX / 32; /* more than there can be */
    for (uint64_t i = 0; i < t->n && !p.failed; i++) gather(&p, t, i);
    cut(&p);
    for (size_t i = range->skip < p.n ? range->skip : p.n; !p.failed && i < p.n; i++) found[(*got)++] = p.at[i];
    weir_mem_put(m->mem, p.at, p.room * sizeof *p.at);
    return p.failed ? WEIR_KV_NOMEM : WEIR_KV_OK;
}
