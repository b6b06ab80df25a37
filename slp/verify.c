/* One pass in the order of the text. `at` goes through the records as the text would have ended them: a leaf's record must lie
 * exactly there; a list's or quote's lies behind its children's, so it is looked into first, and when its items are done `at`
 * must have come to it. So no record is looked at twice, none is left out, and none can be shared or be its own parent. */
#include <stdlib.h>
#include <string.h>

#include "slp/assemble_p.h"
#include "slp/error_p.h"
#include "slp/names_p.h"
#include "slp/number_p.h"

typedef struct open_list {
    uint32_t record, next, end; /* next == end: done */
} open_list;

typedef struct check {
    const uint32_t *unit;
    weir_slp_limits limits;
    uint32_t at, records_end; /* where the next record must lie; where the symbols' texts begin */
    uint32_t symbols, seen;   /* in the table; met so far */
    uint32_t table, nodes;
    uint32_t wrong; /* the unit that is not as it must be */
    uint32_t hit;
} check;

static weir_slp_class corrupt(check *c, uint32_t unit) {
    c->wrong = unit;
    return WEIR_SLP_CORRUPT;
}

static weir_slp_class beyond(check *c, weir_slp_class what, uint32_t unit, uint32_t limit) {
    c->wrong = unit;
    c->hit = limit;
    return what;
}

/* A text at unit `at`, which must end within `end` and be padded with zeros. Answers its units; 0: it is not so. */
static uint32_t text_units(const check *c, uint32_t at, uint32_t end) {
    if (at >= end) return 0;
    uint32_t bytes = c->unit[at], units;
    if (bytes > (end - at - 1) * 4u) return 0;
    units = slp_text_units(bytes);
    if (bytes % 4 && c->unit[at + units - 1] >> bytes % 4 * 8) return 0;
    return units;
}

/* The texts of the symbols fill what is between the records and the table, each once. */
static weir_slp_class check_symbols(check *c) {
    c->records_end = c->symbols ? c->unit[c->table] : c->table;
    if (c->records_end < WEIR_SLP_HEADER || c->records_end > c->table) return corrupt(c, c->table);
    uint32_t at = c->records_end;
    for (uint32_t i = 0; i < c->symbols; i++) {
        if (c->unit[c->table + i] != at) return corrupt(c, c->table + i);
        uint32_t units = text_units(c, at, c->table);
        if (!units) return corrupt(c, at);
        if (c->unit[at] > c->limits.symbol_bytes) return beyond(c, WEIR_SLP_LENGTH, at, c->limits.symbol_bytes);
        if (!slp_name_is_variable((const char *)(c->unit + at + 1), c->unit[at])) return corrupt(c, at);
        at += units;
    }
    return at == c->table ? WEIR_SLP_OK : corrupt(c, at);
}

static weir_slp_class check_symbol(check *c, uint32_t here, uint32_t cell) {
    uint32_t number = cell >> WEIR_SLP_TAG_BITS;
    if (number > c->seen || number >= c->symbols) return corrupt(c, here);
    if (number == c->seen) c->seen++;
    if ((cell & WEIR_SLP_TAG_MASK) == WEIR_SLP_TAG_VARIABLE) return WEIR_SLP_OK;
    const uint32_t *text = c->unit + c->unit[c->table + number];
    return slp_name_is_symbol((const char *)(text + 1), text[0]) ? WEIR_SLP_OK : corrupt(c, here);
}

/* An atom whose cell stands in unit `here`. */
static weir_slp_class check_atom(check *c, uint32_t here, uint32_t cell) {
    uint32_t tag = cell & WEIR_SLP_TAG_MASK, at = cell >> WEIR_SLP_TAG_BITS, units = 2;
    if (tag == WEIR_SLP_TAG_SMALL) return WEIR_SLP_OK;
    if (tag == WEIR_SLP_TAG_SYMBOL || tag == WEIR_SLP_TAG_VARIABLE) return check_symbol(c, here, cell);
    bool text = tag == WEIR_SLP_TAG_STRING || tag == WEIR_SLP_TAG_ERROR;
    if (text && at == 0) return WEIR_SLP_OK;
    if (at != c->at || c->records_end - at < 2) return corrupt(c, here);
    weir_slp_value v = {c->unit, cell};
    if (text) {
        units = text_units(c, at, c->records_end);
        if (!units || !c->unit[at]) return corrupt(c, at);
    } else if (tag == WEIR_SLP_TAG_INTEGER) {
        if (slp_is_small(weir_slp_integer(v))) return corrupt(c, at);
    } else if (tag != WEIR_SLP_TAG_REAL || !(weir_slp_real(v) - weir_slp_real(v) == 0)) { /* no NaN, no infinity */
        return corrupt(c, at);
    }
    c->at += units;
    return WEIR_SLP_OK;
}

/* The record of a list or a quote: behind what is done, before the record of what it is in. */
static weir_slp_class enter(check *c, uint32_t here, uint32_t cell, open_list *stack, uint32_t *depth, uint32_t most) {
    uint32_t at = cell >> WEIR_SLP_TAG_BITS, before = *depth ? stack[*depth - 1].record : c->records_end;
    bool quote = (cell & WEIR_SLP_TAG_MASK) == WEIR_SLP_TAG_QUOTE;
    if (*depth == most) return beyond(c, WEIR_SLP_DEPTH, here, c->limits.depth);
    if (at < c->at || at >= before) return corrupt(c, here);
    uint32_t n = quote ? 1 : c->unit[at], first = quote ? at : at + 1;
    if (n == 0 || n > before - first) return corrupt(c, at);
    stack[(*depth)++] = (open_list){at, first, first + n};
    return WEIR_SLP_OK;
}

static bool has_items(uint32_t cell) {
    uint32_t tag = cell & WEIR_SLP_TAG_MASK;
    if (tag == WEIR_SLP_TAG_QUOTE) return true;
    return tag >= WEIR_SLP_TAG_LIST && tag <= WEIR_SLP_TAG_BODY && cell >> WEIR_SLP_TAG_BITS;
}

static bool is_empty_list(uint32_t cell) {
    uint32_t tag = cell & WEIR_SLP_TAG_MASK;
    return tag >= WEIR_SLP_TAG_LIST && tag <= WEIR_SLP_TAG_BODY && !(cell >> WEIR_SLP_TAG_BITS);
}

/* The lists that are done end where the next record must lie. */
static weir_slp_class leave(check *c, open_list *stack, uint32_t *depth) {
    for (; *depth && stack[*depth - 1].next == stack[*depth - 1].end; (*depth)--) {
        if (stack[*depth - 1].record != c->at) return corrupt(c, stack[*depth - 1].record);
        c->at = stack[*depth - 1].end;
    }
    return WEIR_SLP_OK;
}

static weir_slp_class check_values(check *c) {
    open_list stack[WEIR_SLP_DEPTH_MAX + 1];
    uint32_t depth = 0, here = WEIR_SLP_ROOT;
    /* the body round the forms of a text is no bracket of it */
    uint32_t most = c->limits.depth + ((c->unit[WEIR_SLP_ROOT] & WEIR_SLP_TAG_MASK) == WEIR_SLP_TAG_BODY);
    for (;;) {
        uint32_t cell = c->unit[here];
        weir_slp_class bad = WEIR_SLP_OK;
        if (++c->nodes > c->limits.nodes) return beyond(c, WEIR_SLP_COUNT, here, c->limits.nodes);
        if (has_items(cell)) bad = enter(c, here, cell, stack, &depth, most);
        else if (!is_empty_list(cell)) bad = check_atom(c, here, cell);
        else if (depth == most) bad = beyond(c, WEIR_SLP_DEPTH, here, c->limits.depth);
        if (!bad) bad = leave(c, stack, &depth);
        if (bad) return bad;
        if (depth == 0) break;
        here = stack[depth - 1].next++;
    }
    if (c->at != c->records_end) return corrupt(c, c->at);
    if (c->seen != c->symbols) return corrupt(c, WEIR_SLP_SYMBOLS);
    return c->nodes == c->unit[WEIR_SLP_NODES] ? WEIR_SLP_OK : corrupt(c, WEIR_SLP_NODES);
}

static weir_slp_class check_header(check *c, size_t bytes) {
    if (bytes < 4 || c->unit[WEIR_SLP_MAGIC] != WEIR_SLP_MAGIC_WORD) return WEIR_SLP_FOREIGN;
    if (bytes < WEIR_SLP_HEADER * 4) return WEIR_SLP_TRUNCATED;
    if (c->unit[WEIR_SLP_VERSION] != WEIR_SLP_VERSION_WORD) return beyond(c, WEIR_SLP_FOREIGN, WEIR_SLP_VERSION, 0);
    uint32_t units = c->unit[WEIR_SLP_UNITS];
    c->symbols = c->unit[WEIR_SLP_SYMBOLS];
    if (units < WEIR_SLP_HEADER || units > WEIR_SLP_UNITS_MAX) return corrupt(c, WEIR_SLP_UNITS);
    if (units > c->limits.bytes / 4) return beyond(c, WEIR_SLP_SIZE, WEIR_SLP_UNITS, c->limits.bytes);
    if (bytes / 4 < units) return beyond(c, WEIR_SLP_TRUNCATED, WEIR_SLP_UNITS, 0);
    if (bytes != (size_t)units * 4) return corrupt(c, WEIR_SLP_UNITS);
    if (c->symbols > units - WEIR_SLP_HEADER) return corrupt(c, WEIR_SLP_SYMBOLS);
    c->table = units - c->symbols;
    return WEIR_SLP_OK;
}

/* No name twice. */
static weir_slp_class check_distinct(check *c) {
    weir_slp_class bad = slp_names_distinct(c->unit, c->table, c->symbols, &c->wrong);
    if (bad) c->wrong += c->table;
    return bad;
}

const weir_slp *weir_slp_verify(const void *at, size_t bytes, const weir_slp_limits *limits, weir_slp_error *error) {
    check c = {.unit = at, .limits = limits ? *limits : weir_slp_limits_default(), .at = WEIR_SLP_HEADER};
    if (c.limits.depth > WEIR_SLP_DEPTH_MAX) c.limits.depth = WEIR_SLP_DEPTH_MAX;
    weir_slp_class bad = (uintptr_t)at % 4 ? WEIR_SLP_FOREIGN : check_header(&c, bytes);
    if (!bad) bad = check_symbols(&c);
    if (!bad) bad = check_values(&c);
    if (!bad) bad = check_distinct(&c);
    if (!bad) return at;
    slp_error_set(error, bad, NULL, (size_t)c.wrong * 4, c.hit);
    return NULL;
}
