/* The files of the log. Each has the position of its first record in its name and its header, and ends where the next begins; a file is
 * made under another name and complete before it gets its own, and the one before it is synced by then. */
#include <errno.h>
#include <fcntl.h>

#include "kv/store/wal_p.h"

static int fill(const weir_wal_dir *d, int fd, uint32_t id, uint64_t base, uint64_t bytes) {
    const weir_kv_io *io = d->io;
    int done = io->allocate(io->ctx, fd, 0, WEIR_WAL_HEADER + bytes);
    if (done < 0 && done != -EOPNOTSUPP) return done;
    weir_wal_header h;
    weir_wal_header_make(&h, weir_wal_log_magic, id, base);
    done = weir_wal_write_whole(io, fd, &h, sizeof h, 0);
    return done < 0 ? done : io->sync(io->ctx, fd);
}

int weir_wal_segment_make(const weir_wal_dir *d, uint32_t id, uint64_t base, uint64_t bytes) {
    char name[WEIR_WAL_NAME];
    weir_wal_log_name(name, base);
    int fd = weir_wal_dir_open_file(d, "new-log", O_RDWR | O_CREAT | O_TRUNC);
    if (fd < 0) return fd;
    int done = fill(d, fd, id, base, bytes);
    if (done >= 0) done = weir_wal_dir_rename(d, "new-log", name);
    if (done >= 0) return fd;
    d->io->close(d->io->ctx, fd);
    return done;
}

static int write_again(const weir_wal_dir *d, int fd, char *bytes, size_t room, uint64_t offset, uint64_t end) {
    while (offset < end) {
        size_t size = end - offset < room ? (size_t)(end - offset) : room;
        ssize_t n = d->io->read(d->io->ctx, fd, bytes, size, offset);
        int done = n <= 0 ? (n < 0 ? (int)n : -EIO) : weir_wal_write_whole(d->io, fd, bytes, (size_t)n, offset);
        if (done < 0) return done;
        offset += (uint64_t)n;
    }
    return d->io->sync(d->io->ctx, fd);
}

int weir_wal_segment_secure(const weir_wal_dir *d, int fd, uint64_t base, uint64_t from, uint64_t end) {
    enum { ROOM = 1 << 16 };
    char *bytes = malloc(ROOM);
    if (!bytes) return -ENOMEM;
    if (from < base) from = base; /* a file is synced before the next is made */
    int done = write_again(d, fd, bytes, ROOM, WEIR_WAL_HEADER + from - base, WEIR_WAL_HEADER + end - base);
    free(bytes);
    return done;
}

static bool next_segment(weir_wal *w, const weir_wal_chunk *c) {
    if (!weir_wal_segment_sync(w)) return false;
    w->dir.io->close(w->dir.io->ctx, w->fd);
    w->fd = weir_wal_segment_make(&w->dir, w->id, c->base, c->used > w->segment_bytes ? c->used : w->segment_bytes);
    if (w->fd < 0) return weir_wal_end_log(w, -w->fd, "make", c->base);
    w->base = c->base;
    return true;
}

bool weir_wal_segment_write(weir_wal *w, const weir_wal_chunk *c) {
    bool full = c->base > w->base && c->base + c->used - w->base > w->segment_bytes;
    if (full && !next_segment(w, c)) return false;
    int done = weir_wal_write_whole(w->dir.io, w->fd, c->bytes, c->used, WEIR_WAL_HEADER + c->base - w->base);
    if (done < 0) return weir_wal_end_log(w, -done, "write", w->base);
    w->end = c->base + c->used;
    return true;
}

bool weir_wal_segment_sync(weir_wal *w) {
    uint64_t begin = weir_now_ns();
    int done = w->dir.io->sync(w->dir.io->ctx, w->fd);
    w->sync_ns = w->sync_ns - w->sync_ns / 8 + (weir_now_ns() - begin) / 8;
    weir_a64_add(&w->syncs, 1);
    return done < 0 ? weir_wal_end_log(w, -done, "sync", w->base) : true;
}
