/* What -fsanitize=thread makes of each access of the program: calls of these, by gcc and by clang. */
#include "stress/model/engine_p.h"

#define SITE __builtin_return_address(0)

/* clang-format off */
#define PLAIN(name, bytes, write)                                                  \
    void name(void *p);                                                            \
    void name(void *p) { plain((uintptr_t)p, bytes, write, SITE); }
#define PLAIN_SIZE(bytes)                                                          \
    PLAIN(__tsan_read##bytes, bytes, false) PLAIN(__tsan_write##bytes, bytes, true) \
    PLAIN(__tsan_unaligned_read##bytes, bytes, false) PLAIN(__tsan_unaligned_write##bytes, bytes, true)
/* clang-format on */

/* Where threads run, one at a time: all accesses are checked. Alone: only what is to be undone matters. */
static void plain(uintptr_t address, size_t bytes, bool write, const void *site) {
    if (m.running == NOBODY || fibre_local(address) || (m.running == ALONE && !write)) return;
    race_range(address, bytes, write, site);
}

/* clang-format off */
PLAIN_SIZE(1)
PLAIN_SIZE(2)
PLAIN_SIZE(4)
PLAIN_SIZE(8)
PLAIN_SIZE(16)
/* clang-format on */

void __tsan_read_range(void *p, unsigned long bytes);
void __tsan_write_range(void *p, unsigned long bytes);
void __tsan_read_range(void *p, unsigned long bytes) { plain((uintptr_t)p, bytes, false, SITE); }
void __tsan_write_range(void *p, unsigned long bytes) { plain((uintptr_t)p, bytes, true, SITE); }

void __tsan_init(void);
void __tsan_func_entry(void *pc);
void __tsan_func_exit(void);
void __tsan_init(void) {}
void __tsan_func_entry(void *pc) { (void)pc; }
void __tsan_func_exit(void) {}

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_thread_fence(int order) {
    (void)order;
    if (m.running != NOBODY) schedule_convict(REFUSED, "a fence: the model has none, and neither has prims");
}
void __tsan_atomic_signal_fence(int order) { (void)order; }

/* clang-format off */
#define RMW(bits, T, suffix, op)                                                                          \
    T __tsan_atomic##bits##_##suffix(volatile T *p, T v, int order);                                      \
    T __tsan_atomic##bits##_##suffix(volatile T *p, T v, int order) {                                     \
        return (T)atomic_rmw(op, (uintptr_t)p, sizeof(T), v, order, SITE);                                \
    }
#define ATOMIC(bits, T)                                                                                   \
    T __tsan_atomic##bits##_load(const volatile T *p, int order);                                         \
    void __tsan_atomic##bits##_store(volatile T *p, T v, int order);                                      \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile T *p, T *seen, T v, int order, int fail);  \
    int __tsan_atomic##bits##_compare_exchange_weak(volatile T *p, T *seen, T v, int order, int fail);    \
    T __tsan_atomic##bits##_compare_exchange_val(volatile T *p, T seen, T v, int order, int fail);        \
    T __tsan_atomic##bits##_load(const volatile T *p, int order) {                                        \
        return (T)atomic_load((uintptr_t)p, sizeof(T), order, SITE);                                      \
    }                                                                                                     \
    void __tsan_atomic##bits##_store(volatile T *p, T v, int order) {                                     \
        atomic_store((uintptr_t)p, sizeof(T), v, order, SITE);                                            \
    }                                                                                                     \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile T *p, T *seen, T v, int order, int fail) { \
        uint64_t found = *seen;                                                                           \
        bool done = atomic_cas((uintptr_t)p, sizeof(T), &found, v, order, fail, false, SITE);             \
        *seen = (T)found;                                                                                 \
        return done;                                                                                      \
    }                                                                                                     \
    int __tsan_atomic##bits##_compare_exchange_weak(volatile T *p, T *seen, T v, int order, int fail) {   \
        uint64_t found = *seen;                                                                           \
        bool done = atomic_cas((uintptr_t)p, sizeof(T), &found, v, order, fail, true, SITE);              \
        *seen = (T)found;                                                                                 \
        return done;                                                                                      \
    }                                                                                                     \
    T __tsan_atomic##bits##_compare_exchange_val(volatile T *p, T seen, T v, int order, int fail) {       \
        uint64_t found = seen; /* says by its answer whether it has stored, so it cannot fail for no reason */ \
        atomic_cas((uintptr_t)p, sizeof(T), &found, v, order, fail, false, SITE);                         \
        return (T)found;                                                                                  \
    }                                                                                                     \
    RMW(bits, T, exchange, RMW_XCHG) RMW(bits, T, fetch_add, RMW_ADD) RMW(bits, T, fetch_sub, RMW_SUB)    \
    RMW(bits, T, fetch_and, RMW_AND) RMW(bits, T, fetch_or, RMW_OR) RMW(bits, T, fetch_xor, RMW_XOR)      \
    RMW(bits, T, fetch_nand, RMW_NAND)

ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)
/* clang-format on */
