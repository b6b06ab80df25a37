/* io - the seam between a store and its files: every call to the system goes through this table, so that a test can make any of
 * them fail, tear, reorder or lie.
 *
 * When to use      weir_kv_options.io, to put a store on something else than the system's files, or to break it on purpose.
 * Ownership        The table and ctx are the caller's and must outlive the store.
 * Threads          Every function may be called by any thread at any time; on one file, write and sync by one at a time.
 * Errors           Each answers a negative errno, -EINTR excepted, or what is said. Lengths may be short as the system's.
 * Checked by       kv/io_test.c; stress: fault (kv_fault.c).
 */
#ifndef WEIR_KV_IO_H
#define WEIR_KV_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_kv_io {
    void *ctx;
    int (*open)(void *ctx, const char *path, int flags, mode_t mode); /* as open(2): a descriptor */
    int (*close)(void *ctx, int fd);
    ssize_t (*read)(void *ctx, int fd, void *to, size_t size, uint64_t offset);          /* as pread */
    ssize_t (*write)(void *ctx, int fd, const void *from, size_t size, uint64_t offset); /* as pwrite */
    int (*sync)(void *ctx, int fd); /* fdatasync; the descriptor of a directory: fsync */
    int (*allocate)(void *ctx, int fd, uint64_t offset, uint64_t size); /* posix_fallocate; -EOPNOTSUPP is no failure */
    int (*truncate)(void *ctx, int fd, uint64_t size);
    int64_t (*size)(void *ctx, int fd);
    int (*rename)(void *ctx, const char *from, const char *to);
    int (*unlink)(void *ctx, const char *path);
    int (*mkdir)(void *ctx, const char *path, mode_t mode);
    int (*lock)(void *ctx, int fd); /* exclusive, for as long as fd is open; -EWOULDBLOCK: another has it */
    /* Calls each for every name in a directory but . and .. */
    int (*list)(void *ctx, const char *path, void (*each)(void *arg, const char *name), void *arg);
} weir_kv_io;

/* The system's. */
extern const weir_kv_io weir_kv_io_system;

#ifdef __cplusplus
}
#endif
#endif
