/* rcu - the only file of Weir that knows liburcu. Private to kv, never installed.
 *
 * The flavour is a choice of the build, WEIR_RCU. In all of them a thread registers by its first section and unregisters by
 * itself when it ends.
 *   weir_rcu_begin, weir_rcu_end        a read section; may be nested; wait-free
 *   weir_rcu_synchronize                waits until every section that was open when it was called has ended; outside of sections
 *   weir_rcu_call                       calls fn(head) on a thread of liburcu's after such a wait; never waits itself
 *   weir_rcu_barrier                    waits until all calls handed over before have been made
 *   weir_rcu_offline, weir_rcu_online   round anything that blocks outside of sections (qsbr; nothing in the others)
 *   weir_rcu_inside                     whether the calling thread is in a section: for assertions
 * Slots are published by weir_aptr_store_release and read by weir_aptr_load_acquire.
 * ThreadSanitizer does not see how liburcu orders things, so each flavour tells it: what a section did happens before the return
 * of the synchronize that waited for it, and before the calls (release before end, acquire after synchronize). */
#ifndef WEIR_KV_RCU_H
#define WEIR_KV_RCU_H

#include "../kv/config.h"
#include "prims/variant.h"

#ifdef WEIR_MODEL
#include "kv/rcu/model.h"
#define WEIR_RCU_(op) weir_rcu_model##op
#else
#include "kv/rcu/bp.h"
#include "kv/rcu/memb.h"
#include "kv/rcu/qsbr.h"
#define WEIR_RCU_(op) WEIR_BIND(rcu, WEIR_RCU, op)
#endif

typedef WEIR_RCU_(_head) weir_rcu_head;

static inline void weir_rcu_begin(void) { WEIR_RCU_(_begin)(); }
static inline void weir_rcu_end(void) { WEIR_RCU_(_end)(); }
static inline bool weir_rcu_inside(void) { return WEIR_RCU_(_inside)(); }
static inline void weir_rcu_synchronize(void) { WEIR_RCU_(_synchronize)(); }
static inline void weir_rcu_call(weir_rcu_head *head, void (*fn)(weir_rcu_head *)) { WEIR_RCU_(_call)(head, fn); }
static inline void weir_rcu_barrier(void) { WEIR_RCU_(_barrier)(); }
static inline void weir_rcu_offline(void) { WEIR_RCU_(_offline)(); }
static inline void weir_rcu_online(void) { WEIR_RCU_(_online)(); }

#undef WEIR_RCU_

#endif
