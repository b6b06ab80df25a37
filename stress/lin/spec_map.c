/* map - one key of a map, for keys do not concern each other. set: OK. get: YES and the value, or NO. del, exists, snx (set
 * where there is none), cas (set where there is this value): YES, or NO when there was nothing to do. */
#include "stress/lin/spec_map.h"

#include "stress/lin/spec.h"

typedef struct map {
    uint64_t there, value;
} map;

/* What it answers to a question with YES or NO. */
static bool agrees(const map *m, const lin_op *op) {
    switch (op->kind) {
    case LIN_SNX: return !m->there;
    case LIN_CAS: return m->there && m->value == op->more[0];
    default: return m->there;
    }
}

static void change(map *m, const lin_op *op) {
    switch (op->kind) {
    case LIN_SET:
    case LIN_SNX: *m = (map){1, op->more[0]}; break;
    case LIN_CAS: m->value = op->more[1]; break;
    case LIN_DEL: *m = (map){0, 0}; break;
    default: break;
    }
}

static bool step(lin_state *s, const lin_moment *moment) {
    map *m = (map *)s;
    const lin_op *op = lin_self(moment);
    if (op->kind != LIN_SET) {
        bool yes = agrees(m, op);
        if (op->result != LIN_PENDING && (op->result == LIN_YES) != yes) return false;
        if (!yes) return true;
        if (op->kind == LIN_GET && op->result == LIN_YES && op->value != m->value) return false;
    }
    change(m, op);
    return true;
}

enum { ANSWERS = LIN_CAN(YES) | LIN_CAN(NO) };
static const lin_word words[] = {{"set", 2, false, LIN_CAN(OK)}, {"get", 1, true, ANSWERS},
                                 {"del", 1, false, ANSWERS},     {"exists", 1, false, ANSWERS},
                                 {"snx", 2, false, ANSWERS},     {"cas", 3, false, ANSWERS}};

const lin_spec lin_map = {
    .name = "map",
    .words = words,
    .kinds = sizeof words / sizeof *words,
    .state_words = sizeof(map) / sizeof(uint64_t),
    .step = step,
    .keyed = true,
};
