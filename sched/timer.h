/* timer - a hierarchical wheel of alarms: add and cancel in constant time, expiry in the order of the deadlines.
 *
 * When to use      Many deadlines, most of which are cancelled before they come: timeouts of connections and of waits.
 *                  Real or virtual time.
 * Shape, units     Deadlines are any uint64_t that only grows: ns of CLOCK_MONOTONIC in a loop, keys in virtual time.
 *                  They are kept exactly: 11 levels of 64 slots cover all 64 bits. sizeof(weir_wheel) is 22 kB, an
 *                  alarm 32 bytes.
 * Ownership        An alarm is memory of the caller. It belongs to the wheel from add until it was taken or cancelled,
 *                  and must stay where it is. All zero is one that is not armed. Nothing is allocated.
 * Promise          Alarms are taken by deadline; of the same deadline, first added first taken. None is taken early.
 * Threads          One at a time, for a wheel and all its alarms.
 * Progress         add, cancel: a fixed number of steps. take: an alarm is moved down once a level at most, 10 times in
 *                  its life.
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

typedef struct weir_alarm weir_alarm;
struct weir_alarm {
    weir_alarm *next, *prev;         /* the library's. next is NULL: not armed */
    uint64_t at;                     /* set before add; the wheel raises one in the past to its time */
    void (*ring)(weir_alarm *alarm); /* for whoever takes it; the wheel does not look at it */
};

typedef struct weir_wheel {
    uint64_t now;
    uint64_t count;                                        /* alarms inside */
    uint64_t occupied[WEIR_WHEEL_LEVELS];                  /* a bit for each slot that is not empty */
    uint32_t levels;                                       /* a bit for each level that is not empty */
    weir_alarm slot[WEIR_WHEEL_LEVELS * WEIR_WHEEL_SLOTS]; /* each the head of a circle */
} weir_wheel;

/* An empty wheel whose time is `now`. */
void weir_wheel_init(weir_wheel *wheel, uint64_t now);

/* Arms an alarm, which is not armed, for alarm->at. In the past: it is due at once, behind those that are due at the
 * wheel's time. WEIR_FOREVER: never due, and not armed. */
void weir_wheel_add(weir_wheel *wheel, weir_alarm *alarm);

/* Disarms it, whatever alarm->at is now. False: it was not armed, for it was taken, cancelled or never added. */
bool weir_wheel_cancel(weir_wheel *wheel, weir_alarm *alarm);

/* Removes and returns the next alarm due at `until` or before it, and moves the wheel's time to its deadline. NULL:
 * none; then the wheel's time is `until`. WEIR_FOREVER: the next one whenever it is due, which is how virtual time
 * jumps; when there is none, time stays. Alarms may be added and cancelled between two calls. */
weir_alarm *weir_wheel_take(weir_wheel *wheel, uint64_t until);

/* No alarm is due before this; WEIR_FOREVER: there is none. It is the next deadline itself when that lies within 64
 * of the wheel's time, otherwise the start of its slot: who sleeps until then and takes gets nothing, and asks
 * again; at most 10 times an alarm. */
uint64_t weir_wheel_next(const weir_wheel *wheel);

#ifdef __cplusplus
}
#endif
#endif
