/* Test of a map variant under many threads: writers and readers on the same keys, and snapshots meanwhile; compiled once a variant.
 *
 * Counter keys are only replaced, each time by a value one higher, which decide makes of what it finds: their sum is the number of
 * changes, and no reader sees one fall. Fleeting keys are put and removed by all writers, in waves, so that the map grows and shrinks:
 * what each counted must add up to what is there. Still keys, which lie between the others, are never touched: every scan sees
 * all of them. */
#include <stdio.h>

#include "kv/map_test_p.h"

enum { WRITERS = 3, READERS = 2, CHANGES = 100000, WAVE = 2000, GROUPS = 40, GROUP = 20, KEYS = GROUPS * GROUP };

typedef struct scene {
    world *w;
    char key[KEYS][8];
    weir_a32 writing, bad;
    int32_t change[WRITERS][KEYS]; /* a writer's own: what it has added */
} scene;

typedef enum kind { COUNTER, FLEETING, STILL } kind;

static kind kind_of(int key) { return key % GROUP == 0 ? COUNTER : key % GROUP == 1 ? STILL : FLEETING; }
static weir_kv_bytes key_of(const scene *s, int i) { return weir_kv_bytes_of(s->key[i], strlen(s->key[i])); }
static void bad_if(scene *s, bool wrong) { weir_a32_add(&s->bad, wrong); }

static uint64_t count_in(const weir_record *r) {
    uint64_t n;
    memcpy(&n, weir_record_value(r), sizeof n);
    return n;
}

/* -- writers --------------------------------------------------------------------------------------------------------- */

static weir_edit_action count_up(weir_edit *e, weir_record *now) {
    uint64_t n = count_in(now) + 1;
    memcpy(e->fresh->bytes + e->fresh->key_size, &n, sizeof n); /* nobody else sees it yet */
    ((change *)e)->before = now;
    return WEIR_EDIT_PUT;
}

static weir_edit_action if_new(weir_edit *e, weir_record *now) {
    change *c = (change *)e;
    c->before = now;
    return c->want = now ? WEIR_EDIT_KEEP : WEIR_EDIT_PUT;
}

static weir_edit_action if_there(weir_edit *e, weir_record *now) {
    change *c = (change *)e;
    c->before = now;
    return c->want = now ? WEIR_EDIT_REMOVE : WEIR_EDIT_KEEP;
}

static void one_change(scene *s, int32_t *mine, int i, bool rising) {
    world *w = s->w;
    uint64_t zero = 0;
    bad_if(s, weir_reclaim_admit(w->reclaim) != WEIR_KV_OK);
    unsigned lane = weir_gate_enter(&w->gate);
    change c = change_to(w, key_of(s, i), WEIR_EDIT_PUT, weir_kv_bytes_of(&zero, sizeof zero));
    c.edit.decide = kind_of(i) == COUNTER ? count_up : rising ? if_new : if_there;
    bad_if(s, change_make(w, &c) != WEIR_KV_OK);
    weir_gate_leave(&w->gate, lane);
    mine[i] += (c.want == WEIR_EDIT_PUT) - (c.want == WEIR_EDIT_REMOVE);
    if (c.want != WEIR_EDIT_PUT) weir_record_release(w->mem, c.edit.fresh);
}

typedef struct role {
    scene *s;
    int number;
} role;

static void *writes(void *arg) {
    role *me = arg;
    uint32_t random = 12345u * (uint32_t)(me->number + 1);
    for (int i = 0; i < CHANGES; i++) {
        random = random * 1664525 + 1013904223;
        int key = (int)((random >> 16) % KEYS);
        if (kind_of(key) != STILL) one_change(me->s, me->s->change[me->number], key, i / WAVE % 2 == 0);
    }
    weir_a32_sub_release(&me->s->writing, 1);
    return NULL;
}

/* -- readers --------------------------------------------------------------------------------------------------------- */

static void look_up_all(scene *s, uint64_t *seen) {
    weir_kv_bytes key[KEYS];
    weir_record *found[KEYS];
    for (int i = 0; i < KEYS; i++) key[i] = key_of(s, i);
    weir_rcu_begin();
    s->w->ops->find_n(s->w->map, KEYS, key, found);
    for (int i = 0; i < KEYS; i++) {
        weir_record *r = i % 2 ? found[i] : s->w->ops->find(s->w->map, key[i].at, key[i].size);
        bad_if(s, r ? !weir_record_is(r, key[i].at, key[i].size) : kind_of(i) != FLEETING);
        if (!r || kind_of(i) != COUNTER) continue;
        bad_if(s, count_in(r) < seen[i]);
        seen[i] = count_in(r);
    }
    weir_rcu_end();
}

/* In order, no key twice, all that is always there. root NULL: the current tree. */
static uint64_t scan_all(scene *s, const weir_map_root *root) {
    weir_record *found[KEYS + 1];
    size_t got, always = 0;
    uint64_t sum = 0;
    weir_map_range all = {{"", 0}, {NULL, 0}, 0};
    bad_if(s, s->w->ops->scan(s->w->map, root, &all, found, KEYS + 1, &got) != WEIR_KV_OK);
    for (size_t i = 0; i < got; i++) {
        const weir_record *r = found[i], *next = i + 1 < got ? found[i + 1] : NULL;
        bad_if(s, next && weir_key_compare(r->bytes, r->key_size, next->bytes, next->key_size) >= 0);
        always += memchr(r->bytes, 'f', r->key_size) == NULL;
        sum = sum * 31 + count_in(r) + r->bytes[r->key_size - 1];
    }
    bad_if(s, always != 2 * GROUPS);
    return sum;
}

static void *reads(void *arg) {
    role *me = arg;
    uint64_t seen[KEYS] = {0};
    while (weir_a32_load_acquire(&me->s->writing)) {
        look_up_all(me->s, seen);
        weir_rcu_begin();
        scan_all(me->s, NULL);
        weir_rcu_end();
    }
    return NULL;
}

/* Opens a snapshot, which must stay as it is, looks at it while the others write, closes it. */
static void *freezes(void *arg) {
    role *me = arg;
    world *w = me->s->w;
    while (w->ops->snapshots && weir_a32_load_acquire(&me->s->writing)) {
        weir_map_root *root;
        weir_gate_close(&w->gate);
        bad_if(me->s, w->ops->freeze(w->map, &root) != WEIR_KV_OK);
        uint64_t then = scan_all(me->s, root);
        weir_gate_open(&w->gate);
        for (int i = 0; i < 20; i++) {
            bad_if(me->s, scan_all(me->s, root) != then);
            weir_yield();
        }
        weir_gate_close(&w->gate);
        w->ops->thaw(w->map, root);
        weir_gate_open(&w->gate);
    }
    return NULL;
}

/* -- the whole ------------------------------------------------------------------------------------------------------- */

static scene *scene_new(void) {
    scene *s = weir_test_alloc(sizeof *s);
    memset(s, 0, sizeof *s);
    s->w = world_new();
    uint64_t zero = 0;
    for (int i = 0; i < KEYS; i++) { /* "k1" "k1fc" "k1fd" ... "k1s": some begin others */
        char end[] = {kind_of(i) == STILL ? 's' : kind_of(i) == FLEETING ? 'f' : 0, (char)('a' + i % GROUP), 0};
        if (kind_of(i) == STILL) end[1] = 0;
        snprintf(s->key[i], sizeof s->key[i], "k%d%s", i / GROUP, end);
        if (kind_of(i) == FLEETING) continue;
        change c = change_to(s->w, key_of(s, i), WEIR_EDIT_PUT, weir_kv_bytes_of(&zero, sizeof zero));
        assert_int_equal(change_make(s->w, &c), WEIR_KV_OK);
    }
    return s;
}

static void adds_up(scene *s) {
    weir_rcu_begin();
    for (int i = 0; i < KEYS; i++) {
        uint64_t sum = 0;
        for (int t = 0; t < WRITERS; t++) sum += (uint64_t)(int64_t)s->change[t][i];
        weir_record *r = s->w->ops->find(s->w->map, s->key[i], strlen(s->key[i]));
        if (kind_of(i) == FLEETING) assert_int_equal(r != NULL, sum);
        else assert_int_equal(count_in(r), sum);
    }
    weir_rcu_end();
}

static void writers_and_readers(void **state) {
    (void)state;
    scene *s = scene_new();
    enum { THREADS = WRITERS + READERS + 1 };
    pthread_t t[THREADS];
    role me[THREADS];
    weir_a32_store(&s->writing, WRITERS);
    for (int i = 0; i < THREADS; i++) {
        me[i] = (role){s, i};
        t[i] = weir_test_thread(i < WRITERS ? writes : i < WRITERS + READERS ? reads : freezes, &me[i]);
    }
    weir_rcu_offline();
    for (int i = 0; i < THREADS; i++) pthread_join(t[i], NULL);
    assert_int_equal(weir_a32_load(&s->bad), 0);
    adds_up(s);
    scan_all(s, NULL);
    assert_int_equal(weir_a32_load(&s->bad), 0);
    world_end(s->w);
    free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(writers_and_readers)};
    return cmocka_run_group_tests_name("map threads " WEIR_STRING(WEIR_KV), tests, NULL, NULL);
}
