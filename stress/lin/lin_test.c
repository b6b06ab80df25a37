/* The search is compared with one that tries every order, on all histories of up to four operations from small alphabets, and
 * on many of five; each specification has good and bad histories made by hand; shrinking and files are checked for what they
 * promise. */
#include <time.h>

#include "prims/test_p.h"
#include "stress/lin/search.h"
#include "stress/lin/spec_queue.h"
#include "stress/lin/text.h"

static lin_searcher *searcher;

static bool parse(const char *text, lin_history *h, lin_mistake *m) {
    FILE *f = fmemopen((void *)text, strlen(text), "r");
    assert_non_null(f);
    bool ok = lin_read(f, h, m);
    fclose(f);
    return ok;
}

static lin_history history(const char *spec, const char *ops) {
    char text[4096];
    lin_history h;
    lin_mistake m;
    snprintf(text, sizeof text, "weir history 1\n%s\n%s", spec, ops);
    if (!parse(text, &h, &m)) fail_msg("line %u: %s\n%s", m.line, m.what, text);
    return h;
}

/* -- by hand -- */

typedef struct example {
    const char *spec, *ops;
    lin_verdict verdict;
} example;

static const example examples[] = {
    /* cell: alternating, by value */
    {"cell close=strict cells=0", "0 1 2 push 7 -> ok\n1 3 4 pop -> ok 7\n", LIN_LEGAL},
    {"cell close=strict cells=0", "0 1 2 push 7 -> ok\n1 3 4 pop -> ok 8\n", LIN_ILLEGAL},
    {"cell close=strict cells=0", "0 1 2 push 7 -> ok\n0 2 3 push 8 -> ok\n1 3 5 pop -> ok 7\n",
     LIN_ILLEGAL}, /* two inside */
    {"cell close=strict cells=0", "0 1 2 push 7 -> ok\n0 2 9 push 8 -> ok\n1 3 5 pop -> ok 7\n1 5 6 pop -> ok 8\n",
     LIN_LEGAL},
    {"cell close=strict cells=0", "0 1 9 push 7 -> ok\n1 2 8 push 8 -> ok\n2 3 4 pop -> ok 8\n2 4 5 pop -> ok 7\n",
     LIN_LEGAL},
    {"cell close=strict cells=0", "0 1 2 push 7 -> ok\n1 2 3 pop -> again\n", LIN_ILLEGAL}, /* full, and nobody about */
    {"cell close=strict cells=0", "0 1 9 push 7 -> ok\n1 2 3 pop -> again\n1 3 4 push 8 -> again\n", LIN_LEGAL},
    {"cell close=strict cells=0", "0 1 2 push 7 -> ok\n1 2 3 push 8 -> timeout\n1 3 4 pop -> ok 7\n", LIN_LEGAL},
    {"cell close=strict cells=0",
     "0 1 2 push 7 -> ok\n1 2 3 close -> ok\n0 3 4 push 8 -> closed\n1 3 4 pop -> ok 7\n1 4 5 pop -> closed\n",
     LIN_LEGAL},
    {"cell close=strict cells=0", "0 1 2 push 7 -> ok\n1 2 3 close -> ok\n1 3 4 pop -> closed\n",
     LIN_ILLEGAL}, /* not drained */
    {"cell close=strict cells=0", "1 2 3 close -> ok\n0 3 4 push 8 -> ok\n", LIN_ILLEGAL},
    {"cell close=strict cells=0", "0 1 2 push 8 -> closed\n1 3 4 close -> ok\n", LIN_ILLEGAL},
    {"cell close=strict cells=0", "0 1 2 push 8 -> timeout\n", LIN_ILLEGAL},
    {"cell close=strict cells=0", "0 1 - push 7 -> ?\n1 2 3 pop -> ok 7\n",
     LIN_LEGAL}, /* pending ones may have taken effect */
    {"cell close=strict cells=0", "0 1 - push 7 -> ?\n1 2 3 push 8 -> ok\n2 4 5 pop -> ok 8\n", LIN_LEGAL}, /* or not */
    {"cell close=strict cells=0", "0 1 2 push 7 -> ok\n1 3 - pop -> ?\n2 4 5 push 8 -> ok\n", LIN_LEGAL},
    {"cell close=strict cells=0", "0 1 2 push 7 -> ok\n1 3 - pop -> ok 9\n2 4 5 push 8 -> ok\n",
     LIN_ILLEGAL}, /* it can only have been 9 */
    {"cell close=strict cells=0",
     "0 1 4 close -> ok\n1 2 3 push 8 -> closed\n2 2 5 push 9 -> ok\n1 5 6 pop -> ok 9\n1 6 7 pop -> closed\n",
     LIN_LEGAL},
    {"cell close=strict cells=0", "0 1 4 close -> ok\n1 2 3 push 8 -> closed\n2 3 5 push 9 -> ok\n", LIN_ILLEGAL},
    {"cell close=early cells=0", "0 1 4 close -> ok\n1 2 3 push 8 -> closed\n2 3 5 push 9 -> ok\n", LIN_LEGAL},
    {"cell close=early cells=0", "0 1 4 close -> ok\n1 2 3 push 8 -> closed\n2 4 5 push 9 -> ok\n", LIN_ILLEGAL},
    {"cell close=early cells=1", "0 1 2 pop -> timeout\n0 2 3 push 9 -> timeout\n", LIN_LEGAL},
    {"cell close=early cells=2", "0 1 2 pop -> timeout\n0 2 3 push 9 -> timeout\n", LIN_ILLEGAL},
    /* queue, strict */
    {"queue capacity=2 empty=strict full=strict",
     "0 1 2 push 7 -> ok\n0 2 3 push 8 -> ok\n1 3 4 pop -> ok 7\n1 4 5 pop -> ok 8\n1 5 6 pop -> again\n", LIN_LEGAL},
    {"queue capacity=2 empty=strict full=strict", "0 1 2 push 7 -> ok\n0 2 3 push 8 -> ok\n1 3 4 pop -> ok 8\n",
     LIN_ILLEGAL},
    {"queue capacity=2 empty=strict full=strict", "0 1 2 push 7 -> ok\n1 2 4 pop -> ok 7\n2 3 5 pop -> ok 7\n",
     LIN_ILLEGAL},
    {"queue capacity=2 empty=strict full=strict", "0 1 2 push 7 -> ok\n0 2 3 push 8 -> again\n", LIN_ILLEGAL},
    {"queue capacity=1 empty=strict full=strict", "0 1 2 push 7 -> ok\n0 2 3 push 8 -> again\n", LIN_LEGAL},
    {"queue capacity=1 empty=strict full=strict", "0 1 2 push 7 -> ok\n0 2 3 push 8 -> ok\n", LIN_ILLEGAL},
    {"queue capacity=0 empty=strict full=strict", "0 1 2 push 7 -> ok\n0 2 3 push 8 -> ok\n", LIN_LEGAL},
    {"queue capacity=2 empty=strict full=strict", "0 1 2 push 7 -> ok\n0 2 3 pop -> no\n", LIN_ILLEGAL},
    /* early: an unfinished push hides what is behind it, also from the thread that put it there; a finished one does not */
    {"queue capacity=2 empty=early full=strict", "0 1 9 push 7 -> ok\n1 2 3 push 8 -> ok\n1 3 4 pop -> no\n",
     LIN_LEGAL},
    {"queue capacity=2 empty=strict full=strict", "0 1 9 push 7 -> ok\n1 2 3 push 8 -> ok\n1 3 4 pop -> no\n",
     LIN_ILLEGAL},
    {"queue capacity=2 empty=early full=strict", "0 1 2 push 7 -> ok\n1 2 3 push 8 -> ok\n1 3 4 pop -> no\n",
     LIN_ILLEGAL},
    {"queue capacity=2 empty=early full=strict",
     "0 1 5 push 7 -> ok\n1 2 3 push 8 -> ok\n1 5 7 pop -> no\n2 6 8 pop -> ok 7\n", LIN_ILLEGAL}, /* it had returned */
    {"queue capacity=2 empty=early full=strict",
     "0 1 9 push 7 -> ok\n1 2 3 push 8 -> ok\n1 3 4 pop -> no\n1 4 5 pop -> ok 8\n",
     LIN_ILLEGAL}, /* what it hid behind comes before 8 */
    {"queue capacity=4 empty=early full=strict",
     "0 1 9 push 7 -> ok\n1 2 3 push 8 -> ok\n1 3 4 pop -> no\n2 4 5 pop -> ok 8\n1 6 7 push 9 -> ok\n1 7 8 pop -> ok 9\n",
     LIN_ILLEGAL}, /* it hid 8, so it was before it */
    /* full while a place is held: by a push that has not taken effect, or by the pop from the place that comes next */
    {"queue capacity=2 empty=strict full=early",
     "0 1 19 push 7 -> ok\n1 2 3 push 8 -> ok\n1 3 4 push 9 -> no\n1 4 5 pop -> ok 8\n1 5 6 push 10 -> ok\n1 6 7 pop -> ok 10\n",
     LIN_LEGAL},
    {"queue capacity=2 empty=strict full=strict",
     "0 1 19 push 7 -> ok\n1 2 3 push 8 -> ok\n1 3 4 push 9 -> no\n1 4 5 pop -> ok 8\n1 5 6 push 10 -> ok\n1 6 7 pop -> ok 10\n",
     LIN_ILLEGAL}, /* 7 would have been in, before 10 */
    {"queue capacity=4 empty=strict full=early", "0 1 9 push 7 -> ok\n1 2 3 push 8 -> ok\n1 3 4 push 9 -> no\n",
     LIN_ILLEGAL},
    {"queue capacity=2 empty=early full=place",
     "0 1 2 push 7 -> ok\n0 2 3 push 8 -> ok\n1 3 9 pop -> ok 7\n2 4 5 pop -> ok 8\n2 5 6 push 9 -> no\n", LIN_LEGAL},
    {"queue capacity=2 empty=early full=place",
     "0 1 2 push 7 -> ok\n0 2 3 push 8 -> ok\n1 3 4 pop -> ok 7\n2 4 9 pop -> ok 8\n0 5 6 push 9 -> no\n", LIN_ILLEGAL},
    {"queue capacity=2 empty=early full=early",
     "0 1 2 push 7 -> ok\n0 2 3 push 8 -> ok\n1 3 9 pop -> ok 7\n2 4 5 pop -> ok 8\n2 5 6 push 9 -> no\n", LIN_ILLEGAL},
    /* close */
    {"queue capacity=2 empty=strict full=strict",
     "0 1 2 push 7 -> ok\n1 2 3 close -> ok\n0 3 4 push 8 -> closed\n1 3 4 pop -> ok 7\n1 4 5 pop -> closed\n1 5 6 drained -> "
     "yes\n",
     LIN_LEGAL},
    {"queue capacity=2 empty=strict full=strict", "1 2 3 close -> ok\n0 3 4 push 8 -> ok\n", LIN_ILLEGAL},
    {"queue capacity=2 empty=strict full=strict", "1 2 3 close -> ok\n0 3 4 push 8 -> again\n", LIN_ILLEGAL},
    {"queue capacity=2 empty=strict full=strict", "1 2 6 close -> ok\n2 3 4 closed -> yes\n0 4 5 push 8 -> again\n",
     LIN_LEGAL},
    {"queue capacity=2 empty=strict full=strict", "0 1 2 push 7 -> ok\n1 2 3 close -> ok\n1 3 4 pop -> closed\n",
     LIN_ILLEGAL},
    {"queue capacity=2 empty=strict full=strict", "1 2 3 close -> ok\n1 3 4 pop -> again\n", LIN_ILLEGAL},
    {"queue capacity=2 empty=strict full=strict",
     "0 1 5 pop -> ok 7\n2 0 1 push 7 -> ok\n1 2 3 close -> ok\n1 3 4 pop -> again\n", LIN_LEGAL},
    {"queue capacity=2 empty=strict full=strict", "1 2 3 close -> ok\n1 3 4 drained -> no\n", LIN_ILLEGAL},
    {"queue capacity=2 empty=strict full=strict", "1 2 3 closed -> yes\n1 3 4 close -> ok\n", LIN_ILLEGAL},
    /* mcast */
    {"mcast capacity=2 readers=2",
     "0 1 2 join 0 -> ok\n1 2 3 join 1 -> ok\n2 3 4 push 7 -> ok\n2 4 5 push 8 -> ok\n0 5 6 pop 0 -> ok 7\n1 5 6 pop 1 -> ok 7\n0 6 "
     "7 pop 0 -> ok 8\n0 7 8 pop 0 -> no\n",
     LIN_LEGAL},
    {"mcast capacity=2 readers=2", "0 1 2 join 0 -> ok\n2 3 4 push 7 -> ok\n2 4 5 push 8 -> ok\n0 5 6 pop 0 -> ok 8\n",
     LIN_ILLEGAL},
    {"mcast capacity=2 readers=2", "0 1 2 join 0 -> ok\n2 3 4 push 7 -> ok\n2 4 5 push 8 -> ok\n2 5 6 push 9 -> ok\n",
     LIN_ILLEGAL}, /* overrun */
    {"mcast capacity=1 readers=2", "0 1 2 join 0 -> ok\n2 3 4 push 7 -> ok\n2 4 5 push 8 -> no\n", LIN_LEGAL},
    {"mcast capacity=1 readers=2", "2 3 4 push 7 -> ok\n2 4 5 push 8 -> ok\n0 6 7 join 0 -> ok\n0 7 8 pop 0 -> no\n",
     LIN_LEGAL},
    {"mcast capacity=1 readers=2", "2 3 4 push 7 -> ok\n0 6 7 join 0 -> ok\n0 7 8 pop 0 -> ok 7\n", LIN_ILLEGAL},
    {"mcast capacity=1 readers=1", "0 1 2 join 0 -> ok\n1 2 3 join 1 -> no\n0 3 4 leave 0 -> ok\n1 4 5 join 1 -> ok\n",
     LIN_LEGAL},
    {"mcast capacity=1 readers=1", "0 1 2 join 0 -> ok\n0 2 3 leave 0 -> ok\n1 4 5 join 1 -> no\n", LIN_ILLEGAL},
    /* deque */
    {"deque capacity=4",
     "0 1 2 push 7 -> ok\n0 2 3 push 8 -> ok\n0 3 4 pop -> ok 8\n1 4 5 steal -> ok 7\n0 5 6 pop -> no\n", LIN_LEGAL},
    {"deque capacity=4", "0 1 2 push 7 -> ok\n0 2 3 push 8 -> ok\n0 3 4 pop -> ok 7\n", LIN_ILLEGAL},
    {"deque capacity=4", "0 1 2 push 7 -> ok\n0 2 3 push 8 -> ok\n1 3 4 steal -> ok 8\n", LIN_ILLEGAL},
    {"deque capacity=4", "0 1 2 push 7 -> ok\n0 2 4 pop -> ok 7\n1 2 5 steal -> ok 7\n", LIN_ILLEGAL}, /* twice */
    {"deque capacity=4", "0 1 2 push 7 -> ok\n0 2 5 pop -> ok 7\n1 3 4 steal -> abort\n", LIN_LEGAL},
    {"deque capacity=4", "0 1 2 push 7 -> ok\n1 3 4 steal -> abort\n", LIN_ILLEGAL}, /* alone */
    {"deque capacity=4", "0 1 2 push 7 -> ok\n0 2 8 pop -> no\n1 3 4 steal -> again\n2 5 6 steal -> ok 7\n", LIN_LEGAL},
    {"deque capacity=4", "0 1 2 push 7 -> ok\n1 3 4 steal -> again\n2 5 6 steal -> ok 7\n", LIN_ILLEGAL},
    {"deque capacity=1", "0 1 2 push 7 -> ok\n0 2 3 push 8 -> no\n", LIN_LEGAL},
    {"deque capacity=2", "0 1 2 push 7 -> ok\n0 2 3 push 8 -> no\n", LIN_ILLEGAL},
    /* set: exact, and one that only counts */
    {"set answers=exact",
     "0 1 3 insert 5 -> yes\n1 2 4 insert 5 -> no\n0 4 5 contains 5 -> yes\n0 5 6 remove 5 -> yes\n", LIN_LEGAL},
    {"set answers=exact", "0 1 3 insert 5 -> yes\n1 2 4 insert 5 -> yes\n", LIN_ILLEGAL},
    {"set answers=exact", "0 1 2 insert 5 -> yes\n1 2 4 contains 5 -> no\n", LIN_ILLEGAL},
    {"set answers=exact", "0 1 2 insert 5 -> yes\n1 2 4 contains 6 -> no\n1 4 5 remove 6 -> no\n", LIN_LEGAL},
    {"set answers=exact", "0 1 2 remove 5 -> yes\n", LIN_ILLEGAL},
    {"set answers=maybe", "0 1 2 insert 5 -> ok\n1 2 4 contains 6 -> yes\n", LIN_LEGAL},
    {"set answers=maybe", "0 1 2 insert 5 -> ok\n1 2 4 contains 5 -> no\n", LIN_ILLEGAL},
    {"set answers=maybe", "0 1 5 insert 5 -> ok\n1 2 4 contains 5 -> no\n", LIN_LEGAL},
    {"set answers=maybe", "0 1 2 insert 5 -> ok\n0 2 3 insert 5 -> ok\n1 4 5 remove 5 -> ok\n1 5 6 contains 5 -> no\n",
     LIN_ILLEGAL},
    /* map */
    {"map",
     "0 1 2 set 1 7 -> ok\n1 2 3 get 1 -> yes 7\n1 3 4 cas 1 7 8 -> yes\n0 4 5 cas 1 7 9 -> no\n0 5 6 get 1 -> yes 8\n",
     LIN_LEGAL},
    {"map", "0 1 2 set 1 7 -> ok\n1 2 4 cas 1 7 8 -> yes\n0 2 5 cas 1 7 9 -> yes\n", LIN_ILLEGAL},
    {"map", "0 1 3 snx 1 7 -> yes\n1 2 4 snx 1 8 -> yes\n", LIN_ILLEGAL},
    {"map", "0 1 3 snx 1 7 -> yes\n1 2 4 snx 2 8 -> yes\n1 4 5 get 1 -> yes 7\n", LIN_LEGAL},
    {"map", "0 1 2 set 1 7 -> ok\n1 2 3 del 1 -> yes\n1 3 4 exists 1 -> yes\n", LIN_ILLEGAL},
    {"map", "0 1 2 set 1 7 -> ok\n1 3 4 get 1 -> no\n", LIN_ILLEGAL},
    /* pubsub */
    {"pubsub",
     "0 1 2 sub 0 -> ok\n1 2 3 pub 7 -> ok\n1 3 4 pub 8 -> ok\n2 4 5 run 0 -> ok 7\n2 5 6 run 0 -> ok 8\n2 6 7 quiet 0 -> yes\n",
     LIN_LEGAL},
    {"pubsub", "0 1 2 sub 0 -> ok\n1 2 3 pub 7 -> ok\n1 3 4 pub 8 -> ok\n2 4 5 run 0 -> ok 8\n", LIN_ILLEGAL},
    {"pubsub", "0 1 2 sub 0 -> ok\n1 2 3 pub 7 -> ok\n3 3 4 pub 8 -> ok\n2 4 5 run 0 -> ok 8\n", LIN_LEGAL},
    {"pubsub", "0 1 2 sub 0 -> ok\n1 2 3 pub 7 -> ok\n2 4 5 run 0 -> ok 7\n2 5 6 run 0 -> ok 7\n", LIN_ILLEGAL},
    {"pubsub", "0 1 2 sub 0 -> ok\n1 2 3 pub 7 -> ok\n2 4 5 quiet 0 -> yes\n", LIN_ILLEGAL},
    {"pubsub", "1 2 3 pub 7 -> ok\n0 3 4 sub 0 -> ok\n2 4 5 run 0 -> ok 7\n", LIN_ILLEGAL},
    {"pubsub", "0 1 2 sub 0 -> ok\n1 2 3 pub 7 -> ok\n0 3 4 unsub 0 -> ok\n2 4 5 quiet 0 -> yes\n", LIN_LEGAL},
};

static void by_hand(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
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

/* -- speed -- */

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
    lin_history h = history("queue capacity=4 empty=strict full=strict", "0 1 2 push 1 -> ok\n");
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

/* -- files -- */

static void round_trip(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        char text[4096] = "";
        lin_mistake m;
        lin_history h = history(examples[i].spec, examples[i].ops), again;
        FILE *f = fmemopen(text, sizeof text, "w");
        assert_true(lin_write(f, &h));
        fclose(f);
        assert_true(parse(text, &again, &m));
        assert_int_equal(again.count, h.count);
        assert_memory_equal(again.op, h.op, h.count * sizeof *h.op);
        assert_memory_equal(again.param, h.param, sizeof h.param);
    }
}

static void bad_files(void **state) {
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
        const char *what;
    } bad[] = {
        {"", 0, "no history in it"},
        {"weir history 1\n", 0, "no history in it"},
        {"hello\n", 1, "expected 'weir history 1'"},
        {"weir history 1\nstack\n", 2, "no specification 'stack'"},
        {"weir history 1\nqueue capacity=2\n", 2, "expected empty=..."},
        {"weir history 1\nqueue capacity=x empty=strict full=strict\n", 2, "capacity is no number: 'x'"},
        {"weir history 1\nqueue capacity=2 empty=strict full=never\n", 2, "full cannot be 'never'"},
        {"weir history 1\nqueue capacity=0 empty=strict full=place\n", 2, "full=place needs a capacity of 1 to 16"},
        {"weir history 1\ncell close=strict cells=0 more\n", 2, "'more' is too much"},
        {"weir history 1\ncell close=strict cells=0\n9 1 2 pop -> ok 1\n", 3, "thread: expected a number below 8"},
        {"weir history 1\ncell close=strict cells=0\n0 x 2 pop -> ok 1\n", 3, "invoked: expected a number"},
        {"weir history 1\ncell close=strict cells=0\n0 1 -2 pop -> ok 1\n", 3, "returned: expected a number or -"},
        {"weir history 1\ncell close=strict cells=0\n0 2 2 pop -> ok 1\n", 3, "returned before it was invoked"},
        {"weir history 1\ncell close=strict cells=0\n\n# comment\n0 1 2 steal -> ok 1\n", 5,
         "cell has no operation 'steal'"},
        {"weir history 1\ncell close=strict cells=0\n0 1 2 push -> ok\n", 3, "push needs 1 numbers"},
        {"weir history 1\ncell close=strict cells=0\n0 1 2 push 5 ok\n", 3, "expected -> and a result"},
        {"weir history 1\ncell close=strict cells=0\n0 1 2 push 5 -> yes\n", 3, "push cannot answer 'yes'"},
        {"weir history 1\ncell close=strict cells=0\n0 1 2 push 5 -> ?\n", 3, "push cannot answer '?'"},
        {"weir history 1\ncell close=strict cells=0\n0 1 2 pop -> ok\n", 3, "expected a value"},
        {"weir history 1\ncell close=strict cells=0\n0 1 2 push 5 -> ok 5\n", 3, "'5' is too much"},
        {"weir history 1\ncell close=strict cells=0\n0 1 3 push 5 -> ok\n0 2 4 push 6 -> ok\n", 4,
         "it begins before the thread's last operation has ended"},
        {"weir history 1\nmcast capacity=1 readers=1\n0 1 2 join 8 -> ok\n", 3, "readers are 0 to 7"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lin_history h;
        lin_mistake m = {0};
        FILE *f = tmpfile();
        fputs(bad[i].text, f);
        rewind(f);
        assert_false(lin_read(f, &h, &m));
        fclose(f);
        assert_string_equal(m.what, bad[i].what);
        assert_int_equal(m.line, bad[i].line);
    }
    lin_history h;
    lin_mistake m;
    assert_false(lin_load("/nonexistent/history", &h, &m));
    assert_string_equal(m.what, "No such file or directory");
}

static unsigned lines;
static char shown[16][400];

static void show(const char *line) { snprintf(shown[lines++ % 16], sizeof *shown, "%s", line); }

static void columns(void **state) {
    (void)state;
    lin_history h = history("cell close=strict cells=0", "0 1 4 push 7 -> ok\n1 2 5 pop -> ok 8\n");
    lines = 0;
    lin_columns(&h, 1, show);
    assert_int_equal(lines, 5);
    assert_string_equal(shown[0], "        thread 0                    thread 1");
    assert_string_equal(shown[2], "     2  |                           pop");
    assert_string_equal(shown[4],
                        "     5                              -> ok 8                     <- cannot be placed");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),         cmocka_unit_test(small_histories), cmocka_unit_test(random_histories),
        cmocka_unit_test(budget),          cmocka_unit_test(speed),           cmocka_unit_test(shrinks),
        cmocka_unit_test(shrinks_soundly), cmocka_unit_test(round_trip),      cmocka_unit_test(bad_files),
        cmocka_unit_test(columns)};
    searcher = lin_searcher_make(1 << 14);
    assert_non_null(searcher);
    int failed = cmocka_run_group_tests_name("lin", tests, NULL, NULL);
    lin_searcher_free(searcher);
    return failed;
}
