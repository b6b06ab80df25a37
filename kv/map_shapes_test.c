/* Test of a map variant under many threads whose keys make its inside change shape all the time: common beginnings short and long, nodes
 * that grow, fork, thin out and go. No update is lost, what is always there is always seen and in order, and snapshots, two open at a
 * time, are each one moment. Compiled once a variant. */
#include "kv/map_test_p.h"

enum { WRITERS = 2, READERS = 2, STABLE = 64, KEYS = 6 * STABLE };
#if defined(__SANITIZE_THREAD__)
enum { ROUNDS = 3000 };
#else
enum { ROUNDS = 12000 };
#endif

/* Key 6s is there from the beginning to the end and counts; 6s + 1 .. 6s + 4 come and go; 6s + 5 is written together with 6s. */
typedef struct shared {
    world *w;
    weir_kv_bytes key[KEYS];
    unsigned char room[KEYS][40];
    weir_a32 done; /* writers that have ended */
    weir_a32 next; /* the next thread's number */
} shared;

/* Few letters in several lengths, so that nodes fork, grow to all sizes and lose what they have; every third far below a common
 * beginning that is longer than a node holds. */
static void make_keys(shared *s) {
    for (unsigned i = 0; i < KEYS; i++) {
        unsigned char *k = s->room[i], at = 0;
        unsigned of = i / 6;
        if (of % 3 == 0) memset(k, 'p', 20), at = 20;
        k[at++] = (unsigned char)(of * 7);
        if (of % 2) k[at++] = 'x', k[at++] = 'y';
        if (i % 6) k[at++] = (unsigned char)(i % 6 * 41 + of);
        if (i % 6 == 4) memset(k + at, 'q', 12), at += 12;
        s->key[i] = weir_kv_bytes_of(k, at);
    }
}

/* -- writers ------------------------------------------------------------------------------------------------------ */

/* Puts the value before + 1: fresh is nobody's yet. */
static weir_edit_action count_up(weir_edit *e, weir_record *now) {
    change *c = (change *)e;
    uint32_t before = 0;
    if (now) memcpy(&before, weir_record_value(now), sizeof before);
    before++;
    memcpy(e->fresh->bytes + e->size, &before, sizeof before);
    c->before = now;
    c->decided++;
    return WEIR_EDIT_PUT;
}

static bool write_one(shared *s, unsigned i, weir_edit_action want) {
    uint32_t one = 1;
    change c = change_to(s->w, s->key[i], want, weir_kv_bytes_of(&one, sizeof one));
    if (want == WEIR_EDIT_PUT) c.edit.decide = count_up;
    return change_make(s->w, &c) == WEIR_KV_OK && c.decided == 1;
}

static void *writer(void *arg) {
    shared *s = arg;
    uint64_t seed = 88172645463325252u + weir_a32_add(&s->next, 1);
    uintptr_t bad = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        unsigned of = (unsigned)(seed >> 8) % STABLE * 6, other = of + 1 + (unsigned)(seed >> 40) % 4;
        bad += weir_reclaim_admit(s->w->reclaim) != WEIR_KV_OK;
        unsigned lane = weir_gate_enter(&s->w->gate);
        bad += !write_one(s, of, WEIR_EDIT_PUT) || !write_one(s, of + 5, WEIR_EDIT_PUT);
        bad += !write_one(s, other, seed >> 50 & 1 ? WEIR_EDIT_PUT : WEIR_EDIT_REMOVE);
        weir_gate_leave(&s->w->gate, lane);
    }
    weir_a32_add_release(&s->done, 1); /* pairs with the loads of done */
    return (void *)bad;
}

/* -- readers ------------------------------------------------------------------------------------------------------ */

static uint32_t version_of(const weir_record *r) {
    uint32_t v;
    memcpy(&v, weir_record_value(r), sizeof v);
    return v;
}

/* 1 when what was found is not the key, or older than before. */
static unsigned wrong(const shared *s, unsigned i, const weir_record *r, uint32_t *seen) {
    if (!r || !weir_record_is(r, s->key[i].at, s->key[i].size) || version_of(r) < *seen) return 1;
    *seen = version_of(r);
    return 0;
}

static unsigned look_at_each(shared *s, uint32_t *seen) {
    weir_record *found[KEYS];
    unsigned bad = 0;
    weir_rcu_begin();
    for (unsigned i = 0; i < KEYS; i += 6)
        bad += wrong(s, i, s->w->ops->find(s->w->map, s->key[i].at, s->key[i].size), &seen[i]);
    s->w->ops->find_n(s->w->map, KEYS, s->key, found);
    for (unsigned i = 0; i < KEYS; i += 6) bad += wrong(s, i, found[i], &seen[i]);
    weir_rcu_end();
    return bad;
}

static bool in_order(const weir_record *a, const weir_record *b) {
    return weir_key_compare(a->bytes, a->key_size, b->bytes, b->key_size) < 0;
}

/* Pages of 7, in a section each, resumed by the last key. */
static unsigned walk(shared *s) {
    unsigned char last[64];
    weir_map_range range = {{NULL, 0}, {NULL, 0}, 0};
    unsigned bad = 0, stable = 0;
    for (size_t got = 7; got == 7;) {
        weir_record *found[7];
        weir_rcu_begin();
        bad += s->w->ops->scan(s->w->map, NULL, &range, found, 7, &got) != WEIR_KV_OK;
        for (size_t i = 0; i < got; i++) {
            bad += i && !in_order(found[i - 1], found[i]);
            bad += range.after.at &&
                   weir_key_compare(found[i]->bytes, found[i]->key_size, range.after.at, range.after.size) <= 0;
            for (unsigned k = 0; k < KEYS; k += 6) stable += weir_record_is(found[i], s->key[k].at, s->key[k].size);
        }
        if (got) {
            const weir_record *r = found[got - 1];
            range.after = weir_kv_bytes_of(memcpy(last, r->bytes, r->key_size), r->key_size);
        }
        weir_rcu_end();
    }
    return bad + (stable != STABLE);
}

static void *reader(void *arg) {
    shared *s = arg;
    static WEIR_THREAD_LOCAL uint32_t seen[KEYS];
    uintptr_t bad = 0;
    memset(seen, 0, sizeof seen);
    while (weir_a32_load_acquire(&s->done) < WRITERS) {
        bad += look_at_each(s, seen);
        if (weir_map_find(WEIR_STRING(WEIR_KV))->snapshots) bad += walk(s); /* else in no order without a sort */
    }
    return (void *)bad;
}

/* -- snapshots ---------------------------------------------------------------------------------------------------- */

static unsigned look_at_frozen(shared *s, weir_map_root *root, uint32_t *version) {
    weir_record *found[KEYS];
    size_t got = 0, n = 0;
    unsigned bad =
        s->w->ops->scan(s->w->map, root, &(weir_map_range){{NULL, 0}, {NULL, 0}, 0}, found, KEYS, &got) != WEIR_KV_OK;
    for (unsigned i = 0; i < KEYS; i++) {
        weir_record *r = s->w->ops->find_in(s->w->map, root, s->key[i].at, s->key[i].size);
        version[i] = r ? version_of(r) : 0;
        n += r != NULL;
        if (i % 6 == 5) bad += version[i] != version[i - 5];
    }
    for (size_t i = 1; i < got; i++) bad += !in_order(found[i - 1], found[i]);
    return bad + (n != got);
}

static weir_map_root *frozen(shared *s) {
    weir_map_root *root;
    weir_gate_close(&s->w->gate);
    weir_kv_status status = s->w->ops->freeze(s->w->map, &root);
    weir_gate_open(&s->w->gate);
    return status == WEIR_KV_OK ? root : NULL;
}

static void end(shared *s, weir_map_root *root) {
    weir_gate_close(&s->w->gate);
    s->w->ops->thaw(s->w->map, root);
    weir_gate_open(&s->w->gate);
}

/* Two are open at a time, the older of which must not change while the younger comes and goes. */
static void *snapshotter(void *arg) {
    shared *s = arg;
    static uint32_t first[KEYS], now[KEYS], again[KEYS];
    uintptr_t bad = 0;
    while (weir_a32_load_acquire(&s->done) < WRITERS) {
        weir_map_root *old = frozen(s);
        bad += look_at_frozen(s, old, first);
        for (int i = 0; i < 3; i++) {
            weir_map_root *young = frozen(s);
            bad += look_at_frozen(s, young, now) + look_at_frozen(s, old, again);
            bad += memcmp(first, again, sizeof first) != 0;
            for (unsigned k = 0; k < KEYS; k += 6) bad += now[k] < first[k];
            if (i < 2) end(s, young);
            else end(s, old), old = young;
        }
        bad += look_at_frozen(s, old, again) + (memcmp(now, again, sizeof now) != 0);
        end(s, old);
    }
    return (void *)bad;
}

/* -- the test ----------------------------------------------------------------------------------------------------- */

static void many_threads(bool snapshots) {
    static shared s;
    memset(&s, 0, sizeof s);
    s.w = world_new();
    make_keys(&s);
    for (unsigned i = 0; i < KEYS; i++)
        if (i % 6 == 0 || i % 6 == 5) assert_true(write_one(&s, i, WEIR_EDIT_PUT));
    pthread_t t[WRITERS + READERS + 1];
    for (int i = 0; i < WRITERS; i++) t[i] = weir_test_thread(writer, &s);
    for (int i = 0; i < READERS; i++) t[WRITERS + i] = weir_test_thread(reader, &s);
    if (snapshots) t[WRITERS + READERS] = weir_test_thread(snapshotter, &s);
    for (int i = 0; i < WRITERS + READERS + snapshots; i++) {
        void *bad;
        pthread_join(t[i], &bad);
        assert_int_equal((uintptr_t)bad, 0);
    }
    uint64_t sum = 0;
    for (unsigned i = 0; i < KEYS; i += 6) sum += version_of(s.w->ops->find(s.w->map, s.key[i].at, s.key[i].size));
    assert_int_equal(sum, STABLE + (uint64_t)WRITERS * ROUNDS);
    for (unsigned i = 0; i < KEYS; i++) write_one(&s, i, WEIR_EDIT_REMOVE);
    assert_int_equal(s.w->ops->memory(s.w->map) > 4096, 0); /* what was emptied has been given back */
    world_end(s.w);
}

static void writers_and_readers(void **state) {
    (void)state;
    many_threads(false);
}

static void with_snapshots(void **state) {
    (void)state;
    if (!weir_map_find(WEIR_STRING(WEIR_KV))->snapshots) skip();
    many_threads(true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writers_and_readers),
        cmocka_unit_test(with_snapshots),
    };
    return cmocka_run_group_tests_name("map shapes " WEIR_STRING(WEIR_KV), tests, NULL, NULL);
}
