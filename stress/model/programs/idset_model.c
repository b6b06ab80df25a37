/* Client programs of idset. An id stands for an event: what was written before its insert must be there for whoever finds
 * the id, or takes it out; what was written before its removal, for whoever misses it, or puts it in again. */
#include "prims/idset.h"
#include "stress/model/model.h"

enum { IDS = 128 };

static weir_idset set;
static WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t block[64];
static uint64_t before; /* plain: written before the first change of id 5 */
static bool changed[4]; /* what a thread's change of an id said */

static void init(void) { weir_idset_init(&set, IDS, block); }

static void init_with_5(void) {
    init();
    weir_idset_insert(&set, 5);
}

static void require_before(const char *how) {
    model_require(before == 1, "%s without what came before the change", how);
}

static void insert(void) {
    before = 1;
    model_require(weir_idset_insert(&set, 5), "5 is in already");
}

static void remove_it(void) {
    before = 1;
    model_require(weir_idset_remove(&set, 5), "5 is not in");
}

/* -- insert, and then -- */

static void find(void) {
    if (weir_idset_contains(&set, 5)) require_before("found");
}

static void find_next(void) {
    uint64_t id = weir_idset_next(&set, 0);
    model_require(id == 5 || id == WEIR_IDSET_NONE, "next says %lu", id);
    if (id == 5) require_before("found by next");
}

static void insert_beyond(void) {
    before = 1;
    weir_idset_insert(&set, 71);
}

/* From the word of 5 on to the next. */
static void find_next_word(void) {
    if (weir_idset_next(&set, 6) == 71) require_before("found by next");
}

static void take(void) {
    if (weir_idset_remove(&set, 5)) require_before("taken out");
}

MODEL_PROGRAM(find, "an insert happens before a contains that finds the id", .setup = init, .thread = {insert, find})
MODEL_PROGRAM(next, "an insert happens before a next that finds the id", .setup = init, .thread = {insert, find_next})
MODEL_PROGRAM(next_word, "the same where next goes on to another word", .setup = init,
              .thread = {insert_beyond, find_next_word})
MODEL_PROGRAM(take, "an insert happens before the remove that takes the id out", .setup = init,
              .thread = {insert, take})

/* -- remove, and then -- */

static void miss(void) {
    if (!weir_idset_contains(&set, 5)) require_before("missed");
}

static void insert_again(void) {
    if (weir_idset_insert(&set, 5)) require_before("inserted again");
}

MODEL_PROGRAM(miss, "a remove happens before a contains that misses the id", .setup = init_with_5,
              .thread = {remove_it, miss})
MODEL_PROGRAM(again, "a remove happens before the next insert", .setup = init_with_5,
              .thread = {remove_it, insert_again})

/* -- both: an id that only one has in, or out, keeps the others away -- */

static unsigned owner; /* plain */

static void own_by_insert(void) {
    if (!weir_idset_insert(&set, 5)) return;
    owner++;
    weir_idset_remove(&set, 5);
}

static void own_by_remove(void) {
    if (!weir_idset_remove(&set, 5)) return;
    owner++;
    weir_idset_insert(&set, 5);
}

MODEL_PROGRAM(own_in, "who inserts an id owns what it guards, until its remove", .setup = init,
              .thread = {own_by_insert, own_by_insert})
MODEL_PROGRAM(own_out, "who removes an id owns what it guards, until its insert", .setup = init_with_5,
              .thread = {own_by_remove, own_by_remove})

/* -- in one word -- */

static void insert_5(void) { changed[model_self()] = weir_idset_insert(&set, 5); }
static void insert_6(void) { changed[model_self()] = weir_idset_insert(&set, 6); }
static void remove_5(void) { changed[model_self()] = weir_idset_remove(&set, 5); }

static void one_inserted(void) {
    model_require(changed[0] != changed[1], "two inserts of one id, %d told so", changed[0] + changed[1]);
    model_require(weir_idset_contains(&set, 5), "an inserted id is lost");
    model_require(weir_idset_contains(&set, 6), "a neighbour is lost");
    model_require(weir_idset_count(&set) == 2, "count says %lu of 2", weir_idset_count(&set));
}

static void one_removed(void) {
    model_require(changed[0] != changed[1], "two removes of one id, %d told so", changed[0] + changed[1]);
    model_require(!weir_idset_contains(&set, 5), "a removed id is in");
    model_require(changed[2] && weir_idset_contains(&set, 6), "a neighbour is lost");
}

MODEL_PROGRAM(insert_race, "of two inserts of an id one is told so, and no neighbour is lost", .setup = init,
              .thread = {insert_5, insert_5, insert_6}, .check = one_inserted)
MODEL_PROGRAM(remove_race, "of two removes of an id one is told so, and no neighbour is lost", .setup = init_with_5,
              .thread = {remove_5, remove_5, insert_6}, .check = one_removed)
