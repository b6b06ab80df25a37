/* told_p - what ThreadSanitizer is told about sections and grace periods, since it does not see liburcu. Private to kv/rcu.
 *
 * With it the sections are calls: what liburcu inlines reports to the grace period by words that TSan would take for races. */
#ifndef WEIR_KV_RCU_TOLD_P_H
#define WEIR_KV_RCU_TOLD_P_H

#if defined(__SANITIZE_THREAD__)
#define WEIR_RCU_TOLD 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEIR_RCU_TOLD 1
#endif
#endif

#ifdef WEIR_RCU_TOLD
#include <sanitizer/tsan_interface.h>
#define WEIR_RCU_RELEASE_(at) __tsan_release(at)
#define WEIR_RCU_ACQUIRE_(at) __tsan_acquire(at)
#else
#define WEIR_RCU_RELEASE_(at) (void)(at)
#define WEIR_RCU_ACQUIRE_(at) (void)(at)
#endif

#endif
