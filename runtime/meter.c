#include "runtime/meter_p.h"

#include <stdlib.h>
#include <string.h>

/* xorshift; 1 to 2 * every - 1, each as likely as the other. */
bool weir_meter_draw(weir_meter *m) {
    m->left = UINT32_MAX;
    if (m->every == UINT32_MAX) return false;
    m->random ^= m->random << 13;
    m->random ^= m->random >> 7;
    m->random ^= m->random << 17;
    m->left = 1 + (uint32_t)((m->random >> 32) * (2 * (uint64_t)m->every - 1) >> 32);
    return true;
}

bool weir_meters_init(weir_meters *all, uint32_t commands, uint32_t every) {
    *all = (weir_meters){.places = WEIR_COUNT_COMMANDS + 2 * commands, .every = every};
    weir_lock_init(&all->lock);
    return (all->gone = calloc(all->places, sizeof *all->gone)) != NULL;
}

void weir_meters_free(weir_meters *all) { free(all->gone); }

/* Blocks of whole cache lines: no two threads count in one. */
weir_meter *weir_meter_begin(weir_meters *all) {
    size_t bytes = sizeof(weir_meter) + all->places * sizeof(weir_a64);
    bytes = (bytes + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE;
    weir_meter *m = aligned_alloc(WEIR_CACHE_LINE, bytes);
    if (!m) return NULL;
    memset(m, 0, bytes);
    m->left = 1; /* the first command has its time taken */
    m->every = all->every;
    m->random = UINT64_C(0x9e3779b97f4a7c15) ^ (uintptr_t)m;
    weir_lock_acquire(&all->lock);
    m->next = all->first;
    if (m->next) m->next->prev = m;
    all->first = m;
    weir_lock_release(&all->lock);
    return m;
}

static void add_up(const weir_meters *all, const weir_meter *m, uint64_t *to) {
    for (uint32_t i = 0; i < all->places; i++) to[i] += weir_a64_load(&m->count[i]);
}

void weir_meter_end(weir_meters *all, weir_meter *m) {
    if (!m) return;
    weir_lock_acquire(&all->lock);
    add_up(all, m, all->gone);
    *(m->prev ? &m->prev->next : &all->first) = m->next;
    if (m->next) m->next->prev = m->prev;
    weir_lock_release(&all->lock);
    free(m);
}

void weir_meters_sum(weir_meters *all, uint64_t *to) {
    weir_lock_acquire(&all->lock);
    memcpy(to, all->gone, all->places * sizeof *to);
    for (const weir_meter *m = all->first; m; m = m->next) add_up(all, m, to);
    weir_lock_release(&all->lock);
}
