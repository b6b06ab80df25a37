#include "stress/lin/spec_queue.h"

#include <string.h>

#include "stress/lin/spec.h"

/* Items are the indices of the operations that pushed them. */
typedef struct queue {
    uint8_t count, closer; /* closer: index + 1 of the operation that closed it */
    uint8_t next;          /* place of the next push, with LIN_PLACE */
    uint8_t unused[5];
    uint8_t popper[LIN_PLACES]; /* of each place, index + 1 of the last pop from it */
    uint8_t item[LIN_OPS];
} queue;

/* Is an operation of this kind, other than this one, under way at some moment when this one can take effect? */
static bool under_way(const lin_moment *m, unsigned kind, uint64_t among) {
    for (uint64_t rest = m->part->with[m->self] & among; rest; rest &= rest - 1) {
        const lin_op *op = &m->part->op[__builtin_ctzll(rest)];
        if (op->kind == kind && op->invoked < m->latest && op->returned > m->earliest) return true;
    }
    return false;
}

/* Places that may be held by pushes that have begun, have not taken effect, and have not returned. */
static uint64_t places_held(const lin_moment *m) {
    uint64_t n = 0;
    for (uint64_t rest = m->part->with[m->self]; rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctzll(rest);
        const lin_op *op = &m->part->op[i];
        if (op->invoked >= m->latest || !lin_unfinished(m, i)) continue;
        if (op->kind == LIN_HOLD) n += op->arg;
        else n += op->kind == LIN_PUSH && !(m->placed >> i & 1);
    }
    return n;
}

static bool looks_full(const queue *q, const lin_moment *m) {
    uint32_t capacity = m->part->param[LIN_QUEUE_CAPACITY];
    if (capacity == 0) return false;
    if (q->count >= capacity) return true;
    switch (m->part->param[LIN_QUEUE_FULL]) {
    case LIN_EARLY: return q->count + places_held(m) >= capacity;
    case LIN_PLACE: return q->popper[q->next] && lin_unfinished(m, q->popper[q->next] - 1u);
    default: return false;
    }
}

static bool looks_empty(const queue *q, const lin_moment *m) {
    if (q->count == 0) return true;
    return m->part->param[LIN_QUEUE_EMPTY] == LIN_EARLY && lin_unfinished(m, q->item[0]);
}

/* May the close still be unknown to this operation, though it has taken effect? */
static bool closing(const queue *q, const lin_moment *m) { return lin_unfinished(m, q->closer - 1u); }

static bool draining(const queue *q, const lin_moment *m) {
    return closing(q, m) || under_way(m, LIN_PUSH, ~(uint64_t)0) || under_way(m, LIN_POP, m->part->moved);
}

static bool push(queue *q, const lin_moment *m) {
    uint32_t capacity = m->part->param[LIN_QUEUE_CAPACITY];
    switch (lin_self(m)->result) {
    case LIN_PENDING:
    case LIN_OK:
        if (q->closer || (capacity && q->count >= capacity)) return false;
        q->item[q->count++] = (uint8_t)m->self;
        if (m->part->param[LIN_QUEUE_FULL] == LIN_PLACE) q->next = (uint8_t)((q->next + 1u) % capacity);
        return true;
    case LIN_NO: return q->closer || looks_full(q, m);
    case LIN_AGAIN:
    case LIN_TIMEOUT: return q->closer ? closing(q, m) : looks_full(q, m);
    default: return q->closer; /* CLOSED */
    }
}

static bool pop(queue *q, const lin_moment *m) {
    const lin_op *op = lin_self(m);
    switch (op->result) {
    case LIN_PENDING:
    case LIN_OK:
        if (q->count == 0) return false;
        if (op->result == LIN_OK && m->part->op[q->item[0]].arg != op->value) return false;
        if (m->part->param[LIN_QUEUE_FULL] == LIN_PLACE) {
            uint32_t capacity = m->part->param[LIN_QUEUE_CAPACITY];
            q->popper[(q->next + capacity - q->count) % capacity] = (uint8_t)(m->self + 1);
        }
        memmove(q->item, q->item + 1, --q->count);
        q->item[q->count] = 0;
        return true;
    case LIN_NO: return looks_empty(q, m);
    case LIN_AGAIN:
    case LIN_TIMEOUT: return looks_empty(q, m) && (!q->closer || q->count > 0 || draining(q, m));
    default: return q->closer && q->count == 0; /* CLOSED */
    }
}

static bool step(lin_state *s, const lin_moment *m) {
    queue *q = (queue *)s;
    const lin_op *op = lin_self(m);
    switch (op->kind) {
    case LIN_PUSH: return push(q, m);
    case LIN_POP: return pop(q, m);
    case LIN_CLOSE:
        if (!q->closer) q->closer = (uint8_t)(m->self + 1);
        return true;
    case LIN_IS_CLOSED: return (op->result == LIN_YES) == (q->closer != 0);
    case LIN_HOLD: return true;
    default: /* LIN_IS_DRAINED */
        if (op->result == LIN_YES) return q->closer && q->count == 0;
        return !q->closer || q->count > 0 || draining(q, m);
    }
}

static bool undoes(const lin_op *a, const lin_op *b) {
    return a->kind == LIN_PUSH && b->kind == LIN_POP && a->result == LIN_OK && b->result == LIN_OK &&
           a->arg == b->value;
}

enum { REFUSED = LIN_CAN(AGAIN) | LIN_CAN(TIMEOUT) | LIN_CAN(CLOSED) | LIN_CAN(NO) };
static const lin_word words[] = {{"push", 1, false, LIN_CAN(OK) | REFUSED},
                                 {"pop", 0, true, LIN_CAN(OK) | REFUSED},
                                 {"close", 0, false, LIN_CAN(OK)},
                                 {"closed", 0, false, LIN_CAN(YES) | LIN_CAN(NO)},
                                 {"drained", 0, false, LIN_CAN(YES) | LIN_CAN(NO)},
                                 {"hold", 1, false, LIN_CAN(OK)}};

static const char *wrong_params(const uint32_t *param) {
    if (param[LIN_QUEUE_EMPTY] == LIN_PLACE) return "empty=place has no meaning";
    if (param[LIN_QUEUE_FULL] != LIN_PLACE) return NULL;
    return param[LIN_QUEUE_CAPACITY] - 1u < LIN_PLACES ? NULL : "full=place needs a capacity of 1 to 16";
}

static const char *const promises[] = {"strict", "early", "place", NULL};

const lin_spec lin_queue = {
    .name = "queue",
    .words = words,
    .kinds = sizeof words / sizeof *words,
    .param = {{"capacity", NULL}, {"empty", promises}, {"full", promises}},
    .state_words = sizeof(queue) / sizeof(uint64_t),
    .step = step,
    .wrong_params = wrong_params,
    .undoes = undoes,
};
