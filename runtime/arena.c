#include "runtime/arena_p.h"

#include <stdlib.h>

enum { FIRST = 192, SPARE = 8192 };

static void drop(weir_arena *a, weir_chunk *c) {
    if (!c) return;
    a->held -= (uint32_t)c->room;
    if (a->all) weir_a64_sub(a->all, c->room);
    free(c);
}

void weir_arena_clear(weir_arena *a) {
    weir_arena_back(a, (weir_mark){0});
    drop(a, a->spare);
    a->spare = NULL;
}

void weir_arena_reset(weir_arena *a) {
    weir_chunk *c = a->last;
    while (c && c->before) c = c->before;
    weir_arena_back(a, (weir_mark){c, 0});
}

static weir_chunk *use_spare(weir_arena *a) {
    weir_chunk *c = a->spare;
    a->spare = NULL;
    c->before = a->last;
    c->used = 0;
    return a->last = c;
}

static weir_chunk *grow(weir_arena *a, size_t bytes) {
    if (a->spare && a->spare->room >= bytes) return use_spare(a);
    size_t room = a->last ? a->last->room * 2 : FIRST;
    if (room > a->most - a->held) room = a->most - a->held;
    if (room < bytes) room = bytes;
    if (weir_arena_is_full(a, room)) return NULL;
    weir_chunk *c = malloc(sizeof *c + room);
    if (!c) return NULL;
    *c = (weir_chunk){a->last, 0, room};
    a->held += (uint32_t)room;
    if (a->all) weir_a64_add(a->all, room);
    return a->last = c;
}

void *weir_arena_take(weir_arena *a, size_t bytes) {
    bytes = (bytes + 7) & ~(size_t)7;
    weir_chunk *c = a->last;
    if ((!c || c->room - c->used < bytes) && !(c = grow(a, bytes))) return NULL;
    void *p = (char *)c->at + c->used;
    c->used += bytes;
    return p;
}

void weir_arena_back(weir_arena *a, weir_mark to) {
    while (a->last != to.last) {
        weir_chunk *c = a->last;
        a->last = c->before;
        bool better = c->room <= SPARE && (!a->spare || c->room > a->spare->room);
        drop(a, better ? a->spare : c);
        if (better) a->spare = c;
    }
    if (a->last) a->last->used = to.used;
}

size_t weir_arena_since(const weir_arena *a, weir_mark m) {
    size_t bytes = 0;
    for (const weir_chunk *c = a->last; c; c = c->before) {
        bytes += c->used;
        if (c == m.last) return bytes - m.used;
    }
    return bytes;
}
