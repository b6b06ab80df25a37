/* Debug builds assert that nobody writes or blocks inside a read section, nor borrows outside of one: each misuse ends
 * a child. */
#include "prims/test_p.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kv/kv.h"

#define KEY WEIR_KV_TEXT("key")

static weir_kv *kv;
static weir_kv_tenant *t;
static weir_kv_snapshot *snapshot;
static weir_kv_watch *watch;

static bool each_pair(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    (void)arg, (void)key, (void)value;
    return true;
}

static bool each_name(void *arg, weir_kv_bytes name) { return each_pair(arg, name, name); }

/* -- inside a section ---------------------------------------------------------------------------------------------- */

static void set(void) { weir_kv_set(t, KEY, KEY); }
static void del(void) { weir_kv_del(t, KEY); }
static void snx(void) { weir_kv_snx(t, KEY, KEY); }
static void cas(void) { weir_kv_cas(t, KEY, KEY, KEY); }
static void batch(void) { weir_kv_batch(t, NULL, 0, NULL, NULL, NULL); }
static void wait_for(void) { weir_kv_wait(kv, 0, WEIR_KV_MEMORY, 0); }
static void sync_all(void) { weir_kv_sync(kv, WEIR_KV_MEMORY); }
static void compact(void) { weir_kv_compact(kv); }
static void iterate(void) { weir_kv_iterate(t, KEY, 0, 0, each_pair, NULL); }
static void create(void) { weir_kv_tenant_create(kv, KEY, NULL, &t); }
static void open_tenant(void) { weir_kv_tenant_open(kv, KEY, &t); }
static void drop(void) { weir_kv_tenant_drop(kv, KEY); }
static void names(void) { weir_kv_tenants(kv, each_name, NULL); }
static void limit(void) { weir_kv_tenant_limit(t, NULL); }
static void usage(void) {
    weir_kv_usage u;
    weir_kv_tenant_usage(t, &u);
}
static void open_snapshot(void) { weir_kv_snapshot_open(t, &snapshot); }
static void close_snapshot(void) { weir_kv_snapshot_close(snapshot); }
static void open_watch(void) { weir_kv_watch_open(t, KEY, 1, &watch); }
static void close_watch(void) { weir_kv_watch_close(watch); }
static void next_event(void) {
    weir_kv_event e;
    weir_kv_watch_next(watch, 0, &e);
}
static void close_store(void) { weir_kv_close(kv); }

/* -- outside of one ------------------------------------------------------------------------------------------------ */

static void get(void) {
    weir_kv_bytes value;
    weir_kv_get(t, KEY, &value);
}
static void multiget(void) {
    weir_kv_bytes key = KEY, value;
    size_t n;
    weir_kv_multiget(t, 1, &key, &value, &n);
}
static void scan(void) {
    weir_kv_pair pair;
    size_t n;
    weir_kv_scan(t, &(weir_kv_range){.prefix = KEY}, &pair, 1, &n);
}

typedef struct misuse {
    const char *name;
    void (*call)(void);
    bool inside;
} misuse;

static const misuse all[] = {
    {"set", set, true},
    {"del", del, true},
    {"snx", snx, true},
    {"cas", cas, true},
    {"batch", batch, true},
    {"wait", wait_for, true},
    {"sync", sync_all, true},
    {"compact", compact, true},
    {"iterate", iterate, true},
    {"tenant_create", create, true},
    {"tenant_open", open_tenant, true},
    {"tenant_drop", drop, true},
    {"tenants", names, true},
    {"tenant_limit", limit, true},
    {"tenant_usage", usage, true},
    {"snapshot_open", open_snapshot, true},
    {"snapshot_close", close_snapshot, true},
    {"watch_open", open_watch, true},
    {"watch_close", close_watch, true},
    {"watch_next", next_event, true},
    {"close", close_store, true},
    {"get", get, false},
    {"multiget", multiget, false},
    {"scan", scan, false},
};

/* The signal that ended a child which did this; 0: none. */
static int ends_by(const misuse *m) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr)) _exit(1);
        signal(SIGABRT, SIG_DFL);
        alarm(60);
        if (m->inside) weir_kv_read_begin(kv);
        m->call();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void misuse_is_asserted(void **state) {
    (void)state;
#ifdef NDEBUG
    skip();
#endif
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (ends_by(&all[i]) != SIGABRT) fail_msg("%s is not asserted", all[i].name);
}

static int set_up(void **state) {
    weir_kv_options o = {.store = "memory", .variant = "lock"}; /* has snapshots */
    (void)state;
    if (weir_kv_open(&o, &kv, NULL) != WEIR_KV_OK) return 1;
    t = weir_kv_root(kv);
    weir_kv_snapshot_open(t, &snapshot);
    return weir_kv_watch_open(t, KEY, 1, &watch) != WEIR_KV_OK;
}

static int tear_down(void **state) {
    (void)state;
    weir_kv_snapshot_close(snapshot);
    weir_kv_watch_close(watch);
    return weir_kv_close(kv) != WEIR_KV_OK;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(misuse_is_asserted, set_up, tear_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
