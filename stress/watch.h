/* watch - looks at threads from outside: are they getting on, or has one been left asleep?
 *
 * When to use      Round a team whose members may sleep in the kernel. A lost wake-up is a hang; here it becomes a violation
 *                  that says who waits, and the check comes to an end.
 * Asleep           For ASLEEP_S seconds no watched thread made a step, and the kernel showed every one that is at work, and
 *                  every other thread of the process, as sleeping. A thread that could run but was not let does not look like that, however loaded the machine.
 * Threads          watch_begin, watch_step, watch_doing: a member, about itself. watch_team: the thread that began the team.
 */
#ifndef WEIR_STRESS_WATCH_H
#define WEIR_STRESS_WATCH_H

#include "prims/platform.h"
#include "stress/team.h"

enum { WATCH_ASLEEP_S = 1, WATCH_STUCK_S = 60 };

typedef struct watched {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 steps;
    weir_aptr doing; /* a word, or NULL between rounds */
    weir_a32 tid;
} watched;

void watch_begin(watched *w);

static inline void watch_step(watched *w) { weir_a64_store(&w->steps, weir_a64_load(&w->steps) + 1); }
static inline void watch_doing(watched *w, const char *what) { weir_aptr_store(&w->doing, (void *)(uintptr_t)what); }

/* Does every thread of the process sleep in the kernel, but the caller and members between rounds? False also when no member is at
 * work. */
bool watch_asleep(const watched *members, unsigned size);

/* Waits until all members of the team have returned, sending each SIGUSR1 about every millisecond if `signals`. False:
 * they are hung; stress_fail has been called, and the process is to end without them. */
bool watch_team(team *t, watched *members, unsigned size, bool signals);

#endif
