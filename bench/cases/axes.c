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
const bench_axis bench_axes_slp_parse[] = {
    {"size", "33000,750000,64000000", "33000,750000"}, {"mix", "mixed,numbers,strings,symbols,nested", "mixed"}, END};
const bench_axis bench_axes_slp_buffer[] = {{"size", "33000,750000", "33000,750000"}, {"mix", "mixed", "mixed"}, END};
const bench_axis bench_axes_slp_at[] = {{"size", "10,1000,100000", "10,1000,100000"}, END};
