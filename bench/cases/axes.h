/* axes - the columns of the cases that have rows in more than one file (ours under bench/cases, libraries under
 * bench/peers). All rows of a case must have the same columns, so that they are said once, here.
 *
 *   case            unit       capacity   axes (full; quick)
 *   ring.spsc       ns/op      1024       shape 1p1c; batch 1 32
 *   ring.mpmc       ns/op      1024       shape 1p1c 2p2c 4p4c 8p8c; quick without 4p4c
 *   ring.mcast      ns/op      1024       shape 1p1c 1p2c 1p4c
 *   chan.handoff    ns/op      1024       shape as cubby.handoff; load quiet busy
 *   cubby.handoff   ns/op      1          shape 1p1c 2p2c 4p4c 8p8c 8p1c 1p8c; quick 1p1c 4p4c 8p1c; load quiet busy
 *   sort.events     ns/event   -          size 1024 65536; order random random64 sorted90 displaced sorted
 *   heap.dispatch   ns/op      -          size 1 26 256, pages; quick 26
 *   vectoring.*     ns/op      65536      size 64 1024 16384, bytes of a message; quick 64 16384; stream: shape 1p1c
 *   slp.parse       MB/s       -          mix mixed numbers strings symbols nested; size 33000 750000 64000000; quick without the last
 *   slp.command     ns/op      -          -
 *   slp.build walk verify ns/node, print MB/s   mix mixed; size 33000 750000
 *   slp.at          ns/op      -          size 10 1000 100000, the children of a list
 *   sched.*         ns/event   -          threads that run events: 1 2 2x; mix flat spawn source; size: events of a round
 *   co.chan, .cubby ns/op      -          shape 1p1c 4p4c 8p1c 1p8c; threads that run coroutines, each a loop: 1 2
 *   event.fanout    ns/op      1000       shape 1p1c 1p4c 4p4c: publishers, and subscribers who each get all; quick without 1p4c
 *   event.latency   ns         1000       mix paced idle
 *   event.await     ns/op      -          mix inside across
 *   event.memory    B          -          size 100000 awaits
 *   cmd.*           ns/op      -          mix set get, quick set; keys 10000; script: size 4000 sets
 *   kv.*            ns/op      -          keys 1k 1M 10M; dist; mix 95r5w 50r50w, or the kind of keys; threads 1 2 2x; tenants 1 1000;
 *                                         batch: keys of a multiget or a scan, sets of a commit. See cases/kv_data.h
 */
#ifndef WEIR_BENCH_CASES_AXES_H
#define WEIR_BENCH_CASES_AXES_H

#include "bench/case.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const bench_axis bench_axes_ring_spsc[];
extern const bench_axis bench_axes_ring_mpmc[];
extern const bench_axis bench_axes_ring_mcast[];
extern const bench_axis bench_axes_chan_handoff[];
extern const bench_axis bench_axes_cubby_handoff[];
extern const bench_axis bench_axes_sort_events[];
extern const bench_axis bench_axes_slp_parse[];
extern const bench_axis bench_axes_slp_buffer[];
extern const bench_axis bench_axes_slp_at[];
extern const bench_axis bench_axes_kv_load[];
extern const bench_axis bench_axes_kv_get[];
extern const bench_axis bench_axes_kv_mixed[];
extern const bench_axis bench_axes_kv_multiget[];
extern const bench_axis bench_axes_kv_scan[];
extern const bench_axis bench_axes_kv_del[];
extern const bench_axis bench_axes_kv_memory[];
extern const bench_axis bench_axes_kv_latency[];
extern const bench_axis bench_axes_kv_durable[];
extern const bench_axis bench_axes_sched_independent[];
extern const bench_axis bench_axes_sched_dag[];
extern const bench_axis bench_axes_sched_chain[];
extern const bench_axis bench_axes_sched_sortphase[];
extern const bench_axis bench_axes_sched_filter[];
extern const bench_axis bench_axes_sched_latency[];
extern const bench_axis bench_axes_heap_dispatch[];
extern const bench_axis bench_axes_vectoring_stream[];
extern const bench_axis bench_axes_vectoring_message[];
extern const bench_axis bench_axes_co_one[];
extern const bench_axis bench_axes_co_memory[];
extern const bench_axis bench_axes_co_handoff[];
extern const bench_axis bench_axes_co_chan[];
extern const bench_axis bench_axes_event_fanout[];
extern const bench_axis bench_axes_event_latency[];
extern const bench_axis bench_axes_event_await[];
extern const bench_axis bench_axes_event_memory[];
extern const bench_axis bench_axes_cmd_one[];
extern const bench_axis bench_axes_cmd_script[];

#ifdef __cplusplus
}
#endif
#endif
