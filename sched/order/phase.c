/* order.phase - the sort-phase ring as it was first described: the slow control, for its figures only. Four phases,
 * four barriers: all READ, all WRITE, one SORTs the whole ring, one runs the data parts in order. Contract:
 * sched/sched.h.
 *
 * READ is a scan of the ring from its tail, for events that nobody has claimed and whose dependencies are over.
 * Whenever an event completes, all readers go back to the tail and scan again: n completions of n events are n * n
 * looks. The flag of the first description lost resets; here it is a counter of completions, compared with the one last
 * seen. Left as described: the whole ring is sorted, not only what is new; claims are by CAS, for scans overlap.
 *
 * Progress         Blocking: a worker that stops in a handler holds up all of them.
 * Source           The sort-phase ring as first described. */
#include "sched/order/ring_p.h"

#include "sched/deps_p.h"

#include <stdlib.h>

enum { READ, WRITE, SORT, DATA, PHASES };

typedef struct part {
    weir_ring ring;
    unsigned phase;   /* one of the above; written in serial parts */
    weir_aptr *slots; /* weir_event; NULL: it has been claimed. In the order of keys, n of them */
    weir_sort_item *items, *scratch;
    size_t n, capacity;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 completions;
} part;

typedef struct worker_part {
    weir_ring_worker ring;
    weir_batch made; /* submitted, not written yet */
} worker_part;

static void pass(weir_worker *w, weir_event *e) {
    part *p = w->sched->part;
    worker_part *me = w->part;
    if (!weir_retire_refuses(&p->ring.retire, w, e)) weir_batch_add(w, &me->made, e);
}

static void ready(weir_worker *w, weir_event *e) {
    (void)w;
    weir_a32_store_release(&e->unmet, 0); /* pairs with the load in claimable(): a scan will find it */
    if (e->run || !e->data) return;
    e->next = NULL;
    weir_a32_store_release(&e->state, WEIR_EVENT_RAN); /* pairs with the load in weir_retire_go */
}

/* -- READ -- */

static bool claimable(const part *p, const weir_event *e) {
    return e->key < p->ring.retire.horizon && !weir_a32_load_acquire(&e->unmet) &&
           weir_a32_load(&e->state) == WEIR_EVENT_PENDING;
}

static bool claim(part *p, size_t at, weir_event *e) {
    uint32_t state = WEIR_EVENT_PENDING;
    if (!claimable(p, e) || !weir_a32_cas_acquire(&e->state, &state, WEIR_EVENT_CLAIMED)) return false;
    weir_aptr_store(&p->slots[at], NULL); /* relaxed: the state says the same */
    return true;
}

/* Until a whole scan has found nothing to claim, and nothing has completed meanwhile. False: w must stop. */
static bool scan(weir_worker *w) {
    part *p = w->sched->part;
    uint64_t seen = weir_a64_load_acquire(&p->completions);
    for (size_t at = 0; at < p->n; at++) {
        weir_event *e = weir_aptr_load(&p->slots[at]);
        if (e && claim(p, at, e)) {
            if (!weir_worker_run(w, e)) return false;
            weir_retire_ran(w, e, pass);
            weir_a64_add_release(&p->completions, 1); /* pairs with the loads here */
            if (!weir_worker_tick(w)) return false;
        }
        uint64_t completions = weir_a64_load_acquire(&p->completions);
        if (completions == seen) continue;
        seen = completions;
        at = (size_t)-1; /* from the tail again */
    }
    return weir_worker_tick(w);
}

static bool any_claimable(const part *p) {
    for (size_t at = 0; at < p->n; at++) {
        const weir_event *e = weir_aptr_load(&p->slots[at]);
        if (e && claimable(p, e)) return true;
    }
    return false;
}

/* -- WRITE and SORT, each by one: the room is shared -- */

static bool grow(part *p, size_t want) {
    if (want <= p->capacity) return true;
    size_t capacity = want > 2 * p->capacity ? want : 2 * p->capacity;
    void *slots = realloc(p->slots, capacity * sizeof *p->slots);
    if (slots) p->slots = slots;
    void *items = realloc(p->items, capacity * sizeof *p->items);
    if (items) p->items = items;
    void *scratch = realloc(p->scratch, capacity * sizeof *p->scratch);
    if (scratch) p->scratch = scratch;
    if (!slots || !items || !scratch) return false;
    p->capacity = capacity;
    return true;
}

/* Others, which only have a data part, will be RAN when their dependencies have ended. */
static bool must_be_claimed(const weir_event *e) { return e->run || !e->data; }

/* Of all workers, those who left too. What has to run goes to the end of the ring. */
static void append_all(weir_worker *w, part *p) {
    unsigned top = weir_sched_top(w->sched);
    for (unsigned i = 0; i < top; i++) {
        weir_batch *made = &((worker_part *)weir_sched_worker(w->sched, i)->part)->made;
        while (!grow(p, p->n + made->n)) weir_yield();
        for (size_t k = 0; k < made->n; k++)
            if (must_be_claimed(made->events[k])) weir_aptr_store(&p->slots[p->n++], made->events[k]);
        for (size_t k = 0; k < made->n; k++) weir_deps_resolve(w, made->events[k]);
        made->n = 0;
    }
}

/* What has been claimed goes, all else is sorted anew. */
static void sort_all(weir_worker *w, part *p) {
    size_t n = 0;
    for (size_t at = 0; at < p->n; at++) {
        weir_event *e = weir_aptr_load(&p->slots[at]);
        if (e && weir_a32_load(&e->state) == WEIR_EVENT_PENDING) p->items[n++] = (weir_sort_item){e->key, (uintptr_t)e};
    }
    w->sched->sort(p->items, 0, n, p->scratch);
    for (size_t at = 0; at < n; at++) weir_aptr_store(&p->slots[at], weir_handle_event(p->items[at]));
    p->n = n;
}

/* e ends without having run. */
static void forget(weir_worker *w, const weir_event *e) {
    part *p = w->sched->part;
    for (size_t at = 0; at < p->n; at++)
        if (weir_aptr_load(&p->slots[at]) == e) weir_aptr_store(&p->slots[at], NULL);
}

static size_t turn(weir_worker *w) {
    part *p = w->sched->part;
    size_t before = p->n;
    append_all(w, p);
    if (p->n > before) sort_all(w, p);
    return any_claimable(p);
}

/* -- the serial part of each phase -- */

static weir_serial serial(weir_worker *w) {
    part *p = w->sched->part;
    weir_serial done = WEIR_SERIAL_NEXT;
    if (p->phase == READ && any_claimable(p)) return WEIR_SERIAL_MORE;
    if (p->phase == WRITE) append_all(w, p);
    if (p->phase == SORT) sort_all(w, p);
    if (p->phase == DATA) done = weir_ring_serial(w);
    if (done != WEIR_SERIAL_NEXT) return done;
    bool again = p->phase == DATA && p->ring.step == WEIR_RING_DATA; /* others have their part in it */
    if (!again) p->phase = (p->phase + 1) % PHASES;
    return WEIR_SERIAL_NEXT;
}

/* Its share of the phase. False: w must stop. */
static bool share(weir_worker *w) {
    const part *p = w->sched->part;
    if (p->phase == READ) return scan(w);
    return p->phase != DATA || p->ring.step != WEIR_RING_DATA || weir_ring_data(w);
}

static void work(weir_worker *w) {
    part *p = w->sched->part;
    weir_ring_join(w);
    do
        if (!share(w)) {
            weir_ring_stop(w);
            break;
        }
    while (weir_phases_meet(&p->ring.phases, w, serial) != WEIR_MET_LEFT);
    weir_ring_left(w);
}

static weir_sched_status phase_open(weir_sched *s, weir_sched_error *error) {
    part *p = s->part;
    weir_sched_status status = weir_ring_open(s, error, pass, turn, NULL);
    p->ring.retire.forget = forget;
    return status;
}

static void phase_close(weir_sched *s) {
    part *p = s->part;
    weir_ring_close(s);
    free(p->slots);
    free(p->items);
    free(p->scratch);
    for (unsigned i = 0; i < s->o.workers_max; i++)
        weir_batch_free(&((worker_part *)weir_sched_worker(s, i)->part)->made);
}

const weir_sched_class weir_order_phase = {
    .name = "phase",
    .order = true,
    .size = sizeof(part),
    .worker_size = sizeof(worker_part),
    .open = phase_open,
    .close = phase_close,
    .admit = weir_ring_admit,
    .ready = ready,
    .work = work,
    .lost = weir_ring_lost,
};
