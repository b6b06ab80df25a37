#include "prims/platform.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stddef.h>
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

unsigned weir_cache_line_probe(void) {
    long n = sysconf(_SC_LEVEL1_DCACHE_LINESIZE);
    return n > 0 ? (unsigned)n : 0;
}
