/* Client programs of the maps of kv: a tree changes its shape under readers and beside other writers. In each, a key that is there
 * all the time must be found, whatever a value says was written before it was put, and nobody touches memory that was freed. */
#include "stress/model/programs/kv_model_p.h"

static uint64_t before; /* plain: written before the put of '!' */
static char saw[4];     /* what a change found, by thread */
static bool added[4];

static void require(const char *key, char value) {
    char got = get(key);
    model_require(got == value, "%s has %c instead of %c", key, got ? got : '-', value);
}

/* '!' tells of `before`. */
static void look(const char *key) {
    if (get(key) == '!') model_require(before == 1, "a value without what came before its put");
}

static void tell(const char *key) {
    before = 1;
    saw[model_self()] = put(key, '!');
}

/* -- a node grows ------------------------------------------------------------------------------------------------- */

static void empty(void) { begin(); }
static void two_keys(void) { begin(), put_row("", 2); }
static void eight_keys(void) { begin(), put_row("", 8); }
static void sixteen_keys(void) { begin(), put_row("", 16); }
static void seventeen_keys(void) { begin(), put_row("", 17); }
static void forty_eight_keys(void) { begin(), put_row("", 48); }

static void tell_first(void) { tell("A"); }
static void tell_new(void) { tell("z"); }
static void look_first(void) { look("A"); }
static void look_new(void) {
    look("z");
    require("B", 'B');
}
static void put_other_new(void) { saw[model_self()] = put("y", 'y'); }
static void replace_b(void) { saw[model_self()] = put("B", 'b'); }
static void new_and_replaced(void) {
    require("z", '!');
    require("B", 'b');
    require("A", 'A');
}
static void both_new(void) {
    require("z", '!');
    require("y", 'y');
    require("B", 'B');
}

MODEL_PROGRAM(first, "what was done before a put is seen by who finds it: the first key", .setup = empty,
              .thread = {tell_first, look_first})
MODEL_PROGRAM(grow, "a node of 2 grows under a reader", .setup = two_keys, .thread = {tell_new, look_new})
MODEL_PROGRAM(grow_replace, "a node of 2 grows beside a writer that replaces in it", .setup = two_keys,
              .thread = {tell_new, replace_b}, .check = new_and_replaced)
MODEL_PROGRAM(grow_grow, "a node of 2 grows twice, by two writers", .setup = two_keys,
              .thread = {tell_new, put_other_new}, .check = both_new)
MODEL_PROGRAM(grow_8, "a table with 8 keys grows under a reader", .setup = eight_keys, .thread = {tell_new, look_new})
MODEL_PROGRAM(grow_8_grow, "a table with 8 keys grows, by two writers", .setup = eight_keys,
              .thread = {tell_new, put_other_new}, .check = both_new)
/* Wherever the hash puts them: more than a small table holds, so it moves to larger ones. */
static void put_ten_more(void) {
    char key[2] = "n";
    for (; key[0] < 'x'; key[0]++) put(key, key[0]);
}
static void look_twice(void) {
    require("B", 'B');
    require("H", 'H');
}
static void all_there(void) {
    char key[2] = "A";
    for (; key[0] <= 'H'; key[0]++) require(key, key[0]);
    for (key[0] = 'n'; key[0] < 'x'; key[0]++) require(key, key[0]);
}
MODEL_PROGRAM(grow_to_18, "a table with 8 keys takes ten more under a reader", .setup = eight_keys,
              .thread = {put_ten_more, look_twice}, .check = all_there, .steps = 15000)
MODEL_PROGRAM(grow_16, "a node of 16 grows under a reader", .setup = sixteen_keys, .thread = {tell_new, look_new},
              .steps = 8000)
MODEL_PROGRAM(grow_16_replace, "a node of 16 grows beside a writer that replaces in it", .setup = sixteen_keys,
              .thread = {tell_new, replace_b}, .check = new_and_replaced, .steps = 8000)
MODEL_PROGRAM(room, "a node of 17 takes one more under a reader", .setup = seventeen_keys,
              .thread = {tell_new, look_new}, .steps = 8000)
MODEL_PROGRAM(room_room, "a node of 17 takes two more, by two writers", .setup = seventeen_keys,
              .thread = {tell_new, put_other_new}, .check = both_new, .steps = 8000)
MODEL_PROGRAM(grow_48, "a node of 48 grows under a reader", .setup = forty_eight_keys, .thread = {tell_new, look_new},
              .steps = 15000)

/* -- an edge is split --------------------------------------------------------------------------------------------- */

static void one_key(void) { begin(), put("stem", 's'); }
static void a_stem(void) { begin(), put_row("stem", 2); }

static void fork_key(void) { tell("stop"); }
static void fork_end(void) { tell("st"); }
static void longer(void) { tell("stems"); }
static void look_fork(void) {
    look("stop");
    require("stem", 's');
}
static void look_longer(void) {
    look("stems");
    require("stem", 's');
}
static void fork_else(void) { saw[model_self()] = put("star", 'a'); }
static void forked_twice(void) {
    require("stop", '!');
    require("star", 'a');
    require("stem", 's');
}
static void replace_stem(void) { saw[model_self()] = put("stem", 't'); }
static void forked_replaced(void) {
    require("stop", '!');
    require("stem", 't');
    model_require(saw[1] == 's', "what was replaced was not there");
}
static void look_stem(void) {
    look("st");
    require("stemB", 'B');
}
static void grow_stem(void) { saw[model_self()] = put("stemC", 'C'); }
static void stem_forked_grown(void) {
    require("st", '!');
    require("stemC", 'C');
    require("stemA", 'A');
}

MODEL_PROGRAM(split, "a record's edge is split under a reader", .setup = one_key, .thread = {fork_key, look_fork})
MODEL_PROGRAM(split_end, "a key that goes on where another ends, under a reader", .setup = one_key,
              .thread = {longer, look_longer})
MODEL_PROGRAM(split_split, "a record's edge is split twice, by two writers", .setup = one_key,
              .thread = {fork_key, fork_else}, .check = forked_twice)
MODEL_PROGRAM(split_replace, "a record's edge is split beside a writer that replaces the record", .setup = one_key,
              .thread = {fork_key, replace_stem}, .check = forked_replaced)
MODEL_PROGRAM(split_node, "a node's edge is split under a reader", .setup = a_stem, .thread = {fork_end, look_stem})
MODEL_PROGRAM(split_grow, "a node's edge is split beside a writer that makes it grow", .setup = a_stem,
              .thread = {fork_end, grow_stem}, .check = stem_forked_grown)

/* -- a node shrinks ----------------------------------------------------------------------------------------------- */

static void stem_beside(void) { begin(), put_row("stem", 2), put("x", 'x'); }

static void remove_a(void) { saw[model_self()] = take_out("stemA"); }
static void remove_b(void) { saw[model_self()] = take_out("stemB"); }
static void require_b(void) {
    char a = get("stemA");
    model_require(a == 0 || a == 'A', "stemA has %c", a);
    require("stemB", 'B');
}
static void a_gone(void) {
    model_require(saw[0] == 'A' && !get("stemA"), "stemA is still there");
    require("x", 'x');
}
static void replace_left(void) { saw[model_self()] = put("stemB", 'b'); }
static void gone_replaced(void) {
    a_gone();
    require("stemB", 'b');
    model_require(saw[1] == 'B', "what was replaced was not there");
}
static void gone_grown(void) {
    a_gone();
    require("stemB", 'B');
    require("stemC", 'C');
}
static void both_gone(void) {
    a_gone();
    model_require(saw[1] == 'B' && !get("stemB"), "stemB is still there");
}
static void add_a(void) { added[model_self()] = add("stemA", 'a'); }
static void removed_or_added(void) {
    model_require(saw[0] == 'A', "there was %c to remove instead of A", saw[0]);
    char now = get("stemA");
    model_require(now == (added[1] ? 'a' : 0), "stemA has %c, and was%s added", now ? now : '-',
                  added[1] ? "" : " not");
}

/* More than a node holds of what its keys agree on. */
static void long_stem(void) { begin(), put_row("a long stem", 2), put("x", 'x'); }
static void remove_long_a(void) { take_out("a long stemA"); }
static void remove_long_b(void) { take_out("a long stemB"); }
static void put_beside(void) { put("y", 'y'); }
static void filled_again(void) {
    require("x", 'x');
    require("y", 'y');
    put("a long stemA", 'a');
    require("a long stemA", 'a');
}

MODEL_PROGRAM(empty_grow, "a node is emptied by two writers beside one that makes the node above it grow",
              .setup = long_stem, .thread = {remove_long_a, remove_long_b, put_beside}, .check = filled_again)
MODEL_PROGRAM(shrink, "a node of 2 goes under a reader of the key that is left", .setup = stem_beside,
              .thread = {remove_a, require_b}, .check = a_gone)
MODEL_PROGRAM(shrink_replace, "a node of 2 goes beside a writer that replaces what is left", .setup = stem_beside,
              .thread = {remove_a, replace_left}, .check = gone_replaced)
MODEL_PROGRAM(shrink_grow, "a node of 2 goes beside a writer that puts a third", .setup = stem_beside,
              .thread = {remove_a, grow_stem}, .check = gone_grown)
MODEL_PROGRAM(shrink_shrink, "both keys of a node are removed, by two writers", .setup = stem_beside,
              .thread = {remove_a, remove_b}, .check = both_gone)
MODEL_PROGRAM(remove_add, "a key is removed beside a writer that adds it where there is none", .setup = stem_beside,
              .thread = {remove_a, add_a}, .check = removed_or_added)

/* -- one key, one step -------------------------------------------------------------------------------------------- */

static void add_new(void) { added[model_self()] = add("z", (char)('0' + model_self())); }
static void one_added(void) {
    model_require(added[0] != added[1], "%d of two have added a key", added[0] + added[1]);
    require("z", added[0] ? '0' : '1');
}
static void replace_a(void) { saw[model_self()] = put("A", (char)('0' + model_self())); }
static void remove_first(void) { saw[model_self()] = take_out("A"); }
static void replaced_in_turn(void) {
    char now = get("A");
    model_require(saw[0] != saw[1], "two have replaced the same value");
    model_require(now == (saw[0] == 'A' ? '1' : '0'), "A has %c", now);
}
static void replaced_or_removed(void) {
    char now = get("A");
    model_require(saw[0] != saw[1] && (now == 0) == (saw[1] == '0'),
                  "A has %c after a put that saw %c and a del that saw %c", now ? now : '-', saw[0] ? saw[0] : '-',
                  saw[1] ? saw[1] : '-');
}

MODEL_PROGRAM(add_add, "of two that add a key one is told so", .setup = empty, .thread = {add_new, add_new},
              .check = one_added)
MODEL_PROGRAM(add_add_node, "of two that add a key to a node one is told so", .setup = two_keys,
              .thread = {add_new, add_new}, .check = one_added)
MODEL_PROGRAM(replace_replace, "two replace a value: each sees another one go", .setup = two_keys,
              .thread = {replace_a, replace_a}, .check = replaced_in_turn)
MODEL_PROGRAM(replace_remove, "one replaces what another removes", .setup = two_keys,
              .thread = {replace_a, remove_first}, .check = replaced_or_removed)
MODEL_PROGRAM(replace_read, "a value is replaced while a reader holds it", .setup = two_keys,
              .thread = {tell_first, look_first})

/* -- walking ------------------------------------------------------------------------------------------------------ */

static void walk_all(void) {
    char all[8];
    walk(NULL, "", all);
    model_require(!strcmp(all, "AB") || !strcmp(all, "AB!"), "a walk saw %s of A, B and perhaps the new key", all);
}
static void walk_stem(void) {
    char all[8];
    walk(NULL, "stem", all);
    model_require(!strcmp(all, "AB") || !strcmp(all, "B"), "a walk saw %s of perhaps A, and B", all);
}
MODEL_PROGRAM(walk_grow, "a walk under growth: ordered, no key twice, all that stay", .setup = two_keys,
              .thread = {tell_new, walk_all})
MODEL_PROGRAM(walk_shrink, "a walk while a node goes: ordered, no key twice, all that stay", .setup = stem_beside,
              .thread = {remove_a, walk_stem})

#define SNAPSHOTS_art 1
#define SNAPSHOTS_hash 0
#define SNAPSHOTS_lock 1
#define SNAPSHOTS__(variant) SNAPSHOTS_##variant
#define SNAPSHOTS_(variant) SNAPSHOTS__(variant)
#if SNAPSHOTS_(WEIR_KV)
/* -- a frozen tree ------------------------------------------------------------------------------------------------ */

static weir_gate gate;
static char values[8];

static weir_map_root *frozen;

/* Both are in the gate, so what is frozen is so for good. */
static void stem_frozen(void) {
    stem_beside();
    if (MAP->freeze(map, &frozen) != WEIR_KV_OK) model_violation("freeze refused");
}
static void frozen_filled_again(void) {
    char all[8];
    walk(frozen, "", all);
    model_require(!strcmp(all, "ABx"), "frozen: %s", all);
    MAP->thaw(map, frozen);
    require("x", 'x');
    put("stemA", 'a');
    require("stemA", 'a');
}
MODEL_PROGRAM(frozen_empty, "a shared node is emptied by two writers, who copy it first", .setup = stem_frozen,
              .thread = {remove_a, remove_b}, .check = frozen_filled_again)

static void empty_stem(void) {
    remove_a();
    remove_b();
}
static void frozen_add(void) { saw[model_self()] = put("stemC", 'C'); }
static void frozen_refilled(void) {
    require("stemC", 'C');
    frozen_filled_again();
}
MODEL_PROGRAM(frozen_refill, "a shared node is emptied beside a writer that puts a key in it", .setup = stem_frozen,
              .thread = {empty_stem, frozen_add}, .check = frozen_refilled)

static void two_gated(void) {
    weir_gate_init(&gate);
    two_keys();
}
static void gated(void (*act)(void)) {
    unsigned lane = weir_gate_enter(&gate);
    act();
    weir_gate_leave(&gate, lane);
}
static void gated_new(void) { gated(tell_new); }
static void gated_replace(void) { gated(replace_b); }
static void gated_remove(void) { gated(remove_first); }
static void freeze_and_look(void) {
    weir_map_root *root;
    char again[8];
    weir_gate_close(&gate);
    weir_kv_status status = MAP->freeze(map, &root);
    weir_gate_open(&gate);
    if (status != WEIR_KV_OK) model_violation("freeze refused");
    walk(root, "", values);
    walk(root, "", again);
    model_require(!strcmp(values, again), "a frozen tree had %s and then %s", values, again);
    weir_gate_close(&gate);
    MAP->thaw(map, root);
    weir_gate_open(&gate);
}
static void frozen_new(void) {
    model_require(!strcmp(values, "AB") || !strcmp(values, "AB!"), "frozen: %s", values);
    require("z", '!');
}
static void frozen_replaced(void) {
    model_require(!strcmp(values, "AB") || !strcmp(values, "Ab"), "frozen: %s", values);
    require("B", 'b');
}
static void frozen_removed(void) {
    model_require(!strcmp(values, "AB") || !strcmp(values, "B"), "frozen: %s", values);
    model_require(!get("A"), "A is still there");
}

MODEL_PROGRAM(frozen_new, "a frozen tree stays as it is while another puts a key", .setup = two_gated,
              .thread = {gated_new, freeze_and_look}, .check = frozen_new)
MODEL_PROGRAM(frozen_replace, "a frozen tree stays as it is while another replaces a value", .setup = two_gated,
              .thread = {gated_replace, freeze_and_look}, .check = frozen_replaced)
MODEL_PROGRAM(frozen_remove, "a frozen tree stays as it is while another removes a key", .setup = two_gated,
              .thread = {gated_remove, freeze_and_look}, .check = frozen_removed)
#endif
