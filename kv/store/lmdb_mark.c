/* Whether the machine has stopped over writes that were not on the disk.
 *
 * At levels below DISK, LMDB's pages reach the disk in any order, and it has no checksums: after a power failure its newest root may lead
 * to pages that never were written, and it cannot tell. So a store that is opened so has a file `unsynced` with the name of this
 * start of the machine, which goes when the store has been synced and closed. Found by another start, it says that all may be damaged. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "kv/store/lmdb_p.h"

static const char name[] = "unsynced";
enum { BOOT = 36 };

/* What the kernel calls this start; all zeros where it does not say. */
static void boot_of_now(char boot[BOOT]) {
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
    memset(boot, '0', BOOT);
    if (!f) return;
    if (fread(boot, 1, BOOT, f) != BOOT) memset(boot, '0', BOOT);
    fclose(f);
}

weir_kv_status weir_lmdb_mark_look(const weir_wal_dir *d, bool *there, weir_kv_error *error) {
    char now[BOOT], then[BOOT];
    int fd = weir_wal_dir_open_file(d, name, O_RDONLY);
    *there = fd >= 0;
    if (fd == -ENOENT) return WEIR_KV_OK;
    if (fd < 0) return weir_wal_fail(d, error, -fd, "open", name);
    ssize_t n = d->io->read(d->io->ctx, fd, then, BOOT, 0);
    d->io->close(d->io->ctx, fd);
    boot_of_now(now);
    if (n == BOOT && memcmp(now, then, BOOT) == 0) return WEIR_KV_OK;
    return weir_kv_fail(error, WEIR_KV_CORRUPT, 0, 0,
                        "%s was written at a level below disk when the machine stopped, and LMDB cannot tell what is "
                        "whole: take a copy from elsewhere, or remove %s/%s to open it as it is",
                        d->path, d->path, name);
}

weir_kv_status weir_lmdb_mark_set(const weir_wal_dir *d, weir_kv_error *error) {
    char boot[BOOT];
    boot_of_now(boot);
    int fd = weir_wal_dir_open_file(d, name, O_WRONLY | O_CREAT);
    int done = fd < 0 ? fd : weir_wal_write_whole(d->io, fd, boot, BOOT, 0);
    if (done >= 0) done = d->io->sync(d->io->ctx, fd);
    if (fd >= 0) d->io->close(d->io->ctx, fd);
    if (done >= 0) done = d->io->sync(d->io->ctx, d->fd);
    return done < 0 ? weir_wal_fail(d, error, -done, "write", name) : WEIR_KV_OK;
}

int weir_lmdb_mark_remove(const weir_wal_dir *d) {
    int done = weir_wal_dir_unlink(d, name);
    return done < 0 ? done : d->io->sync(d->io->ctx, d->fd);
}
