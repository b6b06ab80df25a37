/* runtime_world_p - a runtime on the scheduler at hand for a check: opened by chance, watched, closed, and nothing left behind. */
#ifndef WEIR_STRESS_RUNTIME_WORLD_P_H
#define WEIR_STRESS_RUNTIME_WORLD_P_H

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "prims/atomic.h"
#include "runtime/weir.h"
#include "stress/rounds.h"

enum { WORLD_SLACK = 1 << 20 }; /* bytes that may stay in caches of the system's after a round, in all */

typedef struct world {
    weir_runtime *runtime;
    weir_runtime_options options;
    weir_a64 failed, full; /* handlers that failed; those of them with `full` */
    weir_a64 logged;
    void *arg;     /* of whoever has it */
    size_t before; /* bytes in use when the first of the rounds was over */
    unsigned rounds;
} world;

static inline void world_must(bool good, const char *what, const char *why) {
    if (good) return;
    fprintf(stderr, "%s: %s\n", what, why);
    abort();
}

static inline void world_error(void *arg, const char *line, size_t bytes) {
    world *w = arg;
    weir_a64_add(&w->failed, 1);
    if (memmem(line, bytes, ": full: ", 8)) weir_a64_add(&w->full, 1);
}

static inline void world_log(void *arg, const char *line, size_t bytes) {
    (void)line, (void)bytes;
    weir_a64_add(&((world *)arg)->logged, 1);
}

static inline void world_open_with(world *w, weir_runtime_options o,
                                   void (*log)(void *arg, const char *line, size_t bytes)) {
    weir_error error = {{0}};
    o.sched = STRESS_VARIANT;
    o.store = "memory";
    if (!o.error) o.error = world_error;
    o.log = log;
    o.arg = w;
    w->options = o;
    weir_a64_store(&w->failed, 0), weir_a64_store(&w->full, 0), weir_a64_store(&w->logged, 0);
    world_must(weir_runtime_open(&o, &w->runtime, &error), "a runtime is refused", error.text);
}

static inline void world_open(world *w, weir_runtime_options o) { world_open_with(w, o, world_log); }

/* One to four workers, and queues from 1 to 8 or with much room. */
static inline weir_runtime_options world_by_chance(stress_random *random) {
    return (weir_runtime_options){.workers = 1 + stress_random_below(random, 4),
                                  .queue = stress_random_below(random, 4) ? 1 + stress_random_below(random, 8) : 1000,
                                  .parked_max =
                                      stress_random_below(random, 2) ? 1 + stress_random_below(random, 8) : 0};
}

static inline weir_session *world_session(world *w, const weir_session_options *o) {
    weir_error error = {{0}};
    weir_session *s = weir_session_open(w->runtime, o, &error);
    world_must(s != NULL, "a session is refused", error.text);
    return s;
}

/* When all have done their part. What is left takes milliseconds; a wake that was lost never comes. */
static inline bool world_quiet(world *w) {
    if (weir_runtime_quiet(w->runtime, weir_now_ns() + UINT64_C(10000000000))) return true;
    stress_fail("handlers have not ended after 10 s");
    return false;
}

/* Sessions are closed: gives all memory back, which a law is. */
static inline void world_close(world *w) {
    weir_error error = {{0}};
    if (!weir_runtime_close(w->runtime, &error)) stress_fail("the store does not close: %s", error.text);
    size_t used = mallinfo2().uordblks;
    if (w->rounds++ == 2) w->before = used;
    if (w->rounds > 3 && used > w->before + WORLD_SLACK)
        stress_fail("%zu bytes are in use after a runtime was closed, and were %zu %u runtimes before", used, w->before,
                    w->rounds - 3);
    stress_count("handlers failed", weir_a64_load(&w->failed));
    stress_count("times full", weir_a64_load(&w->full));
}

/* -- scripts -- */

typedef struct world_told {
    char text[400]; /* of the last form */
    unsigned forms, errors;
} world_told;

static inline void world_tell(void *arg, weir_slp_value v) {
    world_told *t = arg;
    size_t n = weir_slp_print(v, WEIR_SLP_CANONICAL, t->text, sizeof t->text - 1);
    t->text[n < sizeof t->text ? n : sizeof t->text - 1] = 0;
    t->forms++;
    t->errors += weir_slp_type_of(v) == WEIR_SLP_ERROR;
}

static inline world_told world_eval(weir_session *s, const char *text) {
    world_told told = {.forms = 0};
    weir_slp_error error = {0};
    world_must(weir_eval(s, text, strlen(text), world_tell, &told, &error), text, error.message ? error.message : "");
    return told;
}

/* A script whose forms must all be good. */
static inline void world_do(weir_session *s, const char *text) {
    world_told told = world_eval(s, text);
    if (told.errors) stress_fail("'%s' answered %s", text, told.text);
}

static inline weir_slp_value world_integer(weir_slp_builder *b, uint64_t i) {
    weir_slp_put_integer(b, (int64_t)i);
    return weir_slp_root(weir_slp_finish(b, NULL));
}

#endif
