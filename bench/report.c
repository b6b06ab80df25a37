#include "bench/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report_out.h"
#include "bench/report_p.h"

/* The folder of a file: "." when it has none. */
static char *folder_of(const char *file) {
    const char *slash = strrchr(file, '/');
    return slash ? report_format("%.*s", (int)(slash - file + (slash == file)), file) : report_format(".");
}

typedef struct target {
    const report_doc *doc;
    const char *folder;
    const report_panel *panel;
} target;

static void put_html(const target *t, FILE *f) { report_html(t->doc, f); }
static void put_markdown(const target *t, FILE *f) { report_markdown(t->doc, f); }
static void put_plot(const target *t, FILE *f) { report_plot_file(t->doc, t->panel, f); }

/* Written beside its name first, so that a reader never sees half a file. */
static bool write_file(const target *t, const char *name, void (*put)(const target *, FILE *)) {
    char *path = report_format("%s/%s", t->folder, name), *part = report_format("%s.part", path);
    FILE *f = fopen(part, "w");
    bool ok = f != NULL;
    if (ok) {
        put(t, f);
        ok = !ferror(f);
        ok = fclose(f) == 0 && ok && rename(part, path) == 0;
    }
    if (ok) printf("%s\n", path);
    else fprintf(stderr, "bench report: cannot write %s: %s\n", path, strerror(errno));
    if (!ok && f) remove(part);
    free(path);
    free(part);
    return ok;
}

static bool write_plots(target t) {
    for (size_t i = 0; i < t.doc->cases_n; i++)
        for (size_t j = 0; j < t.doc->cases[i].panels_n; j++) {
            char name[REPORT_FILE_NAME];
            t.panel = &t.doc->cases[i].panels[j];
            report_plot_name(t.doc, t.panel, name);
            if (!write_file(&t, name, put_plot)) return false;
        }
    return true;
}

int bench_report_main(int argc, char **argv) {
    report_doc doc;
    char why[REPORT_WHY], file[4096];
    if (argc != 2 || argv[1][0] == '-') {
        fprintf(stderr,
                "usage: bench report DIR   (a folder with a raw.json, or such a file; the report is written beside "
                "it)\n");
        return 2;
    }
    if (!report_load(argv[1], &doc, why)) {
        fprintf(stderr, "bench report: %s\n", why);
        return 2;
    }
    report_path(argv[1], file, sizeof file);
    target t = {&doc, folder_of(file), NULL};
    bool ok = write_file(&t, "report.html", put_html) && write_file(&t, "report.md", put_markdown) && write_plots(t);
    free((char *)t.folder);
    report_free(&doc);
    return ok ? 0 : 2;
}
