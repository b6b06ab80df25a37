/* An alarm stands at the level of the highest digit (of 6 bits) in which its deadline differs from the wheel's time,
 * in the slot of that digit. So all of a level are due before all of the levels above, and in a level the lowest
 * occupied slot comes first. When time enters a slot of a level above 0, its alarms move down, in their order; none
 * can stand in a slot that time has passed. At level 0 a slot is one deadline. */
#include "sched/timer.h"

#include <assert.h>
#include <string.h>

static unsigned level_of(uint64_t deadline, uint64_t now) {
    uint64_t differ = deadline ^ now;
    return differ ? (63 - (unsigned)__builtin_clzll(differ)) / WEIR_WHEEL_BITS : 0;
}

/* Appends to the slot that the deadline belongs to now. */
static void put(weir_wheel *wheel, weir_alarm *alarm) {
    unsigned level = level_of(alarm->at, wheel->now);
    unsigned place = (unsigned)(alarm->at >> (level * WEIR_WHEEL_BITS)) % WEIR_WHEEL_SLOTS;
    weir_alarm *head = &wheel->slot[level * WEIR_WHEEL_SLOTS + place];
    alarm->next = head;
    alarm->prev = head->prev;
    head->prev->next = alarm;
    head->prev = alarm;
    wheel->occupied[level] |= (uint64_t)1 << place;
    wheel->levels |= 1U << level;
}

static void mark_empty(weir_wheel *wheel, const weir_alarm *head) {
    unsigned slot = (unsigned)(head - wheel->slot), level = slot / WEIR_WHEEL_SLOTS;
    wheel->occupied[level] &= ~((uint64_t)1 << slot % WEIR_WHEEL_SLOTS);
    if (!wheel->occupied[level]) wheel->levels &= ~(1U << level);
}

static void take_out(weir_wheel *wheel, weir_alarm *alarm) {
    alarm->prev->next = alarm->next;
    alarm->next->prev = alarm->prev;
    if (alarm->next == alarm->prev) mark_empty(wheel, alarm->next); /* only the head is left */
    alarm->next = NULL;
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

/* Time is at the start of this slot: each of its alarms now stands at a lower level. */
static void move_down(weir_wheel *wheel, weir_alarm *head) {
    weir_alarm *alarm = head->next;
    head->next = head->prev = head;
    mark_empty(wheel, head);
    for (weir_alarm *next; alarm != head; alarm = next) {
        next = alarm->next;
        put(wheel, alarm);
    }
}

void weir_wheel_init(weir_wheel *wheel, uint64_t now) {
    memset(wheel, 0, sizeof *wheel);
    wheel->now = now;
    for (weir_alarm *head = wheel->slot; head < wheel->slot + WEIR_WHEEL_LEVELS * WEIR_WHEEL_SLOTS; head++)
        head->next = head->prev = head;
}

void weir_wheel_add(weir_wheel *wheel, weir_alarm *alarm) {
    assert(!alarm->next);
    if (alarm->at == WEIR_FOREVER) return;
    if (alarm->at < wheel->now) alarm->at = wheel->now;
    put(wheel, alarm);
    wheel->count++;
}

bool weir_wheel_cancel(weir_wheel *wheel, weir_alarm *alarm) {
    if (!alarm->next) return false;
    take_out(wheel, alarm);
    return true;
}

weir_alarm *weir_wheel_take(weir_wheel *wheel, uint64_t until) {
    uint64_t start;
    for (unsigned slot; (slot = next_slot(wheel, &start)) != UINT32_MAX && start <= until;) {
        weir_alarm *head = &wheel->slot[slot], *alarm = head->next;
        wheel->now = start;
        if (slot < WEIR_WHEEL_SLOTS) {
            take_out(wheel, alarm);
            return alarm;
        }
        move_down(wheel, head);
    }
    if (until != WEIR_FOREVER && until > wheel->now) wheel->now = until;
    return NULL;
}

uint64_t weir_wheel_next(const weir_wheel *wheel) {
    uint64_t start;
    next_slot(wheel, &start);
    return start;
}
