/* Unit test of growing: a stream of every piece size, its limit, its ends, and no memory. */
#include "prims/test_p.h"

#include <errno.h>

#include "sched/growing.h"

static unsigned char byte_at(uint64_t i) { return (unsigned char)(i % 251); }

static bool refuse; /* memory */
void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes) { return refuse ? NULL : __real_malloc(bytes); }

struct writer {
    weir_co co;
    weir_growing *to;
    uint64_t total, sent, pieces;
    unsigned refusals;
    size_t piece;
    weir_status st;
    weir_socket_op op;
    unsigned char bytes[9973];
};

static size_t next_piece(struct writer *w) {
    size_t n = (size_t)(w->pieces++ * 131 % sizeof w->bytes) + 1;
    if (n > w->total - w->sent) n = (size_t)(w->total - w->sent);
    for (size_t i = 0; i < n; i++) w->bytes[i] = byte_at(w->sent + i);
    return n;
}

WEIR_COROUTINE(writer) {
    WEIR_CO_BEGIN;
    while (self->sent < self->total) {
        self->piece = next_piece(self);
        WEIR_GROWING_WRITE(self->st, self->to, &self->op, self->bytes, self->piece, WEIR_FOREVER);
        self->sent += self->op.done;
        if (self->st == WEIR_NOMEM) {
            self->refusals++;
            WEIR_YIELD;
        } else if (self->st != WEIR_OK) WEIR_RETURN;
    }
    weir_growing_end(self->to, WEIR_VECTORING_EOF);
    WEIR_CO_END;
}

struct reader {
    weir_co co;
    weir_growing *from;
    uint64_t got, wrong, pieces;
    weir_status st;
    weir_socket_op op;
    unsigned char bytes[9001];
};

WEIR_COROUTINE(reader) {
    WEIR_CO_BEGIN;
    for (;;) {
        WEIR_GROWING_READ(self->st, self->from, &self->op, self->bytes, self->pieces++ * 127 % sizeof self->bytes + 1,
                          WEIR_FOREVER);
        for (size_t i = 0; i < self->op.done; i++) self->wrong += self->bytes[i] != byte_at(self->got + i);
        self->got += self->op.done;
        if (self->st != WEIR_OK) break;
    }
    WEIR_CO_END;
}

static weir_loop *open_loop(void) {
    weir_loop *loop;
    assert_int_equal(weir_loop_open(NULL, &loop), WEIR_OK);
    return loop;
}

static void a_stream_within_its_limit(void **state) {
    (void)state;
    static const uint64_t limits[] = {1, 100, 4088, 4089, 100000};
    for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++) {
        weir_loop *loop = open_loop();
        weir_growing g;
        static struct writer w;
        static struct reader r;
        weir_growing_init(&g, limits[i]);
        WEIR_SPAWN(loop, writer, &w, .to = &g, .total = i ? 1000000 : 3000);
        assert_int_equal(weir_loop_run_quiet(loop), 1); /* full: the writer waits */
        assert_int_equal(g.held, limits[i]);
        WEIR_SPAWN(loop, reader, &r, .from = &g);
        assert_int_equal(weir_loop_run_quiet(loop), 0);
        assert_true(r.got == w.total && r.wrong == 0 && r.st == WEIR_CLOSED);
        assert_int_equal(weir_growing_high(&g), limits[i]);
        weir_growing_destroy(&g);
        assert_int_equal(weir_loop_close(loop), 0);
    }
}

static void a_close_stops_the_writer(void **state) {
    (void)state;
    weir_loop *loop = open_loop();
    weir_growing g;
    static struct writer w;
    weir_growing_init(&g, 10000);
    WEIR_SPAWN(loop, writer, &w, .to = &g, .total = 1000000);
    assert_int_equal(weir_loop_run_quiet(loop), 1);
    weir_growing_close(&g, EPIPE);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_true(w.st == WEIR_CLOSED && g.held == 0 && g.closed == EPIPE);
    weir_growing_destroy(&g);
    assert_int_equal(weir_loop_close(loop), 0);
}

static void without_memory(void **state) {
    (void)state;
    weir_loop *loop = open_loop();
    weir_growing g;
    static struct writer w;
    static struct reader r;
    weir_growing_init(&g, 1 << 20);
    WEIR_SPAWN(loop, writer, &w, .to = &g, .total = 100000);
    refuse = true;
    weir_loop_stop(loop);
    weir_loop_run(loop);
    refuse = false;
    assert_true(w.refusals > 0);
    assert_int_equal(g.held, 0);
    WEIR_SPAWN(loop, reader, &r, .from = &g);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_true(r.got == 100000 && r.wrong == 0);
    weir_growing_destroy(&g);
    assert_int_equal(weir_loop_close(loop), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_within_its_limit),
        cmocka_unit_test(a_close_stops_the_writer),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
