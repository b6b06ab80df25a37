/* The system's files. What a signal interrupts is done again. */
#include "kv/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int answer(int done) { return done < 0 ? -errno : done; }

static int system_open(void *ctx, const char *path, int flags, mode_t mode) {
    (void)ctx;
    int fd;
    do fd = answer(open(path, flags | O_CLOEXEC, mode));
    while (fd == -EINTR);
    return fd;
}

static int system_close(void *ctx, int fd) { /* after EINTR the descriptor is gone, too */
    (void)ctx;
    int done = answer(close(fd));
    return done == -EINTR ? 0 : done;
}

static ssize_t system_read(void *ctx, int fd, void *to, size_t size, uint64_t offset) {
    (void)ctx;
    ssize_t n;
    do n = pread(fd, to, size, (off_t)offset);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static ssize_t system_write(void *ctx, int fd, const void *from, size_t size, uint64_t offset) {
    (void)ctx;
    ssize_t n;
    do n = pwrite(fd, from, size, (off_t)offset);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static int system_sync(void *ctx, int fd) {
    (void)ctx;
    struct stat s;
    if (fstat(fd, &s) < 0) return -errno;
    int done;
    do done = answer(S_ISDIR(s.st_mode) ? fsync(fd) : fdatasync(fd));
    while (done == -EINTR);
    return done;
}

static int system_allocate(void *ctx, int fd, uint64_t offset, uint64_t size) {
    (void)ctx;
    int done;
    do done = answer(fallocate(fd, 0, (off_t)offset, (off_t)size));
    while (done == -EINTR);
    return done;
}

static int system_truncate(void *ctx, int fd, uint64_t size) {
    (void)ctx;
    int done;
    do done = answer(ftruncate(fd, (off_t)size));
    while (done == -EINTR);
    return done;
}

static int64_t system_size(void *ctx, int fd) {
    (void)ctx;
    struct stat s;
    return fstat(fd, &s) < 0 ? -errno : s.st_size;
}

static int system_rename(void *ctx, const char *from, const char *to) {
    (void)ctx;
    return answer(rename(from, to));
}

static int system_unlink(void *ctx, const char *path) {
    (void)ctx;
    return answer(unlink(path));
}

static int system_mkdir(void *ctx, const char *path, mode_t mode) {
    (void)ctx;
    return answer(mkdir(path, mode));
}

static int system_lock(void *ctx, int fd) {
    (void)ctx;
    int done;
    do done = answer(flock(fd, LOCK_EX | LOCK_NB));
    while (done == -EINTR);
    return done;
}

static int system_list(void *ctx, const char *path, void (*each)(void *arg, const char *name), void *arg) {
    (void)ctx;
    DIR *d = opendir(path);
    if (!d) return -errno;
    struct dirent *e;
    while (errno = 0, (e = readdir(d)))
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..")) each(arg, e->d_name);
    int error = errno;
    closedir(d);
    return -error;
}

const weir_kv_io weir_kv_io_system = {.open = system_open,
                                      .close = system_close,
                                      .read = system_read,
                                      .write = system_write,
                                      .sync = system_sync,
                                      .allocate = system_allocate,
                                      .truncate = system_truncate,
                                      .size = system_size,
                                      .rename = system_rename,
                                      .unlink = system_unlink,
                                      .mkdir = system_mkdir,
                                      .lock = system_lock,
                                      .list = system_list};
