#include "sched/order/ring_p.h"

#include "sched/deps_p.h"
#include "sched/ready_p.h"

#include <stdlib.h>

enum { CHUNK = 64, AHEAD = 8 };
enum { SHARED = 8 }; /* data parts: for less it is not worth waking others */
enum {
    ALONE = 256,                  /* events: more are read by all from the beginning */
    ALONE_NS = WEIR_LOOKS(30000), /* of a READ by one, then all read: about what it costs to wake one */
    ALONE_READS = 256             /* of a serial part: others may want to join */
};

static weir_ring *ring_of(const weir_worker *w) { return w->sched->part; }
static weir_ring_worker *part_of(const weir_worker *w) { return w->part; }

/* -- READ -- */

void weir_ring_ready(weir_worker *w, weir_event *e) {
    weir_ring *r = ring_of(w);
    weir_ring_worker *me = part_of(w);
    if (!e->run && e->data) { /* it has run */
        e->next = NULL;
        weir_a32_store_release(&e->state, WEIR_EVENT_RAN); /* pairs with the load in weir_retire_go */
    } else if (WEIR_UNLIKELY(!me->member || !weir_ring_belongs(w))) {
        weir_ready_push(w, e); /* it buries, or drops what a lost handler made: its part is others' now */
    } else if (e->key >= r->retire.horizon) {
        e->next = me->held;
        me->held = e;
    } else if (!me->direct) {
        me->direct = e;
    } else if (me->serial) {
        weir_ready_put(w, e); /* others look when it is over */
    } else {
        weir_ready_push(w, e);
    }
}

/* Does a READ by one take so long that others should join in? The clock is read rarely. */
static bool calls_others(weir_ring *r, weir_ring_worker *me) {
    uint32_t ran = ++me->ran;
    if ((ran & (ran - 1)) && ran % CHUNK) return false;
    if (weir_now_ns() < me->began + ALONE_NS || weir_phases_members(&r->phases) == 1) return false;
    me->ran = UINT32_MAX;
    return true;
}

/* e, and all that hangs on it alone. */
static bool run(weir_worker *w, weir_event *e) {
    weir_ring_worker *me = part_of(w);
    do {
        me->direct = NULL;
        if (WEIR_UNLIKELY(!weir_worker_run(w, e))) return false;
        weir_retire_ran(w, e, ring_of(w)->pass);
        if (WEIR_UNLIKELY(!weir_worker_tick(w))) return false;
        if (me->serial && calls_others(ring_of(w), me)) return false;
    } while ((e = me->direct));
    return true;
}

/* What is left of a chunk stands in the worker's part before each handler, so that others find it there. */
static bool read_chunk(weir_worker *w) {
    weir_ring_worker *me = part_of(w);
    while (me->chunk_left) {
        weir_event *e = *me->chunk++;
        if (me->chunk_left-- > AHEAD) weir_event_prefetch(me->chunk[AHEAD - 1]);
        weir_deps_resolve(w, e);
        if (me->direct && !run(w, me->direct)) return false;
    }
    return true;
}

static bool take_chunk(weir_ring_worker *me, weir_batch *b) {
    if (weir_a64_load(&b->next) >= b->n) return false; /* relaxed: only saves the addition */
    uint64_t from = weir_a64_add(&b->next, CHUNK);
    if (from >= b->n) return false;
    me->chunk = b->events + from;
    me->chunk_left = b->n - from < CHUNK ? b->n - from : CHUNK;
    for (size_t i = 0; i < me->chunk_left && i < AHEAD; i++) weir_event_prefetch(me->chunk[i]);
    return true;
}

bool weir_ring_read(weir_worker *w, weir_batch *b) {
    do /* first what one that had this place before may have left */
        if (!read_chunk(w)) return false;
    while (take_chunk(part_of(w), b));
    return true;
}

bool weir_ring_run_ready(weir_worker *w) {
    weir_ring_worker *me = part_of(w);
    if (!read_chunk(w)) return false;
    for (weir_event *e; (e = me->direct) || (e = weir_ready_take(w));)
        if (!run(w, e)) return false;
    return weir_worker_tick(w);
}

/* Workers that left or are lost have left something in their places; all who belong have nothing any more. */
bool weir_ring_left_over(weir_worker *w) {
    weir_ring_worker *me = part_of(w);
    unsigned top = weir_sched_top(w->sched);
    for (unsigned i = 0; i < top; i++) {
        weir_ring_worker *other = part_of(weir_sched_worker(w->sched, i));
        if (other == me) continue;
        if (other->direct) {
            weir_ready_push(w, other->direct);
            other->direct = NULL;
        }
        if (!other->chunk_left || me->chunk_left) continue;
        me->chunk = other->chunk;
        me->chunk_left = other->chunk_left;
        other->chunk_left = 0;
    }
    if (!me->direct) me->direct = weir_ready_take(w);
    return me->chunk_left || me->direct;
}

/* -- the serial part -- */

void weir_ring_admit(weir_worker *w, weir_event *e) {
    weir_ring *r = ring_of(w);
    r->admitted++;
    weir_retire_admit(&r->retire, w, e, r->pass);
}

/* Ready events wait in `held` until the horizon has passed them. */
static void release_held(weir_ring *r, weir_worker *w) {
    unsigned top = weir_sched_top(w->sched);
    for (unsigned i = 0; i < top; i++) {
        weir_ring_worker *part = part_of(weir_sched_worker(w->sched, i));
        for (weir_event *e; (e = part->held);) {
            part->held = e->next;
            while (!weir_heap_put(&r->held, e)) weir_yield();
        }
    }
    for (weir_event *e; (e = weir_heap_first(&r->held)) && e->key < r->retire.horizon;) {
        weir_heap_drop_first(&r->held);
        weir_ready_put(w, e);
    }
}

/* When, in real time, there will be something to do. */
static void set_due(weir_ring *r, weir_sched *s) {
    uint64_t due = WEIR_FOREVER;
    const weir_event *first = weir_window_first(&r->retire.window), *held = weir_heap_first(&r->held);
    if (first && first->key >= r->retire.horizon) due = first->key;
    if (held && held->key < due) due = held->key;
    weir_a64_store(&r->phases.due, s->o.time == WEIR_TIME_REAL ? due : WEIR_FOREVER);
}

/* Nothing is ready, nothing runs: what still holds up the order may wait for itself, or
 * for what is behind it. Once as long as nothing happens. */
static bool unlocks(weir_ring *r, weir_worker *w) {
    const weir_event *first = weir_window_first(&r->retire.window);
    if (!first || first->key >= r->retire.horizon || r->searched) return false;
    size_t cycles = weir_deps_cycles(w);
    if (cycles == SIZE_MAX) return false; /* no memory: it looks again when it is woken */
    bool found = cycles || weir_deps_disorder(w, first, weir_window_each, &r->retire.window);
    r->searched = !found;
    return found;
}

/* While it belongs: nothing of its part may be touched when others may look there. */
static void hand_over(weir_worker *w) {
    weir_ring_worker *me = part_of(w);
    if (me->direct) weir_ready_push(w, me->direct);
    me->direct = NULL;
}

static weir_serial stopped(weir_worker *w) {
    if (!weir_ring_belongs(w)) return WEIR_SERIAL_LOST;
    hand_over(w);
    return WEIR_SERIAL_STOP;
}

/* -- READ by one -- */

static bool may_read_alone(const weir_ring *r, size_t n, unsigned reads) {
    return r->read && reads < ALONE_READS && (n <= ALONE || weir_phases_members(&r->phases) == 1);
}

/* Also what one has left of it who stopped in it. False: it is not over. */
static bool read_alone(weir_ring *r, weir_worker *w) {
    weir_ring_worker *me = part_of(w);
    r->alone = true;
    me->ran = 0;
    me->began = weir_now_ns();
    do
        if (!r->read(w)) return false;
    while (weir_ring_left_over(w));
    r->alone = false;
    return true;
}

/* The READ goes on with others, unless w must stop. */
static weir_serial all_read(weir_ring *r, weir_worker *w) {
    if (!weir_ring_belongs(w) || part_of(w)->ran != UINT32_MAX) return stopped(w);
    hand_over(w);
    r->alone = false;
    r->step = WEIR_RING_READ;
    return WEIR_SERIAL_NEXT;
}

/* -- DATA -- */

bool weir_ring_data(weir_worker *w) {
    weir_ring *r = ring_of(w);
    weir_ring_worker *me = part_of(w);
    me->go = r->go;
    if (!weir_share_run(r->retire.share, w, &me->domains)) return false;
    hand_over(w); /* what became ready when a lost event was buried */
    return true;
}

/* What owners have not run who were not there; all, when nobody else was asked. */
static bool run_rest(weir_ring *r, weir_worker *w) {
    weir_ring_worker *me = part_of(w);
    unsigned top = weir_sched_top(w->sched);
    for (unsigned i = 0; i < top; i++) {
        weir_ring_worker *other = part_of(weir_sched_worker(w->sched, i));
        if (other != me) weir_share_adopt(r->retire.share, &me->domains, &other->domains, w->index);
    }
    return weir_share_run(r->retire.share, w, &me->domains);
}

static void deal(weir_ring *r, weir_sched *s, size_t wait) {
    uint32_t *lists[WEIR_WORKERS_MAX];
    for (unsigned i = 0; i < s->o.workers_max; i++)
        lists[i] = &((weir_ring_worker *)weir_sched_worker(s, i)->part)->domains;
    unsigned owners = weir_share_deal(r->retire.share, lists);
    r->go++;
    r->shares = true;
    if (owners > 1 && wait >= SHARED && weir_phases_members(&r->phases) > 1) r->step = WEIR_RING_DATA;
}

/* Those who were in this DATA. */
static void steal(weir_ring *r, weir_worker *w) {
    bool here[WEIR_WORKERS_MAX];
    unsigned top = weir_sched_top(w->sched);
    for (unsigned i = 0; i < top; i++)
        here[i] = ((weir_ring_worker *)weir_sched_worker(w->sched, i)->part)->go == r->go;
    weir_tally(&w->steals, weir_share_steal(r->retire.share, here, top));
}

/* -- serial -- */

/* What has come. */
static void take_in(weir_ring *r, weir_worker *w) {
    size_t wait;
    weir_retire_look_ahead(&r->retire, w->sched); /* before the drain: all that is below it has come by then */
    weir_sources_drain(w);
    if (weir_deps_drain(w)) r->sealed = true;
    if (!weir_retire_plan(&r->retire, w, &wait)) return;
    hand_over(w); /* another may be elected behind DATA */
    deal(r, w->sched, wait);
}

/* Data parts of domains beside each other. False: w must stop. */
static bool end_shares(weir_ring *r, weir_worker *w) {
    if (!run_rest(r, w)) return false;
    steal(r, w);
    r->shares = false;
    r->step = WEIR_RING_WRITE;
    return true;
}

/* Events retire. True: something happened. */
static bool note_edge(weir_ring *r, weir_worker *w) {
    bool did = r->seen != r->retire.gone + r->admitted;
    if (did) weir_sched_edge(w->sched, r->retire.horizon, r->retire.digest);
    r->seen = r->retire.gone + r->admitted;
    did = did || r->sealed;
    r->sealed = false;
    return did;
}

/* What can be read is counted; 0: nothing can. */
static size_t readable(weir_ring *r, weir_worker *w) {
    weir_ring_worker *me = part_of(w);
    size_t n = r->turn(w);
    if (!me->direct) me->direct = weir_ready_take(w);
    return n + (me->direct != NULL) + weir_ready_own(w);
}

static weir_serial serial(weir_ring *r, weir_worker *w) {
    if (r->alone && !read_alone(r, w)) return all_read(r, w);
    for (unsigned reads = 0;;) {
        if (!weir_worker_tick(w)) return stopped(w);
        if (!r->shares) {
            take_in(r, w);
            if (r->shares && r->step == WEIR_RING_DATA) return WEIR_SERIAL_NEXT;
        }
        if (r->shares && !end_shares(r, w)) return stopped(w);
        if (weir_retire_go(&r->retire, w, r->pass) != WEIR_RETIRED_ALL) return stopped(w);
        release_held(r, w);
        bool did = note_edge(r, w);
        size_t n = readable(r, w);
        if (did || n) r->searched = false;
        if (n && may_read_alone(r, n, reads++)) {
            if (!read_alone(r, w)) return all_read(r, w);
        } else if (n) {
            r->step = WEIR_RING_READ;
            return WEIR_SERIAL_NEXT;
        } else if (!did && !weir_retire_sees_further(&r->retire, w->sched) && !weir_retire_let_in(&r->retire, w) &&
                   !unlocks(r, w)) {
            set_due(r, w->sched);
            return WEIR_SERIAL_IDLE;
        }
    }
}

weir_serial weir_ring_serial(weir_worker *w) {
    weir_ring *r = ring_of(w);
    weir_a64_store(&r->phases.due, WEIR_FOREVER);
    part_of(w)->serial = true;
    weir_serial done = serial(r, w);
    if (done != WEIR_SERIAL_LOST) part_of(w)->serial = false; /* else its part may be another's */
    return done;
}

/* -- coming and going -- */

void weir_ring_stop(weir_worker *w) {
    if (!weir_ring_belongs(w)) return;
    hand_over(w); /* first: who is elected by the leave finds it */
    weir_phases_leave(&ring_of(w)->phases, w);
}

void weir_ring_lost(weir_sched *s, weir_worker *w) { weir_phases_lost(&ring_of(w)->phases, s, part_of(w)->serial); }

void weir_ring_join(weir_worker *w) {
    weir_ring_worker *me = part_of(w);
    weir_phases_join(&ring_of(w)->phases);
    me->member = true;
    me->serial = false;
}

void weir_ring_left(weir_worker *w) { part_of(w)->member = false; }

/* Do domains run beside each other? Who lets late events run out of order gets one order of all. */
static bool shares(const weir_sched_options *o) { return o->lookahead && o->domains > 1 && o->late != WEIR_LATE_RUN; }

static bool open_retire(weir_ring *r, weir_sched *s) {
    if (!weir_retire_open(&r->retire, s)) return false;
    if (!shares(&s->o) || (r->retire.share = weir_share_open(s))) return true;
    weir_retire_close(&r->retire);
    return false;
}

weir_sched_status weir_ring_open(weir_sched *s, weir_sched_error *error, weir_retire_pass *pass,
                                 size_t (*turn)(weir_worker *w), bool (*read)(weir_worker *w)) {
    weir_ring *r = s->part;
    weir_sched_status status = weir_ready_open(s, error);
    if (status) return status;
    if (!open_retire(r, s)) {
        weir_ready_close(s);
        return weir_sched_refuse(error, WEIR_SCHED_NOMEM, "no memory for a window of %u events", s->o.window);
    }
    weir_phases_open(&r->phases);
    for (unsigned i = 0; i < s->o.workers_max; i++)
        ((weir_ring_worker *)weir_sched_worker(s, i)->part)->domains = WEIR_SHARE_NONE;
    r->pass = pass;
    r->turn = turn;
    r->read = read;
    return WEIR_SCHED_OK;
}

void weir_ring_close(weir_sched *s) {
    weir_ring *r = s->part;
    weir_retire_close(&r->retire);
    weir_ready_close(s);
    free(r->held.items);
}
