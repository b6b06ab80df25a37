#include "bench/options.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char bench_usage[] =
    "usage: bench list [--json]             cases, their columns and rows\n"
    "       bench run [option...]           measure; without option: the quick suite, at most 5 minutes, and a report\n"
    "       bench compare A B               two raw.json or their folders; exit 4 when something got slower\n"
    "       bench report DIR                report.html and report.md from DIR/raw.json\n"
    "       bench machine [--json]          what the report will say of this host\n"
    "\n"
    "  --filter RE        cases whose name, or rows whose case/variant, match the regular expression\n"
    "  --variant A,B      only these rows; patterns such as 'peer.*' are possible\n"
    "  --suite S          quick (default) or full: which columns, and how long\n"
    "  --reps N           repetitions of each cell, 1 to 1000\n"
    "  --seconds S        time of one cell, all its repetitions together\n"
    "  --total S          time of the whole run, which shortens its repetitions for it; quick suite: 285\n"
    "  --limit S          a repetition is killed after so long; default 3 s and 5 times its length\n"
    "  --load L           quiet, busy or both\n"
    "  --pin P            none, compact, scatter, or processors such as 0,2,4-7\n"
    "  --seed N           of keys, arrays and the order of the cells\n"
    "  --format F         table (default), json or csv; on standard output\n"
    "  --out DIR          leave raw.json, command.txt, machine.json, report.html, report.md there\n"
    "  --shape 4p2c,...   --threads 1,2,2x   --keys N   --dist D   --mix M   --size N   --bits N   --order O\n"
    "  --tenants N        --batch N          --parker P            --capacity N  --wait W\n"
    "                     columns to measure instead\n";

int bench_refuse(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return EXIT_USAGE;
}

static int set_filter(bench_options *o, const char *v) { return o->filter = v, 0; }
static int set_variant(bench_options *o, const char *v) { return o->variants = v, 0; }
static int set_pin(bench_options *o, const char *v) { return o->pin = v, 0; }

static int set_out(bench_options *o, const char *v) {
    if (!*v) return bench_refuse("--out needs the name of a folder");
    return o->out = v, 0;
}

static int set_suite(bench_options *o, const char *v) {
    o->full = !strcmp(v, "full");
    return o->full || !strcmp(v, "quick") ? 0 : bench_refuse("--suite '%s': choose quick or full", v);
}

static int set_format(bench_options *o, const char *v) {
    static const char *const names[] = {"table", "json", "csv"};
    for (int i = 0; i < 3; i++)
        if (!strcmp(v, names[i])) return o->format = (enum bench_format)i, 0;
    return bench_refuse("--format '%s': choose table, json or csv", v);
}

static int set_number(const char *name, const char *v, double lo, double hi, double *out) {
    char *end;
    *out = strtod(v, &end);
    if (end == v || *end || isnan(*out) || *out < lo || *out > hi)
        return bench_refuse("%s '%s': a number from %g to %g is needed", name, v, lo, hi);
    return 0;
}

static int set_seconds(bench_options *o, const char *v) { return set_number("--seconds", v, 0.001, 3600, &o->seconds); }
static int set_total(bench_options *o, const char *v) { return set_number("--total", v, 1, 1e6, &o->total); }
static int set_limit(bench_options *o, const char *v) { return set_number("--limit", v, 0.001, 3600, &o->limit); }

static int set_reps(bench_options *o, const char *v) {
    double n;
    if (set_number("--reps", v, 1, 1000, &n)) return EXIT_USAGE;
    o->reps = (unsigned)n;
    return n == o->reps ? 0 : bench_refuse("--reps '%s': a whole number is needed", v);
}

static int set_seed(bench_options *o, const char *v) {
    char *end;
    o->seed = strtoull(v, &end, 0);
    return *v && *v != '-' && !*end ? 0 : bench_refuse("--seed '%s': a whole number is needed", v);
}

static const struct {
    const char *name;
    int (*set)(bench_options *, const char *);
} table[] = {
    {"filter", set_filter},   {"variant", set_variant}, {"suite", set_suite}, {"reps", set_reps},
    {"seconds", set_seconds}, {"total", set_total},     {"limit", set_limit}, {"pin", set_pin},
    {"seed", set_seed},       {"format", set_format},   {"out", set_out},
};

static int set(bench_options *o, const char *name, const char *value) {
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(table[i].name, name)) return table[i].set(o, value);
    o->axis[axis_index(name)] = strcmp(name, "load") || strcmp(value, "both") ? value : "quiet,busy";
    return 0;
}

static bool known(const char *name) {
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(table[i].name, name)) return true;
    return axis_index(name) >= 0;
}

int options_parse(bench_options *o, int argc, char **argv) {
    *o = (bench_options){.seed = 1, .bare = argc == 0};
    for (int i = 0; i < argc; i++) {
        char name[24];
        const char *arg = argv[i], *value;
        if (strncmp(arg, "--", 2)) return bench_refuse("unexpected argument '%s'; options begin with --", arg);
        size_t n = strcspn(arg + 2, "=");
        snprintf(name, sizeof name, "%.*s", (int)n, arg + 2);
        if (n >= sizeof name || !known(name)) return bench_refuse("unknown option '%s'\n%s", arg, bench_usage);
        value = arg[2 + n] ? arg + 3 + n : i + 1 < argc ? argv[++i] : NULL;
        if (!value) return bench_refuse("--%s needs a value", name);
        if (set(o, name, value)) return EXIT_USAGE;
    }
    return 0;
}
