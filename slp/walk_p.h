/* walk - all values of a value in the order of the text, without recursion.
 *
 *     slp_walk w;
 *     for (slp_walk_begin(&w, v); slp_walk_next(&w);) {
 *         if (w.event == SLP_WALK_LEAVE) ...   the list w.value has ended
 *         else ...                             w.value has come: an atom, a list whose items follow, or a quote whose value does
 *     }
 */
#ifndef WEIR_SLP_WALK_P_H
#define WEIR_SLP_WALK_P_H

#include "slp/slp.h"

enum { SLP_WALK_DEPTH = WEIR_SLP_DEPTH_MAX + 2 }; /* the outermost value, and the body round all forms */

typedef enum slp_walk_event { SLP_WALK_VALUE, SLP_WALK_LEAVE } slp_walk_event;

typedef struct slp_walk {
    const uint32_t *base;
    weir_slp_value value;
    slp_walk_event event;
    bool first; /* of its list, or alone */
    uint32_t depth;
    bool quoted, entered;
    struct {
        uint32_t list, next, end; /* the list's cell, and which of its cells come */
    } open[SLP_WALK_DEPTH];
} slp_walk;

static inline bool slp_is_list(uint32_t cell) {
    uint32_t tag = cell & WEIR_SLP_TAG_MASK;
    return tag >= WEIR_SLP_TAG_LIST && tag <= WEIR_SLP_TAG_BODY;
}

static inline void slp_walk_begin(slp_walk *w, weir_slp_value v) {
    w->base = v.base;
    w->value = v;
    w->depth = 0;
    w->first = true;
    w->entered = false;
    w->quoted = true; /* the value itself is taken as one that a quote announced */
    w->event = SLP_WALK_VALUE;
}

static inline bool slp_walk_next(slp_walk *w) {
    if (w->quoted) {
        w->quoted = false;
    } else if (w->depth == 0) {
        return false;
    } else if (w->open[w->depth - 1].next == w->open[w->depth - 1].end) {
        w->value.cell = w->open[--w->depth].list;
        w->event = SLP_WALK_LEAVE;
        w->entered = false;
        return true;
    } else {
        w->value.cell = w->base[w->open[w->depth - 1].next++];
        w->first = w->entered;
    }
    w->entered = false;
    w->event = SLP_WALK_VALUE;
    return true;
}

/* Goes on inside the value that has come: into a list, whose end will be told, or to what is quoted. */
static inline void slp_walk_enter(slp_walk *w) {
    uint32_t at = w->value.cell >> WEIR_SLP_TAG_BITS;
    if ((w->value.cell & WEIR_SLP_TAG_MASK) == WEIR_SLP_TAG_QUOTE) {
        w->quoted = true;
        w->value.cell = w->base[at];
    } else {
        uint32_t n = at ? w->base[at] : 0;
        w->open[w->depth].list = w->value.cell;
        w->open[w->depth].next = at + 1;
        w->open[w->depth++].end = at + 1 + n;
        w->entered = true;
    }
}

#endif
