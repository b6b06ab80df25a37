/* commands - what the program weir can do; each takes what stands behind its name. */
#ifndef WEIR_RUNTIME_COMMANDS_H
#define WEIR_RUNTIME_COMMANDS_H

#include "runtime/program/say.h"

weir_exit weir_run_main(int argc, char **argv);
weir_exit weir_eval_main(int argc, char **argv);
weir_exit weir_commands_main(int argc, char **argv);
weir_exit weir_check_main(int argc, char **argv);
weir_exit weir_fmt_main(int argc, char **argv);
weir_exit weir_store_main(int argc, char **argv);
weir_exit weir_repl_main(int argc, char **argv);
weir_exit weir_version_main(int argc, char **argv);
weir_exit weir_entity_main(int argc, char **argv);
weir_exit weir_task_main(int argc, char **argv);

#endif
