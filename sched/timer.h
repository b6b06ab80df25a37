/* timer - a hierarchical wheel of timers: add and cancel in constant time, expiry in the order of the deadlines.
 *
 * When to use      Many deadlines, most of which are cancelled before they come: timeouts of connections and of waits. Real or
 *                  virtual time.
 * Shape, units     Deadlines are any uint64_t that only grows: ns of CLOCK_MONOTONIC in a loop, keys in virtual time. They are
 *                  kept exactly: 11 levels of 64 slots cover all 64 bits. sizeof(weir_wheel) is 5.8 kB, a timer 40 bytes.
 * Ownership        A timer is memory of the caller. It belongs to the wheel from weir_timer_add until it was taken or cancelled,
 *                  and must stay where it is. All zero is a timer that is not armed. Nothing is allocated.
 * Promise          Timers are taken by deadline; of the same deadline, first added first taken. None is taken early.
 * Threads          One at a time, for a wheel and all its timers.
 * Progress         add, cancel: a fixed number of steps. take: a timer is moved down once a level at most, 10 times in its life.
 * Source           Varghese, Lauck (SOSP 1987), scheme 6/7; occupancy bitmaps as in Ahern, timeout.c (2013).
 * Checked by       sched/timer_test.c: every operation beside a sorted list.
 */
#ifndef WEIR_SCHED_TIMER_H
#define WEIR_SCHED_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "../prims/platform.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WEIR_WHEEL_BITS = 6, WEIR_WHEEL_SLOTS = 64, WEIR_WHEEL_LEVELS = 11 };

typedef struct weir_timer weir_timer;
struct weir_timer {
    uint64_t deadline;
    void (*fire)(weir_timer *timer); /* for whoever takes it; the wheel does not look at it */
    weir_timer *next, *prev;         /* the library's: a ring, whose first is the slot's */
    uint32_t slot;                   /* the library's: 0: not armed, else 1 + level * 64 + place */
};

typedef struct weir_wheel {
    uint64_t now;
    uint64_t count;                       /* timers inside */
    uint64_t occupied[WEIR_WHEEL_LEVELS]; /* a bit for each slot that is not empty */
    uint32_t levels;                      /* a bit for each level that is not empty */
    weir_timer *slot[WEIR_WHEEL_LEVELS * WEIR_WHEEL_SLOTS];
} weir_wheel;

/* An empty wheel whose time is `now`. */
void weir_wheel_init(weir_wheel *wheel, uint64_t now);

/* Arms a timer, which is not armed. A deadline in the past is due at once, behind those that are due at the wheel's time.
 * WEIR_FOREVER: never due, and stays unarmed. */
void weir_timer_add(weir_wheel *wheel, weir_timer *timer, uint64_t deadline);

/* Disarms it. False: it was not armed, for it was taken, cancelled or never added. */
bool weir_timer_cancel(weir_wheel *wheel, weir_timer *timer);

/* In a wheel? */
static inline bool weir_timer_armed(const weir_timer *timer) { return timer->slot != 0; }

/* Removes and returns the next timer due at `until` or before it, and moves the wheel's time to its deadline. NULL: none; then
 * the wheel's time is `until`. WEIR_FOREVER: the next one whenever it is due, which is how virtual time jumps; when there is
 * none, time stays. Timers may be added and cancelled between two calls. */
weir_timer *weir_wheel_take(weir_wheel *wheel, uint64_t until);

/* No timer is due before this; WEIR_FOREVER: there is none. It is the next deadline itself when that lies within 64 of the
 * wheel's time, otherwise the start of its slot: who sleeps until then and takes gets nothing, and asks again; at most 10 times
 * a timer. */
uint64_t weir_wheel_next(const weir_wheel *wheel);

#ifdef __cplusplus
}
#endif
#endif
