/* The search is compared with one that tries every order, on all histories of up to four operations from small alphabets, and
 * on many of five; each specification has good and bad histories made by hand; what shrinking leaves is checked. */
#include "stress/lin/examples_p.h"

static lin_searcher *searcher;

/* -- by hand -- */

static void by_hand(void **state) {
    (void)state;
    for (size_t i = 0; i < EXAMPLES; i++) {
        lin_history h = history(examples[i].spec, examples[i].ops);
        if (lin_check(searcher, &h) != examples[i].verdict)
            fail_msg("%s\n%s should be %s", examples[i].spec, examples[i].ops,
                     examples[i].verdict == LIN_LEGAL ? "legal" : "illegal");
    }
}

/* -- every order tried -- */

typedef struct order {
    const lin_spec *spec;
    const lin_part *part;
    unsigned at[LIN_OPS], n;
} order;

static bool replay(const order *o) {
    lin_state s = {0};
    uint64_t placed = 0, earliest = 0;
    if (o->spec->begin) o->spec->begin(&s, o->part->param);
    for (unsigned i = 0; i < o->n; i++) {
        lin_moment m = {o->part, o->at[i], placed, earliest, LIN_NEVER};
        if (lin_self(&m)->invoked > earliest) m.earliest = earliest = lin_self(&m)->invoked;
        for (unsigned j = 0; j < o->part->count; j++)
            if (!(placed >> j & 1) && o->part->op[j].returned < m.latest) m.latest = o->part->op[j].returned;
        if (!o->spec->step(&s, &m)) return false;
        placed |= (uint64_t)1 << o->at[i];
    }
    return true;
}

static bool respects_time(const order *o) {
    for (unsigned i = 0; i < o->n; i++)
        for (unsigned j = i + 1; j < o->n; j++)
            if (o->part->op[o->at[j]].returned <= o->part->op[o->at[i]].invoked) return false;
    return true;
}

static bool any_order(order *o, uint64_t placed) {
    if (!(o->part->must & ~placed) && respects_time(o) && replay(o)) return true;
    for (unsigned i = 0; i < o->part->count; i++) {
        if (placed >> i & 1) continue;
        o->at[o->n++] = i;
        if (any_order(o, placed | (uint64_t)1 << i)) return true;
        o->n--;
    }
    return false;
}

static lin_verdict by_all_orders(const lin_history *h) {
    const lin_op *op[LIN_HISTORY];
    lin_part part;
    for (unsigned i = 0; i < h->count; i++) op[i] = &h->op[i];
    lin_part_make(&part, h->param, op, h->count);
    order o = {h->spec, &part, {0}, 0};
    return any_order(&o, 0) ? LIN_LEGAL : LIN_ILLEGAL;
}

typedef struct alphabet {
    const char *spec;
    const char *letters[8]; /* as in a file, without thread and interval */
} alphabet;

static const alphabet alphabets[] = {
    {"cell close=strict cells=0",
     {"push 1 -> ok", "push 2 -> ok", "pop -> ok 1", "pop -> ok 2", "pop -> again", "push 3 -> timeout", "close -> ok",
      "pop -> closed"}},
    {"queue capacity=1 empty=strict full=strict",
     {"push 1 -> ok", "push 2 -> ok", "pop -> ok 1", "pop -> ok 2", "pop -> no", "push 3 -> no"}},
    {"queue capacity=2 empty=early full=place",
     {"push 1 -> ok", "push 2 -> ok", "pop -> ok 1", "pop -> ok 2", "pop -> no", "push 3 -> no"}},
    {"queue capacity=2 empty=strict full=early",
     {"push 1 -> ok", "push 2 -> ok", "pop -> ok 1", "pop -> ok 2", "pop -> no", "push 3 -> no"}},
    {"queue capacity=2 empty=early full=early",
     {"push 1 -> ok", "push 2 -> closed", "pop -> ok 1", "pop -> again", "close -> ok", "push 3 -> again",
      "pop -> closed", "drained -> no"}},
    {"mcast capacity=1 readers=1",
     {"push 1 -> ok", "push 2 -> ok", "push 3 -> no", "pop 0 -> ok 1", "pop 0 -> ok 2", "pop 0 -> no", "join 0 -> ok",
      "leave 0 -> ok"}},
    {"deque capacity=2",
     {"push 1 -> ok", "push 2 -> ok", "pop -> ok 1", "pop -> no", "steal -> ok 1", "steal -> ok 2", "steal -> again",
      "steal -> abort"}},
    {"set answers=exact",
     {"insert 1 -> yes", "insert 1 -> no", "remove 1 -> yes", "remove 1 -> no", "contains 1 -> yes",
      "contains 1 -> no"}},
    {"set answers=maybe",
     {"insert 1 -> ok", "remove 1 -> ok", "remove 1 -> no", "contains 1 -> yes", "contains 1 -> no"}},
    {"map",
     {"set 1 1 -> ok", "get 1 -> yes 1", "get 1 -> no", "del 1 -> yes", "snx 1 2 -> yes", "cas 1 1 2 -> yes",
      "cas 1 2 1 -> no"}},
    {"pubsub",
     {"sub 0 -> ok", "unsub 0 -> ok", "pub 1 -> ok", "pub 2 -> ok", "run 0 -> ok 1", "run 0 -> ok 2",
      "quiet 0 -> yes"}},
};
enum { ALPHABETS = sizeof alphabets / sizeof *alphabets };

static unsigned read_letters(const alphabet *a, lin_history *h) {
    char ops[1024] = "";
    unsigned n = 0;
    for (; n < 8 && a->letters[n]; n++)
        snprintf(ops + strlen(ops), sizeof ops - strlen(ops), "%u 1 2 %s\n", n, a->letters[n]);
    *h = history(a->spec, ops);
    return n;
}

static uint64_t compared, illegal;

static void compare(const lin_history *h) {
    lin_verdict expected = by_all_orders(h);
    if (lin_check(searcher, h) != expected) {
        lin_write(stderr, h);
        fail_msg("this history is %s", expected == LIN_LEGAL ? "legal" : "illegal");
    }
    compared++;
    illegal += expected == LIN_ILLEGAL;
}

/* All ways in which n operations, numbered by their invocations, can begin and end; `open` of them are under way. */
static void all_intervals(lin_history *h, unsigned begun, unsigned open_mask, uint64_t stamp,
                          void (*each)(lin_history *)) {
    if (begun == h->count && !open_mask) {
        each(h);
        return;
    }
    if (begun < h->count) {
        h->op[begun].invoked = stamp;
        all_intervals(h, begun + 1, open_mask | 1u << begun, stamp + 1, each);
    }
    for (unsigned i = 0; i < begun; i++)
        if (open_mask >> i & 1) {
            h->op[i].returned = stamp;
            all_intervals(h, begun, open_mask & ~(1u << i), stamp + 1, each);
        }
}

static const lin_op *letters;
static unsigned letter_count;

static void all_operations(lin_history *h) {
    unsigned words = 1;
    for (unsigned i = 0; i < h->count; i++) words *= letter_count;
    for (unsigned w = 0; w < words; w++) {
        for (unsigned i = 0, rest = w; i < h->count; i++, rest /= letter_count) {
            lin_op op = letters[rest % letter_count];
            op.invoked = h->op[i].invoked;
            op.returned = h->op[i].returned;
            op.thread = (uint8_t)i;
            h->op[i] = op;
        }
        compare(h);
    }
}

/* The same with each set of operations pending: their results are known or not. */
static void all_pending(lin_history *h) {
    lin_history kept = *h;
    for (unsigned pending = 1; pending < 1u << h->count; pending++)
        for (unsigned w = 0; w < letter_count * letter_count; w++) {
            *h = kept;
            for (unsigned i = 0, rest = w; i < h->count; i++, rest /= letter_count) {
                lin_op op = letters[rest % letter_count];
                op.invoked = kept.op[i].invoked;
                op.returned = pending >> i & 1 ? LIN_NEVER : kept.op[i].returned;
                if ((pending >> i & 1) && (w & 1)) op.result = LIN_PENDING;
                op.thread = (uint8_t)i;
                h->op[i] = op;
            }
            compare(h);
        }
    *h = kept;
}

static void small_histories(void **state) {
    (void)state;
    for (unsigned a = 0; a < ALPHABETS; a++) {
        lin_history of_letters;
        letter_count = read_letters(&alphabets[a], &of_letters);
        letters = of_letters.op;
        for (unsigned n = 1; n <= (letter_count > 6 ? 3 : 4); n++) {
            lin_history h = of_letters;
            h.count = n;
            all_intervals(&h, 0, 0, 1, all_operations);
            if (n == 2) all_intervals(&h, 0, 0, 1, all_pending);
        }
    }
    print_message("%lu histories, %lu of them illegal\n", compared, illegal);
    assert_true(illegal > 100000 && compared - illegal > 100000);
}

/* Longer ones, drawn at random. */
static void random_histories(void **state) {
    (void)state;
    uint64_t random = 1;
    for (unsigned round = 0; round < 100000; round++) {
        lin_history of_letters, h;
        unsigned n = read_letters(&alphabets[round % ALPHABETS], &of_letters);
        h = of_letters;
        h.count = 5;
        for (unsigned i = 0; i < h.count; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            h.op[i] = of_letters.op[(random >> 33) % n];
            h.op[i].thread = (uint8_t)i;
            h.op[i].invoked = 1 + (random >> 40) % 8;
            h.op[i].returned = h.op[i].invoked + 1 + (random >> 48) % 5;
        }
        compare(&h);
    }
}

/* -- budget -- */

static void budget(void **state) {
    (void)state;
    lin_searcher *small = lin_searcher_make(8);
    char ops[2048] = "";
    for (unsigned i = 0; i < 8; i++)
        snprintf(ops + strlen(ops), sizeof ops - strlen(ops), "%u 1 9 push %u -> ok\n", i, i);
    lin_history h = history("queue capacity=0 empty=strict full=strict", ops);
    assert_int_equal(lin_check(small, &h), LIN_LEGAL);
    h.op[0].kind = LIN_POP; /* of a value that nobody pushed */
    h.op[0].value = 99;
    assert_int_equal(lin_check(small, &h), LIN_UNKNOWN);
    assert_int_equal(lin_check(searcher, &h), LIN_ILLEGAL);
    lin_searcher_free(small);
}

/* -- shrinking -- */

static void shrinks(void **state) {
    (void)state;
    lin_history h =
        history("queue capacity=8 empty=strict full=strict",
                "0 1 2 push 1 -> ok\n1 2 3 pop -> ok 1\n1 3 4 pop -> again\n0 4 5 push 2 -> ok\n"
                "0 5 6 push 3 -> ok\n1 6 7 pop -> ok 3\n0 8 9 push 4 -> ok\n1 9 10 pop -> ok 2\n1 10 11 pop -> ok 4\n");
    unsigned culprit = lin_shrink(searcher, &h);
    assert_int_equal(lin_check(searcher, &h), LIN_ILLEGAL);
    assert_int_equal(h.count, 3); /* push 2, push 3, pop -> 3 */
    assert_int_equal(h.op[culprit].value, 3);
    h = history("set answers=exact",
                "0 1 2 insert 1 -> yes\n0 2 3 insert 2 -> yes\n1 2 3 contains 1 -> yes\n1 3 4 contains 2 -> no\n");
    culprit = lin_shrink(searcher, &h);
    assert_int_equal(h.count, 2);
    assert_int_equal(h.op[culprit].arg, 2);
}

/* Whatever the history, what is left is illegal and no longer. */
static void shrinks_soundly(void **state) {
    (void)state;
    uint64_t random = 7;
    for (unsigned round = 0; round < 20000; round++) {
        lin_history of_letters, h;
        unsigned n = read_letters(&alphabets[round % ALPHABETS], &of_letters);
        h = of_letters;
        h.count = 8;
        for (unsigned i = 0; i < h.count; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            h.op[i] = of_letters.op[(random >> 33) % n];
            h.op[i].thread = (uint8_t)i;
            h.op[i].invoked = 1 + (random >> 40) % 12;
            h.op[i].returned = h.op[i].invoked + 1 + (random >> 48) % 5;
        }
        if (lin_check(searcher, &h) != LIN_ILLEGAL) continue;
        unsigned culprit = lin_shrink(searcher, &h);
        assert_true(culprit < h.count && h.count <= 8);
        assert_int_equal(by_all_orders(&h), LIN_ILLEGAL);
        for (unsigned i = 0; i < h.count; i++) /* were it not for what returned last, it would be legal */
            if (i != culprit && h.op[i].returned == h.op[culprit].returned) h.op[i].returned = LIN_NEVER;
        h.op[culprit].returned = LIN_NEVER;
        assert_int_equal(by_all_orders(&h), LIN_LEGAL);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_hand),          cmocka_unit_test(small_histories),
                                       cmocka_unit_test(random_histories), cmocka_unit_test(budget),
                                       cmocka_unit_test(shrinks),          cmocka_unit_test(shrinks_soundly)};
    searcher = lin_searcher_make(1 << 14);
    assert_non_null(searcher);
    int failed = cmocka_run_group_tests_name("lin", tests, NULL, NULL);
    lin_searcher_free(searcher);
    return failed;
}
