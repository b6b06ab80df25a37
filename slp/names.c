#include "slp/names_p.h"

#include <stdlib.h>
#include <string.h>

#include "slp/number_p.h"
#include "slp/reader/core_p.h"

bool slp_name_is_variable(const char *at, uint32_t bytes) {
    for (uint32_t i = 0; i < bytes; i++)
        if (slp_ends_atom[(unsigned char)at[i]]) return false;
    return bytes > 0;
}

bool slp_name_is_symbol(const char *at, uint32_t bytes) {
    switch (slp_byte_class[(unsigned char)at[0]]) {
    case SLP_SYMBOL: return true;
    case SLP_NUMBER: return !slp_number_begins(at, at + bytes);
    case SLP_VARIABLE: return bytes == 1;
    default: return false;
    }
}

/* -- an open-addressing set of texts: place -> number + 1 -- */

typedef struct slots {
    uint32_t *slot, mask;
} slots;

static bool slots_make(slots *s, uint32_t count) {
    uint64_t n = 8;
    while (n < 2 * (uint64_t)count) n *= 2;
    s->slot = calloc((size_t)n, sizeof *s->slot);
    s->mask = (uint32_t)(n - 1);
    return s->slot != NULL;
}

static weir_slp_text text_at(const uint32_t *unit, uint32_t at) {
    return (weir_slp_text){(const char *)(unit + at + 1), unit[at]};
}

static bool same(weir_slp_text a, const char *at, size_t bytes) { return a.bytes == bytes && !memcmp(a.at, at, bytes); }

enum { FEW = 8 };

/* A few are compared with each other: most buffers have no more, and this needs no memory. */
static bool few_distinct(const uint32_t *unit, const uint32_t *table, uint32_t count, uint32_t *which) {
    for (uint32_t i = 1; i < count; i++) {
        weir_slp_text t = text_at(unit, table[i]);
        for (uint32_t j = 0; j < i; j++) {
            *which = i;
            if (same(text_at(unit, table[j]), t.at, t.bytes)) return false;
        }
    }
    return true;
}

weir_slp_class slp_names_distinct(const uint32_t *unit, uint32_t table, uint32_t count, uint32_t *which) {
    const uint32_t *texts = unit + table;
    slots s;
    if (count <= FEW) return few_distinct(unit, texts, count, which) ? WEIR_SLP_OK : WEIR_SLP_CORRUPT;
    if (!slots_make(&s, count)) return WEIR_SLP_NOMEM;
    uint64_t seed = (uintptr_t)s.slot * 0x9e3779b97f4a7c15u; /* others chose the names, not where we put them */
    weir_slp_class bad = WEIR_SLP_OK;
    for (uint32_t i = 0; i < count && !bad; i++) {
        weir_slp_text t = text_at(unit, texts[i]);
        uint32_t at = (uint32_t)slp_hash_bytes(t.at, t.bytes, seed) & s.mask;
        for (; s.slot[at]; at = (at + 1) & s.mask)
            if (same(text_at(unit, texts[s.slot[at] - 1]), t.at, t.bytes)) bad = WEIR_SLP_CORRUPT;
        s.slot[at] = i + 1;
        *which = i;
    }
    free(s.slot);
    return bad;
}

/* -- the names of a process -- */

struct weir_slp_names {
    slots s;
    uint32_t count;
    const weir_slp_text *name; /* copies, in one block behind this */
};

weir_slp_names *weir_slp_names_new(const char *const *names, uint32_t count) {
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) bytes += strlen(names[i]) + 1;
    weir_slp_names *n = malloc(sizeof *n + count * sizeof *n->name + bytes);
    if (!n || !slots_make(&n->s, count)) {
        free(n);
        return NULL;
    }
    weir_slp_text *copy = (weir_slp_text *)(n + 1);
    char *text = (char *)(copy + count);
    n->name = copy;
    n->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t length = strlen(names[i]);
        if (weir_slp_name_find(n, names[i], length) != WEIR_SLP_UNKNOWN) {
            weir_slp_names_free(n);
            return NULL;
        }
        uint32_t at = (uint32_t)slp_hash_bytes(names[i], length, 0) & n->s.mask;
        while (n->s.slot[at]) at = (at + 1) & n->s.mask;
        n->s.slot[at] = i + 1;
        copy[i] = (weir_slp_text){memcpy(text, names[i], length), (uint32_t)length};
        text += length;
        n->count++;
    }
    return n;
}

void weir_slp_names_free(weir_slp_names *n) {
    if (!n) return;
    free(n->s.slot);
    free(n);
}

uint32_t weir_slp_name_find(const weir_slp_names *n, const char *at, size_t bytes) {
    for (uint32_t i = (uint32_t)slp_hash_bytes(at, bytes, 0) & n->s.mask; n->s.slot[i]; i = (i + 1) & n->s.mask) {
        if (same(n->name[n->s.slot[i] - 1], at, bytes)) return n->s.slot[i] - 1;
    }
    return WEIR_SLP_UNKNOWN;
}

void weir_slp_resolve(const weir_slp *s, const weir_slp_names *n, uint32_t *number) {
    const uint32_t *unit = s->unit, *table = unit + unit[WEIR_SLP_UNITS] - unit[WEIR_SLP_SYMBOLS];
    for (uint32_t i = 0; i < unit[WEIR_SLP_SYMBOLS]; i++) {
        weir_slp_text t = text_at(unit, table[i]);
        number[i] = weir_slp_name_find(n, t.at, t.bytes);
    }
}
