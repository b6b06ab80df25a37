#include "stress/sim.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "kv/kv.h"
#include "kv/reclaim_p.h"
#include "prims/platform.h"
#include "runtime/runtime_p.h"
#include "sched/sched.h"

enum { LOOK_NS = 200, SPREAD = 6 };

static _Thread_local struct sim {
    bool on, still; /* still: time stands */
    uint64_t now;
    uint32_t fails; /* of the store: one in so many */
    const weir_runtime *runtime;
    stress_random random;
    jmp_buf out;
} sim;

void sim_run(uint64_t seed, void (*body)(void *arg), void *arg) {
    sim = (struct sim){.on = true, .now = 1000000000, .random = stress_random_begin(seed, 1)};
    if (!setjmp(sim.out)) body(arg);
    sim.on = false;
}

void sim_watch(const weir_runtime *runtime) { sim.runtime = runtime; }
void sim_break_store(uint32_t one_in) { sim.fails = one_in; }
void sim_pass(uint64_t ns) { sim.now += ns; }
uint64_t sim_now(void) { return sim.now; }

/* -- time ----------------------------------------------------------------------------------------------------------- */

uint64_t __real_weir_now_ns(void);
uint64_t __wrap_weir_now_ns(void);
uint64_t __wrap_weir_now_ns(void) {
    if (!sim.on) return __real_weir_now_ns();
    if (sim.still) return sim.now;
    return sim.now += 1 + stress_random_below(&sim.random, LOOK_NS);
}

/* Nothing is ready: whoever waits, waits for time. */
int __real_ppoll(struct pollfd *fd, nfds_t n, const struct timespec *timeout, const sigset_t *mask);
int __wrap_ppoll(struct pollfd *fd, nfds_t n, const struct timespec *timeout, const sigset_t *mask);
int __wrap_ppoll(struct pollfd *fd, nfds_t n, const struct timespec *timeout, const sigset_t *mask) {
    if (!sim.on) return __real_ppoll(fd, n, timeout, mask);
    uint64_t alarm = sim.runtime ? sim.runtime->clock.until : WEIR_FOREVER, until = WEIR_FOREVER;
    if (timeout) until = sim.now + (uint64_t)timeout->tv_sec * 1000000000 + (uint64_t)timeout->tv_nsec;
    if (alarm < until) until = alarm;
    if (until == WEIR_FOREVER && sim.runtime && !weir_a32_load(&sim.runtime->clock.poked)) {
        stress_fail("nothing is ready and no alarm is set, but somebody waits");
        longjmp(sim.out, 1);
    }
    if (until != WEIR_FOREVER && until > sim.now) sim.now = until;
    return 1;
}

/* How often the store looks at the clock when it frees memory is up to other threads. */
weir_kv_status __real_weir_reclaim_admit(weir_reclaim *r);
weir_kv_status __wrap_weir_reclaim_admit(weir_reclaim *r);
weir_kv_status __wrap_weir_reclaim_admit(weir_reclaim *r) {
    sim.still = true;
    weir_kv_status st = __real_weir_reclaim_admit(r);
    sim.still = false;
    return st;
}

/* -- order ---------------------------------------------------------------------------------------------------------- */

static void shake(weir_event *e) {
    if (sim.on && e->data) e->key += stress_random_below(&sim.random, SPREAD);
}

weir_sched_status __real_weir_sched_submit(weir_turn *turn, weir_event *e);
weir_sched_status __wrap_weir_sched_submit(weir_turn *turn, weir_event *e);
weir_sched_status __wrap_weir_sched_submit(weir_turn *turn, weir_event *e) {
    shake(e);
    return __real_weir_sched_submit(turn, e);
}

/* -- the store ------------------------------------------------------------------------------------------------------ */

static bool fails(void) { return sim.on && sim.fails && stress_random_below(&sim.random, sim.fails) == 0; }

weir_kv_status __real_weir_kv_set(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes value);
weir_kv_status __wrap_weir_kv_set(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes value);
weir_kv_status __wrap_weir_kv_set(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes value) {
    return fails() ? WEIR_KV_IO : __real_weir_kv_set(t, key, value);
}

weir_kv_status __real_weir_kv_get(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes *value);
weir_kv_status __wrap_weir_kv_get(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes *value);
weir_kv_status __wrap_weir_kv_get(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes *value) {
    return fails() ? WEIR_KV_IO : __real_weir_kv_get(t, key, value);
}

static weir_a32 batches_left; /* until the process is killed; 0: it is not */

void sim_kill_behind(uint32_t n) { weir_a32_store(&batches_left, n); }

weir_kv_status __real_weir_kv_batch(weir_kv_tenant *t, weir_kv_op *op, size_t n, const weir_kv_write *how,
                                    uint64_t *position, size_t *failed);
weir_kv_status __wrap_weir_kv_batch(weir_kv_tenant *t, weir_kv_op *op, size_t n, const weir_kv_write *how,
                                    uint64_t *position, size_t *failed);
weir_kv_status __wrap_weir_kv_batch(weir_kv_tenant *t, weir_kv_op *op, size_t n, const weir_kv_write *how,
                                    uint64_t *position, size_t *failed) {
    weir_kv_status st = fails() ? WEIR_KV_IO : __real_weir_kv_batch(t, op, n, how, position, failed);
    if (weir_a32_load(&batches_left) && weir_a32_sub(&batches_left, 1) == 1) kill(getpid(), SIGKILL);
    return st;
}
