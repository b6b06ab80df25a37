/* mcast - every reader sees, in order, each item whose push takes effect between its join and its leave.
 *
 * push: OK, or NO while a reader has `capacity` items before it. pop: OK and the item, or NO when the reader has seen all.
 * join: OK, or NO when all places are taken; which it looks at one after another, so NO is also right while another join or
 * leave is under way. */
#include "stress/lin/spec_mcast.h"

#include "stress/lin/spec.h"

typedef struct mcast {
    uint8_t pushed; /* items so far */
    uint8_t unused[7];
    uint8_t item[LIN_OPS];       /* indices of the operations that pushed them */
    uint8_t cursor[LIN_READERS]; /* of each reader, the item it reads next, + 1; 0: not there */
} mcast;

/* The most that a reader has before it. */
static unsigned behind(const mcast *c) {
    unsigned most = 0;
    for (unsigned r = 0; r < LIN_READERS; r++)
        if (c->cursor[r] && c->pushed + 1u - c->cursor[r] > most) most = c->pushed + 1u - c->cursor[r];
    return most;
}

static unsigned readers(const mcast *c) {
    unsigned n = 0;
    for (unsigned r = 0; r < LIN_READERS; r++) n += c->cursor[r] != 0;
    return n;
}

static bool others_come_or_go(const lin_moment *m) {
    for (uint64_t rest = m->part->with[m->self]; rest; rest &= rest - 1) {
        unsigned kind = m->part->op[__builtin_ctzll(rest)].kind;
        if (kind == LIN_MCAST_JOIN || kind == LIN_MCAST_LEAVE) return true;
    }
    return false;
}

static bool push(mcast *c, const lin_moment *m) {
    bool full = behind(c) >= m->part->param[LIN_MCAST_CAPACITY];
    if (lin_self(m)->result == LIN_NO) return full;
    if (full) return false;
    c->item[c->pushed++] = (uint8_t)m->self;
    return true;
}

static bool pop(mcast *c, const lin_moment *m, uint8_t *cursor) {
    const lin_op *op = lin_self(m);
    if (!*cursor) return false;
    if (op->result == LIN_NO) return *cursor == c->pushed + 1;
    if (*cursor == c->pushed + 1) return false;
    return m->part->op[c->item[(*cursor)++ - 1]].arg == op->value || op->result == LIN_PENDING;
}

static bool join(mcast *c, const lin_moment *m, uint8_t *cursor) {
    bool taken = readers(c) >= m->part->param[LIN_MCAST_READERS];
    if (lin_self(m)->result == LIN_NO) return taken || others_come_or_go(m);
    if (taken || *cursor) return false;
    *cursor = (uint8_t)(c->pushed + 1);
    return true;
}

static bool step(lin_state *s, const lin_moment *m) {
    mcast *c = (mcast *)s;
    const lin_op *op = lin_self(m);
    uint8_t *cursor = &c->cursor[op->arg % LIN_READERS];
    switch (op->kind) {
    case LIN_MCAST_PUSH: return push(c, m);
    case LIN_MCAST_POP: return pop(c, m, cursor);
    case LIN_MCAST_JOIN: return join(c, m, cursor);
    default: /* LIN_MCAST_LEAVE */
        if (!*cursor) return false;
        *cursor = 0;
        return true;
    }
}

static const char *wrong_op(const lin_op *op) {
    return op->kind == LIN_MCAST_PUSH || op->arg < LIN_READERS ? NULL : "readers are 0 to 7";
}

static const lin_word words[] = {{"push", 1, false, LIN_CAN(OK) | LIN_CAN(NO)},
                                 {"pop", 1, true, LIN_CAN(OK) | LIN_CAN(NO)},
                                 {"join", 1, false, LIN_CAN(OK) | LIN_CAN(NO)},
                                 {"leave", 1, false, LIN_CAN(OK)}};

const lin_spec lin_mcast = {
    .name = "mcast",
    .words = words,
    .kinds = sizeof words / sizeof *words,
    .param = {{"capacity", NULL}, {"readers", NULL}},
    .state_words = sizeof(mcast) / sizeof(uint64_t),
    .step = step,
    .wrong_op = wrong_op,
};
