/* tally - what went into an object and what came out, and the laws that hold between the two: nothing lost, doubled or
 * invented, nothing delivered that was refused, and each producer's items in order at each consumer.
 *
 * Threads          Each producer writes its own answers, each consumer its own list; tally_check alone, after all of them.
 */
#ifndef WEIR_STRESS_TALLY_H
#define WEIR_STRESS_TALLY_H

#include "prims/status.h"
#include "stress/check.h"

enum { TALLY_SIDE = 16, TALLY_EACH = 1 << 15 }; /* producers, consumers; values that a producer may offer in a round */

typedef struct tally {
    unsigned producers, consumers;
    uint32_t round;               /* is part of every value, so that what is left of an earlier round is recognised */
    uint32_t offered[TALLY_SIDE]; /* by producer */
    uint8_t *answer[TALLY_SIDE];  /* of each value offered: weir_status */
    uint64_t *got[TALLY_SIDE];    /* by consumer, in its order */
    size_t gots[TALLY_SIDE];
    uint8_t *seen; /* of tally_check */
} tally;

/* Room for so many producers and consumers; ends the process when there is no memory. */
void tally_init(tally *t, unsigned producers, unsigned consumers);
void tally_free(tally *t);

/* Forgets all and begins another round. */
void tally_next(tally *t);

/* What producer p offers as its next value but `ahead`. */
static inline uint64_t tally_value(const tally *t, unsigned p, size_t ahead) {
    return (uint64_t)t->round << 40 | (uint64_t)(p + 1) << 32 | (t->offered[p] + (uint32_t)ahead);
}

static inline uint32_t tally_room(const tally *t, unsigned p) { return TALLY_EACH - t->offered[p]; }

/* The next n values of producer p had this answer. */
static inline void tally_answer(tally *t, unsigned p, size_t n, weir_status st) {
    for (size_t i = 0; i < n; i++) t->answer[p][t->offered[p]++] = (uint8_t)st;
}

/* Consumer c got v. False: more than anybody can have offered. */
static inline bool tally_got(tally *t, unsigned c, uint64_t v) {
    if (t->gots[c] == (size_t)t->producers * TALLY_EACH) return false;
    t->got[c][t->gots[c]++] = v;
    return true;
}

/* Items accepted in this round. */
uint64_t tally_accepted(const tally *t);

/* Whether the laws hold; stress_fail has been called when not. */
bool tally_check(tally *t);

#endif
