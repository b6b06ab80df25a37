#include "stress/lin/search.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "prims/platform.h"

/* -- memory of configurations: open addressing; emptied by counting rounds, not by clearing ------------------------ */

typedef struct configuration {
    uint64_t placed;
    lin_state state; /* the spec's words of it */
} configuration;

typedef struct slot {
    uint32_t round, at;
} slot;

/* One step of the depth-first search. */
typedef struct frame {
    lin_state state;
    uint64_t placed, left; /* left: those that may come next and are not tried yet */
    uint64_t earliest;     /* at which the last one placed could take effect */
} frame;

struct lin_searcher {
    uint32_t limit, used, mask, round;
    uint64_t met;
    slot *slots; /* twice as many as configurations, rounded up to a power of two */
    configuration *seen;
    lin_part part;
    frame stack[LIN_OPS + 1];
};

lin_searcher *lin_searcher_make(uint32_t configurations) {
    uint32_t slots = 2;
    while (slots < 2 * configurations) slots *= 2;
    lin_searcher *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->limit = configurations;
    s->mask = slots - 1;
    s->slots = calloc(slots, sizeof *s->slots);
    s->seen = malloc(configurations * sizeof *s->seen);
    if (s->slots && s->seen) return s;
    lin_searcher_free(s);
    return NULL;
}

void lin_searcher_free(lin_searcher *s) {
    if (!s) return;
    free(s->slots);
    free(s->seen);
    free(s);
}

uint64_t lin_searcher_met(const lin_searcher *s) { return s->met; }

static void forget(lin_searcher *s) {
    s->used = 0;
    if (++s->round == 0) { /* once in 2^32 searches */
        memset(s->slots, 0, ((size_t)s->mask + 1) * sizeof *s->slots);
        s->round = 1;
    }
}

static uint32_t hash(uint64_t placed, const lin_state *state, unsigned words) {
    uint64_t h = placed * 0x9e3779b97f4a7c15u;
    for (unsigned i = 0; i < words; i++) h = (h ^ h >> 29 ^ state->word[i]) * 0xbf58476d1ce4e5b9u;
    return (uint32_t)(h ^ h >> 32);
}

typedef enum memory { NEW, KNOWN, FULL } memory;

static memory remember(lin_searcher *s, uint64_t placed, const lin_state *state, unsigned words) {
    uint32_t i = hash(placed, state, words) & s->mask;
    for (; s->slots[i].round == s->round; i = (i + 1) & s->mask) {
        const configuration *c = &s->seen[s->slots[i].at];
        if (c->placed == placed && !memcmp(c->state.word, state->word, words * sizeof(uint64_t))) return KNOWN;
    }
    if (s->used == s->limit) return FULL;
    s->slots[i] = (slot){s->round, s->used};
    s->seen[s->used].placed = placed;
    memcpy(s->seen[s->used].state.word, state->word, words * sizeof(uint64_t));
    s->used++;
    s->met++;
    return NEW;
}

/* -- a part -- */

/* Those that return first stand first, so that they are tried first: they leave the least choice. Insertion keeps each
 * thread's operations in program order, for their returns are. */
static void sort_by_return(lin_part *p, const lin_op *const *op, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        unsigned at = i;
        for (; at > 0 && p->op[at - 1].returned > op[i]->returned; at--) p->op[at] = p->op[at - 1];
        p->op[at] = *op[i];
    }
}

void lin_part_make(lin_part *p, const uint32_t *param, const lin_op *const *op, unsigned n) {
    assert(n <= LIN_OPS);
    p->param = param;
    p->count = n;
    sort_by_return(p, op, n);
    p->moved = p->must = 0;
    for (unsigned i = 0; i < n; i++) {
        const lin_op *a = &p->op[i];
        uint64_t bit = (uint64_t)1 << i;
        p->before[i] = p->with[i] = 0;
        for (unsigned j = 0; j < n; j++) {
            const lin_op *b = &p->op[j];
            if (b->returned <= a->invoked || (b->thread == a->thread && j < i)) p->before[i] |= (uint64_t)1 << j;
            else if (b->thread != a->thread && a->returned > b->invoked) p->with[i] |= (uint64_t)1 << j;
        }
        if (a->returned != LIN_NEVER) p->must |= bit;
        if (a->result == LIN_OK || a->result == LIN_YES || a->result == LIN_PENDING) p->moved |= bit;
    }
}

bool lin_moment_of(const lin_part *p, unsigned i, uint64_t placed, uint64_t earliest, lin_moment *m) {
    if (p->before[i] & ~placed) return false;
    *m = (lin_moment){p, i, placed, earliest > p->op[i].invoked ? earliest : p->op[i].invoked, LIN_NEVER};
    for (unsigned j = 0; j < p->count; j++) /* by return, so the first that is not placed */
        if (!(placed >> j & 1)) {
            m->latest = p->op[j].returned;
            break;
        }
    return true;
}

static uint64_t may_come_next(const lin_part *p, uint64_t placed) {
    uint64_t all = p->count == LIN_OPS ? ~(uint64_t)0 : ((uint64_t)1 << p->count) - 1, next = 0;
    for (uint64_t rest = all & ~placed; rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctzll(rest);
        if (!(p->before[i] & ~placed)) next |= (uint64_t)1 << i;
    }
    return next;
}

/* -- the search -- */

/* Places operation i after the frame at *f, in f[1]. False: it cannot take effect there. */
static WEIR_ALWAYS_INLINE bool place(const lin_spec *spec, const lin_part *p, frame *f, unsigned i) {
    lin_moment m;
    if (!lin_moment_of(p, i, f->placed, f->earliest, &m)) return false;
    memcpy(f[1].state.word, f->state.word, spec->state_words * sizeof(uint64_t));
    if (!spec->step(&f[1].state, &m)) return false;
    f[1].placed = f->placed | (uint64_t)1 << i;
    f[1].earliest = m.earliest;
    return true;
}

static lin_verdict search(lin_searcher *s, const lin_spec *spec, const lin_part *p) {
    frame *f = s->stack;
    memset(&f->state, 0, sizeof f->state);
    if (spec->begin) spec->begin(&f->state, p->param);
    f->placed = f->earliest = 0;
    f->left = may_come_next(p, 0);
    forget(s);
    while (p->must & ~f->placed) {
        if (!f->left) { /* nothing more to try here */
            if (f-- == s->stack) return LIN_ILLEGAL;
            continue;
        }
        unsigned i = (unsigned)__builtin_ctzll(f->left);
        f->left &= f->left - 1;
        if (!place(spec, p, f, i)) continue;
        memory known = remember(s, f[1].placed, &f[1].state, spec->state_words);
        if (known == FULL) return LIN_UNKNOWN;
        if (known == KNOWN) continue;
        f++;
        f->left = may_come_next(p, f->placed);
    }
    return LIN_LEGAL;
}

/* -- histories: part by part -- */

static bool same_part(const lin_spec *spec, const lin_op *a, const lin_op *b) {
    return !spec->keyed || a->arg == b->arg;
}

/* The operations that belong with operation i; 0 when an earlier one has had them. */
static unsigned part_of(const lin_history *h, unsigned i, const lin_op **op) {
    unsigned n = 0;
    for (unsigned j = 0; j < h->count; j++) {
        if (!same_part(h->spec, &h->op[i], &h->op[j])) continue;
        if (j < i) return 0;
        op[n++] = &h->op[j];
    }
    return n;
}

lin_verdict lin_check(lin_searcher *s, const lin_history *h) {
    lin_verdict all = LIN_LEGAL;
    const lin_op *op[LIN_HISTORY];
    for (unsigned i = 0; i < h->count && (i == 0 || h->spec->keyed); i++) {
        unsigned n = part_of(h, i, op);
        if (n == 0) continue;
        lin_verdict v = LIN_UNKNOWN;
        if (n <= LIN_OPS) {
            lin_part_make(&s->part, h->param, op, n);
            v = search(s, h->spec, &s->part);
        }
        if (v == LIN_ILLEGAL) return v;
        if (v == LIN_UNKNOWN) all = v;
    }
    return all;
}

unsigned lin_largest_part(const lin_history *h) {
    const lin_op *op[LIN_HISTORY];
    unsigned largest = 0;
    for (unsigned i = 0; i < h->count; i++) {
        unsigned n = part_of(h, i, op);
        if (n > largest) largest = n;
    }
    return largest;
}
