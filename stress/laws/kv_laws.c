/* Long runs of kv, in memory and with a log: sums that every snapshot must show, pairs that batches change together, keys that one of
 * many wins, counters, walks over keys that stay among keys that come and go, quotas, and a reader that stays too long. */
#include "stress/kv_store_p.h"
#include "stress/rounds.h"

enum { MOST = 64, OPERATIONS = 600, ACCOUNTS = 12, EACH = 1000, ONCE = 64, STAY = 40, COME = 80 };
enum { QUOTA_KEYS = 30, QUOTA_BYTES = 400 };

typedef struct state {
    store store;
    weir_kv_tenant *limited;
    unsigned size;
    weir_a64 added;         /* to the counter, by cas that answered OK */
    weir_a32 winners[ONCE]; /* how many were told that they had put it */
    uint64_t winner[ONCE];  /* which: written by the one winner */
    uint64_t last[MOST];    /* in both keys of a thread's pair; written by the thread */
} state;

typedef struct name {
    char text[32];
    weir_kv_bytes bytes;
} name;

static weir_kv_bytes name_of(name *n, const char *kind, unsigned i) {
    int size = snprintf(n->text, sizeof n->text, "%s%03u", kind, i);
    return n->bytes = weir_kv_bytes_of(n->text, (size_t)size);
}

static weir_kv_bytes bytes_of(const uint64_t *v) { return weir_kv_bytes_of(v, sizeof *v); }

static uint64_t number(weir_kv_bytes value) {
    uint64_t v = 0;
    memcpy(&v, value.at, value.size < sizeof v ? value.size : sizeof v);
    return v;
}

static bool read_number(const state *s, weir_kv_bytes key, uint64_t *v) {
    weir_kv_bytes value;
    weir_kv_read_begin(s->store.kv);
    bool there = store_expect(weir_kv_get(s->store.root, key, &value), "get") == WEIR_KV_OK;
    if (there) *v = number(value);
    weir_kv_read_end(s->store.kv);
    return there;
}

static void put(const state *s, weir_kv_bytes key, uint64_t v) {
    store_expect(weir_kv_set(s->store.root, key, bytes_of(&v)), "set");
}

/* -- sums ----------------------------------------------------------------------------------------------------------- */

static void transfer(rounds_member *me) {
    state *s = me->arg;
    unsigned from = stress_random_below(me->random, ACCOUNTS),
             to = (from + 1 + stress_random_below(me->random, ACCOUNTS - 1)) % ACCOUNTS;
    name a, b;
    uint64_t had[2] = {0, 0}, has[2];
    name_of(&a, "account", from);
    name_of(&b, "account", to);
    if (!read_number(s, a.bytes, &had[0]) || !read_number(s, b.bytes, &had[1])) {
        stress_fail("an account is gone");
        return;
    }
    has[0] = had[0] - 1;
    has[1] = had[1] + 1;
    weir_kv_op op[2] = {
        {.verb = WEIR_KV_CAS, .key = a.bytes, .value = bytes_of(&has[0]), .expected = bytes_of(&had[0])},
        {.verb = WEIR_KV_CAS, .key = b.bytes, .value = bytes_of(&has[1]), .expected = bytes_of(&had[1])}};
    weir_kv_status st = store_expect(weir_kv_batch(s->store.root, op, 2, NULL, NULL, NULL), "a batch");
    stress_count("transfers", st == WEIR_KV_OK);
}

static uint64_t sum_in(const state *s, weir_kv_snapshot *shot) {
    weir_kv_pair pair[ACCOUNTS + 1];
    const weir_kv_range range = {WEIR_KV_TEXT("account"), NULL, 0};
    uint64_t sum = 0;
    size_t n;
    store_expect(weir_kv_snapshot_scan(shot, &range, pair, ACCOUNTS + 1, &n), "scan");
    if (n != ACCOUNTS) stress_fail("a snapshot has %zu of %d accounts", n, ACCOUNTS);
    for (size_t i = 0; i < n; i++) sum += number(pair[i].value);
    (void)s;
    return sum;
}

static void look_at_sum(rounds_member *me) {
    state *s = me->arg;
    weir_kv_snapshot *shot;
    if (stress_has("snapshot=no")) return;
    if (store_expect(weir_kv_snapshot_open(s->store.root, &shot), "a snapshot") != WEIR_KV_OK) return;
    for (int i = 0; i < 2; i++, weir_yield()) {
        uint64_t sum = sum_in(s, shot);
        if (sum != (uint64_t)ACCOUNTS * EACH)
            stress_fail("the accounts in a snapshot add up to %lu instead of %d", sum, ACCOUNTS * EACH);
    }
    weir_kv_snapshot_close(shot);
    stress_count("snapshots", 1);
}

/* -- pairs: both keys of a thread's pair are changed by one batch ---------------------------------------------------- */

static void change_pair(rounds_member *me) {
    state *s = me->arg;
    name one, other;
    uint64_t v = s->last[me->index] + 1;
    weir_kv_op op[2] = {{.verb = WEIR_KV_SET, .key = name_of(&one, "left", me->index), .value = bytes_of(&v)},
                        {.verb = WEIR_KV_SET, .key = name_of(&other, "right", me->index), .value = bytes_of(&v)}};
    store_expect(weir_kv_batch(s->store.root, op, 2, NULL, NULL, NULL), "a batch");
    s->last[me->index] = v;
}

static void look_at_pair(rounds_member *me) {
    state *s = me->arg;
    unsigned i = stress_random_below(me->random, s->size);
    bool left_first = stress_random_below(me->random, 2);
    name one, other;
    uint64_t first = 0, second = 0;
    name_of(&one, left_first ? "left" : "right", i);
    name_of(&other, left_first ? "right" : "left", i);
    read_number(s, one.bytes, &first);
    read_number(s, other.bytes, &second);
    if (second < first)
        stress_fail("of a batch, one key shows change %lu, and the other, looked at later, change %lu", first, second);
}

/* -- one of many ------------------------------------------------------------------------------------------------------ */

static void put_once(rounds_member *me, unsigned i) {
    state *s = me->arg;
    name n;
    uint64_t mine = me->index;
    if (store_expect(weir_kv_snx(s->store.root, name_of(&n, "once", i), bytes_of(&mine)), "snx") != WEIR_KV_OK) return;
    weir_a32_add(&s->winners[i], 1);
    s->winner[i] = mine;
}

static void count_up(rounds_member *me) {
    state *s = me->arg;
    uint64_t v = 0, more;
    if (!read_number(s, WEIR_KV_TEXT("counter"), &v)) stress_fail("the counter is gone");
    more = v + 1;
    if (store_expect(weir_kv_cas(s->store.root, WEIR_KV_TEXT("counter"), bytes_of(&v), bytes_of(&more)), "cas") ==
        WEIR_KV_OK)
        weir_a64_add(&s->added, 1);
}

/* -- walks: keys "stay###" among "come###", which share a node -------------------------------------------------------- */

static void come_and_go(rounds_member *me) {
    state *s = me->arg;
    name n;
    name_of(&n, "stay", stress_random_below(me->random, COME));
    n.text[4] = (char)('A' + stress_random_below(me->random,
                                                 60)); /* "stayX.." beside "stay0..", so the node grows and shrinks */
    if (stress_random_below(me->random, 2)) put(s, n.bytes, 0);
    else store_expect(weir_kv_del(s->store.root, n.bytes), "del");
}

typedef struct walk {
    char before[32];
    unsigned stayed;
} walk;

static bool one_key(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    walk *w = arg;
    char text[32] = {0};
    memcpy(text, key.at, key.size < 31 ? key.size : 31);
    if (strcmp(w->before, text) >= 0) stress_fail("'%s' comes after '%s'", text, w->before);
    memcpy(w->before, text, sizeof text);
    if (text[4] >= '0' && text[4] <= '9') {
        w->stayed++;
        if (number(value) != (uint64_t)atoi(text + 4)) stress_fail("'%s' has %lu", text, number(value));
    }
    return true;
}

/* All of a page is borrowed and read twice: nothing of it may change until the section ends. */
static void walk_in_section(const state *s, walk *w) {
    weir_kv_pair pair[256];
    const weir_kv_range range = {WEIR_KV_TEXT("stay"), NULL, 0};
    walk again = *w;
    size_t n;
    weir_kv_read_begin(s->store.kv);
    store_expect(weir_kv_scan(s->store.root, &range, pair, 256, &n), "scan");
    for (size_t i = 0; i < n; i++) one_key(w, pair[i].key, pair[i].value);
    weir_yield();
    for (size_t i = 0; i < n; i++) one_key(&again, pair[i].key, pair[i].value);
    weir_kv_read_end(s->store.kv);
}

static void walk_all(rounds_member *me) {
    state *s = me->arg;
    walk w = {.stayed = 0};
    if (stress_random_below(me->random, 2)) walk_in_section(s, &w);
    else store_expect(weir_kv_iterate(s->store.root, WEIR_KV_TEXT("stay"), 0, 0, one_key, &w), "iterate");
    if (w.stayed != STAY) stress_fail("a walk has seen %u of %d keys that stay", w.stayed, STAY);
    stress_count("walks", 1);
}

/* -- quotas ------------------------------------------------------------------------------------------------------------- */

static void within_quota(rounds_member *me) {
    state *s = me->arg;
    static const char some[40];
    name n;
    name_of(&n, "q", stress_random_below(me->random, 2 * QUOTA_KEYS));
    weir_kv_usage usage;
    weir_kv_status st =
        stress_random_below(me->random, 3)
            ? weir_kv_set(s->limited, n.bytes, weir_kv_bytes_of(some, stress_random_below(me->random, 40)))
            : weir_kv_del(s->limited, n.bytes);
    if (st != WEIR_KV_QUOTA) store_expect(st, "a write");
    stress_count("refused by the quota", st == WEIR_KV_QUOTA);
    if (weir_kv_tenant_usage(s->limited, &usage) != WEIR_KV_OK || usage.keys > QUOTA_KEYS || usage.bytes > QUOTA_BYTES)
        stress_fail("a quota of %d keys and %d bytes is exceeded: %lu and %lu", QUOTA_KEYS, QUOTA_BYTES, usage.keys,
                    usage.bytes);
}

static bool count_pair(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    weir_kv_usage *sum = arg;
    sum->keys++;
    sum->bytes += key.size + value.size;
    return true;
}

static void judge_quota(const state *s) {
    weir_kv_usage usage, sum = {0};
    weir_kv_iterate(s->limited, WEIR_KV_TEXT(""), 0, 0, count_pair, &sum);
    weir_kv_tenant_usage(s->limited, &usage);
    if (usage.keys != sum.keys || usage.bytes != sum.bytes)
        stress_fail("usage says %lu keys and %lu bytes, there are %lu and %lu", usage.keys, usage.bytes, sum.keys,
                    sum.bytes);
}

/* -- rounds --------------------------------------------------------------------------------------------------------------- */

static void prepare(rounds *r) {
    state *s = r->arg;
    const weir_kv_quota quota = {QUOTA_KEYS, QUOTA_BYTES};
    name n;
    memset(s, 0, sizeof *s);
    s->size = r->size;
    s->store = store_open(stress_random_below(&r->random, 4) ? STORE_MEMORY : STORE_WAL, NULL);
    store_must(weir_kv_tenant_create(s->store.kv, WEIR_KV_TEXT("limited"), &quota, &s->limited), "create", "");
    for (unsigned i = 0; i < ACCOUNTS; i++) put(s, name_of(&n, "account", i), EACH);
    for (unsigned i = 0; i < STAY; i++) put(s, name_of(&n, "stay", i), i);
    put(s, WEIR_KV_TEXT("counter"), 0);
}

static void work(rounds_member *me) {
    for (unsigned i = 0; i < OPERATIONS && !stress_failed(); i++) {
        switch (stress_random_below(me->random, 10)) {
        case 0: look_at_sum(me); break;
        case 1:
        case 2: transfer(me); break;
        case 3: change_pair(me); break;
        case 4: look_at_pair(me); break;
        case 5: put_once(me, i * ONCE / OPERATIONS); break;
        case 6: count_up(me); break;
        case 7: walk_all(me); break;
        case 8: within_quota(me); break;
        default: come_and_go(me);
        }
        watch_step(me->watched);
    }
    stress_count("operations", OPERATIONS);
}

static void judge(rounds *r) {
    state *s = r->arg;
    uint64_t v = 0;
    name n;
    if (read_number(s, WEIR_KV_TEXT("counter"), &v) && v != weir_a64_load(&s->added))
        stress_fail("%lu times one was added, and the counter says %lu", weir_a64_load(&s->added), v);
    for (unsigned i = 0; i < ONCE; i++) {
        bool there = read_number(s, name_of(&n, "once", i), &v);
        if (weir_a32_load(&s->winners[i]) != there || (there && v != s->winner[i]))
            stress_fail("%u threads have won a key that %s there", weir_a32_load(&s->winners[i]),
                        there ? "is" : "is not");
    }
    judge_quota(s);
    weir_kv_tenant_close(s->limited);
    store_close(&s->store);
}

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = work, .judge = judge};
    static state s;
    (void)c;
    return rounds_sizes(request, &plan, &s, MOST);
}

STRESS_CHECK(laws, tenant,
             "sums hold in every snapshot, batches show all or nothing, one wins a key, walks see what stays", run)
