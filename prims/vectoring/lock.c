#include "prims/vectoring/lock.h"

#include <assert.h>

weir_status weir_vectoring_lock_init_at(weir_vectoring_lock *v, uint64_t capacity, void *block, uint64_t start) {
    weir_status bad = weir_vectoring_check(v, capacity, block);
    if (bad) return bad;
    if (pthread_mutex_init(&v->mutex, NULL)) return WEIR_NOMEM;
    v->tail = v->head = start;
    v->high = 0;
    v->ended = v->closed = WEIR_VECTORING_OPEN;
    v->readers = v->writers = (weir_wait_list){NULL, NULL};
    for (int i = 0; i < 2; i++) weir_learned_init(&v->learned[i]);
    v->block = block;
    v->capacity = (uint32_t)capacity;
    return WEIR_OK;
}

weir_status weir_vectoring_lock_init(weir_vectoring_lock *v, uint64_t capacity, void *block) {
    return weir_vectoring_lock_init_at(v, capacity, block, 0);
}

/* -- under the mutex -- */

static bool over(const weir_vectoring_lock *v) {
    return v->ended != WEIR_VECTORING_OPEN || v->closed != WEIR_VECTORING_OPEN;
}

static uint32_t room(const weir_vectoring_lock *v) { return over(v) ? 0 : v->capacity - (uint32_t)(v->tail - v->head); }

static uint32_t ready(const weir_vectoring_lock *v) {
    return v->closed != WEIR_VECTORING_OPEN ? 0 : (uint32_t)(v->tail - v->head);
}

/* Leaves the mutex, and wakes those of a list. */
static void leave_and_wake(weir_vectoring_lock *v, weir_wait_list *list) {
    weir_wait *first = weir_wait_take_all(list);
    pthread_mutex_unlock(&v->mutex);
    weir_wait_wake_all(first);
}

/* -- calls -- */

size_t weir_vectoring_lock_writable(weir_vectoring_lock *v, size_t want, struct iovec iov[2]) {
    (void)want;
    pthread_mutex_lock(&v->mutex);
    size_t n = weir_vectoring_view(v->block, v->capacity, (uint32_t)v->tail, room(v), iov);
    pthread_mutex_unlock(&v->mutex);
    return n;
}

size_t weir_vectoring_lock_readable(weir_vectoring_lock *v, size_t want, struct iovec iov[2]) {
    (void)want;
    pthread_mutex_lock(&v->mutex);
    size_t n = weir_vectoring_view(v->block, v->capacity, (uint32_t)v->head, ready(v), iov);
    pthread_mutex_unlock(&v->mutex);
    return n;
}

void weir_vectoring_lock_wrote(weir_vectoring_lock *v, size_t n) {
    pthread_mutex_lock(&v->mutex);
    assert(n <= v->capacity - (v->tail - v->head));
    v->tail += n;
    if (v->tail - v->head > v->high) v->high = v->tail - v->head;
    leave_and_wake(v, &v->readers);
}

void weir_vectoring_lock_consumed(weir_vectoring_lock *v, size_t n) {
    pthread_mutex_lock(&v->mutex);
    assert(n <= v->tail - v->head);
    v->head += n;
    leave_and_wake(v, &v->writers);
}

void weir_vectoring_lock_end(weir_vectoring_lock *v, int error) {
    pthread_mutex_lock(&v->mutex);
    if (v->ended == WEIR_VECTORING_OPEN) v->ended = error;
    leave_and_wake(v, &v->readers);
}

void weir_vectoring_lock_close(weir_vectoring_lock *v, int error) {
    pthread_mutex_lock(&v->mutex);
    if (v->closed == WEIR_VECTORING_OPEN) v->closed = error;
    leave_and_wake(v, &v->writers);
}

int weir_vectoring_lock_ended(weir_vectoring_lock *v) {
    pthread_mutex_lock(&v->mutex);
    int error = v->tail == v->head ? v->ended : WEIR_VECTORING_OPEN;
    pthread_mutex_unlock(&v->mutex);
    return error;
}

int weir_vectoring_lock_closed(weir_vectoring_lock *v) {
    pthread_mutex_lock(&v->mutex);
    int error = v->closed;
    pthread_mutex_unlock(&v->mutex);
    return error;
}

/* -- waiting -- */

weir_status weir_vectoring_lock_room_step(weir_vectoring_lock *v, weir_vectoring_op *op) {
    weir_status st = WEIR_OK;
    pthread_mutex_lock(&v->mutex);
    if (over(v)) st = WEIR_CLOSED;
    else if (room(v) < weir_vectoring_want(op->want, v->capacity)) {
        st = WEIR_PARKED;
        weir_wait_append(&v->writers, &op->wait);
    }
    pthread_mutex_unlock(&v->mutex);
    return st;
}

weir_status weir_vectoring_lock_bytes_step(weir_vectoring_lock *v, weir_vectoring_op *op) {
    weir_status st = WEIR_OK;
    pthread_mutex_lock(&v->mutex);
    if (over(v)) st = ready(v) ? WEIR_OK : WEIR_CLOSED;
    else if (ready(v) < weir_vectoring_want(op->want, v->capacity)) {
        st = WEIR_PARKED;
        weir_wait_append(&v->readers, &op->wait);
    }
    pthread_mutex_unlock(&v->mutex);
    return st;
}

/* Each side has one thread, so each list has one op at most: the first. */
static bool take_back(weir_wait_list *list, weir_wait *w) {
    if (list->first != w) return false;
    weir_wait_remove(list, w);
    return true;
}

bool weir_vectoring_lock_cancel(weir_vectoring_lock *v, weir_vectoring_op *op) {
    pthread_mutex_lock(&v->mutex);
    bool here = take_back(&v->readers, &op->wait) || take_back(&v->writers, &op->wait);
    pthread_mutex_unlock(&v->mutex);
    return here;
}

/* -- what there is -- */

size_t weir_vectoring_lock_size(const weir_vectoring_lock *v) {
    weir_vectoring_lock *w = (weir_vectoring_lock *)v; /* a mutex has no const lock */
    pthread_mutex_lock(&w->mutex);
    size_t n = (size_t)(w->tail - w->head);
    pthread_mutex_unlock(&w->mutex);
    return n;
}

size_t weir_vectoring_lock_high(const weir_vectoring_lock *v) {
    weir_vectoring_lock *w = (weir_vectoring_lock *)v;
    pthread_mutex_lock(&w->mutex);
    size_t n = (size_t)w->high;
    pthread_mutex_unlock(&w->mutex);
    return n;
}
