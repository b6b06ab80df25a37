/* Group commit. Of those that wait one leads: it writes all that has a position, syncs when one of them wants that, wakes those that
 * have what they waited for, and hands over to the one that has waited longest among the rest. Those that append meanwhile
 * are the next group. Source: DeWitt et al., Implementation Techniques for Main Memory Database Systems (1984). */
#include <errno.h>

#include "kv/rcu.h"
#include "kv/store/wal_p.h"

enum { FOLLOWS, LEADS };
enum { MISSES = 4, PROBE = 32, GATHER_NS_MAX = 2000000 };

static bool reached(const weir_wal *w, uint64_t position, weir_kv_level level) {
    return weir_a64_load_acquire(&w->log.marks.at[level]) >= position; /* M2: pairs with M1 */
}

static weir_kv_status failed(const weir_wal *w) {
    return (weir_kv_status)weir_a32_load_acquire(&w->failed); /* F2: pairs with F1 */
}

bool weir_wal_end_log(weir_wal *w, int error, const char *what, uint64_t base) {
    char name[WEIR_WAL_NAME];
    weir_wal_log_name(name, base);
    pthread_mutex_lock(&w->lock);
    if (w->error.status == WEIR_KV_OK) {
        weir_kv_status st = weir_wal_status(error); /* what else there is would say that nothing has changed */
        weir_kv_fail(&w->error, st == WEIR_KV_NOSPACE ? st : WEIR_KV_IO, error, 0,
                     "cannot %s %s/%s: %s; the log has ended: mend it, close the store and open it again", what,
                     w->dir.path, name, strerror(error));
        weir_a32_store_release(&w->failed, w->error.status); /* F1 release: pairs with F2 */
    }
    pthread_mutex_unlock(&w->lock);
    return false;
}

static void enqueue(weir_wal *w, weir_wait *at) {
    weir_wait_append(&w->waiting, at);
    weir_a32_add(&w->queued, 1);
}

static void dequeue(weir_wal *w, weir_wait *at) {
    weir_wait_remove(&w->waiting, at);
    weir_a32_sub(&w->queued, 1);
}

/* Under the lock: those that need not wait any more, out of the queue. */
static weir_wait *satisfied(weir_wal *w) {
    weir_wait_list done = {0};
    for (weir_wait *at = w->waiting.first, *next; at; at = next) {
        const weir_wal_waiter *me = (weir_wal_waiter *)at;
        next = at->next;
        if (!failed(w) && !reached(w, me->position, me->level)) continue;
        dequeue(w, at);
        weir_wait_append(&done, at);
        w->crowd++;
    }
    return weir_wait_take_all(&done);
}

/* Under the lock: whether the leader must sync, for itself or for one whose record is written. */
static bool disk_wanted(const weir_wal *w) {
    for (const weir_wait *at = w->waiting.first; at; at = at->next)
        if (((const weir_wal_waiter *)at)->level == WEIR_KV_DISK) return true;
    return false;
}

/* Everything that has a position gets the level OS. false: the log has ended. */
static bool write_all(weir_wal *w) {
    weir_wal_chunk *first = weir_wal_buffer_take(&w->buffer);
    bool ok = !failed(w);
    for (const weir_wal_chunk *c = first; c && ok; c = c->next) {
        ok = weir_wal_segment_write(w, c);
        weir_a64_add(&w->records, weir_wal_chunk_records(c));
    }
    weir_wal_buffer_give(&w->buffer, first);
    if (ok) weir_a64_store_release(&w->log.marks.at[WEIR_KV_OS], w->end); /* M1 release: pairs with M2 */
    return ok;
}

/* Those that were served last are likely to be back soon, with another record: a sync for them, too, is worth a part of what it takes.
 * When they do not come, that is tried less often. */
static void gather(weir_wal *w) {
    if (w->misses >= MISSES && ++w->misses % PROBE) return;
    uint64_t end = weir_now_ns() + (w->sync_ns / 2 < GATHER_NS_MAX ? w->sync_ns / 2 : GATHER_NS_MAX);
    bool all;
    while (!(all = weir_a32_load(&w->queued) + 1 >= w->crowd) && weir_now_ns() < end) weir_yield();
    if (all) w->misses = 0;
    else if (w->misses < MISSES) w->misses++;
}

static void lead(weir_wal *w, weir_kv_level level) {
    weir_rcu_offline();
    if (level == WEIR_KV_DISK) gather(w);
    w->crowd = 1;
    if (!write_all(w)) return;
    pthread_mutex_lock(&w->lock);
    bool sync = level == WEIR_KV_DISK || disk_wanted(w);
    weir_wait *done = satisfied(w); /* those that want no sync need not wait for it */
    pthread_mutex_unlock(&w->lock);
    weir_wait_wake_all(done);
    if (sync && weir_wal_segment_sync(w))
        weir_a64_store_release(&w->log.marks.at[WEIR_KV_DISK], w->end); /* M1 release: pairs with M2 */
}

/* Ends leading: the first that still waits leads next. */
static void hand_over(weir_wal *w) {
    pthread_mutex_lock(&w->lock);
    weir_wait *done = satisfied(w), *next = w->waiting.first;
    if (next) {
        dequeue(w, next);
        next->status = LEADS;
        next->next = NULL;
    }
    w->leading = next;
    w->crowd += weir_a32_load(&w->queued) + (next ? 1 : 0);
    pthread_mutex_unlock(&w->lock);
    weir_wait_wake_all(next);
    weir_wait_wake_all(done);
}

/* Whether the caller leads now; otherwise it is in the queue. */
static bool join(weir_wal *w, weir_wal_waiter *me) {
    pthread_mutex_lock(&w->lock);
    bool leads = !w->leading;
    w->leading = true;
    if (!leads) enqueue(w, &me->wait);
    pthread_mutex_unlock(&w->lock);
    return leads;
}

/* Out of the queue, unless a wake is on its way. */
static bool leave(weir_wal *w, weir_wal_waiter *me) {
    pthread_mutex_lock(&w->lock);
    bool queued = weir_wait_queued(&w->waiting, &me->wait);
    if (queued) dequeue(w, &me->wait);
    pthread_mutex_unlock(&w->lock);
    return queued;
}

weir_kv_status weir_wal_wait(weir_wal *w, uint64_t position, weir_kv_level level, uint64_t deadline_ns) {
    weir_wal_waiter me = {.position = position, .level = level};
    weir_thread_arm(&me.wait);
    while (!reached(w, position, level)) {
        if (failed(w)) return failed(w);
        me.wait.status = FOLLOWS;
        bool leads = join(w, &me);
        if (!leads && !weir_thread_wait(&me.wait, deadline_ns, &w->learned)) {
            if (leave(w, &me)) return WEIR_KV_TIMEOUT;
            weir_thread_wait(&me.wait, WEIR_FOREVER, &w->learned); /* the wake has come or is coming */
        }
        if (!leads && me.wait.status != LEADS) continue;
        lead(w, level);
        hand_over(w);
    }
    return WEIR_KV_OK;
}
