#include "stress/team.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "prims/atomic.h"
#include "prims/platform.h"

struct team {
    void (*work)(team_member *);
    unsigned size;
    pthread_t thread[TEAM_MAX];
    team_member member[TEAM_MAX];
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 arrived; /* at the present meeting */
    weir_a32 returned;                              /* from work */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 meeting; /* number of meetings over << 1 | the last one ended the team */
};

static void *run(void *arg) {
    team_member *me = arg;
    me->team->work(me);
    weir_a32_add_release(&me->team->returned, 1); /* R1: pairs with A1; what the member has done */
    return NULL;
}

team *team_start(unsigned size, uint64_t seed, void (*work)(team_member *), void *arg) {
    team *t = aligned_alloc(WEIR_CACHE_LINE, sizeof *t);
    if (!t) abort();
    *t = (team){.work = work, .size = size};
    for (unsigned i = 0; i < size; i++) {
        t->member[i] = (team_member){.team = t, .arg = arg, .index = i, .random = stress_random_begin(seed, i)};
        if (pthread_create(&t->thread[i], NULL, run, &t->member[i])) {
            fprintf(stderr, "stress: the system refused thread %u of %u\n", i + 1, size);
            exit(1);
        }
    }
    return t;
}

static void wait_a_little(unsigned *turns) {
    if (++*turns < 64) weir_pause();
    else weir_yield();
}

/* The last to come resets the count before it lets the others go, so they find it ready for the next meeting. */
bool team_meet(team_member *me, bool (*serial)(void *arg)) {
    team *t = me->team;
    uint32_t before = weir_a32_load(&t->meeting); /* relaxed: it cannot change until this member has come */
    /* R2, A2: each arrival pairs with the last one, which sees what all have done */
    if (weir_a32_add_acq_rel(&t->arrived, 1) + 1 == t->size) {
        uint32_t over = !serial(me->arg);
        weir_a32_store(&t->arrived, 0);
        weir_a32_store_release(&t->meeting, before + 2 + over); /* R3: pairs with A3 */
        return !over;
    }
    uint32_t now;
    for (unsigned turns = 0; (now = weir_a32_load_acquire(&t->meeting)) == before;) wait_a_little(&turns); /* A3 */
    return !(now & 1);
}

bool team_wait(team *t, double seconds) {
    uint64_t end = weir_now_ns() + (uint64_t)(seconds * 1e9);
    const struct timespec tick = {.tv_nsec = 1000000};
    while (weir_a32_load_acquire(&t->returned) != t->size) { /* A1 */
        if (weir_now_ns() >= end) return false;
        nanosleep(&tick, NULL);
    }
    return true;
}

void team_end(team *t) {
    for (unsigned i = 0; i < t->size; i++) pthread_join(t->thread[i], NULL);
    free(t);
}
