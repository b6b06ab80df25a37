/* What is store.lmdb's own: keys of any length, what lies on the disk, what it refuses, what a section keeps. All else: kv_test_p.h says where. */
#include "prims/test_p.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "kv/store/lmdb_p.h"
#include "kv/store_test_p.h"

#define OK(call) assert_int_equal(call, WEIR_KV_OK)
#define ANSWERS(call, status) assert_int_equal(call, status)

static weir_kv_bytes text(const char *s) { return weir_kv_bytes_of(s, strlen(s)); }

static int tear_down(void **state) {
    (void)state;
    weir_test_store_remove();
    return 0;
}

static weir_kv *open_with(const weir_kv_options *o) {
    weir_kv_error error;
    weir_kv *kv = NULL;
    if (weir_kv_open(o, &kv, &error) != WEIR_KV_OK) fail_msg("%s", error.text);
    return kv;
}

/* Opening answers this, and says so, with `word` in it; nothing is open. */
static void refuses(const weir_kv_options *o, weir_kv_status st, const char *word) {
    weir_kv_error error = {0};
    weir_kv *kv = NULL;
    ANSWERS(weir_kv_open(o, &kv, &error), st);
    ANSWERS(error.status, st);
    if (!strstr(error.text, word)) fail_msg("'%s' is not in: %s", word, error.text);
    assert_null(kv);
}

static const char *path_of(const char *name) {
    static char path[100];
    snprintf(path, sizeof path, "%s/store/%s", weir_test_folder, name);
    return path;
}

static void write_file(const char *name, const void *from, size_t size) {
    FILE *f = fopen(path_of(name), "we");
    assert_int_equal(fwrite(from, 1, size, f), size);
    fclose(f);
}

static bool is_there(const char *name) { return access(path_of(name), F_OK) == 0; }

/* LMDB's own entries. */
static size_t entries(weir_kv *kv) {
    MDB_stat stat;
    assert_int_equal(mdb_env_stat(((weir_lmdb *)kv)->env, &stat), 0);
    return stat.ms_entries;
}

/* -- long keys --------------------------------------------------------------------------------------------------------- */

enum { PIECE = WEIR_LMDB_PIECE, NEW = 4 }; /* entries of a new store */

/* In order; each with these bytes instead of its last, in order. */
static const size_t lengths[] = {0,
                                 1,
                                 2,
                                 PIECE - 1,
                                 PIECE,
                                 PIECE + 1,
                                 PIECE + 2,
                                 2 * PIECE,
                                 2 * PIECE + 1,
                                 3 * PIECE,
                                 WEIR_KV_KEY_MAX - 1,
                                 WEIR_KV_KEY_MAX};
static const unsigned char ends[] = {'a', 0, 0xff};
enum { LENGTHS = sizeof lengths / sizeof *lengths, LONG_KEYS = LENGTHS * sizeof ends - 2 };

static int key_order(const void *a, const void *b) {
    const weir_kv_bytes *x = a, *y = b;
    return weir_key_compare(x->at, x->size, y->at, y->size);
}

static size_t long_keys(weir_kv_bytes key[LONG_KEYS]) {
    size_t n = 0;
    for (size_t i = 0; i < LENGTHS; i++)
        for (size_t e = 0; e < sizeof ends && (e == 0 || lengths[i]); e++) {
            unsigned char *at = malloc(lengths[i] + 1);
            memset(at, 'a', lengths[i]);
            if (lengths[i]) at[lengths[i] - 1] = ends[e];
            key[n++] = weir_kv_bytes_of(at, lengths[i]);
        }
    qsort(key, n, sizeof *key, key_order);
    return n;
}

static bool begins(weir_kv_bytes key, weir_kv_bytes prefix) {
    return key.size >= prefix.size && memcmp(key.at, prefix.at, prefix.size) == 0;
}

/* The page behind key[after] (-1: from the first) of a prefix is what is there. */
static void same_page(weir_kv_tenant *t, const weir_kv_bytes *key, const bool *there, size_t n, int after,
                      weir_kv_bytes prefix) {
    weir_kv_pair pair[LONG_KEYS + 1];
    weir_kv_range range = {.prefix = prefix, .after = after < 0 ? NULL : &key[after]};
    size_t got, seen = 0;
    OK(weir_kv_scan(t, &range, pair, n + 1, &got));
    for (size_t i = (size_t)(after + 1); i < n; i++) {
        if (!there[i] || !begins(key[i], prefix)) continue;
        assert_true(seen < got);
        assert_int_equal(pair[seen].key.size, key[i].size);
        assert_memory_equal(pair[seen].key.at, key[i].at, key[i].size);
        assert_int_equal(pair[seen].value.size, 1);
        assert_int_equal(*(const unsigned char *)pair[seen++].value.at, i);
    }
    assert_int_equal(seen, got);
}

static void same_all(weir_kv *kv, const weir_kv_bytes *key, const bool *there, size_t n) {
    weir_kv_tenant *t = weir_kv_root(kv);
    weir_kv_bytes value;
    weir_kv_read_begin(kv);
    same_page(t, key, there, n, -1, text(""));
    for (size_t i = 0; i < n; i++) {
        ANSWERS(weir_kv_get(t, key[i], &value), there[i] ? WEIR_KV_OK : WEIR_KV_NO);
        same_page(t, key, there, n, -1, key[i]);
        same_page(t, key, there, n, (int)i, text(""));
        same_page(t, key, there, n, (int)i, key[n / 2]);
    }
    weir_kv_read_end(kv);
}

static void keys_round_a_piece_are_in_order(void **state) {
    weir_kv_bytes key[LONG_KEYS];
    bool there[LONG_KEYS] = {false};
    size_t n = long_keys(key);
    weir_kv *kv = weir_test_store_open();
    weir_kv_tenant *t = weir_kv_root(kv);
    (void)state;
    assert_int_equal(n, LONG_KEYS);
    for (size_t i = 0; i < n; i++) {
        size_t at = i * 5 % n; /* n is no multiple of 5 */
        unsigned char value = (unsigned char)at;
        OK(weir_kv_snx(t, key[at], weir_kv_bytes_of(&value, 1)));
        there[at] = true;
        same_all(kv, key, there, n);
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = i * 7 % n;
        OK(weir_kv_del(t, key[at]));
        ANSWERS(weir_kv_del(t, key[at]), WEIR_KV_NO);
        there[at] = false;
        same_all(kv, key, there, n);
    }
    assert_int_equal(entries(kv), NEW); /* no layer is left */
    OK(weir_kv_close(kv));
    for (size_t i = 0; i < n; i++) free((void *)(uintptr_t)key[i].at);
}

/* -- on the disk ----------------------------------------------------------------------------------------------------------- */

static bool reaps = true;
weir_kv_status __real_weir_lmdb_reap(weir_lmdb *s);
weir_kv_status __wrap_weir_lmdb_reap(weir_lmdb *s);
weir_kv_status __wrap_weir_lmdb_reap(weir_lmdb *s) { return reaps ? __real_weir_lmdb_reap(s) : WEIR_KV_OK; }

static void everything_is_there_again(void **state) {
    weir_kv_options o = weir_test_store_options();
    weir_kv_quota quota = {.keys = 2};
    weir_kv_tenant *t;
    weir_kv_usage usage;
    weir_kv *kv = open_with(&o);
    (void)state;
    OK(weir_kv_tenant_create(kv, text("t"), &quota, &t));
    OK(weir_kv_set(t, text("k"), text("value")));
    weir_kv_tenant_close(t);
    OK(weir_kv_close(kv));
    for (o.level = WEIR_KV_MEMORY; o.level <= WEIR_KV_DISK; o.level++) {
        kv = open_with(&o);
        assert_int_equal(is_there("unsynced"), o.level < WEIR_KV_DISK);
        OK(weir_kv_tenant_open(kv, text("t"), &t));
        OK(weir_kv_tenant_usage(t, &usage));
        assert_int_equal(usage.keys, 1);
        assert_int_equal(usage.bytes, 6);
        assert_int_equal(usage.quota.keys, 2);
        OK(weir_kv_cas(t, text("k"), text("value"), text("value")));
        weir_kv_tenant_close(t);
        OK(weir_kv_close(kv));
        assert_false(is_there("unsynced"));
    }
}

/* What a crash left of a dropped tenant, with layers below layers, goes when the store is opened. */
static void a_drop_that_was_cut_short_is_finished(void **state) {
    weir_kv_options o = weir_test_store_options();
    weir_kv_bytes key[LONG_KEYS];
    weir_kv_tenant *t;
    size_t n = long_keys(key);
    weir_kv *kv = open_with(&o);
    (void)state;
    OK(weir_kv_tenant_create(kv, text("t"), NULL, &t));
    for (size_t i = 0; i < n; i++) OK(weir_kv_set(t, key[i], key[i]));
    weir_kv_tenant_close(t);
    reaps = false;
    OK(weir_kv_tenant_drop(kv, text("t")));
    assert_true(entries(kv) > n);
    OK(weir_kv_tenant_create(kv, text("t"), NULL, &t)); /* the name is free, the tenant is empty */
    ANSWERS(weir_kv_exists(t, key[0]), WEIR_KV_NO);
    OK(weir_kv_tenant_drop(kv, text("t")));
    OK(weir_kv_close(kv));
    reaps = true;
    kv = open_with(&o);
    assert_int_equal(entries(kv), NEW);
    OK(weir_kv_close(kv));
    for (size_t i = 0; i < n; i++) free((void *)(uintptr_t)key[i].at);
}

static void positions_and_levels(void **state) {
    weir_kv_options o = weir_test_store_options();
    weir_kv_op op = {.verb = WEIR_KV_SET, .key = text("k"), .value = text("v")};
    weir_kv_write weak = {.level = WEIR_KV_OS}, disk = {.level = WEIR_KV_DISK};
    uint64_t first, second;
    weir_kv_stats stats;
    weir_kv *kv = open_with(&o);
    weir_kv_tenant *t = weir_kv_root(kv);
    (void)state;
    OK(weir_kv_apply(t, &op, &weak, &first));
    weir_kv_stats_read(kv, &stats);
    assert_true(stats.position[WEIR_KV_OS] == first && stats.position[WEIR_KV_DISK] < first);
    ANSWERS(weir_kv_wait(kv, first, WEIR_KV_DISK, 1), WEIR_KV_TIMEOUT);
    OK(weir_kv_wait(kv, first, WEIR_KV_OS, 1));
    ANSWERS(weir_kv_wait(kv, first + 1, WEIR_KV_OS, WEIR_FOREVER), WEIR_KV_BAD);
    op.verb = WEIR_KV_SNX; /* a refusal rests on what was written at a lower level */
    ANSWERS(weir_kv_apply(t, &op, &disk, &second), WEIR_KV_NO);
    weir_kv_stats_read(kv, &stats);
    assert_int_equal(stats.position[WEIR_KV_DISK], first);
    assert_int_equal(stats.records, 1);
    OK(weir_kv_close(kv));
    o.level = WEIR_KV_DISK;
    kv = open_with(&o);
    op.verb = WEIR_KV_SET;
    OK(weir_kv_apply(weir_kv_root(kv), &op, &weak, &first)); /* never weaker than the store */
    weir_kv_stats_read(kv, &stats);
    assert_int_equal(stats.position[WEIR_KV_DISK], first);
    OK(weir_kv_close(kv));
}

static void read_only_changes_nothing(void **state) {
    weir_kv_options o = weir_test_store_options();
    struct stat before, after;
    weir_kv *kv = open_with(&o);
    (void)state;
    OK(weir_kv_set(weir_kv_root(kv), text("k"), text("v")));
    OK(weir_kv_close(kv));
    unlink(path_of("lock.mdb"));
    stat(path_of("data.mdb"), &before);
    o.read_only = true;
    kv = open_with(&o);
    OK(weir_kv_exists(weir_kv_root(kv), text("k")));
    OK(weir_kv_close(kv));
    stat(path_of("data.mdb"), &after);
    assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof before.st_mtim);
    assert_false(is_there("lock.mdb") || is_there("unsynced"));
}

/* -- what it refuses ----------------------------------------------------------------------------------------------------------- */

static void what_is_no_store(void **state) {
    weir_kv_options o = weir_test_store_options(), other = o;
    static const char wrong[8192] = "wrong";
    weir_kv_io io = weir_kv_io_system;
    (void)state;
    o.must_exist = true;
    refuses(&o, WEIR_KV_MISSING, o.path);
    mkdir(o.path, 0777);
    refuses(&o, WEIR_KV_MISSING, "data.mdb");
    write_file("data.mdb", wrong, sizeof wrong);
    refuses(&o, WEIR_KV_CORRUPT, "data.mdb");
    write_file("data.mdb", "", 1);
    refuses(&o, WEIR_KV_CORRUPT, "data.mdb");
    weir_test_store_remove();
    other.io = &io;
    refuses(&other, WEIR_KV_NOTSUP, "io");
    other.io = NULL;
    other.store = "wal";
    OK(weir_kv_close(open_with(&other)));
    o.must_exist = false;
    refuses(&o, WEIR_KV_BAD, "wal");
}

static void one_at_a_time(void **state) {
    weir_kv_options o = weir_test_store_options();
    weir_kv *kv = open_with(&o);
    (void)state;
    refuses(&o, WEIR_KV_LOCKED, "open in process");
    o.read_only = true;
    refuses(&o, WEIR_KV_LOCKED, "open in process");
    OK(weir_kv_close(kv));
    o.read_only = false;
    o.map_bytes = (size_t)1 << 62;
    refuses(&o, WEIR_KV_NOMEM, "map_bytes");
}

static size_t addresses_in_use(void) {
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    assert_int_equal(fscanf(f, "%lu", &pages), 1);
    fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* A process that may not have 64 GiB of addresses, by ulimit -v or valgrind, has a store all the same; not one larger than was said. */
static void few_addresses(void **state) {
    weir_kv_options o = weir_test_store_options();
    struct rlimit limit, small;
    weir_kv_error error = {0};
    weir_kv *kv = NULL;
    (void)state;
    getrlimit(RLIMIT_AS, &limit);
    small = limit;
    small.rlim_cur = addresses_in_use() + ((size_t)8 << 30);
    if (setrlimit(RLIMIT_AS, &small) != 0) skip();
    weir_kv_status st = weir_kv_open(&o, &kv, &error);
    o.map_bytes = (size_t)64 << 30;
    if (st == WEIR_KV_OK) st = weir_kv_set(weir_kv_root(kv), text("k"), text("v"));
    weir_kv_status closed = weir_kv_close(kv);
    weir_kv_status said = weir_kv_open(&o, &kv, NULL);
    setrlimit(RLIMIT_AS, &limit);
    if (st != WEIR_KV_OK) fail_msg("%s", error.text);
    OK(closed);
    ANSWERS(said, WEIR_KV_NOMEM);
}

static void put_version(weir_kv *kv, uint32_t number) {
    weir_lmdb *s = (weir_lmdb *)kv;
    weir_lmdb_key k;
    MDB_txn *txn;
    MDB_val value, *key = weir_lmdb_system_key(&k, 'v', text(""));
    unsigned char copy[16];
    assert_int_equal(mdb_txn_begin(s->env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_get(txn, s->dbi, key, &value), 0);
    assert_int_equal(value.mv_size, sizeof copy);
    memcpy(copy, value.mv_data, sizeof copy);
    memcpy(copy + 12, &number, 4);
    value.mv_data = copy;
    assert_int_equal(mdb_put(txn, s->dbi, key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
}

static void later_versions_and_files_cut_short(void **state) {
    weir_kv_options o = weir_test_store_options();
    weir_kv *kv = open_with(&o);
    struct stat st;
    (void)state;
    put_version(kv, WEIR_LMDB_VERSION + 1);
    OK(weir_kv_close(kv));
    refuses(&o, WEIR_KV_NEWER, "version 2");
    weir_test_store_remove();
    kv = open_with(&o);
    for (int i = 0; i < 100; i++) OK(weir_kv_set(weir_kv_root(kv), weir_kv_bytes_of(&i, sizeof i), text("value")));
    OK(weir_kv_close(kv));
    stat(path_of("data.mdb"), &st);
    assert_int_equal(truncate(path_of("data.mdb"), st.st_size - 4096), 0);
    refuses(&o, WEIR_KV_CORRUPT, "ends there");
}

/* A store that was being written below DISK when the machine stopped; the same, when only the process did. */
static void unsynced_when_the_machine_stopped(void **state) {
    weir_kv_options o = weir_test_store_options();
    char mark[36];
    weir_kv *kv = open_with(&o);
    (void)state;
    FILE *f = fopen(path_of("unsynced"), "re");
    assert_int_equal(fread(mark, 1, sizeof mark, f), sizeof mark);
    fclose(f);
    OK(weir_kv_close(kv));
    write_file("unsynced", mark, sizeof mark);
    o.level = WEIR_KV_DISK;
    OK(weir_kv_close(open_with(&o)));
    assert_false(is_there("unsynced"));
    mark[0] ^= 1;
    write_file("unsynced", mark, sizeof mark);
    refuses(&o, WEIR_KV_CORRUPT, "unsynced");
    o.read_only = true;
    refuses(&o, WEIR_KV_CORRUPT, "unsynced");
    unlink(path_of("unsynced"));
    OK(weir_kv_close(open_with(&o)));
}

/* -- full ---------------------------------------------------------------------------------------------------------------------- */

static void a_full_map_changes_nothing(void **state) {
    static char big[20000];
    weir_kv_options o = weir_test_store_options();
    weir_kv_usage usage;
    weir_kv_status st;
    uint32_t n = 0;
    o.map_bytes = 1 << 20;
    weir_kv *kv = open_with(&o);
    weir_kv_tenant *t = weir_kv_root(kv);
    (void)state;
    while ((st = weir_kv_set(t, weir_kv_bytes_of(&n, sizeof n), weir_kv_bytes_of(big, sizeof big))) == WEIR_KV_OK) n++;
    ANSWERS(st, WEIR_KV_NOSPACE);
    weir_kv_op two[2] = {{.verb = WEIR_KV_SET, .key = text("small"), .value = text("")},
                         {.verb = WEIR_KV_SET, .key = text("big"), .value = weir_kv_bytes_of(big, sizeof big)}};
    size_t failed;
    ANSWERS(weir_kv_batch(t, two, 2, NULL, NULL, &failed), WEIR_KV_NOSPACE);
    ANSWERS(weir_kv_exists(t, text("small")), WEIR_KV_NO);
    OK(weir_kv_fault(kv, NULL));
    OK(weir_kv_tenant_usage(t, &usage));
    assert_int_equal(usage.keys, n);
    OK(weir_kv_close(kv));
    o.map_bytes = 4 << 20;
    kv = open_with(&o);
    OK(weir_kv_batch(weir_kv_root(kv), two, 2, NULL, NULL, &failed));
    OK(weir_kv_close(kv));
}

/* Of many that wait together only that is refused which does not fit. */
static void *set_small(void *t) {
    for (uint32_t i = 0; i < 200; i++)
        if (weir_kv_set(t, weir_kv_bytes_of(&i, sizeof i), text("")) != WEIR_KV_OK) return t;
    return NULL;
}

static void *set_too_much(void *t) {
    static char big[1 << 20];
    for (int i = 0; i < 50; i++)
        if (weir_kv_set(t, text("big"), weir_kv_bytes_of(big, sizeof big)) != WEIR_KV_NOSPACE) return t;
    return NULL;
}

static void who_does_not_fit_harms_nobody(void **state) {
    weir_kv_options o = weir_test_store_options();
    pthread_t small[3], big;
    void *wrong;
    o.map_bytes = 1 << 20;
    weir_kv *kv = open_with(&o);
    (void)state;
    for (int i = 0; i < 3; i++) small[i] = weir_test_thread(set_small, weir_kv_root(kv));
    big = weir_test_thread(set_too_much, weir_kv_root(kv));
    for (int i = 0; i < 3; i++) pthread_join(small[i], &wrong), assert_null(wrong);
    pthread_join(big, &wrong);
    assert_null(wrong);
    OK(weir_kv_close(kv));
}

/* The system refuses to let the file grow: writing ends, by name, and reading goes on. */
static void a_failed_write_ends_writing(void **state) {
    static char big[1 << 20];
    weir_kv_options o = weir_test_store_options();
    struct rlimit limit, small;
    weir_kv_error error;
    weir_kv *kv = open_with(&o);
    weir_kv_tenant *t = weir_kv_root(kv);
    (void)state;
    OK(weir_kv_set(t, text("k"), text("v")));
    getrlimit(RLIMIT_FSIZE, &limit);
    small = limit;
    small.rlim_cur = 256 << 10;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    weir_kv_status st = weir_kv_set(t, text("big"), weir_kv_bytes_of(big, sizeof big));
    setrlimit(RLIMIT_FSIZE, &limit);
    ANSWERS(st, WEIR_KV_IO);
    ANSWERS(weir_kv_fault(kv, &error), WEIR_KV_IO);
    assert_int_equal(error.system, EIO); /* LMDB's word for a write that was cut short */
    assert_non_null(strstr(error.text, "data.mdb"));
    ANSWERS(weir_kv_set(t, text("k"), text("w")), WEIR_KV_IO);
    ANSWERS(weir_kv_exists(t, text("big")), WEIR_KV_NO);
    OK(weir_kv_exists(t, text("k")));
    ANSWERS(weir_kv_sync(kv, WEIR_KV_DISK), WEIR_KV_IO);
    ANSWERS(weir_kv_close(kv), WEIR_KV_IO);
    kv = open_with(&o);
    OK(weir_kv_set(weir_kv_root(kv), text("big"), weir_kv_bytes_of(big, sizeof big)));
    OK(weir_kv_close(kv));
}

/* -- sections ------------------------------------------------------------------------------------------------------------------- */

static void *change_much(void *t) {
    char value[3000];
    for (uint32_t i = 0; i < 300; i++) {
        memset(value, (int)i, sizeof value);
        if (weir_kv_set(t, weir_kv_bytes_of(&(uint32_t){i % 7}, 4), weir_kv_bytes_of(value, sizeof value)) !=
            WEIR_KV_OK)
            return t;
    }
    return NULL;
}

static void change(weir_kv_tenant *t) {
    void *wrong;
    pthread_join(weir_test_thread(change_much, t), &wrong);
    assert_null(wrong);
}

/* Whatever is lent at any time in a section stays, while others write, and what they wrote is seen. */
static void what_is_lent_stays(void **state) {
    weir_kv_bytes value[3];
    char copy[3][3000], first[3000];
    uint32_t key = 3;
    weir_kv *kv = weir_test_store_open();
    weir_kv_tenant *t = weir_kv_root(kv);
    (void)state;
    memset(first, 0xee, sizeof first);
    OK(weir_kv_set(t, weir_kv_bytes_of(&key, 4), weir_kv_bytes_of(first, sizeof first)));
    weir_kv_read_begin(kv);
    for (int i = 0; i < 3; i++) {
        OK(weir_kv_get(t, weir_kv_bytes_of(&key, 4), &value[i]));
        memcpy(copy[i], value[i].at, value[i].size);
        change(t);
        for (int k = 0; k <= i; k++) assert_memory_equal(value[k].at, copy[k], sizeof copy[k]);
    }
    assert_memory_equal(copy[0], first, sizeof first);
    assert_memory_not_equal(copy[1], first, sizeof first);
    weir_kv_read_end(kv);
    OK(weir_kv_close(kv));
}

/* Sections of two stores at once, one in the other, either order of ending. */
static void sections_of_two_stores(void **state) {
    weir_kv_options o = weir_test_store_options(), memory = {.store = "memory"};
    weir_kv *kv = open_with(&o), *other = open_with(&memory);
    weir_kv_bytes value;
    (void)state;
    OK(weir_kv_set(weir_kv_root(kv), text("k"), text("lmdb")));
    OK(weir_kv_set(weir_kv_root(other), text("k"), text("memory")));
    for (int i = 0; i < 2; i++) {
        weir_kv_read_begin(kv);
        weir_kv_read_begin(other);
        OK(weir_kv_get(weir_kv_root(kv), text("k"), &value));
        assert_int_equal(value.size, 4);
        weir_kv_read_end(i ? kv : other);
        weir_kv_read_end(i ? other : kv);
    }
    OK(weir_kv_close(other));
    OK(weir_kv_close(kv));
}

/* -- groups ---------------------------------------------------------------------------------------------------------------------- */

enum { WRITERS = 16, WRITES = 20 };

static void *write_to_disk(void *t) {
    weir_kv_write disk = {.level = WEIR_KV_DISK};
    for (int i = 0; i < WRITES; i++) {
        weir_kv_op op[2] = {{.verb = WEIR_KV_SET, .key = weir_kv_bytes_of(&i, sizeof i), .value = text("")},
                            {.verb = WEIR_KV_DEL, .key = weir_kv_bytes_of(&i, sizeof i)}};
        if (weir_kv_apply(t, op, &disk, NULL) != WEIR_KV_OK) return t;
        op[0].key = text("undone"); /* amid what others write */
        op[1].key = text("never there");
        if (weir_kv_batch(t, op, 2, &disk, NULL, NULL) != WEIR_KV_NO) return t;
    }
    return NULL;
}

static void those_who_wait_share_a_transaction(void **state) {
    weir_kv *kv = weir_test_store_open();
    pthread_t thread[WRITERS];
    weir_kv_stats stats;
    weir_kv_usage usage;
    void *wrong;
    (void)state;
    for (int i = 0; i < WRITERS; i++) thread[i] = weir_test_thread(write_to_disk, weir_kv_root(kv));
    for (int i = 0; i < WRITERS; i++) pthread_join(thread[i], &wrong), assert_null(wrong);
    weir_kv_stats_read(kv, &stats);
    assert_int_equal(stats.records, WRITERS * WRITES);
    assert_true(stats.syncs > 0 && stats.syncs <= WRITERS * WRITES);
    assert_int_equal(stats.position[WEIR_KV_DISK], stats.position[WEIR_KV_MEMORY]);
    OK(weir_kv_tenant_usage(weir_kv_root(kv), &usage));
    assert_int_equal(usage.keys, WRITES);
    assert_int_equal(usage.bytes, WRITES * sizeof(int));
    assert_int_equal(entries(kv), NEW + WRITES);
    OK(weir_kv_close(kv));
}

int main(void) {
#define TEST(f) cmocka_unit_test_teardown(f, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(keys_round_a_piece_are_in_order),
        TEST(everything_is_there_again),
        TEST(a_drop_that_was_cut_short_is_finished),
        TEST(positions_and_levels),
        TEST(read_only_changes_nothing),
        TEST(what_is_no_store),
        TEST(one_at_a_time),
        TEST(few_addresses),
        TEST(later_versions_and_files_cut_short),
        TEST(unsynced_when_the_machine_stopped),
        TEST(a_full_map_changes_nothing),
        TEST(who_does_not_fit_harms_nobody),
        TEST(a_failed_write_ends_writing),
        TEST(what_is_lent_stays),
        TEST(sections_of_two_stores),
        TEST(those_who_wait_share_a_transaction),
    };
    weir_test_store = "lmdb";
    if (!mkdtemp(weir_test_folder)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(weir_test_folder);
    return failed;
}
