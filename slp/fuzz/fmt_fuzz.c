/* Any bytes as a text: formatting does no harm, and what can be read is formatted to what reads the same and stays as it is
 * when formatted again. */
#include <stdlib.h>
#include <string.h>

#include "slp/slp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(c) ((c) ? (void)0 : abort())

/* Formatted, in memory of exactly that size. */
static char *formatted(const char *text, size_t bytes, size_t *n) {
    *n = weir_slp_fmt(text, bytes, NULL, 0);
    char *to = malloc(*n + 1);
    must(weir_slp_fmt(text, bytes, to, *n) == *n);
    return to;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static weir_slp_reader *one, *two;
    if (!one) one = weir_slp_reader_new(NULL), two = weir_slp_reader_new(NULL);
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    size_t n, m;
    char *first = formatted(text, size, &n);
    const weir_slp *s = weir_slp_read(one, text, size, WEIR_SLP_ALL, NULL);
    if (s) {
        const weir_slp *t = weir_slp_read(two, first, n, WEIR_SLP_ALL, NULL);
        must(t && weir_slp_bytes(s) == weir_slp_bytes(t) && !memcmp(s, t, weir_slp_bytes(s)));
        char *second = formatted(first, n, &m);
        must(n == m && !memcmp(first, second, n));
        free(second);
    }
    free(first);
    free(text);
    return 0;
}
