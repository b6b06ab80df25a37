/* Test of reading and replacing files: what fails leaves the file, and nothing else, behind. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/program/file.h"

enum { SOMEBODY = 65534 };
static char dir[] = "/tmp/weir-file-XXXXXX", path[64];

static int make_dir(void **state) {
    (void)state;
    if (!mkdtemp(dir)) return -1;
    snprintf(path, sizeof path, "%s/x.slp", dir);
    return 0;
}

static int remove_dir(void **state) {
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static void write_file(const char *text) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void holds(const char *text) {
    weir_file f;
    assert_true(weir_file_read(&f, path, 100));
    assert_int_equal(f.bytes, strlen(text));
    assert_memory_equal(f.text, text, f.bytes);
    free(f.text);
}

static int files(void) {
    DIR *d = opendir(dir);
    int n = 0;
    while (readdir(d)) n++;
    closedir(d);
    return n - 2;
}

static void reads_no_more_than_it_should(void **state) {
    (void)state;
    write_file("0123456789");
    for (size_t most = 0; most < 15; most++) {
        weir_file f;
        assert_true(weir_file_read(&f, path, most));
        assert_int_equal(f.bytes, most < 10 ? most + 1 : 10);
        free(f.text);
    }
}

static void replaces(void **state) {
    (void)state;
    weir_file f;
    write_file("old");
    assert_int_equal(chmod(path, 0604), 0);
    assert_true(weir_file_read(&f, path, 100));
    assert_true(weir_file_replace(&f, path, "new text", 8));
    free(f.text);
    holds("new text");
    struct stat now;
    assert_int_equal(stat(path, &now), 0);
    assert_int_equal(now.st_mode & 07777, 0604);
    assert_int_equal(files(), 1);
}

static void refuses_a_file_that_changed(void **state) {
    (void)state;
    weir_file f;
    write_file("old");
    assert_true(weir_file_read(&f, path, 100));
    write_file("other");
    assert_false(weir_file_replace(&f, path, "new", 3));
    assert_int_equal(errno, ESTALE);
    holds("other");
    unlink(path);
    assert_false(weir_file_replace(&f, path, "new", 3));
    assert_int_equal(errno, ENOENT);
    assert_int_equal(files(), 0);
    free(f.text);
}

static void refuses_what_is_no_file(void **state) {
    (void)state;
    weir_file f = {0};
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &f.seen), 0);
    assert_false(weir_file_replace(&f, path, "new", 3));
    assert_int_equal(errno, ESTALE);
    close(fd);
    unlink(path);
}

/* In a folder where nothing may be made the new file cannot be written, and so the old one stays. Root may do everything, so
 * it does this as somebody else. */
static void needs_to_write_beside(void **state) {
    (void)state;
    weir_file f;
    int root = geteuid() == 0;
    write_file("old");
    if (root) assert_int_equal(chown(path, SOMEBODY, SOMEBODY), 0);
    assert_int_equal(chmod(dir, 0555), 0);
    assert_true(weir_file_read(&f, path, 100));
    if (root) assert_int_equal(seteuid(SOMEBODY), 0);
    int done = weir_file_replace(&f, path, "new", 3), why = errno;
    if (root) assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(dir, 0755), 0);
    assert_false(done);
    assert_int_equal(why, EACCES);
    holds("old");
    assert_int_equal(files(), 1);
    free(f.text);
}

/* A file that may not be written is not replaced either, though its folder would allow it. */
static void needs_to_write_the_file(void **state) {
    (void)state;
    weir_file f;
    int root = geteuid() == 0;
    write_file("old");
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(dir, 0777), 0);
    assert_true(weir_file_read(&f, path, 100));
    if (root) assert_int_equal(seteuid(SOMEBODY), 0);
    int done = weir_file_replace(&f, path, "new", 3), why = errno;
    if (root) assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(path, 0644), 0);
    assert_false(done);
    assert_int_equal(why, EACCES);
    holds("old");
    assert_int_equal(files(), 1);
    free(f.text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_no_more_than_it_should), cmocka_unit_test(replaces),
        cmocka_unit_test(refuses_a_file_that_changed),  cmocka_unit_test(refuses_what_is_no_file),
        cmocka_unit_test(needs_to_write_beside),        cmocka_unit_test(needs_to_write_the_file),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
