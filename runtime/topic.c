#include "runtime/topic_p.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/probe_p.h"
#include "runtime/session_p.h"
#include "runtime/subscription_p.h"

_Static_assert(sizeof(weir_topic) == 64, "a topic is a cache line");

enum { PAGES = WEIR_CHANNELS_ALL * WEIR_TOPICS / WEIR_TOPIC_PAGE };

/* -- the table ----------------------------------------------------------------------------------------------------- */

bool weir_topics_init(weir_topics *t) {
    t->page = calloc(PAGES, sizeof *t->page);
    return t->page != NULL;
}

void weir_topics_free(weir_topics *t) {
    for (uint32_t i = 0; t->page && i < PAGES; i++) free(weir_aptr_load(&t->page[i]));
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

weir_topic *weir_topic_at(weir_topics *t, uint32_t channel, uint32_t number, bool make) {
    uint32_t i = number / WEIR_TOPIC_PAGE;
    weir_aptr *place = &t->page[channel * (WEIR_TOPICS / WEIR_TOPIC_PAGE) + i];
    weir_topic *page = weir_aptr_load_acquire(place); /* T2 */
    if (!page && make) page = make_page(place, channel, i * WEIR_TOPIC_PAGE);
    return page ? &page[number % WEIR_TOPIC_PAGE] : NULL;
}

weir_topic *weir_topic_next(weir_topics *t, uint32_t *at) {
    for (; *at < PAGES * WEIR_TOPIC_PAGE; *at += WEIR_TOPIC_PAGE - *at % WEIR_TOPIC_PAGE) {
        weir_topic *page = weir_aptr_load_acquire(&t->page[*at / WEIR_TOPIC_PAGE]); /* T2 */
        if (page) return &page[(*at)++ % WEIR_TOPIC_PAGE];
    }
    return NULL;
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

/* -- publishing ---------------------------------------------------------------------------------------------------- */

/* E1 acq_rel, and acquire: pair with E1: what the others did with the event happens before it is gone. Who sees that his is the last
 * reference need not change it. */
static bool is_last(weir_event_block *e) {
    return weir_a32_load_acquire(&e->references) == 1 || weir_a32_sub_acq_rel(&e->references, 1) == 1;
}

static void let_go(const weir_event_block *e) {
    if (e->from) weir_session_gone(e->from);
}

void weir_event_block_release(weir_event_block *e) {
    if (!is_last(e)) return;
    let_go(e);
    weir_tray_done(e->tray, 1);
}

void weir_event_block_done(weir_event_block *e, weir_tally *tally) {
    if (!is_last(e)) return;
    let_go(e);
    weir_tally_done(tally, e->tray);
}

/* An event with room for so many deliveries; its payload lies behind them. NULL: *how says why. */
static weir_event_block *make_event(const weir_session *from, weir_nest *nest, const weir_topic *topic,
                                    uint32_t listeners, const weir_slp *s, weir_admitted *how) {
    weir_shelf *shelf = &from->runtime->shelf;
    weir_tray *tray;
    size_t bytes = sizeof(weir_event_block) + listeners * sizeof(weir_delivery) + weir_slp_bytes(s);
    weir_event_block *e = weir_tray_take(shelf, from->purse, nest, bytes, &tray);
    if (!e) {
        *how = weir_purse_is_full(from->purse, bytes) ? WEIR_ADMIT_PURSE
               : weir_shelf_is_full(shelf, bytes)     ? WEIR_ADMIT_BYTES
                                                      : WEIR_ADMIT_NOMEM;
        return NULL;
    }
    uint32_t *buffer = (uint32_t *)(void *)(e->to + listeners);
    memcpy(buffer, s, weir_slp_bytes(s));
    weir_a32_store(&e->references, 1);
    e->channel = topic->channel;
    e->topic = topic->number;
    e->from = NULL;
    e->tray = tray;
    e->value = weir_slp_value_(buffer, buffer[WEIR_SLP_ROOT]);
    return e;
}

/* Under the lock: w has e, unless it was given up. W4 release: pairs with W3; from then on who has not parked may be gone. Answers what it
 * did. */
static uint64_t give(weir_waiter *w, weir_event_block *e) {
    uint64_t seen = weir_a64_load(&w->state);
    w->got = e;
    while (phase(seen) <= PARKED && !weir_a64_cas_weak_acq_rel(&w->state, &seen, seen - phase(seen) + GOT)) /* W4 */
        continue;
    if (phase(seen) == OVER) w->got = NULL;
    return phase(seen);
}

/* Each who waited has it; answers those to be woken, linked by next. *over: how many had given up. */
static weir_waiter *answer(weir_topic *topic, weir_event_block *e, uint32_t *over) {
    weir_waiter *wake = NULL;
    for (weir_waiter *w; (w = topic->waiters);) {
        take_out(w);
        uint64_t did = give(w, e);
        if (did == OVER) ++*over;
        if (did != PARKED) continue;
        w->next = wake;
        wake = w;
    }
    return wake;
}

/* Under the lock, of an event that has been put into so many queues. */
static void count(const weir_metrics *m, weir_topic *topic, weir_event_block *e, ptrdiff_t queues) {
    weir_a64_store(&topic->events, weir_a64_load(&topic->events) + 1);
    weir_a64_store(&topic->deliveries, weir_a64_load(&topic->deliveries) + (uint64_t)queues);
    WEIR_PROBE3(event__admitted, topic->channel, topic->number, queues);
    e->since = 0;
    if (topic->until-- > 0) return;
    topic->until = m->sample - 1;
    if (m->sample != UINT32_MAX) e->since = weir_now_ns();
}

static void wake_all(weir_waiter *w, weir_turn *turn) {
    for (weir_waiter *next; w; w = next) {
        next = w->next; /* a woken one may be gone */
        weir_strand_wake(w->strand, turn);
    }
}

/* Under the lock: into the queues of all, which have room; answers those to be dispatched, linked by start. */
static weir_subscription *put(weir_session *from, weir_topic *topic, weir_event_block *e) {
    weir_subscription *start = NULL;
    weir_delivery *d = e->to;
    weir_a32_store(&e->references, weir_a32_load(&topic->listeners)); /* relaxed: published by the lock */
    for (weir_subscription *s = topic->first; s; s = s->next, d++) {
        *d = (weir_delivery){NULL, e};
        if (!weir_subscription_push(s, d)) continue;
        s->start = start;
        start = s;
    }
    if (topic->channel == WEIR_EXECUTION) weir_session_hold(e->from = from);
    count(&from->runtime->metrics, topic, e, d - e->to);
    return start;
}

static void dispatch_all(weir_subscription *start, weir_turn *turn) {
    for (weir_subscription *next; start; start = next) {
        next = start->start;
        weir_strand_dispatch(&start->strand, turn);
    }
}

/* room: deliveries that e has room for. *full: who has none; NULL with FULL: more listen by now. */
static weir_admitted admit(weir_session *from, weir_topic *topic, weir_event_block *e, uint32_t room, weir_turn *turn,
                           weir_subscription **full) {
    weir_waiter *wake = NULL;
    weir_subscription *start = NULL;
    uint32_t over = 0;
    weir_lock_acquire(&topic->lock);
    bool more = weir_a32_load(&topic->listeners) > room, none = weir_a32_load(&topic->listeners) == 0;
    for (*full = more ? NULL : topic->first; *full && weir_subscription_has_room(*full);) *full = (*full)->next;
    bool good = !more && !*full;
    if (*full) weir_subscription_retain(*full);
    if (good && !none) {
        start = put(from, topic, e);
        wake = answer(topic, e, &over);
    }
    weir_lock_release(&topic->lock);
    if (!good || none) over++;
    while (over--) weir_event_block_release(e);
    dispatch_all(start, turn);
    wake_all(wake, turn);
    return good ? WEIR_ADMITTED : WEIR_ADMIT_FULL;
}

/* Relaxed: who began to listen before this publish began is counted, for that happened before. */
weir_admitted weir_topic_publish(weir_session *from, weir_topic *topic, weir_slp_value v, weir_slp_builder *b,
                                 weir_nest *nest, weir_turn *turn, weir_subscription **full) {
    uint32_t small[WEIR_VALUE_SMALL / 4], room;
    const weir_slp *s = NULL;
    weir_admitted how = WEIR_ADMITTED;
    *full = NULL;
    while ((room = weir_a32_load(&topic->listeners))) {
        if (!s && !(s = weir_value_buffer(v, b, small))) return WEIR_ADMIT_NOMEM;
        weir_event_block *e = make_event(from, nest, topic, room, s, &how);
        if (!e) return how;
        how = admit(from, topic, e, room, turn, full);
        if (how == WEIR_ADMITTED || *full) break;
    }
    return how;
}
