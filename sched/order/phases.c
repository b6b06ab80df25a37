#include "sched/order/phases_p.h"

#include "sched/ready_p.h"

/* The parts of the word, from below. */
#define TAKEN ((uint64_t)1)
#define ARRIVED ((uint64_t)1 << 1)
#define MEMBER ((uint64_t)1 << 17)
#define PHASE ((uint64_t)1 << 32)

static uint64_t arrived(uint64_t word) { return word / ARRIVED & 0xffff; }
static uint64_t members(uint64_t word) { return word / MEMBER & 0x7fff; }
static uint64_t phase(uint64_t word) { return word / PHASE; }

static void ring(weir_sched *s) { weir_bell_ring(&s->idle, UINT32_MAX); }

/* The serial part is over: who wants to join may. */
static void open_door(weir_phases *p) { weir_bell_ring(&p->door, UINT32_MAX); }

void weir_phases_open(weir_phases *p) {
    weir_a64_store(&p->word, 0);
    weir_a64_store(&p->due, WEIR_FOREVER);
}

/* PR: each change of the word releases what its worker did before, and acquires what those before it did. */
static uint64_t change(weir_phases *p, uint64_t plus, uint64_t minus) {
    return weir_a64_add_acq_rel(&p->word, plus - minus) + plus - minus;
}

/* The same, as long as it is phase `mine`. */
static bool change_in(weir_phases *p, uint64_t mine, uint64_t minus) {
    uint64_t word = weir_a64_load(&p->word);
    while (phase(word) == mine)
        if (weir_a64_cas_weak_acq_rel(&p->word, &word, word - minus)) return true; /* PR */
    return false;
}

unsigned weir_phases_members(const weir_phases *p) { return (unsigned)members(weir_a64_load(&p->word)); }

uint32_t weir_phases_join(weir_phases *p) {
    for (;;) {
        uint32_t heard = weir_bell_listen(&p->door);
        uint64_t word = weir_a64_load_acquire(&p->word);
        bool joined = !(word & TAKEN) && weir_a64_cas_acq_rel(&p->word, &word, word + MEMBER); /* PR */
        if (!joined && (word & TAKEN)) weir_bell_wait(&p->door, heard, WEIR_FOREVER);
        weir_bell_leave(&p->door);
        if (joined) return (uint32_t)phase(word);
    }
}

void weir_phases_leave(weir_phases *p, weir_worker *w) {
    change(p, 0, MEMBER);
    ring(w->sched); /* perhaps it was the last waited for */
}

void weir_phases_lost(weir_phases *p, weir_sched *s, bool serial) {
    change(p, 0, serial ? MEMBER + ARRIVED + TAKEN : MEMBER);
    open_door(p);
    ring(s);
}

/* -- meeting -- */

/* All have arrived, and this worker is the one. */
static bool take(weir_phases *p, uint64_t word) {
    return arrived(word) == members(word) && !(word & TAKEN) &&
           weir_a64_cas_acq_rel(&p->word, &word, word + TAKEN); /* PR */
}

/* The next phase: nobody has arrived in it. */
static void next(weir_phases *p, weir_sched *s) {
    uint64_t word = weir_a64_load(&p->word), to;
    do to = word + PHASE - arrived(word) * ARRIVED - TAKEN;
    while (!weir_a64_cas_weak_acq_rel(&p->word, &word, to)); /* PR */
    open_door(p);
    ring(s);
}

/* Somebody is still at work, so there may be more to do: the arrival is withdrawn. */
static bool withdraw(weir_phases *p, uint64_t mine) {
    uint64_t word = weir_a64_load(&p->word);
    while (phase(word) == mine && arrived(word) < members(word))
        if (weir_a64_cas_weak_acq_rel(&p->word, &word, word - ARRIVED)) return true; /* PR */
    return false;
}

static bool leave_here(weir_phases *p, weir_worker *w, uint64_t mine) {
    if (!weir_worker_goes(w)) return false;
    if (!change_in(p, mine, MEMBER + ARRIVED)) return false;
    ring(w->sched);
    return true;
}

/* The serial part was this worker's. */
static weir_met served(weir_phases *p, weir_worker *w, uint64_t mine, weir_serial done) {
    if (done == WEIR_SERIAL_LOST) return WEIR_MET_LEFT; /* weir_phases_lost has seen to the rest */
    if (done == WEIR_SERIAL_NEXT) {
        next(p, w->sched);
        return WEIR_MET_NEXT;
    }
    change(p, 0, done == WEIR_SERIAL_MORE ? TAKEN + ARRIVED : TAKEN);
    open_door(p);
    if (done == WEIR_SERIAL_MORE) {
        ring(w->sched); /* others have slept meanwhile, see `busy` */
        return WEIR_MET_AGAIN;
    }
    weir_worker_rest(w);
    return leave_here(p, w, mine) ? WEIR_MET_LEFT : WEIR_MET_NOT_YET;
}

static weir_met look(weir_phases *p, weir_worker *w, uint64_t mine, weir_serial (*serial)(weir_worker *w)) {
    uint64_t word = weir_a64_load_acquire(&p->word); /* PR */
    if (phase(word) != mine) return WEIR_MET_NEXT;
    if (take(p, word)) return served(p, w, mine, serial(w));
    return leave_here(p, w, mine) ? WEIR_MET_LEFT : WEIR_MET_NOT_YET;
}

/* Somebody is in the serial part, so nothing can be taken from it. Who ends it looks at what is ready after that, or rings. */
static bool busy(weir_phases *p) { return change(p, 0, 0) & TAKEN; } /* PR */

static void wait(weir_phases *p, weir_worker *w, uint32_t heard) {
    uint64_t due = weir_a64_load(&p->due), until = due == WEIR_FOREVER ? due : due + w->sched->opened_ns;
    if (w->guest && w->guest_until < until) until = w->guest_until;
    weir_tally(&w->sleeps, 1);
    weir_bell_wait(&w->sched->idle, heard, until);
}

weir_met weir_phases_meet(weir_phases *p, weir_worker *w, weir_serial (*serial)(weir_worker *w)) {
    uint64_t mine = phase(change(p, ARRIVED, 0));
    weir_met met = look(p, w, mine, serial);
    while (met == WEIR_MET_NOT_YET) {
        uint32_t heard = weir_bell_listen(&w->sched->idle);
        bool some = weir_ready_some(w);
        met = look(p, w, mine, serial);
        if (met == WEIR_MET_NOT_YET && (!some || busy(p))) wait(p, w, heard);
        weir_bell_leave(&w->sched->idle);
        if (met == WEIR_MET_NOT_YET && withdraw(p, mine)) met = WEIR_MET_AGAIN;
    }
    return met;
}
