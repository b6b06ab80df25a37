/* Unit test of the seam: the system's files, and the disk in memory, on which all tests of durability stand. */
#include "prims/test_p.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kv/io_sim.h"

static void name_seen(void *arg, const char *name) {
    if (!strcmp(name, "b")) ++*(int *)arg;
    else *(int *)arg += 100;
}

/* What every table must do; in an empty directory. */
static void behaves(const weir_kv_io *io, const char *dir) {
    char a[300], b[300], text[8] = "";
    snprintf(a, sizeof a, "%s/a", dir);
    snprintf(b, sizeof b, "%s/b", dir);
    assert_int_equal(io->open(io->ctx, a, O_RDWR, 0), -ENOENT);
    int fd = io->open(io->ctx, a, O_RDWR | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(io->open(io->ctx, a, O_RDWR | O_CREAT | O_EXCL, 0600), -EEXIST);
    assert_int_equal(io->write(io->ctx, fd, "hello", 5, 3), 5);
    assert_int_equal(io->size(io->ctx, fd), 8);
    assert_int_equal(io->read(io->ctx, fd, text, 8, 0), 8);
    assert_memory_equal(text, "\0\0\0hello", 8);
    assert_int_equal(io->read(io->ctx, fd, text, 8, 6), 2);
    assert_int_equal(io->read(io->ctx, fd, text, 8, 8), 0);
    int done = io->allocate(io->ctx, fd, 0, 100);
    assert_true(done == 0 || done == -EOPNOTSUPP);
    assert_int_equal(io->size(io->ctx, fd), done ? 8 : 100);
    assert_int_equal(io->sync(io->ctx, fd), 0);
    assert_int_equal(io->truncate(io->ctx, fd, 4), 0);
    assert_int_equal(io->size(io->ctx, fd), 4);
    assert_int_equal(io->lock(io->ctx, fd), 0);
    int other = io->open(io->ctx, a, O_RDONLY, 0);
    assert_int_equal(io->lock(io->ctx, other), -EWOULDBLOCK);
    assert_int_equal(io->close(io->ctx, fd), 0);
    assert_int_equal(io->lock(io->ctx, other), 0);
    assert_int_equal(io->close(io->ctx, other), 0);
    assert_int_equal(io->rename(io->ctx, a, b), 0);
    assert_int_equal(io->rename(io->ctx, a, b), -ENOENT);
    int d = io->open(io->ctx, dir, O_RDONLY | O_DIRECTORY, 0), names = 0;
    assert_true(d >= 0);
    assert_int_equal(io->sync(io->ctx, d), 0);
    assert_int_equal(io->close(io->ctx, d), 0);
    assert_int_equal(io->list(io->ctx, dir, name_seen, &names), 0);
    assert_int_equal(names, 1);
    assert_int_equal(io->unlink(io->ctx, b), 0);
    assert_int_equal(io->unlink(io->ctx, b), -ENOENT);
    assert_int_equal(io->list(io->ctx, b, name_seen, &names), -ENOENT);
    assert_int_equal(io->mkdir(io->ctx, b, 0700), 0);
    assert_int_equal(io->mkdir(io->ctx, b, 0700), -EEXIST);
}

static void the_system(void **state) {
    (void)state;
    const char *tmp = getenv("TMPDIR");
    char dir[256], b[300];
    snprintf(dir, sizeof dir, "%s/weir-io-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(dir));
    behaves(&weir_kv_io_system, dir);
    snprintf(b, sizeof b, "%s/b", dir);
    assert_int_equal(rmdir(b), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void the_simulated(void **state) {
    (void)state;
    weir_sim *s = weir_sim_new();
    const weir_kv_io *io = weir_sim_io(s);
    assert_int_equal(io->mkdir(io->ctx, "/d", 0700), 0);
    behaves(io, "/d");
    weir_sim_free(s);
}

/* A file of 4 sectors of `fill`, as calls: create, write. */
static int new_file(const weir_kv_io *io, const char *path, int fill) {
    char bytes[2048];
    memset(bytes, fill, sizeof bytes);
    int fd = io->open(io->ctx, path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(io->write(io->ctx, fd, bytes, sizeof bytes, 0), sizeof bytes);
    return fd;
}

static void sync_root(const weir_kv_io *io) {
    int d = io->open(io->ctx, "/", O_RDONLY | O_DIRECTORY, 0);
    assert_int_equal(io->sync(io->ctx, d), 0);
    io->close(io->ctx, d);
}

/* The file after a cut: its size when all its bytes are `fill`, -1: it is not there, -2: there is something else in it. */
static int after_cut(weir_sim *s, size_t changes, uint64_t seed, const char *path, int fill) {
    weir_sim *cut = weir_sim_cut(s, changes, seed);
    size_t size, i = 0;
    const unsigned char *bytes = weir_sim_bytes(cut, path, &size);
    int found = bytes ? (int)size : -1;
    while (bytes && i < size && bytes[i] == fill) i++;
    if (bytes && i < size) found = -2;
    weir_sim_free(cut);
    return found;
}

static void only_what_is_synced_lasts(void **state) {
    (void)state;
    weir_sim *s = weir_sim_new();
    const weir_kv_io *io = weir_sim_io(s);
    int fd = new_file(io, "/f", 'a'); /* 2 changes */
    assert_int_equal(after_cut(s, 2, WEIR_SIM_ALL, "/f", 'a'), 2048);
    assert_int_equal(after_cut(s, 1, WEIR_SIM_ALL, "/f", 'a'), 0);
    assert_int_equal(after_cut(s, 2, WEIR_SIM_SYNCED, "/f", 'a'), -1);
    io->sync(io->ctx, fd);
    assert_int_equal(after_cut(s, 3, WEIR_SIM_SYNCED, "/f", 'a'), -1); /* no name yet */
    sync_root(io);
    assert_int_equal(after_cut(s, 4, WEIR_SIM_SYNCED, "/f", 'a'), 2048);
    io->rename(io->ctx, "/f", "/g");
    assert_int_equal(after_cut(s, 5, WEIR_SIM_SYNCED, "/f", 'a'), 2048);
    assert_int_equal(after_cut(s, 5, WEIR_SIM_ALL, "/f", 'a'), -1);
    sync_root(io);
    assert_int_equal(after_cut(s, 6, WEIR_SIM_SYNCED, "/g", 'a'), 2048);
    io->unlink(io->ctx, "/g");
    assert_int_equal(after_cut(s, 7, WEIR_SIM_SYNCED, "/g", 'a'), 2048);
    assert_int_equal(after_cut(s, 7, WEIR_SIM_ALL, "/g", 'a'), -1);
    weir_sim_free(s);
}

static void the_rest_in_any_part(void **state) {
    (void)state;
    weir_sim *s = weir_sim_new();
    const weir_kv_io *io = weir_sim_io(s);
    int fd = new_file(io, "/f", 'a');
    io->sync(io->ctx, fd);
    sync_root(io);
    new_file(io, "/f", 'b');
    unsigned kept = 0, lost = 0, torn = 0;
    for (uint64_t seed = 2; seed < 200; seed++) {
        if (after_cut(s, 5, seed, "/f", 'a') == 2048) lost++;
        else if (after_cut(s, 5, seed, "/f", 'b') == 2048) kept++;
        else torn++;
    }
    assert_true(kept > 10 && lost > 10 && torn > 10);
    weir_sim_free(s);
}

static void a_failed_sync_is_for_good(void **state) {
    (void)state;
    weir_sim *s = weir_sim_new();
    const weir_kv_io *io = weir_sim_io(s);
    int fd = new_file(io, "/f", 'a');
    sync_root(io);
    weir_sim_break(s, 0, WEIR_SIM_FAIL, EIO);
    assert_int_equal(io->sync(io->ctx, fd), -EIO);
    assert_int_equal(io->sync(io->ctx, fd), 0);
    assert_int_equal(after_cut(s, 5, WEIR_SIM_SYNCED, "/f", 'a'), 0);
    weir_sim_break(s, 1, WEIR_SIM_LIE, 0);
    assert_int_equal(io->write(io->ctx, fd, "x", 1, 0), 1);
    assert_int_equal(io->sync(io->ctx, fd), 0);
    assert_int_equal(io->sync(io->ctx, fd), 0);
    assert_int_equal(after_cut(s, 99, WEIR_SIM_SYNCED, "/f", 'a'), 0);
    weir_sim_free(s);
}

static void calls_fail(void **state) {
    (void)state;
    weir_sim *s = weir_sim_new();
    const weir_kv_io *io = weir_sim_io(s);
    int fd = new_file(io, "/f", 'a');
    char bytes[] = "bbbbbbbb";
    assert_int_equal(weir_sim_calls(s), 2);
    weir_sim_break(s, 1, WEIR_SIM_FAIL, ENOSPC);
    assert_int_equal(io->size(io->ctx, fd), 2048);
    assert_int_equal(io->write(io->ctx, fd, bytes, 8, 0), -ENOSPC);
    assert_int_equal(io->write(io->ctx, fd, bytes, 8, 0), 8);
    weir_sim_break(s, 0, WEIR_SIM_SHORT, 0);
    assert_int_equal(io->write(io->ctx, fd, "cccccccc", 8, 0), 4);
    weir_sim_break(s, 0, WEIR_SIM_SHORT, 0);
    assert_int_equal(io->read(io->ctx, fd, bytes, 8, 0), 4);
    assert_int_equal(io->read(io->ctx, fd, bytes, 8, 0), 8);
    assert_memory_equal(bytes, "ccccbbbb", 8);
    weir_sim_break(s, 0, WEIR_SIM_DOWN, EROFS);
    assert_int_equal(io->open(io->ctx, "/new", O_RDWR | O_CREAT, 0600), -EROFS);
    assert_int_equal(io->rename(io->ctx, "/f", "/g"), -EROFS);
    assert_int_equal(io->unlink(io->ctx, "/f"), -EROFS);
    assert_int_equal(io->truncate(io->ctx, fd, 1), -EROFS);
    assert_int_equal(weir_sim_changes(s), 4);
    weir_sim_free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_system),
        cmocka_unit_test(the_simulated),
        cmocka_unit_test(only_what_is_synced_lasts),
        cmocka_unit_test(the_rest_in_any_part),
        cmocka_unit_test(a_failed_sync_is_for_good),
        cmocka_unit_test(calls_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
