#include "bench/out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/options.h"
#include "bench/report.h"

enum { PATH_BYTES = 4096 };

static int refuse(const char *path) { return bench_refuse("cannot write '%s': %s", path, strerror(errno)); }

static bool make_folders(char *path) {
    for (char *at = path + 1; *at; at++) {
        if (*at != '/') continue;
        *at = '\0';
        bool bad = mkdir(path, 0777) && errno != EEXIST;
        *at = '/';
        if (bad) return false;
    }
    return !mkdir(path, 0777) || errno == EEXIST;
}

static bool join(char *path, const char *dir, const char *name) {
    if (snprintf(path, PATH_BYTES, "%s/%s", dir, name) < PATH_BYTES) return true;
    errno = ENAMETOOLONG;
    return false;
}

int out_prepare(const char *dir) {
    char path[PATH_BYTES], probe[PATH_BYTES];
    if (!join(probe, dir, ".probe")) return refuse(dir);
    snprintf(path, sizeof path, "%s", dir);
    if (!make_folders(path)) return refuse(dir);
    FILE *f = fopen(probe, "w"); /* access() would lie to root and about read-only mounts */
    if (!f) return refuse(dir);
    fclose(f);
    unlink(probe);
    return 0;
}

/* Beside it first, then renamed: a reader sees the old file or the new one. */
static int write_file(const char *dir, const char *name, const char *text) {
    char path[PATH_BYTES], fresh[PATH_BYTES];
    if (!text) return bench_refuse("out of memory for %s", name);
    if (!join(path, dir, name) || snprintf(fresh, sizeof fresh, "%s.new", path) >= PATH_BYTES) return refuse(dir);
    FILE *f = fopen(fresh, "w");
    if (!f) return refuse(fresh);
    bool good = fputs(text, f) >= 0 && fputc('\n', f) != EOF && !fflush(f) && !fsync(fileno(f));
    good = !fclose(f) && good;
    if (good && !rename(fresh, path)) return 0;
    int bad = refuse(path);
    unlink(fresh);
    return bad;
}

static int write_json(const char *dir, const char *name, const json_t *value) {
    char *text = json_dumps(value, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    int bad = write_file(dir, name, text);
    free(text);
    return bad;
}

/* The report says on standard output which files it wrote; there stands the result of the run. */
static int write_report(const char *dir) {
    char *argv[] = {"report", (char *)(uintptr_t)dir, NULL};
    fflush(stdout);
    int result = dup(STDOUT_FILENO);
    if (result < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return refuse(dir);
    int status = bench_report_main(2, argv);
    fflush(stdout);
    dup2(result, STDOUT_FILENO);
    close(result);
    return status;
}

int out_write(const char *dir, const json_t *document) {
    if (write_json(dir, "raw.json", document) ||
        write_json(dir, "machine.json", json_object_get(document, "machine")) ||
        write_file(dir, "command.txt", json_string_value(json_object_get(document, "command"))))
        return EXIT_USAGE;
    return write_report(dir);
}

const char *out_default_dir(void) {
    static char dir[64];
    char stamp[32];
    struct stat st;
    struct tm local;
    time_t now = time(NULL);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", localtime_r(&now, &local));
    snprintf(dir, sizeof dir, "%s/%s", !stat("build", &st) && S_ISDIR(st.st_mode) ? "build/report" : "bench-report",
             stamp);
    return dir;
}
