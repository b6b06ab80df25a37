/* file - whole files in, whole files out. */
#ifndef WEIR_RUNTIME_FILE_H
#define WEIR_RUNTIME_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

typedef struct weir_file {
    char *text; /* to be freed */
    size_t bytes;
    struct stat seen; /* the file as it was when read */
} weir_file;

/* Reads the file, or standard input where the name is "-"; at most `most` + 1 bytes, so that the reader finds a text too
 * long. false: errno says why. */
bool weir_file_read(weir_file *f, const char *name, size_t most);

/* Puts these bytes in the place of the file that f was read from: all of them, under the same mode and owner, or, on false,
 * nothing. A symbolic link stays one. errno says why; ESTALE: the file is another than the one that was read. */
bool weir_file_replace(const weir_file *f, const char *name, const char *text, size_t bytes);

#endif
