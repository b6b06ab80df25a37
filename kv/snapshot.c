/* snapshot - a tree at one moment: the variant freezes it while no writer is inside.
 *
 * What had been written and was not yet safe by then is waited for, so that the snapshot shows nothing that a crash
 * undoes. When the log has ended instead, nothing is written any more, and it shows what readers see. */
#include <stdlib.h>

#include "kv/scan_p.h"

typedef struct snapshot {
    weir_kv_snapshot base;
    weir_tree *tree;
    weir_map_root *root;
} snapshot;

weir_kv_status weir_tree_freeze(weir_tree *t, weir_map_root **root) {
    if (!t->base.map->snapshots) return WEIR_KV_NOTSUP;
    weir_gate_close(&t->gate);
    weir_kv_status st = weir_tree_dropped(t) ? WEIR_KV_DROPPED : t->base.map->freeze(weir_tree_map(t), root);
    if (st == WEIR_KV_OK) weir_a32_add(&t->users, 1);
    weir_gate_open(&t->gate);
    return st;
}

void weir_tree_thaw(weir_tree *t, weir_map_root *root) {
    weir_gate_close(&t->gate);
    t->base.map->thaw(weir_tree_map(t), root);
    weir_gate_open(&t->gate);
    weir_tree_unuse(t);
}

static void await_all(weir_resident *s) {
    for (int l = WEIR_KV_OS; l <= WEIR_KV_DISK; l++)
        weir_resident_await(s, weir_a64_load(&s->asked[l]), (weir_kv_level)l, WEIR_FOREVER);
}

weir_kv_status weir_tree_snapshot_open(weir_kv_tenant *handle, weir_kv_snapshot **made) {
    weir_tree *t = (weir_tree *)handle;
    snapshot *s = malloc(sizeof *s);
    if (!s) return WEIR_KV_NOMEM;
    *s = (snapshot){.base.kv = t->base.kv, .tree = t};
    weir_kv_status st = weir_tree_freeze(t, &s->root);
    if (st != WEIR_KV_OK) return free(s), st;
    weir_tree_retain(t);
    await_all(weir_tree_store(t));
    *made = &s->base;
    return WEIR_KV_OK;
}

void weir_tree_snapshot_close(weir_kv_snapshot *handle) {
    snapshot *s = (snapshot *)handle;
    weir_tree_thaw(s->tree, s->root);
    weir_tree_release(s->tree);
    free(s);
}

weir_kv_status weir_tree_snapshot_get(weir_kv_snapshot *handle, weir_kv_bytes key, weir_kv_bytes *value) {
    const snapshot *s = (const snapshot *)handle;
    const weir_tree *t = s->tree;
    weir_rcu_begin(); /* for stamps of batches */
    weir_record *r = t->base.map->find_in(weir_tree_map(t), s->root, key.at, key.size);
    r = weir_visible(weir_tree_store(t), r);
    weir_rcu_end();
    if (!r) return WEIR_KV_NO;
    *value = weir_record_value_bytes(r);
    return WEIR_KV_OK;
}

weir_kv_status weir_tree_snapshot_scan(weir_kv_snapshot *handle, const weir_kv_range *range, weir_kv_pair *pair,
                                       size_t n, size_t *got) {
    const snapshot *s = (const snapshot *)handle;
    weir_cursor c = weir_cursor_of(range, s->root);
    weir_rcu_begin();
    weir_kv_status st = weir_tree_pairs(s->tree, &c, pair, n, got);
    weir_rcu_end();
    return st;
}
