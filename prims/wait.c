#include "prims/wait.h"

#include "prims/lock_p.h"
#include "prims/parker/sleep_p.h"

/* -- lists: the first has no `prev`, and who is in no list has none either -- */

void weir_wait_append(weir_wait_list *list, weir_wait *w) {
    w->next = NULL;
    w->prev = list->last;
    if (list->last) list->last->next = w;
    else list->first = w;
    list->last = w;
}

weir_wait *weir_wait_take(weir_wait_list *list) {
    weir_wait *w = list->first;
    if (w == list->last) {
        list->first = list->last = NULL;
    } else {
        list->first = w->next;
        list->first->prev = NULL;
    }
    return w;
}

void weir_wait_remove(weir_wait_list *list, weir_wait *w) {
    if (!w->prev) {
        weir_wait_take(list);
        return;
    }
    w->prev->next = w->next;
    if (w->next) w->next->prev = w->prev;
    else list->last = w->prev;
    w->prev = NULL;
}

weir_wait *weir_wait_take_all(weir_wait_list *list) {
    weir_wait *first = list->first;
    for (weir_wait *w = first; w; w = w->next) w->prev = NULL;
    list->first = list->last = NULL;
    return first;
}

void weir_wait_wake_all(weir_wait *first) {
    for (weir_wait *w = first, *next; w; w = next) {
        next = w->next; /* before the wake: w may be gone after it */
        w->wake(w);
    }
}

/* -- the futex in user space -- */

enum { BUCKET_BITS = 8 };

typedef struct bucket {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_lock lock; /* guards the list and the links of the nodes in it */
    weir_wait_list parked;                        /* of all words that hash to this bucket, longest parked first */
} bucket;

static bucket buckets[1 << BUCKET_BITS]; /* all zero: free and empty */

/* Multiplicative hashing (Knuth): the high bits depend on all of the address. */
static bucket *bucket_of(const weir_a32 *word) {
    return &buckets[(uint64_t)(uintptr_t)word * 0x9e3779b97f4a7c15u >> (64 - BUCKET_BITS)];
}

bool weir_park(weir_wait *w, weir_a32 *word, uint32_t seen, uint32_t mask) {
    bucket *b = bucket_of(word);
    weir_lock_acquire(&b->lock);
    /* relaxed: if the waker's unpark held this lock before, its change of the word happens before this load */
    bool same = weir_a32_load(word) == seen;
    if (same) {
        w->key = word;
        w->mask = mask;
        weir_wait_append(&b->parked, w);
    }
    weir_lock_release(&b->lock);
    return same;
}

/* Moves the first `max` waiters that the wake concerns from the bucket to a chain of their own; returns how many. */
static unsigned take_matching(bucket *b, const weir_a32 *word, uint32_t mask, unsigned max, weir_wait **chain) {
    unsigned n = 0;
    for (weir_wait *w = b->parked.first, *next; w && n < max; w = next) {
        next = w->next;
        if (w->key != word || !(w->mask & mask)) continue;
        weir_wait_remove(&b->parked, w);
        w->next = NULL;
        *chain = w;
        chain = &w->next;
        n++;
    }
    return n;
}

unsigned weir_unpark(weir_a32 *word, uint32_t mask, unsigned max) {
    bucket *b = bucket_of(word);
    weir_wait *first = NULL;
    weir_lock_acquire(&b->lock);
    unsigned n = take_matching(b, word, mask, max, &first);
    weir_lock_release(&b->lock);
    weir_wait_wake_all(first);
    return n;
}

bool weir_park_cancel(weir_wait *w) {
    bucket *b = bucket_of(w->key);
    weir_lock_acquire(&b->lock);
    bool here = weir_wait_queued(&b->parked, w);
    if (here) weir_wait_remove(&b->parked, w);
    weir_lock_release(&b->lock);
    return here;
}

/* -- threads -- */

static WEIR_THREAD_LOCAL weir_wait_counts counts;
static WEIR_THREAD_LOCAL weir_block_hooks hooks;

weir_wait_counts *weir_wait_counts_own(void) { return &counts; }

const weir_block_hooks *weir_thread_hooks_own(void) { return &hooks; }

const weir_wait_counts *weir_wait_counts_mine(void) { return &counts; }

weir_block_hooks weir_thread_hooks(weir_block_hooks to) {
    weir_block_hooks was = hooks;
    hooks = to;
    return was;
}

void weir_thread_arm(weir_wait *w) {
    weir_wait_init(w, weir_thread_wake);
    weir_a32_store(&w->word, WEIR_THREAD_ARMED); /* relaxed: published by the lock of the list it will be queued in */
}

/* The exchange is the last touch; the wake uses only the address, or the number of an event, which is never closed. */
void weir_thread_wake(weir_wait *w) {
    weir_a32 *word = &w->word;
    uint32_t was =
        weir_a32_xchg_acq_rel(word, WEIR_THREAD_WOKEN); /* WR: pairs with WA; EA: with ER in parker.eventfd */
    if (was == WEIR_THREAD_ARMED) return;
    weir_count(&counts.wakes);
    if (was >= WEIR_THREAD_EVENT) weir_event_signal((int)(was - WEIR_THREAD_EVENT));
    else weir_futex_wake(word, 1);
}

bool weir_thread_sleep(weir_wait *w, uint64_t deadline_ns) {
    uint32_t seen = WEIR_THREAD_ARMED;
    /* relaxed: it announces a sleeper and publishes nothing. It fails when the wake has come, or after an earlier
     * timeout, when the node is marked already. */
    if (!weir_a32_cas(&w->word, &seen, WEIR_THREAD_SLEEPING) && seen == WEIR_THREAD_WOKEN) return weir_thread_woken(w);
    weir_count(&counts.sleeps);
    if (hooks.before) hooks.before(hooks.arg);
    bool in_time = true;
    while (in_time && weir_a32_load(&w->word) == WEIR_THREAD_SLEEPING) /* relaxed: weir_thread_woken acquires */
        in_time = weir_futex_wait(&w->word, WEIR_THREAD_SLEEPING, deadline_ns);
    if (hooks.after) hooks.after(hooks.arg);
    return weir_thread_woken(w);
}
