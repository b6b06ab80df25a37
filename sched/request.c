#include "sched/request.h"

#include <stdio.h>

void weir_service_open(weir_service *service, weir_co *co, uint32_t capacity) {
    *service = (weir_service){.home = co->home, .server = co, .capacity = capacity ? capacity : 1};
}

static void refuse_all(weir_wait_list *list) {
    for (weir_wait *w; (w = list->first);) {
        weir_wait_take(list);
        weir_request_tell_((weir_request *)w, WEIR_REQUEST_REFUSED);
    }
}

void weir_service_close(weir_service *service) {
    if (!service->home || service->closed) return; /* never opened, or again */
    service->closed = true;
    for (weir_taken *t; (t = service->taken);) {
        weir_request *r = t->request;
        weir_taken_unlink_(t);
        weir_request_tell_(r, WEIR_REQUEST_REFUSED);
    }
    refuse_all(&service->queue);
    refuse_all(&service->outside);
    service->queued = 0;
    service->server = NULL;
    weir_wait_wake_all(weir_wait_take_all(&service->takers));
}

void weir_taken_pass(weir_taken *from, weir_taken *to, weir_co *to_co) {
    weir_request *r = from->request;
    *to = (weir_taken){.service = from->service, .wait.owner = to_co};
    if (!r) return;
    weir_taken_unlink_(from);
    weir_request_give_(from->service, r, to);
}

/* The place that it leaves in the queue goes to the first outside. */
static void leave_queue(weir_service *s, weir_request *r) {
    weir_wait_remove(&s->queue, &r->wait);
    s->queued--;
    if (s->outside.first) weir_request_admit_(s);
}

void weir_request_drop(weir_request *r) {
    if (r->state == WEIR_REQUEST_OUTSIDE) weir_wait_remove(&r->service->outside, &r->wait);
    if (r->state == WEIR_REQUEST_QUEUED) leave_queue(r->service, r);
    if (r->state == WEIR_REQUEST_TAKEN) weir_taken_unlink_(r->taken);
    r->state = WEIR_REQUEST_NONE;
    r->waited_for = false;
}

/* co -> other -> ... -> co, by name. */
weir_co_how weir_request_deadlock_(weir_co *co, const weir_co *other) {
    char circle[200];
    size_t n = (size_t)snprintf(circle, sizeof circle, "%s", co->frame.type->name);
    for (; n < sizeof circle; other = other->waits) {
        n += (size_t)snprintf(circle + n, sizeof circle - n, " -> %s", other->frame.type->name);
        if (other == co) break;
    }
    return weir_co_raises_(co, WEIR_CO_DEADLOCK, "deadlock: %s", circle);
}

weir_co_how weir_take_again_(weir_co *co) {
    return weir_co_raises_(co, WEIR_CO_MISUSE, "%s takes a request before it has answered the last one",
                           co->top->type->name);
}
