#include <stdlib.h>

#include "kv/tree_p.h"
#include "kv/visible_p.h"

static weir_kv_status let_go(weir_resident *s, weir_kv_status st) {
    weir_reclaim_free(s->reclaim);
    weir_mem_free(s->mem);
    pthread_mutex_destroy(&s->registry);
    free(s->named);
    free(s->numbered);
    free(s);
    return st;
}

weir_kv_status weir_resident_new(const weir_kv_options *o, const weir_store_ops *ops, weir_resident **made,
                                 weir_kv_error *error) {
    const weir_map_ops *map = weir_map_find(o->variant);
    if (!map) return weir_kv_fail(error, WEIR_KV_BAD, 0, 0, "no variant '%s' of kv", o->variant);
    weir_resident *s = calloc(1, sizeof *s);
    if (!s) return weir_kv_fail(error, WEIR_KV_NOMEM, 0, 0, "no memory for a store");
    s->base = (weir_kv){.ops = ops, .options = *o, .resident = true};
    s->map = map;
    s->next_id = 1;
    s->last = &s->first;
    weir_lock_init(&s->unsettled);
    pthread_mutex_init(&s->registry, NULL);
    s->mem = weir_mem_new(o->huge_pages);
    s->reclaim = weir_reclaim_new(o->retired_max, o->full_after_ns);
    if (s->reclaim) weir_reclaim_offers(s->reclaim, weir_record_reclaim);
    if (s->mem && s->reclaim) s->root = weir_tree_make(s, 0, weir_kv_bytes_of(NULL, 0), NULL);
    if (!s->root) return let_go(s, weir_kv_fail(error, WEIR_KV_NOMEM, 0, 0, "no memory for a store"));
    *made = s;
    return WEIR_KV_OK;
}

weir_kv_status weir_resident_attach(weir_resident *s, weir_log *log) {
    s->log = log;
    return log->ops->start(log, weir_resident_walk, s);
}

/* Maps of tenants that were dropped go first, by calls of RCU that refer to the store. */
weir_kv_status weir_resident_close(weir_kv *kv) {
    weir_resident *s = (weir_resident *)kv;
    weir_kv_status st = s->log ? s->log->ops->close(s->log) : WEIR_KV_OK;
    weir_resident_forget(s);
    weir_rcu_barrier();
    while (s->all) weir_tree_discard(s->all);
    return let_go(s, st);
}

weir_kv_status weir_resident_fault(const weir_kv *kv, weir_kv_error *error) {
    const weir_resident *s = (const weir_resident *)kv;
    return s->log ? s->log->ops->fault(s->log, error) : WEIR_KV_OK;
}

const char *weir_resident_variant(const weir_kv *kv) { return ((const weir_resident *)kv)->map->name; }

/* -- waiting for the log ------------------------------------------------------------------------------------------- */

weir_kv_status weir_resident_await(weir_resident *s, uint64_t position, weir_kv_level level, uint64_t deadline_ns) {
    if (weir_stamp_visible(s->log, weir_stamp(position, level))) return WEIR_KV_OK;
    weir_rcu_offline();
    weir_kv_status st = s->log->ops->wait(s->log, position, level, deadline_ns);
    weir_rcu_online();
    return st;
}

weir_kv_status weir_resident_wait(weir_kv *kv, uint64_t position, weir_kv_level level, uint64_t deadline_ns) {
    weir_resident *s = (weir_resident *)kv;
    if (position > (s->log ? s->log->ops->given(s->log) : 0)) return WEIR_KV_BAD;
    weir_kv_status st = weir_resident_await(s, position, level, deadline_ns);
    weir_resident_settle(s, SIZE_MAX);
    return st;
}

weir_kv_status weir_resident_sync(weir_kv *kv, weir_kv_level level) {
    weir_resident *s = (weir_resident *)kv;
    return weir_resident_wait(kv, s->log ? s->log->ops->given(s->log) : 0, level, WEIR_FOREVER);
}

weir_kv_status weir_resident_compact(weir_kv *kv) {
    weir_resident *s = (weir_resident *)kv;
    return s->log ? s->log->ops->compact(s->log, NULL) : WEIR_KV_OK;
}

/* -- what it is doing ---------------------------------------------------------------------------------------------- */

void weir_resident_stats(weir_kv *kv, weir_kv_stats *stats) {
    weir_resident *s = (weir_resident *)kv;
    stats->memory = weir_mem_used(s->mem);
    weir_reclaim_stats(s->reclaim, stats);
    if (s->log) s->log->ops->stats(s->log, stats);
}
