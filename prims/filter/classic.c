#include "prims/filter/classic.h"

size_t weir_filter_classic_bytes(uint64_t keys, unsigned bits_per_key) {
    return (size_t)(weir_filter_bits(keys, bits_per_key) / 8);
}

weir_status weir_filter_classic_init(weir_filter_classic *f, uint64_t keys, unsigned bits_per_key, uint64_t seed,
                                     void *block) {
    weir_status bad = weir_filter_check(f, keys, bits_per_key, block);
    if (bad) return bad;
    f->words = block;
    f->bits = weir_filter_bits(keys, bits_per_key);
    f->seed = weir_filter_seed(seed);
    f->k = weir_filter_probes(bits_per_key);
    weir_filter_classic_clear(f);
    return WEIR_OK;
}

static uint64_t bit(uint64_t place) { return (uint64_t)1 << (place & 63); }

void weir_filter_classic_insert(weir_filter_classic *f, uint64_t id) {
    uint64_t h = weir_filter_hash(id, f->seed);
    for (unsigned i = 0; i < f->k; i++) {
        uint64_t place = weir_filter_probe(h, i, f->bits);
        weir_filter_set(f->words + place / 64, bit(place));
    }
}

void weir_filter_classic_insert_sp(weir_filter_classic *f, uint64_t id) {
    uint64_t h = weir_filter_hash(id, f->seed);
    for (unsigned i = 0; i < f->k; i++) {
        uint64_t place = weir_filter_probe(h, i, f->bits);
        weir_filter_set_sp(f->words + place / 64, bit(place));
    }
}

bool weir_filter_classic_may_contain(const weir_filter_classic *f, uint64_t id) {
    uint64_t h = weir_filter_hash(id, f->seed);
    for (unsigned i = 0; i < f->k; i++) {
        uint64_t place = weir_filter_probe(h, i, f->bits);
        if (!(weir_a64_load(f->words + place / 64) & bit(place))) return false;
    }
    return true;
}

weir_status weir_filter_classic_remove(weir_filter_classic *f, uint64_t id) {
    (void)f;
    (void)id;
    return WEIR_NOTSUP;
}

weir_status weir_filter_classic_subsume(weir_filter_classic *f, const weir_filter_classic *from) {
    if (f->bits != from->bits || f->k != from->k || f->seed != from->seed) return WEIR_BAD_GEOMETRY;
    for (uint64_t i = 0; i < f->bits / 64; i++) weir_filter_set(f->words + i, weir_a64_load(from->words + i));
    return WEIR_OK;
}

void weir_filter_classic_clear(weir_filter_classic *f) { memset(f->words, 0, f->bits / 8); }
