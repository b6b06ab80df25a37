/* registry - the cases and rows this program was linked with, in the order of the tables. */
#ifndef WEIR_BENCH_REGISTRY_H
#define WEIR_BENCH_REGISTRY_H

#include "bench/case.h"

typedef struct bench_entry {
    const bench_row *row;
    bool chosen; /* the default of this build */
} bench_entry;

/* The rows of one case stand together: the default, the other variants, peers, references, controls. */
typedef struct bench_case {
    const char *name, *unit;
    const bench_axis *axes; /* never NULL; ends with a NULL name */
    bool waits;             /* some row waits, so all are measured under both loads */
    bool higher_is_better;
    const bench_entry *entries;
    size_t count;
} bench_case;

/* All cases, sorted by name; *count of them. Valid until the program ends. Rows that contradict each other (the same
 * variant twice, different axes in one case) are a mistake in the program: it says so and aborts. */
const bench_case *registry_cases(size_t *count);

static inline bool row_is_absent(const bench_row *r) { return !r->work && !r->loop && !r->measure; }
static inline bool row_is_ours(const bench_row *r) { return !(r->flags & (BENCH_PEER | BENCH_REFERENCE)); }

#endif
