#include "prims/heap/lock.h"

#include <string.h>

static uint32_t length_of(const weir_heap_lock *h, uint32_t at) {
    return (uint32_t)(h->run[at] < 0 ? -h->run[at] : h->run[at]);
}

/* Free grains from `at` on, after which the table says so in one entry. */
static uint32_t joined(weir_heap_lock *h, uint32_t at) {
    uint32_t all = weir_heap_grains(&h->base), n = length_of(h, at);
    while (at + n < all && h->run[at + n] < 0) {
        uint32_t next = at + n;
        n += length_of(h, next);
        h->run[next] = 0;
    }
    h->run[at] = -(int32_t)n;
    return n;
}

static void begin(weir_heap_lock *h) {
    uint32_t all = weir_heap_grains(&h->base), own = all * (uint32_t)sizeof *h->run / WEIR_HEAP_GRAIN;
    h->base.own = own;
    h->run = (int32_t *)(void *)h->base.at;
    memset(h->run, 0, all * sizeof *h->run);
    h->run[0] = (int32_t)own;
    h->run[own] = -(int32_t)(all - own);
    h->left = h->least = all - own;
}

weir_status weir_heap_lock_begin(weir_heap_lock *h) {
    if (pthread_mutex_init(&h->mutex, NULL)) return WEIR_NOMEM;
    begin(h);
    return WEIR_OK;
}

void weir_heap_lock_end(weir_heap_lock *h) { pthread_mutex_destroy(&h->mutex); }

/* The first free run with room for n grains at a multiple of `align`: what is before and behind stays free. */
static uint32_t first_fit(weir_heap_lock *h, uint32_t n, uint32_t align) {
    uint32_t all = weir_heap_grains(&h->base);
    for (uint32_t at = 0; at < all; at += length_of(h, at)) {
        if (h->run[at] > 0) continue;
        uint32_t there = joined(h, at), place = (at + align - 1) & ~(align - 1), before = place - at;
        if (there < before || there - before < n) continue;
        if (before) h->run[at] = -(int32_t)before;
        if (there > before + n) h->run[place + n] = -(int32_t)(there - before - n);
        h->run[place] = (int32_t)n;
        return place;
    }
    return WEIR_HEAP_NONE;
}

uint32_t weir_heap_lock_take(weir_heap_lock *h, uint32_t n, uint32_t align) {
    pthread_mutex_lock(&h->mutex);
    uint32_t place = first_fit(h, n, align);
    if (place != WEIR_HEAP_NONE) h->left -= n;
    if (h->left < h->least) h->least = h->left;
    pthread_mutex_unlock(&h->mutex);
    return place;
}

/* Whether a grain that begins no array lies within one. */
static weir_heap_status what_is_at(const weir_heap_lock *h, uint32_t grain) {
    uint32_t at = 0;
    while (at + length_of(h, at) <= grain) at += length_of(h, at);
    return h->run[at] > 0 ? WEIR_HEAP_MIDDLE : WEIR_HEAP_FREED;
}

static uint32_t count(const weir_heap_lock *h, uint32_t grain, weir_heap_status *why) {
    if (grain >= h->base.own && h->run[grain] > 0) return (uint32_t)h->run[grain];
    *why = what_is_at(h, grain);
    return 0;
}

uint32_t weir_heap_lock_count(weir_heap_lock *h, uint32_t grain, weir_heap_status *why) {
    pthread_mutex_lock(&h->mutex);
    uint32_t n = count(h, grain, why);
    pthread_mutex_unlock(&h->mutex);
    return n;
}

/* Another thread may have freed the same array since it was counted. */
weir_heap_status weir_heap_lock_give(weir_heap_lock *h, uint32_t grain, uint32_t n) {
    pthread_mutex_lock(&h->mutex);
    bool there = h->run[grain] == (int32_t)n;
    if (there) h->run[grain] = -(int32_t)n;
    if (there) h->left += n;
    pthread_mutex_unlock(&h->mutex);
    return there ? WEIR_HEAP_OK : WEIR_HEAP_FREED;
}

uint32_t weir_heap_lock_together(weir_heap_lock *h) {
    uint32_t most = 0, all = weir_heap_grains(&h->base);
    pthread_mutex_lock(&h->mutex);
    for (uint32_t at = 0; at < all; at += length_of(h, at))
        if (h->run[at] < 0 && joined(h, at) > most) most = length_of(h, at);
    pthread_mutex_unlock(&h->mutex);
    return most;
}

bool weir_heap_lock_idle(weir_heap_lock *h, uint32_t page) {
    uint32_t from = page * WEIR_HEAP_GRAINS, at = 0;
    pthread_mutex_lock(&h->mutex);
    while (at + length_of(h, at) <= from) at += length_of(h, at);
    bool idle = h->run[at] < 0 && at + joined(h, at) >= from + WEIR_HEAP_GRAINS;
    pthread_mutex_unlock(&h->mutex);
    return idle;
}

uint32_t weir_heap_lock_left(weir_heap_lock *h, uint32_t *least) {
    pthread_mutex_lock(&h->mutex);
    uint32_t left = h->left;
    *least = h->least;
    pthread_mutex_unlock(&h->mutex);
    return left;
}
