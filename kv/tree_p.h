/* tree_p - a tenant in memory, and what the files of a resident store know of each other. Private to kv/resident_p.h's
 * files.
 *
 * Locks, outermost first: the registry of tenants; the gate of a tree; the order of a watched key; the slot's, inside
 * the variant; a quota's or a watch's. Nobody waits for the log while holding one, but who walks a tree of a variant
 * without snapshots for compaction: alone in its gate, so that its writers wait as long. */
#ifndef WEIR_KV_TREE_P_H
#define WEIR_KV_TREE_P_H

#include <assert.h>

#include "kv/rcu.h"
#include "kv/resident_p.h"

/* A tenant lives, is being dropped (writers are refused, readers still see it until the log has that), and is
 * dropped. */
enum { WEIR_TREE_LIVE, WEIR_TREE_ENDING, WEIR_TREE_DROPPED };

/* Keys and bytes: each lane counts its own; with a quota all count in one place, exactly. See account.c. */
typedef struct weir_account {
    struct {
        WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 keys;
        weir_a64 bytes;
    } lane[WEIR_LANES];
    weir_kv_quota quota; /* changed alone in the gate */
    weir_lock lock;      /* of the two below */
    uint64_t keys, bytes;
} weir_account;

enum { WEIR_ORDERS = 16 };

#define WEIR_HIDES (((uint64_t)1 << 32) + 1) /* added to hidden by what begins to hide something; it ends with 1 less */

struct weir_tree {
    weir_kv_tenant base;
    weir_a32 state;
    uint64_t id;
    weir_a64 position;          /* of its creation in the log, then of its end */
    struct weir_watch *watches; /* changed alone in the gate */
    weir_a64
        hidden; /* without a log: how many things in the map may not be seen; above 32 bits: how often that began */
    unsigned char *name;
    size_t name_size;
    weir_tree *next, **link; /* of all trees not freed; the registry's lock */
    WEIR_ALIGNED(WEIR_CACHE_LINE)
    weir_a32 references; /* the registry, handles, snapshots, watches, what is not settled */
    weir_a32 users;      /* of the map: the living tenant and its snapshots; the last one has it destroyed */
    weir_rcu_head ending;
    weir_lock order[WEIR_ORDERS]; /* of the changes of watched keys, by hash */
    weir_gate gate;
    weir_account account;
    /* the variant's own struct follows */
};

static inline void *weir_tree_map(const weir_tree *t) { return (unsigned char *)t + sizeof *t; }

struct weir_resident {
    weir_kv base;
    const weir_map_ops *map;
    weir_mem *mem;
    weir_reclaim *reclaim;
    weir_log *log; /* NULL: none */
    weir_tree *root;
    pthread_mutex_t registry; /* of the six below */
    weir_tree **named;        /* by name, without the root */
    weir_tree **numbered;     /* the same by id, which is how a log calls them */
    size_t named_count, named_room;
    weir_tree *all;
    uint64_t next_id;
    weir_a64 weak[3];                     /* weak[l]: the last position written at a level below l; see write.c */
    weir_a64 asked[3];                    /* asked[l]: the last position that is to reach level l before it is seen */
    struct weir_unsettled *first, **last; /* written by somebody who did not wait; see settle.c */
    weir_lock unsettled;
    weir_a32 unsettled_there; /* a hint, so that nobody takes the lock for nothing */
};

static inline weir_resident *weir_tree_store(const weir_tree *t) { return (weir_resident *)t->base.kv; }

/* -- tree.c -------------------------------------------------------------------------------------------------------- */

weir_tree *weir_tree_make(weir_resident *s, uint64_t id, weir_kv_bytes name,
                          const weir_kv_quota *quota); /* NULL: NOMEM */
static inline void weir_tree_retain(weir_tree *t) { weir_a32_add(&t->references, 1); }
void weir_tree_release(weir_tree *t);
void weir_tree_unuse(weir_tree *t);   /* one user of the map less */
void weir_tree_discard(weir_tree *t); /* with all in it: nobody else is there. Under the registry's lock */

/* -- tenants.c ----------------------------------------------------------------------------------------------------- */

weir_kv_status weir_tenants_reserve(weir_resident *s); /* room for one name more: NOMEM. These four under the lock */
void weir_tenants_add(weir_resident *s, weir_tree *t);
weir_tree *weir_tenants_find(weir_resident *s, weir_kv_bytes name); /* NULL: none */
weir_tree *weir_tenants_find_id(weir_resident *s, uint64_t id);
void weir_tree_end(weir_tree *t); /* out of the registry, and dropped; again it is nothing */
/* What a writer answers who found that it does not live: DROPPED, once that cannot be undone. */
weir_kv_status weir_tree_refusal(weir_tree *t);

/* -- resident.c ---------------------------------------------------------------------------------------------------- */

/* Waits for the log, if there is one. Outside of all locks. */
weir_kv_status weir_resident_await(weir_resident *s, uint64_t position, weir_kv_level level, uint64_t deadline_ns);

/* -- write.c, batch.c, restore.c ---------------------------------------------------------------------------------- */

/* One operation on its way through a map. */
typedef struct weir_change {
    weir_edit edit;
    weir_tree *tree;
    const weir_kv_op *op;
    unsigned lane;
    weir_kv_level level;
    weir_kv_status status;
    uint64_t position; /* of what was written, or of what the answer rests on */
    weir_record *gone; /* the newest of what has left the map by this */
    bool pending;      /* fresh is not visible yet */
    bool restoring;    /* neither logged nor refused by a quota */
} weir_change;

/* OK or NO; last NULL: there is none. */
static inline weir_kv_status weir_change_judge(const weir_kv_op *op, const weir_record *last) {
    switch (op->verb) {
    case WEIR_KV_SET: return WEIR_KV_OK;
    case WEIR_KV_SNX: return last ? WEIR_KV_NO : WEIR_KV_OK;
    case WEIR_KV_DEL: return last ? WEIR_KV_OK : WEIR_KV_NO;
    case WEIR_KV_CAS: break;
    }
    bool same = last && last->value_size == op->expected.size &&
                (op->expected.size == 0 || memcmp(weir_record_value(last), op->expected.at, op->expected.size) == 0);
    return same ? WEIR_KV_OK : WEIR_KV_NO;
}

/* What op makes of last in keys and bytes. */
static inline void weir_change_size(const weir_kv_op *op, const weir_record *last, int64_t *keys, int64_t *bytes) {
    bool stays = op->verb != WEIR_KV_DEL;
    *keys = (int64_t)stays - (last ? 1 : 0);
    *bytes =
        *keys * (int64_t)op->key.size + (stays ? (int64_t)op->value.size : 0) - (last ? (int64_t)last->value_size : 0);
}

/* What was appended to the log is noted. */
void weir_resident_appended(weir_resident *s, uint64_t position, weir_kv_level level);
/* As recovery puts it: not logged, and no quota refuses. */
weir_kv_status weir_tree_restore(weir_tree *t, const weir_kv_op *op);
weir_kv_status weir_tree_batch(weir_tree *t, weir_kv_op *op, size_t n, const weir_kv_write *how, uint64_t *position,
                               size_t *failed);

/* -- account.c ---------------------------------------------------------------------------------------------------- */

/* False: the quota refuses, nothing has changed. In the gate. */
bool weir_account_add(weir_account *a, unsigned lane, int64_t keys, int64_t bytes);
bool weir_account_fits(weir_account *a, int64_t keys, int64_t bytes); /* whether it would; alone in the gate */
void weir_account_force(weir_account *a, unsigned lane, int64_t keys, int64_t bytes); /* takes back, or restores */
void weir_account_limit(weir_account *a, const weir_kv_quota *quota);                 /* alone in the gate */
weir_kv_usage weir_account_usage(weir_account *a);                                    /* in the gate */

/* -- settle.c ----------------------------------------------------------------------------------------------------- */

/* What is written and waits for the log; for a batch, also what decides when all of it is seen. */
typedef struct weir_unsettled {
    weir_a64 stamp; /* of a batch */
    struct weir_unsettled *next;
    weir_tree *tree; /* one reference */
    size_t n;
    weir_record *record[]; /* one reference each */
} weir_unsettled;

weir_unsettled *weir_unsettled_make(weir_tree *t, size_t n); /* without records; NULL: no memory */
void weir_unsettled_free(weir_unsettled *u); /* no record in it has its stamp any more; nobody else knows it */
/* Once it is as safe as it wants to be: its records are settled, and it is freed. Outside of the gate. */
void weir_unsettled_settle(weir_unsettled *u);
void weir_unsettled_later(weir_unsettled *u); /* by whoever comes by then */
/* Settles up to n of those that may be by now. */
void weir_resident_settle(weir_resident *s, size_t n);
void weir_resident_forget(weir_resident *s); /* at the end: lets go of all that is not settled */

/* One record, visible by now. In the gate; outside of it. */
void weir_record_settle(weir_tree *t, weir_record *r);
void weir_record_settle_entering(weir_tree *t, weir_record *r);
void weir_record_never(weir_tree *t,
                       weir_record *r); /* of a batch that is undone, and the slot's only one. Alone in the gate */
/* r is out of the map, and what is older goes with it. In the gate. NULL is nothing. */
void weir_chain_retire_pending(weir_tree *t, weir_record *r);
static inline void weir_chain_retire(weir_tree *t, weir_record *r) {
    if (r && WEIR_LIKELY(!weir_aptr_load(&r->pending))) t->base.map->retire_record(weir_tree_map(t), r);
    else weir_chain_retire_pending(t, r);
}
weir_record *weir_chain_next(weir_record *r); /* takes from r what is older */

/* -- snapshot.c ---------------------------------------------------------------------------------------------------- */

/* The tree at this moment, which holds the map; NOTSUP, NOMEM, DROPPED. */
weir_kv_status weir_tree_freeze(weir_tree *t, weir_map_root **root);
void weir_tree_thaw(weir_tree *t, weir_map_root *root);

/* -- watch.c ---------------------------------------------------------------------------------------------- */

/* Takes the lock of the key's order when somebody watches it; NULL: nobody does. In the gate. */
weir_lock *weir_watch_order(weir_tree *t, weir_kv_bytes key);
static inline weir_lock *weir_watch_begin(weir_tree *t, weir_kv_bytes key) {
    return WEIR_LIKELY(!t->watches) ? NULL : weir_watch_order(t, key);
}
/* Tells all who watch the key of r, which is what was put or what was deleted; seen when stamp is. Under that lock, or
 * alone. */
void weir_watch_tell(weir_tree *t, weir_record *r, bool deleted, uint64_t stamp);
void weir_watch_tell_end(weir_tree *t); /* alone in the gate */

#endif
