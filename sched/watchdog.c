/* The watchdog: names the handler that does not return.
 *
 * It looks at each worker a few times in stuck_ns. A worker whose count of handlers has not changed meanwhile, and that
 * is within one, is stuck. To name the event it must be there: the watchdog marks the handler as WATCHED, and one that
 * would return just then waits until it has been named. */
#include "sched/sched_p.h"

enum { LOOKS = 4 };

typedef struct seen {
    uint64_t handler, since_ns;
    bool told;
} seen;

static void tell(weir_sched *s, weir_worker *w, uint64_t handler, uint64_t ns) {
    uint64_t watched = handler | WEIR_HANDLER_WATCHED;
    if (!weir_a64_cas_acquire(&w->handler, &handler, watched)) return; /* it has returned */
    const weir_event *e = weir_aptr_load(&w->running);
    char text[96];
    weir_sched_tell(s, WEIR_SCHED_STUCK, w->index, &e, 1, "worker %u: the handler of %s has not returned for %llu ms",
                    w->index, weir_event_describe(e, text, sizeof text), (unsigned long long)(ns / 1000000));
    weir_a64_cas_release(&w->handler, &watched, handler); /* or it was declared lost meanwhile */
}

static void look(weir_sched *s, weir_worker *w, seen *at, uint64_t now) {
    uint64_t handler = weir_a64_load_acquire(&w->handler); /* pairs with WB in worker.c */
    if (handler != at->handler) *at = (seen){.handler = handler, .since_ns = now};
    if ((handler & 3) != WEIR_HANDLER_RUNS || at->told || now - at->since_ns < s->o.stuck_ns) return;
    at->told = true;
    tell(s, w, handler, now - at->since_ns);
}

static void *watch(void *arg) {
    weir_sched *s = arg;
    seen at[WEIR_WORKERS_MAX] = {{0}};
    uint64_t step = s->o.stuck_ns / LOOKS + 1;
    for (;;) {
        uint32_t heard = weir_bell_listen(&s->dog);
        if (!weir_a32_load(&s->closing_dog)) weir_bell_wait(&s->dog, heard, weir_now_ns() + step);
        weir_bell_leave(&s->dog);
        if (weir_a32_load(&s->closing_dog)) return NULL;
        unsigned top = weir_sched_top(s);
        for (unsigned i = 0; i < top; i++) look(s, &s->workers[i], &at[i], weir_now_ns());
    }
}

weir_sched_status weir_watchdog_start(weir_sched *s) {
    if (s->o.stuck_ns == WEIR_FOREVER) return WEIR_SCHED_OK;
    if (pthread_create(&s->watchdog, NULL, watch, s)) return WEIR_SCHED_NOMEM;
    s->watched = true;
    return WEIR_SCHED_OK;
}

void weir_watchdog_stop(weir_sched *s) {
    if (!s->watched) return;
    weir_a32_store(&s->closing_dog, 1);
    weir_bell_ring(&s->dog, 1);
    pthread_join(s->watchdog, NULL);
}
