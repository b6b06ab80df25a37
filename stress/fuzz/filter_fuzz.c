/* Sequences of operations of two filters against an exact multiset: never a false "surely not"; a remove that answers ABSENT
 * was right and has changed nothing. Tiny filters, so that ids share their bits. */
#include "prims/filter.h"
#include "stress/fuzz/fuzz.h"

enum { IDS = 64, BYTES_MAX = 4096 };

typedef struct side {
    weir_filter filter;
    WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[BYTES_MAX];
    uint64_t in[IDS]; /* how often, modulo 2^64 */
} side;

static side sides[2];
static size_t bytes;

static uint64_t id_of(uint32_t i) { return i * (uint64_t)0x0123456789abcd; }

static bool none_denied(const side *s) {
    for (uint32_t i = 0; i < IDS; i++)
        if (s->in[i] && !weir_filter_may_contain(&s->filter, id_of(i)))
            return fuzz_wrong("surely not, said of id %u, which is in", i);
    return true;
}

static bool remove_absent(side *s, uint32_t i) {
    unsigned char before[BYTES_MAX];
    bool denied = !weir_filter_may_contain(&s->filter, id_of(i));
    memcpy(before, s->block, bytes);
    weir_status st = weir_filter_remove(&s->filter, id_of(i));
    if (st == WEIR_OK && denied) return fuzz_wrong("id %u was surely not in, and could be removed", i);
    if (st == WEIR_OK) memcpy(s->block, before, bytes); /* it was a "maybe": the mistake was ours */
    if (memcmp(s->block, before, bytes))
        return fuzz_wrong("a remove of id %u answered ABSENT and changed something", i);
    return true;
}

static bool remove_one(side *s, uint32_t i) {
    fuzz_say("remove %u, in %lu times", i, s->in[i]);
    if (!stress_has("remove=yes"))
        return weir_filter_remove(&s->filter, id_of(i)) == WEIR_NOTSUP || fuzz_wrong("remove is not refused");
    if (!s->in[i]) return remove_absent(s, i);
    s->in[i]--;
    return weir_filter_remove(&s->filter, id_of(i)) == WEIR_OK || fuzz_wrong("id %u is in and could not be removed", i);
}

static bool subsume(side *s, const side *from) {
    fuzz_say("subsume");
    for (uint32_t i = 0; i < IDS; i++) s->in[i] += from->in[i];
    return weir_filter_subsume(&s->filter, &from->filter) == WEIR_OK || fuzz_wrong("subsume refused its like");
}

static void clear(side *s) {
    fuzz_say("clear");
    weir_filter_clear(&s->filter);
    memset(s->in, 0, sizeof s->in);
}

static bool one_op(fuzz_input *in) {
    uint8_t op = fuzz_byte(in);
    side *s = &sides[op >> 7];
    uint32_t i = fuzz_below(in, IDS);
    if ((op & 3) == 0) return remove_one(s, i);
    if ((op & 0x7f) == 0x7f) return clear(s), true;
    if ((op & 0x7f) == 0x7e) return subsume(s, &sides[!(op >> 7)]);
    fuzz_say("insert %u", i);
    if (op & 4) weir_filter_insert(&s->filter, id_of(i));
    else weir_filter_insert_sp(&s->filter, id_of(i));
    s->in[i]++;
    return true;
}

static bool ops(fuzz_input *in) {
    uint64_t keys = 1 + fuzz_below(in, 64), seed = fuzz_byte(in);
    unsigned bits = 1 + fuzz_below(in, 64);
    bytes = weir_filter_bytes(keys, bits);
    fuzz_say("%lu keys of %u bits, seed %lu", keys, bits, seed);
    for (int i = 0; i < 2; i++) {
        memset(sides[i].in, 0, sizeof sides[i].in);
        if (weir_filter_init(&sides[i].filter, keys, bits, seed, sides[i].block) != WEIR_OK)
            return fuzz_wrong("init refused");
    }
    while (fuzz_more(in))
        if (!one_op(in) || !none_denied(&sides[0]) || !none_denied(&sides[1])) return false;
    return true;
}

FUZZ_TARGET(ops, "never a false \"surely not\"; a remove that answers ABSENT has changed nothing")
