/* The log as the store sees it. Its thread writes at least every 100 ms what nobody waited for, syncs it every second, and writes a
 * snapshot when the log has become long. */
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <time.h>

#include "kv/rcu.h"
#include "kv/store/wal_p.h"

enum { TICK_NS = 100000000, TICKS_A_SYNC = 10, BEHIND_MAX = 8 << 20 };

static weir_wal *wal(weir_log *log) { return (weir_wal *)log; }

static weir_kv_status log_append(weir_log *log, uint64_t tenant, const weir_kv_op *op, size_t n, uint64_t *position) {
    return weir_wal_append(wal(log), &(weir_wal_event){.kind = WEIR_WAL_CHANGED, .tenant = tenant, .op = op, .n = n},
                           position);
}

static weir_kv_status log_created(weir_log *log, uint64_t tenant, weir_kv_bytes name, const weir_kv_quota *quota,
                                  uint64_t *position) {
    const weir_wal_event e = {.kind = WEIR_WAL_CREATED, .tenant = tenant, .name = name, .quota = *quota};
    return weir_wal_append(wal(log), &e, position);
}

static weir_kv_status log_limited(weir_log *log, uint64_t tenant, const weir_kv_quota *quota, uint64_t *position) {
    const weir_wal_event e = {.kind = WEIR_WAL_LIMITED, .tenant = tenant, .quota = *quota};
    return weir_wal_append(wal(log), &e, position);
}

static weir_kv_status log_dropped(weir_log *log, uint64_t tenant, uint64_t *position) {
    return weir_wal_append(wal(log), &(weir_wal_event){.kind = WEIR_WAL_DROPPED, .tenant = tenant}, position);
}

static weir_kv_status log_admit(weir_log *log) {
    weir_wal *w = wal(log);
    uint64_t turned = weir_a64_load(&w->buffer.turned);
    if (WEIR_LIKELY(turned <= weir_a64_load(&log->marks.at[WEIR_KV_OS]) + BEHIND_MAX)) return WEIR_KV_OK;
    return weir_wal_wait(w, turned - BEHIND_MAX / 2, WEIR_KV_OS, WEIR_FOREVER);
}

static weir_kv_status log_wait(weir_log *log, uint64_t position, weir_kv_level level, uint64_t deadline_ns) {
    return weir_wal_wait(wal(log), position, level, deadline_ns);
}

static uint64_t log_given(weir_log *log) { return weir_wal_buffer_given(&wal(log)->buffer); }

static weir_kv_status log_compact(weir_log *log, weir_kv_error *error) { return weir_wal_compact(wal(log), error); }

static weir_kv_status log_fault(const weir_log *log, weir_kv_error *error) {
    weir_wal *w = (weir_wal *)(uintptr_t)log;
    pthread_mutex_lock(&w->lock);
    weir_kv_status st = w->error.status;
    if (st != WEIR_KV_OK && error) *error = w->error;
    pthread_mutex_unlock(&w->lock);
    return st;
}

static void log_stats(weir_log *log, weir_kv_stats *stats) {
    stats->position[WEIR_KV_DISK] = weir_a64_load(&log->marks.at[WEIR_KV_DISK]);
    stats->position[WEIR_KV_OS] = weir_a64_load(&log->marks.at[WEIR_KV_OS]);
    stats->position[WEIR_KV_MEMORY] = log_given(log);
    stats->syncs = weir_a64_load(&wal(log)->syncs);
    stats->records = weir_a64_load(&wal(log)->records);
}

/* -- the thread --------------------------------------------------------------------------------------------------- */

static bool stopped(weir_wal *w) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += TICK_NS;
    if (until.tv_nsec >= 1000000000) until.tv_nsec -= 1000000000, until.tv_sec++;
    weir_rcu_offline();
    pthread_mutex_lock(&w->idle);
    while (!w->stop && pthread_cond_timedwait(&w->stopped, &w->idle, &until) != ETIMEDOUT) continue;
    bool stop = w->stop;
    pthread_mutex_unlock(&w->idle);
    return stop;
}

/* A snapshot that fails is tried again when the log has grown by as much once more. */
static void *run(void *arg) {
    weir_wal *w = arg;
    uint64_t tried = weir_a64_load(&w->snapshot);
    for (unsigned tick = 1; !stopped(w); tick++) {
        uint64_t given = weir_wal_buffer_given(&w->buffer), snapshot = weir_a64_load(&w->snapshot);
        if (weir_wal_wait(w, given, tick % TICKS_A_SYNC ? WEIR_KV_OS : WEIR_KV_DISK, WEIR_FOREVER) != WEIR_KV_OK) break;
        if (tried < snapshot) tried = snapshot;
        if (given - tried < w->log_bytes) continue;
        tried = given;
        weir_wal_compact(w, NULL);
    }
    return NULL;
}

static weir_kv_status log_start(weir_log *log, weir_log_walk *walk, void *store) {
    weir_wal *w = wal(log);
    w->walk = walk;
    w->store = store;
    if (w->dir.read_only) return WEIR_KV_OK;
    w->threaded = pthread_create(&w->thread, NULL, run, w) == 0;
    return w->threaded ? WEIR_KV_OK : WEIR_KV_NOMEM;
}

static void end_thread(weir_wal *w) {
    pthread_mutex_lock(&w->idle);
    w->stop = true;
    pthread_cond_signal(&w->stopped);
    pthread_mutex_unlock(&w->idle);
    if (w->threaded) pthread_join(w->thread, NULL);
}

/* -- open and close ----------------------------------------------------------------------------------------------- */

static void free_wal(weir_wal *w) {
    if (w->fd >= 0) w->dir.io->close(w->dir.io->ctx, w->fd);
    weir_wal_dir_close(&w->dir);
    weir_wal_buffer_destroy(&w->buffer);
    pthread_mutex_destroy(&w->lock);
    pthread_mutex_destroy(&w->compacting);
    pthread_mutex_destroy(&w->idle);
    pthread_cond_destroy(&w->stopped);
    free(w);
}

/* With all of it on the disk, a mark behind it says so: damage can then be told from a torn tail. */
static weir_kv_status finish(weir_wal *w) {
    uint64_t given = weir_wal_buffer_given(&w->buffer), mark;
    if (weir_a64_load(&w->records) == 0 && given == weir_a64_load(&w->log.marks.at[WEIR_KV_OS])) return WEIR_KV_OK;
    weir_kv_status st = weir_wal_wait(w, given, WEIR_KV_DISK, WEIR_FOREVER);
    if (st == WEIR_KV_OK) st = weir_wal_append(w, &(weir_wal_event){.kind = WEIR_WAL_MARK}, &mark);
    return st == WEIR_KV_OK ? weir_wal_wait(w, mark, WEIR_KV_OS, WEIR_FOREVER) : st;
}

/* Gives back the room that was made for what would come: the next to open need not look through it. Where that fails it stays. */
static void trim(weir_wal *w) { w->dir.io->truncate(w->dir.io->ctx, w->fd, WEIR_WAL_HEADER + w->end - w->base); }

static weir_kv_status log_close(weir_log *log) {
    weir_wal *w = wal(log);
    end_thread(w);
    weir_kv_status st = log_fault(log, NULL);
    if (st == WEIR_KV_OK && !w->dir.read_only && (st = finish(w)) == WEIR_KV_OK) trim(w);
    free_wal(w);
    return st;
}

static const weir_log_ops ops = {.append = log_append,
                                 .tenant_created = log_created,
                                 .tenant_limited = log_limited,
                                 .tenant_dropped = log_dropped,
                                 .admit = log_admit,
                                 .wait = log_wait,
                                 .given = log_given,
                                 .start = log_start,
                                 .compact = log_compact,
                                 .fault = log_fault,
                                 .stats = log_stats,
                                 .close = log_close};

static void init_condition(pthread_cond_t *c) {
    pthread_condattr_t a;
    pthread_condattr_init(&a);
    pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
    pthread_cond_init(c, &a);
    pthread_condattr_destroy(&a);
}

static weir_wal *new_wal(const weir_kv_options *o) {
    weir_wal *w = aligned_alloc(WEIR_CACHE_LINE, (sizeof *w + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE);
    if (!w) return NULL;
    memset(w, 0, sizeof *w);
    w->log.ops = &ops;
    w->dir.fd = w->dir.lock = w->fd = -1;
    w->log_bytes = o->log_bytes;
    w->segment_bytes = o->log_bytes / 4 < WEIR_WAL_SEGMENT_MIN   ? WEIR_WAL_SEGMENT_MIN
                       : o->log_bytes / 4 > WEIR_WAL_SEGMENT_MAX ? WEIR_WAL_SEGMENT_MAX
                                                                 : o->log_bytes / 4;
    pthread_mutex_init(&w->lock, NULL);
    pthread_mutex_init(&w->compacting, NULL);
    pthread_mutex_init(&w->idle, NULL);
    init_condition(&w->stopped);
    return w;
}

static weir_kv_status make_segment(weir_wal *w, uint64_t base, weir_kv_error *error) {
    w->base = base;
    w->fd = weir_wal_segment_make(&w->dir, w->id, base, w->segment_bytes);
    return w->fd < 0 ? weir_wal_fail(&w->dir, error, -w->fd, "make a log in", "") : WEIR_KV_OK;
}

/* A new one, where no other is. */
static weir_kv_status make_store(weir_wal *w, weir_kv_error *error) {
    int other = weir_wal_dir_open_file(&w->dir, "data.mdb", O_RDONLY);
    if (other >= 0) {
        w->dir.io->close(w->dir.io->ctx, other);
        return weir_kv_fail(error, WEIR_KV_BAD, 0, 0, "%s holds a store of kind lmdb, not wal", w->dir.path);
    }
    while (w->id == 0)
        if (getrandom(&w->id, sizeof w->id, 0) < 0) w->id = (uint32_t)weir_now_ns();
    weir_kv_status st = make_segment(w, 0, error);
    int done = st == WEIR_KV_OK ? weir_wal_dir_sync_above(&w->dir) : 0;
    return done < 0 ? weir_wal_fail(&w->dir, error, -done, "sync what is above", "") : st;
}

/* What was read is made to last before anybody sees it: names too. Behind a torn tail a new file begins, so that nothing of that tail
 * can ever follow what is written now. */
static weir_kv_status go_on(weir_wal *w, const weir_wal_loaded *from, const weir_wal_totals *t, weir_kv_error *error) {
    char name[WEIR_WAL_NAME];
    w->id = from->id;
    w->base = from->segment;
    weir_wal_log_name(name, w->base);
    w->fd = weir_wal_dir_open_file(&w->dir, name, O_RDWR);
    if (w->fd < 0) return weir_wal_fail(&w->dir, error, -w->fd, "open", name);
    int done = w->dir.io->sync(w->dir.io->ctx, w->dir.fd);
    if (done >= 0) done = weir_wal_segment_secure(&w->dir, w->fd, w->base, from->durable, t->position);
    if (done < 0) return weir_wal_fail(&w->dir, error, -done, "sync", name);
    weir_wal_dir_unlink(&w->dir, "new-log"); /* whether they are there or not */
    weir_wal_dir_unlink(&w->dir, "new-snapshot");
    weir_wal_remove_old(&w->dir, t->snapshot);
    if (!t->torn) {
        w->dir.io->allocate(w->dir.io->ctx, w->fd, 0,
                            WEIR_WAL_HEADER + w->segment_bytes); /* or it grows by each write */
        return WEIR_KV_OK;
    }
    w->dir.io->close(w->dir.io->ctx, w->fd);
    return make_segment(w, t->position, error);
}

static weir_kv_status load(weir_wal *w, const weir_kv_options *o, const weir_log_events *to, weir_kv_error *error) {
    weir_wal_totals t;
    weir_wal_loaded loaded;
    weir_kv_status st = weir_wal_dir_open(&w->dir, o, !o->must_exist && !o->read_only && !o->until, error);
    if (st != WEIR_KV_OK) return st;
    st = weir_wal_load(&w->dir, o, to, &t, &loaded, error);
    if (st == WEIR_KV_OK && !w->dir.read_only) st = go_on(w, &loaded, &t, error);
    if (st == WEIR_KV_MISSING && !o->must_exist && !w->dir.read_only) st = make_store(w, error);
    weir_wal_files_free(&loaded.files);
    if (st == WEIR_KV_OK && weir_wal_buffer_init(&w->buffer, t.position) != WEIR_KV_OK)
        st = weir_kv_fail(error, WEIR_KV_NOMEM, ENOMEM, 0, "out of memory");
    w->end = t.position;
    weir_a64_store(&w->snapshot, t.snapshot);
    return st;
}

weir_kv_status weir_wal_open(const weir_kv_options *o, const weir_log_events *to, weir_log **log,
                             weir_kv_error *error) {
    weir_wal *w = new_wal(o);
    if (!w) return weir_kv_fail(error, WEIR_KV_NOMEM, ENOMEM, 0, "out of memory");
    weir_kv_status st = load(w, o, to, error);
    if (st != WEIR_KV_OK) {
        free_wal(w);
        return st;
    }
    if (w->dir.read_only) weir_a32_store(&w->failed, WEIR_KV_READONLY);
    weir_a64_store(&w->log.marks.at[WEIR_KV_MEMORY], UINT64_MAX);
    weir_a64_store(&w->log.marks.at[WEIR_KV_OS], w->end);
    weir_a64_store(&w->log.marks.at[WEIR_KV_DISK], w->end);
    *log = &w->log;
    return WEIR_KV_OK;
}
