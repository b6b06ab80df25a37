/* record - what came into a scheduler from outside, kept in a file and fed back bit for bit.
 *
 * When to use      To repeat a run of the order family whose inputs came when they came: from other threads, from the clock.
 *                  A program whose sources are all pulled repeats itself without it.
 * What is kept     Each event of a source, with the key that it ran with, and what `payload` says of it; the edges of the
 *                  epochs, with their digests. Not kept: what handlers submit, for that follows.
 * Promise          Replayed into a scheduler of the same variant, window and lookahead, each epoch gets the same inputs,
 *                  so the data parts come in the same order, with any number of workers. In another variant or window the
 *                  order and the last digest are the same, too, but the epochs are cut elsewhere, which a run part sees where
 *                  `sees` is `epoch`. Another lookahead is another program: other children are late. Keys of real time are
 *                  virtual time when they come again: replay with WEIR_TIME_VIRTUAL.
 *                  Only WEIR_LATE_RUN forfeits it: what ran late ran out of order.
 * Ownership        A record must outlive the scheduler it is given to, a replay the one it has been started in.
 * Threads          create, close, open, start, compare: any one thread. All else: as said.
 * Progress         The thread that puts inputs in order writes: once an epoch, and each 64 KiB. It may wait for the disk.
 * Errors           A write that fails ends the record, not the run; weir_record_close tells. A file that is damaged
 *                  anywhere is refused as a whole: CORRUPT, with the offset and what is wrong there.
 * Limits           A file is read into memory. A payload has at most 16 MiB. Not portable to another byte order, which is
 *                  refused. Nothing is synced: what was written outlives the program, not the machine.
 * Source           -
 * Checked by       record_test.c, determinism_test.c, fuzz/record_fuzz.c.
 */
#ifndef WEIR_SCHED_RECORD_H
#define WEIR_SCHED_RECORD_H

#include "sched.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -- recording ---------------------------------------------------------------------------------------------------- */

typedef struct weir_record_options {
    uint64_t program; /* whose record it is; a replay must say the same. Change it when payloads change their meaning */
    /* What an event is beside its first fields: *size bytes, valid until the next call. NULL: nothing is kept of any.
     * Called when the event has been put in order, by one thread at a time; it must not block or submit. */
    const void *(*payload)(void *arg, const weir_event *e, size_t *size);
    void *arg;
} weir_record_options;

/* Makes the file, over one that is there, for weir_sched_options.record. options NULL: all zero. OK; IO; NOMEM. */
weir_sched_status weir_record_create(const char *path, const weir_record_options *options, weir_record **out,
                                     weir_sched_error *error);

/* Ends the file, after weir_sched_close. OK; IO: not all of it was written; error (may be NULL) says since when. Gone in
 * any case. */
weir_sched_status weir_record_close(weir_record *r, weir_sched_error *error);

/* -- replaying ---------------------------------------------------------------------------------------------------- */

typedef struct weir_replay weir_replay;

typedef struct weir_replay_input {
    uint64_t key, seq, path;
    uint32_t stream, domain;
    uint8_t levels, flags;
    const void *payload; /* size bytes, aligned to 8; stays until weir_replay_close */
    size_t size;
} weir_replay_input;

/* Makes the event again: run, data, end, deps, whatever the payload says. Fields that the input names are filled after it.
 * As a pull: by a worker, one call at a time for a stream. NULL: it is left out. */
typedef weir_event *weir_replay_make(void *arg, const weir_replay_input *input);

/* Reads and checks the whole file. OK; IO; NOMEM; CORRUPT: damaged, of another version, or of another program. */
weir_sched_status weir_replay_open(const char *path, uint64_t program, weir_replay **out, weir_sched_error *error);

/* Opens each stream of the record in s as a pulled source, once. They close themselves after the last edge. As
 * weir_source_open; after a refusal some may be open, and s is good for closing only. */
weir_sched_status weir_replay_start(weir_replay *r, weir_sched *s, weir_replay_make *make, void *arg);

/* For weir_sched_options.epoch, with r as its arg: compares each epoch with the recorded one. */
void weir_replay_epoch(void *r, uint64_t epoch, uint64_t digest);

/* After weir_sched_close, which ends the last epoch. OK: all epochs came as recorded; in another variant or window: the last digest
 * did. CORRUPT: error names the first difference. */
weir_sched_status weir_replay_result(const weir_replay *r, weir_sched_error *error);

void weir_replay_close(weir_replay *r);

/* Compares two files. OK: the same inputs in the same epochs with the same digests. CORRUPT: error names the first
 * difference, or what is wrong with which file. IO, NOMEM. */
weir_sched_status weir_record_compare(const char *path, const char *other, weir_sched_error *error);

#ifdef __cplusplus
}
#endif
#endif
