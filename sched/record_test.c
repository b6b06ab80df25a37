/* Records as files: what is written comes back, and whatever is damaged is refused with its place. That a run can be
 * repeated from one: determinism_test.c. */
#include "prims/test_p.h"

#include <stdio.h>
#include <unistd.h>

#include "sched/replay_p.h"

enum { INPUTS = 20, PROGRAM = 77 };

static char path[64], other[64];

static const void *payload(void *arg, const weir_event *e, size_t *size) {
    static unsigned char bytes[64];
    (void)arg;
    *size = e->seq * 3 % sizeof bytes;
    memset(bytes, (int)e->seq, *size);
    return bytes;
}

static weir_event event(uint64_t i) {
    return (weir_event){.key = 100 + i * i,
                        .seq = i,
                        .stream = i % 3 * 5,
                        .domain = (uint32_t)i,
                        .path = i << 56,
                        .rank = {i % 3 * 5, i}};
}

/* Two epochs of INPUTS events each; the one numbered `changed` has a key more, the digest of the second is `digest`. */
static void write_record(const char *to, uint64_t changed, uint64_t digest) {
    weir_record *r;
    weir_sched_error error;
    assert_int_equal(weir_record_create(to, &(weir_record_options){PROGRAM, payload, NULL}, &r, &error), WEIR_SCHED_OK);
    for (uint64_t i = 0; i < 2 * INPUTS; i++) {
        weir_event e = event(i);
        e.key += i == changed;
        weir_record_input(r, &e);
        if (i % INPUTS == INPUTS - 1) weir_record_edge(r, i / INPUTS + 1, e.key, i < INPUTS ? 5 : digest);
    }
    assert_int_equal(weir_record_close(r, &error), WEIR_SCHED_OK);
}

static unsigned char *read_file(const char *from, size_t *size) {
    FILE *f = fopen(from, "rb");
    unsigned char *bytes = malloc(1 << 20);
    *size = fread(bytes, 1, 1 << 20, f);
    fclose(f);
    return bytes;
}

static weir_sched_status read_bytes(const unsigned char *bytes, size_t size, weir_sched_error *error) {
    weir_replay *r;
    unsigned char *copy = malloc(size + 1);
    memcpy(copy, bytes, size);
    weir_sched_status st = weir_replay_read(copy, size, NULL, "bytes", &r, error);
    if (st == WEIR_SCHED_OK) weir_replay_close(r);
    return st;
}

static void comes_back(void **s) {
    (void)s;
    weir_replay *r;
    write_record(path, UINT64_MAX, 6);
    assert_int_equal(weir_replay_open(path, PROGRAM, &r, NULL), WEIR_SCHED_OK);
    assert_int_equal(r->inputs, 2 * INPUTS);
    assert_int_equal(r->streams, 11);
    for (uint64_t i = 0; i < 2 * INPUTS; i++) {
        weir_replay_input in = weir_replay_input_at(r, i);
        weir_event e = event(i);
        size_t size;
        const void *bytes = payload(NULL, &e, &size);
        assert_int_equal(in.key, e.key);
        assert_int_equal(in.stream, e.stream);
        assert_int_equal(in.domain, e.domain);
        assert_int_equal(in.path, e.path);
        assert_int_equal(in.size, size);
        if (size) assert_memory_equal(in.payload, bytes, size);
        assert_int_equal(in.seq, i);
    }
    assert_int_equal(r->edges, 2);
    assert_int_equal(r->edge[0].inputs, INPUTS);
    assert_int_equal(r->edge[1].digest, 6);
    weir_replay_close(r);
}

static void another_program_is_refused(void **s) {
    (void)s;
    weir_replay *r;
    weir_sched_error error;
    assert_int_equal(weir_replay_open(path, PROGRAM + 1, &r, &error), WEIR_SCHED_CORRUPT);
    assert_non_null(strstr(error.text, "another program"));
    assert_int_equal(weir_replay_open("no such file", PROGRAM, &r, &error), WEIR_SCHED_IO);
    assert_non_null(strstr(error.text, "No such file"));
}

/* Every bit, every length, every record left out or doubled. */
static void damage_is_refused(void **s) {
    (void)s;
    size_t size;
    weir_sched_error error;
    unsigned char *bytes = read_file(path, &size);
    assert_int_equal(read_bytes(bytes, size, &error), WEIR_SCHED_OK);
    for (size_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_int_equal(read_bytes(bytes, size, &error), WEIR_SCHED_CORRUPT);
        size_t offset = strtoul(strstr(error.text, "offset ") + 7, NULL, 10);
        assert_true(offset <= bit / 8); /* the record that it lies in, of which none is longer than 120 bytes */
        assert_true(offset + 120 > bit / 8);
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    for (size_t n = 0; n < size; n++) assert_int_equal(read_bytes(bytes, n, &error), WEIR_SCHED_CORRUPT);
    bytes[size] = 0;
    assert_int_equal(read_bytes(bytes, size + 8, &error), WEIR_SCHED_CORRUPT);
    free(bytes);
}

static void records_cannot_be_left_out(void **s) {
    (void)s;
    size_t size, first = sizeof(weir_record_header);
    weir_sched_error error;
    unsigned char *bytes = read_file(path, &size);
    uint32_t length;
    memcpy(&length, bytes + first, sizeof length);
    size_t second = first + sizeof(weir_record_head) + length;
    unsigned char *cut = malloc(size);
    memcpy(cut, bytes, first);
    memcpy(cut + first, bytes + second, size - second);
    assert_int_equal(read_bytes(cut, size - (second - first), &error), WEIR_SCHED_CORRUPT);
    assert_non_null(strstr(error.text, "checksum"));
    free(cut);
    free(bytes);
}

static void first_difference_is_named(void **s) {
    (void)s;
    weir_sched_error error;
    write_record(other, UINT64_MAX, 6);
    assert_int_equal(weir_record_compare(path, other, &error), WEIR_SCHED_OK);
    write_record(other, 23, 7);
    assert_int_equal(weir_record_compare(path, other, &error), WEIR_SCHED_CORRUPT);
    assert_non_null(strstr(error.text, "input 23 differs in key"));
    write_record(other, UINT64_MAX, 7);
    assert_int_equal(weir_record_compare(path, other, &error), WEIR_SCHED_CORRUPT);
    assert_non_null(strstr(error.text, "epoch 2 differs in its digest"));
}

static void replay_is_compared(void **s) {
    (void)s;
    weir_replay *r;
    weir_sched_error error;
    assert_int_equal(weir_replay_open(path, PROGRAM, &r, NULL), WEIR_SCHED_OK);
    weir_replay_epoch(r, 1, 5);
    assert_int_equal(weir_replay_result(r, &error), WEIR_SCHED_CORRUPT);
    assert_non_null(strstr(error.text, "1 epochs, recorded 2"));
    weir_replay_epoch(r, 2, 6);
    assert_int_equal(weir_replay_result(r, &error), WEIR_SCHED_OK);
    weir_replay_close(r);
    assert_int_equal(weir_replay_open(path, PROGRAM, &r, NULL), WEIR_SCHED_OK);
    weir_replay_epoch(r, 1, 5);
    weir_replay_epoch(r, 2, 9);
    weir_replay_epoch(r, 3, 9);
    assert_int_equal(weir_replay_result(r, &error), WEIR_SCHED_CORRUPT);
    assert_non_null(strstr(error.text, "epoch 2 with digest 0000000000000009"));
    weir_replay_close(r);
}

static void a_full_disk_is_told(void **s) {
    (void)s;
    weir_record *r;
    weir_sched_error error;
    if (access("/dev/full", W_OK)) skip();
    assert_int_equal(weir_record_create("/dev/full", NULL, &r, &error), WEIR_SCHED_OK);
    weir_event e = event(1);
    weir_record_input(r, &e);
    weir_record_edge(r, 1, 2, 3);
    weir_record_input(r, &e);
    assert_int_equal(weir_record_close(r, &error), WEIR_SCHED_IO);
    assert_non_null(strstr(error.text, "No space left"));
    assert_int_equal(weir_record_create("/no/such/folder", NULL, &r, &error), WEIR_SCHED_IO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(another_program_is_refused),
        cmocka_unit_test(damage_is_refused),
        cmocka_unit_test(records_cannot_be_left_out),
        cmocka_unit_test(first_difference_is_named),
        cmocka_unit_test(replay_is_compared),
        cmocka_unit_test(a_full_disk_is_told),
    };
    snprintf(path, sizeof path, "record_test.%d", (int)getpid());
    snprintf(other, sizeof other, "record_test.%d.other", (int)getpid());
    int failed = cmocka_run_group_tests_name("record", tests, NULL, NULL);
    unlink(path);
    unlink(other);
    return failed;
}
