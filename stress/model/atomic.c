/* What an atomic operation may see and where its store may enter, as RC11 has it without load buffering: everything that
 * the coherence rules leave open is a choice of the strategy.
 *
 *   load    any store from the newest back to the first one known (history.c)
 *   store   directly behind any of these; never between a read-modify-write and the store it has read
 *   rmw     any of these that no other rmw stands behind; its own store directly behind it
 *
 * A message, what an acquire read gets to know, is the clock of a release store, or of the release store that a chain of
 * rmws goes back to. seq_cst: a store that a seq_cst operation has written or read counts as known to all later ones. */
#include "stress/model/engine_p.h"
#include "stress/model/litmus.h"

enum { RELAXED, CONSUME, ACQUIRE, RELEASE, ACQ_REL, SEQ_CST };
enum { STALE_MAX = 3, CANDIDATES_MAX = 64, ALONE_MAX = 30000 };

static bool acquires(int order) { return order != RELAXED && order != RELEASE; }
static bool releases(int order) { return order >= RELEASE; }

/* -- without a model: alone, outside, or on a thread-local -- */

static bool native(uintptr_t address) {
    if (m.running == NOBODY || fibre_local(address)) return true;
    if (m.running != ALONE) return false;
    if (++m.self->own > ALONE_MAX) schedule_convict(LIVELOCK, "setup or check does not end");
    memory_save(memory_cell(address));
    return true;
}

static uint64_t real_load(uintptr_t address, unsigned bytes) {
    return bytes == 4 ? *(const uint32_t *)address : *(const uint64_t *)address;
}

static void real_store(uintptr_t address, unsigned bytes, uint64_t value) {
    if (bytes == 4) *(uint32_t *)address = (uint32_t)value;
    else *(uint64_t *)address = value;
}

static uint64_t narrow(uint64_t value, unsigned bytes) { return bytes == 4 ? (uint32_t)value : value; }

static uint64_t apply(rmw op, uint64_t old, uint64_t operand) {
    switch (op) {
    case RMW_XCHG: return operand;
    case RMW_ADD: return old + operand;
    case RMW_SUB: return old - operand;
    case RMW_AND: return old & operand;
    case RMW_OR: return old | operand;
    case RMW_XOR: return old ^ operand;
    case RMW_NAND: return ~(old & operand);
    }
    return old;
}

/* -- candidates -- */

typedef struct candidates {
    int n;
    store *at[CANDIDATES_MAX]; /* newest first */
} candidates;

static bool floor_at(const store *s, int order) { return history_known(s) || (order == SEQ_CST && s->seq_cst); }

static bool rmw_behind(const store *s) { return s->next != NONE && m.stores[s->next].rmw; }

static bool fair(const store *s) {
    return s->next == NONE || s->stale[m.running] < STALE_MAX || (m.lazy && m.self->spinning);
}

static bool any_store(const store *s, const void *arg) {
    (void)arg;
    return fair(s);
}

static bool free_behind(const store *s, const void *arg) {
    (void)arg;
    return !rmw_behind(s);
}

/* A compare-exchange succeeds where an rmw may read, and fails where a load finds another value. */
static bool cas_can(const store *s, const void *arg) {
    uint64_t wanted = *(const uint64_t *)arg;
    return s->value == wanted ? !rmw_behind(s) : fair(s);
}

static void collect(candidates *c, location *l, int order, bool (*fits)(const store *, const void *), const void *arg) {
    c->n = 0;
    for (store *s = &m.stores[l->newest];; s = &m.stores[s->prev]) {
        if (fits(s, arg)) c->at[c->n++] = s;
        if (floor_at(s, order) || c->n == CANDIDATES_MAX) return;
    }
}

/* What a thread that spins on has seen before, while nothing it got to know since rules that out. */
static store *same_again(location *l, int order) {
    looked *before = looked_at(l);
    if (!before) return NULL;
    for (store *s = &m.stores[before->store]; s->next != NONE;) {
        s = &m.stores[s->next];
        if (floor_at(s, order)) return NULL;
    }
    return &m.stores[before->store];
}

/* In the search of graphs every store that there is may be read, or the thread waits for one that is still to come, and
 * then reads none of the old. So each graph is met once. */
static store *pick_or_wait(candidates *c, location *l, int order, bool (*fits)(const store *, const void *),
                           const void *arg) {
    store *same = m.self->spinning ? same_again(l, order) : NULL;
    if (same && fits(same, arg)) return same;
    m.self->spinning = false;
    for (int16_t since = 0;;) {
        int n = 0;
        collect(c, l, order, fits, arg);
        for (int i = 0; i < c->n; i++)
            if (c->at[i] - m.stores >= since) c->at[n++] = c->at[i];
        bool more = graphs_others(l->address);
        if (n + more == 0) schedule_stop(PRUNED);
        int k = n + more > 1 ? choose(CHOOSE_READ, n + more) : 0;
        if (k < n) return c->at[k];
        since = m.stores_used;
        graphs_await_store(l);
    }
}

static store *pick_eager(const candidates *c, choice_kind kind) {
    bool newest =
        (kind == CHOOSE_PLACE && m.fault == MODEL_NEVER_LATE) || (kind == CHOOSE_READ && m.fault == MODEL_NEVER_STALE);
    return c->at[c->n > 1 && !newest ? choose(kind, c->n) : 0];
}

static int16_t distance(const store *s) {
    int16_t n = 0;
    for (; s->next != NONE; s = &m.stores[s->next]) n++;
    return n;
}

static store *pick(location *l, int order, choice_kind kind, bool (*fits)(const store *, const void *),
                   const void *arg) {
    candidates c;
    if (order == SEQ_CST) m.left_out = true; /* of graphs: they would need an order of these */
    if (m.lazy && kind == CHOOSE_READ) return pick_or_wait(&c, l, order, fits, arg);
    collect(&c, l, order, fits, arg);
    return pick_eager(&c, kind);
}

/* -- effects -- */

static void read_effect(location *l, store *s, int order, event *e) {
    if (s->next != NONE) m.counts.stale++;
    e->reads = true;
    e->before = s->value;
    if (m.tracing) e->stale = distance(s);
    if (order == SEQ_CST) s->seq_cst = true;
    history_read(l, s);
    if (acquires(order)) vclock_join(&m.self->clock, &s->release);
}

static store *write_effect(cell *c, location *l, store *after, uint64_t value, int order, event *e) {
    value = narrow(value, l->size);
    store *s = history_append(l, after, value, e->site);
    if (releases(order)) s->release = m.self->clock;
    s->seq_cst = order == SEQ_CST;
    if (s->next == NONE) {
        memory_save(c);
        real_store(l->address, l->size, value);
    } else {
        m.counts.late++;
        if (m.tracing) e->late = distance(s);
    }
    m.self->spinning = false;
    e->writes = true;
    e->after = value;
    return s;
}

static void rmw_effect(cell *c, location *l, store *source, uint64_t value, int order, event *e) {
    vclock carried = source->release;
    read_effect(l, source, order, e);
    store *s = write_effect(c, l, source, value, order, e);
    s->rmw = true;
    if (m.fault != MODEL_RMW_CUTS) vclock_join(&s->release, &carried);
}

static void begin(const char *what, uintptr_t address, unsigned bytes, access_kind kind, const void *site, cell **c,
                  location **l) {
    schedule_point(what, kind == ATOMIC_READ, site);
    *c = memory_cell(address);
    race_check(*c, address, bytes, kind, site);
    *l = history_location(*c, address, bytes);
}

static event *trace_atomic(const char *what, uintptr_t address, int order, const void *site) {
    event *e = trace(what, address, site);
    e->order = order;
    return e;
}

store *atomic_compared(location *l) { return pick(l, RELAXED, CHOOSE_READ, any_store, NULL); }

static void end(void) { m.self->clock.of[m.running]++; }

/* -- operations -- */

uint64_t atomic_load(uintptr_t address, unsigned bytes, int order, const void *site) {
    if (native(address)) return real_load(address, bytes);
    cell *c;
    location *l;
    begin("load", address, bytes, ATOMIC_READ, site, &c, &l);
    store *s = pick(l, order, CHOOSE_READ, any_store, NULL);
    read_effect(l, s, order, trace_atomic("load", address, order, site));
    end();
    return s->value;
}

void atomic_store(uintptr_t address, unsigned bytes, uint64_t value, int order, const void *site) {
    if (native(address)) {
        real_store(address, bytes, value);
        return;
    }
    cell *c;
    location *l;
    graphs_note(address);
    begin("store", address, bytes, ATOMIC_WRITE, site, &c, &l);
    store *before = pick(l, order, CHOOSE_PLACE, free_behind, NULL);
    write_effect(c, l, before, value, order, trace_atomic("store", address, order, site));
    end();
}

uint64_t atomic_rmw(rmw op, uintptr_t address, unsigned bytes, uint64_t operand, int order, const void *site) {
    static const char *const names[] = {"xchg", "add", "sub", "and", "or", "xor", "nand"};
    if (native(address)) {
        uint64_t old = real_load(address, bytes);
        real_store(address, bytes, apply(op, old, operand));
        return old;
    }
    cell *c;
    location *l;
    graphs_note(address);
    begin(names[op], address, bytes, ATOMIC_WRITE, site, &c, &l);
    store *s = pick(l, order, CHOOSE_READ, free_behind, NULL);
    rmw_effect(c, l, s, apply(op, s->value, operand), order, trace_atomic(names[op], address, order, site));
    end();
    return s->value;
}

/* A weak one may fail on the value it wants, a few times a schedule. */
static bool fails_for_no_reason(bool weak) {
    if (!weak || m.weak_left == 0 || choose(CHOOSE_WEAK, 2) == 0) return false;
    m.weak_left--;
    hash_add(hash_mix(hash_event(), 0x77));
    return true;
}

bool atomic_cas(uintptr_t address, unsigned bytes, uint64_t *seen, uint64_t to, int order, int fail, bool weak,
                const void *site) {
    if (native(address)) {
        uint64_t old = real_load(address, bytes);
        bool same = old == *seen;
        if (same) real_store(address, bytes, to);
        *seen = old;
        return same;
    }
    cell *c;
    location *l;
    uint64_t wanted = narrow(*seen, bytes);
    graphs_note(address);
    begin("cas", address, bytes, ATOMIC_READ, site, &c, &l);
    store *s = pick(l, order, CHOOSE_READ, cas_can, &wanted);
    *seen = s->value;
    bool done = s->value == wanted && !fails_for_no_reason(weak);
    event *e = trace_atomic("cas", address, done ? order : fail, site);
    if (done) {
        race_check(c, address, bytes, ATOMIC_WRITE, site);
        rmw_effect(c, l, s, to, order, e);
    } else {
        e->note = s->value == wanted ? "fails for no reason" : "fails";
        read_effect(l, s, fail, e);
    }
    end();
    return done;
}
