#include "prims/platform.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void weir_yield(void) { sched_yield(); }

uint64_t weir_now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* FUTEX_WAIT_BITSET because it takes an absolute time of CLOCK_MONOTONIC; FUTEX_WAIT takes a relative one. */
bool weir_futex_wait(weir_a32 *word, uint32_t seen, uint64_t deadline_ns) {
    struct timespec at, *limit = NULL;
    if (deadline_ns != WEIR_FOREVER) {
        at.tv_sec = (time_t)(deadline_ns / 1000000000u);
        at.tv_nsec = (long)(deadline_ns % 1000000000u);
        limit = &at;
    }
    long r = syscall(SYS_futex, &word->raw, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, seen, limit, NULL,
                     FUTEX_BITSET_MATCH_ANY);
    return !(r != 0 && errno == ETIMEDOUT);
}

void weir_futex_wake(weir_a32 *word, int n) {
    syscall(SYS_futex, &word->raw, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, n, NULL, NULL, 0);
}

/* -- events -- */

enum { EVENTS = 65536, BITS = 64 };

static WEIR_THREAD_LOCAL int mine;    /* + 1; 0: none yet */
static weir_a64 spare[EVENTS / BITS]; /* a bit an event whose thread has ended */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* of the same, to be told when the thread ends */
static bool usable;

static void hand_on(void *event) {
    unsigned e = (unsigned)(uintptr_t)event - 1;
    mine = 0;
    weir_a64_or_release(&spare[e / BITS], (uint64_t)1 << e % BITS); /* SR: pairs with SA; the event is open */
}

/* A child has the descriptors of its parent, and must not share their signals. */
static void forget_events(void) {
    if (mine) pthread_setspecific(key, NULL);
    mine = 0;
    for (unsigned i = 0; i < EVENTS / BITS; i++) weir_a64_store(&spare[i], 0);
}

static void begin_events(void) {
    usable = pthread_key_create(&key, hand_on) == 0 && pthread_atfork(NULL, NULL, forget_events) == 0;
}

static int take_spare(void) {
    for (unsigned i = 0; i < EVENTS / BITS; i++)
        for (uint64_t seen = weir_a64_load(&spare[i]); seen;)
            if (weir_a64_cas_weak_acquire(&spare[i], &seen, seen & (seen - 1))) /* SA */
                return (int)(i * BITS) + __builtin_ctzll(seen);
    return -1;
}

static int open_event(void) {
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event < EVENTS) return event;
    close(event); /* nobody has heard of it */
    return -1;
}

int weir_event_mine(void) {
    if (WEIR_LIKELY(mine)) return mine - 1;
    pthread_once(&once, begin_events);
    int event = usable ? take_spare() : -1;
    if (usable && event < 0) event = open_event();
    if (event < 0) return -1;
    mine = event + 1;
    pthread_setspecific(key, (void *)(uintptr_t)mine);
    return event;
}

void weir_event_signal(int event) { eventfd_write(event, 1); }

static struct timespec time_until(uint64_t deadline_ns) {
    uint64_t now = weir_now_ns(), left = deadline_ns > now ? deadline_ns - now : 0;
    return (struct timespec){(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
}

bool weir_event_wait(int event, uint64_t deadline_ns) {
    struct pollfd p = {.fd = event, .events = POLLIN};
    struct timespec left = deadline_ns == WEIR_FOREVER ? (struct timespec){0, 0} : time_until(deadline_ns);
    int n = ppoll(&p, 1, deadline_ns == WEIR_FOREVER ? NULL : &left, NULL);
    eventfd_t signals;
    if (n > 0) eventfd_read(event, &signals);
    return n != 0;
}

unsigned weir_cache_line_probe(void) {
    long n = sysconf(_SC_LEVEL1_DCACHE_LINESIZE);
    return n > 0 ? (unsigned)n : 0;
}
