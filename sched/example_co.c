/* example_co - a kitchen: guests order dishes of a cook, who asks for what is missing in a store; all are coroutines.
 *
 * It shows levels and their finalisers, errors with text, services, deadlines, and the form in which a debugger goes
 * over waits line by line (sched/README.md has such a session).
 *
 *     | ann eats soup after 2 of 2 onions
 *     | bob gets nothing: there are no truffles
 *     | cid has left: timeout: the deadline has passed
 *     | the kitchen is closed
 */
#include <stdio.h>
#include <string.h>

#include <weir/sched/loop.h>
#include <weir/sched/request.h>

enum { NOTHING_LEFT = WEIR_CO_OWN, MS = 1000000 };

/* -- the store answers how many of a thing it gives -- */

struct store {
    weir_co co;
    weir_service service;
    weir_taken wanted;
    unsigned onions;
};
WEIR_COROUTINE(store) {
    weir_status st;
    WEIR_CO_BEGIN;
    weir_service_open(&self->service, co, 4);
    for (;;) {
        WEIR_TAKE(st, &self->service, &self->wanted, WEIR_FOREVER);
        if (st) break;
        bool onion = strcmp((const char *)(uintptr_t)self->wanted.word, "onion") == 0 && self->onions;
        if (onion) self->onions--;
        weir_respond(&self->wanted, onion);
    }
    WEIR_CO_FINALLY;
    weir_service_close(&self->service);
    WEIR_CO_END;
}

/* -- a level of the cook's: fetches `wanted` of a thing, or raises an error -- */

struct fetch {
    weir_frame frame;
    struct store *store; /* arguments */
    const char *thing;
    unsigned wanted;
    unsigned got; /* result */
    weir_request request;
};
WEIR_COROUTINE(fetch) {
    weir_status st;
    WEIR_CO_BEGIN;
    while (self->got < self->wanted) {
        WEIR_REQUEST(st, &self->store->service, &self->request, (uintptr_t)self->thing, WEIR_FOREVER);
        if (st || !self->request.word) WEIR_RAISE(NOTHING_LEFT, "there are no %ss", self->thing);
        self->got++;
    }
    WEIR_CO_END;
}

/* -- the cook: one dish at a time -- */

typedef struct dish {
    const char *thing; /* of what; NULL: a roast, which takes long */
    char said[256];
} dish;

struct cook {
    weir_co co;
    weir_service service;
    weir_taken job;
    struct store *store;
    struct fetch fetch;
    dish *dish;
    int status;
};
WEIR_COROUTINE(cook) {
    weir_status st;
    WEIR_CO_BEGIN;
    weir_service_open(&self->service, co, 4);
    for (;;) {
        WEIR_TAKE(st, &self->service, &self->job, WEIR_FOREVER);
        if (st) break;
        self->dish = (dish *)(uintptr_t)self->job.word;
        if (!self->dish->thing) WEIR_SLEEP((uint64_t)3600000 * MS); /* but the kitchen closes earlier */
        WEIR_TRY(self->status, fetch, &self->fetch, .store = self->store, .thing = self->dish->thing, .wanted = 2);
        if (self->status) snprintf(self->dish->said, sizeof self->dish->said, "%s", weir_co_text(co));
        else snprintf(self->dish->said, sizeof self->dish->said, "%u of 2 %ss", self->fetch.got, self->dish->thing);
        weir_respond(&self->job, self->status == 0);
    }
    WEIR_CO_FINALLY;
    weir_service_close(&self->service);
    puts("the kitchen is closed");
    WEIR_CO_END;
}

/* -- a guest -- */

struct guest {
    weir_co co;
    const char *name;
    struct cook *cook;
    dish dish;
    uint64_t patience_ns;
    weir_request request;
};
WEIR_COROUTINE(guest) {
    weir_status st;
    WEIR_CO_BEGIN;
    WEIR_REQUEST(st, &self->cook->service, &self->request, (uintptr_t)&self->dish, weir_co_now(co) + self->patience_ns);
    if (st) printf("%s has left: %s\n", self->name, weir_status_text(st));
    else if (self->request.word) printf("%s eats soup after %s\n", self->name, self->dish.said);
    else printf("%s gets nothing: %s\n", self->name, self->dish.said);
    WEIR_CO_END;
}

static void close_kitchen(weir_co *co, int status) {
    (void)co;
    (void)status;
    weir_loop_stop(weir_loop_here());
}

int main(void) {
    static struct store store;
    static struct cook cook;
    static struct guest ann, bob, cid;
    const uint64_t hour = (uint64_t)3600000 * MS;
    weir_loop *loop;
    if (weir_loop_open(NULL, &loop)) return 1;
    WEIR_SPAWN(loop, store, &store, .onions = 2); /* first come, first served: services are open before anybody asks */
    WEIR_SPAWN(loop, cook, &cook, .store = &store);
    WEIR_SPAWN(loop, guest, &ann, .name = "ann", .cook = &cook, .dish.thing = "onion", .patience_ns = hour);
    WEIR_SPAWN(loop, guest, &bob, .name = "bob", .cook = &cook, .dish.thing = "truffle", .patience_ns = hour);
    WEIR_SPAWN(loop, guest, &cid, .name = "cid", .cook = &cook, .dish.thing = NULL, .patience_ns = 5 * MS,
               .co.end = close_kitchen);
    weir_loop_run(loop);
    return (int)weir_loop_close(loop); /* cancels who has not ended: the cook and the store */
}
