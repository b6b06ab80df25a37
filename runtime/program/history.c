#include "runtime/program/history.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char *joined(const char *a, const char *b) {
    char *path;
    return asprintf(&path, "%s%s", a, b) < 0 ? NULL : path;
}

char *weir_history_path(void) {
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (!state || *state != '/') return home && *home == '/' ? joined(home, "/.weir_history") : NULL;
    char *dir = joined(state, "/weir");
    if (!dir) return NULL;
    mkdir(dir, 0700); /* if it cannot be made, nothing is kept */
    char *path = joined(dir, "/history");
    free(dir);
    return path;
}

FILE *weir_history_begin(const char *path) {
    char *new = joined(path, ".new");
    int fd = -1;
    if (new) {
        unlink(new); /* left behind by one that was killed */
        fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    }
    free(new);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (fd >= 0 && !f) close(fd);
    return f;
}

void weir_history_done(const char *path, FILE *f) {
    char *new = joined(path, ".new");
    bool good = !ferror(f);
    good &= fclose(f) == 0;
    if (new && (!good || rename(new, path) != 0)) unlink(new);
    free(new);
}
