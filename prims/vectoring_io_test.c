/* Unit test of vectorings and descriptors, compiled once a variant. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "prims/test_p.h"

#include "prims/vectoring_io.h"

enum { CAPACITY = 64 };

typedef struct ring {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_vectoring v;
    WEIR_ALIGNED(WEIR_CACHE_LINE) char block[CAPACITY];
} ring;

static ring *make(void) {
    ring *r = weir_test_alloc(sizeof *r);
    assert_int_equal(weir_vectoring_init(&r->v, CAPACITY, r->block), WEIR_OK);
    return r;
}

static void nonblocking(int fd) { assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0); }

static void make_pipe(int fd[2]) {
    assert_int_equal(pipe(fd), 0);
    for (int i = 0; i < 2; i++) nonblocking(fd[i]);
}

static void make_sockets(int fd[2]) { assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0); }

static void shut(int fd[2]) {
    for (int i = 0; i < 2; i++)
        if (fd[i] >= 0) close(fd[i]);
}

/* Through both kinds of descriptor, at every offset of the ring: what goes in at one comes out at the other, then the end. */
static void in_and_out(void **state) {
    (void)state;
    for (int sockets = 0; sockets < 2; sockets++)
        for (size_t offset = 0; offset < CAPACITY; offset++) {
            int in[2], out[2];
            size_t n;
            char text[CAPACITY + 8], got[CAPACITY + 8];
            (sockets ? make_sockets : make_pipe)(in);
            (sockets ? make_sockets : make_pipe)(out);
            ring *r = make();
            for (size_t i = 0; i < sizeof text; i++) text[i] = (char)(i + offset);
            assert_int_equal(weir_vectoring_write(&r->v, text, offset), offset);
            assert_int_equal(weir_vectoring_read(&r->v, got, offset), offset);

            assert_int_equal(weir_vectoring_fill(&r->v, in[0], &n), WEIR_BUSY);
            assert_int_equal(weir_vectoring_drain(&r->v, out[1], &n), WEIR_AGAIN);
            assert_int_equal(write(in[1], text, sizeof text), sizeof text);
            assert_int_equal(weir_vectoring_fill(&r->v, in[0], &n), WEIR_OK);
            assert_int_equal(n, CAPACITY);
            assert_int_equal(weir_vectoring_fill(&r->v, in[0], &n), WEIR_AGAIN); /* full */
            assert_int_equal(weir_vectoring_drain(&r->v, out[1], &n), WEIR_OK);
            assert_int_equal(n, CAPACITY);
            close(in[1]);
            in[1] = -1;
            assert_int_equal(weir_vectoring_fill(&r->v, in[0], &n), WEIR_OK);
            assert_int_equal(n, 8);
            assert_int_equal(weir_vectoring_fill(&r->v, in[0], &n), WEIR_CLOSED); /* the end, behind 8 bytes */
            assert_int_equal(weir_vectoring_ended(&r->v), WEIR_VECTORING_OPEN);
            assert_int_equal(weir_vectoring_drain(&r->v, out[1], &n), WEIR_OK);
            assert_int_equal(weir_vectoring_drain(&r->v, out[1], &n), WEIR_CLOSED);
            assert_int_equal(n, 0);
            assert_int_equal(weir_vectoring_ended(&r->v), WEIR_VECTORING_EOF);
            assert_int_equal(weir_vectoring_closed(&r->v), WEIR_VECTORING_OPEN);
            assert_int_equal(weir_vectoring_fill(&r->v, in[0], &n), WEIR_CLOSED);
            assert_int_equal(read(out[0], got, sizeof got), sizeof got);
            assert_memory_equal(got, text, sizeof text);
            shut(in);
            shut(out);
            free(r);
        }
}

static void errors_travel(void **state) {
    (void)state;
    int fd[2];
    size_t n = 7;
    ring *r = make();
    assert_int_equal(weir_vectoring_write(&r->v, "abc", 3), 3);
    assert_int_equal(weir_vectoring_fill(&r->v, -1, &n), WEIR_CLOSED);
    assert_int_equal(n, 0);
    assert_int_equal(weir_vectoring_ended(&r->v), WEIR_VECTORING_OPEN); /* three bytes are before it */
    char got[3];
    assert_int_equal(weir_vectoring_read(&r->v, got, 3), 3);
    assert_int_equal(weir_vectoring_ended(&r->v), EBADF);

    weir_vectoring_init(&r->v, CAPACITY, r->block);
    make_sockets(fd);
    close(fd[0]);
    fd[0] = -1;
    assert_int_equal(weir_vectoring_write(&r->v, "abc", 3), 3);
    assert_int_equal(weir_vectoring_drain(&r->v, fd[1], &n), WEIR_CLOSED); /* and no SIGPIPE */
    assert_int_equal(n, 0);
    assert_int_equal(weir_vectoring_closed(&r->v), EPIPE);
    assert_int_equal(weir_vectoring_fill(&r->v, fd[1], &n), WEIR_CLOSED);
    shut(fd);
    free(r);
}

/* A full descriptor is no error: what did not go stays. */
static void not_ready(void **state) {
    (void)state;
    int fd[2];
    size_t n, all = 0, back = 0;
    char got[4096], text[CAPACITY] = "a full descriptor is no error";
    ring *r = make();
    make_sockets(fd);
    weir_status st;
    do {
        weir_vectoring_write(&r->v, text, sizeof text);
        st = weir_vectoring_drain(&r->v, fd[1], &n);
        all += n;
    } while (st == WEIR_OK);
    assert_int_equal(st, WEIR_BUSY);
    assert_int_equal(weir_vectoring_size(&r->v), CAPACITY);
    for (ssize_t k; (k = read(fd[0], got, sizeof got)) > 0;) back += (size_t)k;
    assert_int_equal(back, all);
    assert_int_equal(weir_vectoring_drain(&r->v, fd[1], &n), WEIR_OK);
    shut(fd);
    free(r);
}

static void ring_to_ring(void **state) {
    (void)state;
    for (size_t offset = 0; offset < CAPACITY; offset += 7) {
        ring *a = make(), *b = make();
        char text[CAPACITY], got[CAPACITY];
        size_t n;
        for (size_t i = 0; i < sizeof text; i++) text[i] = (char)(i * 3);
        weir_vectoring_write(&a->v, text, offset);
        weir_vectoring_read(&a->v, got, offset);
        weir_vectoring_write(&b->v, text, 20);
        weir_vectoring_read(&b->v, got, 10);
        assert_int_equal(weir_vectoring_splice(&a->v, &b->v, 99, &n), WEIR_AGAIN);
        weir_vectoring_write(&a->v, text, CAPACITY);
        assert_int_equal(weir_vectoring_splice(&a->v, &b->v, 13, &n), WEIR_OK);
        assert_int_equal(n, 13);
        assert_int_equal(weir_vectoring_splice(&a->v, &b->v, 99, &n), WEIR_OK);
        assert_int_equal(n, CAPACITY - 23);
        assert_int_equal(weir_vectoring_splice(&a->v, &b->v, 99, &n), WEIR_AGAIN); /* full */
        weir_vectoring_end(&a->v, EIO);
        assert_int_equal(weir_vectoring_read(&b->v, got, 10), 10);
        assert_int_equal(weir_vectoring_splice(&a->v, &b->v, 99, &n), WEIR_OK);
        assert_int_equal(n, 10);
        assert_int_equal(weir_vectoring_splice(&a->v, &b->v, 99, &n), WEIR_CLOSED);
        assert_int_equal(weir_vectoring_read(&b->v, got, CAPACITY), CAPACITY);
        assert_memory_equal(got, text, CAPACITY);
        assert_int_equal(weir_vectoring_ended(&b->v), EIO); /* the end went along */
        free(a);
        free(b);
    }
}

static void close_goes_back(void **state) {
    (void)state;
    ring *a = make(), *b = make();
    size_t n;
    weir_vectoring_write(&a->v, "lost", 4);
    weir_vectoring_write(&b->v, a->block, CAPACITY);
    weir_vectoring_close(&b->v, ECONNRESET);
    assert_int_equal(weir_vectoring_splice(&a->v, &b->v, 99, &n), WEIR_CLOSED);
    assert_int_equal(weir_vectoring_closed(&a->v), ECONNRESET);
    assert_int_equal(weir_vectoring_wait_room(&a->v, 1, 0), WEIR_CLOSED);
    free(a);
    free(b);
}

/* A file to a socket by sendfile, a pipe to a socket by splice, a socket to a socket through the ring: the same bytes. */
static int source_of(int kind, const char *text, size_t n) {
    int fd[2];
    if (kind == 0) {
        FILE *f = tmpfile();
        assert_non_null(f);
        assert_int_equal(fwrite(text, 1, n, f), n);
        rewind(f);
        int copy = dup(fileno(f));
        fclose(f);
        lseek(copy, 0, SEEK_SET);
        return copy;
    }
    (kind == 1 ? make_pipe : make_sockets)(fd);
    assert_int_equal(write(fd[1], text, n), n);
    close(fd[1]);
    return fd[0];
}

static void relays(void **state) {
    (void)state;
    char text[5000], got[sizeof text];
    for (size_t i = 0; i < sizeof text; i++) text[i] = (char)(i * 31 + (i >> 8));
    for (int kind = 0; kind < 3; kind++) {
        int from = source_of(kind, text, sizeof text), to[2];
        size_t n, all = 3, back = 0;
        ring *r = make();
        make_sockets(to);
        weir_vectoring_write(&r->v, "abc", 3); /* goes first */
        weir_status st;
        assert_int_equal(weir_vectoring_relay(&r->v, from, to[1], 1000, &n), WEIR_OK);
        assert_int_equal(n, 3);
        while ((st = weir_vectoring_relay(&r->v, from, to[1], 1000, &n)) == WEIR_OK) {
            assert_in_range(n, 1, 1000);
            all += n;
            for (ssize_t k; (k = read(to[0], got + back, sizeof got - back)) > 0;) back += (size_t)k;
            if (back >= 3 && memcmp(got, "abc", 3) == 0) memmove(got, got + 3, back -= 3);
        }
        assert_int_equal(st, WEIR_CLOSED);
        assert_int_equal(weir_vectoring_ended(&r->v), WEIR_VECTORING_EOF);
        assert_int_equal(all, 3 + sizeof text);
        assert_int_equal(back, sizeof text);
        assert_memory_equal(got, text, sizeof text);
        close(from);
        shut(to);
        free(r);
    }
}

static void relay_says_who_is_not_ready(void **state) {
    (void)state;
    int in[2], out[2];
    size_t n;
    char much[65536] = "";
    ring *r = make();
    make_sockets(in);
    make_sockets(out);
    assert_int_equal(weir_vectoring_relay(&r->v, in[0], out[1], 99, &n), WEIR_BUSY);
    assert_int_equal(weir_vectoring_size(&r->v), 0); /* `from` */
    while (write(out[1], much, sizeof much) > 0) {}
    assert_int_equal(write(in[1], "abc", 3), 3);
    assert_int_equal(weir_vectoring_relay(&r->v, in[0], out[1], 99, &n), WEIR_BUSY);
    assert_int_equal(weir_vectoring_size(&r->v), 3); /* `to` */
    shut(in);
    shut(out);
    free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(in_and_out),
                                       cmocka_unit_test(errors_travel),
                                       cmocka_unit_test(not_ready),
                                       cmocka_unit_test(ring_to_ring),
                                       cmocka_unit_test(close_goes_back),
                                       cmocka_unit_test(relays),
                                       cmocka_unit_test(relay_says_who_is_not_ready)};
    return cmocka_run_group_tests_name("vectoring_io." WEIR_STRING(WEIR_VECTORING), tests, NULL, NULL);
}
