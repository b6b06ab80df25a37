#include "kv/gate_p.h"

#include <limits.h>

#include "kv/rcu.h"

enum { LOOKS = WEIR_LOOKS(100) }; /* before sleeping: about what an edit takes */
/* A lane's word. SLEEPS is set by who goes to sleep on the word, and cleared by open. */
static const uint32_t SHUT = 1u << 31, SLEEPS = 1u << 30;

void weir_gate_init(weir_gate *g) {
    for (unsigned i = 0; i < WEIR_LANES; i++) weir_a32_store(&g->lane[i].word, 0);
    pthread_mutex_init(&g->alone, NULL);
}

void weir_gate_destroy(weir_gate *g) { pthread_mutex_destroy(&g->alone); }

/* Until the word has another value than `seen`, or longer: the caller looks again. */
static void wait_change(weir_a32 *word, uint32_t seen) {
    for (int i = 0; i < LOOKS; i++) {
        if (weir_a32_load(word) != seen) return;
        weir_pause();
    }
    if (!(seen & SLEEPS) && !weir_a32_cas(word, &seen, seen | SLEEPS)) return;
    weir_rcu_offline();
    weir_futex_wait(word, seen | SLEEPS, WEIR_FOREVER);
    weir_rcu_online();
}

unsigned weir_gate_enter(weir_gate *g) {
    unsigned lane = weir_lane();
    weir_a32 *word = &g->lane[lane].word;
    uint32_t seen = weir_a32_load(word);
    while (seen & SHUT || !weir_a32_cas_acquire(word, &seen, seen + 1)) /* GE acquire: pairs with GO in open */
        if (seen & SHUT) {
            wait_change(word, seen);
            seen = weir_a32_load(word);
        }
    return lane;
}

void weir_gate_leave(weir_gate *g, unsigned lane) {
    weir_a32 *word = &g->lane[lane].word;
    uint32_t was = weir_a32_sub_release(word, 1); /* GL release: pairs with GC in close */
    if (WEIR_UNLIKELY(was == (SHUT | SLEEPS) + 1)) weir_futex_wake(word, INT_MAX);
}

static void lock_alone(weir_gate *g) {
    if (pthread_mutex_trylock(&g->alone) == 0) return;
    weir_rcu_offline();
    pthread_mutex_lock(&g->alone);
    weir_rcu_online();
}

void weir_gate_close(weir_gate *g) {
    lock_alone(g);
    for (unsigned i = 0; i < WEIR_LANES; i++) weir_a32_or(&g->lane[i].word, SHUT);
    for (unsigned i = 0; i < WEIR_LANES; i++) {
        uint32_t seen;
        /* GC acquire: pairs with GL in leave */
        while ((seen = weir_a32_load_acquire(&g->lane[i].word)) & ~(SHUT | SLEEPS)) wait_change(&g->lane[i].word, seen);
    }
}

void weir_gate_open(weir_gate *g) {
    for (unsigned i = 0; i < WEIR_LANES; i++) /* GO release: pairs with GE in enter */
        if (weir_a32_xchg_release(&g->lane[i].word, 0) & SLEEPS) weir_futex_wake(&g->lane[i].word, INT_MAX);
    pthread_mutex_unlock(&g->alone);
}
