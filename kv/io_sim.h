/* io_sim - a disk in memory for tests, that can fail, tear, drop, reorder and lie, and that remembers every call.
 *
 * Model            A file's bytes survive a power cut when a sync of that file that succeeded came after they were written, a name when
 *                  a sync of its directory did. All else survives in part: any of the calls since, in their order, each whole, torn
 *                  or not at all. A sync of a file that failed covers nothing, and no later one covers what it was for:
 *                  the system may have marked those pages clean, though it still shows them.
 * Replay           weir_sim_cut answers the disk as it may be found after the first n calls that change something.
 * Threads          The table may be used by any thread; everything else by one while nobody else uses the disk.
 * Limits           Aborts when it has no memory. A rename stays within one directory.
 */
#ifndef WEIR_KV_IO_SIM_H
#define WEIR_KV_IO_SIM_H

#include "kv/io.h"

typedef struct weir_sim weir_sim;

weir_sim *weir_sim_new(void); /* has the directory "/" */
void weir_sim_free(weir_sim *sim);
const weir_kv_io *weir_sim_io(weir_sim *sim);

/* Calls made, of any kind; and of these, those that change something, failed syncs included. */
uint64_t weir_sim_calls(weir_sim *sim);
size_t weir_sim_changes(weir_sim *sim);

typedef enum weir_sim_fault {
    WEIR_SIM_SOUND,
    WEIR_SIM_FAIL,  /* the call does nothing and answers -error */
    WEIR_SIM_DOWN,  /* so does every later one */
    WEIR_SIM_SHORT, /* a read or write moves half of the bytes */
    WEIR_SIM_LIE    /* syncs from there on answer 0 and do nothing */
} weir_sim_fault;

/* For the nth call from now on, 0 the next one. Instead of any fault set before. */
void weir_sim_break(weir_sim *sim, uint64_t nth, weir_sim_fault fault, int error);

/* Which unsynced calls survive a power cut. */
enum {
    WEIR_SIM_SYNCED = 0 /* none */,
    WEIR_SIM_ALL = 1 /* all: a process that was killed */
};                   /* other seeds: some, some torn */
weir_sim *weir_sim_cut(weir_sim *sim, size_t changes, uint64_t seed);

/* The bytes of a file, to be looked at and spoilt, until the next call; NULL: there is none. */
unsigned char *weir_sim_bytes(weir_sim *sim, const char *path, size_t *size);

#endif
