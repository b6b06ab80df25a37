#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/recorded_p.h"
#include "runtime/session_p.h"

void weir_error_set(weir_error *error, const char *format, ...) {
    if (!error) return;
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
}

bool weir_tools_init(weir_tools *t, weir_runtime *r) {
    *t = (weir_tools){.reader = weir_slp_reader_new(&r->o.limits),
                      .builder = weir_slp_builder_new(&weir_value_most),
                      .words = &r->words,
                      .meter = weir_meter_begin(&r->metrics.meters)};
    return weir_stacks_init(&t->stacks) && t->reader && t->builder && t->meter;
}

void weir_tools_free(weir_tools *t, weir_meters *all) {
    weir_slp_reader_free(t->reader);
    weir_slp_builder_free(t->builder);
    weir_meter_end(all, t->meter);
    weir_tickets_free(t);
    weir_stacks_free(&t->stacks);
}

static void to_stderr(void *arg, const char *line, size_t bytes) {
    (void)arg;
    fprintf(stderr, "%.*s\n", (int)bytes, line);
}

/* -- opened --------------------------------------------------------------------------------------------------------- */

enum { SAMPLE = 256, TOPIC_HISTOGRAMS = 64, SLOW_KEPT = 128 };
enum { WORKERS = 4, QUEUE = 1000, AWAIT_MS = 5000, SUBSCRIPTIONS = 65536, PARKED = 1000, SCRIPTS = 1000 };
enum { TASKS = 1000, EVENT_BYTES = 256 << 20 };

static void fill_in(weir_runtime_options *o) {
    if (!o->log) o->log = to_stderr;
    if (!o->error) o->error = to_stderr;
    if (!o->limits.depth) o->limits = weir_slp_limits_default();
    if (!o->workers) o->workers = WORKERS;
    if (o->foreign) o->workers = 1;
    if (!o->processors) o->processors = o->workers;
    if (o->processors > WEIR_TOPICS) o->processors = WEIR_TOPICS;
    if (!o->scripts) o->scripts = SCRIPTS;
    if (!o->queue) o->queue = QUEUE;
    if (!o->await_ms) o->await_ms = AWAIT_MS;
    if (!o->subscriptions) o->subscriptions = SUBSCRIPTIONS;
    if (!o->parked_max) o->parked_max = PARKED;
    if (!o->event_bytes) o->event_bytes = EVENT_BYTES;
    if (!o->steps) o->steps = UINT64_MAX;
    if (!o->tasks) o->tasks = TASKS;
    if (!o->sample) o->sample = SAMPLE;
    if (!o->topic_histograms) o->topic_histograms = TOPIC_HISTOGRAMS;
    if (!o->slow_kept) o->slow_kept = SLOW_KEPT;
}

/* False: there is none of this name. */
static bool level_of(const char *name, weir_kv_options *o) {
    static const char *const names[] = {[WEIR_KV_MEMORY] = "memory", [WEIR_KV_OS] = "os", [WEIR_KV_DISK] = "disk"};
    o->level_given = name != NULL;
    for (int i = WEIR_KV_MEMORY; name && i <= WEIR_KV_DISK; i++)
        if (!strcmp(name, names[i])) return o->level = (weir_kv_level)i, true;
    return !name;
}

/* What is there, or is made. */
static const char *kind_at(const char *path) {
    char name[4096];
    if (!path) return "memory";
    return snprintf(name, sizeof name, "%s/data.mdb", path) < (int)sizeof name && access(name, F_OK) == 0 ? "lmdb"
                                                                                                          : "wal";
}

static bool open_store(weir_runtime *r, weir_error *error) {
    weir_kv_options o = {
        .variant = r->o.variant, .store = r->o.store, .path = r->o.path, .must_exist = r->o.must_exist};
    weir_kv_error e;
    if (!o.store) o.store = kind_at(o.path);
    if (!level_of(r->o.level, &o))
        return weir_error_set(error, "no level '%s': there are memory, os, disk", r->o.level), false;
    if (weir_kv_open(&o, &r->kv, &e) != WEIR_KV_OK) return weir_error_set(error, "%s", e.text), false;
    if (weir_recorded_store(r, error)) return true;
    weir_kv_close(r->kv);
    return false;
}

static bool open_entities(weir_runtime *r, weir_error *error) {
    weir_kv_status st = weir_entities_open(r);
    if (st == WEIR_KV_OK) return true;
    weir_error_set(error, "entities: %s", weir_kv_status_text(st));
    weir_entities_close(r);
    weir_kv_close(r->kv);
    return false;
}

/* As slp has them: a reader is refused without saying why. */
static bool check_limits(const weir_slp_limits *l, weir_error *error) {
    const weir_slp_limits most = weir_value_most;
    bool good = l->depth && l->depth <= most.depth && l->bytes && l->bytes <= most.bytes && l->nodes &&
                l->nodes <= most.nodes && l->symbol_bytes && l->symbol_bytes <= most.symbol_bytes;
    if (!good)
        weir_error_set(error, "limits: each at least 1, depth at most %u, bytes %u, nodes %u, symbol_bytes %u",
                       most.depth, most.bytes, most.nodes, most.symbol_bytes);
    return good;
}

static bool open_tools(weir_runtime *r, weir_error *error) {
    r->tools = calloc(r->o.workers, sizeof *r->tools);
    for (unsigned i = 0; r->tools && i < r->o.workers; i++)
        if (!weir_tools_init(&r->tools[i], r)) return weir_error_set(error, "no memory for a worker"), false;
    if (!r->tools) weir_error_set(error, "no memory for the workers");
    return r->tools != NULL;
}

enum { OUTSIDE = 4096 }; /* pieces from outside under way; who brings more waits */

int weir_runtime_source(weir_runtime *r) {
    const weir_source_options source = {.promise = WEIR_KEY_NONE, .limit = weir_is_recorded(r) ? 0 : OUTSIDE};
    return (int)weir_source_open(r->sched, r->o.replay != NULL, &source, &r->source); /* 0 is the record's */
}

enum { WINDOW = 256 }; /* pieces of handlers that go round without end, before what comes from outside has its turn */

/* Pieces of strands are events without order of their own: all have the key of what brought them about. */
static bool open_sched(weir_runtime *r, weir_error *error) {
    weir_sched_options o = {
        .variant = r->o.sched, .workers = r->o.workers, .workers_max = r->o.workers, .streams = 2, .window = WINDOW};
    if (r->o.foreign) o.workers = 0, o.stuck_ns = WEIR_FOREVER;
    if ((r->o.record || r->o.replay) && !weir_recorded_open(r, &o, error)) return false;
    weir_sched_error e;
    weir_sched_stats stats;
    if (weir_sched_open(&o, &r->sched, &e) != WEIR_SCHED_OK) return weir_error_set(error, "%s", e.text), false;
    weir_sched_status st = r->o.replay ? WEIR_SCHED_OK : (weir_sched_status)weir_runtime_source(r);
    if (st != WEIR_SCHED_OK) return weir_error_set(error, "%s", weir_sched_status_text(st)), false;
    weir_sched_stats_get(r->sched, &stats);
    r->ordered = stats.deterministic;
    return true;
}

static bool tear_down(weir_runtime *r, weir_error *error) {
    if (r->source) weir_source_close(r->source);
    if (r->sched) weir_sched_close(r->sched);
    bool good = weir_recorded_close(r, error);
    weir_tickets_end(r);
    weir_clock_end(&r->clock);
    for (unsigned i = 0; r->tools && i < r->o.workers; i++) weir_tools_free(&r->tools[i], &r->metrics.meters);
    free(r->tools);
    weir_metrics_free(&r->metrics);
    weir_shelf_free(&r->shelf);
    weir_topics_free(&r->topics);
    weir_vocabulary_free(&r->words);
    free(r);
    return good;
}

bool weir_runtime_open(const weir_runtime_options *options, weir_runtime **runtime, weir_error *error) {
    weir_runtime *r =
        aligned_alloc(WEIR_CACHE_LINE, (sizeof *r + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE);
    const char *bad = NULL;
    if (!r) return weir_error_set(error, "no memory for a runtime"), false;
    memset(r, 0, sizeof *r);
    if (options) r->o = *options;
    fill_in(&r->o);
    weir_lock_init(&r->outside);
    weir_lock_init(&r->room);
    weir_lock_init(&r->processors);
    weir_shelf_init(&r->shelf, r->o.event_bytes);
    weir_clock_init(&r->clock);
    weir_tasks_init(&r->tasks);
    if (!weir_vocabulary_init(&r->words, r->o.command, r->o.commands, &bad)) {
        weir_error_set(
            error, bad ? "command %s is there twice, or takes something that cannot be" : "no memory for the commands",
            bad);
    } else if (!weir_metrics_init(&r->metrics, r->words.words, &r->o)) {
        weir_error_set(error, "no memory for the metrics");
    } else if (!weir_topics_init(&r->topics)) {
        weir_error_set(error, "no memory for the topics");
    } else if (r->o.foreign && !weir_drive_open(r)) {
        weir_error_set(error, "no descriptor for a foreign loop: %s", strerror(errno));
    } else if (check_limits(&r->o.limits, error) && open_tools(r, error) && open_sched(r, error) &&
               weir_recorded_begin(r, error) && open_store(r, error) && open_entities(r, error)) {
        r->o.store = r->o.path = r->o.level = r->o.variant = r->o.sched = NULL;
        *runtime = r;
        return true;
    }
    tear_down(r, NULL);
    return false;
}

bool weir_runtime_close(weir_runtime *r, weir_error *error) {
    if (!r) return true;
    weir_kv *kv = r->kv;
    weir_drive_take(r);
    weir_tasks_close(r);
    weir_session_close(r->system);
    weir_entities_close(r);
    bool good = tear_down(r, error);
    weir_kv_status st = weir_kv_close(kv);
    if (st != WEIR_KV_OK) weir_error_set(error, "%s", weir_kv_status_text(st));
    return st == WEIR_KV_OK && good;
}

/* -- quiet ---------------------------------------------------------------------------------------------------------- */

void weir_runtime_begin(weir_runtime *r) { weir_a32_add(&r->busy, 2); }

/* Q1: pairs with Q2. */
void weir_runtime_end(weir_runtime *r) {
    if (weir_a32_sub_release(&r->busy, 2) == (2 | 1)) weir_futex_wake(&r->busy, INT32_MAX);
}

bool weir_runtime_quiet(weir_runtime *r, uint64_t deadline_ns) {
    for (uint32_t seen; (seen = weir_a32_or_acquire(&r->busy, 1) | 1) > 1;) /* Q2 */
        if (!weir_runtime_wait(r, &r->busy, seen, deadline_ns) && weir_now_ns() >= deadline_ns) return false;
    return true;
}

/* -- scripts -------------------------------------------------------------------------------------------------------- */

bool weir_run(weir_session *s, const weir_slp *buffer, weir_slp_extent extent, weir_form *form, void *arg) {
    if (weir_is_recorded(s->runtime)) return weir_recorded_run(s, buffer, extent, form, arg);
    uint64_t since = weir_slow_begin(s);
    weir_a32_store(&s->interrupted, 0);
    s->x.form = form;
    s->x.arg = arg;
    if (!weir_program_lend(&s->program, buffer, s->runtime->words.names) ||
        !weir_exec_begin_lent(&s->x, &s->program, extent))
        return false;
    while (weir_exec_go(&s->x) == WEIR_EXEC_PARKED) weir_strand_park(&s->strand);
    weir_exec_settle(&s->x);
    weir_slow_end(s, since);
    return true;
}

bool weir_eval(weir_session *s, const char *text, size_t bytes, weir_form *form, void *arg, weir_slp_error *error) {
    const weir_slp *buffer = weir_slp_read(s->reader, text, bytes, WEIR_SLP_ALL, error);
    if (!buffer) return false;
    if (weir_run(s, buffer, WEIR_SLP_ALL, form, arg)) return true;
    if (error) *error = (weir_slp_error){.what = WEIR_SLP_NOMEM, .message = "no memory to run a script"};
    return false;
}
