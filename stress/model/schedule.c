/* One schedule: setup alone, then the threads as fibres in one order, then check alone. A thread that comes to a scheduling
 * point asks the strategy who goes on, and jumps there itself. */
#include "stress/model/engine_p.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

model_state m = {.running = NOBODY, .epoch = 1};

/* -- ends -- */

void schedule_stop(outcome o) {
    if (m.running == NOBODY) abort();
    m.outcome = o;
    struct thread *was = m.self;
    m.running = NOBODY;
    fibre_switch(&was->fibre, &m.engine);
    abort(); /* nobody comes back */
}

void schedule_convict(outcome o, const char *law, ...) {
    va_list ap;
    va_start(ap, law);
    vsnprintf(m.law, sizeof m.law, law, ap);
    va_end(ap);
    schedule_stop(o);
}

/* The others cannot finish without the thread that was stopped. */
static void held_up(void) {
    if (m.blocking) schedule_stop(HELD_UP);
    schedule_convict(LAW, "not lock-free: %c has stopped before its step %d, and the others cannot finish",
                     'a' + m.frozen, m.freeze_at);
}

static bool frozen(void) { return m.frozen != NOBODY && m.threads[m.frozen].state == FROZEN; }

static void convict_stuck(void) {
    bool spins = false;
    if (frozen()) held_up();
    for (int i = 0; i < m.thread_count; i++) spins |= m.threads[i].state == PAUSED;
    if (spins) schedule_convict(LIVELOCK, "livelock: all threads that are left wait or spin for ever");
    schedule_convict(DEADLOCK, "lost wake-up or deadlock: all threads that are left sleep, and nobody will wake them");
}

/* -- who goes on -- */

static bool can_run(const struct thread *t) { return t->state == READY || (t->state == PAUSED && pause_over(t)); }

static void offer(options *o, int thread, resume how, bool costs) {
    o->code[o->n] = (uint8_t)(thread | how << 4);
    o->costs[o->n++] = costs;
}

/* The present thread first, if it can go on: then to leave it is a preemption. */
static void offer_runnable(options *o) {
    int n = m.thread_count, from = m.running;
    bool leaves = can_run(&m.threads[from]);
    for (int i = 0; i < n; i++) {
        int t = from + i < n ? from + i : from + i - n;
        if (can_run(&m.threads[t])) offer(o, t, RUN, leaves && i > 0);
    }
}

/* What is possible besides: a spinning thread may go on until it gives up, a sleeper's time may be over, or it may wake for
 * no reason. Unlikely while others can run, so it counts as a preemption then. */
static void offer_unlikely(options *o) {
    bool others = o->n > 0;
    for (int i = 0; i < m.thread_count; i++)
        if (m.threads[i].state == PAUSED && !pause_over(&m.threads[i]) && m.threads[i].fruitless < FRUITLESS_MAX)
            offer(o, i, SPIN, others);
    for (int i = 0; i < m.thread_count; i++)
        if (m.threads[i].state == ASLEEP && m.threads[i].deadline != UINT64_MAX) offer(o, i, TIME_OUT, others);
    for (int i = 0; others && m.spurious_left > 0 && i < m.thread_count; i++)
        if (m.threads[i].state == ASLEEP) offer(o, i, SPURIOUS, others);
}

static bool all_done(void) {
    for (int i = 0; i < m.thread_count; i++)
        if (m.threads[i].state != DONE) return false;
    return true;
}

static bool all_but_frozen(void) {
    for (int i = 0; i < m.thread_count; i++)
        if (m.threads[i].state != DONE && m.threads[i].state != FROZEN) return false;
    return true;
}

static void remember(choice_kind kind, int value) {
    if (m.made.n == DEVIATIONS_MAX) return;
    m.made.at[m.made.n++] = (deviation){(uint8_t)m.running, (uint8_t)kind, (uint8_t)value, m.self->own};
}

int choose(choice_kind kind, int n) {
    int k = m.strategy->value(kind, n);
    if (k != 0) remember(kind, k), m.odd++;
    return k;
}

static void switch_to(int id) {
    struct thread *was = m.self;
    if (id == m.running) return;
    m.running = id;
    m.self = &m.threads[id];
    fibre_switch(&was->fibre, &m.self->fibre);
}

static void go_on(int code) {
    int id = code & 15;
    resume how = (resume)(code >> 4);
    struct thread *t = &m.threads[id];
    if (how == TIME_OUT) {
        m.counts.timeouts++;
        if (m.now < t->deadline) m.now = t->deadline;
    }
    if (how == SPURIOUS) m.spurious_left--;
    if (t->state == ASLEEP) sleep_leave(id);
    if (t->state != READY) t->resumed = how;
    t->state = READY;
    switch_to(id);
}

static void next(void) {
    options o = {.n = 0};
    offer_runnable(&o);
    offer_unlikely(&o);
    if (o.n == 0) {
        if (all_done()) schedule_stop(FINISHED);
        if (all_but_frozen()) schedule_stop(WITHOUT_FROZEN);
        convict_stuck();
    }
    int which = o.n > 1 ? m.strategy->thread(&o) : 0;
    if (which < 0) schedule_stop(PRUNED);
    if (which > 0) remember(CHOOSE_THREAD, o.code[which]);
    m.preemptions += o.costs[which];
    go_on(o.code[which]);
}

static void next_of_graph(void) {
    bool artificial = false;
    for (int i = 0; i < m.thread_count; i++) {
        struct thread *t = &m.threads[i];
        bool ask = t->state == ASLEEP && t->asked && sleep_chain(t->key)->events > t->since_events;
        bool news = t->state == DEFERRED && (t->since_key ? sleep_chain(t->since_key)->events > t->since_events
                                                          : m.locations[t->since_location].latest >= t->since_store);
        if (can_run(t) || ask || news) {
            if (ask) t->resumed = SPURIOUS;
            if (t->state == PAUSED) t->resumed = RUN;
            t->state = READY;
            switch_to(i);
            return;
        }
        artificial |= t->state == DEFERRED || (t->state == ASLEEP && t->deadline != UINT64_MAX) ||
                      (t->state == PAUSED && t->fruitless < FRUITLESS_MAX);
    }
    if (all_done()) schedule_stop(FINISHED);
    if (artificial) schedule_stop(PRUNED); /* what a thread was made to wait for does not come */
    convict_stuck();
}

void schedule_next(void) {
    if (m.lazy) next_of_graph();
    else next();
}

/* -- steps -- */

static void count_step(const char *doing, const void *site) {
    struct thread *t = m.self;
    t->doing = doing;
    t->site = site;
    t->own++;
    m.steps++;
    if (m.steps > m.steps_max && m.lazy) {
        m.left_out = true;
        schedule_stop(PRUNED);
    }
    if (m.steps > m.steps_max && frozen()) held_up();
    if (m.steps > m.steps_max) schedule_convict(LIVELOCK, "livelock: more than %d steps", m.steps_max);
    if (m.program->own_steps && t->own > m.program->own_steps + 1) /* the end is a step too */
        schedule_convict(LAW, "not wait-free: %c takes more than %d steps", 'a' + m.running, m.program->own_steps);
}

void schedule_point(const char *doing, bool looks, const void *site) {
    struct thread *t = m.self;
    count_step(doing, site);
    trace_site(site);
    if (m.running == m.frozen && t->own == m.freeze_at) {
        remember(FREEZE, 0);
        trace("stops for ever", 0, site);
        schedule_block(FROZEN, doing, site);
    }
    if (!looks) t->spinning = false;
    if (!t->spinning && !m.lazy) next();
}

resume schedule_block(thread_state state, const char *doing, const void *site) {
    count_step(doing, site);
    m.self->state = state;
    schedule_next();
    return m.self->resumed;
}

/* -- a whole schedule -- */

static void thread_main(void) {
    m.program->thread[m.running]();
    count_step("end", NULL);
    m.self->state = DONE;
    schedule_next();
}

static void (*alone)(void);

static void alone_main(void) {
    alone();
    schedule_stop(FINISHED);
}

static void run_alone(void (*f)(void)) {
    alone = f;
    m.running = ALONE;
    m.self = &m.threads[ALONE];
    m.self->own = 0;
    fibre_make(&m.self->fibre, ALONE, alone_main);
    fibre_switch(&m.engine, &m.self->fibre);
}

static void make_thread(int i) {
    struct thread *t = &m.threads[i];
    t->clock = vclock_all(0);
    t->clock.of[i] = 1;
    t->state = READY;
    t->resumed = RUN;
    t->own = 0;
    t->site = NULL;
    t->doing = "begin";
    t->looks = 0;
    t->fruitless = 0;
    t->spinning = false;
    t->saw_time = m.lazy ? m.now : 0;
    t->asked = false;
    fibre_make(&t->fibre, i, thread_main);
}

static void reset(void) {
    m.steps = m.preemptions = m.odd = m.events = 0;
    m.steps_max = m.program->steps ? m.program->steps : STEPS_DEFAULT;
    m.weak_left = m.spurious_left = 1;
    m.now = 1000000000;
    m.hash[0] = m.hash[1] = 0;
    m.stores_used = m.locations_used = 0;
    m.sleepers_n = m.chains_used = m.mutexes_used = 0;
    m.outcome = FINISHED;
    m.made.n = 0;
    m.law_address = 0;
}

static void run_threads(void) {
    for (int i = 0; i < m.thread_count; i++) make_thread(i);
    m.running = 0;
    m.self = &m.threads[0];
    fibre *engine = &m.engine;
    options o = {.n = 0};
    offer_runnable(&o);
    for (int i = 0; i < o.n; i++) o.costs[i] = false; /* nobody has begun */
    int which = o.n > 1 && !m.lazy ? m.strategy->thread(&o) : 0;
    if (which > 0) remember(CHOOSE_THREAD, o.code[which]);
    m.running = o.code[which] & 15;
    m.self = &m.threads[m.running];
    fibre_switch(engine, &m.self->fibre);
}

outcome schedule_run(void) {
    reset();
    m.strategy->begin();
    if (m.program->setup) run_alone(m.program->setup);
    if (m.outcome == FINISHED) run_threads();
    if (m.outcome == FINISHED && m.program->check) run_alone(m.program->check);
    m.running = NOBODY;
    memory_undo();
    m.counts.schedules++;
    m.counts.steps += (uint64_t)m.steps;
    m.counts.preemptions += (uint64_t)m.preemptions;
    return m.outcome;
}
