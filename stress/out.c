#include "stress/out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stress/text.h"

static bool made; /* the folder itself, not only those above it */

static int refuse(const char *path) { return stress_refuse("cannot write '%s': %s", path, strerror(errno)); }

static bool make_folders(const char *dir) {
    char *path = text_make("%s", dir);
    bool good = true;
    for (char *at = strchr(path + 1, '/'); at && good; at = strchr(at + 1, '/')) {
        *at = '\0';
        good = !mkdir(path, 0777) || errno == EEXIST;
        *at = '/';
    }
    made = good && !mkdir(path, 0777);
    good = made || (good && errno == EEXIST);
    free(path);
    return good;
}

/* A file without a name, which is gone whatever happens to us; where there are none, a try by name. */
int out_prepare(const char *dir) {
    if (!make_folders(dir)) return refuse(dir);
    int fd = open(dir, O_TMPFILE | O_WRONLY, 0666);
    if (fd < 0 && errno == EOPNOTSUPP) fd = open(dir, O_RDONLY | O_DIRECTORY);
    if (fd < 0) return refuse(dir);
    close(fd);
    return 0;
}

int out_write(const char *dir, const char *name, const char *text) {
    char *path = text_make("%s/%s", dir, name), *fresh = text_make("%s.new", path);
    FILE *f = fopen(fresh, "w");
    bool good = f && fputs(text, f) >= 0 && !fflush(f) && !fsync(fileno(f));
    if (f) good = !fclose(f) && good;
    good = good && !rename(fresh, path);
    int status = good ? 0 : refuse(path);
    if (!good) unlink(fresh);
    free(path);
    free(fresh);
    return status;
}

void out_forget(const char *dir) {
    if (made) rmdir(dir);
}
