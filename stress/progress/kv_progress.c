/* A writer of kv stops for good, wherever it is, with whatever locks it holds: readers go on where the header says so, and so do writers
 * of other nodes. */
#include "stress/model/programs/kv_model_p.h"

/* Two nodes below one. */
static void two_nodes(void) {
    begin();
    put_row("left", 2);
    put_row("right", 2);
}

static void grow_left(void) { put("leftC", 'C'); }
static void shrink_left(void) { take_out("leftA"); }
static void replace_left(void) { put("leftA", 'a'); }

static void read_left(void) {
    char all[8];
    model_require(get("leftB") == 'B', "a key that stays is missed");
    walk(NULL, "left", all);
    model_require(strchr(all, 'B'), "a walk misses a key that stays");
}

#define READERS_art MODEL_LOCK_FREE
#define READERS_hash MODEL_LOCK_FREE
#define READERS_lock MODEL_BLOCKING
#define READERS__(variant) READERS_##variant
#define READERS_(variant) READERS__(variant)

MODEL_PROGRESS(read_grow, "who stops while a node grows holds up its readers or not, as the header says",
               .setup = two_nodes, .thread = {grow_left, read_left}, .victim = 0, .expect = READERS_(WEIR_KV))
MODEL_PROGRESS(read_shrink, "the same while a node goes", .setup = two_nodes, .thread = {shrink_left, read_left},
               .victim = 0, .expect = READERS_(WEIR_KV))
MODEL_PROGRESS(read_replace, "the same while a value is replaced", .setup = two_nodes,
               .thread = {replace_left, read_left}, .victim = 0, .expect = READERS_(WEIR_KV))

#define WRITERS_art MODEL_LOCK_FREE
#define WRITERS_hash MODEL_LOCK_FREE /* the two keys lie in different buckets */
#define WRITERS_lock MODEL_BLOCKING
#define WRITERS__(variant) WRITERS_##variant
#define WRITERS_(variant) WRITERS__(variant)

static void replace_right(void) { put("rightA", 'a'); }
MODEL_PROGRESS(write_replace,
               "who stops while it replaces a value holds up writers of other nodes or not, as the header says",
               .setup = two_nodes, .thread = {replace_left, replace_right}, .victim = 0, .expect = WRITERS_(WEIR_KV))
