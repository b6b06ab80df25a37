#include "sched/bell_p.h"

static uint32_t rings(uint32_t word) { return word & ~(uint32_t)WEIR_BELL_LISTENERS; }

/* Others come to listen and go, which changes the word: parked again as long as nobody has rung. */
static bool park_unless_rung(weir_bell *b, weir_wait *node, uint32_t heard, uint32_t bit) {
    for (;;) {
        uint32_t word = weir_a32_load_acquire(&b->word); /* pairs with BR: what was brought before a ring seen here */
        if (rings(word) != heard) return false;
        if (weir_park(node, &b->word, word, bit)) return true;
    }
}

static bool wait(weir_bell *b, uint32_t bit, uint32_t heard, uint64_t deadline_ns) {
    weir_wait node;
    weir_thread_arm(&node);
    if (!park_unless_rung(b, &node, heard, bit)) return true;
    if (weir_thread_wait(&node, deadline_ns, &b->learned)) return true;
    if (weir_park_cancel(&node)) return false;
    weir_thread_wait(&node, WEIR_FOREVER, &b->learned); /* the wake has come or is coming */
    return true;
}

bool weir_bell_wait(weir_bell *b, uint32_t heard, uint64_t deadline_ns) { return wait(b, 1, heard, deadline_ns); }

bool weir_bell_wait_as(weir_bell *b, unsigned who, uint32_t heard, uint64_t deadline_ns) {
    uint32_t bit = (uint32_t)1 << who % 32;
    weir_a32_store(&b->latest, bit);
    return wait(b, bit, heard, deadline_ns);
}

void weir_bell_wake(weir_bell *b, unsigned max) {
    uint32_t latest = max == 1 ? weir_a32_load(&b->latest) : 0;
    if (!latest || !weir_unpark(&b->word, latest, 1)) weir_unpark(&b->word, UINT32_MAX, max);
}
