/* request - services: coroutines that answer the requests of others, from a bounded queue of their own.
 *
 *     struct twice { weir_co co; weir_service service; weir_taken job; };
 *     WEIR_COROUTINE(twice) {
 *         weir_status st;
 *         WEIR_CO_BEGIN;
 *         weir_service_open(&self->service, co, 16);
 *         for (;;) {
 *             WEIR_TAKE(st, &self->service, &self->job, WEIR_FOREVER);
 *             if (st) break;
 *             weir_respond(&self->job, 2 * self->job.word);
 *         }
 *         WEIR_CO_FINALLY;
 *         weir_service_close(&self->service);       callers are told: CLOSED
 *         WEIR_CO_END;
 *     }
 *     WEIR_REQUEST(st, &twice->service, &self->request, 21, WEIR_FOREVER);      self->request.word == 42
 *
 * Four kinds       Who asks, waits for the answer (WEIR_REQUEST), or goes on and collects it later (WEIR_ASK,
 *                  WEIR_ANSWER). Who answers, does so before it takes the next request (then the second caller waits),
 *                  or takes several and answers when it likes, in any order. Each goes with each. A service that shall
 *                  be entered again while it waits for others has several coroutines that take from it: as many as may
 *                  be inside at once.
 * Order            Requests are taken in the order in which they were made. At most `capacity` lie in the queue; who
 *                  asks beyond that waits outside, first come first served, in memory of its own. Nothing is allocated.
 * Ownership        Service, request and taken are memory of their coroutines. A request belongs to the service until it
 *                  is answered, withdrawn by its deadline, or dropped; its words may be pointers.
 * Threads          All coroutines of a service have one home. For others: chan, cubby, future.
 * Errors           CLOSED: the service is closed, or closed before it answered. TIMEOUT: the request is withdrawn, and
 *                  an answer given later is dropped; ASK: nothing was asked; ANSWER: still under way. NOTSUP: the
 *                  caller has another home.
 * Deadlock         A coroutine that would wait for one that waits, through others, for itself, is given the error
 *                  WEIR_CO_DEADLOCK with the names of the circle. Who waits for whom is known of requests that somebody
 *                  has taken, and of services where only one takes. What is not known thus is in weir_loop_report.
 * Source           Reentrance by a queue of one's own, as in the actor model (Hewitt 1973); call and answer as in
 *                  Hoare's communicating processes (1978).
 * Checked by       sched/request_test.c.
 */
#ifndef WEIR_SCHED_REQUEST_H
#define WEIR_SCHED_REQUEST_H

#include "co.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_service weir_service;
typedef struct weir_request weir_request;
typedef struct weir_taken weir_taken;

typedef enum weir_request_state {
    WEIR_REQUEST_NONE,    /* not made, withdrawn or dropped */
    WEIR_REQUEST_OUTSIDE, /* waits for room in the queue */
    WEIR_REQUEST_QUEUED,
    WEIR_REQUEST_TAKEN,
    WEIR_REQUEST_ANSWERED,
    WEIR_REQUEST_REFUSED /* the service was closed */
} weir_request_state;

/* Asking; all zero at first. */
struct weir_request {
    weir_wait wait; /* first; linked in the service's list */
    uint64_t word;  /* the question, then the answer */
    weir_service *service;
    weir_taken *taken;
    weir_request_state state;
    bool waited_for; /* its coroutine is to be woken by the next change */
};

/* Answering; all zero at first. */
struct weir_taken {
    weir_wait wait;        /* first; linked in the service's list of those who would take */
    uint64_t word;         /* the question */
    weir_request *request; /* NULL: none, or withdrawn */
    weir_service *service;
    weir_taken *next, *prev; /* of those with a request */
};

struct weir_service {
    weir_home *home;
    weir_wait_list queue, outside; /* weir_request */
    weir_wait_list takers;         /* weir_taken */
    weir_taken *taken;             /* those who hold a request */
    weir_co *server;               /* the only one who takes; NULL: several */
    uint32_t capacity, queued;
    uint32_t most; /* that were queued at once */
    bool closed;
};

/* Makes an open service of co's home, of which co takes requests; others may, after weir_service_share. capacity >= 1. */
void weir_service_open(weir_service *service, weir_co *co, uint32_t capacity);

/* Several coroutines take requests. */
static inline void weir_service_share(weir_service *service) { service->server = NULL; }

/* No more requests: those made and not answered, and those who would take, are told CLOSED. Again does nothing. */
void weir_service_close(weir_service *service);

/* Gives the answer; taken is free for the next. False: the request was withdrawn, or nothing was taken. */
static inline bool weir_respond(weir_taken *taken, uint64_t word);

/* Somebody else will answer it: said, so that circles are seen right. `to` may not move. */
void weir_taken_pass(weir_taken *from, weir_taken *to, weir_co *to_co);

/* Forgets a request in whatever state it is; an answer that comes is dropped. For finalisers of those who ask. */
void weir_request_drop(weir_request *request);

/* Takes the next request into *taken. OK, CLOSED, TIMEOUT. When that holds one which has not been answered, it is an
 * error of the coroutine's: WEIR_CO_MISUSE. */
#define WEIR_TAKE(st, service_, taken_, deadline)                                     \
    do {                                                                              \
        if (WEIR_UNLIKELY((taken_)->request)) return weir_take_again_(co);            \
        WEIR_AWAIT(st, weir_take_step, weir_take_cancel, service_, taken_, deadline); \
    } while (0)

/* Asks and waits for the answer: request_->word, when st is OK. CLOSED, TIMEOUT, NOTSUP. */
#define WEIR_REQUEST(st, service_, request_, word_, deadline)                                 \
    do {                                                                                      \
        weir_request_make_(request_, word_);                                                  \
        if (WEIR_UNLIKELY(weir_request_circle_(co, (service_)->server)))                      \
            return weir_request_deadlock_(co, (service_)->server);                            \
        co->waits = (service_)->server;                                                       \
        WEIR_AWAIT(st, weir_request_step, weir_request_cancel, service_, request_, deadline); \
        co->waits = NULL;                                                                     \
    } while (0)

/* Asks, waiting only for room in the queue. OK: the answer is to be collected, or the request to be dropped. */
#define WEIR_ASK(st, service_, request_, word_, deadline)                             \
    do {                                                                              \
        weir_request_make_(request_, word_);                                          \
        WEIR_AWAIT(st, weir_ask_step, weir_ask_cancel, service_, request_, deadline); \
    } while (0)

/* Waits for the answer of what was asked: request_->word, when st is OK. CLOSED, TIMEOUT. */
#define WEIR_ANSWER(st, request_, deadline)                                                            \
    do {                                                                                               \
        if (WEIR_UNLIKELY(weir_request_circle_(co, weir_request_server_(request_))))                   \
            return weir_request_deadlock_(co, weir_request_server_(request_));                         \
        co->waits = weir_request_server_(request_);                                                    \
        WEIR_AWAIT(st, weir_answer_step, weir_answer_cancel, (request_)->service, request_, deadline); \
        co->waits = NULL;                                                                              \
    } while (0)

/* -- inner part ----------------------------------------------------------------------------------------------------- */

static inline weir_co *weir_taken_co_(const weir_taken *taken) { return (weir_co *)taken->wait.owner; }

static inline void weir_request_make_(weir_request *r, uint64_t word) {
    weir_wait_init(&r->wait, NULL);
    r->word = word;
    r->state = WEIR_REQUEST_NONE;
    r->waited_for = false;
}

static inline weir_co *weir_request_server_(const weir_request *r) {
    if (r->state == WEIR_REQUEST_TAKEN) return weir_taken_co_(r->taken);
    return r->state < WEIR_REQUEST_TAKEN && r->service ? r->service->server : NULL;
}

/* Would a wait of co for `other` close a circle? */
static inline bool weir_request_circle_(const weir_co *co, const weir_co *other) {
    while (other && other != co) other = other->waits;
    return other != NULL;
}
weir_co_how weir_request_deadlock_(weir_co *co, const weir_co *other);
weir_co_how weir_take_again_(weir_co *co);

/* Something has changed for who made it. */
static inline void weir_request_tell_(weir_request *r, weir_request_state state) {
    r->state = state;
    if (!r->waited_for) return;
    r->waited_for = false;
    ((weir_co *)r->wait.owner)->waits = NULL; /* who was to answer may be gone before it runs */
    r->wait.wake(&r->wait);
}

static inline void weir_taken_unlink_(weir_taken *t) {
    if (t->prev) t->prev->next = t->next;
    else t->service->taken = t->next;
    if (t->next) t->next->prev = t->prev;
    t->request = NULL;
}

/* r is in no list. */
static inline void weir_request_give_(weir_service *s, weir_request *r, weir_taken *t) {
    weir_co *asks = (weir_co *)r->wait.owner;
    r->state = WEIR_REQUEST_TAKEN;
    r->taken = t;
    t->word = r->word;
    t->request = r;
    t->prev = NULL;
    t->next = s->taken;
    if (s->taken) s->taken->prev = t;
    s->taken = t;
    if (r->waited_for) asks->waits = weir_taken_co_(t);
}

/* The first outside goes into the queue. */
static inline void weir_request_admit_(weir_service *s) {
    weir_request *next = (weir_request *)weir_wait_take(&s->outside);
    weir_wait_append(&s->queue, &next->wait);
    s->queued++;
    if (next->wait.at) weir_request_tell_(next, WEIR_REQUEST_QUEUED); /* asks, and waits for nothing else */
    else next->state = WEIR_REQUEST_QUEUED;
}

/* The list of takers, inline for the usual one. */
static inline void weir_takers_add_(weir_service *s, weir_wait *w) {
    if (WEIR_UNLIKELY(s->takers.first != NULL)) {
        weir_wait_append(&s->takers, w);
        return;
    }
    w->next = w->prev = NULL;
    s->takers.first = s->takers.last = w;
}

static inline weir_taken *weir_takers_first_(weir_service *s) {
    weir_wait *w = s->takers.first;
    if (WEIR_LIKELY(w == s->takers.last)) s->takers.first = s->takers.last = NULL; /* one, or none */
    else weir_wait_take(&s->takers);
    return (weir_taken *)w;
}

static inline weir_status weir_take_step(weir_service *s, weir_taken *t) {
    t->service = s;
    if (t->request) return WEIR_OK; /* handed to it while it waited */
    if (s->closed) return WEIR_CLOSED;
    if (s->queued == 0) {
        weir_takers_add_(s, &t->wait);
        return WEIR_PARKED;
    }
    weir_request_give_(s, (weir_request *)weir_wait_take(&s->queue), t);
    s->queued--;
    if (WEIR_UNLIKELY(s->outside.first)) weir_request_admit_(s);
    return WEIR_OK;
}

static inline bool weir_take_cancel(weir_service *s, weir_taken *t) {
    if (t->request || s->closed) return false;
    weir_wait_remove(&s->takers, &t->wait);
    return true;
}

/* Puts a new request where it belongs: to who would take one, into the queue, or outside. */
static inline weir_status weir_request_begin_(weir_service *s, weir_request *r) {
    weir_co *asks = (weir_co *)r->wait.owner;
    if (WEIR_UNLIKELY(asks->home != s->home)) return WEIR_NOTSUP;
    if (WEIR_UNLIKELY(s->closed)) return WEIR_CLOSED;
    r->service = s;
    weir_taken *t = weir_takers_first_(s);
    if (WEIR_LIKELY(t != NULL)) {
        weir_request_give_(s, r, t);
        t->wait.wake(&t->wait);
    } else if (s->queued < s->capacity) {
        r->state = WEIR_REQUEST_QUEUED;
        weir_wait_append(&s->queue, &r->wait);
        if (++s->queued > s->most) s->most = s->queued;
    } else {
        r->state = WEIR_REQUEST_OUTSIDE;
        weir_wait_append(&s->outside, &r->wait);
    }
    return WEIR_OK;
}

static inline weir_status weir_answer_step(weir_service *s, weir_request *r) {
    (void)s;
    if (r->state == WEIR_REQUEST_ANSWERED) return WEIR_OK;
    if (r->state == WEIR_REQUEST_REFUSED || r->state == WEIR_REQUEST_NONE) return WEIR_CLOSED;
    r->waited_for = true;
    return WEIR_PARKED;
}

static inline bool weir_answer_cancel(weir_service *s, weir_request *r) {
    (void)s;
    bool parked = r->waited_for;
    r->waited_for = false;
    return parked;
}

static inline weir_status weir_request_step(weir_service *s, weir_request *r) {
    if (r->state != WEIR_REQUEST_NONE) return weir_answer_step(s, r);
    r->waited_for = true;
    weir_status st = weir_request_begin_(s, r);
    return st ? st : WEIR_PARKED;
}

static inline bool weir_request_cancel(weir_service *s, weir_request *r) {
    (void)s;
    if (!r->waited_for) return false;
    weir_request_drop(r);
    return true;
}

static inline weir_status weir_ask_step(weir_service *s, weir_request *r) {
    if (r->state == WEIR_REQUEST_REFUSED) return WEIR_CLOSED;
    weir_status st = r->state == WEIR_REQUEST_NONE ? weir_request_begin_(s, r) : WEIR_OK;
    if (st || r->state != WEIR_REQUEST_OUTSIDE) return st;
    r->wait.at = 1;
    r->waited_for = true;
    return WEIR_PARKED;
}

static inline bool weir_ask_cancel(weir_service *s, weir_request *r) { return weir_request_cancel(s, r); }

static inline bool weir_respond(weir_taken *taken, uint64_t word) {
    weir_request *r = taken->request;
    if (!r) return false;
    weir_taken_unlink_(taken);
    r->word = word;
    weir_request_tell_(r, WEIR_REQUEST_ANSWERED);
    return true;
}

#ifdef __cplusplus
}
#endif
#endif
