#include "bench/cases/axes.h"

#define WAITING_SHAPES \
    { "shape", "1p1c,2p2c,4p4c,8p8c,8p1c,1p8c", "1p1c,4p4c,8p1c" }
#define LOADS \
    { "load", "quiet,busy", "quiet,busy" }
#define CAPACITY \
    { "capacity", "1024", "1024" }
#define END \
    { NULL, NULL, NULL }

const bench_axis bench_axes_ring_spsc[] = {{"shape", "1p1c", "1p1c"}, {"batch", "1,32", "1,32"}, CAPACITY, END};
const bench_axis bench_axes_ring_mpmc[] = {{"shape", "1p1c,2p2c,4p4c,8p8c", "1p1c,2p2c,8p8c"}, CAPACITY, END};
const bench_axis bench_axes_ring_mcast[] = {{"shape", "1p1c,1p2c,1p4c", "1p1c,1p2c,1p4c"}, CAPACITY, END};
const bench_axis bench_axes_chan_handoff[] = {WAITING_SHAPES, LOADS, CAPACITY, END};
const bench_axis bench_axes_cubby_handoff[] = {WAITING_SHAPES, LOADS, END};
const bench_axis bench_axes_sort_events[] = {
    {"size", "1024,65536", "1024,65536"},
    {"order", "random,random64,sorted90,displaced,sorted", "random,random64,sorted90,displaced,sorted"},
    END};
#define BYTES \
    { "capacity", "65536", "65536" }
const bench_axis bench_axes_heap_dispatch[] = {{"size", "1,26,256", "26"}, END};
const bench_axis bench_axes_vectoring_stream[] = {
    {"shape", "1p1c", "1p1c"}, {"size", "64,1024,16384", "64,16384"}, BYTES, END};
const bench_axis bench_axes_vectoring_message[] = {{"size", "64,1024,16384", "64,16384"}, BYTES, END};
const bench_axis bench_axes_slp_parse[] = {
    {"size", "33000,750000,64000000", "33000,750000"}, {"mix", "mixed,numbers,strings,symbols,nested", "mixed"}, END};
const bench_axis bench_axes_slp_buffer[] = {{"size", "33000,750000", "33000,750000"}, {"mix", "mixed", "mixed"}, END};

#define KV_KEYS(quick) \
    { "keys", "1M;1k,10M", quick }
#define KV_THREADS(quick) \
    { "threads", "1,2;2x", quick }
#define KV_TENANTS \
    { "tenants", "1;1000", "1" }
#define KV_KINDS \
    { "mix", "decimal;url,binary,prefix", "decimal" }
#define KV_DIST(quick) \
    { "dist", "uniform,zipf:0.99", quick }

/* The quick suite loads and empties small stores, because each repetition needs a new one. */
const bench_axis bench_axes_kv_load[] = {KV_KEYS("64k"), KV_THREADS("2"), KV_TENANTS, KV_KINDS, END};
const bench_axis bench_axes_kv_get[] = {
    KV_KEYS("1M"), KV_DIST("uniform,zipf:0.99"), KV_THREADS("1,2"), KV_TENANTS, KV_KINDS, END};
const bench_axis bench_axes_kv_mixed[] = {KV_KEYS("1M"),   KV_DIST("uniform"), {"mix", "95r5w,50r50w", "50r50w"},
                                          KV_THREADS("2"), KV_TENANTS,         END};
const bench_axis bench_axes_kv_multiget[] = {
    KV_KEYS("1M"), KV_DIST("uniform"), {"batch", "16;4,64", "16"}, KV_THREADS("1"), END};
const bench_axis bench_axes_kv_scan[] = {KV_KEYS("1M"), {"batch", "10,100", "100"}, KV_THREADS("1"), END};
const bench_axis bench_axes_kv_del[] = {KV_KEYS("64k"), KV_THREADS("2"), KV_TENANTS, END};
const bench_axis bench_axes_kv_memory[] = {KV_KEYS("1M"), KV_TENANTS, KV_KINDS, END};
const bench_axis bench_axes_kv_latency[] = {KV_KEYS("1M"), KV_THREADS("2"), END};
const bench_axis bench_axes_kv_durable[] = {{"threads", "1,2,32,400", "1,32"}, {"batch", "1,16", "1"}, END};

const bench_axis bench_axes_slp_at[] = {{"size", "10,1000,100000", "10,1000,100000"}, END};

#define WORKERS(quick) \
    { "threads", "1,2,2x", quick }

const bench_axis bench_axes_sched_independent[] = {
    {"mix", "flat,spawn,source", "flat,spawn"}, {"size", "64k", "64k"}, WORKERS("2"), END};
const bench_axis bench_axes_sched_dag[] = {
    {"size", "1000,100000", "100000"}, {"mix", "run,data", "run"}, WORKERS("2"), END};
const bench_axis bench_axes_sched_chain[] = {{"size", "10000", "10000"}, WORKERS("2"), END};
const bench_axis bench_axes_sched_sortphase[] = {{"order", "random,sorted90", "random"},
                                                 {"mix", "plain,children", "plain"},
                                                 {"size", "64k", "64k"},
                                                 WORKERS("1"),
                                                 END};
const bench_axis bench_axes_sched_filter[] = {
    {"order", "topological,shuffled,chains", "topological"}, {"size", "4096", "4096"}, {"threads", "1", "1"}, END};
const bench_axis bench_axes_sched_latency[] = {WORKERS("1"), END};

#define CO_SHAPES \
    { "shape", "1p1c,4p4c,8p1c,1p8c", "1p1c" }
#define CO_LOOPS \
    { "threads", "1,2", "1,2" }

const bench_axis bench_axes_co_one[] = {END};
const bench_axis bench_axes_co_memory[] = {{"size", "1000000", "100000"}, END};
const bench_axis bench_axes_co_handoff[] = {CO_SHAPES, CO_LOOPS, END};
const bench_axis bench_axes_co_chan[] = {CO_SHAPES, CO_LOOPS, CAPACITY, END};

#define BUS_SHAPES \
    { "shape", "1p1c,1p4c,4p4c", "1p1c,4p4c" }

const bench_axis bench_axes_event_fanout[] = {BUS_SHAPES, END};
const bench_axis bench_axes_event_latency[] = {{"mix", "paced,idle", "paced,idle"}, END};
const bench_axis bench_axes_event_await[] = {{"mix", "inside,across", "inside,across"}, END};
const bench_axis bench_axes_event_memory[] = {{"size", "100000", "100000"}, END};
const bench_axis bench_axes_cmd_one[] = {{"mix", "set,get", "set"}, {"keys", "10000", "10000"}, END};
const bench_axis bench_axes_cmd_script[] = {{"size", "4000", "4000"}, {"keys", "10000", "10000"}, END};
