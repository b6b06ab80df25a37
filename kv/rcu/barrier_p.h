/* barrier_p - liburcu's own barrier, unless ThreadSanitizer watches: it would take for a race that one thread of liburcu frees what
 * another got. Then a call to the one worker there is in tests, which makes calls in their order, does the same. Private to kv/rcu. */
#ifndef WEIR_KV_RCU_BARRIER_P_H
#define WEIR_KV_RCU_BARRIER_P_H

#include "kv/rcu/told_p.h"
#include "prims/platform.h"

#ifdef WEIR_RCU_TOLD
#define WEIR_RCU_DEFINE_WAIT_CALLS_(flavour)                                                                     \
    typedef struct last {                                                                                        \
        weir_rcu_##flavour##_head head; /* first */                                                              \
        weir_a32 made;                                                                                           \
    } last;                                                                                                      \
    static void make_last(weir_rcu_##flavour##_head *h) { weir_a32_store_release(&((last *)h)->made, 1); }       \
    static void wait_calls(void) {                                                                               \
        last l = {.made = {0}};                                                                                  \
        weir_rcu_##flavour##_call(&l.head, make_last);                                                           \
        while (!weir_a32_load_acquire(&l.made)) weir_yield(); /* acquire: pairs with the release in make_last */ \
    }
#else
#define WEIR_RCU_DEFINE_WAIT_CALLS_(flavour) \
    static void wait_calls(void) { urcu_##flavour##_barrier(); }
#endif

#endif
