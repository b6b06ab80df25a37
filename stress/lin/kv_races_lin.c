/* All threads at once at one key, round after round: of many that put it where it is not, swap it from one value, or delete it, one is
 * told that it has; and of many that put a key each, as many as the quota lets in. */
#include "stress/jitter/jitter.h"
#include "stress/kv_store_p.h"
#include "stress/rounds.h"

enum { MOST = 64, QUOTA = 2, STORE_ROUNDS = 500 };

typedef struct state {
    store_kind kind;
    store store;
    weir_kv_tenant *limited;
    unsigned rounds;
    weir_a32 put, swapped, deleted, let_in; /* told so, in this round */
} state;

static state in_memory = {.kind = STORE_MEMORY}, with_log = {.kind = STORE_WAL}, on_lmdb = {.kind = STORE_LMDB};

static void end_store(state *s) {
    weir_kv_tenant_close(s->limited);
    if (s->store.kv) store_close(&s->store);
    s->limited = NULL;
}

static void fresh_store(state *s) {
    const weir_kv_quota quota = {.keys = QUOTA};
    const weir_kv_options o = {.level = WEIR_KV_OS, .level_given = true};
    end_store(s);
    s->store = store_open(s->kind, &o);
    store_must(weir_kv_tenant_create(s->store.kv, WEIR_KV_TEXT("limited"), &quota, &s->limited), "create", "");
}

static void prepare(rounds *r) {
    state *s = r->arg;
    if (s->rounds++ % STORE_ROUNDS == 0) fresh_store(s);
    store_expect(weir_kv_del(s->store.root, WEIR_KV_TEXT("put")), "del");
    store_expect(weir_kv_set(s->store.root, WEIR_KV_TEXT("swapped"), WEIR_KV_TEXT("0")), "set");
    store_expect(weir_kv_set(s->store.root, WEIR_KV_TEXT("deleted"), WEIR_KV_TEXT("0")), "set");
    for (char i = 0; i < MOST; i++) store_expect(weir_kv_del(s->limited, weir_kv_bytes_of(&i, 1)), "del");
    weir_a32_store(&s->put, 0);
    weir_a32_store(&s->swapped, 0);
    weir_a32_store(&s->deleted, 0);
    weir_a32_store(&s->let_in, 0);
}

static void told(weir_a32 *count, weir_kv_status st, const char *what) {
    if (store_expect(st, what) == WEIR_KV_OK) weir_a32_add(count, 1);
}

static void work(rounds_member *me) {
    state *s = me->arg;
    char i = (char)me->index;
    weir_kv_bytes mine = weir_kv_bytes_of(&i, 1);
    weir_kv_status st = weir_kv_set(s->limited, mine, mine);
    if (st != WEIR_KV_QUOTA) told(&s->let_in, st, "set");
    told(&s->put, weir_kv_snx(s->store.root, WEIR_KV_TEXT("put"), mine), "snx");
    told(&s->swapped, weir_kv_cas(s->store.root, WEIR_KV_TEXT("swapped"), WEIR_KV_TEXT("0"), mine), "cas");
    told(&s->deleted, weir_kv_del(s->store.root, WEIR_KV_TEXT("deleted")), "del");
    watch_step(me->watched);
}

static void expect(weir_a32 *count, unsigned wanted, const char *what) {
    unsigned n = weir_a32_load(count);
    if (n != wanted) stress_fail("%u threads were told that they had %s, instead of %u", n, what, wanted);
}

static void judge(rounds *r) {
    state *s = r->arg;
    expect(&s->put, 1, "put the key");
    expect(&s->swapped, 1, "swapped its value");
    expect(&s->deleted, 1, "deleted it");
    expect(&s->let_in, r->size < QUOTA ? r->size : QUOTA, "been let in by the quota");
}

static void held_up(rounds_member *me) {
    jitter_thread(stress_random_next(me->random), 2 + stress_random_below(me->random, 20));
}

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {prepare, work, judge, held_up, NULL};
    state *s = (state *)(uintptr_t)c->arg;
    if ((unsigned)s->kind >= store_kinds()) {
        stress_say("this build has no such store");
        return STRESS_PASS;
    }
    stress_verdict v = rounds_sizes(request, &plan, s, MOST);
    if (v == STRESS_PASS) end_store(s);
    return v;
}

STRESS_CHECK_ARG(lin, races,
                 "of many that put, swap or delete one key, one is told so; a quota lets in as many as it says", run,
                 &in_memory)
STRESS_CHECK_ARG(lin, races_log, "the same with a log", run, &with_log)
STRESS_CHECK_ARG(lin, races_lmdb, "the same on LMDB", run, &on_lmdb)
