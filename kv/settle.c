/* settle - what has become as safe as asked is seen without looking at the log, and what is older goes.
 *
 * Whoever waits for what he wrote settles it; what nobody waits for is queued, and settled by whoever comes by. A
 * record's link to what is older is taken by an exchange, so one only retires it: he who settles the record, or one
 * that follows it. Nothing is settled but what is visible, and then all that is older is not looked at by new readers.
 * A deletion that is settled leaves the map. All of this happens in the gate, and not in a tenant that was dropped: its
 * map may be gone, or kept by snapshots only, to which the record itself says then that it is seen. */
#include "kv/visible_p.h"

weir_record *weir_chain_next(weir_record *r) {
    if (!weir_record_pending(r)) return NULL;
    weir_pending *p = weir_aptr_xchg_acq_rel(&r->pending, NULL); /* S1 release: pairs with S2 in weir_record_pending */
    return p ? weir_aptr_load(&p->older) : NULL;
}

void weir_chain_retire_pending(weir_tree *t, weir_record *r) {
    for (weir_record *older; r; r = older) {
        older = weir_chain_next(r);
        t->base.map->retire_record(weir_tree_map(t), r);
    }
}

/* -- one record ---------------------------------------------------------------------------------------------------- */

typedef struct removal {
    weir_edit edit;
    const weir_record *tombstone;
    bool done;
} removal;

static weir_edit_action decide(weir_edit *e, weir_record *now) {
    removal *x = (removal *)e;
    x->done = now == x->tombstone;
    return x->done ? WEIR_EDIT_REMOVE : WEIR_EDIT_KEEP;
}

/* Without memory it stays, and is looked at as nothing, until its key is written again. */
static void remove_tombstone(weir_tree *t, weir_record *r) {
    removal x = {.edit = {.key = r->bytes, .size = r->key_size, .decide = decide}, .tombstone = r};
    weir_kv_status st = t->base.map->edit(weir_tree_map(t), &x.edit);
    if (st != WEIR_KV_OK) weir_a64_add(&t->hidden, WEIR_HIDES);
    else if (x.done) t->base.map->retire_record(weir_tree_map(t), r);
}

void weir_record_settle(weir_tree *t, weir_record *r) {
    if (!weir_record_pending(r)) return; /* what followed it was settled before */
    weir_chain_retire(t, weir_chain_next(r));
    if (r->tombstone) remove_tombstone(t, r);
}

/* The slot holds one that others may be looking at, and pass over: it becomes a settled deletion. */
void weir_record_never(weir_tree *t, weir_record *r) {
    r->tombstone = 1;
    weir_aptr_store_release(&r->pending, NULL); /* S1 */
    remove_tombstone(t, r);
}

/* Who comes to r finds it visible without the batch that it belongs to, which may go; `older` stays the map's. */
static void show(weir_record *r) {
    weir_pending *p = weir_record_pending(r);
    if (p) weir_a64_store(&p->stamp, weir_stamp(0, WEIR_KV_MEMORY));
}

void weir_record_settle_entering(weir_tree *t, weir_record *r) {
    unsigned lane = weir_gate_enter(&t->gate);
    if (weir_tree_dropped(t)) show(r);
    else weir_record_settle(t, r);
    weir_gate_leave(&t->gate, lane);
}

/* -- what was written together, or later --------------------------------------------------------------------------- */

static size_t size_of(size_t n) { return sizeof(weir_unsettled) + n * sizeof(weir_record *); }

weir_unsettled *weir_unsettled_make(weir_tree *t, size_t n) {
    weir_unsettled *u =
        n < SIZE_MAX / sizeof(weir_record *) / 2 ? weir_mem_get(weir_tree_store(t)->mem, size_of(n)) : NULL;
    if (!u) return NULL;
    weir_a64_store(&u->stamp, WEIR_UNDECIDED);
    u->next = NULL;
    u->tree = t;
    u->n = n;
    for (size_t i = 0; i < n; i++) u->record[i] = NULL;
    weir_tree_retain(t);
    return u;
}

static void free_it(void *mem, void *at, size_t bytes) { weir_mem_put(mem, at, bytes); }

/* Readers may be looking at its stamp. */
void weir_unsettled_free(weir_unsettled *u) {
    weir_resident *s = weir_tree_store(u->tree);
    weir_tree *t = u->tree;
    for (size_t i = 0; i < u->n; i++)
        if (u->record[i]) weir_record_release(s->mem, u->record[i]);
    weir_reclaim_retire(s->reclaim, free_it, s->mem, u, size_of(u->n));
    weir_tree_release(t);
}

void weir_unsettled_settle(weir_unsettled *u) {
    for (size_t i = 0; i < u->n; i++) weir_record_settle_entering(u->tree, u->record[i]);
    weir_unsettled_free(u);
}

void weir_unsettled_later(weir_unsettled *u) {
    weir_resident *s = weir_tree_store(u->tree);
    weir_lock_acquire(&s->unsettled);
    *s->last = u;
    s->last = &u->next;
    weir_a32_store(&s->unsettled_there, 1);
    weir_lock_release(&s->unsettled);
}

/* The first that waited, when it need not any more. */
static weir_unsettled *take(weir_resident *s, bool whatever) {
    weir_lock_acquire(&s->unsettled);
    weir_unsettled *u = s->first;
    if (u && (whatever || weir_stamp_visible(s->log, weir_a64_load(&u->stamp)))) {
        s->first = u->next;
        if (!s->first) s->last = &s->first, weir_a32_store(&s->unsettled_there, 0);
    } else u = NULL;
    weir_lock_release(&s->unsettled);
    return u;
}

void weir_resident_settle(weir_resident *s, size_t n) {
    weir_unsettled *u;
    while (n-- && (u = take(s, false))) weir_unsettled_settle(u);
}

void weir_resident_forget(weir_resident *s) {
    weir_unsettled *u;
    while ((u = take(s, true))) weir_unsettled_free(u);
}
