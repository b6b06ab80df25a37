#include "stress/jitter/jitter.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "prims/atomic.h"
#include "prims/platform.h"
#include "stress/check.h"

/* -- delays ------------------------------------------------------------------------------------------------------- */

static struct { weir_a64 operations, spins, yields, sleeps; } total;

static WEIR_THREAD_LOCAL struct {
    uint32_t left;     /* atomic operations until the next delay; 0: never */
    uint32_t distance; /* between the last delay and the next */
    uint32_t one_in;
    stress_random random;
} me;

static void draw(void) {
    me.left = me.distance = me.one_in ? 1 + stress_random_below(&me.random, 2 * me.one_in - 1) : 0;
}

void jitter_thread(uint64_t seed, uint32_t one_in) {
    me.one_in = one_in;
    me.random = stress_random_begin(seed, 0);
    draw();
}

jitter_counts jitter_counted(void) {
    return (jitter_counts){weir_a64_load(&total.operations), weir_a64_load(&total.spins), weir_a64_load(&total.yields),
                           weir_a64_load(&total.sleeps)};
}

static void delay(void) {
    uint32_t kind = stress_random_below(&me.random, 256);
    weir_a64_add(&total.operations, me.distance);
    if (kind < 96) {
        weir_a64_add(&total.spins, 1);
        for (uint32_t n = stress_random_below(&me.random, 64); n > 0; n--) weir_pause();
    } else if (kind < 255) {
        weir_a64_add(&total.yields, 1);
        weir_yield();
    } else {
        const struct timespec t = {.tv_nsec = 20000};
        weir_a64_add(&total.sleeps, 1);
        nanosleep(&t, NULL);
    }
    draw();
}

/* Called on both sides of each operation. */
static WEIR_ALWAYS_INLINE void point(void) {
    if (me.left && --me.left == 0) delay();
}

void jitter_point(void) { point(); }

/* -- atomic operations -------------------------------------------------------------------------------------------- */

/* clang-format off */
#define AROUND(operation) do { point(); operation; point(); } while (0)

#define RMW(n, T, name, builtin)                                                \
    T __tsan_atomic##n##_##name(volatile T *a, T v, int order);                 \
    T __tsan_atomic##n##_##name(volatile T *a, T v, int order) {                \
        T before;                                                               \
        (void)order;                                                            \
        AROUND(before = builtin(a, v, __ATOMIC_SEQ_CST));                       \
        return before;                                                          \
    }

#define CAS(n, T, name)                                                                                     \
    int __tsan_atomic##n##_compare_exchange_##name(volatile T *a, T *seen, T v, int ok, int fail);          \
    int __tsan_atomic##n##_compare_exchange_##name(volatile T *a, T *seen, T v, int ok, int fail) {         \
        bool stored;                                                                                        \
        (void)ok, (void)fail;                                                                               \
        AROUND(stored = __atomic_compare_exchange_n(a, seen, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)); \
        return stored;                                                                                      \
    }

/* clang's: returns what was found. */
#define CAS_VAL(n, T)                                                                                       \
    T __tsan_atomic##n##_compare_exchange_val(volatile T *a, T seen, T v, int ok, int fail);                \
    T __tsan_atomic##n##_compare_exchange_val(volatile T *a, T seen, T v, int ok, int fail) {               \
        (void)ok, (void)fail;                                                                               \
        AROUND(__atomic_compare_exchange_n(a, &seen, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));         \
        return seen;                                                                                        \
    }

#define WORD(n, T)                                                                              \
    T __tsan_atomic##n##_load(const volatile T *a, int order);                                  \
    T __tsan_atomic##n##_load(const volatile T *a, int order) {                                 \
        T v;                                                                                    \
        AROUND(v = order == __ATOMIC_SEQ_CST ? __atomic_load_n(a, __ATOMIC_SEQ_CST) : __atomic_load_n(a, __ATOMIC_ACQUIRE)); \
        return v;                                                                               \
    }                                                                                           \
    void __tsan_atomic##n##_store(volatile T *a, T v, int order);                               \
    void __tsan_atomic##n##_store(volatile T *a, T v, int order) {                              \
        point();                                                                                \
        if (order == __ATOMIC_SEQ_CST) __atomic_store_n(a, v, __ATOMIC_SEQ_CST);                \
        else __atomic_store_n(a, v, __ATOMIC_RELEASE);                                          \
        point();                                                                                \
    }                                                                                           \
    RMW(n, T, exchange, __atomic_exchange_n)                                                    \
    RMW(n, T, fetch_add, __atomic_fetch_add)                                                    \
    RMW(n, T, fetch_sub, __atomic_fetch_sub)                                                    \
    RMW(n, T, fetch_and, __atomic_fetch_and)                                                    \
    RMW(n, T, fetch_or, __atomic_fetch_or)                                                      \
    RMW(n, T, fetch_xor, __atomic_fetch_xor)                                                    \
    RMW(n, T, fetch_nand, __atomic_fetch_nand)                                                  \
    CAS(n, T, strong)                                                                           \
    CAS(n, T, weak)                                                                             \
    CAS_VAL(n, T)

WORD(8, uint8_t)
WORD(16, uint16_t)
WORD(32, uint32_t)
WORD(64, uint64_t)

/* -- everything else gcc 12 and clang 14 emit: nothing to do -------------------------------------------------------- */

#define EMPTY(name) void name(void *); void name(void *a) { (void)a; }
#define EMPTY_SIZES(name) EMPTY(name##1) EMPTY(name##2) EMPTY(name##4) EMPTY(name##8) EMPTY(name##16)

EMPTY_SIZES(__tsan_read)
EMPTY_SIZES(__tsan_write)
EMPTY_SIZES(__tsan_read_write)
EMPTY_SIZES(__tsan_volatile_read)
EMPTY_SIZES(__tsan_volatile_write)
EMPTY_SIZES(__tsan_unaligned_read)
EMPTY_SIZES(__tsan_unaligned_write)
EMPTY_SIZES(__tsan_unaligned_read_write)
EMPTY_SIZES(__tsan_unaligned_volatile_read)
EMPTY_SIZES(__tsan_unaligned_volatile_write)
EMPTY(__tsan_func_entry)
EMPTY(__tsan_acquire) /* these two: by kv/rcu */
EMPTY(__tsan_release)
/* clang-format on */

void __tsan_init(void);
void __tsan_func_exit(void);
void __tsan_read_range(void *a, size_t n);
void __tsan_write_range(void *a, size_t n);
void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_signal_fence(int order);
void *__tsan_memcpy(void *to, const void *from, size_t n);
void *__tsan_memmove(void *to, const void *from, size_t n);
void *__tsan_memset(void *to, int byte, size_t n);

void __tsan_init(void) {}
void __tsan_func_exit(void) {}
void __tsan_read_range(void *a, size_t n) { (void)a, (void)n; }
void __tsan_write_range(void *a, size_t n) { (void)a, (void)n; }
void __tsan_atomic_thread_fence(int order) {
    (void)order;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
void __tsan_atomic_signal_fence(int order) { (void)order; }
void *__tsan_memcpy(void *to, const void *from, size_t n) { return memcpy(to, from, n); }
void *__tsan_memmove(void *to, const void *from, size_t n) { return memmove(to, from, n); }
void *__tsan_memset(void *to, int byte, size_t n) { return memset(to, byte, n); }
