/* Batches, and what a snapshot shows of them; on every store, once a variant. */
#include "kv/kv_test_p.h"

/* -- batches ------------------------------------------------------------------------------------------------------- */

static void a_batch_is_all(void **state) {
    weir_kv_tenant *t = weir_kv_root(*state);
    weir_kv_op op[] = {OP(SET, "a", "1"),
                       OP(SNX, "b", "2"),
                       OP(DEL, "c", ""),
                       OP(SET, "a", "3"),
                       {.verb = WEIR_KV_CAS, .key = text("b"), .value = text("4"), .expected = text("2")},
                       OP(SET, "d", "5"),
                       OP(DEL, "d", "")};
    seen all = {0};
    size_t failed = 7;
    OK(weir_kv_set(t, text("c"), text("gone")));
    OK(weir_kv_set(t, text("z"), text("stays")));
    OK(BATCH(op, &failed));
    for (size_t i = 0; i < sizeof op / sizeof *op; i++) OK(op[i].status);
    OK(weir_kv_iterate(t, text(""), 0, 0, see, &all));
    assert_string_equal(all.text, "a=3 b=4 z=stays ");
    assert_usage(t, 3, 3 + 1 + 1 + 5);
    OK(weir_kv_batch(t, NULL, 0, NULL, NULL, NULL));
}

static void a_batch_is_nothing(void **state) {
    weir_kv_tenant *t = weir_kv_root(*state);
    weir_kv_op refused[] = {OP(SET, "a", "1"), OP(SET, "new", "2"), OP(DEL, "b", ""), OP(DEL, "b", ""),
                            OP(SET, "c", "3")};
    weir_kv_op bad[] = {OP(SET, "a", "1"), {.verb = (weir_kv_verb)9, .key = text("a")}};
    seen all = {0};
    size_t failed = 7;
    OK(weir_kv_set(t, text("a"), text("old")));
    OK(weir_kv_set(t, text("b"), text("old")));
    ANSWERS(BATCH(refused, &failed), WEIR_KV_NO);
    assert_int_equal(failed, 3);
    ANSWERS(refused[3].status, WEIR_KV_NO);
    ANSWERS(BATCH(bad, &failed), WEIR_KV_BAD);
    assert_int_equal(failed, 1);
    OK(weir_kv_iterate(t, text(""), 0, 0, see, &all));
    assert_string_equal(all.text, "a=old b=old ");
    assert_usage(t, 2, 8);
    OK(weir_kv_snx(t, text("new"), text("3")));
    assert_value(t, "new", "3");
}

static void a_batch_counts_as_a_whole(void **state) {
    weir_kv_tenant *t = weir_kv_root(*state);
    weir_kv_op exchange[] = {OP(SET, "c", "3"), OP(DEL, "a", "")},
               grow[] = {OP(SET, "d", ""), OP(DEL, "b", ""), OP(SET, "e", ""), OP(SET, "f", "")};
    size_t failed = 7;
    OK(weir_kv_set(t, text("a"), text("1")));
    OK(weir_kv_set(t, text("b"), text("2")));
    OK(weir_kv_tenant_limit(t, &(weir_kv_quota){.keys = 2}));
    OK(BATCH(exchange, &failed));
    assert_usage(t, 2, 4);
    ANSWERS(BATCH(grow, &failed), WEIR_KV_QUOTA);
    assert_int_equal(failed, 0); /* the first beyond it */
    assert_usage(t, 2, 4);
}

/* -- snapshots ----------------------------------------------------------------------------------------------------- */

static void snapshot_text(weir_kv_snapshot *s, const char *prefix, char *to) {
    weir_kv_range range = {.prefix = text(prefix)};
    weir_kv_pair pair[3];
    seen all = {0};
    size_t got;
    weir_kv_bytes after;
    do {
        OK(weir_kv_snapshot_scan(s, &range, pair, 3, &got));
        for (size_t i = 0; i < got; i++) see(&all, pair[i].key, pair[i].value);
        if (got) after = pair[got - 1].key, range.after = &after; /* valid as long as the snapshot is open */
    } while (got == 3);
    strcpy(to, all.text);
}

static void a_snapshot_shows_one_moment(void **state) {
    weir_kv *kv = *state;
    weir_kv_tenant *t;
    weir_kv_snapshot *s, *later;
    weir_kv_op op[] = {OP(SET, "a", "batch"), OP(SET, "new", "batch"), OP(DEL, "b", "")};
    weir_kv_bytes value = {NULL, 7};
    char shown[4096];
    OK(weir_kv_tenant_create(kv, text("t"), NULL, &t));
    fill(t);
    if (weir_kv_snapshot_open(t, &s) == WEIR_KV_NOTSUP) {
        assert_string_equal(weir_kv_variant(kv), "hash");
        weir_kv_tenant_close(t);
        return;
    }
    OK(BATCH(op, NULL));
    OK(weir_kv_set(t, text("user:1"), text("changed")));
    OK(weir_kv_del(t, text("v")));
    OK(weir_kv_snapshot_open(t, &later));
    OK(weir_kv_set(t, text("user:1"), text("again")));
    OK(weir_kv_tenant_drop(kv, text("t"))); /* snapshots see it until they end */
    snapshot_text(s, "", shown);
    assert_string_equal(shown, "a=a b=b user:=: user:1=1 user:12=2 user:123=3 user:2=2 v=v ");
    snapshot_text(later, "", shown);
    assert_string_equal(shown, "a=batch new=batch user:=: user:1=changed user:12=2 user:123=3 user:2=2 ");
    snapshot_text(s, "user:12", shown);
    assert_string_equal(shown, "user:12=2 user:123=3 ");
    OK(weir_kv_snapshot_get(s, text("v"), &value));
    assert_memory_equal(value.at, "v", 1);
    ANSWERS(weir_kv_snapshot_get(later, text("v"), &value), WEIR_KV_NO);
    weir_kv_tenant_close(t);
    weir_kv_snapshot_close(s);
    OK(weir_kv_snapshot_get(later, text("a"), &value));
    assert_memory_equal(value.at, "batch", 5);
    weir_kv_snapshot_close(later);
    weir_kv_snapshot_close(NULL);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_batch_is_all),
        TEST(a_batch_is_nothing),
        TEST(a_batch_counts_as_a_whole),
        TEST(a_snapshot_shows_one_moment),
    };
    return weir_test_every_store(tests);
}
