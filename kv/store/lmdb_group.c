/* Who writes: one commits for all that wait.
 *
 * Requests queue. The first to come leads: it runs all that are there in one transaction, commits, and while it syncs the next gather;
 * the first of those leads then. One that is several changes is run in a transaction within, so that it alone can be taken back. When
 * LMDB refuses the whole, each is run again by itself, so that only those are refused that do not fit.
 * What failed at reading or writing ends writing for good: what the disk has then nobody knows. */
#include <assert.h>
#include <errno.h>
#include <sys/statvfs.h>

#include "kv/rcu.h"
#include "kv/store/lmdb_p.h"

enum { WAITS, LEADS, DONE };
enum { GROUP = 1024 };

bool weir_lmdb_did(weir_lmdb_change *c, int error) {
    c->error = error;
    return error == 0;
}

/* -- accounts: one is kept at hand ------------------------------------------------------------------------------------ */

static bool put_account(weir_lmdb_change *c) {
    weir_lmdb_key k;
    if (!c->account_changed) return true;
    c->account_changed = false;
    MDB_val value = {.mv_data = &c->account, .mv_size = sizeof c->account};
    return weir_lmdb_did(c, mdb_put(c->tree.txn, c->tree.dbi, weir_lmdb_layer_key(&k, 'u', c->of), &value, 0));
}

weir_kv_status weir_lmdb_account_of(weir_lmdb_change *c, uint64_t layer) {
    weir_lmdb_key k;
    MDB_val value;
    if (c->of == layer) return WEIR_KV_OK;
    if (!put_account(c)) return weir_lmdb_status(c->error);
    c->of = 0;
    int done = mdb_get(c->tree.txn, c->tree.dbi, weir_lmdb_layer_key(&k, 'u', layer), &value);
    if (done == MDB_NOTFOUND) return WEIR_KV_DROPPED;
    if (done == 0 && value.mv_size != sizeof c->account) done = MDB_CORRUPTED;
    if (!weir_lmdb_did(c, done)) return weir_lmdb_status(done);
    memcpy(&c->account, value.mv_data, sizeof c->account);
    c->of = layer;
    return WEIR_KV_OK;
}

/* -- one transaction ---------------------------------------------------------------------------------------------------- */

/* Runs it in a transaction within. */
static void run_within(weir_lmdb_request *q, weir_lmdb_change *outer) {
    weir_lmdb_change c = {.store = outer->store, .tree.dbi = outer->tree.dbi};
    if (!put_account(outer)) return;
    outer->of = 0;
    if (!weir_lmdb_did(outer, mdb_txn_begin(outer->store->env, outer->tree.txn, 0, &c.tree.txn))) return;
    q->status = q->run(q, &c);
    bool keeps = q->status == WEIR_KV_OK && c.error == 0 && put_account(&c);
    if (!keeps) mdb_txn_abort(c.tree.txn);
    outer->error = keeps ? mdb_txn_commit(c.tree.txn) : c.error;
    if (!keeps) return;
    outer->changed |= c.changed;
    outer->records += c.records;
}

static void run_all(weir_lmdb_request *first, weir_lmdb_change *c) {
    bool alone = !first->next;
    for (weir_lmdb_request *q = first; q && c->error == 0; q = q->next) {
        if (q->whole && !alone) run_within(q, c);
        else q->status = q->run(q, c);
    }
    if (alone && first->whole && first->status != WEIR_KV_OK) c->changed = false; /* none of it is kept */
    else if (c->error == 0) put_account(c);
}

static bool wants_disk(const weir_lmdb *s, const weir_lmdb_request *first) {
    bool disk = !s->weak;
    for (; first; first = first->next) disk |= first->level == WEIR_KV_DISK;
    return disk;
}

static int commit(weir_lmdb *s, weir_lmdb_change *c, bool disk) {
    uint64_t id = mdb_txn_id(c->tree.txn);
    int done = mdb_txn_commit(c->tree.txn);
    if (done) return done;
    weir_a64_add(&s->records, c->records);
    weir_a64_add(&s->syncs, disk);
    weir_lmdb_tell(s, id);
    if (disk) weir_a64_store(&s->synced, id);
    return 0;
}

/* LMDB answers EIO to a write that was cut short, as a full device does it. */
static int cause_of(weir_lmdb *s, int error) {
    struct statvfs device;
    bool full = error == EIO && statvfs(s->dir.path, &device) == 0 && device.f_bavail == 0;
    return full ? ENOSPC : error;
}

/* 0: it is written, as safe as is wanted. */
static int transact(weir_lmdb *s, weir_lmdb_request *first, bool disk) {
    weir_lmdb_change c = {.store = s, .tree.dbi = s->dbi};
    if (s->weak) mdb_env_set_flags(s->env, MDB_NOSYNC, !disk);
    int done = mdb_txn_begin(s->env, NULL, 0, &c.tree.txn);
    if (done) return done;
    run_all(first, &c);
    if (c.error == 0 && c.changed) return cause_of(s, commit(s, &c, disk));
    mdb_txn_abort(c.tree.txn);
    return c.error;
}

/* Of what nothing is on the disk, nor half of it. */
static bool is_harmless(const weir_lmdb *s, int error) {
    return error == MDB_MAP_FULL || error == MDB_TXN_FULL || error == ENOMEM || (error == ENOSPC && !s->weak);
}

static weir_kv_status fault_of(weir_lmdb *s) {
    return weir_a32_load_acquire(&s->failed) ? s->fault.status : WEIR_KV_OK;
}

static weir_kv_status sync_now(weir_lmdb *s);

/* What the whole answers; OK: each its own. *each: LMDB refuses them together. */
static weir_kv_status perform_together(weir_lmdb *s, weir_lmdb_request *first, bool *each) {
    bool disk = wants_disk(s, first);
    weir_kv_status st = fault_of(s);
    if (st != WEIR_KV_OK) return st;
    int done = transact(s, first, disk);
    if (done && !is_harmless(s, done)) return weir_lmdb_ends(s, done, "write");
    if (done) return *each = first->next, weir_lmdb_status(done);
    return disk ? sync_now(s) : WEIR_KV_OK; /* an answer may rest on what others wrote at a lower level */
}

static void perform(weir_lmdb *s, weir_lmdb_request *first) {
    bool each = false, again;
    weir_kv_status st = perform_together(s, first, &each);
    for (weir_lmdb_request *q = first, *rest; q; q = rest) {
        rest = q->next;
        q->next = NULL;
        if (each) st = perform_together(s, q, &again);
        q->next = rest;
        if (st != WEIR_KV_OK) q->status = st;
    }
}

/* -- the queue ------------------------------------------------------------------------------------------------------- */

/* The group that is led now: the first of the queue. */
static weir_lmdb_request *take_group(weir_lmdb *s) {
    weir_lock_acquire(&s->queue);
    weir_lmdb_request *first = s->first, *end = first;
    for (int n = 1; n < GROUP && end->next; n++) end = end->next;
    s->first = end->next;
    if (!s->first) s->last = &s->first;
    end->next = NULL;
    weir_lock_release(&s->queue);
    return first;
}

/* LQ release: what was done for it happens before its return. pairs with the acquire in wait_for_turn. It may be gone at once. */
static void tell(weir_lmdb_request *q, uint32_t turn) {
    weir_a32_store_release(&q->turn, turn);
    weir_futex_wake(&q->turn, 1);
}

static void hand_on(weir_lmdb *s) {
    weir_lock_acquire(&s->queue);
    weir_lmdb_request *next = s->first;
    s->led = next;
    weir_lock_release(&s->queue);
    if (next) tell(next, LEADS);
}

static void lead(weir_lmdb *s, weir_lmdb_request *mine) {
    weir_lmdb_request *q = take_group(s), *rest;
    perform(s, q);
    uint64_t position = weir_a64_load(&s->committed);
    hand_on(s);
    for (; q; q = rest) {
        rest = q->next;
        q->position = position;
        if (q != mine) tell(q, DONE);
    }
}

static bool join(weir_lmdb *s, weir_lmdb_request *q) {
    weir_lock_acquire(&s->queue);
    bool leads = !s->led;
    s->led = true;
    *s->last = q;
    s->last = &q->next;
    weir_lock_release(&s->queue);
    return leads;
}

static uint32_t wait_for_turn(weir_lmdb_request *q) {
    uint32_t turn;
    while ((turn = weir_a32_load_acquire(&q->turn)) == WAITS) weir_futex_wait(&q->turn, WAITS, WEIR_FOREVER);
    return turn;
}

weir_kv_status weir_lmdb_submit(weir_lmdb *s, weir_lmdb_request *q) {
    assert(!weir_rcu_inside());
    q->next = NULL;
    weir_a32_store(&q->turn, WAITS);
    weir_rcu_offline();
    if (join(s, q) || wait_for_turn(q) == LEADS) lead(s, q);
    weir_rcu_online();
    return q->status;
}

/* -- the disk --------------------------------------------------------------------------------------------------------- */

/* All that is committed; nothing when it is there. */
static weir_kv_status sync_now(weir_lmdb *s) {
    weir_kv_status st = fault_of(s);
    if (weir_a64_load(&s->synced) >= weir_a64_load(&s->committed) || st != WEIR_KV_OK) return st;
    pthread_mutex_lock(&s->syncing);
    uint64_t position = weir_a64_load(&s->committed);
    int done = 0;
    if (weir_a64_load(&s->synced) < position) {
        done = mdb_env_sync(s->env, 1);
        weir_a64_add(&s->syncs, 1);
        if (done == 0) weir_a64_store(&s->synced, position);
    }
    pthread_mutex_unlock(&s->syncing);
    return done ? weir_lmdb_ends(s, done, "sync") : WEIR_KV_OK;
}

weir_kv_status weir_lmdb_wait(weir_kv *kv, uint64_t position, weir_kv_level level, uint64_t deadline_ns) {
    weir_lmdb *s = (weir_lmdb *)kv;
    if (position > weir_a64_load(&s->committed)) return WEIR_KV_BAD;
    if (level != WEIR_KV_DISK || weir_a64_load(&s->synced) >= position) return WEIR_KV_OK;
    if (weir_now_ns() >= deadline_ns) return WEIR_KV_TIMEOUT;
    return sync_now(s);
}

weir_kv_status weir_lmdb_sync(weir_kv *kv, weir_kv_level level) {
    return level == WEIR_KV_DISK ? sync_now((weir_lmdb *)kv) : WEIR_KV_OK;
}
