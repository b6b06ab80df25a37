/* What a handler may do. */
#include "sched/deps_p.h"
#include "sched/digest_p.h"
#include "sched/pool_p.h"

#include <stdlib.h>

weir_sched *weir_turn_sched(const weir_turn *turn) { return turn->worker->sched; }
uint64_t weir_turn_now(const weir_turn *turn) { return turn->key; }
unsigned weir_turn_worker(const weir_turn *turn) { return turn->worker->index; }

bool weir_turn_alone(const weir_turn *turn) {
    weir_worker *w = turn->worker;
    if (w->sched->class->order || weir_a32_load(&w->status) != WEIR_WORKER_WORKS) return false;
    return !weir_aptr_load(&w->sched->arrivals) && !((weir_pool *)w->sched->part)->some(w);
}

void weir_turn_digest(weir_turn *turn, uint64_t word) { turn->digest = weir_digest_mix(turn->digest, word); }

/* The least key that a child may have. */
static uint64_t least_key(const weir_turn *turn, const weir_event *e) {
    uint64_t ahead = e->domain == turn->domain ? 0 : turn->worker->sched->o.lookahead;
    return turn->key + ahead < turn->key ? WEIR_KEY_NONE - 1 : turn->key + ahead;
}

static weir_sched_status child_late(weir_worker *w, uint64_t least, weir_event *e) {
    weir_sched *s = w->sched;
    if (s->o.late == WEIR_LATE_REJECT) return WEIR_SCHED_LATE;
    weir_tally(&w->late, 1);
    if (s->o.late == WEIR_LATE_HOLD) e->key = least;
    else weir_a32_store(&s->late_ran, 1);
    return WEIR_SCHED_OK;
}

weir_sched_status weir_sched_submit(weir_turn *turn, weir_event *e) {
    weir_worker *w = turn->worker;
    weir_sched *s = w->sched;
    bool order = s->class->order;
    if (WEIR_UNLIKELY(weir_a32_load(&w->status) != WEIR_WORKER_WORKS) && !weir_worker_may_submit(w))
        return WEIR_SCHED_CLOSED;
    weir_sched_status status = weir_event_check(s, e);
    if (WEIR_UNLIKELY(status)) return status;
    uint64_t least = least_key(turn, e);
    if (WEIR_UNLIKELY(order && e->key < least) && (status = child_late(w, least, e))) return status;
    e->rank[0] = order && turn->made ? (uint64_t)(uintptr_t)turn->made : WEIR_RANK_CHILD;
    e->rank[1] = turn->children;
    e->next = NULL;
    if ((status = weir_deps_enter(s, e))) return status;
    turn->children++;
    weir_a32_store(&e->state, WEIR_EVENT_PENDING); /* relaxed: published with the event */
    weir_tally(&w->submitted, 1);
    if (order) turn->made = e;
    else s->class->admit(w, e);
    return WEIR_SCHED_OK;
}

/* -- copies -- */

typedef struct posted {
    weir_event event;
    void *arg;
} posted;

static void posted_end(weir_event *e, weir_sched_status status) {
    (void)status;
    free(e);
}

weir_sched_status weir_sched_post(weir_turn *turn, uint64_t key, weir_event_fn *run, void *arg) {
    posted *p = malloc(sizeof *p);
    if (!p) return WEIR_SCHED_NOMEM;
    *p = (posted){.event = {.key = key, .run = run, .end = posted_end}, .arg = arg};
    weir_sched_status status = weir_sched_submit(turn, &p->event);
    if (status) free(p);
    return status;
}

void *weir_posted_arg(const weir_event *e) { return ((const posted *)e)->arg; }
