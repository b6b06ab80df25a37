/* The recorder: short random runs on a disk in memory that remembers every call; after each of them the power is cut, what was not
 * synced is lost, torn or kept at will, and the log is opened again. What is found must be the store as it was after some record,
 * and no earlier one than any that had been acknowledged by then. Each fault of the disk must be survived likewise, and
 * damage at any byte be named or do no harm. Mutants of the log, made by wrapping its functions, show that this convicts. */
#include "prims/test_p.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "kv/io_sim.h"
#include "kv/store/wal_p.h"

enum { TENANTS = 6, KEYS = 12, HISTORY = 512, WRITERS = 3 };

/* -- what a store is, here ---------------------------------------------------------------------------------------- */

typedef struct state {
    uint64_t there[TENANTS]; /* 1 or 0; no padding, for states are compared as bytes */
    uint64_t quota[TENANTS];
    uint32_t value[TENANTS][KEYS]; /* 0: no such key */
} state;

static weir_kv_status on_created(void *arg, uint64_t t, weir_kv_bytes name, const weir_kv_quota *quota) {
    state *s = arg;
    if (t == 0 || t >= TENANTS || s->there[t] || name.size != 3) return WEIR_KV_CORRUPT;
    s->there[t] = true;
    s->quota[t] = quota->keys;
    return WEIR_KV_OK;
}

static weir_kv_status on_limited(void *arg, uint64_t t, const weir_kv_quota *quota) {
    state *s = arg;
    if (t >= TENANTS || !s->there[t]) return WEIR_KV_CORRUPT;
    s->quota[t] = quota->keys;
    return WEIR_KV_OK;
}

static weir_kv_status on_dropped(void *arg, uint64_t t) {
    state *s = arg;
    if (t == 0 || t >= TENANTS || !s->there[t]) return WEIR_KV_CORRUPT;
    s->there[t] = false;
    s->quota[t] = 0;
    memset(s->value[t], 0, sizeof s->value[t]);
    return WEIR_KV_OK;
}

static weir_kv_status on_changed(void *arg, uint64_t t, const weir_kv_op *op, size_t n) {
    state *s = arg;
    if (t >= TENANTS || !s->there[t]) return WEIR_KV_CORRUPT;
    for (size_t i = 0; i < n; i++) {
        unsigned char key;
        uint32_t value = 0;
        if (op[i].key.size != 1) return WEIR_KV_CORRUPT;
        memcpy(&key, op[i].key.at, 1);
        if (key >= KEYS) return WEIR_KV_CORRUPT;
        if (op[i].verb == WEIR_KV_SET) memcpy(&value, op[i].value.at, sizeof value);
        s->value[t][key] = value;
    }
    return WEIR_KV_OK;
}

static weir_log_events events_of(state *s) {
    *s = (state){.there = {true}};
    return (weir_log_events){s, on_created, on_limited, on_dropped, on_changed};
}

/* -- a run -------------------------------------------------------------------------------------------------------- */

/* What was appended, in its order, and the store after it. */
typedef struct entry {
    uint64_t position;
    state after;
} entry;

typedef struct ack {
    uint64_t position;
    weir_kv_level level;
    size_t changes; /* of the disk when it was given */
} ack;

typedef struct run {
    weir_sim *sim;
    weir_log *log;
    weir_kv_options options;
    uint64_t seed;
    pthread_mutex_t lock; /* stands for the locks of the store: what follows */
    state now;
    entry history[HISTORY];
    size_t entries;
    ack acks[HISTORY];
    size_t acked;
    unsigned next_tenant;
    unsigned steps; /* of each writer */
    unsigned limit; /* of quotas, so that each is another */
} run;

static uint64_t mix(uint64_t *at) { /* splitmix64 */
    uint64_t x = *at += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static weir_kv_status walk(void *store, const weir_log_events *to, void (*begun)(void *arg)) {
    run *r = store;
    weir_kv_status st = WEIR_KV_OK;
    pthread_mutex_lock(&r->lock);
    begun(to->arg);
    const state first = r->now;
    pthread_mutex_unlock(&r->lock);
    for (unsigned t = 0; t < TENANTS && st == WEIR_KV_OK; t++) {
        weir_kv_quota q = {.keys = first.quota[t]};
        if (first.there[t]) st = t ? to->created(to->arg, t, WEIR_KV_TEXT("abc"), &q) : to->limited(to->arg, t, &q);
    }
    for (unsigned t = 0; t < TENANTS && st == WEIR_KV_OK; t++) {
        pthread_mutex_lock(&r->lock); /* each tenant at a moment of its own */
        const state now = r->now;
        pthread_mutex_unlock(&r->lock);
        for (unsigned char k = 0; k < KEYS && first.there[t] && now.there[t] && st == WEIR_KV_OK; k++) {
            weir_kv_op op = {.key = {&k, 1}, .value = {&now.value[t][k], 4}};
            if (now.value[t][k]) st = to->changed(to->arg, t, &op, 1);
        }
    }
    return st;
}

static weir_kv_status change(run *r, uint64_t *random, uint64_t *position) {
    weir_kv_op op[3];
    unsigned char key[3];
    uint32_t value[3];
    uint64_t t = mix(random) % TENANTS;
    size_t n = mix(random) % 4 ? 1 : 3;
    if (!r->now.there[t]) t = 0;
    for (size_t i = 0; i < n; i++) {
        key[i] = (unsigned char)(mix(random) % KEYS);
        value[i] = (uint32_t)mix(random) | 1;
        op[i] = (weir_kv_op){
            .verb = mix(random) % 4 ? WEIR_KV_SET : WEIR_KV_DEL, .key = {&key[i], 1}, .value = {&value[i], 4}};
    }
    weir_kv_status st = r->log->ops->append(r->log, t, op, n, position);
    if (st == WEIR_KV_OK) on_changed(&r->now, t, op, n);
    return st;
}

static weir_kv_status change_tenants(run *r, uint64_t *random, uint64_t *position) {
    uint64_t t = 1 + mix(random) % (TENANTS - 1);
    weir_kv_quota q = {.keys = ++r->limit};
    const weir_log_ops *ops = r->log->ops;
    weir_kv_status st;
    if (!r->now.there[t]) {
        if (r->next_tenant == TENANTS) return WEIR_KV_NO;
        st = ops->tenant_created(r->log, r->next_tenant, WEIR_KV_TEXT("abc"), &q, position);
        if (st == WEIR_KV_OK) on_created(&r->now, r->next_tenant++, WEIR_KV_TEXT("abc"), &q);
    } else if (mix(random) % 2) {
        st = ops->tenant_limited(r->log, t, &q, position);
        if (st == WEIR_KV_OK) on_limited(&r->now, t, &q);
    } else {
        st = ops->tenant_dropped(r->log, t, position);
        if (st == WEIR_KV_OK) on_dropped(&r->now, t);
    }
    return st;
}

static void step(run *r, uint64_t *random) {
    uint64_t position;
    weir_kv_level level = (weir_kv_level)(mix(random) % 3);
    pthread_mutex_lock(&r->lock);
    weir_kv_status st = mix(random) % 6 ? change(r, random, &position) : change_tenants(r, random, &position);
    if (st == WEIR_KV_OK) r->history[r->entries++] = (entry){position, r->now};
    pthread_mutex_unlock(&r->lock);
    if (st != WEIR_KV_OK || r->log->ops->wait(r->log, position, level, WEIR_FOREVER) != WEIR_KV_OK) return;
    pthread_mutex_lock(&r->lock);
    r->acks[r->acked++] = (ack){position, level, weir_sim_changes(r->sim)};
    pthread_mutex_unlock(&r->lock);
}

static void *writer(void *arg) {
    run *r = arg;
    pthread_mutex_lock(&r->lock);
    uint64_t random = r->seed++;
    pthread_mutex_unlock(&r->lock);
    random = mix(&random);
    for (unsigned i = 0; i < r->steps; i++) {
        step(r, &random);
        if (mix(&random) % 16 == 0) r->log->ops->compact(r->log, NULL);
    }
    return NULL;
}

static run *new_run(uint64_t seed, unsigned steps) {
    run *r = weir_test_alloc(sizeof *r);
    memset(r, 0, sizeof *r);
    r->sim = weir_sim_new();
    r->options = (weir_kv_options){.path = "/store", .log_bytes = 1, .io = weir_sim_io(r->sim)};
    r->seed = seed * 1000;
    r->steps = steps;
    r->next_tenant = 1;
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

static weir_kv_status open_run(run *r) {
    weir_log_events to = events_of(&r->now);
    weir_kv_status st = weir_wal_open(&r->options, &to, &r->log, NULL);
    if (st == WEIR_KV_OK) ((weir_wal *)r->log)->walk = walk, ((weir_wal *)r->log)->store = r; /* without its thread */
    return st;
}

static void write_some(run *r, unsigned writers) {
    pthread_t t[WRITERS];
    for (unsigned i = 0; i < writers; i++) t[i] = weir_test_thread(writer, r);
    for (unsigned i = 0; i < writers; i++) pthread_join(t[i], NULL);
}

static void end_run(run *r) {
    weir_sim_free(r->sim);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* Small segments, so that a run has several. */
static weir_kv_status begin_run(run *r) {
    weir_kv_status st = open_run(r);
    if (st == WEIR_KV_OK) ((weir_wal *)r->log)->segment_bytes = 512;
    return st;
}

/* -- what is found ------------------------------------------------------------------------------------------------ */

static const char *verdict; /* the first violation */
static char verdict_text[800];

static bool violated(const char *what, const char *detail) {
    if (!verdict) {
        snprintf(verdict_text, sizeof verdict_text, "%s: %s", what, detail);
        verdict = verdict_text;
    }
    return false;
}

static int by_position(const void *a, const void *b) {
    const entry *x = a, *y = b;
    return (x->position > y->position) - (x->position < y->position);
}

/* The last that must be there after that many changes, when what was written and not synced was lost, or kept. */
static uint64_t promised(const run *r, size_t changes, bool kept) {
    uint64_t least = 0;
    for (size_t i = 0; i < r->acked; i++) {
        bool counts = r->acks[i].level == WEIR_KV_DISK || (kept && r->acks[i].level == WEIR_KV_OS);
        if (counts && r->acks[i].changes <= changes && r->acks[i].position > least) least = r->acks[i].position;
    }
    return least;
}

static bool is_state_at(run *r, uint64_t position, const state *found) {
    static const state empty = {.there = {true}};
    const state *expected = &empty;
    for (size_t i = 0; i < r->entries && r->history[i].position <= position; i++) expected = &r->history[i].after;
    return !memcmp(expected, found, sizeof *found);
}

/* Whether that disk holds what it must. *end: where its log ends. */
static bool holds(run *r, weir_sim *disk, uint64_t least, const char *when, uint64_t *end) {
    weir_kv_options o = {.path = "/store", .io = weir_sim_io(disk), .log_bytes = 1};
    state *found = calloc(1, sizeof *found);
    weir_log_events to = events_of(found);
    weir_wal_totals totals;
    weir_kv_error error = {0};
    weir_kv_status st = weir_wal_inspect(&o, &to, &totals, &error);
    bool ok = true;
    *end = totals.position;
    if (st == WEIR_KV_MISSING && !least) st = WEIR_KV_OK;
    if (st != WEIR_KV_OK) ok = violated(when, error.text);
    else if (totals.position < least) ok = violated(when, "something that was acknowledged is lost");
    else if (!is_state_at(r, totals.position, found)) ok = violated(when, "it is no state that the store was ever in");
    free(found);
    return ok;
}

/* Opens the disk again, writes one more record, and looks after another cut. */
static bool goes_on(run *r, weir_sim *disk, uint64_t least, uint64_t seed) {
    static run again; /* of the whole of it, what append and events need */
    uint64_t end, position;
    if (!holds(r, disk, least, "after a cut", &end)) return false;
    again = (run){.sim = disk, .options = {.path = "/store", .io = weir_sim_io(disk), .log_bytes = 1}};
    weir_kv_error error = {0};
    weir_log_events to = events_of(&again.now);
    if (weir_wal_open(&again.options, &to, &again.log, &error) != WEIR_KV_OK)
        return violated("opened again", error.text);
    unsigned char key = (unsigned char)(seed % KEYS);
    uint32_t value = (uint32_t)seed | 1;
    weir_kv_op op = {.key = {&key, 1}, .value = {&value, 4}};
    weir_kv_status st = again.log->ops->append(again.log, 0, &op, 1, &position);
    if (st == WEIR_KV_OK) st = again.log->ops->wait(again.log, position, WEIR_KV_DISK, WEIR_FOREVER);
    if (st != WEIR_KV_OK) violated("opened again", "cannot be written");
    on_changed(&again.now, 0, &op, 1);
    size_t changes = weir_sim_changes(disk);
    if (seed % 2) again.log->ops->close(again.log);
    weir_sim *cut = weir_sim_cut(disk, seed % 2 ? SIZE_MAX : changes, seed);
    again.history[0] = (entry){position, again.now};
    again.entries = 1;
    bool ok = st == WEIR_KV_OK && holds(&again, cut, position, "after a second cut", &end);
    if (!(seed % 2)) again.log->ops->close(again.log);
    weir_sim_free(cut);
    return ok;
}

static unsigned cuts;

static bool survives_cut(run *r, size_t changes, uint64_t seed) {
    weir_sim *disk = weir_sim_cut(r->sim, changes, seed);
    cuts++;
    bool ok = goes_on(r, disk, promised(r, changes, seed == WEIR_SIM_ALL), seed);
    weir_sim_free(disk);
    return ok;
}

static bool survives_cuts(run *r, unsigned seeds) {
    qsort(r->history, r->entries, sizeof *r->history, by_position);
    for (size_t n = 0; n <= weir_sim_changes(r->sim); n++)
        for (unsigned s = 0; s < seeds; s++)
            if (!survives_cut(r, n, s < 2 ? s : r->seed * 7919 + n * 31 + s)) return false;
    return true;
}

/* -- the tests ---------------------------------------------------------------------------------------------------- */

static bool recorded(uint64_t seed, unsigned seeds) {
    run *r = new_run(seed, 4 + seed % 5);
    bool ok = begin_run(r) == WEIR_KV_OK;
    if (ok) write_some(r, 1 + seed % WRITERS);
    if (ok && seed % 3) ok = r->log->ops->close(r->log) == WEIR_KV_OK;
    else if (ok) r->log->ops->wait(r->log, 0, WEIR_KV_OS, 0);
    bool closed = seed % 3;
    if (!ok) violated("a sound disk", "refused");
    ok = ok && survives_cuts(r, seeds);
    if (!closed) r->log->ops->close(r->log);
    end_run(r);
    return ok;
}

static void every_prefix(void **s) {
    (void)s;
    verdict = NULL;
    cuts = 0;
    for (uint64_t seed = 0; seed < 24 && !verdict; seed++) recorded(seed, 6);
    if (verdict) fail_msg("%s", verdict);
    print_message("%u cuts\n", cuts);
    assert_true(cuts > 2000);
}

/* Opened again as it is, without a cut, it must not show what a cut can still undo. */
static void is_safe_again(run *r, uint64_t seed) {
    state *found = calloc(1, sizeof *found);
    weir_log_events to = events_of(found);
    weir_log *log;
    weir_kv_error error = {0};
    uint64_t end;
    if (weir_wal_open(&r->options, &to, &log, &error) != WEIR_KV_OK) {
        violated("opened after a fault", error.text);
    } else {
        uint64_t seen = log->ops->given(log);
        weir_sim *cut = weir_sim_cut(r->sim, SIZE_MAX, seed);
        holds(r, cut, seen, "opened after a fault, then cut", &end);
        weir_sim_free(cut);
        log->ops->close(log);
    }
    free(found);
}

/* One run with a fault at its nth call. false: it ended before. round: another run, and other cuts, at the same call. */
static bool faulty(uint64_t nth, weir_sim_fault fault, int error, uint64_t round) {
    run *r = new_run(nth % 5 + round, 6);
    weir_sim_break(r->sim, nth, fault, error);
    weir_kv_status st = begin_run(r);
    if (st == WEIR_KV_OK) {
        write_some(r, 1);
        weir_kv_error why = {0};
        weir_kv_status ended = r->log->ops->fault(r->log, &why), closed = r->log->ops->close(r->log);
        if (ended != WEIR_KV_OK && (closed != ended || why.status != ended || !why.text[0]))
            violated("close", "hides the fault");
    }
    bool hit = weir_sim_calls(r->sim) > nth;
    weir_sim_break(r->sim, 0, WEIR_SIM_SOUND, 0);
    qsort(r->history, r->entries, sizeof *r->history, by_position);
    for (uint64_t seed = 0; seed < 6 && !verdict; seed++)
        survives_cut(r, SIZE_MAX, seed < 2 ? seed : seed + nth * 17 + round * 1009);
    is_safe_again(r, nth % 3 ? WEIR_SIM_SYNCED : nth + round);
    end_run(r);
    return hit;
}

static void every_call_fails(void **s) {
    (void)s;
    static const struct {
        weir_sim_fault fault;
        int error;
    } faults[] = {{WEIR_SIM_FAIL, EIO},    {WEIR_SIM_FAIL, ENOSPC}, {WEIR_SIM_FAIL, EROFS},
                  {WEIR_SIM_DOWN, ENOSPC}, {WEIR_SIM_SHORT, 0},     {WEIR_SIM_DOWN, EROFS}};
    verdict = NULL;
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++)
        for (uint64_t nth = 0; !verdict && faulty(nth, faults[f].fault, faults[f].error, 0);) nth++;
    if (verdict) fail_msg("%s", verdict);
}

/* A store with a snapshot, a log of several files, and all acknowledged. */
static run *whole_store(void) {
    run *r = new_run(3, 10);
    assert_int_equal(begin_run(r), WEIR_KV_OK);
    write_some(r, 1);
    assert_int_equal(r->log->ops->compact(r->log, NULL), WEIR_KV_OK);
    write_some(r, 1);
    assert_int_equal(r->log->ops->close(r->log), WEIR_KV_OK);
    qsort(r->history, r->entries, sizeof *r->history, by_position);
    return r;
}

/* Every name in the store. */
typedef struct names {
    char path[32][64];
    size_t n;
} names;

static void add_name(void *arg, const char *name) {
    names *n = arg;
    snprintf(n->path[n->n++], sizeof *n->path, "/store/%s", name);
}

/* One byte of the disk is another: all is as it was, or the damage is named. */
static bool harmless(run *r, weir_sim *disk, const char *path, size_t at, unsigned char flip) {
    weir_kv_options o = {.path = "/store", .io = weir_sim_io(disk)};
    size_t size;
    unsigned char *bytes = weir_sim_bytes(disk, path, &size);
    state found;
    weir_log_events to = events_of(&found);
    weir_wal_totals totals;
    weir_kv_error error = {0};
    uint64_t last = r->history[r->entries - 1].position;
    bytes[at] ^= flip;
    weir_kv_status st = weir_wal_inspect(&o, &to, &totals, &error);
    bytes[at] ^= flip;
    if (st == WEIR_KV_OK && totals.position >= last && is_state_at(r, last, &found)) return true;
    if ((st == WEIR_KV_CORRUPT || st == WEIR_KV_NEWER) && strstr(error.text, "/store/")) return false;
    char what[200];
    snprintf(what, sizeof what, "%s byte %zu spoilt: %s", path, at, weir_kv_status_text(st));
    return violated(what, st == WEIR_KV_OK ? "nobody noticed" : error.text);
}

static void spoil_every_byte(void) {
    static const unsigned char flips[] = {1, 0x80, 0xff};
    run *r = whole_store();
    weir_sim *disk = weir_sim_cut(r->sim, SIZE_MAX, WEIR_SIM_ALL);
    const weir_kv_io *io = weir_sim_io(disk);
    names files = {0};
    unsigned did_nothing = 0, tried = 0;
    io->list(io->ctx, "/store", add_name, &files);
    assert_true(files.n >= 3);
    for (size_t f = 0; f < files.n; f++) {
        size_t size = 0;
        weir_sim_bytes(disk, files.path[f], &size);
        for (size_t i = 0; i < size && !verdict; i++)
            for (size_t b = 0; b < sizeof flips; b++, tried++)
                did_nothing += harmless(r, disk, files.path[f], i, flips[b]);
    }
    if (!verdict) print_message("%u flips: %u named, the others harmless\n", tried, tried - did_nothing);
    if (!verdict) assert_true(did_nothing > 60 && tried - did_nothing > 1000);
    weir_sim_free(disk);
    end_run(r);
}

static void every_byte_spoilt(void **s) {
    (void)s;
    verdict = NULL;
    spoil_every_byte();
    if (verdict) fail_msg("%s", verdict);
}

/* Anything may be in the files: it is read as some state that the store was in, or refused by name. */
static void spoil(weir_sim *disk, const names *files, uint64_t *random) {
    const weir_kv_io *io = weir_sim_io(disk);
    const char *path = files->path[mix(random) % files->n];
    size_t size = 0;
    unsigned char *bytes = weir_sim_bytes(disk, path, &size);
    int fd = io->open(io->ctx, path, O_RDWR, 0);
    if (fd < 0) return; /* it has been removed */
    switch (mix(random) % 4) {
    case 0:
        for (uint64_t n = mix(random) % 20; size && n; n--) bytes[mix(random) % size] = (unsigned char)mix(random);
        break;
    case 1: io->truncate(io->ctx, fd, mix(random) % (size + 1)); break;
    case 2: io->truncate(io->ctx, fd, size + mix(random) % 4096); break;
    default: /* a piece of it in another place */
        if (size < 64) break;
        memmove(bytes + mix(random) % (size / 2), bytes + size / 2, mix(random) % (size / 2));
    }
    io->close(io->ctx, fd);
    if (mix(random) % 8 == 0) io->unlink(io->ctx, path);
}

static void anything(void **s) {
    (void)s;
    run *r = whole_store();
    uint64_t random = 1;
    unsigned refused = 0, read = 0;
    for (unsigned i = 0; i < 3000; i++) {
        weir_sim *disk = weir_sim_cut(r->sim, SIZE_MAX, WEIR_SIM_ALL);
        weir_kv_options o = {.path = "/store", .io = weir_sim_io(disk)};
        names files = {0};
        state found;
        weir_log_events to = events_of(&found);
        weir_wal_totals totals;
        weir_kv_error error = {0};
        o.io->list(o.io->ctx, "/store", add_name, &files);
        for (uint64_t n = 1 + mix(&random) % 3; n; n--) spoil(disk, &files, &random);
        weir_kv_status st = weir_wal_inspect(&o, &to, &totals, &error);
        if (st == WEIR_KV_OK && !is_state_at(r, totals.position, &found)) fail_msg("damage %u is not noticed", i);
        if (st != WEIR_KV_OK && st != WEIR_KV_CORRUPT && st != WEIR_KV_MISSING && st != WEIR_KV_NEWER)
            fail_msg("damage %u: %s", i, error.text);
        if (st == WEIR_KV_OK) read++;
        else refused++;
        weir_sim_free(disk);
    }
    assert_true(read > 300 && refused > 300);
    end_run(r);
}

/* -- mutants: the log made wrong on purpose ----------------------------------------------------------------------- */

enum {
    SOUND,
    ACK_BEFORE_SYNC,
    NO_DIRECTORY_SYNC,
    SNAPSHOT_NOT_SYNCED,
    TAIL_NOT_CUT,
    SYNC_RETRIED,
    READ_IS_SAFE,
    DAMAGE_CUT
};
static weir_a32 mutant;

bool __wrap_weir_wal_segment_sync(weir_wal *w);
bool __real_weir_wal_segment_sync(weir_wal *w);
bool __wrap_weir_wal_segment_sync(weir_wal *w) {
    if (weir_a32_load(&mutant) == ACK_BEFORE_SYNC) return true;
    while (weir_a32_load(&mutant) == SYNC_RETRIED && w->dir.io->sync(w->dir.io->ctx, w->fd) < 0) continue;
    return __real_weir_wal_segment_sync(w);
}

int __wrap_weir_wal_dir_rename(const weir_wal_dir *d, const char *from, const char *to);
int __real_weir_wal_dir_rename(const weir_wal_dir *d, const char *from, const char *to);
int __wrap_weir_wal_dir_rename(const weir_wal_dir *d, const char *from, const char *to) {
    if (weir_a32_load(&mutant) != NO_DIRECTORY_SYNC) return __real_weir_wal_dir_rename(d, from, to);
    char a[100], b[100];
    snprintf(a, sizeof a, "%s/%s", d->path, from);
    snprintf(b, sizeof b, "%s/%s", d->path, to);
    return d->io->rename(d->io->ctx, a, b);
}

/* A snapshot's file is synced by nothing but the end of writing it; so here, into nothing. */
static const weir_kv_io *under;
static int lying_sync(void *ctx, int fd) {
    unsigned char magic[8];
    bool snapshot = under->read(ctx, fd, magic, 8, 0) == 8 && !memcmp(magic, weir_wal_snapshot_magic, 8);
    return snapshot ? 0 : under->sync(ctx, fd);
}

weir_kv_status __wrap_weir_wal_compact(weir_wal *w, weir_kv_error *error);
weir_kv_status __real_weir_wal_compact(weir_wal *w, weir_kv_error *error);
weir_kv_status __wrap_weir_wal_compact(weir_wal *w, weir_kv_error *error) {
    if (weir_a32_load(&mutant) != SNAPSHOT_NOT_SYNCED) return __real_weir_wal_compact(w, error);
    weir_kv_io lying = *(under = w->dir.io);
    lying.sync = lying_sync;
    w->dir.io = &lying;
    weir_kv_status st = __real_weir_wal_compact(w, error);
    w->dir.io = under;
    return st;
}

weir_kv_status __wrap_weir_wal_reader_tail(weir_wal_reader *r, uint64_t position, uint64_t *torn);
weir_kv_status __real_weir_wal_reader_tail(weir_wal_reader *r, uint64_t position, uint64_t *torn);
weir_kv_status __wrap_weir_wal_reader_tail(weir_wal_reader *r, uint64_t position, uint64_t *torn) {
    weir_kv_status st = __real_weir_wal_reader_tail(r, position, torn);
    if (weir_a32_load(&mutant) == TAIL_NOT_CUT) *torn = 0;
    return weir_a32_load(&mutant) == DAMAGE_CUT ? WEIR_KV_OK : st;
}

int __wrap_weir_wal_segment_secure(const weir_wal_dir *d, int fd, uint64_t base, uint64_t from, uint64_t end);
int __real_weir_wal_segment_secure(const weir_wal_dir *d, int fd, uint64_t base, uint64_t from, uint64_t end);
int __wrap_weir_wal_segment_secure(const weir_wal_dir *d, int fd, uint64_t base, uint64_t from, uint64_t end) {
    if (weir_a32_load(&mutant) == READ_IS_SAFE) return d->io->sync(d->io->ctx, fd);
    return __real_weir_wal_segment_secure(d, fd, base, from, end);
}

static void convicts(uint32_t m) {
    weir_a32_store(&mutant, m);
    verdict = NULL;
    for (uint64_t seed = 0; seed < 300 && !verdict; seed += WRITERS) /* with one writer */
        if (m == SYNC_RETRIED || m == READ_IS_SAFE)
            for (uint64_t nth = 0; !verdict && faulty(nth, WEIR_SIM_FAIL, EIO, seed);) nth++;
        else if (m == DAMAGE_CUT) spoil_every_byte();
        else recorded(seed, 8);
    weir_a32_store(&mutant, SOUND);
    if (!verdict) fail_msg("mutant %u was not convicted", m);
    print_message("mutant %u: %s\n", m, verdict);
}

static void mutants(void **s) {
    (void)s;
    for (uint32_t m = ACK_BEFORE_SYNC; m <= DAMAGE_CUT; m++) convicts(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_prefix), cmocka_unit_test(every_call_fails), cmocka_unit_test(every_byte_spoilt),
        cmocka_unit_test(anything),     cmocka_unit_test(mutants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
