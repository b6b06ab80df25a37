/* spec - the object that a history is compared with, as it would behave if operations came one after another.
 *
 * A specification is a state and a step: may this operation, with the result it had, take effect in this state, and which
 * state follows? The search (search.h) asks in all orders that the intervals allow. Refusals (full, empty ...) are
 * operations like others: they need a moment at which they were right, and change nothing. A pending operation is stepped as
 * one that succeeds; that it did nothing is covered by leaving it out.
 *
 * Weaker promises speak of operations under way ("may refuse while the first item's push has not returned"). For them a
 * step sees the moment: the order so far, and between which stamps this operation can take effect in it. The answer must
 * depend on nothing but state, operation, and which operations are placed, for that is what the search remembers.
 */
#ifndef WEIR_STRESS_LIN_SPEC_H
#define WEIR_STRESS_LIN_SPEC_H

#include <stddef.h>

#include "stress/lin/history.h"

/* As many operations one search can order: they are the bits of a word. */
enum { LIN_OPS = 64, LIN_STATE_WORDS = 12 };

/* A specification lays its own struct over it, all bytes of which are determined by the state: padding is zero. */
typedef struct lin_state {
    uint64_t word[LIN_STATE_WORDS];
} lin_state;

/* The operations of one search, by index; sets of them are words. */
typedef struct lin_part {
    const uint32_t *param;
    unsigned count;
    lin_op op[LIN_OPS];
    uint64_t before[LIN_OPS]; /* those that really came before this one */
    uint64_t with[LIN_OPS];   /* those whose interval meets this one's */
    uint64_t moved;           /* those that took effect: result OK or YES; and pending ones, which may have */
    uint64_t must;            /* those that are not pending */
} lin_part;

typedef struct lin_moment {
    const lin_part *part;
    unsigned self;
    uint64_t placed;           /* what has taken effect before */
    uint64_t earliest, latest; /* this one takes effect after the stamp `earliest` and before `latest` */
} lin_moment;

static inline const lin_op *lin_self(const lin_moment *m) { return &m->part->op[m->self]; }

/* May operation i, one that is placed, still be under way? */
static inline bool lin_unfinished(const lin_moment *m, unsigned i) { return m->part->op[i].returned > m->earliest; }

typedef struct lin_word {
    const char *name;
    unsigned args;
    bool gives;       /* a value, with OK or YES */
    unsigned results; /* it may have, bits by lin_result; besides being pending */
} lin_word;

#define LIN_CAN(result) (1u << LIN_##result)

typedef struct lin_param {
    const char *name;
    const char *const *words; /* for its values 0, 1 ..., ends with NULL; or NULL: any number */
} lin_param;

typedef struct lin_spec {
    const char *name;
    const lin_word *words; /* by kind */
    unsigned kinds;
    lin_param param[LIN_PARAMS]; /* the numbers that a history of it has; those without a name are unused */
    unsigned state_words;
    void (*begin)(lin_state *s, const uint32_t *param); /* from all zero; NULL: all zero is the beginning */
    bool (*step)(lin_state *s, const lin_moment *m);
    /* for histories from files: what is wrong with the parameters or an operation, or NULL */
    const char *(*wrong_params)(const uint32_t *param);
    const char *(*wrong_op)(const lin_op *op);
    bool keyed; /* operations with different `arg` never concern each other */
    /* for shrinking: may both be left out of any legal history that has no refusal near them, and leave it legal? */
    bool (*undoes)(const lin_op *first, const lin_op *second);
} lin_spec;

extern const lin_spec lin_cell, lin_queue, lin_mcast, lin_deque, lin_set, lin_map, lin_pubsub;

/* NULL when there is none of this name. */
const lin_spec *lin_spec_named(const char *name);

#endif
