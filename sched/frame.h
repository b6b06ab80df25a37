/* frame - coroutines that a scheduler schedules: each resumption is the data part of an event.
 *
 * When to use      Simulations and state machines whose code shall wait in its middle, in virtual time, with the same
 *                  outcome for any number of workers. Many activities beside sockets: loop.h.
 * What it is       A weir_frames is a home of coroutines (co.h) within one domain of a scheduler of the family `order`.
 *                  Each turn of a coroutine is an event without a run part. A coroutine that yields goes on in an event
 *                  at the same key, behind all others of that key; one that sleeps until a key, in one at that key; one
 *                  that is woken in a turn of the same home, in one at that turn's key. All these are children of the
 *                  turn in which they came about: the order of turns is the scheduler's total order, so it is the same
 *                  for any number of workers. A wake, spawn or post from elsewhere comes through the home's own source
 *                  and runs at the lowest key still possible: it is an input, and when it comes is chance.
 * Shape, units     Time is the scheduler's: keys. weir_co_now is the key of the turn; WEIR_SLEEP and deadlines are
 *                  keys, too. An alarm that is not needed any more stays an event that does nothing.
 * Ownership        As loop.h. Events are taken from the heap, and kept for later ones.
 * Threads          One turn at a time, on any worker. spawn, post, wakes: any thread. Cancels: in a turn, so by a post.
 * Errors           See open. The scheduler's policy for late keys must not be WEIR_LATE_REJECT. When the system refuses
 *                  memory for an event the program ends, with a message.
 * Limits           weir_co.stay is ignored.
 * Checked by       sched/frame_test.c.
 */
#ifndef WEIR_SCHED_FRAME_H
#define WEIR_SCHED_FRAME_H

#include "co.h"
#include "sched.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_frames weir_frames;

/* Makes a home in that domain; opens `stream` as its source. OK; NOTSUP: not of the family `order`, or late keys are
 * rejected; what weir_source_open answers; BAD: no such domain; NOMEM. */
weir_sched_status weir_frames_open(weir_sched *s, uint32_t stream, uint32_t domain, weir_frames **out);

/* Ends it when all its coroutines have ended: 0. Otherwise how many are left, and nothing has happened. The scheduler
 * is quiet (weir_sched_wait), and nobody spawns or posts. */
size_t weir_frames_close(weir_frames *frames);

/* Starts a coroutine; *co has been cleared but for what the body will look at. Any thread. */
void weir_frames_spawn(weir_frames *frames, weir_co *co, const weir_co_type *type);

/* The same with its struct, which begins with a weir_co, filled first. */
#define WEIR_FRAMES_SPAWN(...) WEIR_FRAMES_SPAWN_(__VA_ARGS__, .co.frame.at = 0)
#define WEIR_FRAMES_SPAWN_(frames, name, memory, ...) \
    (*(memory) = (struct name){__VA_ARGS__}, weir_frames_spawn(frames, &(memory)->co, &name##_type))

/* Runs post->run in a turn. Any thread. */
void weir_frames_post(weir_frames *frames, weir_post *post);

/* In a turn: the scheduler's handle, to submit other events; NULL outside. */
weir_turn *weir_frames_turn(weir_frames *frames);

#ifdef __cplusplus
}
#endif
#endif
