#include "runtime/topic_p.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(weir_topic) == 64, "a topic is a cache line");

enum { PAGES = WEIR_CHANNELS_ALL * WEIR_TOPICS / WEIR_TOPIC_PAGE };

/* -- the table ----------------------------------------------------------------------------------------------------- */

bool weir_topics_init(weir_topics *t) {
    t->page = calloc(PAGES, sizeof *t->page);
    return t->page != NULL;
}

static void free_page(weir_topic *page) {
    for (uint32_t i = 0; page && i < WEIR_TOPIC_PAGE; i++) free(weir_aptr_load(&page[i].log));
    free(page);
}

void weir_topics_free(weir_topics *t) {
    for (uint32_t i = 0; t->page && i < PAGES; i++) free_page(weir_aptr_load(&t->page[i]));
    free(t->page);
}

/* T1 release: pairs with T2. Of two who make a page one wins, and the other takes his. */
static weir_topic *make_page(weir_aptr *place, uint32_t channel, uint32_t first) {
    void *seen = NULL;
    weir_topic *page = aligned_alloc(sizeof *page, WEIR_TOPIC_PAGE * sizeof *page);
    if (!page) return NULL;
    memset(page, 0, WEIR_TOPIC_PAGE * sizeof *page);
    for (uint32_t i = 0; i < WEIR_TOPIC_PAGE; i++) {
        weir_lock_init(&page[i].lock);
        page[i].channel = (uint16_t)channel;
        page[i].number = (uint16_t)(first + i);
    }
    if (weir_aptr_cas_acq_rel(place, &seen, page)) return page; /* T1 */
    free(page);
    return seen;
}

weir_topic *weir_topic_make(weir_aptr *page, uint32_t channel, uint32_t number) {
    weir_topic *made = make_page(page, channel, number / WEIR_TOPIC_PAGE * WEIR_TOPIC_PAGE);
    return made ? &made[number % WEIR_TOPIC_PAGE] : NULL;
}

weir_topic *weir_topic_next(weir_topics *t, uint32_t *at) {
    for (; *at < PAGES * WEIR_TOPIC_PAGE; *at += WEIR_TOPIC_PAGE - *at % WEIR_TOPIC_PAGE) {
        weir_topic *page = weir_aptr_load_acquire(&t->page[*at / WEIR_TOPIC_PAGE]); /* T2 */
        if (page) return &page[(*at)++ % WEIR_TOPIC_PAGE];
    }
    return NULL;
}

/* -- the log ------------------------------------------------------------------------------------------------------- */

/* L1 release: pairs with L2: who reads metrics sees it whole. */
weir_log *weir_topic_log(weir_topic *t) {
    weir_log *l = weir_aptr_load(&t->log);
    if (l || !(l = aligned_alloc(WEIR_CACHE_LINE, sizeof *l))) return l;
    memset(l, 0, sizeof *l);
    weir_aptr_store_release(&t->log, l); /* L1 */
    return l;
}

uint64_t weir_topic_deliveries(const weir_topic *t) {
    const weir_log *l = weir_aptr_load_acquire(&t->log); /* L2 */
    return l ? weir_a64_load(&l->deliveries) : 0;
}

weir_tray *weir_log_end(weir_log *l) {
    weir_tray *t = l->busy ? NULL : l->tray;
    if (t) l->tray = NULL;
    return t;
}

/* -- who waits for one --------------------------------------------------------------------------------------------- */

enum { LISTENS, PARKED, GOT, OVER, WAIT }; /* WAIT: what the word grows by with each wait */

static uint64_t phase(uint64_t state) { return state % WAIT; }

/* W1 acq_rel: pairs with W2: what who looked had done before happens before the next wait parks. */
void weir_waiter_begin(weir_waiter *w, weir_topic *topic) {
    w->topic = topic;
    w->got = NULL;
    weir_a64_add_acq_rel(&w->state, WAIT - phase(weir_a64_load(&w->state))); /* W1 */
    weir_lock_acquire(&topic->lock);
    if ((w->next = topic->waiters)) w->next->at = &w->next;
    w->at = &topic->waiters;
    topic->waiters = w;
    weir_a32_store(&topic->listeners, weir_a32_load(&topic->listeners) + 1);
    weir_lock_release(&topic->lock);
}

/* Under the lock: w is among those who wait, and is not any more. */
static void take_out(weir_waiter *w) {
    if ((*w->at = w->next)) w->next->at = w->at;
    w->at = NULL;
    weir_a32_store(&w->topic->listeners, weir_a32_load(&w->topic->listeners) - 1);
}

/* W3 acquire: pairs with W4. */
bool weir_waiter_has_come(const weir_waiter *w) { return phase(weir_a64_load_acquire(&w->state)) == GOT; } /* W3 */

/* Who gives it up leaves it among those who wait. */
void weir_waiter_end(weir_waiter *w) {
    if (weir_waiter_has_come(w)) return;
    weir_lock_acquire(&w->topic->lock);
    if (w->at) take_out(w);
    weir_lock_release(&w->topic->lock);
}

bool weir_waiter_park(weir_waiter *w) {
    uint64_t seen = weir_a64_load_acquire(&w->state);                                       /* W3 */
    return phase(seen) == LISTENS && weir_a64_cas_acq_rel(&w->state, &seen, seen + PARKED); /* W1, W3 */
}

/* W2 acq_rel: pairs with W1: one of the two, who parks and who looks, sees what the other did. */
uint64_t weir_waiter_look(weir_waiter *w) {
    uint64_t seen = weir_a64_or_acq_rel(&w->state, 0); /* W2 */
    return phase(seen) == PARKED ? seen : 0;
}

bool weir_waiter_give_up_one(weir_waiter *w, uint64_t seen) {
    return weir_a64_cas_acq_rel(&w->state, &seen, seen - PARKED + OVER); /* W2 */
}

bool weir_waiter_give_up(weir_waiter *w) {
    uint64_t seen = weir_waiter_look(w);
    return seen && weir_waiter_give_up_one(w, seen);
}

void weir_waiter_late(weir_waiter *w) {
    weir_strand *strand = w->strand;
    if (weir_waiter_give_up(w)) weir_strand_wake(strand, NULL);
}

/* W4 release: pairs with W3; from then on who has not parked may be gone. Answers what it did. */
static uint64_t give(weir_waiter *w, weir_tray *t, const weir_record *e) {
    uint64_t seen = weir_a64_load(&w->state);
    weir_tray_hold(t, 1);
    w->tray = t;
    w->got = e;
    while (phase(seen) <= PARKED && !weir_a64_cas_weak_acq_rel(&w->state, &seen, seen - phase(seen) + GOT)) /* W4 */
        continue;
    if (phase(seen) == OVER) weir_waiter_done(w);
    return phase(seen);
}

weir_waiter *weir_waiters_answer(weir_topic *topic, weir_tray *t, const weir_record *e) {
    weir_waiter *wake = NULL;
    for (weir_waiter *w; (w = topic->waiters);) {
        take_out(w);
        if (give(w, t, e) != PARKED) continue;
        w->next = wake;
        wake = w;
    }
    return wake;
}
