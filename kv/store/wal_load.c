/* A whole store from its directory, into events: the newest snapshot, and the log from its position on. */
#include <errno.h>
#include <fcntl.h>

#include "kv/store/wal_p.h"

typedef struct loading {
    const weir_wal_dir *dir;
    const weir_kv_options *o;
    const weir_log_events *to;
    weir_wal_totals *totals;
    weir_kv_error *error;
    weir_wal_reader r;
    uint32_t id;
    uint64_t from, until, reach; /* the log is told between these; it must get as far as reach */
    uint64_t durable;            /* what the records know of it */
    uint64_t all, next_ns;       /* for progress */
} loading;

static weir_kv_status tell(const weir_log_events *to, const weir_wal_event *e) {
    switch (e->kind) {
    case WEIR_WAL_CHANGED: return to->changed(to->arg, e->tenant, e->op, e->n);
    case WEIR_WAL_CREATED: return to->created(to->arg, e->tenant, e->name, &e->quota);
    case WEIR_WAL_LIMITED: return to->limited(to->arg, e->tenant, &e->quota);
    case WEIR_WAL_DROPPED: return to->dropped(to->arg, e->tenant);
    default: return WEIR_KV_OK;
    }
}

static void progress(loading *l, uint64_t bytes) {
    l->totals->bytes += bytes;
    if (++l->totals->records % 1024 || !l->o->progress) return;
    uint64_t now = weir_now_ns();
    if (now < l->next_ns) return;
    l->next_ns = now + 100000000;
    l->o->progress(l->o->progress_arg, l->totals->bytes, l->all);
}

/* The bytes that there are to read; a file that cannot be looked at will say so when it is opened. */
static void measure(loading *l, void (*name_of)(char *, uint64_t), uint64_t position) {
    char name[WEIR_WAL_NAME];
    name_of(name, position);
    int fd = weir_wal_dir_open_file(l->dir, name, O_RDONLY);
    if (fd < 0) return;
    int64_t size = l->dir->io->size(l->dir->io->ctx, fd);
    l->dir->io->close(l->dir->io->ctx, fd);
    if (size > WEIR_WAL_HEADER) l->all += (uint64_t)size - WEIR_WAL_HEADER;
}

static void measure_all(loading *l, const weir_wal_files *f) {
    if (f->snapshots) measure(l, weir_wal_snapshot_name, f->snapshot[f->snapshots - 1]);
    for (size_t i = 0; i < f->logs; i++) measure(l, weir_wal_log_name, f->log[i]);
}

/* What the listener itself refuses has no place in a file; it has said nothing yet. */
static weir_kv_status told(loading *l, const weir_wal_event *e, uint64_t offset) {
    weir_kv_status st = tell(l->to, e);
    if (st == WEIR_KV_OK) {
        l->totals->operations += e->n;
        return st;
    }
    if (st == WEIR_KV_CORRUPT)
        return weir_wal_corrupt(l->dir, l->error, l->r.name, offset, "a record does not fit what was before it");
    return weir_kv_fail(l->error, st, 0, offset, "%s/%s cannot be taken in at byte %llu: %s", l->dir->path, l->r.name,
                        (unsigned long long)offset, weir_kv_status_text(st));
}

static weir_kv_status open_file(loading *l, void (*name_of)(char *, uint64_t), const char *magic, uint64_t base) {
    char name[WEIR_WAL_NAME];
    name_of(name, base);
    weir_kv_status st = weir_wal_reader_open(&l->r, l->dir, name, magic, base, l->id, l->error);
    if (st == WEIR_KV_OK) l->id = l->r.id;
    l->totals->files++;
    return st;
}

/* -- the snapshot: complete, since it got its name when it was ----------------------------------------------------- */

static weir_kv_status snapshot_records(loading *l) {
    weir_wal_event e;
    uint64_t position = l->from, size, records = 0;
    weir_kv_status st;
    for (; (st = weir_wal_reader_next(&l->r, position, &e, &size)) == WEIR_KV_OK; records++) {
        uint64_t offset = WEIR_WAL_HEADER + position - l->from;
        position += size;
        if (e.kind == WEIR_WAL_END) {
            if (e.records != records || offset + size != l->r.size)
                return weir_wal_corrupt(l->dir, l->error, l->r.name, offset, "it has not as many records as it says");
            l->reach = e.to;
            return WEIR_KV_OK;
        }
        st = told(l, &e, offset);
        if (st != WEIR_KV_OK) return st;
        progress(l, size);
    }
    if (st != WEIR_KV_NO) return st;
    return weir_wal_corrupt(l->dir, l->error, l->r.name, WEIR_WAL_HEADER + position - l->from,
                            "a record is not what was written");
}

static weir_kv_status snapshot(loading *l, uint64_t position) {
    l->from = position;
    weir_kv_status st = open_file(l, weir_wal_snapshot_name, weir_wal_snapshot_magic, position);
    if (st == WEIR_KV_OK) st = snapshot_records(l);
    weir_wal_reader_close(&l->r);
    l->totals->snapshot = l->totals->position = position;
    if (st == WEIR_KV_OK && l->until < l->reach)
        return weir_kv_fail(l->error, WEIR_KV_BAD, 0, 0,
                            "%s cannot be opened as of position %llu: it has a snapshot of position %llu", l->dir->path,
                            (unsigned long long)l->until, (unsigned long long)l->reach);
    return st;
}

/* -- the log ------------------------------------------------------------------------------------------------------ */

/* From base up to `end`, where the next file begins, or with last to where nothing follows. */
static weir_kv_status segment_records(loading *l, uint64_t base, uint64_t end, bool last) {
    weir_wal_event e;
    uint64_t position = base, size;
    weir_kv_status st = WEIR_KV_OK;
    while (position < end) {
        uint64_t offset = WEIR_WAL_HEADER + position - base;
        st = weir_wal_reader_next(&l->r, position, &e, &size);
        if (st == WEIR_KV_NO) break;
        if (st != WEIR_KV_OK) return st;
        if (size > end - position)
            return weir_wal_corrupt(l->dir, l->error, l->r.name, offset, "a record reaches into the next file");
        position += size;
        if (e.durable > l->durable) l->durable = e.durable;
        bool counts = position > l->from && position <= l->until;
        if (counts) l->totals->position = position;
        if (counts && (st = told(l, &e, offset)) != WEIR_KV_OK) return st;
        progress(l, size);
    }
    if (st != WEIR_KV_NO) return st;
    if (!last || position < l->from) /* the snapshot had been named only when the log was safe as far as it */
        return weir_wal_corrupt(l->dir, l->error, l->r.name, WEIR_WAL_HEADER + position - base,
                                "a record is not what was written");
    return weir_wal_reader_tail(&l->r, position, &l->totals->torn);
}

static weir_kv_status segment(loading *l, const weir_wal_files *f, size_t i) {
    bool last = i + 1 == f->logs;
    uint64_t base = f->log[i], end = last ? UINT64_MAX : f->log[i + 1];
    weir_kv_status st = open_file(l, weir_wal_log_name, weir_wal_log_magic, base);
    if (st == WEIR_KV_OK) st = segment_records(l, base, end, last);
    weir_wal_reader_close(&l->r);
    return st;
}

/* The files that are needed: from the last that begins at or before the snapshot. */
static weir_kv_status log_files(loading *l, const weir_wal_files *f) {
    size_t first = f->logs;
    while (first > 0 && f->log[first - 1] > l->from) first--;
    if (first == 0)
        return weir_kv_fail(l->error, WEIR_KV_CORRUPT, 0, 0,
                            "%s is damaged: its log from position %llu on is not there", l->dir->path,
                            (unsigned long long)l->from);
    for (size_t i = first - 1; i < f->logs; i++) {
        weir_kv_status st = segment(l, f, i);
        if (st != WEIR_KV_OK) return st;
    }
    if (l->totals->position < l->reach && l->until >= l->reach)
        return weir_kv_fail(l->error, WEIR_KV_CORRUPT, 0, l->totals->position,
                            "%s is damaged: its log ends at position %llu, and its snapshot knows it up to %llu",
                            l->dir->path, (unsigned long long)l->totals->position, (unsigned long long)l->reach);
    return WEIR_KV_OK;
}

weir_kv_status weir_wal_load(const weir_wal_dir *d, const weir_kv_options *o, const weir_log_events *to,
                             weir_wal_totals *totals, weir_wal_loaded *loaded, weir_kv_error *error) {
    loading l = {
        .dir = d, .o = o, .to = to, .totals = totals, .error = error, .until = o->until ? o->until : UINT64_MAX};
    const weir_wal_files *f = &loaded->files;
    *totals = (weir_wal_totals){0};
    *loaded = (weir_wal_loaded){0};
    weir_kv_status st = weir_wal_files_list(d, &loaded->files, error);
    if (st != WEIR_KV_OK) return st;
    if (!f->logs && !f->snapshots) return weir_kv_fail(error, WEIR_KV_MISSING, 0, 0, "no store at %s", d->path);
    if (o->progress) measure_all(&l, f);
    if (f->snapshots) st = snapshot(&l, f->snapshot[f->snapshots - 1]);
    if (st == WEIR_KV_OK) st = log_files(&l, f);
    loaded->id = l.id;
    loaded->durable = l.durable;
    loaded->segment = f->logs ? f->log[f->logs - 1] : 0;
    if (st == WEIR_KV_OK && o->progress) o->progress(o->progress_arg, l.all, l.all);
    return st;
}

weir_kv_status weir_wal_inspect(const weir_kv_options *o, const weir_log_events *to, weir_wal_totals *totals,
                                weir_kv_error *error) {
    weir_kv_options only_read = *o;
    only_read.read_only = true;
    weir_wal_dir d;
    weir_wal_loaded loaded = {0};
    *totals = (weir_wal_totals){0};
    weir_kv_status st = weir_wal_dir_open(&d, &only_read, false, error);
    if (st == WEIR_KV_OK) st = weir_wal_load(&d, &only_read, to, totals, &loaded, error);
    weir_wal_files_free(&loaded.files);
    weir_wal_dir_close(&d);
    return st;
}
