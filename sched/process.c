#include "sched/process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sched/co_p.h"
#include "sched/io_p.h"

enum { ROUND = 256 }; /* turns of its coroutines before others have theirs */

struct weir_process_pool {
    weir_process_options options;
    weir_io *io;
    weir_loop *loop;
    weir_process *youngest; /* of those alive */
    weir_process *rested;   /* linked by `older` */
    weir_process_stats stats;
    bool closing;
};

static weir_co *co_of(weir_post *post) { return (weir_co *)((char *)post - offsetof(weir_co, post)); }
static weir_home *loop_home(const weir_process *p) { return (weir_home *)p->pool->loop; } /* its first member */

/* -- the queue -- */

/* The process will have a turn. */
static void take_turn(weir_process *p) {
    if (p->posted || p->playing) return;
    p->posted = true;
    weir_loop_post(p->pool->loop, &p->turn);
}

static void append(weir_process *p, weir_post *post) {
    post->next = NULL;
    if (p->first) p->last->next = post;
    else p->first = post;
    p->last = post;
    take_turn(p);
}

/* From another thread: the first of the inbox brings it to the loop. */
static void send(weir_process *p, weir_post *post) {
    void *seen = weir_aptr_load(&p->inbox);
    do post->next = (weir_post *)seen;
    while (!weir_aptr_cas_weak_release(&p->inbox, &seen, post)); /* R1: pairs with A1 in receive */
    if (!seen) weir_loop_post(p->pool->loop, &p->receive);
}

static void receive(weir_home *home, weir_post *post) {
    (void)home;
    weir_process *p = (weir_process *)((char *)post - offsetof(weir_process, receive));
    weir_post *got = weir_aptr_xchg_acquire(&p->inbox, NULL), *in_order = NULL; /* A1: pairs with R1 */
    for (weir_post *next; got; got = next) {
        next = got->next;
        got->next = in_order;
        in_order = got;
    }
    for (weir_post *next; in_order; in_order = next) {
        next = in_order->next;
        append(p, in_order);
    }
}

static void wake(weir_wait *wait) {
    weir_co *co = wait->owner;
    weir_process *p = (weir_process *)co->home;
    if (weir_loop_here() == p->pool->loop) append(p, &co->post);
    else send(p, &co->post);
}

/* -- coroutines -- */

static void delist(weir_process *p, weir_co *co) {
    if (co->older) co->older->newer = co->newer;
    else p->oldest = co->newer;
    if (co->newer) co->newer->older = co->older;
    else p->newest = co->older;
}

static void play(weir_process *p, weir_co *co, bool nudged) {
    weir_co_how how = weir_co_resume_inline(co, nudged);
    if (how == WEIR_CO_YIELDS) append(p, &co->post);
    else if (how == WEIR_CO_ENDS) {
        delist(p, co);
        weir_co_ended(co);
    }
}

void *weir_process_spawn_(weir_process *p, const weir_co_type *type, const void *filled) {
    weir_co *co = weir_loop_alloc(p->pool->loop, type->size);
    if (!co) return NULL;
    memcpy(co, filled, type->size);
    weir_co_init(co, type, &p->home, p->home.running ? p->home.running->top : NULL);
    co->older = p->newest;
    if (p->newest) p->newest->newer = co;
    else p->oldest = co;
    p->newest = co;
    p->begun = true;
    if (p->status) weir_co_cancel(co); /* the process is ending */
    append(p, &co->post);
    return co;
}

void weir_process_end_co_(weir_co *co, int status) {
    weir_process *p = weir_process_of(co);
    if (status && status != WEIR_CO_CANCELLED && status != WEIR_CO_FAULTED) weir_process_kill(p, status, p->home.text);
    weir_loop_free(p->pool->loop, co, co->frame.type->size);
}

/* -- the end of a process -- */

static void tell_peers(weir_process *p, int error) {
    weir_socket_tell(&p->socket, error);
    for (weir_socket *s = p->sockets; s; s = s->next) weir_socket_tell(s, error);
}

/* The peers are told, the coroutines are to end; `status` and p->why say why. */
static void bring_down(weir_process *p, int status, int error) {
    p->status = status;
    tell_peers(p, error);
    for (weir_co *co = p->oldest; co; co = co->newer) weir_co_cancel(co);
    take_turn(p);
}

void weir_process_kill(weir_process *p, int status, const char *text) {
    if (p->status) return;
    snprintf(p->why, sizeof p->why, "%s", text);
    bring_down(p, status, ECANCELED);
}

/* What ran has faulted, and is where it was: nothing of it is done any more, but for its `end`. */
static void after_fault(weir_process *p, const weir_fault *fault) {
    weir_co *co = p->home.running;
    char what[64];
    weir_heap_enter(&p->heap); /* a signal may have taken the thread's rights to its key */
    p->home.running = NULL;
    p->pool->stats.faults++;
    weir_fault_text(fault, what, sizeof what);
    if (co) {
        delist(p, co);
        co->status = WEIR_CO_FAULTED;
        co->state = WEIR_CO_ENDED;
    }
    if (!p->status) {
        snprintf(p->why, sizeof p->why, "%s in %s, after line %u", what,
                 co ? co->top->type->name : "the end of a coroutine", co ? (unsigned)co->top->line : 0);
        bring_down(p, WEIR_CO_FAULTED, EOWNERDEAD);
    }
    if (co && co->end) co->end(co, WEIR_CO_FAULTED);
}

static void say(weir_process *p, int status) {
    const weir_process_options *o = &p->pool->options;
    if (o->ended) o->ended(p, status, status ? p->why : "");
    else if (status && status != WEIR_CO_CANCELLED)
        fprintf(stderr, "weir: a %s ended with %d: %s\n", o->name, status, p->why);
}

/* No coroutine is left. The heap is entered. */
static void finish(weir_process *p) {
    weir_process_pool *pool = p->pool;
    weir_socket_close(&p->socket);
    for (weir_socket *s = p->sockets; s; s = s->next) weir_socket_close(s);
    weir_heap_reset(&p->heap);
    weir_heap_trim(&p->heap);
    weir_heap_leave(&p->heap);
    p->alive = false;
    if (p->older) p->older->newer = p->newer;
    if (p->newer) p->newer->older = p->older;
    else pool->youngest = p->older;
    pool->stats.ended++;
    pool->stats.alive--;
    say(p, p->status);
    p->older = pool->rested;
    pool->rested = p;
    pool->stats.pooled++;
    if (pool->closing && pool->stats.alive == 0) weir_loop_stop(pool->loop);
}

/* -- a turn -- */

typedef struct turn {
    weir_process *p;
    weir_co *nudged; /* NULL: none */
} turn;

static void run_queue(void *arg) {
    turn *t = arg;
    if (t->nudged) play(t->p, t->nudged, true);
    for (unsigned i = 0; i < ROUND && t->p->first; i++) {
        weir_post *post = t->p->first;
        t->p->first = post->next;
        play(t->p, co_of(post), false);
    }
}

static void take(weir_process *p, weir_co *nudged) {
    turn t = {p, nudged};
    weir_fault fault;
    if (!weir_contain_entered()) weir_contain_enter(); /* without it a fault ends the program */
    p->pool->stats.turns++;
    p->playing = true;
    if (weir_heap_enter(&p->heap)) weir_process_kill(p, WEIR_NOMEM, "the system does not open its heap");
    if (!weir_contain(run_queue, &t, p->pool->options.name, &fault)) after_fault(p, &fault);
    p->playing = false;
    if (!p->oldest && (p->begun || p->status)) finish(p);
    else {
        if (weir_heap_leave(&p->heap)) weir_process_kill(p, WEIR_NOMEM, "the system does not shut its heap");
        if (p->first) take_turn(p);
    }
}

static void on_turn(weir_home *home, weir_post *post) {
    (void)home;
    weir_process *p = (weir_process *)((char *)post - offsetof(weir_process, turn));
    p->posted = false;
    if (p->alive) take(p, NULL);
}

static void nudge(weir_co *co) { take((weir_process *)co->home, co); }

/* -- its home: what the loop's is, but for wakes -- */

static uint64_t now(weir_home *home) {
    (void)home;
    return weir_now_ns();
}

static void arm(weir_home *home, weir_alarm *alarm) {
    weir_home *outer = loop_home((weir_process *)home);
    outer->arm(outer, alarm);
}

static void disarm(weir_home *home, weir_alarm *alarm) {
    weir_home *outer = loop_home((weir_process *)home);
    outer->disarm(outer, alarm);
}

/* -- the pool -- */

static int make(weir_process_pool *pool, weir_process **out) {
    const weir_process_options *o = &pool->options;
    weir_heap_options heap = {.pages = o->pages, .protection = o->protection, .fence = o->fence};
    weir_process *p = calloc(1, sizeof *p);
    if (!p) return ENOMEM;
    weir_status bad = weir_heap_open(&p->heap, &heap);
    if (bad) return free(p), bad == WEIR_NOMEM ? ENOMEM : EINVAL;
    if (weir_heap_leave(&p->heap)) return weir_heap_close(&p->heap), free(p), ENOMEM;
    p->home = (weir_home){.wake = wake, .now = now, .arm = arm, .disarm = disarm, .nudge = nudge};
    p->home.text = ((weir_home *)pool->loop)->text; /* an error is unwound before anybody else runs */
    p->pool = pool;
    p->turn.run = on_turn;
    p->receive.run = receive;
    weir_socket_none(&p->socket);
    *out = p;
    return 0;
}

static void unmake(weir_process *p) {
    weir_heap_close(&p->heap);
    free(p);
}

int weir_process_pool_open(const weir_process_options *options, weir_io *io, weir_process_pool **out) {
    weir_process_pool *pool = calloc(1, sizeof *pool);
    if (!pool) return ENOMEM;
    pool->options = *options;
    if (!pool->options.pages) pool->options.pages = 8;
    if (!pool->options.most) pool->options.most = 65536;
    if (!pool->options.name) pool->options.name = "process";
    pool->io = io;
    pool->loop = weir_io_loop(io);
    int error = make(pool, &pool->rested); /* says whether the options can be */
    if (error) return free(pool), error;
    pool->stats.pooled = 1;
    *out = pool;
    return 0;
}

weir_process *weir_process_new(weir_process_pool *pool) {
    weir_process *p = pool->rested;
    if (pool->stats.alive == pool->options.most) return errno = EAGAIN, NULL;
    if (p) {
        pool->rested = p->older;
        pool->stats.pooled--;
    } else if ((errno = make(pool, &p)) != 0) return NULL;
    weir_socket_none(&p->socket);
    p->sockets = NULL;
    p->arg = NULL;
    p->status = 0;
    p->begun = false;
    p->alive = true;
    p->newer = NULL;
    if ((p->older = pool->youngest) != NULL) p->older->newer = p;
    pool->youngest = p;
    pool->stats.started++;
    pool->stats.alive++;
    return p;
}

void weir_process_own(weir_process *p, weir_socket *s) {
    s->next = p->sockets;
    p->sockets = s;
}

size_t weir_process_pool_close(weir_process_pool *pool) {
    for (weir_process *p = pool->youngest; p; p = p->older)
        weir_process_kill(p, WEIR_CO_CANCELLED, "the pool is closed");
    pool->closing = true;
    if (pool->stats.alive) weir_loop_run_quiet(pool->loop);
    pool->closing = false;
    if (pool->stats.alive) return pool->stats.alive;
    weir_loop_stop(pool->loop); /* what has been posted of them has its turn before they are gone */
    weir_loop_run(pool->loop);
    for (weir_process *next, *p = pool->rested; p; p = next) {
        next = p->older;
        unmake(p);
    }
    free(pool);
    return 0;
}

weir_process_stats weir_process_pool_stats(const weir_process_pool *pool) { return pool->stats; }
