/* kv_server - a server of another project, started in the child's folder, where its socket and files are, and stopped by its pid. It
 * dies with the child however that ends, and the engine removes the folder. The child's working directory becomes the folder, so
 * that the path of the socket is short enough for any folder. */
#ifndef WEIR_BENCH_PEERS_KV_SERVER_H
#define WEIR_BENCH_PEERS_KV_SERVER_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/cases/kv_data.h"

#define KV_SOCKET "socket"
enum { KV_SERVER_TRIES = 500 }; /* of 20 ms */

/* A connection, or -1. */
static inline int kv_server_connect(void) {
    struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = KV_SOCKET};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0) return fd;
    if (fd >= 0) close(fd);
    return -1;
}

static inline void kv_server_stop(pid_t pid) {
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}

/* Returns its pid when it answers; -1: it does not start. */
static inline pid_t kv_server_start(const char *program, char *const args[]) {
    const char *folder = bench_folder();
    if (!folder || chdir(folder)) return -1;
    pid_t pid = fork();
    if (pid == 0) {
        int nowhere = open("/dev/null", O_RDWR); /* what a server says while it works is no result */
        for (int fd = 0; fd < 3; fd++) dup2(nowhere, fd);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execv(program, args);
        _exit(127);
    }
    for (int i = 0; pid > 0 && i < KV_SERVER_TRIES; i++) {
        int fd = kv_server_connect();
        if (fd >= 0) return close(fd), pid;
        if (waitpid(pid, NULL, WNOHANG) == pid) return -1; /* it has ended */
        usleep(20000);
    }
    if (pid > 0) kv_server_stop(pid);
    return -1;
}

static inline double kv_server_resident(pid_t pid) {
    char path[64];
    unsigned long pages = 0;
    snprintf(path, sizeof path, "/proc/%ld/statm", (long)pid);
    FILE *f = fopen(path, "r");
    if (f && fscanf(f, "%*s %lu", &pages) != 1) pages = 0;
    if (f) fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

#endif
