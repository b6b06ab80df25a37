/* program - a buffer that can be run: its names looked up once. Counted; shared by all who run it or a part of it. */
#ifndef WEIR_RUNTIME_PROGRAM_P_H
#define WEIR_RUNTIME_PROGRAM_P_H

#include "prims/atomic.h"
#include "slp/slp.h"

typedef struct weir_program {
    weir_a32 references;
    const uint32_t *number; /* of each symbol: what the names call it, or WEIR_SLP_UNKNOWN */
    const weir_slp *s;      /* behind it, in the same block */
} weir_program;

/* A copy of s. NULL: no memory. */
weir_program *weir_program_new(const weir_slp *s, const weir_slp_names *names);
weir_program *weir_program_retain(weir_program *p);
void weir_program_release(weir_program *p);

/* Does v lie in it? */
static inline bool weir_program_has(const weir_program *p, weir_slp_value v) { return v.base == p->s->unit; }

#endif
