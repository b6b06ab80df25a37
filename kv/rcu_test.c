/* Unit test of the RCU flavours, compiled once a flavour. No step is decided by time: who must not be early looks, at the last
 * moment, whether it was. */
#include "prims/test_p.h"

#include "kv/rcu.h"
#include "prims/wait.h"

static void await(weir_a32 *word, uint32_t value) {
    while (weir_a32_load_acquire(word) != value) weir_yield();
}

static void join(pthread_t t) {
    weir_rcu_offline();
    pthread_join(t, NULL);
    weir_rcu_online();
}

static void sections_nest(void **state) {
    (void)state;
    assert_false(weir_rcu_inside());
    weir_rcu_begin();
    weir_rcu_begin();
    assert_true(weir_rcu_inside());
    weir_rcu_end();
    assert_true(weir_rcu_inside());
    weir_rcu_end();
    assert_false(weir_rcu_inside());
    weir_rcu_synchronize(); /* by a thread that has had sections */
}

/* A reader in an outer and an inner section, and what must not happen before its end. */
typedef struct scene {
    weir_rcu_head head; /* first */
    weir_a32 inside, begun, over;
    uint32_t early;
} scene;

static void *reader(void *arg) {
    scene *s = arg;
    weir_rcu_begin();
    weir_rcu_begin();
    weir_rcu_end();
    weir_a32_store_release(&s->inside, 1);
    await(&s->begun, 1);
    for (int i = 0; i < 2000; i++) weir_yield(); /* chance to be early */
    s->early = weir_a32_load(&s->over);
    weir_rcu_end();
    return NULL;
}

static void synchronize_waits(void **state) {
    (void)state;
    scene s = {.early = 0};
    pthread_t t = weir_test_thread(reader, &s);
    await(&s.inside, 1);
    weir_a32_store_release(&s.begun, 1);
    weir_rcu_synchronize();
    weir_a32_store(&s.over, 1);
    join(t);
    assert_int_equal(s.early, 0);
}

static void called(weir_rcu_head *head) { weir_a32_add_release(&((scene *)head)->over, 1); }

static void call_waits(void **state) {
    (void)state;
    scene s = {.early = 0};
    pthread_t t = weir_test_thread(reader, &s);
    await(&s.inside, 1);
    weir_rcu_call(&s.head, called);
    weir_a32_store_release(&s.begun, 1);
    weir_rcu_barrier();
    assert_int_equal(weir_a32_load_acquire(&s.over), 1);
    join(t);
    assert_int_equal(s.early, 0);
}

static void barrier_waits_for_all(void **state) {
    (void)state;
    enum { CALLS = 100 };
    static scene s[CALLS];
    for (int i = 0; i < CALLS; i++) weir_rcu_call(&s[i].head, called);
    weir_rcu_barrier();
    for (int i = 0; i < CALLS; i++) assert_int_equal(weir_a32_load_acquire(&s[i].over), 1);
}

static void *one_section(void *arg) {
    (void)arg;
    weir_rcu_begin();
    weir_rcu_end();
    return NULL;
}

/* A thread that ends is waited for no more. */
static void threads_leave(void **state) {
    (void)state;
    for (int i = 0; i < 64; i++) join(weir_test_thread(one_section, NULL));
    weir_rcu_synchronize();
}

/* A destructor of another key, whatever its turn, may open a section; the thread leaves all the same. */
static void late_section(void *arg) { one_section(arg); }

static void *leaves_late(void *key) {
    pthread_setspecific(*(pthread_key_t *)key, key);
    return one_section(NULL);
}

static void sections_in_destructors(void **state) {
    (void)state;
    pthread_key_t key[2];
    one_section(NULL); /* so that one key is older than the flavour's, if the flavour has not got its own yet */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_key_create(&key[i], late_section), 0);
        join(weir_test_thread(leaves_late, &key[i]));
    }
    weir_rcu_synchronize();
    for (int i = 0; i < 2; i++) pthread_key_delete(key[i]);
}

/* -- threads that sleep hold up nobody -- */

typedef struct sleeper {
    weir_wait wait;
    weir_a32 word, parked;
    weir_a32 before, after; /* calls of its own hooks */
} sleeper;

static void count_before(void *arg) { weir_a32_add(&((sleeper *)arg)->before, 1); }
static void count_after(void *arg) { weir_a32_add(&((sleeper *)arg)->after, 1); }

static void *sleeps_in_prims(void *arg) {
    sleeper *s = arg;
    weir_learned learned;
    weir_learned_init(&learned);
    weir_thread_hooks((weir_block_hooks){count_before, count_after, s});
    one_section(NULL);
    weir_thread_arm(&s->wait);
    if (!weir_park(&s->wait, &s->word, 0, 1)) abort();
    weir_a32_store_release(&s->parked, 1);
    weir_thread_wait(&s->wait, WEIR_FOREVER, &learned);
    return NULL;
}

static void sleepers_hold_up_nobody(void **state) {
    (void)state;
    sleeper s = {.word = {0}};
    pthread_t t = weir_test_thread(sleeps_in_prims, &s);
    await(&s.parked, 1);
    weir_rcu_synchronize(); /* for ever, if not */
    weir_unpark(&s.word, 1, 1);
    join(t);
    assert_int_equal(weir_a32_load(&s.before), weir_a32_load(&s.after));
}

static void *sleeps_elsewhere(void *arg) {
    weir_a32 *word = arg;
    one_section(NULL);
    weir_rcu_offline();
    weir_a32_store_release(word, 1);
    await(word, 2);
    weir_rcu_online();
    return one_section(NULL);
}

static void offline_holds_up_nobody(void **state) {
    (void)state;
    weir_a32 word = {0};
    pthread_t t = weir_test_thread(sleeps_elsewhere, &word);
    await(&word, 1);
    weir_rcu_synchronize();
    weir_a32_store_release(&word, 2);
    join(t);
}

/* -- readers against a writer that poisons what it has replaced -- */

enum { ROUNDS = 300, READERS = 3, ALIVE = 0x600d, DEAD = 0xdead };

typedef struct cell {
    uint32_t is; /* plain: ThreadSanitizer must know from the flavour alone that reading and poisoning do not race */
} cell;

static weir_aptr slot;
static weir_a32 done;

static void *reads(void *arg) {
    (void)arg;
    uintptr_t bad = 0;
    while (!weir_a32_load(&done)) {
        weir_rcu_begin();
        cell *c = weir_aptr_load_acquire(&slot);
        for (int i = 0; i < 20; i++) bad += c->is != ALIVE;
        weir_rcu_end();
    }
    return (void *)bad;
}

static void readers_never_see_poison(void **state) {
    (void)state;
    static cell of[2];
    pthread_t t[READERS];
    of[0].is = ALIVE;
    weir_aptr_store_release(&slot, &of[0]);
    for (int i = 0; i < READERS; i++) t[i] = weir_test_thread(reads, NULL);
    for (int i = 1; i <= ROUNDS; i++) {
        of[i % 2].is = ALIVE;
        cell *old = weir_aptr_xchg_acq_rel(&slot, &of[i % 2]);
        weir_rcu_synchronize();
        old->is = DEAD;
    }
    weir_a32_store(&done, 1);
    void *bad, *all = NULL;
    for (int i = 0; i < READERS; i++) {
        weir_rcu_offline();
        pthread_join(t[i], &bad);
        if (bad) all = bad;
    }
    assert_null(all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_nest),
        cmocka_unit_test(synchronize_waits),
        cmocka_unit_test(call_waits),
        cmocka_unit_test(barrier_waits_for_all),
        cmocka_unit_test(threads_leave),
        cmocka_unit_test(sections_in_destructors),
        cmocka_unit_test(sleepers_hold_up_nobody),
        cmocka_unit_test(offline_holds_up_nobody),
        cmocka_unit_test(readers_never_see_poison),
    };
    return cmocka_run_group_tests_name("rcu " WEIR_STRING(WEIR_RCU), tests, NULL, NULL);
}
