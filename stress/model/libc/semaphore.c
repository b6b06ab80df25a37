/* The semaphore of the C library as the model has it: ordinary code under the model, like prims. One word and the futex,
 * without the count of waiters, so that a post wakes always. */
#include <errno.h>
#include <semaphore.h>

#include "prims/platform.h"

int __wrap_sem_init(sem_t *sem, int shared, unsigned value);
int __wrap_sem_destroy(sem_t *sem);
int __wrap_sem_post(sem_t *sem);
int __wrap_sem_trywait(sem_t *sem);
int __wrap_sem_wait(sem_t *sem);
int __wrap_sem_clockwait(sem_t *sem, clockid_t clock, const struct timespec *limit);

/* errno is one for all threads of the model, so that they must not seem to race for it. */
static __attribute__((noinline, no_sanitize_thread)) int fails(int why) {
    errno = why;
    return -1;
}

static weir_a32 *units(sem_t *sem) { return (weir_a32 *)(void *)sem; }

int __wrap_sem_init(sem_t *sem, int shared, unsigned value) {
    (void)shared;
    weir_a32_store(units(sem), value);
    return 0;
}

int __wrap_sem_destroy(sem_t *sem) {
    (void)sem;
    return 0;
}

int __wrap_sem_post(sem_t *sem) {
    weir_a32_add_release(units(sem), 1); /* R1: pairs with A1 */
    weir_futex_wake(units(sem), 1);
    return 0;
}

static bool taken(sem_t *sem) {
    uint32_t seen = weir_a32_load(units(sem));
    while (seen)
        if (weir_a32_cas_weak_acquire(units(sem), &seen, seen - 1)) return true; /* A1 */
    return false;
}

int __wrap_sem_trywait(sem_t *sem) { return taken(sem) ? 0 : fails(EAGAIN); }

static int wait_until(sem_t *sem, uint64_t deadline_ns) {
    while (!taken(sem))
        if (!weir_futex_wait(units(sem), 0, deadline_ns)) return fails(ETIMEDOUT);
    return 0;
}

int __wrap_sem_wait(sem_t *sem) { return wait_until(sem, WEIR_FOREVER); }

int __wrap_sem_clockwait(sem_t *sem, clockid_t clock, const struct timespec *limit) {
    (void)clock; /* CLOCK_MONOTONIC, the only one here */
    return wait_until(sem, (uint64_t)limit->tv_sec * 1000000000u + (uint64_t)limit->tv_nsec);
}
