/* Unit test of coroutines, compiled once a variant of co: levels, errors, finalisers, cancels, and what is refused. */
#include "prims/test_p.h"

#include "prims/chan.h"
#include "prims/cubby.h"
#include "sched/loop.h"

static char trail[256]; /* what happened, a letter each */

static void mark(char c) {
    size_t n = strlen(trail);
    trail[n] = c;
    trail[n + 1] = 0;
}

static weir_loop *open_loop(void) {
    weir_loop *loop;
    assert_int_equal(weir_loop_open(NULL, &loop), WEIR_OK);
    trail[0] = 0;
    return loop;
}

static int ended_with;
static void note_end(weir_co *co, int status) {
    (void)co;
    ended_with = status;
    mark('.');
}

/* -- several waits in one line and in one macro -- */

#define TWICE(c) \
    mark(c);     \
    WEIR_YIELD;  \
    mark(c);     \
    WEIR_YIELD

struct lines {
    weir_co co;
    char name;
};
WEIR_COROUTINE(lines) {
    WEIR_CO_BEGIN;
    TWICE(self->name);
    TWICE(self->name);
    WEIR_CO_END;
}

static void takes_turns(void **state) {
    (void)state;
    weir_loop *loop = open_loop();
    struct lines a, b;
    WEIR_SPAWN(loop, lines, &a, .name = 'a');
    WEIR_SPAWN(loop, lines, &b, .name = 'b');
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_string_equal(trail, "abababab");
    assert_int_equal(weir_loop_close(loop), 0);
}

/* -- levels: Fibonacci by calls, each of which yields -- */

struct fib {
    weir_frame frame;
    int n, sum;
    struct fib *below;
};
WEIR_COROUTINE(fib) {
    WEIR_CO_BEGIN;
    if (self->n < 2) {
        self->sum = self->n;
        WEIR_RETURN;
    }
    self->below = malloc(sizeof *self->below);
    WEIR_YIELD;
    WEIR_CALL(fib, self->below, .n = self->n - 1);
    self->sum = self->below->sum;
    WEIR_CALL(fib, self->below, .n = self->n - 2);
    self->sum += self->below->sum;
    WEIR_CO_FINALLY;
    free(self->below);
    assert_ptr_equal(WEIR_THAT(weir_frame), self->frame.caller);
    WEIR_CO_END;
}

struct root {
    weir_co co;
    int status, n;
    union {
        struct fib fib;
    } in;
};
WEIR_COROUTINE(root) {
    WEIR_CO_BEGIN;
    WEIR_CALL(fib, &self->in.fib, .n = self->n);
    self->status = self->in.fib.sum;
    WEIR_CO_END;
}

static void calls_return(void **state) {
    (void)state;
    weir_loop *loop = open_loop();
    struct root a, b;
    WEIR_SPAWN(loop, root, &a, .n = 12);
    WEIR_SPAWN(loop, root, &b, .n = 7);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_int_equal(a.status, 144);
    assert_int_equal(b.status, 13);
    assert_int_equal(weir_loop_close(loop), 0);
}

/* -- errors: through three levels, each with a finaliser -- */

struct deep {
    weir_frame frame;
    int left, seen;
    struct deep *below;
};
WEIR_COROUTINE(deep) {
    WEIR_CO_BEGIN;
    WEIR_YIELD;
    if (self->left == 0) WEIR_RAISE(WEIR_CO_OWN + 7, "at the bottom of %d", 3);
    WEIR_CALL(deep, self->below, .left = self->left - 1, .below = self->below + 1);
    mark('!'); /* not reached */
    WEIR_CO_FINALLY;
    mark((char)('0' + self->left));
    assert_int_equal(weir_co_status(co), self->seen ? 0 : WEIR_CO_OWN + 7);
    WEIR_CO_END;
}

struct catcher {
    weir_co co;
    int status;
    bool lets;
    struct deep deep[4];
};
WEIR_COROUTINE(catcher) {
    WEIR_CO_BEGIN;
    if (self->lets) WEIR_CALL(deep, self->deep, .left = 3, .below = self->deep + 1);
    WEIR_TRY(self->status, deep, self->deep, .left = 3, .below = self->deep + 1);
    assert_string_equal(weir_co_text(co), "at the bottom of 3");
    mark('c');
    WEIR_YIELD;
    WEIR_CO_FINALLY;
    mark('f');
    WEIR_CO_END;
}

static void errors_rise(void **state) {
    (void)state;
    weir_loop *loop = open_loop();
    struct catcher a;
    WEIR_SPAWN(loop, catcher, &a, .co.end = note_end);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_string_equal(trail, "0123cf.");
    assert_int_equal(a.status, WEIR_CO_OWN + 7);
    trail[0] = 0;
    WEIR_SPAWN(loop, catcher, &a, .lets = true);
    a.co.end = note_end;
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_string_equal(trail, "0123f.");
    assert_int_equal(ended_with, WEIR_CO_OWN + 7);
    assert_int_equal(weir_loop_close(loop), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_turns),
        cmocka_unit_test(calls_return),
        cmocka_unit_test(errors_rise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
