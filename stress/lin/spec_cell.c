/* cell - the cubby: pushes and pops alternate, each pop has the value of the push before it.
 *
 * AGAIN and TIMEOUT are right when the cell was full (push) or empty (pop), and also while another operation is under way,
 * which may be in the middle of making it so: even one that is then refused itself, for it may have held its turn until then
 * (sem: a unit; cells: a ticket whose partner is withdrawn). CLOSED: closed, and for a pop also empty.
 *
 *     close      LIN_STRICT  no push takes effect after close.
 *                LIN_EARLY   close may refuse a push, or a pop, and let others pass that began before it returned: their pairs
 *                            were already formed (cells).
 *     cells      so many operations can be inside; one that timed out may stay until a partner has passed it, so when as many
 *                have timed out before, AGAIN and TIMEOUT are right too (cells, timed=bounded). 0: nothing stays. */
#include "stress/lin/spec.h"
#include "stress/lin/spec_queue.h"

typedef struct cell {
    uint8_t pusher; /* index + 1 of the operation whose item is inside */
    uint8_t closer; /* index + 1 of the operation that closed it */
    uint8_t unused[6];
} cell;

static bool clogged(const lin_moment *m) {
    unsigned withdrawn = 0;
    for (uint64_t rest = m->placed; rest; rest &= rest - 1)
        withdrawn += m->part->op[__builtin_ctzll(rest)].result == LIN_TIMEOUT;
    return m->part->param[LIN_CELL_CELLS] && withdrawn >= m->part->param[LIN_CELL_CELLS];
}

static bool crowded(const lin_moment *m) { return m->part->with[m->self] != 0 || clogged(m); }

static bool slips_through(const cell *c, const lin_moment *m) {
    return m->part->param[LIN_CELL_CLOSE] == LIN_EARLY && lin_self(m)->invoked < m->part->op[c->closer - 1].returned;
}

static bool push(cell *c, const lin_moment *m) {
    switch (lin_self(m)->result) {
    case LIN_PENDING:
    case LIN_OK:
        if (c->pusher || (c->closer && !slips_through(c, m))) return false;
        c->pusher = (uint8_t)(m->self + 1);
        return true;
    case LIN_CLOSED: return c->closer;
    default: return (!c->closer && c->pusher) || crowded(m);
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
    case LIN_CLOSED: return c->closer && !c->pusher;
    default: return (!c->closer && !c->pusher) || crowded(m);
    }
}

static bool step(lin_state *s, const lin_moment *m) {
    cell *c = (cell *)s;
    switch (lin_self(m)->kind) {
    case LIN_PUSH: return push(c, m);
    case LIN_POP: return pop(c, m);
    default:
        if (!c->closer) c->closer = (uint8_t)(m->self + 1);
        return true;
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

static const char *const closes[] = {"strict", "early", NULL};

const lin_spec lin_cell = {
    .name = "cell",
    .words = words,
    .kinds = sizeof words / sizeof *words,
    .param = {{"close", closes}, {"cells", NULL}},
    .state_words = sizeof(cell) / sizeof(uint64_t),
    .step = step,
    .undoes = undoes,
};
