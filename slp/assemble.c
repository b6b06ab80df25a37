#include "slp/assemble_p.h"

#include <stdlib.h>
#include <sys/random.h>

enum { FIRST_UNITS = 1024, FIRST_CELLS = 256, FIRST_NAMES = 62, FIRST_TABLE = 256 };

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

bool slp_make_room(slp_assembly *a, uint64_t units, uint64_t cells) {
    return grow(&a->unit, &a->room, a->used + units + SLP_SLACK, sizeof *a->unit) &&
           grow(&a->cell, &a->cell_room, a->cells + cells + SLP_SLACK, sizeof *a->cell);
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
    a->seed_high = a->seed << 32 | a->seed >> 32;
    a->frame = calloc(a->limits.depth + 2, sizeof *a->frame);
    if (!a->frame || !grow(&a->unit, &a->room, FIRST_UNITS, sizeof *a->unit) ||
        !grow(&a->cell, &a->cell_room, FIRST_CELLS, sizeof *a->cell) || slp_grow_names(a, FIRST_NAMES)) {
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
    for (uint32_t i = 1; i <= a->names; i++) a->table[a->name[i].place] = 0;
    a->used = WEIR_SLP_HEADER;
    a->cells = a->depth = a->nodes = a->names = 0;
    a->name_units = 0;
    a->waiting = false;
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

/* Puts number `number` of the names into the first free place from i on. */
static void settle(slp_assembly *a, uint32_t number, uint32_t i) {
    while (a->table[i & a->table_mask]) i++;
    a->name[number].place = i & a->table_mask;
    a->table[i & a->table_mask] = number;
}

static uint32_t hash_of(const slp_assembly *a, const slp_name *n) {
    return n->bytes > 16 ? (uint32_t)n->low : slp_hash_short(a, n->low, n->high);
}

static bool grow_table(slp_assembly *a, uint64_t places) {
    uint32_t *table = places <= UINT32_MAX ? calloc((size_t)places, sizeof *table) : NULL;
    if (!table) return false;
    free(a->table);
    a->table = table;
    a->table_mask = (uint32_t)places - 1;
    for (uint32_t i = 1; i <= a->names; i++) settle(a, i, hash_of(a, &a->name[i]));
    return true;
}

/* The table is at most half full: then most are where they belong. */
weir_slp_class slp_grow_names(slp_assembly *a, uint32_t more) {
    uint64_t want = (uint64_t)a->names + more + 2, places = a->table ? (uint64_t)a->table_mask + 1 : FIRST_TABLE;
    while (places < 2 * want) places *= 4;
    if (want > a->name_room && !grow(&a->name, &a->name_room, want, sizeof *a->name)) return WEIR_SLP_NOMEM;
    a->name[0] = (slp_name){.bytes = UINT32_MAX}; /* like no other, and the whole of it may be looked at */
    if ((!a->table || places > a->table_mask) && !grow_table(a, places)) return WEIR_SLP_NOMEM;
    a->most_names = (a->name_room < places / 2 ? a->name_room : (uint32_t)(places / 2)) - 2;
    return WEIR_SLP_OK;
}

static bool same_name(const slp_name *a, const slp_name *b) {
    return a->low == b->low && a->high == b->high && a->bytes == b->bytes &&
           (a->bytes <= 16 || !memcmp(a->at, b->at, a->bytes));
}

/* From its place on: the name, or a free place for it. */
static uint32_t intern(slp_assembly *a, const slp_name *name) {
    uint32_t i = name->place & a->table_mask;
    for (; a->table[i]; i = (i + 1) & a->table_mask)
        if (same_name(&a->name[a->table[i]], name)) return a->table[i] - 1;
    slp_name *n = &a->name[a->table[i] = ++a->names];
    n->low = name->low, n->high = name->high; /* one by one, as they have just been written so: see slp_copy_units */
    n->bytes = name->bytes, n->place = i, n->at = name->at;
    a->name_units += slp_text_units(name->bytes);
    return a->names - 1;
}

uint32_t slp_intern_short(slp_assembly *a, uint64_t low, uint64_t high, const char *at, uint32_t bytes,
                          uint32_t place) {
    slp_name name = {low, high, bytes, place, at};
    return intern(a, &name);
}

/* Longer than 16 bytes: the hash finds them, the texts decide. */
uint32_t slp_intern_long(slp_assembly *a, const char *at, uint32_t bytes) {
    uint64_t hash = slp_hash_bytes(at, bytes, a->seed);
    slp_name name = {hash, slp_load_up_to_8(at, 8), bytes, (uint32_t)hash, at};
    return intern(a, &name);
}

/* -- the end -- */

/* As a string at `to`, behind which there is slack; answers where the next one goes. */
static uint32_t *put_name(uint32_t *to, const slp_name *name) {
    uint32_t bytes = name->bytes, *next = to + slp_text_units(bytes);
    next[-1] = 0; /* the padding; or the count itself, which comes next */
    to[0] = bytes;
    if (bytes <= 16) {
        memcpy(to + 1, &name->low, 8);
        memcpy(to + 3, &name->high, 8);
    } else {
        memcpy(to + 1, name->at, bytes);
    }
    return next;
}

/* The texts, and the table of them. A short text is written with what is behind its end, so the last ones spoil the
 * beginning of the table, which is then written again. */
static weir_slp_class put_names(slp_assembly *a) {
    enum { SPOILT = 3 };
    uint64_t units = a->name_units + a->names;
    if (a->used + units > a->limits.bytes / 4) return slp_beyond(a, WEIR_SLP_SIZE, a->limits.bytes);
    weir_slp_class bad = slp_room(a, (uint32_t)units);
    if (bad) return bad;
    uint32_t *to = a->unit + a->used, *table = to + a->name_units;
    for (uint32_t i = 0; i < a->names; i++) {
        table[i] = (uint32_t)(to - a->unit);
        to = put_name(to, slp_name_of(a, i));
    }
    for (uint32_t i = 0, at = a->used; i < a->names && i < SPOILT; at += slp_text_units(slp_name_of(a, i++)->bytes))
        table[i] = at;
    a->used += (uint32_t)units;
    return WEIR_SLP_OK;
}

weir_slp_class slp_assembly_finish(slp_assembly *a, const weir_slp **s) {
    weir_slp_class bad = put_names(a);
    if (bad) return bad;
    a->unit[WEIR_SLP_MAGIC] = WEIR_SLP_MAGIC_WORD;
    a->unit[WEIR_SLP_VERSION] = WEIR_SLP_VERSION_WORD;
    a->unit[WEIR_SLP_UNITS] = a->used;
    a->unit[WEIR_SLP_ROOT] = a->cell[0];
    a->unit[WEIR_SLP_NODES] = a->nodes + 1;
    a->unit[WEIR_SLP_SYMBOLS] = a->names;
    *s = (const weir_slp *)a->unit;
    return WEIR_SLP_OK;
}
