/* format - how a buffer lies in memory, on disk and on a wire: little-endian units of 4 bytes.
 *
 *     header     magic "SLP1" | version | units of the whole | root cell | nodes | symbols
 *     records    of all values but the small ones, each where the text would end it: children before their parents
 *     texts      of the symbols in the order of their first occurrence, as strings
 *     table      one unit a symbol: where its text is
 *
 *     cell       payload << 4 | tag. The payload is a number, a symbol's number, or where a record is, in units from the
 *                beginning of the buffer; 0 stands for what is empty, and needs no record.
 *     string     bytes, then the bytes, padded with zeros to a unit. An error is one too
 *     list       n, then n cells, so that item i is one load away
 *     quote      one cell
 *     integer    two units, when it does not fit a cell; real: two units
 *
 * Canonical: an integer that fits a cell is in the cell; records lie without gaps in the order in which the text ends them;
 * each has one parent; each symbol is in the table once and used. So there is one encoding a value, and no way to share or
 * to form a cycle.
 */
#ifndef WEIR_SLP_FORMAT_H
#define WEIR_SLP_FORMAT_H

#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "buffers are read in place, which needs a little-endian machine"
#endif

enum {
    WEIR_SLP_MAGIC,
    WEIR_SLP_VERSION,
    WEIR_SLP_UNITS,
    WEIR_SLP_ROOT,
    WEIR_SLP_NODES,
    WEIR_SLP_SYMBOLS,
    WEIR_SLP_HEADER
};
#define WEIR_SLP_MAGIC_WORD 0x31504c53u /* "SLP1" */
#define WEIR_SLP_VERSION_WORD 1u
enum { WEIR_SLP_TAG_BITS = 4, WEIR_SLP_TAG_MASK = 15 };
#define WEIR_SLP_UNITS_MAX ((1u << 28) - 1)

enum {
    WEIR_SLP_TAG_SMALL, /* integer in the cell, signed */
    WEIR_SLP_TAG_INTEGER,
    WEIR_SLP_TAG_REAL,
    WEIR_SLP_TAG_STRING,
    WEIR_SLP_TAG_SYMBOL,
    WEIR_SLP_TAG_VARIABLE,
    WEIR_SLP_TAG_LIST,
    WEIR_SLP_TAG_SEQUENCE,
    WEIR_SLP_TAG_BODY,
    WEIR_SLP_TAG_QUOTE,
    WEIR_SLP_TAG_ERROR,
    WEIR_SLP_TAGS
};

/* In the order of weir_slp_compare. */
typedef enum weir_slp_type {
    WEIR_SLP_INTEGER,
    WEIR_SLP_REAL,
    WEIR_SLP_STRING,
    WEIR_SLP_SYMBOL,
    WEIR_SLP_VARIABLE,
    WEIR_SLP_LIST,
    WEIR_SLP_SEQUENCE,
    WEIR_SLP_BODY,
    WEIR_SLP_QUOTE,
    WEIR_SLP_ERROR
} weir_slp_type;

typedef struct weir_slp {
    uint32_t unit[WEIR_SLP_HEADER]; /* the header; the rest follows */
} weir_slp;

typedef struct weir_slp_value {
    const uint32_t *base; /* of the buffer it lies in */
    uint32_t cell;
} weir_slp_value;

#endif
