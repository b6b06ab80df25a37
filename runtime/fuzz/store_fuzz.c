/* A store that somebody has tampered with: a value, the record of an entity, and tasks as they lay in the middle of their work, with
 * bytes changed, keys cut, records gone. A runtime that finds it recovers what it can, answers the rest with errors that have a name,
 * and serves on. It is foreign, so that all is on one thread, and an input does the same again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/session_p.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(c) ((c) ? (void)0 : (fprintf(stderr, "not so: %s\n", #c), abort()))

enum { PAIRS = 32, KEY = 256, VALUE = 2048, EDIT = 4, FEW_NS = 2000000 };

typedef struct pair {
    bool entity; /* of the entities' tenant; else of the scope */
    size_t key_bytes, bytes;
    char key[KEY];
    uint8_t value[VALUE];
} pair;

static pair whole[PAIRS], changed[PAIRS]; /* as they were; as they are put into the store */
static unsigned pairs;

static void no_line(void *arg, const char *line, size_t bytes) { (void)arg, (void)line, (void)bytes; }

static weir_runtime *open_runtime(void) {
    weir_runtime *r = NULL;
    weir_error error = {{0}};
    weir_runtime_options o = {.foreign = true, .await_ms = 1, .steps = 1000, .log = no_line, .error = no_line};
    must(weir_runtime_open(&o, &r, &error));
    must(weir_entity_set(r, "ada",
                         &(weir_entity){.scope = &(weir_scope_rule){"main", WEIR_READ | WEIR_WRITE, 100, 0},
                                        .scopes = 1,
                                        .topic = &(weir_topic_rule){7, WEIR_PUBLISH},
                                        .topics = 1,
                                        .others = WEIR_PUBLISH | WEIR_SUBSCRIBE,
                                        .rate = 1000},
                         NULL));
    return r;
}

/* An error has a class. */
static void check(void *arg, weir_slp_value v) {
    if (weir_slp_type_of(v) != WEIR_SLP_ERROR) return;
    weir_slp_text t = weir_slp_text_of(v);
    ++*(unsigned *)arg;
    must(t.bytes && (memmem(t.at, t.bytes, ": ", 2) || !memcmp(t.at, "mine", 4)));
}

static unsigned errors_of(weir_session *s, const char *text) {
    unsigned errors = 0;
    must(weir_eval(s, text, strlen(text), check, &errors, NULL));
    return errors;
}

/* -- the store as it was -------------------------------------------------------------------------------------------- */

static bool take(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    pair *p = &whole[pairs];
    must(pairs < PAIRS && key.size <= KEY && value.size <= VALUE);
    *p = (pair){.entity = *(bool *)arg, .key_bytes = key.size, .bytes = value.size};
    memcpy(p->key, key.at, key.size);
    memcpy(p->value, value.at, value.size);
    return ++pairs < PAIRS;
}

static void take_all(weir_kv_tenant *t, bool entity) {
    must(weir_kv_iterate(t, WEIR_KV_TEXT(""), 0, 0, take, &entity) == WEIR_KV_OK);
}

/* Tasks that await, within a frame and not, with one within; one that is paused, one that has failed. */
static void make(void) {
    weir_runtime *r = open_runtime();
    weir_session *s = weir_session_open(r, NULL, NULL);
    must(!errors_of(s,
                    "(core/kv/set v '(1 \"two\" three {4.5} [@\"mine\" 'x]))"
                    "(core/task/start a {(core/kv/set k 1) (core/expr/await [] A 1 600000) (core/kv/get k)})"
                    "(core/task/start b {1 (core/task/frame {(core/kv/set l 2) (core/task/start in {(core/kv/set m 3)"
                    " (core/expr/await [] A 1 600000)}) (core/expr/await [] A 1 600000)}) 3})"
                    "(core/task/start c {(core/expr/await [] A 1 600000)}) (core/task/pause c)"
                    "(core/task/start d {(core/kv/get none)})"));
    weir_runtime_quiet(r, WEIR_FOREVER);
    take_all(s->tenant, false);
    take_all(r->entities.records, true);
    must(pairs > 10);
    weir_session_close(s);
    must(weir_runtime_close(r, NULL));
}

/* -- tampered with -------------------------------------------------------------------------------------------------- */

/* PAIR PLACE HOW BYTE: a byte of the value is changed, the value cut, the key cut, or the pair goes. */
static void edit(const uint8_t e[EDIT]) {
    pair *p = &changed[e[0] % pairs];
    size_t at = p->bytes ? e[1] % p->bytes : 0;
    switch (e[2] % 16) {
    case 0: p->bytes = at; break;
    case 1: p->key_bytes = p->key_bytes ? e[1] % p->key_bytes : 0; break;
    case 2: p->key_bytes = 0; break;
    case 3: memmove(p->value, p->value + at / 4 * 4, p->bytes - at / 4 * 4); break;
    default: p->value[p->bytes ? (at + (e[2] / 16u << 8)) % p->bytes : 0] = e[3];
    }
}

static void put(const pair *p, weir_kv_tenant *scope, weir_kv_tenant *entities) {
    if (!p->key_bytes) return;
    weir_kv_status st = weir_kv_set(p->entity ? entities : scope, weir_kv_bytes_of(p->key, p->key_bytes),
                                    weir_kv_bytes_of(p->value, p->bytes));
    must(st == WEIR_KV_OK || st == WEIR_KV_QUOTA || st == WEIR_KV_BAD);
}

static bool each_entity(void *arg, const char *name, const weir_entity *entity) {
    (void)arg, (void)name, (void)entity;
    return true;
}

static void use(weir_runtime *r) {
    weir_session *ada = weir_session_open(r, &(weir_session_options){.entity = "ada"}, NULL);
    weir_session *s = weir_session_open(r, NULL, NULL); /* the tasks go on */
    must(s && weir_entity_list(r, each_entity, NULL, NULL));
    if (ada) errors_of(ada, "(core/event/pub A 7 1) (core/event/sub A 7 {1}) (core/kv/set x 1) (core/kv/get v)");
    errors_of(
        s,
        "(core/kv/get v) (core/util/log (core/kv/get v)) (core/kv/cas v 1 2) (core/kv/iterate \"\" 0 99 {(core/kv/get $key)})"
        "(core/task/list) (core/task/state a) (core/task/state b) (core/task/state c) (core/task/state d)"
        "(core/task/resume c) (core/task/pause a) (core/event/pub A 1 1) (core/event/pub A 1 2) (core/task/resume a)");
    weir_runtime_quiet(r, weir_now_ns() + FEW_NS);
    errors_of(
        s,
        "(core/task/start d {1}) (core/task/cancel a) (core/task/cancel b) (core/task/cancel c) (core/task/cancel d)");
    must(!errors_of(s, "(core/kv/set y 1) (core/task/start e {(core/kv/set z 1)}) (core/kv/get y)"));
    weir_session_close(ada);
    weir_session_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    weir_kv_tenant *scope;
    if (!pairs) make();
    memcpy(changed, whole, sizeof whole);
    for (size_t i = 0; i + EDIT <= size && i < 8 * EDIT; i += EDIT) edit(data + i);
    weir_runtime *r = open_runtime();
    must(weir_kv_tenant_open(r->kv, WEIR_KV_TEXT("main"), &scope) == WEIR_KV_OK); /* the quota made it */
    for (unsigned i = 0; i < pairs; i++) put(&changed[i], scope, r->entities.records);
    weir_kv_tenant_close(scope);
    use(r);
    must(weir_runtime_close(r, NULL));
    return 0;
}
