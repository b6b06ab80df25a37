/* Sequences of operations of spsc against a plain array. */
#include "prims/spsc.h"
#include "stress/fuzz/ring_p.h"

#define INIT_AT WEIR_BIND(spsc, WEIR_SPSC, _init_at)

static uint64_t next; /* value to push */

static bool push(weir_spsc *q, ring *model, size_t n) {
    uint64_t v[RING_BATCH];
    for (size_t i = 0; i < n; i++) v[i] = ++next;
    size_t want = ring_push(model, v, n), got = n == 1 ? weir_spsc_try_push(q, *v) : weir_spsc_try_push_n(q, v, n);
    fuzz_say("push of %zu: %zu", n, got);
    return got == want || fuzz_wrong("a push of %zu took %zu instead of %zu", n, got, want);
}

static bool pop(weir_spsc *q, ring *model, size_t n) {
    uint64_t v[RING_BATCH];
    size_t want = ring_smaller(model->count, n), got = n == 1 ? weir_spsc_try_pop(q, v) : weir_spsc_try_pop_n(q, v, n);
    fuzz_say("pop of %zu: %zu", n, got);
    if (got != want) return fuzz_wrong("a pop of %zu gave %zu instead of %zu", n, got, want);
    return ring_popped(model, v, got, "pop");
}

static bool ops(fuzz_input *in) {
    static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[RING_MAX * 32];
    weir_spsc q;
    ring model = {.capacity = (size_t)1 << fuzz_below(in, 7)};
    uint64_t start = fuzz_start(in);
    fuzz_say("capacity %zu, first number %#lx", model.capacity, start);
    if (INIT_AT(&q, model.capacity, block, start) != WEIR_OK) return fuzz_wrong("init refused");
    while (fuzz_more(in)) {
        uint8_t op = fuzz_byte(in);
        size_t n = op & 4 ? fuzz_below(in, RING_BATCH) : 1;
        if (op & 8 ? !push(&q, &model, n) : !pop(&q, &model, n)) return false;
        if (weir_spsc_size(&q) != model.count)
            return fuzz_wrong("size is %zu instead of %zu", weir_spsc_size(&q), model.count);
    }
    return true;
}

FUZZ_TARGET(ops, "any sequence answers as a plain array does, past wraps and in batches")
