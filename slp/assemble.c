#include "slp/assemble_p.h"

#include <stdlib.h>
#include <sys/random.h>

enum { FIRST_UNITS = 1024, FIRST_CELLS = 256, FIRST_NAMES = 64, FIRST_TABLE = 256 };

/* Grows *area of `size` bytes an item to at least `want` items, doubling. */
static bool grow(void *area, uint32_t *room, uint64_t want, size_t size) {
    uint64_t next = *room ? *room : 1;
    while (next < want) next *= 2;
    if (next > UINT32_MAX) return false;
    void *p = realloc(*(void **)area, (size_t)next * size);
    if (!p) return false;
    *(void **)area = p;
    *room = (uint32_t)next;
    return true;
}

weir_slp_class slp_grow_units(slp_assembly *a, uint32_t more) {
    uint64_t want = (uint64_t)a->used + more;
    if (want > a->limits.bytes / 4) return slp_beyond(a, WEIR_SLP_SIZE, a->limits.bytes);
    return grow(&a->unit, &a->room, want + SLP_SLACK, sizeof *a->unit) ? WEIR_SLP_OK : WEIR_SLP_NOMEM;
}

weir_slp_class slp_grow_cells(slp_assembly *a) {
    if (a->nodes + a->cells >= a->limits.nodes) return slp_beyond(a, WEIR_SLP_COUNT, a->limits.nodes);
    return grow(&a->cell, &a->cell_room, (uint64_t)a->cells + SLP_SLACK + 1, sizeof *a->cell) ? WEIR_SLP_OK
                                                                                              : WEIR_SLP_NOMEM;
}

/* The quotes that wait, the innermost first: each has the cell before as its record. */
weir_slp_class slp_value_quoted(slp_assembly *a, uint32_t cell) {
    while (a->frame[a->depth].tag == WEIR_SLP_TAG_QUOTE) {
        weir_slp_class bad = slp_room(a, 1);
        if (bad) return bad;
        if (++a->nodes >= a->limits.nodes) return slp_beyond(a, WEIR_SLP_COUNT, a->limits.nodes);
        a->unit[a->used] = cell;
        cell = slp_cell(a->used++, WEIR_SLP_TAG_QUOTE);
        a->depth--;
    }
    a->waiting = false;
    return slp_value(a, cell);
}

static weir_slp_limits within(const weir_slp_limits *limits) { return limits ? *limits : weir_slp_limits_default(); }

static bool allowed(const weir_slp_limits *l) {
    return l->depth && l->depth <= WEIR_SLP_DEPTH_MAX && l->bytes && l->bytes <= WEIR_SLP_UNITS_MAX * 4 && l->nodes &&
           l->nodes <= WEIR_SLP_UNITS_MAX && l->symbol_bytes && l->symbol_bytes < 1 << 24;
}

bool slp_assembly_init(slp_assembly *a, const weir_slp_limits *limits) {
    memset(a, 0, sizeof *a);
    a->limits = within(limits);
    if (!allowed(&a->limits)) return false;
    if (getrandom(&a->seed, sizeof a->seed, GRND_NONBLOCK) != sizeof a->seed) a->seed = (uintptr_t)a;
    a->seed |= 1;
    a->frame = calloc(a->limits.depth + 2, sizeof *a->frame);
    a->table = calloc(FIRST_TABLE, sizeof *a->table);
    a->table_mask = FIRST_TABLE - 1;
    if (!a->frame || !a->table || !grow(&a->unit, &a->room, FIRST_UNITS, sizeof *a->unit) ||
        !grow(&a->cell, &a->cell_room, FIRST_CELLS, sizeof *a->cell) ||
        !grow(&a->name, &a->name_room, FIRST_NAMES, sizeof *a->name)) {
        slp_assembly_free(a);
        return false;
    }
    a->frame[0].tag = WEIR_SLP_TAG_SMALL; /* what holds the outermost values: no bracket, no quote */
    slp_assembly_begin(a);
    return true;
}

void slp_assembly_free(slp_assembly *a) {
    free(a->unit);
    free(a->cell);
    free(a->frame);
    free(a->table);
    free(a->name);
}

void slp_assembly_begin(slp_assembly *a) {
    a->used = WEIR_SLP_HEADER;
    a->cells = a->depth = a->nodes = a->names = 0;
    a->name_units = 0;
    a->waiting = false;
    if (++a->round) return;
    memset(a->table, 0, ((size_t)a->table_mask + 1) * sizeof *a->table); /* rounds begin again: once in 2^32 texts */
    a->round = 1;
}

/* -- symbols -- */

uint64_t slp_hash_bytes(const char *at, size_t bytes, uint64_t seed) {
    uint64_t h = seed ^ bytes * 0x9e3779b97f4a7c15u;
    for (; bytes > 16; at += 16, bytes -= 16)
        h = slp_mix(h ^ slp_load_up_to_8(at, 8), slp_load_up_to_8(at + 8, 8) ^ 0xd1342543de82ef95u);
    uint64_t low = slp_load_up_to_8(at, bytes < 8 ? (uint32_t)bytes : 8);
    uint64_t high = bytes > 8 ? slp_load_up_to_8(at + 8, (uint32_t)bytes - 8) : 0;
    return slp_mix(slp_mix(h ^ low, high ^ 0xa0761d6478bd642fu), seed ^ 0xe7037ed1a0b428dbu);
}

static uint64_t hash_of(const slp_assembly *a, const slp_symbol *s) {
    if (s->bytes > 16) return s->low;
    return slp_mix(s->low ^ a->seed, s->high ^ (a->seed << 32 | a->seed >> 32) ^ s->bytes);
}

/* Twice the places; only this round's symbols move. */
static bool grow_table(slp_assembly *a) {
    uint32_t mask = a->table_mask * 2 + 1;
    slp_symbol *table = calloc((size_t)mask + 1, sizeof *table);
    if (!table) return false;
    for (uint32_t i = 0; i <= a->table_mask; i++) {
        if (a->table[i].round != a->round) continue;
        uint32_t to = (uint32_t)hash_of(a, &a->table[i]) & mask;
        while (table[to].round) to = (to + 1) & mask;
        table[to] = a->table[i];
        table[to].round = 1;
    }
    free(a->table);
    a->table = table;
    a->table_mask = mask;
    a->round = 1;
    return true;
}

weir_slp_class slp_add_symbol(slp_assembly *a, slp_symbol *place, uint64_t low, uint64_t high, const char *at,
                              uint32_t bytes) {
    if (a->names == a->name_room && !grow(&a->name, &a->name_room, (uint64_t)a->names + 1, sizeof *a->name))
        return WEIR_SLP_NOMEM;
    *place = (slp_symbol){low, high, bytes, a->names, a->round, 0};
    a->name[a->names++] = (slp_name){at, low, high, bytes};
    a->name_units += slp_text_units(bytes);
    return a->names <= a->table_mask / 2 || grow_table(a) ? WEIR_SLP_OK : WEIR_SLP_NOMEM;
}

/* Longer than 16 bytes: the hash finds them, the texts decide. */
weir_slp_class slp_intern_long(slp_assembly *a, const char *at, uint32_t bytes, uint32_t *number) {
    if (bytes > a->limits.symbol_bytes) return slp_beyond(a, WEIR_SLP_LENGTH, a->limits.symbol_bytes);
    uint64_t low = slp_hash_bytes(at, bytes, a->seed), high = slp_load_up_to_8(at, 8);
    for (uint32_t i = (uint32_t)low & a->table_mask;; i = (i + 1) & a->table_mask) {
        slp_symbol *s = &a->table[i];
        if (s->round != a->round) {
            *number = a->names;
            return slp_add_symbol(a, s, low, high, at, bytes);
        }
        if (s->low == low && s->high == high && s->bytes == bytes && !memcmp(a->name[s->number].at, at, bytes)) {
            *number = s->number;
            return WEIR_SLP_OK;
        }
    }
}

/* -- the end -- */

/* As a string at `to`, behind which there is slack; answers where the next one goes. */
static uint32_t *put_name(uint32_t *to, const slp_name *name) {
    uint32_t *next = to + slp_text_units(name->bytes);
    next[-1] = 0; /* the padding; or the count itself, which comes next */
    to[0] = name->bytes;
    if (name->bytes <= 16) {
        memcpy(to + 1, &name->low, 8);
        memcpy(to + 3, &name->high, 8);
    } else {
        memcpy(to + 1, name->at, name->bytes);
    }
    return next;
}

/* The texts, and the table behind them. A short text is written with what is behind its end, so the table comes last. */
static weir_slp_class put_names(slp_assembly *a) {
    uint64_t units = a->name_units + a->names;
    if (a->used + units > WEIR_SLP_UNITS_MAX) return slp_beyond(a, WEIR_SLP_SIZE, a->limits.bytes);
    weir_slp_class bad = slp_room(a, (uint32_t)units);
    if (bad) return bad;
    uint32_t *to = a->unit + a->used, *table = to + a->name_units;
    for (uint32_t i = 0; i < a->names; i++) to = put_name(to, &a->name[i]);
    for (uint32_t i = 0, at = a->used; i < a->names; i++) {
        *table++ = at;
        at += slp_text_units(a->name[i].bytes);
    }
    a->used += (uint32_t)units;
    return WEIR_SLP_OK;
}

weir_slp_class slp_assembly_finish(slp_assembly *a, const weir_slp **s) {
    weir_slp_class bad = put_names(a);
    if (bad) return bad;
    if (a->used > a->limits.bytes / 4) return slp_beyond(a, WEIR_SLP_SIZE, a->limits.bytes);
    a->unit[WEIR_SLP_MAGIC] = WEIR_SLP_MAGIC_WORD;
    a->unit[WEIR_SLP_VERSION] = WEIR_SLP_VERSION_WORD;
    a->unit[WEIR_SLP_UNITS] = a->used;
    a->unit[WEIR_SLP_ROOT] = a->cell[0];
    a->unit[WEIR_SLP_NODES] = a->nodes + 1;
    a->unit[WEIR_SLP_SYMBOLS] = a->names;
    *s = (const weir_slp *)a->unit;
    return WEIR_SLP_OK;
}
