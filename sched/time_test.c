/* Real time, in every variant of both families: no event begins before its key has come, and each comes; in the order family
 * their data parts keep their order. Nothing here says how late one may be. */
#include "prims/test_p.h"

#include "sched/sched.h"

enum { EVENTS = 40, STEP = 500000, AHEAD = 100000000, WORKERS = 3 };

typedef struct timed {
    weir_event e;
    weir_dep dep;
    weir_a64 ran, did; /* ns since open, as the handlers saw it; 0: not yet */
    unsigned place;    /* among the data parts */
} timed;

static timed timeds[EVENTS], child;
static uint64_t opened; /* not after the scheduler's own */
static unsigned places; /* data parts only: they never overlap in one domain */

static uint64_t now(void) { return weir_now_ns() - opened; }

static void run(weir_turn *turn, weir_event *e) {
    (void)turn;
    weir_a64_store(&((timed *)e)->ran, now());
}

static void data(weir_turn *turn, weir_event *e) {
    timed *t = (timed *)e;
    weir_a64_store(&t->did, now());
    t->place = places++;
    if (t != &timeds[0]) return;
    child.e = (weir_event){.key = weir_turn_now(turn) + 7 * STEP, .run = run, .data = data};
    if (weir_sched_submit(turn, &child.e)) abort();
}

static void check_one(const timed *t) {
    if (t->e.run) assert_true(weir_a64_load(&t->ran) >= t->e.key);
    if (t->e.data) assert_true(weir_a64_load(&t->did) >= t->e.key);
}

/* On a machine so crowded that what comes before t was late, it may have been raised behind t: then t goes without it. */
static void submit(weir_source *source, timed *t, bool order) {
    weir_sched_status st = weir_source_submit(source, &t->e);
    if (order && st == WEIR_SCHED_DISORDER) {
        t->e.ndeps = 0;
        st = weir_source_submit(source, &t->e);
    }
    assert_int_equal(st, WEIR_SCHED_OK);
}

/* Keys fall as they are submitted; each third only has one of the parts; each fourth waits for the one before it in time. */
static void prepare(unsigned i) {
    timed *t = &timeds[i];
    *t = (timed){.e = {.key = AHEAD + i * (uint64_t)STEP}};
    if (i % 3 != 1) t->e.run = run;
    if (i % 3 != 2) t->e.data = data;
}

static void each_in_its_time(const char *variant, bool order) {
    weir_sched *s;
    weir_sched_error error;
    weir_source *source;
    weir_sched_options o = {.variant = variant, .workers = WORKERS, .time = WEIR_TIME_REAL};
    places = 0;
    child = (timed){0};
    opened = weir_now_ns();
    if (weir_sched_open(&o, &s, &error)) fail_msg("%s: %s", variant, error.text);
    assert_int_equal(weir_source_open(s, 0, &(weir_source_options){.promise = WEIR_KEY_NONE}, &source), WEIR_SCHED_OK);
    for (unsigned i = 0; i < EVENTS; i++) prepare(i);
    for (unsigned i = 4; i < EVENTS; i += 4) {
        timeds[i].dep = (weir_dep){.kind = WEIR_DEP_EVENT, .on.event = &timeds[i - 1].e};
        timeds[i].e.deps = &timeds[i].dep;
        timeds[i].e.ndeps = 1;
    }
    for (unsigned i = EVENTS; i-- > 0;)
        if (i % 4) submit(source, &timeds[i], order);
    for (unsigned i = 0; i < EVENTS; i += 4) submit(source, &timeds[i], order);
    weir_source_close(source);
    assert_int_equal(weir_sched_wait(s, WEIR_FOREVER), WEIR_SCHED_OK);
    weir_sched_close(s);
    for (unsigned i = 0; i < EVENTS; i++) check_one(&timeds[i]);
    check_one(&child);
    const timed *before = NULL;
    for (unsigned i = 0; order && i < EVENTS; i++) {
        if (!timeds[i].e.data) continue;
        if (before) assert_true(before->place < timeds[i].place || timeds[i].e.key != AHEAD + i * (uint64_t)STEP);
        before = &timeds[i];
    }
}

static void order_family(void **state) {
    (void)state;
    static const char *const variants[] = {"epoch", "double", "phase", "horizon"};
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) each_in_its_time(variants[i], true);
}

static void pool_family(void **state) {
    (void)state;
    each_in_its_time("counters", false);
    each_in_its_time("lock", false);
}

/* Years ahead: closing does not wait for it. */
static void closing_drops_what_is_not_due(void **state) {
    (void)state;
    static const char *const variants[] = {"epoch", "horizon", "counters", "lock"};
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        weir_sched *s;
        weir_source *source;
        weir_sched_options o = {.variant = variants[i], .workers = 1, .time = WEIR_TIME_REAL};
        timed far = {.e = {.key = UINT64_MAX - 1, .run = run}};
        assert_int_equal(weir_sched_open(&o, &s, NULL), WEIR_SCHED_OK);
        assert_int_equal(weir_source_open(s, 0, &(weir_source_options){.promise = WEIR_KEY_NONE}, &source),
                         WEIR_SCHED_OK);
        assert_int_equal(weir_source_submit(source, &far.e), WEIR_SCHED_OK);
        weir_source_close(source);
        assert_int_equal(weir_sched_wait(s, weir_now_ns() + 2000000), WEIR_SCHED_TIMEOUT);
        weir_sched_close(s);
        assert_int_equal(weir_a64_load(&far.ran), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_family),
        cmocka_unit_test(pool_family),
        cmocka_unit_test(closing_drops_what_is_not_due),
    };
    return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
