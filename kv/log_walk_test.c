/* Recovery from a log, and the walk that compacts one. Once a variant. */
#include "kv/log_test_p.h"

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
        cmocka_unit_test(recovery_and_walk),
        TEST(a_walk_tells_what_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
