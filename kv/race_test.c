/* Threads against each other: what must hold whatever the schedule. Once a variant, on every store; and where every
 * write waits for the disk, which is in memory. */
#include "prims/test_p.h"

#include <stdio.h>

#include "kv/io_sim.h"
#include "kv/store_test_p.h"

enum { THREADS = 4 };

static weir_kv_bytes text(const char *s) { return weir_kv_bytes_of(s, strlen(s)); }

typedef struct fixture {
    weir_kv *kv;
    weir_kv_tenant *t;
    weir_a32 turn, stop;
    weir_sim *disk; /* NULL: the store's own folder */
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    f->kv = weir_test_store_open();
    f->t = weir_kv_root(f->kv);
    *state = f;
    return 0;
}

static int set_up_disk(void **state) {
    fixture *f = calloc(1, sizeof *f);
    f->disk = weir_sim_new();
    weir_kv_options o = {.variant = WEIR_STRING(WEIR_KV), .store = "wal", .path = "/store", .io = weir_sim_io(f->disk)};
    if (weir_kv_open(&o, &f->kv, NULL) != WEIR_KV_OK) return 1;
    f->t = weir_kv_root(f->kv);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    int st = weir_kv_close(f->kv) != WEIR_KV_OK;
    if (f->disk) weir_sim_free(f->disk);
    else weir_test_store_remove();
    free(f);
    return st;
}

typedef struct worker {
    fixture *f;
    unsigned id;
    uint64_t wins, wrong; /* wrong: what must not have been */
    pthread_t thread;
} worker;

static void run_all(fixture *f, worker *w, unsigned n, void *(*run)(void *)) {
    for (unsigned i = 0; i < n; i++) w[i] = (worker){.f = f, .id = i};
    for (unsigned i = 0; i < n; i++) w[i].thread = weir_test_thread(run, &w[i]);
}

static void join_all(worker *w, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        pthread_join(w[i].thread, NULL);
        assert_int_equal(w[i].wrong, 0);
    }
}

/* -- one of them wins ---------------------------------------------------------------------------------------------- */

enum { ROUNDS = 500 };

static void meet(worker *w, unsigned round) {
    weir_a32_add_acq_rel(&w->f->turn, 1);
    while (weir_a32_load_acquire(&w->f->turn) < 2 * (round + 1)) weir_yield();
}

static void *snx_rounds(void *arg) {
    worker *w = arg;
    for (unsigned i = 0; i < ROUNDS; i++) {
        char key[16];
        snprintf(key, sizeof key, "key %u", i);
        meet(w, i);
        weir_kv_status st = weir_kv_snx(w->f->t, text(key), text(w->id ? "1" : "0"));
        w->wins += st == WEIR_KV_OK;
        w->wrong += st != WEIR_KV_OK && st != WEIR_KV_NO;
    }
    return NULL;
}

static void of_two_snx_one_wins(void **state) {
    fixture *f = *state;
    worker w[2];
    run_all(f, w, 2, snx_rounds);
    join_all(w, 2);
    assert_int_equal(w[0].wins + w[1].wins, ROUNDS);
    uint64_t ones = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        char key[16], value;
        size_t size;
        snprintf(key, sizeof key, "key %u", i);
        assert_int_equal(weir_kv_copy(f->t, text(key), &value, 1, &size), WEIR_KV_OK);
        ones += value == '1';
    }
    assert_int_equal(ones, w[1].wins);
}

/* cas as a counter: no step is lost. */
static void *count_up(void *arg) {
    worker *w = arg;
    while (w->wins < ROUNDS) {
        char now[16], next[16];
        size_t size;
        w->wrong += weir_kv_copy(w->f->t, text("n"), now, sizeof now - 1, &size) != WEIR_KV_OK;
        now[size] = '\0';
        snprintf(next, sizeof next, "%d", atoi(now) + 1);
        w->wins += weir_kv_cas(w->f->t, text("n"), text(now), text(next)) == WEIR_KV_OK;
    }
    return NULL;
}

static void no_cas_is_lost(void **state) {
    fixture *f = *state;
    worker w[THREADS];
    char n[16] = "";
    size_t size;
    assert_int_equal(weir_kv_set(f->t, text("n"), text("0")), WEIR_KV_OK);
    run_all(f, w, THREADS, count_up);
    join_all(w, THREADS);
    weir_kv_copy(f->t, text("n"), n, sizeof n - 1, &size);
    assert_int_equal(atoi(n), THREADS * ROUNDS);
}

/* -- quotas -------------------------------------------------------------------------------------------------------- */

enum { QUOTA = 50 };

/* Each has keys of its own, so it knows what it has; all together never have more than the quota. */
static void *fill_and_empty(void *arg) {
    worker *w = arg;
    unsigned seed = w->id + 1;
    bool mine[40] = {false};
    for (unsigned i = 0; i < 4000; i++) {
        char key[16];
        unsigned k = (seed = seed * 1103515245 + 12345) >> 16, which = k % 40;
        snprintf(key, sizeof key, "%u/%u", w->id, which);
        weir_kv_status st = k & 64 ? weir_kv_set(w->f->t, text(key), text("v")) : weir_kv_del(w->f->t, text(key));
        if (k & 64) {
            w->wrong += st != WEIR_KV_OK && (st != WEIR_KV_QUOTA || mine[which]);
            if (st == WEIR_KV_OK) mine[which] = true;
        } else {
            w->wrong += (st == WEIR_KV_OK) != mine[which];
            mine[which] = false;
        }
    }
    for (unsigned i = 0; i < 40; i++) w->wins += mine[i];
    return NULL;
}

static bool count_one(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    (void)key, (void)value;
    ++*(uint64_t *)arg;
    return true;
}

static void *look_at_usage(void *arg) {
    worker *w = arg;
    while (!weir_a32_load_acquire(&w->f->stop)) {
        weir_kv_usage usage;
        uint64_t n = 0;
        w->wrong += weir_kv_tenant_usage(w->f->t, &usage) != WEIR_KV_OK || usage.keys > QUOTA;
        weir_kv_iterate(w->f->t, text(""), 0, 0, count_one, &n);
        w->wins++;
    }
    return NULL;
}

static void quotas_hold(void **state) {
    fixture *f = *state;
    worker w[THREADS], looker;
    uint64_t kept = 0, there = 0;
    weir_kv_usage usage;
    assert_int_equal(weir_kv_tenant_limit(f->t, &(weir_kv_quota){.keys = QUOTA}), WEIR_KV_OK);
    run_all(f, &looker, 1, look_at_usage);
    run_all(f, w, THREADS, fill_and_empty);
    join_all(w, THREADS);
    weir_a32_store_release(&f->stop, 1);
    join_all(&looker, 1);
    for (unsigned i = 0; i < THREADS; i++) kept += w[i].wins;
    assert_int_equal(weir_kv_tenant_usage(f->t, &usage), WEIR_KV_OK);
    assert_int_equal(weir_kv_iterate(f->t, text(""), 0, 0, count_one, &there), WEIR_KV_OK);
    assert_int_equal(usage.keys, kept);
    assert_int_equal(there, kept);
    assert_true(kept <= QUOTA);
    assert_int_equal(weir_kv_tenant_limit(f->t, NULL), WEIR_KV_OK); /* counted by lanes from here */
    run_all(f, w, THREADS, fill_and_empty);
    for (unsigned i = 0; i < THREADS; i++) pthread_join(w[i].thread, NULL);
    there = 0;
    assert_int_equal(weir_kv_iterate(f->t, text(""), 0, 0, count_one, &there), WEIR_KV_OK);
    assert_int_equal(weir_kv_tenant_usage(f->t, &usage), WEIR_KV_OK);
    assert_int_equal(usage.keys, there);
}

/* -- batches, seen by readers and snapshots ------------------------------------------------------------------------ */

enum { WIDE = 8 };

static char wide_key[WIDE][4];

/* Every batch sets all keys to one number. */
static void *write_batches(void *arg) {
    worker *w = arg;
    for (unsigned i = 1; i <= 300; i++) {
        weir_kv_op op[WIDE + 2];
        uint32_t number = i * 10 + w->id;
        for (unsigned k = 0; k < WIDE; k++)
            op[k] = (weir_kv_op){.verb = WEIR_KV_SET, .key = text(wide_key[k]), .value = weir_kv_bytes_of(&number, 4)};
        op[WIDE] = (weir_kv_op){.verb = WEIR_KV_SET, .key = text("undone"), .value = text("")};
        op[WIDE + 1] = (weir_kv_op){.verb = WEIR_KV_DEL, .key = text("never there")};
        w->wrong += weir_kv_batch(w->f->t, op, WIDE, NULL, NULL, NULL) != WEIR_KV_OK;
        number = 7; /* undone: nobody ever sees it */
        w->wrong += weir_kv_batch(w->f->t, op, WIDE + 2, NULL, NULL, NULL) != WEIR_KV_NO;
    }
    return NULL;
}

/* Once a key has number n of a batch, a key read later has it, too, or a later batch's. One writer: numbers grow. */
static void *read_in_order(void *arg) {
    worker *w = arg;
    while (!weir_a32_load_acquire(&w->f->stop)) {
        uint32_t last = 0;
        weir_kv_read_begin(w->f->kv);
        for (unsigned k = 0; k < WIDE; k++) {
            weir_kv_bytes value;
            uint32_t number;
            if (weir_kv_get(w->f->t, text(wide_key[k]), &value) != WEIR_KV_OK) {
                w->wrong += last != 0;
                continue;
            }
            memcpy(&number, value.at, 4);
            w->wrong += number < last || number == 7;
            last = number;
        }
        weir_kv_read_end(w->f->kv);
        w->wins++;
    }
    return NULL;
}

static void *never_see_undone(void *arg) {
    worker *w = arg;
    while (!weir_a32_load_acquire(&w->f->stop)) w->wrong += weir_kv_exists(w->f->t, text("undone")) != WEIR_KV_NO;
    return NULL;
}

static void *snapshots_are_whole(void *arg) {
    worker *w = arg;
    weir_kv_snapshot *s;
    while (!weir_a32_load_acquire(&w->f->stop) && weir_kv_snapshot_open(w->f->t, &s) == WEIR_KV_OK) {
        weir_kv_pair pair[WIDE + 1];
        size_t got;
        weir_kv_snapshot_scan(s, &(weir_kv_range){0}, pair, WIDE + 1, &got);
        w->wrong += got != 0 && got != WIDE;
        for (size_t i = 1; i < got; i++) w->wrong += memcmp(pair[i].value.at, pair[0].value.at, 4) != 0;
        weir_kv_snapshot_close(s);
        w->wins++;
    }
    return NULL;
}

static void batches_are_seen_whole(void **state) {
    fixture *f = *state;
    worker writer, reader, viewer, doubter;
    for (unsigned k = 0; k < WIDE; k++) snprintf(wide_key[k], sizeof wide_key[k], "k%u", k);
    run_all(f, &reader, 1, read_in_order);
    run_all(f, &viewer, 1, snapshots_are_whole);
    run_all(f, &doubter, 1, never_see_undone);
    run_all(f, &writer, 1, write_batches);
    join_all(&writer, 1);
    weir_a32_store_release(&f->stop, 1);
    join_all(&reader, 1);
    join_all(&viewer, 1);
    join_all(&doubter, 1);
}

static void batches_of_many(void **state) {
    fixture *f = *state;
    worker writer[2], viewer;
    for (unsigned k = 0; k < WIDE; k++) snprintf(wide_key[k], sizeof wide_key[k], "k%u", k);
    run_all(f, &viewer, 1, snapshots_are_whole);
    run_all(f, writer, 2, write_batches);
    join_all(writer, 2);
    weir_a32_store_release(&f->stop, 1);
    join_all(&viewer, 1);
    weir_kv_usage usage;
    assert_int_equal(weir_kv_tenant_usage(f->t, &usage), WEIR_KV_OK);
    assert_int_equal(usage.keys, WIDE);
}

/* Batches that are undone hide keys for a moment: nobody counts them when he leaves keys out. */
static void *undo_batches(void *arg) {
    worker *w = arg;
    for (unsigned i = 0; i < 2000; i++) {
        weir_kv_op op[3] = {{.verb = WEIR_KV_SET, .key = text("before 1")},
                            {.verb = WEIR_KV_SET, .key = text("before 2")},
                            {.verb = WEIR_KV_DEL, .key = text("never there")}};
        w->wrong += weir_kv_batch(w->f->t, op, 3, NULL, NULL, NULL) != WEIR_KV_NO;
    }
    return NULL;
}

static bool is_fifth(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    worker *w = arg;
    (void)value;
    w->wrong += key.size != 2 || memcmp(key.at, "k5", 2) != 0;
    w->wins++;
    return true;
}

static void *leave_out(void *arg) {
    worker *w = arg;
    while (!weir_a32_load_acquire(&w->f->stop)) weir_kv_iterate(w->f->t, text(""), 5, 1, is_fifth, w);
    return NULL;
}

static void offsets_count_what_is_seen(void **state) {
    fixture *f = *state;
    worker writer, reader;
    for (unsigned k = 0; k < WIDE; k++) {
        snprintf(wide_key[k], sizeof wide_key[k], "k%u", k);
        assert_int_equal(weir_kv_set(f->t, text(wide_key[k]), text("")), WEIR_KV_OK);
    }
    run_all(f, &reader, 1, leave_out);
    run_all(f, &writer, 1, undo_batches);
    join_all(&writer, 1);
    weir_a32_store_release(&f->stop, 1);
    join_all(&reader, 1);
    weir_kv_iterate(f->t, text(""), 5, 1, is_fifth, &reader);
    assert_true(reader.wins > 0 && reader.wrong == 0);
}

/* -- tenants that come and go under everybody ---------------------------------------------------------------------- */

static void *come_and_go(void *arg) {
    worker *w = arg;
    for (unsigned i = 0; i < 200; i++) {
        weir_kv_tenant *t;
        weir_kv_status st = weir_kv_tenant_create(w->f->kv, text("t"), NULL, &t);
        w->wrong += st != WEIR_KV_OK && st != WEIR_KV_PRESENT;
        if (st == WEIR_KV_PRESENT && weir_kv_tenant_open(w->f->kv, text("t"), &t) != WEIR_KV_OK) continue;
        for (unsigned k = 0; k < 20; k++) {
            char key[8];
            snprintf(key, sizeof key, "%u", k);
            st = weir_kv_set(t, text(key), text(key));
            w->wrong += st != WEIR_KV_OK && st != WEIR_KV_DROPPED;
        }
        if (i % 4 == w->id) {
            st = weir_kv_tenant_drop(w->f->kv, text("t"));
            w->wrong += st != WEIR_KV_OK && st != WEIR_KV_ABSENT;
        }
        weir_kv_tenant_close(t);
    }
    return NULL;
}

static bool same_as_key(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    worker *w = arg;
    w->wrong += key.size != value.size || memcmp(key.at, value.at, key.size) != 0;
    return true;
}

static void *look_on(void *arg) {
    worker *w = arg;
    while (!weir_a32_load_acquire(&w->f->stop)) {
        weir_kv_tenant *t;
        weir_kv_snapshot *s;
        weir_kv_watch *watch;
        weir_kv_event e;
        if (weir_kv_tenant_open(w->f->kv, text("t"), &t) != WEIR_KV_OK) continue;
        bool watched = weir_kv_watch_open(t, text("1"), 4, &watch) == WEIR_KV_OK;
        bool frozen = weir_kv_snapshot_open(t, &s) == WEIR_KV_OK;
        weir_kv_iterate(t, text(""), 0, 0, same_as_key, w);
        weir_kv_tenant_close(t);
        if (frozen) {
            weir_kv_pair pair[32];
            size_t got;
            weir_kv_snapshot_scan(s, &(weir_kv_range){0}, pair, 32, &got);
            for (size_t i = 0; i < got; i++) same_as_key(w, pair[i].key, pair[i].value);
            weir_kv_snapshot_close(s);
        }
        while (watched && weir_kv_watch_next(watch, 0, &e) == WEIR_KV_OK && e.change != WEIR_KV_TENANT_DROPPED)
            if (e.change == WEIR_KV_WAS_SET) same_as_key(w, e.key, e.value);
        if (watched) weir_kv_watch_close(watch);
        w->wins++;
    }
    return NULL;
}

static void tenants_come_and_go(void **state) {
    fixture *f = *state;
    worker w[THREADS], looker;
    run_all(f, &looker, 1, look_on);
    run_all(f, w, THREADS, come_and_go);
    join_all(w, THREADS);
    weir_a32_store_release(&f->stop, 1);
    join_all(&looker, 1);
}

/* -- a watch has the last word of each key ------------------------------------------------------------------------- */

enum { WATCHED = 4 };

static void *change_watched(void *arg) {
    worker *w = arg;
    unsigned seed = w->id + 1;
    for (unsigned i = 0; i < 2000; i++) {
        unsigned r = (seed = seed * 1103515245 + 12345) >> 16;
        char key[8], value[16];
        snprintf(key, sizeof key, "k%u", r % WATCHED);
        snprintf(value, sizeof value, "%u.%u", w->id, i);
        if (r & 256) weir_kv_set(w->f->t, text(key), text(value));
        else weir_kv_del(w->f->t, text(key));
    }
    weir_a32_add_release(&w->f->turn, 1);
    return NULL;
}

/* Who follows the events, and reads anew when some are lost, ends with what is there. */
static void the_last_event_of_a_key_is_its_value(void **state) {
    fixture *f = *state;
    worker w[THREADS];
    weir_kv_watch *watch;
    weir_kv_event e;
    char told[WATCHED][16] = {{0}};
    if (!f->disk && strcmp(weir_test_store, "lmdb") == 0) skip();
    assert_int_equal(weir_kv_watch_open(f->t, text("k"), 64, &watch), WEIR_KV_OK);
    run_all(f, w, THREADS, change_watched);
    for (;;) {
        bool over = weir_a32_load_acquire(&f->turn) == THREADS;
        weir_kv_status st = weir_kv_watch_next(watch, over ? 0 : weir_now_ns() + 1000000, &e);
        if (st == WEIR_KV_TIMEOUT && over) break;
        if (st == WEIR_KV_TIMEOUT) continue;
        assert_int_equal(st, WEIR_KV_OK);
        for (unsigned k = 0; k < WATCHED; k++) {
            char key[8];
            size_t size = 0;
            snprintf(key, sizeof key, "k%u", k);
            bool all = e.change == WEIR_KV_LOST;
            if (!all && memcmp(e.key.at, key, e.key.size) != 0) continue;
            memset(told[k], 0, sizeof told[k]);
            if (all) weir_kv_copy(f->t, text(key), told[k], sizeof told[k] - 1, &size);
            else if (e.change == WEIR_KV_WAS_SET) memcpy(told[k], e.value.at, e.value.size);
        }
    }
    join_all(w, THREADS);
    for (unsigned k = 0; k < WATCHED; k++) {
        char key[8], value[16] = {0};
        size_t size;
        snprintf(key, sizeof key, "k%u", k);
        weir_kv_copy(f->t, text(key), value, sizeof value - 1, &size);
        assert_string_equal(told[k], value);
    }
    weir_kv_watch_close(watch);
}

int main(void) {
#define TESTS(up)                                                                   \
    cmocka_unit_test_setup_teardown(of_two_snx_one_wins, up, tear_down),            \
        cmocka_unit_test_setup_teardown(no_cas_is_lost, up, tear_down),             \
        cmocka_unit_test_setup_teardown(quotas_hold, up, tear_down),                \
        cmocka_unit_test_setup_teardown(batches_are_seen_whole, up, tear_down),     \
        cmocka_unit_test_setup_teardown(batches_of_many, up, tear_down),            \
        cmocka_unit_test_setup_teardown(offsets_count_what_is_seen, up, tear_down), \
        cmocka_unit_test_setup_teardown(tenants_come_and_go, up, tear_down),        \
        cmocka_unit_test_setup_teardown(the_last_event_of_a_key_is_its_value, up, tear_down)
    const struct CMUnitTest tests[] = {TESTS(set_up)}, disk_tests[] = {TESTS(set_up_disk)};
    return weir_test_every_store(tests) + cmocka_run_group_tests_name("wal, for the disk", disk_tests, NULL, NULL);
}
