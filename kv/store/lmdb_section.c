/* Read sections: which transaction a thread reads in.
 *
 * A section's first transaction stays open until it ends: it is the oldest, so LMDB writes over nothing that was lent since. What
 * others commit meanwhile is seen all the same, by a second one that follows them. Whoever begins a transaction tells its number
 * before he reads in it, so that nobody reads in an older one after him, even when its writer has not got to telling it yet. A section without transaction, because LMDB has
 * no place for a reader more, answers that to whoever reads. */
#include <assert.h>

#include "kv/rcu.h"
#include "kv/store/lmdb_p.h"

static WEIR_THREAD_LOCAL weir_lmdb_reader *mine; /* the sections that this thread is in, one a store */

static weir_lmdb_reader *section_of(const weir_lmdb *s) {
    weir_lmdb_reader *r = mine;
    while (r && r->store != s) r = r->next;
    return r;
}

static weir_lmdb_reader *take(weir_lmdb *s) {
    unsigned lane = weir_lane();
    weir_lock_acquire(&s->pool[lane].lock);
    weir_lmdb_reader *r = s->pool[lane].free;
    if (r) s->pool[lane].free = r->next;
    weir_lock_release(&s->pool[lane].lock);
    if (!r && (r = calloc(1, sizeof *r))) r->store = s;
    return r;
}

static void put_back(weir_lmdb_reader *r) {
    weir_lmdb *s = r->store;
    unsigned lane = weir_lane();
    weir_lock_acquire(&s->pool[lane].lock);
    r->next = s->pool[lane].free;
    s->pool[lane].free = r;
    weir_lock_release(&s->pool[lane].lock);
}

/* LC1 release, LC2 acquire: what was committed happens before what reads in it. */
void weir_lmdb_tell(weir_lmdb *s, uint64_t id) {
    uint64_t told = weir_a64_load_acquire(&s->committed);
    while (told < id && !weir_a64_cas_weak_acq_rel(&s->committed, &told, id)) {}
}

static int renew(weir_lmdb *s, MDB_txn **txn, uint64_t *id) {
    int done = *txn ? mdb_txn_renew(*txn) : mdb_txn_begin(s->env, NULL, MDB_RDONLY, txn);
    if (done) return done;
    weir_lmdb_tell(s, *id = mdb_txn_id(*txn));
    return 0;
}

static void reset(MDB_txn *txn, uint64_t *id) {
    if (*id) mdb_txn_reset(txn);
    *id = 0;
}

/* RCU's depth is told, too, so that kv.c's assertions hold. */
void weir_lmdb_section_begin(weir_kv *kv) {
    weir_lmdb *s = (weir_lmdb *)kv;
    weir_lmdb_reader *r = section_of(s);
    weir_rcu_begin();
    if (!r && (r = take(s))) {
        r->next = mine;
        mine = r;
        r->error = renew(s, &r->pin, &r->pin_id);
    }
    if (r) r->depth++;
}

void weir_lmdb_section_end(weir_kv *kv) {
    weir_lmdb_reader *r = section_of((weir_lmdb *)kv);
    weir_rcu_end();
    if (!r || --r->depth) return;
    weir_lmdb_reader **link = &mine;
    while (*link != r) link = &(*link)->next;
    *link = r->next;
    reset(r->now, &r->now_id);
    reset(r->pin, &r->pin_id);
    put_back(r);
}

/* LC2: a transaction that is renewed after it is at least that new. */
int weir_lmdb_section_tree(weir_lmdb *s, weir_lmdb_tree *t) {
    weir_lmdb_reader *r = section_of(s);
    if (!r) return ENOMEM;
    if (r->error) return r->error;
    uint64_t newest = weir_a64_load_acquire(&s->committed);
    *t = (weir_lmdb_tree){.txn = r->pin, .dbi = s->dbi};
    if (WEIR_LIKELY(newest <= r->pin_id)) return 0;
    if (newest > r->now_id) {
        reset(r->now, &r->now_id);
        int done = renew(s, &r->now, &r->now_id);
        if (done) return done;
    }
    t->txn = r->now;
    return 0;
}

void weir_lmdb_section_forget(weir_lmdb *s) {
    for (unsigned i = 0; i < WEIR_LANES; i++)
        for (weir_lmdb_reader *r; (r = s->pool[i].free);) {
            s->pool[i].free = r->next;
            if (r->now) mdb_txn_abort(r->now);
            if (r->pin) mdb_txn_abort(r->pin);
            free(r);
        }
}
