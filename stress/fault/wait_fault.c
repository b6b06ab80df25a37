/* Faults of waiting: parking under signals, in the build that holds threads up in the middle of operations; and words that
 * are gone by the time they are unparked. */
#include <sys/mman.h>
#include <unistd.h>

#include "stress/wait_rounds_p.h"
#include "stress/fault/fault.h"

static void held_up(rounds_member *me) {
    jitter_thread(stress_random_next(me->random), 4 + stress_random_below(me->random, 200));
}

static void ignore(int sig) { (void)sig; }

static stress_verdict signals(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {
        .prepare = prepare, .work = work, .judge = judge, .thread = held_up, .on_signal = ignore};
    static state s;
    (void)c;
    return rounds_sizes(request, &plan, &s, MOST);
}

/* -- a word whose page is taken away as soon as its waiter has seen it change -- */

typedef struct page {
    weir_a32 *word;
    weir_learned learned;
    size_t bytes;
} page;

static void get_page(rounds *r) {
    page *p = r->arg;
    p->bytes = (size_t)sysconf(_SC_PAGESIZE);
    p->word = mmap(NULL, p->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p->word == MAP_FAILED) abort();
}

static void wait_and_take_away(page *p) {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_wait w;
    weir_thread_arm(&w);
    while (weir_a32_load_acquire(p->word) == 0)
        if (weir_park(&w, p->word, 0, 1)) weir_thread_wait(&w, WEIR_FOREVER, &p->learned);
    mprotect(p->word, p->bytes, PROT_NONE);
}

static void change_and_wake(rounds_member *me) {
    page *p = me->arg;
    for (uint32_t n = stress_random_below(me->random, 50); n > 0; n--) weir_pause();
    weir_a32_store_release(p->word, 1);
    weir_unpark(p->word, 1, UINT32_MAX);
}

static void meet_at_page(rounds_member *me) {
    if (me->index == 0) wait_and_take_away(me->arg);
    else change_and_wake(me);
}

static void unmap_page(rounds *r) {
    page *p = r->arg;
    munmap(p->word, p->bytes);
}

static stress_verdict gone(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = get_page, .work = meet_at_page, .judge = unmap_page, .thread = held_up};
    static page p;
    (void)c;
    rounds_run(2, request->seconds, request->seed, &plan, &p);
    return STRESS_PASS;
}

STRESS_CHECK(fault, signals, "a signal ends no wait and loses no wake; each node is woken once or taken back", signals)
STRESS_CHECK(fault, gone, "unpark uses the address of its word alone: the word may be gone", gone)
