/* pool.lock - one queue with a mutex, whose workers sleep when it is empty: the baseline. Contract: sched/sched.h.
 * Progress         Blocking. */
#include <pthread.h>

#include "sched/deps_p.h"
#include "sched/due_p.h"
#include "sched/pool_p.h"

typedef struct part {
    weir_pool pool;
    pthread_mutex_t mutex; /* guards the queue */
    weir_event *first, **last;
} part;

static bool some(weir_worker *w) {
    part *p = w->sched->part;
    pthread_mutex_lock(&p->mutex);
    bool any = p->first;
    pthread_mutex_unlock(&p->mutex);
    return any;
}

static weir_sched_status lock_open(weir_sched *s, weir_sched_error *error) {
    part *p = s->part;
    p->last = &p->first;
    if (pthread_mutex_init(&p->mutex, NULL)) return weir_sched_refuse(error, WEIR_SCHED_NOMEM, "no mutex");
    weir_sched_status st = weir_pool_open(s, error, some);
    if (st) pthread_mutex_destroy(&p->mutex);
    return st;
}

static weir_event *take(weir_worker *w) {
    part *p = w->sched->part;
    pthread_mutex_lock(&p->mutex);
    weir_event *e = p->first;
    if (e && !(p->first = e->next)) p->last = &p->first;
    pthread_mutex_unlock(&p->mutex);
    return e;
}

static void lock_close(weir_sched *s) {
    part *p = s->part;
    weir_pool_close(s, take);
    pthread_mutex_destroy(&p->mutex);
}

static void lock_ready(weir_worker *w, weir_event *e) {
    part *p = w->sched->part;
    if (weir_due_holds(w->sched, e)) return;
    e->next = NULL;
    pthread_mutex_lock(&p->mutex);
    *p->last = e;
    p->last = &e->next;
    pthread_mutex_unlock(&p->mutex);
    weir_bell_hint(&w->sched->idle, 1);
}

/* Every so often a worker looks at what sources have brought, though there is something to do. */
static void lock_work(weir_worker *w) {
    weir_pool_begin(w);
    for (unsigned turn = 1; weir_worker_tick(w); turn++) {
        if (turn % WEIR_POOL_FAIR == 0 && weir_aptr_load(&w->sched->arrivals)) weir_sources_drain(w);
        weir_event *e = take(w);
        if (!(e ? weir_pool_run(w, e) : weir_pool_idle(w))) return;
    }
}

const weir_sched_class weir_pool_lock = {
    .name = "lock",
    .size = sizeof(part),
    .worker_size = sizeof(weir_pool_worker),
    .open = lock_open,
    .close = lock_close,
    .admit = weir_pool_admit,
    .ready = lock_ready,
    .work = lock_work,
    .lost = weir_pool_lost,
};
