#include "sched/sched_p.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

weir_sched_status weir_sched_refuse(weir_sched_error *error, weir_sched_status status, const char *format, ...) {
    if (!error) return status;
    va_list args;
    va_start(args, format);
    error->status = status;
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return status;
}

const char *weir_event_describe(const weir_event *e, char *text, size_t size) {
    if (weir_event_is_child(e)) snprintf(text, size, "a child at key %llu", (unsigned long long)e->key);
    else
        snprintf(text, size, "event %u:%llu at key %llu", e->stream, (unsigned long long)e->rank[1],
                 (unsigned long long)e->key);
    return text;
}

void weir_sched_tell(weir_sched *s, weir_sched_status status, unsigned worker, const weir_event *const *events,
                     size_t count, const char *format, ...) {
    weir_sched_fault fault = {.status = status, .worker = worker, .events = events, .count = count};
    va_list args;
    va_start(args, format);
    vsnprintf(fault.text, sizeof fault.text, format, args);
    va_end(args);
    if (s->o.fault) s->o.fault(s->o.arg, &fault);
    else fprintf(stderr, "weir: %s: %s\n", weir_sched_status_text(status), fault.text);
}
