/* Reading raw.json: every field is checked before it is believed, and every refusal names its place. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/report_model.h"
#include "bench/report_p.h"

typedef struct reader {
    report_doc *doc;
    const char *file;
    char *why;
    size_t cell, reps; /* the cell being read; repetitions so far */
} reader;

void *report_alloc(size_t count, size_t size) {
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p) {
        fputs("bench: out of memory\n", stderr);
        exit(2);
    }
    return p;
}

char *report_format(const char *format, ...) {
    va_list ap;
    char *s = NULL;
    va_start(ap, format);
    int n = vasprintf(&s, format, ap);
    va_end(ap);
    return n < 0 ? report_alloc(1, 1) : s;
}

/* Messages go to terminals: what comes from the file must not steer one. */
static void defuse(char *s) {
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f) *s = '?';
}

bool report_refuse(char why[REPORT_WHY], const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(why, REPORT_WHY, format, ap);
    va_end(ap);
    defuse(why);
    return false;
}

static bool refuse_field(reader *r, const char *field, const char *what) {
    return report_refuse(r->why, "%s: cells[%zu]%s%s: %s", r->file, r->cell, *field ? "." : "", field, what);
}

static const json_t *field_of(const json_t *object, const char *name) {
    const json_t *v = json_object_get(object, name);
    return json_is_null(v) ? NULL : v;
}

static bool read_word(reader *r, const json_t *cell, const char *name, bool required, const char **out) {
    const json_t *v = field_of(cell, name);
    *out = json_string_value(v);
    if (v && !*out) return refuse_field(r, name, "not a string");
    if (required && !v) return refuse_field(r, name, "missing");
    if (required && !**out) return refuse_field(r, name, "empty");
    return true;
}

static bool read_flag(reader *r, const json_t *cell, const char *name, unsigned flag, unsigned *flags) {
    const json_t *v = field_of(cell, name);
    if (v && !json_is_boolean(v)) return refuse_field(r, name, "neither true nor false");
    if (json_is_true(v)) *flags |= flag;
    return true;
}

static bool read_flags(reader *r, const json_t *cell, unsigned *flags) {
    return read_flag(r, cell, "default", REPORT_DEFAULT, flags) && read_flag(r, cell, "peer", REPORT_PEER, flags) &&
           read_flag(r, cell, "weaker", REPORT_WEAKER, flags) &&
           read_flag(r, cell, "reference", REPORT_REFERENCE, flags) &&
           read_flag(r, cell, "control", REPORT_CONTROL, flags) &&
           read_flag(r, cell, "provisional", REPORT_PROVISIONAL, flags);
}

static bool read_number(reader *r, const json_t *cell, const char *name, double *out) {
    const json_t *v = field_of(cell, name);
    *out = v ? json_number_value(v) : NAN;
    return !v || json_is_number(v) || refuse_field(r, name, "not a number");
}

const char *report_status_text(report_status status) {
    static const char *const text[] = {"ok", "timeout", "absent", "failed", "wrong"};
    return text[status];
}

static bool read_status(reader *r, const json_t *cell, report_status *out) {
    const char *text;
    if (!read_word(r, cell, "status", false, &text)) return false;
    *out = REPORT_OK;
    if (!text) return true;
    for (int s = REPORT_OK; s <= REPORT_WRONG; s++)
        if (strcmp(text, report_status_text((report_status)s)) == 0) {
            *out = (report_status)s;
            return true;
        }
    return refuse_field(r, "status", "none of ok timeout absent failed wrong");
}

static bool read_better(reader *r, const json_t *cell, bool *higher) {
    const char *text;
    if (!read_word(r, cell, "better", false, &text)) return false;
    *higher = text && strcmp(text, "higher") == 0;
    return !text || *higher || strcmp(text, "lower") == 0 || refuse_field(r, "better", "neither lower nor higher");
}

/* The text of a number or truth value is stored in the document, so that it lives as long. */
static const char *param_text(reader *r, const json_t *v) {
    char text[40];
    if (json_is_string(v)) return json_string_value(v);
    if (json_is_integer(v)) snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    else if (json_is_real(v)) snprintf(text, sizeof text, "%g", json_real_value(v));
    else if (json_is_boolean(v)) snprintf(text, sizeof text, "%s", json_is_true(v) ? "yes" : "no");
    else return NULL;
    return report_keep(r->doc, report_format("%s", text));
}

static bool read_params(reader *r, json_t *cell, report_cell *out) {
    json_t *params = json_object_get(cell, "params"), *v;
    const char *name;
    if (!json_is_object(params)) return refuse_field(r, "params", params ? "not an object" : "missing");
    json_object_foreach(params, name, v) {
        if (out->params_n == REPORT_PARAMS_MAX) return refuse_field(r, "params", "too many parameters");
        report_param *p = &out->params[out->params_n++];
        p->name = name;
        p->text = param_text(r, v);
        p->number = json_is_number(v) ? json_number_value(v) : NAN;
        if (!p->text) return refuse_field(r, "params", "a value is neither word nor number");
    }
    return true;
}

static bool read_reps(reader *r, const json_t *cell, report_cell *out) {
    const json_t *reps = field_of(cell, "reps");
    if (out->status != REPORT_OK) return !reps || json_is_array(reps) || refuse_field(r, "reps", "not an array");
    if (!json_is_array(reps)) return refuse_field(r, "reps", reps ? "not an array" : "missing");
    out->reps_n = json_array_size(reps);
    if (!out->reps_n) return refuse_field(r, "reps", "empty, though the status is ok");
    if (out->reps_n > REPORT_REPS_MAX) return refuse_field(r, "reps", "more than 1000 repetitions");
    if ((r->reps += out->reps_n) > REPORT_REPS_TOTAL_MAX)
        return refuse_field(r, "reps", "more than 500000 repetitions in all");
    out->reps = report_alloc(out->reps_n, sizeof *out->reps);
    for (size_t i = 0; i < out->reps_n; i++) {
        const json_t *v = json_array_get(reps, i);
        char where[40];
        snprintf(where, sizeof where, "reps[%zu]", i);
        if (!json_is_number(v)) return refuse_field(r, where, "not a number");
        out->reps[i] = json_number_value(v);
        if (!(out->reps[i] >= 0 && isfinite(out->reps[i]))) return refuse_field(r, where, "negative or not finite");
    }
    return true;
}

static bool read_extra(reader *r, json_t *cell, report_cell *out) {
    json_t *extra = json_object_get(cell, "extra"), *v;
    const char *name;
    if (!extra || json_is_null(extra)) return true;
    if (!json_is_object(extra)) return refuse_field(r, "extra", "not an object");
    json_object_foreach(extra, name, v) if (!json_is_number(v) && !json_is_null(v)) return refuse_field(
        r, "extra", "a value is not a number");
    out->extra = extra;
    return true;
}

/* The figures are ours to compute; a file that says something else has been edited or comes from a broken writer. */
static void check_median(reader *r, const json_t *cell, const report_cell *c) {
    double said = json_number_value(json_object_get(cell, "median"));
    if (!c->reps_n || !json_is_number(json_object_get(cell, "median"))) return;
    if (fabs(said - c->median.mid) > 1e-6 * fabs(c->median.mid) + 1e-9)
        report_warn(r->doc, "cells[%zu] (%s %s): its median field says %g, its repetitions say %g; the latter is shown",
                    r->cell, c->case_name, c->variant, said, c->median.mid);
}

static bool read_cell(reader *r, json_t *cell, report_cell *out) {
    if (!json_is_object(cell)) return refuse_field(r, "", "not an object");
    bool ok = read_word(r, cell, "case", true, &out->case_name) && read_word(r, cell, "variant", true, &out->variant) &&
              read_status(r, cell, &out->status) && read_word(r, cell, "unit", out->status == REPORT_OK, &out->unit) &&
              read_word(r, cell, "note", false, &out->note) && read_word(r, cell, "error", false, &out->error) &&
              read_better(r, cell, &out->higher_is_better) && read_flags(r, cell, &out->flags) &&
              read_params(r, cell, out) && read_reps(r, cell, out) &&
              read_number(r, cell, "ops_per_s", &out->ops_per_s) &&
              read_number(r, cell, "cpu_ns_per_op", &out->cpu_ns_per_op) && read_extra(r, cell, out);
    if (!ok) return false;
    out->median = stats_median_interval(out->reps, out->reps_n);
    check_median(r, cell, out);
    return true;
}

static bool read_cells(reader *r) {
    json_t *cells = json_object_get(r->doc->root, "cells");
    if (!json_is_array(cells))
        return report_refuse(r->why, "%s: cells: %s", r->file, cells ? "not an array" : "missing");
    size_t n = json_array_size(cells);
    if (n > REPORT_CELLS_MAX)
        return report_refuse(r->why, "%s: cells: %zu of them, at most %d", r->file, n, REPORT_CELLS_MAX);
    r->doc->cells = report_alloc(n, sizeof *r->doc->cells);
    r->doc->cells_n = n;
    for (r->cell = 0; r->cell < n; r->cell++)
        if (!read_cell(r, json_array_get(cells, r->cell), &r->doc->cells[r->cell])) return false;
    return true;
}

/* Those the program was allowed to use, where the file tells them apart. */
static unsigned read_processors(const json_t *machine) {
    json_int_t usable = json_integer_value(json_object_get(machine, "usable"));
    json_int_t n = usable > 0 ? usable : json_integer_value(json_object_get(machine, "processors"));
    return n > 0 && n < 1 << 20 ? (unsigned)n : 0;
}

static bool read_head(reader *r) {
    report_doc *doc = r->doc;
    if (!json_is_object(doc->root)) return report_refuse(r->why, "%s: not a JSON object", r->file);
    const json_t *schema = json_object_get(doc->root, "schema"), *command = field_of(doc->root, "command");
    if (!json_is_integer(schema))
        return report_refuse(r->why, "%s: schema: %s", r->file, schema ? "not a number" : "missing");
    if (json_integer_value(schema) != 1)
        return report_refuse(r->why, "%s: schema: %lld, and only 1 is known here", r->file,
                             (long long)json_integer_value(schema));
    doc->machine = field_of(doc->root, "machine");
    if (doc->machine && !json_is_object(doc->machine))
        return report_refuse(r->why, "%s: machine: not an object", r->file);
    if (command && !json_is_string(command)) return report_refuse(r->why, "%s: command: not a string", r->file);
    doc->command = json_string_value(command);
    if (!doc->machine) report_warn(doc, "the file does not say on which machine it was measured");
    if (!doc->command) report_warn(doc, "the file does not say by which command it was measured");
    if (json_is_true(json_object_get(doc->root, "interrupted")))
        report_warn(doc, "the run was broken off before its end: some cells are missing or have fewer repetitions");
    doc->processors = read_processors(doc->machine);
    return true;
}

/* A/A pairs: how far apart a row and itself came out, by case and load. */
static bool read_noise(reader *r) {
    const json_t *list = field_of(r->doc->root, "noise"), *v;
    size_t i;
    if (list && !json_is_array(list)) return report_refuse(r->why, "%s: noise: not an array", r->file);
    json_array_foreach((json_t *)(uintptr_t)list, i, v) {
        const json_t *load = field_of(v, "load"), *floor = field_of(v, "floor");
        if (!json_is_string(field_of(v, "case")) || (load && !json_is_string(load)) || !json_is_number(floor) ||
            !(json_number_value(floor) >= 0))
            return report_refuse(r->why, "%s: noise[%zu]: a case, a load and a floor of 0 or more are needed", r->file,
                                 i);
    }
    r->doc->noise = list;
    return true;
}

bool report_parse(const char *name, const char *text, size_t size, report_doc *doc, char why[REPORT_WHY]) {
    json_error_t e;
    reader r = {.doc = doc, .file = name, .why = why};
    memset(doc, 0, sizeof *doc);
    if (size > REPORT_BYTES_MAX) return report_refuse(why, "%s: larger than %d MiB", name, REPORT_BYTES_MAX >> 20);
    doc->root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &e);
    if (!doc->root) return report_refuse(why, "%s: line %d, column %d: %s", name, e.line, e.column, e.text);
    if (read_head(&r) && read_noise(&r) && read_cells(&r) && report_group(doc, name, why)) return true;
    report_free(doc);
    return false;
}

void report_path(const char *path, char *out, size_t size) {
    struct stat s;
    bool folder = stat(path, &s) == 0 && S_ISDIR(s.st_mode);
    snprintf(out, size, folder ? "%s/raw.json" : "%s", path);
}

/* Reads a regular file of a bounded size; NULL with a reason. */
static char *slurp(const char *path, size_t *size, char why[REPORT_WHY]) {
    struct stat s;
    FILE *f = NULL;
    char *text = NULL;
    if (stat(path, &s) != 0) report_refuse(why, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(s.st_mode)) report_refuse(why, "%s: not a regular file", path);
    else if (s.st_size > REPORT_BYTES_MAX) report_refuse(why, "%s: larger than %d MiB", path, REPORT_BYTES_MAX >> 20);
    else if (s.st_size == 0) report_refuse(why, "%s: empty", path);
    else if (!(f = fopen(path, "rb"))) report_refuse(why, "%s: %s", path, strerror(errno));
    else {
        text = report_alloc((size_t)s.st_size, 1);
        *size = fread(text, 1, (size_t)s.st_size, f);
    }
    if (f) fclose(f);
    return text;
}

bool report_load(const char *path, report_doc *doc, char why[REPORT_WHY]) {
    char file[4096];
    size_t size = 0;
    memset(doc, 0, sizeof *doc);
    report_path(path, file, sizeof file);
    char *text = slurp(file, &size, why);
    bool ok = text && report_parse(file, text, size, doc, why);
    free(text);
    return ok;
}
