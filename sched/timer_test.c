/* Unit test of timer: each operation beside a plain sorted list. */
#include "prims/test_p.h"

#include "sched/timer.h"

enum { TIMERS = 300 };

/* The model: armed alarms in the order in which they must be taken. */
typedef struct model {
    uint64_t now, deadline[TIMERS];
    unsigned id[TIMERS], count;
} model;

static void model_add(model *m, unsigned id, uint64_t deadline) {
    unsigned i = m->count++;
    if (deadline < m->now) deadline = m->now;
    for (; i > 0 && m->deadline[i - 1] > deadline; i--) {
        m->deadline[i] = m->deadline[i - 1];
        m->id[i] = m->id[i - 1];
    }
    m->deadline[i] = deadline;
    m->id[i] = id;
}

static void model_remove(model *m, unsigned at) {
    m->count--;
    for (unsigned i = at; i < m->count; i++) {
        m->deadline[i] = m->deadline[i + 1];
        m->id[i] = m->id[i + 1];
    }
}

static bool model_cancel(model *m, unsigned id) {
    for (unsigned i = 0; i < m->count; i++)
        if (m->id[i] == id) {
            model_remove(m, i);
            return true;
        }
    return false;
}

static uint64_t seed;

static uint64_t any(void) { /* splitmix64 */
    uint64_t z = seed += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* Distances of every size, so that every level is used. */
static uint64_t distance(void) {
    uint64_t far = any();
    return far >> any() % 64;
}

static void take_and_compare(weir_wheel *wheel, model *m, weir_alarm *timers, uint64_t until) {
    uint64_t next = weir_wheel_next(wheel);
    if (m->count == 0) assert_true(next == WEIR_FOREVER);
    else assert_true(next >= m->now && next <= m->deadline[0]);
    if (m->count && m->deadline[0] >> 6 == m->now >> 6) assert_true(next == m->deadline[0]);
    weir_alarm *t = weir_wheel_take(wheel, until);
    if (m->count && m->deadline[0] <= until) {
        assert_ptr_equal(t, &timers[m->id[0]]);
        assert_null(t->next);
        m->now = m->deadline[0];
        model_remove(m, 0);
    } else {
        assert_null(t);
        if (until != WEIR_FOREVER && until > m->now) m->now = until;
    }
    assert_true(wheel->now == m->now);
}

static void step(weir_wheel *wheel, model *m, weir_alarm *timers) {
    unsigned id = (unsigned)(any() % TIMERS), what = (unsigned)(any() % 8);
    if (what < 4 && !timers[id].next) {
        uint64_t far = distance(), deadline = far > WEIR_FOREVER - 1 - m->now ? WEIR_FOREVER - 1 : m->now + far;
        if (what == 0 && m->count) deadline = m->deadline[any() % m->count]; /* the same as another's */
        if (what == 1 && any() % 4 == 0) deadline = any() % (m->now + 1);    /* in the past */
        timers[id].at = deadline;
        weir_wheel_add(wheel, &timers[id]);
        model_add(m, id, deadline);
    } else if (what < 6) {
        timers[id].at = any(); /* is the caller's again, whether armed or not */
        assert_int_equal(weir_wheel_cancel(wheel, &timers[id]), model_cancel(m, id));
    } else {
        uint64_t far = distance() >> 24; /* time shall last for the whole test */
        take_and_compare(wheel, m, timers, any() % 16 == 0 ? WEIR_FOREVER : m->now + far);
    }
    assert_true(wheel->count == m->count);
}

static void equals_a_sorted_list(void **state) {
    (void)state;
    for (seed = 1; seed <= 40;) {
        uint64_t round = seed;
        static weir_wheel wheel;
        weir_alarm timers[TIMERS] = {0};
        model m = {.now = any() >> any() % 64 >> 1};
        weir_wheel_init(&wheel, m.now);
        for (int i = 0; i < 20000 && m.now < UINT64_MAX / 2; i++) step(&wheel, &m, timers);
        while (m.count) take_and_compare(&wheel, &m, timers, WEIR_FOREVER);
        assert_true(wheel.levels == 0 && weir_wheel_next(&wheel) == WEIR_FOREVER);
        seed = round + 1;
    }
}

/* Sleeping until weir_wheel_next and asking again reaches each deadline, at most once a level. */
static void few_early_wakes(void **state) {
    (void)state;
    static weir_wheel wheel;
    for (unsigned bits = 0; bits < 64; bits++) {
        uint64_t deadline = 12345 + (((uint64_t)1 << bits) | (0x5555555555555555 & (((uint64_t)1 << bits) - 1)));
        weir_alarm t = {.at = deadline};
        weir_wheel_init(&wheel, 12345);
        weir_wheel_add(&wheel, &t);
        unsigned wakes = 0;
        while (!weir_wheel_take(&wheel, weir_wheel_next(&wheel))) wakes++;
        assert_true(wheel.now == deadline);
        assert_true(wakes <= bits / 6 + 1);
    }
}

static void never(void **state) {
    (void)state;
    static weir_wheel wheel;
    weir_alarm t = {.at = WEIR_FOREVER};
    weir_wheel_init(&wheel, 7);
    assert_false(weir_wheel_cancel(&wheel, &t));
    weir_wheel_add(&wheel, &t);
    assert_null(t.next);
    assert_null(weir_wheel_take(&wheel, WEIR_FOREVER));
    assert_true(wheel.now == 7); /* time does not jump to the end of the world */
    t.at = WEIR_FOREVER - 1;
    weir_wheel_add(&wheel, &t);
    assert_ptr_equal(weir_wheel_take(&wheel, WEIR_FOREVER), &t);
    assert_true(wheel.now == WEIR_FOREVER - 1);
    t.at = 3;
    weir_wheel_add(&wheel, &t);
    assert_ptr_equal(weir_wheel_take(&wheel, WEIR_FOREVER - 1), &t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_a_sorted_list),
        cmocka_unit_test(few_early_wakes),
        cmocka_unit_test(never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
