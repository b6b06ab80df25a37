/* sim - a runtime on one thread, whose time, order and failing store are a seed's: a run that can be repeated to the last step.
 *
 *     static void body(void *arg) {
 *         weir_runtime_open(... foreign ...); sim_watch(runtime);
 *         ...                     calls that wait run what is ready, and when nothing is, time goes on to the next alarm
 *     }
 *     sim_run(seed, body, arg);
 *
 * Time             weir_now_ns goes on by chance at each look, and to what is waited for when nothing else is left.
 * Order            What is submitted to a scheduler with an order has a little chance added to its key.
 * Store            sim_break_store: from now on one call in so many fails with IO.
 * Killed           sim_kill_behind: the process is killed right behind a batch of its store; with real threads and time, too.
 * Stuck            When nothing is ready and no alarm is set, the thread would wait for ever: a violation, and the end of
 *                  the body, which leaves everything as it lies.
 * How              The programs are linked with --wrap of the functions named; on all other threads they are as ever.
 */
#ifndef WEIR_STRESS_SIM_H
#define WEIR_STRESS_SIM_H

#include "runtime/weir.h"
#include "stress/check.h"

/* body(arg), on the calling thread with virtual time; returns when it does, or when it is stuck. */
void sim_run(uint64_t seed, void (*body)(void *arg), void *arg);

/* In body: */
void sim_watch(const weir_runtime *runtime); /* its alarms are those that time goes on to; NULL: none */
void sim_break_store(uint32_t one_in);       /* 0: none */
void sim_pass(uint64_t ns);                  /* time goes on, and nothing runs meanwhile */
uint64_t sim_now(void);                      /* without a look */

/* Anywhere: SIGKILL behind the nth batch of any store from now on, before whoever asked for it is answered; 0: never. */
void sim_kill_behind(uint32_t n);

#endif
