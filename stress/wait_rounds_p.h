/* wait_rounds_p - rounds of parking: some threads park on few words, others change the words and unpark. Each node left parked is woken
 * exactly once or taken back; what unpark says it woke is what was woken; a wake concerns whom it wakes. Included once by a file of checks. */
#include <stdlib.h>

#include "prims/wait.h"
#include "stress/rounds.h"

enum { MOST = 64, WORDS = 3, PARKS = 300, UNPARKS = 300 };

/* A node that counts its wakes before it passes them on. */
typedef struct node {
    weir_wait wait; /* first */
    weir_a32 wakes;
} node;

typedef struct state {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 word[WORDS];
    weir_a32 over;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 parkers; /* at work */
    weir_learned learned;
    weir_a64 woken, told; /* by parkers, and as unpark said */
} state;

static WEIR_THREAD_LOCAL uint32_t mask_of_wake; /* of the unpark under way on this thread */

static void wake(weir_wait *w) {
    if (!(w->mask & mask_of_wake))
        stress_fail("a node with mask %#x was woken by an unpark with mask %#x", w->mask, mask_of_wake);
    weir_a32_add_release(&((node *)w)->wakes, 1);
    weir_thread_wake(w);
}

static void prepare(rounds *r) {
    state *s = r->arg;
    unsigned wakers = 1 + r->size / 3;
    weir_a32_store(&s->over, 0);
    weir_a32_store(&s->parkers, r->size - wakers);
    weir_learned_init(&s->learned);
    weir_a64_store(&s->woken, 0);
    weir_a64_store(&s->told, 0);
}

static uint64_t some_deadline(stress_random *r) {
    uint32_t dice = stress_random_below(r, 4);
    return dice == 0 ? 0 : dice == 1 ? weir_now_ns() + stress_random_below(r, 100000) : WEIR_FOREVER;
}

/* Waits for the wake of a parked node. True: woken. */
static bool wait_for(state *s, node *n, stress_random *r) {
    if (weir_thread_wait(&n->wait, some_deadline(r), &s->learned)) return true;
    stress_count("timeouts", 1);
    if (weir_park_cancel(&n->wait)) return false;
    weir_thread_wait(&n->wait, WEIR_FOREVER, &s->learned);
    return true;
}

static void park(rounds_member *me) {
    state *s = me->arg;
    uint64_t woken = 0, taken_back = 0;
    for (unsigned i = 0; i < PARKS; i++) {
        node n;
        weir_a32 *word = &s->word[stress_random_below(me->random, WORDS)];
        weir_thread_arm(&n.wait);
        n.wait.wake = wake;
        weir_a32_store(&n.wakes, 0);
        uint32_t seen = weir_a32_load_acquire(word);
        if (weir_a32_load_acquire(&s->over)) break;
        if (!weir_park(&n.wait, word, seen, 1u << stress_random_below(me->random, 4))) continue;
        bool was_woken = wait_for(s, &n, me->random);
        uint32_t wakes = weir_a32_load(&n.wakes);
        if (wakes != was_woken) stress_fail("a node %s got %u wakes", was_woken ? "woken" : "taken back", wakes);
        memset(&n, 0xa5, sizeof n);
        woken += was_woken;
        taken_back += !was_woken;
        watch_step(me->watched);
    }
    weir_a64_add(&s->woken, woken);
    weir_a32_sub_release(&s->parkers, 1);
    stress_count("nodes woken", woken);
    stress_count("nodes taken back", taken_back);
}

static void unpark(rounds_member *me, weir_a32 *word, uint32_t mask, unsigned most) {
    state *s = me->arg;
    weir_a32_add_release(word, 1);
    mask_of_wake = mask;
    unsigned n = weir_unpark(word, mask, most);
    if (n > most) stress_fail("an unpark of at most %u woke %u", most, n);
    weir_a64_add(&s->told, n);
}

/* Until the parkers are done; after the first rounds all are woken again and again, so that everybody comes to an end. */
static void wake_others(rounds_member *me) {
    state *s = me->arg;
    for (unsigned i = 0; i < UNPARKS && weir_a32_load(&s->parkers); i++) {
        unpark(me, &s->word[stress_random_below(me->random, WORDS)], 1 + stress_random_below(me->random, 15),
               1 + stress_random_below(me->random, 3));
        if (stress_random_below(me->random, 4) == 0) weir_yield();
        watch_step(me->watched);
    }
    weir_a32_store_release(&s->over, 1);
    for (unsigned i = 0; i < WORDS; i++) unpark(me, &s->word[i], 15, UINT32_MAX);
}

static void work(rounds_member *me) {
    if (me->index <= me->rounds->size / 3) wake_others(me);
    else park(me);
}

static void judge(rounds *r) {
    state *s = r->arg;
    uint64_t woken = weir_a64_load(&s->woken), told = weir_a64_load(&s->told);
    if (woken != told) stress_fail("unpark says it woke %lu, and %lu were woken", told, woken);
    for (unsigned i = 0; i < WORDS; i++)
        if (weir_unpark(&s->word[i], UINT32_MAX, UINT32_MAX))
            stress_fail("all have returned, and a node is still parked");
}
