/* Sequences of operations of deque against a plain array. */
#include "prims/deque.h"
#include "stress/fuzz/ring_p.h"

static bool took(bool got, uint64_t v, bool there, uint64_t want, const char *how) {
    fuzz_say("%s: %s %lu", how, got ? "took" : "nothing,", got ? v : 0);
    if (got != there) return fuzz_wrong("%s took %s", how, got ? "something from an empty deque" : "nothing");
    return !got || v == want || fuzz_wrong("%s took %lu instead of %lu", how, v, want);
}

static bool push(weir_deque *q, ring *model) {
    static uint64_t next;
    uint64_t v = ++next;
    bool got = weir_deque_try_push(q, v);
    fuzz_say("push: %d", got);
    return got == (ring_push(model, &v, 1) == 1) || fuzz_wrong("a push answered %d", got);
}

static bool pop(weir_deque *q, ring *model) {
    uint64_t v = 0, want = 0;
    bool got = weir_deque_try_pop(q, &v), there = model->count > 0;
    if (there) want = model->item[--model->count];
    return took(got, v, there, want, "pop");
}

static bool steal(weir_deque *q, ring *model) {
    uint64_t v = 0, want = 0;
    weir_status st = weir_deque_try_steal(q, &v);
    if (st != WEIR_OK && st != WEIR_AGAIN)
        return fuzz_wrong("a steal with nobody else about answered \"%s\"", weir_status_text(st));
    bool there = ring_pop(model, &want, 1) == 1;
    return took(st == WEIR_OK, v, there, want, "steal");
}

static bool ops(fuzz_input *in) {
    static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[RING_MAX * 8];
    weir_deque q;
    ring model = {.capacity = (size_t)1 << fuzz_below(in, 7)};
    fuzz_say("capacity %zu", model.capacity);
    if (weir_deque_init(&q, model.capacity, block) != WEIR_OK) return fuzz_wrong("init refused");
    while (fuzz_more(in)) {
        uint8_t op = fuzz_byte(in);
        if (op & 1 ? !push(&q, &model) : op & 2 ? !pop(&q, &model) : !steal(&q, &model)) return false;
        if (weir_deque_size(&q) != model.count)
            return fuzz_wrong("size is %zu instead of %zu", weir_deque_size(&q), model.count);
    }
    return true;
}

FUZZ_TARGET(ops, "any sequence answers as a plain array does")
