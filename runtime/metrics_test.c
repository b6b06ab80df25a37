/* Metrics: counts are exact, gauges are what there is, the text is what Prometheus reads, what is slow is kept. */
#include "prims/test_p.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "prims/platform.h"
#include "runtime/prometheus_test_p.h"
#include "runtime/runtime_p.h"
#include "runtime/weir.h"

static void ignore_line(void *arg, const char *line, size_t bytes) { (void)arg, (void)line, (void)bytes; }

static weir_runtime *open_runtime(weir_runtime_options o) {
    weir_runtime *r = NULL;
    weir_error error = {{0}};
    o.log = o.error = ignore_line;
    if (!weir_runtime_open(&o, &r, &error)) fail_msg("%s", error.text);
    return r;
}

static void run(weir_session *s, const char *text) { assert_true(weir_eval(s, text, strlen(text), NULL, NULL, NULL)); }

static void settle(weir_runtime *r) { assert_true(weir_runtime_quiet(r, WEIR_FOREVER)); }

/* -- read as Prometheus does ---------------------------------------------------------------------------------------- */

static void scrape(weir_runtime *r, prom *p) {
    size_t bytes;
    char *text = weir_metrics_text(r, &bytes);
    assert_non_null(text);
    assert_int_equal(strlen(text), bytes);
    if (!prom_read(p, text, bytes)) fail_msg("%s of:\n%s", p->error, text);
    free(text);
}

/* The value of a metric with at most two labels; fails when it is not there. */
static uint64_t value(weir_runtime *r, const char *name, const char *label, const char *of, const char *label2,
                      const char *of2) {
    prom p;
    scrape(r, &p);
    const prom_sample *s = prom_find(&p, name, label, of, label2, of2, NULL);
    if (!s) fail_msg("no %s %s=%s", name, label ? label : "", label ? of : "");
    uint64_t v = (uint64_t)s->value;
    prom_free(&p);
    return v;
}

static uint64_t plain(weir_runtime *r, const char *name) { return value(r, name, NULL, NULL, NULL, NULL); }
static uint64_t labelled(weir_runtime *r, const char *name, const char *label, const char *of) {
    return value(r, name, label, of, NULL, NULL);
}

static void the_reader_is_strict(void **state) {
    (void)state;
#define H "# HELP h x\n# TYPE h histogram\n"
#define C "# HELP c_total x\n# TYPE c_total counter\n"
    static const char *const bad_texts[] = {
        "",
        "c_total 1\n",
        C,
        C "c_total 1",
        C "c_total\n",
        C "c_total x\n",
        C "c_total -1\n",
        C "d_total 1\n",
        C "c_total 1\n\n",
        C "c_total 1 \n",
        C "c_total 1\nc_total 1\n",
        C "c_total 1\n" C "c_total 1\n",
        "# TYPE c_total counter\nc_total 1\n",
        "# HELP c x\n# TYPE c counter\nc 1\n",
        "# HELP c x\n# TYPE c summary\nc 1\n",
        C "c_total{} 1\n",
        C "c_total{a=\"1} 1\n",
        C "c_total{a=\"1\",a=\"2\"} 1\n",
        C "c_total{a=\"\\x\"} 1\n",
        C "c_total{a=\"\xff\"} 1\n",
        C "c_total{a=\"\xed\xa0\x80\"} 1\n",
        C "c_total{1a=\"\"} 1\n",
        C "c_total{a:b=\"\"} 1\n",
        C "c_total{a=\"1\";b=\"2\"} 1\n",
        H "h 1\n",
        H "h_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n",
        H "h_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2\n",
        H "h_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
        H "h_bucket{le=\"+Inf\"} 1\nh_count 1\n",
        H "h_bucket{le=\"2\"} 1\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
        H "h_bucket 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
    };
    prom p;
    for (size_t i = 0; i < sizeof bad_texts / sizeof *bad_texts; i++) {
        if (prom_read(&p, bad_texts[i], strlen(bad_texts[i]))) fail_msg("took: %s", bad_texts[i]);
        prom_free(&p);
    }
    static const char good[] = C "c_total{a=\"\\\\\\\"\\n\xc3\xa4\",b=\"\"} 1\nc_total 2\n" H
                                 "h_bucket{a=\"1\",le=\"0.5\"} 1\nh_bucket{a=\"1\",le=\"+Inf\"} 2\nh_sum{a=\"1\"} "
                                 "1.5\nh_count{a=\"1\"} 2\n";
    assert_true(prom_read(&p, good, sizeof good - 1));
    assert_non_null(prom_find(&p, "c_total", "b", "", "a", "\\\"\n\xc3\xa4", NULL));
    prom_free(&p);
}

/* -- counts ---------------------------------------------------------------------------------------------------------- */

static void counts_are_exact(void **state) {
    weir_runtime *r = open_runtime((weir_runtime_options){.workers = 2});
    weir_session *a = weir_session_open(r, NULL, NULL), *b = weir_session_open(r, NULL, NULL);
    (void)state;
    for (int i = 0; i < 500; i++)
        run(i % 2 ? a : b, "(core/kv/set k 1) (core/kv/get k) (core/kv/get gone) (core/kv/set)");
    run(a, "(core/kv/iterate k 0 9 {(core/kv/get k)})");
    weir_session_close(b); /* what it has counted stays */
    assert_int_equal(labelled(r, "weir_commands_total", "command", "core/kv/set"), 500);
    assert_int_equal(labelled(r, "weir_command_errors_total", "command", "core/kv/set"), 0);
    assert_int_equal(labelled(r, "weir_commands_total", "command", "core/kv/get"), 1001);
    assert_int_equal(labelled(r, "weir_command_errors_total", "command", "core/kv/get"), 500);
    assert_int_equal(labelled(r, "weir_commands_total", "command", "core/kv/del"), 0);
    assert_int_equal(labelled(r, "weir_store_operations_total", "op", "set"), 500);
    assert_int_equal(labelled(r, "weir_store_operations_total", "op", "get"), 1001);
    assert_int_equal(labelled(r, "weir_store_operations_total", "op", "scan"), 1);
    assert_int_equal(plain(r, "weir_sessions"), 1);
    assert_int_equal(plain(r, "weir_sessions_total"), 2);
    assert_true(plain(r, "weir_store_bytes") > 0);
    weir_session_close(a);
    weir_runtime_close(r, NULL);
}

typedef struct gate {
    weir_a32 entered, open;
} gate;

static void stop(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    gate *g = arg;
    (void)channel, (void)topic, (void)v;
    weir_a32_add(&g->entered, 1);
    while (!weir_a32_load_acquire(&g->open)) weir_yield();
}

static void events(void **state) {
    weir_runtime *r = open_runtime((weir_runtime_options){.workers = 2, .sample = 1});
    weir_session *s = weir_session_open(r, NULL, NULL);
    gate g = {{0}, {0}};
    (void)state;
    assert_int_equal(weir_subscribe(s, 1, 7, stop, &g), WEIR_DONE);
    run(s, "(core/event/sub $CHANNEL_B 7 {(core/kv/get gone)})");
    for (int i = 0; i < 20; i++) run(s, "(core/event/pub $CHANNEL_B 7 1) (core/event/pub $CHANNEL_B 8 1)");
    while (weir_a32_load(&g.entered) == 0) weir_yield();
    assert_int_equal(plain(r, "weir_subscriptions"), 2);
    assert_true(plain(r, "weir_queued_events") >= 19); /* of the handler that is stopped */
    weir_a32_store_release(&g.open, 1);
    settle(r);
    assert_int_equal(plain(r, "weir_queued_events"), 0);
    assert_int_equal(plain(r, "weir_runs_total"), 40);
    assert_int_equal(plain(r, "weir_run_errors_total"), 20);
    assert_int_equal(labelled(r, "weir_events_total", "channel", "B"), 20); /* nobody listens on topic 8 */
    assert_int_equal(labelled(r, "weir_events_total", "channel", "A"), 0);
    assert_int_equal(labelled(r, "weir_deliveries_total", "channel", "B"), 40);
    assert_int_equal(value(r, "weir_topic_events_total", "channel", "B", "topic", "7"), 20);
    assert_int_equal(value(r, "weir_topic_deliveries_total", "channel", "B", "topic", "7"), 40);
    assert_int_equal(labelled(r, "weir_event_wait_seconds_count", "channel", "B"), 40);
    assert_int_equal(labelled(r, "weir_handler_seconds_count", "channel", "B"), 40);
    assert_int_equal(value(r, "weir_topic_wait_seconds_count", "channel", "B", "topic", "7"), 40);
    run(s, "(core/event/unsub $CHANNEL_B 7)");
    settle(r);
    assert_int_equal(plain(r, "weir_subscriptions"), 0);
    weir_session_close(s);
    weir_runtime_close(r, NULL);
}

static void dropped_and_parked(void **state) {
    weir_runtime *r = open_runtime((weir_runtime_options){.workers = 2});
    weir_session *s = weir_session_open(r, NULL, NULL);
    gate g = {{0}, {0}};
    (void)state;
    assert_int_equal(weir_subscribe(s, 0, 1, stop, &g), WEIR_DONE);
    run(s, "(core/event/pub $CHANNEL_A 1 1)");
    while (weir_a32_load(&g.entered) == 0) weir_yield();
    run(s, "(core/event/pub $CHANNEL_A 1 2) (core/event/pub $CHANNEL_A 1 3) (core/event/unsub $CHANNEL_A 1)");
    weir_a32_store_release(&g.open, 1); /* who drops them is the run that is under way */
    settle(r);
    assert_int_equal(plain(r, "weir_dropped_total"), 2);
    assert_int_equal(plain(r, "weir_queued_events"), 0);
    run(s, "(core/event/sub $CHANNEL_A 2 {(core/expr/await [] $CHANNEL_A 3 60000)}) (core/event/pub $CHANNEL_A 2 1)");
    while (plain(r, "weir_parked_awaits") != 1) weir_yield();
    run(s, "(core/event/pub $CHANNEL_A 3 1) (core/expr/await [] $CHANNEL_A 4 1)");
    settle(r);
    assert_int_equal(plain(r, "weir_parked_awaits"), 0);
    assert_int_equal(plain(r, "weir_await_timeouts_total"), 1);
    weir_session_close(s);
    assert_int_equal(plain(r, "weir_arena_bytes"), 0);
    weir_runtime_close(r, NULL);
}

/* -- tasks, and waits from C ----------------------------------------------------------------------------------------- */

/* How each came about and how it ended; what is there now. */
static void tasks_are_counted(void **state) {
    char dir[] = "/tmp/weir-metrics-XXXXXX", line[64];
    (void)state;
    assert_non_null(mkdtemp(dir));
    weir_runtime *r = open_runtime((weir_runtime_options){.workers = 2, .path = dir, .level = "os"});
    weir_session *s = weir_session_open(r, NULL, NULL);
    run(s, "(core/task/start a {1 (core/task/start inner {3}) 2}) (core/task/start b {(core/kv/get gone)})");
    assert_true(weir_task_wait(r, WEIR_FOREVER));
    run(s, "(core/task/start c {(core/expr/await [] $CHANNEL_A 1 600000)})"
           "(core/task/start d {(core/expr/await [] $CHANNEL_A 1 600000)})"
           "(core/task/start e {(core/expr/await [] $CHANNEL_A 1 600000)})");
    while (plain(r, "weir_parked_awaits") != 3) weir_yield();
    run(s, "(core/task/cancel c) (core/task/pause d) (core/task/pause d) (core/task/resume d)");
    while (plain(r, "weir_tasks_cancelled_total") != 1) weir_yield();
    assert_int_equal(plain(r, "weir_tasks_started_total"), 6);
    assert_int_equal(plain(r, "weir_tasks_failed_total"), 1);
    assert_int_equal(plain(r, "weir_tasks_resumed_total"), 1);
    assert_int_equal(plain(r, "weir_tasks_recovered_total"), 0);
    assert_int_equal(plain(r, "weir_tasks"), 2);
    assert_int_equal(plain(r, "weir_tasks_running"), 2);
    weir_session_close(s);
    weir_runtime_close(r, NULL);
    r = open_runtime((weir_runtime_options){.workers = 2, .path = dir});
    s = weir_session_open(r, NULL, NULL);
    assert_int_equal(plain(r, "weir_tasks_recovered_total"), 2);
    while (plain(r, "weir_parked_awaits") != 2) weir_yield();
    run(s, "(core/event/pub $CHANNEL_A 1 1)");
    assert_true(weir_task_wait(r, WEIR_FOREVER));
    assert_int_equal(plain(r, "weir_tasks_done_total"), 2);
    assert_int_equal(plain(r, "weir_tasks_started_total"), 0);
    assert_int_equal(plain(r, "weir_tasks") + plain(r, "weir_tasks_running") + plain(r, "weir_parked_awaits"), 0);
    weir_session_close(s);
    weir_runtime_close(r, NULL);
    snprintf(line, sizeof line, "rm -rf %s", dir);
    assert_int_equal(system(line), 0);
}

static weir_promise *promised;

static weir_verdict promise(weir_call *call, const weir_slp_value *args, uint32_t n) {
    (void)args, (void)n;
    promised = weir_call_promise(call, 0);
    return promised ? WEIR_PARK : WEIR_RETURN;
}

static const weir_command promise_command = {.name = "promise", .takes = "", .call = promise};

static void ignore(void *arg, weir_slp_value v) { (void)arg, (void)v; }

static void *await_from_c(void *s) {
    weir_await(s, 0, 9, NULL, ignore, NULL, WEIR_FOREVER);
    return NULL;
}

static void waits_from_c(void **state) {
    weir_runtime *r = open_runtime((weir_runtime_options){.workers = 2, .command = &promise_command, .commands = 1});
    weir_session *s = weir_session_open(r, NULL, NULL);
    (void)state;
    assert_int_equal(weir_await(s, 0, 9, NULL, ignore, NULL, weir_now_ns() + 1000000), WEIR_NO_EVENT);
    assert_int_equal(plain(r, "weir_await_timeouts_total"), 1);
    pthread_t t = weir_test_thread(await_from_c, s);
    while (plain(r, "weir_parked_awaits") != 1) weir_yield();
    weir_session *other = weir_session_open(r, NULL, NULL);
    run(other,
        "(core/event/pub $CHANNEL_A 9 1) (core/event/sub $CHANNEL_A 8 {(promise)}) (core/event/pub $CHANNEL_A 8 1)");
    pthread_join(t, NULL);
    assert_int_equal(plain(r, "weir_parked_awaits"), 0);
    while (plain(r, "weir_parked_promises") != 1) weir_yield();
    weir_session_close(other); /* which ends it */
    assert_int_equal(plain(r, "weir_parked_promises"), 0);
    weir_promise_break(promised, "io", "too late");
    weir_session_close(s);
    weir_runtime_close(r, NULL);
}

/* -- samples --------------------------------------------------------------------------------------------------------- */

enum { CALLS = 64000 };

static uint64_t sampled(uint32_t every) {
    weir_runtime *r = open_runtime((weir_runtime_options){.workers = 1, .sample = every});
    weir_session *s = weir_session_open(r, NULL, NULL);
    char text[20 * 200];
    for (size_t i = 0, n = 0; i < 200; i++) n += (size_t)snprintf(text + n, sizeof text - n, "(core/kv/exists k) ");
    for (int i = 0; i < CALLS / 200; i++) run(s, text);
    uint64_t n = 0;
    prom p;
    scrape(r, &p);
    const prom_sample *found = prom_find(&p, "weir_command_seconds_count", "command", "core/kv/exists", NULL);
    if (found) n = (uint64_t)found->value;
    const prom_sample *store = prom_find(&p, "weir_store_seconds_count", "op", "exists", NULL);
    assert_int_equal(store ? (uint64_t)store->value : 0, n);
    prom_free(&p);
    weir_session_close(s);
    weir_runtime_close(r, NULL);
    return n;
}

static void samples_are_as_many_as_said(void **state) {
    (void)state;
    assert_int_equal(sampled(1), CALLS);
    assert_in_range(sampled(0), CALLS / 256 * 6 / 10, CALLS / 256 * 14 / 10); /* the distances are drawn: 250 +- 9 */
    assert_int_equal(sampled(UINT32_MAX), 0);
}

/* Values at the ends of buckets and beside them, put where a command's would be. */
static void ends_of_buckets(void **state) {
    static const uint64_t ns[] = {1, 128, 129, 256, 257, UINT64_C(1) << 35, (UINT64_C(1) << 35) + 1};
    static const struct {
        const char *le;
        double count;
    } wanted[] = {{"0.000000128", 2}, {"0.000000256", 4}, {"0.000000512", 5}, {"34.359738368", 6}, {"+Inf", 7}};
    weir_runtime *r = open_runtime((weir_runtime_options){.workers = 1});
    prom p;
    (void)state;
    for (size_t i = 0; i < sizeof ns / sizeof *ns; i++) weir_metrics_took(&r->metrics, WEIR_TOOK_STORE, ns[i]);
    scrape(r, &p);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const prom_sample *s = prom_find(&p, "weir_store_seconds_bucket", "op", "get", "le", wanted[i].le, NULL);
        if (!s || s->value != wanted[i].count) fail_msg("le %s: %f", wanted[i].le, s ? s->value : -1);
    }
    const prom_sample *sum = prom_find(&p, "weir_store_seconds_sum", "op", "get", NULL);
    assert_true(sum && sum->value > 68.719477507 && sum->value < 68.719477509);
    prom_free(&p);
    weir_runtime_close(r, NULL);
}

static weir_verdict nap(weir_call *call, const weir_slp_value *args, uint32_t n) {
    struct timespec t = {0, 20000000};
    (void)args, (void)n;
    nanosleep(&t, NULL);
    return weir_call_truth(call, true);
}

/* A name as bad as names may be, which is a label all the same, in a country that writes 0,5. */
static void times_and_labels(void **state) {
    static const weir_command own = {.name = "nap\n\"\\\xff\xc3\xa4", .takes = "", .call = nap};
    weir_runtime *r = open_runtime((weir_runtime_options){.command = &own, .commands = 1, .sample = 1});
    weir_session *s = weir_session_open(r, NULL, NULL);
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    (void)state;
    setlocale(LC_ALL, "de_DE.UTF-8"); /* where there is none nothing changes */
    weir_slp_open(b, WEIR_SLP_LIST);
    weir_slp_put_symbol(b, "core/kv/exists", 14);
    weir_slp_put_symbol(b, "k", 1);
    weir_slp_close(b);
    assert_true(weir_run(s, weir_slp_finish(b, NULL), WEIR_SLP_ONE, NULL, NULL));
    weir_slp_builder_free(b);
    assert_int_equal(labelled(r, "weir_commands_total", "command", "nap\n\"\\\\xff\xc3\xa4"), 0);
    setlocale(LC_ALL, "C");
    weir_session_close(s);
    weir_runtime_close(r, NULL);
}

/* -- topics ---------------------------------------------------------------------------------------------------------- */

static void nothing(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)arg, (void)channel, (void)topic, (void)v;
}

/* Of 1000 topics the first 5 have histograms, all are counted. */
static void topics_are_bounded(void **state) {
    weir_runtime *r = open_runtime((weir_runtime_options){.topic_histograms = 5, .workers = 1});
    weir_session *s = weir_session_open(r, NULL, NULL);
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    (void)state;
    weir_slp_put_integer(b, 1);
    weir_slp_value one = weir_slp_root(weir_slp_finish(b, NULL));
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(weir_subscribe(s, 2, i, nothing, NULL), WEIR_DONE);
        assert_int_equal(weir_publish(s, 2, i, one, WEIR_FOREVER), WEIR_DONE);
    }
    settle(r);
    assert_int_equal(labelled(r, "weir_topics", "channel", "C"), 1000);
    assert_int_equal(labelled(r, "weir_events_total", "channel", "C"), 1000);
    assert_int_equal(labelled(r, "weir_event_wait_seconds_count", "channel", "C"), 1000); /* each topic's first */
    prom p;
    int own = 0;
    scrape(r, &p);
    for (int i = 0; i < p.samples; i++) own += !strcmp(p.sample[i].name, "weir_topic_wait_seconds_count");
    assert_int_equal(own, 5);
    prom_free(&p);
    weir_slp_builder_free(b);
    weir_session_close(s);
    weir_runtime_close(r, NULL);
}

/* -- the slow log ---------------------------------------------------------------------------------------------------- */

static const weir_command nap_command = {.name = "nap", .takes = "", .call = nap};

static void slow_ones_are_kept(void **state) {
    weir_runtime *r = open_runtime((weir_runtime_options){
        .slow_ns = 15000000, .slow_kept = 4, .command = &nap_command, .commands = 1, .sample = UINT32_MAX});
    weir_session *s = weir_session_open(r, &(weir_session_options){.scope = "mine"}, NULL);
    weir_slow at[8];
    (void)state;
    run(s, "(nap) (core/kv/exists k)");
    size_t n = weir_slow_read(r, at, 8);
    assert_true(n >= 2); /* on a crowded machine something else may have been slow */
    bool script = false, command = false;
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(at[i].scope, "mine");
        assert_true(at[i].took_ns >= 15000000 && at[i].ended_ns > UINT64_C(1000000000000000000));
        script |= !strcmp(at[i].what, "script");
        command |= !strcmp(at[i].what, "nap");
    }
    assert_true(script && command);
    weir_slow_clear(r);
    assert_int_equal(weir_slow_read(r, at, 8), 0);
    run(s, "(core/event/sub $CHANNEL_C 17 {(nap)}) (core/event/pub $CHANNEL_C 17 1)");
    settle(r);
    n = weir_slow_read(r, at, 8);
    assert_true(n >= 2);
    bool handler = false;
    for (size_t i = 0; i < n; i++) handler |= !strcmp(at[i].what, "handler C 17");
    assert_true(handler);
    weir_slow_clear(r);
    assert_int_equal(weir_start_text(s, "(nap)", 5, NULL, NULL, NULL), WEIR_DONE);
    settle(r);
    n = weir_slow_read(r, at, 8);
    assert_true(n >= 2 && !strcmp(at[0].what, "script"));
    run(s, "(nap) (nap) (nap) (nap) (nap) (nap)");
    assert_int_equal(weir_slow_read(r, at, 8), 4);
    assert_string_equal(at[0].what, "script"); /* the newest */
    assert_int_equal(weir_slow_read(r, at, 1), 1);
    assert_true(plain(r, "weir_slow_total") >= 11);
    weir_session_close(s);
    weir_runtime_close(r, NULL);
}

typedef struct times {
    uint64_t median, max, count;
} times;

static void look(void *arg, const weir_metric *m) {
    times *t = arg;
    if (strcmp(m->name, "weir_command_seconds") != 0 || strcmp(m->label[0].value, "nap") != 0) return;
    assert_int_equal(m->kind, WEIR_HISTOGRAM);
    t->median = weir_histogram_quantile(m->histogram, 0.5);
    t->max = weir_histogram_max(m->histogram);
    t->count = weir_histogram_count(m->histogram);
}

static void nothing_is_slow_unless_asked(void **state) {
    weir_runtime *r = open_runtime((weir_runtime_options){.command = &nap_command, .commands = 1, .sample = 1});
    weir_session *s = weir_session_open(r, NULL, NULL);
    weir_slow at[1];
    times t = {0};
    (void)state;
    run(s, "(nap) (nap)");
    assert_int_equal(weir_slow_read(r, at, 1), 0);
    assert_true(weir_metrics_read(r, look, &t));
    assert_int_equal(t.count, 2);
    assert_true(t.median >= 20000000 && t.max >= t.median);
    weir_session_close(s);
    weir_runtime_close(r, NULL);
}

enum { SESSIONS = 20 };

/* -- while others run ------------------------------------------------------------------------------------------------ */

static void *keep_running(void *arg) {
    weir_runtime *r = arg;
    for (int i = 0; i < SESSIONS; i++) {
        weir_session *s = weir_session_open(r, NULL, NULL);
        if (!s) return arg;
        const char *text = "(core/event/sub $CHANNEL_A 1 {(core/kv/set k $data)}) (core/event/pub $CHANNEL_A 1 1)";
        if (!weir_eval(s, text, strlen(text), NULL, NULL, NULL)) return arg;
        weir_session_close(s);
    }
    return NULL;
}

/* No total ever falls, though sessions come and go. */
static void totals_never_fall(void **state) {
    weir_runtime *r = open_runtime((weir_runtime_options){.workers = 2, .sample = 3, .slow_ns = 1});
    pthread_t thread[2];
    uint64_t before = 0, now = 0;
    (void)state;
    for (int i = 0; i < 2; i++) thread[i] = weir_test_thread(keep_running, r);
    for (int i = 0; i < 8; i++, before = now) {
        now = labelled(r, "weir_commands_total", "command", "core/event/pub");
        assert_true(now >= before);
    }
    for (int i = 0; i < 2; i++) {
        void *failed;
        pthread_join(thread[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(labelled(r, "weir_commands_total", "command", "core/event/pub"), 2 * SESSIONS);
    assert_int_equal(plain(r, "weir_sessions"), 0);
    weir_runtime_close(r, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reader_is_strict),
        cmocka_unit_test(counts_are_exact),
        cmocka_unit_test(events),
        cmocka_unit_test(dropped_and_parked),
        cmocka_unit_test(tasks_are_counted),
        cmocka_unit_test(waits_from_c),
        cmocka_unit_test(samples_are_as_many_as_said),
        cmocka_unit_test(ends_of_buckets),
        cmocka_unit_test(times_and_labels),
        cmocka_unit_test(topics_are_bounded),
        cmocka_unit_test(slow_ones_are_kept),
        cmocka_unit_test(nothing_is_slow_unless_asked),
        cmocka_unit_test(totals_never_fall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
