/* set - one id of a set, for ids do not concern each other.
 *
 * Exact (idset): insert and remove answer YES when they changed something, NO otherwise; contains says what is.
 * Maybe (filter): insert and remove answer OK and count, as filter.counting does; a YES of contains promises nothing; a NO
 * of contains or remove says that every insert that had returned has been removed. */
#include "stress/lin/spec_set.h"

#include "stress/lin/spec.h"

typedef struct set {
    uint64_t in; /* how many times */
} set;

static bool exact(set *s, const lin_op *op) {
    bool changes = op->kind == LIN_INSERT ? !s->in : s->in != 0; /* for contains: what it should say */
    if (op->result != LIN_PENDING && (op->result == LIN_YES) != changes) return false;
    if (op->kind != LIN_CONTAINS) s->in = op->kind == LIN_INSERT;
    return true;
}

static bool maybe(set *s, const lin_op *op) {
    if (op->result == LIN_NO) return s->in == 0;
    if (op->kind == LIN_REMOVE && s->in == 0) return false;
    if (op->kind != LIN_CONTAINS) s->in += op->kind == LIN_INSERT ? 1 : UINT64_MAX;
    return true;
}

static bool step(lin_state *s, const lin_moment *m) {
    return (m->part->param[LIN_SET_MAYBE] ? maybe : exact)((set *)s, lin_self(m));
}

enum { ANSWERS = LIN_CAN(YES) | LIN_CAN(NO) };
static const lin_word words[] = {{"insert", 1, false, LIN_CAN(OK) | ANSWERS},
                                 {"remove", 1, false, LIN_CAN(OK) | ANSWERS},
                                 {"contains", 1, false, ANSWERS}};
static const char *const answers[] = {"exact", "maybe", NULL};

const lin_spec lin_set = {
    .name = "set",
    .words = words,
    .kinds = sizeof words / sizeof *words,
    .param = {{"answers", answers}},
    .state_words = sizeof(set) / sizeof(uint64_t),
    .step = step,
    .keyed = true,
};
