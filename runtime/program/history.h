/* history - the file in which `weir repl` keeps the lines that were typed. */
#ifndef WEIR_RUNTIME_HISTORY_H
#define WEIR_RUNTIME_HISTORY_H

#include <stdio.h>

enum { WEIR_HISTORY_LINES = 1000 };

/* $XDG_STATE_HOME/weir/history, whose folder is made; without that variable ~/.weir_history; NULL: nowhere. To be freed. */
char *weir_history_path(void);

/* A new file to be written in its place, for its owner alone; NULL: errno. Ended by history_done: at once or not at all. */
FILE *weir_history_begin(const char *path);
void weir_history_done(const char *path, FILE *f);

#endif
