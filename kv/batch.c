/* batch - several operations as one step, alone in the gate.
 *
 * Each is put into the map behind a stamp that they share, which readers pass over; when all have been judged and are
 * there, the quota has room, and one record of the log has them, the stamp is decided by one store, and all are seen.
 * Before that they can be undone: what was replaced is put back, which takes no memory, and what was new becomes a
 * deletion. */
#include "kv/visible_p.h"

typedef struct step {
    weir_edit edit; /* fresh: the record; when undoing: what it had replaced */
    struct batch *batch;
    const weir_kv_op *op;
    int64_t keys, bytes; /* what it makes of them */
    weir_kv_status status;
    weir_record *record, *replaced;
} step;

typedef struct batch {
    weir_tree *tree;
    weir_unsettled *all;
    weir_kv_level level;
    uint64_t position; /* of its record in the log, or of what its answer rests on */
    size_t n, put;     /* steps; of these, in the map */
    step step[];
} batch;

static size_t size_of(size_t n) { return sizeof(batch) + n * sizeof(step); }

/* -- into the map -------------------------------------------------------------------------------------------------- */

static weir_edit_action put(weir_edit *e, weir_record *now) {
    step *x = (step *)e;
    batch *b = x->batch;
    weir_record *last = now && !now->tombstone ? now : NULL;
    uint64_t awaits = now ? weir_record_awaits(weir_tree_store(b->tree), now) : 0;
    if (awaits && awaits != WEIR_UNDECIDED && weir_stamp_level(awaits) > b->level) b->level = weir_stamp_level(awaits);
    if ((x->status = weir_change_judge(x->op, last)) != WEIR_KV_OK) return WEIR_EDIT_KEEP;
    weir_change_size(x->op, last, &x->keys, &x->bytes);
    weir_record_pend(x->record, weir_stamp_of_batch(b->all), now);
    x->replaced = now;
    return WEIR_EDIT_PUT;
}

/* In order, until one answers another thing than OK: *failed. */
static weir_kv_status put_all(batch *b, size_t *failed) {
    const weir_map_ops *map = b->tree->base.map;
    void *m = weir_tree_map(b->tree);
    for (b->put = 0; b->put < b->n; b->put++) {
        step *x = &b->step[b->put];
        x->record->generation = map->generation(m);
        weir_kv_status st = map->edit(m, &x->edit);
        if (st == WEIR_KV_OK) st = x->status;
        if (st != WEIR_KV_OK) return *failed = b->put, st;
    }
    return WEIR_KV_OK;
}

/* What the whole of it leaves counts; *failed is then the first that goes beyond. */
static weir_kv_status account(batch *b, size_t *failed) {
    int64_t keys = 0, bytes = 0;
    for (size_t i = 0; i < b->n; i++) keys += b->step[i].keys, bytes += b->step[i].bytes;
    if (weir_account_add(&b->tree->account, 0, keys, bytes)) return WEIR_KV_OK;
    keys = bytes = 0;
    for (*failed = 0; *failed < b->n - 1; ++*failed) {
        keys += b->step[*failed].keys, bytes += b->step[*failed].bytes;
        if (!weir_account_fits(&b->tree->account, keys, bytes)) break;
    }
    return WEIR_KV_QUOTA;
}

static void unaccount(batch *b) {
    for (size_t i = 0; i < b->n; i++) weir_account_force(&b->tree->account, 0, -b->step[i].keys, -b->step[i].bytes);
}

static weir_kv_status append(batch *b, const weir_kv_op *op, size_t *failed) {
    weir_resident *s = weir_tree_store(b->tree);
    *failed = 0;
    if (!s->log) return WEIR_KV_OK;
    weir_kv_status st = s->log->ops->append(s->log, b->tree->id, op, b->n, &b->position);
    if (st == WEIR_KV_OK) weir_resident_appended(s, b->position, b->level);
    else unaccount(b);
    return st;
}

/* -- decided, or undone -------------------------------------------------------------------------------------------- */

/* B1 release: pairs with B2 in weir_pending_stamp; who sees one of the records sees all. */
static void decide(batch *b) {
    uint64_t stamp = weir_stamp(b->position, b->level);
    weir_a64_store_release(&b->all->stamp, stamp);
    for (size_t i = 0; i < b->n; i++) {
        weir_record_retain(b->step[i].record);
        b->all->record[i] = b->step[i].record;
        weir_watch_tell(b->tree, b->step[i].record, b->step[i].record->tombstone, stamp);
    }
}

static weir_edit_action put_back(weir_edit *e, weir_record *now) {
    assert(now == ((step *)e)->record);
    (void)e, (void)now;
    return WEIR_EDIT_PUT;
}

static void undo(step *x) {
    weir_tree *t = x->batch->tree;
    if (!x->replaced) {
        weir_record_never(t, x->record);
        return;
    }
    x->edit.decide = put_back;
    x->edit.fresh = x->replaced;
    weir_kv_status st = t->base.map->edit(weir_tree_map(t), &x->edit);
    assert(st == WEIR_KV_OK);
    (void)st;
    t->base.map->retire_record(weir_tree_map(t), x->record);
}

static void undo_all(batch *b) {
    for (size_t i = b->put; i-- > 0;) undo(&b->step[i]);
    for (size_t i = b->put; i < b->n; i++) weir_record_release(weir_tree_store(b->tree)->mem, b->step[i].record);
}

/* Alone in the gate. */
static weir_kv_status run(batch *b, const weir_kv_op *op, size_t *failed) {
    weir_a64_add(&b->tree->hidden, WEIR_HIDES); /* relaxed: each slot's release has it behind it */
    weir_kv_status st = put_all(b, failed);
    if (st == WEIR_KV_OK) st = account(b, failed);
    if (st == WEIR_KV_OK) st = append(b, op, failed);
    if (st == WEIR_KV_OK) return decide(b), st;
    undo_all(b);
    weir_a64_sub(&b->tree->hidden, 1);
    weir_log *log = weir_tree_store(b->tree)->log;
    if (st == WEIR_KV_NO && log) b->position = log->ops->given(log); /* it may rest on anything that is not safe yet */
    return st;
}

/* -- the whole ----------------------------------------------------------------------------------------------------- */

static void unmake(batch *b) {
    weir_mem *mem = weir_tree_store(b->tree)->mem;
    for (size_t i = 0; i < b->n; i++) weir_record_release(mem, b->step[i].record);
}

static void free_all(batch *b, size_t n) {
    if (b->all) weir_unsettled_free(b->all);
    weir_mem_put(weir_tree_store(b->tree)->mem, b, size_of(n));
}

static bool make_step(batch *b, const weir_kv_op *op) {
    bool stays = op->verb != WEIR_KV_DEL;
    weir_kv_bytes nothing = {NULL, 0};
    weir_record *r = weir_record_make(weir_tree_store(b->tree)->mem, op->key, stays ? op->value : nothing, true);
    if (!r) return false;
    r->tombstone = !stays;
    b->step[b->n++] = (step){.edit = {.key = op->key.at, .size = op->key.size, .fresh = r, .decide = put},
                             .batch = b,
                             .op = op,
                             .record = r};
    return true;
}

static batch *make(weir_tree *t, const weir_kv_op *op, size_t n, weir_kv_level level) {
    weir_resident *s = weir_tree_store(t);
    batch *b = n < SIZE_MAX / sizeof(step) / 2 ? weir_mem_get(s->mem, size_of(n)) : NULL;
    if (!b) return NULL;
    *b = (batch){.tree = t, .level = s->log ? level : WEIR_KV_MEMORY, .all = weir_unsettled_make(t, n)};
    while (b->all && b->n < n && make_step(b, &op[b->n])) {}
    if (b->n == n) return b;
    unmake(b);
    free_all(b, n);
    return NULL;
}

/* Whoever waits settles it, and frees it. When the log has ended it stays, for its records are in the map, and readers
 * who pass over them look at its stamp. */
static weir_kv_status finish(batch *b, bool done, bool later) {
    weir_resident *s = weir_tree_store(b->tree);
    weir_unsettled *all = b->all;
    bool seen = !done || weir_stamp_visible(s->log, weir_a64_load(&all->stamp));
    weir_kv_status st = WEIR_KV_OK;
    if (!later) st = weir_resident_await(s, b->position, b->level, WEIR_FOREVER);
    if (!done) return st;
    b->all = NULL;
    if (!seen && (later || st != WEIR_KV_OK)) return weir_unsettled_later(all), st;
    weir_unsettled_settle(all);
    weir_a64_sub_release(&b->tree->hidden, 1); /* H1 release: pairs with H2 in read.c */
    return st;
}

weir_kv_status weir_tree_batch(weir_tree *t, weir_kv_op *op, size_t n, const weir_kv_write *how, uint64_t *position,
                               size_t *failed) {
    batch *b = make(t, op, n, how->level);
    *failed = 0;
    if (!b) return WEIR_KV_NOMEM;
    weir_gate_close(&t->gate);
    bool live = weir_a32_load(&t->state) == WEIR_TREE_LIVE;
    weir_kv_status st = live ? run(b, op, failed) : WEIR_KV_DROPPED;
    weir_gate_open(&t->gate);
    if (!live) unmake(b), st = weir_tree_refusal(t);
    for (size_t i = 0; i < n && st == WEIR_KV_OK; i++) op[i].status = WEIR_KV_OK;
    if (st != WEIR_KV_OK) op[*failed].status = st;
    *position = b->position;
    weir_kv_status wait = finish(b, st == WEIR_KV_OK, how->later);
    free_all(b, n);
    return wait == WEIR_KV_OK ? st : wait;
}
