#include "stress/sched_run.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "prims/wait.h"

static plan_unit *unit_of(weir_event *e) { return (plan_unit *)e; }

void run_wrong(run *r, const char *law, ...) {
    va_list ap;
    if (weir_a32_add(&r->wrongs, 1)) return;
    va_start(ap, law);
    vsnprintf(r->said, sizeof r->said, law, ap);
    va_end(ap);
    if (!r->how.single) stress_fail("%s", r->said);
}

bool run_failed(const run *r) { return weir_a32_load(&r->wrongs); }

/* -- parts --------------------------------------------------------------------------------------------------------------- */

static void linger(const run *r, const plan_unit *u) {
    unsigned n = r->how.spin ? (unsigned)(plan_mix(u->id + 7) % r->how.spin) : 0;
    for (unsigned i = 0; i < n; i++) weir_pause();
    if (n % 7 == 1) weir_yield();
}

static bool may_try_again(const run *r, weir_sched_status st) { return r->how.refused && st == WEIR_SCHED_NOMEM; }

static void make_children(run *r, weir_turn *turn, const plan_unit *u, unsigned from, unsigned to) {
    for (unsigned c = from; c < to; c++) {
        plan_unit *child = &r->plan->unit[u->id + 1 + c];
        weir_sched_status st = weir_sched_submit(turn, &child->event);
        if (may_try_again(r, st)) st = weir_sched_submit(turn, &child->event);
        child->submitted += !st;
        if (st && !(st == WEIR_SCHED_CLOSED && r->how.cut))
            run_wrong(r, "child %u of event %u is refused: %s", child->id, u->id, weir_sched_status_text(st));
    }
}

/* The first part looks at all that it awaits; the last one says that it is over. */
static void begin(run *r, plan_unit *u) {
    uint64_t sum = 0;
    u->started = weir_a64_add(&r->clock, 1) + 1;
    for (unsigned i = 0; i < u->nawaits; i++) sum += r->plan->unit[u->awaits[i]].got;
    linger(r, u);
    u->got = plan_mix(sum + u->id + 1);
}

static void finish(run *r, plan_unit *u) { u->over = weir_a64_add(&r->clock, 1) + 1; }

static void leave_now_and_then(const run *r, weir_turn *turn) {
    if (r->how.restless && plan_mix(weir_a64_load(&r->clock)) % 64 == 0)
        weir_sched_leave(weir_turn_sched(turn), WEIR_NO_WORKER);
}

/* Says by which worker. When it goes on its worker has been dead for long, and the event is not its any more. */
static void stop(run *r, const weir_turn *turn) {
    weir_a32_store_release(&r->stopped, 1 + weir_turn_worker(turn));
    while (!weir_a32_load_acquire(&r->goes_on)) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void die(run *r, const weir_turn *turn) {
    weir_a32_store_release(&r->stopped, 1 + weir_turn_worker(turn));
    pthread_exit(NULL);
}

/* The event is not this handler's any more, though it has not returned. */
static void come_back(run *r, const weir_turn *turn) {
    weir_sched_status st = weir_sched_lost(weir_turn_sched(turn), weir_turn_worker(turn));
    if (st) run_wrong(r, "declaring a worker lost answers '%s'", weir_sched_status_text(st));
}

static void run_part(weir_turn *turn, weir_event *e) {
    plan_unit *u = unit_of(e);
    run *r = u->run;
    if (weir_a32_add(&u->runs, 1)) {
        run_wrong(r, "the run part of event %u runs once more", u->id);
        return;
    }
    if (u->id + 1 == r->how.stops) {
        if (r->how.comes_back) come_back(r, turn);
        else if (r->how.dies) die(r, turn);
        else stop(r, turn);
        return;
    }
    begin(r, u);
    if (weir_turn_now(turn) != e->key)
        run_wrong(r, "event %u, of key %lu, runs at %lu", u->id, e->key, weir_turn_now(turn));
    make_children(r, turn, u, 0, u->in_run);
    leave_now_and_then(r, turn);
    finish(r, u);
}

static void data_part(weir_turn *turn, weir_event *e) {
    plan_unit *u = unit_of(e);
    run *r = u->run;
    uint64_t *state = &r->log.state[e->domain];
    if (weir_a32_add(&r->inside[e->domain], 1)) run_wrong(r, "two data parts of domain %u at once", e->domain);
    weir_a32_add(&u->datas, 1);
    if (!e->run) begin(r, u);
    else if (!u->over) run_wrong(r, "the data part of event %u begins before its run part is over", u->id);
    if (r->how.total && !r->how.options.lookahead) r->log.data[r->log.n++] = u->id;
    *state = r->how.total ? plan_mix(*state + u->got) : *state + u->got;
    weir_turn_digest(turn, u->got);
    make_children(r, turn, u, u->in_run, u->children);
    weir_a32_sub(&r->inside[e->domain], 1); /* relaxed: it is the scheduler that must keep them apart */
    finish(r, u);
}

/* From here on the memory is ours: whoever still goes by it comes to nowhere. */
static void end(weir_event *e, weir_sched_status status) {
    plan_unit *u = unit_of(e);
    u->status = status;
    memset(u->dep, 0xdb, sizeof u->dep);
    memset(&e->next, 0xdb, sizeof e->next);
    weir_a32_add_release(&u->ends, 1);
}

/* -- sources ------------------------------------------------------------------------------------------------------------- */

static void seal_behind(run *r, unsigned unit) {
    for (unsigned j = 0; j < r->plan->joins; j++)
        if (r->plan->join_last[j] == unit) weir_join_seal(r->sched, &r->plan->join[j]);
}

/* The next that the group has to submit, of this stream or of any; NULL: none. */
static plan_unit *next_of(run *r, unsigned group, unsigned from) {
    for (unsigned i = from; i < r->plan->n; i++)
        if (r->plan->unit[i].group == group && r->plan->unit[i].parent == i) return &r->plan->unit[i];
    return NULL;
}

static weir_event *pull(weir_source *source, void *arg) {
    run *r = ((plan_unit *)arg)->run;
    unsigned g = ((plan_unit *)arg)->group;
    if (!weir_a32_load_acquire(&r->begun)) return NULL;
    weir_yield();
    plan_unit *u = next_of(r, g, r->next[g]);
    if (r->next[g]) seal_behind(r, r->next[g] - 1);
    if (u) {
        if (u->id % 3 == 0 || r->how.limit) weir_source_promise(source, u->event.key);
        r->next[g] = u->id + 1;
        return &u->event;
    }
    weir_source_close(source);
    weir_a32_sub_release(&r->groups_left, 1);
    return NULL;
}

static unsigned streams(const run *r) { return r->plan->shape.serial ? 1 : PLAN_STREAMS; } /* of a group */

static bool open_source(run *r, unsigned stream, const weir_source_options *options) {
    weir_sched_status st = weir_source_open(r->sched, stream, options, &r->source[stream]);
    if (may_try_again(r, st)) st = weir_source_open(r->sched, stream, options, &r->source[stream]);
    if (st) run_wrong(r, "a source is refused: %s", weir_sched_status_text(st));
    return !st;
}

static void open_sources(run *r, unsigned group) {
    weir_source_options options = {.limit = r->how.limit};
    plan_unit *first = next_of(r, group, 0);
    if (r->how.pulled && first) {
        options.pull = pull;
        options.arg = first;
        open_source(r, group * PLAN_STREAMS, &options);
        return;
    }
    for (unsigned i = 0; i < streams(r); i++) open_source(r, group * PLAN_STREAMS + i, &options);
}

static void submit(run *r, plan_unit *u) {
    weir_source *source = r->source[u->event.stream];
    weir_sched_status st = weir_source_submit_until(source, &u->event, WEIR_FOREVER);
    if (may_try_again(r, st)) st = weir_source_submit_until(source, &u->event, WEIR_FOREVER);
    if (st) run_wrong(r, "event %u is refused: %s", u->id, weir_sched_status_text(st));
    u->submitted += !st;
}

/* With the promise before it, and what is sealed behind it. */
static void bring(run *r, plan_unit *u) {
    if (u->id % 3 == 0 || r->how.limit) weir_source_promise(r->source[u->event.stream], r->plan->least[u->id]);
    submit(r, u);
    seal_behind(r, u->id);
}

static void close_group(run *r, unsigned group) {
    for (unsigned i = 0; i < streams(r); i++) weir_source_close(r->source[group * PLAN_STREAMS + i]);
    weir_a32_sub_release(&r->groups_left, 1);
}

void run_group(run *r, unsigned group) {
    if (r->how.pulled && next_of(r, group, 0)) return;
    for (plan_unit *u = next_of(r, group, 0); u && !run_failed(r); u = next_of(r, group, u->id + 1)) bring(r, u);
    close_group(r, group);
}

/* -- threads ------------------------------------------------------------------------------------------------------------- */

bool run_open(run *r, plan *p, const run_how *how) {
    weir_sched_error error = {0};
    memset(r, 0, sizeof *r);
    r->plan = p;
    r->how = *how;
    r->how.options.streams = PLAN_GROUPS * PLAN_STREAMS;
    r->how.options.domains = PLAN_DOMAINS;
    plan_reset(p);
    for (unsigned i = 0; i < p->n; i++) {
        plan_unit *u = &p->unit[i];
        u->run = r;
        u->event.end = end;
        if (u->event.run) u->event.run = run_part;
        if (u->event.data) u->event.data = data_part;
    }
    weir_a32_store(&r->groups_left, p->shape.groups);
    if (weir_sched_open(&r->how.options, &r->sched, &error)) {
        if (may_try_again(r, error.status)) return false;
        run_wrong(r, "a scheduler is refused: %s", error.text);
        return false;
    }
    for (unsigned g = 0; g < p->shape.groups; g++) open_sources(r, g);
    weir_a32_store_release(&r->begun,
                           1); /* what a source that is not open yet will bring, the order does not wait for */
    for (unsigned i = 0; i < PLAN_GROUPS * PLAN_STREAMS; i++)
        if (r->source[i]) weir_source_ready(r->source[i]);
    return !run_failed(r);
}

void run_worker(run *r) {
    weir_a32_add(&r->guests, 1);
    while (!weir_a32_load_acquire(&r->done)) {
        weir_sched_status st = weir_sched_work(r->sched);
        if (st) run_wrong(r, "a worker is refused: %s", weir_sched_status_text(st));
    }
    weir_a32_sub_release(&r->guests, 1);
}

static void send_home(run *r) {
    weir_a32_store_release(&r->done, 1);
    while (weir_a32_load_acquire(&r->guests)) {
        for (unsigned i = 0; i < 64; i++) weir_sched_leave(r->sched, i);
        weir_yield();
    }
}

/* -- judging ------------------------------------------------------------------------------------------------------------- */

/* The event of the dead worker, and what awaited it: each is told once, and no part of it runs again. Children of what has not run
 * were never submitted. */
static void judge_lost(run *r, plan_unit *u) {
    bool submitted = u->parent == u->id || !r->plan->unit[u->parent].lost, stops = u->id + 1 == r->how.stops;
    unsigned runs = weir_a32_load(&u->runs), datas = weir_a32_load(&u->datas), ends = weir_a32_load_acquire(&u->ends);
    if (ends != submitted) run_wrong(r, "event %u, which is lost, has ended %u times", u->id, ends);
    if (submitted && u->status != WEIR_SCHED_LOST)
        run_wrong(r, "event %u, which is lost, has ended with '%s'", u->id, weir_sched_status_text(u->status));
    if (runs != stops || datas)
        run_wrong(r, "parts of event %u, which is lost, have run %u times", u->id, runs + datas);
}

static void judge_unit(run *r, plan_unit *u) {
    unsigned runs = weir_a32_load(&u->runs), datas = weir_a32_load(&u->datas), ends = weir_a32_load_acquire(&u->ends);
    if (runs != (u->event.run != NULL)) run_wrong(r, "the run part of event %u has run %u times", u->id, runs);
    if (datas != (u->event.data != NULL)) run_wrong(r, "the data part of event %u has run %u times", u->id, datas);
    if (ends != 1) run_wrong(r, "event %u has ended %u times", u->id, ends);
    if (u->status) run_wrong(r, "event %u has ended with '%s'", u->id, weir_sched_status_text(u->status));
    for (unsigned i = 0; i < u->nawaits; i++) {
        const plan_unit *d = &r->plan->unit[u->awaits[i]];
        if (u->started && d->over >= u->started)
            run_wrong(r, "event %u starts at step %lu, and %u, which it awaits, ends at %lu", u->id, u->started, d->id,
                      d->over);
    }
    if (u->got != u->value) run_wrong(r, "event %u has made another value of what it awaits", u->id);
}

static void judge_order(run *r) {
    const plan *p = r->plan;
    unsigned n = 0;
    for (unsigned i = 0; i < p->norder; i++) {
        if (p->unit[p->order[i]].lost) continue;
        if (n >= r->log.n || p->order[i] != r->log.data[n]) {
            run_wrong(r, "data part %u is that of event %d instead of %u", n, n < r->log.n ? (int)r->log.data[n] : -1,
                      p->order[i]);
            return;
        }
        n++;
    }
    if (n != r->log.n) run_wrong(r, "%u data parts instead of %u", r->log.n, n);
}

static void judge_states(run *r) {
    const plan *p = r->plan;
    uint64_t state[PLAN_DOMAINS] = {0};
    for (unsigned i = 0; i < p->norder; i++) {
        const plan_unit *u = &p->unit[p->order[i]];
        if (!u->lost) state[u->event.domain] = plan_mix(state[u->event.domain] + u->value);
    }
    for (unsigned d = 0; d < PLAN_DOMAINS; d++)
        if (state[d] != r->log.state[d]) run_wrong(r, "data parts of domain %u in another order", d);
}

static void judge(run *r) {
    weir_sched_stats stats;
    weir_sched_stats_get(r->sched, &stats);
    r->log.stats = stats;
    if (stats.submitted != stats.ended || (!r->how.stops && stats.ended != r->plan->n))
        run_wrong(r, "%lu submitted and %lu ended, of %u", stats.submitted, stats.ended, r->plan->n);
    for (unsigned i = 0; i < r->plan->n && !run_failed(r); i++) {
        plan_unit *u = &r->plan->unit[i];
        if (u->lost) judge_lost(r, u);
        else judge_unit(r, u);
    }
    stress_count("lost", stats.lost);
    if (r->how.total && !r->how.options.lookahead && !run_failed(r)) judge_order(r);
    if (r->how.total && !run_failed(r)) judge_states(r);
    if (r->how.total && !stats.deterministic)
        run_wrong(r, "it calls itself not deterministic, and nothing has run late");
    if (!r->how.stops && r->how.total != (stats.digest != 0)) run_wrong(r, "the digest is %016lx", stats.digest);
    stress_count("events", r->plan->n);
    stress_count("spilled", stats.spilled);
    stress_count("stolen", stats.steals);
    stress_count("epochs", stats.epochs);
}

static void declare_lost(run *r) {
    uint32_t stopped;
    if (r->how.comes_back) return;
    while (!(stopped = weir_a32_load_acquire(&r->stopped)) && !run_failed(r)) weir_yield();
    weir_sched_status st = weir_sched_lost(r->sched, stopped - 1);
    if (st) run_wrong(r, "declaring a worker lost answers '%s'", weir_sched_status_text(st));
}

static uint64_t happened(run *r) {
    weir_sched_stats stats;
    weir_sched_stats_get(r->sched, &stats);
    return stats.submitted + stats.ended + stats.epochs;
}

/* Until it is quiet. Where this thread is the only one, whoever would wait for ever is found at once. */
static void settle(run *r) {
    weir_sched_status st = WEIR_SCHED_TIMEOUT;
    uint64_t before = 0;
    for (unsigned vain = 0; st == WEIR_SCHED_TIMEOUT && vain < 100; vain++) {
        uint64_t now = happened(r);
        if (now != before) vain = 0;
        before = now;
        st = weir_sched_wait(r->sched, r->how.single ? 0 : WEIR_FOREVER);
    }
    if (st) run_wrong(r, "waiting answers '%s', and nothing happens any more", weir_sched_status_text(st));
}

void run_finish(run *r) {
    while (weir_a32_load_acquire(&r->groups_left) && !run_failed(r)) weir_yield();
    if (r->how.stops) declare_lost(r);
    settle(r);
    weir_a32_store_release(&r->goes_on, 1);
    send_home(r);
    judge(r);
    weir_sched_close(r->sched);
}

/* Has it ended well, after other events than in the plan? A handler that still runs at the close is refused its children, for whom
 * nobody waits then. */
static bool misses(const run *r, plan_unit *u) {
    for (unsigned d = 0; d < u->nawaits; d++)
        u->lost |= r->plan->unit[u->awaits[d]].lost || !r->plan->unit[u->awaits[d]].submitted;
    return u->lost;
}

static void judge_ended_well(run *r, plan_unit *u) {
    if (!misses(r, u) && u->got != u->value) run_wrong(r, "event %u has made another value", u->id);
    for (unsigned d = 0; d < u->nawaits; d++)
        if (r->plan->unit[u->awaits[d]].status)
            run_wrong(r, "event %u has ended, and %u, which it awaits, has not", u->id, u->awaits[d]);
}

/* What was closed in the middle: each event that was submitted has ended once, and well or as CLOSED; the others have not. */
static void judge_cut(run *r) {
    for (unsigned i = 0; i < r->plan->n; i++) {
        plan_unit *u = &r->plan->unit[i];
        unsigned runs = weir_a32_load(&u->runs), datas = weir_a32_load(&u->datas), ends = weir_a32_load(&u->ends);
        if (ends != u->submitted)
            run_wrong(r, "event %u has ended %u times; submitted %u times", i, ends, u->submitted);
        if (runs > u->submitted || datas > runs + !u->event.run)
            run_wrong(r, "%u and %u parts of event %u have run", runs, datas, i);
        if (ends && u->status && u->status != WEIR_SCHED_CLOSED)
            run_wrong(r, "event %u has ended with '%s'", i, weir_sched_status_text(u->status));
        if (ends && !u->status) judge_ended_well(r, u);
    }
    stress_count("cut", 1);
}

/* All groups, in turn. False: cut. */
static bool bring_all(run *r) {
    for (unsigned i = 0; i < r->plan->n && !run_failed(r); i++) {
        plan_unit *u = &r->plan->unit[i];
        if (u->parent != i) continue;
        bring(r, u);
        if (r->how.between) r->how.between(r, u);
        if (r->how.cut == i + 1) return false;
    }
    return true;
}

void run_alone(run *r, plan *p, const run_how *how) {
    if (!run_open(r, p, how)) return;
    if (how->stops) plan_lose(p, how->stops - 1);
    if (!how->pulled && !bring_all(r)) {
        weir_sched_close(r->sched);
        judge_cut(r);
        return;
    }
    for (unsigned g = 0; g < p->shape.groups; g++)
        if (!how->pulled || !next_of(r, g, 0)) close_group(r, g);
    if (how->pulled) settle(r); /* somebody must pull */
    if (how->pulled && weir_a32_load_acquire(&r->groups_left))
        run_wrong(r, "it is quiet, and a pulled source has more");
    run_finish(r);
}

void run_expect_same(const run_log *a, const char *of_a, const run_log *b, const char *of_b) {
    if (a->n && b->n && (a->n != b->n || memcmp(a->data, b->data, a->n * sizeof *a->data)))
        stress_fail("%s and %s: data parts in another order", of_a, of_b);
    if (memcmp(a->state, b->state, sizeof a->state)) stress_fail("%s and %s: another state", of_a, of_b);
    if (a->stats.digest != b->stats.digest)
        stress_fail("%s and %s: digests %016lx and %016lx", of_a, of_b, a->stats.digest, b->stats.digest);
}

run_how run_how_by_chance(const char *variant, bool total, const plan_choice *choice) {
    static const char *const filters[] = {NULL, "none", "maybe", "block", "counting", "idset", "word", "classic"};
    static const char *const sorts[] = {NULL, "merge", "radix", "runs", "insertion"};
    run_how how = {.total = total};
    how.options.variant = variant;
    how.options.filter = filters[choice->below(choice->arg, sizeof filters / sizeof *filters)];
    if (total) how.options.sort = sorts[choice->below(choice->arg, sizeof sorts / sizeof *sorts)];
    if (total) how.options.window = choice->below(choice->arg, 2) ? 0 : 2u << choice->below(choice->arg, 6);
    how.options.stuck_ns = WEIR_FOREVER;
    how.options.late = WEIR_LATE_REJECT;
    how.restless = choice->below(choice->arg, 2);
    how.limit = choice->below(choice->arg, 2) ? 0 : 1 + choice->below(choice->arg, 20);
    how.spin = choice->below(choice->arg, 3) ? 0 : 200;
    return how;
}
