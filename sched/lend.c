/* A loop of a crew that sleeps is run by the thread that wakes it. So a hand-off between coroutines of two loops is one
 * on a single thread, as long as neither has anything else to do: no other processor has to wake up, and no cache line
 * changes hands.
 *
 * A loop that sleeps without an alarm says so in its inbox, by WEIR_LOOP_FREE. Who takes that word away has the loop:
 * its own thread does not touch it before it is poked. He runs it when his own queue is empty, and puts the word back;
 * or pokes it, by which he gives the loop to its own thread: when he has enough to do himself, or the loop has.
 *
 * What is not known is how long a turn takes: of one loop the other must not wait longer than a wake would have taken.
 * So that is measured now and then. When it was too long, some wakes are pokes again, and twice as many the next time.
 */
#include "sched/loop_p.h"

enum {
    SAMPLE = 8,       /* loops taken, of which the time is measured once */
    TOO_LONG = 50000, /* ns: about what it takes until a thread that sleeps runs */
    REFUSALS = 64,
    REFUSALS_MAX = 65536
};

bool weir_lend_take(weir_loop *keeper, weir_loop *loop) {
    weir_lent *lent = &keeper->lent;
    void *seen = WEIR_LOOP_FREE;
    if (!keeper->crew || keeper->crew != loop->crew) return false;
    if (lent->refuses) return lent->refuses--, false;
    if (!weir_aptr_cas_acquire(&loop->inbox, &seen, NULL)) return false; /* A4: pairs with R3, R4 */
    weir_aptr_store(&loop->keeper, keeper); /* relaxed: it says something to this thread only */
    if (lent->taken++ % SAMPLE == 0 && !lent->since) lent->since = weir_now_ns();
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

static void measured(weir_lent *lent) {
    bool long_ago = weir_now_ns() - lent->since > TOO_LONG;
    lent->since = 0;
    if (!long_ago) lent->grows = REFUSALS;
    else {
        lent->refuses = lent->grows ? lent->grows : REFUSALS;
        lent->grows = lent->refuses < REFUSALS_MAX ? 2 * lent->refuses : REFUSALS_MAX;
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
    each(keeper, keeper->first ? to_its_thread : run_one);
    if (keeper->lent.since) measured(&keeper->lent);
}

void weir_lend_return_all(weir_loop *keeper) {
    if (keeper->lent.first) each(keeper, to_its_thread);
}
