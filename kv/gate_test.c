/* Unit test of the gate. */
#include "prims/test_p.h"

#include "kv/gate_p.h"

enum { MANY = 4, ALONE = 2, ROUNDS = 20000 };

typedef struct scene {
    weir_gate gate;
    weir_a32 inside;   /* threads inside as one of many */
    uint64_t plain[2]; /* changed alone only, read by many: equal */
    weir_a32 bad, done;
} scene;

static void *many(void *arg) {
    scene *s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        unsigned lane = weir_gate_enter(&s->gate);
        weir_a32_add(&s->inside, 1);
        if (s->plain[0] != s->plain[1]) weir_a32_add(&s->bad, 1);
        weir_a32_sub(&s->inside, 1);
        weir_gate_leave(&s->gate, lane);
    }
    weir_a32_add(&s->done, 1);
    return NULL;
}

static void *alone(void *arg) {
    scene *s = arg;
    while (weir_a32_load(&s->done) < MANY) {
        weir_gate_close(&s->gate);
        if (weir_a32_load(&s->inside)) weir_a32_add(&s->bad, 1);
        s->plain[0]++;
        weir_yield();
        s->plain[1]++;
        if (weir_a32_load(&s->inside)) weir_a32_add(&s->bad, 1);
        weir_gate_open(&s->gate);
        weir_yield();
    }
    return NULL;
}

static void many_or_one(void **state) {
    (void)state;
    scene *s = weir_test_alloc(sizeof *s);
    memset(s, 0, sizeof *s);
    weir_gate_init(&s->gate);
    pthread_t t[MANY + ALONE];
    for (int i = 0; i < MANY + ALONE; i++) t[i] = weir_test_thread(i < MANY ? many : alone, s);
    for (int i = 0; i < MANY + ALONE; i++) pthread_join(t[i], NULL);
    assert_int_equal(weir_a32_load(&s->bad), 0);
    assert_int_equal(s->plain[0], s->plain[1]);
    weir_gate_destroy(&s->gate);
    free(s);
}

/* Nobody is lost who sleeps at a gate that stays closed long. */
static void sleepers_are_woken(void **state) {
    (void)state;
    scene *s = weir_test_alloc(sizeof *s);
    memset(s, 0, sizeof *s);
    weir_gate_init(&s->gate);
    for (int round = 0; round < 20; round++) {
        pthread_t t[MANY];
        weir_gate_close(&s->gate);
        for (int i = 0; i < MANY; i++) t[i] = weir_test_thread(many, s);
        for (int i = 0; i < 200; i++) weir_yield();
        assert_int_equal(weir_a32_load(&s->done), 0);
        weir_gate_open(&s->gate);
        for (int i = 0; i < MANY; i++) pthread_join(t[i], NULL);
        weir_a32_store(&s->done, 0);
    }
    weir_gate_destroy(&s->gate);
    free(s);
}

static void *closes(void *arg) {
    scene *s = arg;
    weir_gate_close(&s->gate);
    weir_a32_store_release(&s->done, 1);
    weir_gate_open(&s->gate);
    return NULL;
}

/* Who wants to be alone waits for one who stays inside long, asleep, and is woken by his leaving. */
static void alone_waits_for_the_last(void **state) {
    (void)state;
    scene *s = weir_test_alloc(sizeof *s);
    memset(s, 0, sizeof *s);
    weir_gate_init(&s->gate);
    for (int round = 0; round < 20; round++) {
        unsigned lane = weir_gate_enter(&s->gate);
        pthread_t t = weir_test_thread(closes, s);
        for (int i = 0; i < 500; i++) weir_yield();
        assert_int_equal(weir_a32_load_acquire(&s->done), 0);
        weir_gate_leave(&s->gate, lane);
        pthread_join(t, NULL);
        assert_int_equal(weir_a32_load(&s->done), 1);
        weir_a32_store(&s->done, 0);
    }
    weir_gate_destroy(&s->gate);
    free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_or_one),
        cmocka_unit_test(sleepers_are_woken),
        cmocka_unit_test(alone_waits_for_the_last),
    };
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
