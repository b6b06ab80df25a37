/* Sources: whence events come from outside.
 *
 * A source's thread checks and numbers an event and puts it into the source's inbox. The first to do so since the inbox
 * was looked at puts the source among the *arrivals* and wakes a worker. Who takes it from there is the only one to
 * look into the inbox, and to pull, until it has set `listed` back to 0. */
#include "sched/deps_p.h"
#include "sched/sched_p.h"

#include <stdlib.h>

enum { CREDITS = 64, LIMIT = 65536, LIMIT_MAX = 1 << 30, TAKEN_AT_ONCE = 64 };

/* -- arrivals -- */

static void push_arrival(weir_source *source) {
    weir_sched *s = source->sched;
    void *first = weir_aptr_load(&s->arrivals);
    do source->arrival = first;
    while (!weir_aptr_cas_weak_release(&s->arrivals, &first, source)); /* SR: pairs with SA in weir_sources_drain */
    weir_bell_ring(&s->idle, 1);
}

/* It may have something. SX: the exchange shows what was done before it to whoever unlists the source after it, and
 * this thread, when it lists the source, all that the one before had taken. */
static void announce(weir_source *source) {
    if (!weir_a32_xchg_acq_rel(&source->listed, 1)) push_arrival(source);
}

/* -- room -- */

static uint64_t under_way(const weir_source *source) {
    uint64_t ended = weir_a64_load_acquire(&source->ended); /* SE: pairs with the add in weir_worker_flush */
    return weir_a64_load(&source->submitted) - ended;
}

static bool is_granted(const weir_source *source) {
    return weir_a64_load(&source->submitted) < weir_a64_load(&source->granted);
}

static bool wants_pull(const weir_source *source) {
    uint64_t refill = weir_a64_load(&source->refill);
    return (under_way(source) < refill || (refill && is_granted(source))) &&
           weir_a32_load_acquire(&source->dry) != WEIR_SOURCE_DRY;
}

/* Ended events are told some at a time: the line the source looks at is written less often. */
void weir_worker_flush(weir_worker *w) {
    weir_source *source = w->credit;
    if (!w->credits) return;
    weir_a64_add_release(&source->ended, w->credits); /* pairs with SE */
    w->credits = 0;
    weir_bell_ring(&source->room, UINT32_MAX);
    if (wants_pull(source)) announce(source);
}

void weir_worker_credit(weir_worker *w, weir_source *source) {
    if (w->credit != source) {
        weir_worker_flush(w);
        w->credit = source;
    }
    if (++w->credits >= weir_a32_load(&source->credits)) weir_worker_flush(w);
}

static bool has_room(weir_source *source) {
    uint64_t submitted = weir_a64_load(&source->submitted);
    if (submitted - source->ended_seen < weir_a64_load(&source->limit)) return true;
    source->ended_seen = weir_a64_load_acquire(&source->ended); /* pairs with the add in weir_worker_flush */
    if (submitted - source->ended_seen < weir_a64_load(&source->limit)) return true;
    return is_granted(source) && weir_spsc_size(&source->inbox) < source->capacity;
}

/* -- submitting -- */

weir_sched_status weir_event_check(weir_sched *s, const weir_event *e) {
    bool wrong = e->key == WEIR_KEY_NONE || e->domain >= s->o.domains || e->levels > 8 || (e->ndeps && !e->deps) ||
                 weir_a32_load(&e->state) != WEIR_EVENT_IDLE;
    return WEIR_UNLIKELY(wrong) ? WEIR_SCHED_BAD : WEIR_SCHED_OK;
}

/* Whether the key may come. What lies below the promise was promised not to; what lies below what has run is late: seen
 * here for LATE_REJECT only, and once more when it is admitted, for it may become late on its way. A replay promises what was
 * promised when the epoch ended, which may be above what came in it. */
static weir_sched_status check_key(const weir_source *source, uint64_t key) {
    weir_sched *s = source->sched;
    uint64_t promise = weir_a64_load(&source->promise);
    if (promise != WEIR_KEY_NONE && key < promise && !source->feeds) return WEIR_SCHED_BACKWARDS;
    if (s->o.late == WEIR_LATE_REJECT && key < weir_a64_load(&s->floor)) return WEIR_SCHED_LATE;
    return WEIR_SCHED_OK;
}

/* Checks e, numbers it, counts it. */
static weir_sched_status take(weir_source *source, weir_event *e) {
    weir_sched *s = source->sched;
    if (!has_room(source)) return WEIR_SCHED_AGAIN;
    weir_sched_status status = weir_event_check(s, e);
    if (status || (status = check_key(source, e->key))) return status;
    uint64_t seq = e->seq ? e->seq : source->seq + 1;
    if (seq <= source->seq) return WEIR_SCHED_DUPLICATE; /* behind the last there is none */
    e->stream = source->stream;
    e->next = NULL;
    e->rank[0] = source->stream;
    e->rank[1] = seq;
    if ((status = weir_deps_enter(s, e))) return status;
    source->seq = e->rank[1];
    weir_a64_store_release(&source->last_seq, source->seq); /* who asks for this seq finds its name */
    weir_a32_store(&e->state, WEIR_EVENT_PENDING);          /* relaxed: published with the event */
    weir_tally(&source->submitted, 1);
    return WEIR_SCHED_OK;
}

weir_sched_status weir_source_submit(weir_source *source, weir_event *e) {
    weir_sched_status status = take(source, e);
    if (WEIR_UNLIKELY(status)) return status;
    weir_spsc_try_push(&source->inbox, (uintptr_t)e); /* has room: no more are under way than it holds */
    announce(source);
    return WEIR_SCHED_OK;
}

weir_sched_status weir_source_submit_batch(weir_source *source, weir_event *const *events, size_t n, size_t *taken) {
    weir_sched_status status = WEIR_SCHED_OK;
    size_t i = 0;
    for (; i < n && !(status = take(source, events[i])); i++) weir_spsc_try_push(&source->inbox, (uintptr_t)events[i]);
    if (i) announce(source);
    if (taken) *taken = i;
    return status;
}

weir_sched_status weir_source_submit_until(weir_source *source, weir_event *e, uint64_t deadline_ns) {
    for (;;) {
        weir_sched_status status = weir_source_submit(source, e);
        if (status != WEIR_SCHED_AGAIN) return status;
        uint32_t heard = weir_bell_listen(&source->room);
        if (source->sched->class->order) announce(source); /* perhaps it has to be let in: weir_sources_let_in */
        bool rung = has_room(source) || weir_bell_wait(&source->room, heard, deadline_ns);
        weir_bell_leave(&source->room);
        if (!rung && !has_room(source)) return WEIR_SCHED_TIMEOUT;
    }
}

weir_sched_status weir_source_promise(weir_source *source, uint64_t key) {
    uint64_t promise = weir_a64_load(&source->promise);
    if (key < promise) return WEIR_SCHED_BACKWARDS;
    if (key == promise) return WEIR_SCHED_OK;
    weir_a64_store(&source->granted, 0);           /* relaxed: one too many does no harm */
    weir_a64_store_release(&source->promise, key); /* SP: pairs with the load in weir_sources_promise */
    announce(source);
    return WEIR_SCHED_OK;
}

void weir_source_replay_promise(weir_source *source, uint64_t key) {
    weir_a64_store_release(&source->promise, key); /* SP */
}

void weir_source_ready(weir_source *source) {
    weir_a32_store_release(&source->dry, WEIR_SOURCE_MAY);
    announce(source);
}

/* -- taking, on workers -- */

/* A pulled event that is refused ends with the reason. */
static void admit_pulled(weir_worker *w, weir_source *source, weir_event *e) {
    weir_sched *s = w->sched;
    if (WEIR_UNLIKELY(source->feeds)) source = s->sources[e->stream];
    weir_sched_status status = take(source, e);
    if (WEIR_LIKELY(!status)) {
        s->class->admit(w, e);
        return;
    }
    const weir_event *refused = e;
    weir_sched_tell(s, status, w->index, &refused, 1, "stream %u: a pulled event at key %llu: %s", source->stream,
                    (unsigned long long)e->key, weir_sched_status_text(status));
    if (e->end) e->end(e, status);
}

static size_t pull(weir_worker *w, weir_source *source) {
    size_t n = 0;
    for (; source->open && wants_pull(source); n++) {
        weir_a32_store(&source->dry, WEIR_SOURCE_ASKED);
        weir_event *e = source->pull(source, source->arg);
        if (!e) break;
        weir_a32_store(&source->dry, WEIR_SOURCE_MAY);
        admit_pulled(w, source, e);
    }
    uint32_t asked = WEIR_SOURCE_ASKED; /* unless weir_source_ready has said otherwise meanwhile */
    weir_a32_cas(&source->dry, &asked, WEIR_SOURCE_DRY);
    return n;
}

static size_t empty_inbox(weir_worker *w, weir_source *source) {
    uint64_t taken[TAKEN_AT_ONCE];
    size_t n = 0, k;
    while ((k = weir_spsc_try_pop_n(&source->inbox, taken, TAKEN_AT_ONCE))) {
        for (size_t i = 0; i < k; i++) __builtin_prefetch((void *)(uintptr_t)taken[i], 1);
        for (size_t i = 0; i < k; i++) w->sched->class->admit(w, (weir_event *)(uintptr_t)taken[i]);
        n += k;
    }
    return n;
}

/* Takes all there is. What is brought after the exchange lists the source again; what was brought before is seen by the
 * look after it. Who says within its pull that it is ready is asked again by the next drain, not by this one. */
static size_t take_all(weir_worker *w, weir_source *source) {
    size_t n = 0;
    do {
        n += empty_inbox(w, source);
        if (weir_a64_load(&source->refill)) n += pull(w, source);
        weir_a32_xchg_acq_rel(&source->listed, 0); /* pairs with SX */
    } while (weir_spsc_size(&source->inbox) && !weir_a32_xchg_acq_rel(&source->listed, 1));
    if (wants_pull(source)) announce(source);
    return n;
}

/* Their order of arrival is chance. Few at a time, mostly in order: inserted one by one. */
static weir_source *by_stream(weir_source *first) {
    weir_source *sorted = NULL;
    for (weir_source *source = first, *next; source; source = next) {
        next = source->arrival;
        weir_source **at = &sorted;
        while (*at && (*at)->stream < source->stream) at = &(*at)->arrival;
        source->arrival = *at;
        *at = source;
    }
    return sorted;
}

size_t weir_sources_drain(weir_worker *w) {
    weir_sched *s = w->sched;
    if (!weir_aptr_load(&s->arrivals)) return 0; /* relaxed: only saves the exchange */
    size_t n = 0;
    weir_source *next;
    for (weir_source *source = by_stream(weir_aptr_xchg_acquire(&s->arrivals, NULL)); source; source = next) { /* SA */
        next = source->arrival; /* before it is unlisted */
        n += take_all(w, source);
    }
    return n;
}

uint64_t weir_sources_promise(weir_sched *s) {
    uint64_t least = WEIR_KEY_NONE;
    uint32_t n = weir_a32_load_acquire(&s->streams_open); /* pairs with the store in publish() */
    for (uint32_t i = 0; i < n; i++) {
        uint64_t promise = weir_a64_load_acquire(&s->listed[i]->promise); /* pairs with SP: what was submitted before */
        if (promise < least) least = promise;
    }
    return least;
}

/* -- beyond the limit -- */

static void tell_over(weir_worker *w, weir_source *source, uint64_t n, uint64_t limit, uint64_t promise) {
    if (weir_a32_xchg(&source->over, 1)) return;
    weir_sched_tell(w->sched, WEIR_SCHED_AGAIN, w->index, NULL, 0,
                    "stream %u has %llu events under way, its limit is %llu, and none of them may run before its "
                    "promise rises, which is %llu: it may bring more",
                    source->stream, (unsigned long long)n, (unsigned long long)limit, (unsigned long long)promise);
}

static bool let_in(weir_worker *w, weir_source *source, uint64_t promise) {
    uint64_t n = under_way(source), limit = weir_a64_load(&source->limit), refill = weir_a64_load(&source->refill);
    uint64_t more = refill ? n : 1;
    bool waits = refill ? weir_a32_load_acquire(&source->dry) != WEIR_SOURCE_DRY && n >= refill
                        : weir_bell_listeners(&source->room) && n >= limit;
    if (!waits) return false;
    if (is_granted(source)) {
        if (!refill) weir_bell_ring(&source->room, UINT32_MAX); /* its inbox may have been full */
        return false;
    }
    if (n + more > limit) tell_over(w, source, n, limit, promise);
    weir_a64_store(&source->granted, weir_a64_load(&source->submitted) + more); /* relaxed: published by what follows */
    if (refill) announce(source);
    else weir_bell_ring(&source->room, UINT32_MAX);
    return true;
}

bool weir_sources_let_in(weir_worker *w, uint64_t horizon) {
    weir_sched *s = w->sched;
    bool did = false;
    uint32_t n = weir_a32_load_acquire(&s->streams_open); /* pairs with the store in publish() */
    for (uint32_t i = 0; i < n; i++)
        if (weir_a64_load(&s->listed[i]->promise) == horizon) did |= let_in(w, s->listed[i], horizon);
    return did;
}

/* -- open and close -- */

static weir_source *make(weir_sched *s, uint32_t stream, uint64_t limit) {
    uint64_t capacity = 1;
    while (capacity < limit) capacity *= 2;
    weir_source *source = weir_lines_alloc(sizeof *source);
    if (!source) return NULL;
    source->inbox_block = weir_lines_alloc(weir_spsc_bytes(capacity));
    if (!source->inbox_block) {
        free(source);
        return NULL;
    }
    weir_spsc_init(&source->inbox, capacity, source->inbox_block);
    source->sched = s;
    source->stream = stream;
    source->capacity = limit;
    return source;
}

/* Each source ever opened stands in `listed`, once. */
static void publish(weir_sched *s, weir_source *source) {
    uint32_t n = weir_a32_load(&s->streams_open);
    s->sources[source->stream] = source;
    s->listed[n] = source;
    weir_a32_store_release(&s->streams_open, n + 1);
}

static void start(weir_source *source, const weir_source_options *o, uint64_t limit) {
    if (!o->pull && limit > source->capacity) limit = source->capacity;
    weir_a64_store(&source->limit, limit);
    source->open = true;
    weir_a32_store(&source->over, 0);
    source->pull = o->pull;
    source->arg = o->arg;
    source->feeds = o->pull && o->arg && o->arg == weir_aptr_load(&source->sched->replay);
    weir_a32_store(&source->credits, limit / 4 < CREDITS ? (uint32_t)limit / 4 : CREDITS);
    weir_a64_store(&source->refill, o->pull ? (limit + 1) / 2 : 0);
    weir_a64_store(&source->granted, 0);
    weir_a64_store(&source->promise, o->promise);
}

weir_sched_status weir_source_open(weir_sched *s, uint32_t stream, const weir_source_options *options,
                                   weir_source **out) {
    static const weir_source_options none;
    const weir_source_options *o = options ? options : &none;
    uint64_t limit = o->limit ? o->limit : LIMIT;
    if (stream >= s->o.streams || limit > LIMIT_MAX) return WEIR_SCHED_BAD;
    weir_sched_status status = WEIR_SCHED_OK;
    weir_lock_acquire(&s->lock);
    weir_source *source = s->sources[stream];
    if (source && source->open) status = WEIR_SCHED_BAD;
    else if (!source && !(source = make(s, stream, o->pull && limit > LIMIT ? LIMIT : limit)))
        status = WEIR_SCHED_NOMEM;
    if (!status) {
        start(source, o, limit);
        if (!s->sources[stream]) publish(s, source);
    }
    weir_lock_release(&s->lock);
    if (status) return status;
    if (o->pull) weir_source_ready(source);
    *out = source;
    return WEIR_SCHED_OK;
}

void weir_source_close(weir_source *source) {
    weir_sched *s = source->sched;
    weir_lock_acquire(&s->lock);
    source->open = false;
    weir_a64_store(&source->refill, 0);
    weir_a64_store_release(&source->promise, WEIR_KEY_NONE); /* pairs with the load in weir_sources_promise */
    weir_lock_release(&s->lock);                             /* from here on another may open it, and promise anew */
    announce(source);
}

void weir_sources_abandon(weir_worker *w) {
    uint32_t n = weir_a32_load(&w->sched->streams_open);
    uint64_t e;
    for (uint32_t i = 0; i < n; i++)
        while (weir_spsc_try_pop(&w->sched->listed[i]->inbox, &e))
            weir_deps_abandon(w, (weir_event *)(uintptr_t)e, WEIR_SCHED_CLOSED);
}

void weir_sources_close(weir_sched *s) {
    uint32_t n = weir_a32_load(&s->streams_open);
    for (uint32_t i = 0; i < n; i++) {
        weir_source *source = s->listed[i];
        uint64_t e;
        while (weir_spsc_try_pop(&source->inbox, &e)) weir_event_drop((weir_event *)(uintptr_t)e);
        free(source->inbox_block);
        free(source);
    }
}
