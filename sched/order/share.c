#include "sched/order/retire_p.h"

#include <stdlib.h>
#include <string.h>

/* A child that has no place yet. Behind all of the window with the same key; `nth` says which of them is first. */
typedef struct child {
    uint64_t key, nth;
    weir_event *event;
} child;

typedef struct domain {
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t go; /* the last one it took part in */
    uint32_t at, last;                         /* in links: its next event, its last one; NONE: no more */
    uint32_t next;                             /* domain of the same list */
    uint32_t owner;
    uint32_t left; /* data parts it may still run in this go: a chain without end keeps nobody waiting */
    bool stuck;    /* nothing more in this go */
    uint64_t ran;  /* data parts, older goes count half each time */
    child *heap;
    size_t children, heap_capacity;
    uint64_t nth;
    weir_done *done; /* done, not retired: from `first` */
    size_t first, n, capacity;
} domain;

struct weir_share {
    uint64_t go, limit;
    uint32_t window, n;
    const weir_sort_item *items; /* of the window; links[i]: the next of items[i]'s domain */
    uint32_t *links, *active;    /* active: the domains of this go */
    uint32_t actives;
    uint64_t loads[WEIR_WORKERS_MAX];
    domain *domains;
};

enum { SKEW = 64 }; /* data parts: less is not worth moving a domain for */

/* -- children in their order -- */

static bool sooner(const child *a, const child *b) { return a->key != b->key ? a->key < b->key : a->nth < b->nth; }

static bool grow(void *array, size_t *capacity, size_t want, size_t size) {
    if (WEIR_LIKELY(want <= *capacity)) return true;
    size_t larger = 2 * want;
    void *moved = realloc(*(void **)array, larger * size);
    if (!moved) return false;
    *(void **)array = moved;
    *capacity = larger;
    return true;
}

static void heap_put(domain *d, child c) {
    size_t i = d->children++;
    for (size_t up; i && sooner(&c, &d->heap[up = (i - 1) / 2]); i = up) d->heap[i] = d->heap[up];
    d->heap[i] = c;
}

static void heap_drop(domain *d) {
    child c = d->heap[--d->children];
    size_t i = 0;
    for (size_t down; (down = 2 * i + 1) < d->children; i = down) {
        if (down + 1 < d->children && sooner(&d->heap[down + 1], &d->heap[down])) down++;
        if (!sooner(&d->heap[down], &c)) break;
        d->heap[i] = d->heap[down];
    }
    d->heap[i] = c;
}

/* Those that only have a data part are ready for it; the others have to run first, after their parent has retired. */
static void put_child(domain *d, weir_event *e, uint64_t nth) {
    if (weir_a32_load(&e->state) == WEIR_EVENT_PENDING && !weir_event_must_run(e))
        weir_a32_store(&e->state, WEIR_EVENT_RAN); /* relaxed: nobody else knows of it */
    heap_put(d, (child){e->key, nth, e});
}

/* e's children for its own domain: they hang newest first. Without memory the domain stops here. */
static void put_children(domain *d, const weir_event *e) {
    size_t n = 0;
    for (const weir_event *c = e->next; c; c = weir_event_sibling(c)) n++;
    if (!n) return;
    if (!grow(&d->heap, &d->heap_capacity, d->children + n, sizeof *d->heap)) {
        d->stuck = true;
        return;
    }
    d->nth += n;
    uint64_t nth = d->nth;
    for (weir_event *c = e->next; c; c = weir_event_sibling(c), nth--)
        if (c->domain == e->domain) put_child(d, c, nth);
}

/* -- running a domain -- */

static weir_event *first_of(const weir_share *x, const domain *d) {
    const weir_sort_item *item = d->at == WEIR_SHARE_NONE ? NULL : x->items + d->at;
    if (!d->children) return item ? weir_handle_event(*item) : NULL;
    return item && item->key <= d->heap[0].key ? weir_handle_event(*item) : d->heap[0].event;
}

static void drop_first(const weir_share *x, domain *d, const weir_event *e) {
    if (d->children && d->heap[0].event == e) heap_drop(d);
    else d->at = x->links[d->at];
}

/* False: w is lost in it. */
static bool data(weir_worker *w, domain *d, weir_event *e) {
    weir_event *before = e->next;
    w->turn.digest = 0;
    if (WEIR_UNLIKELY(!weir_worker_data(w, e))) return false;
    weir_a32_store(&e->state, WEIR_EVENT_DONE); /* relaxed: the phases order it */
    d->done[d->n++] = (weir_done){e, before, w->turn.digest};
    d->ran++;
    return true;
}

/* May e have its data part now? */
static bool may(domain *d) {
    if (!d->left || !grow(&d->done, &d->capacity, d->n + 1, sizeof *d->done)) return false;
    d->left--;
    return true;
}

static bool run_domain(weir_share *x, weir_worker *w, domain *d) {
    for (weir_event *e; !d->stuck && (e = first_of(x, d)) && e->key < x->limit;) {
        if (WEIR_UNLIKELY(!weir_worker_tick(w))) return false; /* before the look: it may bury e */
        uint32_t state = weir_a32_load_acquire(&e->state);     /* pairs with WR, and with DS in deps.c */
        if (state < WEIR_EVENT_RAN || (state == WEIR_EVENT_RAN && !may(d))) break;
        if (state == WEIR_EVENT_RAN && !data(w, d, e)) return false;
        drop_first(x, d, e);
        put_children(d, e);
    }
    return true;
}

bool weir_share_run(weir_share *x, weir_worker *w, uint32_t *list) {
    for (; *list != WEIR_SHARE_NONE; *list = x->domains[*list].next)
        if (!run_domain(x, w, &x->domains[*list])) return false;
    return true;
}

/* -- a go -- */

/* What is done and has not retired moves to the front. */
static void close_gap(domain *d) {
    d->n -= d->first;
    if (d->first && d->n) memmove(d->done, d->done + d->first, d->n * sizeof *d->done);
    d->first = 0;
}

static void enter(weir_share *x, domain *d, uint32_t number) {
    close_gap(d);
    d->go = x->go;
    d->at = WEIR_SHARE_NONE;
    d->left = x->window;
    d->stuck = false;
    d->ran /= 2;
    d->children = 0;
    d->nth = 0;
    x->active[x->actives++] = number;
}

size_t weir_share_plan(weir_share *x, const weir_window *v, uint64_t limit) {
    const weir_run *near = &v->near;
    size_t n = near->sorted - near->head, wait = 0;
    x->go++;
    x->limit = limit;
    x->items = near->items + near->head;
    x->actives = 0;
    for (uint32_t i = 0; i < n && x->items[i].key < limit; i++) {
        const weir_event *e = weir_handle_event(x->items[i]);
        domain *d = &x->domains[e->domain];
        if (d->go != x->go) enter(x, d, e->domain);
        if (d->at == WEIR_SHARE_NONE) d->at = i;
        else x->links[d->last] = i;
        d->last = i;
        x->links[i] = WEIR_SHARE_NONE;
        wait += weir_a32_load(&e->state) == WEIR_EVENT_RAN; /* relaxed: only how many */
    }
    return wait;
}

unsigned weir_share_deal(weir_share *x, uint32_t **lists) {
    unsigned owners = 0;
    for (uint32_t i = 0; i < x->actives; i++) {
        domain *d = &x->domains[x->active[i]];
        uint32_t *list = lists[d->owner];
        owners += *list == WEIR_SHARE_NONE;
        d->next = *list;
        *list = x->active[i];
    }
    return owners;
}

void weir_share_adopt(weir_share *x, uint32_t *list, uint32_t *other, unsigned owner) {
    for (uint32_t number = *other, next; number != WEIR_SHARE_NONE; number = next) {
        domain *d = &x->domains[number];
        next = d->next;
        d->owner = owner;
        d->next = *list;
        *list = number;
    }
    *other = WEIR_SHARE_NONE;
}

/* -- owners -- */

static unsigned most(const uint64_t *loads, const bool *here, unsigned workers, bool least) {
    unsigned found = WEIR_NO_WORKER;
    for (unsigned i = 0; i < workers; i++)
        if (here[i] && (found == WEIR_NO_WORKER || (least ? loads[i] < loads[found] : loads[i] > loads[found])))
            found = i;
    return found;
}

/* From the one with most, whatever makes the one with least not the one with most. */
static size_t move(weir_share *x, const bool *here, unsigned workers, unsigned from) {
    size_t moved = 0;
    for (uint32_t i = 0; i < x->actives; i++) {
        domain *d = &x->domains[x->active[i]];
        unsigned to = most(x->loads, here, workers, true);
        if (d->owner != from || x->loads[to] + d->ran >= x->loads[from]) continue;
        x->loads[to] += d->ran;
        x->loads[from] -= d->ran;
        d->owner = to;
        moved++;
    }
    return moved;
}

size_t weir_share_steal(weir_share *x, const bool *here, unsigned workers) {
    uint64_t all = 0;
    unsigned members = 0, from;
    for (unsigned i = 0; i < workers; i++) {
        x->loads[i] = 0;
        members += here[i];
    }
    for (uint32_t i = 0; i < x->actives; i++) {
        const domain *d = &x->domains[x->active[i]];
        if (d->owner < workers) x->loads[d->owner] += d->ran;
        all += d->ran;
    }
    if (members < 2 || (from = most(x->loads, here, workers, false)) == WEIR_NO_WORKER) return 0;
    bool skewed = x->loads[from] > SKEW + all / members + all / members / 4;
    return skewed ? move(x, here, workers, from) : 0;
}

/* -- what is done -- */

weir_done weir_share_take(weir_share *x, const weir_event *e) {
    domain *d = &x->domains[e->domain];
    return d->done[d->first++];
}

uint64_t weir_share_least(const weir_share *x, uint32_t number) {
    const domain *d = &x->domains[number];
    return d->first == d->n ? 0 : d->done[d->n - 1].event->key + 1;
}

/* -- open and close -- */

weir_share *weir_share_open(const weir_sched *s) {
    weir_share *x = calloc(1, sizeof *x);
    if (!x) return NULL;
    x->window = s->o.window;
    x->n = s->o.domains;
    x->links = malloc(x->window * sizeof *x->links);
    x->active = malloc(x->n * sizeof *x->active);
    x->domains = weir_lines_alloc(x->n * sizeof *x->domains);
    if (!x->links || !x->active || !x->domains) {
        weir_share_close(x);
        return NULL;
    }
    for (uint32_t i = 0; i < x->n; i++) x->domains[i].owner = s->o.workers ? i % s->o.workers : 0;
    return x;
}

void weir_share_close(weir_share *x) {
    if (!x) return;
    for (uint32_t i = 0; x->domains && i < x->n; i++) {
        free(x->domains[i].heap);
        free(x->domains[i].done);
    }
    free(x->domains);
    free(x->active);
    free(x->links);
    free(x);
}
