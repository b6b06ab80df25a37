#include "kv/reclaim_p.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kv/lane_p.h"
#include "kv/rcu.h"
#include "prims/lock_p.h"

enum { BATCH = 64, BATCH_BYTES = 64 << 10 }; /* a batch is full when it has so many objects or bytes */
enum { URGENT = 4 };                         /* a quarter of the budget is many */
static const uint64_t PAUSE_NS = 10000000;   /* of the worker, so that a grace period serves many batches */

typedef struct object {
    weir_reclaim_fn *free_it;
    void *arg, *at;
    size_t bytes;
} object;

/* What goes through one grace period together. */
typedef struct batch {
    struct batch *next;
    uint64_t begun_ns; /* when its first object was retired */
    size_t n, bytes;
    object of[BATCH];
} batch;

/* Where some of the threads gather. */
typedef struct gathering {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_lock lock; /* guards `now`; held for a few instructions */
    batch *now;                                   /* NULL: none begun */
    weir_aptr spare;                              /* made by admit, so that retire finds one when memory is out */
    weir_a64 bytes;                               /* in `now` */
    weir_aptr old; /* a batch whose objects are used again one by one; NULL: none. Changed under `lock` and r->lock */
    size_t next;   /* the first in `old` that has not been offered; guarded by `lock` */
    weir_aptr offered; /* the one before it, which anybody may take; NULL: taken. Filled under `lock` */
} gathering;

typedef enum worker { NO_WORKER, WORKING, STOPPED } worker;

struct weir_reclaim {
    gathering lane[WEIR_LANES];
    WEIR_ALIGNED(WEIR_CACHE_LINE)
    weir_a64 retired; /* bytes in full batches that are not freed yet, or lost: see gather */
    weir_aptr ready;  /* batches whose grace period has passed; changed under lock */
    weir_a64 helps, waits, fulls, age[WEIR_KV_AGES];
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t max, full_after_ns;
    weir_reclaim_fn *offers; /* objects that are freed so are used again; NULL: none are */

    WEIR_ALIGNED(WEIR_CACHE_LINE) pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t work, progress;                      /* for the worker; for who waits for room, or drains */
    batch *waiting;                                     /* for a grace period to begin */
    size_t waiting_bytes;
    worker worker;
    pthread_t thread;
    unsigned busy[2], phase; /* threads that hold batches which they took in this phase, and in the one before */
    bool draining;           /* another phase has begun: who holds batches of the old one frees them */
};

static void locks_init(weir_reclaim *r) {
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->work, &clock);
    pthread_cond_init(&r->progress, &clock);
    pthread_condattr_destroy(&clock);
    for (unsigned i = 0; i < WEIR_LANES; i++) weir_lock_init(&r->lane[i].lock);
}

weir_reclaim *weir_reclaim_new(size_t retired_max, uint64_t full_after_ns) {
    weir_reclaim *r = aligned_alloc(WEIR_CACHE_LINE, sizeof *r);
    if (!r) return NULL;
    memset(r, 0, sizeof *r);
    locks_init(r);
    r->max = retired_max;
    r->full_after_ns = full_after_ns;
    return r;
}

static bool wait_until(weir_reclaim *r, pthread_cond_t *what, uint64_t deadline_ns) { /* false: it has passed */
    struct timespec t = {(time_t)(deadline_ns / 1000000000), (long)(deadline_ns % 1000000000)};
    return pthread_cond_timedwait(what, &r->lock, &t) == 0;
}

/* -- from ready to free ---------------------------------------------------------------------------------------------- */

static unsigned age_of(uint64_t ns) {
    uint64_t us = ns / 1000;
    unsigned log = us ? 63 - (unsigned)__builtin_clzll(us) : 0;
    return log < WEIR_KV_AGES ? log : WEIR_KV_AGES - 1;
}

/* Objects were last touched by others: so many are being loaded while one is freed. */
enum { AHEAD = 8 };

static void free_objects(batch *b) {
    for (size_t i = 0; i < b->n && i < AHEAD; i++) __builtin_prefetch(b->of[i].at, 1);
    for (size_t i = 0; i < b->n; i++) {
        if (i + AHEAD < b->n) __builtin_prefetch(b->of[i + AHEAD].at, 1);
        b->of[i].free_it(b->of[i].arg, b->of[i].at, b->of[i].bytes);
    }
}

static void tell_age(weir_reclaim *r, const batch *b, size_t objects) {
    weir_a64_add(&r->age[age_of(weir_now_ns() - b->begun_ns)], objects);
}

static void forget(weir_reclaim *r, batch *b) {
    weir_a64_sub(&r->retired, b->bytes);
    free(b);
}

static void free_batches(weir_reclaim *r, batch *b) {
    for (batch *next; b; b = next) {
        free_objects(b);
        tell_age(r, b, b->n);
        next = b->next;
        forget(r, b);
    }
}

/* Who takes batches from a list is busy until put_down. Under lock. */
static unsigned pick_up(weir_reclaim *r) {
    r->busy[r->phase]++;
    return r->phase;
}

static void put_down(weir_reclaim *r, unsigned phase) {
    r->busy[phase]--;
    pthread_cond_broadcast(&r->progress);
}

static batch *take_ready(weir_reclaim *r, bool all) {
    batch *b = weir_aptr_load(&r->ready);
    if (b) {
        weir_aptr_store(&r->ready, all ? NULL : b->next);
        if (!all) b->next = NULL;
    }
    return b;
}

/* Frees all that is ready. */
static void free_ready(weir_reclaim *r) {
    if (!weir_aptr_load(&r->ready)) return;
    pthread_mutex_lock(&r->lock);
    unsigned phase = pick_up(r);
    batch *b = take_ready(r, true);
    pthread_mutex_unlock(&r->lock);
    free_batches(r, b);
    pthread_mutex_lock(&r->lock);
    put_down(r, phase);
    pthread_mutex_unlock(&r->lock);
}

/* -- grace periods: the worker --------------------------------------------------------------------------------------- */

static batch *take_waiting(weir_reclaim *r) {
    batch *b = r->waiting;
    r->waiting = NULL;
    r->waiting_bytes = 0;
    return b;
}

static void append(weir_aptr *list, batch *b) {
    batch *last = b;
    while (last->next) last = last->next;
    last->next = weir_aptr_load(list);
    weir_aptr_store(list, b);
}

/* One grace period for all that waits. What was ready before it, nobody wanted: it is freed here. Called and left under lock. */
static void pass(weir_reclaim *r) {
    unsigned phase = pick_up(r);
    batch *left = take_ready(r, true), *b = take_waiting(r);
    pthread_mutex_unlock(&r->lock);
    free_batches(r, left);
    if (b) weir_rcu_synchronize();
    pthread_mutex_lock(&r->lock);
    if (b && r->draining) {
        pthread_mutex_unlock(&r->lock);
        free_batches(r, b);
        pthread_mutex_lock(&r->lock);
    } else if (b) {
        append(&r->ready, b);
    }
    put_down(r, phase);
}

static bool urgent(const weir_reclaim *r) { return r->waiting_bytes >= r->max / URGENT; }

static void *work(void *arg) {
    weir_reclaim *r = arg;
    pthread_mutex_lock(&r->lock);
    while (r->worker != STOPPED) {
        if (!r->waiting && !weir_aptr_load(&r->ready)) {
            pthread_cond_wait(&r->work, &r->lock);
            continue;
        }
        uint64_t end = weir_now_ns() + PAUSE_NS;
        while (r->worker != STOPPED && !urgent(r) && wait_until(r, &r->work, end)) {}
        pass(r);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

static void stop_worker(weir_reclaim *r) {
    pthread_mutex_lock(&r->lock);
    bool any = r->worker == WORKING;
    r->worker = STOPPED;
    pthread_cond_signal(&r->work);
    pthread_mutex_unlock(&r->lock);
    if (any) pthread_join(r->thread, NULL);
}

/* When the system refuses a thread, the next batch asks again, and what waits is freed by drain. */
static void hand_over(weir_reclaim *r, batch *b) {
    weir_a64_add(&r->retired, b->bytes);
    pthread_mutex_lock(&r->lock);
    if (r->worker == NO_WORKER && pthread_create(&r->thread, NULL, work, r) == 0) r->worker = WORKING;
    b->next = r->waiting;
    r->waiting = b;
    r->waiting_bytes += b->bytes;
    if (!b->next || urgent(r)) pthread_cond_signal(&r->work);
    pthread_mutex_unlock(&r->lock);
}

/* -- gathering ---------------------------------------------------------------------------------------------------- */

/* Whether there is a spare one. */
static bool provide(gathering *g) {
    if (WEIR_LIKELY(weir_aptr_load(&g->spare))) return true;
    void *none = NULL, *made = malloc(sizeof(batch));
    if (weir_aptr_cas_release(&g->spare, &none, made)) return made; /* RS release: pairs with RT in take_batch */
    free(made);
    return true;
}

static batch *take_batch(gathering *g) {
    batch *b = malloc(sizeof *b);
    if (!b) b = weir_aptr_xchg_acquire(&g->spare, NULL); /* RT acquire: pairs with RS in provide */
    if (!b) return NULL;
    b->next = NULL;
    b->begun_ns = weir_now_ns();
    b->n = b->bytes = 0;
    return b;
}

static batch *end_batch(gathering *g) {
    batch *b = g->now;
    g->now = NULL;
    weir_a64_store(&g->bytes, 0);
    return b;
}

/* Without memory for the next one a batch goes on beyond its bytes, to its last place: no big object takes away the place of
 * those that are retired with it. */
static bool is_full(gathering *g, const batch *b) { return b->n == BATCH || (b->bytes >= BATCH_BYTES && provide(g)); }

/* Under the lane's lock. The batch when it is full, or NULL. */
static batch *gather(weir_reclaim *r, gathering *g, object o) {
    if (!g->now) g->now = take_batch(g);
    batch *b = g->now;
    if (!b) { /* no memory, and no spare either: it is never freed, and counts for ever */
        weir_a64_add(&r->retired, o.bytes);
        return NULL;
    }
    b->of[b->n++] = o;
    b->bytes += o.bytes;
    weir_a64_store(&g->bytes, b->bytes);
    return is_full(g, b) ? end_batch(g) : NULL;
}

/* Under the lane's lock. The old batch, when all of it has been taken; or NULL, and one of it is at hand. */
static batch *offer(gathering *g) {
    batch *b = weir_aptr_load(&g->old);
    if (!b || weir_aptr_load(&g->offered)) return NULL;
    if (g->next == b->n) {
        weir_aptr_store(&g->old, NULL);
        return b;
    }
    __builtin_prefetch(b->of[g->next].at, 1);
    weir_aptr_store_release(&g->offered, b->of[g->next++].at); /* RO release: pairs with RU in take */
    return NULL;
}

void weir_reclaim_retire(weir_reclaim *r, weir_reclaim_fn *free_it, void *arg, void *at, size_t bytes) {
    gathering *g = &r->lane[weir_lane()];
    weir_lock_acquire(&g->lock);
    batch *full = gather(r, g, (object){free_it, arg, at, bytes}), *over = offer(g);
    weir_lock_release(&g->lock);
    if (full) hand_over(r, full);
    if (over) tell_age(r, over, over->n), forget(r, over);
}

/* -- what is used again ---------------------------------------------------------------------------------------------- */

void weir_reclaim_offers(weir_reclaim *r, weir_reclaim_fn *free_it) { r->offers = free_it; }

void *weir_reclaim_take(weir_reclaim *r) {
    gathering *g = &r->lane[weir_lane()];
    return weir_aptr_load(&g->offered) ? weir_aptr_xchg_acquire(&g->offered, NULL) : NULL; /* RU acquire */
}

static bool is_offered(const weir_reclaim *r, const batch *b) {
    for (size_t i = 0; i < b->n; i++)
        if (b->of[i].free_it != r->offers) return false;
    return true;
}

/* The next that is ready becomes the lane's old one; when it is not all such as is used again, it is freed. */
static void use_ready(weir_reclaim *r, gathering *g) {
    pthread_mutex_lock(&r->lock);
    unsigned phase = pick_up(r);
    batch *b = weir_aptr_load(&g->old) ? NULL : take_ready(r, false);
    if (b && is_offered(r, b)) {
        weir_lock_acquire(&g->lock);
        weir_aptr_store(&g->old, b);
        g->next = 0;
        weir_lock_release(&g->lock);
        b = NULL;
    }
    pthread_mutex_unlock(&r->lock);
    free_batches(r, b);
    pthread_mutex_lock(&r->lock);
    put_down(r, phase);
    pthread_mutex_unlock(&r->lock);
}

/* What is left of the lane's old batch; NULL: nothing. */
static batch *end_old(weir_reclaim *r, gathering *g) {
    batch *b = weir_aptr_load(&g->old);
    if (!b) return NULL;
    weir_aptr_store(&g->old, NULL);
    if (weir_aptr_xchg_acquire(&g->offered, NULL)) g->next--; /* RU */
    tell_age(r, b, g->next);
    b->n -= g->next;
    memmove(b->of, b->of + g->next, b->n * sizeof *b->of);
    return b;
}

/* -- the budget --------------------------------------------------------------------------------------------------- */

static weir_kv_status wait_room(weir_reclaim *r) {
    uint64_t now = weir_now_ns(),
             deadline = r->full_after_ns < WEIR_FOREVER - now ? now + r->full_after_ns : WEIR_FOREVER;
    bool room = false, late = false;
    weir_a64_add(&r->waits, 1);
    weir_rcu_offline();
    while (!room && !late) {
        pthread_mutex_lock(&r->lock);
        room = weir_a64_load(&r->retired) <= r->max;
        if (!room && !weir_aptr_load(&r->ready)) late = !wait_until(r, &r->progress, deadline);
        pthread_mutex_unlock(&r->lock);
        free_ready(r);
    }
    weir_rcu_online();
    if (!room) weir_a64_add(&r->fulls, 1);
    return room ? WEIR_KV_OK : WEIR_KV_FULL;
}

weir_kv_status weir_reclaim_admit(weir_reclaim *r) {
    gathering *g = &r->lane[weir_lane()];
    assert(!weir_rcu_inside());
    provide(g);
    if (WEIR_LIKELY(weir_a64_load(&r->retired) <= r->max / 2)) {
        if (weir_aptr_load(&r->ready) && !weir_aptr_load(&g->old)) use_ready(r, g);
        return WEIR_KV_OK;
    }
    weir_a64_add(&r->helps, 1);
    free_ready(r);
    return weir_a64_load(&r->retired) <= r->max ? WEIR_KV_OK : wait_room(r);
}

/* -- the end ------------------------------------------------------------------------------------------------------- */

static void wait_too(weir_reclaim *r, batch *b) {
    if (!b) return;
    b->next = r->waiting;
    r->waiting = b;
}

/* All that is retired and that nobody is freeing. Under lock. */
static batch *take_all(weir_reclaim *r) {
    for (unsigned i = 0; i < WEIR_LANES; i++) {
        gathering *g = &r->lane[i];
        weir_lock_acquire(&g->lock);
        batch *b = end_batch(g), *old = end_old(r, g);
        weir_lock_release(&g->lock);
        if (b) weir_a64_add(&r->retired, b->bytes);
        wait_too(r, b);
        wait_too(r, old);
    }
    batch *waiting = take_waiting(r);
    if (waiting) append(&r->ready, waiting);
    return take_ready(r, true);
}

void weir_reclaim_drain(weir_reclaim *r) {
    assert(!weir_rcu_inside());
    weir_rcu_offline();
    pthread_mutex_lock(&r->lock);
    while (r->draining) pthread_cond_wait(&r->progress, &r->lock);
    r->draining = true;
    unsigned before = r->phase;
    r->phase ^= 1;
    batch *all = take_all(r);
    pthread_mutex_unlock(&r->lock);

    if (all) weir_rcu_synchronize();
    free_batches(r, all);

    pthread_mutex_lock(&r->lock);
    while (r->busy[before]) pthread_cond_wait(&r->progress, &r->lock);
    r->draining = false;
    pthread_cond_broadcast(&r->progress);
    pthread_mutex_unlock(&r->lock);
    weir_rcu_online();
}

void weir_reclaim_free(weir_reclaim *r) {
    if (!r) return;
    weir_reclaim_drain(r);
    stop_worker(r);
    for (unsigned i = 0; i < WEIR_LANES; i++) free(weir_aptr_load(&r->lane[i].spare));
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->work);
    pthread_cond_destroy(&r->progress);
    free(r);
}

void weir_reclaim_stats(weir_reclaim *r, weir_kv_stats *stats) {
    stats->retired = weir_a64_load(&r->retired);
    for (unsigned i = 0; i < WEIR_LANES; i++) stats->retired += weir_a64_load(&r->lane[i].bytes);
    stats->retired_max = r->max;
    stats->helps = weir_a64_load(&r->helps);
    stats->waits = weir_a64_load(&r->waits);
    stats->fulls = weir_a64_load(&r->fulls);
    for (unsigned i = 0; i < WEIR_KV_AGES; i++) stats->age[i] = weir_a64_load(&r->age[i]);
}
