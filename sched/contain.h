/* contain - runs a function so that a fault in it (SIGSEGV, SIGBUS, SIGILL, SIGFPE) ends the function and not the
 * program.
 *
 * When to use      Round handler code that is not trusted to be right and holds nothing that others use: process.h
 *                  does.
 * What is lost     All that the function was in the middle of: nothing is unwound. So a fault is contained only while
 *                  the thread holds nothing shared: weir_shared_enter and weir_shared_leave bracket each use of what
 *                  others see too (locks, rings, malloc). A fault in between ends the program, with a report on
 *                  standard error, as without this.
 * Stack            A function that has used up its stack is a fault like others: the handler has a stack of its own.
 * Threads          Each thread for itself: weir_contain_enter once. Calls may be nested; the innermost takes the fault.
 * Signals          enter takes the four signals over for the whole program, and keeps what was there before: a fault
 *                  that is not contained goes there. Signals that another process sends are no faults. Not to be
 *                  blocked.
 * Cost             Of a call without a fault: some ns, no system call.
 * Limits           Between call and fault, locals of the caller that the function changes are as undefined as after
 *                  longjmp. Not for functions that are left by longjmp or exceptions.
 * Checked by       sched/contain_test.c.
 */
#ifndef WEIR_SCHED_CONTAIN_H
#define WEIR_SCHED_CONTAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../prims/platform.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What has happened. */
typedef struct weir_fault {
    int signal;
    int code;        /* si_code */
    uintptr_t where; /* SIGSEGV, SIGBUS: the address used; SIGILL, SIGFPE: that of the instruction */
} weir_fault;

/* The calling thread can contain from now on. 0; ENOMEM; else an errno value of the system. Again takes back the
 * signals, should somebody else have taken them, and does no more. */
int weir_contain_enter(void);

/* Has the calling thread entered? */
bool weir_contain_entered(void);

/* Gives back what enter took; the end of the thread does it, too. Not within a call. */
void weir_contain_leave(void);

/* Calls run(arg). True: it has returned. False: it has faulted, and *fault says how. `who` is for the report of a
 * fault that is not contained; NULL: nobody. The thread has entered. */
bool weir_contain(void (*run)(void *arg), void *arg, const char *who, weir_fault *fault);

/* One line, for a person: "SIGSEGV at address 0x0". Returns its length, at most size - 1; size is at least 1. */
size_t weir_fault_text(const weir_fault *fault, char *text, size_t size);

extern WEIR_THREAD_LOCAL volatile uint32_t weir_shared_depth;

/* From here to the matching leave, the thread holds something that others use too. Nests. */
static inline void weir_shared_enter(void) { weir_shared_depth = weir_shared_depth + 1; }
static inline void weir_shared_leave(void) { weir_shared_depth = weir_shared_depth - 1; }

#ifdef __cplusplus
}
#endif
#endif
