#include "runtime/strand_p.h"

#include <sched.h>
#include <stdlib.h>

#include "runtime/runtime_p.h"

/* One dispatch: an event of the scheduler, whose memory is its own until it has ended. */
struct weir_ticket {
    weir_event event;
    weir_strand *strand;
    weir_ticket *next;  /* of those brought from outside, with a foreign loop; of those a worker keeps */
    weir_tools *home;   /* of the worker that ran it, and is about to end it; NULL: nobody's */
    weir_runtime *from; /* whose thread outside of handlers took it, and shall have it back; NULL: a handler did */
};

enum {
    KEPT = 64,       /* tickets of a worker, for what it dispatches next, */
    RETURNED = 1024, /* and of those outside of handlers, about: a flood leaves no more behind */
    LOOK_NS = 10000, /* of a thread, before it sleeps */
    HOPELESS = 4,    /* looks in vain; from then on it looks once in */
    PROBE = 64       /* waits */
};

/* The handler that this thread is in, for callbacks that publish or start something: they may not wait for room of the source. */
static _Thread_local struct here {
    weir_runtime *runtime;
    weir_turn *turn;
} here;

static void run_ticket(weir_turn *turn, weir_event *e) {
    weir_ticket *t = (weir_ticket *)e;
    weir_strand *s = t->strand;
    t->home = s->runtime->ordered || t->from ? NULL : &s->runtime->tools[weir_turn_worker(turn)];
    struct here outer = here; /* a handler may step another runtime */
    here = (struct here){s->runtime, turn};
    s->run(s, turn); /* s may be gone */
    here = outer;
}

/* V1 release: pairs with V2. Who counts at the same time may miss one, or keep one more. */
static void give_back(weir_runtime *r, weir_ticket *t) {
    uint32_t kept = weir_a32_load(&r->kept);
    if (kept >= RETURNED) {
        free(t);
        return;
    }
    weir_a32_store(&r->kept, kept + 1);
    void *first = weir_aptr_load(&r->returned);
    do t->next = first;
    while (!weir_aptr_cas_weak_release(&r->returned, &first, t)); /* V1 */
}

/* One that has come back; NULL: none. */
static weir_ticket *take_back(weir_runtime *r) {
    weir_lock_acquire(&r->outside);
    weir_ticket *t = r->spare;
    if (!t && (t = weir_aptr_xchg_acquire(&r->returned, NULL))) weir_a32_store(&r->kept, 0); /* V2 */
    if (t) r->spare = t->next;
    weir_lock_release(&r->outside);
    return t;
}

static void end_ticket(weir_event *e, weir_sched_status status) {
    weir_ticket *t = (weir_ticket *)e;
    weir_tools *home = t->home;
    (void)status;
    if (t->from) {
        give_back(t->from, t);
        return;
    }
    if (!home || home->tickets >= KEPT) {
        free(t);
        return;
    }
    t->next = home->ticket;
    home->ticket = t;
    home->tickets++;
}

static void free_all(weir_ticket *t) {
    for (weir_ticket *next; t; t = next) {
        next = t->next;
        free(t);
    }
}

void weir_tickets_free(weir_tools *tools) { free_all(tools->ticket); }

void weir_tickets_end(weir_runtime *r) {
    free_all(r->spare);
    free_all(weir_aptr_load(&r->returned));
}

/* One that was used before, or a new one. The system's refusal is waited out: what has been admitted must run. */
static weir_ticket *new_ticket(weir_runtime *r, const weir_turn *turn) {
    weir_tools *home = turn ? &r->tools[weir_turn_worker(turn)] : NULL;
    weir_ticket *t = home ? home->ticket : NULL;
    if (t) {
        home->ticket = t->next;
        home->tickets--;
    } else if (!turn) {
        t = take_back(r);
    }
    if (t) return t;
    while (!(t = malloc(sizeof *t))) sched_yield();
    return t;
}

/* The scheduler's bound would have the driver wait for itself, so there is a list before it. */
static void keep(weir_runtime *r, weir_ticket *t) {
    weir_lock_acquire(&r->outside);
    *(r->ready ? r->ready_end : &r->ready) = t;
    r->ready_end = &t->next;
    weir_lock_release(&r->outside);
    weir_drive_poke(r);
}

bool weir_tickets_submit(weir_runtime *r) {
    weir_sched_status st = WEIR_SCHED_OK;
    weir_lock_acquire(&r->outside);
    for (weir_ticket *t; (t = r->ready) && st == WEIR_SCHED_OK;) {
        weir_ticket *next = t->next;
        st = weir_source_submit(r->source, &t->event);
        if (st == WEIR_SCHED_OK) r->ready = next; /* t may be gone */
    }
    weir_lock_release(&r->outside);
    return st == WEIR_SCHED_OK;
}

static void fill(weir_ticket *t, const weir_runtime *r, weir_strand *s) {
    weir_event_init(&t->event, r->ordered ? NULL : run_ticket);
    if (r->ordered) t->event.data = run_ticket;
    t->event.end = end_ticket;
    t->strand = s;
    t->next = NULL;
    t->home = NULL;
    t->from = NULL;
}

weir_event *weir_ticket_event(weir_runtime *r, weir_strand *s) {
    weir_ticket *t = malloc(sizeof *t);
    if (!t) return NULL;
    fill(t, r, s);
    return &t->event;
}

weir_strand *weir_ticket_strand(const weir_event *e) { return ((const weir_ticket *)e)->strand; }

bool weir_strand_is_here(const weir_runtime *r) { return here.turn && here.runtime == r; }

void weir_strand_dispatch(weir_strand *s, weir_turn *turn) {
    weir_runtime *r = s->runtime;
    if (!turn && here.runtime == r) turn = here.turn;
    weir_ticket *t = new_ticket(r, turn);
    fill(t, r, s);
    t->from = turn ? NULL : r;
    if (turn) {
        t->event.key = weir_turn_now(turn) + 1; /* time goes on, so that what comes from outside has its turn */
        weir_sched_submit(turn, &t->event);
        return;
    }
    if (weir_runtime_is_foreign(r)) {
        keep(r, t);
        return;
    }
    weir_lock_acquire(&r->outside);
    weir_source_submit_until(r->source, &t->event, WEIR_FOREVER);
    weir_lock_release(&r->outside);
}

/* A thread looks a while before it sleeps, as long as that has paid of late: to be woken takes longer than most handlers. */
static bool look(weir_strand *s) {
    weir_runtime *r = s->runtime;
    uint32_t misses = weir_a32_load(&r->misses);
    if (weir_runtime_is_foreign(r) || (misses >= HOPELESS && misses % PROBE))
        return weir_a32_store(&r->misses, misses + 1), false;
    uint64_t until = 0, now;
    do {
        for (int i = 0; i < WEIR_LOOKS(16); i++) {
            if (weir_a32_load_acquire(&s->state) == WEIR_STRAND_WOKEN)
                return weir_a32_store(&r->misses, 0), true; /* S1 */
            weir_pause();
        }
        now = weir_now_ns();
        if (!until) until = now + LOOK_NS;
    } while (now < until);
    weir_a32_store(&r->misses, misses + 1);
    return false;
}

/* PARKED: it sleeps, or is about to, and whoever wakes it must ask the system. */
static bool sleep_until(weir_strand *s, uint64_t deadline_ns) {
    uint32_t seen = WEIR_STRAND_RUNS;
    weir_a32_cas_acquire(&s->state, &seen, WEIR_STRAND_PARKED);
    while (weir_a32_load_acquire(&s->state) != WEIR_STRAND_WOKEN) { /* S1 */
        weir_runtime_wait(s->runtime, &s->state, WEIR_STRAND_PARKED, deadline_ns);
        seen = WEIR_STRAND_PARKED;
        if (deadline_ns != WEIR_FOREVER && weir_now_ns() >= deadline_ns)
            return !weir_a32_cas_acquire(&s->state, &seen, WEIR_STRAND_RUNS) && seen == WEIR_STRAND_WOKEN; /* S1 */
    }
    return true;
}

bool weir_strand_wait(weir_strand *s, uint64_t deadline_ns) {
    if (!look(s) && !sleep_until(s, deadline_ns)) return false;
    weir_a32_store(&s->state, WEIR_STRAND_RUNS);
    return true;
}

/* S1 acquire: pairs with S2. The piece goes on behind all that its waker did. S3 release: pairs with S4; what the piece did so far
 * happens before whatever runs it next. */
bool weir_strand_park(weir_strand *s) {
    uint32_t seen = WEIR_STRAND_RUNS;
    if (!s->run) return weir_strand_wait(s, WEIR_FOREVER), false;
    if (weir_a32_cas_acq_rel(&s->state, &seen, WEIR_STRAND_PARKED)) return true; /* S3 */
    weir_a32_store(&s->state, WEIR_STRAND_RUNS);                                 /* S1: by the failed CAS */
    return false;
}

/* The thread may go on at once, and with it the strand's memory. */
static void wake_thread(weir_strand *s) {
    weir_runtime *r = s->runtime;
    if (weir_a32_xchg_acq_rel(&s->state, WEIR_STRAND_WOKEN) == WEIR_STRAND_PARKED) /* S2 */
        weir_futex_wake(&s->state, 1);                                             /* the address only */
    weir_drive_poke(r);
}

void weir_strand_wake(weir_strand *s, weir_turn *turn) {
    uint32_t seen = WEIR_STRAND_RUNS;
    if (!s->run) {
        wake_thread(s);
        return;
    }
    if (weir_a32_cas_acq_rel(&s->state, &seen, WEIR_STRAND_WOKEN)) return; /* S2 */
    weir_a32_store(&s->state, WEIR_STRAND_RUNS); /* S4: the CAS that failed has acquired; the scheduler publishes it */
    if (s->uncounted) weir_runtime_begin(s->runtime);
    s->uncounted = false;
    weir_strand_dispatch(s, turn);
}
