/* test_p - cmocka with the headers it forgets to include, and threads for tests. cmocka asserts on the main thread only:
 * a thread returns what it found and the test asserts after the join. */
#ifndef WEIR_PRIMS_TEST_P_H
#define WEIR_PRIMS_TEST_P_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>

#include <cmocka.h>

#include "platform.h"

static inline void *weir_test_alloc(size_t bytes) {
    size_t line = WEIR_CACHE_LINE;
    void *p = aligned_alloc(line, (bytes + line - 1) / line * line);
    if (!p) abort();
    return p;
}

static inline pthread_t weir_test_thread(void *(*run)(void *), void *arg) {
    pthread_t t;
    if (pthread_create(&t, NULL, run, arg)) abort();
    return t;
}

#endif
