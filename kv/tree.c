/* tree - how long a tenant in memory lives.
 *
 * It is referred to by the registry, by handles, snapshots and watches, and by what waits for the log; the last one
 * frees it. Its map has users of its own, the living tenant and its snapshots; when the last has gone, it is destroyed
 * after a grace period, whoever may still have a handle. */
#include <stdlib.h>
#include <string.h>

#include "kv/tree_p.h"
#include "kv/visible_p.h"

static void init(weir_tree *t, weir_resident *s, uint64_t id, weir_kv_bytes name, const weir_kv_quota *quota) {
    memset(t, 0, sizeof *t);
    t->base.kv = &s->base;
    t->base.map = s->map;
    t->id = id;
    t->name = (unsigned char *)weir_tree_map(t) + s->map->size;
    t->name_size = name.size;
    if (name.size) memcpy(t->name, name.at, name.size);
    weir_a32_store(&t->references, 1);
    weir_a32_store(&t->users, 1);
    for (unsigned i = 0; i < WEIR_ORDERS; i++) weir_lock_init(&t->order[i]);
    weir_lock_init(&t->account.lock);
    weir_gate_init(&t->gate);
    if (quota) weir_account_limit(&t->account, quota);
}

static void destroy(weir_tree *t) {
    weir_gate_destroy(&t->gate);
    free(t);
}

weir_tree *weir_tree_make(weir_resident *s, uint64_t id, weir_kv_bytes name, const weir_kv_quota *quota) {
    size_t line = WEIR_CACHE_LINE, size = sizeof(weir_tree) + s->map->size + name.size;
    weir_tree *t = aligned_alloc(line, (size + line - 1) / line * line);
    if (!t) return NULL;
    init(t, s, id, name, quota);
    if (s->map->init(weir_tree_map(t), s->mem, s->reclaim) != WEIR_KV_OK) return destroy(t), NULL;
    t->next = s->all;
    t->link = &s->all;
    if (t->next) t->next->link = &t->next;
    s->all = t;
    return t;
}

static void drop_record(void *arg, weir_record *r) {
    for (weir_record *older; r; r = older) {
        older = weir_chain_next(r);
        weir_record_release(arg, r);
    }
}

static void destroy_map(weir_tree *t) {
    weir_resident *s = weir_tree_store(t);
    s->map->destroy(weir_tree_map(t), drop_record, s->mem);
}

static void unlink_tree(weir_tree *t) {
    *t->link = t->next;
    if (t->next) t->next->link = t->link;
}

/* RT acq_rel: what all did with the tree happens before it is freed. */
void weir_tree_release(weir_tree *t) {
    weir_resident *s = weir_tree_store(t);
    if (weir_a32_sub_acq_rel(&t->references, 1) > 1) return;
    pthread_mutex_lock(&s->registry);
    unlink_tree(t);
    pthread_mutex_unlock(&s->registry);
    destroy(t);
}

static void map_unused(weir_rcu_head *ending) {
    weir_tree *t = (weir_tree *)(void *)((unsigned char *)ending - offsetof(weir_tree, ending));
    destroy_map(t);
    weir_tree_release(t);
}

/* UT acq_rel: what all users did with the map happens before it goes. Not through reclaim: its budget is for what piles
 * up, and this was there before. */
void weir_tree_unuse(weir_tree *t) {
    if (weir_a32_sub_acq_rel(&t->users, 1) > 1) return;
    weir_tree_retain(t);
    weir_rcu_call(&t->ending, map_unused);
}

void weir_tree_discard(weir_tree *t) {
    if (weir_a32_load(&t->users) > 0) destroy_map(t);
    unlink_tree(t);
    destroy(t);
}
