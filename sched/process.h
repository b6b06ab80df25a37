/* process - a group of coroutines with memory of its own that ends, or fails, by itself.
 *
 *     struct session { weir_co co; weir_socket_op op; char *line; };          a frame: outside the heap
 *     WEIR_COROUTINE(session) {
 *         WEIR_CO_BEGIN;
 *         self->line = WEIR_HEAP_NEW(weir_process_heap(co), char, 512, NULL);  data: inside
 *         WEIR_SOCKET_READ(st, weir_process_socket(co), &self->op, self->line, 512, WEIR_FOREVER);
 *         ...
 *     }
 *     weir_process *p = weir_process_new(pool);
 *     if (p && weir_socket_open(&p->socket, io, fd) == 0) WEIR_PROCESS_SPAWN(p, session);
 *
 * When to use      One for each connection, session or customer whose code may be wrong, or take too much memory.
 *                  Coroutines that trust each other: loop.h alone.
 * Turn             A process has a queue of coroutines that can run; all others of it wait. It takes its turns on the
 *                  loop as a whole: its heap is made accessible, its queue is run until it is empty, for at most 256
 *                  turns, and the heap is made inaccessible again. What its coroutines wait for among themselves makes
 *                  no system call.
 * Memory           A heap of `pages` pages (prims/heap.h), reset and given back at the end, whatever was in it. Frames
 *                  of coroutines, ops and sockets are outside of it, for others write to them when they wake somebody:
 *                  a process that writes where it should not hurts another's data by a fault of its own only, its
 *                  frames it may still hit.
 * Faults           SIGSEGV, SIGBUS, SIGILL, SIGFPE, a stack used up, in a coroutine or a finaliser: that coroutine is
 *                  gone, without its finalisers. All sockets of the process are failed at once with EOWNERDEAD, which
 *                  its peers see; its other coroutines are cancelled; then it ends. Nobody else is touched. But while
 *                  the thread holds something shared (contain.h), the program ends, with a report: bracket what is not
 *                  the process's own, malloc too, by weir_shared_enter and weir_shared_leave. The library's own calls
 *                  need no bracket, with pointers that are right.
 * End              When no coroutine is left: its sockets are closed, its heap is reset, `ended` is called, and it goes
 *                  back to the pool.
 * Threads          The loop's, but for wakes, which come from any.
 * Memory order     As loop.h.
 * Errors           See each function.
 * Cost             At rest with one coroutine: about 800 bytes beside its pages, of which sizeof(weir_process) is 512. A
 *                  turn: that of a heap's enter and leave.
 * Checked by       sched/process_test.c.
 */
#ifndef WEIR_SCHED_PROCESS_H
#define WEIR_SCHED_PROCESS_H

#include "../prims/heap.h"
#include "contain.h"
#include "socket.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_process_pool weir_process_pool;

typedef struct weir_process {
    weir_home home;     /* first: of its coroutines */
    weir_heap heap;     /* entered during its turns */
    weir_socket socket; /* the user's, to open: its standard input and output; fails and closes with the process */
    void *arg;          /* the user's */
    /* the library's */
    weir_process_pool *pool;
    weir_post turn, receive;
    weir_post *first, *last; /* what can run */
    weir_aptr inbox;         /* what other threads have woken */
    weir_co *oldest, *newest;
    weir_socket *sockets; /* its others */
    struct weir_process *older, *newer;
    int status;        /* why it is ending; 0: it is not, or well */
    char why[160];     /* the same in words */
    bool alive, begun; /* begun: has had a coroutine */
    bool posted, playing;
} weir_process;

/* Zeros are the defaults. */
typedef struct weir_process_options {
    uint32_t pages;                  /* of each heap; 0: 8 */
    weir_heap_protection protection; /* while the process does not run; weir_heap_probe tells the best there is */
    bool fence;
    uint32_t most;    /* processes at once; 0: 65536 */
    const char *name; /* for reports; NULL: "process" */
    /* A process has ended: status 0; WEIR_CO_FAULTED, what it was killed with, or the first error that no coroutine
     * took, and text says why. NULL: a status other than 0 and WEIR_CO_CANCELLED is one line on standard error. Must
     * not wait or fault, may start others. */
    void (*ended)(weir_process *p, int status, const char *text);
} weir_process_options;

typedef struct weir_process_stats {
    uint64_t started, ended, faults, turns;
    uint32_t alive, pooled; /* pooled: ended, to be used again */
} weir_process_stats;

/* Makes a pool on an io. 0; EINVAL: pages, or fence or protection that this system lacks; ENOMEM. */
int weir_process_pool_open(const weir_process_options *options, weir_io *io, weir_process_pool **out);

/* Kills all, runs the loop until they have ended, gives all back. How many cannot end: see weir_loop_close; then
 * nothing is given back. Not from within a coroutine. */
size_t weir_process_pool_close(weir_process_pool *pool);

weir_process_stats weir_process_pool_stats(const weir_process_pool *pool);

/* A process without coroutines: spawn some, or kill it. NULL: `most` are alive (errno EAGAIN), or no memory
 * (ENOMEM). */
weir_process *weir_process_new(weir_process_pool *pool);

/* Ends it: sockets fail with ECANCELED, coroutines are cancelled. status, not 0, and text are for `ended`. Once;
 * after a fault does nothing. */
void weir_process_kill(weir_process *p, int status, const char *text);

/* Another socket fails and closes with the process. It is open, and its memory there until the process has ended. */
void weir_process_own(weir_process *p, weir_socket *s);

/* WEIR_PROCESS_SPAWN(p, name, .argument = value, ...) starts a coroutine in it, with a frame from the loop's pool,
 * to which it goes back at its end. The struct, or NULL: no memory. An error that nobody takes ends the process. */
#define WEIR_PROCESS_SPAWN(...) WEIR_PROCESS_SPAWN_(__VA_ARGS__, .co = {.end = weir_process_end_co_})
#define WEIR_PROCESS_SPAWN_(p, name, ...) \
    ((struct name *)weir_process_spawn_(p, &name##_type, &(struct name){__VA_ARGS__}))

/* For its coroutines. */
static inline weir_process *weir_process_of(const weir_co *co) { return (weir_process *)co->home; }
static inline weir_heap *weir_process_heap(const weir_co *co) { return &weir_process_of(co)->heap; }
static inline weir_socket *weir_process_socket(const weir_co *co) { return &weir_process_of(co)->socket; }

void *weir_process_spawn_(weir_process *p, const weir_co_type *type, const void *filled);
void weir_process_end_co_(weir_co *co, int status);

#ifdef __cplusplus
}
#endif
#endif
