#include "stress/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "stress/text.h"

const char stress_usage[] =
    "usage: stress list [--json]            kinds, variants, rungs, checks, seeded bugs\n"
    "       stress run [option...]          the checks, and what they say of each variant\n"
    "       stress selftest [option...]     the seeded bugs: which check convicts each\n"
    "       stress replay ID[@SUFFIX]       a failure again, as `run` and `selftest` print it; or FILE, a history\n"
    "\n"
    "  --filter RE        checks whose ID, or bugs whose name, match the regular expression\n"
    "  --rung A,B         run: only these of unit, litmus, model, lin, laws, progress, fault, fuzz\n"
    "  --variant A,B      run: only these, such as scq or mpmc.scq\n"
    "  --seconds S        of the whole run, 0.01 to 1000000; default 60\n"
    "  --limit S          a check is killed after so long; default: twice its time, and 30 s\n"
    "  --seed N           of all that is random; default: another each time, printed first\n"
    "  --format F         table (default), json, or tap: a line a check; on standard output\n"
    "  --out DIR          leave <command>.txt, <command>.json and the histories of failures there (run: stress.txt)\n"
    "\n"
    "exit status: 0 pass, 1 violation or a seeded bug that escapes, 2 usage, 3 inconclusive\n";

static int set_filter(options *o, const char *v) { return o->filter = v, 0; }
static int set_rung(options *o, const char *v) { return o->rungs = v, 0; }
static int set_variant(options *o, const char *v) { return o->variants = v, 0; }

static int set_time(const char *name, const char *v, double *seconds) {
    char *end;
    *seconds = strtod(v, &end);
    if (end != v && !*end && *seconds >= 0.01 && *seconds <= 1e6) return 0;
    return stress_refuse("%s '%s': a number from 0.01 to 1000000 is needed", name, v);
}

static int set_seconds(options *o, const char *v) { return set_time("--seconds", v, &o->seconds); }
static int set_limit(options *o, const char *v) { return set_time("--limit", v, &o->limit); }

static int set_seed(options *o, const char *v) {
    char *end;
    o->seed = strtoull(v, &end, 0);
    return *v && *v != '-' && !*end ? 0 : stress_refuse("--seed '%s': a whole number is needed", v);
}

static int set_format(options *o, const char *v) {
    static const char *const names[] = {"table", "json", "tap"};
    for (int i = 0; i < 3; i++)
        if (!strcmp(names[i], v)) return o->format = (enum format)i, 0;
    return stress_refuse("--format '%s': choose table, json or tap", v);
}

static int set_out(options *o, const char *v) {
    return *v ? (o->out = v, 0) : stress_refuse("--out needs the name of a folder");
}

static const struct {
    const char *name, *commands;
    int (*set)(options *, const char *);
} table[] = {
    {"filter", "run selftest", set_filter},
    {"rung", "run", set_rung},
    {"variant", "run", set_variant},
    {"seconds", "run selftest replay", set_seconds},
    {"limit", "run selftest replay", set_limit},
    {"seed", "run selftest", set_seed},
    {"format", "run selftest", set_format},
    {"out", "run selftest", set_out},
};

static int set(options *o, const char *command, const char *arg, const char *name, const char *value) {
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].name, name) || !text_has_word(table[i].commands, " ", command)) continue;
        return value ? table[i].set(o, value) : stress_refuse("--%s needs a value", name);
    }
    return stress_refuse("%s: unknown option '%s'\n%s", command, arg, stress_usage);
}

/* Short, since it is to be typed again. */
static uint64_t fresh_seed(void) {
    uint32_t n = 1;
    if (getrandom(&n, sizeof n, 0) != sizeof n) n = 1;
    return n % 1000000000;
}

int options_parse(options *o, const char *command, int argc, char **argv) {
    *o = (options){.seed = fresh_seed(), .seconds = strcmp(command, "replay") ? 60 : 10};
    for (int i = 0; i < argc; i++) {
        char name[24];
        const char *arg = argv[i];
        if (strncmp(arg, "--", 2)) {
            if (strcmp(command, "replay") || o->what)
                return stress_refuse("%s: unexpected argument '%s'; options begin with --", command, arg);
            o->what = arg;
            continue;
        }
        size_t n = strcspn(arg + 2, "=");
        snprintf(name, sizeof name, "%.*s", (int)n, arg + 2);
        const char *value = arg[2 + n] ? arg + 3 + n : i + 1 < argc ? argv[++i] : NULL;
        if (set(o, command, arg, name, value)) return EXIT_USAGE;
    }
    if (!strcmp(command, "replay") && !o->what)
        return stress_refuse(
            "replay: which failure? An ID as `stress list` shows it, with what stood behind @, or a history file");
    return 0;
}
