#include "runtime/clock_p.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include "prims/platform.h"

void weir_clock_init(weir_clock *c) {
    weir_lock_init(&c->lock);
    weir_wheel_init(&c->wheel, weir_now_ns());
    c->started = c->ending = false;
    c->later = NULL;
    c->later_end = &c->later;
    c->until = WEIR_FOREVER;
    weir_a32_store(&c->changed, 0);
    c->fd = -1;
    c->armed = WEIR_FOREVER;
    weir_a32_store(&c->poked, 0);
}

/* On the list `later`: points to itself, as none in the wheel does. Under the lock. */
static bool goes_on(const weir_alarm *a) { return a->prev == a; }

static void go_on(weir_clock *c, weir_alarm *a) {
    for (weir_alarm *next; a; a = next) {
        weir_lock_acquire(&c->lock);
        next = a->next;
        a->next = a->prev = NULL;
        weir_lock_release(&c->lock);
        a->ring(a); /* which may be gone */
    }
}

/* Rings what is due, and whether there was any; answers what `changed` was when it had, and until when there is nothing more. */
static uint32_t ring_due(weir_clock *c, uint64_t *until, bool *ending, bool *any) {
    weir_lock_acquire(&c->lock);
    uint32_t seen = weir_a32_load(&c->changed);
    *any = false;
    for (weir_alarm *a; (a = weir_wheel_take(&c->wheel, weir_now_ns())); *any = true) a->ring(a);
    *until = c->until = weir_wheel_next(&c->wheel);
    *ending = c->ending;
    weir_alarm *later = c->later;
    c->later = NULL;
    c->later_end = &c->later;
    weir_lock_release(&c->lock);
    go_on(c, later);
    return seen;
}

static void *tick(void *arg) {
    weir_clock *c = arg;
    uint64_t until;
    for (bool ending, any;;) {
        uint32_t seen = ring_due(c, &until, &ending, &any);
        if (ending) return NULL;
        weir_futex_wait(&c->changed, seen, until);
    }
}

/* Under the lock: the descriptor is readable when it is to be. A time in the past is now. */
static void arm(weir_clock *c) {
    uint64_t at = weir_a32_load(&c->poked) ? 1 : c->until;
    if (c->fd < 0 || at == c->armed) return;
    struct itimerspec when = {0};
    if (at != WEIR_FOREVER)
        when.it_value = (struct timespec){.tv_sec = (time_t)(at / 1000000000), .tv_nsec = (long)(at % 1000000000)};
    timerfd_settime(c->fd, TFD_TIMER_ABSTIME, &when, NULL);
    c->armed = at;
}

/* Under the lock: the thread looks again, after the lock has been released by `poke`. */
static void change(weir_clock *c) { weir_a32_add(&c->changed, 1); }

static bool start(weir_clock *c) {
    if (c->fd >= 0) return true;
    if (!c->started) c->started = pthread_create(&c->thread, NULL, tick, c) == 0;
    return c->started;
}

void weir_clock_again(weir_clock *c, weir_alarm *alarm, uint64_t at) {
    alarm->at = at;
    weir_wheel_add(&c->wheel, alarm);
}

void weir_clock_later(weir_clock *c, weir_alarm *alarm) {
    alarm->next = NULL;
    alarm->prev = alarm;
    *c->later_end = alarm;
    c->later_end = &alarm->next;
}

bool weir_clock_add(weir_clock *c, weir_alarm *alarm, uint64_t at) {
    weir_lock_acquire(&c->lock);
    bool good = start(c), sooner = at < c->until;
    if (good && goes_on(alarm)) sooner = false;
    else if (good) {
        weir_wheel_cancel(&c->wheel, alarm);
        weir_clock_again(c, alarm, at);
    }
    if (sooner) {
        c->until = at; /* later ones need not poke */
        change(c);
        arm(c);
    }
    weir_lock_release(&c->lock);
    if (sooner) weir_futex_wake(&c->changed, 1);
    return good;
}

void weir_clock_cancel(weir_clock *c, weir_alarm *alarm) {
    weir_lock_acquire(&c->lock);
    weir_wheel_cancel(&c->wheel, alarm);
    weir_lock_release(&c->lock);
}

/* -- with a descriptor ----------------------------------------------------------------------------------------------- */

bool weir_clock_open_fd(weir_clock *c) {
    c->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return c->fd >= 0;
}

/* K1 acq_rel: pairs with K2: one of the two, who tells and who is about to look, sees the other. */
void weir_clock_poke(weir_clock *c) {
    if (weir_a32_xchg_acq_rel(&c->poked, 1)) return; /* K1 */
    weir_lock_acquire(&c->lock);
    arm(c);
    weir_lock_release(&c->lock);
}

/* Alarms ring under the lock, and may poke: which is then nothing, for it is poked. */
bool weir_clock_round_begin(weir_clock *c) {
    uint64_t until;
    bool ending, any, poked = weir_a32_load(&c->poked);
    weir_a32_store(&c->poked, 1);
    ring_due(c, &until, &ending, &any);
    weir_a32_xchg_acq_rel(&c->poked, 0); /* K2 */
    return any || poked;
}

bool weir_clock_round_again(weir_clock *c) { return weir_a32_load(&c->poked); }

void weir_clock_rest(weir_clock *c) {
    weir_lock_acquire(&c->lock);
    arm(c);
    weir_lock_release(&c->lock);
}

void weir_clock_end(weir_clock *c) {
    if (c->fd >= 0) close(c->fd);
    if (!c->started) return;
    weir_lock_acquire(&c->lock);
    c->ending = true;
    change(c);
    weir_lock_release(&c->lock);
    weir_futex_wake(&c->changed, 1);
    pthread_join(c->thread, NULL);
}
