/* A program that touches memory that there is not is convicted like any other: the signal ends its schedule. */
#include <signal.h>

#include "stress/model/engine_p.h"

static unsigned char stack[64 * 1024]; /* the program's may be what has overflowed */

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)context;
    if (m.running == NOBODY) { /* the engine's own: once more, and it dies of it */
        signal(number, SIG_DFL);
        return;
    }
    int who = m.running == ALONE ? 's' : 'a' + m.running;
    m.law_address = (uintptr_t)info->si_addr;
    trace("crashes", 0, m.self->site);
    schedule_convict(CRASH, "%c crashes: no memory at %p, or not for this (signal %d)", who, info->si_addr, number);
}

void crash_catch(void) {
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    stack_t on = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction act = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigaltstack(&on, NULL);
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaction(numbers[i], &act, NULL);
}
