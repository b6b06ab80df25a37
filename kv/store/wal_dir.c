/* The directory of a store: names, the lock, and what is said when something fails. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "prims/crc.h"
#include "kv/store/wal_p.h"

const char weir_wal_log_magic[8] = "WEIR log", weir_wal_snapshot_magic[8] = "WEIRsnap";

weir_kv_status weir_wal_status(int error) {
    if (error == ENOSPC || error == EDQUOT) return WEIR_KV_NOSPACE;
    if (error == EROFS) return WEIR_KV_READONLY;
    return error == ENOMEM ? WEIR_KV_NOMEM : WEIR_KV_IO;
}

weir_kv_status weir_wal_fail(const weir_wal_dir *d, weir_kv_error *error, int system, const char *what,
                             const char *name) {
    return weir_kv_fail(error, weir_wal_status(system), system, 0, "cannot %s %s%s%s: %s", what, d->path,
                        *name ? "/" : "", name, strerror(system));
}

weir_kv_status weir_wal_corrupt(const weir_wal_dir *d, weir_kv_error *error, const char *name, uint64_t offset,
                                const char *why) {
    return weir_kv_fail(error, WEIR_KV_CORRUPT, 0, offset, "%s/%s is damaged at byte %llu: %s", d->path, name,
                        (unsigned long long)offset, why);
}

static bool path_of(const weir_wal_dir *d, const char *name, char path[WEIR_WAL_PATH]) {
    return snprintf(path, WEIR_WAL_PATH, "%s/%s", d->path, name) < WEIR_WAL_PATH;
}

int weir_wal_dir_open_file(const weir_wal_dir *d, const char *name, int flags) {
    char path[WEIR_WAL_PATH];
    return path_of(d, name, path) ? d->io->open(d->io->ctx, path, flags, 0666) : -ENAMETOOLONG;
}

int weir_wal_dir_rename(const weir_wal_dir *d, const char *from, const char *to) {
    char a[WEIR_WAL_PATH], b[WEIR_WAL_PATH];
    if (!path_of(d, from, a) || !path_of(d, to, b)) return -ENAMETOOLONG;
    int done = d->io->rename(d->io->ctx, a, b);
    return done < 0 ? done : d->io->sync(d->io->ctx, d->fd);
}

int weir_wal_dir_unlink(const weir_wal_dir *d, const char *name) {
    char path[WEIR_WAL_PATH];
    return path_of(d, name, path) ? d->io->unlink(d->io->ctx, path) : -ENAMETOOLONG;
}

int weir_wal_write_whole(const weir_kv_io *io, int fd, const void *from, size_t size, uint64_t offset) {
    const char *p = from;
    while (size) {
        ssize_t n = io->write(io->ctx, fd, p, size, offset);
        if (n <= 0) return n < 0 ? (int)n : -EIO;
        p += n;
        size -= (size_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}

/* -- the lock: whoever has it writes who that is ------------------------------------------------------------------ */

static weir_kv_status locked(weir_wal_dir *d, weir_kv_error *error) {
    char who[24] = "";
    ssize_t n = d->io->read(d->io->ctx, d->lock, who, sizeof who - 1, 0);
    who[n > 0 ? n : 0] = 0;
    long pid = strtol(who, NULL, 10);
    if (pid > 0)
        return weir_kv_fail(error, WEIR_KV_LOCKED, 0, 0, "%s is open in process %ld: close it there first", d->path,
                            pid);
    return weir_kv_fail(error, WEIR_KV_LOCKED, 0, 0, "%s is open in another process: close it there first", d->path);
}

/* A store that is only read, on a file system that is, may have no lock: then nobody can write there. */
static weir_kv_status take_lock(weir_wal_dir *d, weir_kv_error *error) {
    d->lock = weir_wal_dir_open_file(d, "lock", d->read_only ? O_RDONLY : O_RDWR | O_CREAT);
    if (d->read_only && (d->lock == -ENOENT || d->lock == -EACCES)) return WEIR_KV_OK;
    if (d->lock < 0) return weir_wal_fail(d, error, -d->lock, "open", "lock");
    int done = d->io->lock(d->io->ctx, d->lock);
    if (done == -EWOULDBLOCK) return locked(d, error);
    if (done < 0) return weir_wal_fail(d, error, -done, "lock", "lock");
    if (d->read_only) return WEIR_KV_OK;
    char who[24];
    int n = snprintf(who, sizeof who, "%ld\n", (long)getpid());
    done = d->io->truncate(d->io->ctx, d->lock, 0);
    if (done >= 0) done = weir_wal_write_whole(d->io, d->lock, who, (size_t)n, 0);
    return done < 0 ? weir_wal_fail(d, error, -done, "write", "lock") : WEIR_KV_OK;
}

int weir_wal_dir_sync_above(const weir_wal_dir *d) {
    char above[WEIR_WAL_PATH];
    snprintf(above, sizeof above, "%s", d->path);
    size_t n = strlen(above);
    while (n > 1 && above[n - 1] == '/') above[--n] = 0;
    char *slash = strrchr(above, '/');
    if (slash) slash[slash == above] = 0;
    int fd = d->io->open(d->io->ctx, slash ? above : ".", O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) return fd;
    int done = d->io->sync(d->io->ctx, fd);
    d->io->close(d->io->ctx, fd);
    return done;
}

static weir_kv_status make_directory(const weir_wal_dir *d, weir_kv_error *error) {
    int done = d->io->mkdir(d->io->ctx, d->path, 0777);
    return done < 0 && done != -EEXIST ? weir_wal_fail(d, error, -done, "make", "") : WEIR_KV_OK;
}

weir_kv_status weir_wal_dir_open(weir_wal_dir *d, const weir_kv_options *o, bool make, weir_kv_error *error) {
    *d = (weir_wal_dir){
        .io = o->io ? o->io : &weir_kv_io_system, .fd = -1, .lock = -1, .read_only = o->read_only || o->until};
    if (strlen(o->path) >= WEIR_WAL_PATH - WEIR_WAL_NAME)
        return weir_kv_fail(error, WEIR_KV_BAD, 0, 0, "the path of the store has more than %d bytes",
                            WEIR_WAL_PATH - WEIR_WAL_NAME - 1);
    d->path = strdup(o->path);
    if (!d->path) return weir_kv_fail(error, WEIR_KV_NOMEM, ENOMEM, 0, "out of memory");
    weir_kv_status st = make ? make_directory(d, error) : WEIR_KV_OK;
    if (st != WEIR_KV_OK) return st;
    d->fd = d->io->open(d->io->ctx, d->path, O_RDONLY | O_DIRECTORY, 0);
    if (d->fd == -ENOENT || d->fd == -ENOTDIR)
        return weir_kv_fail(error, WEIR_KV_MISSING, -d->fd, 0, "no store at %s: %s", d->path, strerror(-d->fd));
    if (d->fd < 0) return weir_wal_fail(d, error, -d->fd, "open", "");
    return take_lock(d, error);
}

void weir_wal_dir_close(weir_wal_dir *d) {
    if (d->lock >= 0) d->io->close(d->io->ctx, d->lock);
    if (d->fd >= 0) d->io->close(d->io->ctx, d->fd);
    free(d->path);
    d->lock = d->fd = -1;
    d->path = NULL;
}

/* -- names and headers -------------------------------------------------------------------------------------------- */

void weir_wal_log_name(char *name, uint64_t position) {
    snprintf(name, WEIR_WAL_NAME, "log-%016llx", (unsigned long long)position);
}

void weir_wal_snapshot_name(char *name, uint64_t position) {
    snprintf(name, WEIR_WAL_NAME, "snapshot-%016llx", (unsigned long long)position);
}

static void add(weir_wal_files *f, uint64_t **list, size_t *n, uint64_t position) {
    uint64_t *more = realloc(*list, (*n + 1) * sizeof **list);
    if (!more) {
        f->nomem = true;
        return;
    }
    *list = more;
    (*list)[(*n)++] = position;
}

static void note_name(void *arg, const char *name) {
    weir_wal_files *f = arg;
    char expected[WEIR_WAL_NAME];
    const char *dash = strrchr(name, '-');
    uint64_t position = dash ? strtoull(dash + 1, NULL, 16) : 0;
    if (!strncmp(name, "new-", 4)) f->unfinished = true;
    weir_wal_log_name(expected, position);
    if (!strcmp(name, expected)) add(f, &f->log, &f->logs, position);
    weir_wal_snapshot_name(expected, position);
    if (!strcmp(name, expected)) add(f, &f->snapshot, &f->snapshots, position);
}

static int ascending(const void *a, const void *b) {
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

weir_kv_status weir_wal_files_list(const weir_wal_dir *d, weir_wal_files *f, weir_kv_error *error) {
    *f = (weir_wal_files){0};
    int done = d->io->list(d->io->ctx, d->path, note_name, f);
    if (done < 0) return weir_wal_fail(d, error, -done, "list", "");
    if (f->nomem) return weir_kv_fail(error, WEIR_KV_NOMEM, ENOMEM, 0, "out of memory");
    if (f->logs) qsort(f->log, f->logs, sizeof *f->log, ascending);
    if (f->snapshots) qsort(f->snapshot, f->snapshots, sizeof *f->snapshot, ascending);
    return WEIR_KV_OK;
}

void weir_wal_files_free(weir_wal_files *f) {
    free(f->log);
    free(f->snapshot);
    *f = (weir_wal_files){0};
}

void weir_wal_header_make(weir_wal_header *h, const char *magic, uint32_t id, uint64_t base) {
    *h = (weir_wal_header){.order = 0x01020304, .version = WEIR_WAL_VERSION, .base = base, .id = id};
    memcpy(h->magic, magic, sizeof h->magic);
    h->crc = weir_crc32c(0, h, offsetof(weir_wal_header, crc));
}
