/* A timer stands at the level of the highest digit (of 6 bits) in which its deadline differs from the wheel's time, in the slot
 * of that digit. So all of a level are due before all of the levels above, and in a level the lowest occupied slot comes first.
 * When time enters a slot of a level above 0, its timers move down, in their order; none can stand in a slot that time has
 * passed. At level 0 a slot is one deadline. */
#include "sched/timer.h"

#include <assert.h>
#include <string.h>

static unsigned level_of(uint64_t deadline, uint64_t now) {
    uint64_t differ = deadline ^ now;
    return differ ? (63 - (unsigned)__builtin_clzll(differ)) / WEIR_WHEEL_BITS : 0;
}

/* Appends to the slot that the deadline belongs to now. */
static void put(weir_wheel *wheel, weir_timer *timer) {
    unsigned level = level_of(timer->deadline, wheel->now);
    unsigned place = (unsigned)(timer->deadline >> (level * WEIR_WHEEL_BITS)) % WEIR_WHEEL_SLOTS;
    unsigned slot = level * WEIR_WHEEL_SLOTS + place;
    weir_timer *first = wheel->slot[slot];
    timer->slot = slot + 1;
    if (first) {
        timer->next = first;
        timer->prev = first->prev;
        first->prev->next = timer;
        first->prev = timer;
    } else {
        timer->next = timer->prev = timer;
        wheel->slot[slot] = timer;
        wheel->occupied[level] |= (uint64_t)1 << place;
        wheel->levels |= 1U << level;
    }
}

static void empty(weir_wheel *wheel, unsigned slot) {
    unsigned level = slot / WEIR_WHEEL_SLOTS;
    wheel->slot[slot] = NULL;
    wheel->occupied[level] &= ~((uint64_t)1 << slot % WEIR_WHEEL_SLOTS);
    if (!wheel->occupied[level]) wheel->levels &= ~(1U << level);
}

static void unlink_timer(weir_wheel *wheel, weir_timer *timer) {
    unsigned slot = timer->slot - 1;
    timer->prev->next = timer->next;
    timer->next->prev = timer->prev;
    if (timer->next == timer) empty(wheel, slot);
    else if (wheel->slot[slot] == timer) wheel->slot[slot] = timer->next;
    timer->slot = 0;
    wheel->count--;
}

/* The slot that time enters next, and when; UINT32_MAX: the wheel is empty. */
static unsigned next_slot(const weir_wheel *wheel, uint64_t *start) {
    *start = WEIR_FOREVER;
    if (!wheel->levels) return UINT32_MAX;
    unsigned level = (unsigned)__builtin_ctz(wheel->levels), shift = level * WEIR_WHEEL_BITS;
    unsigned place = (unsigned)__builtin_ctzll(wheel->occupied[level]);
    uint64_t above = wheel->now >> shift >> WEIR_WHEEL_BITS << WEIR_WHEEL_BITS; /* in two steps: 64 bits may leave */
    *start = (above | place) << shift;
    return level * WEIR_WHEEL_SLOTS + place;
}

/* Time is at the start of this slot: each of its timers now stands at a lower level. */
static void move_down(weir_wheel *wheel, unsigned slot) {
    weir_timer *first = wheel->slot[slot], *timer = first, *next;
    empty(wheel, slot);
    do {
        next = timer->next;
        put(wheel, timer);
        timer = next;
    } while (timer != first);
}

void weir_wheel_init(weir_wheel *wheel, uint64_t now) {
    memset(wheel, 0, sizeof *wheel);
    wheel->now = now;
}

void weir_timer_add(weir_wheel *wheel, weir_timer *timer, uint64_t deadline) {
    assert(!weir_timer_armed(timer));
    timer->deadline = deadline;
    if (deadline == WEIR_FOREVER) return;
    if (deadline < wheel->now) timer->deadline = wheel->now;
    put(wheel, timer);
    wheel->count++;
}

bool weir_timer_cancel(weir_wheel *wheel, weir_timer *timer) {
    if (!weir_timer_armed(timer)) return false;
    unlink_timer(wheel, timer);
    return true;
}

weir_timer *weir_wheel_take(weir_wheel *wheel, uint64_t until) {
    uint64_t start;
    for (unsigned slot; (slot = next_slot(wheel, &start)) != UINT32_MAX && start <= until;) {
        wheel->now = start;
        if (slot >= WEIR_WHEEL_SLOTS) {
            move_down(wheel, slot);
            continue;
        }
        weir_timer *timer = wheel->slot[slot];
        unlink_timer(wheel, timer);
        return timer;
    }
    if (until != WEIR_FOREVER && until > wheel->now) wheel->now = until;
    return NULL;
}

uint64_t weir_wheel_next(const weir_wheel *wheel) {
    uint64_t start;
    next_slot(wheel, &start);
    return start;
}
