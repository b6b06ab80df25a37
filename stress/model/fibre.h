/* fibre - stacks that one thread of the system runs in turn. Switching is a dozen instructions; no system call. */
#ifndef WEIR_STRESS_MODEL_FIBRE_H
#define WEIR_STRESS_MODEL_FIBRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if !defined(__x86_64__) && !defined(__aarch64__)
#include <ucontext.h>
#endif

enum { FIBRE_STACK = 256 * 1024, FIBRE_TLS_MAX = 1024 };

typedef struct fibre {
    void *sp; /* while it does not run: nothing lives below */
#if !defined(__x86_64__) && !defined(__aarch64__)
    ucontext_t context;
#endif
    _Alignas(16) unsigned char tls[FIBRE_TLS_MAX]; /* while it does not run: its copy of the program's thread-locals */
} fibre;

/* Once, before the first fibre_make: maps the stacks, at the same address in every run where the system lets us. False
 * when there is no memory, or the program has more thread-locals than FIBRE_TLS_MAX. */
bool fibre_setup(void);

/* Makes *f begin with entry(), on stack number i, with fresh thread-locals. entry never returns. */
void fibre_make(fibre *f, int i, void (*entry)(void));

/* Leaves what runs now, which *from names from here on, and goes on in `to`. */
void fibre_switch(fibre *from, fibre *to);

/* Which stack the address is in, or -1; and where that stack begins, growing down. */
int fibre_of(uintptr_t address);
uintptr_t fibre_top(int i);

/* The address is in the stack of *f, which does not run: is it in no frame that is still in use? */
bool fibre_dead(const fibre *f, uintptr_t address);

/* Is this one of the program's thread-locals? */
bool fibre_local(uintptr_t address);

#endif
