/* memory_test_p - how much memory a test's process has. */
#ifndef WEIR_SCHED_MEMORY_TEST_P_H
#define WEIR_SCHED_MEMORY_TEST_P_H

#include "prims/test_p.h"

#include <stdio.h>
#include <unistd.h>

/* A sanitizer keeps memory of its own for each piece that was used, and looks at each byte. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#elif defined(__clang__)
enum { SANITIZED = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) };
#else
enum { SANITIZED = 0 };
#endif

/* What the process has of its own in memory. */
static size_t resident(void) {
    unsigned long all = 0, pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%lu %lu", &all, &pages), 2);
    fclose(f);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

#endif
