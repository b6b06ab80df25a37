/* Any bytes as a buffer: what the verifier accepts is walked, printed, read, copied and compared, and is canonical. Where the
 * bytes are no buffer they are also laid over one that is, so that the fuzzer gets past the header. */
#include <stdlib.h>
#include <string.h>

#include "slp/slp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(c) ((c) ? (void)0 : abort())

/* As much as may be, so that limits refuse nothing that the fuzzer can make. */
static const weir_slp_limits highest = {WEIR_SLP_DEPTH_MAX, WEIR_SLP_UNITS_MAX * 4, WEIR_SLP_UNITS_MAX, (1 << 24) - 1};
static weir_slp_reader *reader;

static void use(const weir_slp *s) {
    weir_slp_value v = weir_slp_root(s);
    size_t n = weir_slp_print(v, WEIR_SLP_CANONICAL, NULL, 0);
    char *text = malloc(n + 1);
    must(weir_slp_print(v, WEIR_SLP_CANONICAL, text, n) == n);
    const weir_slp *again = weir_slp_read(reader, text, n, WEIR_SLP_ONE, NULL);
    must(again && weir_slp_bytes(again) == weir_slp_bytes(s) && !memcmp(again, s, weir_slp_bytes(s)));
    weir_slp_object *o = weir_slp_detach(v);
    must(o && weir_slp_equal(v, weir_slp_root(weir_slp_object_buffer(o))));
    must(weir_slp_hash(v, 1) == weir_slp_hash(weir_slp_root(again), 1));
    weir_slp_release(o);
    free(text);
}

static void try_it(const void *bytes, size_t size) {
    void *copy = malloc(size + 1);
    memcpy(copy, bytes, size);
    weir_slp_error e;
    const weir_slp *s = weir_slp_verify(copy, size, &highest, &e);
    if (s) use(s);
    else must(e.what != WEIR_SLP_OK && e.offset <= size);
    weir_slp_file_open(copy, size, &highest, &e);
    free(copy);
}

static void lay_over(const uint8_t *data, size_t size) {
    static const char text[] = "(core/kv/set key \"some text\" [1 2.5 99999999999] {a $a 'b} @\"x: y\" core/kv/set)";
    const weir_slp *s = weir_slp_read(reader, text, sizeof text - 1, WEIR_SLP_ONE, NULL);
    size_t n = weir_slp_bytes(s);
    uint8_t *changed = malloc(n);
    memcpy(changed, s, n);
    for (size_t i = 0; i + 1 < size; i += 2) changed[data[i] % n] = data[i + 1];
    try_it(changed, n);
    free(changed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!reader) reader = weir_slp_reader_new(&highest);
    try_it(data, size);
    lay_over(data, size);
    return 0;
}
