/* Unit test of the log: its parts, group commit by many threads, what it refuses. Crashes and faults: wal_crash_test.c. */
#include "prims/test_p.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "kv/io_sim.h"
#include "kv/store/wal_p.h"
#include "prims/crc.h"

/* -- records ------------------------------------------------------------------------------------------------------ */

static void same_bytes(weir_kv_bytes a, weir_kv_bytes b) {
    assert_int_equal(a.size, b.size);
    if (a.size) assert_memory_equal(a.at, b.at, a.size);
}

static void reads_back(const weir_wal_event *e) {
    uint64_t size = weir_wal_record_size(e);
    unsigned char *at = malloc((size_t)size);
    weir_kv_op *op = NULL;
    size_t room = 0;
    weir_wal_head h;
    weir_wal_event again;
    weir_wal_record_write(at, e, size, 5, 4096, 1024);
    memcpy(&h, at, sizeof h);
    assert_int_equal(h.position, 4096);
    assert_int_equal(h.durable, 1024);
    assert_int_equal(h.crc, weir_wal_record_crc(at, size, 5));
    assert_int_not_equal(h.crc, weir_wal_record_crc(at, size, 6));
    assert_int_equal(weir_wal_record_read(&again, at + sizeof h, h.size, &op, &room), WEIR_KV_OK);
    assert_int_equal(again.kind, e->kind);
    assert_int_equal(again.tenant, e->tenant);
    assert_int_equal(again.n, e->n);
    for (size_t i = 0; i < e->n; i++) {
        assert_int_equal(again.op[i].verb == WEIR_KV_DEL, e->op[i].verb == WEIR_KV_DEL);
        same_bytes(again.op[i].key, e->op[i].key);
        if (again.op[i].verb == WEIR_KV_SET) same_bytes(again.op[i].value, e->op[i].value);
    }
    same_bytes(again.name, e->name);
    assert_int_equal(again.quota.bytes, e->quota.bytes);
    assert_int_equal(again.records, e->records);
    for (size_t cut = 0; cut < h.size; cut++) /* shorter than it says */
        assert_int_equal(weir_wal_record_read(&again, at + sizeof h, cut, &op, &room), WEIR_KV_CORRUPT);
    free(op);
    free(at);
}

static void records(void **s) {
    (void)s;
    const weir_kv_op op[] = {{.verb = WEIR_KV_SET, .key = WEIR_KV_TEXT("key"), .value = WEIR_KV_TEXT("value")},
                             {.verb = WEIR_KV_DEL, .key = WEIR_KV_TEXT("")},
                             {.verb = WEIR_KV_SNX, .key = WEIR_KV_TEXT(""), .value = WEIR_KV_TEXT("")}};
    reads_back(&(weir_wal_event){.kind = WEIR_WAL_CHANGED, .tenant = UINT64_MAX, .op = op, .n = 3});
    reads_back(&(weir_wal_event){.kind = WEIR_WAL_LIMITED, .quota = {300, UINT64_MAX}});
    reads_back(&(weir_wal_event){.kind = WEIR_WAL_DROPPED, .tenant = 128});
    reads_back(&(weir_wal_event){.kind = WEIR_WAL_END, .to = 127, .records = 1u << 31});
    weir_wal_event e = {.kind = WEIR_WAL_CREATED, .name = WEIR_KV_TEXT(""), .tenant = 1};
    assert_int_equal(weir_wal_record_size(&e), 24 + 8);
}

/* Behind a sum that is right anything may stand, when somebody means harm: what is taken for a record lies within its bytes. */
static void garbage(void **s) {
    (void)s;
    const weir_kv_op all[] = {{.verb = WEIR_KV_SET, .key = WEIR_KV_TEXT("key"), .value = WEIR_KV_TEXT("value")},
                              {.verb = WEIR_KV_DEL, .key = WEIR_KV_TEXT("k")},
                              {.verb = WEIR_KV_SET, .key = WEIR_KV_TEXT(""), .value = WEIR_KV_TEXT("v")}};
    const weir_wal_event whole = {.kind = WEIR_WAL_CHANGED, .tenant = 1, .op = all, .n = 3};
    unsigned char record[64];
    weir_wal_head h;
    weir_kv_op *op = NULL;
    size_t room = 0, taken = 0;
    uint64_t x = 1;
    assert_true(weir_wal_record_size(&whole) <= sizeof record);
    weir_wal_record_write(record, &whole, weir_wal_record_size(&whole), 1, 0, 0);
    memcpy(&h, record, sizeof h);
    for (unsigned round = 0; round < 300000; round++) {
        unsigned char *at = malloc(h.size); /* by itself, so that a sanitizer sees its end */
        assert_non_null(at);
        memcpy(at, record + sizeof h, h.size);
        for (unsigned n = 1 + round % 3; n; n--) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            at[(x >> 33) % h.size] = (unsigned char)(x >> 60 & 1 ? x >> 40 & 7 : x >> 40);
        }
        weir_wal_event e;
        weir_kv_status st = weir_wal_record_read(&e, at, h.size, &op, &room);
        assert_true(st == WEIR_KV_OK || st == WEIR_KV_CORRUPT);
        for (size_t i = 0; st == WEIR_KV_OK && i < e.n; i++, taken++) {
            const unsigned char *key = e.op[i].key.at, *value = e.op[i].value.at;
            assert_true(key >= at && key + e.op[i].key.size <= at + h.size);
            assert_true(value >= at && value + e.op[i].value.size <= at + h.size);
        }
        free(at);
    }
    assert_true(taken > 1000);
    free(op);
}

/* -- a log on a disk in memory; what it tells is counted ---------------------------------------------------------- */

typedef struct shop {
    weir_sim *sim;
    weir_kv_options o;
    weir_log *log;
    weir_kv_error error;
    uint64_t told, bytes; /* operations, and bytes of their values */
} shop;

static weir_kv_status on_tenant(void *arg, uint64_t t, weir_kv_bytes name, const weir_kv_quota *q) {
    (void)arg, (void)t, (void)name, (void)q;
    return WEIR_KV_OK;
}
static weir_kv_status on_limited(void *arg, uint64_t t, const weir_kv_quota *q) {
    (void)arg, (void)t, (void)q;
    return WEIR_KV_OK;
}
static weir_kv_status on_dropped(void *arg, uint64_t t) {
    (void)arg, (void)t;
    return WEIR_KV_OK;
}
static weir_kv_status on_changed(void *arg, uint64_t t, const weir_kv_op *op, size_t n) {
    shop *s = arg;
    (void)t;
    s->told += n;
    for (size_t i = 0; i < n; i++) s->bytes += op[i].value.size;
    return WEIR_KV_OK;
}

static weir_kv_status open_shop(shop *s) {
    const weir_log_events to = {s, on_tenant, on_limited, on_dropped, on_changed};
    s->told = s->bytes = 0;
    return weir_wal_open(&s->o, &to, &s->log, &s->error);
}

static shop new_shop(void) {
    shop s = {.sim = weir_sim_new(), .o = {.path = "/store", .log_bytes = 1 << 20}};
    s.o.io = weir_sim_io(s.sim);
    assert_int_equal(open_shop(&s), WEIR_KV_OK);
    return s;
}

static void set(shop *s, size_t size, uint64_t *position) {
    char *value = calloc(1, size + 1);
    weir_kv_op op = {.key = WEIR_KV_TEXT("k"), .value = {value, size}};
    assert_int_equal(s->log->ops->append(s->log, 0, &op, 1, position), WEIR_KV_OK);
    free(value);
}

static void close_shop(shop *s) { assert_int_equal(s->log->ops->close(s->log), WEIR_KV_OK); }

static void levels(void **st) {
    (void)st;
    shop s = new_shop();
    uint64_t a, b;
    set(&s, 10, &a);
    set(&s, 10, &b);
    assert_true(a > 0 && b > a && s.log->ops->given(s.log) == b);
    assert_int_equal(s.log->ops->wait(s.log, b, WEIR_KV_MEMORY, 0), WEIR_KV_OK);
    weir_kv_stats stats = {0};
    s.log->ops->stats(s.log, &stats);
    assert_int_equal(stats.position[WEIR_KV_OS], 0);
    assert_int_equal(s.log->ops->wait(s.log, a, WEIR_KV_OS, WEIR_FOREVER), WEIR_KV_OK);
    s.log->ops->stats(s.log, &stats);
    assert_int_equal(stats.position[WEIR_KV_OS], b); /* all that is there goes together */
    assert_int_equal(stats.position[WEIR_KV_DISK], 0);
    assert_int_equal(s.log->ops->wait(s.log, a, WEIR_KV_DISK, WEIR_FOREVER), WEIR_KV_OK);
    s.log->ops->stats(s.log, &stats);
    assert_int_equal(stats.position[WEIR_KV_DISK], b);
    assert_int_equal(stats.records, 2);
    assert_int_equal(stats.syncs, 1);
    close_shop(&s);
    assert_int_equal(open_shop(&s), WEIR_KV_OK);
    assert_int_equal(s.told, 2);
    close_shop(&s);
    size_t changes = weir_sim_changes(s.sim);
    assert_int_equal(open_shop(&s), WEIR_KV_OK);
    close_shop(&s);
    assert_true(weir_sim_changes(s.sim) <= changes + 8); /* nothing was written: no mark is needed again */
    weir_sim_free(s.sim);
}

/* Records that fill chunks, are longer than one, or than a segment; more than may wait is admitted once it is written. */
static void sizes(void **st) {
    (void)st;
    static const size_t size[] = {0, 1, 100000, 262144, 3000000, 7, 1 << 20, 500000, 600000, 9 << 20, 3};
    shop s = new_shop();
    uint64_t position = 0, bytes = 0, n = sizeof size / sizeof *size;
    for (size_t i = 0; i < n; i++) {
        uint64_t before = position;
        assert_int_equal(s.log->ops->admit(s.log), WEIR_KV_OK);
        set(&s, size[i], &position);
        assert_true(position >= before + size[i]);
        bytes += size[i];
    }
    weir_kv_stats stats = {0};
    s.log->ops->admit(s.log);
    s.log->ops->stats(s.log, &stats);
    assert_true(stats.position[WEIR_KV_OS] > 0); /* admit has written */
    close_shop(&s);
    assert_int_equal(open_shop(&s), WEIR_KV_OK);
    assert_int_equal(s.told, n);
    assert_int_equal(s.bytes, bytes);
    close_shop(&s);
    weir_sim_free(s.sim);
}

/* -- many that wait ----------------------------------------------------------------------------------------------- */

enum { THREADS = 24, EACH = 40 };

static void *commits(void *arg) {
    shop *s = arg;
    uintptr_t failures = 0;
    for (int i = 0; i < EACH; i++) {
        weir_kv_op op = {.key = WEIR_KV_TEXT("k"), .value = WEIR_KV_TEXT("0123456789")};
        uint64_t position;
        weir_kv_level level = i % 8 == 7 ? WEIR_KV_OS : WEIR_KV_DISK;
        weir_kv_status st = s->log->ops->append(s->log, 1, &op, 1, &position);
        if (st == WEIR_KV_OK) st = s->log->ops->wait(s->log, position, level, WEIR_FOREVER);
        failures += st != WEIR_KV_OK || weir_a64_load(&s->log->marks.at[level]) < position;
    }
    return (void *)failures;
}

/* A sync that takes a while, so that others gather behind it. */
static const weir_kv_io *fast;
static int slow_sync(void *ctx, int fd) {
    usleep(200);
    return fast->sync(ctx, fd);
}

static void together(void **st) {
    (void)st;
    shop s = {.sim = weir_sim_new(), .o = {.path = "/store", .log_bytes = 1 << 20}};
    weir_kv_io slow = *(fast = weir_sim_io(s.sim));
    slow.sync = slow_sync;
    s.o.io = &slow;
    assert_int_equal(open_shop(&s), WEIR_KV_OK);
    pthread_t t[THREADS];
    for (int i = 0; i < THREADS; i++) t[i] = weir_test_thread(commits, &s);
    for (int i = 0; i < THREADS; i++) {
        void *failures;
        pthread_join(t[i], &failures);
        assert_null(failures);
    }
    weir_kv_stats stats = {0};
    s.log->ops->stats(s.log, &stats);
    assert_int_equal(stats.records, THREADS * EACH);
    assert_true(stats.syncs < stats.records); /* some shared one */
    close_shop(&s);
    assert_int_equal(open_shop(&s), WEIR_KV_OK);
    assert_int_equal(s.told, THREADS * EACH);
    close_shop(&s);
    weir_sim_free(s.sim);
}

/* A sync that does not come back until it may. */
static weir_a32 syncing, go;
static int held_sync(void *ctx, int fd) {
    weir_a32_store_release(&syncing, 1);
    while (!weir_a32_load_acquire(&go)) usleep(100);
    return fast->sync(ctx, fd);
}

static void *commits_one(void *arg) {
    shop *s = arg;
    uint64_t position;
    set(s, 1, &position);
    return (void *)(uintptr_t)s->log->ops->wait(s->log, position, WEIR_KV_DISK, WEIR_FOREVER);
}

static void deadlines(void **st) {
    (void)st;
    shop s = new_shop();
    uint64_t position;
    weir_kv_io held = *(fast = weir_sim_io(s.sim));
    held.sync = held_sync;
    ((weir_wal *)s.log)->dir.io = &held;
    weir_a32_store(&go, 0);
    weir_a32_store(&syncing, 0);
    pthread_t leader = weir_test_thread(commits_one, &s);
    while (!weir_a32_load_acquire(&syncing)) usleep(100);
    set(&s, 1, &position); /* appending waits for nobody */
    assert_int_equal(s.log->ops->wait(s.log, position, WEIR_KV_DISK, weir_now_ns() + 1000000), WEIR_KV_TIMEOUT);
    assert_int_equal(s.log->ops->wait(s.log, position, WEIR_KV_DISK, 0), WEIR_KV_TIMEOUT);
    weir_a32_store_release(&go, 1);
    void *first;
    pthread_join(leader, &first);
    assert_int_equal((uintptr_t)first, WEIR_KV_OK);
    assert_int_equal(s.log->ops->wait(s.log, position, WEIR_KV_DISK, WEIR_FOREVER), WEIR_KV_OK);
    close_shop(&s);
    weir_sim_free(s.sim);
}

/* -- what is refused ---------------------------------------------------------------------------------------------- */

static void refusals(void **st) {
    (void)st;
    shop s = {.sim = weir_sim_new(), .o = {.path = "/store", .log_bytes = 1 << 20, .must_exist = true}};
    s.o.io = weir_sim_io(s.sim);
    assert_int_equal(open_shop(&s), WEIR_KV_MISSING);
    s.o.must_exist = false;
    s.o.read_only = true;
    assert_int_equal(open_shop(&s), WEIR_KV_MISSING);
    assert_int_equal(weir_sim_changes(s.sim), 0);
    s.o.read_only = false;
    assert_int_equal(open_shop(&s), WEIR_KV_OK);
    shop other = s;
    assert_int_equal(open_shop(&other), WEIR_KV_LOCKED);
    char pid[32];
    snprintf(pid, sizeof pid, "process %ld:", (long)getpid());
    assert_non_null(strstr(other.error.text, pid));
    close_shop(&s);

    size_t size;
    weir_wal_header h;
    unsigned char *bytes = weir_sim_bytes(s.sim, "/store/log-0000000000000000", &size);
    assert_non_null(bytes);
    memcpy(&h, bytes, sizeof h);
    h.version = WEIR_WAL_VERSION + 1;
    h.crc = weir_crc32c(0, &h, offsetof(weir_wal_header, crc));
    memcpy(bytes, &h, sizeof h);
    assert_int_equal(open_shop(&s), WEIR_KV_NEWER);
    assert_non_null(strstr(s.error.text, "/store/log-0000000000000000"));
    weir_sim_free(s.sim);
}

/* Whatever the system says: IO or NOSPACE, for what has a position may be in the log. */
static void a_log_that_ends(void **st) {
    (void)st;
    const int error[] = {EIO, ENOMEM, EROFS, ENOSPC};
    for (size_t i = 0; i < sizeof error / sizeof *error; i++) {
        shop s = new_shop();
        uint64_t position;
        weir_kv_status status = error[i] == ENOSPC ? WEIR_KV_NOSPACE : WEIR_KV_IO;
        set(&s, 8, &position);
        weir_sim_break(s.sim, 0, WEIR_SIM_FAIL, error[i]);
        assert_int_equal(s.log->ops->wait(s.log, position, WEIR_KV_OS, WEIR_FOREVER), status);
        assert_int_equal(s.log->ops->fault(s.log, &s.error), status);
        assert_int_equal(s.error.system, error[i]);
        assert_int_equal(s.log->ops->close(s.log), status);
        weir_sim_free(s.sim);
    }
}

static void only_read(void **st) {
    (void)st;
    shop s = new_shop();
    uint64_t position;
    set(&s, 1, &position);
    close_shop(&s);
    s.o.read_only = true;
    size_t changes = weir_sim_changes(s.sim);
    assert_int_equal(open_shop(&s), WEIR_KV_OK);
    assert_int_equal(s.told, 1);
    weir_kv_op op = {.key = WEIR_KV_TEXT("k"), .value = WEIR_KV_TEXT("v")};
    assert_int_equal(s.log->ops->append(s.log, 0, &op, 1, &position), WEIR_KV_READONLY);
    assert_int_equal(s.log->ops->wait(s.log, position, WEIR_KV_DISK, 0), WEIR_KV_OK);
    assert_int_equal(s.log->ops->fault(s.log, NULL), WEIR_KV_OK);
    close_shop(&s);
    assert_int_equal(weir_sim_changes(s.sim), changes);
    weir_sim_free(s.sim);
}

static weir_kv_status walk_one(void *store, const weir_log_events *to, void (*begun)(void *arg)) {
    (void)store;
    begun(to->arg);
    weir_kv_op op = {.key = WEIR_KV_TEXT("k"), .value = WEIR_KV_TEXT("snap")};
    return to->changed(to->arg, 0, &op, 1);
}

static void as_it_was(void **st) {
    (void)st;
    shop s = new_shop();
    uint64_t position[5];
    for (size_t i = 0; i < 5; i++) {
        set(&s, i, &position[i]);
        if (i != 1) continue;
        ((weir_wal *)s.log)->walk = walk_one;
        assert_int_equal(s.log->ops->compact(s.log, &s.error), WEIR_KV_OK);
    }
    close_shop(&s);
    for (size_t i = 1; i < 5; i++) {
        s.o.until = position[i];
        assert_int_equal(open_shop(&s), WEIR_KV_OK);
        assert_int_equal(s.told, i); /* one of the snapshot, i - 1 behind it */
        assert_int_equal(s.log->ops->given(s.log), position[i]);
        close_shop(&s);
    }
    s.o.until = position[3] + 1;
    assert_int_equal(open_shop(&s), WEIR_KV_OK);
    assert_int_equal(s.told, 3);
    close_shop(&s);
    s.o.until = position[0];
    assert_int_equal(open_shop(&s), WEIR_KV_BAD);
    weir_sim_free(s.sim);
}

/* The last record before a snapshot is damaged, and nothing lies behind it: the log must reach what the snapshot has seen, or
 * what is written next would lie behind a gap. */
static void a_log_that_does_not_reach_its_snapshot(void **st) {
    (void)st;
    shop s = new_shop();
    uint64_t position[2];
    size_t size;
    for (size_t i = 0; i < 2; i++) set(&s, 8, &position[i]);
    ((weir_wal *)s.log)->walk = walk_one;
    assert_int_equal(s.log->ops->compact(s.log, &s.error), WEIR_KV_OK);
    weir_sim *disk = weir_sim_cut(s.sim, weir_sim_changes(s.sim), WEIR_SIM_ALL); /* killed */
    close_shop(&s);
    weir_sim_free(s.sim);
    s.sim = disk;
    s.o.io = weir_sim_io(disk);
    unsigned char *bytes = weir_sim_bytes(disk, "/store/log-0000000000000000", &size);
    assert_non_null(bytes);
    bytes[WEIR_WAL_HEADER + position[0]] ^= 1;
    assert_int_equal(open_shop(&s), WEIR_KV_CORRUPT);
    weir_sim_free(s.sim);
}

/* -- its thread --------------------------------------------------------------------------------------------------- */

static bool within(shop *s, bool (*is)(shop *s)) {
    uint64_t end = weir_now_ns() + 60000000000u;
    while (!is(s) && weir_now_ns() < end) usleep(2000);
    return is(s);
}

static bool synced(shop *s) {
    weir_kv_stats stats = {0};
    s->log->ops->stats(s->log, &stats);
    return stats.position[WEIR_KV_DISK] == stats.position[WEIR_KV_MEMORY];
}

static bool compacted(shop *s) { return weir_a64_load(&((weir_wal *)s->log)->snapshot) > 0; }

static void by_itself(void **st) {
    (void)st;
    shop s = new_shop();
    uint64_t position;
    set(&s, 100, &position);
    assert_int_equal(s.log->ops->start(s.log, walk_one, NULL), WEIR_KV_OK);
    assert_true(within(&s, synced)); /* nobody waits, and it reaches the disk */
    for (int i = 0; i < 20; i++) set(&s, 100000, &position);
    assert_true(within(&s, compacted));
    assert_true(within(&s, synced));
    close_shop(&s);
    assert_int_equal(open_shop(&s), WEIR_KV_OK);
    assert_int_equal(s.told, 1);
    close_shop(&s);
    weir_sim_free(s.sim);
}

/* A file has room for what will come while it is open, and not when it has been closed: who opens it would read all of that. */
static void no_more_than_was_written(void **st) {
    enum { ROOM = 64 };
    (void)st;
    shop s = new_shop();
    for (int round = 0; round < 3; round++) {
        weir_wal *w = (weir_wal *)s.log;
        uint64_t position, bytes;
        const weir_kv_io *io = s.o.io;
        if (round < 2) set(&s, 100, &position); /* at last nothing */
        int64_t open_size = io->size(io->ctx, w->fd);
        assert_true(open_size >= (int64_t)w->segment_bytes);
        assert_int_equal(s.log->ops->wait(s.log, s.log->ops->given(s.log), WEIR_KV_OS, WEIR_FOREVER), WEIR_KV_OK);
        bytes = WEIR_WAL_HEADER + w->end - w->base;
        close_shop(&s);
        int fd = io->open(io->ctx, "/store/log-0000000000000000", O_RDONLY, 0);
        assert_in_range(io->size(io->ctx, fd), bytes, bytes + ROOM); /* a mark behind what there was */
        io->close(io->ctx, fd);
        assert_int_equal(open_shop(&s), WEIR_KV_OK);
        assert_int_equal(s.told, round < 1 ? 1 : 2);
    }
    close_shop(&s);
    weir_sim_free(s.sim);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(garbage),
        cmocka_unit_test(records),
        cmocka_unit_test(levels),
        cmocka_unit_test(sizes),
        cmocka_unit_test(together),
        cmocka_unit_test(deadlines),
        cmocka_unit_test(refusals),
        cmocka_unit_test(only_read),
        cmocka_unit_test(a_log_that_ends),
        cmocka_unit_test(a_log_that_does_not_reach_its_snapshot),
        cmocka_unit_test(as_it_was),
        cmocka_unit_test(by_itself),
        cmocka_unit_test(no_more_than_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
