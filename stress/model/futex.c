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

struct chain *sleep_chain(uintptr_t key) {
    struct chain *c = m.chains;
    while (c < m.chains + m.chains_used && c->key != key) c++;
    if (c == m.chains + CHAINS_MAX) schedule_convict(REFUSED, "more than %d futexes and mutexes", CHAINS_MAX);
    if (c == m.chains + m.chains_used) *c = (struct chain){key, key, 0, vclock_all(0)}, m.chains_used++;
    return c;
}

/* In the hash of the state, what is done to one key is a chain, since its order matters. */
void sleep_hash(uintptr_t key) {
    struct chain *c = sleep_chain(key);
    c->events++;
    vclock_join(&c->clock, &m.self->clock);
    hash_add(hash_mix(hash_event(), c->event));
    c->event = hash_event();
}

/* -- futex -- */

/* The kernel compares under a lock that the waker takes too: it sees at least what earlier wakers knew. Where schedules
 * are orders, that is the newest store; another order has an older one. */
static store *compared(location *l) {
    struct thread *t = m.self;
    if (!m.lazy) return &m.stores[l->newest];
    vclock own = t->clock;
    vclock_join(&t->clock, &sleep_chain(l->address)->clock);
    store *s = atomic_compared(l);
    t->clock = own;
    return s;
}

/* In the search of graphs: its turn to enqueue may come after a wake, which leaves nothing to compare with. */
static void take_turn(location *l, const store *s) {
    vclock own = m.self->clock;
    if (!m.lazy) return;
    graphs_turn(l->address);
    vclock_join(&m.self->clock, &sleep_chain(l->address)->clock);
    for (const store *newer = s; newer->next != NONE;) {
        newer = &m.stores[newer->next];
        if (history_known(newer)) schedule_stop(PRUNED);
    }
    m.self->clock = own;
}

static uint64_t present(void) { return m.lazy ? m.self->saw_time : m.now; }

bool weir_futex_wait(weir_a32 *word, uint32_t seen, uint64_t deadline_ns) {
    uintptr_t address = (uintptr_t)word;
    if (!schedule_threads()) return true;
    schedule_point("futex_wait", false, SITE);
    cell *c = memory_cell(address);
    race_check(c, address, 4, ATOMIC_READ, SITE);
    location *l = history_location(c, address, 4);
    store *s = compared(l);
    if (s->value == seen && deadline_ns > present()) take_turn(l, s);
    event *e = trace("futex_wait", address, SITE);
    e->reads = true;
    e->before = s->value;
    history_read(l, s);
    if (!m.lazy || s->value == seen) sleep_hash(address);
    m.self->clock.of[m.running]++;
    if (s->value != seen) e->note = "changed: stays awake";
    else e->note = deadline_ns == WEIR_FOREVER ? "sleeps" : "sleeps, timed";
    if (s->value != seen) return true;
    if (deadline_ns <= present()) return false;
    sleep_enter(m.running, address, deadline_ns);
    resume how = m.lazy ? graphs_sleep(address, deadline_ns) : schedule_block(ASLEEP, "futex_wait", SITE);
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
    graphs_turn((uintptr_t)word);
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
    if (m.lazy) return m.self->saw_time += TICK_NS;
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
    if (m.lazy) {
        graphs_pause();
        return;
    }
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
