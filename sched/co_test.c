/* Unit test of coroutines, compiled once a variant of co: levels, errors, finalisers, cancels, and what is refused. */
#include "prims/test_p.h"

#include <sys/wait.h>
#include <unistd.h>

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

/* -- cancels -- */

struct naps {
    weir_frame frame;
    weir_cubby *cubby;
    weir_cubby_op op;
    char how; /* yields, sleeps, or waits */
};
WEIR_COROUTINE(naps) {
    weir_status st = WEIR_OK;
    WEIR_CO_BEGIN;
    for (;;) {
        if (self->how == 'y') WEIR_YIELD;
        if (self->how == 's') WEIR_SLEEP(WEIR_FOREVER / 2);
        if (self->how == 'w') WEIR_CUBBY_POP(st, self->cubby, &self->op, WEIR_FOREVER);
        if (self->how == 'd') WEIR_CUBBY_POP(st, self->cubby, &self->op, weir_co_now(co) + WEIR_FOREVER / 4);
        mark(st ? '!' : self->how);
    }
    WEIR_CO_FINALLY;
    mark('n');
    WEIR_CO_END;
}

struct victim {
    weir_co co;
    struct naps naps;
    weir_cubby *cubby;
    int status;
    char how;
};
WEIR_COROUTINE(victim) {
    WEIR_CO_BEGIN;
    WEIR_TRY(self->status, naps, &self->naps, .cubby = self->cubby, .how = self->how);
    mark('!'); /* a cancel is not taken */
    WEIR_CO_FINALLY;
    mark('v');
    assert_int_equal(weir_co_status(co), WEIR_CO_CANCELLED);
    WEIR_CO_END;
}

struct killer {
    weir_co co;
    weir_co *victim;
    weir_cubby *gives; /* before it cancels */
};
WEIR_COROUTINE(killer) {
    WEIR_CO_BEGIN;
    WEIR_YIELD;
    if (self->gives) assert_int_equal(weir_cubby_try_push(self->gives, 5), WEIR_OK);
    weir_co_cancel(self->victim);
    weir_co_cancel(self->victim);
    mark('k');
    WEIR_CO_END;
}

static void cancels(char how, bool gives, const char *expected) {
    weir_loop *loop = open_loop();
    weir_cubby *cubby = weir_test_alloc(sizeof *cubby);
    assert_int_equal(weir_cubby_init(cubby), WEIR_OK);
    struct victim victim;
    struct killer killer;
    WEIR_SPAWN(loop, victim, &victim, .co.end = note_end, .cubby = cubby, .how = how);
    WEIR_SPAWN(loop, killer, &killer, .victim = &victim.co, .gives = gives ? cubby : NULL);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_string_equal(trail, expected);
    assert_int_equal(ended_with, WEIR_CO_CANCELLED);
    assert_int_equal(weir_cubby_pressure(cubby), 0);
    weir_co_cancel(&victim.co); /* ended: nothing happens */
    assert_int_equal(weir_loop_close(loop), 0);
    weir_cubby_destroy(cubby);
    free(cubby);
}

static void cancel_unwinds(void **state) {
    (void)state;
    cancels('y', false, "yknv.");
    cancels('s', false, "knv.");
    cancels('w', false, "knv.");
    cancels('d', false, "knv.");
    cancels('w', true, "kwnv."); /* it had its item already, which is not lost */
}

static void cancel_before_it_began(void **state) {
    (void)state;
    weir_loop *loop = open_loop();
    struct victim victim;
    WEIR_SPAWN(loop, victim, &victim, .co.end = note_end, .how = 'y');
    weir_co_cancel(&victim.co);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_string_equal(trail, "."); /* nothing to unwind */
    assert_int_equal(weir_loop_close(loop), 0);
}

/* -- where it waits -- */

static void note_level(void *arg, const weir_co_type *type, unsigned line) {
    (void)arg;
    assert_string_equal(type->file + strlen(type->file) - 9, "co_test.c");
    assert_in_range(line, 1, 10000);
    mark(type->name[0]);
}

static void trace_names_levels(void **state) {
    (void)state;
    weir_loop *loop = open_loop();
    weir_cubby *cubby = weir_test_alloc(sizeof *cubby);
    assert_int_equal(weir_cubby_init(cubby), WEIR_OK);
    struct victim victim;
    WEIR_SPAWN(loop, victim, &victim, .cubby = cubby, .how = 'w');
    assert_int_equal(weir_loop_run_quiet(loop), 1);
    weir_co_trace(&victim.co, note_level, NULL);
    assert_string_equal(trail, "nv");
    assert_int_equal(weir_loop_close(loop), 0); /* cancels it */
    assert_string_equal(trail, "nvnv");
    weir_cubby_destroy(cubby);
    free(cubby);
}

/* -- a wait in a switch of its own: `goto` resumes there, `switch` says that it cannot -- */

struct switches {
    weir_co co;
    int i;
};
WEIR_COROUTINE(switches) {
    WEIR_CO_BEGIN;
    for (self->i = 0; self->i < 3; self->i++) {
        switch (self->i) {
        case 1:
            mark('1');
            WEIR_YIELD;
            mark('y');
            break;
        default: mark('d');
        }
    }
    WEIR_CO_END;
}

static void wait_in_a_switch(void **state) {
    (void)state;
    weir_loop *loop = open_loop();
    struct switches s;
    WEIR_SPAWN(loop, switches, &s, .i = 0);
    if (strcmp(WEIR_STRING(WEIR_CO), "goto") == 0) {
        weir_loop_run_quiet(loop);
        assert_string_equal(trail, "d1yd");
        assert_int_equal(weir_loop_close(loop), 0);
        return;
    }
    int said[2];
    assert_int_equal(pipe(said), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(said[1], STDERR_FILENO);
        weir_loop_run_quiet(loop);
        _exit(0);
    }
    int how;
    char text[512] = "";
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(read(said[0], text, sizeof text - 1) > 0);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGABRT);
    assert_non_null(strstr(text, "co_test.c:"));
    assert_non_null(strstr(text, "coroutine switches waits within a switch of its own"));
    weir_co_cancel(&s.co);
    assert_int_equal(weir_loop_close(loop), 0);
    close(said[0]);
    close(said[1]);
}

/* -- locals: what no compiler sees. (ASan keeps the stack of functions elsewhere.) -- */

#ifdef __has_feature
#define HAS_ASAN __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#else
#define HAS_ASAN 0
#endif

#ifndef NDEBUG
struct forgetful {
    weir_co co;
    uint64_t seen;
};
WEIR_NEVER_INLINE static void hide(volatile uint64_t *p, uint64_t v) { *p = v; }
WEIR_COROUTINE(forgetful) {
    volatile uint64_t lost[1]; /* an array: clang sees more of a scalar */
    WEIR_CO_BEGIN;
    hide(lost, 77);
    WEIR_YIELD;
    self->seen = lost[0];
    WEIR_CO_END;
}

static void lost_local_is_poisoned(void **state) {
    (void)state;
    weir_loop *loop = open_loop();
    struct forgetful f;
    WEIR_SPAWN(loop, forgetful, &f, .seen = 0);
    weir_loop_run_quiet(loop);
    if (!HAS_ASAN) assert_int_not_equal(f.seen, 77);
    assert_int_equal(weir_loop_close(loop), 0);
}

/* -- as under a debugger: one that stays goes through the same turns, without leaving its function -- */

struct late_killer {
    weir_co co;
    weir_co *victim;
};
WEIR_COROUTINE(late_killer) {
    WEIR_CO_BEGIN;
    while (!strchr(trail, 'e')) WEIR_SLEEP(100000);
    weir_co_cancel(self->victim);
    WEIR_CO_END;
}

struct stayer {
    weir_co co;
    struct fib fib;
    weir_cubby *cubby;
    weir_cubby_op op;
    int status;
    bool stays;
    uint64_t kept;
};
WEIR_COROUTINE(stayer) {
    weir_status st;
    volatile uint64_t local[1]; /* lives as long as the function is not left */
    WEIR_CO_BEGIN;
    co->stay = self->stays;
    hide(local, 77);
    mark('a');
    WEIR_YIELD;
    mark('b');
    WEIR_CALL(fib, &self->fib, .n = 5);
    assert_int_equal(self->fib.sum, 5);
    mark('c');
    WEIR_SLEEP(100000);
    mark('d');
    WEIR_CUBBY_POP(st, self->cubby, &self->op, weir_co_now(co) + 100000);
    assert_int_equal(st, WEIR_TIMEOUT);
    WEIR_TRY(self->status, fib, &self->fib, .n = 3);
    self->kept = local[0];
    mark('e');
    WEIR_SLEEP(WEIR_FOREVER / 2);
    WEIR_CO_FINALLY;
    mark('f');
    WEIR_CO_END;
}

static void staying_changes_nothing(void **state) {
    (void)state;
    char first[sizeof trail];
    for (int stays = 0; stays < 2; stays++) {
        weir_loop *loop = open_loop();
        weir_cubby *cubby = weir_test_alloc(sizeof *cubby);
        assert_int_equal(weir_cubby_init(cubby), WEIR_OK);
        struct lines a, b;
        struct stayer s;
        struct late_killer k;
        WEIR_SPAWN(loop, lines, &a, .name = 'x');
        WEIR_SPAWN(loop, stayer, &s, .co.end = note_end, .cubby = cubby, .stays = stays);
        WEIR_SPAWN(loop, lines, &b, .name = 'y');
        WEIR_SPAWN(loop, late_killer, &k, .victim = &s.co);
        assert_int_equal(weir_loop_run_quiet(loop), 0);
        if (stays) assert_string_equal(trail, first);
        else strcpy(first, trail);
        if (stays) assert_int_equal(s.kept, 77);
        assert_int_equal(ended_with, WEIR_CO_CANCELLED);
        assert_int_equal(weir_loop_close(loop), 0);
        weir_cubby_destroy(cubby);
        free(cubby);
    }
    assert_string_equal(first, "xayxbyxyxycdef.");
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_turns),
        cmocka_unit_test(calls_return),
        cmocka_unit_test(errors_rise),
        cmocka_unit_test(cancel_unwinds),
        cmocka_unit_test(cancel_before_it_began),
        cmocka_unit_test(trace_names_levels),
        cmocka_unit_test(wait_in_a_switch),
#ifndef NDEBUG
        cmocka_unit_test(lost_local_is_poisoned),
        cmocka_unit_test(staying_changes_nothing),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
