/* kv - an ordered map of bytes to bytes: reads like a hash, written by many threads, walked by prefix, durable if asked.
 *
 * When to use      State that many threads read and several write, in memory or with a log behind it. Trees are per tenant:
 *                  a tenant's name is a root that its keys never carry.
 *
 *     weir_kv *kv;
 *     weir_kv_error error;
 *     if (weir_kv_open(NULL, &kv, &error) != WEIR_KV_OK) fprintf(stderr, "%s\n", error.text);
 *     weir_kv_tenant *t = weir_kv_root(kv);
 *     weir_kv_set(t, WEIR_KV_TEXT("user:1"), WEIR_KV_TEXT("ada"));
 *     weir_kv_bytes value;
 *     weir_kv_read_begin(kv);
 *     if (weir_kv_get(t, WEIR_KV_TEXT("user:1"), &value) == WEIR_KV_OK) fwrite(value.at, 1, value.size, stdout);
 *     weir_kv_read_end(kv);
 *     weir_kv_close(kv);
 *
 * Shape, units     Keys are any bytes, 0 .. 64 KiB; one may begin another. Values are any bytes, 0 .. value_max. Order is
 *                  that of memcmp, the shorter first when one begins the other. Deadlines are absolute ns of
 *                  CLOCK_MONOTONIC.
 * Variants         WEIR_KV: `art` radix tree, `hash`, `lock`. WEIR_STORE: `memory`, `wal`, `lmdb`. Both can be chosen by name
 *                  when a store is opened; what a variant lacks answers NOTSUP. WEIR_RCU: how readers are seen.
 * Promise          set get del exists snx cas: linearizable per key. snx and cas are one step. batch: all or nothing, to
 *                  every reader of one key, to snapshots, and after a crash. scan and iterate: ordered, no key twice, every
 *                  key that is present during the whole call is seen; each key by itself, not one moment for all: that is
 *                  a snapshot. What a `disk` write wrote is seen by nobody before a crash can no longer undo it, and no
 *                  answer of such a write rests on what a crash could undo.
 * Ownership        Keys and values given are copied. A value got inside a read section is borrowed: it lies there, unchanged,
 *                  until the section ends, whatever happens to the key. take gives an owned one, counted, without copying
 *                  where values lie in memory; copy copies.
 * Read sections    begin and end may be nested, by the same thread. Between them a thread must not block, write, or call
 *                  anything here but get, exists, multiget, scan, copy, take and what reads a value or a snapshot: a section
 *                  that stays open keeps all memory retired meanwhile. Debug builds assert it.
 * Threads          All operations by any thread at any time, except: open and close exclude all others on that store, and a
 *                  handle may not be used while it is closed. A thread is registered by its first read section and leaves by
 *                  itself when it ends.
 * Progress         art: reads are wait-free; writers of different nodes do not wait for one another. hash: reads are
 *                  lock-free, but each page of a scan, of 32 keys in iterate, looks at all keys. lock: blocking. A write
 *                  waits for the log when its level says so; and when more bytes are retired than the budget allows it
 *                  helps, then waits, then answers FULL.
 * Memory order     All that happened before a write happens before what follows a read that returns what it wrote.
 * Errors           weir_kv_status; what went wrong in the outside world is told by weir_kv_error. A write that answers
 *                  another thing than OK has changed nothing, except IO and NOSPACE (weir_kv_set says what is known then).
 * Reclaim          User-space RCU with a budget; see weir_kv_options.retired_max and weir_kv_stats.
 * Limits           Not for signal handlers. After fork the child may only exit or exec.
 * lmdb             The store on liblmdb (absent in builds without it: NOTSUP) keeps all of this, and differs so. WEIR_KV
 *                  does not count. Writes are one after the other; those that wait at the same time share a transaction and
 *                  its sync, so `later` waits all the same. Sections and snapshots are at most 8192 at once, then NOMEM; what
 *                  they see is kept in the file, which grows. FULL never comes. Reads may answer IO, NOMEM and CORRUPT, too.
 *                  NOSPACE changes nothing, and writing goes on when there is room. No watches, and no other io (NOTSUP).
 *                  Opened at DISK it syncs each commit, also for a lower level. Opened at OS or MEMORY, it syncs when a write
 *                  asks for DISK; a power failure before may damage all of it: that is noticed, and opening answers CORRUPT.
 *                  It has no checksums: a damaged file may answer CORRUPT, or end the process.
 * Source           Leis, Kemper, Neumann, The Adaptive Radix Tree (2013) and The ART of Practical Synchronization (2016);
 *                  McKenney, Desnoyers, User-level RCU (2012). Where and why we differ: kv/kv/art.h.
 * Checked by       the unit tests beside it; stress: lin, laws, model, fault, fuzz, with seeded bugs in stress/broken.
 */
#ifndef WEIR_KV_KV_H
#define WEIR_KV_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../kv/config.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_kv weir_kv;               /* a store */
typedef struct weir_kv_tenant weir_kv_tenant; /* a handle to one of its trees */

typedef struct weir_kv_bytes {
    const void *at; /* may be NULL when size is 0 */
    size_t size;
} weir_kv_bytes;

static inline weir_kv_bytes weir_kv_bytes_of(const void *at, size_t size) {
    weir_kv_bytes b;
    b.at = at;
    b.size = size;
    return b;
}

/* A string literal as bytes, without its zero. */
#define WEIR_KV_TEXT(literal) weir_kv_bytes_of("" literal, sizeof(literal) - 1)

enum { WEIR_KV_KEY_MAX = 65536, WEIR_KV_NAME_MAX = 255 };

/* -- answers ------------------------------------------------------------------------------------------------------ */

typedef enum weir_kv_status {
    WEIR_KV_OK = 0,
    WEIR_KV_NO, /* the answer is false: no such key (get, del, exists, cas), it is there (snx), another value (cas) */
    WEIR_KV_KEY_LONG,   /* more than WEIR_KV_KEY_MAX bytes */
    WEIR_KV_VALUE_LONG, /* more than options.value_max bytes */
    WEIR_KV_QUOTA,      /* the tenant would have more keys or bytes than its quota */
    WEIR_KV_FULL,       /* a reader has held up reclamation for options.full_after_ns: too many bytes are retired */
    WEIR_KV_NOMEM,      /* the system refused memory */
    WEIR_KV_NOTSUP,     /* this variant or store lacks it */
    WEIR_KV_TIMEOUT,    /* the deadline has passed */
    WEIR_KV_ABSENT,     /* no such tenant */
    WEIR_KV_PRESENT,    /* there is a tenant of this name */
    WEIR_KV_DROPPED,    /* the tenant of this handle has been dropped */
    WEIR_KV_BAD,        /* an argument that cannot be: see the function */
    /* the outside world */
    WEIR_KV_IO,       /* the system failed at reading or writing, or the log has ended because it did before */
    WEIR_KV_NOSPACE,  /* the device is full */
    WEIR_KV_READONLY, /* opened read-only, or the file system is */
    WEIR_KV_MISSING,  /* no store in that directory, and none may be created */
    WEIR_KV_LOCKED,   /* another process has it open */
    WEIR_KV_NEWER,    /* written by a later version of this library */
    WEIR_KV_CORRUPT,  /* it is not what was written */
    WEIR_KV_STATUS_COUNT
} weir_kv_status;

/* One line in English, static. A value outside the enum gives "unknown status". */
const char *weir_kv_status_text(weir_kv_status status);

/* What happened in the outside world, for a person. */
typedef struct weir_kv_error {
    weir_kv_status status;
    int system;      /* errno, 0 when it is not the system's */
    uint64_t offset; /* in the file, 0 when it is not about a place in one */
    char text[512];  /* one line: what, which file, where, what to do next */
} weir_kv_error;

/* -- stores ------------------------------------------------------------------------------------------------------- */

/* How safe a write is when it answers OK. Stores without a log know MEMORY alone, and take the others as that. */
typedef enum weir_kv_level {
    WEIR_KV_MEMORY, /* it is in memory and on its way: may be lost when the process dies */
    WEIR_KV_OS,     /* the system has it: survives the process, kill -9 too */
    WEIR_KV_DISK    /* the disk has it: survives the power switch */
} weir_kv_level;

struct weir_kv_io; /* the seam below all files: kv/io.h */

/* All zero, or NULL for it, means the defaults. */
typedef struct weir_kv_options {
    const char *variant;    /* "art", "hash", "lock"; NULL: the choice of the build (WEIR_KV); not of lmdb */
    const char *store;      /* "memory", "wal", "lmdb"; NULL: the choice of the build (WEIR_STORE) */
    const char *path;       /* directory of the store; wal and lmdb */
    bool must_exist;        /* MISSING when there is no store at path; otherwise it is made */
    bool read_only;         /* nothing is written, neither by calls nor by opening; READONLY for every write */
    bool huge_pages;        /* asks for huge pages for keys and nodes: 15-25 % faster, some memory more */
    size_t value_max;       /* bytes of a value. 16 MiB; at most 1 GiB */
    size_t retired_max;     /* bytes that may be retired and not yet freed. 8 MiB */
    uint64_t full_after_ns; /* how long a write waits for them before it answers FULL. 1 s */
    weir_kv_level level;    /* of writes that do not say. MEMORY; for a store with a path: DISK when `level_given` */
    bool level_given;       /* level counts; otherwise wal and lmdb write at DISK */
    uint64_t until;         /* wal: open as it was after this log position, read-only; 0: all there is */
    size_t log_bytes;       /* wal: bytes of log after which a snapshot is taken and the log cut. 256 MiB */
    /* lmdb: the largest the file may become, in addresses. 64 GiB, or half that and half again, down to 1 GiB, where the
     * process may not have so many (ulimit -v, valgrind) */
    size_t map_bytes;
    const struct weir_kv_io *io;                              /* NULL: the system's */
    void (*progress)(void *arg, uint64_t done, uint64_t all); /* recovery: records or bytes; about every 100 ms */
    void *progress_arg;
} weir_kv_options;

/* Opens or makes a store. BAD: an unknown name, a limit out of range, a path missing; NOMEM; and everything about the
 * outside world. *error, which may be NULL, is written when the answer is not OK. Nothing is left open or half made
 * then. */
weir_kv_status weir_kv_open(const weir_kv_options *options, weir_kv **kv, weir_kv_error *error);

/* Ends it: what has been written is brought to the level OS at least, snapshots and watches must have been closed,
 * handles must not be used any more. OK, or how the last writing failed. kv is gone either way. NULL is nothing. */
weir_kv_status weir_kv_close(weir_kv *kv);

/* Which variant and store it runs on: "art", "wal". lmdb has one variant, "btree". */
const char *weir_kv_variant(const weir_kv *kv);
const char *weir_kv_store(const weir_kv *kv);

/* What ended the log or the file, if something did: the answer is its status, and OK when nothing did. */
weir_kv_status weir_kv_fault(const weir_kv *kv, weir_kv_error *error);

/* -- tenants ------------------------------------------------------------------------------------------------------ */

typedef struct weir_kv_quota {
    uint64_t keys, bytes; /* of keys and values together; 0: no limit */
} weir_kv_quota;

typedef struct weir_kv_usage {
    uint64_t keys, bytes; /* present; of keys and values */
    uint64_t memory;      /* bytes that they take, index included; 0 where it is not known (lmdb) */
    weir_kv_quota quota;
} weir_kv_usage;

/* The tenant with the empty name, which is always there, has no quota at first and cannot be dropped. The store's own:
 * valid until close, not to be closed. */
weir_kv_tenant *weir_kv_root(weir_kv *kv);

/* A handle to a tenant, to be closed. create: PRESENT, KEY_LONG (a name of more than WEIR_KV_NAME_MAX bytes), NOMEM,
 * IO ...; quota NULL: none. open: ABSENT, NOMEM. */
weir_kv_status weir_kv_tenant_create(weir_kv *kv, weir_kv_bytes name, const weir_kv_quota *quota, weir_kv_tenant **t);
weir_kv_status weir_kv_tenant_open(weir_kv *kv, weir_kv_bytes name, weir_kv_tenant **t);
void weir_kv_tenant_close(weir_kv_tenant *t);

/* Ends a tenant with all its keys. Handles to it stay valid, and all that is asked of them answers DROPPED; what a
 * section has borrowed stays until it ends, and snapshots that are open see the tenant until they are closed. A new
 * tenant may have its name at once. ABSENT; BAD: the root. */
weir_kv_status weir_kv_tenant_drop(weir_kv *kv, weir_kv_bytes name);

/* Calls `each` for every tenant, in the order of names, until it answers false. It may call anything here. */
weir_kv_status weir_kv_tenants(weir_kv *kv, bool (*each)(void *arg, weir_kv_bytes name), void *arg);

weir_kv_status weir_kv_tenant_limit(weir_kv_tenant *t,
                                    const weir_kv_quota *quota); /* NULL: none; takes nothing away that is there */
weir_kv_status weir_kv_tenant_usage(weir_kv_tenant *t, weir_kv_usage *usage); /* exact when nobody writes */

/* -- reading ------------------------------------------------------------------------------------------------------ */

void weir_kv_read_begin(weir_kv *kv);
void weir_kv_read_end(weir_kv *kv);

/* For threads of builds with WEIR_RCU=qsbr, round anything that blocks outside this library; nothing in other
 * builds. */
void weir_kv_idle_begin(void);
void weir_kv_idle_end(void);

/* The value, borrowed; inside a read section. NO: no such key. *value is written when the answer is OK. All that read
 * answer DROPPED when the tenant has been dropped, and KEY_LONG for a key that cannot be. */
weir_kv_status weir_kv_get(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes *value);

/* The same for n keys at once, in lock step, so that the waits for memory overlap. value[i].at is NULL where key i is
 * not there (an empty value has an address). *found counts those that are. */
weir_kv_status weir_kv_multiget(weir_kv_tenant *t, size_t n, const weir_kv_bytes *key, weir_kv_bytes *value,
                                size_t *found);

/* A value that outlives the section, though not the store: counted; outside or inside of one. NO, NOMEM. */
typedef struct weir_kv_value weir_kv_value;
weir_kv_status weir_kv_take(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_value **value);
weir_kv_bytes weir_kv_value_bytes(const weir_kv_value *value);
weir_kv_value *weir_kv_value_retain(weir_kv_value *value);     /* answers value */
void weir_kv_value_release(weir_kv *kv, weir_kv_value *value); /* of that store; NULL is nothing; acquire and release */

/* A copy of at most `room` bytes of the value; *size is how many it has, which may be more. Opens a section itself. */
weir_kv_status weir_kv_copy(weir_kv_tenant *t, weir_kv_bytes key, void *to, size_t room, size_t *size);

/* OK or NO. */
weir_kv_status weir_kv_exists(weir_kv_tenant *t, weir_kv_bytes key);

/* A page of keys that begin with prefix, in order. after: only keys beyond it (the last of the page before, the resume
 * key); NULL: from the first. skip: leaves out that many first. */
typedef struct weir_kv_range {
    weir_kv_bytes prefix;
    const weir_kv_bytes *after;
    uint64_t skip;
} weir_kv_range;

typedef struct weir_kv_pair {
    weir_kv_bytes key, value;
} weir_kv_pair;

/* Fills pair[0 .. *got) with *got <= n, less only when there are no more; borrowed; inside a read section. NOMEM
 * (hash): the pairs so far are there. */
weir_kv_status weir_kv_scan(weir_kv_tenant *t, const weir_kv_range *range, weir_kv_pair *pair, size_t n, size_t *got);

/* Calls `each` for at most limit keys that begin with prefix (0: all), in order, leaving out the first `offset`, until
 * it answers false. Outside of read sections: `each` is called outside of one and may call anything here, write to this
 * tenant too. Key and value are valid until it returns. OK; NOMEM, IO, DROPPED (by each, too): the keys so far have
 * been seen. */
typedef bool weir_kv_each(void *arg, weir_kv_bytes key, weir_kv_bytes value);
weir_kv_status weir_kv_iterate(weir_kv_tenant *t, weir_kv_bytes prefix, uint64_t offset, uint64_t limit,
                               weir_kv_each *each, void *arg);

/* -- writing ------------------------------------------------------------------------------------------------------ */

/* Outside of read sections, at the level of the options. Each answers OK (done, and as safe as the level says), NO (see
 * weir_kv_status; as safe, too: what it saw cannot be undone), KEY_LONG VALUE_LONG QUOTA FULL NOMEM DROPPED READONLY
 * (nothing has changed); IO, NOSPACE: the log has ended; whether this write is in it is known only when the store is
 * opened again, no reader has seen it, and reading goes on. */
weir_kv_status weir_kv_set(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes value);
weir_kv_status weir_kv_del(weir_kv_tenant *t, weir_kv_bytes key);
weir_kv_status weir_kv_snx(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes value); /* set when there is none */
weir_kv_status weir_kv_cas(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes expected, weir_kv_bytes value);

typedef enum weir_kv_verb { WEIR_KV_SET, WEIR_KV_DEL, WEIR_KV_SNX, WEIR_KV_CAS } weir_kv_verb;

typedef struct weir_kv_op {
    weir_kv_verb verb;
    weir_kv_bytes key, value, expected; /* value: not of DEL; expected: of CAS */
    weir_kv_status status;              /* written by batch: what this one answers */
} weir_kv_op;

/* How safe, and how long to wait for it. */
typedef struct weir_kv_write {
    weir_kv_level level;
    bool
        later; /* does not wait: *position is what weir_kv_wait waits for. Nobody sees it before it is as safe as said */
} weir_kv_write;

/* One operation; op->status is the answer, too. how NULL: as the options say. position may be NULL; 0 without a log.
 * BAD: a verb or level that there is not. With `later`, NO tells at once, and *position is what it rests on. */
weir_kv_status weir_kv_apply(weir_kv_tenant *t, weir_kv_op *op, const weir_kv_write *how, uint64_t *position);

/* All of them in order as one step, or none: when one answers another thing than OK, *failed (may be NULL) is its
 * index, its status is the answer, nothing has changed, and the statuses of the others mean nothing. A del of nothing
 * is NO and refuses the batch, too. A quota counts what all of them together leave; *failed is then the first that goes
 * beyond it. Other writers of the tenant wait meanwhile; readers do not. */
weir_kv_status weir_kv_batch(weir_kv_tenant *t, weir_kv_op *op, size_t n, const weir_kv_write *how, uint64_t *position,
                             size_t *failed);

/* Waits until all up to position is as safe as `level`. TIMEOUT, IO; BAD: no such level, or nothing has that position
 * yet. */
weir_kv_status weir_kv_wait(weir_kv *kv, uint64_t position, weir_kv_level level, uint64_t deadline_ns);

/* Brings everything written so far to `level` and waits for it. */
weir_kv_status weir_kv_sync(weir_kv *kv, weir_kv_level level);

/* Writes a snapshot to the store and cuts the log (wal); OK without doing anything elsewhere. READONLY, NOMEM, IO,
 * NOSPACE: the log is as it was. */
weir_kv_status weir_kv_compact(weir_kv *kv);

/* -- snapshots ---------------------------------------------------------------------------------------------------- */

/* The tenant at one moment: waits for the writers under way, then costs nothing to open; with a log it waits until what
 * it shows is as safe as was asked. While it is open, writers copy what it sees before they change it; they wait while it
 * is closed and what only it kept is freed. What it gives out is valid until it is closed, without a read section; by any
 * thread. */
typedef struct weir_kv_snapshot weir_kv_snapshot;
weir_kv_status weir_kv_snapshot_open(weir_kv_tenant *t, weir_kv_snapshot **s); /* NOTSUP (hash), NOMEM, DROPPED */
void weir_kv_snapshot_close(weir_kv_snapshot *s);
weir_kv_status weir_kv_snapshot_get(weir_kv_snapshot *s, weir_kv_bytes key, weir_kv_bytes *value);
weir_kv_status weir_kv_snapshot_scan(weir_kv_snapshot *s, const weir_kv_range *range, weir_kv_pair *pair, size_t n,
                                     size_t *got);

/* -- watching ----------------------------------------------------------------------------------------------------- */

/* Changes of keys that begin with prefix, from now on: those of one key in their order, each once it can be read. */
typedef struct weir_kv_watch weir_kv_watch;

typedef enum weir_kv_change {
    WEIR_KV_WAS_SET,
    WEIR_KV_WAS_DELETED,
    WEIR_KV_LOST,
    WEIR_KV_TENANT_DROPPED
} weir_kv_change;

typedef struct weir_kv_event {
    weir_kv_change change; /* LOST: the queue was full, so `lost` changes are missing here: scan, and go on */
    weir_kv_bytes key, value;
    uint64_t lost;
} weir_kv_event;

/* capacity: events that may wait, 1 .. 2^20. Writers never wait for a watch. NOMEM, DROPPED, KEY_LONG, BAD,
 * NOTSUP (lmdb). */
weir_kv_status weir_kv_watch_open(weir_kv_tenant *t, weir_kv_bytes prefix, size_t capacity, weir_kv_watch **w);
void weir_kv_watch_close(weir_kv_watch *w);

/* The next event, valid until the next call; by one thread at a time. TIMEOUT: none until the deadline; one in the past
 * only looks. IO: the log has ended before the next change could be seen. TENANT_DROPPED comes last, and again from
 * then on. */
weir_kv_status weir_kv_watch_next(weir_kv_watch *w, uint64_t deadline_ns, weir_kv_event *event);

/* -- what it is doing --------------------------------------------------------------------------------------------- */

enum { WEIR_KV_AGES = 32 };

typedef struct weir_kv_stats {
    uint64_t memory;               /* bytes in use: nodes, keys, values, retired ones included */
    uint64_t retired, retired_max; /* bytes not yet freed, and the budget */
    uint64_t helps, waits, fulls;  /* writes that helped, waited, were refused */
    uint64_t age[WEIR_KV_AGES];    /* age[i]: objects freed 2^i .. 2^(i+1) us after they were retired */
    uint64_t position[3];          /* the last log position that has each level (WEIR_KV_MEMORY: given out) */
    uint64_t syncs, records; /* how often the log was brought to the disk, and records in it, since it was opened */
} weir_kv_stats;

void weir_kv_stats_read(weir_kv *kv, weir_kv_stats *stats);

#ifdef __cplusplus
}
#endif
#endif
