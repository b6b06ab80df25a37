/* out - the folder a run leaves behind: raw.json, command.txt, machine.json, and the report made from them. */
#ifndef WEIR_BENCH_OUT_H
#define WEIR_BENCH_OUT_H

#include <jansson.h>

/* Makes the folder and those above it, and checks that files can be made there. 0, or EXIT_USAGE after having said why
 * not. Called before anything is measured. */
int out_prepare(const char *dir);

/* Writes the files, each whole or not at all, and the report. 0, or EXIT_USAGE after having said why not. */
int out_write(const char *dir, const json_t *document);

/* Where the main job leaves its report: build/report/<time> below a source tree, else bench-report/<time>. */
const char *out_default_dir(void);

#endif
