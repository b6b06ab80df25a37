/* Transfers between accounts in the run parts of events, which only dependencies keep apart: each awaits by id the last before it on
 * either account. Audits of a branch await a subtree, those of the bank all there is, and what comes later awaits the audit. So in
 * either family, for any number of workers and any filter, each balance and each audit is that of a plain loop. */
#ifdef WEIR_ORDER /* the build names the variant that is tested; later on all have a default */
#define VARIANT WEIR_ORDER
enum { ORDER = 1 };
#else
#define VARIANT WEIR_POOL
enum { ORDER = 0 };
#endif

#include "prims/test_p.h"

#include "prims/variant.h"
#include "sched/sched.h"

static const char *const variant = WEIR_STRING(VARIANT);

enum { BRANCHES = 8, EACH = 8, ACCOUNTS = BRANCHES * EACH, BEGIN = 100, STEPS = 3000, BETWEEN = 0xff, STREAM = 1 };

typedef struct step {
    weir_event e; /* first */
    weir_dep deps[3];
    enum { MOVE, AUDIT_BRANCH, AUDIT_BANK } kind;
    unsigned from, to; /* accounts; of an audit: the first, and behind the last */
    int64_t amount;
    int64_t seen; /* by an audit */
} step;

static step steps[STEPS];
static int64_t balance[ACCOUNTS];

static unsigned chance(uint64_t i, uint64_t what, unsigned n) {
    uint64_t x = (i * 8 + what + 1) * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    return (unsigned)((x ^ x >> 27) >> 33) % n;
}

/* -- what is done ------------------------------------------------------------------------------------------------------ */

static void carry_out(step *s) {
    if (s->kind != MOVE) {
        s->seen = 0;
        for (unsigned i = s->from; i < s->to; i++) s->seen += balance[i];
    } else if (balance[s->from] >= s->amount) {
        balance[s->from] -= s->amount;
        balance[s->to] += s->amount;
    }
}

static void run(weir_turn *turn, weir_event *e) {
    (void)turn;
    carry_out((step *)e);
}

/* -- what awaits what -------------------------------------------------------------------------------------------------- */

typedef struct teller {
    uint64_t last[ACCOUNTS]; /* the seq of the last step that looked at or changed it; 0: none */
    uint64_t bank;           /* of the last audit of all */
} teller;

static void await(step *s, weir_dep d) {
    s->deps[s->e.ndeps++] = d;
    s->e.deps = s->deps;
}

static void await_id(step *s, uint64_t seq) {
    if (seq) await(s, (weir_dep){.kind = WEIR_DEP_ID, .stream = STREAM, .on.seq = seq});
}

static void make_move(teller *t, step *s, uint64_t i) {
    s->from = chance(i, 1, ACCOUNTS);
    unsigned near = s->from / EACH * EACH + chance(i, 2, EACH), far = chance(i, 3, ACCOUNTS);
    s->to = chance(i, 4, 3) ? near : far;
    s->amount = chance(i, 5, BEGIN);
    await_id(s, t->last[s->from]);
    if (t->last[s->to] != t->last[s->from]) await_id(s, t->last[s->to]);
    await_id(s, t->bank);
    t->last[s->from] = t->last[s->to] = s->e.seq;
    bool inside = s->from / EACH == s->to / EACH;
    s->e.levels = 2;
    s->e.path = (uint64_t)(inside ? s->from / EACH : BETWEEN) << 56 | (uint64_t)s->from << 48;
}

static void make_audit(teller *t, step *s, unsigned branch) {
    s->kind = AUDIT_BRANCH;
    s->from = branch * EACH;
    s->to = s->from + EACH;
    s->e.levels = 1;
    s->e.path = (uint64_t)branch << 56;
    await(s, (weir_dep){.kind = WEIR_DEP_SUBTREE, .levels = 1, .on.path = s->e.path});
    await(s, (weir_dep){.kind = WEIR_DEP_SUBTREE, .levels = 1, .on.path = (uint64_t)BETWEEN << 56});
    await_id(s, t->bank);
    for (unsigned i = s->from; i < s->to; i++) t->last[i] = s->e.seq;
}

static void make_audit_of_all(teller *t, step *s) {
    s->kind = AUDIT_BANK;
    s->to = ACCOUNTS;
    await(s, (weir_dep){.kind = WEIR_DEP_SUBTREE});
    await_id(s, t->bank); /* which is in no hierarchy */
    t->bank = s->e.seq;
}

static void make_all(void) {
    teller t = {.bank = 0};
    for (uint64_t i = 0; i < STEPS; i++) {
        step *s = &steps[i];
        *s = (step){.e = {.key = ORDER ? i / 3 : 0, .seq = i + 1, .flags = WEIR_EVENT_NAMED, .run = run}};
        unsigned kind = chance(i, 0, 40);
        if (kind == 0) make_audit_of_all(&t, s);
        else if (kind < 6) make_audit(&t, s, chance(i, 1, BRANCHES));
        else make_move(&t, s, i);
    }
    for (int i = 0; i < ACCOUNTS; i++) balance[i] = BEGIN;
}

/* -- by workers, and by a loop --------------------------------------------------------------------------------------- */

static void by_workers(unsigned workers, const char *filter) {
    weir_sched *s;
    weir_source *source;
    weir_sched_options o = {.variant = variant, .workers = workers, .filter = filter, .window = ORDER ? 256 : 0};
    make_all();
    assert_int_equal(weir_sched_open(&o, &s, NULL), WEIR_SCHED_OK);
    assert_int_equal(weir_source_open(s, STREAM, NULL, &source), WEIR_SCHED_OK);
    for (int i = 0; i < STEPS; i++) {
        if (i % 64 == 0) assert_int_equal(weir_source_promise(source, steps[i].e.key), WEIR_SCHED_OK);
        assert_int_equal(weir_source_submit(source, &steps[i].e), WEIR_SCHED_OK);
    }
    weir_source_close(source);
    assert_int_equal(weir_sched_wait(s, weir_now_ns() + 60000000000u), WEIR_SCHED_OK);
    weir_sched_close(s);
}

static void as_a_plain_loop(void **state) {
    (void)state;
    static const char *const filters[] = {NULL, "none", "maybe"};
    int64_t expected[ACCOUNTS], seen[STEPS];
    make_all();
    for (int i = 0; i < STEPS; i++) {
        carry_out(&steps[i]);
        seen[i] = steps[i].seen;
    }
    memcpy(expected, balance, sizeof balance);
    for (unsigned workers = 0; workers <= 8; workers = workers ? 2 * workers : 1) {
        by_workers(workers, filters[workers % 3]);
        assert_memory_equal(balance, expected, sizeof balance);
        for (int i = 0; i < STEPS; i++) {
            assert_int_equal(steps[i].seen, seen[i]);
            if (steps[i].kind == AUDIT_BANK) assert_int_equal(steps[i].seen, ACCOUNTS * BEGIN);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_a_plain_loop)};
    return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
