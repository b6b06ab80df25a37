/* map_test_p - a map with all it stands on, and changes of it, for the tests of map variants. */
#ifndef WEIR_KV_MAP_TEST_P_H
#define WEIR_KV_MAP_TEST_P_H

#include "prims/test_p.h"

#include "kv/gate_p.h"
#include "kv/map_p.h"
#include "kv/rcu.h"

typedef struct world {
    const weir_map_ops *ops;
    void *map;
    weir_mem *mem;
    weir_reclaim *reclaim;
    weir_gate gate;
} world;

static inline world *world_new(void) {
    world *w = weir_test_alloc(sizeof *w);
    w->ops = weir_map_find(WEIR_STRING(WEIR_KV));
    w->mem = weir_mem_new(false);
    w->reclaim = weir_reclaim_new(8 << 20, UINT64_C(60000000000));
    w->map = weir_test_alloc(w->ops->size);
    weir_gate_init(&w->gate);
    if (w->ops->init(w->map, w->mem, w->reclaim) != WEIR_KV_OK) abort();
    return w;
}

static inline void world_drop(void *arg, weir_record *r) { weir_record_release(((world *)arg)->mem, r); }

/* Nothing is left of it in memory. */
static inline void world_end(world *w) {
    w->ops->destroy(w->map, world_drop, w);
    weir_reclaim_free(w->reclaim);
    uint64_t left = weir_mem_used(w->mem);
    weir_mem_free(w->mem);
    weir_gate_destroy(&w->gate);
    free(w->map);
    free(w);
    assert_int_equal(left, 0);
}

/* A change that puts, or removes what is there. */
typedef struct change {
    weir_edit edit; /* first */
    weir_edit_action want;
    weir_record *before; /* what decide was given */
    unsigned decided;    /* how often decide was called */
} change;

static inline weir_edit_action change_decide(weir_edit *e, weir_record *now) {
    change *c = (change *)e;
    c->decided++;
    c->before = now;
    return c->want == WEIR_EDIT_REMOVE && !now ? WEIR_EDIT_KEEP : c->want;
}

static inline change change_to(world *w, weir_kv_bytes key, weir_edit_action want, weir_kv_bytes value) {
    change c = {{.key = key.at, .size = key.size, .decide = change_decide}, want, NULL, 0};
    if (want == WEIR_EDIT_PUT) {
        c.edit.fresh = weir_record_make(w->mem, key, value, false);
        if (!c.edit.fresh) abort();
        c.edit.fresh->generation = w->ops->generation(w->map);
    }
    return c;
}

/* Makes it, and retires what went. The gate is entered. */
static inline weir_kv_status change_make(world *w, change *c) {
    weir_kv_status status = w->ops->edit(w->map, &c->edit);
    if (status == WEIR_KV_OK && c->want != WEIR_EDIT_KEEP && c->before) w->ops->retire_record(w->map, c->before);
    return status;
}

#endif
