/* The nth allocation fails, for every n, through the whole of kv.h: the answer is NOMEM, nothing is half applied,
 * nothing leaks, and the next try is as if it had not been. Once a variant. */
#include "prims/nomem_test_p.h"

#include <stdio.h>

#include "kv/kv.h"
#include "prims/variant.h"

static weir_kv_bytes text(const char *s) { return weir_kv_bytes_of(s, strlen(s)); }

/* -- what is tried ------------------------------------------------------------------------------------------------- */

typedef struct world {
    weir_kv *kv;
    weir_kv_tenant *t;
    weir_kv_snapshot *s; /* NULL: none */
} world;

typedef weir_kv_status act(world *w);

static weir_kv_status act_open(world *w) {
    weir_kv_options o = {.variant = WEIR_STRING(WEIR_KV), .store = "memory"};
    weir_kv_error error = {0};
    weir_kv *kv;
    (void)w;
    weir_kv_status st = weir_kv_open(&o, &kv, &error);
    if (st == WEIR_KV_OK) weir_kv_close(kv);
    else assert_true(error.status == WEIR_KV_NOMEM && error.text[0]);
    return st;
}

static weir_kv_status act_set(world *w) { return weir_kv_set(w->t, text("new"), text("value")); }
static weir_kv_status act_replace(world *w) { return weir_kv_set(w->t, text("k33"), text("value")); }
static weir_kv_status act_snx(world *w) { return weir_kv_snx(w->t, text("k"), text("")); }
static weir_kv_status act_cas(world *w) { return weir_kv_cas(w->t, text("k07"), text("k07"), text("value")); }
static weir_kv_status act_del(world *w) { return weir_kv_del(w->t, text("k12")); }

static weir_kv_status act_batch(world *w) {
    weir_kv_op op[] = {{.verb = WEIR_KV_SET, .key = text("k01"), .value = text("batch")},
                       {.verb = WEIR_KV_DEL, .key = text("k02")},
                       {.verb = WEIR_KV_SNX, .key = text("k3 new"), .value = text("batch")},
                       {.verb = WEIR_KV_SET, .key = text("new"), .value = text("batch")},
                       {.verb = WEIR_KV_SET, .key = text("k3 new"), .value = text("again")},
                       {.verb = WEIR_KV_SET, .key = text("another new"), .value = text("batch")},
                       {.verb = WEIR_KV_DEL, .key = text("new")}};
    return weir_kv_batch(w->t, op, 7, NULL, NULL, NULL);
}

/* Refused when it has been put there, and has to be undone without memory. */
static weir_kv_status act_refused_batch(world *w) {
    weir_kv_op op[] = {{.verb = WEIR_KV_SET, .key = text("k01"), .value = text("batch")},
                       {.verb = WEIR_KV_SET, .key = text("k3 new"), .value = text("batch")},
                       {.verb = WEIR_KV_DEL, .key = text("k02")},
                       {.verb = WEIR_KV_DEL, .key = text("k02")}};
    return weir_kv_batch(w->t, op, 4, NULL, NULL, NULL);
}

static weir_kv_status act_create(world *w) {
    weir_kv_tenant *t;
    weir_kv_status st = weir_kv_tenant_create(w->kv, text("made"), NULL, &t);
    if (st == WEIR_KV_OK) weir_kv_tenant_close(t);
    return st;
}

static weir_kv_status act_drop(world *w) { return weir_kv_tenant_drop(w->kv, text("dropped")); }

static weir_kv_status act_snapshot(world *w) {
    weir_kv_snapshot *s;
    weir_kv_status st = weir_kv_snapshot_open(w->t, &s);
    if (st == WEIR_KV_OK) weir_kv_snapshot_close(s);
    return st == WEIR_KV_NOTSUP ? WEIR_KV_OK : st;
}

static weir_kv_status act_watch(world *w) {
    weir_kv_watch *watch;
    weir_kv_status st = weir_kv_watch_open(w->t, text("k"), 100, &watch);
    if (st == WEIR_KV_OK) weir_kv_watch_close(watch);
    return st;
}

static bool count_one(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    (void)key, (void)value;
    ++*(unsigned *)arg;
    return true;
}

static weir_kv_status act_iterate(world *w) {
    unsigned n = 0;
    weir_kv_status st = weir_kv_iterate(w->t, text("k"), 0, 0, count_one, &n);
    assert_true(st != WEIR_KV_OK || n == 40);
    return st;
}

/* -- what was there ------------------------------------------------------------------------------------------------ */

typedef struct image {
    char text[4096];
    weir_kv_usage usage;
} image;

static bool draw(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    char *to = arg;
    size_t at = strlen(to);
    snprintf(to + at, 4096 - at, "%.*s=%.*s ", (int)key.size, (const char *)key.at, (int)value.size,
             (const char *)value.at);
    return true;
}

static bool draw_name(void *arg, weir_kv_bytes name) { return draw(arg, name, text("")); }

static void draw_all(world *w, image *to) {
    to->text[0] = '\0';
    assert_int_equal(weir_kv_tenants(w->kv, draw_name, to->text), WEIR_KV_OK);
    assert_int_equal(weir_kv_iterate(w->t, text(""), 0, 0, draw, to->text), WEIR_KV_OK);
    assert_int_equal(weir_kv_tenant_usage(w->t, &to->usage), WEIR_KV_OK);
}

static void make_world(world *w, bool frozen) {
    weir_kv_options o = {.variant = WEIR_STRING(WEIR_KV), .store = "memory"};
    weir_kv_tenant *t;
    *w = (world){0};
    assert_int_equal(weir_kv_open(&o, &w->kv, NULL), WEIR_KV_OK);
    w->t = weir_kv_root(w->kv);
    assert_int_equal(weir_kv_tenant_create(w->kv, text("dropped"), NULL, &t), WEIR_KV_OK);
    weir_kv_tenant_close(t);
    for (int i = 0; i < 40; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%02d", i);
        assert_int_equal(weir_kv_set(w->t, text(key), text(key)), WEIR_KV_OK);
    }
    if (frozen && weir_kv_snapshot_open(w->t, &w->s) != WEIR_KV_OK) w->s = NULL;
}

/* Until it is through: how often it failed. */
static unsigned try_all(act *what, nomem_how how, bool frozen, weir_kv_status answer) {
    for (unsigned n = 0;; n++) {
        world w;
        image before, after;
        make_world(&w, frozen);
        draw_all(&w, &before);
        nomem_begin(n, how, NOMEM_MINE);
        weir_kv_status st = what(&w);
        bool failed = nomem_end();
        if (st == WEIR_KV_NOMEM || st == WEIR_KV_NO) {
            draw_all(&w, &after);
            assert_string_equal(after.text, before.text);
            assert_int_equal(after.usage.keys, before.usage.keys);
            assert_int_equal(after.usage.bytes, before.usage.bytes);
            assert_int_equal(what(&w), answer); /* as if it had not been */
        } else assert_int_equal(st, answer);
        weir_kv_snapshot_close(w.s);
        assert_int_equal(weir_kv_close(w.kv), WEIR_KV_OK); /* what leaks, LeakSanitizer tells */
        if (!failed) return n;
    }
}

static void every_allocation(void **state) {
    static const struct {
        const char *name;
        act *what;
        unsigned least; /* allocations that it must have had */
        weir_kv_status answer;
    } all[] = {
        {"open", act_open, 4, WEIR_KV_OK},       {"set", act_set, 1, WEIR_KV_OK},
        {"replace", act_replace, 1, WEIR_KV_OK}, {"snx", act_snx, 1, WEIR_KV_OK},
        {"cas", act_cas, 1, WEIR_KV_OK},         {"del", act_del, 0, WEIR_KV_OK},
        {"batch", act_batch, 9, WEIR_KV_OK},     {"refused", act_refused_batch, 6, WEIR_KV_NO},
        {"create", act_create, 1, WEIR_KV_OK},   {"drop", act_drop, 0, WEIR_KV_OK},
        {"watch", act_watch, 1, WEIR_KV_OK},     {"snapshot", act_snapshot, 0, WEIR_KV_OK},
        {"iterate", act_iterate, 0, WEIR_KV_OK},
    };
    (void)state;
    for (int how = NOMEM_ONCE; how <= NOMEM_FOR_EVER; how++)
        for (int frozen = 0; frozen < 2; frozen++)
            for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
                unsigned n = try_all(all[i].what, (nomem_how)how, frozen, all[i].answer);
                if (n < all[i].least) fail_msg("%s has only %u allocations", all[i].name, n);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
