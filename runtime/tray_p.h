/* tray - memory for events: those of one topic lie one behind the other, in the order in which they were admitted.
 *
 * So an event takes no memory of the system and no link, and who goes through what waits goes forward in memory. A tray is held by
 * each who has still to come by, and by the topic while events are laid on it. The first is small, those that follow are larger; empty ones
 * go to a shelf of the runtime.
 */
#ifndef WEIR_RUNTIME_TRAY_P_H
#define WEIR_RUNTIME_TRAY_P_H

#include <stdbool.h>
#include <stddef.h>

#include "prims/atomic.h"
#include "prims/lock_p.h"

enum { WEIR_TRAY_RANKS = 3, WEIR_TRAY_MANY = 2048 }; /* MANY: an event of more bytes has a tray of its own */

typedef struct weir_shelf weir_shelf;
typedef struct weir_purse weir_purse;

typedef struct weir_tray {
    weir_a32 holds;
    weir_a32 laid; /* bytes of what is there; under the topic's lock, read by anybody who holds it */
    uint32_t room; /* bytes; constant while it is in use, as the next three */
    uint32_t rank; /* WEIR_TRAY_RANKS: one event's, that is large or counted */
    weir_shelf *shelf;
    weir_purse *purse; /* where it counts, a reference; NULL: nowhere */
    weir_aptr next;    /* the tray behind it; NULL: none yet. On a shelf: another there */
    uint64_t at[];
} weir_tray;

/* Empty trays of a runtime, and how much lies on those that are one large event's. Any thread. */
struct weir_shelf {
    weir_lock lock;
    weir_tray *first[WEIR_TRAY_RANKS];
    uint32_t count[WEIR_TRAY_RANKS];
    weir_a64 large; /* bytes */
    uint64_t most;  /* of them; constant */
};

/* What the events that an entity's sessions have published take, as long as they wait: counted for each of them, when there is a limit.
 * Held by the entity, and by each event that counts. */
struct weir_purse {
    weir_a32 references;
    weir_a64 bytes, most; /* UINT64_MAX: no limit, and nothing is counted */
};

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

/* An empty one with room for so many bytes, at most WEIR_TRAY_MANY, that follows one of `after`, which may be NULL. One hold, the
 * caller's. NULL: no memory. */
weir_tray *weir_tray_new(weir_shelf *shelf, const weir_tray *after, size_t bytes);

/* One with room for so many bytes and no more, that count in the purse, which may be NULL. NULL: no memory, or there would be more than
 * may be: weir_purse_is_full and weir_shelf_is_full tell. */
weir_tray *weir_tray_alone(weir_shelf *shelf, weir_purse *purse, size_t bytes);

static inline bool weir_shelf_is_full(const weir_shelf *s, size_t bytes) {
    return weir_a64_load(&s->large) + bytes > s->most;
}

/* So many more hold it. By one who holds it, or keeps another from letting go. */
static inline void weir_tray_hold(weir_tray *t, uint32_t more) { weir_a32_add(&t->holds, more); }

/* So many less; the last one puts it back. */
void weir_tray_let_go(weir_tray *t, uint32_t holds);

#endif
