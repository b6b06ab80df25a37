/* Sequences of park, unpark and cancel against a plain list: who is woken, in which order, how many, and by whom. */
#include "prims/wait.h"
#include "stress/fuzz/fuzz.h"

enum { NODES = 12, WORDS = 3 };

typedef struct node {
    weir_wait wait; /* first */
    unsigned word, mask, wakes;
    bool parked;
} node;

static node nodes[NODES];
static unsigned order[NODES], parked; /* indices of the parked, longest first */
static unsigned woken[NODES], woken_count;

static void wake(weir_wait *w) {
    node *n = (node *)w;
    n->wakes++;
    if (woken_count < NODES) woken[woken_count++] = (unsigned)(n - nodes);
}

static void forget(unsigned at) {
    nodes[order[at]].parked = false;
    memmove(order + at, order + at + 1, (--parked - at) * sizeof *order);
}

static bool park(weir_a32 *words, unsigned i, unsigned word, unsigned mask, bool stale) {
    node *n = &nodes[i];
    uint32_t seen = weir_a32_load(&words[word]) + stale;
    weir_wait_init(&n->wait, wake);
    bool got = weir_park(&n->wait, &words[word], seen, mask);
    fuzz_say("park node %u on word %u, mask %#x, %s: %d", i, word, mask, stale ? "which has changed" : "as it is", got);
    if (got == stale) return fuzz_wrong("park answered %d", got);
    if (got) {
        *n = (node){n->wait, word, mask, 0, true};
        order[parked++] = i;
    }
    return true;
}

static bool cancel(unsigned i) {
    bool got = weir_park_cancel(&nodes[i].wait), want = nodes[i].parked;
    fuzz_say("take back node %u: %d", i, got);
    for (unsigned at = 0; at < parked; at++)
        if (order[at] == i) forget(at);
    return got == want || fuzz_wrong("take back answered %d for a node that was%s parked", got, want ? "" : " not");
}

static bool unpark(weir_a32 *words, unsigned word, unsigned mask, unsigned most) {
    woken_count = 0;
    unsigned got = weir_unpark(&words[word], mask, most), want = 0;
    fuzz_say("unpark word %u, mask %#x, at most %u: %u", word, mask, most, got);
    for (unsigned at = 0; at < parked && want < most;) {
        unsigned i = order[at];
        if (nodes[i].word != word || !(nodes[i].mask & mask)) {
            at++;
            continue;
        }
        if (want >= woken_count || woken[want] != i) return fuzz_wrong("node %u was to be woken as number %u", i, want);
        want++;
        forget(at);
    }
    return (got == want && woken_count == want) ||
           fuzz_wrong("unpark woke %u, says %u, and was to wake %u", woken_count, got, want);
}

static bool ops(fuzz_input *in) {
    static weir_a32 words[WORDS];
    bool same = true;
    memset(nodes, 0, sizeof nodes);
    parked = 0;
    while (same && fuzz_more(in)) {
        uint8_t op = fuzz_byte(in), arg = fuzz_byte(in);
        unsigned i = arg % NODES, word = op / 4 % WORDS, mask = 1 + arg / 16;
        if ((op & 3) == 3) same = unpark(words, word, mask, op & 64 ? UINT32_MAX : op >> 5 & 3);
        else if (nodes[i].parked && (op & 3) == 2) same = cancel(i);
        else if (!nodes[i].parked) same = park(words, i, word, mask, (op & 3) == 1 && op & 16);
    }
    for (unsigned i = 0; i < WORDS; i++) same = unpark(words, i, UINT32_MAX, UINT32_MAX) && same;
    return same;
}

FUZZ_TARGET(ops, "park, unpark and cancel as in a plain list: longest parked first, exactly those meant")
