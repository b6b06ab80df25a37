/* The inbox is a stack, taken whole and turned round: its word is NULL, a post, or ASLEEP when the loop sleeps or is
 * about to. So whoever puts the first post in knows from the very word whether to poke, and no store must be ordered
 * before a load. WEIR_LOOP_FREE is ASLEEP, and the loop may be run by others meanwhile: lend.c. */
#include "sched/loop_p.h"

#include <stdlib.h>
#include <string.h>

enum { ROUND = 64, LOOK = 16 }; /* turns between looks at the inbox and the clock; rounds between looks outside */

static WEIR_THREAD_LOCAL weir_loop *here;
static void stay(weir_co *co, weir_co_how how);
static weir_post asleep;
weir_post weir_loop_free_;
#define ASLEEP (&asleep)

weir_loop *weir_loop_here(void) { return here; }

/* -- the queue and the inbox -- */

/* Is the loop run by the calling thread? */
static bool mine(const weir_loop *loop) {
    return loop == here || (here && weir_aptr_load(&loop->keeper) == weir_aptr_load(&here->keeper));
}

static void send(weir_loop *loop, weir_post *post) {
    void *seen = weir_aptr_load(&loop->inbox);
    if (seen == WEIR_LOOP_FREE && here && weir_lend_take(weir_aptr_load(&here->keeper), loop)) {
        weir_loop_append(loop, post);
        return;
    }
    do post->next = (weir_post *)seen;
    /* R1 release: pairs with A1; the post and what precedes it. A3 acquire: pairs with R3; the poke is behind the last wait. */
    while (!weir_aptr_cas_weak_acq_rel(&loop->inbox, &seen, post));
    if (seen == ASLEEP || seen == WEIR_LOOP_FREE) loop->driver.poke(loop->driver.arg);
}

void weir_loop_post(weir_loop *loop, weir_post *post) {
    if (mine(loop)) weir_loop_append(loop, post);
    else send(loop, post);
}

static void receive(weir_loop *loop) {
    weir_post *got = weir_aptr_xchg_acquire(&loop->inbox, NULL), *in_order = NULL; /* A1: pairs with R1 */
    for (weir_post *next; got && got != ASLEEP && got != WEIR_LOOP_FREE; got = next) {
        next = got->next;
        got->next = in_order;
        in_order = got;
    }
    for (weir_post *next; in_order; in_order = next) {
        next = in_order->next;
        weir_loop_append(loop, in_order);
    }
}

static void wake(weir_wait *wait) {
    weir_co *co = wait->owner;
    weir_loop_post((weir_loop *)co->home, &co->post);
}

/* -- without a driver: sleeps as a thread -- */

static bool sleep_until(void *arg, uint64_t until_ns) {
    weir_loop *loop = arg;
    return until_ns != 0 && weir_thread_wait(&loop->sleeper, until_ns, &loop->learned);
}

static void poke(void *arg) { weir_thread_wake(&((weir_loop *)arg)->sleeper); }

static bool never_busy(void *arg) {
    (void)arg;
    return false;
}

/* -- alarms -- */

static void arm(weir_home *home, weir_alarm *alarm) {
    weir_loop *loop = (weir_loop *)home;
    weir_wheel_cancel(&loop->wheel, alarm);
    weir_wheel_add(&loop->wheel, alarm);
}

static void disarm(weir_home *home, weir_alarm *alarm) { weir_wheel_cancel(&((weir_loop *)home)->wheel, alarm); }

/* Rings those that are due. When to look again. */
static uint64_t ring(weir_loop *loop) {
    if (loop->wheel.count == 0) return WEIR_FOREVER;
    uint64_t now = weir_now_ns();
    for (weir_alarm *a; (a = weir_wheel_take(&loop->wheel, now));) a->ring(a);
    return weir_wheel_next(&loop->wheel);
}

static uint64_t home_now(weir_home *home) {
    (void)home;
    return weir_now_ns();
}

/* -- one turn -- */

static void finish(weir_loop *loop, weir_co *co) {
    weir_co_list_remove(&loop->list, co);
    loop->stats.ended++;
    weir_co_ended(co);
}

static WEIR_ALWAYS_INLINE void play(weir_loop *loop, weir_co *co, bool nudged) {
    if (WEIR_UNLIKELY(co->inside)) { /* it is further down this thread's stack, and goes on when that is reached */
        co->inside = false;
        co->nudged = nudged;
        return;
    }
    weir_co_how how = weir_co_resume_inline(co, nudged);
    if (WEIR_LIKELY(how == WEIR_CO_YIELDS)) weir_loop_append(loop, &co->post);
    else if (how == WEIR_CO_ENDS) finish(loop, co);
}

static weir_co *co_of(weir_post *post) { return (weir_co *)((char *)post - offsetof(weir_co, post)); }

static void play_post(weir_home *home, weir_post *post) { play((weir_loop *)home, co_of(post), false); }

static void nudge(weir_co *co) { play((weir_loop *)co->home, co, true); }

static WEIR_ALWAYS_INLINE void turn(weir_loop *loop) {
    weir_post *post = loop->first;
    loop->first = post->next;
    if (WEIR_LIKELY(post->run == play_post)) play(loop, co_of(post), false); /* inlined */
    else post->run(&loop->home, post);
}

/* Takes what has come from outside. When the next alarm is due. */
static uint64_t look(weir_loop *loop) {
    if (weir_aptr_load(&loop->inbox)) receive(loop); /* relaxed: the exchange acquires */
    return ring(loop);
}

/* Nothing can run: sleeps until `until`, a post, or the driver's own. When that was no poke, one may be under way all
 * the same, and would touch the loop later: it is waited for. */
static void rest(weir_loop *loop, uint64_t until_ns, bool lends) {
    void *word = lends && loop->crew && until_ns == WEIR_FOREVER ? WEIR_LOOP_FREE : ASLEEP, *seen = NULL;
    weir_lend_return_all(loop);
    if (word == WEIR_LOOP_FREE) weir_aptr_store(&loop->keeper, NULL);
    if (weir_aptr_cas_release(&loop->inbox, &seen, word)) { /* R3: pairs with A3, A4; the sleeper is armed again */
        loop->stats.sleeps++;
        seen = ASLEEP;
        if (!loop->driver.wait(loop->driver.arg, until_ns) && !weir_aptr_cas(&loop->inbox, &seen, NULL))
            while (!loop->driver.wait(loop->driver.arg, WEIR_FOREVER)) {}
    }
    weir_aptr_store(&loop->keeper, loop); /* relaxed: it says something to this thread only */
    receive(loop);
}

static bool idle(weir_loop *loop, bool quiet) {
    uint64_t next = look(loop);
    if (loop->first || loop->lent.first) return true;
    if (quiet && next == WEIR_FOREVER && !loop->driver.busy(loop->driver.arg) && !weir_aptr_load(&loop->inbox))
        return false;
    rest(loop, next, true);
    return true;
}

void weir_loop_turns(weir_loop *loop) {
    for (unsigned i = 0; i < ROUND && loop->first; i++) turn(loop);
}

static void run(weir_loop *loop, bool quiet) {
    weir_loop *outer = here;
    if (outer) weir_lend_return_all(weir_aptr_load(&outer->keeper));
    here = loop;
    weir_aptr_store(&loop->keeper, loop);
    do {
        weir_loop_turns(loop);
        if (loop->lent.first || loop->lent.since) weir_lend_run(loop);
        if (++loop->rounds % LOOK == 0) loop->driver.wait(loop->driver.arg, 0);
    } while (!loop->stopped && idle(loop, quiet));
    weir_lend_return_all(loop);
    weir_aptr_store(&loop->keeper, NULL);
    loop->stopped = false;
    here = outer;
}

/* -- lent: the turns of another loop of the crew on this thread -- */

bool weir_loop_run_lent(weir_loop *loop) {
    weir_loop *keeper = here;
    here = loop;
    loop->home.stay = NULL; /* its own thread sleeps, and could not run others from within a wait */
    receive(loop);
    weir_loop_turns(loop);
    loop->home.stay = stay;
    here = keeper;
    return !loop->first && !loop->stopped && !loop->wheel.count;
}

void weir_loop_run(weir_loop *loop) { run(loop, false); }

size_t weir_loop_run_quiet(weir_loop *loop) {
    run(loop, true);
    return loop->list.count;
}

/* The wait of a coroutine that a debugger steps through: the same turns, from further up the stack. */
static void stay(weir_co *co, weir_co_how how) {
    weir_loop *loop = (weir_loop *)co->home;
    if (how == WEIR_CO_YIELDS) weir_loop_append(loop, &co->post);
    while (co->inside) {
        uint64_t next = look(loop);
        if (co->inside && !loop->first) rest(loop, next, false);
        for (unsigned i = 0; i < ROUND && loop->first && co->inside; i++) turn(loop);
    }
}

static void stop(weir_home *home, weir_post *post) {
    (void)post;
    weir_loop *loop = (weir_loop *)home;
    loop->stopped = true;
    weir_a32_store_release(&loop->stop_posted, 0); /* R2: pairs with A2; the post is free again */
}

void weir_loop_stop(weir_loop *loop) {
    if (!weir_a32_xchg_acquire(&loop->stop_posted, 1)) weir_loop_post(loop, &loop->stop); /* A2: pairs with R2 */
}

/* -- coroutines -- */

static void enlist(weir_loop *loop, weir_co *co) {
    weir_co_list_add(&loop->list, co);
    loop->stats.spawned++;
    co->post.run = play_post;
}

/* The first turn of one that came through the inbox. */
static void begin(weir_home *home, weir_post *post) {
    enlist((weir_loop *)home, co_of(post));
    play_post(home, post);
}

void weir_loop_spawn(weir_loop *loop, weir_co *co, const weir_co_type *type) {
    weir_co *by = here ? here->home.running : NULL;
    weir_co_init(co, type, &loop->home, by ? by->top : NULL);
    if (mine(loop)) {
        enlist(loop, co);
        weir_loop_append(loop, &co->post);
    } else {
        co->post.run = begin;
        send(loop, &co->post);
    }
}

void *weir_loop_spawn_new_(weir_loop *loop, const weir_co_type *type, const void *filled) {
    weir_co *co = weir_loop_alloc(loop, type->size);
    if (!co) return NULL;
    memcpy(co, filled, type->size);
    weir_loop_spawn(loop, co, type);
    return co;
}

void weir_loop_end_free(weir_co *co, int status) {
    (void)status;
    weir_loop_free((weir_loop *)co->home, co, co->frame.type->size);
}

void *weir_loop_alloc(weir_loop *loop, size_t bytes) { return weir_loop_pool_take(&loop->pool, bytes); }
void weir_loop_free(weir_loop *loop, void *p, size_t bytes) { weir_loop_pool_give(&loop->pool, p, bytes); }

/* -- open, close -- */

weir_status weir_loop_open(const weir_loop_options *options, weir_loop **out) {
    weir_loop *loop = aligned_alloc(WEIR_CACHE_LINE, sizeof *loop);
    if (!loop) return WEIR_NOMEM;
    memset(loop, 0, sizeof *loop);
    loop->home = (weir_home){.wake = wake, .now = home_now, .arm = arm, .disarm = disarm, .nudge = nudge, .stay = stay};
    loop->home.text = loop->text;
    weir_wheel_init(&loop->wheel, weir_now_ns());
    loop->driver =
        options && options->driver ? *options->driver : (weir_loop_driver){loop, sleep_until, poke, never_busy};
    loop->name = options && options->name ? options->name : "loop";
    loop->stop.run = stop;
    weir_thread_arm(&loop->sleeper);
    *out = loop;
    return WEIR_OK;
}

void weir_loop_cancel_all(weir_loop *loop) {
    for (weir_co *co = loop->list.oldest; co; co = co->newer) weir_co_cancel(co);
}

void weir_loop_free_all(weir_loop *loop) {
    weir_loop_pool_end(&loop->pool);
    free(loop);
}

size_t weir_loop_close(weir_loop *loop) {
    weir_loop_cancel_all(loop);
    size_t left = weir_loop_run_quiet(loop);
    if (!left) weir_loop_free_all(loop);
    return left;
}
