/* search - is there an order of these operations that their intervals allow and their specification accepts?
 *
 * Method           Wing and Gong (1993) with Lowe's memory of configurations (2017): depth first over the operations that may
 *                  come next; a configuration is the set of those placed and the state they led to, and is tried once.
 * Parts            Operations with different keys of a keyed specification are searched by themselves, which is sound because
 *                  linearizability is local. At most LIN_OPS operations in a part.
 * Budget           So many configurations a part; beyond it the answer is LIN_UNKNOWN, which is never a pass.
 * Threads          One thread a searcher. No recursion: the stack is as deep as a part is long.
 */
#ifndef WEIR_STRESS_LIN_SEARCH_H
#define WEIR_STRESS_LIN_SEARCH_H

#include "stress/lin/spec.h"

typedef enum lin_verdict { LIN_LEGAL, LIN_ILLEGAL, LIN_UNKNOWN } lin_verdict;

typedef struct lin_searcher lin_searcher;

/* 1 .. 2^24 configurations; NULL: no memory. */
lin_searcher *lin_searcher_make(uint32_t configurations);
void lin_searcher_free(lin_searcher *s);

/* Configurations met since the searcher was made. */
uint64_t lin_searcher_met(const lin_searcher *s);

lin_verdict lin_check(lin_searcher *s, const lin_history *h);

/* The largest part of a history, in operations: more than LIN_OPS cannot be checked. */
unsigned lin_largest_part(const lin_history *h);

/* Makes an illegal history shorter while it stays illegal: first the shortest beginning that is, in which operations that
 * had not returned by then are pending; then without the parts, refusals, observers and pairs that do not matter. Returns
 * the index of the operation that cannot be placed: the last to return. */
unsigned lin_shrink(lin_searcher *s, lin_history *h);

/* -- for tests: the search without its shortcuts ------------------------------------------------------------------ */

/* Prepares n operations, in an order of the search's own. */
void lin_part_make(lin_part *p, const uint32_t *param, const lin_op *const *op, unsigned n);

/* The moment at which i would be placed after `placed`, in an order whose operations were last possible at `earliest`.
 * False: something that came before i is not placed. */
bool lin_moment_of(const lin_part *p, unsigned i, uint64_t placed, uint64_t earliest, lin_moment *m);

#endif
