/* atomic - the only place in Weir that spells a memory order.
 *
 * Types       weir_a32, weir_a64, weir_aptr: one word in a struct, so that a plain access does not compile.
 * Names       weir_<type>_<op>_<order>; no order in the name means relaxed. A reader searches for orders by name.
 *               load        relaxed   load_acquire
 *               store       relaxed   store_release
 *               add sub or and xchg   relaxed, _acquire, _release, _acq_rel; each returns the value before
 *               cas         relaxed, _acquire, _release, _acq_rel; strong; true when it stored, otherwise *seen is
 *                           the value found, read relaxed (cas, cas_release) or acquire (cas_acquire, cas_acq_rel)
 *               cas_weak_*  the same, and may fail with *seen unchanged: only inside a loop
 *               read_release  a read-modify-write that changes nothing: reads the latest value there is, and publishes as
 *                           a release does, to whoever reads this word later
 *             There is no seq_cst and no fence here: ThreadSanitizer does not see fences. Where a store must come before a
 *             load of another word, both sides change one word: each sleeper announces itself on the very word its waker
 *             changes; a deque's owner reads top by read_release, and all who change top do so by read-modify-write.
 * Comments    each use that is not relaxed carries a label and names its partner: "R1 release: pairs with A1 in pop()".
 * Built on    the compiler's __atomic built-ins, so the same header serves C11 and C++17. It knows no checker:
 *             -fsanitize=thread turns every operation here into a call with its order, which is all that TSan and a
 *             model checker need.
 */
#ifndef WEIR_PRIMS_ATOMIC_H
#define WEIR_PRIMS_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */
typedef struct { uint32_t raw; } weir_a32;
typedef struct { uint64_t raw; } weir_a64;
typedef struct { void *raw; } weir_aptr;

#define WEIR_ATOMIC_RMW_(T, V, op, builtin, suffix, order) \
    static inline V weir_##T##_##op##suffix(weir_##T *a, V v) { return builtin(&a->raw, v, order); }

#define WEIR_ATOMIC_RMW_ORDERS_(T, V, op, builtin)                   \
    WEIR_ATOMIC_RMW_(T, V, op, builtin, , __ATOMIC_RELAXED)          \
    WEIR_ATOMIC_RMW_(T, V, op, builtin, _acquire, __ATOMIC_ACQUIRE)  \
    WEIR_ATOMIC_RMW_(T, V, op, builtin, _release, __ATOMIC_RELEASE)  \
    WEIR_ATOMIC_RMW_(T, V, op, builtin, _acq_rel, __ATOMIC_ACQ_REL)

#define WEIR_ATOMIC_CAS_(T, V, suffix, weak, ok, fail)                                              \
    static inline bool weir_##T##_cas##suffix(weir_##T *a, V *seen, V v) {                          \
        return __atomic_compare_exchange_n(&a->raw, seen, v, weak, ok, fail);                       \
    }

#define WEIR_ATOMIC_WORD_(T, V)                                                                     \
    static inline V weir_##T##_load(const weir_##T *a) { return __atomic_load_n(&a->raw, __ATOMIC_RELAXED); } \
    static inline V weir_##T##_load_acquire(const weir_##T *a) { return __atomic_load_n(&a->raw, __ATOMIC_ACQUIRE); } \
    static inline void weir_##T##_store(weir_##T *a, V v) { __atomic_store_n(&a->raw, v, __ATOMIC_RELAXED); } \
    static inline void weir_##T##_store_release(weir_##T *a, V v) { __atomic_store_n(&a->raw, v, __ATOMIC_RELEASE); } \
    WEIR_ATOMIC_RMW_ORDERS_(T, V, xchg, __atomic_exchange_n)                                        \
    WEIR_ATOMIC_CAS_(T, V, , false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)                             \
    WEIR_ATOMIC_CAS_(T, V, _acquire, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)                     \
    WEIR_ATOMIC_CAS_(T, V, _release, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)                     \
    WEIR_ATOMIC_CAS_(T, V, _acq_rel, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)                     \
    WEIR_ATOMIC_CAS_(T, V, _weak, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)                         \
    WEIR_ATOMIC_CAS_(T, V, _weak_acquire, true, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)                 \
    WEIR_ATOMIC_CAS_(T, V, _weak_release, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED)                 \
    WEIR_ATOMIC_CAS_(T, V, _weak_acq_rel, true, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)

/* clang makes a fence and a load of an addition of 0, which takes 15 ns longer: it is not told that it is 0. */
#ifdef __clang__
#define WEIR_ATOMIC_HIDE_(v) __asm__("" : "+r"(v))
#else
#define WEIR_ATOMIC_HIDE_(v) (void)v
#endif

#define WEIR_ATOMIC_READ_(T, V)                                             \
    static inline V weir_##T##_read_release(weir_##T *a) {                  \
        V nothing = 0;                                                      \
        WEIR_ATOMIC_HIDE_(nothing);                                         \
        return __atomic_fetch_add(&a->raw, nothing, __ATOMIC_RELEASE);      \
    }

#define WEIR_ATOMIC_INTEGER_(T, V)                       \
    WEIR_ATOMIC_RMW_ORDERS_(T, V, add, __atomic_fetch_add) \
    WEIR_ATOMIC_RMW_ORDERS_(T, V, sub, __atomic_fetch_sub) \
    WEIR_ATOMIC_RMW_ORDERS_(T, V, or, __atomic_fetch_or)   \
    WEIR_ATOMIC_RMW_ORDERS_(T, V, and, __atomic_fetch_and) \
    WEIR_ATOMIC_READ_(T, V)

WEIR_ATOMIC_WORD_(a32, uint32_t)
WEIR_ATOMIC_WORD_(a64, uint64_t)
WEIR_ATOMIC_WORD_(aptr, void *)
WEIR_ATOMIC_INTEGER_(a32, uint32_t)
WEIR_ATOMIC_INTEGER_(a64, uint64_t)

/* clang-format on */
#undef WEIR_ATOMIC_RMW_
#undef WEIR_ATOMIC_RMW_ORDERS_
#undef WEIR_ATOMIC_CAS_
#undef WEIR_ATOMIC_WORD_
#undef WEIR_ATOMIC_INTEGER_
#undef WEIR_ATOMIC_READ_
#undef WEIR_ATOMIC_HIDE_

#ifdef __cplusplus
}
#endif
#endif
