#include "runtime/tray_p.h"

#include <stdlib.h>

enum {
    BYTES = 8192,
    MANY = BYTES / 4, /* get a tray of their own */
    SHELF = 128,      /* trays on a shelf */
    AHEAD = 256       /* bytes asked for before they are laid */
};

#define IN_USE ((uint32_t)1 << 30)

struct weir_tray {
    weir_a32 events; /* not done; and IN_USE, less what has been laid on it, while it is in use */
    uint32_t laid;
    weir_shelf *shelf;
    bool own;          /* one event's: it goes when that is done */
    size_t large;      /* bytes of that, where they count on the shelf */
    size_t paid;       /* and in the purse, */
    weir_purse *purse; /* then a reference */
    weir_tray *next;
    size_t used;
    uint64_t at[];
};

enum { ROOM = BYTES - sizeof(weir_tray) };

/* -- what may lie there ---------------------------------------------------------------------------------------------- */

weir_purse *weir_purse_new(void) {
    weir_purse *p = malloc(sizeof *p);
    if (!p) return NULL;
    weir_a32_store(&p->references, 1);
    weir_a64_store(&p->bytes, 0);
    weir_a64_store(&p->most, UINT64_MAX);
    return p;
}

void weir_purse_release(weir_purse *p) {
    if (p && weir_a32_sub_acq_rel(&p->references, 1) == 1) free(p); /* acq_rel: pairs with itself */
}

/* More bytes, unless there would be more than may be. */
static bool add(weir_a64 *bytes, size_t more, uint64_t most) {
    if (weir_a64_add(bytes, more) + more <= most) return true;
    weir_a64_sub(bytes, more);
    return false;
}

static bool pay(weir_tray *t, weir_purse *p, size_t bytes) {
    if (!weir_purse_is_limited(p)) return true;
    if (!add(&p->bytes, bytes, weir_a64_load(&p->most))) return false;
    weir_a32_add(&p->references, 1);
    t->paid = bytes;
    t->purse = p;
    return true;
}

static void pay_back(weir_tray *t) {
    if (!t->purse) return;
    weir_a64_sub(&t->purse->bytes, t->paid);
    weir_purse_release(t->purse);
    t->purse = NULL;
}

/* -- shelves --------------------------------------------------------------------------------------------------------- */

void weir_shelf_init(weir_shelf *s, uint64_t most) {
    weir_lock_init(&s->lock);
    weir_a64_store(&s->large, 0);
    s->most = most;
    s->first = NULL;
    s->count = 0;
}

void weir_shelf_free(weir_shelf *s) {
    for (weir_tray *t; (t = s->first);) {
        s->first = t->next;
        free(t);
    }
}

static weir_tray *from_shelf(weir_shelf *s) {
    weir_lock_acquire(&s->lock);
    weir_tray *t = s->first;
    if (t) s->first = t->next;
    if (t) s->count--;
    weir_lock_release(&s->lock);
    return t;
}

static void put_back(weir_tray *t) {
    weir_shelf *s = t->shelf;
    bool keep = false;
    if (t->large) weir_a64_sub(&s->large, t->large);
    pay_back(t);
    if (!t->own) {
        weir_lock_acquire(&s->lock);
        keep = s->count < SHELF;
        if (keep) {
            t->next = s->first;
            s->first = t;
            s->count++;
        }
        weir_lock_release(&s->lock);
    }
    if (!keep) free(t);
}

/* D1 acq_rel: pairs with itself: what all did with the events happens before the memory is used again. */
static void less(weir_tray *t, uint32_t n) {
    if (weir_a32_sub_acq_rel(&t->events, n) == n) put_back(t);
}

void weir_tray_done(weir_tray *t, uint32_t events) { less(t, events); }

void weir_nest_leave(weir_nest *nest) {
    if (nest->now) less(nest->now, IN_USE - nest->now->laid);
    nest->now = NULL;
}

static weir_tray *new_tray(weir_shelf *shelf, size_t room, uint32_t events, bool own) {
    weir_tray *t = own ? NULL : from_shelf(shelf);
    if (!t && !(t = malloc(sizeof *t + room))) return NULL;
    weir_a32_store(&t->events, events);
    t->laid = 0;
    t->shelf = shelf;
    t->own = own;
    t->large = 0;
    t->purse = NULL;
    t->used = 0;
    return t;
}

/* A tray of its own, counted when it is large. */
static void *alone(weir_shelf *shelf, weir_purse *purse, size_t bytes, weir_tray **tray) {
    weir_tray *t = *tray = new_tray(shelf, bytes, 1, true);
    if (!t) return NULL;
    if (pay(t, purse, bytes) && (bytes <= MANY || add(&shelf->large, bytes, shelf->most))) {
        t->large = bytes > MANY ? bytes : 0;
        return t->at;
    }
    pay_back(t);
    free(t);
    return NULL;
}

void *weir_tray_take(weir_shelf *shelf, weir_purse *purse, weir_nest *nest, size_t bytes, weir_tray **tray) {
    bytes = (bytes + 7) & ~(size_t)7;
    if (!nest || bytes > MANY || WEIR_UNLIKELY(weir_purse_is_limited(purse))) return alone(shelf, purse, bytes, tray);
    if (nest->now && ROOM - nest->now->used < bytes) weir_nest_leave(nest);
    if (!nest->now && !(nest->now = new_tray(shelf, ROOM, IN_USE, false))) return NULL;
    weir_tray *t = *tray = nest->now;
    void *p = (char *)t->at + t->used;
    t->used += bytes;
    t->laid++;
    for (size_t ahead = 0; ahead < AHEAD; ahead += WEIR_CACHE_LINE)
        __builtin_prefetch((char *)p + bytes + ahead, 1); /* for the next: whoever handled what lay there has it */
    return p;
}
