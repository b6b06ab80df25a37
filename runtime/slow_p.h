/* slow - the last few commands, handlers and scripts that took long: a ring under a lock, written on the slow path alone. */
#ifndef WEIR_RUNTIME_SLOW_P_H
#define WEIR_RUNTIME_SLOW_P_H

#include <stdbool.h>

#include "prims/lock_p.h"
#include "runtime/weir.h"

typedef struct weir_slow_log {
    weir_lock lock;
    weir_slow *at; /* number i lies at i modulo room */
    uint32_t room;
    uint64_t seen, cleared; /* how many there have been, and how many of those have been cleared */
} weir_slow_log;

bool weir_slow_init(weir_slow_log *l, uint32_t room); /* false: no memory */
void weir_slow_free(weir_slow_log *l);

/* One that has just ended. Texts are cut to their places. */
void weir_slow_add(weir_slow_log *l, const char *scope, uint64_t took_ns, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* When a script of this session begins, 0: its time is not taken; and it has ended. */
uint64_t weir_slow_begin(const weir_session *s);
void weir_slow_end(weir_session *s, uint64_t since);

uint64_t weir_slow_seen(weir_slow_log *l);

#endif
