/* clock - vector clocks: for each thread, how many of its steps happen before. 16 bytes, so that joining is one
 * instruction or two. Views of memory are not kept: what a thread must have seen follows from its clock (history.c). */
#ifndef WEIR_STRESS_MODEL_CLOCK_H
#define WEIR_STRESS_MODEL_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

typedef int16_t vclock_lanes __attribute__((vector_size(16)));

typedef union vclock {
    vclock_lanes v;
    int16_t of[8];
    uint64_t half[2];
} vclock;

enum { NEVER = INT16_MAX };

static inline vclock vclock_all(int16_t x) { return (vclock){.of = {x, x, x, x, x, x, x, x}}; }

static inline void vclock_join(vclock *to, const vclock *from) {
    vclock_lanes less = to->v < from->v;
    to->v = (to->v & ~less) | (from->v & less);
}

/* Some lane of a is at most the same lane of b. */
static inline bool vclock_any_reached(const vclock *a, const vclock *b) {
    vclock r = {.v = a->v <= b->v};
    return (r.half[0] | r.half[1]) != 0;
}

#endif
