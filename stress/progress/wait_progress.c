/* Waiting is built on short locks, one for many words: who stops inside one holds up the others there. */
#include "prims/wait.h"
#include "stress/model/model.h"

static weir_a32 word;
static weir_wait node[2];

static void arm(void) {
    weir_thread_arm(&node[0]);
    weir_thread_arm(&node[1]);
}

static void park(void) { weir_park(&node[model_self()], &word, 0, 1); }

MODEL_PROGRESS(park, "blocking: who stops in a bucket holds up who parks there", .setup = arm, .thread = {park, park},
               .victim = 0, .expect = MODEL_BLOCKING)
