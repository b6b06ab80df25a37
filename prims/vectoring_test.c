/* Unit test of vectoring, compiled once a variant. */
#include <errno.h>

#include "prims/test_p.h"

#include "prims/vectoring.h"

#define INIT_AT WEIR_BIND(vectoring, WEIR_VECTORING, _init_at)
#define WRAP ((1u << 30) - 3) /* positions end at 2^30 */

typedef struct ring {
    weir_vectoring *v;
    void *block;
} ring;

static ring make(uint64_t capacity, uint64_t start) {
    ring r = {weir_test_alloc(sizeof *r.v), weir_test_alloc(capacity)};
    assert_int_equal(INIT_AT(r.v, capacity, r.block, start), WEIR_OK);
    return r;
}

static void unmake(ring r) {
    free(r.block);
    free(r.v);
}

static void init_refuses(void **state) {
    (void)state;
    weir_vectoring *v = weir_test_alloc(2 * sizeof *v);
    char *block = weir_test_alloc(1024);
    memset(v, 0x5a, sizeof *v);
    assert_int_equal(weir_vectoring_init(NULL, 8, block), WEIR_BAD_NULL);
    assert_int_equal(weir_vectoring_init(v, 8, NULL), WEIR_BAD_NULL);
    assert_int_equal(weir_vectoring_init(v, 8, block + 8), WEIR_BAD_ALIGN);
    assert_int_equal(weir_vectoring_init((weir_vectoring *)((char *)v + 8), 8, block), WEIR_BAD_ALIGN);
    assert_int_equal(weir_vectoring_init(v, 0, block), WEIR_BAD_ZERO);
    assert_int_equal(weir_vectoring_init(v, 12, block), WEIR_BAD_POWER_OF_TWO);
    assert_int_equal(weir_vectoring_init(v, (uint64_t)1 << 30, block), WEIR_BAD_RANGE);
    assert_int_equal(weir_vectoring_init(v, (uint64_t)1 << 63, block), WEIR_BAD_RANGE);
    for (size_t i = 0; i < sizeof *v; i++) assert_int_equal(((unsigned char *)v)[i], 0x5a);
    free(block);
    free(v);
}

/* Every string of 6 writes and reads of 0..3 bytes, against a plain count, over the end of block and positions. */
static void short_strings(void **state) {
    (void)state;
    for (uint32_t capacity = 1; capacity <= 4; capacity *= 2)
        for (uint32_t word = 0; word < 1u << 18; word++) {
            ring r = make(capacity, WRAP);
            uint8_t in = 0, out = 0, high = 0, bytes[3];
            for (int i = 0; i < 6; i++) {
                uint32_t n = word >> (3 * i) & 3, inside = (uint8_t)(in - out);
                if (word >> (3 * i) & 4) {
                    for (uint32_t k = 0; k < n; k++) bytes[k] = (uint8_t)(in + k);
                    uint32_t want = n < capacity - inside ? n : capacity - inside;
                    assert_int_equal(weir_vectoring_write(r.v, bytes, n), want);
                    in = (uint8_t)(in + want);
                    if ((uint8_t)(in - out) > high) high = (uint8_t)(in - out);
                } else {
                    uint32_t want = n < inside ? n : inside;
                    assert_int_equal(weir_vectoring_read(r.v, bytes, n), want);
                    for (uint32_t k = 0; k < want; k++) assert_int_equal(bytes[k], (uint8_t)(out + k));
                    out = (uint8_t)(out + want);
                }
                assert_int_equal(weir_vectoring_size(r.v), (uint8_t)(in - out));
                assert_int_equal(weir_vectoring_high(r.v), high);
            }
            unmake(r);
        }
}

/* At each offset: the views are of the block's bytes, adjacent ones first, and no longer than what there is. */
static void views(void **state) {
    (void)state;
    for (uint32_t at = 0; at < 8; at++) {
        ring r = make(8, at);
        unsigned char *block = r.block;
        struct iovec iov[2];
        assert_int_equal(weir_vectoring_writable(r.v, 1, iov), 8);
        assert_ptr_equal(iov[0].iov_base, block + at);
        assert_int_equal(iov[0].iov_len, 8 - at);
        assert_ptr_equal(iov[1].iov_base, block);
        assert_int_equal(iov[1].iov_len, at);
        weir_vectoring_wrote(r.v, 0);
        assert_int_equal(weir_vectoring_readable(r.v, 1, iov), 0);
        weir_vectoring_wrote(r.v, 5);
        assert_int_equal(weir_vectoring_writable(r.v, 8, iov), 3);
        assert_ptr_equal(iov[0].iov_base, block + (at + 5) % 8);
        assert_int_equal(weir_vectoring_readable(r.v, 8, iov), 5);
        assert_ptr_equal(iov[0].iov_base, block + at);
        assert_int_equal(iov[0].iov_len + iov[1].iov_len, 5);
        weir_vectoring_consumed(r.v, 5);
        assert_int_equal(weir_vectoring_readable(r.v, 8, iov), 0);
        unmake(r);
    }
}

/* An end stands behind its bytes; only the first end counts, and nothing can be written after it. */
static void ends(void **state) {
    (void)state;
    ring r = make(4, WRAP);
    char byte;
    assert_int_equal(weir_vectoring_write(r.v, "ab", 2), 2);
    weir_vectoring_end(r.v, EIO);
    weir_vectoring_end(r.v, WEIR_VECTORING_EOF);
    assert_int_equal(weir_vectoring_write(r.v, "c", 1), 0);
    assert_int_equal(weir_vectoring_wait_room(r.v, 1, 0), WEIR_CLOSED);
    assert_int_equal(weir_vectoring_ended(r.v), WEIR_VECTORING_OPEN);
    assert_int_equal(weir_vectoring_wait_bytes(r.v, 4, 0), WEIR_OK); /* fewer than wanted: the last ones */
    assert_int_equal(weir_vectoring_read(r.v, &byte, 1), 1);
    assert_int_equal(weir_vectoring_ended(r.v), WEIR_VECTORING_OPEN);
    assert_int_equal(weir_vectoring_read(r.v, &byte, 1), 1);
    assert_int_equal(byte, 'b');
    assert_int_equal(weir_vectoring_wait_bytes(r.v, 1, 0), WEIR_CLOSED);
    assert_int_equal(weir_vectoring_ended(r.v), EIO);
    assert_int_equal(weir_vectoring_closed(r.v), WEIR_VECTORING_OPEN);
    unmake(r);
}

static void closes(void **state) {
    (void)state;
    ring r = make(4, WRAP);
    char byte;
    assert_int_equal(weir_vectoring_write(r.v, "abcd", 4), 4);
    assert_int_equal(weir_vectoring_wait_room(r.v, 1, 0), WEIR_TIMEOUT);
    weir_vectoring_close(r.v, EPIPE);
    weir_vectoring_close(r.v, WEIR_VECTORING_EOF);
    assert_int_equal(weir_vectoring_closed(r.v), EPIPE);
    assert_int_equal(weir_vectoring_read(r.v, &byte, 1), 0); /* what is inside is lost */
    assert_int_equal(weir_vectoring_wait_bytes(r.v, 1, 0), WEIR_CLOSED);
    assert_int_equal(weir_vectoring_wait_room(r.v, 1, 0), WEIR_CLOSED);
    assert_int_equal(weir_vectoring_write(r.v, "e", 1), 0);
    weir_vectoring_init(r.v, 4, r.block); /* new again */
    assert_int_equal(weir_vectoring_closed(r.v), WEIR_VECTORING_OPEN);
    assert_int_equal(weir_vectoring_write(r.v, "e", 1), 1);
    unmake(r);
}

/* -- steps, on one thread: a node that counts its wakes -- */

typedef struct counted {
    weir_vectoring_op op; /* first */
    int wakes;
} counted;

static void count(weir_wait *w) { ((counted *)(void *)w)->wakes++; }

static counted begin(size_t want) {
    counted c;
    memset(&c, 0, sizeof c);
    weir_vectoring_op_init(&c.op, want, count);
    return c;
}

static void readers_wait(void **state) {
    (void)state;
    ring r = make(4, WRAP);
    counted c = begin(3);
    assert_int_equal(weir_vectoring_bytes_step(r.v, &c.op), WEIR_PARKED);
    assert_int_equal(weir_vectoring_write(r.v, "ab", 2), 2);
    assert_int_equal(c.wakes, 1);
    assert_int_equal(weir_vectoring_bytes_step(r.v, &c.op), WEIR_PARKED); /* still too few */
    assert_int_equal(weir_vectoring_write(r.v, "c", 1), 1);
    assert_int_equal(c.wakes, 2);
    assert_false(weir_vectoring_cancel(r.v, &c.op)); /* the wake has come */
    assert_int_equal(weir_vectoring_bytes_step(r.v, &c.op), WEIR_OK);
    assert_int_equal(weir_vectoring_write(r.v, "d", 1), 1);
    assert_int_equal(c.wakes, 2); /* nobody waits any more */
    c = begin(100);               /* more than fits: all that fits */
    assert_int_equal(weir_vectoring_bytes_step(r.v, &c.op), WEIR_OK);
    weir_vectoring_consumed(r.v, weir_vectoring_readable(r.v, 4, (struct iovec[2]){{0, 0}}));
    c = begin(0); /* one at least */
    assert_int_equal(weir_vectoring_bytes_step(r.v, &c.op), WEIR_PARKED);
    weir_vectoring_end(r.v, WEIR_VECTORING_EOF);
    assert_int_equal(c.wakes, 1);
    assert_int_equal(weir_vectoring_bytes_step(r.v, &c.op), WEIR_CLOSED);
    unmake(r);
}

static void writers_wait(void **state) {
    (void)state;
    ring r = make(4, WRAP);
    counted c = begin(3);
    char bytes[4];
    assert_int_equal(weir_vectoring_write(r.v, "abcd", 4), 4);
    assert_int_equal(weir_vectoring_room_step(r.v, &c.op), WEIR_PARKED);
    assert_int_equal(weir_vectoring_read(r.v, bytes, 2), 2);
    assert_int_equal(c.wakes, 1);
    assert_int_equal(weir_vectoring_room_step(r.v, &c.op), WEIR_PARKED);
    assert_true(weir_vectoring_cancel(r.v, &c.op));
    assert_int_equal(weir_vectoring_read(r.v, bytes, 1), 1);
    assert_int_equal(c.wakes, 1); /* taken back */
    c = begin(4);
    assert_int_equal(weir_vectoring_room_step(r.v, &c.op), WEIR_PARKED);
    weir_vectoring_close(r.v, EPIPE);
    assert_int_equal(c.wakes, 1);
    assert_int_equal(weir_vectoring_room_step(r.v, &c.op), WEIR_CLOSED);
    unmake(r);
}

/* -- two threads -- */

enum { MOVED = 1 << 20 };

static uint8_t nth(uint32_t i) { return (uint8_t)(i * 167 + (i >> 8)); }

static void *produce(void *arg) {
    weir_vectoring *v = arg;
    struct iovec iov[2];
    for (uint32_t next = 0; next < MOVED;) {
        if (weir_vectoring_wait_room(v, 1 + next % 4, WEIR_FOREVER) != WEIR_OK) return "no room";
        size_t n = weir_vectoring_writable(v, SIZE_MAX, iov);
        if (n > MOVED - next) n = MOVED - next;
        if (n > 1 + next % 37) n = 1 + next % 37;
        for (size_t k = 0; k < n; k++) {
            struct iovec *part = &iov[k >= iov[0].iov_len];
            ((uint8_t *)part->iov_base)[part == iov ? k : k - iov[0].iov_len] = nth(next + (uint32_t)k);
        }
        weir_vectoring_wrote(v, n);
        next += (uint32_t)n;
    }
    weir_vectoring_end(v, ENOENT);
    return NULL;
}

/* All bytes, in order, then the end; both sides sleep now and then. */
static void two_threads(void **state) {
    (void)state;
    for (uint32_t capacity = 8; capacity <= 4096; capacity *= 8) {
        ring r = make(capacity, WRAP);
        pthread_t t = weir_test_thread(produce, r.v);
        uint32_t got = 0, wrong = 0;
        uint8_t bytes[64];
        while (weir_vectoring_wait_bytes(r.v, 1 + got % 4, WEIR_FOREVER) == WEIR_OK)
            for (size_t i = 0, n = weir_vectoring_read(r.v, bytes, 1 + got % 64); i < n; i++)
                wrong += bytes[i] != nth(got++);
        void *said;
        pthread_join(t, &said);
        assert_null(said);
        assert_int_equal(wrong, 0);
        assert_int_equal(got, MOVED);
        assert_int_equal(weir_vectoring_ended(r.v), ENOENT);
        assert_in_range(weir_vectoring_high(r.v), 1, capacity);
        unmake(r);
    }
}

static void deadlines(void **state) {
    (void)state;
    ring r = make(4, 0);
    uint64_t soon = weir_now_ns() + 2000000;
    assert_int_equal(weir_vectoring_wait_bytes(r.v, 1, soon), WEIR_TIMEOUT);
    assert_true(weir_now_ns() >= soon);
    assert_int_equal(weir_vectoring_write(r.v, "abc", 3), 3);
    assert_int_equal(weir_vectoring_wait_bytes(r.v, 3, 0), WEIR_OK); /* a deadline in the past looks once */
    assert_int_equal(weir_vectoring_wait_room(r.v, 2, soon + 4000000), WEIR_TIMEOUT);
    assert_int_equal(weir_vectoring_wait_room(r.v, 1, 0), WEIR_OK);
    unmake(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(init_refuses), cmocka_unit_test(short_strings), cmocka_unit_test(views),
        cmocka_unit_test(ends),         cmocka_unit_test(closes),        cmocka_unit_test(readers_wait),
        cmocka_unit_test(writers_wait), cmocka_unit_test(two_threads),   cmocka_unit_test(deadlines)};
    return cmocka_run_group_tests_name("vectoring." WEIR_STRING(WEIR_VECTORING), tests, NULL, NULL);
}
