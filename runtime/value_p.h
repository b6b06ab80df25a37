/* value - what forms evaluate to: views into buffers. Every base is that of a whole canonical buffer, so that a value which is
 * the root of its buffer is stored and sent without being built again. */
#ifndef WEIR_RUNTIME_VALUE_P_H
#define WEIR_RUNTIME_VALUE_P_H

#include "runtime/arena_p.h"
#include "slp/slp.h"

/* As much as a buffer can be: what a text may be is limited where it is read. */
extern const weir_slp_limits weir_value_most;

/* Values that are always there. */
weir_slp_value weir_value_true(void);
weir_slp_value weir_value_false(void);
static inline weir_slp_value weir_value_truth(bool b) { return b ? weir_value_true() : weir_value_false(); }

weir_slp_value weir_value_integer(int64_t i);  /* |i| < 2^27: needs no memory */
weir_slp_value weir_value_channel(unsigned i); /* the symbol A for 0, and so on to F, then X */
bool weir_value_is_true(weir_slp_value v);     /* the symbol true */

static inline bool weir_value_is_error(weir_slp_value v) { return weir_slp_type_of(v) == WEIR_SLP_ERROR; }

/* In the arena; when that is full or the system refuses memory: the error value "nomem". */
weir_slp_value weir_value_string(weir_arena *a, const char *at, size_t bytes);
weir_slp_value weir_value_error(weir_arena *a, const char *class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
weir_slp_value weir_value_copy(weir_arena *a, weir_slp_builder *b, weir_slp_value v);

/* A copy of bytes from a store or a wire; the error value "type" when they are no buffer. */
weir_slp_value weir_value_load(weir_arena *a, const void *at, size_t bytes);

/* A value as it will be laid: a buffer, or a text of which laying makes one. */
typedef struct weir_payload {
    const void *at;
    size_t bytes;  /* there */
    size_t buffer; /* of the buffer */
    bool text;
    uint32_t small[WEIR_SLP_HEADER];
} weir_payload;

/* Of a string. False: it is longer than a value may be. */
bool weir_payload_of_string(weir_payload *p, const char *at, size_t bytes);

/* Of any value: what it looks at is there until it is laid. False: as weir_value_buffer. */
bool weir_payload_of(weir_payload *p, weir_slp_value v, weir_slp_builder *b);

/* to: p->buffer bytes. */
void weir_payload_lay(const weir_payload *p, uint32_t *to);

/* The canonical buffer of v alone: its own, when v is its root, or one in `small`, or the builder's. NULL: no memory, or
 * beyond a limit of the builder; or there is no builder, and it would be needed. */
enum { WEIR_VALUE_SMALL = 256 };
const weir_slp *weir_value_buffer(weir_slp_value v, weir_slp_builder *b, uint32_t small[WEIR_VALUE_SMALL / 4]);

#endif
