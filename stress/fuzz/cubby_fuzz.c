/* Sequences of operations of cubby on one thread: calls that do not wait, and ops that park, are woken and stepped on at once,
 * or taken back. Against a slot and two lists of waiters. */
#include "prims/cubby.h"
#include "stress/fuzz/fuzz.h"

#define INIT_AT WEIR_BIND(cubby, WEIR_CUBBY, _init_at)

enum { OPS = 8, WITHDRAWN_MAX = 40 }; /* `cells` keeps its order while less than 64 withdrawn ops have a cell */
typedef enum op_state { FREE, PARKED, WOKEN } op_state;

typedef struct waiter {
    weir_cubby_op op; /* first */
    op_state state;
    bool pusher;
    weir_status want; /* of the step after the wake */
    uint64_t value;   /* a pop's */
} waiter;

static waiter waiters[OPS];
static struct {
    bool filled, closed;
    uint64_t value;
    unsigned line[OPS], waiting;  /* the parked, longest first; all pushers or all poppers */
    unsigned due[OPS], due_count; /* to be woken by the operation under way */
    unsigned withdrawn;
} model;
static uint64_t next; /* value to push */
static const char *bad_wake;

static void wake(weir_wait *w) {
    waiter *x = (waiter *)(void *)w;
    if (x->state != PARKED) bad_wake = "an op was woken that was not parked";
    x->state = WOKEN;
}

/* -- the model -- */

static unsigned leave_line(unsigned at) {
    unsigned i = model.line[at];
    memmove(model.line + at, model.line + at + 1, (--model.waiting - at) * sizeof *model.line);
    return i;
}

static void due(unsigned i, weir_status want) {
    waiters[i].want = want;
    model.due[model.due_count++] = i;
}

static bool line_of(bool pushers) { return model.waiting && waiters[model.line[0]].pusher == pushers; }

static weir_status model_push(uint64_t v, weir_status full) {
    if (model.closed) return WEIR_CLOSED;
    if (line_of(false)) {
        unsigned i = leave_line(0);
        waiters[i].value = v;
        due(i, WEIR_OK);
    } else if (!model.filled) {
        model.filled = true;
        model.value = v;
    } else {
        return full;
    }
    return WEIR_OK;
}

static weir_status model_pop(uint64_t *v, weir_status empty) {
    if (!model.filled) return model.closed ? WEIR_CLOSED : empty;
    *v = model.value;
    model.filled = line_of(true);
    if (model.filled) {
        unsigned i = leave_line(0);
        model.value = waiters[i].op.value;
        due(i, WEIR_OK);
    }
    return WEIR_OK;
}

/* -- both -- */

static bool answered(weir_status got, weir_status want, const char *how) {
    fuzz_say("%s: %s", how, weir_status_text(got));
    return got == want ||
           fuzz_wrong("%s answered \"%s\" instead of \"%s\"", how, weir_status_text(got), weir_status_text(want));
}

static bool popped(weir_status got, weir_status want, uint64_t v, uint64_t want_v, const char *how) {
    if (!answered(got, want, how)) return false;
    return got != WEIR_OK || v == want_v || fuzz_wrong("%s gave %lu instead of %lu", how, v, want_v);
}

static bool step_on(weir_cubby *c, waiter *w) {
    w->state = FREE;
    if (w->pusher) return answered(weir_cubby_push_step(c, &w->op), w->want, "push step after its wake");
    weir_status st = weir_cubby_pop_step(c, &w->op);
    return popped(st, w->want, w->op.value, w->value, "pop step after its wake");
}

/* Those who were to be woken have been or are, once those before them have stepped; nobody else. */
static bool settle(weir_cubby *c) {
    if (bad_wake) return fuzz_wrong("%s", bad_wake);
    for (unsigned left = model.due_count, pass = 0; left > 0; pass++) {
        if (pass == OPS) return fuzz_wrong("an op that could go on is left asleep");
        for (unsigned k = 0; k < model.due_count; k++) {
            waiter *w = &waiters[model.due[k]];
            if (w->state != WOKEN) continue;
            if (!step_on(c, w)) return false;
            left--;
        }
    }
    model.due_count = 0;
    for (unsigned i = 0; i < OPS; i++)
        if (waiters[i].state == WOKEN) return fuzz_wrong("an op was woken that cannot go on");
    int64_t pressure = model.filled + (line_of(true) ? (int64_t)model.waiting : -(int64_t)model.waiting);
    return weir_cubby_pressure(c) == pressure ||
           fuzz_wrong("pressure is %ld instead of %ld", weir_cubby_pressure(c), pressure);
}

static bool begin(weir_cubby *c, unsigned i, bool pusher) {
    waiter *w = &waiters[i];
    uint64_t v = ++next, want_v = 0;
    weir_status want = pusher ? model_push(v, WEIR_PARKED) : model_pop(&want_v, WEIR_PARKED);
    w->pusher = pusher;
    w->state = PARKED;
    weir_cubby_op_init(&w->op, v, wake);
    weir_status st = pusher ? weir_cubby_push_step(c, &w->op) : weir_cubby_pop_step(c, &w->op);
    if (st == WEIR_PARKED) model.line[model.waiting++] = i;
    else w->state = FREE;
    return pusher ? answered(st, want, "push step") : popped(st, want, w->op.value, want_v, "pop step");
}

/* Counts, since a wait that times out is one too. */
static bool may_withdraw(void) { return !stress_has("timed=bounded") || model.withdrawn++ < WITHDRAWN_MAX; }

static bool take_back(weir_cubby *c, unsigned i) {
    bool can = !stress_has("timed=no");
    if (!may_withdraw()) return true;
    bool got = weir_cubby_cancel(c, &waiters[i].op);
    fuzz_say("take back: %d", got);
    if (got != can) return fuzz_wrong("taking back a parked op answered %d", got);
    if (!got) return true;
    waiters[i].state = FREE;
    for (unsigned at = 0; at < model.waiting; at++)
        if (model.line[at] == i) leave_line(at);
    return true;
}

static bool close_it(weir_cubby *c) {
    weir_status want = stress_has("close=yes") ? WEIR_OK : WEIR_NOTSUP;
    while (want == WEIR_OK && model.waiting) due(leave_line(0), WEIR_CLOSED);
    model.closed |= want == WEIR_OK;
    return answered(weir_cubby_close(c), want, "close");
}

static bool one_op(weir_cubby *c, fuzz_input *in) {
    uint8_t op = fuzz_byte(in);
    bool timed = !stress_has("timed=no");
    uint64_t v = 0, want_v = 0;
    weir_status want, st;
    if (op == 255) return close_it(c);
    if ((op & 6) == 2 && !may_withdraw()) return true;
    switch (op & 7) {
    case 0: want = model_push(++next, WEIR_AGAIN); return answered(weir_cubby_try_push(c, next), want, "try_push");
    case 1:
        want = model_pop(&want_v, WEIR_AGAIN);
        st = weir_cubby_try_pop(c, &v);
        return popped(st, want, v, want_v, "try_pop");
    case 2:
        want = timed ? model_push(++next, WEIR_TIMEOUT) : WEIR_NOTSUP;
        return answered(weir_cubby_push_until(c, next, op & 8), want, "push until long ago");
    case 3:
        want = timed ? model_pop(&want_v, WEIR_TIMEOUT) : WEIR_NOTSUP;
        st = weir_cubby_pop_until(c, &v, op & 8);
        return popped(st, want, v, want_v, "pop until long ago");
    default: break;
    }
    if (!stress_has("async=yes")) return true;
    unsigned i = (op >> 3) % OPS;
    return waiters[i].state == PARKED ? take_back(c, i) : begin(c, i, op & 1);
}

/* Nobody may stay parked: push or pop until the line is gone. */
static bool wind_up(weir_cubby *c) {
    while (model.waiting) {
        uint64_t v = 0, want_v = 0;
        bool pop = line_of(true);
        weir_status want = pop ? model_pop(&want_v, WEIR_AGAIN) : model_push(++next, WEIR_AGAIN);
        weir_status st = pop ? weir_cubby_try_pop(c, &v) : weir_cubby_try_push(c, next);
        if (!popped(st, want, v, want_v, pop ? "try_pop" : "try_push") || !settle(c)) return false;
    }
    return true;
}

static bool ops(fuzz_input *in) {
    weir_cubby c;
    uint64_t start = fuzz_start(in);
    bool same = true;
    memset(waiters, 0, sizeof waiters);
    memset(&model, 0, sizeof model);
    bad_wake = NULL;
    fuzz_say("first number %#lx", start);
    if (INIT_AT(&c, start) != WEIR_OK) return fuzz_wrong("init refused");
    while (same && fuzz_more(in)) same = one_op(&c, in) && settle(&c);
    same = same && wind_up(&c);
    for (unsigned i = 0; i < OPS; i++)
        if (waiters[i].state == PARKED) weir_cubby_cancel(&c, &waiters[i].op); /* of a failure */
    weir_cubby_destroy(&c);
    return same;
}

FUZZ_TARGET(ops, "any sequence of calls, steps, withdrawals and a close answers as a slot with a line of waiters does")
