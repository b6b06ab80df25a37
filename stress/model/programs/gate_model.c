/* Client programs of the gate of kv: what many do inside, one alone must see, and nobody meanwhile. */
#include "kv/gate_p.h"
#include "stress/model/model.h"

static weir_gate gate;
static unsigned each[2], alone; /* plain: each thread's own inside; all of it for who is alone */

static void init(void) { weir_gate_init(&gate); }

static void inside(void) {
    unsigned lane = weir_gate_enter(&gate), me = (unsigned)model_self();
    each[me]++;
    model_require(alone == 0 || alone == 2, "somebody is in the middle of being alone");
    weir_gate_leave(&gate, lane);
}

static void by_itself(void) {
    weir_gate_close(&gate);
    alone++;
    each[0]++;
    each[1]++;
    alone++;
    weir_gate_open(&gate);
}

static void twice(void) {
    inside();
    inside();
}

static void counted_once(void) {
    model_require(each[0] == 2 && each[1] == 1, "%u and %u instead of 2 and 1", each[0], each[1]);
}
static void counted_thrice(void) {
    model_require(each[0] == 3 && each[1] == 1, "%u and %u instead of 3 and 1", each[0], each[1]);
}
static void counted_two(void) {
    model_require(each[0] == 2 && each[1] == 2, "%u and %u instead of 2 and 2", each[0], each[1]);
}

static void again(void) {
    alone = 0;
    init();
}

MODEL_PROGRAM(one, "what was done inside happens before who is alone, and that before who comes then", .setup = again,
              .thread = {inside, by_itself}, .check = counted_once)
MODEL_PROGRAM(twice, "the same for one who comes again", .setup = again, .thread = {twice, by_itself},
              .check = counted_thrice)
MODEL_PROGRAM(two, "the same with two inside, on lanes of their own", .setup = again,
              .thread = {inside, inside, by_itself}, .check = counted_two)

/* Two that want to be alone: each[1] is not anybody's inside here. */
static void counted_alone(void) { model_require(each[1] == 2 && alone == 4, "two were alone at a time"); }
static void alone_too(void) {
    weir_gate_close(&gate);
    alone += 2;
    each[1]++;
    weir_gate_open(&gate);
}
MODEL_PROGRAM(alone, "only one is alone at a time", .setup = again, .thread = {alone_too, alone_too},
              .check = counted_alone)
