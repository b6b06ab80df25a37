/* What a round trip between threads costs that do nothing else: two words and two futexes. */
#include <pthread.h>
#include <stdlib.h>

#include "bench/cases/ask.h"

typedef struct pair {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 asked; /* rounds so far; odd: over */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 answered;
    uint64_t word, echo;
    pthread_t thread;
} pair;

static uint32_t wait_beyond(weir_a32 *a, uint32_t seen) {
    uint32_t now;
    while ((now = weir_a32_load_acquire(a)) == seen) weir_futex_wait(a, seen, WEIR_FOREVER); /* P1: pairs with P2 */
    return now;
}

static void tell(weir_a32 *a, uint32_t value) {
    weir_a32_store_release(a, value); /* P2 */
    weir_futex_wake(a, 1);
}

static void *respond(void *arg) {
    pair *p = arg;
    for (uint32_t seen = 0; !((seen = wait_beyond(&p->asked, seen)) & 1); tell(&p->answered, seen)) p->echo = p->word;
    return NULL;
}

static bool across(void *o, uint32_t n) {
    pair *p = o;
    uint32_t round = weir_a32_load(&p->asked);
    for (uint32_t i = 0; i < n; i++, round += 2) {
        p->word = i;
        tell(&p->asked, round + 2);
        wait_beyond(&p->answered, round);
        if (p->echo != i) return false;
    }
    return true;
}

static void *start(const bench_ask *self, bool is_across) {
    (void)self;
    (void)is_across;
    pair *p = aligned_alloc(WEIR_CACHE_LINE, sizeof *p);
    if (!p) return NULL;
    *p = (pair){.word = 0};
    if (!pthread_create(&p->thread, NULL, respond, p)) return p;
    free(p);
    return NULL;
}

static void end(void *o) {
    pair *p = o;
    tell(&p->asked, weir_a32_load(&p->asked) + 1);
    pthread_join(p->thread, NULL);
    free(p);
}

static const bench_ask futex = {.variant = "ref.futex_pair",
                                .flags = BENCH_REFERENCE,
                                .note = "two threads, two futexes",
                                .open = start,
                                .across = across,
                                .close = end};
BENCH_ASK(futex, false)
