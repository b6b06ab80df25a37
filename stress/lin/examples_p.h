/* Histories made by hand, good and bad, for each specification; shared by the tests of the search and of files. */
#include "prims/test_p.h"
#include "stress/lin/search.h"
#include "stress/lin/spec_queue.h"
#include "stress/lin/text.h"

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
enum { EXAMPLES = sizeof examples / sizeof *examples };
