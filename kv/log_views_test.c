/* Behind a log: what snapshots and watches show, and what tenants wait for. Once a variant. */
#include "kv/log_test_p.h"

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

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_snapshot_sees_a_batch_of_a_dropped_tenant),
        TEST(a_snapshot_shows_what_no_crash_undoes),
        TEST(an_event_comes_at_its_mark),
        TEST(tenants_wait_for_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
