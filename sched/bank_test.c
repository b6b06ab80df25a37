/* Transfers between accounts, in the order family: money is neither made nor lost, and since a transfer that the balance does not
 * cover is refused, the final balances depend on the order of all of them. They are those of a plain loop, for any number
 * of workers. */
#include "prims/test_p.h"

#include "prims/variant.h"
#include "sched/sched.h"

enum { ACCOUNTS = 50, TRANSFERS = 5000, BEGIN = 100 };

typedef struct transfer {
    weir_event e;
    unsigned from, to;
    int64_t amount;
} transfer;

static int64_t balance[ACCOUNTS];
static unsigned refused;
static transfer transfers[TRANSFERS];

static uint64_t mix(uint64_t a, uint64_t b) {
    uint64_t x = (a ^ b * 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
    return x ^ x >> 31;
}

static void begin(void) {
    refused = 0;
    for (int i = 0; i < ACCOUNTS; i++) balance[i] = BEGIN;
}

static void prepare(transfer *t, uint64_t i) {
    t->from = (unsigned)(mix(i, 1) % ACCOUNTS);
    t->to = (unsigned)(mix(i, 2) % ACCOUNTS);
    t->amount = (int64_t)(mix(i, 3) % (BEGIN / 2));
}

static void carry_out(const transfer *t) {
    if (balance[t->from] < t->amount) {
        refused++;
        return;
    }
    balance[t->from] -= t->amount;
    balance[t->to] += t->amount;
}

static void run(weir_turn *turn, weir_event *e) {
    (void)turn;
    prepare((transfer *)e, (uint64_t)((transfer *)e - transfers));
}

static void data(weir_turn *turn, weir_event *e) {
    carry_out((transfer *)e);
    weir_turn_digest(turn, (uint64_t)balance[((transfer *)e)->from]);
}

/* Handed in by two sources in turn, in an order that is not that of their keys: 32 at a time are shuffled. */
static void by_workers(unsigned workers, uint64_t *digest) {
    weir_sched *s;
    weir_source *source[2];
    weir_sched_stats stats;
    weir_sched_options o = {.variant = WEIR_STRING(WEIR_ORDER), .workers = workers, .window = 1024};
    assert_int_equal(weir_sched_open(&o, &s, NULL), WEIR_SCHED_OK);
    for (uint32_t i = 0; i < 2; i++) assert_int_equal(weir_source_open(s, i, NULL, &source[i]), WEIR_SCHED_OK);
    for (uint64_t i = 0; i < TRANSFERS; i++) {
        uint64_t at = i < TRANSFERS / 32 * 32 ? i ^ 21 : i;
        transfers[at] = (transfer){.e = {.key = at, .run = run, .data = data}};
        assert_int_equal(weir_source_submit(source[i % 2], &transfers[at].e), WEIR_SCHED_OK);
        if (i % 32 == 31)
            for (int k = 0; k < 2; k++) weir_source_promise(source[k], i + 1);
    }
    weir_source_close(source[0]);
    weir_source_close(source[1]);
    assert_int_equal(weir_sched_wait(s, WEIR_FOREVER), WEIR_SCHED_OK);
    weir_sched_stats_get(s, &stats);
    assert_true(stats.digest);
    *digest = stats.digest;
    weir_sched_close(s);
}

static void as_a_plain_loop(void **state) {
    (void)state;
    int64_t expected[ACCOUNTS], total = 0;
    uint64_t digest, first = 0;
    begin();
    for (uint64_t i = 0; i < TRANSFERS; i++) {
        transfer t;
        prepare(&t, i);
        carry_out(&t);
    }
    memcpy(expected, balance, sizeof balance);
    unsigned then_refused = refused;
    assert_true(refused > TRANSFERS / 20); /* so that the order matters */
    for (unsigned workers = 1; workers <= 8; workers *= 2) {
        begin();
        by_workers(workers, &digest);
        assert_memory_equal(balance, expected, sizeof balance);
        assert_int_equal(refused, then_refused);
        if (!first) first = digest;
        assert_int_equal(digest, first);
    }
    for (int i = 0; i < ACCOUNTS; i++) total += balance[i];
    assert_int_equal(total, ACCOUNTS * BEGIN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_a_plain_loop),
    };
    return cmocka_run_group_tests_name("bank", tests, NULL, NULL);
}
