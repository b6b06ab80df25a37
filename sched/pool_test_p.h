/* pool_test_p - what the tests of pools share. The variant is that of the build of the test: WEIR_POOL. */
#ifndef WEIR_SCHED_POOL_TEST_P_H
#define WEIR_SCHED_POOL_TEST_P_H

#include "prims/test_p.h"
#include "prims/variant.h"
#include "sched/sched.h"

typedef struct pool {
    weir_sched *s;
    weir_source *source; /* stream 0 */
} pool;

static inline weir_sched_options pool_options(unsigned workers) {
    return (weir_sched_options){.variant = WEIR_STRING(WEIR_POOL), .workers = workers, .stuck_ns = WEIR_FOREVER};
}

static inline pool pool_open(const weir_sched_options *o) {
    pool p;
    weir_sched_error error;
    assert_int_equal(weir_sched_open(o, &p.s, &error), WEIR_SCHED_OK);
    assert_int_equal(weir_source_open(p.s, 0, NULL, &p.source), WEIR_SCHED_OK);
    return p;
}

static inline void pool_close(pool *p) {
    weir_source_close(p->source);
    weir_sched_close(p->s);
}

static inline void pool_submit(pool *p, weir_event *e) {
    assert_int_equal(weir_source_submit_until(p->source, e, WEIR_FOREVER), WEIR_SCHED_OK);
}

static inline void pool_wait(pool *p) { assert_int_equal(weir_sched_wait(p->s, WEIR_FOREVER), WEIR_SCHED_OK); }

/* xorshift64*. */
static inline uint32_t pool_random(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)(*state * 0x2545f4914f6cdd1du >> 32);
}

/* An event that notes how it ended, and whether it ran. */
typedef struct noted {
    weir_event event;
    weir_dep dep[3];
    weir_a32 ran, ended;
    weir_sched_status how;
} noted;

static inline void noted_run(weir_turn *turn, weir_event *e) {
    (void)turn;
    weir_a32_add(&((noted *)e)->ran, 1);
}

static inline void noted_end(weir_event *e, weir_sched_status status) {
    noted *n = (noted *)e;
    n->how = status;
    weir_a32_add_release(&n->ended, 1); /* pairs with noted_await */
}

static inline noted *noted_init(noted *n, weir_event_fn *run) {
    *n = (noted){.event = {.run = run ? run : noted_run, .end = noted_end}};
    n->event.deps = n->dep;
    return n;
}

/* Waits until n has ended. */
static inline void noted_await(const noted *n) {
    while (!weir_a32_load_acquire(&n->ended)) weir_yield();
}

/* The next dependency of n, to be filled. */
static inline weir_dep *noted_dep(noted *n, weir_dep_kind kind) {
    weir_dep *d = &n->dep[n->event.ndeps++];
    d->kind = kind;
    return d;
}

static inline void noted_after(noted *n, noted *before) { noted_dep(n, WEIR_DEP_EVENT)->on.event = &before->event; }
static inline void noted_after_join(noted *n, weir_join *join) { noted_dep(n, WEIR_DEP_JOIN)->on.join = join; }

#endif
