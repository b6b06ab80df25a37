#include "runtime/exec_p.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/awaiting_p.h"
#include "runtime/promise_p.h"
#include "runtime/probe_p.h"
#include "runtime/session_p.h"
#include "runtime/topic_p.h"

enum {
    KEPT = 4096, /* bytes that may gather before a RUN frame takes the arena back */
    TURN = 64    /* forms of a script until others have their turn */
};

void weir_exec_init(weir_exec *x, weir_session *session) {
    memset(x, 0, sizeof *x);
    x->session = session;
    weir_arena_init(&x->arena, WEIR_EXEC_MEMORY, &session->runtime->metrics.arena);
}

static void drop_frame(weir_exec *x) {
    weir_frame *f = &x->frame[--x->frames];
    if (f->owns) weir_program_release(f->program);
}

void weir_exec_clear(weir_exec *x) {
    while (x->frames) drop_frame(x);
    x->alone = NULL;
    if (x->awaiting) weir_awaiting_free(x->session, x->awaiting);
    x->awaiting = NULL;
    weir_arena_clear(&x->arena);
    free(x->own);
    x->own = NULL;
    x->own_bytes = x->values = x->bound = 0;
}

void weir_exec_reset(weir_exec *x) {
    weir_arena_reset(&x->arena);
    x->bound = 0;
}

/* -- the two stacks ------------------------------------------------------------------------------------------------ */

bool weir_stacks_init(weir_stacks *t) {
    enum { FRAMES = 16, VALUES = 32 };
    *t = (weir_stacks){malloc(FRAMES * sizeof *t->frame), malloc(VALUES * sizeof *t->value), FRAMES, VALUES};
    return t->frame && t->value;
}

void weir_stacks_free(weir_stacks *t) {
    free(t->frame);
    free(t->value);
}

static void *grown(void *block, uint32_t *room, uint32_t need, size_t size) {
    uint32_t more = *room * 2;
    if (more < need) more = need;
    void *p = realloc(block, more * size);
    if (p) *room = more;
    return p;
}

static bool reserve_values(weir_exec *x, uint32_t n) {
    weir_stacks *t = &x->tools->stacks;
    if (t->value_room - x->values >= n) return true;
    weir_slp_value *p = grown(t->value, &t->value_room, x->values + n, sizeof *p);
    if (p) x->value = t->value = p;
    return p != NULL;
}

static bool reserve_frames(weir_exec *x, uint32_t n) {
    weir_stacks *t = &x->tools->stacks;
    if (t->frame_room - x->frames >= n) return true;
    weir_frame *p = grown(t->frame, &t->frame_room, x->frames + n, sizeof *p);
    if (p) x->frame = t->frame = p;
    return p != NULL;
}

bool weir_exec_may_park(weir_exec *x) {
    size_t bytes = x->frames * sizeof *x->frame + x->values * sizeof *x->value;
    if (x->own_bytes >= bytes) return true;
    void *p = malloc(bytes);
    if (!p) return false;
    free(x->own);
    x->own = p;
    x->own_bytes = (uint32_t)bytes;
    return true;
}

/* It has parked, and has room for that. */
static void leave(weir_exec *x) {
    while (!weir_exec_may_park(x)) weir_yield(); /* a command of the host's has parked and entered a body, too */
    memcpy(x->own, x->frame, x->frames * sizeof *x->frame);
    if (x->values) memcpy(x->own + x->frames, x->value, x->values * sizeof *x->value);
    x->frame = x->own;
    x->value = (weir_slp_value *)(x->own + x->frames);
}

/* On the stacks of the thread that runs it from now on. The system's refusal is waited out: nobody else would go on with it. */
static void come_back(weir_exec *x) {
    const weir_slp_value *value = x->value;
    uint32_t frames = x->frames, values = x->values;
    x->frames = x->values = 0;
    while (!reserve_frames(x, frames) || !reserve_values(x, values)) weir_yield();
    x->frame = x->tools->stacks.frame;
    x->value = x->tools->stacks.value;
    memcpy(x->frame, x->own, frames * sizeof *x->frame);
    if (values) memcpy(x->value, value, values * sizeof *x->value);
    x->frames = frames;
    x->values = values;
}

/* A form, or a run: it has its steps from its beginning. The limit may be another by now. */
static void count_anew(weir_exec *x) { x->steps = weir_a64_load(&x->session->steps); }

static void begin_anew(weir_exec *x) {
    x->frame = x->tools->stacks.frame;
    x->value = x->tools->stacks.value;
    count_anew(x);
}

/* A new frame on top; NULL: the error is x->result. */
static weir_frame *push(weir_exec *x, weir_frame_kind kind, weir_program *program, weir_slp_value list) {
    if (x->frames == WEIR_EXEC_DEPTH) {
        weir_fail(x, "depth", "forms within forms, the limit is %d", WEIR_EXEC_DEPTH);
        return NULL;
    }
    if (x->frames == 0) begin_anew(x);
    if (x->steps == 0) {
        weir_fail(x, "steps", "more lists than one form or one run of a handler may evaluate: %llu",
                  (unsigned long long)weir_a64_load(&x->session->steps));
        return NULL;
    }
    x->steps--;
    if (!reserve_frames(x, 1)) return weir_fail(x, "nomem", "no memory for a frame"), NULL;
    weir_frame *f = &x->frame[x->frames++];
    f->kind = (uint8_t)kind;
    f->owns = false;
    f->next = 0;
    f->values = x->values;
    f->program = program;
    f->list = list.cell;
    return f;
}

/* The frame on top has ended with this value. */
static void end(weir_exec *x, weir_slp_value v) {
    const weir_frame *f = &x->frame[--x->frames];
    x->values = f->values;
    if (WEIR_UNLIKELY(f->owns)) weir_program_release(f->program);
    x->result = v;
    x->has_result = true;
}

/* -- RUN ------------------------------------------------------------------------------------------------------------- */

static weir_frame *push_run(weir_exec *x, weir_program *program, weir_slp_value list, uint32_t count) {
    bool had_result = x->bound >> WEIR_VARIABLE_RESULT & 1;
    if (had_result && !reserve_values(x, 1)) return weir_fail(x, "nomem", "no memory for a frame"), NULL;
    weir_frame *f = push(x, WEIR_FRAME_RUN, program, list);
    if (!f) return NULL;
    f->script = f->one = f->whole = false;
    f->count = count;
    f->mark = weir_arena_mark(&x->arena);
    f->had_result = had_result;
    if (had_result) x->value[x->values++] = x->variable[WEIR_VARIABLE_RESULT];
    return f;
}

static void end_run(weir_exec *x, weir_frame *f, weir_slp_value v) {
    if (f->had_result) x->variable[WEIR_VARIABLE_RESULT] = x->value[f->values];
    x->bound = (uint8_t)((x->bound & ~(1u << WEIR_VARIABLE_RESULT)) | (uint32_t)f->had_result << WEIR_VARIABLE_RESULT);
    if (f->whole && weir_program_has(f->program, v)) v = weir_value_copy(&x->arena, x->tools->builder, v);
    end(x, v);
}

/* Takes the arena back to a mark, but for the last value. A mark at the very beginning keeps a little memory for what comes next. */
static void take_back(weir_exec *x, weir_mark to) {
    uint32_t small[WEIR_VALUE_SMALL / 4], few[WEIR_VALUE_SMALL / 4];
    const weir_slp *s = weir_value_buffer(x->result, x->tools->builder, small);
    size_t bytes = s ? weir_slp_bytes(s) : 0;
    uint32_t *aside = bytes <= sizeof few ? few : malloc(bytes);
    if (!bytes || !aside) return; /* another time */
    memcpy(aside, s, bytes);
    if (to.last) weir_arena_back(&x->arena, to);
    else weir_arena_reset(&x->arena);
    x->result = weir_value_copy(&x->arena, x->tools->builder, weir_slp_value_(aside, aside[WEIR_SLP_ROOT]));
    if (aside != few) free(aside);
}

static void tidy(weir_exec *x, const weir_frame *f) {
    if (x->arena.last && weir_arena_since(&x->arena, f->mark) > KEPT) take_back(x, f->mark);
}

static void evaluate(weir_exec *x, weir_program *program, weir_slp_value v);

/* Behind some forms of a script it stops, to be told to go on. */
static bool pause_before(weir_exec *x, uint32_t i) {
    count_anew(x);
    x->paused = x->pauses && !x->paused && i && i % TURN == 0 && weir_exec_may_park(x);
    return x->paused;
}

static void run(weir_exec *x, weir_frame *f) {
    if (x->has_result) {
        x->has_result = false;
        if (f->script) {
            if (x->form) x->form(x->arg, x->result);
            if (weir_exec_interrupted(x)) f->next = f->count;
        } else if (weir_value_is_error(x->result)) {
            end_run(x, f, x->result);
            return;
        }
        tidy(x, f);
        weir_exec_bind(x, WEIR_VARIABLE_RESULT, x->result);
    }
    if (f->next < f->count) {
        uint32_t i = f->next;
        if (f->script && pause_before(x, i)) return;
        f->next++;
        evaluate(x, f->program, f->one ? weir_frame_list(f) : weir_slp_at(weir_frame_list(f), i));
    } else {
        end_run(x, f, f->count ? x->result : weir_value_integer(0));
    }
}

/* -- APPLY ----------------------------------------------------------------------------------------------------------- */

static weir_slp_value wrong_type(weir_exec *x, const weir_word *w, uint32_t i, const char *wants) {
    return weir_value_error(&x->arena, "type", "argument %u of %s must be %s", i + 1, w->command.name, wants);
}

/* What stands for a channel may be a variable, and need not be bound to be no channel. */
static weir_slp_value channel(weir_exec *x, weir_slp_value v, char letter) {
    weir_slp_text t = {0};
    if (weir_slp_type_of(v) == WEIR_SLP_SYMBOL) t = weir_slp_text_of(v);
    if (t.bytes == 1 && *t.at >= 'A' && *t.at < 'A' + WEIR_CHANNELS) return v;
    if (t.bytes == 1 && *t.at == 'X' && letter == 'x') return v;
    return weir_value_error(&x->arena, "channel", "channels are $CHANNEL_A to $CHANNEL_F");
}

/* A value of an argument, against its letter; answers it, or the error. */
static weir_slp_value fit(weir_exec *x, const weir_word *w, uint32_t i, weir_slp_value v) {
    weir_slp_type type = weir_slp_type_of(v);
    if (type == WEIR_SLP_ERROR) return v;
    switch (weir_word_letter(w, i)) {
    case 's': return type == WEIR_SLP_STRING ? v : wrong_type(x, w, i, "a string");
    case 'p':
        return type == WEIR_SLP_STRING || type == WEIR_SLP_SYMBOL ? v : wrong_type(x, w, i, "a string or a symbol");
    case 'k': return type == WEIR_SLP_STRING || type == WEIR_SLP_SYMBOL ? v : wrong_type(x, w, i, "a symbol");
    case 'c':
    case 'x': return channel(x, v, weir_word_letter(w, i));
    case 't':
        if (type != WEIR_SLP_INTEGER) return wrong_type(x, w, i, "an integer");
        if (weir_slp_integer(v) >= 0 && weir_slp_integer(v) < WEIR_TOPICS) return v;
        return weir_value_error(&x->arena, "range", "topics are 0 to %d", WEIR_TOPICS - 1);
    case 'b': return type == WEIR_SLP_BODY ? v : wrong_type(x, w, i, "a body");
    case 'i':
    case 'n':
        if (type != WEIR_SLP_INTEGER) return wrong_type(x, w, i, "an integer");
        if (weir_word_letter(w, i) == 'i' || weir_slp_integer(v) >= 0) return v;
        return weir_value_error(&x->arena, "range", "argument %u of %s must not be below 0", i + 1, w->command.name);
    default: return v;
    }
}

/* What $name holds. */
static weir_slp_value variable(weir_exec *x, const weir_program *program, weir_slp_value v) {
    uint32_t i = weir_program_number(program, v) - x->tools->words->words; /* wraps where it is a command or unknown */
    if (i < WEIR_VARIABLES && x->bound >> i & 1) return weir_exec_variable(x, i);
    if (i >= WEIR_VARIABLES && i - WEIR_VARIABLES < WEIR_CHANNELS_ALL) return weir_value_channel(i - WEIR_VARIABLES);
    weir_slp_text t = weir_slp_text_of(v);
    return weir_value_error(&x->arena, "unbound", "$%.*s", t.bytes < 200 ? (int)t.bytes : 200, t.at);
}

/* The value of a form that needs no frame. False: it needs one. */
static bool atom(weir_exec *x, const weir_program *program, weir_slp_value v, weir_slp_value *to) {
    switch (weir_slp_type_of(v)) {
    case WEIR_SLP_LIST:
    case WEIR_SLP_SEQUENCE: return false;
    case WEIR_SLP_QUOTE: *to = weir_slp_quoted(v); return true;
    case WEIR_SLP_VARIABLE: *to = variable(x, program, v); return true;
    default: *to = v; return true;
    }
}

/* Takes argument i of the form on top, which does not stand for itself; false: something else comes first, a frame or an error. */
static bool take_value(weir_exec *x, weir_frame *f, uint32_t i, weir_slp_value form) {
    weir_slp_value v;
    weir_slp_type type = weir_slp_type_of(form);
    char letter = weir_word_letter(f->word, i);
    if (letter == 'k' && type != WEIR_SLP_SYMBOL && type != WEIR_SLP_VARIABLE && type != WEIR_SLP_ERROR) {
        v = wrong_type(x, f->word, i, "a symbol, or a variable that holds a symbol or a string");
    } else if (letter == 'b' && (type == WEIR_SLP_LIST || type == WEIR_SLP_SEQUENCE)) {
        v = wrong_type(x, f->word, i, "a body");
    } else if ((letter == 'c' || letter == 'x') && type == WEIR_SLP_VARIABLE &&
               weir_value_is_error(variable(x, f->program, form))) {
        v = channel(x, form, letter);
    } else if (!atom(x, f->program, form, &v)) {
        evaluate(x, f->program, form);
        return false;
    } else {
        v = fit(x, f->word, i, v);
    }
    if (weir_value_is_error(v)) return end(x, v), false;
    x->value[x->values++] = v;
    return true;
}

/* The next argument, in the same way. */
static bool take(weir_exec *x, weir_frame *f) {
    uint32_t i = f->next++ - 1;
    weir_slp_value form = weir_slp_at(weir_frame_list(f), i + 1);
    if (WEIR_UNLIKELY(!weir_word_takes(f->word, i, weir_slp_type_of(form)))) return take_value(x, f, i, form);
    x->value[x->values++] = form;
    return true;
}

/* Place of the command's count; behind it is that of its errors. */
static uint32_t place(const weir_exec *x, const weir_word *w) {
    return WEIR_COUNT_COMMANDS + 2 * (uint32_t)(w - x->tools->words->word);
}

static void took(weir_exec *x, const weir_word *w, uint64_t ns) {
    weir_metrics *m = &x->session->runtime->metrics;
    weir_metrics_took(m, WEIR_TOOK_COMMAND + (uint32_t)(w - x->tools->words->word), ns);
    if (weir_metrics_slow(m, ns)) weir_slow_add(&m->slow, x->session->scope, ns, "%s", w->command.name);
}

/* A command of the host's that parks without a promise would never be woken. */
static bool parks_for_ever(const weir_exec *x, const weir_word *w) {
    return !x->promise && (uint32_t)(w - x->tools->words->word) >= x->tools->words->core;
}

/* What a command has answered, on top of whose frame it was called. Who has promised something waits for it. */
static bool answered(weir_exec *x, weir_verdict verdict) {
    const weir_frame *f = &x->frame[x->frames - 1];
    const weir_word *w = f->word;
    if (verdict == WEIR_PARK && WEIR_UNLIKELY(parks_for_ever(x, w)))
        verdict = weir_fail(x, "closed", "%s waits for nothing", w->command.name);
    if (x->promise || verdict == WEIR_PARK) return false;
    if (verdict == WEIR_RETURN) {
        if (weir_value_is_error(x->result)) weir_meter_add(x->tools->meter, place(x, w) + 1);
        if (WEIR_UNLIKELY(f->since)) took(x, w, weir_now_ns() - f->since);
        WEIR_PROBE1(command__end, w->command.name);
        end(x, x->result);
    }
    return true;
}

/* What a command entered has ended, or what it waited for is there. */
static bool more(weir_exec *x, weir_frame *f) {
    x->has_result = false;
    if (x->promise) weir_promise_take(x);
    if (!f->word->command.more) return answered(x, WEIR_RETURN);
    return answered(x, f->word->command.more(x, x->value + f->values, x->values - f->values));
}

/* Calls the command on top, whose arguments are there. False: it has parked. */
static bool call(weir_exec *x, weir_frame *f) {
    const weir_command *c = &f->word->command;
    f->kind = WEIR_FRAME_COMMAND;
    if (WEIR_UNLIKELY(weir_exec_interrupted(x))) return answered(x, weir_fail(x, "closed", "interrupted"));
    WEIR_PROBE1(command__begin, c->name);
    weir_meter_add(x->tools->meter, place(x, f->word));
    if (WEIR_UNLIKELY(weir_meter_samples(x->tools->meter))) f->since = weir_now_ns();
    return answered(x, c->call(x, x->value + f->values, x->values - f->values));
}

static bool apply(weir_exec *x, weir_frame *f) {
    if (x->has_result) {
        x->has_result = false;
        weir_slp_value v = fit(x, f->word, f->next - 2, x->result);
        if (weir_value_is_error(v)) return end(x, v), true;
        x->value[x->values++] = v;
    }
    while (f->next < f->count)
        if (!take(x, f)) return true;
    return call(x, f);
}

/* The command that a list applies; NULL: the error is x->result. */
static const weir_word *head(weir_exec *x, const weir_program *program, weir_slp_value list) {
    uint32_t count = weir_slp_count(list);
    weir_slp_value name = {0};
    if (count == 0) return weir_fail(x, "unknown", "an empty list applies nothing"), NULL;
    name = weir_slp_at(list, 0);
    if (weir_slp_type_of(name) != WEIR_SLP_SYMBOL)
        return weir_fail(x, "unknown", "a list begins with the name of a command"), NULL;
    uint32_t number = weir_program_number(program, name);
    weir_slp_text t = weir_slp_text_of(name);
    if (number >= x->tools->words->words)
        return weir_fail(x, "unknown", "no command %.*s", t.bytes < 200 ? (int)t.bytes : 200, t.at), NULL;
    const weir_word *w = &x->tools->words->word[number];
    if (count - 1 < w->least || count - 1 > w->most) {
        weir_fail(x, "arity", "%s takes %s%u arguments, not %u", w->command.name,
                  w->most == w->least    ? ""
                  : count - 1 < w->least ? "at least "
                                         : "at most ",
                  count - 1 < w->least ? w->least : w->most, count - 1);
        return NULL;
    }
    unsigned missing = w->command.needs ? w->command.needs & ~weir_session_rights(x->session) : 0;
    if (!missing) return w;
    weir_fail(x, "denied", "%s needs the right to %s", w->command.name, missing & WEIR_READ ? "read" : "write");
    return NULL;
}

static void push_apply(weir_exec *x, weir_program *program, weir_slp_value list) {
    const weir_word *w = head(x, program, list);
    weir_frame *f = NULL;
    if (w && !reserve_values(x, weir_slp_count(list))) weir_fail(x, "nomem", "no memory for arguments");
    else if (w) f = push(x, WEIR_FRAME_APPLY, program, list);
    x->has_result = !f;
    if (!f) return;
    f->word = w;
    f->state = NULL;
    f->since = 0;
    f->count = weir_slp_count(list);
    f->next = 1;
}

static void evaluate(weir_exec *x, weir_program *program, weir_slp_value v) {
    x->has_result = atom(x, program, v, &x->result);
    if (x->has_result) return;
    if (weir_slp_type_of(v) == WEIR_SLP_LIST) push_apply(x, program, v);
    else x->has_result = !push_run(x, program, v, weir_slp_count(v));
}

/* -- from outside ---------------------------------------------------------------------------------------------------- */

/* The frame of a whole program. */
static weir_frame *begin(weir_exec *x, weir_program *program, weir_slp_extent extent, bool script) {
    weir_slp_value root = weir_slp_root(program->s);
    bool one = extent == WEIR_SLP_ONE;
    weir_frame *f = push_run(x, program, root, one ? 1 : weir_slp_count(root));
    if (!f) return NULL;
    f->one = one;
    f->whole = true;
    f->script = script;
    return f;
}

bool weir_exec_begin(weir_exec *x, weir_program *program, weir_slp_extent extent, bool script) {
    weir_frame *f = begin(x, program, extent, script);
    if (!f) return weir_program_release(program), false;
    f->owns = true;
    return true;
}

/* A command that is all of a script needs no frame round it: see end_alone. */
bool weir_exec_begin_lent(weir_exec *x, weir_program *program, weir_slp_extent extent) {
    weir_slp_value form = weir_slp_root(program->s);
    if (extent == WEIR_SLP_ALL && weir_slp_count(form) == 1) form = weir_slp_at(form, 0);
    else if (extent == WEIR_SLP_ALL) return begin(x, program, extent, true);
    if (weir_slp_type_of(form) != WEIR_SLP_LIST) return begin(x, program, extent, true);
    x->alone = program;
    push_apply(x, program, form);
    return true;
}

bool weir_exec_begin_form(weir_exec *x, weir_program *program, weir_slp_value form) {
    weir_frame *f = push_run(x, program, form, 1);
    if (!f) return weir_program_release(program), false;
    f->one = f->owns = true;
    return true;
}

bool weir_exec_begin_body(weir_exec *x, weir_program *program) {
    weir_frame *f = begin(x, program, WEIR_SLP_ALL, false);
    if (f) f->whole = false;
    return f != NULL;
}

/* What is left of a script is its last value, and that alone is kept. */
void weir_exec_settle(weir_exec *x) {
    if (x->arena.last) take_back(x, (weir_mark){0});
    weir_exec_bind(x, WEIR_VARIABLE_RESULT, x->result);
}

static bool step(weir_exec *x, weir_frame *f) {
    switch ((weir_frame_kind)f->kind) {
    case WEIR_FRAME_RUN: run(x, f); return !x->paused;
    case WEIR_FRAME_APPLY: return apply(x, f);
    case WEIR_FRAME_COMMAND: return more(x, f);
    }
    return true;
}

/* As the frame of a script would: the value is told, and must not lie in the program. */
static void end_alone(weir_exec *x) {
    if (x->form) x->form(x->arg, x->result);
    if (weir_program_has(x->alone, x->result)) x->result = weir_value_copy(&x->arena, x->tools->builder, x->result);
    x->alone = NULL;
}

weir_ended weir_exec_go(weir_exec *x) {
    if (x->frames && x->frame == x->own) come_back(x);
    while (x->frames)
        if (!step(x, &x->frame[x->frames - 1])) return leave(x), WEIR_EXEC_PARKED;
    x->has_result = false;
    if (x->alone) end_alone(x);
    return WEIR_EXEC_DONE;
}

/* -- for commands ---------------------------------------------------------------------------------------------------- */

weir_verdict weir_exec_enter_program(weir_exec *x, weir_program *program) {
    return weir_exec_begin(x, program, WEIR_SLP_ALL, false) ? WEIR_ENTER : WEIR_RETURN;
}

weir_program *weir_exec_read(weir_exec *x, const char *at, size_t bytes) {
    weir_slp_error e;
    const weir_slp *s = weir_slp_read(x->tools->reader, at, bytes, WEIR_SLP_ALL, &e);
    weir_program *p = s ? weir_program_new(s, x->tools->words->names) : NULL;
    if (p) return p;
    if (s || e.what == WEIR_SLP_NOMEM) weir_fail(x, "nomem", "no memory to read a text");
    else weir_fail(x, "parse", "%s at byte %u, line %u: %s", weir_slp_class_name(e.what), e.offset, e.line, e.message);
    return NULL;
}

static weir_program *copy_of(weir_exec *x, weir_slp_value v) {
    uint32_t small[WEIR_VALUE_SMALL / 4];
    const weir_slp *s = weir_value_buffer(v, x->tools->builder, small);
    weir_program *program = s ? weir_program_new(s, x->tools->words->names) : NULL;
    if (!program) weir_fail(x, "nomem", "no memory for a body");
    return program;
}

weir_program *weir_exec_script(weir_exec *x, weir_slp_value v) {
    weir_slp_text t = {0};
    if (weir_slp_type_of(v) != WEIR_SLP_STRING) return copy_of(x, v);
    t = weir_slp_text_of(v);
    return weir_exec_read(x, t.at, t.bytes);
}

/* What lies in another buffer than the form (a variable held it) is made a program of its own. */
weir_verdict weir_exec_enter(weir_exec *x, weir_slp_value v) {
    bool body = weir_slp_type_of(v) == WEIR_SLP_BODY;
    weir_program *program = x->frame[x->frames - 1].program;
    if (!weir_program_has(program, v)) {
        program = copy_of(x, v);
        return program && weir_exec_begin(x, program, body ? WEIR_SLP_ALL : WEIR_SLP_ONE, false) ? WEIR_ENTER
                                                                                                 : WEIR_RETURN;
    }
    if (body) return push_run(x, program, v, weir_slp_count(v)) ? WEIR_ENTER : WEIR_RETURN;
    evaluate(x, program, v);
    return WEIR_ENTER;
}

void *weir_exec_state(weir_exec *x, size_t bytes) {
    weir_frame *f = &x->frame[x->frames - 1];
    if (!f->state && (f->state = weir_arena_take(&x->arena, bytes))) memset(f->state, 0, bytes);
    return f->state;
}
