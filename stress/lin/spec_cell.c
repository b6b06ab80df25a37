/* cell - the cubby: pushes and pops alternate, each pop has the value of the push before it.
 *
 * AGAIN and TIMEOUT are right when the cell was full (push) or empty (pop), and also while another operation is under way, which
 * may be in the middle of making it so, even if a close or its own deadline then stops it; only one that itself answered AGAIN
 * was in the middle of nothing. CLOSED: closed, and for a pop also empty. */
#include "stress/lin/spec.h"
#include "stress/lin/spec_queue.h"

typedef struct cell {
    uint8_t pusher; /* index + 1 of the operation whose item is inside */
    uint8_t closed;
    uint8_t unused[6];
} cell;

static bool crowded(const lin_moment *m) {
    for (uint64_t rest = m->part->with[m->self]; rest; rest &= rest - 1)
        if (m->part->op[__builtin_ctzll(rest)].result != LIN_AGAIN) return true;
    return false;
}

static bool push(cell *c, const lin_moment *m) {
    switch (lin_self(m)->result) {
    case LIN_PENDING:
    case LIN_OK:
        if (c->closed || c->pusher) return false;
        c->pusher = (uint8_t)(m->self + 1);
        return true;
    case LIN_CLOSED: return c->closed;
    default: return (!c->closed && c->pusher) || crowded(m);
    }
}

static bool pop(cell *c, const lin_moment *m) {
    const lin_op *op = lin_self(m);
    switch (op->result) {
    case LIN_PENDING:
    case LIN_OK:
        if (!c->pusher) return false;
        if (op->result == LIN_OK && m->part->op[c->pusher - 1].arg != op->value) return false;
        c->pusher = 0;
        return true;
    case LIN_CLOSED: return c->closed && !c->pusher;
    default: return (!c->closed && !c->pusher) || crowded(m);
    }
}

static bool step(lin_state *s, const lin_moment *m) {
    cell *c = (cell *)s;
    switch (lin_self(m)->kind) {
    case LIN_PUSH: return push(c, m);
    case LIN_POP: return pop(c, m);
    default: c->closed = 1; return true;
    }
}

static bool undoes(const lin_op *a, const lin_op *b) {
    return a->kind == LIN_PUSH && b->kind == LIN_POP && a->result == LIN_OK && b->result == LIN_OK &&
           a->arg == b->value;
}

enum { REFUSED = LIN_CAN(AGAIN) | LIN_CAN(TIMEOUT) | LIN_CAN(CLOSED) };
static const lin_word words[] = {{"push", 1, false, LIN_CAN(OK) | REFUSED},
                                 {"pop", 0, true, LIN_CAN(OK) | REFUSED},
                                 {"close", 0, false, LIN_CAN(OK)}};

const lin_spec lin_cell = {
    .name = "cell",
    .words = words,
    .kinds = sizeof words / sizeof *words,
    .state_words = sizeof(cell) / sizeof(uint64_t),
    .step = step,
    .undoes = undoes,
};
