/* stress - runs the checks of the ladder and says what they prove; see stress/README.md and stress_usage. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stress/child.h"
#include "stress/ladder.h"
#include "stress/list.h"
#include "stress/options.h"
#include "stress/out.h"
#include "stress/pool.h"
#include "stress/replay.h"
#include "stress/report.h"
#include "stress/run.h"
#include "stress/selftest.h"
#include "stress/text.h"

static catalog all;

/* The command line as it could be typed again. */
static const char *command_text(int argc, char **argv) {
    static char *text;
    text_add(&text, "stress");
    for (int i = 1; i < argc; i++) {
        bool plain =
            argv[i][0] &&
            strspn(argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./,:") == strlen(argv[i]);
        text_add(&text, plain ? " %s" : " '%s'", argv[i]);
    }
    return text;
}

/* ---- a result: text for readers, a document for programs, both for the folder ---- */

typedef struct result {
    const options *options;
    const char *command, *name; /* of the files */
    char *text;
    size_t bytes;
    json_t *document;
} result;

static FILE *open_text(result *r) {
    FILE *to = open_memstream(&r->text, &r->bytes);
    if (!to) abort();
    return to;
}

static int write_out(const result *r) {
    char *file = text_make("%s.txt", r->name);
    char *head = NULL, *json = json_dumps(r->document, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    size_t bytes;
    FILE *to = open_memstream(&head, &bytes);
    if (!to || !json) abort();
    report_head(to, r->command, r->options);
    fputs(r->text, to);
    fclose(to);
    text_add(&json, "\n");
    int bad = out_write(r->options->out, file, head);
    free(file);
    file = text_make("%s.json", r->name);
    bad = bad ? bad : out_write(r->options->out, file, json);
    free(file), free(head), free(json);
    return bad;
}

/* The status that the program ends with; `status` when all could be written. */
static int finish(result *r, int status) {
    const options *o = r->options;
    if (o->out && pool_signal()) out_forget(o->out); /* half a result would stand for a whole one */
    else if (o->out && write_out(r)) status = EXIT_USAGE;
    if (o->format == FORMAT_JSON)
        json_dumpf(r->document, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6)), putchar('\n');
    if (o->format == FORMAT_TABLE) fputs(r->text, stdout);
    fflush(stdout);
    json_decref(r->document);
    free(r->text);
    if (ferror(stdout)) return stress_refuse("standard output could not be written");
    if (!pool_signal()) return status;
    stress_refuse("interrupted by signal %d (%s)", pool_signal(), strsignal(pool_signal()));
    return 128 + pool_signal(); /* as a shell says */
}

/* Before anything runs. */
static int begin(const options *o, const char *command) {
    if (o->out && out_prepare(o->out)) return EXIT_USAGE;
    fprintf(stderr, "stress: seed %" PRIu64 "\n", o->seed);
    if (o->format == FORMAT_TAP) printf("# %s, seed %" PRIu64 "\n", command, o->seed), fflush(stdout);
    if (o->format == FORMAT_TABLE) report_head(stdout, command, o);
    return 0;
}

/* ---- commands ---- */

static int run_main(int argc, char **argv, const char *command) {
    static ladder l;
    options o;
    if (options_parse(&o, "run", argc, argv) || !catalog_read(&all)) return EXIT_USAGE;
    l = (ladder){.options = &o, .catalog = &all, .command = command};
    if (select_checks(&o, &all, &l.trials, &l.count) || begin(&o, command)) return EXIT_USAGE;
    double began = now_seconds();
    l.interrupted = !run_trials(l.trials, l.count, &o, o.out);
    l.seconds = now_seconds() - began;
    ladder_judge(&l);
    result r = {.options = &o, .command = command, .name = "stress", .document = report_json(&l)};
    FILE *to = open_text(&r);
    report_text(to, &l);
    fclose(to);
    if (o.format == FORMAT_TAP) report_tap(&l);
    return finish(&r, ladder_status(&l));
}

static int selftest_main(int argc, char **argv, const char *command) {
    static const bug **bugs;
    static suspect *suspects;
    options o;
    size_t count;
    if (options_parse(&o, "selftest", argc, argv) || !catalog_read(&all)) return EXIT_USAGE;
    if (select_bugs(&o, &all, &bugs, &count) || begin(&o, command)) return EXIT_USAGE;
    suspects = selftest_suspects(bugs, count);
    double began = now_seconds();
    selftest_run(suspects, count, &o, o.out);
    result r = {
        .options = &o, .command = command, .name = "selftest", .document = selftest_json(suspects, count, command, &o)};
    FILE *to = open_text(&r);
    selftest_text(to, suspects, count, now_seconds() - began);
    fclose(to);
    if (o.format == FORMAT_TAP) selftest_tap(suspects, count);
    return finish(&r, selftest_escapes(suspects, count) ? EXIT_VIOLATION : 0);
}

static int replay_main(int argc, char **argv) {
    options o;
    if (options_parse(&o, "replay", argc, argv) || !catalog_read(&all)) return EXIT_USAGE;
    return replay(&all, &o);
}

static int list_main(int argc, char **argv) {
    bool json = argc == 1 && !strcmp(argv[0], "--json");
    if (argc > 0 && !json) return stress_refuse("list: unknown argument '%s'; only --json is possible", argv[0]);
    if (!catalog_read(&all)) return EXIT_USAGE;
    if (json) list_json(&all);
    else list_text(&all);
    return 0;
}

static bool asks_for_help(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) return true;
    return argc > 1 && !strcmp(argv[1], "help");
}

int main(int argc, char **argv) {
    const char *command = argc > 1 ? argv[1] : "", *text = command_text(argc, argv);
    if (asks_for_help(argc, argv)) return fputs(stress_usage, stdout), 0;
    if (!strcmp(command, "list")) return list_main(argc - 2, argv + 2);
    if (!strcmp(command, "run")) return run_main(argc - 2, argv + 2, text);
    if (!strcmp(command, "selftest")) return selftest_main(argc - 2, argv + 2, text);
    if (!strcmp(command, "replay")) return replay_main(argc - 2, argv + 2);
    if (argc == 1) return stress_refuse("a command is needed\n%s", stress_usage);
    return stress_refuse("unknown command '%s'\n%s", command, stress_usage);
}
