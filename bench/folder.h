/* folder - files and sockets of the children: each has a folder of its own (bench_folder in bench/case.h), below one place. */
#ifndef WEIR_BENCH_FOLDER_H
#define WEIR_BENCH_FOLDER_H

#include <sys/types.h>

/* Where: below `out` when that is not NULL, else TMPDIR, else /var/tmp, which lies on a disk where /tmp often does not. Before
 * any child is started. What children of programs that are gone have left there is removed. */
void folder_place(const char *out);

/* Removes what that child has left, if anything. The child has ended. */
void folder_remove(pid_t child);

#endif
