#include "sched/loop_p.h"

#include <stdio.h>

void weir_loop_each(weir_loop *loop, void (*fn)(void *arg, const weir_co *co), void *arg) {
    for (const weir_co *co = loop->list.oldest; co; co = co->newer) fn(arg, co);
}

static void report_level(void *arg, const weir_co_type *type, unsigned line) {
    const char **before = arg;
    fprintf(stderr, "%s%s at %s:%u", *before, type->name, type->file, line);
    *before = " < ";
}

static void report(void *arg, const weir_co *co) {
    const char *name = arg, *before = "";
    fprintf(stderr, "weir: %s: ", name);
    weir_co_trace(co, report_level, &before);
    fprintf(stderr, "%s\n", co->state == WEIR_CO_WAITS ? ", waits" : co->state == WEIR_CO_SLEEPS ? ", sleeps" : "");
}

void weir_loop_report(weir_loop *loop) { weir_loop_each(loop, report, (void *)(uintptr_t)loop->name); }

void weir_loop_stats_get(const weir_loop *loop, weir_loop_stats *out) { *out = loop->stats; }
