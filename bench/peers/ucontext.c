/* ucontext: stackful coroutines as libc has them. swapcontext saves the signal mask by a system call each time, which its standard asks
 * for. Stacks are made before and used again. */
#include <stdlib.h>
#include <ucontext.h>

#include "bench/cases/co_data.h"

enum { STACK = 16384, CONTEXTS = BENCH_CO_BATCH };

typedef struct contexts {
    ucontext_t main, context[CONTEXTS];
    char *stacks;
    uint64_t left, count, word;
} contexts;

static contexts *all; /* what a context finds when it begins; one a process */

static void *start(void) {
    all = calloc(1, sizeof *all);
    if (all) all->stacks = malloc((size_t)STACK * CONTEXTS);
    return all;
}

static void end(void *o) {
    free(((contexts *)o)->stacks);
    free(o);
}

static void begin(contexts *c, int i, void (*body)(void)) {
    getcontext(&c->context[i]);
    c->context[i].uc_stack.ss_sp = c->stacks + (size_t)STACK * (size_t)i;
    c->context[i].uc_stack.ss_size = STACK;
    c->context[i].uc_link = &c->main;
    makecontext(&c->context[i], body, 0);
}

static void ring_body(void) {
    contexts *c = all;
    for (uint64_t i = c->word++;;) { /* my place in the ring */
        uint64_t next = (i + 1) % BENCH_CO_RING;
        if (c->left-- == 0) swapcontext(&c->context[i], &c->main);
        c->count++;
        swapcontext(&c->context[i], &c->context[next]);
    }
}

static uint64_t yield(void *o, uint64_t n) {
    contexts *c = o;
    c->left = n;
    c->count = c->word = 0;
    for (int i = 0; i < BENCH_CO_RING; i++) begin(c, i, ring_body);
    swapcontext(&c->main, &c->context[0]);
    return c->count;
}

static void spawn_body(void) { all->count++; }

static uint64_t spawn(void *o, uint64_t n) {
    contexts *c = o;
    c->count = 0;
    for (uint64_t k = 0; k < n; k += CONTEXTS) {
        for (int i = 0; i < CONTEXTS; i++) begin(c, i, spawn_body);
        for (int i = 0; i < CONTEXTS; i++) swapcontext(&c->main, &c->context[i]);
    }
    return c->count;
}

static void answer_body(void) {
    for (contexts *c = all;;) {
        c->word *= 3;
        swapcontext(&c->context[1], &c->context[0]);
    }
}

static void ask_body(void) {
    contexts *c = all;
    for (uint64_t i = 1; i <= c->left; i++) {
        c->word = i;
        swapcontext(&c->context[0], &c->context[1]);
        c->count += c->word;
    }
}

static uint64_t request(void *o, uint64_t n) {
    contexts *c = o;
    c->left = n;
    c->count = 0;
    begin(c, 0, ask_body);
    begin(c, 1, answer_body);
    swapcontext(&c->main, &c->context[0]);
    return c->count;
}

static const bench_co ucontext = {.variant = "peer.ucontext",
                                  .flags = BENCH_PEER,
                                  .note = "swapcontext from one to the next, without a run queue",
                                  .open = start,
                                  .close = end,
                                  .yield = yield,
                                  .spawn = spawn,
                                  .request = request};
BENCH_CO(ucontext, false)
