/* assemble - how a buffer comes into being, value by value in the order of the text. Reader and builder stand on it.
 *
 * Three areas grow: the records, which become the buffer; the cells of the lists still open; the open lists themselves. A list
 * that is closed takes its cells from the second area into a record. Symbols are numbered as they first occur; their texts
 * stay where they are (the text that is read, or the builder's copies) until the end, and are then put behind the records.
 *
 * The hash of symbols is seeded anew in every process, since others choose the symbols: it decides where in the table they
 * stand and nothing else. */
#ifndef WEIR_SLP_ASSEMBLE_P_H
#define WEIR_SLP_ASSEMBLE_P_H

#include <string.h>

#include "slp/slp.h"

typedef struct slp_frame { /* an open list, or a quote that waits for its value */
    uint32_t tag;
    uint32_t first; /* of its cells */
    size_t offset;  /* of its opener in the text */
} slp_frame;

typedef struct slp_name { /* a symbol */
    uint64_t low, high;   /* all bytes of one of up to 16; of a longer one its hash and its beginning */
    uint32_t bytes;
    uint32_t place; /* in the table */
    const char *at;
} slp_name;

/* So many units behind what is used, and cells behind what is open, may be written over: short copies then take a whole
 * number of steps, which is faster than an exact one. */
enum { SLP_SLACK = 8 };

typedef struct slp_assembly {
    weir_slp_limits limits;
    uint32_t *unit, used, room;       /* the records, after a header */
    uint32_t *cell, cells, cell_room; /* of open lists */
    slp_frame *frame;                 /* limits.depth + 2: what holds the outermost values, and see weir_slp_detach */
    uint32_t depth;                   /* open ones */
    bool waiting;                     /* the innermost is a quote */
    uint32_t nodes;                   /* in closed lists and in quotes */
    slp_name *name;                   /* from 1 on: 0 is none, and like no other */
    uint32_t names, name_room, most_names;
    uint32_t *table, table_mask; /* by hash: which name */
    uint64_t name_units;         /* that their texts take */
    uint64_t seed, seed_high;
    uint32_t hit; /* the limit behind the last DEPTH or SIZE */
} slp_assembly;

bool slp_assembly_init(slp_assembly *a, const weir_slp_limits *limits);
void slp_assembly_free(slp_assembly *a);
void slp_assembly_begin(slp_assembly *a); /* anew; keeps the memory */

/* The buffer of the one cell there is; false: no memory, or too large. It stays the assembly's. */
weir_slp_class slp_assembly_finish(slp_assembly *a, const weir_slp **s);

/* -- room: the slow halves -- */
bool slp_make_room(slp_assembly *a, uint64_t units, uint64_t cells);
weir_slp_class slp_grow_units(slp_assembly *a, uint32_t more);
weir_slp_class slp_grow_cells(slp_assembly *a);
weir_slp_class slp_value_quoted(slp_assembly *a, uint32_t cell);
weir_slp_class slp_grow_names(slp_assembly *a, uint32_t more);

static inline weir_slp_class slp_beyond(slp_assembly *a, weir_slp_class what, uint32_t limit) {
    a->hit = limit;
    return what;
}

static inline weir_slp_class slp_room(slp_assembly *a, uint32_t units) {
    return a->room - a->used >= units + SLP_SLACK ? WEIR_SLP_OK : slp_grow_units(a, units);
}

/* Room for so many, whatever the limits; false: no memory. */
static inline bool slp_reserve(slp_assembly *a, uint32_t units, uint32_t cells) {
    if (a->room - a->used >= units + SLP_SLACK && a->cell_room - a->cells >= cells + SLP_SLACK) return true;
    return slp_make_room(a, units, cells);
}

static inline weir_slp_class slp_room_names(slp_assembly *a, uint32_t names) {
    return a->most_names - a->names >= names ? WEIR_SLP_OK : slp_grow_names(a, names);
}

static inline uint32_t slp_cell(uint32_t payload, uint32_t tag) { return payload << WEIR_SLP_TAG_BITS | tag; }

/* -- records: each answers the cell; room has been made -- */

static inline uint32_t slp_record_64(slp_assembly *a, const void *eight, uint32_t tag) {
    uint32_t at = a->used;
    memcpy(a->unit + at, eight, 8);
    a->used = at + 2;
    return slp_cell(at, tag);
}

static inline bool slp_is_small(int64_t i) { return i >= -(1 << 27) && i < 1 << 27; }

/* Room for 2 units. */
static inline uint32_t slp_record_integer(slp_assembly *a, int64_t i) {
    return slp_is_small(i) ? slp_cell((uint32_t)i, WEIR_SLP_TAG_SMALL) : slp_record_64(a, &i, WEIR_SLP_TAG_INTEGER);
}

/* Units of a text of so many bytes. */
static inline uint32_t slp_text_units(uint32_t bytes) { return 1 + (bytes + 3) / 4; }

/* -- values -- */

/* A few one by one, which also the compiler must not change: they have just been written so, and a wider load would wait for
 * them to reach the cache. */
static inline void slp_copy_units(uint32_t *to, const uint32_t *from, uint32_t n) {
    if (n > 16) {
        memcpy(to, from, n * sizeof *to);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        to[i] = from[i];
        __asm__ volatile("" : "+r"(i));
    }
}

/* A value is complete: it goes to the list that is open, through the quotes that wait for it. */
static inline weir_slp_class slp_value(slp_assembly *a, uint32_t cell) {
    if (a->waiting) return slp_value_quoted(a, cell);
    if (a->cells + SLP_SLACK >= a->cell_room) {
        weir_slp_class bad = slp_grow_cells(a);
        if (bad) return bad;
    }
    a->cell[a->cells++] = cell;
    return WEIR_SLP_OK;
}

/* Opens a list, or a quote. */
static inline weir_slp_class slp_enter(slp_assembly *a, uint32_t tag, size_t offset) {
    if (a->depth == a->limits.depth) return slp_beyond(a, WEIR_SLP_DEPTH, a->limits.depth);
    a->frame[++a->depth] = (slp_frame){tag, a->cells, offset};
    a->waiting = tag == WEIR_SLP_TAG_QUOTE;
    return WEIR_SLP_OK;
}

/* Closes the list that is open, which is one. */
static inline weir_slp_class slp_leave(slp_assembly *a) {
    uint32_t tag = a->frame[a->depth].tag, first = a->frame[a->depth].first, n = a->cells - first, at = 0;
    if (n) {
        weir_slp_class bad = slp_room(a, n + 1);
        if (bad) return bad;
        at = a->used;
        a->unit[at] = n;
        slp_copy_units(a->unit + at + 1, a->cell + first, n);
        a->used = at + 1 + n;
    }
    if ((a->nodes += n) >= a->limits.nodes) return slp_beyond(a, WEIR_SLP_COUNT, a->limits.nodes);
    a->cells = first;
    a->waiting = a->frame[--a->depth].tag == WEIR_SLP_TAG_QUOTE;
    return slp_value(a, slp_cell(at, tag));
}

/* -- symbols -- */

/* Up to 8 bytes at p as a word; reads only those, by halves that overlap. */
static inline uint64_t slp_load_up_to_8(const char *p, uint32_t n) {
    uint64_t word;
    uint32_t first, last;
    if (n == 8) {
        memcpy(&word, p, 8);
        return word;
    }
    if (n >= 4) {
        memcpy(&first, p, 4);
        memcpy(&last, p + n - 4, 4);
        return first | (uint64_t)last << 8 * (n - 4);
    }
    if (n == 0) return 0;
    const unsigned char *u = (const unsigned char *)p;
    return u[0] | (uint64_t)u[n / 2] << 8 * (n / 2) | (uint64_t)u[n - 1] << 8 * (n - 1);
}

static inline uint64_t slp_mix(uint64_t a, uint64_t b) { /* the two halves of a product, folded */
    __uint128_t p = (__uint128_t)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

uint64_t slp_hash_bytes(const char *at, size_t bytes, uint64_t seed);

static inline uint32_t slp_hash_short(const slp_assembly *a, uint64_t low, uint64_t high) {
    return (uint32_t)slp_mix(low ^ a->seed, high ^ a->seed_high);
}

/* Number `number` of this text, from 0. */
static inline slp_name *slp_name_of(const slp_assembly *a, uint32_t number) { return &a->name[number + 1]; }

/* -- each answers the number of a symbol; room for one more name has been made -- */

uint32_t slp_intern_long(slp_assembly *a, const char *at, uint32_t bytes);

/* Is it the one in its first place, *place? Its bytes up to 16 are in low and high (zeros after the end). */
static inline bool slp_known_short(const slp_assembly *a, uint64_t low, uint64_t high, uint32_t bytes, uint32_t *place,
                                   uint32_t *number) {
    uint32_t which = a->table[ *place = slp_hash_short(a, low, high) & a->table_mask];
    const slp_name *n = &a->name[which];
    *number = which - 1;
    return n->low == low && n->high == high && n->bytes == bytes;
}

/* When it was not. */
uint32_t slp_intern_short(slp_assembly *a, uint64_t low, uint64_t high, const char *at, uint32_t bytes, uint32_t place);

static inline uint32_t slp_intern(slp_assembly *a, const char *at, uint32_t bytes) {
    if (bytes > 16) return slp_intern_long(a, at, bytes);
    uint64_t low = slp_load_up_to_8(at, bytes < 8 ? bytes : 8);
    uint64_t high = bytes > 8 ? slp_load_up_to_8(at + 8, bytes - 8) : 0;
    uint32_t place, number;
    if (slp_known_short(a, low, high, bytes, &place, &number)) return number;
    return slp_intern_short(a, low, high, at, bytes, place);
}

#endif
