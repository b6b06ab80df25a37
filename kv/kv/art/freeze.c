/* Snapshots: a root, the generation it was fixed in, and what it keeps.
 *
 * What was made in generation m and taken out of the tree in r is seen by the snapshots of m .. r - 1. While one of those is open, it is
 * kept by the newest of them, in whose list it goes after a grace period, so that whatever is in a list may be freed at once when no
 * snapshot sees it. When a snapshot is closed, what the next older open one sees goes to its list. Source: dead lists (ZFS). */
#include <assert.h>

#include "kv/kv/art.h"

enum { CHUNK = 510 };
typedef struct chunk chunk;
struct chunk {
    chunk *next;
    size_t n;
    void *entry[CHUNK];
};

/* In the list of its keeper while it is open or something for it is on its way through a grace period. */
struct weir_map_root {
    void *entry;
    weir_art_keeper *keeper;
    /* Guarded by the keeper's lock. */
    weir_map_root *older, *newer;
    chunk *kept;
    size_t references; /* one for being open, and one for each that is on its way */
    uint32_t generation;
    bool open;
};

/* What outlives the map while something is on its way. */
struct weir_art_keeper {
    weir_lock lock;
    size_t references; /* of the map, and one of each snapshot */
    weir_map_root *newest;
    weir_mem *mem;
    weir_reclaim *reclaim;
};

/* -- what is kept ------------------------------------------------------------------------------------------------- */

static uint32_t made(const void *entry) {
    return weir_art_is_node(entry) ? weir_art_node_of(entry)->generation : ((const weir_record *)entry)->generation;
}

static void free_entry(weir_mem *mem, void *entry) {
    if (weir_art_is_node(entry)) weir_art_free(mem, weir_art_node_of(entry));
    else weir_record_release(mem, entry);
}

static weir_map_root *open_from(weir_map_root *s) {
    while (s && !s->open) s = s->older;
    return s;
}

/* The newest open snapshot, s or an older one, that sees what was made in generation m. */
static weir_map_root *holder(weir_map_root *s, uint32_t m) {
    s = open_from(s);
    return s && m <= s->generation ? s : NULL;
}

static bool keep(weir_art_keeper *k, weir_map_root *s, void *entry) {
    if (!s->kept || s->kept->n == CHUNK) {
        chunk *c = weir_mem_get(k->mem, sizeof *c);
        if (!c) return false;
        c->next = s->kept;
        c->n = 0;
        s->kept = c;
    }
    s->kept->entry[s->kept->n++] = entry;
    return true;
}

/* -- references --------------------------------------------------------------------------------------------------- */

/* Under the lock, which it gives up. */
static void unlock_less(weir_art_keeper *k, weir_map_root *s) {
    bool last = --s->references == 0;
    if (last) {
        if (s->newer) s->newer->older = s->older;
        else k->newest = s->older;
        if (s->older) s->older->newer = s->newer;
    }
    weir_lock_release(&k->lock);
    if (!last) return;
    weir_mem_put(k->mem, s, sizeof *s); /* its own reference keeps k until the next line */
    weir_art_keeper_release(k);
}

weir_art_keeper *weir_art_keeper_new(weir_mem *mem, weir_reclaim *reclaim) {
    weir_art_keeper *k = weir_mem_get(mem, sizeof *k);
    if (!k) return NULL;
    *k = (weir_art_keeper){.references = 1, .mem = mem, .reclaim = reclaim};
    return k;
}

void weir_art_keeper_release(weir_art_keeper *k) {
    weir_lock_acquire(&k->lock);
    bool last = --k->references == 0;
    weir_lock_release(&k->lock); /* the last has it for itself */
    if (last) weir_mem_put(k->mem, k, sizeof *k);
}

/* -- retiring ----------------------------------------------------------------------------------------------------- */

static void pass_on(weir_map_root *s, void *entry, size_t bytes);
static void pass_on_node(void *s, void *n, size_t bytes) { pass_on(s, weir_art_entry(n), bytes); }
static void pass_on_record(void *s, void *r, size_t bytes) { pass_on(s, r, bytes); }

/* To RCU on behalf of s, which has a reference for it. */
static void send(weir_map_root *s, void *entry, size_t bytes) {
    bool node = weir_art_is_node(entry);
    weir_reclaim_retire(s->keeper->reclaim, node ? pass_on_node : pass_on_record, s,
                        node ? weir_art_node_of(entry) : entry, bytes);
}

/* After a grace period: into a list, or free. Without memory for the list, round once more. */
static void pass_on(weir_map_root *s, void *entry, size_t bytes) {
    weir_art_keeper *k = s->keeper;
    weir_lock_acquire(&k->lock);
    weir_map_root *by = holder(s, made(entry));
    if (by && !keep(k, by, entry)) {
        weir_lock_release(&k->lock);
        send(s, entry, bytes);
        return;
    }
    weir_mem *mem = k->mem; /* k may go with the reference */
    unlock_less(k, s);
    if (!by) free_entry(mem, entry);
}

/* The newest open snapshot when it sees what was made in generation m, with one more reference. Records may come here without the
 * gate, so a snapshot may be opened or closed meanwhile: one that is opened now does not see them. */
static weir_map_root *seen_by(weir_art *t, uint32_t m) {
    if (WEIR_LIKELY(m > weir_a32_load(&t->frozen))) return NULL;
    weir_art_keeper *k = t->keeper;
    weir_lock_acquire(&k->lock);
    weir_map_root *s = holder(k->newest, m);
    if (s) s->references++;
    weir_lock_release(&k->lock);
    return s;
}

static void free_node(void *mem, void *n, size_t bytes) { weir_mem_put(mem, n, bytes); }

void weir_art_retire_node(weir_art *t, weir_art_node *n) {
    weir_map_root *s = seen_by(t, n->generation);
    if (s) send(s, weir_art_entry(n), weir_art_size(n));
    else weir_reclaim_retire(t->reclaim, free_node, t->mem, n, weir_art_size(n));
}

void weir_art_retire_record(weir_art *t, weir_record *r) {
    weir_map_root *s = seen_by(t, r->generation);
    if (s) send(s, r, weir_record_size(r));
    else weir_reclaim_retire(t->reclaim, weir_record_reclaim, t->mem, r, weir_record_size(r));
}

/* -- opening and closing: alone in the gate ----------------------------------------------------------------------- */

weir_kv_status weir_art_freeze(weir_art *t, weir_map_root **root) {
    weir_art_keeper *k = t->keeper;
    uint32_t now = weir_art_generation(t);
    weir_map_root *s = now < UINT32_MAX - 1 ? weir_mem_get(k->mem, sizeof *s) : NULL;
    if (!s) return WEIR_KV_NOMEM;
    weir_lock_acquire(&k->lock);
    k->references++;
    *s = (weir_map_root){weir_aptr_load(&t->root), .keeper = k,       .older = k->newest,
                         .references = 1,          .generation = now, .open = true};
    if (k->newest) k->newest->newer = s;
    k->newest = s;
    weir_lock_release(&k->lock);
    weir_a32_store(&t->frozen, now); /* relaxed: the gate orders it, and retire_record may find either */
    weir_a32_store(&t->generation, now + 1);
    *root = s;
    return WEIR_KV_OK;
}

void *weir_art_frozen_root(const weir_map_root *root) { return root->entry; }

/* What is left of a chunk goes to the list of `to`, into the room there is in its first chunk, or as its first. */
static void hand_on(weir_art_keeper *k, chunk *c, weir_map_root *to) {
    if (c->n) weir_lock_acquire(&k->lock);
    bool locked = c->n;
    for (chunk *first = locked ? to->kept : NULL; first && c->n && first->n < CHUNK;)
        first->entry[first->n++] = c->entry[--c->n];
    bool empty = !c->n;
    if (!empty) {
        c->next = to->kept;
        to->kept = c;
    }
    if (locked) weir_lock_release(&k->lock);
    if (empty) weir_mem_put(k->mem, c, sizeof *c);
}

/* Frees what neither s nor, as its newest, `older` sees. */
static void sort_out(weir_art_keeper *k, chunk *c, weir_map_root *older) {
    size_t left = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (older && made(c->entry[i]) <= older->generation) c->entry[left++] = c->entry[i];
        else free_entry(k->mem, c->entry[i]);
    }
    c->n = left;
    hand_on(k, c, older);
}

void weir_art_thaw(weir_art *t, weir_map_root *s) {
    weir_art_keeper *k = t->keeper;
    weir_lock_acquire(&k->lock);
    s->open = false;
    weir_map_root *newest = open_from(k->newest), *older = open_from(s->older);
    chunk *kept = s->kept;
    s->kept = NULL;
    weir_lock_release(&k->lock);
    weir_a32_store(&t->frozen, newest ? newest->generation : 0);
    for (chunk *next; kept; kept = next) {
        next = kept->next;
        sort_out(k, kept, older);
    }
    weir_lock_acquire(&k->lock);
    unlock_less(k, s);
}

/* -- before a shared node is changed ------------------------------------------------------------------------------ */

/* *own: the copy that has taken the place of n, or NULL: n was not there any more. *thin: n had lost its entries; whoever took them
 * will not find it. */
static weir_kv_status copy_one(weir_art *t, weir_art_node *up, weir_aptr *link, weir_art_node *n, weir_art_node **own,
                               bool *thin) {
    weir_kv_status status = WEIR_KV_OK;
    *own = NULL;
    weir_lock_acquire(&up->lock);
    weir_lock_acquire(&n->lock);
    if (!up->obsolete && weir_aptr_load(link) == weir_art_entry(n)) {
        *own = weir_art_copy(t->mem, weir_art_generation(t), n, 0, NULL);
        *thin = *own && weir_art_thin(*own);
        if (*own) weir_art_replace(t, link, n, weir_art_entry(*own), true);
        else status = WEIR_KV_NOMEM;
    }
    weir_lock_release(&n->lock);
    weir_lock_release(&up->lock);
    if (*own) weir_art_retire_node(t, n);
    return status;
}

/* From the top, so that the node above is the tree's own already: what is above an own node always is. */
weir_kv_status weir_art_own(weir_art *t, const unsigned char *key, size_t size, const weir_art_node *to) {
    weir_art_node *up = &t->head;
    weir_aptr *link = &t->root;
    while (link) {
        void *entry = weir_aptr_load_acquire(link); /* A3 */
        if (!weir_art_is_node(entry)) break;
        weir_art_node *n = weir_art_node_of(entry), *own = n;
        if (weir_art_shared(t, n)) {
            bool thin = false;
            weir_kv_status status = copy_one(t, up, link, n, &own, &thin);
            if (thin) weir_art_tidy(t, key, size, own);
            if (!own || thin) return status;
        }
        if (n == to || n->depth > size) break;
        up = own;
        link = weir_art_slot(own, weir_art_branch(own, key, size));
    }
    return WEIR_KV_OK;
}
