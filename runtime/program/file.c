#include "runtime/program/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_all(int fd, weir_file *f, size_t most) {
    for (size_t room = 0;;) {
        if (f->bytes == room) {
            room = room ? 2 * room : 1 << 16;
            char *p = realloc(f->text, room);
            if (!p) return false;
            f->text = p;
        }
        size_t want = room - f->bytes;
        if (want > most + 1 - f->bytes) want = most + 1 - f->bytes;
        ssize_t n = want ? read(fd, f->text + f->bytes, want) : 0;
        if (n == 0) return true;
        if (n > 0) f->bytes += (size_t)n;
        else if (errno != EINTR) return false;
    }
}

bool weir_file_read(weir_file *f, const char *name, size_t most) {
    *f = (weir_file){0};
    bool input = !strcmp(name, "-");
    int fd = input ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool good = !fstat(fd, &f->seen) && read_all(fd, f, most);
    int why = errno;
    if (!input) close(fd);
    if (good) return true;
    free(f->text);
    errno = why;
    return false;
}

static bool write_all(int fd, const char *text, size_t bytes) {
    while (bytes) {
        ssize_t n = write(fd, text, bytes);
        if (n < 0 && errno != EINTR) return false;
        if (n > 0) text += n, bytes -= (size_t)n;
    }
    return true;
}

/* The file at this path may be written, and is what was read. */
static bool unchanged(const struct stat *seen, const char *path) {
    struct stat now;
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return false;
    bool same = !fstat(fd, &now) && S_ISREG(now.st_mode) && now.st_dev == seen->st_dev && now.st_ino == seen->st_ino &&
                now.st_size == seen->st_size && now.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
                now.st_mtim.tv_nsec == seen->st_mtim.tv_nsec;
    close(fd);
    if (!same) errno = ESTALE;
    return same;
}

/* The owner first: changing it may clear bits of the mode. */
static bool dress(int fd, const struct stat *like) {
    struct stat own;
    if (fstat(fd, &own)) return false;
    bool owned = own.st_uid == like->st_uid && own.st_gid == like->st_gid;
    return (owned || !fchown(fd, like->st_uid, like->st_gid)) && !fchmod(fd, like->st_mode & 07777);
}

/* path is no link. A new file beside it takes its place when every byte of it is safe on the disk. */
static bool replace(const weir_file *f, const char *path, const char *text, size_t bytes) {
    char beside[PATH_MAX + 16];
    snprintf(beside, sizeof beside, "%.*s/.weir-XXXXXX", (int)(strrchr(path, '/') - path), path);
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0) return false;
    bool good = dress(fd, &f->seen) && write_all(fd, text, bytes) && !fsync(fd);
    int why = errno;
    if (close(fd) && good) good = false, why = errno;
    if (good && unchanged(&f->seen, path) && !rename(beside, path)) return true;
    if (good) why = errno;
    unlink(beside);
    errno = why;
    return false;
}

bool weir_file_replace(const weir_file *f, const char *name, const char *text, size_t bytes) {
    char path[PATH_MAX];
    return realpath(name, path) && unchanged(&f->seen, path) && replace(f, path, text, bytes);
}
