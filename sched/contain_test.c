/* Unit test of contain: faults of each kind, how deep they may come, and which ones end the program. */
#include "prims/test_p.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sched/contain.h"

/* What is wrong here is meant, and no sanitizer's business. */
#ifdef __clang__
#define WRONG __attribute__((noinline, no_sanitize("address", "undefined", "thread")))
#else
#define WRONG __attribute__((noinline, no_sanitize_address, no_sanitize_undefined, no_sanitize_thread))
#endif

/* Before each test: cmocka takes these signals, too. Who had them before enter gets what is not contained. */
static void theirs(int signal) {
    (void)signal;
    _exit(42);
}
static int enter(void **state) {
    (void)state;
    struct sigaction earlier = {.sa_handler = theirs};
    return sigaction(SIGSEGV, &earlier, NULL) || signal(SIGFPE, SIG_DFL) == SIG_ERR || weir_contain_enter();
}

static void nothing(void *arg) { (*(int *)arg)++; }

WRONG static void touch(void *arg) { *(volatile char *)arg = 1; }

WRONG static void illegal(void *arg) {
    (void)arg;
#ifdef __x86_64__
    __asm__ volatile("ud2");
#else
    __asm__ volatile(".inst 0");
#endif
}

#ifdef __x86_64__
WRONG static void divide(void *arg) {
    volatile int zero = 0, one = 1; /* both volatile: 1 / x needs no division */
    *(volatile int *)arg = one / zero;
}
#endif

/* Uses up its stack: `frames` of 4 KiB are more than any has. */
WRONG static unsigned hungry(unsigned frames) {
    volatile char frame[4096];
    frame[frames % sizeof frame] = (char)frames;
    return frames ? hungry(frames - 1) + (unsigned)frame[0] : 0;
}
static void hunger(void *arg) { *(unsigned *)arg = hungry(UINT32_MAX); }

static void a_call_without_fault(void **state) {
    assert_int_equal(enter(state), 0);
    int calls = 0;
    weir_fault fault = {.signal = 77};
    assert_true(weir_contain(nothing, &calls, "test", &fault));
    assert_int_equal(calls, 1);
    assert_int_equal(fault.signal, 77);
}

static void faults_are_named(void **state) {
    assert_int_equal(enter(state), 0);
    weir_fault fault;
    char text[64];
    int sink = 0;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *locked = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_false(weir_contain(touch, NULL, "test", &fault));
    assert_int_equal(fault.signal, SIGSEGV);
    weir_fault_text(&fault, text, sizeof text);
    assert_string_equal(text, "SIGSEGV at address 0x0");
    assert_int_equal(weir_fault_text(&fault, text, 8), 7);
    assert_string_equal(text, "SIGSEGV");
    assert_false(weir_contain(touch, locked + 5, "test", &fault));
    assert_int_equal(fault.where, (uintptr_t)(locked + 5));
    assert_false(weir_contain(illegal, &sink, "test", &fault));
    assert_int_equal(fault.signal, SIGILL);
#ifdef __x86_64__
    assert_false(weir_contain(divide, &sink, "test", &fault));
    assert_int_equal(fault.signal, SIGFPE);
#endif
    munmap(locked, page);
}

static void a_stack_used_up(void **state) {
    assert_int_equal(enter(state), 0);
    for (int i = 0; i < 20; i++) { /* again and again: the handler's stack is free again after each */
        weir_fault fault = {0};
        unsigned sum = 0;
        assert_false(weir_contain(hunger, &sum, "test", &fault));
        assert_int_equal(fault.signal, SIGSEGV);
    }
}

typedef struct nest {
    weir_fault inner;
    bool held, after;
} nest;

static void outer(void *arg) {
    nest *n = arg;
    n->held = weir_contain(touch, NULL, "inner", &n->inner);
    n->after = true;
    touch(NULL);
}

static void the_innermost_takes_it(void **state) {
    assert_int_equal(enter(state), 0);
    nest n = {.held = true};
    weir_fault fault;
    assert_false(weir_contain(outer, &n, "outer", &fault));
    assert_true(n.after && !n.held);
    weir_shared_enter(); /* what the caller holds is not the function's */
    assert_false(weir_contain(touch, NULL, "test", &fault));
    weir_shared_leave();
}

enum { THREADS = 4, FAULTS = 3000 };

static void *fault_often(void *arg) {
    (void)arg;
    uintptr_t contained = 0;
    if (weir_contain_enter()) return NULL;
    for (unsigned i = 0; i < FAULTS; i++) {
        weir_fault fault;
        contained += !weir_contain(touch, (void *)(uintptr_t)(i % 512), "thread", &fault) && fault.where == i % 512;
    }
    weir_contain_leave();
    return (void *)contained;
}

static void threads_contain_for_themselves(void **state) {
    assert_int_equal(enter(state), 0);
    pthread_t t[THREADS];
    for (unsigned i = 0; i < THREADS; i++) t[i] = weir_test_thread(fault_often, NULL);
    for (unsigned i = 0; i < THREADS; i++) {
        void *contained;
        pthread_join(t[i], &contained);
        assert_int_equal((uintptr_t)contained, FAULTS);
    }
}

/* Runs f in a child; returns how it ended, and the first of what it said. */
static int in_child(void (*f)(void), char said[256]) {
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(fd[1], STDERR_FILENO);
        f();
        _exit(0);
    }
    close(fd[1]);
    size_t size = 0;
    for (ssize_t n; (n = read(fd[0], said + size, 255 - size)) > 0 && size < 255;) size += (size_t)n;
    said[size] = 0;
    for (char drop[256]; read(fd[0], drop, sizeof drop) > 0;) {}
    close(fd[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

WRONG static void touch_in_common(void *arg) {
    weir_shared_enter();
    weir_shared_enter();
    *(volatile char *)arg = 1;
    weir_shared_leave();
    weir_shared_leave();
}

static void fault_in_common(void) {
    weir_fault fault;
    weir_contain(touch_in_common, NULL, "the bank", &fault);
}
static void fault_outside(void) { touch((void *)16); }

WRONG static void kill_self(void *arg) {
    (void)arg;
    raise(SIGFPE); /* sent: nothing in this function is wrong */
}
static void sent(void) {
    weir_fault fault;
    weir_contain(kill_self, NULL, "sent", &fault);
}

static void what_is_not_contained_ends_the_program(void **state) {
    assert_int_equal(enter(state), 0);
    char said[256];
    int status = in_child(fault_in_common, said);
    assert_int_equal(WEXITSTATUS(status), 42);
    assert_non_null(
        strstr(said, "weir: SIGSEGV at address 0x0 in the bank, which holds 2 shared things: the program ends\n"));
    status = in_child(fault_outside, said);
    assert_int_equal(WEXITSTATUS(status), 42);
    assert_non_null(strstr(said, "weir: SIGSEGV at address 0x10 outside any process: the program ends\n"));
    status = in_child(sent, said);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGFPE);
    assert_null(strstr(said, "weir:"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_without_fault),
        cmocka_unit_test(faults_are_named),
        cmocka_unit_test(a_stack_used_up),
        cmocka_unit_test(the_innermost_takes_it),
        cmocka_unit_test(threads_contain_for_themselves),
        cmocka_unit_test(what_is_not_contained_ends_the_program),
    };
    int bad = cmocka_run_group_tests(tests, NULL, NULL);
    weir_contain_leave();
    return bad;
}
