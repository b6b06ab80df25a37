/* Opening, closing, waiting, looking. */
#include "sched/deps_p.h"
#include "sched/replay_p.h"
#include "sched/sched_p.h"
#include "prims/variant.h"

#include <stdlib.h>
#include <string.h>

enum { WORKERS = 64, STREAMS = 16, DOMAINS = 1, NUMBERS_MAX = 65536, WINDOW_MAX = 1 << 30 };
#define WINDOW 65536u
#define STUCK_NS 10000000000u

/* -- options -- */

static const struct {
    const char *name;
    weir_status (*sort)(weir_sort_item *, size_t, size_t, weir_sort_item *);
} sorts[] = {{"merge", weir_sort_merge},
             {"radix", weir_sort_radix},
             {"runs", weir_sort_runs},
             {"insertion", weir_sort_insertion}};

static const char *default_variant(void) {
    return strcmp(WEIR_STRING(WEIR_SCHED), "order") == 0 ? WEIR_STRING(WEIR_ORDER) : WEIR_STRING(WEIR_POOL);
}

static weir_sched_status choose(weir_sched *s, weir_sched_error *error) {
    const char *variant = s->o.variant ? s->o.variant : default_variant();
    const char *sort = s->o.sort ? s->o.sort : WEIR_STRING(WEIR_SORT);
    s->class = weir_sched_class_find(variant);
    if (!s->class)
        return weir_sched_refuse(
            error, WEIR_SCHED_BAD,
            "there are the schedulers counters, lock, epoch, double, horizon and phase, and no '%s'", variant);
    s->o.variant = s->class->name;
    s->o.sort = NULL;
    for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++)
        if (strcmp(sort, sorts[i].name) == 0) {
            s->o.sort = sorts[i].name;
            s->sort = sorts[i].sort;
        }
    if (!s->o.sort)
        return weir_sched_refuse(error, WEIR_SCHED_BAD, "sort '%s' is none of: merge radix runs insertion", sort);
    return WEIR_SCHED_OK;
}

static void fill_in(weir_sched_options *o) {
    if (!o->workers_max) o->workers_max = o->workers > WORKERS ? o->workers : WORKERS;
    if (!o->streams) o->streams = STREAMS;
    if (!o->domains) o->domains = DOMAINS;
    if (!o->window) o->window = WINDOW;
    if (!o->stuck_ns) o->stuck_ns = STUCK_NS;
}

static weir_sched_status check_numbers(const weir_sched_options *o, weir_sched_error *error) {
    const struct {
        const char *name;
        uint32_t value, limit;
    } numbers[] = {{"workers_max", o->workers_max, WEIR_WORKERS_MAX},
                   {"workers", o->workers, o->workers_max},
                   {"streams", o->streams, NUMBERS_MAX},
                   {"domains", o->domains, NUMBERS_MAX}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].value > numbers[i].limit)
            return weir_sched_refuse(error, WEIR_SCHED_BAD, "%s is %u; at most %u", numbers[i].name, numbers[i].value,
                                     numbers[i].limit);
    if ((unsigned)o->time > WEIR_TIME_REAL || (unsigned)o->late > WEIR_LATE_RUN)
        return weir_sched_refuse(error, WEIR_SCHED_BAD, "time is %u or late is %u, which is no choice",
                                 (unsigned)o->time, (unsigned)o->late);
    if (o->window < 2 || o->window > WINDOW_MAX || (o->window & (o->window - 1)))
        return weir_sched_refuse(error, WEIR_SCHED_WINDOW, "window is %u; a power of two, 2 to %d", o->window,
                                 WINDOW_MAX);
    return WEIR_SCHED_OK;
}

static weir_sched_status check(weir_sched *s, weir_sched_error *error) {
    weir_sched_status status = choose(s, error);
    fill_in(&s->o);
    return status ? status : check_numbers(&s->o, error);
}

/* -- memory -- */

static size_t whole_lines(size_t bytes) { return (bytes + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE; }

void *weir_lines_alloc(size_t bytes) {
    size_t whole = whole_lines(bytes ? bytes : 1);
    void *p = aligned_alloc(WEIR_CACHE_LINE, whole);
    if (p) memset(p, 0, whole);
    return p;
}

static bool allocate(weir_sched *s) {
    unsigned n = s->o.workers_max;
    s->worker_part_size = whole_lines(s->class->worker_size);
    s->part = weir_lines_alloc(s->class->size);
    s->workers = weir_lines_alloc(n * sizeof *s->workers);
    s->worker_parts = weir_lines_alloc(n * s->worker_part_size);
    s->sources = calloc(s->o.streams, sizeof *s->sources);
    s->listed = calloc(s->o.streams, sizeof *s->listed);
    if (!s->part || !s->workers || !s->worker_parts || !s->sources || !s->listed) return false;
    for (unsigned i = 0; i < n; i++) {
        weir_worker *w = &s->workers[i];
        w->sched = s;
        w->index = i;
        w->part = s->worker_parts + i * s->worker_part_size;
        w->turn.worker = w;
    }
    return true;
}

static void release(weir_sched *s) {
    free(s->part);
    free(s->workers);
    free(s->worker_parts);
    free(s->sources);
    free(s->listed);
    free(s);
}

/* -- open and close -- */

static weir_sched_status open_parts(weir_sched *s, weir_sched_error *error) {
    weir_sched_status status = weir_deps_open(s, error);
    if (status) return status;
    if ((status = s->class->open(s, error))) {
        weir_deps_close(s);
        return status;
    }
    return WEIR_SCHED_OK;
}

static void close_parts(weir_sched *s) {
    s->class->close(s);
    weir_sources_close(s);
    weir_deps_close(s);
}

static weir_sched_status start_threads(weir_sched *s, weir_sched_error *error) {
    weir_sched_status status = weir_watchdog_start(s);
    for (unsigned i = 0; i < s->o.workers && !status; i++) status = weir_worker_start(s);
    if (!status) return status;
    weir_workers_stop(s);
    weir_watchdog_stop(s);
    return weir_sched_refuse(error, status, "no thread for a worker");
}

static weir_sched_status open(weir_sched *s, weir_sched_error *error) {
    weir_sched_status status = check(s, error);
    if (status) return status;
    if (s->o.record && s->class->order) weir_record_begin(s->o.record, &s->o);
    if (!allocate(s)) return weir_sched_refuse(error, WEIR_SCHED_NOMEM, "no memory for %u workers", s->o.workers_max);
    s->opened_ns = weir_now_ns();
    weir_lock_init(&s->lock);
    if ((status = open_parts(s, error))) return status;
    if ((status = start_threads(s, error))) close_parts(s);
    return status;
}

weir_sched_status weir_sched_open(const weir_sched_options *options, weir_sched **out, weir_sched_error *error) {
    weir_sched *s = weir_lines_alloc(sizeof *s);
    if (!s) return weir_sched_refuse(error, WEIR_SCHED_NOMEM, "no memory for a scheduler");
    if (options) s->o = *options;
    weir_sched_status status = open(s, error);
    if (status) release(s);
    else *out = s;
    return status;
}

void weir_sched_close(weir_sched *s) {
    weir_workers_stop(s);
    weir_watchdog_stop(s);
    close_parts(s);
    release(s);
}

/* -- epochs -- */

void weir_sched_edge(weir_sched *s, uint64_t horizon, uint64_t digest) {
    uint64_t epoch = weir_a64_load(&s->epochs);
    weir_a64_store(&s->epochs, epoch + 1);
    if (s->o.record) weir_record_edge(s->o.record, epoch, horizon, digest);
    struct weir_replay *replay = weir_aptr_load(&s->replay); /* relaxed: a worker that knows its feeder knows it */
    if (replay) weir_replay_edge_passed(replay);
    if (s->o.epoch) s->o.epoch(s->o.arg, epoch, digest);
}

/* -- waiting -- */

bool weir_sched_is_quiet(weir_sched *s) {
    uint64_t submitted = 0, ended = 0;
    unsigned top = weir_sched_top(s);
    uint32_t streams = weir_a32_load_acquire(&s->streams_open);
    for (unsigned i = 0; i < top; i++) ended += weir_a64_load_acquire(&s->workers[i].ended); /* QA: weir_event_finish */
    for (uint32_t i = 0; i < streams; i++) {
        if (weir_a64_load(&s->listed[i]->refill) && weir_a32_load(&s->listed[i]->dry) != WEIR_SOURCE_DRY) return false;
        submitted += weir_a64_load(&s->listed[i]->submitted);
    }
    top = weir_sched_top(s);
    for (unsigned i = 0; i < top; i++) submitted += weir_a64_load(&s->workers[i].submitted);
    return submitted == ended;
}

static bool passed(uint64_t deadline_ns) { return deadline_ns != WEIR_FOREVER && weir_now_ns() >= deadline_ns; }

weir_sched_status weir_sched_wait(weir_sched *s, uint64_t deadline_ns) {
    for (;;) {
        uint32_t heard = weir_bell_listen(&s->quiet);
        bool quiet = weir_sched_is_quiet(s), alone = !weir_a32_load(&s->workers_now);
        if (!quiet && !alone) weir_bell_wait(&s->quiet, heard, deadline_ns);
        weir_bell_leave(&s->quiet);
        if (quiet) return WEIR_SCHED_OK;
        if (alone) weir_worker_guest(s, deadline_ns);
        if (passed(deadline_ns)) return weir_sched_is_quiet(s) ? WEIR_SCHED_OK : WEIR_SCHED_TIMEOUT;
    }
}

/* -- looking -- */

static void add_worker(weir_sched_stats *to, const weir_worker *w) {
    to->submitted += weir_a64_load(&w->submitted);
    to->ended += weir_a64_load(&w->ended);
    to->lost += weir_a64_load(&w->lost);
    to->late += weir_a64_load(&w->late);
    to->data_parts += weir_a64_load(&w->data_parts);
    to->exact_looks += weir_a64_load(&w->exact_looks);
    to->filtered += weir_a64_load(&w->filtered);
    to->steals += weir_a64_load(&w->steals);
    to->sleeps += weir_a64_load(&w->sleeps);
}

void weir_sched_stats_get(weir_sched *s, weir_sched_stats *out) {
    *out = (weir_sched_stats){.workers = weir_a32_load(&s->workers_now)};
    out->deterministic = s->class->order && !weir_a32_load(&s->late_ran);
    out->epochs = weir_a64_load(&s->epochs);
    out->digest = weir_a64_load(&s->digest);
    out->spilled = weir_a64_load(&s->spilled);
    out->window_max = weir_a64_load(&s->window_max);
    unsigned top = weir_sched_top(s);
    for (unsigned i = 0; i < top; i++) add_worker(out, &s->workers[i]);
    uint32_t streams = weir_a32_load_acquire(&s->streams_open);
    for (uint32_t i = 0; i < streams; i++) out->submitted += weir_a64_load(&s->listed[i]->submitted);
    weir_deps_stats(s, out);
}
