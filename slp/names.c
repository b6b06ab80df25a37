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

/* -- the names of a process: it has chosen them itself, so that its hash needs no seed -- */

typedef struct known {
    weir_slp_text text;
    uint64_t first, last; /* words of it, which are the whole of up to 16 bytes */
} known;

struct weir_slp_names {
    slots s;
    uint32_t count;
    const known *name; /* in one block behind this, with copies of the texts */
};

static inline known known_of(const char *at, size_t bytes) {
    known k = {{at, (uint32_t)bytes}, slp_load_up_to_8(at, bytes < 8 ? (uint32_t)bytes : 8), 0};
    if (bytes > 8) memcpy(&k.last, at + bytes - 8, 8);
    return k;
}

static inline uint32_t first_place(const weir_slp_names *n, const known *k) {
    return (uint32_t)slp_mix(k->first ^ k->text.bytes, k->last ^ 0x9e3779b97f4a7c15u) & n->s.mask;
}

static inline bool is_it(const known *k, const known *wanted) {
    return k->first == wanted->first && k->last == wanted->last && k->text.bytes == wanted->text.bytes &&
           (k->text.bytes <= 16 || !memcmp(k->text.at, wanted->text.at, k->text.bytes));
}

weir_slp_names *weir_slp_names_new(const char *const *names, uint32_t count) {
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) bytes += strlen(names[i]) + 1;
    weir_slp_names *n = malloc(sizeof *n + count * sizeof *n->name + bytes);
    if (!n || !slots_make(&n->s, count)) {
        free(n);
        return NULL;
    }
    known *copy = (known *)(n + 1);
    char *text = (char *)(copy + count);
    n->name = copy;
    n->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t length = strlen(names[i]);
        if (weir_slp_name_find(n, names[i], length) != WEIR_SLP_UNKNOWN) {
            weir_slp_names_free(n);
            return NULL;
        }
        copy[i] = known_of(memcpy(text, names[i], length), length);
        uint32_t at = first_place(n, &copy[i]);
        while (n->s.slot[at]) at = (at + 1) & n->s.mask;
        n->s.slot[at] = i + 1;
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
    if (bytes > UINT32_MAX) return WEIR_SLP_UNKNOWN;
    known wanted = known_of(at, bytes);
    for (uint32_t i = first_place(n, &wanted); n->s.slot[i]; i = (i + 1) & n->s.mask)
        if (is_it(&n->name[n->s.slot[i] - 1], &wanted)) return n->s.slot[i] - 1;
    return WEIR_SLP_UNKNOWN;
}

void weir_slp_resolve(const weir_slp *s, const weir_slp_names *n, uint32_t *number) {
    const uint32_t *unit = s->unit, *table = unit + unit[WEIR_SLP_UNITS] - unit[WEIR_SLP_SYMBOLS];
    for (uint32_t i = 0; i < unit[WEIR_SLP_SYMBOLS]; i++) {
        weir_slp_text t = text_at(unit, table[i]);
        number[i] = weir_slp_name_find(n, t.at, t.bytes);
    }
}
