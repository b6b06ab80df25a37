/* Long runs of promises that several settle at once: a keeper, the clock, whoever closes the session, interrupts the script or
 * cancels the task. Each call ends once, and its keeper is told whether it was he who ended it. */
#include "prims/lock_p.h"
#include "stress/runtime_world_p.h"

enum { MOST = 8, ACTIONS = 80, BURST = 12, ASKS = MOST * ACTIONS * (BURST + 1), SLOTS = 8, TEXT = 200 };

/* What a call has got, what its keeper was told. */
typedef enum outcome { NONE, VALUE, MINE, TIMEOUT, CLOSED, OTHER } outcome;
enum { NOT_YET, TAKEN, TOO_LATE };

typedef struct ask {
    weir_promise *promise;
    weir_a32 times, got, told; /* times: that the call has ended */
    weir_a32 scripts, ends;    /* that were started with it, and have ended */
    bool may_vanish; /* its script may be interrupted, or its task cancelled: then no command is called any more */
    bool breaks;
} ask;

typedef struct member {
    weir_lock lock; /* for others, who interrupt */
    weir_session *session;
} member;

typedef struct state {
    world world;
    weir_session *staying;
    member member[MOST];
    weir_a32 asks, slot[SLOTS]; /* a slot: 1 + an ask, whose promise is nobody's yet */
    ask ask[ASKS];
    weir_a32 aside[ASKS]; /* 1 + an ask, whose keeper comes when all is over */
    weir_a32 asides;
} state;

/* -- the command ---------------------------------------------------------------------------------------------------- */

static void settle(state *s, uint32_t i) {
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    ask *a = &s->ask[i];
    bool mine = a->breaks ? weir_promise_break(a->promise, "mine", "broken")
                          : weir_promise_keep(a->promise, world_integer(b, i));
    weir_a32_store(&a->told, mine ? TAKEN : TOO_LATE);
    stress_count(mine ? "settled in time" : "settled too late", 1);
    weir_slp_builder_free(b);
}

/* Its promise goes into a slot; who was there before is settled here. */
static weir_verdict ask_for(weir_call *c, const weir_slp_value *args, uint32_t n) {
    state *s = ((world *)weir_call_arg(c))->arg;
    uint32_t i = (uint32_t)weir_slp_integer(args[0]);
    (void)n;
    s->ask[i].promise = weir_call_promise(c, (uint32_t)weir_slp_integer(args[1]));
    if (!s->ask[i].promise) return WEIR_RETURN;
    uint32_t before = weir_a32_xchg_acq_rel(&s->slot[i % SLOTS], i + 1);
    if (before) settle(s, before - 1);
    return WEIR_PARK;
}

static bool is_error(weir_slp_value v, const char *class_name) {
    weir_slp_text t = weir_slp_text_of(v);
    return t.bytes > strlen(class_name) && !memcmp(t.at, class_name, strlen(class_name));
}

static outcome outcome_of(weir_slp_value v, uint32_t i) {
    if (weir_slp_type_of(v) == WEIR_SLP_INTEGER) return weir_slp_integer(v) == i ? VALUE : OTHER;
    if (weir_slp_type_of(v) != WEIR_SLP_ERROR) return OTHER;
    return is_error(v, "mine: ") ? MINE : is_error(v, "timeout: ") ? TIMEOUT : is_error(v, "closed: ") ? CLOSED : OTHER;
}

static weir_verdict ask_more(weir_call *c, const weir_slp_value *args, uint32_t n) {
    state *s = ((world *)weir_call_arg(c))->arg;
    uint32_t i = (uint32_t)weir_slp_integer(args[0]);
    (void)n;
    weir_a32_add(&s->ask[i].times, 1);
    weir_a32_store(&s->ask[i].got, outcome_of(weir_call_result(c), i));
    return weir_call_return(c, weir_call_result(c));
}

static const weir_command mine[] = {{"my/ask", "nn", 0, ask_for, ask_more, "N MS: what its keeper says"}};

/* -- a round -------------------------------------------------------------------------------------------------------- */

static void no_complaint(void *arg, const char *line, size_t bytes) { (void)arg, (void)line, (void)bytes; }

static void prepare(rounds *r) {
    state *s = r->arg;
    weir_runtime_options o = world_by_chance(&r->random);
    o.command = mine;
    o.commands = 1;
    o.queue = 1000;
    o.error = no_complaint;
    s->world.arg = s;
    world_open(&s->world, o);
    s->staying = world_session(&s->world, NULL);
    world_do(s->staying, "(core/event/sub $CHANNEL_A 1 {(my/ask $data 0)})");
    memset(s->ask, 0, sizeof s->ask);
    weir_a32_store(&s->asks, 0), weir_a32_store(&s->asides, 0);
    for (unsigned i = 0; i < SLOTS; i++) weir_a32_store(&s->slot[i], 0);
    for (unsigned i = 0; i < r->size; i++) {
        weir_lock_init(&s->member[i].lock);
        s->member[i].session = world_session(&s->world, NULL);
    }
}

/* A number for a new one. */
static uint32_t begin(rounds_member *me, bool may_vanish) {
    state *s = me->arg;
    uint32_t i = weir_a32_add(&s->asks, 1);
    s->ask[i].may_vanish = may_vanish;
    s->ask[i].breaks = stress_random_below(me->random, 4) == 0;
    return i;
}

static void end(void *arg, weir_slp_value v) {
    (void)v;
    weir_a32_add(&((ask *)arg)->ends, 1);
}

/* Their session's close ends them, whatever their keeper does. */
static void start(rounds_member *me, weir_session *session) {
    char text[TEXT];
    state *s = me->arg;
    uint32_t i = begin(me, true), ms = stress_random_below(me->random, 3);
    int n = snprintf(text, sizeof text, "(my/ask %u %u)", i, ms);
    weir_a32_store(&s->ask[i].scripts, 1);
    if (weir_start_text(session, text, (size_t)n, NULL, end, &s->ask[i])) stress_fail("a script is refused");
    if (stress_random_below(me->random, 4)) return;
    uint32_t taken = i + 1;
    if (weir_a32_cas_acq_rel(&s->slot[i % SLOTS], &taken, 0))
        weir_a32_store(&s->aside[weir_a32_add(&s->asides, 1)], i + 1);
}

static void ask_in(rounds_member *me, weir_session *session) {
    char text[TEXT];
    uint32_t i = begin(me, true);
    snprintf(text, sizeof text, "(my/ask %u %u)", i, 1 + stress_random_below(me->random, 2));
    world_eval(session, text);
}

static void ask_in_task(rounds_member *me, weir_session *session) {
    char text[TEXT];
    uint32_t i = begin(me, true);
    snprintf(text, sizeof text, "(core/task/start t%u {(my/ask %u 0)})", i, i);
    bool started = !world_eval(session, text).errors; /* it may be interrupted */
    if (stress_random_below(me->random, 2)) return;
    snprintf(text, sizeof text, "t%u", i);
    if (weir_task_cancel(session, text) != WEIR_DONE && started) stress_fail("a task cannot be cancelled");
}

static void ask_in_handler(rounds_member *me, weir_session *session) {
    char text[TEXT];
    snprintf(text, sizeof text, "(core/event/pub $CHANNEL_A 1 %u)", begin(me, false));
    world_eval(session, text);
}

static void interrupt(rounds_member *me) {
    state *s = me->arg;
    member *other = &s->member[stress_random_below(me->random, me->rounds->size)];
    weir_lock_acquire(&other->lock);
    if (other->session) weir_interrupt(other->session);
    weir_lock_release(&other->lock);
}

static void close_own(rounds_member *me, bool again) {
    state *s = me->arg;
    member *m = &s->member[me->index];
    weir_lock_acquire(&m->lock);
    weir_session *old = m->session;
    m->session = NULL;
    weir_lock_release(&m->lock);
    weir_session_close(old);
    if (!again) return;
    weir_session *next = world_session(&s->world, NULL);
    weir_lock_acquire(&m->lock);
    m->session = next;
    weir_lock_release(&m->lock);
}

static void settle_one(state *s, unsigned slot) {
    uint32_t i = weir_a32_xchg_acq_rel(&s->slot[slot], 0);
    if (i) settle(s, i - 1);
}

static void work(rounds_member *me) {
    state *s = me->arg;
    for (unsigned n = 0; n < ACTIONS && !stress_failed(); n++) {
        weir_session *own = s->member[me->index].session;
        switch (stress_random_below(me->random, 10)) {
        case 0: start(me, own); break;
        case 1: start(me, own); break;
        case 2: ask_in(me, own); break;
        case 3: ask_in_task(me, own); break;
        case 4: ask_in_handler(me, own); break;
        case 5: interrupt(me); break;
        case 6:
            for (unsigned k = stress_random_below(me->random, BURST + 1); k; k--) start(me, own);
            close_own(me, true); /* which ends what others settle at this moment */
            break;
        default: settle_one(s, stress_random_below(me->random, SLOTS));
        }
        watch_step(me->watched);
    }
    close_own(me, false);
}

/* -- judged --------------------------------------------------------------------------------------------------------- */

static void judge_ask(const ask *a, unsigned i) {
    uint32_t times = weir_a32_load(&a->times), got = weir_a32_load(&a->got), told = weir_a32_load(&a->told);
    bool answered = got == VALUE || got == MINE;
    if (weir_a32_load(&a->ends) != weir_a32_load(&a->scripts))
        stress_fail("script %u has ended %u times", i, weir_a32_load(&a->ends));
    if (times > 1) stress_fail("call %u has ended %u times", i, times);
    if (got == OTHER) stress_fail("call %u has what nobody has promised", i);
    if (!a->promise || (times == 0 && a->may_vanish)) return;
    if (times == 0) stress_fail("call %u has not ended", i);
    if (answered && got != (a->breaks ? MINE : VALUE)) stress_fail("call %u has the answer of another kind", i);
    if (told == NOT_YET) stress_fail("the promise of call %u has not been settled", i);
    if (answered != (told == TAKEN))
        stress_fail("call %u has ended %s, and its keeper was told %s", i, answered ? "answered" : "without an answer",
                    told == TAKEN ? "that it is" : "that he is too late");
}

static bool is_quiet(state *s) {
    for (unsigned n = 0; n < 10000; n++) {
        for (unsigned i = 0; i < SLOTS; i++) settle_one(s, i);
        if (weir_runtime_quiet(s->world.runtime, weir_now_ns() + 1000000)) return true;
    }
    stress_fail("calls wait that nobody can settle");
    return false;
}

static void judge(rounds *r) {
    state *s = r->arg;
    if (stress_failed() || !is_quiet(s)) return;
    weir_session_close(s->staying);
    if (!weir_task_wait(s->world.runtime, weir_now_ns() + UINT64_C(10000000000))) {
        stress_fail("tasks have not ended after 10 s");
        return;
    }
    world_close(&s->world);
    for (unsigned i = 0; i < weir_a32_load(&s->asides); i++) settle(s, weir_a32_load(&s->aside[i]) - 1);
    for (unsigned i = 0; i < weir_a32_load(&s->asks); i++) judge_ask(&s->ask[i], i);
    stress_count("calls", weir_a32_load(&s->asks));
    stress_count("keepers who came when all was over", weir_a32_load(&s->asides));
}

static stress_verdict promises(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = work, .judge = judge};
    static state s;
    (void)c;
    return rounds_sizes(request, &plan, &s, MOST);
}

STRESS_CHECK(
    laws, promises,
    "a call that waits ends once, by its keeper, the clock, a close, an interrupt or a cancel; its keeper knows",
    promises)
