/* kv_model_p - a map as client programs of the model and of progress use it: put, remove, get and walk, by keys and values of
 * a few letters, over the variant's own code. Retired memory is dead at the first moment that RCU allows (model/kv.c). */
#ifndef WEIR_STRESS_MODEL_KV_MODEL_P_H
#define WEIR_STRESS_MODEL_KV_MODEL_P_H

#include <string.h>

#include "kv/gate_p.h"
#include "kv/map_p.h"
#include "kv/rcu.h"
#include "prims/variant.h"
#include "stress/model/model.h"

#define MAP (&WEIR_BIND(map, WEIR_KV, ))

static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char map[4096];

/* -- changes ------------------------------------------------------------------------------------------------------ */

typedef enum wish { PUT, ADD, REMOVE } wish; /* ADD: where there is none */

typedef struct change {
    weir_edit edit; /* first */
    wish wish;
    weir_record *before;
    bool done;
} change;

static weir_edit_action decide(weir_edit *e, weir_record *now) {
    change *c = (change *)e;
    c->before = now;
    c->done = c->wish == ADD ? !now : c->wish == PUT || now;
    return !c->done ? WEIR_EDIT_KEEP : c->wish == REMOVE ? WEIR_EDIT_REMOVE : WEIR_EDIT_PUT;
}

/* What was there before, 0: nothing. The value that goes is read while it is still the caller's to retire. */
static char make_change(wish w, const char *key, char value, bool *done) {
    size_t size = strlen(key);
    change c = {{.key = key, .size = size, .decide = decide}, w, NULL, false};
    if (w != REMOVE) {
        c.edit.fresh = weir_record_make(NULL, weir_kv_bytes_of(key, size), weir_kv_bytes_of(&value, 1), false);
        c.edit.fresh->generation = MAP->generation(map);
    }
    if (MAP->edit(map, &c.edit) != WEIR_KV_OK) model_violation("no memory");
    weir_rcu_begin(); /* of an ADD that was refused, what is there is another's to retire */
    char was = c.before && c.done ? (char)*weir_record_value(c.before) : 0;
    weir_rcu_end();
    if (c.before && c.done) MAP->retire_record(map, c.before);
    if (!c.done && c.edit.fresh) weir_record_release(NULL, c.edit.fresh);
    if (done) *done = c.done;
    return was;
}

static inline char put(const char *key, char value) { return make_change(PUT, key, value, NULL); }
static inline char take_out(const char *key) { return make_change(REMOVE, key, 0, NULL); }
static inline bool add(const char *key, char value) {
    bool done;
    make_change(ADD, key, value, &done);
    return done;
}

/* -- looking ------------------------------------------------------------------------------------------------------ */

/* The value, 0: none. What is borrowed is read twice, with a look at the map in between. */
static inline char get(const char *key) {
    weir_rcu_begin();
    weir_record *r = MAP->find(map, key, strlen(key));
    char value = r ? (char)*weir_record_value(r) : 0;
    if (r) MAP->find(map, "", 0);
    if (r && (char)*weir_record_value(r) != value) model_violation("what was borrowed has changed");
    weir_rcu_end();
    return value;
}

/* The values of all keys that begin with prefix, in the order of keys, as a string of at most 7; of a frozen tree or NULL. */
static inline void walk(const weir_map_root *root, const char *prefix, char *values) {
    weir_record *found[7];
    weir_map_range range = {.prefix = weir_kv_bytes_of(prefix, strlen(prefix))};
    size_t n;
    weir_rcu_begin();
    if (MAP->scan(map, root, &range, found, 7, &n) != WEIR_KV_OK) model_violation("no memory");
    for (size_t i = 0; i < n; i++) values[i] = (char)*weir_record_value(found[i]);
    values[n] = 0;
    weir_rcu_end();
}

static void begin(void) {
    if (MAP->size > sizeof map || MAP->init(map, NULL, NULL) != WEIR_KV_OK) model_violation("init refused");
}

/* Keys of `prefix` and one byte, from 'A' on, each with its last byte as value. */
static inline void put_row(const char *prefix, unsigned n) {
    char key[16];
    size_t size = strlen(prefix);
    memcpy(key, prefix, size);
    key[size + 1] = 0;
    for (unsigned i = 0; i < n; i++) {
        key[size] = (char)('A' + i);
        put(key, key[size]);
    }
}

#endif
