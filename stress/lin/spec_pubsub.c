/* pubsub - one topic: each event runs once for every subscription there when it was published, and the events of one
 * publisher (a thread) run in order.
 *
 * sub, unsub, pub: OK; unsub drops what has not run. run: OK and the event. quiet: YES, nothing is left to run for it. */
#include "stress/lin/spec_pubsub.h"

#include "stress/lin/spec.h"

typedef struct pubsub {
    uint64_t present;                 /* subscriptions, a bit each */
    uint64_t left[LIN_SUBSCRIPTIONS]; /* for each, the operations whose events have not run */
} pubsub;

static void pub(pubsub *p, unsigned op) {
    for (unsigned s = 0; s < LIN_SUBSCRIPTIONS; s++)
        if (p->present >> s & 1) p->left[s] |= (uint64_t)1 << op;
}

/* A thread's operations have rising indices, so the first of a publisher is the next one of its events. */
static bool run(uint64_t *left, const lin_moment *m) {
    uint8_t met = 0; /* publishers */
    for (uint64_t rest = *left; rest; rest &= rest - 1) {
        const lin_op *op = &m->part->op[__builtin_ctzll(rest)];
        bool first = !(met >> op->thread & 1);
        met |= (uint8_t)(1u << op->thread);
        if (op->arg != lin_self(m)->value) continue;
        *left &= ~(rest & -rest);
        return first;
    }
    return false;
}

static bool step(lin_state *state, const lin_moment *m) {
    pubsub *p = (pubsub *)state;
    const lin_op *op = lin_self(m);
    unsigned s = op->arg % LIN_SUBSCRIPTIONS;
    switch (op->kind) {
    case LIN_SUB: p->present |= (uint64_t)1 << s; return true;
    case LIN_UNSUB:
        p->present &= ~((uint64_t)1 << s);
        p->left[s] = 0;
        return true;
    case LIN_PUB: pub(p, m->self); return true;
    case LIN_RUN: return op->result == LIN_OK && run(&p->left[s], m);
    default: return p->left[s] == 0; /* LIN_QUIET */
    }
}

static const char *wrong_op(const lin_op *op) {
    return op->kind == LIN_PUB || op->arg < LIN_SUBSCRIPTIONS ? NULL : "subscriptions are 0 to 7";
}

static const lin_word words[] = {{"sub", 1, false, LIN_CAN(OK)},
                                 {"unsub", 1, false, LIN_CAN(OK)},
                                 {"pub", 1, false, LIN_CAN(OK)},
                                 {"run", 1, true, LIN_CAN(OK)},
                                 {"quiet", 1, false, LIN_CAN(YES)}};

const lin_spec lin_pubsub = {
    .name = "pubsub",
    .words = words,
    .kinds = sizeof words / sizeof *words,
    .state_words = sizeof(pubsub) / sizeof(uint64_t),
    .step = step,
    .wrong_op = wrong_op,
};
