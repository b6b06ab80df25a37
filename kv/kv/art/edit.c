/* One change of one key: find the place without locks, lock what changes, look again, get memory, ask, obey. */
#include <assert.h>

#include "kv/kv/art/place_p.h"
#include "kv/rcu.h"

typedef enum outcome { DONE, NOMEM, RETRY, FULL } outcome;

/* What a slot holds belongs to this key: nothing, or a record of it. */
static bool is_mine(const weir_edit *e, const weir_record *now) {
    return !now || (!weir_art_is_node(now) && weir_record_is(now, e->key, e->size));
}

/* The slot is there: its owner's lock is all. */
static outcome in_slot(weir_art *t, weir_edit *e, const weir_art_place *p) {
    weir_art_node *n = p->node;
    weir_lock_acquire(&n->lock);
    weir_record *now = weir_aptr_load(p->slot);
    bool same = !n->obsolete && (now == p->entry || is_mine(e, now));
    bool thin = false;
    if (same) switch (e->decide(e, now)) {
        case WEIR_EDIT_KEEP: break;
        case WEIR_EDIT_PUT:
            weir_aptr_store_release(p->slot, e->fresh); /* E1 release: pairs with A0 .. A4; the record */
            weir_art_count(n, !now);
            break;
        case WEIR_EDIT_REMOVE:
            assert(now);
            weir_aptr_store(p->slot, NULL);
            weir_art_count(n, -1);
            thin = n != &t->head && weir_art_thin(n);
        }
    weir_lock_release(&n->lock);
    if (thin) weir_art_tidy(t, e->key, e->size, n);
    return same ? DONE : RETRY;
}

static bool wants_put(weir_edit *e) {
    weir_edit_action action = e->decide(e, NULL);
    assert(action != WEIR_EDIT_REMOVE);
    return action == WEIR_EDIT_PUT;
}

/* A node with two branches comes between the slot's owner and what the slot holds, which itself does not change. */
static outcome fork_off(weir_art *t, weir_edit *e, const weir_art_place *p) {
    weir_art_node *n = p->node, *fork = NULL;
    if (e->fresh) {
        weir_art_list two = {.n = 1, .branch = {p->other}, .entry = {p->entry}};
        int mine = p->fork < e->size ? ((const unsigned char *)e->key)[p->fork] : WEIR_ART_TERM;
        weir_art_list_add(&two, mine, e->fresh);
        fork = weir_art_make(t->mem, weir_art_generation(t), p->fork, e->key, &two);
        if (!fork) return NOMEM;
    }
    weir_lock_acquire(&n->lock);
    bool same = !n->obsolete && weir_aptr_load(p->slot) == p->entry, put = same && wants_put(e);
    if (put) {
        weir_art_weigh(t, weir_art_entry(fork), NULL);
        weir_aptr_store_release(p->slot, weir_art_entry(fork)); /* E1 */
    }
    weir_lock_release(&n->lock);
    if (fork && !put) weir_art_free(t->mem, fork);
    return same ? DONE : RETRY;
}

/* Under the lock. */
static bool has_room(const weir_art_node *n, int branch) { return branch >= 0 && n->used < n->count; }

/* The node gives out a slot of its own. FULL: it has none left, or this is a term that it has none for. */
static outcome in_room(weir_edit *e, const weir_art_place *p) {
    weir_art_node *n = p->node;
    weir_lock_acquire(&n->lock);
    bool same = !n->obsolete && !weir_art_slot(n, p->branch), room = has_room(n, p->branch);
    if (same && room && wants_put(e)) weir_art_claim(n, p->branch, e->fresh);
    weir_lock_release(&n->lock);
    return !same ? RETRY : room ? DONE : FULL;
}

/* A larger copy takes the node's place. Under the locks of both; the node is still in its place. */
static outcome grow(weir_art *t, weir_edit *e, const weir_art_place *p) {
    weir_art_node *copy = NULL;
    if (e->fresh) {
        copy = weir_art_copy(t->mem, weir_art_generation(t), p->node, p->branch, e->fresh);
        if (!copy) return NOMEM;
    }
    if (wants_put(e)) weir_art_replace(t, p->link, p->node, weir_art_entry(copy), true);
    else if (copy) weir_art_free(t->mem, copy);
    return DONE;
}

static outcome in_copy(weir_art *t, weir_edit *e, const weir_art_place *p) {
    weir_art_node *up = p->up, *n = p->node;
    weir_lock_acquire(&up->lock);
    weir_lock_acquire(&n->lock);
    bool there = !up->obsolete && weir_aptr_load(p->link) == weir_art_entry(n);
    outcome o = there && !weir_art_slot(n, p->branch) ? grow(t, e, p) : RETRY;
    bool gone = n->obsolete && there;
    weir_lock_release(&n->lock);
    weir_lock_release(&up->lock);
    if (gone) weir_art_retire_node(t, n);
    return o;
}

/* Inside a read section, so that what is found without locks lasts while it is locked and looked at again. */
static outcome attempt(weir_art *t, weir_edit *e) {
    weir_art_place p;
    weir_art_case found = weir_art_locate(t, e, &p);
    if (found == WEIR_ART_MOVED) return RETRY;
    if (found == WEIR_ART_NOMEM) return NOMEM;
    if (weir_art_shared(t, p.node)) return weir_art_own(t, e->key, e->size, p.node) == WEIR_KV_OK ? RETRY : NOMEM;
    switch (found) {
    case WEIR_ART_SLOT: return in_slot(t, e, &p);
    case WEIR_ART_FORK: return fork_off(t, e, &p);
    default: break;
    }
    outcome o = in_room(e, &p);
    return o == FULL ? in_copy(t, e, &p) : o;
}

weir_kv_status weir_art_edit(weir_art *t, weir_edit *e) {
    for (;;) {
        weir_rcu_begin();
        outcome o = attempt(t, e);
        weir_rcu_end();
        if (o != RETRY) return o == DONE ? WEIR_KV_OK : WEIR_KV_NOMEM;
        weir_pause();
    }
}
