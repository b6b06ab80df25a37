#include "bench/folder.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/case.h"

#define NAME ".weir-bench-"

enum { FDS = 16 };

static char place[PATH_MAX] = "/var/tmp";

static const char *path_of(pid_t child) {
    static char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/" NAME "%ld", place, (long)child);
    return path;
}

const char *bench_folder(void) {
    static char mine[PATH_MAX + 32];
    if (mine[0]) return mine;
    snprintf(mine, sizeof mine, "%s", path_of(getpid()));
    if (mkdir(mine, 0700) == 0) return mine;
    mine[0] = '\0';
    return NULL;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *where) {
    (void)s, (void)type, (void)where;
    return remove(path);
}

void folder_remove(pid_t child) {
    const char *path = path_of(child);
    if (access(path, F_OK) == 0) nftw(path, remove_one, FDS, FTW_DEPTH | FTW_PHYS);
}

/* A program that was killed could not remove the folders of its children: the next one does. */
static void sweep(void) {
    DIR *d = opendir(place);
    for (struct dirent *e; d && (e = readdir(d));) {
        long child = strncmp(e->d_name, NAME, sizeof NAME - 1) ? 0 : strtol(e->d_name + sizeof NAME - 1, NULL, 10);
        if (child > 0 && kill((pid_t)child, 0) && errno == ESRCH) folder_remove((pid_t)child);
    }
    if (d) closedir(d);
}

void folder_place(const char *out) {
    const char *tmp = getenv("TMPDIR");
    if (!out) out = tmp && *tmp ? tmp : "/var/tmp";
    if (!realpath(out, place)) snprintf(place, sizeof place, "%s", out);
    sweep();
}
