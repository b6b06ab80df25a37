/* visible_p - which version of a key a reader sees. Private to kv/resident_p.h's files.
 *
 * A slot leads to the newest record of a key, which may wait for the log, or for the rest of its batch; `older` leads
 * on. Levels never fall from a pending version to the next of its key, so that of a chain the older part is visible, up
 * to one record. The stamp of a batch, once decided, is one as a record may have: position << 3 | level << 1; and 0
 * without a log. */
#ifndef WEIR_KV_VISIBLE_P_H
#define WEIR_KV_VISIBLE_P_H

#include "kv/tree_p.h"

#define WEIR_UNDECIDED UINT64_MAX

static inline uint64_t weir_stamp(uint64_t position, weir_kv_level level) {
    return position << 3 | (uint64_t)level << 1;
}
static inline uint64_t weir_stamp_position(uint64_t stamp) { return stamp >> 3; }
static inline weir_kv_level weir_stamp_level(uint64_t stamp) { return (weir_kv_level)(stamp >> 1 & 3); }
static inline uint64_t weir_stamp_of_batch(const weir_unsettled *u) { return (uintptr_t)u | 1; }

static inline bool weir_stamp_visible(const weir_log *log, uint64_t stamp) {
    if (stamp == WEIR_UNDECIDED) return false;
    /* M2 acquire: pairs with M1 in the log, so that who sees a disk write may say so to others */
    return !log || weir_a64_load_acquire(&log->marks.at[weir_stamp_level(stamp)]) >= weir_stamp_position(stamp);
}

/* In a read section: a batch that r belongs to may go at any time. */
static inline uint64_t weir_pending_stamp(const weir_pending *p) {
    uint64_t stamp = weir_a64_load(&p->stamp); /* relaxed: written before the record was published */
    if (!(stamp & 1)) return stamp;
    /* B2 acquire: pairs with B1, so that who sees one record of a batch sees all */
    return weir_a64_load_acquire(&((const weir_unsettled *)(uintptr_t)(stamp - 1))->stamp);
}

/* Where r's own state of being seen lies; NULL: it is settled. S2 acquire: pairs with S1 in settle.c and the slot's
 * release. */
static inline weir_pending *weir_record_pending(const weir_record *r) {
    return (weir_pending *)weir_aptr_load_acquire(&r->pending);
}

/* The newest that can be seen of what a slot holds; NULL: no such key. In a read section, or r is kept by a
 * snapshot. */
static inline weir_record *weir_visible(const weir_resident *s, weir_record *r) {
    weir_pending *p;
    while (r && WEIR_UNLIKELY((p = weir_record_pending(r)) != NULL)) {
        if (weir_stamp_visible(s->log, weir_pending_stamp(p))) break;
        r = (weir_record *)weir_aptr_load(&p->older); /* relaxed: written before r was published */
    }
    return r && WEIR_LIKELY(!r->tombstone) ? r : NULL;
}

/* The stamp that r still waits for; 0: for none; WEIR_UNDECIDED: it is of the batch that asks. Under the slot's lock,
 * or alone. */
static inline uint64_t weir_record_awaits(const weir_resident *s, const weir_record *r) {
    weir_pending *p;
    uint64_t stamp = 0;
    if (!weir_record_pending(r)) return 0;
    weir_rcu_begin(); /* its batch may be settled by another right now */
    if ((p = weir_record_pending(r))) stamp = weir_pending_stamp(p);
    weir_rcu_end();
    return weir_stamp_visible(s->log, stamp) ? 0 : stamp;
}

static inline weir_kv_bytes weir_record_value_bytes(const weir_record *r) {
    return weir_kv_bytes_of(weir_record_value(r), r->value_size);
}
static inline weir_kv_bytes weir_record_key_bytes(const weir_record *r) {
    return weir_kv_bytes_of(r->bytes, r->key_size);
}

#define WEIR_MAP_CHOSEN WEIR_BIND(map, WEIR_KV, )
#define WEIR_MAP_CHOSEN_FIND WEIR_BIND(map, WEIR_KV, _find)

/* What the slot of a key holds; the variant of the build is called by name. */
static inline weir_record *weir_tree_find(const weir_tree *t, weir_kv_bytes key) {
    if (WEIR_LIKELY(t->base.map == &WEIR_MAP_CHOSEN)) return WEIR_MAP_CHOSEN_FIND(weir_tree_map(t), key.at, key.size);
    return t->base.map->find(weir_tree_map(t), key.at, key.size);
}

static inline bool weir_tree_dropped(const weir_tree *t) {
    return WEIR_UNLIKELY(weir_a32_load(&t->state) == WEIR_TREE_DROPPED);
}

/* relaxed: who knows of the drop has it ordered by what told him; a section that does not is safe, for the map goes
 * after it. */
static inline weir_kv_status weir_tree_read(const weir_tree *t, weir_kv_bytes key, weir_kv_bytes *value) {
    if (weir_tree_dropped(t)) return WEIR_KV_DROPPED;
    weir_record *r = weir_visible(weir_tree_store(t), weir_tree_find(t, key));
    if (!r) return WEIR_KV_NO;
    *value = weir_record_value_bytes(r);
    return WEIR_KV_OK;
}

#endif
