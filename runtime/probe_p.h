/* probe - places where a tracer may look in: bpftrace, perf, SystemTap. Each is one instruction that does nothing, and a note
 * in the file; without <sys/sdt.h> (systemtap-sdt-dev) when it was built there are none.
 *
 *     bpftrace -e 'usdt:./weir:weir:event__admitted { @[arg0, arg1] = count(); }'
 *
 *     session__open session__close          scope
 *     event__admitted                       channel, topic, queues it was put into
 *     run__begin run__end                   channel, topic of the event that a handler handles
 *     command__begin command__end           name. begin .. end of one call may lie on two threads, and on either side of a park
 *     await__parked await__woken            channel, topic
 */
#ifndef WEIR_RUNTIME_PROBE_P_H
#define WEIR_RUNTIME_PROBE_P_H

#if WEIR_HAVE_SDT /* 0 or 1, by CMake */
#include <sys/sdt.h>
#ifdef __clang__ /* which looks into that header's macros where they are used */
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments"
#endif
#define WEIR_PROBE1(name, a) DTRACE_PROBE1(weir, name, a)
#define WEIR_PROBE2(name, a, b) DTRACE_PROBE2(weir, name, a, b)
#define WEIR_PROBE3(name, a, b, c) DTRACE_PROBE3(weir, name, a, b, c)
#else
#define WEIR_PROBE1(name, a) ((void)(a))
#define WEIR_PROBE2(name, a, b) ((void)(a), (void)(b))
#define WEIR_PROBE3(name, a, b, c) ((void)(a), (void)(b), (void)(c))
#endif

#endif
