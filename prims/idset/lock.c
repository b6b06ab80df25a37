#include "prims/idset/lock.h"

size_t weir_idset_lock_bytes(uint64_t capacity) { return weir_idset_block_bytes(capacity); }

weir_status weir_idset_lock_init(weir_idset_lock *s, uint64_t capacity, void *block) {
    weir_status bad = weir_idset_check(s, sizeof(uint64_t), capacity, block);
    if (bad) return bad;
    if (pthread_mutex_init(&s->mutex, NULL)) return WEIR_NOMEM;
    s->words = block;
    s->capacity = capacity;
    memset(s->words, 0, weir_idset_words(capacity) * sizeof *s->words);
    return WEIR_OK;
}

/* Changes the bits of id by `flip` where they are `now`, and tells whether they were. */
static bool change(weir_idset_lock *s, uint64_t id, bool now, uint64_t flip) {
    assert(id < s->capacity);
    pthread_mutex_lock(&s->mutex);
    uint64_t *word = s->words + id / 64;
    bool was = (*word & weir_idset_bit(id)) != 0;
    if (was == now) *word ^= flip;
    pthread_mutex_unlock(&s->mutex);
    return was == now;
}

bool weir_idset_lock_insert(weir_idset_lock *s, uint64_t id) { return change(s, id, false, weir_idset_bit(id)); }

bool weir_idset_lock_remove(weir_idset_lock *s, uint64_t id) { return change(s, id, true, weir_idset_bit(id)); }

/* A mutex has no const lock: the const functions cast. */
bool weir_idset_lock_contains(const weir_idset_lock *s, uint64_t id) {
    return change((weir_idset_lock *)s, id, true, 0);
}

uint64_t weir_idset_lock_next(const weir_idset_lock *s, uint64_t from) {
    weir_idset_lock *w = (weir_idset_lock *)s;
    uint64_t found = WEIR_IDSET_NONE;
    pthread_mutex_lock(&w->mutex);
    for (uint64_t id = from; id < w->capacity && found == WEIR_IDSET_NONE; id++)
        if (w->words[id / 64] & weir_idset_bit(id)) found = id;
    pthread_mutex_unlock(&w->mutex);
    return found;
}

uint64_t weir_idset_lock_count(const weir_idset_lock *s) {
    weir_idset_lock *w = (weir_idset_lock *)s;
    uint64_t n = 0;
    pthread_mutex_lock(&w->mutex);
    for (uint64_t i = 0; i < weir_idset_words(w->capacity); i++) n += (uint64_t)__builtin_popcountll(w->words[i]);
    pthread_mutex_unlock(&w->mutex);
    return n;
}

void weir_idset_lock_clear(weir_idset_lock *s) {
    pthread_mutex_lock(&s->mutex);
    memset(s->words, 0, weir_idset_words(s->capacity) * sizeof *s->words);
    pthread_mutex_unlock(&s->mutex);
}
