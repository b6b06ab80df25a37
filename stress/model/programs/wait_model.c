/* Client programs of waiting: the futex in user space, lists under a lock, and the parkers of threads. */
#include "prims/lock_p.h"
#include "prims/parker/sleep_p.h"
#include "prims/wait.h"
#include "stress/model/model.h"

enum { THREADS = 3 };

static weir_a32 word;
static bool before[3]; /* plain: written before the word is changed to that */
static weir_wait node[THREADS];
static weir_learned learned; /* zero: spins at first */

static void arm(void) {
    for (int i = 0; i < THREADS; i++) weir_thread_arm(&node[i]);
}

/* A parker that learns has learned here that spinning does not pay. */
static void arm_hopeless(void) {
    arm();
    weir_a32_store(&learned.misses, 6);
}

static void require_before(unsigned to) {
    model_require(before[to], "woken without what came before the change to %u", to);
}

static void require_woken(bool woken) { model_require(woken, "a wait for ever timed out"); }

/* -- park, unpark -- */

static void change(uint32_t to) {
    before[to] = true;
    weir_a32_store_release(&word, to);
    weir_unpark(&word, 1, UINT32_MAX);
}

static void change_once(void) { change(1); }

static void change_twice(void) {
    change(1);
    change(2);
}

static void wait_while(uint32_t value) {
    weir_wait *w = &node[model_self()];
    while (weir_a32_load_acquire(&word) == value)
        if (weir_park(w, &word, value, 1)) require_woken(weir_thread_wait(w, WEIR_FOREVER, &learned));
    require_before(value + 1);
}

static void wait_once(void) { wait_while(0); }

static void wait_twice(void) {
    wait_while(0);
    wait_while(1);
}

MODEL_PROGRAM(one, "no wake is lost between looking at the word and parking", .setup = arm,
              .thread = {wait_once, change_once})
MODEL_PROGRAM(one_asleep, "the same without spinning", .setup = arm_hopeless, .thread = {wait_once, change_once})
MODEL_PROGRAM(both, "an unpark of all wakes all", .setup = arm_hopeless, .thread = {wait_once, wait_once, change_once})
MODEL_PROGRAM(again, "a node that was woken parks again", .setup = arm, .thread = {wait_twice, change_twice})
MODEL_PROGRAM(again_asleep, "the same without spinning", .setup = arm_hopeless, .thread = {wait_twice, change_twice})

/* The word carries nothing here: the wake does. */
static void change_relaxed(void) {
    before[1] = true;
    weir_a32_store(&word, 1);
    weir_unpark(&word, 1, 2);
}

static void wait_parked(void) {
    weir_wait *w = &node[model_self()];
    if (!weir_park(w, &word, 0, 1)) return;
    require_woken(weir_thread_wait(w, WEIR_FOREVER, &learned));
    require_before(1);
}

MODEL_PROGRAM(order, "what precedes unpark happens before the return of the wait it ends", .setup = arm,
              .thread = {wait_parked, change_relaxed})
MODEL_PROGRAM(order_asleep, "the same without spinning", .setup = arm_hopeless, .thread = {wait_parked, change_relaxed})

/* -- timeouts, cancel -- */

/* The node lies in this frame: nobody may touch it after the return. */
static void WEIR_NEVER_INLINE wait_timed(void) {
    weir_wait w;
    weir_thread_arm(&w);
    if (!weir_park(&w, &word, 0, 1)) return;
    if (!weir_thread_wait(&w, weir_now_ns() + 1, &learned)) {
        model_count("times timed out");
        if (weir_park_cancel(&w)) return;
        model_count("times woken after that");
        require_woken(weir_thread_wait(&w, WEIR_FOREVER, &learned));
    }
    require_before(1);
}

/* The next call's frame lies where the last one's was. */
static void wait_timed_twice(void) {
    wait_timed();
    wait_timed();
}

MODEL_PROGRAM(timed, "a timed wait is woken or takes itself back; then nobody touches its node", .setup = arm_hopeless,
              .thread = {wait_timed_twice, change_relaxed})
MODEL_PROGRAM(timed_beside, "a timed wait that takes itself back leaves another's wake alone", .setup = arm_hopeless,
              .thread = {wait_timed, wait_parked, change_relaxed})

static unsigned wakes; /* plain: between the waker's and check there is the end of the threads */
static bool parked, cancelled;

static void count_wake(weir_wait *w) {
    (void)w;
    wakes++;
}

static void park_and_cancel(void) {
    weir_wait_init(&node[0], count_wake);
    parked = weir_park(&node[0], &word, 0, 1);
    if (!parked || !weir_park_cancel(&node[0])) return;
    cancelled = true;
    model_retire(&node[0], sizeof node[0]);
}

static void woken_or_cancelled(void) {
    model_require(wakes + cancelled == parked, "parked %d, woken %u, cancelled %d", parked, wakes, cancelled);
}

MODEL_PROGRAM(cancel, "each park ends in one wake or one cancel", .thread = {park_and_cancel, change_relaxed},
              .check = woken_or_cancelled)

/* -- who is not meant -- */

static weir_a32 words[2048];
static weir_a32 *neighbour; /* shares word's bucket: prims/wait.c takes the high bits of this product */

static void arm_bystanders(void) {
    arm();
    uint64_t bucket = (uint64_t)(uintptr_t)&word * 0x9e3779b97f4a7c15u >> 56;
    for (neighbour = words; (uint64_t)(uintptr_t)neighbour * 0x9e3779b97f4a7c15u >> 56 != bucket;) neighbour++;
    weir_park(&node[0], &word, 0, 1);
    weir_park(&node[1], neighbour, 0, 1);
    weir_park(&node[2], &word, 0, 2);
}

/* Before the bystanders, then behind them. */
static void wait_on_twice(void) {
    require_woken(weir_thread_wait(&node[0], WEIR_FOREVER, &learned));
    require_before(1);
    wait_while(1);
}

static void cancel_neighbour(void) { model_require(weir_park_cancel(&node[1]), "woken by an unpark of another word"); }

static void cancel_masked(void) {
    model_require(weir_park_cancel(&node[2]), "woken by an unpark that its mask excludes");
}

MODEL_PROGRAM(bystanders, "an unpark wakes nobody of another word or mask, and queues stay whole",
              .setup = arm_bystanders, .thread = {wait_on_twice, change_twice, cancel_neighbour},
              .check = cancel_masked)

/* -- lists: a gate that opens once -- */

static weir_lock lock;       /* guards the rest */
static weir_wait_list queue; /* of those before the gate */
static bool open;

static void pass(void) {
    weir_wait *w = &node[model_self()];
    weir_lock_acquire(&lock);
    bool waits = !open;
    if (waits) weir_wait_append(&queue, w);
    weir_lock_release(&lock);
    if (waits) require_woken(weir_thread_wait(w, WEIR_FOREVER, &learned));
    require_before(1);
}

static void WEIR_NEVER_INLINE pass_timed(void) {
    weir_wait w;
    weir_thread_arm(&w);
    weir_lock_acquire(&lock);
    bool waits = !open;
    if (waits) weir_wait_append(&queue, &w);
    weir_lock_release(&lock);
    if (waits && !weir_thread_wait(&w, weir_now_ns() + 1, &learned)) {
        weir_lock_acquire(&lock);
        bool queued = weir_wait_queued(&queue, &w);
        if (queued) weir_wait_remove(&queue, &w);
        weir_lock_release(&lock);
        if (queued) return;
        require_woken(weir_thread_wait(&w, WEIR_FOREVER, &learned));
    }
    require_before(1);
}

static void open_gate(void) {
    before[1] = true;
    weir_lock_acquire(&lock);
    open = true;
    weir_wait *first = weir_wait_take_all(&queue);
    weir_lock_release(&lock);
    weir_wait_wake_all(first);
}

MODEL_PROGRAM(list, "all who wait in a list are woken, but those that took themselves out", .setup = arm_hopeless,
              .thread = {pass, pass_timed, open_gate})
