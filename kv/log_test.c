/* A store in front of a log that does only what the test says: what is seen when, what waits for what, what is
 * undone. */
#include "prims/test_p.h"

#include <stdio.h>
#include <unistd.h>

#include "kv/tree_p.h"
#include "prims/variant.h"

#define OK(call) assert_int_equal(call, WEIR_KV_OK)
#define ANSWERS(call, status) assert_int_equal(call, status)

static weir_kv_bytes text(const char *s) { return weir_kv_bytes_of(s, strlen(s)); }

/* -- the log ------------------------------------------------------------------------------------------------------- */

typedef struct fake_log {
    weir_log base;
    weir_a64 given;
    weir_a32 refuse; /* status of what is to be appended */
    weir_a32 ended;  /* status of waits that the marks do not satisfy; 0: they wait */
    weir_a32 waits;  /* how many are waiting */
    pthread_mutex_t lock;
    char said[4096]; /* what was appended */
} fake_log;

static void note(fake_log *l, const char *what, weir_kv_bytes a, weir_kv_bytes b) {
    size_t at = strlen(l->said);
    snprintf(l->said + at, sizeof l->said - at, "%s%.*s=%.*s ", what, (int)a.size, (const char *)a.at, (int)b.size,
             (const char *)b.at);
}

static weir_kv_status give(fake_log *l, uint64_t *position) {
    *position = weir_a64_add(&l->given, 10) + 10;
    return WEIR_KV_OK;
}

static weir_kv_status append(weir_log *log, uint64_t tenant, const weir_kv_op *op, size_t n, uint64_t *position) {
    fake_log *l = (fake_log *)log;
    (void)tenant;
    if (weir_a32_load(&l->refuse)) return (weir_kv_status)weir_a32_load(&l->refuse);
    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < n; i++)
        note(l, op[i].verb == WEIR_KV_DEL ? "-" : "+", op[i].key, op[i].verb == WEIR_KV_DEL ? text("") : op[i].value);
    give(l, position);
    pthread_mutex_unlock(&l->lock);
    return WEIR_KV_OK;
}

static weir_kv_status tenant_created(weir_log *log, uint64_t id, weir_kv_bytes name, const weir_kv_quota *quota,
                                     uint64_t *position) {
    fake_log *l = (fake_log *)log;
    (void)quota;
    if (weir_a32_load(&l->refuse)) return (weir_kv_status)weir_a32_load(&l->refuse);
    char number[8];
    snprintf(number, sizeof number, "%d", (int)id);
    note(l, "created ", name, text(number));
    return give(l, position);
}

static weir_kv_status tenant_limited(weir_log *log, uint64_t id, const weir_kv_quota *quota, uint64_t *position) {
    (void)id, (void)quota;
    note((fake_log *)log, "limited", text(""), text(""));
    return give((fake_log *)log, position);
}

static weir_kv_status tenant_dropped(weir_log *log, uint64_t id, uint64_t *position) {
    (void)id;
    note((fake_log *)log, "dropped", text(""), text(""));
    return give((fake_log *)log, position);
}

static weir_kv_status admit(weir_log *log) {
    (void)log;
    return WEIR_KV_OK;
}

static weir_kv_status wait_for(weir_log *log, uint64_t position, weir_kv_level level, uint64_t deadline_ns) {
    fake_log *l = (fake_log *)log;
    weir_kv_status st = WEIR_KV_OK;
    weir_a32_add(&l->waits, 1);
    while (weir_a64_load_acquire(&log->marks.at[level]) < position) {
        if ((st = (weir_kv_status)weir_a32_load(&l->ended)) != WEIR_KV_OK) break;
        if (weir_now_ns() > deadline_ns) {
            st = WEIR_KV_TIMEOUT;
            break;
        }
        usleep(100);
    }
    weir_a32_sub(&l->waits, 1);
    return st;
}

static uint64_t given(weir_log *log) { return weir_a64_load(&((fake_log *)log)->given); }

static weir_kv_status start(weir_log *log, weir_log_walk *walk, void *store) {
    (void)log, (void)walk, (void)store;
    return WEIR_KV_OK;
}

static weir_kv_status compact(weir_log *log, weir_kv_error *error) {
    (void)log, (void)error;
    return WEIR_KV_NOSPACE;
}

static weir_kv_status fault(const weir_log *log, weir_kv_error *error) {
    if (error) error->offset = 77;
    return (weir_kv_status)weir_a32_load(&((const fake_log *)log)->ended);
}

static void stats(weir_log *log, weir_kv_stats *s) { s->records = given(log) / 10; }

static weir_kv_status close_log(weir_log *log) {
    fake_log *l = (fake_log *)log;
    weir_kv_status st = (weir_kv_status)weir_a32_load(&l->ended);
    pthread_mutex_destroy(&l->lock);
    free(l);
    return st;
}

static const weir_log_ops fake_ops = {append, tenant_created, tenant_limited, tenant_dropped, admit, wait_for,
                                      given,  start,          compact,        fault,          stats, close_log};

/* Everything up to position has this level. */
static void reach(fake_log *l, weir_kv_level level, uint64_t position) {
    for (int i = WEIR_KV_OS; i <= (int)level; i++)
        if (weir_a64_load(&l->base.marks.at[i]) < position) weir_a64_store_release(&l->base.marks.at[i], position);
}

static const weir_store_ops store_ops = {.name = "fake", WEIR_RESIDENT_OPS};

typedef struct fixture {
    weir_kv *kv;
    weir_kv_tenant *t;
    fake_log *log;
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    fake_log *l = calloc(1, sizeof *l);
    weir_kv_options o = {.variant = WEIR_STRING(WEIR_KV),
                         .level = WEIR_KV_DISK,
                         .value_max = 100,
                         .retired_max = 1 << 20,
                         .full_after_ns = 1000000000};
    weir_resident *s;
    l->base.ops = &fake_ops;
    pthread_mutex_init(&l->lock, NULL);
    weir_a64_store(&l->base.marks.at[WEIR_KV_MEMORY], UINT64_MAX);
    if (weir_resident_new(&o, &store_ops, &s, NULL) != WEIR_KV_OK) return 1;
    if (weir_resident_attach(s, &l->base) != WEIR_KV_OK) return 1;
    *f = (fixture){(weir_kv *)s, weir_kv_root((weir_kv *)s), l};
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    weir_kv_close(f->kv);
    free(f);
    return 0;
}

/* -- what the tests say -------------------------------------------------------------------------------------------- */

static uint64_t later(fixture *f, weir_kv_verb verb, const char *key, const char *value, weir_kv_level level) {
    weir_kv_op op = {.verb = verb, .key = text(key), .value = text(value)};
    weir_kv_write how = {.level = level, .later = true};
    uint64_t position = 0;
    OK(weir_kv_apply(f->t, &op, &how, &position));
    return position;
}

static const char *seen_at(weir_kv_tenant *t, const char *key) {
    static char buffer[128];
    size_t size = 0;
    if (weir_kv_copy(t, text(key), buffer, sizeof buffer - 1, &size) != WEIR_KV_OK) return "";
    buffer[size] = '\0';
    return buffer;
}

#define SEEN(key, value) assert_string_equal(seen_at(f->t, key), value)

/* One call on another thread, which waits for the log. */
typedef struct call {
    fixture *f;
    weir_kv_op op;
    weir_kv_write how;
    weir_kv_status status;
    weir_a32 ended;
    pthread_t thread;
} call;

static void *run_call(void *arg) {
    call *c = arg;
    c->status = weir_kv_apply(c->f->t, &c->op, &c->how, NULL);
    weir_a32_store_release(&c->ended, 1);
    return NULL;
}

static void begin(call *c, fixture *f, weir_kv_verb verb, const char *key, const char *value, weir_kv_level level) {
    uint32_t waits = weir_a32_load(&f->log->waits);
    *c = (call){.f = f, .op = {.verb = verb, .key = text(key), .value = text(value)}, .how = {.level = level}};
    c->thread = weir_test_thread(run_call, c);
    while (weir_a32_load(&f->log->waits) == waits) usleep(100);
}

static weir_kv_status end(call *c) {
    pthread_join(c->thread, NULL);
    return c->status;
}

static void assert_waits(call *c) {
    usleep(2000);
    assert_int_equal(weir_a32_load_acquire(&c->ended), 0);
}

/* -- tests --------------------------------------------------------------------------------------------------------- */

static void a_write_is_seen_at_its_mark(void **state) {
    fixture *f = *state;
    uint64_t a = later(f, WEIR_KV_SET, "k", "1", WEIR_KV_DISK);
    SEEN("k", "");
    reach(f->log, WEIR_KV_OS, a);
    SEEN("k", "");
    reach(f->log, WEIR_KV_DISK, a - 1);
    SEEN("k", "");
    reach(f->log, WEIR_KV_DISK, a);
    SEEN("k", "1");
    uint64_t b = later(f, WEIR_KV_SET, "k", "2", WEIR_KV_OS);
    SEEN("k", "1");
    reach(f->log, WEIR_KV_OS, b);
    SEEN("k", "2");
    later(f, WEIR_KV_SET, "k", "3", WEIR_KV_MEMORY);
    SEEN("k", "3");
    assert_string_equal(f->log->said, "+k=1 +k=2 +k=3 ");
}

static void a_deletion_is_seen_at_its_mark(void **state) {
    fixture *f = *state;
    later(f, WEIR_KV_SET, "k", "1", WEIR_KV_MEMORY);
    uint64_t d = later(f, WEIR_KV_DEL, "k", "", WEIR_KV_DISK);
    SEEN("k", "1");
    uint64_t s = later(f, WEIR_KV_SNX, "k", "2", WEIR_KV_DISK); /* judged by the newest */
    SEEN("k", "1");
    reach(f->log, WEIR_KV_DISK, d);
    SEEN("k", "");
    reach(f->log, WEIR_KV_DISK, s);
    SEEN("k", "2");
    later(f, WEIR_KV_DEL, "k", "", WEIR_KV_MEMORY);
    SEEN("k", "");
}

/* Behind a version that waits for the disk, one that needs less waits for the disk, too. */
static void a_weaker_write_is_promoted(void **state) {
    fixture *f = *state;
    later(f, WEIR_KV_SET, "k", "1", WEIR_KV_DISK);
    uint64_t b = later(f, WEIR_KV_SET, "k", "2", WEIR_KV_MEMORY);
    SEEN("k", "");
    reach(f->log, WEIR_KV_OS, b);
    SEEN("k", "");
    call c;
    begin(&c, f, WEIR_KV_SET, "k", "3", WEIR_KV_OS);
    reach(f->log, WEIR_KV_OS, given(&f->log->base));
    assert_waits(&c);
    reach(f->log, WEIR_KV_DISK, b);
    SEEN("k", "2");
    reach(f->log, WEIR_KV_DISK, given(&f->log->base));
    OK(end(&c));
    SEEN("k", "3");
}

static void an_answer_waits_for_what_it_saw(void **state) {
    fixture *f = *state;
    call c;
    uint64_t a = later(f, WEIR_KV_SET, "k", "1", WEIR_KV_DISK);
    begin(&c, f, WEIR_KV_SNX, "k", "2", WEIR_KV_MEMORY); /* NO, because of a version that nobody sees */
    assert_waits(&c);
    reach(f->log, WEIR_KV_DISK, a);
    ANSWERS(end(&c), WEIR_KV_NO);
    uint64_t d = later(f, WEIR_KV_DEL, "k", "", WEIR_KV_DISK);
    begin(&c, f, WEIR_KV_DEL, "k", "", WEIR_KV_OS);
    assert_waits(&c);
    reach(f->log, WEIR_KV_DISK, d);
    ANSWERS(end(&c), WEIR_KV_NO);
    uint64_t w = later(f, WEIR_KV_SET, "weak", "1", WEIR_KV_MEMORY); /* seen, but a crash could undo it */
    SEEN("weak", "1");
    begin(&c, f, WEIR_KV_CAS, "weak", "2", WEIR_KV_DISK); /* expects nothing */
    assert_waits(&c);
    reach(f->log, WEIR_KV_DISK, w);
    ANSWERS(end(&c), WEIR_KV_NO);
    assert_string_equal(f->log->said, "+k=1 -k= +weak=1 ");
}

static uint64_t records(fixture *f) {
    weir_kv_usage usage;
    OK(weir_kv_tenant_usage(f->t, &usage));
    return usage.keys;
}

/* What waited is settled: what is older is freed, and deletions leave the map. */
static void what_is_safe_settles(void **state) {
    fixture *f = *state;
    weir_kv_stats before, after;
    OK(weir_kv_sync(f->kv, WEIR_KV_DISK));
    weir_kv_stats_read(f->kv, &before);
    for (int i = 0; i < 100; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%d", i / 4); /* each twice */
        later(f, i % 2 ? WEIR_KV_DEL : WEIR_KV_SET, key, "value", WEIR_KV_DISK);
    }
    assert_int_equal(records(f), 0);
    reach(f->log, WEIR_KV_DISK, given(&f->log->base));
    SEEN("k1", "");
    OK(weir_kv_sync(f->kv, WEIR_KV_DISK));
    weir_reclaim_drain(((struct weir_resident *)f->kv)->reclaim);
    weir_kv_stats_read(f->kv, &after);
    assert_true(after.memory <= before.memory + 512); /* a node may stay */
    assert_int_equal(after.records, 100);
}

static void the_wait_of_a_position(void **state) {
    fixture *f = *state;
    uint64_t a = later(f, WEIR_KV_SET, "k", "1", WEIR_KV_DISK);
    ANSWERS(weir_kv_wait(f->kv, a, WEIR_KV_DISK, weir_now_ns() + 1000), WEIR_KV_TIMEOUT);
    ANSWERS(weir_kv_wait(f->kv, a + 1, WEIR_KV_DISK, 0), WEIR_KV_BAD);
    OK(weir_kv_wait(f->kv, a, WEIR_KV_MEMORY, 0));
    reach(f->log, WEIR_KV_DISK, a);
    OK(weir_kv_wait(f->kv, a, WEIR_KV_DISK, 0));
    ANSWERS(weir_kv_compact(f->kv), WEIR_KV_NOSPACE); /* the log's own answer */
}

static void a_log_that_refuses_changes_nothing(void **state) {
    fixture *f = *state;
    weir_kv_op op[] = {{.verb = WEIR_KV_SET, .key = text("k"), .value = text("batch")},
                       {.verb = WEIR_KV_SET, .key = text("new"), .value = text("batch")},
                       {.verb = WEIR_KV_DEL, .key = text("k")}};
    weir_kv_tenant *t;
    later(f, WEIR_KV_SET, "k", "1", WEIR_KV_MEMORY);
    weir_a32_store(&f->log->refuse, WEIR_KV_NOSPACE);
    ANSWERS(weir_kv_set(f->t, text("k"), text("2")), WEIR_KV_NOSPACE);
    ANSWERS(weir_kv_del(f->t, text("k")), WEIR_KV_NOSPACE);
    ANSWERS(weir_kv_batch(f->t, op, 3, NULL, NULL, NULL), WEIR_KV_NOSPACE);
    ANSWERS(weir_kv_tenant_create(f->kv, text("t"), NULL, &t), WEIR_KV_NOSPACE);
    ANSWERS(weir_kv_tenant_open(f->kv, text("t"), &t), WEIR_KV_ABSENT);
    SEEN("k", "1");
    SEEN("new", "");
    weir_kv_usage usage;
    OK(weir_kv_tenant_usage(f->t, &usage));
    assert_int_equal(usage.keys, 1);
    assert_int_equal(usage.bytes, 2);
    weir_a32_store(&f->log->refuse, 0);
    later(f, WEIR_KV_SNX, "new", "3", WEIR_KV_MEMORY);
    SEEN("new", "3");
}

/* The log ends while writers wait: nobody ever sees what they wrote, and reading goes on. */
static void a_log_that_ends(void **state) {
    fixture *f = *state;
    call c;
    weir_kv_error error = {0};
    later(f, WEIR_KV_SET, "k", "1", WEIR_KV_MEMORY);
    begin(&c, f, WEIR_KV_SET, "k", "2", WEIR_KV_DISK);
    uint64_t position = later(f, WEIR_KV_DEL, "k", "", WEIR_KV_DISK);
    weir_a32_store(&f->log->ended, WEIR_KV_IO);
    weir_a32_store(&f->log->refuse, WEIR_KV_IO);
    ANSWERS(end(&c), WEIR_KV_IO);
    ANSWERS(weir_kv_wait(f->kv, position, WEIR_KV_DISK, WEIR_FOREVER), WEIR_KV_IO);
    ANSWERS(weir_kv_set(f->t, text("x"), text("")), WEIR_KV_IO);
    SEEN("k", "1");
    weir_kv_snapshot *s;
    weir_kv_bytes value;
    if (weir_kv_snapshot_open(f->t, &s) == WEIR_KV_OK) { /* shows what readers see */
        OK(weir_kv_snapshot_get(s, text("k"), &value));
        assert_memory_equal(value.at, "1", 1);
        weir_kv_snapshot_close(s);
    }
    ANSWERS(weir_kv_fault(f->kv, &error), WEIR_KV_IO);
    assert_int_equal(error.offset, 77);
    ANSWERS(weir_kv_close(f->kv), WEIR_KV_IO);
    assert_int_equal(set_up(state), 0);
    free(f);
}

static void a_batch_is_seen_at_its_mark(void **state) {
    fixture *f = *state;
    weir_kv_write how = {.level = WEIR_KV_OS, .later = true};
    weir_kv_op op[] = {{.verb = WEIR_KV_SET, .key = text("a"), .value = text("1")},
                       {.verb = WEIR_KV_DEL, .key = text("gone")},
                       {.verb = WEIR_KV_SNX, .key = text("b"), .value = text("2")},
                       {.verb = WEIR_KV_CAS, .key = text("b"), .value = text("3"), .expected = text("2")}};
    uint64_t position;
    later(f, WEIR_KV_SET, "gone", "x", WEIR_KV_MEMORY);
    uint64_t before = later(f, WEIR_KV_SET, "a", "disk", WEIR_KV_DISK); /* promotes all of it */
    OK(weir_kv_batch(f->t, op, 4, &how, &position, NULL));
    reach(f->log, WEIR_KV_OS, position);
    reach(f->log, WEIR_KV_DISK, before);
    SEEN("a", "disk");
    SEEN("gone", "x");
    SEEN("b", "");
    ANSWERS(weir_kv_exists(f->t, text("b")), WEIR_KV_NO);
    reach(f->log, WEIR_KV_DISK, position);
    SEEN("a", "1");
    SEEN("gone", "");
    SEEN("b", "3");
    assert_string_equal(f->log->said, "+gone=x +a=disk +a=1 -gone= +b=2 +b=3 ");
    OK(weir_kv_sync(f->kv, WEIR_KV_DISK)); /* settles it */
    SEEN("a", "1");
    SEEN("gone", "");
    SEEN("b", "3");
}

/* What it leaves in the map is passed over, for ever. */
static void a_batch_whose_log_ends(void **state) {
    fixture *f = *state;
    weir_kv_op op[] = {{.verb = WEIR_KV_SET, .key = text("a"), .value = text("2")},
                       {.verb = WEIR_KV_SET, .key = text("b"), .value = text("2")}};
    later(f, WEIR_KV_SET, "a", "1", WEIR_KV_MEMORY);
    weir_a32_store(&f->log->ended, WEIR_KV_IO);
    ANSWERS(weir_kv_batch(f->t, op, 2, NULL, NULL, NULL), WEIR_KV_IO);
    weir_reclaim_drain(((struct weir_resident *)f->kv)->reclaim);
    weir_a64_store(&f->log->base.marks.at[WEIR_KV_OS], UINT64_MAX); /* so that what is freed would be seen */
    SEEN("a", "1");
    SEEN("b", "");
}

/* It stays seen when nobody has settled it before its tenant goes. */
static void a_snapshot_sees_a_batch_of_a_dropped_tenant(void **state) {
    fixture *f = *state;
    weir_kv_write how = {.level = WEIR_KV_DISK, .later = true};
    weir_kv_op op[] = {{.verb = WEIR_KV_SET, .key = text("a"), .value = text("1")},
                       {.verb = WEIR_KV_SET, .key = text("b"), .value = text("2")}};
    weir_kv_tenant *t;
    weir_kv_snapshot *s;
    weir_kv_bytes value;
    uint64_t position;
    if (!weir_map_find(WEIR_STRING(WEIR_KV))->snapshots) return;
    reach(f->log, WEIR_KV_DISK, given(&f->log->base) + 10);
    OK(weir_kv_tenant_create(f->kv, text("t"), NULL, &t));
    OK(weir_kv_batch(t, op, 2, &how, &position, NULL));
    reach(f->log, WEIR_KV_DISK, position + 10);
    OK(weir_kv_snapshot_open(t, &s));
    OK(weir_kv_tenant_drop(f->kv, text("t")));
    OK(weir_kv_sync(f->kv, WEIR_KV_DISK));
    weir_reclaim_drain(((struct weir_resident *)f->kv)->reclaim);
    OK(weir_kv_snapshot_get(s, text("a"), &value));
    assert_memory_equal(value.at, "1", 1);
    OK(weir_kv_snapshot_get(s, text("b"), &value));
    weir_kv_snapshot_close(s);
    weir_kv_tenant_close(t);
}

static void *open_snapshot(void *arg) {
    fixture *f = arg;
    weir_kv_snapshot *s = NULL;
    return weir_kv_snapshot_open(f->t, &s) == WEIR_KV_OK ? s : NULL;
}

static void a_snapshot_shows_what_no_crash_undoes(void **state) {
    fixture *f = *state;
    weir_kv_bytes value;
    void *s;
    if (!weir_map_find(WEIR_STRING(WEIR_KV))->snapshots) return;
    later(f, WEIR_KV_SET, "a", "1", WEIR_KV_DISK);
    later(f, WEIR_KV_SET, "b", "1", WEIR_KV_MEMORY);
    uint64_t d = later(f, WEIR_KV_DEL, "b", "", WEIR_KV_DISK);
    pthread_t opener = weir_test_thread(open_snapshot, f);
    while (weir_a32_load(&f->log->waits) == 0) usleep(100);
    later(f, WEIR_KV_SET, "a", "2", WEIR_KV_DISK);
    reach(f->log, WEIR_KV_DISK, d);
    pthread_join(opener, &s);
    assert_non_null(s);
    OK(weir_kv_snapshot_get(s, text("a"), &value));
    assert_memory_equal(value.at, "1", 1);
    ANSWERS(weir_kv_snapshot_get(s, text("b"), &value), WEIR_KV_NO);
    reach(f->log, WEIR_KV_DISK, given(&f->log->base));
    OK(weir_kv_sync(f->kv, WEIR_KV_DISK));
    OK(weir_kv_snapshot_get(s, text("a"), &value));
    assert_memory_equal(value.at, "1", 1);
    SEEN("a", "2");
    weir_kv_snapshot_close(s);
}

static void an_event_comes_at_its_mark(void **state) {
    fixture *f = *state;
    weir_kv_watch *w;
    weir_kv_event e;
    OK(weir_kv_watch_open(f->t, text(""), 2, &w));
    uint64_t a = later(f, WEIR_KV_SET, "a", "1", WEIR_KV_DISK);
    later(f, WEIR_KV_SET, "b", "2", WEIR_KV_MEMORY);
    uint64_t lost = later(f, WEIR_KV_SET, "c", "3", WEIR_KV_DISK);
    ANSWERS(weir_kv_watch_next(w, weir_now_ns() + 1000, &e), WEIR_KV_TIMEOUT);
    reach(f->log, WEIR_KV_DISK, a);
    OK(weir_kv_watch_next(w, 0, &e));
    assert_memory_equal(e.key.at, "a", 1);
    OK(weir_kv_watch_next(w, 0, &e));
    assert_memory_equal(e.key.at, "b", 1);
    ANSWERS(weir_kv_watch_next(w, weir_now_ns() + 1000, &e), WEIR_KV_TIMEOUT);
    reach(f->log, WEIR_KV_DISK, lost);
    OK(weir_kv_watch_next(w, 0, &e)); /* who is told of a loss can see what was lost */
    assert_int_equal(e.change, WEIR_KV_LOST);
    SEEN("c", "3");
    ANSWERS(weir_kv_watch_next(w, weir_now_ns() + 1000, &e), WEIR_KV_TIMEOUT);
    for (int i = 0; i < 2; i++) later(f, WEIR_KV_SET, "full", "", WEIR_KV_MEMORY);
    lost = later(f, WEIR_KV_SET, "c", "4", WEIR_KV_DISK);
    OK(weir_kv_watch_next(w, 0, &e));
    later(f, WEIR_KV_SET, "behind the loss", "", WEIR_KV_MEMORY);
    OK(weir_kv_watch_next(w, 0, &e));
    ANSWERS(weir_kv_watch_next(w, weir_now_ns() + 1000, &e), WEIR_KV_TIMEOUT);
    reach(f->log, WEIR_KV_DISK, lost);
    OK(weir_kv_watch_next(w, 0, &e));
    assert_int_equal(e.change, WEIR_KV_LOST);
    assert_int_equal(e.lost, 1);
    OK(weir_kv_watch_next(w, 0, &e));
    assert_memory_equal(e.key.at, "behind", 6);
    weir_kv_watch_close(w);
}

static void *create_t(void *arg) {
    weir_kv_tenant *t;
    return (void *)(uintptr_t)weir_kv_tenant_create(((fixture *)arg)->kv, text("t"), NULL, &t);
}

static void *drop_t(void *arg) { return (void *)(uintptr_t)weir_kv_tenant_drop(((fixture *)arg)->kv, text("t")); }

static void *set_in_t(void *t) { return (void *)(uintptr_t)weir_kv_set(t, text("k"), text("2")); }

static void tenants_wait_for_the_log(void **state) {
    fixture *f = *state;
    weir_kv_tenant *t;
    void *answer;
    pthread_t thread = weir_test_thread(create_t, f);
    while (weir_a32_load(&f->log->waits) == 0) usleep(100);
    pthread_t second = weir_test_thread(create_t, f); /* PRESENT, once that cannot be undone */
    while (weir_a32_load(&f->log->waits) == 1) usleep(100);
    reach(f->log, WEIR_KV_DISK, given(&f->log->base));
    pthread_join(thread, &answer);
    ANSWERS((uintptr_t)answer, WEIR_KV_OK);
    pthread_join(second, &answer);
    ANSWERS((uintptr_t)answer, WEIR_KV_PRESENT);
    OK(weir_kv_tenant_open(f->kv, text("t"), &t));
    weir_kv_op op = {.verb = WEIR_KV_SET, .key = text("k"), .value = text("1")};
    OK(weir_kv_apply(t, &op, &(weir_kv_write){.level = WEIR_KV_MEMORY}, NULL));
    thread = weir_test_thread(drop_t, f);
    while (weir_a32_load(&f->log->waits) == 0) usleep(100);
    second = weir_test_thread(set_in_t, t);
    while (weir_a32_load(&f->log->waits) == 1) usleep(100);
    assert_string_equal(seen_at(t, "k"), "1"); /* readers see it until the log has the drop */
    reach(f->log, WEIR_KV_DISK, given(&f->log->base));
    pthread_join(thread, &answer);
    OK((uintptr_t)answer);
    pthread_join(second, &answer);
    ANSWERS((uintptr_t)answer, WEIR_KV_DROPPED);
    ANSWERS(weir_kv_exists(t, text("k")), WEIR_KV_DROPPED);
    weir_kv_tenant_close(t);
    assert_string_equal(f->log->said, "created t=1 +k=1 dropped= ");
}

/* -- recovery and compaction --------------------------------------------------------------------------------------- */

static weir_kv_status told_created(void *arg, uint64_t id, weir_kv_bytes name, const weir_kv_quota *quota) {
    char to[64];
    snprintf(to, sizeof to, "%d/%d", (int)id, (int)quota->keys);
    note(arg, "created ", name, text(to));
    return WEIR_KV_OK;
}
static weir_kv_status told_limited(void *arg, uint64_t id, const weir_kv_quota *quota) {
    char to[64];
    snprintf(to, sizeof to, "%d/%d", (int)id, (int)quota->keys);
    note(arg, "limited", text(""), text(to));
    return WEIR_KV_OK;
}
static weir_kv_status told_dropped(void *arg, uint64_t id) {
    (void)id;
    note(arg, "dropped", text(""), text(""));
    return WEIR_KV_OK;
}
static weir_kv_status told_changed(void *arg, uint64_t id, const weir_kv_op *op, size_t n) {
    char to[16];
    snprintf(to, sizeof to, "%d:", (int)id);
    for (size_t i = 0; i < n; i++) note(arg, to, op[i].key, op[i].value);
    return WEIR_KV_OK;
}
static void told_begun(void *arg) { note(arg, "begun", text(""), text("")); }

static void recovery_and_walk(void **state) {
    (void)state;
    weir_kv_options o = {
        .variant = WEIR_STRING(WEIR_KV), .value_max = 100, .retired_max = 1 << 20, .full_after_ns = 1000};
    weir_resident *s;
    OK(weir_resident_new(&o, &store_ops, &s, NULL));
    weir_log_events e = weir_resident_events(s);
    weir_kv_quota one = {.keys = 1}, none = {0};
    weir_kv_op op[] = {{.verb = WEIR_KV_SET, .key = text("a"), .value = text("1")},
                       {.verb = WEIR_KV_SET, .key = text("b"), .value = text("2")},
                       {.verb = WEIR_KV_DEL, .key = text("a")},
                       {.verb = WEIR_KV_DEL, .key = text("a")}};
    OK(e.limited(e.arg, 0, &one));
    OK(e.created(e.arg, 5, text("five"), &none));
    OK(e.created(e.arg, 7, text("seven"), &one));
    ANSWERS(e.created(e.arg, 5, text("other"), &none), WEIR_KV_CORRUPT);
    ANSWERS(e.created(e.arg, 6, text("five"), &none), WEIR_KV_CORRUPT);
    ANSWERS(e.created(e.arg, UINT64_MAX, text("last"), &none), WEIR_KV_CORRUPT); /* the next one would be the root */
    OK(e.changed(e.arg, 5, op, 4));
    OK(e.changed(e.arg, 0, op, 2)); /* beyond its quota: it was written so */
    ANSWERS(e.changed(e.arg, 6, op, 1), WEIR_KV_CORRUPT);
    ANSWERS(e.limited(e.arg, 6, &one), WEIR_KV_CORRUPT);
    OK(e.dropped(e.arg, 7));
    ANSWERS(e.dropped(e.arg, 7), WEIR_KV_CORRUPT);
    ANSWERS(e.dropped(e.arg, 0), WEIR_KV_CORRUPT);
    OK(e.created(e.arg, 9, text("seven"), &one));
    OK(weir_kv_close((weir_kv *)s));
}

static void a_walk_tells_what_there_is(void **state) {
    fixture *f = *state;
    fake_log *told = calloc(1, sizeof *told);
    weir_log_events to = {told, told_created, told_limited, told_dropped, told_changed};
    weir_kv_tenant *t;
    reach(f->log, WEIR_KV_DISK, 1000000);
    OK(weir_kv_tenant_create(f->kv, text("t"), &(weir_kv_quota){.keys = 3}, &t));
    OK(weir_kv_set(t, text("b"), text("2")));
    OK(weir_kv_set(t, text("a"), text("1")));
    OK(weir_kv_set(f->t, text("r"), text("3")));
    OK(weir_kv_del(t, text("b")));
    OK(weir_resident_walk(f->kv, &to, told_begun));
    assert_string_equal(told->said, "begun= limited=0/0 created t=1/3 0:r=3 1:a=1 ");
    weir_kv_tenant_close(t);
    free(told);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_write_is_seen_at_its_mark),
        TEST(a_deletion_is_seen_at_its_mark),
        TEST(a_weaker_write_is_promoted),
        TEST(an_answer_waits_for_what_it_saw),
        TEST(what_is_safe_settles),
        TEST(the_wait_of_a_position),
        TEST(a_log_that_refuses_changes_nothing),
        TEST(a_log_that_ends),
        TEST(a_batch_is_seen_at_its_mark),
        TEST(a_batch_whose_log_ends),
        TEST(a_snapshot_sees_a_batch_of_a_dropped_tenant),
        TEST(a_snapshot_shows_what_no_crash_undoes),
        TEST(an_event_comes_at_its_mark),
        TEST(tenants_wait_for_the_log),
        cmocka_unit_test(recovery_and_walk),
        TEST(a_walk_tells_what_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
