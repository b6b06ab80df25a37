/* bench - measures variants and peers side by side; see bench/README.md and bench_usage. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare.h"
#include "bench/doc.h"
#include "bench/folder.h"
#include "bench/list.h"
#include "bench/machine.h"
#include "bench/out.h"
#include "bench/report.h"
#include "bench/summary.h"
#include "bench/table.h"

/* The command line as it could be typed again. */
static const char *command_text(int argc, char **argv) {
    static char text[4096];
    size_t used = (size_t)snprintf(text, sizeof text, "bench");
    for (int i = 1; i < argc && used < sizeof text; i++) {
        bool plain =
            argv[i][0] &&
            strspn(argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./,:") == strlen(argv[i]);
        used += (size_t)snprintf(text + used, sizeof text - used, plain ? " %s" : " '%s'", argv[i]);
    }
    return text;
}

static void announce(const selection *s, const bench_plan *p) {
    int seconds = (int)(p->estimate + 0.5);
    fprintf(stderr,
            "bench: %zu cells, %u repetitions of %.0f ms each: about %d min %02d s; Ctrl-C ends it early and keeps "
            "what there is\n",
            select_live(s), p->reps, p->seconds * 1e3, seconds / 60, seconds % 60);
}

static void show(const bench_result *r, const json_t *document) {
    if (r->options->format == FORMAT_TABLE) table_print(stdout, r);
    if (r->options->format == FORMAT_CSV) csv_print(stdout, r);
    if (r->options->format == FORMAT_JSON) {
        json_dumpf(document, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
        putchar('\n');
    }
    fflush(stdout);
}

static int finish(const bench_result *r, json_t *document, const char *out) {
    int bad = out ? out_write(out, document) : 0; /* first, for a closed standard output ends the program */
    show(r, document);
    if (out && !bad) fprintf(stderr, "bench: report in %s\n", out);
    json_decref(document);
    if (bad) return bad;
    if (ferror(stdout)) return bench_refuse("standard output could not be written");
    if (summary_lost(r->cells)) {
        fprintf(stderr, "bench: a value was lost or invented; see the cells marked wrong\n");
        return EXIT_LOST;
    }
    return r->interrupted ? 130 : 0; /* 128 + SIGINT, as a shell says */
}

static int run_main(int argc, char **argv, const char *command) {
    static selection s;
    static pin_plan pins;
    bench_options o;
    char why[200];
    if (options_parse(&o, argc - 1, argv + 1) || select_cells(&s, &o)) return EXIT_USAGE;
    if (!pin_parse(&pins, o.pin, why, sizeof why)) return bench_refuse("%s", why);
    const char *out = o.bare ? out_default_dir() : o.out;
    if (out && out_prepare(out)) return EXIT_USAGE;
    folder_place(out);
    bench_plan plan = run_plan(&o, &s);
    bench_result r = {.cells = &s, .plan = &plan, .options = &o, .command = command, .machine = machine_json()};
    machine_ticks before = machine_ticks_now();
    announce(&s, &plan);
    r.interrupted = !run_cells(&s, &plan, &pins);
    if (r.interrupted) fprintf(stderr, "bench: broken off; what follows is what there was\n");
    machine_add_steal(r.machine, before);
    json_t *document = doc_make(&r);
    json_decref(r.machine);
    return finish(&r, document, out);
}

static int machine_main(int argc, char **argv) {
    bool json = argc == 2 && !strcmp(argv[1], "--json");
    if (argc > 1 && !json) return bench_refuse("machine: unknown argument '%s'; only --json is possible", argv[1]);
    json_t *m = machine_json();
    if (json) {
        json_dumpf(m, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
        putchar('\n');
    } else machine_print(m);
    json_decref(m);
    return 0;
}

static bool asks_for_help(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) return true;
    return argc > 1 && !strcmp(argv[1], "help");
}

int main(int argc, char **argv) {
    const char *command = argc > 1 ? argv[1] : "";
    if (asks_for_help(argc, argv)) return fputs(bench_usage, stdout), 0;
    if (!strcmp(command, "run")) return run_main(argc - 1, argv + 1, command_text(argc, argv));
    if (!strcmp(command, "list")) return bench_list_main(argc - 1, argv + 1);
    if (!strcmp(command, "machine")) return machine_main(argc - 1, argv + 1);
    if (!strcmp(command, "report")) return bench_report_main(argc - 1, argv + 1);
    if (!strcmp(command, "compare")) return bench_compare_main(argc - 1, argv + 1);
    if (argc == 1) return bench_refuse("a command is needed\n%s", bench_usage);
    return bench_refuse("unknown command '%s'\n%s", command, bench_usage);
}
