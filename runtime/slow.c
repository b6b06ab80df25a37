#include "runtime/slow_p.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/session_p.h"

bool weir_slow_init(weir_slow_log *l, uint32_t room) {
    *l = (weir_slow_log){.at = calloc(room, sizeof *l->at), .room = room};
    weir_lock_init(&l->lock);
    return l->at != NULL;
}

void weir_slow_free(weir_slow_log *l) { free(l->at); }

static uint64_t wall_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void weir_slow_add(weir_slow_log *l, const char *scope, uint64_t took_ns, const char *format, ...) {
    weir_slow s = {.ended_ns = wall_ns(), .took_ns = took_ns};
    va_list args;
    va_start(args, format);
    vsnprintf(s.what, sizeof s.what, format, args);
    va_end(args);
    snprintf(s.scope, sizeof s.scope, "%s", scope);
    weir_lock_acquire(&l->lock);
    l->at[l->seen++ % l->room] = s;
    weir_lock_release(&l->lock);
}

uint64_t weir_slow_begin(const weir_session *s) {
    return weir_metrics_times_all(&s->runtime->metrics) ? weir_now_ns() : 0;
}

void weir_slow_end(weir_session *s, uint64_t since) {
    weir_metrics *m = &s->runtime->metrics;
    uint64_t ns = since ? weir_now_ns() - since : 0;
    if (since && weir_metrics_slow(m, ns)) weir_slow_add(&m->slow, s->scope, ns, "script");
}

uint64_t weir_slow_seen(weir_slow_log *l) {
    weir_lock_acquire(&l->lock);
    uint64_t n = l->seen;
    weir_lock_release(&l->lock);
    return n;
}

size_t weir_slow_read(weir_runtime *r, weir_slow *to, size_t room) {
    weir_slow_log *l = &r->metrics.slow;
    weir_lock_acquire(&l->lock);
    uint64_t kept = l->seen - l->cleared;
    if (kept > l->room) kept = l->room;
    size_t n = kept < room ? (size_t)kept : room;
    for (size_t i = 0; i < n; i++) to[i] = l->at[(l->seen - 1 - i) % l->room];
    weir_lock_release(&l->lock);
    return n;
}

void weir_slow_clear(weir_runtime *r) {
    weir_slow_log *l = &r->metrics.slow;
    weir_lock_acquire(&l->lock);
    l->cleared = l->seen;
    weir_lock_release(&l->lock);
}
