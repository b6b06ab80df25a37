/* restore - what a log asks of the store in front of it: to take what the log has, and to tell what there is. */
#include <stdlib.h>

#include "kv/scan_p.h"

/* -- recovery ------------------------------------------------------------------------------------------------------ */

static weir_kv_status created(void *arg, uint64_t id, weir_kv_bytes name, const weir_kv_quota *quota) {
    weir_resident *s = arg;
    weir_kv_status st = WEIR_KV_OK;
    weir_tree *t;
    pthread_mutex_lock(&s->registry);
    if (name.size == 0 || id == UINT64_MAX || weir_tenants_find_id(s, id) || weir_tenants_find(s, name))
        st = WEIR_KV_CORRUPT;
    else if (weir_tenants_reserve(s) != WEIR_KV_OK || !(t = weir_tree_make(s, id, name, quota))) st = WEIR_KV_NOMEM;
    else weir_tenants_add(s, t);
    if (st == WEIR_KV_OK && id >= s->next_id) s->next_id = id + 1;
    pthread_mutex_unlock(&s->registry);
    return st;
}

static weir_tree *of_id(weir_resident *s, uint64_t id) {
    pthread_mutex_lock(&s->registry);
    weir_tree *t = weir_tenants_find_id(s, id);
    pthread_mutex_unlock(&s->registry);
    return t;
}

static weir_kv_status limited(void *arg, uint64_t id, const weir_kv_quota *quota) {
    weir_tree *t = of_id(arg, id);
    if (t) weir_account_limit(&t->account, quota);
    return t ? WEIR_KV_OK : WEIR_KV_CORRUPT;
}

static weir_kv_status dropped(void *arg, uint64_t id) {
    weir_tree *t = id ? of_id(arg, id) : NULL;
    if (t) weir_tree_end(t);
    return t ? WEIR_KV_OK : WEIR_KV_CORRUPT;
}

static weir_kv_status changed(void *arg, uint64_t id, const weir_kv_op *op, size_t n) {
    weir_tree *t = of_id(arg, id);
    weir_kv_status st = t ? WEIR_KV_OK : WEIR_KV_CORRUPT;
    for (size_t i = 0; i < n && st == WEIR_KV_OK; i++) {
        st = weir_tree_restore(t, &op[i]);
        if (st == WEIR_KV_NO) st = WEIR_KV_OK; /* a deletion that the snapshot had seen already */
    }
    return st;
}

weir_log_events weir_resident_events(weir_resident *s) {
    return (weir_log_events){s, created, limited, dropped, changed};
}

/* -- compaction ---------------------------------------------------------------------------------------------------- */

enum { TOLD = 64 }; /* keys at once */

static weir_kv_status tell_pairs(weir_tree *t, const weir_map_root *root, const weir_log_events *to) {
    weir_cursor c = {.root = root};
    weir_kv_pair pair[TOLD];
    weir_kv_op op[TOLD];
    size_t got;
    do {
        weir_rcu_begin(); /* for stamps of batches; what is found stays */
        weir_kv_status st = weir_tree_pairs(t, &c, pair, TOLD, &got);
        weir_rcu_end();
        weir_rcu_offline(); /* what is told goes to files */
        for (size_t i = 0; i < got; i++)
            op[i] = (weir_kv_op){.verb = WEIR_KV_SET, .key = pair[i].key, .value = pair[i].value};
        if (st == WEIR_KV_OK && got) st = to->changed(to->arg, t->id, op, got);
        if (st != WEIR_KV_OK) return st;
    } while (got == TOLD);
    return WEIR_KV_OK;
}

/* Everything that is shown is safe first: what a crash undoes is not in the log that is told on top of it. */
static weir_kv_status await_log(weir_resident *s) {
    return weir_resident_await(s, s->log->ops->given(s->log), WEIR_KV_DISK, WEIR_FOREVER);
}

static weir_kv_status tell_frozen(weir_tree *t, const weir_log_events *to) {
    weir_map_root *root;
    weir_kv_status st = weir_tree_freeze(t, &root);
    if (st != WEIR_KV_OK) return st;
    st = await_log(weir_tree_store(t));
    if (st == WEIR_KV_OK) st = tell_pairs(t, root, to);
    weir_tree_thaw(t, root);
    return st;
}

/* What can be seen of n slots; they stay, alone in the gate. */
static weir_kv_status tell_slots(weir_tree *t, weir_record *const *slot, size_t n, const weir_log_events *to) {
    weir_kv_status st = WEIR_KV_OK;
    for (size_t i = 0; i < n && st == WEIR_KV_OK;) {
        weir_kv_op op[TOLD];
        size_t told = 0;
        weir_rcu_begin();
        for (; i < n && told < TOLD; i++) {
            const weir_record *r = weir_visible(weir_tree_store(t), slot[i]);
            if (r)
                op[told++] = (weir_kv_op){
                    .verb = WEIR_KV_SET, .key = weir_record_key_bytes(r), .value = weir_record_value_bytes(r)};
        }
        weir_rcu_end();
        weir_rcu_offline();
        if (told) st = to->changed(to->arg, t->id, op, told);
    }
    return st;
}

/* A variant that cannot be frozen is not in order either, and looks at all its keys for each page: so nearly all of them
 * are one page. */
static weir_kv_status tell_pages(weir_tree *t, const weir_log_events *to) {
    weir_mem *mem = weir_tree_store(t)->mem;
    size_t room = (size_t)weir_account_usage(&t->account).keys + TOLD, n = room;
    weir_record **slot = weir_mem_get(mem, room * sizeof *slot);
    weir_map_range range = {.after = {NULL, 0}};
    weir_kv_status st = slot ? WEIR_KV_OK : WEIR_KV_NOMEM;
    while (st == WEIR_KV_OK && n == room) {
        weir_rcu_begin();
        st = t->base.map->scan(weir_tree_map(t), NULL, &range, slot, room, &n);
        weir_rcu_end();
        if (st == WEIR_KV_OK) st = tell_slots(t, slot, n, to);
        if (n) range.after = weir_record_key_bytes(slot[n - 1]);
    }
    weir_mem_put(mem, slot, room * sizeof *slot);
    return st;
}

static weir_kv_status tell_alone(weir_tree *t, const weir_log_events *to) {
    weir_gate_close(&t->gate);
    weir_kv_status st = weir_tree_dropped(t) ? WEIR_KV_DROPPED : await_log(weir_tree_store(t));
    if (st == WEIR_KV_OK) st = tell_pages(t, to);
    weir_gate_open(&t->gate);
    return st;
}

static weir_kv_status tell_keys(weir_tree *t, const weir_log_events *to) {
    weir_kv_status st = t->base.map->snapshots ? tell_frozen(t, to) : tell_alone(t, to);
    return st == WEIR_KV_DROPPED ? WEIR_KV_OK : st;
}

static weir_kv_status tell_tenant(weir_tree *t, const weir_log_events *to) {
    unsigned lane = weir_gate_enter(&t->gate);
    weir_kv_quota quota = t->account.quota;
    weir_gate_leave(&t->gate, lane);
    if (t->id == 0) return to->limited(to->arg, 0, &quota);
    return to->created(to->arg, t->id, weir_kv_bytes_of(t->name, t->name_size), &quota);
}

/* Those that there are, with a reference each; NULL: no memory. */
static weir_tree **list(weir_resident *s, size_t *n) {
    weir_tree **all = malloc((s->named_count + 1) * sizeof *all);
    if (!all) return NULL;
    all[0] = s->root;
    for (size_t i = 0; i < s->named_count; i++) all[i + 1] = s->named[i];
    *n = s->named_count + 1;
    for (size_t i = 0; i < *n; i++) weir_tree_retain(all[i]);
    return all;
}

weir_kv_status weir_resident_walk(void *store, const weir_log_events *to, void (*begun)(void *arg)) {
    weir_resident *s = store;
    size_t n = 0;
    weir_kv_status st = WEIR_KV_OK;
    pthread_mutex_lock(&s->registry);
    weir_tree **all = list(s, &n);
    if (!all) st = WEIR_KV_NOMEM;
    else begun(to->arg);
    for (size_t i = 0; i < n && st == WEIR_KV_OK; i++)
        if (weir_a32_load(&all[i]->state) == WEIR_TREE_LIVE) st = tell_tenant(all[i], to);
    pthread_mutex_unlock(&s->registry);
    for (size_t i = 0; i < n; i++) {
        if (st == WEIR_KV_OK && weir_a32_load(&all[i]->state) == WEIR_TREE_LIVE) st = tell_keys(all[i], to);
        weir_tree_release(all[i]);
    }
    free(all);
    return st;
}
