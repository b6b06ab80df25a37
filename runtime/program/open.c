#include "runtime/program/open.h"

#include <string.h>

#include "runtime/program/stats.h"

static bool open_all(weir_opened *p, const weir_runtime_options *o, weir_error *error) {
    if (!weir_runtime_open(o, &p->runtime, error)) return false;
    if (o->replay) return true; /* its sessions are in the record */
    return weir_setup_preset(&p->setup, p->runtime, error) &&
           (p->session = weir_session_open(p->runtime, &p->setup.session, error));
}

weir_exit weir_open(weir_opened *p, const weir_run_options *o, const weir_runtime_options *say) {
    weir_error error;
    *p = (weir_opened){0};
    weir_exit bad = o->setup ? weir_setup_read(&p->setup, o->setup) : WEIR_GOOD;
    if (bad) return bad;
    if (o->entity) p->setup.session.entity = o->entity;
    if (o->scope) p->setup.session.scope = o->scope;
    weir_runtime_options options = *say;
    options.path = o->store;
    options.sched = o->sched;
    options.store = o->kind;
    options.level = o->level;
    options.steps = o->steps;
    options.workers = o->workers;
    options.slow_ns = o->slow_ms * UINT64_C(1000000);
    options.limits = o->limits;
    options.await_ms = p->setup.await_ms;
    options.record = o->record;
    options.replay = o->replay;
    if (open_all(p, &options, &error)) return WEIR_GOOD;
    weir_runtime_close(p->runtime, NULL);
    weir_setup_free(&p->setup);
    bool damaged = o->store && strstr(error.text, " is damaged");
    return damaged ? weir_refuse("%s; weir store dump %s shows what is before it", error.text, o->store)
                   : weir_refuse("%s", error.text);
}

weir_exit weir_shut(weir_opened *p, const weir_run_options *o) {
    weir_error error;
    weir_exit worst = WEIR_GOOD;
    if (o->stats && !weir_stats_show(stderr, p->runtime)) worst = weir_refuse("no memory for the statistics");
    if (o->slow_ms && !weir_slow_show(stderr, p->runtime)) worst = weir_refuse("no memory for what was slow");
    weir_session_close(p->session);
    if (!weir_runtime_close(p->runtime, &error)) worst = weir_refuse("%s", error.text);
    weir_setup_free(&p->setup);
    return worst;
}
