#include "prims/vectoring_io.h"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <fcntl.h>
#include <unistd.h>

/* A second iovec of no bytes costs time only. */
static int filled(const struct iovec iov[2]) { return iov[1].iov_len ? 2 : 1; }

int64_t weir_fd_read(int fd, const struct iovec iov[2]) {
    for (;;) {
        ssize_t n = readv(fd, iov, filled(iov));
        if (n >= 0) return n;
        if (errno != EINTR) return -errno;
    }
}

/* A socket is told not to raise SIGPIPE, which writev cannot say. */
static ssize_t write_once(int fd, const struct iovec iov[2]) {
    struct msghdr message = {.msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)filled(iov)};
    ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
    return n < 0 && errno == ENOTSOCK ? writev(fd, iov, filled(iov)) : n;
}

int64_t weir_fd_write(int fd, const struct iovec iov[2]) {
    for (;;) {
        ssize_t n = write_once(fd, iov);
        if (n >= 0) return n;
        if (errno != EINTR) return -errno;
    }
}

size_t weir_fd_move(int from, int to, size_t n) {
    ssize_t moved = splice(from, NULL, to, NULL, n, SPLICE_F_NONBLOCK);
    if (moved < 0 && errno == EINVAL) moved = sendfile(to, from, NULL, n);
    return moved > 0 ? (size_t)moved : 0;
}
