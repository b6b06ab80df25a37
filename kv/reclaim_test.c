/* Unit test of reclamation: nothing is freed under a reader, what is retired stays within the budget. */
#include "prims/test_p.h"

#include <malloc.h>

#include "kv/lane_p.h"
#include "kv/rcu.h"
#include "kv/reclaim_p.h"

static weir_a64 freed_objects, freed_bytes;

static void count(void *arg, void *at, size_t bytes) {
    (void)arg;
    weir_a64_add(&freed_objects, 1);
    weir_a64_add(&freed_bytes, bytes);
    free(at);
}

static void reset(void) {
    weir_a64_store(&freed_objects, 0);
    weir_a64_store(&freed_bytes, 0);
}

static uint64_t retired(weir_reclaim *r) {
    weir_kv_stats s;
    weir_reclaim_stats(r, &s);
    return s.retired;
}

static void drain_frees_all(void **state) {
    (void)state;
    reset();
    weir_reclaim *r = weir_reclaim_new(1 << 20, 1000000000);
    for (int i = 0; i < 1000; i++) weir_reclaim_retire(r, count, NULL, malloc(16), 16);
    weir_reclaim_drain(r);
    assert_int_equal(weir_a64_load(&freed_objects), 1000);
    assert_int_equal(weir_a64_load(&freed_bytes), 16000);
    assert_int_equal(retired(r), 0);
    weir_reclaim_retire(r, count, NULL, malloc(8), 8);
    assert_int_equal(retired(r), 8);
    weir_reclaim_free(r); /* drains */
    assert_int_equal(weir_a64_load(&freed_objects), 1001);
    weir_reclaim_free(NULL);
}

static bool no_memory;
void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_malloc(size_t n) { return no_memory ? NULL : __real_malloc(n); }

/* One batch was set aside by admit. An object that has the bytes of a batch does not use it up for itself. */
static void a_big_object_leaves_room_without_memory(void **state) {
    enum { SMALL = 63 };
    void *small[SMALL], *big = malloc(1);
    (void)state;
    reset();
    weir_reclaim *r = weir_reclaim_new(1 << 20, 1000000000);
    for (int i = 0; i < SMALL; i++) small[i] = malloc(1);
    assert_int_equal(weir_reclaim_admit(r), WEIR_KV_OK);
    no_memory = true;
    weir_reclaim_retire(r, count, NULL, big, 64 << 10);
    for (int i = 0; i < SMALL; i++) weir_reclaim_retire(r, count, NULL, small[i], 1);
    no_memory = false;
    weir_reclaim_drain(r);
    assert_int_equal(weir_a64_load(&freed_objects), SMALL + 1);
    assert_int_equal(retired(r), 0);
    weir_reclaim_free(r);
}

static void ages_are_told(void **state) {
    (void)state;
    weir_reclaim *r = weir_reclaim_new(1 << 20, 1000000000);
    for (int i = 0; i < 1000; i++) weir_reclaim_retire(r, count, NULL, malloc(16), 16);
    weir_reclaim_drain(r);
    weir_kv_stats s;
    weir_reclaim_stats(r, &s);
    uint64_t sum = 0;
    for (int i = 0; i < WEIR_KV_AGES; i++) sum += s.age[i];
    assert_int_equal(sum, 1000);
    assert_int_equal(s.retired_max, 1 << 20);
    weir_reclaim_free(r);
}

/* -- a reader that stays inside -- */

typedef struct stall {
    weir_a32 inside, leave;
} stall;

static void *stalls(void *arg) {
    stall *s = arg;
    weir_rcu_begin();
    weir_a32_store_release(&s->inside, 1);
    while (!weir_a32_load_acquire(&s->leave)) weir_yield();
    weir_rcu_end();
    return NULL;
}

static pthread_t stalled(stall *s) {
    memset(s, 0, sizeof *s);
    pthread_t t = weir_test_thread(stalls, s);
    while (!weir_a32_load_acquire(&s->inside)) weir_yield();
    return t;
}

static void end_stall(stall *s, pthread_t t) {
    weir_a32_store_release(&s->leave, 1);
    weir_rcu_offline();
    pthread_join(t, NULL);
}

enum { BUDGET = 1 << 20, BLOCK = 100, OVER = 3 * (64 << 10) };

/* Writes go on until the budget is spent, then one answers FULL, and nothing has been freed. Then all is. */
static void full_while_a_reader_stalls(void **state) {
    (void)state;
    reset();
    weir_reclaim *r = weir_reclaim_new(BUDGET, 20000000);
    stall s;
    pthread_t t = stalled(&s);
    uint64_t writes = 0;
    size_t before = mallinfo2().uordblks; /* 0 where a sanitizer has its own heap */
    while (weir_reclaim_admit(r) == WEIR_KV_OK) {
        weir_reclaim_retire(r, count, NULL, malloc(BLOCK), BLOCK);
        assert_true(++writes * BLOCK < BUDGET + OVER);
    }
    assert_true(writes * BLOCK > BUDGET - OVER);
    assert_true(mallinfo2().uordblks - before < 2 * BUDGET); /* all that it costs */
    assert_int_equal(weir_a64_load(&freed_objects), 0);
    weir_kv_stats now;
    weir_reclaim_stats(r, &now);
    assert_int_equal(now.retired, writes * BLOCK);
    assert_true(now.helps > 0);
    assert_true(now.waits >= now.fulls);
    assert_int_equal(now.fulls, 1);
    end_stall(&s, t);
    weir_reclaim_drain(r);
    assert_int_equal(weir_a64_load(&freed_objects), writes);
    assert_int_equal(weir_reclaim_admit(r), WEIR_KV_OK);
    weir_reclaim_free(r);
}

static void *fills(void *r) {
    for (int i = 0; i < BUDGET + OVER; i += BLOCK) weir_reclaim_retire(r, count, NULL, malloc(BLOCK), BLOCK);
    return (void *)(uintptr_t)weir_reclaim_admit(r);
}

/* A writer who is told to wait for ever does. */
static void never_full(void **state) {
    (void)state;
    void *answer;
    weir_kv_stats now = {0};
    stall s;
    weir_reclaim *r = weir_reclaim_new(BUDGET, UINT64_MAX);
    pthread_t reader = stalled(&s), writer = weir_test_thread(fills, r);
    for (; now.waits == 0; weir_reclaim_stats(r, &now)) weir_yield();
    usleep(20000); /* time to be wrong in */
    end_stall(&s, reader);
    pthread_join(writer, &answer);
    assert_int_equal((uintptr_t)answer, WEIR_KV_OK);
    weir_reclaim_free(r);
}

typedef struct draining {
    weir_reclaim *r;
    weir_a32 begun, over;
} draining;

static void *drains(void *arg) {
    draining *d = arg;
    weir_a32_store_release(&d->begun, 1);
    weir_reclaim_drain(d->r);
    weir_a32_store_release(&d->over, 1);
    return NULL;
}

/* Begins a drain in a thread, gives it every chance to be early, and answers whether it was. */
static bool early(draining *d, weir_reclaim *r, pthread_t *t) {
    *d = (draining){.r = r};
    *t = weir_test_thread(drains, d);
    while (!weir_a32_load_acquire(&d->begun)) weir_yield();
    for (int i = 0; i < 2000; i++) weir_yield();
    return weir_a32_load_acquire(&d->over);
}

static void drain_waits_for_readers(void **state) {
    (void)state;
    reset();
    weir_reclaim *r = weir_reclaim_new(BLOCK, 1000000000);
    stall s;
    draining d;
    pthread_t t = stalled(&s), u;
    for (int i = 0; i < 65; i++) weir_reclaim_retire(r, count, NULL, malloc(BLOCK), BLOCK);
    for (int i = 0; i < 2000; i++) weir_yield(); /* the worker takes a batch, that is more than many, at once */
    assert_false(early(&d, r, &u));
    assert_int_equal(weir_a64_load(&freed_objects), 0);
    end_stall(&s, t);
    pthread_join(u, NULL);
    assert_int_equal(weir_a64_load(&freed_objects), 65);
    weir_reclaim_free(r);
}

/* Frees nothing before it is told to. */
static weir_a32 slow_begun, slow_may;

static void slow(void *arg, void *at, size_t bytes) {
    weir_a32_store_release(&slow_begun, 1);
    while (!weir_a32_load_acquire(&slow_may)) weir_yield();
    count(arg, at, bytes);
}

static void drain_waits_for_who_is_freeing(void **state) {
    (void)state;
    weir_reclaim *r = weir_reclaim_new(BUDGET, 1000000000);
    draining d;
    pthread_t u;
    for (int i = 0; i < 64; i++)
        weir_reclaim_retire(r, slow, NULL, malloc(BLOCK), BLOCK); /* a full batch: the worker's */
    while (!weir_a32_load_acquire(&slow_begun)) weir_yield();
    assert_false(early(&d, r, &u));
    weir_a32_store_release(&slow_may, 1);
    pthread_join(u, NULL);
    assert_int_equal(retired(r), 0);
    weir_reclaim_free(r);
}

/* A write that waits goes on as soon as the reader has left, long before its time is over. */
typedef struct waiting {
    weir_reclaim *r;
    weir_a32 begun;
    weir_kv_status answer;
} waiting;

static void *waits(void *arg) {
    waiting *w = arg;
    weir_a32_store_release(&w->begun, 1);
    w->answer = weir_reclaim_admit(w->r);
    return NULL;
}

static void waiting_ends_with_the_reader(void **state) {
    (void)state;
    stall s;
    pthread_t t = stalled(&s);
    waiting w = {.r = weir_reclaim_new(BUDGET, UINT64_C(3600000000000))};
    uint64_t writes = 2 * BUDGET / 1000;
    for (uint64_t i = 0; i < writes; i++) weir_reclaim_retire(w.r, count, NULL, malloc(1000), 1000);
    pthread_t waiter = weir_test_thread(waits, &w);
    while (!weir_a32_load_acquire(&w.begun)) weir_yield();
    for (int i = 0; i < 1000; i++) weir_yield();
    end_stall(&s, t);
    weir_rcu_offline();
    pthread_join(waiter, NULL);
    assert_int_equal(w.answer, WEIR_KV_OK);
    weir_reclaim_free(w.r);
}

/* -- readers against writers: poison would be seen -- */

enum { WRITERS = 3, READERS = 2, WRITES = 20000, SLOTS = 16, ALIVE = 0x600d, DEAD = 0xdead };

typedef struct cell {
    uint32_t is;
} cell;

typedef struct storm {
    weir_reclaim *r;
    weir_aptr slot[SLOTS];
    weir_a32 done, bad;
    weir_a64 taken;
} storm;

static void poison(void *arg, void *at, size_t bytes) {
    (void)arg;
    ((cell *)at)->is = DEAD;
    count(NULL, at, bytes);
}

/* In the memory of one that is used again, which is poisoned first, when there is one at hand. */
static cell *alive(storm *s) {
    cell *c = weir_reclaim_take(s->r);
    if (c) {
        c->is = DEAD;
        weir_a64_add(&s->taken, 1);
    } else {
        c = malloc(sizeof *c);
    }
    c->is = ALIVE;
    return c;
}

static void *storms(void *arg) {
    storm *s = arg;
    for (unsigned i = 0; i < WRITES; i++) {
        if (weir_reclaim_admit(s->r) != WEIR_KV_OK) weir_a32_add(&s->bad, 1);
        weir_rcu_begin(); /* retire may be called in a section */
        cell *old = weir_aptr_xchg_acq_rel(&s->slot[i % SLOTS], alive(s));
        weir_reclaim_retire(s->r, poison, NULL, old, sizeof *old);
        weir_rcu_end();
    }
    weir_a32_add_release(&s->done, 1);
    return NULL;
}

static void *looks(void *arg) {
    storm *s = arg;
    while (weir_a32_load_acquire(&s->done) < WRITERS) {
        weir_rcu_begin();
        for (unsigned i = 0; i < SLOTS; i++)
            if (((cell *)weir_aptr_load_acquire(&s->slot[i]))->is != ALIVE) weir_a32_add(&s->bad, 1);
        weir_rcu_end();
    }
    return NULL;
}

static void storm_with(size_t budget, bool again) {
    reset();
    storm s = {.r = weir_reclaim_new(budget, UINT64_C(3600000000000))};
    if (again) weir_reclaim_offers(s.r, poison);
    for (unsigned i = 0; i < SLOTS; i++) weir_aptr_store_release(&s.slot[i], alive(&s));
    pthread_t t[WRITERS + READERS];
    for (int i = 0; i < WRITERS + READERS; i++) t[i] = weir_test_thread(i < WRITERS ? storms : looks, &s);
    weir_rcu_offline();
    for (int i = 0; i < WRITERS + READERS; i++) pthread_join(t[i], NULL);
    assert_int_equal(weir_a32_load(&s.bad), 0);
    weir_reclaim_free(s.r);
    assert_int_equal(weir_a64_load(&freed_objects) + weir_a64_load(&s.taken), WRITERS * WRITES);
    for (unsigned i = 0; i < SLOTS; i++) free(weir_aptr_load(&s.slot[i]));
}

/* A small budget: all three stages. A large one: what is ready is used again. */
static void readers_never_see_poison(void **state) {
    (void)state;
    storm_with(8 << 10, false);
    storm_with(8 << 10, true);
    storm_with(8 << 20, true);
}

/* -- used again ------------------------------------------------------------------------------------------------------ */

/* Retires, and takes what there is; answers whether there was one. */
static bool retire_and_take(weir_reclaim *r, uint64_t *retired_now) {
    assert_int_equal(weir_reclaim_admit(r), WEIR_KV_OK);
    weir_reclaim_retire(r, count, NULL, malloc(16), 16);
    ++*retired_now;
    void *again = weir_reclaim_take(r);
    free(again);
    return again;
}

/* Each object is taken or freed, once; none is taken while a reader may see it; and drain leaves none. */
static void objects_are_used_again(void **state) {
    enum { TAKEN = 1000 };
    (void)state;
    reset();
    weir_reclaim *r = weir_reclaim_new(64 << 20, 1000000000);
    uint64_t there = 0, taken = 0;
    weir_reclaim_offers(r, count);
    assert_ptr_equal(weir_reclaim_take(r), NULL);
    stall s;
    pthread_t t = stalled(&s);
    for (uint64_t end = weir_now_ns() + 50000000; weir_now_ns() < end && there < 1000000;)
        assert_false(retire_and_take(r, &there));
    end_stall(&s, t);
    while (taken < TAKEN) taken += retire_and_take(r, &there);
    weir_reclaim_retire(r, count, NULL, malloc(16), 16); /* one is at hand, which drain frees, too */
    there++;
    weir_reclaim_drain(r);
    assert_ptr_equal(weir_reclaim_take(r), NULL);
    assert_int_equal(weir_a64_load(&freed_objects) + taken, there);
    assert_int_equal(retired(r), 0);
    weir_reclaim_free(r);
}

/* What is retired otherwise is never offered. */
static void others_are_freed(void **state) {
    (void)state;
    reset();
    weir_reclaim *r = weir_reclaim_new(1 << 20, 1000000000);
    weir_reclaim_offers(r, poison);
    for (uint64_t there = 0; there < 100000;) assert_false(retire_and_take(r, &there));
    weir_reclaim_free(r);
    assert_int_equal(weir_a64_load(&freed_objects), 100000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drain_frees_all),
        cmocka_unit_test(a_big_object_leaves_room_without_memory),
        cmocka_unit_test(ages_are_told),
        cmocka_unit_test(full_while_a_reader_stalls),
        cmocka_unit_test(never_full),
        cmocka_unit_test(drain_waits_for_readers),
        cmocka_unit_test(drain_waits_for_who_is_freeing),
        cmocka_unit_test(waiting_ends_with_the_reader),
        cmocka_unit_test(readers_never_see_poison),
        cmocka_unit_test(objects_are_used_again),
        cmocka_unit_test(others_are_freed),
    };
    return cmocka_run_group_tests_name("reclaim", tests, NULL, NULL);
}
