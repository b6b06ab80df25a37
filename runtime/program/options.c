#include "runtime/program/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char weir_usage[] =
    "usage: weir run [option...] FILE.slp...     runs scripts, one form after the other; exit 1 if one failed\n"
    "       weir eval [option...] 'FORM...'...   the same with texts, and shows each value\n"
    "       weir repl [option...]                forms typed one after the other; :help\n"
    "       weir check [option...] FILE.slp...   says which texts cannot be read, where, and why; exit 1 if any\n"
    "       weir fmt [option...] FILE.slp...     formats, on standard output; comments and blank lines are kept\n"
    "       weir store verify DIR                checks every record of a store; exit 1 if it is damaged\n"
    "       weir store dump [--limit N] DIR      shows what is in it: position, tenant, change; N lines, 100\n"
    "       weir store compact DIR               writes a snapshot, and removes the log before it\n"
    "       weir commands                        the commands that a form can call, and what they do\n"
    "       weir entity set --store DIR NAME [scope=SCOPE:RW] [quota=SCOPE:KEYS:BYTES] [topic=N:PS] [topic=*:PS]\n"
    "                       [rate=N] [sessions=N] [subscriptions=N] [steps=N] [event_bytes=N]\n"
    "       weir entity show|delete --store DIR NAME\n"
    "       weir entity list --store DIR         who sessions are opened for, with what rights and limits\n"
    "       weir task list --store DIR [--scope NAME]  the tasks of a store: how far each is\n"
    "       weir task state|pause|resume|cancel --store DIR [--scope NAME] TASK\n"
    "       weir version                         how it was built, and with what\n"
    "       weir --help | --version\n"
    "\n"
    "  FILE '-'           standard input\n"
    "  --store DIR        run, eval, repl: a store in DIR, instead of one in memory; made when there is none\n"
    "  --level LEVEL      run, eval, repl: when a write answers: memory, os (survives kill -9), disk (and power); disk\n"
    "  --kind KIND        run, eval, repl: of the store: memory, wal (a log), lmdb; what is in DIR, and else wal\n"
    "  --entity NAME      run, eval, repl: whose rights and limits hold; without it all is allowed\n"
    "  --scope NAME       run, eval, repl: whose keys are seen; main\n"
    "  --sched NAME       run, eval, repl: what runs handlers: counters, lock, epoch, double, horizon, phase\n"
    "  --workers N        run, eval, repl: threads that do; 4\n"
    "  --steps N          run, eval, repl: lists that one form, or one run of a handler, may evaluate; no limit\n"
    "  --results          run, eval: a line for each form: = VALUE, ! error, P where it cannot be read, log TEXT\n"
    "  --setup FILE       run, eval, repl: rights and values to begin with, see runtime/README.md\n"
    "  --record FILE      run, eval: writes what comes from outside to FILE; needs epoch (the default then), double or horizon\n"
    "  --replay FILE      run, eval: repeats such a run, bit for bit, with any number of workers; no other FILE\n"
    "  --stats            run, eval, repl: at the end, on standard error: counts, and quantiles of how long things took\n"
    "  --slow MS          run, eval, repl: the same of what took longer, a line each\n"
    "  -i, --in-place     fmt: rewrite each file, at once or not at all\n"
    "  --check            fmt: list the files that would change, and write nothing; exit 1 if any\n"
    "  --depth N          limits of a text: brackets and quotes around a value; 128\n"
    "  --bytes N          bytes; 16777216\n"
    "  --nodes N          values; 1000000\n"
    "  --symbol-bytes N   bytes of a symbol; 4096\n"
    "\n"
    "exit 0: good; 1: a form failed, a text cannot be read or would change, a store is damaged;\n"
    "     2: wrong usage, or a file cannot be read or written";

/* The limit of that name, and how high it may be set. */
static uint32_t *limit(weir_slp_limits *l, const char *name, size_t bytes, uint32_t *most) {
    const struct {
        const char *name;
        uint32_t *limit, most;
    } table[] = {{"--depth", &l->depth, WEIR_SLP_DEPTH_MAX},
                 {"--bytes", &l->bytes, (1u << 30) - 4},
                 {"--nodes", &l->nodes, (1u << 28) - 1},
                 {"--symbol-bytes", &l->symbol_bytes, (1u << 24) - 1}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strlen(table[i].name) == bytes && !memcmp(table[i].name, name, bytes)) {
            *most = table[i].most;
            return table[i].limit;
        }
    return NULL;
}

static bool number(const char *text, uint32_t most, uint32_t *to) {
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || n < 1 || n > most) return false;
    *to = (uint32_t)n;
    return true;
}

/* The value of an option in the same argument or the next; NULL: there is none. */
static const char *value_of(int argc, char **argv, int *i) {
    const char *equals = strchr(argv[*i], '=');
    return equals ? equals + 1 : *i + 1 < argc ? argv[++*i] : NULL;
}

/* One option, with its value in the same argument or the next; *i is moved to the last that was used. */
static weir_exit option(weir_options *o, bool fmt, int argc, char **argv, int *i) {
    const char *arg = argv[*i];
    if (fmt && (!strcmp(arg, "-i") || !strcmp(arg, "--in-place"))) return o->in_place = true, WEIR_GOOD;
    if (fmt && !strcmp(arg, "--check")) return o->check = true, WEIR_GOOD;
    size_t n = strcspn(arg, "=");
    uint32_t most, *to = limit(&o->limits, arg, n, &most);
    if (!to) return weir_refuse("unknown option '%s'" WEIR_SEE_HELP, arg);
    const char *value = value_of(argc, argv, i);
    if (!value) return weir_refuse("%s needs a value", arg);
    if (!number(value, most, to))
        return weir_refuse("%.*s '%s': a whole number from 1 to %u is needed", (int)n, arg, value, most);
    return WEIR_GOOD;
}

weir_exit weir_options_parse(weir_options *o, bool fmt, int argc, char **argv) {
    *o = (weir_options){.limits = weir_slp_limits_default(), .file = argv};
    bool ended = false;
    for (int i = 0; i < argc; i++) {
        if (ended || argv[i][0] != '-' || !argv[i][1]) {
            argv[o->files++] = argv[i];
        } else if (!strcmp(argv[i], "--")) {
            ended = true;
        } else {
            weir_exit bad = option(o, fmt, argc, argv, &i);
            if (bad) return bad;
        }
    }
    if (o->files == 0) return weir_refuse("a file is needed, or '-' for standard input" WEIR_SEE_HELP);
    if (o->in_place && o->check) return weir_refuse("-i and --check: choose one");
    for (int i = 0; o->in_place && i < o->files; i++)
        if (!strcmp(argv[i], "-")) return weir_refuse("-i: standard input cannot be rewritten");
    return WEIR_GOOD;
}

weir_exit weir_store_options_parse(weir_store_options *o, bool dump, int argc, char **argv) {
    *o = (weir_store_options){.limit = 100};
    bool ended = false;
    for (int i = 0; i < argc; i++) {
        const char *arg = argv[i];
        if (!ended && !strcmp(arg, "--")) {
            ended = true;
        } else if (!ended && dump && strcspn(arg, "=") == 7 && !strncmp(arg, "--limit", 7)) {
            const char *value = value_of(argc, argv, &i);
            if (!value) return weir_refuse("--limit needs a value");
            if (!number(value, UINT32_MAX, &o->limit))
                return weir_refuse("--limit '%s': a whole number from 1 to %u is needed", value, UINT32_MAX);
        } else if (!ended && arg[0] == '-') {
            return weir_refuse("unknown option '%s'" WEIR_SEE_HELP, arg);
        } else if (o->path) {
            return weir_refuse("store: one directory is needed, not '%s' too", arg);
        } else {
            o->path = arg;
        }
    }
    return o->path && *o->path ? WEIR_GOOD : weir_refuse("store: a directory is needed" WEIR_SEE_HELP);
}

/* --store DIR, --kind KIND. */
static weir_exit entity_option(weir_entity_options *o, int argc, char **argv, int *i) {
    const char *arg = argv[*i];
    size_t n = strcspn(arg, "=");
    const char **to = n == 7 && !strncmp(arg, "--store", n)  ? &o->store
                      : n == 6 && !strncmp(arg, "--kind", n) ? &o->kind
                                                             : NULL;
    if (!to) return weir_refuse("unknown option '%s'" WEIR_SEE_HELP, arg);
    *to = value_of(argc, argv, i);
    return *to && **to ? WEIR_GOOD : weir_refuse("%.*s needs a value", (int)n, arg);
}

weir_exit weir_entity_options_parse(weir_entity_options *o, bool list, bool set, int argc, char **argv) {
    *o = (weir_entity_options){.rest = argv};
    bool ended = false;
    for (int i = 0; i < argc; i++) {
        if (!ended && !strcmp(argv[i], "--")) {
            ended = true;
        } else if (!ended && argv[i][0] == '-') {
            weir_exit bad = entity_option(o, argc, argv, &i);
            if (bad) return bad;
        } else if (!list && !o->name) {
            o->name = argv[i];
        } else if (set) {
            argv[o->rests++] = argv[i];
        } else {
            return weir_refuse("entity: '%s' is too much" WEIR_SEE_HELP, argv[i]);
        }
    }
    if (!o->store) return weir_refuse("entity: --store DIR is needed" WEIR_SEE_HELP);
    return list || o->name ? WEIR_GOOD : weir_refuse("entity: a name is needed" WEIR_SEE_HELP);
}

/* --store DIR, --kind KIND, --scope NAME. */
static weir_exit task_option(weir_task_options *o, int argc, char **argv, int *i) {
    const struct {
        const char *name, **to;
    } table[] = {{"--store", &o->store}, {"--kind", &o->kind}, {"--scope", &o->scope}};
    const char *arg = argv[*i];
    size_t n = strcspn(arg, "=");
    for (size_t k = 0; k < sizeof table / sizeof *table; k++) {
        if (strlen(table[k].name) != n || memcmp(table[k].name, arg, n)) continue;
        const char *value = *table[k].to = value_of(argc, argv, i);
        return value && *value ? WEIR_GOOD : weir_refuse("%.*s needs a value", (int)n, arg);
    }
    return weir_refuse("unknown option '%s'" WEIR_SEE_HELP, arg);
}

weir_exit weir_task_options_parse(weir_task_options *o, bool list, int argc, char **argv) {
    *o = (weir_task_options){0};
    bool ended = false;
    for (int i = 0; i < argc; i++) {
        if (!ended && !strcmp(argv[i], "--")) {
            ended = true;
        } else if (!ended && argv[i][0] == '-') {
            weir_exit bad = task_option(o, argc, argv, &i);
            if (bad) return bad;
        } else if (!list && !o->name) {
            o->name = argv[i];
        } else {
            return weir_refuse("task: '%s' is too much" WEIR_SEE_HELP, argv[i]);
        }
    }
    if (!o->store) return weir_refuse("task: --store DIR is needed" WEIR_SEE_HELP);
    return list || o->name ? WEIR_GOOD : weir_refuse("task: a name is needed" WEIR_SEE_HELP);
}

/* The text that an option of run sets; NULL: it is another option. */
static const char **run_text_option(weir_run_options *o, const char *name, size_t bytes) {
    const struct {
        const char *name, **to;
    } table[] = {{"--store", &o->store}, {"--kind", &o->kind},     {"--level", &o->level},
                 {"--sched", &o->sched}, {"--setup", &o->setup},   {"--entity", &o->entity},
                 {"--scope", &o->scope}, {"--record", &o->record}, {"--replay", &o->replay}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strlen(table[i].name) == bytes && !memcmp(table[i].name, name, bytes)) return table[i].to;
    return NULL;
}

static weir_exit run_option(weir_run_options *o, int argc, char **argv, int *i) {
    weir_options shared = {.limits = o->limits};
    const char *arg = argv[*i];
    size_t n = strcspn(arg, "=");
    const char **to = run_text_option(o, arg, n), *value;
    if (!strcmp(arg, "--results")) return o->results = true, WEIR_GOOD;
    if (!strcmp(arg, "--stats")) return o->stats = true, WEIR_GOOD;
    if (n == 6 && !strncmp(arg, "--slow", n)) {
        value = value_of(argc, argv, i);
        return value && number(value, UINT32_MAX, &o->slow_ms)
                   ? WEIR_GOOD
                   : weir_refuse("--slow: milliseconds are needed, a whole number from 1 to %u", UINT32_MAX);
    }
    if (n == 7 && !strncmp(arg, "--steps", n)) {
        value = value_of(argc, argv, i);
        return value && number(value, UINT32_MAX, &o->steps)
                   ? WEIR_GOOD
                   : weir_refuse("--steps: a whole number from 1 to %u is needed", UINT32_MAX);
    }
    if (n == 9 && !strncmp(arg, "--workers", n)) {
        value = value_of(argc, argv, i);
        return value && number(value, 256, &o->workers)
                   ? WEIR_GOOD
                   : weir_refuse("--workers: a whole number from 1 to 256 is needed");
    }
    if (!to) {
        weir_exit bad = option(&shared, false, argc, argv, i);
        o->limits = shared.limits;
        return bad;
    }
    *to = value_of(argc, argv, i);
    return *to && **to ? WEIR_GOOD : weir_refuse("%.*s needs a value", (int)n, arg);
}

static weir_exit run_options(weir_run_options *o, bool eval, int argc, char **argv) {
    *o = (weir_run_options){.limits = weir_slp_limits_default(), .eval = eval, .text = argv};
    bool ended = false;
    for (int i = 0; i < argc; i++) {
        if (ended || argv[i][0] != '-' || !argv[i][1]) {
            argv[o->texts++] = argv[i];
        } else if (!strcmp(argv[i], "--")) {
            ended = true;
        } else {
            weir_exit bad = run_option(o, argc, argv, &i);
            if (bad) return bad;
        }
    }
    return WEIR_GOOD;
}

/* A kind and a directory fit each other. */
static weir_exit check_store(const weir_run_options *o) {
    bool memory = o->kind && !strcmp(o->kind, "memory");
    if (memory && o->store) return weir_refuse("--kind memory keeps nothing in --store %s: leave out one", o->store);
    if (o->kind && !memory && !o->store) return weir_refuse("--kind %s: --store DIR is needed, too", o->kind);
    if (o->level && !o->store) return weir_refuse("--level: a store in memory has none; --store DIR is needed, too");
    return WEIR_GOOD;
}

weir_exit weir_run_options_parse(weir_run_options *o, bool eval, int argc, char **argv) {
    weir_exit bad = run_options(o, eval, argc, argv);
    if (bad || (bad = check_store(o))) return bad;
    if (o->replay && (o->texts || o->setup || o->entity || o->scope))
        return weir_refuse("--replay: what runs, and with which rights, is in the record; nothing else beside it");
    if (o->texts > 0 || o->replay) return WEIR_GOOD;
    return weir_refuse("%s" WEIR_SEE_HELP,
                       eval ? "eval: a text is needed" : "run: a file is needed, or '-' for standard input");
}

weir_exit weir_repl_options_parse(weir_run_options *o, int argc, char **argv) {
    weir_exit bad = run_options(o, false, argc, argv);
    if (bad || (bad = check_store(o))) return bad;
    if (o->texts > 0) return weir_refuse("repl: takes options alone, not '%s'" WEIR_SEE_HELP, o->text[0]);
    if (o->results || o->record || o->replay)
        return weir_refuse("repl: --results, --record and --replay are for run and eval");
    return WEIR_GOOD;
}
