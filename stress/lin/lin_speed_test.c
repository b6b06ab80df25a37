/* How many windows the search decides in a second of one processor. */
#include <time.h>

#include "prims/test_p.h"
#include "stress/lin/search.h"
#include "stress/lin/spec_queue.h"

static lin_searcher *searcher;

enum { WINDOWS = 512, THREADS = 3, EACH = 6 };

static uint64_t dice;

static uint32_t below(uint32_t n) {
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((dice >> 33) % n);
}

/* Takes effect at a queue of capacity 4, which is `items`. */
static void take_effect(lin_op *op, uint64_t *items, unsigned *count) {
    op->result = LIN_NO;
    if (op->kind == LIN_PUSH && *count < 4) {
        items[(*count)++] = op->arg;
        op->result = LIN_OK;
    } else if (op->kind == LIN_POP && *count > 0) {
        op->value = items[0];
        memmove(items, items + 1, --*count * sizeof *items);
        op->result = LIN_OK;
    }
}

/* A legal window of 18 operations: each thread invokes, takes effect and returns, one of them at a time. */
static lin_history window(void) {
    lin_history h = {.spec = &lin_queue, .param = {4, LIN_STRICT, LIN_STRICT}};
    uint64_t items[4], stamp = 0;
    unsigned count = 0, stage[THREADS] = {0}, op_of[THREADS] = {0};
    for (h.count = 0; stamp < 2 * THREADS * EACH;) {
        unsigned t = below(THREADS), turn = stage[t] % 3;
        if (stage[t] == 3 * EACH) continue;
        if (turn == 0) {
            op_of[t] = h.count++;
            h.op[op_of[t]] = (lin_op){
                .thread = (uint8_t)t, .kind = (uint8_t)below(2), .arg = 100 * t + stage[t], .invoked = ++stamp};
        } else if (turn == 1) take_effect(&h.op[op_of[t]], items, &count);
        else h.op[op_of[t]].returned = ++stamp;
        stage[t]++;
    }
    return h;
}

/* The same with one pop's value another's: illegal as a rule, which takes longest to find out. */
static void spoil(lin_history *h) {
    unsigned a = below(h->count), b = below(h->count);
    for (unsigned tries = 0; tries < 100 && (h->op[a].kind != LIN_POP || h->op[a].result != LIN_OK); tries++)
        a = below(h->count);
    for (unsigned tries = 0; tries < 100 && (h->op[b].kind != LIN_PUSH || h->op[b].result != LIN_OK); tries++)
        b = below(h->count);
    h->op[a].value = h->op[b].arg;
}

static double windows_a_second(const lin_history *h) {
    struct timespec from, to;
    uint64_t done = 0;
    double seconds;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    do {
        for (unsigned i = 0; i < WINDOWS; i++) lin_check(searcher, &h[i]);
        done += WINDOWS;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        seconds = (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
    } while (seconds < 0.2);
    return (double)done / seconds;
}

/* Optimised, a core does more than ten times what is asked here, which is what the slowest of our builds must do. */
static void speed(void **state) {
    (void)state;
    lin_history *legal = calloc(WINDOWS, sizeof *legal), *spoilt = calloc(WINDOWS, sizeof *spoilt);
    dice = 1;
    for (unsigned i = 0; i < WINDOWS; i++) {
        legal[i] = spoilt[i] = window();
        spoil(&spoilt[i]);
        assert_int_equal(lin_check(searcher, &legal[i]), LIN_LEGAL);
    }
    double a = windows_a_second(legal), b = windows_a_second(spoilt);
    print_message("windows of 18 operations searched a second: %.0f legal, %.0f spoilt\n", a, b);
    assert_true(a > 2000 && b > 2000);
    free(legal);
    free(spoilt);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(speed)};
    searcher = lin_searcher_make(1 << 14);
    assert_non_null(searcher);
    int failed = cmocka_run_group_tests_name("lin_speed", tests, NULL, NULL);
    lin_searcher_free(searcher);
    return failed;
}
