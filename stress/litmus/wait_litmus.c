/* Publication edges of waiting: WR -> WA, the wake; the bucket's lock, LR -> LA; and the cancel that races with a wake. */
#include "prims/lock_p.h"
#include "prims/wait.h"
#include "stress/litmus/litmus.h"

typedef struct instance {
    weir_a32 word;
    weir_lock lock;
    uint64_t locked; /* guarded by lock */
    weir_learned learned;
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t data;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_wait node[2];
} instance;

static void make(void *p) {
    instance *x = p;
    weir_a32_store(&x->word, 0);
    weir_lock_init(&x->lock);
    x->locked = 0;
    weir_learned_init(&x->learned);
    x->data = 0;
}

/* -- the wake -- */

static unsigned wake(void *p) {
    instance *x = p;
    x->data = 1;
    weir_a32_store(&x->word, 1); /* relaxed: whoever was parked learns of `data` by the wake alone */
    weir_unpark(&x->word, 1, 1);
    return 0;
}

static unsigned park(void *p) {
    instance *x = p;
    weir_thread_arm(&x->node[0]);
    if (!weir_park(&x->node[0], &x->word, 0, 1)) return NOTHING;
    weir_thread_wait(&x->node[0], WEIR_FOREVER, &x->learned);
    return litmus_saw(x->data);
}

LITMUS(unpark_wait, NULL, "all before unpark happens before the return of the wait it ended",
       .text = "data = 1; word = 1; unpark | park while word is 0, wait; load data", .bytes = sizeof(instance),
       .make = make, .thread = {wake, park},
       .outcome = {ACCEPTABLE("the word had changed: not parked", 0, NOTHING),
                   ACCEPTABLE("woken, with all before", 0, SEEN), FORBIDDEN("woken, without it", 0, STALE)})

static unsigned wake_all(void *p) {
    instance *x = p;
    x->data = 1;
    weir_a32_store(&x->word, 1);
    weir_unpark(&x->word, 1, UINT32_MAX);
    return 0;
}

static unsigned park_too(void *p) {
    instance *x = p;
    weir_thread_arm(&x->node[1]);
    if (!weir_park(&x->node[1], &x->word, 0, 1)) return NOTHING;
    weir_thread_wait(&x->node[1], WEIR_FOREVER, &x->learned);
    return litmus_saw(x->data);
}

LITMUS(unpark_all, NULL, "unpark of all wakes whoever is parked",
       .text = "data = 1; word = 1; unpark all | park while word is 0, wait | park while word is 0, wait",
       .bytes = sizeof(instance), .make = make, .thread = {wake_all, park, park_too},
       .outcome = {ACCEPTABLE("none was parked", 0, NOTHING, NOTHING), ACCEPTABLE("first", 0, SEEN, NOTHING),
                   ACCEPTABLE("second", 0, NOTHING, SEEN), ACCEPTABLE("both", 0, SEEN, SEEN)})

/* -- the cancel -- */

static unsigned unpark_one(void *p) {
    instance *x = p;
    return weir_unpark(&x->word, 1, 1);
}

static unsigned park_and_cancel(void *p) {
    instance *x = p;
    weir_thread_arm(&x->node[0]);
    if (!weir_park(&x->node[0], &x->word, 0, 1)) return 9;
    if (weir_park_cancel(&x->node[0])) return 1;
    weir_thread_wait(&x->node[0], WEIR_FOREVER, &x->learned);
    return 0;
}

LITMUS(cancel, NULL, "a parked waiter is woken or withdrawn, never both, never neither",
       .text = "unpark: how many? | park; cancel: withdrawn?", .bytes = sizeof(instance), .make = make,
       .thread = {unpark_one, park_and_cancel},
       .outcome = {ACCEPTABLE("woken", 1, 0), ACCEPTABLE("withdrawn", 0, 1), FORBIDDEN("woken and withdrawn", 1, 1),
                   FORBIDDEN("neither", 0, 0), FORBIDDEN("would not park", 0, 9)})

/* -- the lock -- */

static unsigned take_turns(void *p) {
    instance *x = p;
    weir_lock_acquire(&x->lock);
    uint64_t seen = x->locked;
    x->locked = seen + 1;
    weir_lock_release(&x->lock);
    return (unsigned)seen;
}

LITMUS(lock, NULL, "what was done under the lock is seen by the next holder",
       .text = "lock, count up: what was it? | the same | the same", .bytes = sizeof(instance), .make = make,
       .thread = {take_turns, take_turns, take_turns},
       .outcome = {ACCEPTABLE("1 2 3", 0, 1, 2), ACCEPTABLE("1 3 2", 0, 2, 1), ACCEPTABLE("2 1 3", 1, 0, 2),
                   ACCEPTABLE("2 3 1", 2, 0, 1), ACCEPTABLE("3 1 2", 1, 2, 0), ACCEPTABLE("3 2 1", 2, 1, 0)})
