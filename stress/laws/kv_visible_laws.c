/* Long runs of kv with a log: nobody sees a value before the log has it where its writer wants it, whether the writer waits or not.
 * Writers note the position of each number; readers, what they saw and how far the log was then at least. */
#include "stress/kv_store_p.h"
#include "stress/rounds.h"

enum { MOST = 64, NUMBERS = 400, SEEN = 4000, AT_ONCE = 8 };

typedef struct seen {
    uint32_t writer, number;
    uint64_t mark; /* of the writer's level, after it was seen */
} seen;

typedef struct state {
    store store;
    unsigned writers;
    uint64_t position[MOST][NUMBERS + 1]; /* of each number; by its writer */
    seen seen[MOST][SEEN];                /* by reader */
    unsigned seen_n[MOST];
} state;

static weir_kv_level level_of(unsigned writer) { return writer % 2 ? WEIR_KV_OS : WEIR_KV_DISK; }

static weir_kv_bytes key_of(const uint32_t *writer) { return weir_kv_bytes_of(writer, sizeof *writer); }

static void prepare(rounds *r) {
    state *s = r->arg;
    memset(s->seen_n, 0, sizeof s->seen_n);
    s->writers = (r->size + 1) / 2;
    s->store = store_open(STORE_WAL, NULL);
}

/* Some at a time that it does not wait for, then for all of them. */
static void write_numbers(rounds_member *me) {
    state *s = me->arg;
    uint32_t writer = me->index;
    uint64_t *position = s->position[writer];
    for (uint32_t i = 1; i <= NUMBERS && !stress_failed();) {
        uint32_t last = i + stress_random_below(me->random, AT_ONCE);
        if (last > NUMBERS) last = NUMBERS;
        for (; i <= last; i++) {
            weir_kv_op op = {.verb = WEIR_KV_SET, .key = key_of(&writer), .value = weir_kv_bytes_of(&i, sizeof i)};
            const weir_kv_write how = {level_of(writer), i < last};
            store_expect(weir_kv_apply(s->store.root, &op, &how, &position[i]), "a write");
        }
        watch_step(me->watched);
    }
    stress_count("writes", NUMBERS);
}

static void read_numbers(rounds_member *me) {
    state *s = me->arg;
    for (unsigned i = 0; i < SEEN && !stress_failed(); i++) {
        seen *at = &s->seen[me->index][s->seen_n[me->index]];
        weir_kv_bytes value;
        weir_kv_stats stats;
        at->writer = stress_random_below(me->random, s->writers);
        at->number = 0;
        weir_kv_read_begin(s->store.kv);
        if (store_expect(weir_kv_get(s->store.root, key_of(&at->writer), &value), "get") == WEIR_KV_OK)
            memcpy(&at->number, value.at, sizeof at->number);
        weir_kv_read_end(s->store.kv);
        weir_kv_stats_read(s->store.kv, &stats);
        at->mark = stats.position[level_of(at->writer)];
        s->seen_n[me->index] += at->number != 0;
        watch_step(me->watched);
    }
}

static void work(rounds_member *me) {
    const state *s = me->arg;
    if (me->index < s->writers) write_numbers(me);
    else read_numbers(me);
}

static void judge(rounds *r) {
    state *s = r->arg;
    for (unsigned t = s->writers; t < r->size; t++) {
        for (unsigned i = 0; i < s->seen_n[t]; i++) {
            const seen *at = &s->seen[t][i];
            uint64_t position = s->position[at->writer][at->number];
            if (position > at->mark)
                stress_fail("a value at %lu of the log was seen while %s had all up to %lu", position,
                            level_of(at->writer) == WEIR_KV_DISK ? "the disk" : "the system", at->mark);
        }
        stress_count("seen", s->seen_n[t]);
    }
    store_close(&s->store);
}

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = work, .judge = judge};
    static state s;
    (void)c;
    return rounds_sizes(request, &plan, &s, MOST);
}

STRESS_CHECK(laws, visible, "nobody sees a value before the log has it where its writer wants it", run)
