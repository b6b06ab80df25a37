/* kv.art - an adaptive radix tree: wait-free readers, a lock a node for writers, snapshots by generation.
 *
 * TODO drawing
 */
#ifndef WEIR_KV_ART_H
#define WEIR_KV_ART_H

#include "kv/kv/art/node_p.h"
#include "kv/map_p.h"

typedef struct weir_art_keeper weir_art_keeper; /* kv/kv/art/freeze.c */

typedef struct weir_art {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_art_node head; /* stands for the node above the first: owner and lock of root */
    weir_aptr root;
    /* Read by everybody, written by freeze and thaw, alone in the gate. */
    weir_a32 generation; /* of what is made now */
    weir_a32 frozen;     /* of the newest open snapshot: what was made up to then is shared with one; 0: none is open */
    weir_mem *mem;
    weir_reclaim *reclaim;
    weir_art_keeper *keeper;
} weir_art;

static inline uint32_t weir_art_generation(const weir_art *t) { return weir_a32_load(&t->generation); }
static inline bool weir_art_shared(const weir_art *t, const weir_art_node *n) {
    return n->generation <= weir_a32_load(&t->frozen);
}

/* find.c: from an entry on, inside a read section, or in what a snapshot keeps. */
weir_record *weir_art_find(void *entry, const unsigned char *key, size_t size);
void weir_art_find_n(void *root, size_t n, const weir_kv_bytes *key, weir_record **found);

/* scan.c: the same; mem for what a very deep tree needs, NOMEM. */
weir_kv_status weir_art_scan(weir_mem *mem, void *root, const weir_map_range *range, weir_record **found, size_t n,
                             size_t *got);

/* edit.c */
weir_kv_status weir_art_edit(weir_art *t, weir_edit *e);

/* tidy.c: n, on the way of this key, has lost entries: it is replaced by a smaller one, or by its only entry, and so on upwards. Best
 * effort: without memory it stays. Inside a read section, without locks. */
bool weir_art_thin(const weir_art_node *n); /* worth it? Under its lock */
void weir_art_tidy(weir_art *t, const unsigned char *key, size_t size, weir_art_node *n);

/* Replaces the node that link, a slot of up, leads to. Under the locks of both; n is retired by the caller, without locks. */
static inline void weir_art_replace(weir_aptr *link, weir_art_node *n, void *entry) {
    weir_aptr_store_release(link, entry); /* C1 release: pairs with A1, A2 and A3; the copy and what is in it */
    n->obsolete = 1;
}

/* freeze.c */
weir_art_keeper *weir_art_keeper_new(weir_mem *mem, weir_reclaim *reclaim);
void weir_art_keeper_release(weir_art_keeper *k); /* when no snapshot is open; what is on its way is freed later */
weir_kv_status weir_art_freeze(weir_art *t, weir_map_root **root);
void weir_art_thaw(weir_art *t, weir_map_root *root);
void *weir_art_frozen_root(const weir_map_root *root);
void weir_art_retire_node(weir_art *t, weir_art_node *n);
void weir_art_retire_record(weir_art *t, weir_record *r);

/* Makes the nodes on the way of a key down to `to` the tree's own, by copies. NOMEM. Inside a read section, without locks. */
weir_kv_status weir_art_own(weir_art *t, const unsigned char *key, size_t size, const weir_art_node *to);

#endif
