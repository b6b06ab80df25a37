/* text - a file whose text has been read. */
#ifndef WEIR_RUNTIME_TEXT_H
#define WEIR_RUNTIME_TEXT_H

#include "runtime/program/file.h"
#include "runtime/program/say.h"
#include "slp/slp.h"

typedef struct weir_text {
    const char *name;  /* for messages */
    weir_file file;    /* valid, and to be freed, after WEIR_GOOD */
    const weir_slp *s; /* the reader's, until its next text */
} weir_text;

/* Reads the file, and its text under these limits, which are those of the reader. Not WEIR_GOOD: it has been said why. */
weir_exit weir_text_read(weir_text *t, const char *name, weir_slp_reader *reader, const weir_slp_limits *limits);

#endif
