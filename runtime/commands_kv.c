/* The commands of the store. A key is the bytes of a symbol or a string; a value is its canonical buffer, so that equal values
 * are equal bytes and cas compares values. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/keys_p.h"

static weir_kv_bytes key_of(weir_slp_value v) {
    weir_slp_text t = weir_slp_text_of(v);
    return weir_kv_bytes_of(t.at, t.bytes);
}

static weir_verdict over_quota(weir_exec *x, weir_slp_text key) {
    weir_kv_usage usage = {0};
    char keys[32] = "", bytes[32] = "";
    weir_kv_tenant_usage(x->session->tenant, &usage);
    if (usage.quota.keys) snprintf(keys, sizeof keys, "%llu keys", (unsigned long long)usage.quota.keys);
    if (usage.quota.bytes) snprintf(bytes, sizeof bytes, "%llu bytes", (unsigned long long)usage.quota.bytes);
    return weir_fail(x, "full", "%.*s: the scope would have more than %s%s%s, its quota",
                     key.bytes < 200 ? (int)key.bytes : 200, key.at, keys, *keys && *bytes ? " or " : "", bytes);
}

/* When an operation of the store begins; 0: it has no time taken, as its command has none. */
static uint64_t begin(const weir_exec *x) { return WEIR_UNLIKELY(x->frame[x->frames - 1].since) ? weir_now_ns() : 0; }

static weir_kv_status done(weir_exec *x, weir_store_op op, uint64_t since, weir_kv_status st) {
    if (WEIR_UNLIKELY(since))
        weir_metrics_took(&x->session->runtime->metrics, WEIR_TOOK_STORE + op, weir_now_ns() - since);
    return st;
}

const char *weir_store_class(weir_kv_status st) {
    static const char *const class[WEIR_KV_STATUS_COUNT] = {
        [WEIR_KV_NO] = "notfound",    [WEIR_KV_KEY_LONG] = "range",  [WEIR_KV_VALUE_LONG] = "range",
        [WEIR_KV_FULL] = "full",      [WEIR_KV_NOSPACE] = "full",    [WEIR_KV_NOMEM] = "nomem",
        [WEIR_KV_DROPPED] = "closed", [WEIR_KV_READONLY] = "denied", [WEIR_KV_TIMEOUT] = "timeout",
        [WEIR_KV_QUOTA] = "full",     [WEIR_KV_BAD] = "range",
    };
    return class[st] ? class[st] : "io";
}

static weir_verdict failed(weir_exec *x, weir_kv_status st, weir_slp_value key) {
    weir_slp_text t = weir_slp_text_of(key);
    if (st == WEIR_KV_QUOTA) return over_quota(x, t);
    return weir_fail(x, weir_store_class(st), "%.*s: %s", t.bytes < 200 ? (int)t.bytes : 200, t.at,
                     st == WEIR_KV_NO    ? "no such key"
                     : st == WEIR_KV_BAD ? "keys do not begin with the byte FF"
                                         : weir_kv_status_text(st));
}

static weir_verdict truth(weir_exec *x, weir_kv_status st, weir_slp_value key) {
    if (st != WEIR_KV_OK && st != WEIR_KV_NO) return failed(x, st, key);
    return weir_return(x, weir_value_truth(st == WEIR_KV_OK));
}

/* The bytes that stand for v; at NULL: no memory. */
static weir_kv_bytes bytes_of(weir_exec *x, weir_slp_value v, uint32_t small[WEIR_VALUE_SMALL / 4]) {
    const weir_slp *s = weir_value_buffer(v, x->tools->builder, small);
    return weir_kv_bytes_of(s, s ? weir_slp_bytes(s) : 0);
}

static weir_verdict no_room(weir_exec *x) { return weir_fail(x, "nomem", "no memory for a value"); }

static const weir_kv_bytes none = {NULL, 0};

static weir_verdict set(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    uint32_t small[WEIR_VALUE_SMALL / 4];
    weir_kv_bytes value = bytes_of(x, args[1], small);
    (void)n;
    if (!value.at) return no_room(x);
    uint64_t since = begin(x);
    return truth(x, done(x, WEIR_STORE_SET, since, weir_keys_write(x, WEIR_KV_SET, key_of(args[0]), value, none)),
                 args[0]);
}

static weir_verdict snx(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    uint32_t small[WEIR_VALUE_SMALL / 4];
    weir_kv_bytes value = bytes_of(x, args[1], small);
    (void)n;
    if (!value.at) return no_room(x);
    uint64_t since = begin(x);
    return truth(x, done(x, WEIR_STORE_SNX, since, weir_keys_write(x, WEIR_KV_SNX, key_of(args[0]), value, none)),
                 args[0]);
}

/* The builder has one buffer at a time, so what it holds for the first value is set aside. */
static weir_verdict cas(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    uint32_t small[2][WEIR_VALUE_SMALL / 4];
    weir_slp_value expected = weir_value_copy(&x->arena, x->tools->builder, args[1]);
    if (weir_value_is_error(expected)) return weir_return(x, expected);
    weir_kv_bytes before = bytes_of(x, expected, small[0]), after = bytes_of(x, args[2], small[1]);
    (void)n;
    if (!before.at || !after.at) return no_room(x);
    uint64_t since = begin(x);
    weir_kv_status st = weir_keys_write(x, WEIR_KV_CAS, key_of(args[0]), after, before);
    return truth(x, done(x, WEIR_STORE_CAS, since, st), args[0]);
}

static weir_verdict get(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    weir_kv *kv = x->session->runtime->kv;
    weir_kv_bytes bytes;
    weir_slp_value v = {0};
    (void)n;
    uint64_t since = begin(x);
    weir_kv_read_begin(kv);
    weir_kv_status st = weir_keys_get(x, key_of(args[0]), &bytes);
    if (st == WEIR_KV_OK) v = weir_value_load(&x->arena, bytes.at, bytes.size);
    weir_kv_read_end(kv);
    done(x, WEIR_STORE_GET, since, st);
    return st == WEIR_KV_OK ? weir_return(x, v) : failed(x, st, args[0]);
}

static weir_verdict del(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    (void)n;
    uint64_t since = begin(x);
    return truth(x, done(x, WEIR_STORE_DEL, since, weir_keys_write(x, WEIR_KV_DEL, key_of(args[0]), none, none)),
                 args[0]);
}

static weir_verdict exists(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    (void)n;
    uint64_t since = begin(x);
    return truth(x, done(x, WEIR_STORE_EXISTS, since, weir_keys_exists(x, key_of(args[0]))), args[0]);
}

/* -- iterate: pages of keys, copied, so that the body may do to the store what it likes ------------------------------ */

enum { PAGE = 16 };

typedef struct walk {
    uint64_t skip, left;
    uint32_t at, got;
    bool over; /* no page behind this one */
    bool outer_bound;
    weir_slp_value outer;     /* $key outside */
    weir_slp_value key[PAGE]; /* in the arena, behind the mark */
    weir_mark mark;
} walk;

/* The next page, from behind the last key. Answers OK or what went wrong. */
static weir_kv_status turn(weir_exec *x, walk *w, weir_slp_value prefix) {
    size_t got, want = w->left < PAGE ? (size_t)w->left : PAGE;
    weir_kv_bytes last = {0};
    char *aside = NULL;
    if (w->got) { /* the key lies in what is taken back now */
        last = key_of(w->key[w->got - 1]);
        if (!(aside = malloc(last.size + 1))) return WEIR_KV_NOMEM;
        last = weir_kv_bytes_of(memcpy(aside, last.at, last.size), last.size);
    }
    weir_arena_back(&x->arena, w->mark);
    weir_meter_add(x->tools->meter, WEIR_COUNT_SCANS);
    uint64_t since = begin(x);
    weir_kv_status st = weir_keys_page(x, key_of(prefix), w->got ? &last : NULL, w->skip, w->key, want, &got);
    done(x, WEIR_STORE_SCAN, since, st);
    free(aside);
    w->skip = 0;
    w->at = 0;
    w->got = (uint32_t)got;
    w->over = got < want;
    return st;
}

static weir_verdict leave(weir_exec *x, walk *w, weir_slp_value v) {
    x->variable[WEIR_VARIABLE_KEY] = w->outer;
    if (!w->outer_bound) x->bound &= ~(1u << WEIR_VARIABLE_KEY);
    return weir_return(x, v);
}

/* The body on the next key, or the end. */
static weir_verdict next(weir_exec *x, walk *w, const weir_slp_value *args) {
    if (w->left > 0 && w->at == w->got && !w->over) {
        weir_kv_status st = turn(x, w, args[0]);
        if (st != WEIR_KV_OK) return leave(x, w, weir_value_true()), failed(x, st, args[0]);
    }
    if (w->left == 0 || w->at == w->got) return leave(x, w, weir_value_true());
    w->left--;
    weir_exec_bind(x, WEIR_VARIABLE_KEY, w->key[w->at++]);
    weir_verdict verdict = weir_exec_enter(x, args[3]);
    return verdict == WEIR_RETURN ? leave(x, w, x->result) : verdict;
}

static weir_verdict iterate(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    walk *w = weir_exec_state(x, sizeof *w);
    (void)n;
    if (!w) return no_room(x);
    w->skip = (uint64_t)weir_slp_integer(args[1]);
    w->left = (uint64_t)weir_slp_integer(args[2]);
    w->outer_bound = x->bound >> WEIR_VARIABLE_KEY & 1;
    w->outer = x->variable[WEIR_VARIABLE_KEY];
    w->mark = weir_arena_mark(&x->arena);
    return next(x, w, args);
}

static weir_verdict iterate_more(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    walk *w = weir_exec_state(x, sizeof *w);
    (void)n;
    return weir_value_is_error(x->result) ? leave(x, w, x->result) : next(x, w, args);
}

const weir_command weir_kv_commands[] = {
    {"core/kv/set", "kv", WEIR_WRITE, set, NULL, "KEY VALUE: stores the value; true"},
    {"core/kv/get", "k", WEIR_READ, get, NULL, "KEY: the stored value; notfound"},
    {"core/kv/del", "k", WEIR_WRITE, del, NULL, "KEY: removes it; false when there is none"},
    {"core/kv/exists", "k", WEIR_READ, exists, NULL, "KEY: true or false"},
    {"core/kv/snx", "kv", WEIR_WRITE, snx, NULL, "KEY VALUE: stores it when there is none; true or false"},
    {"core/kv/cas", "kvv", WEIR_READ | WEIR_WRITE, cas, NULL,
     "KEY EXPECTED NEW: stores NEW when the value is EXPECTED; true or false"},
    {"core/kv/iterate", "pnnb", WEIR_READ, iterate, iterate_more,
     "PREFIX OFFSET LIMIT {BODY}: runs the body on at most LIMIT keys, in order; $key; true, or the body's error"},
    {0}};
