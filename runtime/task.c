#include "runtime/task_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/room_p.h"
#include "runtime/processor_p.h"
#include "runtime/promise_p.h"
#include "runtime/session_p.h"
#include "runtime/task_load_p.h"
#include "runtime/tasks_p.h"

enum { PIECES = 16 }; /* forms before others of the worker get their turn */

void weir_task_complain(weir_runtime *r, weir_kv_bytes base, const char *what, size_t bytes) {
    char path[300], line[900];
    size_t all = weir_task_path(path, sizeof path, base);
    int n = snprintf(line, sizeof line, "task %.*s: %.*s", (int)all, path, bytes < 500 ? (int)bytes : 500, what);
    r->o.error(r->o.arg, line, (size_t)n);
}

static void complain(weir_task *t, const char *what, size_t bytes) {
    weir_task_complain(t->runtime, t->base, what, bytes);
}

static weir_kv_bytes space_of(const weir_task *t) { return weir_kv_bytes_of(t->at, t->space); }

/* The space of its innermost frame. */
static void enter_space(weir_task *t) {
    memcpy(t->at, t->base.at, t->base.size);
    t->space = t->base.size;
    t->at[t->space++] = WEIR_TASK_KEY_SPACE;
    for (uint32_t i = 1; i < t->frames; i++) {
        t->at[t->space++] = (char)WEIR_TASK_MARK;
        t->at[t->space++] = 0;
    }
}

/* -- roused and parked --------------------------------------------------------------------------------------------- */

weir_task_rouse weir_task_rouse_begin(weir_task *t) {
    bool over = weir_task_is_over(t);
    weir_task_rouse r = {.dispatch = t->idle, .ended = over && t->record.at};
    t->idle = false;
    if (over) weir_a32_store(&t->interrupted, 1);
    if (t->waiter && over) r.wake = weir_waiter_give_up(t->waiter);
    return r;
}

void weir_task_rouse_end(weir_task *t, weir_task_rouse r, weir_turn *turn) {
    if (r.dispatch) {
        weir_runtime_begin(t->runtime);
        weir_tasks_begin(t->runtime);
        weir_strand_dispatch(&t->strand, turn);
    }
    if (r.wake) weir_strand_wake(&t->strand, turn);
    if (!r.ended) return;
    weir_promises_close(t->session, true);
    weir_pub_interrupt(t->session);
}

bool weir_task_has_ended(weir_task *t) {
    weir_lock_acquire(&t->lock);
    bool ended = weir_task_is_over(t);
    weir_lock_release(&t->lock);
    return ended;
}

bool weir_task_waits(weir_task *t, weir_waiter *w) {
    weir_lock_acquire(&t->lock);
    bool goes_on = !weir_task_is_over(t);
    t->waiter = goes_on ? w : NULL;
    t->waits = t->waiter != NULL;
    weir_lock_release(&t->lock);
    return goes_on;
}

/* True: parked, and t may be elsewhere already. A task that awaits an event keeps nobody from being quiet. */
static bool parks(weir_task *t, bool awaits) {
    weir_runtime *r = t->runtime;
    t->strand.uncounted = awaits;
    if (!weir_strand_park(&t->strand)) return t->strand.uncounted = false;
    if (awaits) weir_runtime_end(r);
    return true;
}

/* -- a form -------------------------------------------------------------------------------------------------------- */

bool weir_task_is_frame(const weir_vocabulary *words, const weir_program *p, weir_slp_value v) {
    if (weir_slp_type_of(v) != WEIR_SLP_LIST || weir_slp_count(v) != 2) return false;
    weir_slp_value name = weir_slp_at(v, 0);
    if (weir_slp_type_of(name) != WEIR_SLP_SYMBOL) return false;
    uint32_t number = weir_program_number(p, name);
    if (number >= words->words || strcmp(words->word[number].command.name, "core/task/frame")) return false;
    return weir_slp_type_of(weir_slp_at(v, 1)) == WEIR_SLP_BODY;
}

/* Nothing of the form has been. */
static void forget(weir_task *t) {
    weir_draft_reset(&t->draft);
    for (weir_task *next; t->started; t->started = next) {
        next = t->started->sibling;
        weir_tasks_drop(t->started);
    }
    t->event = NULL;
    t->last = &t->event;
    t->events = t->requests = 0;
    enter_space(t);
}

weir_verdict weir_task_defer(weir_exec *x, uint32_t channel, uint32_t topic, weir_slp_value value) {
    weir_task *t = x->task;
    if (t->events == WEIR_DRAFT_WRITES)
        return weir_fail(x, "full", "more than %d events of one form", WEIR_DRAFT_WRITES);
    weir_task_event *e = weir_arena_take(&t->draft.arena, sizeof *e);
    if (!e) return weir_fail(x, "nomem", "no memory for an event");
    *e = (weir_task_event){.channel = channel, .topic = topic};
    e->value = weir_value_copy(&t->draft.arena, x->tools->builder, value);
    if (weir_value_is_error(e->value) && !weir_value_is_error(value)) return weir_return(x, e->value);
    *t->last = e;
    t->last = &e->next;
    t->events++;
    return weir_return(x, weir_value_true());
}

static void begin(weir_task *t, weir_slp_value form) {
    forget(t);
    t->phase = WEIR_TASK_FORM;
    weir_exec_begin_form(&t->x, weir_program_retain(t->program), form); /* false: the error is its value */
}

/* -- its end ------------------------------------------------------------------------------------------------------- */

static void tell_failure(weir_task *t) {
    weir_slp_text text = weir_slp_text_of(t->x.result);
    complain(t, text.at, text.bytes);
}

/* The form has failed, with x->result; none of what it did is. */
static void fail(weir_task *t) {
    t->phase = WEIR_TASK_BETWEEN;
    tell_failure(t);
    forget(t);
    if (weir_task_commit(t, WEIR_TASK_FAILED, t->frame[t->frames - 1].pc, t->x.result) != WEIR_TASK_REFUSED) return;
    tell_failure(t);
    if (weir_task_commit(t, WEIR_TASK_FAILED, t->frame[t->frames - 1].pc, weir_value_integer(0)) != WEIR_TASK_REFUSED)
        return;      /* which takes no more room than what is there */
    tell_failure(t); /* and the store cannot be told: it is tried again when it is opened again */
    weir_lock_acquire(&t->lock);
    t->gone = true;
    weir_lock_release(&t->lock);
}

static void try_again(weir_task *t) {
    if (++t->tries < WEIR_TASK_TRIES) {
        t->phase = WEIR_TASK_BETWEEN;
        return;
    }
    weir_fail(&t->x, "timeout", "others changed what a form relies on, %d times", WEIR_TASK_TRIES);
    fail(t);
}

static void launch_started(weir_task *t) {
    for (weir_task *p; (p = t->started);) {
        t->started = p->sibling;
        const char *why = weir_task_load(p, t->x.tools->builder);
        if (!why) weir_total_add(&t->runtime->metrics, WEIR_TOTAL_TASKS_STARTED), weir_task_launch(p, t->x.turn);
        else complain(p, why, strlen(why)), weir_tasks_drop(p);
    }
}

/* The form has ended with x->result. */
static void complete(weir_task *t) {
    weir_task_frame *f = &t->frame[t->frames - 1];
    weir_task_stage state = t->frames == 1 && f->pc + 1 == weir_slp_count(f->body) ? WEIR_TASK_DONE : WEIR_TASK_RUNNING;
    if (weir_value_is_error(t->x.result)) {
        if (weir_task_has_ended(t)) t->phase = WEIR_TASK_BETWEEN; /* which is why */
        else fail(t);
        return;
    }
    switch (weir_task_commit(t, state, f->pc + 1, t->x.result)) {
    case WEIR_TASK_COMMITTED:
        f->pc++;
        t->tries = 0;
        t->phase = WEIR_TASK_SENDING;
        launch_started(t);
        weir_exec_settle(&t->x);
        break;
    case WEIR_TASK_CONFLICT: try_again(t); break;
    case WEIR_TASK_REFUSED: fail(t); break;
    case WEIR_TASK_OVER: t->phase = WEIR_TASK_BETWEEN; break;
    }
}

/* -- events of a completed form ------------------------------------------------------------------------------------ */

/* False: parked until there is room, and t may be elsewhere already. */
static bool send_one(weir_task *t, const weir_task_event *e) {
    static const char lost[] = "an event was lost: no memory, or too many bytes wait";
    weir_topic *topic = weir_target(t->runtime, e->channel, e->topic);
    weir_subscription *full;
    if (!topic && e->channel == WEIR_EXECUTION) complain(t, lost, sizeof lost - 1);
    while (topic) {
        weir_admitted how =
            weir_topic_publish(t->session, topic, e->value, t->x.tools->builder, &t->room, t->x.turn, &full);
        if (how != WEIR_ADMITTED && how != WEIR_ADMIT_FULL) complain(t, lost, sizeof lost - 1);
        if (how != WEIR_ADMIT_FULL) break;
        t->room = (weir_room_waiter){.strand = &t->strand};
        if (weir_room_park(full, &t->room) == WEIR_ROOM_PARKED && parks(t, false)) return false;
    }
    return true;
}

static bool send_all(weir_task *t) {
    while (t->event) {
        if (!send_one(t, t->event)) return false;
        t->event = t->event->next;
    }
    t->phase = WEIR_TASK_BETWEEN;
    return true;
}

/* -- between two forms --------------------------------------------------------------------------------------------- */

/* The innermost frame has run: what lies in it goes, then the frame itself. */
static void pop(weir_task *t) {
    forget(t);
    weir_tasks_end_below(t->runtime, t, space_of(t), t->x.turn);
    weir_kv_status st = weir_task_sweep(t->runtime->kv, t->session->tenant, space_of(t), NULL);
    if (st != WEIR_KV_OK) {
        weir_fail(&t->x, weir_store_class(st), "a frame cannot be removed: %s", weir_kv_status_text(st));
        fail(t);
        return;
    }
    bool empty = weir_slp_count(t->frame[t->frames - 1].body) == 0;
    t->x.result = empty ? weir_value_integer(0) : t->x.variable[WEIR_VARIABLE_RESULT];
    t->frames--;
    complete(t);
}

/* A task without a form. */
static void end_empty(weir_task *t) {
    forget(t);
    if (weir_task_commit(t, WEIR_TASK_DONE, 0, weir_value_integer(0)) == WEIR_TASK_REFUSED) fail(t);
}

static void push(weir_task *t, weir_slp_value body) {
    if (t->frames < WEIR_TASK_FRAMES) {
        t->frame[t->frames++] = (weir_task_frame){.body = body};
        return;
    }
    weir_fail(&t->x, "depth", "frames within frames, the limit is %d", WEIR_TASK_FRAMES);
    fail(t);
}

static void next_form(weir_task *t) {
    weir_task_frame *f = &t->frame[t->frames - 1];
    if (f->pc == weir_slp_count(f->body)) {
        if (t->frames > 1) pop(t);
        else end_empty(t);
        return;
    }
    weir_slp_value form = weir_slp_at(f->body, f->pc);
    if (weir_task_is_frame(&t->runtime->words, t->program, form)) push(t, weir_slp_at(form, 1));
    else begin(t, form);
}

/* What lies in the store goes, but for the record. */
static void clear_away(weir_task *t) {
    weir_tasks_end_below(t->runtime, t, t->base, t->x.turn);
    weir_kv_status st = weir_task_clear(t->runtime->kv, t->session->tenant, t->base, false);
    if (st == WEIR_KV_OK || st == WEIR_KV_DROPPED) return;
    const char *why = weir_kv_status_text(st);
    complain(t, why, strlen(why)); /* the store's next opening does it */
}

static void finish(weir_task *t, bool gone) {
    weir_runtime *r = t->runtime;
    forget(t);
    weir_room_give_back(&t->room, t->x.turn);
    if (!gone) clear_away(t);
    weir_lock_acquire(&t->lock);
    t->left = true;
    weir_lock_release(&t->lock);
    weir_total_add(&r->metrics,
                   gone ? WEIR_TOTAL_TASKS_LEFT : WEIR_TOTAL_TASKS_DONE + (weir_total)(t->state - WEIR_TASK_DONE));
    weir_tasks_drop(t);
    weir_tasks_end(r);
    weir_runtime_end(r);
}

/* -- the strand ---------------------------------------------------------------------------------------------------- */

typedef enum onward { ON, ASLEEP, OVER } onward;

static onward look(weir_task *t, bool *gone) {
    weir_lock_acquire(&t->lock);
    onward answer = weir_task_is_over(t) ? OVER : t->state == WEIR_TASK_PAUSED ? ASLEEP : ON;
    *gone = t->gone;
    t->idle = answer == ASLEEP;
    weir_lock_release(&t->lock);
    return answer;
}

/* False: the piece has ended, and t may be elsewhere already, or gone. */
static bool between(weir_task *t) {
    weir_runtime *r = t->runtime;
    bool gone;
    switch (look(t, &gone)) {
    case ON: next_form(t); return true;
    case ASLEEP:
        weir_tasks_end(r);
        weir_runtime_end(r);
        return false;
    case OVER: finish(t, gone); return false;
    }
    return false;
}

static bool go(weir_task *t) {
    while (weir_exec_go(&t->x) == WEIR_EXEC_PARKED)
        if (parks(t, t->waits)) return false;
    complete(t);
    return true;
}

static void run(weir_strand *strand, weir_turn *turn) {
    weir_task *t = (weir_task *)strand;
    t->x.tools = &t->runtime->tools[weir_turn_worker(turn)];
    t->x.turn = turn;
    for (int n = 0; n < PIECES || t->phase == WEIR_TASK_FORM; n++) {
        bool on = t->phase == WEIR_TASK_BETWEEN ? between(t) : t->phase == WEIR_TASK_FORM ? go(t) : send_all(t);
        if (!on) return;
    }
    weir_strand_dispatch(strand, turn);
}

/* -- launched ------------------------------------------------------------------------------------------------------ */

/* Once it is dispatched it may end, and be gone, before this does: hence a reference of its own. */
void weir_task_launch(weir_task *t, weir_turn *turn) {
    weir_task_rouse r = {0};
    weir_a32_add(&t->references, 1);
    t->strand.run = run;
    t->last = &t->event;
    weir_lock_acquire(&t->lock);
    t->idle = true;
    if (t->gone || t->state != WEIR_TASK_PAUSED) r = weir_task_rouse_begin(t);
    weir_lock_release(&t->lock);
    weir_task_rouse_end(t, r, turn);
    weir_task_release(t);
}
