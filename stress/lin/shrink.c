#include <string.h>

#include "stress/lin/search.h"

/* What had been invoked when the stamp was drawn; what had not returned by then is pending, and if it took effect, with the
 * result that it came to have. A legal history has no illegal beginning. */
static void beginning(lin_history *to, const lin_history *h, uint64_t stamp) {
    *to = *h;
    to->count = 0;
    for (unsigned i = 0; i < h->count; i++) {
        if (h->op[i].invoked >= stamp) continue;
        lin_op *op = &to->op[to->count++];
        *op = h->op[i];
        if (op->returned > stamp) op->returned = LIN_NEVER;
    }
}

static void without(lin_history *to, const lin_history *h, unsigned i, unsigned j) {
    *to = *h;
    to->count = 0;
    for (unsigned k = 0; k < h->count; k++)
        if (k != i && k != j) to->op[to->count++] = h->op[k];
}

static bool refusal(const lin_op *op) { return op->result >= LIN_AGAIN && op->result <= LIN_ABORT; }

/* Refusals and observers that answered no change nothing, so what is legal with them is legal without. */
static bool idle(const lin_op *op) { return refusal(op) || op->result == LIN_NO; }

/* A refusal may have been right only because of what the pair did; one of the first's kind wherever it is, for it may
 * hang on which place in a ring comes next. */
static bool refused_near(const lin_history *h, const lin_op *a, const lin_op *b) {
    uint64_t from = a->invoked < b->invoked ? a->invoked : b->invoked;
    uint64_t to = a->returned > b->returned ? a->returned : b->returned;
    for (unsigned i = 0; i < h->count; i++)
        if (idle(&h->op[i]) && (h->op[i].kind == a->kind || (h->op[i].invoked < to && h->op[i].returned > from)))
            return true;
    return false;
}

static bool pair(const lin_history *h, const lin_op *a, const lin_op *b) {
    return h->spec->undoes && a->result != LIN_PENDING && b->result != LIN_PENDING && h->spec->undoes(a, b) &&
           !refused_near(h, a, b);
}

static unsigned last_to_return(const lin_history *h) {
    unsigned last = 0;
    for (unsigned i = 1; i < h->count; i++)
        if (h->op[i].returned != LIN_NEVER &&
            (h->op[last].returned == LIN_NEVER || h->op[i].returned > h->op[last].returned))
            last = i;
    return last;
}

/* Takes the smaller history if it is still illegal, and because of the same operation (or batch): legal until it returns. */
static bool keep(lin_searcher *s, lin_history *h, const lin_history *smaller) {
    uint64_t returned = h->op[last_to_return(h)].returned;
    if (smaller->count == 0 || smaller->op[last_to_return(smaller)].returned != returned) return false;
    if (lin_check(s, smaller) != LIN_ILLEGAL) return false;
    lin_history before;
    beginning(&before, smaller, returned - 1);
    if (lin_check(s, &before) != LIN_LEGAL) return false;
    *h = *smaller;
    return true;
}

static bool drop_one(lin_searcher *s, lin_history *h) {
    lin_history smaller;
    for (unsigned i = 0; i < h->count; i++) {
        if (idle(&h->op[i])) {
            without(&smaller, h, i, i);
            if (keep(s, h, &smaller)) return true;
        }
        for (unsigned j = 0; j < h->count; j++)
            if (j != i && pair(h, &h->op[i], &h->op[j])) {
                without(&smaller, h, i, j);
                if (keep(s, h, &smaller)) return true;
            }
    }
    return false;
}

/* Of a keyed history only the key of the operation that cannot be placed. */
static void drop_parts(lin_searcher *s, lin_history *h) {
    if (!h->spec->keyed) return;
    lin_history one = *h;
    one.count = 0;
    for (unsigned i = 0, last = last_to_return(h); i < h->count; i++)
        if (h->op[i].arg == h->op[last].arg) one.op[one.count++] = h->op[i];
    keep(s, h, &one);
}

static void shortest_beginning(lin_searcher *s, lin_history *h) {
    lin_history begun;
    uint64_t stamp = 0; /* of the first return that makes it illegal */
    for (;;) {
        uint64_t next = LIN_NEVER;
        for (unsigned i = 0; i < h->count; i++)
            if (h->op[i].returned > stamp && h->op[i].returned < next) next = h->op[i].returned;
        if (next == LIN_NEVER) return; /* only pending ones are left: the history itself */
        stamp = next;
        beginning(&begun, h, stamp);
        if (lin_check(s, &begun) != LIN_ILLEGAL) continue;
        *h = begun;
        return;
    }
}

unsigned lin_shrink(lin_searcher *s, lin_history *h) {
    shortest_beginning(s, h);
    drop_parts(s, h);
    while (drop_one(s, h)) continue;
    return last_to_return(h);
}
