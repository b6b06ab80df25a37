/* Behind a log: when a write is seen, what its answer waits for, what is undone. Once a variant. */
#include "kv/log_test_p.h"

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
