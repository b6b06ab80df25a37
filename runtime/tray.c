#include "runtime/tray_p.h"

#include <stdlib.h>

enum { SHELF = 128 }; /* trays of a rank on a shelf */

static const uint32_t bytes_of[WEIR_TRAY_RANKS] = {256, 2048, 8192};

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

/* -- shelves --------------------------------------------------------------------------------------------------------- */

static uint32_t room_of(uint32_t rank) { return bytes_of[rank] - (uint32_t)sizeof(weir_tray); }

void weir_shelf_init(weir_shelf *s, uint64_t most) {
    *s = (weir_shelf){.most = most};
    weir_lock_init(&s->lock);
}

void weir_shelf_free(weir_shelf *s) {
    for (uint32_t rank = 0; rank < WEIR_TRAY_RANKS; rank++)
        for (weir_tray *t; (t = s->first[rank]);) {
            s->first[rank] = weir_aptr_load(&t->next);
            free(t);
        }
}

static weir_tray *from_shelf(weir_shelf *s, uint32_t rank) {
    weir_lock_acquire(&s->lock);
    weir_tray *t = s->first[rank];
    if (t) s->first[rank] = weir_aptr_load(&t->next);
    if (t) s->count[rank]--;
    weir_lock_release(&s->lock);
    return t;
}

static bool put_on_shelf(weir_tray *t) {
    weir_shelf *s = t->shelf;
    weir_lock_acquire(&s->lock);
    bool keep = s->count[t->rank] < SHELF;
    if (keep) {
        weir_aptr_store(&t->next, s->first[t->rank]);
        s->first[t->rank] = t;
        s->count[t->rank]++;
    }
    weir_lock_release(&s->lock);
    return keep;
}

static weir_tray *begin(weir_tray *t, weir_shelf *shelf, uint32_t rank, size_t room) {
    if (!t) return NULL;
    weir_a32_store(&t->holds, 1);
    weir_a32_store(&t->laid, 0);
    t->room = (uint32_t)room;
    t->rank = rank;
    t->shelf = shelf;
    t->purse = NULL;
    weir_aptr_store(&t->next, NULL);
    return t;
}

/* -- trays ----------------------------------------------------------------------------------------------------------- */

weir_tray *weir_tray_new(weir_shelf *shelf, const weir_tray *after, size_t bytes) {
    uint32_t rank = after && after->rank < WEIR_TRAY_RANKS ? after->rank + 1 : 0;
    if (rank == WEIR_TRAY_RANKS) rank--;
    while (room_of(rank) < bytes) rank++;
    weir_tray *t = from_shelf(shelf, rank);
    return begin(t ? t : malloc(bytes_of[rank]), shelf, rank, room_of(rank));
}

static bool pay(weir_tray *t, weir_purse *p) {
    if (!weir_purse_is_limited(p)) return true;
    if (!add(&p->bytes, t->room, weir_a64_load(&p->most))) return false;
    weir_a32_add(&p->references, 1);
    t->purse = p;
    return true;
}

static void pay_back(weir_tray *t) {
    if (!t->purse) return;
    weir_a64_sub(&t->purse->bytes, t->room);
    weir_purse_release(t->purse);
}

weir_tray *weir_tray_alone(weir_shelf *shelf, weir_purse *purse, size_t bytes) {
    weir_tray *t = begin(malloc(sizeof *t + bytes), shelf, WEIR_TRAY_RANKS, bytes);
    if (!t) return NULL;
    if (pay(t, purse) && (bytes <= WEIR_TRAY_MANY || add(&shelf->large, bytes, shelf->most))) return t;
    pay_back(t);
    free(t);
    return NULL;
}

static void end(weir_tray *t) {
    if (t->rank < WEIR_TRAY_RANKS && put_on_shelf(t)) return;
    pay_back(t);
    if (t->room > WEIR_TRAY_MANY && t->rank == WEIR_TRAY_RANKS) weir_a64_sub(&t->shelf->large, t->room);
    free(t);
}

/* D1 acq_rel, and acquire: pair with D1: what all did with the events happens before the memory is used again. Who sees that his is the
 * last hold need not change it. */
void weir_tray_let_go(weir_tray *t, uint32_t holds) {
    if (weir_a32_load_acquire(&t->holds) == holds || weir_a32_sub_acq_rel(&t->holds, holds) == holds) end(t);
}
