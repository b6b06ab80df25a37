/* A call saves no signal mask, which would take a system call: the handler puts back the one that the fault has met. */
#include "sched/contain.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { STACK = 64 << 10 }; /* of the handler; the frame of a signal with AVX-512 state takes 3 kB */

/* One call of weir_contain, on its caller's stack. */
typedef struct call {
    sigjmp_buf back;
    struct call *outer;
    const char *who;
    uint32_t depth; /* weir_shared_depth at its beginning */
} call;

WEIR_THREAD_LOCAL volatile uint32_t weir_shared_depth;
static WEIR_THREAD_LOCAL call *innermost;
static WEIR_THREAD_LOCAL weir_fault last; /* not in call: locals changed before a longjmp are undefined */
static WEIR_THREAD_LOCAL void *stack;     /* of this thread's handlers */
static WEIR_THREAD_LOCAL stack_t stack_before;

static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
enum { SIGNALS = sizeof signals / sizeof *signals };
static struct sigaction before[SIGNALS]; /* whose a fault is that is not contained */
static pthread_mutex_t taking = PTHREAD_MUTEX_INITIALIZER;

static const char *name_of(int signal) {
    return signal == SIGSEGV ? "SIGSEGV" : signal == SIGBUS ? "SIGBUS" : signal == SIGILL ? "SIGILL" : "SIGFPE";
}

size_t weir_fault_text(const weir_fault *fault, char *text, size_t size) {
    bool data = fault->signal == SIGSEGV || fault->signal == SIGBUS;
    int n = snprintf(text, size, "%s at %s 0x%llx", name_of(fault->signal), data ? "address" : "instruction",
                     (unsigned long long)fault->where);
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

/* Says what the program dies of. snprintf of numbers and strings takes no lock. */
static void report(const weir_fault *fault, const call *c) {
    char text[256], what[80];
    weir_fault_text(fault, what, sizeof what);
    uint32_t held = c ? weir_shared_depth - c->depth : 0;
    int n = c ? snprintf(text, sizeof text, "weir: %s in %s, which holds %u shared things: the program ends\n", what,
                         c->who ? c->who : "a contained function", held)
              : snprintf(text, sizeof text, "weir: %s outside any process: the program ends\n", what);
    if (n > 0 && write(STDERR_FILENO, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1) < 0) return;
}

/* A fault comes again when the handler returns, and then meets what was there before. */
static void give_up(int signal, bool fault) {
    for (int i = 0; i < SIGNALS; i++)
        if (signals[i] == signal) sigaction(signal, &before[i], NULL);
    if (!fault) raise(signal); /* was sent: would not come again */
}

static void on_fault(int signal, siginfo_t *info, void *context) {
    call *c = innermost;
    bool fault = info->si_code > 0; /* of this instruction; what was sent has a code of 0 or below */
    weir_fault f = {signal, info->si_code, (uintptr_t)info->si_addr};
    if (fault && c && weir_shared_depth == c->depth) {
        last = f;
        pthread_sigmask(SIG_SETMASK, &((ucontext_t *)context)->uc_sigmask, NULL);
        siglongjmp(c->back, 1);
    }
    if (fault) report(&f, c);
    give_up(signal, fault);
}

/* Takes those signals that are not ours, or not any more. */
static int take_signals(void) {
    struct sigaction take = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK}, now;
    int error = 0;
    sigemptyset(&take.sa_mask);
    pthread_mutex_lock(&taking);
    for (int i = 0; i < SIGNALS; i++) {
        if (sigaction(signals[i], NULL, &now)) error = errno;
        else if (now.sa_sigaction == on_fault) continue;
        else if (sigaction(signals[i], &take, NULL)) error = errno;
        else before[i] = now;
    }
    pthread_mutex_unlock(&taking);
    return error;
}

static pthread_key_t at_end; /* of a thread */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void leave(void *unused) {
    (void)unused;
    weir_contain_leave();
}

static void make_key(void) { pthread_key_create(&at_end, leave); }

bool weir_contain_entered(void) { return stack != NULL; }

int weir_contain_enter(void) {
    int refused = take_signals();
    if (refused || stack) return refused;
    /* A page that cannot be used below it: a handler must not overflow into the memory of others. */
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, STACK + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return ENOMEM;
    stack_t ours = {.ss_sp = memory + page, .ss_size = STACK};
    if (mprotect(memory, page, PROT_NONE) || sigaltstack(&ours, &stack_before)) {
        int error = errno;
        munmap(memory, STACK + page);
        return error;
    }
    stack = memory;
    pthread_once(&once, make_key);
    pthread_setspecific(at_end, stack);
    return 0;
}

void weir_contain_leave(void) {
    if (!stack) return;
    sigaltstack(&stack_before, NULL);
    munmap(stack, STACK + (size_t)sysconf(_SC_PAGESIZE));
    stack = NULL;
}

bool weir_contain(void (*run)(void *arg), void *arg, const char *who, weir_fault *fault) {
    call c = {.outer = innermost, .who = who, .depth = weir_shared_depth};
    if (sigsetjmp(c.back, 0)) {
        innermost = c.outer;
        *fault = last;
        return false;
    }
    innermost = &c;
    run(arg);
    innermost = c.outer;
    return true;
}
