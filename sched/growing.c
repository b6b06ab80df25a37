#include "sched/growing.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 4096 };

struct weir_growing_piece {
    weir_growing_piece *next;
    unsigned char bytes[PIECE - sizeof(void *)];
};
enum { ROOM = sizeof(((weir_growing_piece *)0)->bytes) };

void weir_growing_init(weir_growing *g, uint64_t limit) {
    *g = (weir_growing){.limit = limit, .ended = WEIR_VECTORING_OPEN, .closed = WEIR_VECTORING_OPEN};
}

static void drop_all(weir_growing *g) {
    for (weir_growing_piece *next, *p = g->first; p; p = next) {
        next = p->next;
        free(p);
    }
    g->first = g->last = NULL;
    g->held = 0;
}

void weir_growing_destroy(weir_growing *g) { drop_all(g); }

/* A place behind the last byte; false: no memory. */
static bool make_room(weir_growing *g) {
    if (g->last && g->to < ROOM) return true;
    weir_growing_piece *p = malloc(sizeof *p);
    if (!p) return false;
    p->next = NULL;
    if (g->last) g->last->next = p;
    else {
        g->first = p;
        g->from = 0;
    }
    g->last = p;
    g->to = 0;
    return true;
}

/* The first piece has been read. The last one stays, to be written again. */
static void drop_first(weir_growing *g) {
    weir_growing_piece *p = g->first;
    g->from = 0;
    if (p == g->last) {
        g->to = 0;
        return;
    }
    g->first = p->next;
    free(p);
}

static void wake(weir_growing *g, unsigned direction) {
    weir_wait *wait = g->waits[direction];
    g->waits[direction] = NULL;
    if (wait) wait->wake(wait);
}

static weir_status park(weir_growing *g, weir_socket_op *op) {
    g->waits[op->direction] = &op->wait;
    return WEIR_PARKED;
}

static size_t least_of(size_t a, size_t b, uint64_t c) {
    size_t least = a < b ? a : b;
    return least < c ? least : (size_t)c;
}

weir_status weir_growing_write_step(weir_growing *g, weir_socket_op *op) {
    op->direction = WEIR_SOCKET_OUT;
    if (g->ended != WEIR_VECTORING_OPEN || g->closed != WEIR_VECTORING_OPEN) return WEIR_CLOSED;
    if (g->waits[WEIR_SOCKET_OUT]) return WEIR_BUSY;
    while (op->done < op->size) {
        if (g->held == g->limit) return park(g, op);
        if (!make_room(g)) return WEIR_NOMEM;
        size_t n = least_of(op->size - op->done, ROOM - g->to, g->limit - g->held);
        memcpy(g->last->bytes + g->to, op->bytes + op->done, n);
        g->to += (uint32_t)n;
        g->held += n;
        op->done += n;
        if (g->held > g->high) g->high = g->held;
        wake(g, WEIR_SOCKET_IN);
    }
    return WEIR_OK;
}

weir_status weir_growing_read_step(weir_growing *g, weir_socket_op *op) {
    op->direction = WEIR_SOCKET_IN;
    if (g->waits[WEIR_SOCKET_IN]) return WEIR_BUSY;
    while (g->held && op->done < op->size) {
        size_t n = least_of(op->size - op->done, (g->first == g->last ? g->to : ROOM) - g->from, UINT64_MAX);
        memcpy(op->bytes + op->done, g->first->bytes + g->from, n);
        g->from += (uint32_t)n;
        g->held -= n;
        op->done += n;
        if (g->from == ROOM || g->held == 0) drop_first(g);
        wake(g, WEIR_SOCKET_OUT);
    }
    if (op->done >= op->least) return WEIR_OK;
    return g->ended != WEIR_VECTORING_OPEN || g->closed != WEIR_VECTORING_OPEN ? WEIR_CLOSED : park(g, op);
}

bool weir_growing_cancel(weir_growing *g, weir_socket_op *op) {
    if (g->waits[op->direction] != &op->wait) return false;
    g->waits[op->direction] = NULL;
    return true;
}

void weir_growing_end(weir_growing *g, int error) {
    if (g->ended == WEIR_VECTORING_OPEN) g->ended = error;
    wake(g, WEIR_SOCKET_IN);
    wake(g, WEIR_SOCKET_OUT);
}

void weir_growing_close(weir_growing *g, int error) {
    if (g->closed == WEIR_VECTORING_OPEN) g->closed = error;
    drop_all(g);
    wake(g, WEIR_SOCKET_IN);
    wake(g, WEIR_SOCKET_OUT);
}

uint64_t weir_growing_high(const void *growing) { return ((const weir_growing *)growing)->high; }
