/* out - the folder that a run leaves behind. */
#ifndef WEIR_STRESS_OUT_H
#define WEIR_STRESS_OUT_H

/* Makes the folder and those above it, and checks that files can be made there. 0, or EXIT_USAGE after having said why
 * not. Called before anything runs. */
int out_prepare(const char *dir);

/* Writes DIR/name whole or not at all. 0, or EXIT_USAGE after having said why not. */
int out_write(const char *dir, const char *name, const char *text);

/* After a run that was broken off: removes the folder if out_prepare made it and nothing is in it. */
void out_forget(const char *dir);

#endif
