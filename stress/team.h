/* team - threads of a check: they start once, meet at a barrier before each round, and end when told to.
 *
 *     static bool round_over(void *arg) { ... one thread alone: look at the round before; false: that was the last ... }
 *     static void work(team_member *me) {
 *         while (team_meet(me, round_over)) ... one round, roles by me->index ...
 *     }
 *     team *t = team_start(3, seed, work, &check);
 *     if (!team_wait(t, 60)) ... a member has not returned: hung; leave it and the process ...
 *     team_end(t);
 *
 * Threads     team_wait, team_end: the thread that started the team. The rest: members, each for itself.
 * Waiting     Members wait with pauses, then by giving up the processor: a round is short, and a sleeping thread would
 *             come late to the next.
 * Order       All that members did before a meeting happens before `serial`, and that before the return of every member.
 */
#ifndef WEIR_STRESS_TEAM_H
#define WEIR_STRESS_TEAM_H

#include <stdbool.h>
#include <stdint.h>

#include "stress/check.h"

enum { TEAM_MAX = 256 };

typedef struct team team;

typedef struct team_member {
    team *team;
    void *arg;      /* the team's */
    unsigned index; /* 0 .. size - 1 */
    stress_random random;
} team_member;

/* Starts `size` threads, 1 .. TEAM_MAX, which run work(me), each with random numbers of its own from `seed`. Ends the
 * process with a message when the system refuses. */
team *team_start(unsigned size, uint64_t seed, void (*work)(team_member *), void *arg);

/* Waits until all members have come. The last to come first runs serial(arg) while the others wait. False, for all alike:
 * it said false, return from work. */
bool team_meet(team_member *me, bool (*serial)(void *arg));

/* True when all members have returned; false when `seconds` have passed before. */
bool team_wait(team *t, double seconds);

/* Joins the threads and frees the team. */
void team_end(team *t);

#endif
