/* Sequences of operations of mpmc against a plain array. On one thread nothing is early: full and empty are exact. */
#include "prims/mpmc.h"
#include "stress/fuzz/ring_p.h"

#define INIT_AT WEIR_BIND(mpmc, WEIR_MPMC, _init_at)

static uint64_t next; /* value to push */

static bool push(weir_mpmc *q, ring *model, bool closed, size_t n) {
    uint64_t v[RING_BATCH];
    for (size_t i = 0; i < n; i++) v[i] = ++next;
    size_t want = closed ? 0 : ring_push(model, v, n),
           got = n == 1 ? weir_mpmc_try_push(q, *v) : weir_mpmc_try_push_n(q, v, n);
    fuzz_say("push of %zu: %zu", n, got);
    return got == want || fuzz_wrong("a push of %zu took %zu instead of %zu", n, got, want);
}

/* A batch may give less than there is, but something. */
static bool pop(weir_mpmc *q, ring *model, size_t n) {
    uint64_t v[RING_BATCH];
    size_t most = ring_smaller(model->count, n), got = n == 1 ? weir_mpmc_try_pop(q, v) : weir_mpmc_try_pop_n(q, v, n);
    fuzz_say("pop of %zu: %zu", n, got);
    if (got > most || !got != !most) return fuzz_wrong("a pop of %zu gave %zu of %zu", n, got, most);
    return ring_popped(model, v, got, "pop");
}

static bool asked(const weir_mpmc *q, const ring *model, bool closed) {
    bool drained = closed && !model->count;
    if (weir_mpmc_size(q) != model->count)
        return fuzz_wrong("size is %zu instead of %zu", weir_mpmc_size(q), model->count);
    if (weir_mpmc_closed(q) != closed) return fuzz_wrong("closed is %d instead of %d", !closed, closed);
    return weir_mpmc_drained(q) == drained || fuzz_wrong("drained is %d instead of %d", !drained, drained);
}

static bool ops(fuzz_input *in) {
    static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[4096];
    weir_mpmc q;
    ring model = {.capacity = (size_t)1 << fuzz_below(in, 7)};
    uint64_t start = fuzz_start(in);
    bool closed = false;
    fuzz_say("capacity %zu, first number %#lx", model.capacity, start);
    if (INIT_AT(&q, model.capacity, block, start) != WEIR_OK) return fuzz_wrong("init refused");
    while (fuzz_more(in)) {
        uint8_t op = fuzz_byte(in);
        size_t n = op & 4 ? fuzz_below(in, RING_BATCH) : 1;
        if (op == 255) {
            fuzz_say("close");
            weir_mpmc_close(&q);
            closed = true;
        } else if (op & 8 ? !push(&q, &model, closed, n) : !pop(&q, &model, n)) {
            return false;
        }
        if (!asked(&q, &model, closed)) return false;
    }
    return true;
}

FUZZ_TARGET(ops, "any sequence answers as a plain array does, past wraps, in batches, and closed")
