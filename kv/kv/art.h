/* kv.art - an adaptive radix tree: wait-free readers, a lock a node for writers, snapshots by generation.
 *
 * A slot holds nothing, a record, or a node (bit 0 of the word is set). A record hangs where it is the only one on its way, so the
 * bytes of its key below that are nowhere but in itself. A node branches by one byte of the key, at its `depth`; the key that ends
 * there is in the slot `term`.
 *
 *       keys  user:1  user:12  user:13  zone
 *
 *       head  [root]                           head stands for a node: the owner of root, and its lock
 *               |
 *       depth 0, tail ""     [ u | z ]----------------------- record zone
 *                              |
 *       depth 6, tail "user:1" [ term | 2 | 3 ]--- record user:13
 *                                 |     '--------- record user:12
 *                                 '--------------- record user:1
 *
 *       small     ..16 branches   header with 16 bytes, in no order | 2 4 7 11 or 16 slots | term's when there is one
 *       medium    ..48            header | term | 256 x index byte | 32 or 48 slots
 *       large     ..256           header | term | 256 slots
 *
 * Slots                 A small or medium node gives its slots to bytes one after the other: slot first, then its name, one of the
 *                       16 bytes or of the index. It never takes one back, so what a reader has found by its name stays that
 *                       byte's; when all are given out, or enough are empty, the node is copied. Small nodes have room for a few
 *                       more: with none, each new key would cost a copy and a write to the node above, which other writers then
 *                       miss (a quarter of the time of a load, and half of what a second thread gains). Bytes not given yet
 *                       repeat the first, so that a reader needs no count: the lowest that matches is right.
 * Depth, not prefix     A node does not hold the bytes that its keys agree on before depth. It holds where it branches, counted
 *                       from the beginning of the key, and the last 8 of those bytes (tail). All keys that are ever below it
 *                       agree on them, so both are true for as long as the node lives, wherever it is moved: a split puts a new
 *                       node above it, a merge hangs it one higher, and neither touches it. Hence no reader can see half a
 *                       prefix, a common beginning of 64 KiB costs nothing, and readers skip the bytes between two nodes: the
 *                       record at the end tells. Writers prove an edge of up to 8 bytes by the tail, and a longer one by any
 *                       record below it (place.c).
 * Readers               Load a slot by acquire, look into what it leads to, go on: no locks, no stores, no second attempt. A
 *                       node that was replaced keeps its slots as they were then, because whoever changes a slot holds its
 *                       node's lock and looks at `obsolete` first. So each slot a reader reads held, at some moment of its
 *                       call, what was current in the tree: by induction from root, since it came to the node by such a slot. A
 *                       key that is there all the time is below every slot on its way at every moment, and is found; a walk goes
 *                       up the branches of each node it holds, and all keys below a branch have that byte, so it meets keys in
 *                       order and none twice.
 *
 * Writers, inside the gate and a read section; locks from the top (depth grows downwards, so this is an order)
 *
 *   change                      locks            in which order                              what a reader may see meanwhile
 *   replace, fill or empty      owner of slot    decide; slot E1                             the record before or after
 *   fork: two keys part above   owner of slot    make node; decide; slot E1                  what was there, or the new node above it
 *   node gives out a slot       the node         decide; slot I2, index byte I0              no slot, or a filled one
 *   no slot left: larger copy   above, node      make copy; decide; slot above C1; obsolete  the old node, with all but the new key
 *   thin: smaller copy, or its  above, node      make copy; slot above C1; obsolete          the old node, with the same entries
 *     only entry, or nothing
 *   shared with a snapshot      above, node      make copy; slot above C1; obsolete          the old node, with the same entries
 *
 *   After locking a writer looks again: owner not obsolete, slot as it was found (or holding a later record of the key), else it looks
 *   for the place anew. Locks are held for one change, never while a node is looked for. Memory comes before decide; what is done after
 *   it cannot fail. Taking an entry out needs none: the slot is emptied, and a node that has become thin is replaced in a step of its own,
 *   which may fail. Replaced nodes go through weir_reclaim.
 *
 * Snapshots             freeze takes root as it is and moves the tree to the next generation, alone in the gate: O(1). Nodes of its
 *                       generation and before are shared with it; a writer copies those on its way first, from the top
 *                       (weir_art_own), so that above an own node all are own. What the copies replace is kept: freeze.c.
 * Progress              find, find_n, scan: wait-free, bounded by the length of keys. edit: blocking, per node; of those that look
 *                       again one has got on.
 * Limits                2^32 - 2 snapshots a tree.
 * Source                Leis, Kemper, Neumann, The Adaptive Radix Tree (2013), and with Scheibner, The ART of Practical
 *                       Synchronization (2016): ROWEX. Different here: depth and tail for prefixes, after Morrison, PATRICIA
 *                       (1968), so that a split changes no node; slots are never given to another byte; memory comes before
 *                       the change. Generations: Driscoll et al., Making Data Structures Persistent (1989). */
#ifndef WEIR_KV_ART_H
#define WEIR_KV_ART_H

#include "kv/kv/art/node_p.h"
#include "kv/lane_p.h"
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
    struct {
        WEIR_ALIGNED(WEIR_CACHE_LINE)
        weir_a64 bytes; /* of nodes that came less those that went, by threads of this lane */
    } lane[WEIR_LANES];
} weir_art;

static inline uint32_t weir_art_generation(const weir_art *t) { return weir_a32_load(&t->generation); }
static inline bool weir_art_shared(const weir_art *t, const weir_art_node *n) {
    return n->generation <= weir_a32_load(&t->frozen);
}

/* find.c: from the root on, inside a read section, or in what a snapshot keeps. */
weir_record *weir_art_find(void *root, const unsigned char *key, size_t size);
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

static inline void weir_art_weigh(weir_art *t, const void *came, const weir_art_node *went) {
    uint64_t more = weir_art_is_node(came) ? weir_art_size(weir_art_node_of(came)) : 0;
    weir_a64_add(&t->lane[weir_lane()].bytes, more - (went ? weir_art_size(went) : 0));
}

/* Puts what is to come in its place into the slot that leads to n. Under the lock of n and of the slot's owner; the caller retires n,
 * without locks. came: a copy of n that is not published yet, or its only entry, or NULL. */
static inline void weir_art_replace(weir_art *t, weir_aptr *link, weir_art_node *n, void *entry, bool copied) {
    weir_art_weigh(t, copied ? entry : NULL, n);
    weir_aptr_store_release(link, entry); /* C1 release: pairs with A0 .. A4; the copy and what is in it */
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
