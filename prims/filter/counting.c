#include "prims/filter/counting.h"

enum { FULL = 15 }; /* sticky */

typedef struct counter {
    weir_a64 *word;
    unsigned shift;
} counter;

static counter at(const weir_filter_counting *f, uint64_t hash, unsigned i) {
    uint64_t place = weir_filter_probe(hash, i, f->counters);
    return (counter){f->words + place / 16, (unsigned)(place % 16 * 4)};
}

static unsigned value(uint64_t word, unsigned shift) { return word >> shift & FULL; }

/* relaxed: an increment says nothing but "maybe". */
static void increment(counter c) {
    uint64_t seen = weir_a64_load(c.word);
    while (value(seen, c.shift) != FULL && !weir_a64_cas_weak(c.word, &seen, seen + ((uint64_t)1 << c.shift))) {}
}

enum taken { NONE, ONE, STUCK };

static enum taken decrement(counter c) {
    uint64_t seen = weir_a64_load(c.word);
    for (;;) {
        unsigned v = value(seen, c.shift);
        if (v == 0) return NONE;
        if (v == FULL) return STUCK;
        /* R1 release: pairs with A1 in may_contain; what preceded the remove precedes the "no" it makes possible. Later
         * changes of the word by others are read-modify-writes, so they carry it on. */
        if (weir_a64_cas_weak_release(c.word, &seen, seen - ((uint64_t)1 << c.shift))) return ONE;
    }
}

size_t weir_filter_counting_bytes(uint64_t keys, unsigned bits_per_key) {
    return (size_t)(weir_filter_bits(keys, bits_per_key) / 2);
}

weir_status weir_filter_counting_init(weir_filter_counting *f, uint64_t keys, unsigned bits_per_key, uint64_t seed,
                                      void *block) {
    weir_status bad = weir_filter_check(f, keys, bits_per_key, block);
    if (bad) return bad;
    f->words = block;
    f->counters = weir_filter_bits(keys, bits_per_key);
    f->seed = weir_filter_seed(seed);
    f->k = weir_filter_probes(bits_per_key);
    weir_filter_counting_clear(f);
    return WEIR_OK;
}

void weir_filter_counting_insert(weir_filter_counting *f, uint64_t id) {
    uint64_t h = weir_filter_hash(id, f->seed);
    for (unsigned i = 0; i < f->k; i++) increment(at(f, h, i));
}

void weir_filter_counting_insert_sp(weir_filter_counting *f, uint64_t id) {
    uint64_t h = weir_filter_hash(id, f->seed);
    for (unsigned i = 0; i < f->k; i++) {
        counter c = at(f, h, i);
        uint64_t seen = weir_a64_load(c.word);
        /* R2 release: pairs with A1; a plain store ends what an earlier remove (R1) published, so it says it again. */
        if (value(seen, c.shift) != FULL) weir_a64_store_release(c.word, seen + ((uint64_t)1 << c.shift));
    }
}

bool weir_filter_counting_may_contain(const weir_filter_counting *f, uint64_t id) {
    uint64_t h = weir_filter_hash(id, f->seed);
    for (unsigned i = 0; i < f->k; i++) {
        counter c = at(f, h, i);
        if (value(weir_a64_load_acquire(c.word), c.shift) == 0) return false; /* A1 acquire: R1, R2 */
    }
    return true;
}

/* Looks first, so that an absent key usually changes nothing; gives back what it took when a counter turns out empty
 * after all, because two probes of the key share it or because someone else removed meanwhile. */
weir_status weir_filter_counting_remove(weir_filter_counting *f, uint64_t id) {
    if (!weir_filter_counting_may_contain(f, id)) return WEIR_ABSENT;
    uint64_t h = weir_filter_hash(id, f->seed), mine = 0; /* bit i: probe i was decremented; k <= 44 */
    for (unsigned i = 0; i < f->k; i++) {
        enum taken t = decrement(at(f, h, i));
        if (t == ONE) mine |= (uint64_t)1 << i;
        if (t != NONE) continue;
        while (i--)
            if (mine >> i & 1) increment(at(f, h, i));
        return WEIR_ABSENT;
    }
    return WEIR_OK;
}

/* Sixteen sums, each stopping at FULL. */
static uint64_t sums(uint64_t a, uint64_t b) {
    uint64_t s = 0;
    for (unsigned shift = 0; shift < 64; shift += 4) {
        uint64_t v = value(a, shift) + value(b, shift);
        s |= (v < FULL ? v : FULL) << shift;
    }
    return s;
}

weir_status weir_filter_counting_subsume(weir_filter_counting *f, const weir_filter_counting *from) {
    if (f->counters != from->counters || f->k != from->k || f->seed != from->seed) return WEIR_BAD_GEOMETRY;
    for (uint64_t i = 0; i < f->counters / 16; i++) {
        uint64_t more = weir_a64_load(from->words + i), seen = weir_a64_load(f->words + i);
        while (more && !weir_a64_cas_weak(f->words + i, &seen, sums(seen, more))) {}
    }
    return WEIR_OK;
}

void weir_filter_counting_clear(weir_filter_counting *f) { memset(f->words, 0, f->counters / 2); }
