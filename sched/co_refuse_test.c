/* What no compiler may let pass in a coroutine, a CASE each; without CASE all is well. Driven by co_refuse_test.sh,
 * which reads what each must be refused with behind `refused:`. */
#include "sched/loop.h"

int work(int);

struct inner {
    weir_frame frame;
    int *in;
    int out;
};
WEIR_COROUTINE(inner) {
    WEIR_CO_BEGIN;
    WEIR_YIELD;
    self->out = *self->in;
    WEIR_CO_END;
}

struct outer {
    weir_co co;
    struct inner inner;
    int i, kept;
};
WEIR_COROUTINE(outer) {
    int again = work(0); /* done anew at each resumption */
    WEIR_CO_BEGIN;
#if CASE == 1 /* refused: jumps over variable initialization|uninitialized */
    int lost = work(1);
    WEIR_YIELD;
    work(lost);
#elif CASE == 2 /* refused: uninitialized */
    int lost;
    lost = work(1);
    WEIR_YIELD;
    work(lost);
#elif CASE == 3 /* refused: jumps over variable initialization|uninitialized */
    for (int i = 0; i < 3; i++) WEIR_YIELD;
#elif CASE == 4 /* refused: has no member|does not refer to any field */
    WEIR_CALL(inner, &self->inner, .kept = 3);
#elif CASE == 5 /* refused: pointer from integer|integer to pointer */
    WEIR_CALL(inner, &self->inner, .in = self->kept);
#elif CASE == 6 /* refused: incompatible|assigning to */
    WEIR_CALL(inner, self, .in = &self->kept);
#elif CASE == 7 /* refused: undeclared */
    WEIR_CALL(nobody, &self->inner, .in = &self->kept);
#endif
    {
        int brief = work(1); /* gone before the next wait */
        self->kept = brief;
    }
    for (self->i = 0; self->i < 3; self->i++) WEIR_CALL(inner, &self->inner, .in = &self->kept);
    WEIR_CO_FINALLY;
    int there = work(2);
#if CASE == 8 /* refused: a finaliser must not */
    WEIR_YIELD;
#elif CASE == 9  /* refused: a finaliser must not */
    WEIR_RAISE(WEIR_CO_OWN, "late");
#elif CASE == 10 /* refused: a finaliser must not */
    WEIR_RETURN;
#endif
    work(there + again);
    WEIR_CO_END;
}

void start(weir_loop *loop, struct outer *memory);
void start(weir_loop *loop, struct outer *memory) { WEIR_SPAWN(loop, outer, memory, .kept = 1); }
