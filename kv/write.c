/* write - one operation: judged, accounted, logged and put where it belongs, under the lock of its slot.
 *
 * Judged by the newest version, seen or not, so the order of a key's versions is that of its log positions. What is
 * written at a level above memory is not seen until the log has it there; behind a version that waits for more, it
 * waits for as much. An answer that changes nothing waits for what it rests on: the version that was looked at when
 * that still waits, otherwise all that was written at a level below the one asked for, of which a version that is seen
 * may be one (weak). */
#include "kv/visible_p.h"

static void raise_to(weir_a64 *word, uint64_t position) {
    uint64_t seen = weir_a64_load(word);
    while (seen < position && !weir_a64_cas_weak(word, &seen, position)) {}
}

/* relaxed: who rests on a version has its position ordered by the slot that he found it in. */
void weir_resident_appended(weir_resident *s, uint64_t position, weir_kv_level level) {
    for (int l = level + 1; l <= WEIR_KV_DISK; l++) raise_to(&s->weak[l], position);
    if (level > WEIR_KV_MEMORY) raise_to(&s->asked[level], position);
}

static weir_kv_level higher(weir_kv_level a, weir_kv_level b) { return a > b ? a : b; }

static void rest_on(weir_change *c, uint64_t stamp) {
    weir_resident *s = weir_tree_store(c->tree);
    if (!s->log) return;
    c->level = higher(c->level, stamp ? weir_stamp_level(stamp) : WEIR_KV_MEMORY);
    c->position = weir_a64_load(&s->weak[c->level]);
    if (stamp && weir_stamp_position(stamp) > c->position) c->position = weir_stamp_position(stamp);
}

/* IO ...: not logged, so nothing is to change. */
static weir_kv_status append(weir_change *c, uint64_t awaits) {
    weir_resident *s = weir_tree_store(c->tree);
    if (!s->log || c->restoring) return WEIR_KV_OK;
    weir_kv_status st = s->log->ops->append(s->log, c->tree->id, c->op, 1, &c->position);
    if (st != WEIR_KV_OK) return st;
    if (awaits) c->level = higher(c->level, weir_stamp_level(awaits));
    weir_resident_appended(s, c->position, c->level);
    c->pending = c->level > WEIR_KV_MEMORY;
    return WEIR_KV_OK;
}

/* now goes at once, or once what follows it can be seen. */
static weir_edit_action put(weir_change *c, weir_record *now) {
    weir_record *fresh = c->edit.fresh;
    if (c->pending) {
        weir_record_pend(fresh, weir_stamp(c->position, c->level), now);
        weir_record_retain(fresh); /* to settle it: others may have replaced it by then */
        return WEIR_EDIT_PUT;
    }
    c->gone = now;
    return c->op->verb == WEIR_KV_DEL ? WEIR_EDIT_REMOVE : WEIR_EDIT_PUT;
}

static weir_edit_action decide(weir_edit *e, weir_record *now) {
    weir_change *c = (weir_change *)e;
    weir_tree *t = c->tree;
    weir_record *last = now && !now->tombstone ? now : NULL;
    uint64_t awaits = now ? weir_record_awaits(weir_tree_store(t), now) : 0;
    int64_t keys, bytes;
    c->status = weir_change_judge(c->op, last);
    if (c->status != WEIR_KV_OK) return rest_on(c, awaits), WEIR_EDIT_KEEP;
    weir_change_size(c->op, last, &keys, &bytes);
    if (c->restoring) weir_account_force(&t->account, c->lane, keys, bytes);
    else if ((keys || bytes) && !weir_account_add(&t->account, c->lane, keys, bytes)) c->status = WEIR_KV_QUOTA;
    if (c->status != WEIR_KV_OK) return WEIR_EDIT_KEEP;
    c->status = append(c, awaits);
    if (c->status == WEIR_KV_OK) return put(c, now);
    weir_account_force(&t->account, c->lane, -keys, -bytes);
    return WEIR_EDIT_KEEP;
}

static bool make(weir_edit *e) {
    weir_change *c = (weir_change *)e;
    weir_tree *t = c->tree;
    weir_resident *s = weir_tree_store(t);
    bool stays = c->op->verb != WEIR_KV_DEL;
    weir_kv_bytes value = stays ? c->op->value : weir_kv_bytes_of(NULL, 0);
    weir_record *old = weir_reclaim_take(s->reclaim);
    weir_record *fresh = weir_record_make_in(old, s->mem, c->op->key, value, s->log != NULL);
    if (!fresh) return false;
    fresh->tombstone = !stays;
    fresh->generation = t->base.map->generation(weir_tree_map(t));
    e->fresh = fresh;
    return true;
}

/* Without a log a key is deleted at once. */
static weir_change change(weir_tree *t, const weir_kv_op *op, weir_kv_level level) {
    bool log = weir_tree_store(t)->log, fresh = log || op->verb != WEIR_KV_DEL;
    return (weir_change){
        .edit = {.key = op->key.at, .size = op->key.size, .make = fresh ? make : NULL, .decide = decide},
        .tree = t,
        .op = op,
        .level = log ? level : WEIR_KV_MEMORY};
}

/* The record that was made for it, when nobody else has it. */
static void drop_fresh(weir_change *c, bool put_there) {
    if (c->edit.fresh && !put_there) weir_record_release(weir_tree_store(c->tree)->mem, c->edit.fresh);
}

static void tell(weir_change *c) {
    bool deleted = c->op->verb == WEIR_KV_DEL;
    weir_record *r = deleted && !c->pending ? c->gone : c->edit.fresh;
    weir_watch_tell(c->tree, r, deleted, c->pending ? weir_stamp(c->position, c->level) : 0);
}

static weir_kv_status edit(weir_change *c) {
    weir_tree *t = c->tree;
    weir_lock *order = weir_watch_begin(t, c->op->key);
    weir_kv_status st = t->base.map->edit(weir_tree_map(t), &c->edit);
    if (st == WEIR_KV_OK) st = c->status;
    bool done = st == WEIR_KV_OK;
    if (done && order) tell(c);
    if (order) weir_lock_release(order);
    drop_fresh(c, done && (c->pending || c->op->verb != WEIR_KV_DEL));
    if (done) weir_chain_retire(t, c->gone);
    return st;
}

/* -- by itself ----------------------------------------------------------------------------------------------------- */

static weir_kv_status enter_and_edit(weir_change *c) {
    weir_tree *t = c->tree;
    c->lane = weir_gate_enter(&t->gate);
    bool live = weir_a32_load(&t->state) == WEIR_TREE_LIVE;
    weir_kv_status st = live ? edit(c) : WEIR_KV_DROPPED;
    weir_gate_leave(&t->gate, c->lane);
    return live ? st : weir_tree_refusal(t);
}

/* What is visible only later is settled by whoever waits for it. */
static weir_kv_status finish(weir_change *c, weir_unsettled *later) {
    weir_resident *s = weir_tree_store(c->tree);
    if (later && c->pending) {
        later->record[0] = c->edit.fresh;
        weir_a64_store(&later->stamp, weir_stamp(c->position, c->level));
        weir_unsettled_later(later);
        return WEIR_KV_OK;
    }
    if (later) weir_unsettled_free(later);
    else if (s->log) {
        weir_kv_status st = weir_resident_await(s, c->position, c->level, WEIR_FOREVER);
        if (c->pending && st == WEIR_KV_OK) weir_record_settle_entering(c->tree, c->edit.fresh);
        if (c->pending) weir_record_release(s->mem, c->edit.fresh);
        return st;
    }
    return WEIR_KV_OK;
}

static weir_kv_status write_one(weir_tree *t, weir_kv_op *op, const weir_kv_write *how, uint64_t *position) {
    weir_resident *s = weir_tree_store(t);
    weir_unsettled *later = NULL;
    weir_change c = change(t, op, how->level);
    if (how->later && s->log && !(later = weir_unsettled_make(t, 1))) return WEIR_KV_NOMEM;
    weir_kv_status st = enter_and_edit(&c);
    *position = c.position;
    weir_kv_status wait = finish(&c, later);
    if (weir_a32_load(&s->unsettled_there)) weir_resident_settle(s, 2);
    return wait == WEIR_KV_OK ? st : wait;
}

weir_kv_status weir_tree_restore(weir_tree *t, const weir_kv_op *op) {
    weir_change c = change(t, op, WEIR_KV_MEMORY);
    c.restoring = true;
    return enter_and_edit(&c);
}

weir_kv_status weir_tree_write(weir_kv_tenant *handle, weir_kv_op *op, size_t n, const weir_kv_write *how,
                               uint64_t *position, size_t *failed) {
    weir_tree *t = (weir_tree *)handle;
    weir_resident *s = weir_tree_store(t);
    weir_kv_status st = weir_reclaim_admit(s->reclaim);
    if (st == WEIR_KV_OK && s->log) st = s->log->ops->admit(s->log);
    if (st != WEIR_KV_OK) return st;
    if (n > 1) return weir_tree_batch(t, op, n, how, position, failed);
    *failed = 0;
    return op->status = write_one(t, op, how, position);
}
