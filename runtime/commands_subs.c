/* A session's subscriptions, seen and ended one by one. */
#include <stdlib.h>

#include "runtime/session_p.h"

static void put(weir_slp_builder *b, const weir_subscribed *s) {
    char letter = weir_channel_letter(s->channel);
    weir_slp_open(b, WEIR_SLP_LIST);
    weir_slp_put_integer(b, (int64_t)s->id);
    weir_slp_put_symbol(b, &letter, 1);
    weir_slp_put_integer(b, s->topic);
    weir_slp_put_integer(b, s->queued);
    weir_slp_close(b);
}

static weir_verdict subs(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    (void)args, (void)n;
    size_t room = weir_subscription_list(x->session, NULL, 0);
    weir_subscribed *all = malloc((room + 1) * sizeof *all);
    if (!all) return weir_fail(x, "nomem", "no memory for %zu subscriptions", room);
    size_t got = weir_subscription_list(x->session, all, room);
    weir_slp_builder *b = x->tools->builder;
    weir_slp_open(b, WEIR_SLP_LIST);
    for (size_t i = got < room ? got : room; i-- > 0;) put(b, &all[i]);
    weir_slp_close(b);
    free(all);
    return weir_call_built(x);
}

/* Without a number: the one whose handler asks. A processor's is nobody's. */
static weir_verdict leave(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    const weir_subscription *own = x->subscription;
    if (n == 0 && (!own || own->session != x->session)) return weir_fail(x, "notfound", "this is no handler");
    uint64_t id = n ? (uint64_t)weir_slp_integer(args[0]) : own->id;
    return weir_return(x, weir_value_truth(weir_session_unlisten_one(x->session, id, x->turn)));
}

const weir_command weir_subs_commands[] = {
    {"core/event/subs", "", 0, subs, NULL,
     ": this session's subscriptions, a list (ID CHANNEL TOPIC WAITING) for each"},
    {"core/event/leave", "?n", 0, leave, NULL,
     "[ID]: ends one subscription; without ID that of the handler that asks; true or false"},
    {0}};
