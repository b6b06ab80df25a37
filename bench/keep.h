/* keep - the children whose object is dear, while there is nothing to measure on it; see bench_row.dear. */
#ifndef WEIR_BENCH_KEEP_H
#define WEIR_BENCH_KEEP_H

#include "bench/cell.h"

/* A child and the socket to it. */
typedef struct keep_child {
    pid_t pid;
    int fd;
} keep_child;

/* Takes out the child that has the object of this cell. False: none. */
bool keep_take(const cell *c, keep_child *child);
void keep_put(const cell *c, keep_child child);

/* Before the object of a cell is made: ends children, the one unused for longest first, until there is memory for it. False: there
 * is not; why, of `bytes`, says so. */
bool keep_room(const cell *c, char *why, size_t bytes);

/* Ends them all. */
void keep_end(void);

#endif
