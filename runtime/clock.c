#include "runtime/clock_p.h"

#include "prims/platform.h"

void weir_clock_init(weir_clock *c) {
    weir_lock_init(&c->lock);
    weir_wheel_init(&c->wheel, weir_now_ns());
    c->started = c->ending = false;
    c->until = WEIR_FOREVER;
    weir_a32_store(&c->changed, 0);
}

/* Rings what is due; answers what `changed` was when it had, and until when there is nothing more. */
static uint32_t ring_due(weir_clock *c, uint64_t *until, bool *ending) {
    weir_lock_acquire(&c->lock);
    uint32_t seen = weir_a32_load(&c->changed);
    for (weir_alarm *a; (a = weir_wheel_take(&c->wheel, weir_now_ns()));) a->ring(a);
    *until = c->until = weir_wheel_next(&c->wheel);
    *ending = c->ending;
    weir_lock_release(&c->lock);
    return seen;
}

static void *tick(void *arg) {
    weir_clock *c = arg;
    uint64_t until;
    for (bool ending;;) {
        uint32_t seen = ring_due(c, &until, &ending);
        if (ending) return NULL;
        weir_futex_wait(&c->changed, seen, until);
    }
}

/* Under the lock: the thread looks again, after the lock has been released by `poke`. */
static void change(weir_clock *c) { weir_a32_add(&c->changed, 1); }

static bool start(weir_clock *c) {
    if (!c->started) c->started = pthread_create(&c->thread, NULL, tick, c) == 0;
    return c->started;
}

bool weir_clock_add(weir_clock *c, weir_alarm *alarm) {
    weir_lock_acquire(&c->lock);
    bool good = start(c), sooner = alarm->at < c->until;
    if (good) weir_wheel_add(&c->wheel, alarm);
    if (sooner) {
        c->until = alarm->at; /* later ones need not poke */
        change(c);
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

void weir_clock_end(weir_clock *c) {
    if (!c->started) return;
    weir_lock_acquire(&c->lock);
    c->ending = true;
    change(c);
    weir_lock_release(&c->lock);
    weir_futex_wake(&c->changed, 1);
    pthread_join(c->thread, NULL);
}
