/* Unit test of what a map variant promises (kv/map_p.h), against a model that is an array of keys; compiled once a variant. */
#include "kv/map_test_p.h"

/* -- the model: keys in order, and the version of each that is there --------------------------------------------------- */

enum { KEYS_MAX = 1024, NONE = 0 };

typedef struct model {
    weir_kv_bytes key[KEYS_MAX]; /* in order */
    uint32_t version[KEYS_MAX];  /* NONE: not there; otherwise the value, as 4 bytes */
    size_t n;
    uint32_t last;
} model;

static int by_key(const void *a_, const void *b_) {
    const weir_kv_bytes *a = a_, *b = b_;
    return weir_key_compare(a->at, a->size, b->at, b->size);
}

static void model_keys(model *m, const weir_kv_bytes *key, size_t n) {
    memset(m, 0, sizeof *m);
    memcpy(m->key, key, n * sizeof *key);
    qsort(m->key, n, sizeof *key, by_key);
    for (size_t i = 0; i < n; i++)
        if (!i || by_key(&m->key[m->n - 1], &m->key[i])) m->key[m->n++] = m->key[i];
}

static bool begins_with(weir_kv_bytes key, weir_kv_bytes prefix) {
    return key.size >= prefix.size && (!prefix.size || memcmp(key.at, prefix.at, prefix.size) == 0);
}

static void same_record(const model *m, const uint32_t *version, size_t i, const weir_record *r) {
    if (version[i] == NONE) {
        assert_null(r);
        return;
    }
    assert_non_null(r);
    assert_true(weir_record_is(r, m->key[i].at, m->key[i].size));
    assert_int_equal(r->value_size, sizeof *version);
    assert_memory_equal(weir_record_value(r), &version[i], sizeof *version);
}

/* A page of at most n is what the model has. */
static void same_page(world *w, const weir_map_root *root, const model *m, const uint32_t *version,
                      const weir_map_range *range, size_t n) {
    weir_record *found[KEYS_MAX];
    size_t got = KEYS_MAX, want = 0;
    uint64_t skip = range->skip;
    weir_rcu_begin();
    assert_int_equal(w->ops->scan(w->map, root, range, found, n, &got), WEIR_KV_OK);
    for (size_t i = 0; i < m->n && want < n; i++) {
        if (version[i] == NONE || !begins_with(m->key[i], range->prefix)) continue;
        if (range->after.at && by_key(&m->key[i], &range->after) <= 0) continue;
        if (skip && skip--) continue;
        assert_true(want < got);
        same_record(m, version, i, found[want++]);
    }
    weir_rcu_end();
    assert_int_equal(got, want);
}

static void same_all(world *w, const model *m) {
    weir_record *found[KEYS_MAX];
    weir_rcu_begin();
    for (size_t i = 0; i < m->n; i++) same_record(m, m->version, i, w->ops->find(w->map, m->key[i].at, m->key[i].size));
    w->ops->find_n(w->map, m->n, m->key, found);
    for (size_t i = 0; i < m->n; i++) same_record(m, m->version, i, found[i]);
    weir_rcu_end();
    same_page(w, NULL, m, m->version, &(weir_map_range){{"", 0}, {NULL, 0}, 0}, m->n + 1);
}

static void same_frozen(world *w, const weir_map_root *root, const model *m, const uint32_t *version) {
    for (size_t i = 0; i < m->n; i++)
        same_record(m, version, i, w->ops->find_in(w->map, root, m->key[i].at, m->key[i].size));
    same_page(w, root, m, version, &(weir_map_range){{"", 0}, {NULL, 0}, 0}, m->n + 1);
}

/* -- one change to both, which then agree on it ------------------------------------------------------------------------ */

static void alter(world *w, model *m, size_t i, weir_edit_action want) {
    uint32_t fresh = ++m->last;
    change c = change_to(w, m->key[i], want, weir_kv_bytes_of(&fresh, sizeof fresh));
    uint32_t before = NONE;
    assert_int_equal(change_make(w, &c), WEIR_KV_OK);
    assert_int_equal(c.decided, 1);
    if (c.before) memcpy(&before, weir_record_value(c.before), sizeof before); /* nobody else: it is not yet freed */
    assert_int_equal(before, m->version[i]);
    if (want == WEIR_EDIT_PUT) m->version[i] = fresh;
    if (want == WEIR_EDIT_REMOVE) m->version[i] = NONE;
    weir_rcu_begin();
    same_record(m, m->version, i, w->ops->find(w->map, m->key[i].at, m->key[i].size));
    weir_rcu_end();
}

/* -- every short sequence ------------------------------------------------------------------------------------------ */

static void pages(world *w, const model *m) {
    static const size_t limits[] = {0, 1, 2, 9};
    for (size_t p = 0; p <= m->n; p++)
        for (size_t a = 0; a <= m->n; a++)
            for (uint64_t skip = 0; skip < 3; skip++)
                for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
                    weir_kv_bytes prefix = p < m->n ? m->key[p] : weir_kv_bytes_of("abx", 3);
                    weir_kv_bytes after = a < m->n ? m->key[a] : weir_kv_bytes_of(NULL, 0);
                    same_page(w, NULL, m, m->version, &(weir_map_range){prefix, after, skip}, limits[l]);
                }
}

static void every_short_sequence(void **state) {
    (void)state;
    static const weir_kv_bytes key[] = {{"", 0}, {"\0", 1}, {"a", 1}, {"ab", 2}, {"abc", 3}, {"\xff\xff", 2}};
    enum { KEYS = sizeof key / sizeof *key, OPS = 2 * KEYS, LENGTH = 4 };
    static model m;
    unsigned count = 1;
    for (int i = 0; i < LENGTH; i++) count *= OPS;
    for (unsigned s = 0; s < count; s++) {
        world *w = world_new();
        model_keys(&m, key, KEYS);
        unsigned rest = s;
        for (int i = 0; i < LENGTH; i++, rest /= OPS)
            alter(w, &m, rest % OPS / 2, rest % 2 ? WEIR_EDIT_REMOVE : WEIR_EDIT_PUT);
        same_all(w, &m);
        if (s % 199 == 0) pages(w, &m);
        world_end(w);
    }
}

/* KEEP changes nothing, and sees what is there. */
static void keep_keeps(void **state) {
    (void)state;
    static model m;
    static const weir_kv_bytes key[] = {{"k", 1}, {"kk", 2}};
    world *w = world_new();
    model_keys(&m, key, 2);
    alter(w, &m, 0, WEIR_EDIT_KEEP);
    same_all(w, &m);
    alter(w, &m, 1, WEIR_EDIT_PUT);
    alter(w, &m, 1, WEIR_EDIT_KEEP);
    alter(w, &m, 0, WEIR_EDIT_KEEP);
    same_all(w, &m);
    world_end(w);
}

/* What is put may be made by the edit itself: once, and before decide; when it cannot be made, nothing is asked. */
typedef struct made {
    change change; /* first */
    weir_record *record;
    unsigned calls;
} made;

static bool make_it(weir_edit *e) {
    made *m = (made *)e;
    m->calls += m->change.decided == 0;
    e->fresh = m->record;
    return m->record;
}

static void makes_what_it_puts(void **state) {
    (void)state;
    static const char key[][4] = {"a", "ab", "abc", "b", "ab"};
    world *w = world_new();
    for (size_t i = 0; i < sizeof key / sizeof *key; i++) {
        weir_kv_bytes bytes = weir_kv_bytes_of(key[i], strlen(key[i]));
        made poor = {.change = change_to(w, bytes, WEIR_EDIT_KEEP, bytes)}, rich;
        poor.change.edit.make = make_it;
        assert_int_equal(change_make(w, &poor.change), WEIR_KV_NOMEM);
        assert_int_equal(poor.calls, 1);
        assert_int_equal(poor.change.decided, 0);

        rich = (made){.change = change_to(w, bytes, WEIR_EDIT_PUT, bytes)};
        rich.record = rich.change.edit.fresh;
        rich.change.edit.fresh = NULL;
        rich.change.edit.make = make_it;
        assert_int_equal(change_make(w, &rich.change), WEIR_KV_OK);
        assert_int_equal(rich.calls, 1);
        weir_rcu_begin();
        assert_ptr_equal(w->ops->find(w->map, bytes.at, bytes.size), rich.record);
        weir_rcu_end();
    }
    world_end(w);
}

/* -- long random sequences ------------------------------------------------------------------------------------------ */

static uint64_t random_state;

static unsigned below(unsigned n) { /* xorshift64* */
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (unsigned)((random_state * 0x2545f4914f6cdd1du >> 32) * n >> 32);
}

/* Keys of few letters, so that they begin one another; all of one byte and many of two, so that nodes become full; long ones that
 * differ late. */
static void many_keys(model *m, unsigned char *room) {
    static const char letter[] = {0, 'a', 'b', (char)0xff};
    static weir_kv_bytes key[KEYS_MAX];
    size_t n = 0;
    for (unsigned b = 0; b < 256; b++, n++) {
        room[0] = (unsigned char)b;
        key[n] = weir_kv_bytes_of(room++, 1);
    }
    for (unsigned b = 0; b < 256; b++, n++) {
        room[0] = 'q', room[1] = (unsigned char)b;
        key[n] = weir_kv_bytes_of(room, 2);
        room += 2;
    }
    for (; n < KEYS_MAX - 8; n++) {
        unsigned size = below(9);
        for (unsigned i = 0; i < size; i++) room[i] = (unsigned char)letter[below(4)];
        key[n] = weir_kv_bytes_of(room, size);
        room += size;
    }
    for (unsigned i = 0; n < KEYS_MAX; i++, n++) { /* as long as can be, or nearly: all alike but for one byte */
        size_t size = WEIR_KV_KEY_MAX - i % 3;
        memset(room, 'a', size);
        if (i >= 3) room[i % 2 ? size - 1 : size / 2] = (unsigned char)i;
        key[n] = weir_kv_bytes_of(room, size);
        room += size;
    }
    model_keys(m, key, KEYS_MAX);
}

enum { FROZEN_MAX = 3 };

typedef struct frozen {
    weir_map_root *root; /* NULL: none */
    uint32_t version[KEYS_MAX];
} frozen;

static void freeze(world *w, const model *m, frozen *f) {
    weir_gate_close(&w->gate);
    weir_kv_status status = w->ops->freeze(w->map, &f->root);
    weir_gate_open(&w->gate);
    assert_int_equal(status, WEIR_KV_OK);
    memcpy(f->version, m->version, sizeof f->version);
}

static void thaw(world *w, frozen *f) {
    weir_gate_close(&w->gate);
    w->ops->thaw(w->map, f->root);
    weir_gate_open(&w->gate);
    f->root = NULL;
}

static void snapshot_or_not(world *w, const model *m, frozen *f) {
    if (!f->root) {
        freeze(w, m, f);
        return;
    }
    same_frozen(w, f->root, m, f->version);
    thaw(w, f);
}

typedef struct course {
    unsigned steps, keys;
    unsigned
        wave; /* steps of more puts than removes, and then the other way: the map grows and empties several times */
    unsigned every; /* so many steps all is compared */
    bool snapshots;
} course;

static void long_sequence(course c) {
    static model m;
    static frozen f[FROZEN_MAX];
    unsigned char *room = weir_test_alloc(9 * (WEIR_KV_KEY_MAX + 1));
    many_keys(&m, room);
    assert_true(m.n >= c.keys);
    for (size_t i = 0; i < c.keys; i++) m.key[i] = m.key[i * m.n / c.keys];
    m.n = c.keys;
    world *w = world_new();
    for (unsigned s = 0; s < c.steps; s++) {
        assert_int_equal(weir_reclaim_admit(w->reclaim), WEIR_KV_OK);
        bool grows = s / c.wave % 2 == 0;
        alter(w, &m, below((unsigned)m.n), below(16) < (grows ? 13 : 0) ? WEIR_EDIT_PUT : WEIR_EDIT_REMOVE);
        if (s % c.every == 0) same_all(w, &m);
        weir_map_range range = {m.key[below((unsigned)m.n)], m.key[below((unsigned)m.n)], below(10)};
        if (s % 3) range.prefix.size = range.prefix.size ? 1 : 0;
        if (s % 2) range.after = weir_kv_bytes_of(NULL, 0);
        if (s % 20 == 0) same_page(w, NULL, &m, m.version, &range, 1 + below(40));
        if (!c.snapshots || below(100)) continue;
        snapshot_or_not(w, &m, &f[below(FROZEN_MAX)]);
        for (int i = 0; i < FROZEN_MAX; i++)
            if (f[i].root) same_page(w, f[i].root, &m, f[i].version, &range, 1 + below(40));
    }
    same_all(w, &m);
    for (int i = 0; i < FROZEN_MAX; i++)
        if (f[i].root) snapshot_or_not(w, &m, &f[i]);
    world_end(w);
    free(room);
}

static void long_sequences(void **state) {
    (void)state;
    random_state = 1;
    long_sequence((course){30000, 700, 3000, 500, false});
    long_sequence((course){1600, 150, 400, 1, false});
}

static void long_sequences_with_snapshots(void **state) {
    (void)state;
    if (!weir_map_find(WEIR_STRING(WEIR_KV))->snapshots) skip();
    for (uint64_t seed = 1; seed <= 3; seed++) {
        random_state = seed;
        long_sequence((course){10000, 700, 3000, 500, true});
    }
}

static void snapshots_are_there_or_not(void **state) {
    (void)state;
    world *w = world_new();
    weir_map_root *root;
    weir_kv_status status = w->ops->freeze(w->map, &root);
    assert_int_equal(status, w->ops->snapshots ? WEIR_KV_OK : WEIR_KV_NOTSUP);
    if (status == WEIR_KV_OK) w->ops->thaw(w->map, root);
    world_end(w);
}

/* -- memory runs out at every point ----------------------------------------------------------------------------------- */

/* With `more` allocations left. NOMEM: nothing has changed and decide was not asked. */
static bool alter_poor(world *w, model *m, size_t i, weir_edit_action want, uint64_t more) {
    uint32_t fresh = m->last + 1;
    change c = change_to(w, m->key[i], want, weir_kv_bytes_of(&fresh, sizeof fresh));
    weir_mem_fail_after(w->mem, more);
    weir_kv_status status = change_make(w, &c);
    weir_mem_fail_after(w->mem, UINT64_MAX);
    if (status == WEIR_KV_OK) {
        m->last = fresh;
        m->version[i] = want == WEIR_EDIT_PUT ? fresh : NONE;
        return true;
    }
    assert_int_equal(status, WEIR_KV_NOMEM);
    assert_int_equal(c.decided, 0);
    if (c.edit.fresh) weir_record_release(w->mem, c.edit.fresh);
    return false;
}

static void freeze_poor(world *w, const model *m, frozen *f) {
    for (uint64_t more = 0;; more++) {
        weir_mem_fail_after(w->mem, more);
        weir_kv_status status = w->ops->freeze(w->map, &f->root);
        weir_mem_fail_after(w->mem, UINT64_MAX);
        if (status == WEIR_KV_OK) break;
        assert_int_equal(status, WEIR_KV_NOMEM);
        assert_true(more < 100);
    }
    memcpy(f->version, m->version, sizeof f->version);
}

/* The hash table needs memory for a page: there is a whole one or none. */
static void scan_poor(world *w, const model *m) {
    weir_record *found[KEYS_MAX];
    size_t got, all;
    weir_map_range range = {{"", 0}, {NULL, 0}, 0};
    weir_rcu_begin();
    assert_int_equal(w->ops->scan(w->map, NULL, &range, found, m->n, &all), WEIR_KV_OK);
    weir_kv_status status = WEIR_KV_NOMEM;
    for (uint64_t more = 0; status != WEIR_KV_OK; more++) {
        weir_mem_fail_after(w->mem, more);
        status = w->ops->scan(w->map, NULL, &range, found, m->n, &got);
        weir_mem_fail_after(w->mem, UINT64_MAX);
        assert_true(status == WEIR_KV_OK ? got == all : status == WEIR_KV_NOMEM && more < 100);
    }
    weir_rcu_end();
}

static void out_of_memory(void **state) {
    (void)state;
    static model m;
    static frozen f;
    unsigned char *room = weir_test_alloc(9 * (WEIR_KV_KEY_MAX + 1));
    random_state = 7;
    many_keys(&m, room);
    world *w = world_new();
    uint64_t failures = 0;
    for (unsigned s = 0; s < 3000; s++) {
        size_t i = below((unsigned)m.n);
        weir_edit_action want = below(4) < (s < 2000 ? 3u : 1u) ? WEIR_EDIT_PUT : WEIR_EDIT_REMOVE;
        for (uint64_t more = 0; !alter_poor(w, &m, i, want, more); more++, failures++) assert_true(more < 1000);
        if (s % 100 == 0) same_all(w, &m);
        if (s % 100 == 0) scan_poor(w, &m);
        if (!w->ops->snapshots || s % 250) continue;
        if (f.root) snapshot_or_not(w, &m, &f);
        else freeze_poor(w, &m, &f);
    }
    same_all(w, &m);
    if (f.root) snapshot_or_not(w, &m, &f);
    assert_true(failures > 0);
    world_end(w);
    free(room);
}

static void init_out_of_memory(void **state) {
    (void)state;
    const weir_map_ops *ops = weir_map_find(WEIR_STRING(WEIR_KV));
    weir_mem *mem = weir_mem_new(false);
    weir_reclaim *reclaim = weir_reclaim_new(1 << 20, 1000000000);
    void *map = weir_test_alloc(ops->size);
    weir_kv_status status = WEIR_KV_NOMEM;
    for (uint64_t more = 0; status != WEIR_KV_OK; more++) {
        assert_true(more < 100);
        weir_mem_fail_after(mem, more);
        status = ops->init(map, mem, reclaim);
        if (status != WEIR_KV_OK) assert_int_equal(weir_mem_used(mem), 0);
    }
    ops->destroy(map, NULL, NULL);
    weir_reclaim_free(reclaim);
    assert_int_equal(weir_mem_used(mem), 0);
    weir_mem_free(mem);
    free(map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_short_sequence),
        cmocka_unit_test(keep_keeps),
        cmocka_unit_test(makes_what_it_puts),
        cmocka_unit_test(long_sequences),
        cmocka_unit_test(long_sequences_with_snapshots),
        cmocka_unit_test(snapshots_are_there_or_not),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(init_out_of_memory),
    };
    return cmocka_run_group_tests_name("map " WEIR_STRING(WEIR_KV), tests, NULL, NULL);
}
