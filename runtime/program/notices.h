/* notices - lines that other threads want shown, kept until whoever holds the terminal shows them between two of its own. */
#ifndef WEIR_RUNTIME_NOTICES_H
#define WEIR_RUNTIME_NOTICES_H

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct weir_notices {
    pthread_mutex_t lock;
    char *at; /* lines, each ended by its '\n' */
    size_t used, room;
    unsigned long lost; /* lines beyond the bound, or for which there was no memory */
    int wake;           /* an eventfd: readable while there may be some */
    FILE *direct;       /* shown there at once, as nobody types; NULL: kept */
} weir_notices;

bool weir_notices_init(weir_notices *n); /* false: errno */
void weir_notices_free(weir_notices *n);

/* One line more, without its end; what a terminal should not see is shown as \xHH. Any thread. */
void weir_notices_add(weir_notices *n, const char *before, const char *line, size_t bytes);

/* From now on shows them there at once; NULL: keeps them. */
void weir_notices_direct(weir_notices *n, FILE *to);

/* Writes all there are, and forgets them. */
void weir_notices_show(weir_notices *n, FILE *to);

#endif
