#include <string.h>

#include "slp/assemble_p.h"
#include "slp/walk_p.h"

static int order(uint64_t a, uint64_t b) { return (a > b) - (a < b); }

static int compare_texts(weir_slp_text a, weir_slp_text b) {
    int c = memcmp(a.at, b.at, a.bytes < b.bytes ? a.bytes : b.bytes);
    return c ? c : order(a.bytes, b.bytes);
}

/* As sign and magnitude become an unsigned number that has the order of the doubles, -0.0 before 0.0. */
static uint64_t rank_of(double d) {
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

/* Two values of one type, lists aside. */
static int compare_atoms(weir_slp_value a, weir_slp_value b) {
    switch (weir_slp_type_of(a)) {
    case WEIR_SLP_INTEGER: {
        int64_t i = weir_slp_integer(a), j = weir_slp_integer(b);
        return (i > j) - (i < j);
    }
    case WEIR_SLP_REAL: return order(rank_of(weir_slp_real(a)), rank_of(weir_slp_real(b)));
    default: return compare_texts(weir_slp_text_of(a), weir_slp_text_of(b));
    }
}

/* Side by side through both, item by item; a list that ends first comes first. */
int weir_slp_compare(weir_slp_value a, weir_slp_value b) {
    slp_walk x, y;
    slp_walk_begin(&x, a);
    slp_walk_begin(&y, b);
    while (slp_walk_next(&x)) {
        slp_walk_next(&y);
        if (x.event != y.event) return x.event == SLP_WALK_LEAVE ? -1 : 1;
        if (x.event == SLP_WALK_LEAVE || (x.base == y.base && x.value.cell == y.value.cell)) continue;
        weir_slp_type s = weir_slp_type_of(x.value), t = weir_slp_type_of(y.value);
        if (s != t) return s < t ? -1 : 1;
        if (slp_is_list(x.value.cell) || s == WEIR_SLP_QUOTE) {
            slp_walk_enter(&x);
            slp_walk_enter(&y);
        } else {
            int c = compare_atoms(x.value, y.value);
            if (c) return c;
        }
    }
    return 0;
}

/* Cells that differ in tag or in the number they hold are told apart without a walk. */
bool weir_slp_equal(weir_slp_value a, weir_slp_value b) {
    if ((a.cell ^ b.cell) & WEIR_SLP_TAG_MASK) return false;
    if ((a.cell & WEIR_SLP_TAG_MASK) == WEIR_SLP_TAG_SMALL) return a.cell == b.cell;
    return weir_slp_compare(a, b) == 0;
}

static uint64_t hash_atom(weir_slp_value v, uint64_t h) {
    switch (weir_slp_type_of(v)) {
    case WEIR_SLP_INTEGER: return slp_mix(h ^ (uint64_t)weir_slp_integer(v), 0x9e3779b97f4a7c15u);
    case WEIR_SLP_REAL: return slp_mix(h ^ rank_of(weir_slp_real(v)), 0xd1342543de82ef95u);
    default: {
        weir_slp_text t = weir_slp_text_of(v);
        return slp_hash_bytes(t.at, t.bytes, h);
    }
    }
}

uint64_t weir_slp_hash(weir_slp_value v, uint64_t seed) {
    uint64_t h = slp_mix(seed ^ 0xa0761d6478bd642fu, 0xe7037ed1a0b428dbu);
    slp_walk w;
    for (slp_walk_begin(&w, v); slp_walk_next(&w);) {
        uint64_t type = (uint64_t)weir_slp_type_of(w.value) * 2 + (w.event == SLP_WALK_LEAVE);
        h = slp_mix(h ^ type, 0x9fb21c651e98df25u) + type;
        if (w.event == SLP_WALK_LEAVE) continue;
        if (slp_is_list(w.value.cell) || weir_slp_type_of(w.value) == WEIR_SLP_QUOTE) slp_walk_enter(&w);
        else h = hash_atom(w.value, h);
    }
    return h;
}
