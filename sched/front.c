#include "sched/front_p.h"

#include <stdlib.h>

enum { BITS_PER_KEY = 10, IDSET_BITS_PER_KEY = 8 };
static const uint64_t seed = 0x77656972u;

/* One row for each line of prims/filter/variants.def. */
#define WEIR_VARIANT(kind, name, traits, source, summary)                                                           \
    static size_t name##_bytes(uint64_t keys) { return weir_filter_##name##_bytes(keys, BITS_PER_KEY); }            \
    static void name##_init(weir_front *f, uint64_t keys) {                                                         \
        weir_filter_##name##_init(&f->of.name, keys, BITS_PER_KEY, seed, f->block);                                 \
    }                                                                                                               \
    static void name##_clear(weir_front *f) { weir_filter_##name##_clear(&f->of.name); }                            \
    static void name##_insert(weir_front *f, uint64_t id) { weir_filter_##name##_insert_sp(&f->of.name, id); }      \
    static bool name##_remove(weir_front *f, uint64_t id) { return !weir_filter_##name##_remove(&f->of.name, id); } \
    static bool name##_may_contain(const weir_front *f, uint64_t id) {                                              \
        return weir_filter_##name##_may_contain(&f->of.name, id);                                                   \
    }
#include "prims/filter/variants.def"
#undef WEIR_VARIANT

/* Several ids share a place, so that none can be taken out. */
static uint64_t place(uint64_t keys, uint64_t id) {
    return (id * 0x9e3779b97f4a7c15u >> 32) * (keys * IDSET_BITS_PER_KEY) >> 32;
}
static size_t idset_bytes(uint64_t keys) { return weir_idset_bytes(keys * IDSET_BITS_PER_KEY); }
static void idset_init(weir_front *f, uint64_t keys) {
    weir_idset_init(&f->of.idset, keys * IDSET_BITS_PER_KEY, f->block);
}
static void idset_clear(weir_front *f) { weir_idset_clear(&f->of.idset); }
static void idset_insert(weir_front *f, uint64_t id) { weir_idset_insert(&f->of.idset, place(f->keys, id)); }
static bool idset_remove(weir_front *f, uint64_t id) { return (void)f, (void)id, false; }
static bool idset_may_contain(const weir_front *f, uint64_t id) {
    return weir_idset_contains(&f->of.idset, place(f->keys, id));
}

static size_t maybe_bytes(uint64_t keys) { return (void)keys, (size_t)0; }
static void maybe_init(weir_front *f, uint64_t keys) { (void)f, (void)keys; }
static void maybe_clear(weir_front *f) { (void)f; }
static void maybe_insert(weir_front *f, uint64_t id) { (void)f, (void)id; }
static bool maybe_remove(weir_front *f, uint64_t id) { return (void)f, (void)id, true; }
static bool maybe_may_contain(const weir_front *f, uint64_t id) { return (void)f, (void)id, true; }

#define ROW(name, of) \
    { #name, of##_bytes, of##_init, of##_clear, of##_insert, of##_remove, of##_may_contain }
static const weir_front_kind kinds[] = {
#define WEIR_VARIANT(kind, name, traits, source, summary) ROW(name, name),
#include "prims/filter/variants.def"
#undef WEIR_VARIANT
    ROW(idset, idset),
    ROW(none, maybe),
    ROW(maybe, maybe),
};

const weir_front_kind *weir_front_find(const char *name) {
    if (!name) name = WEIR_STRING(WEIR_FILTER);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].name, name)) return kinds + i;
    return NULL;
}

bool weir_front_make(weir_front *f, uint64_t keys) {
    size_t bytes = f->kind->bytes(keys), line = WEIR_CACHE_LINE;
    void *block = bytes ? aligned_alloc(line, (bytes + line - 1) / line * line) : NULL;
    if (bytes && !block) return false;
    f->block = block;
    f->keys = keys;
    f->left = 0;
    f->kind->init(f, keys);
    return true;
}

void weir_front_free(weir_front *f) { free(f->block); }

void weir_front_clear(weir_front *f) {
    f->kind->clear(f);
    f->left = 0;
}
