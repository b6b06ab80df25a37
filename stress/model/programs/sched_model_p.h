/* sched_model_p - client programs of both families. Each variant's scheduler has no threads: the model's are its workers, and
 * do what a worker does with an event, or work until they are told to leave.
 * It is opened once for all schedules, since each begins with the memory that the one before began with. */
#ifndef WEIR_STRESS_SCHED_MODEL_P_H
#define WEIR_STRESS_SCHED_MODEL_P_H

#include <stdlib.h>

#include "sched/deps_p.h"
#include "sched/sched_p.h"
#include "stress/model/model.h"

enum { A, B, C, D, EVENTS, WORKERS = 3 };

static weir_sched *s;
static const weir_sched_class *variant;
static weir_sched_class class; /* the same, but for ready */
static weir_source *source;
static bool hands_on; /* what is ready goes to the variant */
static bool warm;

static weir_event event[EVENTS];
static weir_dep edge[EVENTS];
static weir_join join;
static bool did[EVENTS];                     /* plain: written before the event ends, read by who waited for it */
static unsigned ready[EVENTS], over[EVENTS]; /* how often; plain, too */
static weir_sched_status how[EVENTS];
static weir_event *needs[EVENTS][2];

static weir_worker *worker(unsigned i) { return weir_sched_worker(s, i); }

static void require_needs(const weir_event *e) {
    for (int i = 0; i < 2; i++)
        if (needs[e - event][i])
            model_require(did[needs[e - event][i] - event], "ready before what it waits for was done");
}

static void note_ready(weir_worker *w, weir_event *e) {
    ready[e - event]++;
    require_needs(e);
    if (hands_on) variant->ready(w, e);
}

static void note_end(weir_event *e, weir_sched_status st) {
    over[e - event]++;
    how[e - event] = st;
}

static void run(weir_turn *turn, weir_event *e) {
    (void)turn;
    require_needs(e);
    did[e - event] = true;
}

/* What grows by need has grown: memory got in a schedule would not be given back. No program is there yet to be convicted, so it
 * only notes that an event was lost. */
static bool warm_up(void) {
    for (int i = 0; i < EVENTS; i++) {
        event[i] = (weir_event){.run = run, .end = note_end};
        if (weir_source_submit(source, &event[i])) return false;
    }
    if (weir_sched_wait(s, 0)) return false; /* works until there is nothing more */
    for (int i = 0; i < EVENTS; i++) {
        did[i] = false;
        over[i] = 0;
    }
    return true;
}

__attribute__((constructor)) static void open_once(void) {
    weir_sched_error error;
    if (weir_sched_open(
            &(weir_sched_options){
                .variant = STRESS_VARIANT, .workers_max = WORKERS, .streams = 1, .window = 2, .stuck_ns = WEIR_FOREVER},
            &s, &error) ||
        weir_source_open(s, 0, &(weir_source_options){.limit = EVENTS, .promise = WEIR_KEY_NONE}, &source))
        abort();
    warm = warm_up();
    variant = s->class;
    class = *variant;
    class.ready = note_ready;
    s->class = &class;
}

/* -- dependencies: no source knows of these, which are as children are -- */

static void prepare(void) {
    model_require(warm, "of %d events without dependencies one is lost", EVENTS);
    weir_a32_store(&s->workers_top, WORKERS);
    weir_a32_store(&s->workers_now, WORKERS);
    for (unsigned i = 0; i < WORKERS; i++) {
        weir_a32_store(&worker(i)->status, WEIR_WORKER_WORKS);
        worker(i)->guest = worker(i)->guest_done = false; /* who warmed up was one */
    }
    for (int i = 0; i < EVENTS; i++) {
        event[i] = (weir_event){.run = run, .end = note_end, .rank = {WEIR_RANK_CHILD, (uint64_t)i}};
        weir_a32_store(&event[i].state, WEIR_EVENT_PENDING);
    }
}

static void wait_for(int e, int a, int b) {
    edge[2 * (e - C)] = (weir_dep){.kind = WEIR_DEP_EVENT, .on.event = &event[a]};
    edge[2 * (e - C) + 1] = (weir_dep){.kind = WEIR_DEP_EVENT, .on.event = &event[b]};
    event[e].deps = &edge[2 * (e - C)];
    event[e].ndeps = a == b ? 1 : 2;
    needs[e][0] = &event[a];
    needs[e][1] = &event[b];
}

static void submit(int e) {
    model_require(weir_deps_enter(s, &event[e]) == WEIR_SCHED_OK, "an event is refused");
    weir_deps_resolve(worker((unsigned)(model_self() < 0 ? 0 : model_self())), &event[e]);
}

static void finish_as(int e, weir_sched_status st) {
    weir_worker *w = worker((unsigned)model_self());
    did[e] = true;
    weir_deps_ended(w, &event[e], st);
}

static void finish_a(void) { finish_as(A, WEIR_SCHED_OK); }
static void finish_b(void) { finish_as(B, WEIR_SCHED_OK); }
static void lose_b(void) { finish_as(B, WEIR_SCHED_LOST); }
static void submit_c(void) { submit(C); }

static void ready_once(void) { model_require(ready[C] == 1, "ready %u times", ready[C]); }

static void both_submitted(void) {
    prepare();
    wait_for(C, A, B);
    submit(C);
}
MODEL_PROGRAM(last_two, "of two last dependencies that end at once one makes their dependent ready",
              .setup = both_submitted, .thread = {finish_a, finish_b}, .check = ready_once)

static void not_submitted(void) {
    prepare();
    wait_for(C, A, A);
}
MODEL_PROGRAM(push, "who comes to wait for what just ends is ready once, and after it", .setup = not_submitted,
              .thread = {finish_a, submit_c}, .check = ready_once)

static void two_not_submitted(void) {
    prepare();
    wait_for(C, A, B);
}
MODEL_PROGRAM(push_two, "the same with two that end", .setup = two_not_submitted,
              .thread = {finish_a, finish_b, submit_c}, .check = ready_once)

static void submit_d(void) { submit(D); }

static void two_push(void) {
    prepare();
    wait_for(C, A, A);
    wait_for(D, A, A);
}
static void both_ready_once(void) {
    model_require(ready[C] == 1 && ready[D] == 1, "ready %u and %u times", ready[C], ready[D]);
}
MODEL_PROGRAM(two_push, "the same with two who come to wait", .setup = two_push,
              .thread = {finish_a, submit_c, submit_d}, .check = both_ready_once)

static void failed_once(void) {
    model_require(ready[C] == 0, "ready although one that it waited for was lost");
    model_require(weir_deps_is_closed(weir_aptr_load(&event[C].dependents)), "it has not ended");
    model_require(weir_deps_outcome(&event[C]) == WEIR_SCHED_LOST, "it ends as %d", (int)weir_deps_outcome(&event[C]));
}
MODEL_PROGRAM(lost_push, "who comes to wait for one that is just lost is lost with it", .setup = two_not_submitted,
              .thread = {finish_a, lose_b, submit_c}, .check = failed_once)

/* -- joins -- */

static void with_join(void) {
    prepare();
    weir_join_init(&join, NULL);
    event[A].join = event[B].join = &join;
    edge[0] = (weir_dep){.kind = WEIR_DEP_JOIN, .on.join = &join};
    event[C].deps = &edge[0];
    event[C].ndeps = 1;
    needs[C][0] = &event[A];
    needs[C][1] = &event[B];
    model_require(!weir_deps_enter(s, &event[A]) && !weir_deps_enter(s, &event[B]), "a member is refused");
}

static void joined(void) {
    with_join();
    submit(C);
}

static void seal(void) {
    did[D] = true;
    weir_join_seal(s, &join);
}

/* What a seal has ended lies there until a worker has nothing else to do. */
static void joined_once(void) {
    weir_deps_drain(worker(0));
    model_require(!weir_deps_pending(s), "sealed edges stay");
    ready_once();
}

static void sealed(void) {
    joined();
    weir_join_seal(s, &join);
}

MODEL_PROGRAM(join, "the last member or the seal ends a join, once", .setup = joined,
              .thread = {finish_a, finish_b, seal}, .check = joined_once)
MODEL_PROGRAM(join_two, "of two last members one ends it", .setup = sealed, .thread = {finish_a, finish_b},
              .check = joined_once)

static void unsealed_b_over(void) {
    with_join();
    weir_deps_ended(worker(0), &event[B], WEIR_SCHED_OK);
    did[B] = true;
    weir_join_seal(s, &join);
}
MODEL_PROGRAM(join_push, "who comes to wait for a join that just ends is ready once, and after it",
              .setup = unsealed_b_over, .thread = {finish_a, submit_c}, .check = joined_once)

/* -- the lost -- */

static bool worker_ended; /* plain */

static void claim_and_run(void) {
    weir_worker *w = worker(0);
    if (!weir_worker_run(w, &event[A])) {
        model_count("times found lost");
        return;
    }
    worker_ended = true;
    weir_deps_ended(w, &event[A], WEIR_SCHED_OK);
}

static void declare_lost(void) {
    model_require(weir_sched_lost(s, 0) == WEIR_SCHED_OK, "a worker cannot be declared lost");
    weir_worker_bury(worker(1));
}

static void one_way(void) {
    bool lost = weir_a32_load(&event[A].state) == WEIR_EVENT_LOST;
    model_require(worker_ended != lost, "ended by its worker: %d, lost: %d", worker_ended, lost);
    model_require(ready[C] == worker_ended, "its dependent was ready %u times", ready[C]);
    model_require(weir_deps_is_closed(weir_aptr_load(&event[C].dependents)) == lost, "its dependent is not lost, too");
}

static void claimed(void) {
    prepare();
    wait_for(C, A, A);
    submit(C);
}
MODEL_PROGRAM(lost, "an event ends by its worker's hand, or is lost", .setup = claimed,
              .thread = {claim_and_run, declare_lost}, .check = one_way)

static void bury(void) { weir_worker_bury(worker(2)); }
MODEL_PROGRAM(lost_two, "the same with two who bury", .setup = claimed, .thread = {claim_and_run, declare_lost, bury},
              .check = one_way, .steps = 6000)

/* -- all of it: workers that look, run, steal, sleep and are told to leave -- */

static void end_all(weir_event *e, weir_sched_status st) {
    note_end(e, st);
    for (unsigned i = 0; i < 2; i++) weir_sched_leave(s, i);
}

static void work(void) { s->class->work(worker((unsigned)model_self())); }

static void admit(int e) {
    event[e].rank[0] = 0;
    weir_a32_store(&event[e].state, WEIR_EVENT_IDLE);
    model_require(weir_source_submit(source, &event[e]) == WEIR_SCHED_OK, "an event is refused");
}

static void one_behind_two(void) {
    prepare();
    hands_on = true;
    weir_a32_store(&s->workers_top, 2);
    weir_a32_store(&s->workers_now, 2);
    wait_for(C, A, B);
    event[C].end = end_all;
    for (int e = A; e <= C; e++) admit(e);
    weir_sources_drain(worker(0));
}

static void each_once(void) {
    for (int e = A; e <= C; e++)
        model_require(did[e] && ready[e] == 1 && over[e] == 1 && how[e] == WEIR_SCHED_OK,
                      "event %d: run %d, ready %u times, ended %u times, as %d", e, did[e], ready[e], over[e],
                      (int)how[e]);
}
MODEL_PROGRAM(work, "two workers run each event once, in the order of their dependencies, and sleep only without work",
              .setup = one_behind_two, .thread = {work, work}, .check = each_once, .steps = 6000)
#endif
