#include "sched/domains_p.h"

#include <stdlib.h>

#include "sched/deps_p.h"

typedef struct box {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_aptr arrived; /* events, newest first, by next, down to OWNED; NULL: idle */
    weir_event *queue;                               /* taken from there, oldest first; the owner's */
    struct box *orphan;                              /* the next one */
} box;

struct weir_domains {
    weir_aptr orphans;
    uint32_t n;
    box *boxes;
};

static weir_event owned; /* an address only */
#define OWNED (&owned)

weir_domains *weir_domains_open(uint32_t n) {
    weir_domains *all = calloc(1, sizeof *all);
    if (!all) return NULL;
    all->n = n;
    all->boxes = weir_lines_alloc(n * sizeof *all->boxes);
    if (all->boxes) return all;
    free(all);
    return NULL;
}

void weir_domains_close(weir_domains *all) {
    if (all) free(all->boxes);
    free(all);
}

/* True: the box was idle, and the caller owns it now; then e is not in it. */
static bool put(box *b, weir_event *e) {
    void *head = weir_aptr_load(&b->arrived);
    for (;;) {
        if (!head) {
            /* A1 acquire: pairs with R1; what the owner before has done. */
            if (weir_aptr_cas_weak_acquire(&b->arrived, &head, OWNED)) return true;
        } else {
            e->next = head;
            if (weir_aptr_cas_weak_release(&b->arrived, &head, e)) return false; /* R2: pairs with A2; the event */
        }
    }
}

static weir_event *reverse(weir_event *e) {
    weir_event *list = NULL;
    for (weir_event *next; e != OWNED; e = next) {
        next = e->next;
        e->next = list;
        list = e;
    }
    return list;
}

/* The owner's next event; NULL: there is none, and the box is idle again, with which it may be another's already. */
static weir_event *next(box *b) {
    void *head = OWNED;
    if (!b->queue) {
        if (weir_aptr_cas_release(&b->arrived, &head, NULL)) return NULL; /* R1: pairs with A1 */
        b->queue = reverse(weir_aptr_xchg_acquire(&b->arrived, OWNED));   /* A2: pairs with R2 */
    }
    weir_event *e = b->queue;
    b->queue = e->next;
    return e;
}

static void orphan(weir_domains *all, weir_sched *s, box *b) {
    void *head = weir_aptr_load(&all->orphans);
    do b->orphan = head;
    while (!weir_aptr_cas_weak_release(&all->orphans, &head, b)); /* R3: pairs with A3 */
    weir_bell_ring(&s->idle, 1);
}

/* Works until the box is empty, or w has to stop. */
static bool drain(weir_domains *all, weir_worker *w, box *b, weir_event *e, uint32_t *at) {
    *at = (uint32_t)(b - all->boxes) + 1;
    for (; e; e = next(b)) {
        if (!weir_worker_data(w, e)) return false;
        weir_event_ended(w, e, WEIR_SCHED_OK);
        if (WEIR_LIKELY(weir_worker_tick(w))) continue;
        *at = 0;
        orphan(all, w->sched, b);
        return true;
    }
    *at = 0;
    return true;
}

bool weir_domains_put(weir_domains *all, weir_worker *w, weir_event *e, uint32_t *at) {
    box *b = all->boxes + e->domain;
    return put(b, e) ? drain(all, w, b, e, at) : true;
}

void weir_domains_orphan(weir_domains *all, weir_sched *s, uint32_t at) {
    if (at) orphan(all, s, all->boxes + at - 1);
}

bool weir_domains_orphans(const weir_domains *all) { return weir_aptr_load(&all->orphans) != NULL; }

/* Takes all of them and puts back all but one: they are few. */
bool weir_domains_adopt(weir_domains *all, weir_worker *w, uint32_t *at, bool *did) {
    *did = false;
    if (WEIR_LIKELY(!weir_aptr_load(&all->orphans))) return true;
    box *b = weir_aptr_xchg_acquire(&all->orphans, NULL); /* A3: pairs with R3; what its owner did */
    if (!b) return true;
    for (box *x = b->orphan, *after; x; x = after) {
        after = x->orphan;
        orphan(all, w->sched, x);
    }
    *did = true;
    return drain(all, w, b, next(b), at);
}

weir_event *weir_domains_take(weir_domains *all) {
    for (uint32_t i = 0; i < all->n; i++) {
        weir_event *e = weir_aptr_load(&all->boxes[i].arrived) ? next(all->boxes + i) : NULL;
        if (e) return e;
    }
    return NULL;
}
