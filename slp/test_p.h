/* What the tests of this folder share: a reader with the default limits, values as text, dice. */
#ifndef WEIR_SLP_TEST_P_H
#define WEIR_SLP_TEST_P_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "slp/slp.h"

static weir_slp_reader *reader;

static inline int make_reader(void **state) {
    (void)state;
    reader = weir_slp_reader_new(NULL);
    return reader ? 0 : -1;
}

static inline int free_reader(void **state) {
    (void)state;
    weir_slp_reader_free(reader);
    return 0;
}

static inline const weir_slp *read_one(const char *text) {
    return weir_slp_read(reader, text, strlen(text), WEIR_SLP_ONE, NULL);
}

static char printed[1 << 16];

/* v's canonical text, in `printed`. */
static inline const char *text_of(weir_slp_value v) {
    size_t n = weir_slp_print(v, WEIR_SLP_CANONICAL, printed, sizeof printed - 1);
    assert_true(n < sizeof printed);
    printed[n] = 0;
    return printed;
}

static inline bool same_bytes(const weir_slp *a, const weir_slp *b) {
    return weir_slp_bytes(a) == weir_slp_bytes(b) && !memcmp(a, b, weir_slp_bytes(a));
}

static inline uint64_t roll(uint64_t n) { /* 0 .. n - 1 */
    static uint64_t dice = 88172645463325252u;
    dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17;
    return dice % n;
}

#endif
