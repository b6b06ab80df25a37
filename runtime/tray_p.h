/* tray - memory for events: those of one publisher lie one behind the other, as they are made.
 *
 * So an event takes no memory of the system, and who goes through a queue goes forward in memory. A tray is counted: how many of its events
 * are not done, and while a publisher lays events on it, all that it might still hold. Empty ones go to a shelf of the runtime.
 */
#ifndef WEIR_RUNTIME_TRAY_P_H
#define WEIR_RUNTIME_TRAY_P_H

#include <stdbool.h>
#include <stddef.h>

#include "prims/atomic.h"
#include "prims/lock_p.h"

typedef struct weir_tray weir_tray;

/* Empty trays of a runtime, and how much lies on those that are one large event's. Any thread. */
typedef struct weir_shelf {
    weir_lock lock;
    weir_tray *first;
    uint32_t count;
    weir_a64 large; /* bytes */
    uint64_t most;  /* of them; constant */
} weir_shelf;

/* What the events that an entity's sessions have published take, as long as they wait: counted for each of them, when there is a limit.
 * Held by the entity, and by each event that counts. */
typedef struct weir_purse {
    weir_a32 references;
    weir_a64 bytes, most; /* UINT64_MAX: no limit, and nothing is counted */
} weir_purse;

weir_purse *weir_purse_new(void);       /* without a limit, one reference. NULL: no memory */
void weir_purse_release(weir_purse *p); /* NULL is nothing */

/* acquire: pairs with the release of the one before the last: its bytes are given back. */
static inline bool weir_purse_is_shared(const weir_purse *p) { return weir_a32_load_acquire(&p->references) > 1; }

static inline bool weir_purse_is_limited(const weir_purse *p) { return p && weir_a64_load(&p->most) != UINT64_MAX; }

static inline bool weir_purse_is_full(const weir_purse *p, size_t bytes) {
    return p && weir_a64_load(&p->bytes) + bytes > weir_a64_load(&p->most);
}

void weir_shelf_init(weir_shelf *s, uint64_t most);
void weir_shelf_free(weir_shelf *s); /* no tray is in use */

/* Of one publisher at a time; zeroed at first. */
typedef struct weir_nest {
    weir_tray *now;
} weir_nest;

/* bytes, aligned to 8, and the tray they lie on, which is told when they are done. nest NULL, or they are many, or counted in the purse
 * (which may be NULL): a tray of their own. NULL: no memory, or there would be more than may be: weir_purse_is_full and weir_shelf_is_full
 * tell. */
void *weir_tray_take(weir_shelf *shelf, weir_purse *purse, weir_nest *nest, size_t bytes, weir_tray **tray);

static inline bool weir_shelf_is_full(const weir_shelf *s, size_t bytes) {
    return weir_a64_load(&s->large) + bytes > s->most;
}

/* So many that lay on it are done. */
void weir_tray_done(weir_tray *t, uint32_t events);

/* No event will be laid by it any more. */
void weir_nest_leave(weir_nest *nest);

/* What one thread has done and not told yet: most that it does one after the other lie on one tray. */
typedef struct weir_tally {
    weir_tray *tray;
    uint32_t events;
} weir_tally;

static inline void weir_tally_tell(weir_tally *t) {
    if (t->events) weir_tray_done(t->tray, t->events);
    t->events = 0;
}

static inline void weir_tally_done(weir_tally *t, weir_tray *tray) {
    if (t->tray != tray) weir_tally_tell(t);
    t->tray = tray;
    t->events++;
}

#endif
