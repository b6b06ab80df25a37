/* The exhaustive search by execution graphs. A thread runs on until it must wait; orders of steps are not choices. What is
 * chosen at a read is the store that it reads: one that there is, or, by waiting, one that is still to come. A store may
 * be executed early: who does not see it reads an older one, and later stores may enter the order before it. So every
 * execution graph in which program order and reads-from have no cycle comes up, and comes up once (compare Kokologiannakis
 * and others, Truly Stateless, Optimal Dynamic Partial Order Reduction, POPL 2022). A thread that was made to wait for a
 * store that never comes ends its schedule.
 *
 * What is done to a futex or mutex is ordered in the same way: now, or after some other thread's turn.
 * A thread is not made to wait for what no other thread ever does: that is learned, and the search repeated until nothing
 * new is learned. Each thread has a clock of its own. seq_cst is left to the other search. */
#include "stress/model/search.h"

enum { PARTIES = 4096 };

/* Which threads have ever tried to write to an address, or to do something to a key: in this pass, and in those before. */
static struct party {
    uintptr_t address;
    uint8_t seen, known;
} parties[PARTIES];
static int party_n;
static bool all_known;

static struct party *party_of(uintptr_t address) {
    size_t i = (size_t)(address * 0x9e3779b97f4a7c15u >> 52);
    while (parties[i].address && parties[i].address != address) i = (i + 1) % PARTIES;
    return &parties[i];
}

void graphs_note(uintptr_t address) {
    struct party *p = party_of(address);
    uint8_t bit = (uint8_t)(1u << m.running);
    if (p->seen & bit) return;
    if (!p->address && ++party_n > PARTIES / 2) schedule_convict(REFUSED, "more than %d words written", PARTIES / 2);
    p->address = address;
    p->seen |= bit;
}

bool graphs_learned(void) {
    bool news = false;
    for (int i = 0; i < PARTIES; i++) {
        news |= parties[i].known != parties[i].seen;
        parties[i].known = parties[i].seen;
    }
    return news;
}

void graphs_forget(void) {
    for (int i = 0; i < PARTIES; i++) parties[i] = (struct party){0, 0, 0};
    party_n = 0;
    all_known = false;
}

void graphs_know_all(void) { all_known = true; }

bool graphs_others(uintptr_t address) {
    uint8_t threads = all_known ? UINT8_MAX : party_of(address)->known;
    for (int i = 0; i < m.thread_count; i++)
        if (i != m.running && threads >> i & 1 && m.threads[i].state != DONE) return true;
    return false;
}

void graphs_await_store(location *l) {
    struct thread *t = m.self;
    t->since_location = (int16_t)(l - m.locations);
    t->since_store = m.stores_used;
    t->since_key = 0;
    t->state = DEFERRED;
    schedule_next();
}

void graphs_turn(uintptr_t key) {
    struct thread *t = m.self;
    graphs_note(key_of(key));
    while (m.lazy && graphs_others(key_of(key)) && choose(CHOOSE_TURN, 2) == 1) {
        t->since_key = key;
        t->since_events = sleep_chain(key)->events;
        t->state = DEFERRED;
        schedule_next();
    }
}

/* Until woken; or, if timed or by chance, now or after any other thing that is done to the key. */
resume graphs_sleep(uintptr_t key, uint64_t deadline_ns) {
    struct thread *t = m.self;
    bool timed = deadline_ns != UINT64_MAX;
    for (;;) {
        bool stay = !timed || graphs_others(key_of(key)), chance = m.spurious_left > 0;
        int n = stay + timed + chance, k = n > 1 ? choose(CHOOSE_TURN, n) : 0;
        if (!stay) k++;
        if (k == 0) {
            t->asked = timed || chance;
            t->since_events = sleep_chain(key)->events;
            t->resumed = RUN;
            resume how = schedule_block(ASLEEP, "futex_wait", t->site);
            t->asked = false;
            if (how == RUN) return RUN;
            continue;
        }
        t->own++;
        sleep_leave(m.running);
        sleep_hash(key);
        if (k == 1 && timed) {
            if (t->saw_time < deadline_ns) t->saw_time = deadline_ns;
            return TIME_OUT;
        }
        m.spurious_left--;
        return SPURIOUS;
    }
}

/* -- spinning: wait for what it looks at to change, or spin on and see the same until it gives up -- */

static bool may_change(const struct thread *t) {
    for (int i = 0; i < t->looks && i < LOOKED_MAX; i++)
        if (graphs_others(m.locations[t->looked[i].location].address)) return true;
    return t->looks == 0 || t->looks > LOOKED_MAX || pause_over(t);
}

/* Of the one word that it spins on it sees the next store or a later one. */
static void see_next(struct thread *t) {
    store *s = &m.stores[t->looked[0].store];
    if (t->looks == 1 && s->next != NONE) {
        int16_t *first = &m.stores[s->next].first_read.of[m.running];
        if (*first > t->clock.of[m.running]) *first = t->clock.of[m.running];
    }
    t->looks = t->fruitless = 0;
    t->spinning = false;
    t->clock.of[m.running]++;
}

void graphs_pause(void) {
    struct thread *t = m.self;
    t->steps_seen = -1;
    if (t->spinning && t->fruitless < FRUITLESS_MAX) {
        t->fruitless++;
        return;
    }
    bool wait = may_change(t), spin = t->looks > 0 && t->fruitless < FRUITLESS_MAX;
    int k = wait && spin ? choose(CHOOSE_TURN, 2) : spin;
    if (k == 1) {
        t->spinning = true;
        t->fruitless++;
        return;
    }
    if (!(t->looks == 0 || pause_over(t))) schedule_block(PAUSED, "pause", t->site);
    see_next(t);
}
