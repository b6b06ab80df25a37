#include "stress/flow.h"

#include <stdlib.h>

#define LAST UINT64_MAX
enum { ROUND_NS = 30000000 };

/* -- what is chosen at random -- */

uint64_t flow_deadline(flow_member *me) {
    uint32_t dice = stress_random_below(me->random, 8);
    if (dice == 0) return 0;
    if (dice == 1) return weir_now_ns() - 1000;
    return weir_now_ns() + stress_random_below(me->random, dice < 6 ? 5000 : 200000);
}

uint64_t flow_start(stress_random *r) {
    static const uint64_t edges[] = {0, (uint64_t)1 << 28, (uint64_t)1 << 31, (uint64_t)1 << 32, (uint64_t)1 << 63};
    uint64_t edge = edges[stress_random_below(r, 5)];
    return edge ? edge - stress_random_below(r, 200) : 0 - (uint64_t)stress_random_below(r, 200);
}

/* One of the bits of `set`, which is not 0. */
static unsigned one_of(unsigned set, stress_random *r) {
    for (unsigned skip = stress_random_below(r, (uint32_t)__builtin_popcount(set)); skip > 0; skip--) set &= set - 1;
    return set & -set;
}

/* -- producers -- */

/* What is asked for is counted before a pop and what was not given after it, and the latter is read first; so what the
 * difference errs by makes it too large. */
static void check_capacity(flow *f, uint64_t accepted) {
    uint64_t ungiven = weir_a64_load_acquire(&f->ungiven), asked = weir_a64_load_acquire(&f->asked);
    if (accepted > f->capacity + asked - ungiven)
        stress_fail("overfilled: %lu items were accepted at capacity %lu when at most %lu could have been taken",
                    accepted, f->capacity, asked - ungiven);
}

static weir_status push(flow_member *me, const uint64_t *v, size_t n, size_t *moved) {
    flow *f = me->flow;
    me->way = (flow_way)one_of(f->ways, me->random);
    *moved = 0;
    weir_status st = f->calls->push(me, v, n, moved);
    watch_step(me->watched);
    if (f->counted && *moved) check_capacity(f, weir_a64_add_acq_rel(&f->accepted, *moved) + *moved);
    return st;
}

static void close_it(flow *f) {
    f->calls->close(f);
    weir_a32_store_release(&f->closed, 1); /* R1: pairs with A1 */
    stress_count("closes", 1);
}

/* Offers some values and books the answer. What was refused is offered again, or given up: then it must never come out. */
static weir_status offer(flow_member *me) {
    flow *f = me->flow;
    tally *t = &f->tally;
    unsigned p = me->index;
    uint64_t v[FLOW_BATCH];
    size_t moved, n = 1 + stress_random_below(me->random, f->batch);
    if (n > f->each - t->offered[p]) n = f->each - t->offered[p];
    for (size_t i = 0; i < n; i++) v[i] = tally_value(t, p, i);
    bool after_close = weir_a32_load_acquire(&f->closed); /* A1 */
    weir_status st = push(me, v, n, &moved);
    if (st == WEIR_OK && after_close) stress_fail("a push that began after close had returned was accepted");
    if (st == WEIR_OK) tally_answer(t, p, moved, WEIR_OK);
    else if (st == WEIR_CLOSED || stress_random_below(me->random, 4) == 0) tally_answer(t, p, 1, st);
    return st;
}

static void produce(flow_member *me) {
    flow *f = me->flow;
    uint64_t full = 0, timeouts = 0;
    weir_status st = WEIR_OK;
    for (unsigned turn = 1; st != WEIR_CLOSED && f->tally.offered[me->index] < f->each; turn++) {
        if (turn % 64 == 0 && weir_now_ns() > f->until_ns) break;
        st = offer(me);
        full += st == WEIR_AGAIN;
        timeouts += st == WEIR_TIMEOUT;
        if (st == WEIR_AGAIN) weir_yield();
        if (f->ending == FLOW_CUT && me->index == 0 && f->tally.offered[0] >= f->cut_after &&
            !weir_a32_load(&f->closed))
            close_it(f);
    }
    stress_count("times full", full);
    if (timeouts) stress_count("timeouts", timeouts);
}

/* The last producer out ends the round. */
static void end_pushing(flow_member *me) {
    flow *f = me->flow;
    const uint64_t last = LAST;
    size_t moved;
    if (weir_a32_sub_acq_rel(&f->producing, 1) != 1) return; /* R2, A2: what the others pushed is in */
    for (unsigned c = 0; f->ending == FLOW_LAST && c < f->tally.consumers;) {
        weir_status st = push(me, &last, 1, &moved);
        c += st == WEIR_OK;
        if (st == WEIR_AGAIN) weir_yield();
    }
    if (f->ending & (FLOW_CLOSE | FLOW_CUT)) close_it(f);
    weir_a32_store_release(&f->done, 1); /* R3: pairs with A3 */
}

/* -- consumers -- */

static weir_status pop(flow_member *me, uint64_t *v, size_t *moved) {
    flow *f = me->flow;
    bool alone = f->ending != FLOW_LAST || f->tally.consumers == 1; /* nobody else waits for a last item in the batch */
    size_t n = alone ? 1 + stress_random_below(me->random, f->batch) : 1;
    me->way = (flow_way)one_of(f->ways, me->random);
    *moved = 0;
    if (f->counted) weir_a64_add_acq_rel(&f->asked, n);
    weir_status st = f->calls->pop(me, v, n, moved);
    if (f->counted) weir_a64_add_release(&f->ungiven, n - *moved);
    watch_step(me->watched);
    return st;
}

/* Books what came. True: it was the last item. */
static bool book(flow_member *me, const uint64_t *v, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (v[i] == LAST) return true;
        if (!tally_got(&me->flow->tally, me->index, v[i])) {
            stress_fail("invented: consumer %u got more items than anybody offered", me->index);
            return true;
        }
    }
    return false;
}

static void consume(flow_member *me) {
    flow *f = me->flow;
    uint64_t v[FLOW_BATCH], empty = 0, timeouts = 0;
    for (size_t n;;) {
        bool done = weir_a32_load_acquire(&f->done); /* A3 */
        weir_status st = pop(me, v, &n);
        empty += st == WEIR_AGAIN;
        timeouts += st == WEIR_TIMEOUT;
        if (st == WEIR_OK && book(me, v, n)) break;
        if (st == WEIR_CLOSED || (st != WEIR_OK && done && f->ending == FLOW_DRAIN)) break;
        if (st == WEIR_AGAIN) weir_yield();
    }
    size_t more;
    if (f->ending & (FLOW_CLOSE | FLOW_CUT)) {
        weir_status st = pop(me, v, &more);
        if (st == WEIR_OK) stress_fail("CLOSED is not final: consumer %u popped after it", me->index);
    }
    stress_count("times empty", empty);
    if (timeouts) stress_count("timeouts", timeouts);
}

/* -- rounds -- */

static void prepare(rounds *all) {
    flow *f = all->arg;
    stress_random *r = &all->random;
    const flow_plan *plan = f->plan;
    f->ending = (flow_ending)one_of(plan->endings, r);
    unsigned ways = f->ending == FLOW_DRAIN ? plan->ways & (FLOW_TRY | FLOW_TIMED) : plan->ways;
    f->ways = stress_random_below(r, 2) ? ways : one_of(ways, r);
    f->batch = stress_random_below(r, 2) ? plan->batch : 1;
    f->each = 1 + stress_random_below(r, stress_random_below(r, 2) && plan->each > 64 ? 64 : plan->each);
    f->cut_after = stress_random_below(r, f->each);
    f->until_ns = weir_now_ns() + ROUND_NS;
    weir_a32_store(&f->producing, f->tally.producers);
    weir_a32_store(&f->closed, 0);
    weir_a32_store(&f->done, 0);
    f->counted = stress_random_below(r, 2);
    weir_a64_store(&f->accepted, 0);
    weir_a64_store(&f->asked, 0);
    weir_a64_store(&f->ungiven, 0);
    tally_next(&f->tally);
    f->calls->make(f, r);
}

static void judge(rounds *all) {
    flow *f = all->arg;
    uint64_t n = tally_accepted(&f->tally);
    stress_count("items", n);
    if (f->start + n < f->start) stress_count("wrapped", 1);
    if (!stress_failed() && tally_check(&f->tally)) f->calls->rest(f, f->ending & (FLOW_CLOSE | FLOW_CUT));
    if (stress_failed())
        stress_say("round: %up%uc, capacity %lu, first number %#lx, ways %u, batches up to %u, ending %u",
                   f->tally.producers, f->tally.consumers, f->capacity, f->start, f->ways, f->batch,
                   (unsigned)f->ending);
    f->calls->unmake(f);
}

static void begin(rounds_member *m) {
    flow *f = m->arg;
    bool producer = m->index < f->tally.producers;
    f->members[m->index] = (flow_member){.watched = m->watched,
                                         .flow = f,
                                         .random = m->random,
                                         .index = producer ? m->index : m->index - f->tally.producers};
    if (f->calls->thread) f->calls->thread(&f->members[m->index]);
}

static void work(rounds_member *m) {
    flow *f = m->arg;
    flow_member *me = &f->members[m->index];
    if (m->index < f->tally.producers) {
        watch_doing(m->watched, "pushing");
        produce(me);
        end_pushing(me);
    } else {
        watch_doing(m->watched, "popping");
        consume(me);
    }
}

/* -- shapes -- */

typedef struct shape {
    unsigned producers, consumers;
} shape;

static unsigned at_most(unsigned n) { return n < TALLY_SIDE ? n ? n : 1 : TALLY_SIDE; }

static void ignore(int sig) { (void)sig; }

/* False: hung. */
static bool run_shape(shape s, double seconds, uint64_t seed, const flow_calls *calls, const flow_plan *plan) {
    const rounds_plan whole = {prepare, work, judge, begin, plan->signals ? ignore : NULL};
    flow *f = rounds_alloc(sizeof *f);
    *f = (flow){.calls = calls, .plan = plan};
    tally_init(&f->tally, s.producers, s.consumers);
    if (!rounds_run(s.producers + s.consumers, seconds, seed, &whole, f)) return false;
    for (unsigned i = 0; i < s.producers + s.consumers; i++) free(f->members[i].own);
    tally_free(&f->tally);
    free(f);
    return true;
}

stress_verdict flow_run(const stress_request *request, const flow_calls *calls, const flow_plan *plan) {
    unsigned cpus = rounds_processors();
    shape shapes[] = {{1, 1},
                      {at_most(cpus / 2), at_most(cpus / 2)},
                      {at_most(cpus), at_most(cpus)},
                      {at_most(2 * cpus), at_most(2 * cpus)},
                      {8, 1},
                      {1, 8}};
    unsigned count = plan->pair ? 1 : sizeof shapes / sizeof *shapes;
    stress_random r = stress_random_begin(request->seed, 0);
    for (unsigned left = count; left > 0 && !stress_failed(); left--) {
        unsigned i = stress_random_below(&r, left);
        shape s = shapes[i];
        shapes[i] = shapes[left - 1];
        double slice = (request->seconds - stress_elapsed()) / left;
        if (!run_shape(s, slice > 0.01 ? slice : 0.01, stress_random_next(&r), calls, plan)) break;
        stress_progress(1 - (left - 1.0) / count);
    }
    return stress_failed() ? STRESS_VIOLATION : STRESS_PASS;
}
