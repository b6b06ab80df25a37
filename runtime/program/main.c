/* weir - the program; see runtime/README.md and weir_usage. */
#include <string.h>

#include "runtime/program/build.h"
#include "runtime/program/commands.h"
#include "runtime/program/options.h"

static const struct {
    const char *name;
    weir_exit (*run)(int argc, char **argv);
} commands[] = {
    {"run", weir_run_main},       {"eval", weir_eval_main},       {"check", weir_check_main},
    {"fmt", weir_fmt_main},       {"store", weir_store_main},     {"commands", weir_commands_main},
    {"entity", weir_entity_main}, {"version", weir_version_main}, {"task", weir_task_main},
    {"repl", weir_repl_main},
};

/* Anywhere before "--", behind which all are files. */
static bool asks_for_help(int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) return true;
    return argc > 1 && !strcmp(argv[1], "help");
}

static weir_exit run(int argc, char **argv) {
    if (argc < 2) return weir_refuse("a command is needed\n%s", weir_usage);
    if (asks_for_help(argc, argv)) return puts(weir_usage), WEIR_GOOD;
    if (!strcmp(argv[1], "--version")) return printf("weir " WEIR_VERSION " (%s)\n", weir_build), WEIR_GOOD;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(argv[1], commands[i].name)) return commands[i].run(argc - 2, argv + 2);
    return weir_refuse("unknown %s '%s'" WEIR_SEE_HELP, argv[1][0] == '-' ? "option" : "command", argv[1]);
}

int main(int argc, char **argv) {
    weir_exit end = run(argc, argv);
    if (fflush(stdout) || ferror(stdout)) return weir_refuse("standard output could not be written");
    return (int)end;
}
