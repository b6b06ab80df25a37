/* line - where the lines of `weir repl` come from: a pipe, a terminal as it is, or one with editing (libedit). */
#ifndef WEIR_RUNTIME_LINE_H
#define WEIR_RUNTIME_LINE_H

#include "runtime/program/notices.h"

typedef enum weir_line_end {
    WEIR_LINE_TEXT,  /* a line, without its end */
    WEIR_LINE_ENDED, /* no more */
    WEIR_LINE_BROKEN /* Ctrl-C: what was typed is to be forgotten */
} weir_line_end;

/* Words that may stand where `word` (bytes of it are there already) begins: calls each(arg2, candidate) for every one. */
typedef void weir_line_words(void *arg, const char *word, size_t bytes, void (*each)(void *arg2, const char *candidate),
                             void *arg2);

typedef struct weir_line_options {
    weir_notices *notices;  /* shown when they come, also while somebody types */
    weir_line_words *words; /* for Tab */
    void *arg;
    bool prompts; /* false: a pipe, in which nothing is shown but what was asked for */
} weir_line_options;

/* Lines of standard input, as they are. */
typedef struct weir_plain weir_plain;
weir_plain *weir_plain_open(const weir_line_options *o); /* NULL: no memory */
weir_line_end weir_plain_read(weir_plain *p, const char *prompt, const char **line, size_t *bytes);
void weir_plain_break(weir_plain *p); /* any thread: the read under way answers BROKEN */
void weir_plain_close(weir_plain *p);

/* The same with editing, history and Tab, on a terminal. Absent (NULL) in builds without libedit, and on terminals that cannot. While
 * it reads, Ctrl-C is a key like others. Each line is in the file of the history before it is given out, and what is typed between two
 * reads is shown by the second. */
typedef struct weir_edit weir_edit;
weir_edit *weir_edit_open(const weir_line_options *o);
weir_line_end weir_edit_read(weir_edit *e, const char *prompt, const char **line, size_t *bytes);
void weir_edit_break(weir_edit *e); /* any thread: the read under way answers BROKEN */
void weir_edit_close(weir_edit *e);
extern const char *const weir_edit_missing; /* why there is none in this build; NULL: there is */

#endif
