/* map_p - what a variant of kv is: an index over records, by key. Private to kv.
 *
 * A variant knows nothing of durability, quotas, tenants or answers: it finds records, and changes what a slot holds under that
 * slot's lock, as `decide` says. All else is common (kv/resident.c).
 *
 * Threads     find, find_n, scan: any thread inside a read section of RCU. edit: any thread, outside of read sections (it
 *             may open its own), inside the gate of the map (kv/gate_p.h) as one of many. freeze, thaw: alone in the gate. */
#ifndef WEIR_KV_MAP_P_H
#define WEIR_KV_MAP_P_H

#include "kv/mem_p.h"
#include "kv/reclaim_p.h"
#include "kv/record_p.h"

typedef enum weir_edit_action {
    WEIR_EDIT_KEEP,  /* the slot stays as it is */
    WEIR_EDIT_PUT,   /* the slot gets edit->fresh: replaced, or inserted where there was none */
    WEIR_EDIT_REMOVE /* the slot goes; there was one */
} weir_edit_action;

/* One change of one key. The caller owns it, and embeds it in what its decide needs. */
typedef struct weir_edit weir_edit;
struct weir_edit {
    const void *key;
    size_t size;
    weir_record *fresh; /* of this key; NULL when decide never answers PUT, or when make makes it */
    /* Called once an edit, before decide and without locks, while the memory that the edit will wait for is on its way: an eighth of
     * the time of a set. It may be called in a read section. False: NOMEM. NULL: there is nothing to make. */
    bool (*make)(weir_edit *e);
    /* Called once an edit, with what the slot holds (NULL: there is none), under the lock that keeps every other edit of this
     * key out. Everything that may fail has been done by then: the map obeys. It must not block. */
    weir_edit_action (*decide)(weir_edit *e, weir_record *now);
};

/* For the variants: makes what has not been made yet. */
static inline bool weir_edit_made(weir_edit *e) {
    bool (*make)(weir_edit * e) = e->make;
    e->make = NULL;
    return !make || make(e);
}

/* A tree as it was: the current one, or a frozen one. */
typedef struct weir_map_root weir_map_root;

typedef struct weir_map_range {
    weir_kv_bytes prefix;
    weir_kv_bytes after; /* at NULL: from the first */
    uint64_t skip;       /* slots left out first, visible or not: 0 unless the caller knows that all are */
} weir_map_range;

typedef struct weir_map_ops {
    const char *name;
    bool snapshots;
    size_t size; /* bytes of the variant's own struct, which begins as it likes; aligned to WEIR_CACHE_LINE */

    /* NOMEM: nothing is left behind. Memory comes from mem, what readers may still see goes through reclaim. */
    weir_kv_status (*init)(void *map, weir_mem *mem, weir_reclaim *reclaim);
    /* Nobody uses it any more, snapshots neither: frees all nodes, and hands every record left to `drop` (which may be NULL: then
     * they are not touched). */
    void (*destroy)(void *map, void (*drop)(void *arg, weir_record *r), void *arg);

    weir_record *(*find)(const void *map, const void *key, size_t size); /* NULL: no slot */
    void (*find_n)(const void *map, size_t n, const weir_kv_bytes *key, weir_record **found);

    /* OK: decide has been called and obeyed. NOMEM: it has not, or make has answered so, and nothing has changed; but to replace what an edit since the last freeze
     * has put there takes no memory. Nodes that go are retired by the map; records never: that is the caller's, after edit
     * has returned. What the map retires must not refer to the map itself, which may be gone before it is freed. */
    weir_kv_status (*edit)(void *map, weir_edit *e);

    /* The slots of a page in order, at most n; *got < n: there are no more. root NULL: the current tree. NOMEM (hash). */
    weir_kv_status (*scan)(const void *map, const weir_map_root *root, const weir_map_range *range, weir_record **found,
                           size_t n, size_t *got);

    /* Snapshots: freeze fixes the current tree, so that edits after it copy what it sees before they change it; what is retired
     * while it is open and was made before it is kept. find_in as find. thaw ends it. NULL when there are none. */
    weir_kv_status (*freeze)(void *map, weir_map_root **root);
    void (*thaw)(void *map, weir_map_root *root);
    weir_record *(*find_in)(const void *map, const weir_map_root *root, const void *key, size_t size);

    /* The generation that records made now belong to. */
    uint32_t (*generation)(const void *map);
    /* Takes a record that has left the map: freed after a grace period, and not before the last open snapshot that sees
     * it is closed. */
    void (*retire_record)(void *map, weir_record *r);

    uint64_t (*memory)(const void *map); /* bytes of its nodes, near enough; records are not its own */
} weir_map_ops;

/* By name, NULL when there is none; and those that there are, *count of them. */
const weir_map_ops *weir_map_find(const char *name);
const weir_map_ops *const *weir_maps(size_t *count);

extern const weir_map_ops weir_map_art, weir_map_hash, weir_map_lock;

/* The same as ops->find, by name: the variant that the build chose is called directly where it is the one in use. */
weir_record *weir_map_art_find(const void *map, const void *key, size_t size);
weir_record *weir_map_hash_find(const void *map, const void *key, size_t size);
weir_record *weir_map_lock_find(const void *map, const void *key, size_t size);

#endif
