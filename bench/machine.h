/* machine - what a reader must know of the host to believe a figure: processors, kernel, compiler, and what disturbs. */
#ifndef WEIR_BENCH_MACHINE_H
#define WEIR_BENCH_MACHINE_H

#include <jansson.h>

/* {"cpu", "processors", "usable", "cores", "caches", "virtual", "governor", "kernel", "compiler", "flags", "build",
 *  "commit", "libbenchmark", "alloc", "mmap_rnd_bits", "transparent_hugepages", "load_average", "perf_counters", "memory_mib",
 *  "quota", "date", "warnings": ["...", ...]}. What the host does not tell is null. The caller calls json_decref. */
json_t *machine_json(void);

/* Processor time that the host of a virtual machine gave to others, between two moments. */
typedef struct machine_ticks {
    double all, stolen;
} machine_ticks;

machine_ticks machine_ticks_now(void);

/* Adds "steal_percent" since then to a machine, and a warning when it matters. */
void machine_add_steal(json_t *machine, machine_ticks since);

/* Prints a machine for a reader. */
void machine_print(const json_t *machine);

#endif
