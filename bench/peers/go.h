/* go - runs one of the programs in go/ and reads what it prints. */
#ifndef WEIR_BENCH_PEERS_GO_H
#define WEIR_BENCH_PEERS_GO_H

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/peers/peer.h"

/* Between fork and exec, so only calls that are safe there. */
static inline _Noreturn void go_become(const char *program, int out, char *const args[]) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* no orphan when the cell is killed */
    dup2(out, STDOUT_FILENO);
    execv(program, args);
    _exit(127);
}

static inline void go_read_all(int fd, char *text, size_t bytes) {
    size_t got = 0;
    for (ssize_t n; got < bytes - 1 && (n = read(fd, text + got, bytes - 1 - got)) > 0;) got += (size_t)n;
    text[got] = 0;
}

/* Runs the program; what it printed. False when it could not run or did not exit with 0. */
static inline bool go_ask(const char *program, char *const args[], char *answer, size_t bytes) {
    int fd[2], how = -1;
    if (pipe(fd) != 0) return false;
    pid_t pid = fork();
    if (pid == 0) go_become(program, fd[1], args);
    close(fd[1]);
    go_read_all(fd[0], answer, bytes);
    close(fd[0]);
    return pid > 0 && waitpid(pid, &how, 0) == pid && how == 0;
}

#endif
