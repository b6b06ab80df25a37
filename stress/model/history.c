/* The stores of a location in modification order, and which of them a thread may see.
 *
 * A thread may not read a store that is older, in modification order, than one it knows: one that happens before it, or
 * that was read by itself or by a read that happens before it (the four coherence rules). `history_known` answers from
 * vector clocks alone: the store's own time, and for each thread the time of its first read. */
#include "stress/model/engine_p.h"

static int16_t new_store(uint64_t value, const void *site) {
    if (m.stores_used == STORES_MAX) schedule_convict(REFUSED, "more than %d stores in one schedule", STORES_MAX);
    store *s = &m.stores[m.stores_used];
    *s = (store){.value = value, .first_read = vclock_all(NEVER), .site = site, .prev = NONE, .next = NONE};
    return m.stores_used++;
}

static uint64_t real_value(uintptr_t address, unsigned bytes) {
    return bytes == 4 ? *(const uint32_t *)address : *(const uint64_t *)address;
}

/* The first atomic access of a schedule finds in memory what setup, or a plain write, has left there. */
static location *new_location(cell *c, uintptr_t address, unsigned bytes) {
    if (m.locations_used == LOCATIONS_MAX) schedule_convict(REFUSED, "more than %d atomic words", LOCATIONS_MAX);
    int16_t i = m.locations_used++;
    location *l = &m.locations[i];
    int16_t first = new_store(real_value(address, bytes), NULL);
    *l = (location){address, hash_mix(address, 0x51), (uint8_t)bytes, first, first};
    m.stores[l->newest].event = l->event;
    c->location[address >> 2 & 1] = i;
    if (bytes == 8) c->location[1] = i;
    return l;
}

location *history_location(cell *c, uintptr_t address, unsigned bytes) {
    int16_t i = c->location[address >> 2 & 1];
    if (i != NONE && m.locations[i].address == address && m.locations[i].size == bytes) return &m.locations[i];
    if (i != NONE || (bytes == 8 && c->location[1] != NONE))
        schedule_convict(REFUSED, "atomic operations of different sizes on the same bytes");
    return new_location(c, address, bytes);
}

bool history_known(const store *s) {
    const vclock *now = &m.self->clock;
    return s->clock <= now->of[s->thread] || vclock_any_reached(&s->first_read, now);
}

static uint64_t link_of(const store *before, const store *after) { return hash_mix(before->event, after->event); }

/* What the running thread has seen of l since its last pause, or NULL. */
looked *looked_at(const location *l) {
    struct thread *t = m.self;
    for (int i = 0; i < t->looks && i < LOOKED_MAX; i++)
        if (&m.locations[t->looked[i].location] == l) return &t->looked[i];
    return NULL;
}

store *history_append(location *l, store *after, uint64_t value, const void *site) {
    int16_t i = new_store(value, site);
    store *s = &m.stores[i];
    s->thread = (uint8_t)m.running;
    s->clock = m.self->clock.of[m.running];
    s->event = hash_event();
    s->prev = (int16_t)(after - m.stores);
    s->next = after->next;
    after->next = i;
    l->latest = i;
    hash_add(link_of(after, s));
    if (s->next == NONE) {
        l->newest = i;
    } else {
        store *next = &m.stores[s->next];
        next->prev = i;
        hash_sub(link_of(after, next));
        hash_add(link_of(s, next));
    }
    looked *mine = looked_at(l);
    if (mine && &m.stores[mine->store] == after) mine->store = i; /* no news to who wrote it: a spin loop may write */
    return s;
}

void history_read(location *l, store *s) {
    int16_t now = m.self->clock.of[m.running];
    if (s->first_read.of[m.running] > now) s->first_read.of[m.running] = now;
    if (s->next != NONE && s->stale[m.running] < UINT8_MAX) s->stale[m.running]++;
    hash_add(hash_mix(hash_event(), s->event));
    struct thread *t = m.self;
    looked *mine = looked_at(l), now_seen = {(int16_t)(l - m.locations), (int16_t)(s - m.stores)};
    if (mine) {
        *mine = now_seen;
        return;
    }
    if (t->looks < LOOKED_MAX) t->looked[t->looks] = now_seen;
    t->looks++;
}
