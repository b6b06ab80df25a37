/* order.horizon - run parts as soon as they may, data parts in order, and nobody waits for all. Contract: sched/sched.h.
 *
 * Run parts go as in pool/counters: whoever makes an event ready has it, idle workers steal. Whoever has the *token* puts what
 * sources have brought in order and retires what it can (retire_p.h) below the horizon: the least key that sources may still
 * submit. Children may run before their parent retires and gives them their places, for what runs needs no place.
 *
 * The token is tried for and never waited for. Who fails leaves a mark, at which the holder looks once more before it lets go: so
 * either sees what the other has finished. Workers try without work and after some run parts, more of them the more events
 * are in order already: what is new is merged with those.
 *
 * Progress         A worker that stops in a run part holds up what depends on it and what stands behind it in order; in a data
 *                  part all data parts.
 * Source           Chandy, Misra, Distributed Simulation (1979): the horizon is the least of the channels' clocks.
 *                  Smith, Pleszkun, Implementing Precise Interrupts in Pipelined Processors (1985): the reorder buffer. */
#include "sched/deps_p.h"
#include "sched/due_p.h"
#include "sched/order/retire_p.h"
#include "sched/ready_p.h"
#include "sched/stall_p.h"

enum { TOKEN_HELD = 1, TOKEN_AGAIN = 2, TOKEN_WORKER = 4 }; /* and TOKEN_WORKER * its index */
enum { LOOKS = WEIR_LOOKS(64) };                            /* for something to steal, before it listens */
enum { FAIR = 64 };                                         /* run parts, of which one is the oldest */
enum { RUNS = 16, RUNS_SHARE = 64 };                        /* run parts between two tries: one for so many in order */

typedef struct weir_horizon {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 token;
    weir_a32 runs; /* run parts of a worker between two tries */
    weir_a64 due;  /* real time: the key of the first, when its time has not come; else WEIR_KEY_NONE */
    weir_stall stall;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_retire retire; /* the holder's */
} weir_horizon;

typedef struct weir_horizon_worker {
    weir_event *direct; /* to run next */
    uint32_t warm;      /* of the newest in its deque: dependencies have made them ready just now */
    uint32_t turns;
    uint32_t runs; /* since it tried to retire */
    bool holds;    /* the token */
} weir_horizon_worker;

static weir_horizon *horizon_of(const weir_worker *w) { return w->sched->part; }
static weir_horizon_worker *part_of(const weir_worker *w) { return w->part; }

/* -- with the token ----------------------------------------------------------------------------------------------- */

static void admit(weir_worker *w, weir_event *e) { weir_retire_admit(&horizon_of(w)->retire, w, e, weir_deps_resolve); }

static void end_epoch(weir_horizon *h, weir_sched *s) {
    h->retire.edge = h->retire.gone + s->o.window;
    weir_sched_edge(s, h->retire.horizon, h->retire.digest);
}

/* How long workers may go on, how long they may sleep. */
static void set_pace(weir_horizon *h, weir_sched *s) {
    uint64_t runs = weir_window_count(&h->retire.window) / RUNS_SHARE;
    weir_a32_store(&h->runs, runs < RUNS ? RUNS : (uint32_t)runs);
    if (s->o.time == WEIR_TIME_VIRTUAL) return;
    const weir_event *first = weir_window_first(&h->retire.window);
    weir_a64_store(&h->due, first && first->key >= h->retire.horizon ? first->key : WEIR_KEY_NONE);
}

/* The horizon is read before the drain: all that lies below it has come by then. */
static bool take_in(weir_worker *w) {
    weir_retire_look_ahead(&horizon_of(w)->retire, w->sched);
    return weir_sources_drain(w);
}

/* True: something came, or went. Behind an edge inputs are taken before anything retires: a replay has those of the epoch for
 * it, and must not pass them by. What is the holder's may not be touched when w has been lost. */
static bool pass(weir_worker *w) {
    weir_horizon *h = horizon_of(w);
    uint64_t gone = h->retire.gone;
    bool came = take_in(w);
    weir_retired how;
    while ((how = weir_retire_go(&h->retire, w, weir_deps_resolve)) == WEIR_RETIRED_EDGE) {
        end_epoch(h, w->sched);
        came |= take_in(w);
    }
    if (how == WEIR_RETIRED_LEFT) return true;
    set_pace(h, w->sched);
    if (came || h->retire.gone != gone) return true;
    return weir_retire_sees_further(&h->retire, w->sched) || weir_retire_let_in(&h->retire, w);
}

/* -- the token ---------------------------------------------------------------------------------------------------- */

static uint32_t token_of(const weir_worker *w) { return TOKEN_HELD | w->index * TOKEN_WORKER; }

static bool take_token(weir_worker *w) {
    uint32_t seen = 0, mine = token_of(w);
    /* HT acquire: pairs with HR; all that its holders wrote. Release: pairs with HA; what this worker has finished. */
    while (!weir_a32_cas_acq_rel(&horizon_of(w)->token, &seen, seen ? seen | TOKEN_AGAIN : mine)) {}
    return !seen;
}

/* False: somebody has marked it, who may have finished what the holder did not see. */
static bool give_token(weir_worker *w) {
    weir_horizon *h = horizon_of(w);
    uint32_t seen = token_of(w);
    if (weir_a32_cas_release(&h->token, &seen, 0)) return true; /* HR: pairs with HT */
    weir_a32_and_acquire(&h->token, ~(uint32_t)TOKEN_AGAIN);    /* HA: pairs with the mark in take_token */
    return false;
}

/* Gives the token of w to nobody, if it is still w's. Others are woken by whoever calls this. */
static void drop_token(weir_worker *w) {
    weir_horizon *h = horizon_of(w);
    uint32_t seen = token_of(w);
    while (!weir_a32_cas_release(&h->token, &seen, 0) && (seen & ~(uint32_t)TOKEN_AGAIN) == token_of(w)) {} /* HR */
}

/* What only w knows of becomes known to all. */
static void leave(weir_worker *w) {
    weir_horizon_worker *me = part_of(w);
    if (me->direct) weir_ready_push(w, me->direct);
    me->direct = NULL;
}

/* True: something came, or went. A worker that is lost in a data part has nothing of its own by then, and no token: `lost` has
 * taken it, or will, when the event can be seen to be lost. */
static bool try_retire(weir_worker *w) {
    weir_horizon_worker *me = part_of(w);
    bool did = false, stays;
    me->runs = 0;
    if (!take_token(w)) return false;
    me->holds = true;
    leave(w);
    do {
        did |= pass(w);
        stays = weir_worker_tick(w);
    } while (stays && !give_token(w));
    me->holds = false;
    if (!stays && !weir_worker_in_handler(w)) drop_token(w); /* it leaves, which wakes others */
    return did;
}

static void lost(weir_sched *s, weir_worker *w) {
    (void)s;
    drop_token(w); /* weir_sched_lost wakes others */
}

/* -- running ------------------------------------------------------------------------------------------------------ */

/* What a handler submits is for others to steal while it runs on, and so is all that comes while data parts run. Whose last
 * dependency has ended is warm, and runs next; others run in their turn. */
static void ready(weir_worker *w, weir_event *e) {
    weir_horizon_worker *me = part_of(w);
    bool mine = !me->direct && !me->holds && !weir_worker_in_handler(w);
    if (weir_due_holds(w->sched, e)) return;
    if (!e->run && e->data) { /* it has run */
        e->next = NULL;
        weir_a32_store_release(&e->state, WEIR_EVENT_RAN); /* WR: pairs with the load in weir_retire_go */
    } else if (mine && (e->ndeps || !weir_ready_own(w))) {
        me->direct = e;
    } else {
        me->warm = e->ndeps ? me->warm + 1 : 0;
        weir_ready_push(w, e);
    }
}

/* Oldest first, as they stand in order, nearly: so what has run retires soon, while it is in the cache. But first what is there
 * already; only that nothing waits for ever behind what is made ready again and again. */
static weir_event *take(weir_worker *w) {
    weir_horizon_worker *me = part_of(w);
    bool newest = me->direct || me->warm;
    weir_event *e;
    if (WEIR_UNLIKELY(++me->turns % FAIR == 0)) {
        newest = false;
        if (me->direct) weir_ready_push(w, me->direct);
        me->direct = NULL;
    }
    if (!newest) {
        e = weir_ready_take_oldest(w);
        return e ? e : weir_ready_take(w);
    }
    if ((e = me->direct)) {
        me->direct = NULL;
        return e;
    }
    me->warm--;
    return weir_ready_take(w);
}

/* All others listen: nobody has the token, or ever will who is lost. */
static bool disorder(weir_worker *w) {
    weir_window *window = &horizon_of(w)->retire.window;
    const weir_event *first = weir_window_first(window);
    return first && first->key < horizon_of(w)->retire.horizon &&
           weir_deps_disorder(w, first, weir_window_each, window);
}

static bool anything(weir_worker *w) {
    return weir_ready_some(w) || weir_aptr_load_acquire(&w->sched->arrivals) || weir_deps_pending(w->sched);
}

/* Nothing is ready. What w has finished has been seen by a holder of the token before it sleeps. */
static void idle(weir_worker *w) {
    weir_horizon *h = horizon_of(w);
    for (int i = 0; i < LOOKS && !weir_aptr_load(&w->sched->arrivals); i++) {
        if ((part_of(w)->direct = weir_ready_take(w))) return;
        weir_pause();
    }
    if (try_retire(w) || weir_deps_drain(w)) return;
    uint64_t due = weir_a64_load(&h->due), deadline = WEIR_FOREVER;
    if (due < WEIR_FOREVER - w->sched->opened_ns) deadline = w->sched->opened_ns + due;
    weir_stall_idle(&h->stall, w, deadline, anything);
}

/* False: w was lost. */
static bool run(weir_worker *w, weir_event *e) {
    if (WEIR_UNLIKELY(!weir_worker_run(w, e))) return false;
    weir_retire_ran(w, e, weir_deps_resolve);
    if (++part_of(w)->runs >= weir_a32_load(&horizon_of(w)->runs)) try_retire(w);
    return true;
}

static void work(weir_worker *w) {
    weir_stall_pass(&horizon_of(w)->stall);
    while (weir_worker_tick(w)) {
        weir_event *e = take(w);
        if (!e && try_retire(w)) continue; /* who was lost in a data part takes nothing more */
        if (!e) idle(w);
        else if (!run(w, e)) return;
    }
}

/* -- open and close ----------------------------------------------------------------------------------------------- */

static weir_sched_status open(weir_sched *s, weir_sched_error *error) {
    weir_horizon *h = s->part;
    weir_sched_status status = weir_ready_open(s, error);
    if (!status) status = weir_due_open(s, error);
    if (!status && !weir_retire_open(&h->retire, s)) {
        weir_due_close(s);
        status = weir_sched_refuse(error, WEIR_SCHED_NOMEM, "no memory for a window of %u events", s->o.window);
    }
    if (status) {
        weir_ready_close(s);
        return status;
    }
    weir_stall_init(&h->stall);
    h->stall.disorder = disorder;
    h->retire.edge = s->o.window;
    weir_a32_store(&h->runs, RUNS);
    weir_a64_store(&h->due, WEIR_KEY_NONE);
    return WEIR_SCHED_OK;
}

static void close(weir_sched *s) {
    weir_horizon *h = s->part;
    if (h->retire.gone + s->o.window != h->retire.edge) end_epoch(h, s);
    weir_retire_close(&h->retire);
    weir_due_close(s);
    weir_ready_close(s);
}

const weir_sched_class weir_order_horizon = {
    .name = "horizon",
    .order = true,
    .size = sizeof(weir_horizon),
    .worker_size = sizeof(weir_horizon_worker),
    .open = open,
    .close = close,
    .admit = admit,
    .ready = ready,
    .work = work,
    .leave = leave,
    .lost = lost,
};
