/* A loop of a crew that sleeps is run by the thread that wakes it. So a hand-off between coroutines of two loops is one
 * on a single thread, as long as neither has anything else to do: no other processor has to wake up, and no cache line
 * changes hands.
 *
 * A loop that sleeps without an alarm says so in its inbox, by WEIR_LOOP_FREE. Who takes that word away has the loop:
 * its own thread does not touch it before it is poked. He runs it when his own queue is empty, and puts the word back;
 * or pokes it, by which he gives the loop to its own thread: when he has enough to do himself, or the loop has.
 *
 * What is not known is how long the turns take: work that is long enough to be done by two processors at once should be.
 * So the time from a wake until the loop has been run is measured now and then, first while wakes still are pokes, when
 * it is the time until it would have been. When it was too long, the next wakes are pokes; and twice as many each time
 * that this was seen by lending.
 */
#include "sched/loop_p.h"

enum {
    SAMPLE = 8,       /* wakes, of which one is measured */
    TOO_LONG = 10000, /* ns: about what two sleeps and two wakes cost */
    HOPELESS = 50000, /* ns until it would have been run; much is the two threads' coming in each other's way */
    FIRST = 16,       /* wakes of a new loop that are pokes; the others, after one that took too long */
    REFUSALS = 64,
    REFUSALS_MAX = 65536
};

void weir_lend_init(weir_lent *lent) {
    lent->refuses = FIRST;
    lent->grows = REFUSALS;
}

bool weir_lend_take(weir_loop *keeper, weir_loop *loop) {
    weir_lent *lent = &keeper->lent;
    void *seen = WEIR_LOOP_FREE;
    if (!keeper->crew || keeper->crew != loop->crew) return false;
    bool unknown = lent->since; /* an earlier wake of this round is being measured */
    if (lent->wakes++ % SAMPLE == 0 && !unknown) lent->since = weir_now_ns();
    if (lent->refuses) return lent->refuses -= !unknown, false;
    if (!weir_aptr_cas_acquire(&loop->inbox, &seen, NULL)) return false; /* A4: pairs with R3, R4 */
    weir_aptr_store(&loop->keeper, keeper); /* relaxed: it says something to this thread only */
    loop->next_lent = NULL;
    if (lent->first) lent->last->next_lent = loop;
    else lent->first = loop;
    lent->last = loop;
    return true;
}

static void to_its_thread(weir_loop *loop) {
    weir_aptr_store(&loop->keeper, NULL);
    loop->driver.poke(loop->driver.arg);
}

static void run_one(weir_loop *loop) {
    void *seen = NULL;
    bool idle = weir_loop_run_lent(loop);
    if (idle) {
        weir_aptr_store(&loop->keeper, NULL);
        if (weir_aptr_cas_release(&loop->inbox, &seen, WEIR_LOOP_FREE)) return; /* R4: pairs with A3, A4 */
    }
    to_its_thread(loop);
}

static void measure(weir_lent *lent, bool lending) {
    bool too_long = weir_now_ns() - lent->since > (lending ? TOO_LONG : HOPELESS);
    lent->since = 0;
    if (!lending) {
        if (too_long && lent->refuses < REFUSALS) lent->refuses = REFUSALS;
    } else if (!too_long) {
        lent->grows = REFUSALS;
        lent->doubt = false;
    } else if (!lent->doubt) { /* once may be chance: the next is measured, too */
        lent->doubt = true;
        lent->wakes = 0;
    } else {
        lent->doubt = false;
        lent->refuses = lent->grows;
        lent->grows = lent->grows < REFUSALS_MAX ? 2 * lent->grows : REFUSALS_MAX;
    }
}

static void each(weir_loop *keeper, void (*fn)(weir_loop *loop)) {
    weir_loop *loop = keeper->lent.first;
    keeper->lent.first = NULL; /* what is taken meanwhile has its turn in the next round */
    for (weir_loop *next; loop; loop = next) {
        next = loop->next_lent;
        fn(loop);
    }
}

void weir_lend_run(weir_loop *keeper) {
    bool lending = keeper->lent.first;
    each(keeper, keeper->first ? to_its_thread : run_one);
    if (keeper->lent.since) measure(&keeper->lent, lending);
}

void weir_lend_return_all(weir_loop *keeper) {
    if (keeper->lent.first) each(keeper, to_its_thread);
}
