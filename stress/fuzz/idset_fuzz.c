/* Sequences of operations of idset against an array of bools. */
#include "prims/idset.h"
#include "stress/fuzz/fuzz.h"

enum { CAPACITY_MAX = 512 };

static struct {
    bool in[CAPACITY_MAX];
    uint64_t capacity, count;
} model;

static uint64_t next_of(uint64_t from) {
    while (from < model.capacity && !model.in[from]) from++;
    return from < model.capacity ? from : WEIR_IDSET_NONE;
}

static bool change(weir_idset *s, uint64_t id, bool insert) {
    bool got = insert ? weir_idset_insert(s, id) : weir_idset_remove(s, id), want = model.in[id] != insert;
    fuzz_say("%s %lu: %d", insert ? "insert" : "remove", id, got);
    model.count += want ? insert ? 1 : -(uint64_t)1 : 0;
    model.in[id] = insert;
    return got == want || fuzz_wrong("%s of %lu answered %d", insert ? "insert" : "remove", id, got);
}

static bool ask(const weir_idset *s, uint64_t id) {
    uint64_t next = weir_idset_next(s, id);
    if (weir_idset_contains(s, id) != model.in[id]) return fuzz_wrong("contains of %lu answered %d", id, !model.in[id]);
    if (next != next_of(id)) return fuzz_wrong("next from %lu is %lu instead of %lu", id, next, next_of(id));
    if (weir_idset_count(s) != model.count)
        return fuzz_wrong("count is %lu instead of %lu", weir_idset_count(s), model.count);
    return weir_idset_next(s, model.capacity + id) == WEIR_IDSET_NONE ||
           fuzz_wrong("next finds an id beyond the capacity");
}

static bool ops(fuzz_input *in) {
    static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[CAPACITY_MAX / 8 + 256];
    weir_idset s;
    memset(&model, 0, sizeof model);
    model.capacity = 1 + fuzz_below(in, 256) + fuzz_below(in, 256);
    fuzz_say("capacity %lu", model.capacity);
    if (weir_idset_init(&s, model.capacity, block) != WEIR_OK) return fuzz_wrong("init refused");
    while (fuzz_more(in)) {
        uint8_t op = fuzz_byte(in);
        uint64_t id = (fuzz_byte(in) + (uint64_t)(op & 16) * 16) % model.capacity;
        if (op == 255) {
            fuzz_say("clear");
            weir_idset_clear(&s);
            memset(model.in, 0, sizeof model.in);
            model.count = 0;
        } else if (op & 1 && !change(&s, id, op & 2)) {
            return false;
        }
        if (!ask(&s, id)) return false;
    }
    return true;
}

FUZZ_TARGET(ops, "any sequence answers as an array of bools does")
