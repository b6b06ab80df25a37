/* What kv stands on, as the model has it: memory, read sections, reclamation.
 *
 * Memory           is never used again: what is put back is dead (race.c).
 * RCU              One word has a bit for each thread in a section, and an increment above them for each thing retired. What is
 *                  retired is freed as early as any RCU may: at once, or by the end of the last of those sections that were
 *                  open. A section that begins later happens after the retiring; no other order comes from here, neither
 *                  between sections nor for who ends the last one: what frees knows more than its thread does, and the
 *                  thread forgets it. */
#include "kv/rcu.h"
#include "kv/reclaim_p.h"
#include "prims/platform.h"
#include "stress/model/engine_p.h"

#define SITE __builtin_return_address(0)

enum { ROOM = 1 << 16, RETIRED_MAX = 32, RELAXED = 0, ACQUIRE = 2, RELEASE = 3 };

typedef struct retired {
    weir_reclaim_fn *free_it;
    void *arg, *at;
    size_t bytes;
    unsigned sections; /* of those that were open, the threads that have not left theirs */
} retired;

static uint64_t word; /* atomic: sections of threads 0 .. 7, and above them how often something was retired */

static struct {
    uint32_t epoch; /* of the schedule that all this belongs to */
    unsigned depth[MODEL_THREADS_MAX + 1], open;
    vclock over; /* all that happens before the end of a section, or before a retiring */
    retired list[RETIRED_MAX];
    unsigned n;
    size_t used[MODEL_THREADS_MAX + 1];
} rcu;

static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char room[MODEL_THREADS_MAX + 1][ROOM];

static void this_schedule(void) {
    if (rcu.epoch == m.epoch) return;
    memset(&rcu, 0, sizeof rcu);
    rcu.epoch = m.epoch;
}

/* -- memory ------------------------------------------------------------------------------------------------------- */

void *weir_mem_get(weir_mem *mem, size_t size) {
    (void)mem;
    this_schedule();
    size_t *used = &rcu.used[m.running], whole = (size + 15) & ~(size_t)15;
    if (*used + whole > ROOM) schedule_convict(REFUSED, "more than %d bytes of memory in one thread", ROOM);
    *used += whole;
    return room[m.running] + *used - whole;
}

/* A schedule begins with all bytes 0; they count as written here. */
void *weir_mem_get_zero(weir_mem *mem, size_t size) {
    void *at = weir_mem_get(mem, size);
    if (schedule_threads()) race_range((uintptr_t)at, size, true, SITE);
    return at;
}

void weir_mem_put(weir_mem *mem, void *at, size_t size) {
    (void)mem;
    if (at) model_retire(at, size);
}

/* -- reclamation -------------------------------------------------------------------------------------------------- */

static void add_clock(void) {
    if (schedule_threads()) vclock_join(&rcu.over, &m.self->clock);
}

static void free_now(const retired *r) {
    if (!schedule_threads()) {
        r->free_it(r->arg, r->at, r->bytes);
        return;
    }
    vclock knew = m.self->clock;
    vclock_join(&m.self->clock, &rcu.over);
    r->free_it(r->arg, r->at, r->bytes);
    knew.of[m.running] = m.self->clock.of[m.running];
    m.self->clock = knew;
}

void weir_reclaim_retire(weir_reclaim *owner, weir_reclaim_fn *free_it, void *arg, void *at, size_t bytes) {
    (void)owner;
    this_schedule();
    atomic_rmw(RMW_ADD, (uintptr_t)&word, 8, 256, RELEASE, SITE);
    add_clock();
    retired r = {free_it, arg, at, bytes, rcu.open};
    if (!r.sections) free_now(&r);
    else if (rcu.n == RETIRED_MAX) schedule_convict(REFUSED, "more than %d things retired", RETIRED_MAX);
    else rcu.list[rcu.n++] = r;
}

/* -- sections ----------------------------------------------------------------------------------------------------- */

void weir_rcu_model_begin(void) {
    this_schedule();
    if (rcu.depth[m.running]++) return;
    atomic_rmw(RMW_OR, (uintptr_t)&word, 8, 1u << m.running, ACQUIRE, SITE);
    rcu.open |= 1u << m.running;
}

static void leave(unsigned thread) {
    unsigned kept = 0, over = 0;
    retired freed[RETIRED_MAX];
    for (unsigned i = 0; i < rcu.n; i++) {
        retired *r = &rcu.list[i];
        r->sections &= ~(1u << thread);
        if (r->sections) rcu.list[kept++] = *r;
        else freed[over++] = *r;
    }
    rcu.n = kept;
    for (unsigned i = 0; i < over; i++) free_now(&freed[i]);
}

void weir_rcu_model_end(void) {
    if (--rcu.depth[m.running]) return;
    unsigned thread = (unsigned)m.running;
    atomic_rmw(RMW_AND, (uintptr_t)&word, 8, ~((uint64_t)1 << thread), RELAXED, SITE);
    rcu.open &= ~(1u << thread);
    add_clock();
    leave(thread);
}

bool weir_rcu_model_inside(void) {
    this_schedule();
    return rcu.depth[m.running];
}
