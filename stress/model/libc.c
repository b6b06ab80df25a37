/* What the program calls of the C library that the model must know of: the linker sends these calls here (--wrap). */
#include <errno.h>
#include <pthread.h>
#include <sys/types.h>

#include "stress/model/engine_p.h"

#define SITE __builtin_return_address(0)

/* -- memory: the calls that compilers make or leave alone -- */

void *__real_memcpy(void *to, const void *from, size_t n);
void *__real_memmove(void *to, const void *from, size_t n);
void *__real_memset(void *to, int byte, size_t n);
void *__wrap_memcpy(void *to, const void *from, size_t n);
void *__wrap_memmove(void *to, const void *from, size_t n);
void *__wrap_memset(void *to, int byte, size_t n);

static void touch(const void *p, size_t n, bool write, const void *site) {
    if (m.running == NOBODY || fibre_local((uintptr_t)p) || (m.running == ALONE && !write)) return;
    race_range((uintptr_t)p, n, write, site);
}

void *__wrap_memcpy(void *to, const void *from, size_t n) {
    touch(from, n, false, SITE);
    touch(to, n, true, SITE);
    return __real_memcpy(to, from, n);
}

void *__wrap_memmove(void *to, const void *from, size_t n) {
    touch(from, n, false, SITE);
    touch(to, n, true, SITE);
    return __real_memmove(to, from, n);
}

void *__wrap_memset(void *to, int byte, size_t n) {
    touch(to, n, true, SITE);
    return __real_memset(to, byte, n);
}

/* What is random is a choice of the strategy, and nothing else. */
ssize_t __wrap_getrandom(void *to, size_t n, unsigned flags);
ssize_t __wrap_getrandom(void *to, size_t n, unsigned flags) {
    (void)flags;
    __wrap_memset(to, 0x5a, n);
    return (ssize_t)n;
}

/* -- mutexes and conditions: known by their address alone; all are free when a schedule begins -- */

static struct mutex *mutex_at(const void *address) {
    struct mutex *x = m.mutexes;
    while (x < m.mutexes + m.mutexes_used && x->address != (uintptr_t)address) x++;
    if (x == m.mutexes + MUTEXES_MAX) schedule_convict(REFUSED, "more than %d mutexes", MUTEXES_MAX);
    if (x == m.mutexes + m.mutexes_used) {
        *x = (struct mutex){(uintptr_t)address, NOBODY, vclock_all(0)};
        m.mutexes_used++;
    }
    return x;
}

static void take(struct mutex *x, const void *site) {
    graphs_turn(x->address);
    while (x->owner != NOBODY) {
        sleep_enter(m.running, x->address, UINT64_MAX);
        schedule_block(ASLEEP, "mutex_lock", site);
        graphs_turn(x->address);
    }
    x->owner = m.running;
    trace("mutex_lock", x->address, site);
    sleep_hash(x->address);
    vclock_join(&m.self->clock, &x->clock);
}

static void leave(struct mutex *x, const void *site) {
    if (x->owner != m.running) schedule_convict(LAW, "%c unlocks a mutex that it does not hold", 'a' + m.running);
    x->owner = NOBODY;
    x->clock = m.self->clock;
    trace("mutex_unlock", x->address, site);
    sleep_hash(x->address);
    m.self->clock.of[m.running]++;
    sleep_wake(x->address, 1);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *limit);
int __wrap_pthread_cond_signal(pthread_cond_t *cond);
int __wrap_pthread_cond_broadcast(pthread_cond_t *cond);

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex) {
    if (!schedule_threads()) return 0;
    schedule_point("mutex_lock", false, SITE);
    take(mutex_at(mutex), SITE);
    return 0;
}

int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex) {
    if (!schedule_threads()) return 0;
    schedule_point("mutex_trylock", false, SITE);
    struct mutex *x = mutex_at(mutex);
    graphs_turn(x->address);
    if (x->owner == NOBODY) {
        take(x, SITE);
        return 0;
    }
    sleep_hash(x->address);
    return EBUSY;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex) {
    if (!schedule_threads()) return 0;
    schedule_point("mutex_unlock", false, SITE);
    leave(mutex_at(mutex), SITE);
    return 0;
}

static int wait_on(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t deadline_ns, const void *site) {
    if (!schedule_threads()) return 0;
    schedule_point("cond_wait", false, site);
    graphs_turn((uintptr_t)cond);
    leave(mutex_at(mutex), site);
    m.self->own++;
    sleep_hash((uintptr_t)cond);
    resume how = deadline_ns <= (m.lazy ? m.self->saw_time : m.now) ? TIME_OUT : RUN;
    if (how == RUN) {
        sleep_enter(m.running, (uintptr_t)cond, deadline_ns);
        how = m.lazy ? graphs_sleep((uintptr_t)cond, deadline_ns) : schedule_block(ASLEEP, "cond_wait", site);
        hash_add(hash_mix(hash_event(), how));
    }
    take(mutex_at(mutex), site);
    return how == TIME_OUT ? ETIMEDOUT : 0;
}

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex) {
    return wait_on(cond, mutex, UINT64_MAX, SITE);
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *limit) {
    return wait_on(cond, mutex, (uint64_t)limit->tv_sec * 1000000000u + (uint64_t)limit->tv_nsec, SITE);
}

static int wake(pthread_cond_t *cond, unsigned n, const char *what, const void *site) {
    if (!schedule_threads()) return 0;
    schedule_point(what, false, site);
    graphs_turn((uintptr_t)cond);
    trace(what, (uintptr_t)cond, site);
    sleep_hash((uintptr_t)cond);
    sleep_wake((uintptr_t)cond, n);
    return 0;
}

int __wrap_pthread_cond_signal(pthread_cond_t *cond) { return wake(cond, 1, "cond_signal", SITE); }

int __wrap_pthread_cond_broadcast(pthread_cond_t *cond) {
    return wake(cond, MODEL_THREADS_MAX, "cond_broadcast", SITE);
}

/* -- readers and writers: to the model, a lock like others, so readers never meet -- */

int __wrap_pthread_rwlock_rdlock(pthread_rwlock_t *lock);
int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t *lock);
int __wrap_pthread_rwlock_unlock(pthread_rwlock_t *lock);

int __wrap_pthread_rwlock_rdlock(pthread_rwlock_t *lock) { return __wrap_pthread_mutex_lock((void *)lock); }
int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t *lock) { return __wrap_pthread_mutex_lock((void *)lock); }
int __wrap_pthread_rwlock_unlock(pthread_rwlock_t *lock) { return __wrap_pthread_mutex_unlock((void *)lock); }
