/* A reader that stays in a section too long: what is retired meanwhile stays within the budget, writers are refused in the end, what it
 * has borrowed does not change, and when it has gone all goes on. */
#include "stress/kv_store_p.h"
#include "stress/watch.h"

enum { WRITERS = 2, KEYS = 1000, VALUE = 64, BYTES_MOST = 16 << 20, ROUNDS_MOST = 4 };

static struct {
    store store;
    uint64_t memory; /* before the reader came */
    weir_a32 inside, refused, over;
    weir_a64 written;
    watched watched[WRITERS + 1];
} now;

static weir_kv_bytes key_of(const uint32_t *i) { return weir_kv_bytes_of(i, sizeof *i); }

static weir_kv_status write(uint32_t i, unsigned char byte) {
    unsigned char value[VALUE];
    memset(value, byte, VALUE);
    return weir_kv_set(now.store.root, key_of(&i), weir_kv_bytes_of(value, VALUE));
}

/* Holds one section until a writer has been refused; reads what it has borrowed again and again. */
static void stay(team_member *me) {
    weir_kv_bytes value[KEYS];
    weir_kv_read_begin(now.store.kv);
    for (uint32_t i = 0; i < KEYS; i++) store_expect(weir_kv_get(now.store.root, key_of(&i), &value[i]), "get");
    weir_a32_store_release(&now.inside, 1); /* I1: pairs with I2 */
    while (!weir_a32_load_acquire(&now.refused) && !stress_failed()) {
        uint32_t i = stress_random_below(&me->random, KEYS);
        const unsigned char *at = value[i].at;
        for (unsigned k = 0; k < VALUE; k++)
            if (at[k] != 0) stress_fail("what a section has borrowed has changed");
        watch_step(&now.watched[me->index]);
        weir_yield();
    }
    weir_kv_read_end(now.store.kv);
}

static void weigh(void) {
    weir_kv_stats stats;
    weir_kv_stats_read(now.store.kv, &stats);
    if (stats.memory > now.memory + BYTES_MOST)
        stress_fail("a reader that stays costs %lu bytes", stats.memory - now.memory);
}

/* Until one is refused; then until one is not, which comes to pass once the reader has gone. */
static void write_on(team_member *me) {
    while (!weir_a32_load_acquire(&now.inside)) weir_yield(); /* I2 */
    for (uint32_t i = 0; !stress_failed(); i++) {
        weir_kv_status st = write(stress_random_below(&me->random, KEYS), 1);
        if (st == WEIR_KV_FULL) weir_a32_store_release(&now.refused, 1);
        else store_expect(st, "set");
        if (st == WEIR_KV_OK) weir_a64_add(&now.written, 1);
        if (st == WEIR_KV_OK && weir_a32_load_acquire(&now.refused)) break;
        if (i % 64 == 0) weigh();
        watch_step(&now.watched[me->index]);
    }
}

static void work(team_member *me) {
    watch_begin(&now.watched[me->index]);
    watch_doing(&now.watched[me->index], me->index ? "writing" : "in a section");
    if (me->index) write_on(me);
    else stay(me);
    watch_doing(&now.watched[me->index], NULL);
}

static void ages(void) {
    weir_kv_stats stats;
    uint64_t freed = 0;
    weir_kv_stats_read(now.store.kv, &stats);
    for (unsigned i = 0; i < WEIR_KV_AGES; i++) freed += stats.age[i];
    if (!stats.fulls || !stats.waits || !stats.helps) stress_fail("a writer was refused, and the counts do not say so");
    stress_count("writes", weir_a64_load(&now.written));
    stress_count("times refused", stats.fulls);
    stress_count("freed", freed);
}

static bool round_of(const stress_request *request, unsigned round) {
    weir_kv_stats stats;
    memset(&now, 0, sizeof now);
    now.store = store_open(round % 2 ? STORE_WAL : STORE_MEMORY, NULL);
    for (uint32_t i = 0; i < KEYS; i++) store_expect(write(i, 0), "set");
    weir_kv_stats_read(now.store.kv, &stats);
    now.memory = stats.memory;
    team *t = team_start(WRITERS + 1, request->seed + round, work, NULL);
    if (!watch_team(t, now.watched, WRITERS + 1, false)) return false; /* and leave all as it lies */
    team_end(t);
    ages();
    store_close(&now.store);
    return !stress_failed();
}

static stress_verdict run(const stress_check *c, const stress_request *request) {
    (void)c;
    for (unsigned i = 0; i < ROUNDS_MOST && (i == 0 || stress_elapsed() < request->seconds / 2); i++)
        if (!round_of(request, i)) return STRESS_VIOLATION;
    return STRESS_PASS;
}

STRESS_CHECK(laws, stalled,
             "a reader that stays costs at most 16 MB, loses nothing, and holds up writers no longer than it stays",
             run)
