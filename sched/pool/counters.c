/* pool.counters - each worker has a deque; those without work steal. Contract: sched/sched.h, family `pool`.
 *
 * An event is known to nobody but its dependencies until the last of them has ended; the worker that ended it has it then.
 * Of those made ready by the end of one event the worker runs the last one next, without its deque: a chain never touches it.
 *
 * Fairness         Newest first, which is warm; but every 64th time the oldest, and what sources have brought is looked at.
 * Progress         Lock-free between events, but for the short locks of names, subtrees and joins somebody waits for. A
 *                  worker that stops in a run part holds up its own event and what depends on it.
 * Nothing is left  What is ready is with one worker: in its hand, its deque or its overflow, or a thief's. It listens and sleeps
 *                  only when it has none of its own, and nobody puts anything there but itself. So whoever is missed by a
 *                  wake is missed as a helper only. What comes from outside (inboxes, seals) lies where all look, and is
 *                  followed by a ring, which changes the word that a listener has changed before its last look: one of the
 *                  two sees the other.
 * Quiescence       No counter is shared: each thread counts what it submits, then what has ended. weir_sched_is_quiet adds up
 *                  all `ended` first, by acquire: with each end it sees all that had been submitted by then, children
 *                  included. All `submitted` after it can only be more; when they are equal, there was a moment between
 *                  when nothing was under way, and without anything under way nothing begins but from outside.
 * Source           Blumofe, Leiserson, Scheduling Multithreaded Computations by Work Stealing (1999); Chase, Lev (2005). */
#include "sched/deps_p.h"
#include "sched/due_p.h"
#include "sched/pool_p.h"
#include "sched/ready_p.h"

enum { FAIR = 64 };              /* events, of which one is taken in the order of age */
enum { LOOKS = WEIR_LOOKS(64) }; /* for something to steal, before it listens: about what a wake costs the other side */

typedef struct part {
    weir_pool_worker pool;
    weir_event *direct; /* to run next */
    unsigned turns;
} part;

static weir_sched_status counters_open(weir_sched *s, weir_sched_error *error) {
    weir_sched_status st = weir_ready_open(s, error);
    if (st) return st;
    st = weir_pool_open(s, error, weir_ready_some);
    if (st) weir_ready_close(s);
    return st;
}

static void counters_close(weir_sched *s) {
    weir_pool_close(s, weir_ready_take);
    weir_ready_close(s);
}

/* What a handler submits is for others to steal while the handler runs on, and what data parts make ready while more of them
 * follow, in which the worker may be lost. */
static void counters_ready(weir_worker *w, weir_event *e) {
    part *me = w->part;
    if (weir_due_holds(w->sched, e)) return;
    if (me->direct || me->pool.domain || weir_worker_in_handler(w)) weir_ready_push(w, e);
    else me->direct = e;
}

/* What would not be seen as long as there is something newer; NULL: nothing. */
static weir_event *take_fairly(weir_worker *w, part *me) {
    if (weir_aptr_load(&w->sched->arrivals)) weir_sources_drain(w); /* first, for it may leave one as `direct` */
    if (me->direct) weir_ready_push(w, me->direct);
    me->direct = NULL;
    return weir_ready_take_oldest(w);
}

static weir_event *take(weir_worker *w, part *me) {
    weir_event *e = WEIR_UNLIKELY(++me->turns % WEIR_POOL_FAIR == 0) ? take_fairly(w, me) : NULL;
    if (e) return e;
    e = me->direct;
    me->direct = NULL;
    if (!e) e = weir_ready_take(w);
    for (int i = 0; !e && i < LOOKS && !weir_aptr_load(&w->sched->arrivals); i++) {
        weir_pause();
        e = weir_ready_take(w);
    }
    return e;
}

static void counters_work(weir_worker *w) {
    part *me = w->part;
    weir_pool_begin(w);
    while (weir_worker_tick(w)) {
        weir_event *e = take(w, me);
        if (!(e ? weir_pool_run(w, e) : weir_pool_idle(w))) return;
    }
}

static void counters_leave(weir_worker *w) {
    part *me = w->part;
    if (me->direct) weir_ready_push(w, me->direct);
    me->direct = NULL;
}

const weir_sched_class weir_pool_counters = {
    .name = "counters",
    .size = sizeof(weir_pool),
    .worker_size = sizeof(part),
    .open = counters_open,
    .close = counters_close,
    .admit = weir_pool_admit,
    .ready = counters_ready,
    .work = counters_work,
    .leave = counters_leave,
    .lost = weir_pool_lost,
};
