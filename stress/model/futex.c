/* The platform as the model has it: futexes, the clock, spinning. */
#include "prims/platform.h"
#include "stress/model/engine_p.h"

#define SITE __builtin_return_address(0)

enum { TICK_NS = 5000 };

/* -- sleepers -- */

void sleep_enter(int thread, uintptr_t key, uint64_t deadline_ns) {
    m.threads[thread].key = key;
    m.threads[thread].deadline = deadline_ns;
    m.sleepers[m.sleepers_n++] = thread;
}

void sleep_leave(int thread) {
    int n = 0;
    for (int i = 0; i < m.sleepers_n; i++)
        if (m.sleepers[i] != thread) m.sleepers[n++] = m.sleepers[i];
    m.sleepers_n = n;
}

unsigned sleep_wake(uintptr_t key, unsigned max) {
    unsigned woken = 0;
    for (int i = 0; i < m.sleepers_n && woken < max;) {
        struct thread *t = &m.threads[m.sleepers[i]];
        if (t->key != key) {
            i++;
            continue;
        }
        t->state = READY;
        t->resumed = RUN;
        sleep_leave(m.sleepers[i]);
        woken++;
    }
    return woken;
}

/* In the hash of the state, what is done to one key is a chain, since its order matters. */
void sleep_hash(uintptr_t key) {
    struct chain *c = m.chains;
    while (c < m.chains + m.chains_used && c->key != key) c++;
    if (c == m.chains + CHAINS_MAX) schedule_convict(REFUSED, "more than %d futexes and mutexes", CHAINS_MAX);
    if (c == m.chains + m.chains_used) *c = (struct chain){key, key}, m.chains_used++;
    hash_add(hash_mix(hash_event(), c->event));
    c->event = hash_event();
}

/* -- futex -- */

bool weir_futex_wait(weir_a32 *word, uint32_t seen, uint64_t deadline_ns) {
    uintptr_t address = (uintptr_t)word;
    if (!schedule_threads()) return true;
    schedule_point("futex_wait", false, SITE);
    cell *c = memory_cell(address);
    race_check(c, address, 4, ATOMIC_READ, SITE);
    location *l = history_location(c, address, 4);
    store *s = &m.stores[l->newest]; /* the kernel compares under a lock that the waker takes too */
    event *e = trace("futex_wait", address, SITE);
    e->reads = true;
    e->before = s->value;
    history_read(l, s);
    sleep_hash(address);
    m.self->clock.of[m.running]++;
    if (s->value != seen) e->note = "changed: stays awake";
    else e->note = deadline_ns == WEIR_FOREVER ? "sleeps" : "sleeps, timed";
    if (s->value != seen) return true;
    if (deadline_ns <= m.now) return false;
    sleep_enter(m.running, address, deadline_ns);
    resume how = schedule_block(ASLEEP, "futex_wait", SITE);
    hash_add(hash_mix(hash_event(), how));
    static const char *const notes[] = {"woken", "its time is over", "woken for no reason", ""};
    trace("wakes up", address, SITE)->note = notes[how];
    return how != TIME_OUT;
}

void weir_futex_wake(weir_a32 *word, int n) {
    static const char *const notes[] = {"wakes nobody", "wakes 1", "wakes 2", "wakes 3",
                                        "wakes 4",      "wakes 5", "wakes 6", "wakes 7"};
    if (!schedule_threads()) return;
    schedule_point("futex_wake", false, SITE);
    unsigned woken = sleep_wake((uintptr_t)word, n < 0 ? 0 : (unsigned)n);
    trace("futex_wake", (uintptr_t)word, SITE)->note = notes[woken & 7];
    sleep_hash((uintptr_t)word);
    m.self->clock.of[m.running]++;
}

/* -- time -- */

/* A thread never sees the same time twice, so that loops which wait for time end. Otherwise only timed waits move it. */
uint64_t weir_now_ns(void) {
    if (!schedule_threads()) return m.now;
    m.self->own++;
    if (m.self->saw_time == m.now) m.now += TICK_NS;
    hash_add(hash_mix(hash_event(), m.now));
    return m.self->saw_time = m.now;
}

/* -- spinning -- */

bool pause_over(const struct thread *t) {
    if (t->looks == 0 || t->looks > LOOKED_MAX) return m.steps != t->steps_seen;
    for (int i = 0; i < t->looks; i++)
        if (m.locations[t->looked[i].location].newest != t->looked[i].store) return true;
    return false;
}

/* What it looks at next it shall see as it is: a thread that spins sees every store in the end. */
static void refresh(struct thread *t) {
    uint64_t seen = 0;
    for (int i = 0; i < t->looks && i < LOOKED_MAX; i++) {
        store *s = &m.stores[m.locations[t->looked[i].location].newest];
        int16_t now = t->clock.of[m.running];
        if (s->first_read.of[m.running] > now) s->first_read.of[m.running] = now;
        seen += hash_mix(s->event, 0x99);
    }
    t->own++;
    hash_add(hash_mix(hash_event(), seen));
    t->looks = 0;
    t->clock.of[m.running]++;
}

void weir_pause(void) {
    if (!schedule_threads()) return;
    struct thread *t = m.self;
    t->steps_seen = m.steps + 1;
    if (t->looks > 0 && pause_over(t)) {
        t->fruitless = 0;
        t->spinning = false;
    } else if (t->spinning && t->fruitless < FRUITLESS_MAX) {
        t->fruitless++;
    } else {
        trace("pauses", 0, SITE);
        t->spinning = schedule_block(PAUSED, "pause", SITE) == SPIN;
        if (t->spinning) trace("spins on", 0, SITE);
        else t->fruitless = 0;
    }
    refresh(t);
}

void weir_yield(void) { weir_pause(); }

unsigned weir_cache_line_probe(void) { return 64; }
