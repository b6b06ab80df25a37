/* order.double - the sort-phase ring with two buffers: what is submitted while this epoch is read goes straight to what
 * the next one reads. One barrier an epoch: READ by all, then order and data parts by one. Contract: sched/sched.h.
 *
 * Each worker writes a batch of its own, and reads it first: what it has made is in its cache.
 *
 * Progress         Blocking: a worker that stops in a handler holds up all of them.
 * Source           The sort-phase ring; double buffering. */
#include "sched/order/ring_p.h"

typedef struct part {
    weir_ring ring;
    unsigned reads; /* which of the two batches of each worker */
} part;

typedef struct worker_part {
    weir_ring_worker ring;
    weir_batch batch[2];
} worker_part;

static void pass(weir_worker *w, weir_event *e) {
    part *p = w->sched->part;
    worker_part *me = w->part;
    if (!weir_retire_refuses(&p->ring.retire, w, e)) weir_batch_add(w, &me->batch[!p->reads], e);
}

/* The batches change places. */
static size_t turn(weir_worker *w) {
    part *p = w->sched->part;
    unsigned top = weir_sched_top(w->sched);
    size_t came = 0;
    for (unsigned i = 0; i < top; i++) {
        worker_part *of = weir_sched_worker(w->sched, i)->part;
        weir_batch_clear(&of->batch[p->reads]);
        came += of->batch[!p->reads].n;
    }
    p->reads = !p->reads;
    return came;
}

static bool read_all(weir_worker *w) {
    part *p = w->sched->part;
    unsigned top = weir_sched_top(w->sched);
    for (unsigned i = 0; i < top; i++) {
        worker_part *of = weir_sched_worker(w->sched, (w->index + i) % top)->part;
        if (!weir_ring_read(w, &of->batch[p->reads])) return false;
    }
    return weir_ring_run_ready(w);
}

static weir_serial serial(weir_worker *w) {
    const part *p = w->sched->part;
    bool reads = p->ring.step != WEIR_RING_DATA;
    return reads && weir_ring_left_over(w) ? WEIR_SERIAL_MORE : weir_ring_serial(w);
}

static void work(weir_worker *w) {
    weir_ring *r = w->sched->part;
    weir_ring_join(w);
    do
        if (!(r->step == WEIR_RING_DATA ? weir_ring_data(w) : read_all(w))) {
            weir_ring_stop(w);
            break;
        }
    while (weir_phases_meet(&r->phases, w, serial) != WEIR_MET_LEFT);
    weir_ring_left(w);
}

static weir_sched_status double_open(weir_sched *s, weir_sched_error *error) {
    return weir_ring_open(s, error, pass, turn, read_all);
}

static void double_close(weir_sched *s) {
    weir_ring_close(s);
    for (unsigned i = 0; i < s->o.workers_max; i++) {
        worker_part *of = weir_sched_worker(s, i)->part;
        weir_batch_free(&of->batch[0]);
        weir_batch_free(&of->batch[1]);
    }
}

const weir_sched_class weir_order_double = {
    .name = "double",
    .order = true,
    .size = sizeof(part),
    .worker_size = sizeof(worker_part),
    .open = double_open,
    .close = double_close,
    .admit = weir_ring_admit,
    .ready = weir_ring_ready,
    .work = work,
    .lost = weir_ring_lost,
};
