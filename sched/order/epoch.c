/* order.epoch - the sort-phase ring, repaired: all read, all write, one sorts what is new and runs the data parts in
 * order. Two barriers an epoch: behind READ, where the room is made for what has been submitted, and behind WRITE,
 * where the one that is elected sorts. Contract: sched/sched.h.
 *
 * Repaired against its first description: handles are sorted, and only the new ones; completion is counted, not scanned
 * for; nobody blocks to write, for what a handler submits stays with its worker until WRITE; children take their place
 * when their parent retires; workers come and go.
 *
 * Progress         Blocking: a worker that stops in a handler holds up all of them.
 * Source           The sort-phase ring as first described. */
#include "sched/order/ring_p.h"

#include <string.h>

typedef struct part {
    weir_ring ring;
    weir_batch reads;                             /* what this epoch reads; in WRITE, what the next one will */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 taken; /* places in it given to writers */
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

/* -- READ -- */

static bool read_all(weir_worker *w) {
    part *p = w->sched->part;
    return weir_ring_read(w, &p->reads) && weir_ring_run_ready(w);
}

static bool read_alone(weir_worker *w) {
    part *p = w->sched->part;
    if (!read_all(w)) return false;
    weir_batch_clear(&p->reads);
    return true;
}

/* All has been read: room for what was submitted. */
static weir_serial make_room(weir_worker *w) {
    part *p = w->sched->part;
    if (weir_ring_left_over(w)) return WEIR_SERIAL_MORE;
    size_t n = 0;
    unsigned top = weir_sched_top(w->sched);
    for (unsigned i = 0; i < top; i++) n += ((worker_part *)weir_sched_worker(w->sched, i)->part)->made.n;
    weir_batch_clear(&p->reads);
    weir_batch_reserve_all(w, &p->reads, n);
    p->ring.step = WEIR_RING_WRITE;
    return WEIR_SERIAL_NEXT;
}

/* -- WRITE -- */

/* What there is no room for stays for the turn: who stopped within the serial part left it in this place, not counted. So does all
 * when that was in the middle of a READ by one: its events are still there. */
static void write_own(weir_worker *w) {
    part *p = w->sched->part;
    weir_batch *made = &((worker_part *)w->part)->made;
    if (!made->n || p->ring.alone) return;
    uint64_t at = weir_a64_load(&p->taken); /* relaxed: the phases order all else */
    do
        if (p->reads.capacity - at < made->n) return;
    while (!weir_a64_cas_weak(&p->taken, &at, at + made->n));
    memcpy(p->reads.events + at, made->events, made->n * sizeof *made->events);
    made->n = 0;
}

/* What the serial part itself submits, and what those who left had not written. */
static size_t turn(weir_worker *w) {
    part *p = w->sched->part;
    unsigned top = weir_sched_top(w->sched);
    p->reads.n += weir_a64_xchg(&p->taken, 0);
    for (unsigned i = 0; i < top; i++) {
        weir_batch *made = &((worker_part *)weir_sched_worker(w->sched, i)->part)->made;
        for (size_t k = 0; k < made->n; k++) weir_batch_add(w, &p->reads, made->events[k]);
        made->n = 0;
    }
    return p->reads.n;
}

/* -- all -- */

/* Its share of the phase. False: w must stop. */
static bool share(weir_worker *w, weir_ring_step step) {
    if (step == WEIR_RING_READ) return read_all(w);
    if (step == WEIR_RING_DATA) return weir_ring_data(w);
    write_own(w);
    return true;
}

static void work(weir_worker *w) {
    weir_ring *r = w->sched->part;
    weir_met met;
    weir_ring_join(w);
    do {
        weir_ring_step step = r->step;
        if (!share(w, step)) {
            weir_ring_stop(w);
            break;
        }
        met = weir_phases_meet(&r->phases, w, step == WEIR_RING_READ ? make_room : weir_ring_serial);
    } while (met != WEIR_MET_LEFT);
    weir_ring_left(w);
}

static weir_sched_status epoch_open(weir_sched *s, weir_sched_error *error) {
    return weir_ring_open(s, error, pass, turn, read_alone);
}

static void epoch_close(weir_sched *s) {
    part *p = s->part;
    weir_ring_close(s);
    weir_batch_free(&p->reads);
    for (unsigned i = 0; i < s->o.workers_max; i++)
        weir_batch_free(&((worker_part *)weir_sched_worker(s, i)->part)->made);
}

const weir_sched_class weir_order_epoch = {
    .name = "epoch",
    .order = true,
    .size = sizeof(part),
    .worker_size = sizeof(worker_part),
    .open = epoch_open,
    .close = epoch_close,
    .admit = weir_ring_admit,
    .ready = weir_ring_ready,
    .work = work,
    .lost = weir_ring_lost,
};
