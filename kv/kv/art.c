#include "kv/kv/art.h"

#include <assert.h>
#include <stdint.h>

static weir_kv_status init(void *map, weir_mem *mem, weir_reclaim *reclaim) {
    weir_art *t = map;
    memset(t, 0, sizeof *t);
    t->keeper = weir_art_keeper_new(mem, reclaim);
    if (!t->keeper) return WEIR_KV_NOMEM;
    t->mem = mem;
    t->reclaim = reclaim;
    t->head.generation = UINT32_MAX; /* shared with no snapshot, ever */
    weir_a32_store(&t->generation, 1);
    return WEIR_KV_OK;
}

/* Nodes to be freed wait in a list through their tails. */
static void put_off(weir_art_node **list, weir_art_node *n) {
    memcpy(n->tail, list, sizeof *list);
    *list = n;
}

static weir_art_node *take(weir_art_node **list) {
    weir_art_node *n = *list;
    memcpy(list, n->tail, sizeof *list);
    return n;
}

static void destroy(void *map, void (*drop)(void *arg, weir_record *r), void *arg) {
    weir_art *t = map;
    weir_art_node *list = NULL;
    assert(!weir_a32_load(&t->frozen));
    void *entry = weir_aptr_load(&t->root);
    if (weir_art_is_node(entry)) put_off(&list, weir_art_node_of(entry));
    else if (entry && drop) drop(arg, entry);
    while (list) {
        weir_art_node *n = take(&list);
        for (int at = WEIR_ART_TERM; (entry = weir_art_next(n, &at)); at++) {
            if (weir_art_is_node(entry)) put_off(&list, weir_art_node_of(entry));
            else if (drop) drop(arg, entry);
        }
        weir_art_free(t->mem, n);
    }
    weir_art_keeper_release(t->keeper);
}

/* A0 acquire: pairs with the release of whoever filled the root (E1, C1). */
static void *root_of(const weir_art *t) { return weir_aptr_load_acquire(&t->root); }

weir_record *weir_map_art_find(const void *map, const void *key, size_t size) {
    return weir_art_find(root_of(map), key, size);
}

static void find_n(const void *map, size_t n, const weir_kv_bytes *key, weir_record **found) {
    weir_art_find_n(root_of(map), n, key, found);
}

static weir_record *find_in(const void *map, const weir_map_root *root, const void *key, size_t size) {
    (void)map;
    return weir_art_find(weir_art_frozen_root(root), key, size);
}

static weir_kv_status edit(void *map, weir_edit *e) { return weir_art_edit(map, e); }

static weir_kv_status scan(const void *map, const weir_map_root *root, const weir_map_range *range, weir_record **found,
                           size_t n, size_t *got) {
    const weir_art *t = map;
    return weir_art_scan(t->mem, root ? weir_art_frozen_root(root) : root_of(t), range, found, n, got);
}

static weir_kv_status freeze(void *map, weir_map_root **root) { return weir_art_freeze(map, root); }
static void thaw(void *map, weir_map_root *root) { weir_art_thaw(map, root); }
static uint32_t generation(const void *map) { return weir_art_generation(map); }
static void retire_record(void *map, weir_record *r) { weir_art_retire_record(map, r); }

static uint64_t memory(const void *map) {
    const weir_art *t = map;
    uint64_t sum = 0;
    for (unsigned i = 0; i < WEIR_LANES; i++) sum += weir_a64_load(&t->lane[i].bytes);
    return sum;
}

const weir_map_ops weir_map_art = {
    .name = "art",
    .snapshots = true,
    .size = sizeof(weir_art),
    .init = init,
    .destroy = destroy,
    .find = weir_map_art_find,
    .find_n = find_n,
    .edit = edit,
    .scan = scan,
    .freeze = freeze,
    .thaw = thaw,
    .find_in = find_in,
    .generation = generation,
    .retire_record = retire_record,
    .memory = memory,
};
