/* wal_p - the parts of the log, one a file. Private to kv/store.
 *
 *   wal_record.c    what a record looks like
 *   wal_buffer.c    where writers copy their records: under locks of the store, so they never wait for a disk here
 *   wal_segment.c   the files of the log
 *   wal_group.c     who waits: one writes and syncs for all
 *   wal_read.c      records in a file, and what to make of a place that is none
 *   wal_load.c      a whole store from its directory, into events
 *   wal_snapshot.c  a snapshot of the store, and the log before it gone
 *   wal_log.c       the log as the store sees it; its thread
 *   wal_dir.c       names, the lock, errors */
#ifndef WEIR_KV_STORE_WAL_P_H
#define WEIR_KV_STORE_WAL_P_H

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "kv/io.h"
#include "kv/kv_p.h"
#include "kv/log_p.h"
#include "prims/wait.h"

/* -- records ------------------------------------------------------------------------------------------------------ */

typedef enum weir_wal_kind {
    WEIR_WAL_CHANGED = 1,
    WEIR_WAL_CREATED,
    WEIR_WAL_LIMITED,
    WEIR_WAL_DROPPED,
    WEIR_WAL_MARK, /* says only how far the log was synced: the last of a log that was closed */
    WEIR_WAL_END   /* the last of a snapshot: which position the log must reach, and how many records there are */
} weir_wal_kind;

typedef struct weir_wal_head {
    uint32_t crc;  /* of all that follows it, begun with the store's id */
    uint32_t size; /* bytes behind the head, before padding */
    uint64_t position, durable;
} weir_wal_head;

/* What a record says. What is not of its kind is 0. */
typedef struct weir_wal_event {
    weir_wal_kind kind;
    uint64_t durable; /* when it was read: what its head says */
    uint64_t tenant;
    const weir_kv_op *op; /* CHANGED */
    size_t n;
    weir_kv_bytes name;   /* CREATED */
    weir_kv_quota quota;  /* CREATED, LIMITED */
    uint64_t to, records; /* END */
} weir_wal_event;

enum { WEIR_WAL_RECORD_MAX = 0x7ffffff0 };

/* Bytes of the whole record; more than WEIR_WAL_RECORD_MAX: it cannot be. */
uint64_t weir_wal_record_size(const weir_wal_event *e);
/* Writes it to `at`, which has room for that. */
void weir_wal_record_write(void *at, const weir_wal_event *e, uint64_t size, uint32_t id, uint64_t position,
                           uint64_t durable);
uint32_t weir_wal_record_crc(const void *head, uint64_t size, uint32_t id);
/* Whether these bytes behind a head are what somebody wrote. Pointers in *e lead into them, and e->op to *op, which is made as long as is
 * needed; NOMEM, CORRUPT. */
weir_kv_status weir_wal_record_read(weir_wal_event *e, const unsigned char *at, size_t size, weir_kv_op **op,
                                    size_t *room);

/* -- the directory ------------------------------------------------------------------------------------------------ */

enum { WEIR_WAL_SEGMENT_MIN = 64 << 10, WEIR_WAL_SEGMENT_MAX = 64 << 20 };
enum { WEIR_WAL_VERSION = 1, WEIR_WAL_HEADER = 64, WEIR_WAL_PATH = 4096 };

/* The beginning of each file. */
typedef struct weir_wal_header {
    char magic[8];
    uint32_t order; /* 0x01020304, as the machine writes it */
    uint32_t version;
    uint64_t base; /* position of the first record */
    uint32_t id;   /* of the store, drawn when it was made */
    uint32_t crc;  /* of all before it */
    unsigned char zero[WEIR_WAL_HEADER - 32];
} weir_wal_header;

typedef struct weir_wal_dir {
    const weir_kv_io *io;
    char *path;
    int fd, lock; /* -1: not open */
    bool read_only;
} weir_wal_dir;

/* READONLY for EROFS, NOSPACE for ENOSPC and EDQUOT, NOMEM for ENOMEM, else IO. */
weir_kv_status weir_wal_status(int error);
/* "cannot WHAT DIR/NAME: why"; name may be "". `system` is a positive errno. */
weir_kv_status weir_wal_fail(const weir_wal_dir *d, weir_kv_error *error, int system, const char *what,
                             const char *name);
weir_kv_status weir_wal_corrupt(const weir_wal_dir *d, weir_kv_error *error, const char *name, uint64_t offset,
                                const char *why);

/* LOCKED, MISSING, and what the system says. make: the directory, when it is not there. */
weir_kv_status weir_wal_dir_open(weir_wal_dir *d, const weir_kv_options *o, bool make, weir_kv_error *error);
void weir_wal_dir_close(weir_wal_dir *d);
int weir_wal_dir_open_file(const weir_wal_dir *d, const char *name, int flags);
int weir_wal_dir_rename(const weir_wal_dir *d, const char *from, const char *to); /* and syncs the directory */
int weir_wal_dir_sync_above(const weir_wal_dir *d); /* so that the name of a new directory lasts */
int weir_wal_dir_unlink(const weir_wal_dir *d, const char *name);
int weir_wal_write_whole(const weir_kv_io *io, int fd, const void *from, size_t size, uint64_t offset);

enum { WEIR_WAL_NAME = 40 };
void weir_wal_log_name(char *name, uint64_t position);
void weir_wal_snapshot_name(char *name, uint64_t position);

/* Which files there are, positions ascending. */
typedef struct weir_wal_files {
    uint64_t *log, *snapshot;
    size_t logs, snapshots;
    bool unfinished; /* new-* too */
    bool nomem;
} weir_wal_files;
weir_kv_status weir_wal_files_list(const weir_wal_dir *d, weir_wal_files *f, weir_kv_error *error);
void weir_wal_files_free(weir_wal_files *f);

void weir_wal_header_make(weir_wal_header *h, const char *magic, uint32_t id, uint64_t base);
extern const char weir_wal_log_magic[8], weir_wal_snapshot_magic[8];

/* -- reading ------------------------------------------------------------------------------------------------------ */

/* A file being read from its beginning on, through a window. */
typedef struct weir_wal_reader {
    const weir_wal_dir *dir;
    weir_kv_error *error;
    char name[WEIR_WAL_NAME];
    int fd;
    uint64_t base, size; /* position of the first record; bytes of the file */
    uint32_t id;
    unsigned char *window;
    uint64_t window_at;
    size_t window_size, window_room;
    weir_kv_op *op;
    size_t op_room;
} weir_wal_reader;

/* Opens it and checks its header. id: 0 takes what it says. NEWER, CORRUPT, what the system says. */
weir_kv_status weir_wal_reader_open(weir_wal_reader *r, const weir_wal_dir *d, const char *name, const char *magic,
                                    uint64_t base, uint32_t id, weir_kv_error *error);
void weir_wal_reader_close(weir_wal_reader *r);
/* The record at position; *size is what it takes. NO: there is none. CORRUPT: it is one, but says nothing that can be. */
weir_kv_status weir_wal_reader_next(weir_wal_reader *r, uint64_t position, weir_wal_event *e, uint64_t *size);
/* Behind a place where there is none, in the last file. CORRUPT: a record there knows that this place was synced. *torn: bytes
 * up to the last that is not 0. */
weir_kv_status weir_wal_reader_tail(weir_wal_reader *r, uint64_t position, uint64_t *torn);

typedef struct weir_wal_loaded {
    uint32_t id;
    uint64_t segment; /* base of the last file of the log */
    uint64_t durable; /* how far records know the log to be synced */
    weir_wal_files files;
} weir_wal_loaded;

/* All of it, into events; see weir_wal_inspect. *loaded is to be freed by weir_wal_files_free(&loaded->files). */
weir_kv_status weir_wal_load(const weir_wal_dir *d, const weir_kv_options *o, const weir_log_events *to,
                             weir_wal_totals *totals, weir_wal_loaded *loaded, weir_kv_error *error);

/* -- the log ------------------------------------------------------------------------------------------------------ */

/* A piece of the buffer. Writers take bytes of it, copy, and count what they have filled; sealed, and once all that was taken is filled, it
 * is written. Kept for ever, since a writer may look at one that has been sealed long ago; `big` ones never are current. */
typedef struct weir_wal_chunk weir_wal_chunk;
struct weir_wal_chunk {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 taken; /* all ones: sealed, no more */
    uint64_t base;                                /* position of its first byte; written while sealed */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 filled;
    weir_wal_chunk *next; /* in a list; guarded by the buffer's lock */
    size_t used, room;
    unsigned char *bytes;
};

typedef struct weir_wal_buffer {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_aptr current;
    weir_a64 turned;              /* base of the current chunk */
    pthread_mutex_t lock;         /* what follows, and who is current */
    weir_wal_chunk *first, *last; /* sealed, not yet written */
    weir_wal_chunk *free;
} weir_wal_buffer;

typedef struct weir_wal_waiter {
    weir_wait wait; /* status: whether it leads now */
    uint64_t position;
    weir_kv_level level;
} weir_wal_waiter;

typedef struct weir_wal {
    weir_log log;
    weir_wal_dir dir;
    uint32_t id;
    uint64_t segment_bytes, log_bytes;
    weir_wal_buffer buffer;

    /* Files: the leader's alone, and that of open and close. */
    int fd;
    uint64_t base, end; /* position of the file's first record, and of the end of what is written */
    uint64_t sync_ns;   /* what a sync takes, on average */
    uint32_t crowd;     /* how many waited when the last leader was done, those included that had been served */
    uint32_t misses;    /* times in a row that they did not come back */

    WEIR_ALIGNED(WEIR_CACHE_LINE) pthread_mutex_t lock; /* what follows */
    bool leading;
    weir_wait_list waiting;
    weir_a32 queued; /* how many these are; changed under the lock */
    weir_learned learned;
    weir_kv_error error; /* why the log has ended */
    weir_a32 failed;     /* its status; F1 release: pairs with F2 acquire */
    weir_a64 syncs, records;

    pthread_mutex_t compacting; /* what follows: one snapshot at a time */
    weir_log_walk *walk;
    void *store;
    weir_a64 snapshot; /* position of the newest */

    pthread_t thread;
    bool threaded;
    pthread_mutex_t idle; /* stop */
    pthread_cond_t stopped;
    bool stop;
} weir_wal;

/* Begins at position. NOMEM. */
weir_kv_status weir_wal_buffer_init(weir_wal_buffer *b, uint64_t position);
void weir_wal_buffer_destroy(weir_wal_buffer *b);
/* One record; NOMEM, VALUE_LONG. */
weir_kv_status weir_wal_append(weir_wal *w, const weir_wal_event *e, uint64_t *position);
/* Everything that has a position, as a list of chunks that are filled; to be given back. */
weir_wal_chunk *weir_wal_buffer_take(weir_wal_buffer *b);
void weir_wal_buffer_give(weir_wal_buffer *b, weir_wal_chunk *c);
uint64_t weir_wal_chunk_records(const weir_wal_chunk *c);
uint64_t weir_wal_buffer_given(weir_wal_buffer *b);

/* A new file, empty, complete and known to the disk: its descriptor, or a negative errno. */
int weir_wal_segment_make(const weir_wal_dir *d, uint32_t id, uint64_t base, uint64_t bytes);
/* What was read from a file may be in the system's memory only, even if an earlier process failed to sync it and the system takes it for
 * clean: so it is written again, from `from` to `end`, and synced. 0 or a negative errno. */
int weir_wal_segment_secure(const weir_wal_dir *d, int fd, uint64_t base, uint64_t from, uint64_t end);
/* By the leader. false: the log has ended. */
bool weir_wal_segment_write(weir_wal *w, const weir_wal_chunk *c);
bool weir_wal_segment_sync(weir_wal *w);

weir_kv_status weir_wal_wait(weir_wal *w, uint64_t position, weir_kv_level level, uint64_t deadline_ns);
bool weir_wal_end_log(weir_wal *w, int error, const char *what, uint64_t position); /* answers false */

weir_kv_status weir_wal_compact(weir_wal *w, weir_kv_error *error);
void weir_wal_remove_old(const weir_wal_dir *d, uint64_t snapshot); /* files that it replaces */

#endif
