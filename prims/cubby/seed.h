/* cubby.seed - the cubby as first described: one signed counter, +1 a push, -1 a pop. WRONG, and kept as the negative
 * control that every test of cubbies must convict: with 5 pushes pending, 5 pops at once read 5, 4, 3, 2, 1, and each
 * concludes that the slot is its own. The values of a counter that goes up and down come back, so they are no tickets.
 * It never hangs: a wait gives up after a millisecond and takes what is there, which only makes it wrong sooner. */
#ifndef WEIR_PRIMS_CUBBY_SEED_H
#define WEIR_PRIMS_CUBBY_SEED_H

#include "op_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_cubby_seed {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 counter; /* signed: 0 empty, 1 full, > 1 pushers wait, < 0 poppers wait */
    weir_a64 value;
    weir_a32 full, closed;
    weir_a64 pushed, popped; /* for linearization numbers */
} weir_cubby_seed;

weir_status weir_cubby_seed_init(weir_cubby_seed *c);
weir_status weir_cubby_seed_init_at(weir_cubby_seed *c, uint64_t start);
static inline void weir_cubby_seed_destroy(weir_cubby_seed *c) { (void)c; }
weir_status weir_cubby_seed_try_push(weir_cubby_seed *c, uint64_t v);
weir_status weir_cubby_seed_try_pop(weir_cubby_seed *c, uint64_t *v);
weir_status weir_cubby_seed_push_until(weir_cubby_seed *c, uint64_t v, uint64_t deadline_ns);
weir_status weir_cubby_seed_pop_until(weir_cubby_seed *c, uint64_t *v, uint64_t deadline_ns);
weir_status weir_cubby_seed_close(weir_cubby_seed *c);
int64_t weir_cubby_seed_pressure(weir_cubby_seed *c);
#define weir_cubby_seed_push_step weir_cubby_no_step
#define weir_cubby_seed_pop_step weir_cubby_no_step
#define weir_cubby_seed_cancel weir_cubby_no_cancel

#ifdef __cplusplus
}
#endif
#endif
