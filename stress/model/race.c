/* Data races by vector clocks (FastTrack's idea, Flanagan and Freund, PLDI 2009, but exact: a cell keeps every access that
 * a later one could still race with). Two accesses race when they share a byte, one of them writes, not both are atomic,
 * and neither happens before the other. */
#include "stress/model/engine_p.h"

static bool happened(const struct access *a) { return a->clock <= m.self->clock.of[a->thread]; }

/* Whoever would race with `old` later on would race with the new access too. */
static bool outdated(const struct access *old, const struct access *now) {
    if ((old->bytes & ~now->bytes) || (old->write && !now->write) || (!old->atomic && now->atomic)) return false;
    return old->thread == now->thread || (happened(old) && now->write);
}

static void remember(cell *c, const struct access *now) {
    int n = 0;
    for (int i = 0; i < c->accesses; i++)
        if (!outdated(&c->access[i], now)) c->access[n++] = c->access[i];
    if (n == ACCESSES_MAX) schedule_convict(REFUSED, "more than %d accesses to remember of one word", ACCESSES_MAX);
    c->access[n++] = *now;
    c->accesses = (uint8_t)n;
}

static const char *word_for(const struct access *a) {
    if (a->atomic) return a->write ? "atomic write" : "atomic load";
    return a->write ? "write" : "read";
}

static void convict(const cell *c, const struct access *old, const struct access *now) {
    m.law_address = c->word + (unsigned)__builtin_ctz(old->bytes & now->bytes);
    event *e = trace(word_for(old), m.law_address, old->site); /* plain accesses are told only here */
    e->thread = (uint8_t)old->thread;
    e->note = "<- this, before,";
    trace(word_for(now), m.law_address, now->site)->note = "<- and this race";
    schedule_convict(RACE, "data race: %s by %c, %s by %c, and nothing orders them", word_for(old), 'a' + old->thread,
                     word_for(now), 'a' + now->thread);
}

/* Memory that no thread has any more: given back, or in a frame that its thread has left. */
static void check_alive(const cell *c, uintptr_t address, uint8_t bytes, const void *site) {
    int stack = fibre_of(address);
    bool gone = stack >= 0 && stack != m.running &&
                (m.threads[stack].state == DONE || fibre_dead(&m.threads[stack].fibre, address));
    if (!gone && !(c->retired & bytes)) return;
    m.law_address = address;
    trace("access", address, site)->note = "<- nobody's memory";
    if (!gone) schedule_convict(DEAD_MEMORY, "%c touches memory that was given back", 'a' + m.running);
    schedule_convict(DEAD_MEMORY, "%c touches the stack of %c, which has left that function", 'a' + m.running,
                     'a' + stack);
}

void race_check(cell *c, uintptr_t address, unsigned bytes, access_kind kind, const void *site) {
    struct access now = {m.self->clock.of[m.running],
                         (uint8_t)m.running,
                         (uint8_t)(((1u << bytes) - 1) << (address & 7)),
                         kind & 1,
                         kind >= ATOMIC_READ,
                         site};
    check_alive(c, address, now.bytes, site);
    for (int i = 0; i < c->accesses; i++) {
        const struct access *old = &c->access[i];
        if ((old->bytes & now.bytes) && (old->write || now.write) && !(old->atomic && now.atomic) && !happened(old))
            convict(c, old, &now);
    }
    remember(c, &now);
}

/* After a plain write the bytes have a new first value: those who access them atomically happen after it, or race. */
static void forget_locations(cell *c, uintptr_t address, unsigned bytes) {
    unsigned first = (unsigned)(address & 7), last = first + bytes - 1;
    for (int half = 0; half < 2; half++) {
        if (c->location[half] == NONE) continue;
        unsigned from = (unsigned)(m.locations[c->location[half]].address & 7);
        unsigned to = from + m.locations[c->location[half]].size - 1;
        if (first <= to && from <= last) c->location[half] = NONE;
    }
}

void race_range(uintptr_t address, size_t bytes, bool write, const void *site) {
    while (bytes > 0) {
        unsigned part = 8 - (unsigned)(address & 7);
        if (part > bytes) part = (unsigned)bytes;
        cell *c = memory_cell(address);
        if (write) memory_save(c);
        if (schedule_threads()) {
            race_check(c, address, part, write ? PLAIN_WRITE : PLAIN_READ, site);
            if (write) forget_locations(c, address, part);
        }
        address += part;
        bytes -= part;
    }
}

/* -- memory that is given back -- */

static void mark(uintptr_t address, size_t bytes, bool retired) {
    for (size_t i = 0; i < bytes; i++) {
        uint8_t bit = (uint8_t)(1u << (address + i) % 8);
        cell *c = memory_cell(address + i);
        c->retired = (uint8_t)(retired ? c->retired | bit : c->retired & ~bit);
    }
}

void model_retire(void *p, unsigned long bytes) {
    if (m.running == NOBODY) return;
    race_range((uintptr_t)p, bytes, true, __builtin_return_address(0)); /* whoever has used it must have ended */
    mark((uintptr_t)p, bytes, true);
}

void model_renew(void *p, unsigned long bytes) {
    if (m.running != NOBODY) mark((uintptr_t)p, bytes, false);
}
