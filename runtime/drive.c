/* A runtime without threads of its own: one thread steps it when its descriptor is readable, and lends itself to whatever it waits
 * for meanwhile. */
#include <poll.h>
#include <pthread.h>

#include "runtime/session_p.h"

enum { ROUND_NS = 1000000 }; /* between two looks of who waits */

static uint64_t self(void) { return (uint64_t)pthread_self(); }

bool weir_drive_open(weir_runtime *r) {
    weir_drive_take(r);
    return weir_clock_open_fd(&r->clock);
}

void weir_drive_take(weir_runtime *r) { weir_a64_store(&r->driver, self()); }

void weir_drive_poke(weir_runtime *r) {
    if (weir_runtime_is_foreign(r)) weir_clock_poke(&r->clock);
}

int weir_runtime_fd(const weir_runtime *r) { return r->clock.fd; }

/* What was told before a round begins is seen in it; what is told later begins another, or leaves the descriptor readable. It stays
 * so after a round that had something to do, for more is likely, and then nobody need call the system. */
bool weir_runtime_step(weir_runtime *r, uint64_t budget_ns) {
    uint64_t until = budget_ns == WEIR_FOREVER ? WEIR_FOREVER : weir_now_ns() + budget_ns;
    bool more, worked = false;
    if (!weir_runtime_is_foreign(r)) return false;
    weir_drive_take(r);
    do {
        worked |= weir_clock_round_begin(&r->clock);
        more = !weir_tickets_submit(r);
        more |= weir_sched_wait(r->sched, until) != WEIR_SCHED_OK;
        more |= weir_clock_round_again(&r->clock);
    } while (more && weir_now_ns() < until);
    if (more) weir_drive_poke(r);
    if (!worked) weir_clock_rest(&r->clock);
    return worked || more;
}

static void sleep_until(weir_runtime *r, uint64_t deadline_ns) {
    struct pollfd p = {.fd = r->clock.fd, .events = POLLIN};
    uint64_t now = weir_now_ns(), ns = deadline_ns > now ? deadline_ns - now : 0;
    struct timespec t = {.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
    ppoll(&p, 1, deadline_ns == WEIR_FOREVER ? NULL : &t, NULL);
}

bool weir_runtime_wait(weir_runtime *r, weir_a32 *word, uint32_t seen, uint64_t deadline_ns) {
    if (!weir_runtime_is_foreign(r) || weir_a64_load(&r->driver) != self())
        return weir_futex_wait(word, seen, deadline_ns);
    bool more = weir_runtime_step(r, ROUND_NS);
    if (!more && weir_a32_load(word) == seen) sleep_until(r, deadline_ns);
    return weir_a32_load(word) != seen || weir_now_ns() < deadline_ns;
}
