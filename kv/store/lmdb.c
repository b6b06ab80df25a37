/* store.lmdb - liblmdb: reads from its map, one writer, a B+ tree on the disk. The parts: kv/store/lmdb_p.h.
 *
 * Data may be larger than memory. What is lent lies in the map of the file; sections and snapshots keep the pages that they see,
 * so a long one makes the file grow. Opened at DISK, the default, each commit is on the disk before anybody sees it, also that of a
 * write at a lower level; opened below, only those that ask for DISK, and a power failure may damage all (lmdb_mark.c).
 * What it cannot  The seam kv/io.h does not reach into LMDB, which makes its own calls: such a table is refused (NOTSUP). LMDB has no
 *                 checksums: damage within a page is not seen, and may end the process; so does a file that is cut short
 *                 while it is open, or a disk that fails at reading (SIGBUS). A full map or disk is NOSPACE and changes nothing; writing
 *                 goes on when there is room. Any other failure of a commit ends writing (weir_kv_fault). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "kv/store/lmdb_p.h"

/* -- what is said ------------------------------------------------------------------------------------------------------- */

weir_kv_status weir_lmdb_status(int error) {
    switch (error) {
    case MDB_MAP_FULL: return WEIR_KV_NOSPACE;
    case MDB_READERS_FULL:
    case MDB_TXN_FULL:
    case MDB_CURSOR_FULL: return WEIR_KV_NOMEM;
    case MDB_VERSION_MISMATCH: return WEIR_KV_NEWER;
    case MDB_INVALID:
    case MDB_NOTFOUND: /* of what must be there */
    case MDB_PAGE_NOTFOUND:
    case MDB_CORRUPTED:
    case MDB_BAD_VALSIZE: return WEIR_KV_CORRUPT;
    case EACCES:
    case EPERM: return WEIR_KV_READONLY;
    default: return weir_wal_status(error);
    }
}

static weir_kv_status fail(const weir_lmdb *s, weir_kv_error *error, int number, const char *what) {
    weir_kv_status st = weir_lmdb_status(number);
    if (number == MDB_INVALID || number == MDB_CORRUPTED)
        return weir_kv_fail(error, st, 0, 0, "%s/data.mdb is not what a store wrote: %s", s->dir.path,
                            mdb_strerror(number));
    if (number == MDB_VERSION_MISMATCH)
        return weir_kv_fail(error, st, 0, 0, "%s/data.mdb is of another version of LMDB than %s", s->dir.path,
                            mdb_version(NULL, NULL, NULL));
    return weir_kv_fail(error, st, number > 0 ? number : 0, 0, "cannot %s %s/data.mdb: %s", what, s->dir.path,
                        mdb_strerror(number));
}

weir_kv_status weir_lmdb_ends(weir_lmdb *s, int error, const char *what) {
    pthread_mutex_lock(&s->failing);
    if (!weir_a32_load(&s->failed)) {
        fail(s, &s->fault, error, what);
        weir_a32_store_release(&s->failed, 1); /* LF: pairs with the acquires that look at it before the fault */
    }
    weir_kv_status st = s->fault.status;
    pthread_mutex_unlock(&s->failing);
    return st;
}

static weir_kv_status fault(const weir_kv *kv, weir_kv_error *error) {
    const weir_lmdb *s = (const weir_lmdb *)kv;
    if (!weir_a32_load_acquire(&s->failed)) return WEIR_KV_OK;
    if (error) *error = s->fault;
    return s->fault.status;
}

/* -- what lies in the directory --------------------------------------------------------------------------------------------- */

static void note_name(void *arg, const char *name) {
    bool *wal = arg;
    *wal |= strncmp(name, "log-", 4) == 0 || strncmp(name, "snapshot-", 9) == 0;
}

/* Whether there is a store; MISSING when there must be, BAD when there is another. */
static weir_kv_status look(weir_lmdb *s, bool must_exist, bool *there, weir_kv_error *error) {
    const weir_wal_dir *d = &s->dir;
    bool wal = false;
    int fd = weir_wal_dir_open_file(d, "data.mdb", O_RDONLY);
    *there = fd >= 0;
    if (fd >= 0) return d->io->close(d->io->ctx, fd), WEIR_KV_OK;
    if (fd != -ENOENT) return weir_wal_fail(d, error, -fd, "open", "data.mdb");
    d->io->list(d->io->ctx, d->path, note_name, &wal);
    if (wal) return weir_kv_fail(error, WEIR_KV_BAD, 0, 0, "%s holds a store of kind wal, not lmdb", d->path);
    if (!must_exist) return WEIR_KV_OK;
    return weir_kv_fail(error, WEIR_KV_MISSING, 0, 0, "no store at %s: it has no data.mdb", d->path);
}

/* A page beyond the end of the file would end the process. */
static weir_kv_status check_size(weir_lmdb *s, weir_kv_error *error) {
    MDB_envinfo info;
    MDB_stat stat;
    mdb_filehandle_t fd;
    int done = mdb_env_info(s->env, &info);
    if (done == 0) done = mdb_env_stat(s->env, &stat);
    if (done == 0) done = mdb_env_get_fd(s->env, &fd);
    if (done) return fail(s, error, done, "read");
    int64_t size = s->dir.io->size(s->dir.io->ctx, fd);
    uint64_t needs = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
    if (size >= 0 && (uint64_t)size >= needs) return WEIR_KV_OK;
    return weir_wal_corrupt(&s->dir, error, "data.mdb", size < 0 ? 0 : (uint64_t)size,
                            "the file ends there, before its last page");
}

typedef struct version {
    char magic[8];
    uint32_t order, version; /* order: 0x01020304, as the machine writes it */
} version;

static const version ours = {"WEIR kv", 0x01020304, WEIR_LMDB_VERSION};

static weir_kv_status check_version(weir_lmdb *s, const MDB_val *found, weir_kv_error *error) {
    version v;
    if (found->mv_size != sizeof v) return fail(s, error, MDB_INVALID, "read");
    memcpy(&v, found->mv_data, sizeof v);
    if (memcmp(v.magic, ours.magic, sizeof v.magic) != 0 || v.order != ours.order)
        return fail(s, error, MDB_INVALID, "read");
    if (v.version == ours.version) return WEIR_KV_OK;
    return weir_kv_fail(error, v.version > ours.version ? WEIR_KV_NEWER : WEIR_KV_CORRUPT, 0, 0,
                        "%s is of version %u, and this library knows %u", s->dir.path, v.version, ours.version);
}

/* A new store: its version, the first layer, the root tenant. */
static weir_kv_status found(weir_lmdb *s, MDB_txn *txn, weir_kv_error *error) {
    weir_lmdb_change c = {.store = s, .tree = {txn, s->dbi}};
    weir_lmdb_key k;
    unsigned char first[8];
    uint64_t root;
    version v = ours;
    const weir_kv_quota none = {0, 0};
    weir_lmdb_number(first, WEIR_LMDB_ROOT);
    MDB_val value = {.mv_data = &v, .mv_size = sizeof v}, next = {.mv_data = first, .mv_size = 8};
    weir_kv_bytes nothing = {NULL, 0};
    if (weir_lmdb_did(&c, mdb_put(txn, s->dbi, weir_lmdb_system_key(&k, 'v', nothing), &value, 0)) &&
        weir_lmdb_did(&c, mdb_put(txn, s->dbi, weir_lmdb_system_key(&k, 'n', nothing), &next, 0)))
        weir_lmdb_make_tenant(&c, nothing, &none, &root); /* the first layer */
    int done = c.error;
    if (done) mdb_txn_abort(txn);
    else done = mdb_txn_commit(txn);
    return done ? fail(s, error, done, "write") : WEIR_KV_OK;
}

static weir_kv_status check_content(weir_lmdb *s, weir_kv_error *error) {
    bool read_only = s->base.options.read_only;
    weir_lmdb_key k;
    MDB_txn *txn;
    MDB_val value;
    MDB_stat stat;
    int done = mdb_txn_begin(s->env, NULL, read_only ? MDB_RDONLY : 0, &txn);
    if (done) return fail(s, error, done, "read");
    done = mdb_dbi_open(txn, NULL, 0, &s->dbi);
    if (done == 0) done = mdb_stat(txn, s->dbi, &stat);
    if (done == 0 && stat.ms_entries == 0 && !read_only) return found(s, txn, error);
    if (done == 0) done = mdb_get(txn, s->dbi, weir_lmdb_system_key(&k, 'v', weir_kv_bytes_of(NULL, 0)), &value);
    if (done == MDB_NOTFOUND) done = MDB_INVALID;
    weir_kv_status st = done ? fail(s, error, done, "read") : check_version(s, &value, error);
    mdb_txn_abort(txn);
    return st;
}

static const size_t MAP_MOST = (size_t)64 << 30, MAP_LEAST = (size_t)1 << 30;

/* -- opened ---------------------------------------------------------------------------------------------------------------- */

static weir_lmdb *make(const weir_kv_options *o) {
    weir_lmdb *s = aligned_alloc(WEIR_CACHE_LINE, sizeof *s);
    if (!s) return NULL;
    memset(s, 0, sizeof *s);
    s->base = (weir_kv){.ops = &weir_store_lmdb, .options = *o};
    s->dir.fd = s->dir.lock = -1;
    s->weak = o->level < WEIR_KV_DISK && !o->read_only;
    s->root = (weir_lmdb_tenant){.base.kv = &s->base, .layer = WEIR_LMDB_ROOT};
    s->last = &s->first;
    for (unsigned i = 0; i < WEIR_LANES; i++) weir_lock_init(&s->pool[i].lock);
    weir_lock_init(&s->queue);
    pthread_mutex_init(&s->registry, NULL);
    pthread_mutex_init(&s->syncing, NULL);
    pthread_mutex_init(&s->failing, NULL);
    s->mem = weir_mem_new(false);
    return s;
}

static void let_go(weir_lmdb *s) {
    if (s->env) mdb_env_close(s->env);
    for (weir_lmdb_tenant *t; (t = s->live);) s->live = t->next, free(t);
    weir_wal_dir_close(&s->dir);
    weir_mem_free(s->mem);
    pthread_mutex_destroy(&s->registry);
    pthread_mutex_destroy(&s->syncing);
    pthread_mutex_destroy(&s->failing);
    free(s);
}

/* A store that is only read needs no table of readers, which would be written: by the lock of ours nobody writes. */
static int map_env(weir_lmdb *s, size_t bytes) {
    unsigned flags = MDB_NOTLS | (s->base.options.read_only ? MDB_RDONLY | MDB_NOLOCK : 0);
    if (s->env) mdb_env_close(s->env);
    s->env = NULL;
    int done = mdb_env_create(&s->env);
    if (done == 0) done = mdb_env_set_mapsize(s->env, bytes);
    if (done == 0) done = mdb_env_set_maxreaders(s->env, WEIR_LMDB_READERS);
    return done ? done : mdb_env_open(s->env, s->dir.path, flags, 0666);
}

/* What the system says to more addresses than there are, and what valgrind says. */
static bool is_too_much(int error) { return error == ENOMEM || error == EINVAL; }

/* Nobody has said how much: then less will do where a process may not have so much. LMDB itself takes no less than the file has. */
static weir_kv_status open_env(weir_lmdb *s, weir_kv_error *error) {
    size_t bytes = s->base.options.map_bytes, least = bytes ? bytes : MAP_LEAST;
    if (!bytes) bytes = MAP_MOST;
    int done;
    while (is_too_much(done = map_env(s, bytes)) && bytes > least) bytes /= 2;
    if (done == ENOMEM)
        return weir_kv_fail(error, WEIR_KV_NOMEM, ENOMEM, 0, "cannot map %zu bytes of %s: choose fewer map_bytes",
                            bytes, s->dir.path);
    return done ? fail(s, error, done, "open") : check_size(s, error);
}

/* What is in the system only is brought to the disk, so that what is seen from now on is what its level says. */
static weir_kv_status start(weir_lmdb *s, bool marked, weir_kv_error *error) {
    MDB_envinfo info;
    weir_kv_status st = WEIR_KV_OK;
    int done = mdb_env_info(s->env, &info);
    if (done == 0 && marked && !s->base.options.read_only) done = mdb_env_sync(s->env, 1);
    if (done) return fail(s, error, done, "sync");
    weir_a64_store(&s->committed, info.me_last_txnid);
    weir_a64_store(&s->synced, info.me_last_txnid);
    if (s->base.options.read_only) return WEIR_KV_OK;
    if (s->weak && !marked) st = weir_lmdb_mark_set(&s->dir, error);
    if (!s->weak && marked && (done = weir_lmdb_mark_remove(&s->dir)) < 0)
        st = weir_wal_fail(&s->dir, error, -done, "remove", "unsynced");
    if (st == WEIR_KV_OK && (st = weir_lmdb_reap(s)) != WEIR_KV_OK)
        weir_kv_fail(error, st, 0, 0, "cannot delete what was dropped from %s: %s", s->dir.path,
                     weir_kv_status_text(st));
    return st;
}

static weir_kv_status open_in(weir_lmdb *s, const weir_kv_options *o, weir_kv_error *error) {
    bool must_exist = o->must_exist || o->read_only, there = false, marked = false;
    weir_kv_status st = weir_wal_dir_open(&s->dir, o, !must_exist, error);
    if (st == WEIR_KV_OK) st = look(s, must_exist, &there, error);
    if (st == WEIR_KV_OK) st = weir_lmdb_mark_look(&s->dir, &marked, error);
    if (st != WEIR_KV_OK) return st;
    st = open_env(s, error);
    if (st == WEIR_KV_OK) st = check_content(s, error);
    if (st == WEIR_KV_OK) st = start(s, marked, error);
    if (st != WEIR_KV_OK && !there) weir_wal_dir_unlink(&s->dir, "data.mdb"), weir_wal_dir_unlink(&s->dir, "lock.mdb");
    return st;
}

static weir_kv_status open_store(const weir_kv_options *o, weir_kv **kv, weir_kv_error *error) {
    if (o->io != &weir_kv_io_system)
        return weir_kv_fail(error, WEIR_KV_NOTSUP, 0, 0, "store lmdb makes its own calls to the system: no other io");
    weir_lmdb *s = make(o);
    if (!s) return weir_kv_fail(error, WEIR_KV_NOMEM, 0, 0, "no memory for a store");
    weir_kv_status st =
        s->mem ? open_in(s, o, error) : weir_kv_fail(error, WEIR_KV_NOMEM, 0, 0, "no memory for a store");
    if (st == WEIR_KV_OK) *kv = &s->base;
    else weir_lmdb_section_forget(s), let_go(s);
    return st;
}

static weir_kv_status close_store(weir_kv *kv) {
    weir_lmdb *s = (weir_lmdb *)kv;
    weir_kv_status st = fault(kv, NULL);
    if (s->weak && st == WEIR_KV_OK) {
        st = weir_lmdb_sync(kv, WEIR_KV_DISK);
        if (st == WEIR_KV_OK && weir_lmdb_mark_remove(&s->dir) < 0) st = WEIR_KV_IO;
    }
    weir_lmdb_section_forget(s);
    let_go(s);
    return st;
}

/* -- the rest of the table -------------------------------------------------------------------------------------------------- */

static const char *variant(const weir_kv *kv) {
    (void)kv;
    return "btree";
}

static void value_release(weir_kv *kv, weir_kv_value *value) {
    weir_record_release(((weir_lmdb *)kv)->mem, (weir_record *)value);
}

static weir_kv_status compact(weir_kv *kv) {
    (void)kv;
    return WEIR_KV_OK;
}

static void stats(weir_kv *kv, weir_kv_stats *to) {
    weir_lmdb *s = (weir_lmdb *)kv;
    to->memory = weir_mem_used(s->mem);
    to->retired_max = kv->options.retired_max;
    to->position[WEIR_KV_MEMORY] = to->position[WEIR_KV_OS] = weir_a64_load(&s->committed);
    to->position[WEIR_KV_DISK] = weir_a64_load(&s->synced);
    to->syncs = weir_a64_load(&s->syncs);
    to->records = weir_a64_load(&s->records);
}

static weir_kv_status watch_open(weir_kv_tenant *t, weir_kv_bytes prefix, size_t capacity, weir_kv_watch **w) {
    (void)prefix, (void)capacity, (void)w;
    return weir_lmdb_dropped((weir_lmdb_tenant *)t) ? WEIR_KV_DROPPED : WEIR_KV_NOTSUP;
}

const weir_store_ops weir_store_lmdb = {
    .name = "lmdb",
    .open = open_store,
    .close = close_store,
    .fault = fault,
    .variant = variant,
    .root = weir_lmdb_root,
    .tenant_create = weir_lmdb_tenant_create,
    .tenant_open = weir_lmdb_tenant_open,
    .tenant_close = weir_lmdb_tenant_close,
    .tenant_drop = weir_lmdb_tenant_drop,
    .tenants = weir_lmdb_tenants,
    .tenant_limit = weir_lmdb_tenant_limit,
    .tenant_usage = weir_lmdb_tenant_usage,
    .read_begin = weir_lmdb_section_begin,
    .read_end = weir_lmdb_section_end,
    .get = weir_lmdb_get,
    .multiget = weir_lmdb_multiget,
    .take = weir_lmdb_take,
    .value_release = value_release,
    .scan = weir_lmdb_scan,
    .iterate = weir_lmdb_iterate,
    .write = weir_lmdb_write,
    .wait = weir_lmdb_wait,
    .sync = weir_lmdb_sync,
    .compact = compact,
    .snapshot_open = weir_lmdb_snapshot_open,
    .snapshot_close = weir_lmdb_snapshot_close,
    .snapshot_get = weir_lmdb_snapshot_get,
    .snapshot_scan = weir_lmdb_snapshot_scan,
    .watch_open = watch_open,
    .stats = stats,
};
