/* Sequences of operations of mcast against a plain list of all items, with readers that come and go. */
#include "prims/mcast.h"
#include "stress/fuzz/ring_p.h"

enum { READERS = 3 };

static struct {
    uint64_t pushed; /* items; their values are 1, 2, ... */
    weir_mcast_reader *reader[READERS];
    uint64_t seen[READERS];
    size_t capacity;
} model;

static size_t room(size_t n) {
    uint64_t slowest = model.pushed;
    for (int i = 0; i < READERS; i++)
        if (model.reader[i] && model.seen[i] < slowest) slowest = model.seen[i];
    return ring_smaller(n, model.capacity - (size_t)(model.pushed - slowest));
}

static bool push(weir_mcast *q, size_t n) {
    uint64_t v[RING_BATCH];
    for (size_t i = 0; i < n; i++) v[i] = model.pushed + i + 1;
    size_t want = room(n), got = n == 1 ? weir_mcast_try_push(q, *v) : weir_mcast_try_push_n(q, v, n);
    fuzz_say("push of %zu: %zu", n, got);
    model.pushed += got;
    return got == want || fuzz_wrong("a push of %zu took %zu instead of %zu", n, got, want);
}

static bool pop(weir_mcast *q, unsigned r, size_t n) {
    uint64_t v[RING_BATCH];
    size_t got = n == 1 ? weir_mcast_try_pop(q, model.reader[r], v) : weir_mcast_try_pop_n(q, model.reader[r], v, n);
    size_t want = ring_smaller(n, (size_t)(model.pushed - model.seen[r]));
    fuzz_say("pop of %zu by reader %u: %zu", n, r, got);
    if (got > want || !got != !want) return fuzz_wrong("a pop of %zu gave %zu instead of %zu", n, got, want);
    for (size_t i = 0; i < got; i++)
        if (v[i] != ++model.seen[r]) return fuzz_wrong("reader %u got item %lu instead of %lu", r, v[i], model.seen[r]);
    return true;
}

static bool come_or_go(weir_mcast *q, unsigned r) {
    fuzz_say("reader %u %s", r, model.reader[r] ? "leaves" : "joins");
    if (model.reader[r]) {
        weir_mcast_leave(q, model.reader[r]);
        model.reader[r] = NULL;
        return true;
    }
    model.reader[r] = weir_mcast_join(q);
    model.seen[r] = model.pushed;
    return model.reader[r] || fuzz_wrong("there is a place for a reader, and join refuses");
}

static bool ops(fuzz_input *in) {
    static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[16384];
    weir_mcast q;
    memset(&model, 0, sizeof model);
    model.capacity = (size_t)1 << fuzz_below(in, 7);
    fuzz_say("capacity %zu", model.capacity);
    if (weir_mcast_init(&q, model.capacity, READERS, block) != WEIR_OK) return fuzz_wrong("init refused");
    while (fuzz_more(in)) {
        uint8_t op = fuzz_byte(in);
        unsigned r = op / 16 % READERS;
        size_t n = op & 4 ? fuzz_below(in, RING_BATCH) : 1;
        bool same = op & 1 ? push(&q, n) : (op & 10) == 10 || !model.reader[r] ? come_or_go(&q, r) : pop(&q, r, n);
        if (!same) return false;
        for (unsigned i = 0; i < READERS; i++)
            if (model.reader[i] && weir_mcast_lag(&q, model.reader[i]) != model.pushed - model.seen[i])
                return fuzz_wrong("reader %u lags %zu instead of %lu", i, weir_mcast_lag(&q, model.reader[i]),
                                  model.pushed - model.seen[i]);
    }
    return true;
}

FUZZ_TARGET(ops, "any sequence gives each reader every item after its join, once and in order")
