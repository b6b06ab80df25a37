/* What a reader gets of a failure: the law, the steps in columns by thread, and where each thread ended. */
#include <stdio.h>
#include <string.h>

#include "stress/model/search.h"
#include "stress/model/symbols.h"

static event events[EVENTS_MAX], spare;

event *trace(const char *what, uintptr_t address, const void *site) {
    event *e = m.tracing && m.events < EVENTS_MAX ? &events[m.events++] : &spare;
    *e = (event){(uint8_t)m.running, what, -1, address, 0, 0, false, false, 0, 0, "", site};
    return e;
}

static const char *order_name(int order) {
    static const char *const names[] = {"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};
    return order >= 0 && order <= 5 ? names[order] : "";
}

enum { TEXT_MAX = 256 };

static void place_name(char *text, uintptr_t address) {
    int stack = fibre_of(address);
    if (address == 0) text[0] = '\0';
    else if (stack >= 0) snprintf(text, TEXT_MAX, "%c's stack-0x%lx", 'a' + stack, fibre_top(stack) - address);
    else symbol_data(address, text, TEXT_MAX);
}

static void number(char *text, uint64_t v) {
    bool small = v < 1000000 || v > UINT64_MAX - 1000;
    snprintf(text, 24, small ? "%ld" : "0x%lx", (long)v);
}

/* "cas x+8: 3 -> 4" */
static void step_text(const event *e, char *text) {
    char place[TEXT_MAX], before[24], after[24];
    place_name(place, e->address);
    number(before, e->before);
    number(after, e->after);
    const char *gap = place[0] ? " " : "";
    int n = snprintf(text, TEXT_MAX, "%s%s%.60s", e->what, gap, place);
    if (e->reads && e->writes) n += snprintf(text + n, TEXT_MAX - (size_t)n, ": %s -> %s", before, after);
    else if (e->reads) n += snprintf(text + n, TEXT_MAX - (size_t)n, " = %s", before);
    else if (e->writes) n += snprintf(text + n, TEXT_MAX - (size_t)n, " := %s", after);
    if (e->note[0]) snprintf(text + n, TEXT_MAX - (size_t)n, " %s", e->note);
}

/* What makes the step strange, after its place in the source. */
static void remark(const event *e, char *text) {
    text[0] = '\0';
    if (e->stale) snprintf(text, TEXT_MAX, "  STALE: %d newer", e->stale);
    else if (e->late) snprintf(text, TEXT_MAX, "  LATE: %d newer are there already", e->late);
}

static void say_step(int i, int width) {
    char text[TEXT_MAX], line[TEXT_MAX], strange[TEXT_MAX];
    const event *e = &events[i];
    step_text(e, text);
    remark(e, strange);
    symbol_line(e->site, line, sizeof line);
    int indent = e->thread < MODEL_THREADS_MAX ? e->thread * width : 0;
    int rest = (m.thread_count - e->thread) * width;
    stress_say("%4d  %*s%-*s  %-8s %s%s", i + 1, indent, "", rest, text, order_name(e->order), line, strange);
}

/* Of a livelock the beginning and the end tell enough. */
static void say_steps(int width) {
    enum { HEAD = 60, TAIL = 140 };
    for (int i = 0; i < m.events; i++) {
        if (i == HEAD && m.events > HEAD + TAIL) {
            stress_say("      ... %d steps ...", m.events - HEAD - TAIL);
            i = m.events - TAIL;
        }
        say_step(i, width);
    }
}

static void say_head(int width) {
    char line[600];
    int n = snprintf(line, sizeof line, "step  ");
    for (int i = 0; i < m.thread_count; i++) {
        char name[TEXT_MAX];
        symbol_function((uintptr_t)m.program->thread[i], name, sizeof name);
        n += snprintf(line + n, sizeof line - (size_t)n, "%c: %-*.40s", 'a' + i, width - 3, name);
    }
    stress_say("%s  order    source", line);
}

static void say_end(void) {
    static const char *const states[] = {"can go on", "spins", "sleeps", "was stopped", "has finished"};
    for (int i = 0; i < m.thread_count; i++) {
        const struct thread *t = &m.threads[i];
        char line[TEXT_MAX], place[TEXT_MAX] = "";
        symbol_line(t->site, line, sizeof line);
        if (t->state == ASLEEP) place_name(place, t->key);
        if (t->state == DONE) stress_say("  %c has finished", 'a' + i);
        else if (!t->site) stress_say("  %c has not begun", 'a' + i);
        else
            stress_say("  %c %s in %s%s%s at %s", 'a' + i, states[t->state], t->doing, place[0] ? " on " : "", place,
                       line);
    }
}

/* The schedule has been run once more, and its steps recorded. */
static stress_verdict tell(outcome o, const char *suffix) {
    int width = m.thread_count <= 2 ? 44 : m.thread_count == 3 ? 30 : 26;
    m.tracing = false;
    if (!outcome_bad(o)) return STRESS_PASS;
    stress_replay("%s", suffix);
    symbols_load(events, m.events);
    say_head(width);
    say_steps(width);
    say_end();
    return stress_fail("%s", m.law);
}

stress_verdict report(const deviations *d) {
    static char text[4096];
    text[0] = 'g';
    replay_write(d, text + m.lazy, sizeof text - 1);
    m.tracing = true;
    m.strategy = m.lazy ? &strategy_replay_graph : &strategy_replay;
    replay_set(d);
    return tell(schedule_run(), text);
}
