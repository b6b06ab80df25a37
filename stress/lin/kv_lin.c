/* Short histories of kv, key by key: single writes at any level, reads inside a section that stays open over several, batches,
 * multigets, scans, iterations and snapshots. What looks at all keys is a get of each, with the interval of the call: so a
 * key that is there during all of it must be seen, and one that is not must not. Beside them other keys come and go, unrecorded, so that
 * nodes grow and shrink; and the keys of another tenant, which must keep to its quota. */
#include "stress/kv_store_p.h"
#include "stress/lin/spec_map.h"
#include "stress/lin/windows.h"

enum { KEYS = 4, BESIDE = 60, STORE_WINDOWS = 64, LIMIT = 2 };

static struct {
    store store;
    weir_kv_tenant *limited; /* to LIMIT keys */
    unsigned windows;        /* that this store has seen */
    unsigned shape;
} now;

/* Keys that begin others; that hang in one node with the others; that have much in common; that differ at the first byte. */
static const char *const shapes[][KEYS] = {
    {"", "a", "ab", "abc"},
    {"k0", "k1", "k2", "k3"},
    {"k/a long way to go/1", "k/a long way to go/2", "k/a long way to turn", "k"},
    {"a", "b", "c", "k"}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static weir_kv_bytes key_of(uint64_t i) {
    const char *key = shapes[now.shape][i];
    return weir_kv_bytes_of(key, strlen(key));
}

static weir_kv_bytes beside(unsigned i, char *key) {
    key[0] = 'k';
    key[1] = (char)(128 + i);
    return weir_kv_bytes_of(key, 2);
}

static weir_kv_bytes value_of(const uint64_t *v) { return weir_kv_bytes_of(v, sizeof *v); }

static uint64_t number(weir_kv_bytes value) {
    uint64_t v = 0;
    if (value.size == sizeof v) memcpy(&v, value.at, sizeof v);
    else stress_fail("a value of 8 bytes has %zu", value.size);
    return v;
}

/* -- a window, alone ---------------------------------------------------------------------------------------------- */

static void clear(void) {
    char key[2];
    for (unsigned i = 0; i < KEYS; i++) weir_kv_del(now.store.root, key_of(i));
    for (unsigned i = 0; i < BESIDE; i++) weir_kv_del(now.store.root, beside(i, key));
}

static void fresh_store(store_kind kind) {
    const weir_kv_options o = {.huge_pages = now.windows % 2, .level = WEIR_KV_MEMORY, .level_given = true};
    const weir_kv_quota quota = {.keys = LIMIT};
    weir_kv_tenant_close(now.limited);
    if (now.store.kv) store_close(&now.store);
    now.store = store_open(kind, &o);
    store_must(weir_kv_tenant_create(now.store.kv, WEIR_KV_TEXT("limited"), &quota, &now.limited), "create", "");
    now.windows = 0;
}

static void begin(lin_window *w, store_kind kind) {
    if (!now.store.kv || now.windows++ == STORE_WINDOWS) fresh_store(kind);
    clear();
    now.shape = stress_random_below(&w->random, SHAPES);
    static const unsigned some[] = {0, 2, 11, 14, 44, BESIDE};
    char key[2];
    uint64_t v = 0;
    for (unsigned i = 0, n = some[stress_random_below(&w->random, 6)]; i < n; i++)
        store_expect(weir_kv_set(now.store.root, beside(i, key), value_of(&v)), "set");
}

static void begin_memory(lin_window *w) { begin(w, STORE_MEMORY); }
static void begin_log(lin_window *w) { begin(w, STORE_WAL); }
static void begin_lmdb(lin_window *w) { begin(w, STORE_LMDB); }

/* -- what a thread does ------------------------------------------------------------------------------------------- */

typedef struct actor {
    lin_log *log;
    stress_random *random;
    unsigned values;
    uint64_t seen[KEYS]; /* the last value that it knows of */
} actor;

static unsigned below(actor *a, unsigned n) { return stress_random_below(a->random, n); }
static uint64_t new_value(actor *a) { return lin_value(a->log, ++a->values); }
static lin_op *last(actor *a) { return &a->log->op[weir_a32_load(&a->log->count) - 1]; }

static weir_kv_write how(actor *a) {
    return (weir_kv_write){now.store.kind == STORE_MEMORY ? WEIR_KV_MEMORY : (weir_kv_level)below(a, 3), false};
}

static const weir_kv_verb verbs[] = {
    [LIN_SET] = WEIR_KV_SET, [LIN_DEL] = WEIR_KV_DEL, [LIN_SNX] = WEIR_KV_SNX, [LIN_CAS] = WEIR_KV_CAS};

/* Records what is to be done in the log's last operation. */
static weir_kv_op prepare(actor *a, unsigned kind, uint64_t key, uint64_t *values) {
    values[0] = kind == LIN_CAS ? a->seen[key] : new_value(a);
    values[1] = new_value(a);
    last(a)->more[0] = values[0];
    last(a)->more[1] = values[1];
    return (weir_kv_op){.verb = verbs[kind],
                        .key = key_of(key),
                        .value = value_of(&values[kind == LIN_CAS]),
                        .expected = value_of(&values[0])};
}

static void written(actor *a, unsigned kind, uint64_t key, const uint64_t *values, bool done) {
    if (done && kind != LIN_DEL) a->seen[key] = values[kind == LIN_CAS];
}

static unsigned any_write(actor *a) {
    static const unsigned kinds[] = {LIN_SET, LIN_SET, LIN_DEL, LIN_SNX, LIN_CAS, LIN_CAS};
    return kinds[below(a, 6)];
}

static void write_one(actor *a) {
    unsigned kind = any_write(a);
    uint64_t key = below(a, KEYS), values[2];
    lin_invoke(a->log, kind, key);
    weir_kv_op op = prepare(a, kind, key, values);
    weir_kv_write level = how(a);
    bool yes = store_expect(weir_kv_apply(now.store.root, &op, &level, NULL), "a write") == WEIR_KV_OK;
    lin_return(a->log, kind == LIN_SET ? lin_ok(yes) : lin_yes(yes), 0);
    written(a, kind, key, values, yes);
}

/* Two keys. One that answers NO has looked, and the other has done nothing. */
static void batch(actor *a) {
    unsigned kind[2] = {any_write(a), any_write(a)};
    uint64_t key[2] = {below(a, KEYS), 0}, values[2][2];
    weir_kv_op op[2];
    size_t failed;
    key[1] = (key[0] + 1 + below(a, KEYS - 1)) % KEYS;
    lin_invoke(a->log, kind[0], key[0]);
    lin_op first = *last(a), other;
    op[0] = prepare(a, kind[0], key[0], values[0]);
    first = *last(a);
    op[1] = prepare(a, kind[1], key[1], values[1]);
    other = *last(a);
    weir_kv_write level = how(a);
    bool yes = store_expect(weir_kv_batch(now.store.root, op, 2, &level, NULL, &failed), "a batch") == WEIR_KV_OK;
    lin_return(a->log, LIN_OK, 0);
    lin_op *at = last(a);
    for (unsigned i = 0; i < 2; i++) {
        if (!yes && i != failed) continue;
        if (yes && i == 1) lin_also(a->log, kind[1], key[1], LIN_OK);
        at = last(a);
        const lin_op *wish = i ? &other : &first;
        at->kind = (uint8_t)kind[i];
        at->arg = key[i];
        at->more[0] = wish->more[0];
        at->more[1] = wish->more[1];
        at->result = (uint8_t)(kind[i] == LIN_SET ? lin_ok(yes) : lin_yes(yes));
        written(a, kind[i], key[i], values[i], yes);
    }
}

static void got(actor *a, uint64_t key, bool yes, weir_kv_bytes value) {
    last(a)->result = (uint8_t)lin_yes(yes);
    last(a)->value = yes ? number(value) : 0;
    if (yes) a->seen[key] = last(a)->value;
}

/* Borrowed values stay as they are for as long as the section is open. */
static void read_some(actor *a) {
    weir_kv_bytes value[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    uint64_t first[3];
    unsigned n = 1 + below(a, 3);
    weir_kv_read_begin(now.store.kv);
    for (unsigned i = 0; i < n; i++) {
        uint64_t key = below(a, KEYS);
        unsigned kind = below(a, 4) ? LIN_GET : LIN_EXISTS;
        lin_invoke(a->log, kind, key);
        bool yes = store_expect(kind == LIN_GET ? weir_kv_get(now.store.root, key_of(key), &value[i])
                                                : weir_kv_exists(now.store.root, key_of(key)),
                                "a read") == WEIR_KV_OK;
        lin_return(a->log, lin_yes(yes), 0);
        if (kind == LIN_GET) got(a, key, yes, value[i]);
        first[i] = value[i].at ? number(value[i]) : 0;
    }
    for (unsigned i = 0; i < n; i++)
        if (value[i].at && number(value[i]) != first[i]) stress_fail("what a section had borrowed has changed");
    weir_kv_read_end(now.store.kv);
}

/* -- all keys at once: a get of each, with the interval of the operation that is the log's last ------------------- */

typedef struct all_keys {
    bool there[KEYS];
    uint64_t value[KEYS];
    unsigned char before[24]; /* the last key that was seen */
    size_t before_size;
    bool any;
} all_keys;

static bool one_of_all(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    all_keys *k = arg;
    size_t least = key.size < k->before_size ? key.size : k->before_size;
    int order = memcmp(k->before, key.size ? key.at : "", least);
    if (key.size > sizeof k->before) return stress_fail("a key of %zu bytes that nobody has put", key.size), false;
    if (k->any && (order > 0 || (order == 0 && k->before_size >= key.size)))
        stress_fail("out of order, or twice: '%.*s' after '%.*s'", (int)key.size, (const char *)key.at,
                    (int)k->before_size, (const char *)k->before);
    k->any = true;
    k->before_size = key.size;
    if (key.size) memcpy(k->before, key.at, key.size);
    for (unsigned i = 0; i < KEYS; i++) {
        weir_kv_bytes mine = key_of(i);
        if (mine.size != key.size || memcmp(mine.at, key.size ? key.at : "", key.size)) continue;
        k->there[i] = true;
        k->value[i] = number(value);
    }
    return true;
}

static void record_all(actor *a, const all_keys *k) {
    for (unsigned i = 0; i < KEYS; i++) {
        if (i) lin_also(a->log, LIN_GET, i, LIN_NO);
        got(a, i, k->there[i], value_of(&k->value[i]));
    }
}

static void multiget(all_keys *k) {
    weir_kv_bytes key[KEYS], value[KEYS];
    size_t found, n = 0;
    for (unsigned i = 0; i < KEYS; i++) key[i] = key_of(i);
    weir_kv_read_begin(now.store.kv);
    store_expect(weir_kv_multiget(now.store.root, KEYS, key, value, &found), "multiget");
    for (unsigned i = 0; i < KEYS; i++) {
        k->there[i] = value[i].at;
        if (value[i].at) k->value[i] = number(value[i]), n++;
    }
    weir_kv_read_end(now.store.kv);
    if (n != found) stress_fail("multiget says %zu and found %zu", found, n);
}

/* In pages of `page`, each from the last key of the one before; of a snapshot, or NULL. */
static void scan(all_keys *k, weir_kv_snapshot *snapshot, size_t page) {
    weir_kv_pair pair[KEYS + BESIDE];
    weir_kv_range range = {{NULL, 0}, NULL, 0};
    unsigned char after[24];
    weir_kv_bytes resume;
    size_t n;
    do {
        if (!snapshot) weir_kv_read_begin(now.store.kv);
        weir_kv_status st = snapshot ? weir_kv_snapshot_scan(snapshot, &range, pair, page, &n)
                                     : weir_kv_scan(now.store.root, &range, pair, page, &n);
        store_expect(st, "scan");
        for (size_t i = 0; i < n; i++) one_of_all(k, pair[i].key, pair[i].value);
        if (n && pair[n - 1].key.size <= sizeof after) {
            resume = weir_kv_bytes_of(memcpy(after, pair[n - 1].key.at, pair[n - 1].key.size), pair[n - 1].key.size);
            range.after = &resume;
        }
        if (!snapshot) weir_kv_read_end(now.store.kv);
    } while (n == page && !stress_failed());
}

static void look_at_all(actor *a) {
    all_keys k = {.any = false};
    lin_invoke(a->log, LIN_GET, 0);
    switch (below(a, 4)) {
    case 0: multiget(&k); break;
    case 1: scan(&k, NULL, KEYS + BESIDE); break;
    case 2: scan(&k, NULL, 1 + below(a, 8)); break;
    default: store_expect(weir_kv_iterate(now.store.root, WEIR_KV_TEXT(""), 0, 0, one_of_all, &k), "iterate");
    }
    lin_return(a->log, LIN_NO, 0);
    record_all(a, &k);
}

/* Its moment lies within the call that opens it, however long it is looked at; and what it shows never changes. */
static void snapshot(actor *a) {
    all_keys k = {.any = false}, again = {.any = false};
    weir_kv_snapshot *s;
    lin_invoke(a->log, LIN_GET, 0);
    weir_kv_status st = weir_kv_snapshot_open(now.store.root, &s);
    lin_return(a->log, LIN_NO, 0);
    if (st != WEIR_KV_OK) {
        stress_fail("a snapshot answered: %s", weir_kv_status_text(st));
        return;
    }
    scan(&k, s, 1 + below(a, KEYS + BESIDE - 1));
    record_all(a, &k);
    scan(&again, s, KEYS + BESIDE);
    if (memcmp(k.there, again.there, sizeof k.there) || memcmp(k.value, again.value, sizeof k.value))
        stress_fail("a snapshot has changed");
    weir_kv_snapshot_close(s);
}

static void change_beside(actor *a) {
    char key[2];
    uint64_t v = 0;
    weir_kv_bytes at = beside(below(a, BESIDE), key);
    store_expect(below(a, 2) ? weir_kv_set(now.store.root, at, value_of(&v)) : weir_kv_del(now.store.root, at),
                 "a write beside");
}

/* In a tenant of its own, of few keys. */
static void change_limited(actor *a) {
    char key = (char)below(a, 2 * LIMIT);
    weir_kv_usage usage = {0};
    weir_kv_bytes at = weir_kv_bytes_of(&key, 1);
    weir_kv_status st = below(a, 2) ? weir_kv_set(now.limited, at, at) : weir_kv_del(now.limited, at);
    if (st != WEIR_KV_QUOTA) store_expect(st, "a write");
    store_expect(weir_kv_tenant_usage(now.limited, &usage), "usage");
    if (usage.keys > LIMIT) stress_fail("a quota of %d keys, and %lu are there", LIMIT, usage.keys);
}

static void act(const lin_window *w, lin_log *log, stress_random *r) {
    actor a = {.log = log, .random = r};
    for (unsigned i = 0; i < w->each && weir_a32_load(&log->count) + KEYS <= LIN_LOG; i++) {
        unsigned what = below(&a, 32);
        if (below(&a, 2)) change_beside(&a);
        if (below(&a, 4) == 0) change_limited(&a);
        if (what < 15) write_one(&a);
        else if (what < 24) read_some(&a);
        else if (what < 27) batch(&a);
        else if (what < 30 || stress_has("snapshot=no")) look_at_all(&a);
        else snapshot(&a);
    }
}

static const lin_plan memory = {&lin_map, begin_memory, act, NULL}, with_log = {&lin_map, begin_log, act, NULL},
                      with_lmdb = {&lin_map, begin_lmdb, act, NULL};

static stress_verdict run(const stress_check *c, const stress_request *request) {
    if (c->arg != &with_lmdb || store_kinds() > STORE_LMDB) return lin_windows(c, request, c->arg);
    stress_say("this build has no store lmdb");
    return STRESS_INCONCLUSIVE;
}

STRESS_CHECK_ARG(lin, windows, "linearizable per key; walks are ordered and see what stays; snapshots are one moment",
                 run, &memory)
STRESS_CHECK_ARG(lin, windows_log, "the same with a log, at all levels: nothing is seen too early, or in another order",
                 run, &with_log)
STRESS_CHECK_ARG(lin, windows_lmdb, "the same on LMDB", run, &with_lmdb)
