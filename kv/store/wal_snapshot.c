/* A snapshot of the store: its tenants and keys as records in a file of its own, under another name until all of it and the
 * log as far as it may have seen are on the disk. Then what it replaces goes. */
#include <errno.h>
#include <fcntl.h>

#include "kv/rcu.h"
#include "kv/store/wal_p.h"

enum { FLUSH = 1 << 20 };

typedef struct writing {
    weir_wal *w;
    int fd, error; /* a positive errno */
    uint64_t from, position, records;
    unsigned char *bytes; /* not yet written: up to `position` */
    size_t used, room;
} writing;

static bool flush(writing *s) {
    weir_rcu_offline();
    uint64_t offset = WEIR_WAL_HEADER + s->position - s->from - s->used;
    int done = weir_wal_write_whole(s->w->dir.io, s->fd, s->bytes, s->used, offset);
    s->used = 0;
    if (done < 0) s->error = -done;
    return done >= 0;
}

static bool make_room(writing *s, uint64_t size) {
    if (s->used && s->used + size > FLUSH && !flush(s)) return false;
    if (s->used + size <= s->room) return true;
    size_t room = size > FLUSH ? (size_t)size : FLUSH;
    unsigned char *more = realloc(s->bytes, room);
    if (!more) return s->error = ENOMEM, false;
    s->bytes = more;
    s->room = room;
    return true;
}

static weir_kv_status put(writing *s, const weir_wal_event *e) {
    uint64_t size = weir_wal_record_size(e);
    if (size > WEIR_WAL_RECORD_MAX) return s->error = EFBIG, WEIR_KV_IO;
    if (!make_room(s, size)) return WEIR_KV_IO;
    weir_wal_record_write(s->bytes + s->used, e, size, s->w->id, s->position, 0);
    s->used += (size_t)size;
    s->position += size;
    s->records++;
    return WEIR_KV_OK;
}

static void begun(void *arg) {
    writing *s = arg;
    s->from = s->position = weir_wal_buffer_given(&s->w->buffer);
}

static weir_kv_status created(void *arg, uint64_t tenant, weir_kv_bytes name, const weir_kv_quota *quota) {
    return put(arg, &(weir_wal_event){.kind = WEIR_WAL_CREATED, .tenant = tenant, .name = name, .quota = *quota});
}

static weir_kv_status limited(void *arg, uint64_t tenant, const weir_kv_quota *quota) {
    return put(arg, &(weir_wal_event){.kind = WEIR_WAL_LIMITED, .tenant = tenant, .quota = *quota});
}

static weir_kv_status dropped(void *arg, uint64_t tenant) {
    return put(arg, &(weir_wal_event){.kind = WEIR_WAL_DROPPED, .tenant = tenant});
}

static weir_kv_status changed(void *arg, uint64_t tenant, const weir_kv_op *op, size_t n) {
    return put(arg, &(weir_wal_event){.kind = WEIR_WAL_CHANGED, .tenant = tenant, .op = op, .n = n});
}

/* The last record says how far the log must reach: what has been told may come from there. */
static weir_kv_status finish(writing *s, uint64_t *to) {
    *to = weir_wal_buffer_given(&s->w->buffer);
    weir_kv_status st = put(s, &(weir_wal_event){.kind = WEIR_WAL_END, .to = *to, .records = s->records});
    if (st != WEIR_KV_OK || !flush(s)) return WEIR_KV_IO;
    weir_wal_header h;
    weir_wal_header_make(&h, weir_wal_snapshot_magic, s->w->id, s->from);
    int done = weir_wal_write_whole(s->w->dir.io, s->fd, &h, sizeof h, 0);
    if (done >= 0) done = s->w->dir.io->sync(s->w->dir.io->ctx, s->fd);
    if (done < 0) s->error = -done;
    return done < 0 ? WEIR_KV_IO : WEIR_KV_OK;
}

void weir_wal_remove_old(const weir_wal_dir *d, uint64_t snapshot) {
    weir_wal_files f;
    char name[WEIR_WAL_NAME];
    if (weir_wal_files_list(d, &f, NULL) == WEIR_KV_OK) { /* otherwise next time */
        for (size_t i = 0; i < f.snapshots && f.snapshot[i] < snapshot; i++) {
            weir_wal_snapshot_name(name, f.snapshot[i]);
            weir_wal_dir_unlink(d, name);
        }
        for (size_t i = 0; i + 1 < f.logs && f.log[i + 1] <= snapshot; i++) {
            weir_wal_log_name(name, f.log[i]);
            weir_wal_dir_unlink(d, name);
        }
    }
    weir_wal_files_free(&f);
}

static weir_kv_status write_all(writing *s, weir_kv_error *error) {
    weir_wal *w = s->w;
    const weir_log_events to = {s, created, limited, dropped, changed};
    uint64_t reach;
    char name[WEIR_WAL_NAME];
    weir_kv_status st = w->walk(w->store, &to, begun);
    if (st == WEIR_KV_OK) st = finish(s, &reach);
    if (s->error) return weir_wal_fail(&w->dir, error, s->error, "write", "new-snapshot");
    if (st != WEIR_KV_OK)
        return weir_kv_fail(error, st, 0, 0, "no snapshot of %s: %s", w->dir.path, weir_kv_status_text(st));
    st = weir_wal_wait(w, reach, WEIR_KV_DISK, WEIR_FOREVER);
    if (st != WEIR_KV_OK) return w->log.ops->fault(&w->log, error);
    weir_wal_snapshot_name(name, s->from);
    int done = weir_wal_dir_rename(&w->dir, "new-snapshot", name);
    if (done < 0) return weir_wal_fail(&w->dir, error, -done, "make", name);
    weir_a64_store(&w->snapshot, s->from);
    weir_wal_remove_old(&w->dir, s->from);
    return WEIR_KV_OK;
}

weir_kv_status weir_wal_compact(weir_wal *w, weir_kv_error *error) {
    writing s = {.w = w};
    weir_kv_status st = WEIR_KV_OK;
    pthread_mutex_lock(&w->compacting);
    if (w->walk && weir_wal_buffer_given(&w->buffer) != weir_a64_load(&w->snapshot)) {
        s.fd = weir_wal_dir_open_file(&w->dir, "new-snapshot", O_RDWR | O_CREAT | O_TRUNC);
        st = s.fd < 0 ? weir_wal_fail(&w->dir, error, -s.fd, "make", "new-snapshot") : write_all(&s, error);
        if (s.fd >= 0) w->dir.io->close(w->dir.io->ctx, s.fd);
        if (st != WEIR_KV_OK) weir_wal_dir_unlink(&w->dir, "new-snapshot");
        free(s.bytes);
    }
    pthread_mutex_unlock(&w->compacting);
    return st;
}
