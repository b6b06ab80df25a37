/* deque - the owner pushes and pops the newest item, thieves steal the oldest.
 *
 * push: OK, or NO when `capacity` items are inside. pop: OK and the item, or NO when empty. steal: OK and the item; AGAIN when
 * empty, and while the owner is about to pop the last item; ABORT while another takes an item. */
#include "stress/lin/spec_deque.h"

#include <string.h>

#include "stress/lin/spec.h"

typedef struct deque {
    uint8_t count;
    uint8_t unused[7];
    uint8_t item[LIN_OPS]; /* indices of the operations that pushed them, oldest first */
} deque;

static bool value_is(const lin_moment *m, uint8_t item) {
    const lin_op *op = lin_self(m);
    return op->result == LIN_PENDING || m->part->op[item].arg == op->value;
}

static bool push(deque *d, const lin_moment *m) {
    bool full = d->count >= m->part->param[LIN_DEQUE_CAPACITY];
    if (lin_self(m)->result == LIN_NO) return full;
    if (full) return false;
    d->item[d->count++] = (uint8_t)m->self;
    return true;
}

static bool pop(deque *d, const lin_moment *m) {
    if (lin_self(m)->result == LIN_NO) return d->count == 0;
    if (d->count == 0 || !value_is(m, d->item[d->count - 1])) return false;
    d->item[--d->count] = 0;
    return true;
}

static bool owner_pops(const lin_moment *m) {
    for (uint64_t rest = m->part->with[m->self] & ~m->placed; rest; rest &= rest - 1) {
        const lin_op *op = &m->part->op[__builtin_ctzll(rest)];
        if (op->kind == LIN_DEQUE_POP && op->invoked < m->latest) return true;
    }
    return false;
}

static bool another_takes(const lin_moment *m) {
    for (uint64_t rest = m->part->with[m->self] & m->part->moved; rest; rest &= rest - 1)
        if (m->part->op[__builtin_ctzll(rest)].kind != LIN_DEQUE_PUSH) return true;
    return false;
}

static bool steal(deque *d, const lin_moment *m) {
    switch (lin_self(m)->result) {
    case LIN_AGAIN: return d->count == 0 || (d->count == 1 && owner_pops(m));
    case LIN_ABORT: return another_takes(m);
    default:
        if (d->count == 0 || !value_is(m, d->item[0])) return false;
        memmove(d->item, d->item + 1, --d->count);
        d->item[d->count] = 0;
        return true;
    }
}

static bool step(lin_state *s, const lin_moment *m) {
    deque *d = (deque *)s;
    switch (lin_self(m)->kind) {
    case LIN_DEQUE_PUSH: return push(d, m);
    case LIN_DEQUE_POP: return pop(d, m);
    default: return steal(d, m);
    }
}

static bool undoes(const lin_op *a, const lin_op *b) {
    return a->kind == LIN_DEQUE_PUSH && b->kind != LIN_DEQUE_PUSH && a->result == LIN_OK && b->result == LIN_OK &&
           a->arg == b->value;
}

static const lin_word words[] = {{"push", 1, false, LIN_CAN(OK) | LIN_CAN(NO)},
                                 {"pop", 0, true, LIN_CAN(OK) | LIN_CAN(NO)},
                                 {"steal", 0, true, LIN_CAN(OK) | LIN_CAN(AGAIN) | LIN_CAN(ABORT)}};

const lin_spec lin_deque = {
    .name = "deque",
    .words = words,
    .kinds = sizeof words / sizeof *words,
    .param = {{"capacity", NULL}},
    .state_words = sizeof(deque) / sizeof(uint64_t),
    .step = step,
    .undoes = undoes,
};
