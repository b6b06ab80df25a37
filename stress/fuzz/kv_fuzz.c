/* Sequences of operations of kv against a sorted array a tenant, in memory, with a log, on LMDB: keys that begin other keys, that
 * share long beginnings, of 0 and of 64 KiB bytes; batches, snapshots, quotas, pages, tenants that come and go. A store with files is
 * closed and opened again in between. */
#include "stress/fuzz/fuzz.h"
#include "stress/fuzz/kv_oracle_p.h"
#include "stress/kv_store_p.h"

enum { TENANTS = 2, SNAPSHOTS = 2, VALUE_MAX = 5000, SEQUENCES = 200, BATCH = 5, PAGE = 7 };

static store stores[STORE_KINDS], here; /* here: a copy of the one in use */
static unsigned sequences[STORE_KINDS]; /* that each has seen */
static const weir_kv_options options = {
    .value_max = VALUE_MAX, .log_bytes = 256 << 10, .level = WEIR_KV_MEMORY, .level_given = true, .huge_pages = true};

static struct tenant {
    weir_kv_tenant *handle;
    oracle oracle;
    weir_kv_snapshot *snapshot[SNAPSHOTS];
    oracle frozen[SNAPSHOTS];
} tenants[TENANTS];

/* -- bytes that an input chooses ---------------------------------------------------------------------------------- */

static unsigned char scratch[BATCH][2][WEIR_KV_KEY_MAX + 1], other_value[VALUE_MAX + 1];

static weir_kv_bytes letters(fuzz_input *in, unsigned char *to, size_t before, size_t n) {
    static const unsigned char alphabet[] = {'a', 0, 'b', 0xff};
    unsigned bits = 0;
    for (size_t i = 0; i < n; i++, bits >>= 2) {
        if (i % 4 == 0) bits = fuzz_byte(in);
        to[before + i] = alphabet[bits & 3];
    }
    return weir_kv_bytes_of(to, before + n);
}

static weir_kv_bytes choose_key(fuzz_input *in, unsigned char *to) {
    unsigned how = fuzz_byte(in);
    switch (how >> 4) {
    default: return letters(in, to, 0, how & 7);
    case 6:
    case 7:
    case 8:
    case 9: return memcpy(to, "a beginning of many", 19), letters(in, to, how & 8 ? 19 : 10, how & 7);
    case 10:
    case 11:
    case 12: to[0] = 'a'; return to[1] = fuzz_byte(in), weir_kv_bytes_of(to, 2);
    case 13: /* round the lengths at which LMDB's keys are cut */
        memset(to, 'z', WEIR_KV_KEY_MAX + 1);
        return letters(in, to, (size_t)502 * (1 + how % 3) - 2, how >> 2 & 3);
    case 15: memset(to, 'z', WEIR_KV_KEY_MAX + 1);
    }
    if ((how & 15) == 0) return weir_kv_bytes_of(to, WEIR_KV_KEY_MAX + 1);
    if (how & 1) to[WEIR_KV_KEY_MAX - 1] = fuzz_byte(in);
    return weir_kv_bytes_of(to, how & 2 ? WEIR_KV_KEY_MAX : how & 15);
}

static weir_kv_bytes choose_value(fuzz_input *in, unsigned char *to) {
    unsigned how = fuzz_byte(in);
    memset(to, (int)(how >> 3), VALUE_MAX + 1);
    return weir_kv_bytes_of(to, (how & 7) < 6 ? how & 7 : VALUE_MAX + (how & 1));
}

static weir_kv_op choose_op(fuzz_input *in, unsigned i) {
    static const weir_kv_verb verbs[] = {WEIR_KV_SET, WEIR_KV_SET, WEIR_KV_DEL, WEIR_KV_SNX, WEIR_KV_CAS};
    weir_kv_op op = {.verb = verbs[fuzz_below(in, 5)], .key = choose_key(in, scratch[i][0])};
    if (op.verb != WEIR_KV_DEL) op.value = choose_value(in, scratch[i][1]);
    return op;
}

/* What cas expects: what is there, more often than not. */
static weir_kv_bytes choose_expected(fuzz_input *in, const oracle *o, const weir_kv_op *op) {
    const weir_kv_pair *p = oracle_find(o, op->key);
    if (p && fuzz_below(in, 4)) return p->value;
    return choose_value(in, other_value);
}

/* -- comparing ---------------------------------------------------------------------------------------------------- */

static bool answered(const char *what, weir_kv_status got, weir_kv_status wanted) {
    return got == wanted ||
           fuzz_wrong("%s answered '%s' instead of '%s'", what, weir_kv_status_text(got), weir_kv_status_text(wanted));
}

static bool same_pairs(const char *what, const weir_kv_pair *got, const weir_kv_pair *wanted, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!bytes_same(got[i].key, wanted[i].key) || !bytes_same(got[i].value, wanted[i].value))
            return fuzz_wrong(
                "%s: pair %zu has a key of %zu bytes and a value of %zu, it ought to be %zu and %zu, or others", what,
                i, got[i].key.size, got[i].value.size, wanted[i].key.size, wanted[i].value.size);
    return true;
}

/* Where a walk of the oracle begins, and in *n how many pairs it has, without those skipped. */
static const weir_kv_pair *expected_walk(const oracle *o, const weir_kv_range *range, size_t *n) {
    size_t i = oracle_place(o, range->prefix), after = 0;
    if (range->after) after = oracle_place(o, *range->after);
    if (range->after && after < o->n && bytes_same(o->at[after].key, *range->after)) after++;
    if (after > i) i = after;
    size_t end = i;
    while (end < o->n && bytes_begin(o->at[end].key, range->prefix)) end++;
    i = range->skip < end - i ? i + range->skip : end;
    *n = end - i;
    return o->n ? o->at + i : NULL;
}

static bool page(struct tenant *t, int snapshot, const weir_kv_range *range, size_t room) {
    weir_kv_pair pair[PAGE];
    size_t got, wanted;
    const weir_kv_pair *from = expected_walk(snapshot < 0 ? &t->oracle : &t->frozen[snapshot], range, &wanted);
    if (wanted > room) wanted = room;
    weir_kv_read_begin(here.kv);
    weir_kv_status st = snapshot < 0 ? weir_kv_scan(t->handle, range, pair, room, &got)
                                     : weir_kv_snapshot_scan(t->snapshot[snapshot], range, pair, room, &got);
    bool ok = answered("scan", st, WEIR_KV_OK) &&
              (got == wanted || fuzz_wrong("a page has %zu pairs instead of %zu", got, wanted)) &&
              same_pairs("a page", pair, from, got);
    weir_kv_read_end(here.kv);
    return ok;
}

/* All of it, by resuming, and each key by itself. */
static bool whole(struct tenant *t, int snapshot) {
    const oracle *o = snapshot < 0 ? &t->oracle : &t->frozen[snapshot];
    weir_kv_range range = {WEIR_KV_TEXT(""), NULL, 0};
    for (size_t i = 0; i <= o->n; i += PAGE) {
        if (i) range.after = &o->at[i - 1].key;
        if (!page(t, snapshot, &range, PAGE)) return false;
    }
    for (size_t i = 0; i < o->n; i++) {
        weir_kv_bytes value = {NULL, 0};
        weir_kv_read_begin(here.kv);
        weir_kv_status st = snapshot < 0 ? weir_kv_get(t->handle, o->at[i].key, &value)
                                         : weir_kv_snapshot_get(t->snapshot[snapshot], o->at[i].key, &value);
        bool same = st == WEIR_KV_OK && bytes_same(value, o->at[i].value);
        weir_kv_read_end(here.kv);
        if (!same) return fuzz_wrong("key %zu, of %zu bytes, is not there, or has another value", i, o->at[i].key.size);
    }
    weir_kv_usage usage;
    if (snapshot >= 0) return true;
    weir_kv_tenant_usage(t->handle, &usage);
    return (usage.keys == o->n && usage.bytes == o->bytes) ||
           fuzz_wrong("usage says %lu keys and %lu bytes, there are %zu and %lu", usage.keys, usage.bytes, o->n,
                      o->bytes);
}

/* -- operations --------------------------------------------------------------------------------------------------- */

static weir_kv_status first_refusal(const weir_kv_op *op) {
    if (op->key.size > WEIR_KV_KEY_MAX) return WEIR_KV_KEY_LONG;
    return op->verb != WEIR_KV_DEL && op->value.size > VALUE_MAX ? WEIR_KV_VALUE_LONG : WEIR_KV_OK;
}

/* What a batch of n answers; *after is what the tenant is then. */
static weir_kv_status expected(const oracle *before, oracle *after, const weir_kv_op *op, size_t n, size_t *failed) {
    weir_kv_status st = WEIR_KV_OK;
    *after = oracle_copy(before);
    for (*failed = 0; *failed < n; ++*failed)
        if ((st = first_refusal(&op[*failed])) != WEIR_KV_OK) return st;
    for (*failed = 0; *failed < n; ++*failed)
        if ((st = oracle_apply(after, &op[*failed])) != WEIR_KV_OK) return st;
    return oracle_refuses(before, after) ? WEIR_KV_QUOTA : WEIR_KV_OK;
}

static bool write(struct tenant *t, fuzz_input *in, unsigned n) {
    weir_kv_op op[BATCH];
    oracle after;
    size_t failed, wanted_failed;
    const weir_kv_write how = {(weir_kv_level)fuzz_below(in, 3), fuzz_below(in, 4) == 0};
    for (unsigned i = 0; i < n; i++) op[i] = choose_op(in, i);
    for (unsigned i = 0; i < n; i++)
        if (op[i].verb == WEIR_KV_CAS) op[i].expected = choose_expected(in, &t->oracle, &op[i]);
    for (unsigned i = 0; i < n; i++)
        fuzz_say("%s%u: key of %zu bytes, value of %zu", i ? "  and verb " : "verb ", op[i].verb, op[i].key.size,
                 op[i].value.size);
    weir_kv_status wanted = expected(&t->oracle, &after, op, n, &wanted_failed);
    weir_kv_status got =
        n == 1 ? weir_kv_apply(t->handle, op, &how, NULL) : weir_kv_batch(t->handle, op, n, &how, NULL, &failed);
    if (how.later) weir_kv_sync(here.kv, WEIR_KV_DISK);
    bool ok = answered(n == 1 ? "a write" : "a batch", got, wanted);
    if (ok && n > 1 && wanted != WEIR_KV_OK && wanted != WEIR_KV_QUOTA && failed != wanted_failed)
        ok = fuzz_wrong("operation %zu has failed, the batch says %zu", wanted_failed, failed);
    if (wanted == WEIR_KV_OK) {
        oracle old = t->oracle;
        t->oracle = after;
        after = old;
    }
    oracle_free(&after);
    return ok;
}

/* Many keys in one node. */
static bool row(struct tenant *t, fuzz_input *in) {
    unsigned first = fuzz_byte(in), n = fuzz_below(in, 64), step = 1 + fuzz_below(in, 3);
    weir_kv_verb verb = fuzz_below(in, 3) ? WEIR_KV_SET : WEIR_KV_DEL;
    unsigned char key[2] = {'a', 0};
    fuzz_say("verb %u: %u keys of one node", verb, n);
    for (unsigned i = 0; i < n; i++) {
        key[1] = (unsigned char)(first + i * step);
        weir_kv_op op = {.verb = verb, .key = weir_kv_bytes_of(key, 2), .value = weir_kv_bytes_of(key, i % 3)};
        oracle after;
        size_t failed;
        weir_kv_status wanted = expected(&t->oracle, &after, &op, 1, &failed);
        if (!answered("a write of a row", weir_kv_apply(t->handle, &op, NULL, NULL), wanted)) return false;
        if (wanted == WEIR_KV_OK) oracle_apply(&t->oracle, &op);
        oracle_free(&after);
    }
    return true;
}

static bool read(struct tenant *t, fuzz_input *in) {
    weir_kv_bytes key[BATCH], value[BATCH];
    size_t n = 1 + fuzz_below(in, BATCH), found, there = 0;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        key[i] = choose_key(in, scratch[i][0]);
        if (key[i].size > WEIR_KV_KEY_MAX) key[i].size = 0;
    }
    fuzz_say("multiget of %zu", n);
    weir_kv_read_begin(here.kv);
    ok = answered("multiget", weir_kv_multiget(t->handle, n, key, value, &found), WEIR_KV_OK);
    for (size_t i = 0; ok && i < n; i++) {
        const weir_kv_pair *p = oracle_find(&t->oracle, key[i]);
        weir_kv_bytes one = {NULL, 0};
        weir_kv_status st = weir_kv_get(t->handle, key[i], &one);
        there += p != NULL;
        ok = answered("get", st, p ? WEIR_KV_OK : WEIR_KV_NO) &&
             (p ? value[i].at && bytes_same(value[i], p->value) && bytes_same(one, p->value) : !value[i].at);
        if (!ok) fuzz_wrong("get or multiget of a key of %zu bytes has another value", key[i].size);
    }
    weir_kv_read_end(here.kv);
    return ok && (found == there || fuzz_wrong("multiget found %zu of %zu", found, there));
}

typedef struct walked {
    const weir_kv_pair *wanted;
    size_t n, seen, stop;
    bool ok;
} walked;

static bool one_walked(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    walked *w = arg;
    weir_kv_pair got = {key, value};
    w->ok = w->seen < w->n ? same_pairs("iterate", &got, &w->wanted[w->seen], 1)
                           : fuzz_wrong("iterate shows more than %zu pairs", w->n);
    return w->ok && ++w->seen < w->stop;
}

static bool walk(struct tenant *t, fuzz_input *in) {
    weir_kv_bytes after = choose_key(in, scratch[1][0]);
    weir_kv_range range = {choose_key(in, scratch[0][0]), NULL, fuzz_below(in, 4) ? 0 : fuzz_below(in, 9)};
    if (range.prefix.size > WEIR_KV_KEY_MAX) range.prefix.size = 1;
    if (fuzz_below(in, 2) && after.size <= WEIR_KV_KEY_MAX) range.after = &after;
    fuzz_say("scan of a prefix of %zu bytes, after one of %zu, without %lu", range.prefix.size,
             range.after ? after.size : 0, range.skip);
    if (!page(t, -1, &range, fuzz_below(in, PAGE + 1))) return false;
    range.after = NULL;
    walked w = {.ok = true, .stop = fuzz_below(in, 3) ? SIZE_MAX : 1 + fuzz_below(in, 9)};
    w.wanted = expected_walk(&t->oracle, &range, &w.n);
    uint64_t limit = fuzz_below(in, 3) ? 0 : fuzz_below(in, 9);
    if (limit && limit < w.n) w.n = limit;
    fuzz_say("iterate over at most %zu", w.n);
    weir_kv_status st = weir_kv_iterate(t->handle, range.prefix, range.skip, limit, one_walked, &w);
    return w.ok && answered("iterate", st, WEIR_KV_OK) &&
           (w.seen == (w.n < w.stop ? w.n : w.stop) || fuzz_wrong("iterate showed %zu of %zu", w.seen, w.n));
}

static bool close_snapshot(struct tenant *t, int i) {
    if (!t->snapshot[i]) return true;
    fuzz_say("look at snapshot %d, and close it", i);
    bool ok = whole(t, i);
    weir_kv_snapshot_close(t->snapshot[i]);
    oracle_free(&t->frozen[i]);
    t->snapshot[i] = NULL;
    return ok;
}

static bool snapshot(struct tenant *t, fuzz_input *in) {
    int i = (int)fuzz_below(in, SNAPSHOTS);
    if (t->snapshot[i]) return fuzz_below(in, 2) ? close_snapshot(t, i) : whole(t, i);
    fuzz_say("snapshot %d", i);
    weir_kv_status st = weir_kv_snapshot_open(t->handle, &t->snapshot[i]);
    if (stress_has("snapshot=no") && here.kind != STORE_LMDB) return answered("a snapshot", st, WEIR_KV_NOTSUP);
    if (st == WEIR_KV_OK) t->frozen[i] = oracle_copy(&t->oracle);
    return answered("a snapshot", st, WEIR_KV_OK);
}

static bool limit(struct tenant *t, fuzz_input *in) {
    weir_kv_quota q = {fuzz_below(in, 3) ? fuzz_below(in, 12) : 0, fuzz_below(in, 3) ? fuzz_below(in, 256) : 0};
    fuzz_say("quota of %lu keys and %lu bytes", q.keys, q.bytes);
    t->oracle.quota = q;
    return answered("limit", weir_kv_tenant_limit(t->handle, &q), WEIR_KV_OK);
}

/* -- tenants and the store ---------------------------------------------------------------------------------------- */

static weir_kv_bytes name_of(const struct tenant *t) {
    return t == tenants ? WEIR_KV_TEXT("one") : WEIR_KV_TEXT("two");
}

static bool end_tenant(struct tenant *t) {
    bool ok = true;
    for (int i = 0; i < SNAPSHOTS; i++) ok = close_snapshot(t, i) && ok;
    weir_kv_status dropped = weir_kv_tenant_drop(here.kv, name_of(t));
    weir_kv_status after = weir_kv_set(t->handle, WEIR_KV_TEXT("a"), WEIR_KV_TEXT("b"));
    weir_kv_tenant_close(t->handle);
    oracle_free(&t->oracle);
    return ok && answered("drop", dropped, WEIR_KV_OK) &&
           answered("a write to a dropped tenant", after, WEIR_KV_DROPPED);
}

static bool begin_tenant(struct tenant *t) {
    return answered("create", weir_kv_tenant_create(here.kv, name_of(t), NULL, &t->handle), WEIR_KV_OK);
}

static bool again(struct tenant *t) {
    fuzz_say("drop, and create again");
    return end_tenant(t) && begin_tenant(t);
}

/* Everything is as it was. */
static bool reopen(void) {
    if (here.kind == STORE_MEMORY) return true;
    for (struct tenant *t = tenants; t < tenants + TENANTS; t++)
        for (int i = 0; i < SNAPSHOTS; i++)
            if (!close_snapshot(t, i)) return false;
    fuzz_say("close, and open again");
    for (struct tenant *t = tenants; t < tenants + TENANTS; t++) weir_kv_tenant_close(t->handle);
    store_reopen(&here, &options);
    stores[here.kind] = here;
    for (struct tenant *t = tenants; t < tenants + TENANTS; t++)
        if (!answered("open", weir_kv_tenant_open(here.kv, name_of(t), &t->handle), WEIR_KV_OK) || !whole(t, -1))
            return false;
    return true;
}

static bool operation(fuzz_input *in) {
    uint8_t what = fuzz_byte(in);
    struct tenant *t = &tenants[what & 1];
    unsigned share = what >> 1 & 31;
    if (share < 12) return write(t, in, 1);
    if (share < 16) return write(t, in, 2 + fuzz_below(in, BATCH - 1));
    if (share < 19) return read(t, in);
    if (share < 23) return walk(t, in);
    if (share < 26) return row(t, in);
    if (share < 29) return snapshot(t, in);
    if (share < 30) return limit(t, in);
    return share < 31 ? again(t) : what & 192 || reopen();
}

static bool ops(fuzz_input *in) {
    unsigned choice = fuzz_below(in, 8);
    store_kind kind = choice < store_kinds() ? (store_kind)choice : STORE_MEMORY;
    bool ok = true;
    if (stores[kind].kv && ++sequences[kind] % SEQUENCES == 0) store_close(&stores[kind]);
    if (!stores[kind].kv) stores[kind] = store_open(kind, &options);
    here = stores[kind];
    fuzz_say("store %s", store_names[kind]);
    for (struct tenant *t = tenants; t < tenants + TENANTS; t++) ok = begin_tenant(t) && ok;
    while (ok && fuzz_more(in)) ok = operation(in);
    for (struct tenant *t = tenants; t < tenants + TENANTS; t++) ok = ok && whole(t, -1);
    for (struct tenant *t = tenants; t < tenants + TENANTS; t++) ok = end_tenant(t) && ok;
    return ok;
}

FUZZ_TARGET(ops, "any sequence answers as a sorted array a tenant does, on every store")
