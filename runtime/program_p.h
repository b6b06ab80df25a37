/* program - a buffer that can be run: its names are looked up when they are first met, and once. Counted; shared by all who run it or a part
 * of it. */
#ifndef WEIR_RUNTIME_PROGRAM_P_H
#define WEIR_RUNTIME_PROGRAM_P_H

#include "prims/atomic.h"
#include "slp/slp.h"

typedef struct weir_program {
    weir_a32 references; /* 0: it is lent, and nobody counts */
    const weir_slp_names *names;
    weir_a32 *number; /* of each symbol: what the names call it, WEIR_SLP_UNKNOWN, or WEIR_PROGRAM_UNSEEN */
    uint32_t room;    /* lent: symbols that `number` has room for */
    const weir_slp *s;
} weir_program;

#define WEIR_PROGRAM_UNSEEN (WEIR_SLP_UNKNOWN - 1)

/* A copy of s. NULL: no memory. */
weir_program *weir_program_new(const weir_slp *s, const weir_slp_names *names);
weir_program *weir_program_retain(weir_program *p);
void weir_program_release(weir_program *p);

/* Makes p, zeroed before the first time, the program of s itself, which stays there until the evaluation has ended. False: no memory. */
bool weir_program_lend(weir_program *p, const weir_slp *s, const weir_slp_names *names);
void weir_program_forget(weir_program *p); /* what lending took */

uint32_t weir_program_look(const weir_program *p, weir_slp_value name);

/* The number of a symbol or variable in it, or WEIR_SLP_UNKNOWN. Relaxed: who looks at the same time finds the same. */
static inline uint32_t weir_program_number(const weir_program *p, weir_slp_value name) {
    uint32_t n = weir_a32_load(&p->number[weir_slp_symbol(name)]);
    return n == WEIR_PROGRAM_UNSEEN ? weir_program_look(p, name) : n;
}

/* Does v lie in it? */
static inline bool weir_program_has(const weir_program *p, weir_slp_value v) { return v.base == p->s->unit; }

#endif
