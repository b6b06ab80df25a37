/* The recorder, through the public functions: a store of kind wal on a disk in memory; after every call that changed the disk the
 * power is cut, and the store opened again. It must be as it was after some write, and no earlier one than any that was
 * acknowledged by then, or that a reader had seen and that was written at the level DISK. */
#include "prims/test_p.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "kv/io_sim.h"
#include "kv/kv.h"
#include "prims/variant.h"

enum { TENANTS = 3, KEYS = 10, HISTORY = 1024, WRITERS = 3, BATCH = 4 };

static const char *const names[TENANTS] = {"", "one", "two"};

typedef struct state {
    uint32_t there[TENANTS];       /* 1 or 0; no padding, for states are compared as bytes */
    uint32_t value[TENANTS][KEYS]; /* 0: no such key */
} state;

/* What took effect, in the order of the log: the changed keys of a tenant, or a tenant made or dropped. */
typedef struct entry {
    uint64_t position;
    unsigned tenant, n;
    int made; /* 1: made, -1: dropped */
    unsigned char key[BATCH];
    uint32_t value[BATCH];
    weir_kv_level level;
} entry;

typedef struct ack {
    uint64_t position;
    weir_kv_level level;
    size_t changes;
} ack;

typedef struct run {
    weir_sim *sim;
    weir_kv *kv;
    uint64_t seed;
    unsigned steps;
    bool tenants; /* are made and dropped: by one writer only, since a drop takes the keys of others with it */
    bool faulty;  /* then only single sets, which tell their position also when waiting for it failed */
    weir_a32 over, values;
    pthread_mutex_t lock; /* what follows */
    entry history[HISTORY];
    size_t entries;
    ack acks[2 * HISTORY];
    size_t acked;
} run;

static const char *verdict;
static char verdict_text[700];

static bool violated(const char *what, const char *detail) {
    if (!verdict) {
        snprintf(verdict_text, sizeof verdict_text, "%s: %s", what, detail);
        verdict = verdict_text;
    }
    return false;
}

static uint64_t mix(uint64_t *at) { /* splitmix64 */
    uint64_t x = *at += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static weir_kv_bytes name_of(unsigned tenant) { return weir_kv_bytes_of(names[tenant], strlen(names[tenant])); }

static weir_kv_status open_store(weir_sim *sim, bool read_only, weir_kv **kv, weir_kv_error *error) {
    weir_kv_options o = {.variant = WEIR_STRING(WEIR_KV),
                         .store = "wal",
                         .path = "/store",
                         .io = weir_sim_io(sim),
                         .read_only = read_only,
                         .log_bytes = 1};
    return weir_kv_open(&o, kv, error);
}

/* -- writing ------------------------------------------------------------------------------------------------------ */

static void acknowledge(run *r, uint64_t position, weir_kv_level level) {
    size_t changes = weir_sim_changes(r->sim);
    pthread_mutex_lock(&r->lock);
    r->acks[r->acked++] = (ack){position, level, changes};
    pthread_mutex_unlock(&r->lock);
}

static void took_effect(run *r, const entry *e) {
    pthread_mutex_lock(&r->lock);
    r->history[r->entries++] = *e;
    pthread_mutex_unlock(&r->lock);
}

static weir_kv_verb verb(uint64_t random) {
    return random % 8 < 5 ? WEIR_KV_SET : random % 8 == 5 ? WEIR_KV_DEL : random % 8 == 6 ? WEIR_KV_SNX : WEIR_KV_CAS;
}

/* What was asked for later counts from the moment that it was waited for. */
static void write_keys(run *r, weir_kv_tenant *t, unsigned tenant, uint64_t *random) {
    weir_kv_op op[BATCH];
    entry e = {.tenant = tenant, .n = r->faulty || mix(random) % 4 ? 1 : 2 + (unsigned)(mix(random) % (BATCH - 1))};
    uint32_t expected = 0;
    for (unsigned i = 0; i < e.n; i++) {
        e.key[i] = (unsigned char)(mix(random) % KEYS);
        e.value[i] = weir_a32_add(&r->values, 1) + 1;
        op[i] = (weir_kv_op){.verb = r->faulty || e.n > 1 ? WEIR_KV_SET : verb(mix(random)),
                             .key = {&e.key[i], 1},
                             .value = {&e.value[i], 4},
                             .expected = {&expected, 4}};
    }
    size_t size;
    if (op[0].verb == WEIR_KV_CAS) weir_kv_copy(t, op[0].key, &expected, 4, &size);
    weir_kv_write how = {.level = (weir_kv_level)(mix(random) % 3), .later = mix(random) % 5 == 0};
    weir_kv_status st =
        e.n == 1 ? weir_kv_apply(t, op, &how, &e.position) : weir_kv_batch(t, op, e.n, &how, &e.position, NULL);
    if (op[0].verb == WEIR_KV_DEL) e.value[0] = 0;
    e.level = how.level;
    if (st == WEIR_KV_OK || (r->faulty && e.position)) took_effect(r, &e);
    if (st == WEIR_KV_OK && how.later) st = weir_kv_wait(r->kv, e.position, how.level, WEIR_FOREVER);
    if (st == WEIR_KV_OK) acknowledge(r, e.position, how.level);
}

static void make_or_drop(run *r, uint64_t *random) {
    entry e = {.tenant = 1 + (unsigned)(mix(random) % (TENANTS - 1)), .level = WEIR_KV_DISK};
    weir_kv_tenant *t;
    weir_kv_status st = weir_kv_tenant_create(r->kv, name_of(e.tenant), NULL, &t);
    e.made = st == WEIR_KV_PRESENT ? -1 : 1;
    if (st == WEIR_KV_OK) weir_kv_tenant_close(t);
    else if (st == WEIR_KV_PRESENT) st = weir_kv_tenant_drop(r->kv, name_of(e.tenant));
    weir_kv_stats stats;
    weir_kv_stats_read(r->kv, &stats);
    e.position = stats.position[WEIR_KV_MEMORY]; /* nobody else writes */
    if (st != WEIR_KV_OK) return;
    took_effect(r, &e);
    acknowledge(r, e.position, WEIR_KV_DISK);
}

static void step(run *r, uint64_t *random) {
    if (r->tenants && mix(random) % 6 == 0) {
        make_or_drop(r, random);
        return;
    }
    unsigned tenant = (unsigned)(mix(random) % TENANTS);
    weir_kv_tenant *t;
    if (weir_kv_tenant_open(r->kv, name_of(tenant), &t) != WEIR_KV_OK) return;
    write_keys(r, t, tenant, random);
    if (tenant) weir_kv_tenant_close(t);
}

static void *writer(void *arg) {
    run *r = arg;
    pthread_mutex_lock(&r->lock);
    uint64_t random = r->seed++;
    pthread_mutex_unlock(&r->lock);
    random = mix(&random);
    for (unsigned i = 0; i < r->steps; i++) {
        step(r, &random);
        if (mix(&random) % 12 == 0) weir_kv_compact(r->kv);
    }
    return NULL;
}

/* -- reading meanwhile: what is seen is as good as acknowledged, when it was written at DISK ----------------------- */

typedef struct sight {
    uint32_t value;
    size_t changes;
} sight;

static sight sights[HISTORY];
static size_t sighted;

static void *reader(void *arg) {
    run *r = arg;
    weir_kv_tenant *root = weir_kv_root(r->kv);
    uint32_t last[KEYS] = {0}, value;
    while (!weir_a32_load_acquire(&r->over))
        for (unsigned k = 0; k < KEYS; k++) {
            const unsigned char key = (unsigned char)k;
            size_t size;
            if (weir_kv_copy(root, weir_kv_bytes_of(&key, 1), &value, 4, &size) != WEIR_KV_OK || value == last[k])
                continue;
            if (sighted < HISTORY) sights[sighted++] = (sight){value, weir_sim_changes(r->sim)};
            last[k] = value;
        }
    return NULL;
}

static void count_sights(run *r) {
    for (size_t s = 0; s < sighted; s++)
        for (size_t i = 0; i < r->entries; i++)
            for (unsigned k = 0; k < r->history[i].n; k++)
                if (r->history[i].value[k] == sights[s].value && r->history[i].tenant == 0)
                    r->acks[r->acked++] = (ack){r->history[i].position, r->history[i].level, sights[s].changes};
}

static void write_and_read(run *r, unsigned writers) {
    pthread_t t[WRITERS], reading;
    sighted = 0;
    weir_a32_store(&r->over, 0);
    reading = weir_test_thread(reader, r);
    for (unsigned i = 0; i < writers; i++) t[i] = weir_test_thread(writer, r);
    for (unsigned i = 0; i < writers; i++) pthread_join(t[i], NULL);
    weir_a32_store_release(&r->over, 1);
    pthread_join(reading, NULL);
    count_sights(r);
}

/* -- what is found ------------------------------------------------------------------------------------------------ */

static int by_position(const void *a, const void *b) {
    const entry *x = a, *y = b;
    return (x->position > y->position) - (x->position < y->position);
}

static state state_at(const run *r, uint64_t position) {
    state s = {.there = {true}};
    for (size_t i = 0; i < r->entries && r->history[i].position <= position; i++) {
        const entry *e = &r->history[i];
        if (e->made) s.there[e->tenant] = e->made > 0;
        if (e->made < 0) memset(s.value[e->tenant], 0, sizeof s.value[e->tenant]);
        for (unsigned k = 0; k < e->n; k++) s.value[e->tenant][e->key[k]] = e->value[k];
    }
    return s;
}

typedef struct finding {
    state s;
    unsigned tenant;
    bool strange;
} finding;

static bool found_key(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    finding *f = arg;
    unsigned char k = KEYS;
    if (key.size == 1) memcpy(&k, key.at, 1);
    if (k >= KEYS || value.size != 4) f->strange = true;
    else memcpy(&f->s.value[f->tenant][k], value.at, 4);
    return true;
}

static void find_all(weir_kv *kv, finding *f) {
    *f = (finding){.strange = false};
    for (f->tenant = 0; f->tenant < TENANTS; f->tenant++) {
        weir_kv_tenant *t;
        if (weir_kv_tenant_open(kv, name_of(f->tenant), &t) != WEIR_KV_OK) continue;
        f->s.there[f->tenant] = true;
        if (weir_kv_iterate(t, WEIR_KV_TEXT(""), 0, 0, found_key, f) != WEIR_KV_OK) f->strange = true;
        if (f->tenant) weir_kv_tenant_close(t);
    }
}

static uint64_t promised(const run *r, size_t changes, bool kept) {
    uint64_t least = 0;
    for (size_t i = 0; i < r->acked; i++) {
        bool counts = r->acks[i].level == WEIR_KV_DISK || (kept && r->acks[i].level == WEIR_KV_OS);
        if (counts && r->acks[i].changes <= changes && r->acks[i].position > least) least = r->acks[i].position;
    }
    return least;
}

static bool holds(run *r, weir_sim *disk, uint64_t least, bool read_only) {
    weir_kv *kv;
    weir_kv_error error = {0};
    weir_kv_status st = open_store(disk, read_only, &kv, &error);
    if (st == WEIR_KV_MISSING && !least) return true;
    if (st != WEIR_KV_OK) return violated("after a cut", error.text);
    weir_kv_stats stats;
    finding f;
    weir_kv_stats_read(kv, &stats);
    find_all(kv, &f);
    weir_kv_close(kv);
    state expected = state_at(r, stats.position[WEIR_KV_MEMORY]);
    if (stats.position[WEIR_KV_MEMORY] < least)
        return violated("after a cut", "something that was acknowledged is lost");
    if (f.strange || memcmp(&expected, &f.s, sizeof expected))
        return violated("after a cut", "it is no state that the store was ever in");
    return true;
}

static unsigned cuts;

static bool survives_cut(run *r, size_t changes, uint64_t seed) {
    weir_sim *disk = weir_sim_cut(r->sim, changes, seed);
    cuts++;
    bool ok = holds(r, disk, promised(r, changes, seed == WEIR_SIM_ALL), seed % 2);
    weir_sim_free(disk);
    return ok;
}

/* -- the tests ---------------------------------------------------------------------------------------------------- */

static run *new_run(uint64_t seed, unsigned steps) {
    run *r = weir_test_alloc(sizeof *r);
    memset(r, 0, sizeof *r);
    r->sim = weir_sim_new();
    r->seed = seed * 1000;
    r->steps = steps;
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

static void end_run(run *r) {
    weir_sim_free(r->sim);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* Tenants that all writers share; their making is waited for. */
static void make_tenants(run *r) {
    for (unsigned i = 1; i < TENANTS; i++) {
        weir_kv_tenant *t;
        weir_kv_stats stats;
        if (weir_kv_tenant_create(r->kv, name_of(i), NULL, &t) != WEIR_KV_OK) return;
        weir_kv_stats_read(r->kv, &stats);
        entry e = {.position = stats.position[WEIR_KV_MEMORY], .tenant = i, .made = 1};
        took_effect(r, &e);
        acknowledge(r, e.position, WEIR_KV_DISK);
        weir_kv_tenant_close(t);
    }
}

static void recorded(uint64_t seed) {
    run *r = new_run(seed, 6 + seed % 8);
    unsigned writers = 1 + seed % WRITERS;
    r->tenants = writers == 1;
    if (open_store(r->sim, false, &r->kv, NULL) != WEIR_KV_OK) fail();
    if (!r->tenants) make_tenants(r);
    write_and_read(r, writers);
    if (weir_kv_close(r->kv) != WEIR_KV_OK) violated("close", "failed on a sound disk");
    qsort(r->history, r->entries, sizeof *r->history, by_position);
    for (size_t n = 0; n <= weir_sim_changes(r->sim) && !verdict; n++)
        for (unsigned s = 0; s < 3; s++) survives_cut(r, n, s < 2 ? s : seed * 7919 + n * 31 + s);
    end_run(r);
}

static void every_prefix(void **unused) {
    (void)unused;
    verdict = NULL;
    cuts = 0;
    for (uint64_t seed = 0; seed < 12 && !verdict; seed++) recorded(seed);
    if (verdict) fail_msg("%s", verdict);
    print_message("%u cuts\n", cuts);
    assert_true(cuts > 1000);
}

/* After the log has ended it takes no write and says why; reading goes on, and nothing is seen that a crash undoes. */
static void ended_well(run *r) {
    finding f;
    weir_kv_error why = {0};
    weir_kv_op op = {.key = WEIR_KV_TEXT("k"), .value = WEIR_KV_TEXT("v")};
    weir_kv_status ended = weir_kv_fault(r->kv, &why);
    if (ended == WEIR_KV_OK) return;
    find_all(r->kv, &f);
    if (f.strange) violated("a log that has ended", "cannot be read");
    if (weir_kv_apply(weir_kv_root(r->kv), &op, NULL, NULL) != ended || why.status != ended || !why.text[0])
        violated("a log that has ended", "does not say so");
}

/* One run with a fault at its nth call. false: it ended before. */
static bool faulty(uint64_t nth, weir_sim_fault fault, int error) {
    run *r = new_run(nth % 7, 8);
    r->faulty = true;
    weir_sim_break(r->sim, nth, fault, error);
    if (open_store(r->sim, false, &r->kv, NULL) == WEIR_KV_OK) {
        write_and_read(r, 1);
        ended_well(r);
        weir_kv_close(r->kv);
    }
    bool hit = weir_sim_calls(r->sim) > nth;
    weir_sim_break(r->sim, 0, WEIR_SIM_SOUND, 0);
    qsort(r->history, r->entries, sizeof *r->history, by_position);
    for (uint64_t seed = 0; seed < 5 && !verdict; seed++) survives_cut(r, SIZE_MAX, seed < 2 ? seed : seed + nth * 17);
    end_run(r);
    return hit;
}

static void every_call_fails(void **unused) {
    (void)unused;
    static const struct {
        weir_sim_fault fault;
        int error;
    } faults[] = {{WEIR_SIM_FAIL, EIO}, {WEIR_SIM_DOWN, ENOSPC}, {WEIR_SIM_SHORT, 0}};
    verdict = NULL;
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++)
        for (uint64_t nth = 0; !verdict && faulty(nth, faults[f].fault, faults[f].error);) nth++;
    if (verdict) fail_msg("%s", verdict);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_prefix), cmocka_unit_test(every_call_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
